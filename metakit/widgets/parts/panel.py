"""The panel: presets, seed, and a slider, switch or menu for every parameter, derived from its one declaration."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from metakit.core.params import Knob, Params
from metakit.runs.session import Session

NARROW = {"description_width": "76px"}


class Panel(widgets.VBox):
    """Controls of one session: the few that matter first, and the others in a drawer, `rest`.

    A control writes only its own field, so that one move is one change.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._made: dict[str, Any] = {}
        cls = type(session.params)
        # One layout and one style for all: every widget is a message more before the first picture.
        self._wide = wide = widgets.Layout(width="calc(100% - 4px)")
        self._slider_style: Any = None  # made with the first slider
        first = [self._control(cls.knob(name)) for name in cls.FIRST]
        self.preset = widgets.Dropdown(
            options=list(cls.PRESETS), value=session.preset, description="Start from", style=NARROW, layout=wide
        )
        self.note = widgets.HTML(layout=wide)
        self.note.add_class("metakit-note")
        self.seed = widgets.BoundedIntText(
            value=session.seed, min=0, max=2**53 - 2, description="Seed", style=NARROW, layout=wide,
            tooltip="The same seed gives the same run; another seed, another chance",
        )  # fmt: skip
        self.more = widgets.ToggleButton(
            description="More controls", tooltip="Show every parameter of the model", layout=wide
        )
        self.undo_button = widgets.Button(
            description="Undo", tooltip="Take back the last knob that was moved, or the last touch"
        )
        self.reset_button = widgets.Button(
            description="Reset all", tooltip="Back to the start, and every knob to where it was at first"
        )
        self.rest = widgets.VBox(layout=widgets.Layout(display="none"))
        self.rest.add_class("metakit-drawer")
        back = widgets.HBox([self.undo_button, self.reset_button])
        back.add_class("metakit-buttons")
        super().__init__([self.preset, self.note, *first, self.seed, self.more, back])
        self.add_class("metakit-panel")
        self._at_first = session.preset, session.params
        # What Undo takes back, the last one last: None for a touch.
        self._before: list[tuple[str, Params] | None] = [None] * len(session.touches)
        self._last = self._at_first
        self.undo_button.on_click(lambda _: self.undo())
        self.reset_button.on_click(lambda _: self.reset_all())
        self.preset.observe(self._on_preset, "value")
        self.seed.observe(self._on_seed, "value")
        self.more.observe(self._on_more, "value")
        session.observe(self._show, ["params", "preset", "seed"])
        session.observe(self._on_touches, "touches")
        self._show()

    @property
    def controls(self) -> dict[str, Any]:
        """Every control by the name of its parameter; those folded away are made when first asked for."""
        self._make_rest()
        return self._made

    def _make_rest(self) -> None:
        if not self.rest.children:
            knobs = type(self.session.params).knobs()
            self.rest.children = [self._control(knob) for knob in knobs if knob.name not in self._made]

    def _control(self, knob: Knob) -> widgets.Widget:
        value = getattr(self.session.params, knob.name)
        label = knob.label[0].upper() + knob.label[1:]
        about = knob.doc + ("; moving it starts the run again" if knob.at_start else "")
        wide = self._wide
        if knob.is_switch:
            control = widgets.Checkbox(value=value, description=label, indent=False, tooltip=about, layout=wide)
        elif knob.is_choice:
            control = widgets.Dropdown(
                options=knob.choices, value=value, description=label, tooltip=about, style=NARROW, layout=wide
            )
        else:
            kind = widgets.IntSlider if knob.is_count else widgets.FloatSlider
            # As many decimals as the step has: 33.333333 would reach over the slider.
            decimals = len(f"{knob.step:.10f}".rstrip("0").partition(".")[2])
            extra = {} if knob.is_count else {"readout_format": f".{decimals}f"}
            says_it = knob.unit in ("", "number") or label.lower().endswith(knob.unit)  # "Start cells" are cells
            self._slider_style = self._slider_style or widgets.SliderStyle()
            control = kind(
                value=value, min=knob.low, max=knob.high, step=knob.step,
                description=label if says_it else f"{label} ({knob.unit})",
                tooltip=f"{about}; {knob.span}",
                continuous_update=False, layout=wide, style=self._slider_style, **extra,
            )  # fmt: skip
        self._made[knob.name] = control
        control.observe(lambda change, name=knob.name: self._on_control(name, change["new"]), "value")
        return control

    def undo(self) -> None:
        """Take back the last touch, or the last change of knobs or preset; without one, nothing happens."""
        if self._before and self._before[-1] is None:
            self.session.untouch()
        elif self._before and (before := self._before.pop()):
            self._take(before)

    def reset_all(self) -> None:
        """Go back to the start, with preset and knobs as they were at first."""
        self.session.running = False
        self.session.reset()
        self._take(self._at_first)

    def _take(self, wanted: tuple[str, Params]) -> None:
        preset, params = wanted
        self._last = wanted  # so that it is no change to be taken back
        if preset != self.session.preset:
            self.session.choose(preset)
        self.session.params = params

    def _on_touches(self, change: dict[str, Any]) -> None:
        """Keep as many touches to be taken back as the run has."""
        more = len(change["new"]) - self._before.count(None)
        self._before += [None] * more
        for _ in range(-more):
            del self._before[len(self._before) - 1 - self._before[::-1].index(None)]
        self.undo_button.disabled = not self._before

    def _on_control(self, name: str, value: Any) -> None:
        knob = type(self.session.params).knob(name)
        if isinstance(value, float):
            value = round(value, 10)  # a keyboard step gives 1.9999999999999998
        if not knob.is_switch and not knob.is_choice and abs(value - getattr(self.session.params, name)) < 1e-9:
            return
        if value != getattr(self.session.params, name):
            self.session.params = self.session.params.replace(**{name: value})

    def _on_preset(self, change: dict[str, Any]) -> None:
        if change["new"] != self.session.preset:
            self.session.choose(change["new"])

    def _on_seed(self, change: dict[str, Any]) -> None:
        self.session.seed = change["new"]

    def _on_more(self, change: dict[str, Any]) -> None:
        if change["new"]:
            self._make_rest()
        self.rest.layout.display = "" if change["new"] else "none"
        self.more.description = "Fewer controls" if change["new"] else "More controls"

    def _show(self, change: object = None) -> None:
        """Bring the controls in line with the session; they do not answer, since nothing differs then."""
        cls = type(self.session.params)
        now = self.session.preset, self.session.params
        if now != self._last:
            self._before.append(self._last)
            self._last = now
        self.undo_button.disabled = not self._before
        for name, control in self._made.items():
            value = getattr(self.session.params, name)
            if control.value != value:
                control.value = value
        self.preset.value = self.session.preset
        self.seed.value = self.session.seed
        note = cls.PRESET_NOTES.get(self.session.preset, "")
        changed = self.session.params != cls.make(self.session.preset)
        self.note.value = f"{note}; changed by you" if note and changed else note

    def close(self) -> None:
        """Stop listening to the session and release the widget."""
        if self.comm is not None:  # else it is closed, or was never finished; Python closes widgets once more itself
            self.session.unobserve(self._show, ["params", "preset", "seed"])
            self.session.unobserve(self._on_touches, "touches")
        super().close()
