"""Progress bars: for work that turns out to be slow, and where a notebook does not take them for an error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO, TypeVar

from tqdm import tqdm

if sys.platform == "emscripten":
    tqdm.monitor_interval = 0  # it watches over bars in a thread, and the browser has none

T = TypeVar("T")
PATIENCE_S = 1.0  # work that takes longer than this shows a bar


def with_bar(items: range, what: str, progress: bool | None) -> Iterable[int]:
    """Iterate with a progress bar.

    Parameters
    ----------
    items : range
        What to iterate over.
    what : str
        What stands beside the bar.
    progress : bool or None
        Show it: always, never, or (None) once the work has taken a second.

    Returns
    -------
    iterable of int
        The items.
    """
    if progress is not None:
        shown: Iterable[int] = tqdm(items, desc=what, unit="frame", disable=not progress, file=where_bars_go())
        return shown
    return _when_slow(items, what)


def bar(items: Sequence[T], what: str, unit: str) -> Iterable[T]:
    """Iterate with a progress bar, for work that always takes a while.

    Parameters
    ----------
    items : sequence
        What to iterate over.
    what, unit : str
        What stands beside the bar, and what one item is.

    Returns
    -------
    iterable
        The items.
    """
    shown: Iterable[T] = tqdm(items, desc=what, unit=unit, file=where_bars_go())
    return shown


def where_bars_go() -> TextIO:
    """Choose stderr, beside the output of a terminal, or stdout in a notebook, which paints stderr red."""
    kernels = ("ipykernel", "pyodide_kernel")
    return sys.stdout if type(sys.stderr).__module__.startswith(kernels) else sys.stderr


def _when_slow(items: range, what: str) -> Iterator[int]:
    began, shown = time.perf_counter(), None
    try:
        for i in items:
            if shown is None and time.perf_counter() - began > PATIENCE_S:
                shown = tqdm(total=len(items), initial=i, desc=what, unit="frame", file=where_bars_go())
            yield i
            if shown is not None:
                shown.update()
    finally:
        if shown is not None:
            shown.close()
