"""Charts drawn on a `Sketch`, without a browser: an axis, bars, gates one below the other.

Live charts are bqplot's (`parts.curve`); these are in pictures, and are the static twins of live ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from metakit.core.words import write_number
from metakit.widgets.draw import style
from metakit.widgets.draw.sketch import Sketch

POWERS = ((1.0, "1"), (1e3, "thousand"), (1e6, "million"), (1e9, "billion"), (1e12, "trillion"))


@dataclass(frozen=True)
class Axis:
    """A scale from left to right.

    Attributes
    ----------
    low, high : float
        Its ends; on a log axis above zero.
    left, right : float
        Where they lie, px.
    log : bool
        Whether ten times more is always the same step.
    """

    low: float
    high: float
    left: float
    right: float
    log: bool = False

    def x(self, value: float) -> float:
        """Place a value, px; beyond an end, at that end."""
        low, high, value = (math.log(max(v, self.low)) if self.log else v for v in (self.low, self.high, value))
        return self.left + (self.right - self.left) * min(max((value - low) / (high - low), 0.0), 1.0)

    def even(self) -> list[tuple[float, str]]:
        """Give ticks at two to five even steps from end to end, with what is written at each; round if the end is."""
        span = self.high - self.low
        n = next((n for n in (5, 4, 3) if float(f"{span / n:e}"[:8]) in (1, 2, 2.5, 3, 4, 5)), 2)
        return [(self.low + span * i / n, f"{self.low + span * i / n:,.6g}") for i in range(n + 1)]


def nice_end(most: float) -> float:
    """Choose the end of an axis from zero that holds a number: 1, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten."""
    size = 10.0 ** math.floor(math.log10(most)) if most > 0 else 1.0
    return next(size * step for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if most <= size * step * (1 + 1e-9))


def draw_axis(
    sketch: Sketch,
    axis: Axis,
    ticks: Iterable[tuple[float, str]],
    top: float,
    bottom: float,
    title: str = "",
    *,
    above: bool = False,
    size: float = 11,
) -> None:
    """Draw a line at every tick, with its words, and the title to the left of the words.

    Parameters
    ----------
    sketch : Sketch
        To draw on.
    axis : Axis
        The scale.
    ticks : iterable of (float, str)
        Values, and what is written at each.
    top, bottom : float
        Ends of the lines, px.
    title : str
        What the axis counts.
    above : bool
        Whether the words stand above the lines.
    size : float
        Of the words, px.
    """
    y = top - 6 if above else bottom + 3 + size
    for value, words in ticks:
        x = axis.x(value)
        sketch.line([(x, top), (x, bottom)], style.GRID, 1)
        sketch.text((x, y), words, size, style.QUIET, "ms")
    sketch.text((axis.left - 12, y), title, size, style.QUIET, "rs")


@dataclass(frozen=True)
class Gate:
    """A bar of a funnel: its words, how many got there, its color, and whether nothing passes into it."""

    words: str
    count: float
    color: str
    closed: bool = False


def draw_funnel(sketch: Sketch, axis: Axis, top: float, gates: Sequence[Gate], row: float = 31.0) -> None:
    """Draw a bar for each gate on a log axis, its count at its end, and between two how many of the first passed.

    Parameters
    ----------
    sketch : Sketch
        To draw on.
    axis : Axis
        A log one.
    top : float
        Where the first bar begins, px.
    gates : sequence of Gate
        From the top down.
    row : float
        Step from gate to gate, px.
    """
    bottom, thick = top + row * len(gates) - 8, min(0.48 * row, 20.0)
    ticks = [(value, words) for value, words in POWERS if value <= axis.high]
    draw_axis(sketch, axis, ticks, top - 4, bottom, "how many, log scale")
    before = 0.0
    for i, gate in enumerate(gates):
        y = top + row * i
        sketch.text((axis.left - 12, y + thick / 2), gate.words, 13, style.INK, "rm")
        end = axis.x(gate.count)
        if gate.count >= 1:
            end = max(end, axis.left + 4)
            sketch.box((axis.left, y), (end - axis.left, thick), gate.color, 3)
        sketch.text((end + 8, y + thick / 2), write_number(gate.count), 13, anchor="lm")
        between = (axis.left + 8, y - (row - thick) / 2)
        if gate.closed:
            sketch.cross((axis.left - 4, between[1]), 5, style.VESSEL, 2.5)
            sketch.text(between, "closed: none passes", 11, style.VESSEL, "lm")
        elif before:
            sketch.text(between, passed(before, gate.count), 11, style.QUIET, "lm")
        before = gate.count


def passed(before: float, after: float) -> str:
    """Say how many of those before are there after.

    Parameters
    ----------
    before, after : float
        Counts; `before` is above zero.

    Returns
    -------
    str
        A share, or one in so many.
    """
    if not after:
        return "none"
    return f"1 in {write_number(before / after)}" if before / after >= 1.95 else f"{after / before:.0%}"
