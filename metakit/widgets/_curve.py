"""Curves over time: what a view asks for (`Curve`, `Line`) and the bqplot figure that shows it (`Chart`)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import bqplot
import ipywidgets as widgets
import numpy as np

from metakit.widgets import _style

WIDTH_PX = 270  # two side by side are as wide as the picture above them


@dataclass(frozen=True)
class Line:
    """One line of a curve: which measure, under which label, in which color."""

    measure: str
    label: str
    color: str
    dashed: bool = False


@dataclass(frozen=True)
class Curve:
    """A small chart over time: its y axis in words with the unit, its lines, and where the axis ends at first."""

    y_label: str
    lines: tuple[Line, ...]
    top: float = 1.0


MOST_POINTS = 400  # of one line; the curve is 260 pixels wide


class Chart:
    """One curve figure: lines, the pale ghost of the run before, and a dashed prediction."""

    def __init__(self, curve: Curve, x_label: str, horizon: float) -> None:
        self.curve, self.measures = curve, [line.measure for line in curve.lines]
        self.x, self.y = bqplot.LinearScale(min=0, max=horizon), bqplot.LinearScale(min=0, max=curve.top)
        scales = {"x": self.x, "y": self.y}

        def lines(color: str, **style: Any) -> bqplot.Lines:
            return bqplot.Lines(x=[0.0], y=[0.0], scales=scales, colors=[color], **style)

        self._ghost: list[dict[str, float]] = []
        self.ghosts = [lines(line.color, opacities=[0.3], stroke_width=2) for line in curve.lines]
        self.lines = [
            lines(
                line.color, stroke_width=2.5, line_style="dashed" if line.dashed else "solid", labels=[line.label],
                display_legend=True,
            )
            for line in curve.lines
        ]  # fmt: skip
        self.now = lines(_style.GHOST, stroke_width=1)
        self.prediction = lines(_style.PREDICTION, line_style="dashed", stroke_width=2, visible=False)
        self.y_axis = bqplot.Axis(
            scale=self.y, label=curve.y_label, side="left", tick_values=_ticks(curve.top),
            grid_lines="solid", label_offset="42px", tick_format="~s" if curve.top >= 10 else "~g",
        )  # fmt: skip
        axes = [
            bqplot.Axis(scale=self.x, label=x_label, num_ticks=6, grid_lines="none", label_offset="30px"),
            self.y_axis,
        ]
        self.figure = bqplot.Figure(
            marks=[self.now, *self.ghosts, *self.lines, self.prediction], axes=axes, legend_location="top-left",
            padding_x=0, padding_y=0, display_toolbar=False,
            fig_margin={"top": 10, "bottom": 44, "left": 56, "right": 12},
            legend_style={"stroke-width": 0, "fill": "none"},
            layout=widgets.Layout(width=f"{WIDTH_PX}px", height="190px"),
        )  # fmt: skip
        self.figure.add_class("metakit-curve")

    def draw(
        self, rows: list[dict[str, float]], ghost: list[dict[str, float]], shown: int, clock: str, scale: float
    ) -> None:
        """Assign fresh arrays; the axes grow in steps when a line leaves them."""
        if ghost is not self._ghost:
            self._ghost = ghost
            self._draw_lines(self.ghosts, ghost, clock, scale)
        self._draw_lines(self.lines, rows, clock, scale)
        at = rows[shown][clock] / scale
        with self.now.hold_sync():
            self.now.x, self.now.y = np.array([at, at]), np.array([0, self.y.max])

    def _draw_lines(self, marks: list[bqplot.Lines], rows: list[dict[str, float]], clock: str, scale: float) -> None:
        n = len(rows)
        picked = [rows[i] for i in (range(n) if n <= MOST_POINTS else np.linspace(0, n - 1, MOST_POINTS).astype(int))]
        x = np.array([row[clock] for row in picked] or [0.0], np.float32) / np.float32(scale)
        for mark, measure in zip(marks, self.measures, strict=True):
            y = np.array([row[measure] for row in picked] or [0.0], np.float32)
            with mark.hold_sync():
                mark.x, mark.y = x, y
            self._reach(float(np.nanmax(y, initial=0)))
        while x[-1] > self.x.max:
            self.x.max = 2 * self.x.max

    def _reach(self, top: float) -> None:
        """Let the y axis grow until it holds a value."""
        if top > self.y.max:
            while top > self.y.max:
                self.y.max = _next_nice(self.y.max)
            self.y_axis.tick_values = _ticks(self.y.max)

    def predict(self, value: float, *, across: bool) -> None:
        """Draw a dashed line at a value (across) or at a time (down)."""
        if across:
            self._reach(value)
        x, y = ([0, self.x.max * 8], [value, value]) if across else ([value, value], [0, self.y.max * 100])
        with self.prediction.hold_sync():
            self.prediction.x, self.prediction.y, self.prediction.visible = np.array(x), np.array(y), True


def _ticks(top: float) -> np.ndarray:
    return np.linspace(0, top, 3)


def _next_nice(top: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50, ..."""
    size = 10 ** math.floor(math.log10(top) + 1e-9)
    return next(float(size * step) for step in (2, 5, 10) if size * step > top * (1 + 1e-9))
