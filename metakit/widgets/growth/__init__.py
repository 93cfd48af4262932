"""The view of growth: one tumor in section, its curves, and growth laws fitted to it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from metakit.body.curves import LAWS, extrapolate
from metakit.core.arrays import Array
from metakit.core.words import write_number
from metakit.models.growth.oxygen import limit_um, pressure_share
from metakit.widgets.draw import style
from metakit.widgets.growth.section import draw_tumor
from metakit.widgets.parts.curve import Curve, Line, Plot
from metakit.widgets.parts.view import StageView


def _key(law: str) -> str:
    return law.lower().replace(" ", "_")


class GrowthView(StageView):
    """Play with division, death, oxygen and vessels, and watch one cell become a tumor."""

    STAGE = "growth"
    CLOCK: ClassVar = ("time_d", 1.0, "time (days)")
    HORIZON: ClassVar = 500.0
    LEGEND: ClassVar = (
        ("epithelial", "dividing cells"),
        ("dormant", "resting, short of oxygen"),
        ("dead", "dead, no oxygen"),
        ("vessel", "blood vessel"),
        ("ecm", "normal tissue"),
        *((style.dashed_curve(style.LAW_COLORS[_key(law)]), f"{law} law".replace("law law", "law")) for law in LAWS),
    )
    CURVES: ClassVar = (
        Curve(
            "cells",
            (
                Line("cells", "this tumor", style.EPITHELIAL),
                *(Line(f"{_key(c)}_cells", "", style.LAW_COLORS[_key(c)], dashed=True) for c in LAWS),
            ),
            top=1e12,
            log=True,
        ),
        Curve(
            "diameter (mm)",
            (
                Line("diameter_mm", "tumor", style.EPITHELIAL),
                Line("core_diameter_mm", "dead core", style.DEAD, dashed=True),
            ),
            top=2.0,
        ),
    )
    PLOTS: ClassVar = (
        Plot(
            "depth (µm)",
            "oxygen (mmHg)",
            (
                Line("oxygen", "oxygen", style.VESSEL),
                Line("resting", "cells rest below", style.DORMANT, dashed=True),
            ),
            (0, 300),
            (0, 160),
        ),
        Plot(
            "days since first measured",
            "measured, and laws",
            (
                Line("readings", "measured", style.EPITHELIAL, dots=True),
                *(Line(c, "", style.LAW_COLORS[_key(c)], dashed=True) for c in LAWS),
            ),
            (0, 600),
            (1e6, 1e12),
            log_y=True,
        ),
    )

    @classmethod
    def paint(cls, state: Any, zoom: str = "") -> bytes:
        """Draw the section: normal tissue, layers, cells or symbols for many cells, labels, scale bar."""
        cells = "no cell left" if not state.cells else write_number(state.cells, "cells")
        caption = f"day {state.time_d:.0f} · {cells} · {write_number(2e-3 * state.radius_um, 'mm', short=True)} across"
        cell = 1e4 * (3 / (4 * math.pi * state.per_cm3)) ** (1 / 3) if state.cells + state.core_cells else 0.0
        resting = max(state.resting_um, state.core_um)
        return draw_tumor(state.radius_um, resting, state.core_um, cell_um=cell, vessels=state.vessels, caption=caption)

    @classmethod
    def plot(cls, state: Any) -> Mapping[str, tuple[Array, Array]]:
        """Give oxygen against depth, and the readings with the laws fitted to them."""
        depth = np.linspace(0, min(300.0, state.radius_um), 61)
        share = pressure_share(state.radius_um - depth, state.radius_um, limit_um(state.oxygen))
        oxygen = state.oxygen * (np.ones_like(share) if state.vessels else share)
        days, none = np.linspace(0, 600, 61), (np.zeros(0), np.zeros(0))
        fits: dict[str, tuple[Array, Array]] = dict.fromkeys(LAWS, none)
        if len(state.lines):
            ahead = extrapolate(state.lines, days + state.reading_d[0], state.plateau_cells)
            fits = {c: (days[n >= 1e6], n[n >= 1e6]) for c, n in ahead.items()}
        seen = (state.reading_d - state.reading_d[:1], state.reading_cells) if len(state.reading_d) else none
        rest = (np.array([0.0, 300.0]), np.full(2, state.quiescence_threshold))
        return {"oxygen": (depth, oxygen), "resting": rest, "readings": seen, **fits}

    @classmethod
    def say(cls, state: Any, m: Mapping[str, float]) -> str:
        """Say how big it is, what its cells do, and what it takes of the normal tissue."""
        if not m["cells"]:
            return f"Day {m['time_d']:.0f}: the last cell has died. By chance, this line of cells is gone."
        cells = write_number(m["cells"], "living cells")
        size = f"Day {m['time_d']:.0f}: {cells}, {write_number(m['diameter_mm'], 'mm', short=True)} across"
        so_far = f"{size}, {m['doublings']:.1f} doublings from one cell."
        if m["resting_cells"] or m["core_cells"]:
            rim, share = m["rim_um"], m["core_share"]
            layers = f"{m['dividing_cells'] / m['cells']:.0%} of the living cells divide"
            return f"{so_far} {layers}; the living rim is {rim:.0f} µm deep, and the dead core is {share:.0%} of all."
        apart = write_number(m["curves_apart_fold"], missing="")
        fold = apart and f" Fitted to six readings, the four laws are {apart}-fold apart a year later."
        return f"{so_far} Every cell has oxygen. Normal tissue is {m['normal_share']:.1%} of the organ.{fold}"
