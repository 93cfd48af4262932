"""The view of intravasation: tissue with vessels, and who gets into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from metakit.widgets import _style
from metakit.widgets._curve import Curve, Line
from metakit.widgets._tissue import TissueView


class IntravasationView(TissueView):
    """Play with vessels and phenotypes, and count who enters the blood, alone or in clusters."""

    STAGE = "intravasation"
    ZOOMS: ClassVar = ("far", "near", "close")
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
            "cells in tissue",
            (
                Line("mesenchymal_cells", "mesenchymal", _style.MESENCHYMAL),
                Line("epithelial_cells", "epithelial", _style.EPITHELIAL, dashed=True),
            ),
            top=2000,
        ),
        Curve(
            "entered the blood",
            (
                Line("cells_entered", "cells", _style.VESSEL),
                Line("events", "entries", _style.VESSEL, dashed=True),
            ),
            top=20,
        ),
    )

    @classmethod
    def caption(cls, state: Any) -> str:
        """Say the day, and how many entries there were."""
        n = len(state.cluster_step)
        return f"day {state.time_d:.1f} · {n} entr{'y' if n == 1 else 'ies'}"

    @classmethod
    def say(cls, state: Any, m: Mapping[str, float]) -> str:
        """Say how many got in, and what is to be expected of them."""
        tissue = f"Day {m['time_h'] / 24:.1f}: {m['cells']:,} cells in the tissue."
        vessels = len(state.vessel_site)
        if not vessels:
            return f"{tissue} There are no vessels, so no way into the blood."
        if not m["events"]:
            return f"{tissue} No cell has entered any of the {vessels} vessels so far."
        clusters = f" and {m['cluster_events']:,} in clusters of up to {m['largest_cluster']}"
        return (
            f"{tissue} {m['cells_entered']:,} {'has' if m['cells_entered'] == 1 else 'have'} entered the blood: "
            f"{m['single_events']:,} alone{clusters if m['cluster_events'] else ''}. "
            f"Of all {m['events']:,} entries, {m['expected_survivors']:.1g} can be expected to survive the blood."
        )
