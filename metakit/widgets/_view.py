"""What every view is made of: panel and player on the left, picture and curves on the right, words under all of it.

A stage's view says what to draw and what to say (`LEGEND`, `CURVES`, `paint`, `say`); this module
does the rest. Widgets are built once; a new frame assigns fresh values to them.
"""

from __future__ import annotations

import html
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import bqplot
import ipywidgets as widgets
import numpy as np

from metakit.session import Session
from metakit.state import State
from metakit.widgets import _style
from metakit.widgets._panel import Panel
from metakit.widgets._player import Player
from metakit.widgets._status import Status

CURVES_EVERY = 3  # while playing, curves and scrubber follow every third frame: the eye cannot tell
WORDS_EVERY_S = 2.0  # and the words every two seconds, or a screen reader never finishes a sentence
TABLE_COLUMNS = 6
PICTURE_PX = 540  # panel, picture and JupyterLab's own bars fit into a window of 1280


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


class StageView(widgets.VBox):
    """Widget of one stage. It reads its session and never changes it, except through its controls.

    Parameters
    ----------
    session : Session, optional
        The run to show; a new one is made from the other keywords if left out.
    **keywords
        ``seed``, ``preset``, ``inflow`` and parameters of the stage, for a new session.

    Raises
    ------
    ValueError
        On keywords that are unknown or not allowed.
    """

    STAGE: ClassVar[str]
    LEGEND: ClassVar[tuple[tuple[str, str], ...]] = ()  # (symbol of `_style.legend_html`, words)
    CURVES: ClassVar[tuple[Curve, ...]] = ()
    CLOCK: ClassVar[tuple[str, float, str]] = ("time_h", 24.0, "time (days)")  # measure, how many make one, label
    HORIZON: ClassVar[float] = 5.0  # right end of the time axis at first
    ZOOMS: ClassVar[tuple[str, ...]] = ()  # what `paint` takes as its zoom; the first is shown at first
    _watched: tuple[str, ...] = ()  # what this view observes of its session; nothing before it is finished, and after

    def __init__(self, session: Session | None = None, **keywords: Any) -> None:
        if session is not None and (keywords or session.stage != self.STAGE):
            what = f"session and {', '.join(keywords)}" if keywords else f"a session of {session.stage}"
            raise ValueError(f"{type(self).__name__} got {what}; give a session of {self.STAGE}, or keywords for one")
        self.session = session if session is not None else Session(self.STAGE, **keywords)
        self._drawn, self._spoke = 0, 0.0
        self.status = Status()
        self.panel, self.player = Panel(self.session), Player(self.session, self.status)
        self._charts = [Chart(curve, self.CLOCK[2], self.HORIZON) for curve in self.CURVES]
        self.zoom = widgets.Dropdown(
            options=self.ZOOMS or ("",), description="Zoom", style={"description_width": "76px"},
            layout=widgets.Layout(width="calc(100% - 4px)"),
        )  # fmt: skip
        self._build_picture()
        self.table_button = widgets.ToggleButton(description="Show as table", tooltip="The numbers behind the curves")
        self.copy_button = widgets.Button(
            description="Copy this run", tooltip="Copy the line that makes this run again"
        )
        self.table, self.card = widgets.HTML(), widgets.HTML()
        self.table.layout.display = "none"
        left = widgets.VBox([self.player, *([self.zoom] if self.ZOOMS else []), self.panel])
        charts = widgets.HBox([c.figure for c in self._charts], layout=widgets.Layout(flex_flow="row wrap"))
        legend = widgets.HTML(_style.legend_html(self.LEGEND))
        right = widgets.VBox([self.figure, legend, charts])
        left.add_class("metakit-left")
        right.add_class("metakit-right")
        top = widgets.HBox([left, right], layout=widgets.Layout(flex_flow="row wrap"))
        self.table_button.layout.flex = self.copy_button.layout.flex = "none"  # a long line beside them clips no words
        buttons = widgets.HBox([self.table_button, self.copy_button, self.card])
        super().__init__([top, self.status, buttons, self.table])
        self.add_class("metakit")
        self.table_button.observe(self._on_table, "value")
        self.zoom.observe(lambda _: self.draw(), "value")
        self.copy_button.on_click(self._on_copy)
        self._watched = ("tick", "running", "error")
        self.session.observe(self._on_session, self._watched)
        self.draw()

    def _build_picture(self) -> None:
        png = self.picture()
        # bqplot does not redraw when the value of an image changes: two images take turns.
        self._images = [widgets.Image(value=png, format="png") for _ in range(2)]
        unit = {"x": bqplot.LinearScale(min=0, max=1), "y": bqplot.LinearScale(min=0, max=1)}
        self._mark = bqplot.Image(image=self._images[0], scales=unit)
        none = {"top": 0, "bottom": 0, "left": 0, "right": 0}
        self.figure = bqplot.Figure(
            marks=[self._mark], fig_margin=none, min_aspect_ratio=1, max_aspect_ratio=1, padding_x=0, padding_y=0,
            display_toolbar=False,  # its buttons have no names, and cannot be seen when Tab reaches them
            layout=widgets.Layout(width=f"{PICTURE_PX}px", height=f"{PICTURE_PX}px"),
        )  # fmt: skip
        self.figure.add_class("metakit-picture")

    # What a stage says.

    @classmethod
    def paint(cls, state: State, zoom: str = "") -> bytes:
        """Draw a state as square PNG bytes, at one of `ZOOMS`; no browser, no widget."""
        raise TypeError(f"{cls.__name__} must define paint(state)")

    @classmethod
    def say(cls, state: State, m: Mapping[str, float]) -> str:
        """Put a state and its measures into one or two sentences."""
        raise TypeError(f"{cls.__name__} must define say(state, measures)")

    # What everyone may call.

    def advance(self, frames: int = 1) -> None:
        """Go on by some frames, on the path the Step button takes."""
        self.player.step(frames)

    def reset(self) -> None:
        """Go back to the first frame of the same seed, as the Reset button does."""
        self.player.reset()

    def picture(self) -> bytes:
        """Give the shown picture as PNG bytes: the static twin of the figure."""
        return self.paint(self.session.state, self.zoom.value)

    def describe(self) -> str:
        """Say in one or two sentences what the shown frame shows."""
        return self.say(self.session.state, self.session.measures)

    def show_prediction(self, value: float, *, measure: str | None = None) -> None:
        """Draw a prediction, dashed: across the curve of a measure, or, without one, down at a time on every curve.

        Raises
        ------
        ValueError
            If no curve shows the measure.
        """
        charts = [c for c in self._charts if measure is None or measure in c.measures]
        if not charts:
            shown = sorted(m for c in self._charts for m in c.measures)
            raise ValueError(f"no curve of {type(self).__name__} shows {measure!r}; there are {', '.join(shown)}")
        for chart in charts:
            chart.predict(value, across=measure is not None)

    # Drawing.

    def draw(self) -> None:
        """Bring everything in line with the session."""
        session, now = self.session, time.monotonic()
        self._drawn += 1
        front, back = self._images
        back.value = self.picture()
        self._mark.image = back
        self._images = [back, front]
        if not session.running or self._drawn % CURVES_EVERY == 0:
            clock, scale, _ = self.CLOCK
            for chart in self._charts:
                chart.draw(session.rows, session.ghost, session.shown, clock, scale)
            self.player.show(session.shown, len(session.rows))
        if not session.running or now - self._spoke > WORDS_EVERY_S:
            self._spoke = now
            self.status.text = self.describe()
            self.card.value = f"<code>{html.escape(session.recipe)}</code>"
            if self.table_button.value:
                self.table.value = self._table_html()
        self.status.seq += 1

    def _on_session(self, change: dict[str, Any]) -> None:
        if change["name"] == "error":
            self.status.error = change["new"]
        elif change["name"] == "tick" or not change["new"]:
            try:
                self.draw()
            except Exception as error:  # raised in a callback or a task it would show nowhere
                self.session.error = f"the picture could not be drawn: {error} ({type(error).__name__})"
                self.session.running = False

    def _on_table(self, change: dict[str, Any]) -> None:
        self.table.value = self._table_html() if change["new"] else ""
        self.table.layout.display = "" if change["new"] else "none"
        self.table_button.description = "Hide table" if change["new"] else "Show as table"

    def _on_copy(self, button: widgets.Button) -> None:
        self.status.copy = ""
        self.status.copy = self.session.recipe
        self.status.text = f"Copied: {self.session.recipe}"

    def _table_html(self) -> str:
        rows, shown = self.session.rows, self.session.shown
        picked = sorted({round(i) for i in np.linspace(0, shown, TABLE_COLUMNS)})
        head = "".join(f'<th scope="col">{"shown" if i == shown else f"frame {i}"}</th>' for i in picked)
        body = "".join(
            f'<tr><th scope="row">{name.replace("_", " ")}</th>'
            + "".join(f"<td>{_number(rows[i][name])}</td>" for i in picked)
            + "</tr>"
            for name in rows[0]
        )
        ledger = html.escape(str(self.session.state.ledger)).replace("\n", "<br>")
        return (
            '<table class="metakit-table"><caption>Numbers of the run so far; the unit is at the end of each name'
            f"</caption><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
            f'<p class="metakit-ledger"><b>Where every cell is</b><br>{ledger}</p>'
        )

    def close(self) -> None:
        """Release every widget this view made; the session and other views on it live on. Twice is safe."""
        if self._watched:
            self.session.unobserve(self._on_session, self._watched)
            self._watched = ()
            for widget in _all_widgets(self, self.zoom, *self._images):
                widget.close() if widget is not self else super().close()


