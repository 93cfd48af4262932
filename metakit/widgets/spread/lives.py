"""Lives of tumors on a line of time, drawn on a sketch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metakit.widgets.draw import style
from metakit.widgets.draw.chart import Axis, draw_axis, nice_end
from metakit.widgets.draw.sketch import SIZE, Sketch

LEFT, RIGHT = 176.0, SIZE - 24.0  # shared by the funnel above


@dataclass(frozen=True)
class Life:
    """One tumor on the line of time: its words, color, when it was founded, when it is seen, and its cells now."""

    words: str
    color: str
    founded_d: float
    seen_d: float
    cells: float


def draw_lives(sketch: Sketch, top: float, now_d: float, lives: Sequence[Life], more: str, row_px: float) -> None:
    """Draw a line for each tumor: solid until now, dashed until it can be seen, with a disc that grows with it.

    Parameters
    ----------
    sketch : Sketch
        To draw on.
    top : float
        Where the first line lies, px.
    now_d : float
        The day.
    lives : sequence of Life
        From the top down.
    more : str
        What stands below their names; empty for nothing.
    row_px : float
        Step from line to line, px.
    """
    axis = Axis(0, max(1000, nice_end(now_d + 499)), LEFT, RIGHT)
    x, bottom = axis.x, top + row_px * 13 + 2
    draw_axis(sketch, axis, axis.even(), top - 8, bottom, "day")
    sketch.line([(x(now_d), top - 8), (x(now_d), bottom)], style.GHOST, 1)
    sketch.text((x(now_d), top - 12), "now", 11, style.QUIET, "ms")
    for i, life in enumerate(lives):
        y = top + row_px * i + row_px / 2
        sketch.text((LEFT - 12, y + 4), life.words, 11, style.INK, "rs")
        sketch.line([(x(life.founded_d), y), (x(now_d), y)], life.color, 2)
        if life.seen_d > now_d:
            sketch.line([(x(now_d), y), (x(life.seen_d), y)], life.color, 1, dash=3)
        if life.seen_d <= axis.high:
            sketch.diamond((x(life.seen_d), y), 5, style.PAPER, style.INK)
        sketch.disc((x(life.founded_d), y), 2.5, life.color)
        size = 1.5 + 6 * (life.cells / 1e11) ** (1 / 3)  # radius as that of the tumor itself
        sketch.disc((x(now_d), y), min(size, 7.5), life.color, style.dark(life.color))
    if more:
        sketch.text((LEFT - 12, bottom - 6), more, 12, style.QUIET, "rs")
