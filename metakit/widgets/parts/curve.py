"""Charts: curves over time (`Curve`), and plots of anything the shown state holds (`Plot`), each of some `Line`s."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import bqplot
import ipywidgets as widgets
import numpy as np

from metakit.core.arrays import Array
from metakit.core.words import write_number
from metakit.widgets.draw import style

MILLION = 1e6
MOST_POINTS = 200  # of one line; the chart is 200 pixels wide


@dataclass(frozen=True)
class Line:
    """One line of a chart: which measure (of a plot: which name), under which label, in which color."""

    measure: str
    label: str
    color: str
    dashed: bool = False
    dots: bool = False


@dataclass(frozen=True)
class Curve:
    """A small chart over time: its y axis in words with the unit, its lines, and where the axis ends at first.

    On a log axis `bottom` is where it begins; smaller values, zero too, are not drawn. A line without a label is not
    in its legend.
    """

    y_label: str
    lines: tuple[Line, ...]
    top: float = 1.0
    log: bool = False
    bottom: float = 1.0


@dataclass(frozen=True)
class Plot:
    """A small chart of the shown state: axes in words with units and fixed ends, and lines.

    The view's ``plot(state)`` gives a pair of arrays (x, y) for each line, by its name.
    """

    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    x: tuple[float, float]
    y: tuple[float, float]
    log_x: bool = False
    log_y: bool = False
    legend: str = "top-left"


def _scale(low: float, high: float, log: bool) -> bqplot.Scale:
    return bqplot.LogScale(min=low, max=high) if log else bqplot.LinearScale(min=low, max=high)


def _mark(line: Line, scales: dict[str, bqplot.Scale], **style: Any) -> bqplot.Lines:
    """Make a line without points yet; what it has before must lie inside a log axis, too."""
    start = {axis: [float(scale.min)] for axis, scale in scales.items()}
    if line.dots:
        style |= {"marker": "circle", "marker_size": 18, "stroke_width": 0}
    look = {"stroke_width": 2.5, "line_style": "dashed" if line.dashed else "solid", "colors": [line.color]}
    return bqplot.Lines(**start, scales=scales, labels=[line.label], **look | style)


def _axis(scale: bqplot.Scale, label: str, *, up: bool, **more: Any) -> bqplot.Axis:
    if isinstance(scale, bqplot.LogScale):
        more["tick_values"] = _decades(scale.min, scale.max)
    place = {"side": "left", "label_offset": f"{_left(scale) - 14}px"} if up else {"label_offset": "30px"}
    axis = bqplot.Axis(
        scale=scale, label=label, grid_lines="solid" if up else "none", tick_format=",~g", **place | more
    )
    _say_ticks(axis)
    return axis


def _left(scale: bqplot.Scale) -> int:
    """Return the pixels that the numbers and the label of a y axis take: 100 million is longer than 10,000."""
    return 56 if scale.max < MILLION else 86


def _say_ticks(axis: bqplot.Axis) -> None:
    """Write large numbers of an axis in words; d3, which writes the others, would say 1e+6, or M and G."""
    ticks = [float(value) for value in axis.tick_values]
    axis.tick_labels = {f"{t:.0f}": write_number(t, short=True) for t in ticks if t >= MILLION}


def _figure(marks: list[bqplot.Mark], axes: list[bqplot.Axis], legend: str = "top-left") -> bqplot.Figure:
    figure = bqplot.Figure(
        marks=marks, axes=axes, legend_location=legend, padding_x=0, padding_y=0, display_toolbar=False,
        fig_margin={"top": 10, "bottom": 44, "left": _left(axes[1].scale), "right": 20},
        legend_style={"stroke-width": 0, "fill": "none"},
        layout=widgets.Layout(min_width="0px", height="190px"),  # static/view.css says more where there is room
    )  # fmt: skip
    figure.add_class("metakit-curve")
    return figure


class PlotChart:
    """One figure of a `Plot`."""

    def __init__(self, plot: Plot) -> None:
        self.plot = plot
        self.x, self.y = _scale(*plot.x, plot.log_x), _scale(*plot.y, plot.log_y)
        scales = {"x": self.x, "y": self.y}
        self.lines = [_mark(line, scales, display_legend=bool(line.label)) for line in plot.lines]
        x_ticks, y_ticks = ({"tick_values": np.linspace(*ends, 5)} for ends in (plot.x, plot.y))
        axes = [_axis(self.x, plot.x_label, up=False, **x_ticks), _axis(self.y, plot.y_label, up=True, **y_ticks)]
        self.figure = _figure(self.lines, axes, plot.legend)
        low, high = plot.y
        self._below = np.array([plot.x[0]]), np.array([low / 1e9 if plot.log_y else low - 10 * (high - low)])

    def draw(self, points: Mapping[str, tuple[Array, Array]]) -> None:
        """Assign fresh arrays, one pair for each line by its name."""
        for mark, line in zip(self.lines, self.plot.lines, strict=True):
            x, y = (np.asarray(values, float) for values in points[line.measure])
            # A log axis has no place for zero: such points are left out.
            fits = (
                np.isfinite(x) & np.isfinite(y) & ((x > 0) | (not self.plot.log_x)) & ((y > 0) | (not self.plot.log_y))
            )
            # A line without any point would lose its place in the legend: one far below the chart keeps it.
            kept = (x[fits], y[fits]) if fits.any() else self._below
            with mark.hold_sync():
                mark.x, mark.y = kept


class Chart:
    """One curve figure: lines, the pale ghost of the run before, and a dashed prediction."""

    def __init__(self, curve: Curve, x_label: str, horizon: float) -> None:
        self.curve, self.measures = curve, [line.measure for line in curve.lines]
        self.x, self.y = _scale(0, horizon, False), _scale(curve.bottom if curve.log else 0, curve.top, curve.log)
        scales = {"x": self.x, "y": self.y}
        self._ghost: list[dict[str, float]] = []
        self._predicted: tuple[float, bool] | None = None
        self.ghosts = [_mark(line, scales, opacities=[0.3], stroke_width=2, line_style="solid") for line in curve.lines]
        self.lines = [_mark(line, scales, display_legend=bool(line.label)) for line in curve.lines]
        self.now = _mark(Line("", "", style.GHOST), scales, stroke_width=1)
        self.prediction = _mark(Line("", "", style.PREDICTION, dashed=True), scales, stroke_width=2, visible=False)
        ticks = {} if curve.log else {"tick_values": _ticks(curve.top)}
        self.y_axis = _axis(self.y, curve.y_label, up=True, **ticks)
        self.x_axis = _axis(self.x, x_label, up=False, tick_values=np.linspace(0, horizon, 6))
        axes = [self.x_axis, self.y_axis]
        self.figure = _figure([self.now, *self.ghosts, *self.lines, self.prediction], axes)

    def draw(
        self, rows: list[dict[str, float]], ghost: list[dict[str, float]], shown: int, clock: str, scale: float
    ) -> None:
        """Assign fresh arrays; the axes grow in steps when a line leaves them.

        Parameters
        ----------
        rows, ghost : list of dict
            Measures of each frame of the run, and of the run before it.
        shown : int
            The frame shown.
        clock : str
            The measure on the x axis.
        scale : float
            How many of its units make one of the axis.
        """
        if ghost is not self._ghost:
            self._ghost = ghost
            self._draw_lines(self.ghosts, ghost, clock, scale)
        self._draw_lines(self.lines, rows, clock, scale)
        at = rows[shown][clock] / scale
        with self.now.hold_sync():
            self.now.x, self.now.y = np.array([at, at]), np.array([self.y.min, self.y.max])
        if self._predicted and (self.prediction.x[-1], self.prediction.y[-1]) != self._prediction_end():
            self.predict(self._predicted[0], across=self._predicted[1])  # an axis has grown

    def mark_now(self, marked: bool) -> None:
        """Make the line of the shown moment a bold one, or a thin one again."""
        with self.now.hold_sync():
            self.now.colors, self.now.stroke_width = ([style.INK], 3) if marked else ([style.GHOST], 1)

    def _draw_lines(self, marks: list[bqplot.Lines], rows: list[dict[str, float]], clock: str, scale: float) -> None:
        n = len(rows)
        picked = [rows[i] for i in (range(n) if n <= MOST_POINTS else np.linspace(0, n - 1, MOST_POINTS).astype(int))]
        x = np.array([row[clock] for row in picked] or [0.0], np.float32) / np.float32(scale)
        for mark, measure in zip(marks, self.measures, strict=True):
            y = np.array([row[measure] for row in picked] or [self.y.min], np.float32)
            with mark.hold_sync():
                mark.x, mark.y = self._inside(x, y) if self.curve.log else (x, y)
            self._reach(float(np.nanmax(y, initial=self.y.min)))
        if x[-1] > self.x.max:
            while x[-1] > self.x.max:
                self.x.max = 2 * self.x.max
            self.x_axis.tick_values = np.linspace(0, self.x.max, 6)

    def _inside(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Points that a log axis has a place for; between them there may be gaps.

        The first and the last have to be there, or bqplot writes a place that is none for the line's name; of a line
        without any, one point far below the chart keeps its place in the legend.
        """
        fits = np.flatnonzero(y >= self.curve.bottom)
        if not len(fits):
            return x[:1], np.array([self.curve.bottom / 1e9], np.float32)
        kept = slice(fits[0], fits[-1] + 1)
        return x[kept], np.where(y[kept] >= self.curve.bottom, y[kept], np.float32(np.nan))

    def _reach(self, top: float) -> None:
        """Let the y axis grow until it holds a value."""
        if top > self.y.max:
            while top > self.y.max:
                self.y.max = 10 * self.y.max if self.curve.log else _next_nice(self.y.max)
            self.y_axis.tick_values = _decades(self.y.min, self.y.max) if self.curve.log else _ticks(self.y.max)
            _say_ticks(self.y_axis)

    def predict(self, value: float, *, across: bool) -> None:
        """Draw a dashed line; the axes grow until they hold it.

        Parameters
        ----------
        value : float
            What is predicted, in units of its axis.
        across : bool
            Whether it is a value, drawn across the chart, or a time, drawn down.
        """
        self._predicted = value, across
        if across:
            self._reach(value)
        while not across and value > self.x.max:
            self.x.max = 2 * self.x.max
        x, y = self._prediction_end()
        # A log axis has no place for zero: such a prediction lies on its lower end.
        with self.prediction.hold_sync():
            self.prediction.x = np.array([0.0 if across else x, x])
            self.prediction.y, self.prediction.visible = np.array([y if across else self.y.min, y]), True

    def _prediction_end(self) -> tuple[float, float]:
        """Return the right or upper end of the predicted line."""
        assert self._predicted is not None
        value, across = self._predicted
        return (self.x.max, max(value, self.y.min)) if across else (value, self.y.max)


def _ticks(top: float) -> np.ndarray:
    return np.linspace(0, top, 3)


def _decades(low: float, high: float) -> np.ndarray:
    """Choose at most five powers of ten, evenly spaced."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    return 10.0 ** np.arange(first, last + 1, max(1, math.ceil((last - first) / 4)))


def _next_nice(top: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, 50, ..."""
    size = 10 ** math.floor(math.log10(top) + 1e-9)
    return next(float(size * step) for step in (2, 5, 10) if size * step > top * (1 + 1e-9))