class Chart:
    """One curve figure: lines, the pale ghost of the run before, and a dashed prediction."""

    def __init__(self, curve: Curve, x_label: str, horizon: float) -> None:
        self.curve, self.measures = curve, [line.measure for line in curve.lines]
        self.x, self.y = bqplot.LinearScale(min=0, max=horizon), bqplot.LinearScale(min=0, max=curve.top)
        scales = {"x": self.x, "y": self.y}

        def lines(color: str, **style: Any) -> bqplot.Lines:
            return bqplot.Lines(x=[0.0], y=[0.0], scales=scales, colors=[color], **style)

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
            layout=widgets.Layout(width=f"{PICTURE_PX // 2}px", height="190px"),
        )  # fmt: skip
        self.figure.add_class("metakit-curve")

    def draw(
        self, rows: list[dict[str, float]], ghost: list[dict[str, float]], shown: int, clock: str, scale: float
    ) -> None:
        """Assign fresh arrays; the axes grow in steps when a line leaves them."""
        top, end = 0.0, 0.0
        for marks, source in ((self.ghosts, ghost), (self.lines, rows)):
            x = np.array([row[clock] for row in source], np.float32) / np.float32(scale)
            for mark, measure in zip(marks, self.measures, strict=True):
                y = np.array([row[measure] for row in source], np.float32)
                if len(x):
                    with mark.hold_sync():
                        mark.x, mark.y = x, y
                    top, end = max(top, float(np.nanmax(y, initial=0))), max(end, float(x[-1]))
                elif len(mark.x) > 1:
                    with mark.hold_sync():
                        mark.x, mark.y = np.zeros(1, np.float32), np.zeros(1, np.float32)
        self._reach(top)
        while end > self.x.max:
            self.x.max = 2 * self.x.max
        at = rows[shown][clock] / scale
        with self.now.hold_sync():
            self.now.x, self.now.y = np.array([at, at]), np.array([0, self.y.max])

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


def _number(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return "not yet" if math.isnan(value) else f"{value:.4g}"


def _all_widgets(*roots: widgets.Widget) -> list[widgets.Widget]:
    """Every widget that the given ones hold, however deep: children, layouts, styles, scales, axes, marks."""
    found: dict[str, widgets.Widget] = {}
    waiting: list[Any] = list(roots)
    while waiting:
        item = waiting.pop()
        if isinstance(item, widgets.Widget):
            if item.model_id is not None and item.model_id not in found:
                found[item.model_id] = item
                waiting += [getattr(item, name) for name in item.keys if name in item.trait_names()]
        elif isinstance(item, list | tuple):
            waiting += item
        elif isinstance(item, dict):
            waiting += item.values()
    return list(found.values())
