"""One view per stage, same names as the stages; `parts` is what all views are made of, `draw` what pictures are."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from metakit.core.arrays import own_floats
from metakit.core.state import State
from metakit.runs.run import Run
from metakit.runs.session import Session
from metakit.runs.stage import only_subclass, stage

if TYPE_CHECKING:
    from metakit.widgets.parts.view import StageView


@lru_cache(maxsize=256)
def view_class(name: str) -> type[StageView]:
    """Find the view of a stage: the one subclass of `StageView` in the module of the stage's name.

    Raises
    ------
    ValueError
        If there is no such stage; the nearest name is suggested.
    """
    from metakit.widgets.parts.view import StageView

    return only_subclass(import_module(f"metakit.widgets.{stage(name).name}"), StageView)


def view(name: str | Run, **keywords: Any) -> StageView:
    """Make the widget of a stage.

    Parameters
    ----------
    name : str or Run
        One of `metakit.stages`; or a run, one of a chain, say, which is played again to its last frame and can be
        continued.
    **keywords
        ``seed``, ``preset``, ``inflow`` (what the stage before gave with `Run.outflow`), ``session`` (to share one run
        between views), or parameters of the stage.

    Returns
    -------
    StageView
        Show it as the last line of a cell. It has ``session``, ``advance(n)``, ``reset()``, ``describe()``,
        ``picture()`` and ``close()``.

    Raises
    ------
    ValueError
        On an unknown stage, preset or parameter, or a value that is not allowed.
    """
    if isinstance(name, Run):
        if keywords:
            raise ValueError(f"a run and {', '.join(keywords)} are both given; the run has them already")
        return view_class(name.stage)(session=Session.of(name))
    return view_class(name)(**keywords)


@own_floats
def picture(name: str, state: State) -> bytes:
    """Draw a state of a stage: the same picture that the widget shows, without any browser.

    Parameters
    ----------
    name : str
        One of `metakit.stages`.
    state : State
        Of this stage; that of a run is its ``state``.

    Returns
    -------
    bytes
        A square PNG.

    Raises
    ------
    ValueError
        If it is not a state of this stage.
    """
    if not isinstance(state, stage(name).state):
        hint = "; its `state` is one" if hasattr(state, "state") else ""
        raise ValueError(f"{type(state).__name__} is not a state of {name}{hint}")
    return view_class(name).paint(state)
