"""Ranked bars: two counts beside each other for every name, and marks for what two models expect of the second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metakit.widgets.draw import style
from metakit.widgets.draw.chart import Axis, draw_axis, nice_end
from metakit.widgets.draw.sketch import SIZE, Sketch

LEFT, RIGHT, TOP, BOTTOM = 156.0, SIZE - 124.0, 84.0, SIZE - 34.0
COLUMNS = (SIZE - 62.0, SIZE - 14.0)  # right ends of the numbers: open and filled bars


@dataclass(frozen=True)
class Pair:
    """Two bars under one name, the upper one open and the lower one filled, a tick and a ring on the filled one."""

    words: str
    open: float
    filled: float
    mark: float
    ring: float


def ranked(pairs: Sequence[Pair], unit: str, heads: tuple[str, str], caption: str, note: str) -> bytes:
    """Draw pairs of bars.

    Parameters
    ----------
    pairs : sequence of Pair
        From the top down.
    unit : str
        What the axis counts.
    heads : (str, str)
        Over the numbers of the open and of the filled bars.
    caption, note : str
        What stands at the top, and at the bottom.

    Returns
    -------
    bytes
        A square PNG.
    """
    sketch = Sketch()
    axis = Axis(0, nice_end(1.03 * max(max(pair.open, pair.mark, pair.ring) for pair in pairs)), LEFT, RIGHT)
    draw_axis(sketch, axis, axis.even(), TOP - 6, BOTTOM, above=True, size=12)
    sketch.text(((LEFT + RIGHT) / 2, TOP - 30), unit, 12, style.QUIET, "ms")
    row, colors = (BOTTOM - TOP) / len(pairs), (style.INK, style.EPITHELIAL)
    thick = min(row / 2 - 4, 14.0)
    for x, head, color in zip(COLUMNS, heads, colors, strict=True):
        sketch.text((x, TOP - 12), head, 12, color, "rs")
    for i, pair in enumerate(pairs):
        y = TOP + row * (i + 0.5)
        sketch.text((LEFT - 10, y), pair.words, 12.5, style.INK, "rm")
        upper, lower, mark, ring = (axis.x(value) for value in (pair.open, pair.filled, pair.mark, pair.ring))
        sketch.box((LEFT, y - row / 2 + 3), (max(upper - LEFT, 1.0), thick), "#FFFFFF", 1.5, style.INK)
        if pair.filled > 0:
            sketch.box((LEFT, y), (max(lower - LEFT, 1.0), thick), style.EPITHELIAL, 1.5)
        sketch.line([(mark, y - 1), (mark, y + thick + 2)], style.INK, 2)
        sketch.disc((ring, y + thick / 2), 3.5, "#FFFFFF", style.DEAD, 1.8)
        for x, value, color in zip(COLUMNS, (pair.open, pair.filled), colors, strict=True):
            sketch.text((x, y), _said(value), 12, color, "rm")
    sketch.caption(caption)
    sketch.text((SIZE / 2, SIZE - 14), note, 12.5, style.INK, "ms")
    return sketch.png()


def _said(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or value == 0 else f"{value:.1f}"
