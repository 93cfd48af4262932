"""One view per stage, same names as the stages; plus what all views are made of (names with an underscore)."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from metakit.core.state import State
from metakit.runs.stage import class_prefix, stage, state_class

if TYPE_CHECKING:
    from metakit.widgets.parts.view import StageView


def view_class(name: str) -> type[StageView]:
    """``<Stage>View`` of a stage.

    Raises
    ------
    ValueError
        If there is no such stage; the nearest name is suggested.
    """
    stage(name)
    found: type[StageView] = getattr(importlib.import_module(f"metakit.widgets.{name}"), class_prefix(name) + "View")
    return found


def view(name: str, **keywords: Any) -> StageView:
    """Make the widget of a stage.

    Parameters
    ----------
    name : str
        One of `metakit.stages`.
    **keywords
        ``seed``, ``preset``, ``inflow``, ``session`` (to share one run between views), or parameters of the stage.

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
    return view_class(name)(**keywords)


def picture(name: str, state: State) -> bytes:
    """Draw a state of a stage as PNG bytes: the same picture that the widget shows, without any browser."""
    if not isinstance(state, state_class(name)):
        hint = "; its `state` is one" if hasattr(state, "state") else ""
        raise ValueError(f"{type(state).__name__} is not a state of {name}{hint}")
    return view_class(name).paint(state)
