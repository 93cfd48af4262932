"""metakit: play with how cancer spreads, one stage at a time.

core/     parameters, states, hand-overs, sources: what everything is made of
tissue/   the tissue engine; body/ organs, gates, colonies: each shared by the stages of its scale
models/   one module or folder per stage: start, advance, outflow, measure (numpy only)
runs/     what drives models: stages found on disk, runs, sessions, ensembles, and their files
widgets/  one view per stage, same names; a view only reads its session
lessons/  predictions, questions, many runs; app/ the command line, the doctor, the server
the way in: `metakit.run`, `metakit.view`, `metakit.load`

Public, so that it does not change without a line in CHANGELOG.md: the names in `__all__`, and what has no underscore
in the modules of `PUBLIC_MODULES`. Of a stage's module, public are ``<Stage>Params``, ``<Stage>State``, ``start``,
``advance``, ``outflow``, ``touch``, ``measure``, ``ANSWERS``, ``FRAME_SECONDS``, ``EVENTS`` and ``TOUCHES``.
Everything else is how it is made today.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "Ensemble",
    "Run",
    "Story",
    "ask",
    "bars",
    "chain",
    "compare",
    "doctor",
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
PUBLIC_MODULES = (
    "metakit.models.*",  # the stages, as said above
    "metakit.body.colonies",  # secondary tumors of thousands of patients at once
    "metakit.body.origins",  # what autopsies found
    # To write a stage, its view and its questions:
    "metakit.core.events",
    "metakit.core.handoff",
    "metakit.core.params",
    "metakit.core.state",
    "metakit.core.touch",
    "metakit.lessons.checks",
    "metakit.widgets.draw.sketch",
    "metakit.widgets.draw.style",
    "metakit.widgets.parts.curve",
    "metakit.widgets.parts.view",
)

if TYPE_CHECKING:
    from metakit.app.doctor import doctor
    from metakit.lessons.ask import ask
    from metakit.lessons.bars import bars
    from metakit.lessons.lesson import lesson
    from metakit.lessons.many import many
    from metakit.lessons.own_words import own_words
    from metakit.lessons.predict import predict
    from metakit.lessons.route_map import route_map
    from metakit.runs.chain import Story, chain, load
    from metakit.runs.ensemble import Ensemble, ensemble
    from metakit.runs.run import Run, run
    from metakit.runs.stage import stages
    from metakit.widgets import picture, view
    from metakit.widgets.parts.compare import compare

# Looked up when first used, so that `import metakit` stays light.
_HOMES = {
    "Run": "metakit.runs.run",
    "Story": "metakit.runs.chain",
    "Ensemble": "metakit.runs.ensemble",
    "run": "metakit.runs.run",
    "chain": "metakit.runs.chain",
    "load": "metakit.runs.chain",
    "ensemble": "metakit.runs.ensemble",
    "stages": "metakit.runs.stage",
    "doctor": "metakit.app.doctor",
    "view": "metakit.widgets",
    "picture": "metakit.widgets",
    "compare": "metakit.widgets.parts.compare",
    "lesson": "metakit.lessons.lesson",
    "predict": "metakit.lessons.predict",
    "ask": "metakit.lessons.ask",
    "bars": "metakit.lessons.bars",
    "route_map": "metakit.lessons.route_map",
    "many": "metakit.lessons.many",
    "own_words": "metakit.lessons.own_words",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'metakit' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
