"""The view of extravasation: a capillary bed close up, with every cell that comes, stops, crosses, dies or is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from metakit.core.arrays import Array, as_index
from metakit.models.extravasation import bed
from metakit.models.extravasation.bed import FORKS, level_of, murray_um
from metakit.widgets.draw import style
from metakit.widgets.extravasation.bed_picture import WINDOWS, bed_png, place_of, place_um
from metakit.widgets.extravasation.symbols import CROSSING, OUTSIDE, PASSING, ROLLING, STUCK, WEDGED
from metakit.widgets.parts.curve import Curve, Line, Plot
from metakit.widgets.parts.view import StageView


class ExtravasationView(StageView):
    """Play with size, stiffness, grip and shear, and watch who stops where and who gets out."""

    STAGE = "extravasation"
    ZOOMS: ClassVar = tuple(WINDOWS)
    HORIZON = 5.0
    LEGEND: ClassVar = (
        (PASSING, "passed by in this frame, within seconds"),
        (ROLLING, "rolling along the wall"),
        (WEDGED, "wedged: the vessel is too narrow"),
        (STUCK, "stuck: holds on to the wall"),
        (CROSSING, "crossing the wall, six hours"),
        (OUTSIDE, "outside the vessel"),
        ("dead", "dead in the vessel, cleared within a day"),
        ("ecm", "fibers of the tissue around"),
    )
    CURVES: ClassVar = (
        Curve(
            "cells",
            (
                Line("in_vessel", "in the vessel", style.VESSEL),
                Line("outside", "outside", style.EPITHELIAL),
                Line("carried_on", "carried on", style.PASSING, dashed=True),
                Line("dead", "dead", style.DEAD, dashed=True),
            ),
            top=200,
        ),
        Curve("share of those that came", (Line("out_share", "outside", style.EPITHELIAL),)),
    )
    PLOTS: ClassVar = (
        Plot(
            "width of the vessel (µm)", "stopped there (%)",
            (
                Line("size", "too narrow", style.EPITHELIAL, dots=True),
                Line("wall", "held by the wall", style.VESSEL, dashed=True),
            ),
            x=(0, 28), y=(0, 100),
        ),
    )  # fmt: skip

    @classmethod
    def paint(cls, state: Any, zoom: str = "") -> bytes:
        """Draw the bed, all of it or a part."""
        n = state.counts
        inside = n["rolling"] + n["wedged"] + n["stuck"] + n["crossing the wall"]
        come = sum(n.values()) - n["still to come"]
        clock = f"hour {state.time_h:.2f}".rstrip("0").rstrip(".") if state.time_h < 48 else f"day {state.time_d:.1f}"
        words = f"{clock} · {come} cells came · {inside} in the vessel · {n['outside the vessel']} out"
        return bed_png(state, zoom, words)

    @classmethod
    def find(cls, state: Any, event: str, zoom: str = "") -> tuple[float, float] | None:
        """Find the cell that does it, if it lies in this part of the bed."""
        becomes = {
            "stops": (bed.ROLLING, bed.LODGED, bed.STUCK),
            "wall": (bed.CROSSING,),
            "outside": (bed.OUTSIDE,),
            "dies": (bed.DEAD,),
        }
        return place_of(state, becomes[event.split()[-1]], zoom)

    @classmethod
    def place(cls, state: Any, share: tuple[float, float], zoom: str = "") -> tuple[float, float]:
        """Give the place in the bed: µm from its left and from its top."""
        return place_um(share, zoom)

    @classmethod
    def plot(cls, state: Any) -> Mapping[str, tuple[Array, Array]]:
        """Give how many of 100 cells that came stopped first in vessels of each width."""
        width = murray_um(state.capillary_um)
        stopped = state.stop_vessel >= 0
        level = level_of(state.stop_vessel[stopped])
        came = max(1, len(state.where) - state.counts["still to come"])
        counts = [
            100 / came * np.bincount(as_index(level[state.by_size[stopped] == kind]), minlength=FORKS + 1)
            for kind in (True, False)
        ]
        return {"size": (width, counts[0]), "wall": (width, counts[1])}

    @classmethod
    def say(cls, state: Any, m: Mapping[str, float]) -> str:
        """Say how many stopped, why, and what has become of them."""
        came, total = m["cells"], len(state.where)
        words = f"Hour {m['time_h']:.2f}: {came:,} of {total:,} cells have come."
        if not came:
            return words
        words += f" {m['stopped_by_size']:,} were stopped by a vessel too narrow, {m['stopped_by_wall']:,} by the wall"
        words += f"; {m['carried_on']:,} have been carried on by the blood."
        inside = m["in_vessel"] + m["crossing"]
        return (
            f"{words} {m['outside']:,} are outside ({m['out_share']:.0%}), {inside:,} inside, {m['dead']:,} have died."
        )
