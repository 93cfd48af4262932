"""The view of intravasation: tissue with vessels, and who gets into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from metakit.widgets import _style
from metakit.widgets._picture import tissue_png
from metakit.widgets._view import Curve, Line, StageView


class IntravasationView(StageView):
    """Play with vessels and phenotypes, and count who enters the blood, alone or in clusters."""

    STAGE = "intravasation"
    LEGEND: ClassVar = (
        ("epithelial", "epithelial cell"),
        ("mesenchymal", "mesenchymal cell"),
        ("vessel", "blood vessel"),
        ("ruptured", "ruptured vessel"),
        ("ecm", "ECM, paler where cut"),
        ("mmp", "MMP"),
    )
    CURVES: ClassVar = (
        Curve(
            "cells in the tissue",
            (
                Line("mesenchymal_cells", "mesenchymal", _style.MESENCHYMAL),
                Line("epithelial_cells", "epithelial", _style.EPITHELIAL),
            ),
            top=2000,
        ),
        Curve(
            "entered the blood",
            (
                Line("cells_entered", "cells", _style.VESSEL),
                Line("events", "entries", _style.INK, dashed=True),
            ),
            top=20,
        ),
    )

    @classmethod
    def paint(cls, state: Any) -> bytes:
        """Draw the tissue as PNG bytes."""
        n = len(state.cluster_step)
        return tissue_png(state, zoom="far", caption=f"day {state.time_d:.1f} · {n} entr{'y' if n == 1 else 'ies'}")

    @classmethod
    def say(cls, state: Any, m: Mapping[str, float]) -> str:
        """Say how many got in, and what is to be expected of them."""
        tissue = f"Day {m['time_h'] / 24:.1f}: {m['cells']:,} cells in the tissue."
        vessels = len(state.vessel_site)
        if not vessels:
            return f"{tissue} There are no vessels, so no way into the blood."
        if not m["events"]:
            return f"{tissue} No cell has entered any of the {vessels} vessels so far."
        return (
            f"{tissue} {m['cells_entered']:,} cells have entered the blood in {m['events']:,} entries "
            f"({m['single_events']:,} alone, {m['cluster_events']:,} in clusters of up to {m['largest_cluster']}). "
            f"Of these entries {m['expected_survivors']:.2f} are expected to survive the blood."
        )
