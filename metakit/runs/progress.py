"""Progress bars: for work that turns out to be slow, and where a notebook does not take them for an error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TextIO

from tqdm import tqdm

if sys.platform == "emscripten":
    tqdm.monitor_interval = 0  # it watches over bars in a thread, and the browser has none

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
        bar: Iterable[int] = tqdm(items, desc=what, unit="frame", disable=not progress, file=where_bars_go())
        return bar
    return _when_slow(items, what)


def where_bars_go() -> TextIO:
    """Choose stderr, beside the output of a terminal, or stdout in a notebook, which paints stderr red."""
    kernels = ("ipykernel", "pyodide_kernel")
    return sys.stdout if type(sys.stderr).__module__.startswith(kernels) else sys.stderr


def _when_slow(items: range, what: str) -> Iterator[int]:
    began, bar = time.perf_counter(), None
    try:
        for i in items:
            if bar is None and time.perf_counter() - began > PATIENCE_S:
                bar = tqdm(total=len(items), initial=i, desc=what, unit="frame", file=where_bars_go())
            yield i
            if bar is not None:
                bar.update()
    finally:
        if bar is not None:
            bar.close()
