"""What every view is made of: picture, player and words, knobs and charts beside them or below (static/view.css).

A stage's view says what to draw and what to say (`LEGEND`, `CURVES`, `PLOTS`, `paint`, `plot`, `say`); this module
does the rest. Widgets are built once; a new frame assigns fresh values to them.
"""

from __future__ import annotations

import html
import time
from collections.abc import Mapping
from typing import Any, ClassVar

import ipywidgets as widgets
import numpy as np

from metakit.core.arrays import Array, own_floats
from metakit.core.params import Value
from metakit.core.state import State
from metakit.core.touch import Touch
from metakit.core.words import write_number
from metakit.runs.session import Session
from metakit.widgets.draw import style
from metakit.widgets.parts.canvas import Canvas
from metakit.widgets.parts.curve import Chart, Curve, Plot, PlotChart
from metakit.widgets.parts.kept import Kept, figure
from metakit.widgets.parts.panel import Panel
from metakit.widgets.parts.player import Player
from metakit.widgets.parts.status import Status

# While playing, one of the curves and the scrubber follow five times a second: they cost the browser more than a
# picture does, and a line that grows by less than a pixel is not seen to grow.
CURVES_EVERY_S = 0.2
WORDS_EVERY_S = 2.0  # and the words every two seconds, or a screen reader never finishes a sentence
TABLE_COLUMNS = 6
BESIDE = 2  # charts that find room beside the picture; the others come below


