"""The panel: presets, seed, and a slider, switch or menu for every parameter, derived from its one declaration."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from metakit.params import Knob
from metakit.session import Session

NARROW = {"description_width": "76px"}


class Panel(widgets.VBox):
    """Controls of one session: the few that matter first, and the others folded away.

    A control writes only its own field, so that one move is one change.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.controls: dict[str, Any] = {}
        cls = type(session.params)
        first = [self._control(cls.knob(name)) for name in cls.FIRST]
        rest = [self._control(k) for k in cls.knobs() if k.name not in cls.FIRST]
        wide = widgets.Layout(width="calc(100% - 4px)")
        self.preset = widgets.Dropdown(
            options=list(cls.PRESETS), value=session.preset, description="Start from", style=NARROW, layout=wide
        )
        self.note = widgets.HTML(layout=widgets.Layout(width="calc(100% - 4px)"))
        self.note.add_class("metakit-note")
        self.seed = widgets.BoundedIntText(
            value=session.seed, min=0, max=2**53 - 1, description="Seed", style=NARROW, layout=wide,
            tooltip="The same seed gives the same run; another seed, another chance",
        )  # fmt: skip
        self.more = widgets.ToggleButton(
            description="More controls", tooltip="Show every parameter of the model", layout=wide
        )
        self.rest = widgets.VBox(rest, layout=widgets.Layout(display="none", width="calc(100% - 4px)"))
        super().__init__([self.preset, self.note, *first, self.seed, self.more, self.rest])
        self.add_class("metakit-panel")
        self.preset.observe(self._on_preset, "value")
        self.seed.observe(self._on_seed, "value")
        self.more.observe(self._on_more, "value")
        session.observe(self._show, ["params", "preset", "seed"])
        self._show()

    def _control(self, knob: Knob) -> widgets.Widget:
        value = getattr(self.session.params, knob.name)
        label = knob.label[0].upper() + knob.label[1:]
        about = knob.doc + ("; moving it starts the run again" if knob.at_start else "")
        wide = widgets.Layout(width="calc(100% - 4px)")
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
            control = kind(
                value=value, min=knob.low, max=knob.high, step=knob.step,
                description=f"{label} ({knob.unit})" if knob.unit else label,
                tooltip=f"{about}; {knob.low:g} to {knob.amount(knob.high)}",
                continuous_update=False, layout=wide, **extra,
            )  # fmt: skip
        self.controls[knob.name] = control
        control.observe(lambda change, name=knob.name: self._on_control(name, change["new"]), "value")
        return control

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
        self.rest.layout.display = "" if change["new"] else "none"
        self.more.description = "Fewer controls" if change["new"] else "More controls"

    def _show(self, change: object = None) -> None:
        """Bring the controls in line with the session; they do not answer, since nothing differs then."""
        cls = type(self.session.params)
        for name, control in self.controls.items():
            value = getattr(self.session.params, name)
            if control.value != value:
                control.value = value
        self.preset.value = self.session.preset
        self.seed.value = self.session.seed
        self.note.value = cls.PRESET_NOTES.get(self.session.preset, "")

    def close(self) -> None:
        """Stop listening to the session and release the widget."""
        if self.comm is not None:  # else it is closed, or was never finished; Python closes widgets once more itself
            self.session.unobserve(self._show, ["params", "preset", "seed"])
        super().close()
