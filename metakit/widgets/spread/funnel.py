"""Two charts to draw on a sketch: bars that shrink from gate to gate, and lives of tumors on a line of time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from metakit.core.words import write_number
from metakit.widgets.draw import style
from metakit.widgets.draw.sketch import SIZE, Sketch

LEFT, RIGHT = 176.0, SIZE - 24.0  # both charts share the column of labels and the width beside it
QUIET = "#6B6459"
BAR_PX, ROW_PX = 15.0, 31.0
TICKS = ((1.0, "1"), (1e3, "thousand"), (1e6, "million"), (1e9, "billion"), (1e12, "trillion"))
MOST = 1e15


@dataclass(frozen=True)
class Bar:
    """One bar of a funnel: its words, its count, its color, and words in place of an empty bar."""

    words: str
    count: float
    color: str
    closed: bool = False


def draw_funnel(sketch: Sketch, top: float, bars: Sequence[Bar]) -> None:
    """Draw bars on a log axis, one below the other, and between two of them how many of the first became one."""

    def x(count: float) -> float:
        return LEFT + (RIGHT - LEFT) * math.log10(max(count, 1.0)) / math.log10(MOST)

    bottom = top + ROW_PX * len(bars) - 8
    for value, word in TICKS:
        sketch.line([(x(value), top - 4), (x(value), bottom)], "#E4DCCB", 1)
        sketch.text((x(value), bottom + 14), word, 11, QUIET, "ms")
    sketch.text((LEFT - 12, bottom + 14), "how many, log scale", 11, QUIET, "rs")
    for i, bar in enumerate(bars):
        y = top + ROW_PX * i
        sketch.text((LEFT - 12, y + 12), bar.words, 13, style.INK, "rs")
        end = x(bar.count) if bar.count >= 1 else LEFT
        if bar.count >= 1:
            sketch.box((LEFT, y), (max(end - LEFT, 4), BAR_PX), bar.color, 3)
        sketch.text((max(end, LEFT) + 8, y + 12), write_number(bar.count), 13)
        if bar.closed:
            sketch.cross((LEFT - 4, y - 8), 5, style.VESSEL, 2.5)
            sketch.text((LEFT + 8, y - 4), "closed: none passes", 11, style.VESSEL)
        elif i and bar.count >= 1:
            odds = bars[i - 1].count / bar.count
            share = f"1 in {write_number(odds)}" if odds >= 1.95 else f"{1 / odds:.0%}"
            sketch.text((LEFT + 8, y - 4), share, 11, QUIET)


@dataclass(frozen=True)
class Life:
    """One tumor on the line of time: its words, color, when it was founded, when it is seen, and its cells now."""

    words: str
    color: str
    founded_d: float
    seen_d: float
    cells: float


def draw_lives(sketch: Sketch, top: float, now_d: float, lives: Sequence[Life], more: str, row_px: float) -> None:
    """Draw a line for each tumor: solid until now, dashed until it can be seen, with a disc that grows with it."""
    end_d = 500.0 * math.ceil((now_d + 499) / 500)

    def x(day: float) -> float:
        return LEFT + (RIGHT - LEFT) * day / end_d

    bottom = top + row_px * 13 + 2
    for day in range(0, int(end_d) + 1, 250 if end_d <= 1500 else 500 * math.ceil(end_d / 4000)):
        sketch.line([(x(day), bottom), (x(day), bottom + 4)], QUIET, 1)
        sketch.text((x(day), bottom + 16), f"{day}", 11, QUIET, "ms")
    sketch.line([(LEFT, bottom), (RIGHT, bottom)], QUIET, 1)
    sketch.text((LEFT - 12, bottom + 16), "day", 11, QUIET, "rs")
    sketch.line([(x(now_d), top - 8), (x(now_d), bottom)], style.GHOST, 1)
    sketch.text((x(now_d), top - 12), "now", 11, QUIET, "ms")
    for i, life in enumerate(lives):
        y = top + row_px * i + row_px / 2
        sketch.text((LEFT - 12, y + 4), life.words, 11, style.INK, "rs")
        sketch.line([(x(life.founded_d), y), (x(now_d), y)], life.color, 2)
        if life.seen_d > now_d:
            sketch.line([(x(now_d), y), (x(min(life.seen_d, end_d)), y)], life.color, 1, dash=3)
        if life.seen_d <= end_d:
            sketch.diamond((x(life.seen_d), y), 5, style.PAPER, style.INK)
        sketch.disc((x(life.founded_d), y), 2.5, life.color)
        size = 1.5 + 6 * (life.cells / 1e11) ** (1 / 3)  # radius as that of the tumor itself
        sketch.disc((x(now_d), y), min(size, 7.5), life.color, style.dark(life.color))
    if more:
        sketch.text((LEFT - 12, bottom - 6), more, 12, QUIET, "rs")