class StageView(Kept, widgets.VBox):
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
    LEGEND: ClassVar[tuple[tuple[str | style.Symbol, str], ...]] = ()  # as `style.legend_html` takes them
    CURVES: ClassVar[tuple[Curve, ...]] = ()
    PLOTS: ClassVar[tuple[Plot, ...]] = ()
    CLOCK: ClassVar[tuple[str, float, str]] = ("time_h", 24.0, "time (days)")  # measure, how many make one, label
    HORIZON: ClassVar[float] = 5.0  # right end of the time axis at first
    ZOOMS: ClassVar[tuple[str, ...]] = ()  # what `paint` takes as its zoom; the first is shown at first
    PICK: ClassVar[Touch | None] = None  # a press that moves knobs, see `pick`
    _watched: tuple[str, ...] = ()  # what this view observes of its session; nothing before it is finished, and after

    def __init__(self, session: Session | None = None, **keywords: Any) -> None:
        if session is not None and not isinstance(session, Session):
            raise ValueError(f"session = {session!r:.80} is not a session; Session({self.STAGE!r}) is, or leave it out")
        if session is not None and (keywords or session.stage != self.STAGE):
            what = f"session and {', '.join(keywords)}" if keywords else f"a session of {session.stage}"
            raise ValueError(f"{type(self).__name__} got {what}; give a session of {self.STAGE}, or keywords for one")
        self.session = session if session is not None else Session(self.STAGE, **keywords)
        self._plotted, self._spoke, self._turn = 0.0, 0.0, 0
        self.status = Status()
        self.zoom = widgets.Dropdown(
            options=self.ZOOMS or ("",), description="Zoom", style={"description_width": "76px"},
            layout=widgets.Layout(width="calc(100% - 4px)"),
        )  # fmt: skip
        self.canvas = Canvas()
        self.hands = {touch.kind: touch for touch in (*self.session.offers, *filter(None, (self.PICK,)))}
        self.hand = widgets.Dropdown(
            options=[("look", ""), *((touch.label, kind) for kind, touch in self.hands.items())], description="Hand",
            tooltip="What a press on the picture does", style={"description_width": "44px"}, layout=self.zoom.layout,
        )  # fmt: skip
        self._painted: tuple[Any, str, Any] = (None, "", None)  # which state, at which zoom, by which method
        self.panel, self.player = Panel(self.session), Player(self.session, self.canvas)
        self._charts = [Chart(curve, self.CLOCK[2], self.HORIZON) for curve in self.CURVES]
        self.table_button = widgets.ToggleButton(description="Show as table", tooltip="The numbers behind the curves")
        self.copy_button = widgets.Button(
            description="Copy this run", tooltip="Copy the line that makes this run again"
        )
        self.table, self.card = widgets.HTML(), widgets.HTML()
        self.table.layout.display = "none"
        self._plots = [PlotChart(plot) for plot in self.PLOTS]
        figures = [*(chart.figure for chart in self._charts), *(plot.figure for plot in self._plots)]
        charts, more_charts = widgets.Box(figures[:BESIDE]), widgets.Box(figures[BESIDE:])
        above = [*([self.hand] if self.hands else []), *([self.zoom] if self.ZOOMS else [])]
        controls = widgets.VBox([*above, self.panel])
        legend = widgets.HTML(style.legend_html(self.LEGEND))
        tools = widgets.HBox([self.table_button, self.copy_button, self.card])
        # In the order in which they are read, and reached by key.
        stage = widgets.Box(
            [self.canvas, self.player, self.status, charts, controls, self.panel.rest, legend, more_charts, tools,
             self.table]
        )  # fmt: skip
        for box, name in ((stage, "stage"), (charts, "charts"), (controls, "controls"), (legend, "key"),
                          (more_charts, "more-charts"), (tools, "tools")):  # fmt: skip
            box.add_class(f"metakit-{name}")
        super().__init__([stage])
        self.add_class("metakit")
        self.add_class("metakit-view")
        self.table_button.observe(self._on_table, "value")
        self.zoom.observe(lambda _: self.draw(), "value")
        self.copy_button.on_click(self._on_copy)
        self.hand.observe(self._on_hand, "value")
        self.canvas.on_msg(self._on_press)
        self._watched = ("tick", "running", "error")
        self.session.observe(self._on_session, self._watched)
        self.draw()

    # What a stage says.

    @classmethod
    def paint(cls, state: State, zoom: str = "") -> bytes:
        """Draw a state; no browser, no widget.

        Parameters
        ----------
        state : State
            Of this stage.
        zoom : str
            One of `ZOOMS`; the first one for "".

        Returns
        -------
        bytes
            A square PNG.
        """
        raise TypeError(f"{cls.__name__} must define paint(state)")

    @classmethod
    def paint_moving(cls, state: State, zoom: str = "") -> bytes:
        """Draw a state while it is being played: as at other times, unless a view has a quicker way.

        Parameters
        ----------
        state : State
            Of this stage.
        zoom : str
            One of `ZOOMS`; the first one for "".

        Returns
        -------
        bytes
            A square PNG.
        """
        return cls.paint(state, zoom)

    @classmethod
    def plot(cls, state: State) -> Mapping[str, tuple[Array, Array]]:
        """Give the points (x, y) of every line of `PLOTS`, by its name."""
        raise TypeError(f"{cls.__name__} has PLOTS and must define plot(state)")

    @classmethod
    def say(cls, state: State, m: Mapping[str, float]) -> str:
        """Put a state and its measures into one or two sentences.

        Parameters
        ----------
        state : State
            Of this stage.
        m : mapping of str to float
            Its measures.

        Returns
        -------
        str
        """
        raise TypeError(f"{cls.__name__} must define say(state, measures)")

    @classmethod
    def find(cls, state: State, event: str, zoom: str = "") -> tuple[float, float] | None:
        """Find where in the picture an event happens, to put a ring there.

        Parameters
        ----------
        state : State
            Of the frame in which it happens.
        event : str
            Its name.
        zoom : str
            One of `ZOOMS`; the first one for "".

        Returns
        -------
        (float, float) or None
            Shares of the picture's width and height, from the left and from the top; None if it has no one place.
        """
        return None

    @classmethod
    def place(cls, state: State, share: tuple[float, float], zoom: str = "") -> tuple[float, float]:
        """Find which place of the model is seen somewhere in the picture; a stage with touches defines it.

        Parameters
        ----------
        state : State
            The one that is drawn.
        share : (float, float)
            Shares of the picture's width and height, from the left and from the top.
        zoom : str
            One of `ZOOMS`; the first one for "".

        Returns
        -------
        (float, float)
            As the touches of the stage take it.
        """
        raise TypeError(f"{cls.__name__} has touches and must define place(state, share, zoom)")

    @classmethod
    def pick(cls, state: State, share: tuple[float, float], zoom: str = "") -> Mapping[str, Value]:
        """Say which knobs a press on the picture moves, and where to; a view with a `PICK` defines it.

        Parameters
        ----------
        state : State
            The one that is drawn.
        share : (float, float)
            Shares of the picture's width and height, from the left and from the top.
        zoom : str
            One of `ZOOMS`; the first one for "".

        Returns
        -------
        mapping of str to value

        Raises
        ------
        ValueError
            If there is nothing to be picked there.
        """
        raise TypeError(f"{cls.__name__} has a PICK and must define pick(state, share, zoom)")

    @classmethod
    def pressed_at(cls, state: State, press: Mapping[str, Any], zoom: str = "") -> tuple[float, float]:
        """Read what the canvas says of a press, as a place of the model.

        Parameters
        ----------
        state : State
            The one that is drawn.
        press : mapping
            ``x`` and ``y``: shares of the picture's width and height.
        zoom : str
            One of `ZOOMS`; the first one for "".

        Returns
        -------
        (float, float)
            As `place` gives it, to a tenth of its unit.
        """
        place = cls.place(state, _shares(press), zoom)
        return round(place[0], 1), round(place[1], 1)

    @classmethod
    def say_clock(cls, m: Mapping[str, float]) -> str:
        """Say the moment of some measures on the stage's own clock: ``3.2 days``."""
        measure, scale, label = cls.CLOCK
        value, (words, _, unit) = m[measure] / scale, label.partition(" (")
        return f"{value:,.1f} {unit[:-1]}" if unit else write_number(value, words.split()[0])

    # What everyone may call.

    @property
    def curve_measures(self) -> list[str]:
        """Measures that a curve shows, on which a prediction can be drawn."""
        return [measure for chart in self._charts for measure in chart.measures]

    def advance(self, frames: int = 1) -> None:
        """Go on by some frames, on the path the Step button takes."""
        self.player.step(frames)

    def reset(self) -> None:
        """Go back to the first frame of the same seed, as the Reset button does."""
        self.player.reset()

    @own_floats
    def picture(self) -> bytes:
        """Give the shown picture as PNG bytes: the static twin of the figure."""
        return self.paint(self.session.state, self.zoom.value)

    @own_floats
    def describe(self) -> str:
        """Say in one or two sentences what the shown frame shows, and first what happens in it."""
        return self.describe_run(self.session)

    @classmethod
    def describe_run(cls, session: Session) -> str:
        """Say what the shown frame of a run shows, after what was done and what happens in it.

        Parameters
        ----------
        session : Session
            Of this stage.

        Returns
        -------
        str
        """
        hand, events = _hand_words(session), _event_words(session)
        parts = [f"By hand: {hand}." if hand else "", f"Now: {events}." if events else ""]
        return " ".join(filter(None, [*parts, cls.say(session.state, session.measures)]))

    @classmethod
    def mark_of(cls, session: Session, zoom: str = "") -> list[Any]:
        """Give what `Canvas.mark` shows of the shown frame: words, and where a ring belongs.

        Parameters
        ----------
        session : Session
            Of this stage.
        zoom : str
            One of `ZOOMS`; the first one for "".

        Returns
        -------
        list
            Nothing; or words; or words and shares of the picture's width and height.
        """
        words = " and ".join(filter(None, (_hand_words(session), _event_words(session))))
        if not words:
            return []
        places = [cls.find(session.state, event.name, zoom) for event in session.happening(session.shown)]
        return [words, *next(filter(None, places), ())]

    def touch(self, kind: str, at: tuple[float, float]) -> None:
        """Touch what is shown, as a press on the picture does; the recipe of the run has it from then on.

        Parameters
        ----------
        kind : str
            One of the stage's touches.
        at : (float, float)
            Where, as the stage's touches say it.

        Raises
        ------
        ValueError
            If there is no such touch, or nothing to be touched there; nothing has changed then.
        """
        self.session.touch(kind, at)

    def run_to(self, event: str = "") -> bool:
        """Go on to an event, as the button Next event does, without showing the way there.

        Parameters
        ----------
        event : str
            Its name; any one if left out.

        Returns
        -------
        bool
            Whether it came in a run of the usual length.

        Raises
        ------
        ValueError
            If the stage has no event of that name; the message lists those it has.
        """
        self.player.pause()
        return self.session.run_to(event)

    def _shown(self) -> bytes:
        return self.canvas.png

    def _static_html(self, png: str) -> str:
        return figure(png, self.describe(), f"<br><code>{html.escape(self.session.recipe)}</code>")

    def show_prediction(self, value: float, *, measure: str | None = None) -> None:
        """Draw a prediction, dashed.

        Parameters
        ----------
        value : float
            What is predicted.
        measure : str, optional
            The measure whose curve it crosses; without one it is a time, drawn down every curve.

        Raises
        ------
        ValueError
            If no curve shows the measure.
        """
        charts = [c for c in self._charts if measure is None or measure in c.measures]
        if not charts:
            there = ", ".join(self.curve_measures)
            raise ValueError(f"no curve of {type(self).__name__} shows {measure!r}; there are {there}")
        for chart in charts:
            chart.predict(value, across=measure is not None)

    # Drawing.

    @own_floats
    def draw(self) -> None:
        """Bring everything in line with the session."""
        with self.session.lock:
            self._draw()

    def _draw(self) -> None:
        session, now = self.session, time.monotonic()
        state, zoom = session.state, self.zoom.value
        paint = self.paint_moving if session.running else self.paint
        if state is not self._painted[0] or (zoom, paint) != self._painted[1:]:
            self.canvas.show(paint(state, zoom))
            self._painted = (state, zoom, paint)
        elif session.running:  # a knob was moved, and the picture that obeys it comes next: nothing may hold it up
            self._plotted = now
            return
        self._mark_events()
        if not session.running or now - self._plotted > CURVES_EVERY_S:
            self._plotted = now
            self._draw_charts()
            self.player.show(session.shown, len(session.rows), self.say_clock(session.measures))
        if not session.running or now - self._spoke > WORDS_EVERY_S:
            self._spoke = now
            self.status.text = f"{self.player.note} {self.describe()}".lstrip()
            self.card.value = f"<code>{html.escape(session.recipe)}</code>"
            if self.table_button.value:
                self.table.value = self._table_html()

    def _mark_events(self) -> None:
        """Put a ring and words to what happens in the shown frame, and make its line in the curves bold."""
        self.canvas.mark = self.mark_of(self.session, self.zoom.value)
        for chart in self._charts:
            chart.mark_now(bool(self.canvas.mark))

    def _draw_charts(self) -> None:
        """Draw all charts; one at a time while it plays, since all at once would hold up a moved slider."""
        session, points = self.session, None
        charts: list[Chart | PlotChart] = [*self._charts, *self._plots]
        self._turn = (self._turn + 1) % max(1, len(charts))
        for chart in charts[self._turn :][:1] if session.running else charts:
            if isinstance(chart, Chart):
                chart.draw(session.seen_rows, session.ghost, session.shown, *self.CLOCK[:2])
            else:
                points = points or self.plot(session.state)
                chart.draw(points)

    def _on_session(self, change: dict[str, Any]) -> None:
        if change["name"] == "error":
            self.status.error = change["new"]
        elif change["name"] == "tick" or not change["new"]:
            try:
                self.draw()
            except Exception as error:  # raised in a callback or a task it would show nowhere
                self.session.error = f"the picture could not be drawn: {error} ({type(error).__name__})"
                self.session.running = False

    def _on_hand(self, change: dict[str, Any]) -> None:
        touch = self.hands.get(change["new"])
        self.canvas.hand = touch.label if touch else ""
        self.status.text = f"A press on the picture {touch.about}." if touch else self.describe()

    @own_floats
    def _on_press(self, canvas: Canvas, press: Mapping[str, Any], buffers: object) -> None:
        """Touch where the picture was pressed; what cannot be touched is said in words."""
        if not self.hand.value:  # it was put away while the press was on its way
            return
        with self.session.lock:
            state, zoom = self.session.state, self.zoom.value
            try:
                if self.PICK and self.hand.value == self.PICK.kind:
                    self.session.params = self.session.params.replace(**self.pick(state, _shares(press), zoom))
                else:
                    self.touch(self.hand.value, self.pressed_at(state, press, zoom))
            except ValueError as error:
                self.status.text = sentence(error)

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
            + "".join(f"<td>{write_number(rows[i][name], missing='not yet')}</td>" for i in picked)
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
            for widget in all_widgets(self, self.zoom, self.hand, self.player.event_button):
                widget.close() if widget is not self else super().close()


