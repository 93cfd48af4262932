"""The view of the journey: the primary and three organs at once, and the few that get from one to the other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from metakit.body.origins import SECONDARY_SITES
from metakit.core.arrays import Array
from metakit.core.words import write_number
from metakit.models.journey import measure
from metakit.widgets.draw import style
from metakit.widgets.parts.curve import Curve, Line, Plot
from metakit.widgets.parts.tissue_view import tissues_png
from metakit.widgets.parts.view import StageView

STEP_MEASURES = ("cells_born", "cells_entered", "seeds", "colonies")


class JourneyView(StageView):
    """Play the whole cascade: most of it ends in the blood."""

    STAGE = "journey"
    HORIZON = 10.0
    ZOOMS: ClassVar = ("far", "near")
    LEGEND: ClassVar = (
        ("epithelial", "epithelial cell"),
        ("mesenchymal", "mesenchymal cell"),
        ("vessel", "blood vessel"),
        ("ruptured", "ruptured vessel"),
        ("ecm", "ECM, paler where cut"),
    )
    CURVES: ClassVar = (
        Curve(
            "cells, log scale",
            (
                Line("cells_primary", "primary", style.EPITHELIAL),
                Line("cells_abroad", "organs", style.MESENCHYMAL),
                Line("cells_in_blood", "blood", style.VESSEL, dashed=True),
            ),
            top=1e8,  # room above the lines for their names
            log=True,
        ),
    )
    PLOTS: ClassVar = (
        Plot(
            "1 born  2 blood  3 here  4 colony",
            "count, log scale",
            (Line("path", "", style.GHOST), Line("gates", "so far", style.VESSEL, dots=True)),
            x=(0, 4),
            y=(1, 1e6),
            log_y=True,
            legend="top-right",
        ),
    )

    @classmethod
    def paint(cls, state: Any, zoom: str = "", sharp: float = 1.5) -> bytes:
        """Draw the four tissues as PNG bytes."""
        counts = {name: len(site.cell_site) for name, site in state.sites.items()}
        captions = [f"day {state.time_d:.1f} · primary {counts['primary']:,}"]
        captions += [f"{organ} {counts[organ]:,}" for organ in SECONDARY_SITES]
        return tissues_png(dict(zip(captions, state.sites.values(), strict=True)), zoom=zoom or "far", sharp=sharp)

    @classmethod
    def paint_moving(cls, state: Any, zoom: str = "") -> bytes:
        """Draw the four tissues with half the pixels a side."""
        return cls.paint(state, zoom, 0.75)

    @classmethod
    def plot(cls, state: Any) -> Mapping[str, tuple[Array, Array]]:
        """Count those that got through each gate so far: born, in the blood, arrived, colony alive."""
        m = measure(state)
        x = np.arange(1, 5)
        y = np.array([float(m[gate]) for gate in STEP_MEASURES])
        return {"gates": (x, y), "path": (x, y)}

    @classmethod
    def say(cls, state: Any, m: Mapping[str, float]) -> str:
        """Say how many got how far."""
        begin = f"Day {m['time_h'] / 24:.1f}: {write_number(m['cells_primary'], 'cells')} in the primary."
        if not m["cells_entered"]:
            return f"{begin} No cell has entered the blood."
        way = (
            f"{m['cells_entered']:,} have entered the blood, {m['cells_died_in_blood']:,} of them have died there "
            f"and {m['cells_in_blood']:,} {'is' if m['cells_in_blood'] == 1 else 'are'} still in it."
        )
        if math.isnan(m["first_seed_h"]):
            expected = write_number(m["seeds_expected"], short=True)
            return f"{begin} {way} None has arrived in an organ; {expected} arrivals were to be expected."
        where = ", ".join(f"{write_number(m[f'cells_{organ}'], 'cells')} in the {organ}" for organ in SECONDARY_SITES)
        live = "1 lives" if m["colonies"] == 1 else f"{m['colonies']:,} live"
        return (
            f"{begin} {way} {write_number(m['seeds'], 'arrivals')}, the first on day "
            f"{m['first_seed_h'] / 24:.1f}; {live} on: {where}."
        )
