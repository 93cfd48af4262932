"""Ranked bars: two counts beside each other for every name, and a mark for what is expected of the second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from metakit.widgets.draw import style
from metakit.widgets.draw.sketch import SIZE, Sketch

LEFT, RIGHT, TOP, BOTTOM = 156.0, SIZE - 124.0, 84.0, SIZE - 34.0
COLUMNS = (SIZE - 62.0, SIZE - 14.0)  # right ends of the numbers: open and filled bars
QUIET = "#8A8378"


@dataclass(frozen=True, slots=True)
class Bar:
    """One name, how long its open and its filled bar are, and where the mark stands."""

    name: str
    open: float
    filled: float
    mark: float


def nice_end(most: float) -> float:
    """The end of an axis that holds a number: 10, 20, 30, 40, 50, 60, 80 or 100."""
    return next((float(end) for end in (10, 20, 30, 40, 50, 60, 80) if most <= 0.97 * end), 100.0)


@lru_cache(maxsize=32)
def _ground(bars: tuple[tuple[str, float], ...], end: float, unit: str, heads: tuple[str, str]) -> Sketch:
    """What stays from frame to frame: names, open bars, axis."""
    sketch, row = Sketch(style.PAPER), (BOTTOM - TOP) / len(bars)
    for share in (0.0, 0.5, 1.0):
        x = LEFT + share * (RIGHT - LEFT)
        sketch.line([(x, TOP - 6), (x, BOTTOM)], "#E6DFD2", 1)
        sketch.text((x, TOP - 12), f"{share * end:g}", 12, QUIET, "ms")
    sketch.text(((LEFT + RIGHT) / 2, TOP - 28), unit, 12, QUIET, "ms")
    for x, head, color in zip(COLUMNS, heads, (style.INK, style.EPITHELIAL), strict=True):
        sketch.text((x, TOP - 12), head, 12, color, "rs")
    for i, (name, value) in enumerate(bars):
        y = TOP + row * i
        sketch.text((LEFT - 10, y + row / 2), name, 12.5, style.INK, "rm")
        length = max(value / end * (RIGHT - LEFT), 1.0)
        sketch.box((LEFT, y + 3), (length, min(row / 2 - 4, 14)), "#FFFFFF", 1.5, style.INK)
        sketch.text((COLUMNS[0], y + row / 2), _said(value), 12, style.INK, "rm")
    return sketch


def _said(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or value == 0 else f"{value:.1f}"


def ranked(bars: Sequence[Bar], unit: str, heads: tuple[str, str], caption: str, note: str) -> bytes:
    """Draw bars as square PNG bytes.

    Parameters
    ----------
    bars : sequence of Bar
        From the top down.
    unit : str
        What the axis counts.
    heads : (str, str)
        Over the numbers of the open and of the filled bars.
    caption, note : str
        What stands at the top, and at the bottom.
    """
    end = nice_end(max(max(bar.open, bar.mark) for bar in bars))
    sketch = _ground(tuple((bar.name, bar.open) for bar in bars), end, unit, heads).copy()
    row, wide = (BOTTOM - TOP) / len(bars), RIGHT - LEFT
    thick = min(row / 2 - 4, 14)
    for i, bar in enumerate(bars):
        y, length = TOP + row * (i + 0.5), min(bar.filled, 1.04 * end) / end * wide
        if length > 0:
            sketch.box((LEFT, y), (max(length, 1.0), thick), style.EPITHELIAL, 1.5)
        x = LEFT + bar.mark / end * wide
        sketch.line([(x, y - 1), (x, y + thick + 2)], style.INK, 2)
        sketch.text((COLUMNS[1], y), _said(bar.filled), 12, style.EPITHELIAL, "rm")
    sketch.caption(caption)
    sketch.text((SIZE / 2, SIZE - 14), note, 12.5, style.INK, "ms")
    return sketch.png()
