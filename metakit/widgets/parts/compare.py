"""Two or three worlds side by side: the same seed under different settings, one player, and shared charts.

The first world is the lead: the player plays it, and the others go wherever it goes.
"""

from __future__ import annotations

import html
import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import ipywidgets as widgets
from PIL import Image

from metakit.core.arrays import own_floats
from metakit.core.words import nearest, write_number
from metakit.runs.session import Session
from metakit.widgets import view_class
from metakit.widgets.draw import style
from metakit.widgets.draw.sketch import Sketch, png_of
from metakit.widgets.parts.canvas import Canvas
from metakit.widgets.parts.curve import Chart, Curve, Line
from metakit.widgets.parts.kept import Kept, figure
from metakit.widgets.parts.player import Player
from metakit.widgets.parts.status import Status
from metakit.widgets.parts.view import CURVES_EVERY_S, WORDS_EVERY_S, StageView, all_widgets, sentence

COLORS = (style.EPITHELIAL, style.VESSEL, style.LYMPH)
MOST, CHARTS = len(COLORS), 2
GAP, HEAD = 12, 30  # px of the picture: between two worlds, and above them for their names


class Comparison(Kept, widgets.VBox):
    """Worlds side by side; made by `compare`.

    Attributes
    ----------
    sessions : dict of str to Session
        The run of each world, by its name.
    """

    _watched: tuple[str, ...] = ()  # what this observes of the lead; nothing before it is finished, and after

    def __init__(
        self,
        stage: str,
        worlds: Mapping[str, Mapping[str, object]],
        *,
        seed: int = 0,
        preset: str = "science",
        measures: Sequence[str] = (),
    ) -> None:
        self.view = view_class(stage)
        self.sessions = {
            name: Session(stage, seed=seed, **{"preset": preset, **values}) for name, values in _checked(worlds).items()
        }
        self._lead, *self._others = self.sessions.values()
        self._measures = _chosen(measures, self.view, self._lead)
        self._hands: list[Session] = []  # which world was touched, the last one last
        self._drawn, self._spoke = 0.0, 0.0
        self._following = False
        self.canvases = [Canvas() for _ in self.sessions]
        self.player, self.status = Player(self._lead, self.canvases[0]), Status()
        touches = self._lead.offers
        self.hand = widgets.Dropdown(
            options=[("look", ""), *((touch.label, touch.kind) for touch in touches)], description="Hand",
            tooltip="What a press on one of the pictures does", style={"description_width": "44px"},
        )  # fmt: skip
        self.undo_button = widgets.Button(description="Undo", tooltip="Take back the last touch", disabled=True)
        self.table_button = widgets.ToggleButton(
            description="Show as table", tooltip="The numbers of the worlds side by side"
        )
        self.table, self.card = widgets.HTML(), widgets.HTML()
        self._charts = [self._make_chart(curve) for curve in self._measures.values()]
        boxes = [
            widgets.VBox([widgets.HTML(self._heading(name)), canvas])
            for name, canvas in zip(self.sessions, self.canvases, strict=True)
        ]
        pictures, charts = widgets.Box(boxes), widgets.Box([chart.figure for chart in self._charts])
        legend = widgets.HTML(style.legend_html(self.view.LEGEND))
        tools = widgets.HBox([*([self.hand, self.undo_button] if touches else []), self.table_button])
        body = widgets.Box([pictures, self.player, self.status, tools, charts, legend, self.table, self.card])
        for box, name in ((pictures, "worlds"), (charts, "charts"), (legend, "key"), (tools, "tools"),
                          (body, "compare"), (body, f"of-{len(boxes)}"), *((b, "world") for b in boxes)):  # fmt: skip
            box.add_class(f"metakit-{name}")
        super().__init__([body])
        self.add_class("metakit")
        self.add_class("metakit-view")
        self.hand.observe(self._on_hand, "value")
        self.undo_button.on_click(lambda _: self.undo())
        self.table_button.observe(lambda _: self.draw(), "value")
        for canvas in self.canvases:
            canvas.on_msg(self._on_press)
        self._watched = ("tick", "running", "error")
        self._lead.observe(self._on_lead, self._watched)
        for other in self._others:
            other.observe(self._on_other, ("tick", "error"))
        self.draw()

    def _make_chart(self, curve: Curve) -> Chart:
        """Make a chart with a line a world."""
        lines = tuple(
            Line(f"world {i}", name, color, dashed=i > 0)
            for i, (name, color) in enumerate(zip(self.sessions, COLORS, strict=False))
        )
        one = Curve(curve.y_label, lines, curve.top, curve.log, curve.bottom)
        return Chart(one, self.view.CLOCK[2], self.view.HORIZON)

    def _heading(self, name: str) -> str:
        """Write the name of a world, and the knobs in which the worlds differ."""
        all_params = [session.params.as_dict() for session in self.sessions.values()]
        kind, said = type(self.sessions[name].params), []
        for key, value in self.sessions[name].params.as_dict().items():
            if any(params[key] != value for params in all_params):
                knob = kind.knob(key)
                plain = isinstance(value, bool | str)
                said.append(f"{knob.label} {_switch(value) if plain else write_number(float(value), knob.unit)}")
        return f"<b>{html.escape(name)}</b><br>{html.escape(', '.join(said))}"

    # What everyone may call.

    def advance(self, frames: int = 1) -> None:
        """Go on by some frames in every world."""
        self.player.step(frames)

    def reset(self) -> None:
        """Go back to the first frame in every world; touches are gone."""
        self.player.reset()

    def touch(self, world: str, kind: str, at: tuple[float, float]) -> None:
        """Touch one of the worlds, as a press on its picture does.

        Parameters
        ----------
        world : str
            Its name.
        kind : str
            One of the stage's touches.
        at : (float, float)
            Where, as the stage's touches say it.

        Raises
        ------
        ValueError
            If there is no such world or touch, or nothing to be touched there; nothing has changed then.
        """
        if world not in self.sessions:
            raise ValueError(f"there is no world {world!r}; there are {', '.join(map(repr, self.sessions))}")
        self.sessions[world].touch(kind, at)
        self._hands.append(self.sessions[world])

    def undo(self) -> None:
        """Take back the last touch; without one, nothing happens."""
        while self._hands and not self._hands[-1].touches:  # gone with a reset
            self._hands.pop()
        if self._hands:
            session = self._hands.pop()
            session.untouch()
            self._lead.shown = session.shown

    @own_floats
    def picture(self) -> bytes:
        """Draw the worlds side by side, each below its name, as PNG bytes."""
        tiles = [Image.open(io.BytesIO(self.view.paint(s.state))).convert("RGB") for s in self.sessions.values()]
        wide, high = tiles[0].size
        sketch = Sketch(style.PAPER, (len(tiles) * (wide + GAP) - GAP, high + HEAD))
        for i, name in enumerate(self.sessions):
            sketch.text((i * (wide + GAP) + 4, HEAD - 10), name, 16)
        image = sketch.image().convert("RGB")
        for i, tile in enumerate(tiles):
            image.paste(tile, (i * (wide + GAP), HEAD))
        return png_of(image)

    @own_floats
    def describe(self) -> str:
        """Say the difference between the worlds first, then what each of them shows."""
        said = []
        for measure, curve in self._measures.items():
            words = curve.y_label
            values = {name: write_number(session.measures[measure]) for name, session in self.sessions.items()}
            if len(set(values.values())) == 1:
                said.append(f"{words}: {next(iter(values.values()))} in each world.")
            else:
                said.append(f"{words}: {', '.join(f'{value} in “{name}”' for name, value in values.items())}.")
        said += [f"“{name}”: {self.view.describe_run(s)}" for name, s in self.sessions.items()]
        return "\n".join(line[0].upper() + line[1:] for line in said)

    @property
    def recipes(self) -> dict[str, str]:
        """The line that makes the run of each world again, by its name."""
        return {name: session.recipe for name, session in self.sessions.items()}

    def _static_html(self, png: str) -> str:
        lines = "".join(f"<br><code>{html.escape(recipe)}</code>" for recipe in self.recipes.values())
        return figure(png, self.describe(), lines)

    # Drawing.

    @own_floats
    def draw(self) -> None:
        """Bring everything in line with the sessions."""
        with self._lead.lock:
            self._draw()

    def _draw(self) -> None:
        lead, now = self._lead, time.monotonic()
        paint = self.view.paint_moving if lead.running else self.view.paint
        for session, canvas in zip(self.sessions.values(), self.canvases, strict=True):
            canvas.show(paint(session.state))
            canvas.mark = self.view.mark_of(session)
        for chart in self._charts:
            chart.mark_now(bool(self.canvases[0].mark))  # the player stops at what happens in the first world
        self.undo_button.disabled = not any(session.touches for session in self.sessions.values())
        if not lead.running or now - self._drawn > CURVES_EVERY_S:
            self._drawn = now
            clock = self.view.CLOCK
            for measure, chart in zip(self._measures, self._charts, strict=True):
                worlds = zip(*(session.seen_rows for session in self.sessions.values()), strict=False)
                rows = [
                    {clock[0]: rows[0][clock[0]], **{f"world {i}": row[measure] for i, row in enumerate(rows)}}
                    for rows in worlds
                ]
                chart.draw(rows, [], min(lead.shown, len(rows) - 1), *clock[:2])
            self.player.show(lead.shown, len(lead.rows), self.view.say_clock(lead.measures))
        if not lead.running or now - self._spoke > WORDS_EVERY_S:
            self._spoke = now
            self.status.text = f"{self.player.note} {self.describe()}".lstrip()
            self.card.value = "<br>".join(f"<code>{html.escape(recipe)}</code>" for recipe in self.recipes.values())
            self.table.value = self._table_html() if self.table_button.value else ""

    def _table_html(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.sessions)
        body = "".join(
            f'<tr><th scope="row">{measure.replace("_", " ")}</th>'
            + "".join(f"<td>{write_number(s.measures[measure])}</td>" for s in self.sessions.values())
            + "</tr>"
            for measure in self._lead.measures
        )
        return (
            '<table class="metakit-table"><caption>Numbers of the shown moment; the unit is at the end of each name'
            f"</caption><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _on_lead(self, change: dict[str, Any]) -> None:
        if change["name"] == "error":
            self._say_errors()
        elif change["name"] == "tick" or not change["new"]:
            try:
                with self._lead.lock:
                    self._follow()
                    self.draw()
            except Exception as error:  # raised in a callback or a task it would show nowhere
                self._lead.error = f"the worlds could not be drawn: {error} ({type(error).__name__})"
                self._lead.running = False

    def _follow(self) -> None:
        """Let the other worlds go to where the lead is."""
        self._following = True
        try:
            for other in self._others:
                if len(self._lead.rows) == 1 and len(other.rows) > 1:
                    other.reset()
                other.shown = self._lead.shown  # as far as it has been already
                other.advance(self._lead.shown - other.shown)
        finally:
            self._following = False
        if any(other.error for other in self._others):
            self._lead.running = False

    def _on_other(self, change: dict[str, Any]) -> None:
        if change["name"] == "error":
            self._say_errors()
        elif not self._following:  # touched
            self.draw()

    def _say_errors(self) -> None:
        self.status.error = " ".join(f"“{name}”: {s.error}" for name, s in self.sessions.items() if s.error)

    def _on_hand(self, change: dict[str, Any]) -> None:
        touch = next((touch for touch in self._lead.offers if touch.kind == change["new"]), None)
        for canvas in self.canvases:
            canvas.hand = touch.label if touch else ""
        self.status.text = f"A press on one of the pictures {touch.about}, in that world." if touch else self.describe()

    @own_floats
    def _on_press(self, canvas: Canvas, press: Mapping[str, Any], buffers: object) -> None:
        """Touch the world whose picture was pressed; what cannot be touched is said in words."""
        if not self.hand.value:  # it was put away while the press was on its way
            return
        name = list(self.sessions)[self.canvases.index(canvas)]
        with self._lead.lock:
            try:
                self.touch(name, self.hand.value, self.view.pressed_at(self.sessions[name].state, press))
            except ValueError as error:
                self.status.text = sentence(error)

    def close(self) -> None:
        """Release every widget of the comparison; its sessions live on. Twice is safe."""
        if self._watched:
            self._lead.unobserve(self._on_lead, self._watched)
            for other in self._others:
                other.unobserve(self._on_other, ("tick", "error"))
            self._watched = ()
            for widget in all_widgets(self, self.hand, self.undo_button, self.player.event_button):
                widget.close() if widget is not self else super().close()


def _chosen(measures: object, view: type[StageView], session: Session) -> dict[str, Curve]:
    """Give the curve that shows each measure: those asked for, else the first of each of the view's first curves."""
    if not measures:
        found = {}
        for curve in view.CURVES[:CHARTS]:
            first = curve.lines[0]
            words = curve.y_label if len(curve.lines) == 1 else f"{curve.y_label}, {first.label}"
            found[first.measure] = replace(curve, y_label=words)
        return found
    if not isinstance(measures, list | tuple) or len(measures) > CHARTS:
        raise ValueError(f"measures = {measures!r:.80} cannot be drawn; a list of one or {CHARTS} names can")
    for measure in measures:
        if measure not in session.measures:
            raise ValueError(nearest(measure, session.measures, f"measure of {session.stage} called"))
    return {measure: Curve(measure.replace("_", " "), ()) for measure in measures}


def _switch(value: object) -> str:
    return {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _checked(worlds: object) -> dict[str, dict[str, Any]]:
    """Check that these are worlds, and copy them."""
    if not isinstance(worlds, Mapping) or not 2 <= len(worlds) <= MOST:
        given = f"{len(worlds)} worlds" if isinstance(worlds, Mapping) else f"{worlds!r:.80}"
        raise ValueError(f'{given} cannot be compared; 2 or {MOST} can: {{"published": {{}}, "other": {{"knob": 1}}}}')
    for name, values in worlds.items():
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"{name!r} is not the name of a world; any words are")
        if not isinstance(values, Mapping):
            raise ValueError(f"world {name!r} has {values!r:.80}; parameters by name are expected, or {{}} for none")
        if strange := {"seed", "inflow"} & set(values):
            raise ValueError(f"world {name!r} cannot have its own {' and '.join(strange)}: all have the same luck")
    return {name: dict(values) for name, values in worlds.items()}


def compare(
    stage: str,
    worlds: Mapping[str, Mapping[str, object]],
    *,
    seed: int = 0,
    preset: str = "science",
    measures: Sequence[str] = (),
) -> Comparison:
    """Play two or three worlds side by side: the same stage with the same seed under different settings.

    Parameters
    ----------
    stage : str
        One of `metakit.stages`.
    worlds : mapping of str to mapping
        What differs from the preset in each, by its name; ``"preset"`` among it names another one.
    seed : int
        The same for all: equal settings give equal worlds.
    preset : str
        Named settings that all begin with.
    measures : sequence of str, optional
        One or two measures of the stage to draw over time, and to set against each other in words; those that lead the
        curves of its view if left out.

    Returns
    -------
    Comparison
        Show it as the last line of a cell. It has ``sessions``, ``advance(n)``, ``reset()``, ``touch``, ``describe()``,
        ``picture()``, ``recipes`` and ``close()``.

    Raises
    ------
    ValueError
        On an unknown stage, preset, parameter or measure, a value that is not allowed, or another number of worlds.

    Examples
    --------
    >>> worlds = metakit.compare("invasion", {"published": {}, "no enzyme": {"mmp_secretion": 0}}, seed=7)
    >>> worlds.advance(720)
    >>> print(worlds.describe().splitlines()[0])
    Cells outside, mesenchymal: 53 in “published”, 0 in “no enzyme”.
    """
    return Comparison(stage, worlds, seed=seed, preset=preset, measures=measures)
