"""metakit: play with how cancer spreads, one stage at a time.

models/   one module per stage: start, advance, outflow, measure (numpy only)
widgets/  one view per stage, same names; a view only reads its session
tissue    the tissue engine that the stages share; params, state, stage, runs: what every stage is made of
ensemble  many seeds and settings, on any executor; checks: predictions and questions
the way in: `metakit.run`, `metakit.view`, `metakit.load`
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "ask",
    "bars",
    "chain",
    "ensemble",
    "lesson",
    "load",
    "many",
    "own_words",
    "picture",
    "predict",
    "route_map",
    "run",
    "stages",
    "view",
]

if TYPE_CHECKING:
    from metakit.ensemble import ensemble
    from metakit.run_file import load
    from metakit.runs import chain, run
    from metakit.stage import stages

# Looked up when first used, so that `import metakit` stays light.
_HOMES = {
    "run": "metakit.runs",
    "chain": "metakit.runs",
    "load": "metakit.run_file",
    "ensemble": "metakit.ensemble",
    "stages": "metakit.stage",
    "view": "metakit.widgets",
    "picture": "metakit.widgets",
    "lesson": "metakit.widgets._lesson",
    "predict": "metakit.widgets._predict",
    "ask": "metakit.widgets._ask",
    "bars": "metakit.widgets._bars",
    "route_map": "metakit.widgets._route_map",
    "many": "metakit.widgets._many",
    "own_words": "metakit.widgets._own_words",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'metakit' has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(_HOMES[name]), name)
    # Python binds a module's own name here when it is imported: `metakit.ensemble` is a module that can be called.
    return globals().get(name, found)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
