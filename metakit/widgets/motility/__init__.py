"""The view of motility: cells that crawl, their tracks, and the law of the random walk beside what they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from metakit.core.arrays import Array
from metakit.core.words import write_number
from metakit.models.motility.persistent_walk import compute_msd_um2
from metakit.widgets.draw import style
from metakit.widgets.motility.crawlers import crawlers_png
from metakit.widgets.parts.curve import Curve, Line, Plot
from metakit.widgets.parts.view import StageView

WHY_HELD = {
    "push": "no new actin pushes a front out",
    "grip": "nothing holds on to the matrix, so the front slides back",
    "pull": "the front reaches out and nothing pulls the body after it",
    "let go": "the rear never lets go",
    "pores": "the nucleus does not fit through the pores, and nothing is cut",
    "adhesion": "cells hold on not at all, or so hard that nothing lets go",
}
CAPTIONS = {
    "push": "no push", "grip": "no grip", "pull": "no pull", "let go": "no letting go", "pores": "pores too tight",
    "adhesion": "grip too weak or too strong",
}  # fmt: skip


class MotilityView(StageView):
    """Play with the moves of crawling, with pores and slopes, and compare many walks with their law."""

    STAGE = "motility"
    ZOOMS: ClassVar = ("tissue", "same start")
    CLOCK: ClassVar = ("time_h", 1.0, "time (hours)")
    HORIZON = 30.0
    LEGEND: ClassVar = (
        ("mesenchymal", "crawling cell: broad front, thin tail, track of 12 hours"),
        ("epithelial", "cell that stays"),
        ("ecm", "ECM, paler where thinner or cut"),
        (style.dashed_curve(style.PREDICTION), "what the law of the random walk says"),
    )
    CURVES: ClassVar = (
        Curve(
            "way from the start (µm)",
            (
                Line("rms_displacement_um", "of a cell", style.MESENCHYMAL),
                Line("mean_shift_um", "of their middle", style.LAMINA_CURVE, dashed=True),
            ),
            top=200,
        ),
    )
    PLOTS: ClassVar = (
        Plot(
            "time (hours)", "squared way (µm²)",
            (
                Line("law", "law", style.PREDICTION, dashed=True),
                Line("cells", "cells", style.MESENCHYMAL, dots=True),
            ),
            x=(0.04, 100), y=(1, 1e6), log_x=True, log_y=True, legend="bottom-right",
        ),
    )  # fmt: skip

    @classmethod
    def paint(cls, state: Any, zoom: str = "") -> bytes:
        """Draw cells in their tissue, or their tracks from one point with the ring that the law says."""
        same = zoom == "same start"
        law = float(compute_msd_um2(np.array(state.time_h), state.speed_um_per_h, state.persistence_h)) ** 0.5
        words = f"hour {state.time_h:.1f}"
        if state.held_by:
            words += f" · {CAPTIONS[state.held_by]}"
        return crawlers_png(state, same_start=same, caption=words, ring_um=law if same and not state.since_s else 0.0)

    @classmethod
    def plot(cls, state: Any) -> Mapping[str, tuple[Array, Array]]:
        """Give the mean squared displacement after each time, and the law at the present knobs."""
        t_h = np.geomspace(0.04, 100, 60)
        law = compute_msd_um2(t_h, state.speed_um_per_h, state.persistence_h)
        return {"law": (t_h, law), "cells": (state.dot_h, state.dot_um2)}

    @classmethod
    def say(cls, state: Any, m: Mapping[str, float]) -> str:
        """Say how far cells got, and whether together."""
        crawling, cells = m["crawling_cells"], m["cells"]
        who = f"Hour {m['time_h']:.1f}: {crawling:,} of {write_number(cells, 'cells')} can crawl."
        if not crawling:
            return f"{who} The others stay where they are."
        if state.held_by:
            return f"{who} None gets anywhere: {WHY_HELD[state.held_by]}."
        far, shift = m["rms_displacement_um"], m["mean_shift_um"]
        words = f"{who} A cell is {far:.0f} µm from its start (root mean square), the middle of all {shift:.0f} µm"
        together = " They head the same way, as a stream." if m["order_parameter"] > 0.5 else ""
        cut = f" Each has cut {m['tunnel_um']:.0f} µm of tunnel on the way." if m["tunnel_um"] else ""
        return f"{words}, and {m['uphill_share']:.0%} are farther right than they began.{together}{cut}"