def _hand_words(session: Session) -> str:
    """Name what was touched in the shown frame."""
    labels = {touch.kind: touch.label for touch in session.offers}
    made = [labels[touch.kind] for touch in session.touches_in(session.shown)]
    return ", ".join(label[0].lower() + label[1:] for label in dict.fromkeys(made))


def _event_words(session: Session) -> str:
    """Name what happens in the shown frame."""
    return " and ".join(event.name for event in session.happening(session.shown))


def sentence(words: object) -> str:
    """Write words as a sentence: a capital in front, a full stop behind, and nothing else changed."""
    text = str(words)
    return f"{text[:1].upper()}{text[1:]}."


def _shares(press: Mapping[str, Any]) -> tuple[float, float]:
    """Read where the canvas was pressed; never outside of it."""
    x, y = (min(max(float(press[axis]), 0.0), 1.0) for axis in ("x", "y"))
    return x, y


def all_widgets(*roots: widgets.Widget) -> list[widgets.Widget]:
    """Find every widget that the given ones hold, however deep: children, layouts, styles, scales, axes, marks.

    Closed ones are among them: Python itself closes some before the view when a script ends.
    """
    found: dict[int, widgets.Widget] = {}
    waiting: list[Any] = list(roots)
    while waiting:
        item = waiting.pop()
        if isinstance(item, widgets.Widget):
            if id(item) not in found:
                found[id(item)] = item
                waiting += [getattr(item, name) for name in item.keys if name in item.trait_names()]
        elif isinstance(item, list | tuple):
            waiting += item
        elif isinstance(item, dict):
            waiting += item.values()
    return list(found.values())
