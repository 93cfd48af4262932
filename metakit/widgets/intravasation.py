"""The view of intravasation: tissue with vessels, who gets into them, and what the sentinel node holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from metakit.core.words import write_number
from metakit.widgets.draw import style
from metakit.widgets.parts.curve import Curve, Line
from metakit.widgets.parts.tissue_view import TissueView

LYMPH = style.Symbol(style.ring(style.LYMPH, ' stroke-dasharray="3.4 1.7"'), on_tissue=True)


class IntravasationView(TissueView):
    """Play with vessels and phenotypes, and count who enters blood and lymph, alone or in clusters."""

    STAGE = "intravasation"
    ZOOMS: ClassVar = ("far", "near", "close")
    LEGEND: ClassVar = (
        ("epithelial", "epithelial cell"),
        ("mesenchymal", "mesenchymal cell"),
        ("vessel", "blood vessel"),
        ("ruptured", "ruptured vessel"),
        (LYMPH, "lymph vessel"),
        ("ecm", "ECM, paler where cut"),
        ("mmp", "MMP"),
    )
    CURVES: ClassVar = (
        Curve(
            "cells in tissue",
            (
                Line("mesenchymal_cells", "mesenchymal", style.MESENCHYMAL),
                Line("epithelial_cells", "epithelial", style.EPITHELIAL, dashed=True),
            ),
            top=2000,
        ),
        Curve(
            "entered the vessels",
            (
                Line("cells_entered", "blood: cells", style.VESSEL),
                Line("events", "blood: entries", style.VESSEL, dashed=True),
                Line("lymph_events", "lymph: entries", style.LYMPH, dashed=True),
            ),
            top=20,
        ),
    )

    @classmethod
    def caption(cls, state: Any) -> str:
        """Say the day, how many entries there were, and what the node holds."""
        lymph = int(state.cluster_lymph.sum())
        n = len(state.cluster_step) - lymph
        if not len(state.lymph_site):
            return f"day {state.time_d:.1f} · {n} entr{'y' if n == 1 else 'ies'}"
        return f"day {state.time_d:.1f} · blood {n}, lymph {lymph} · {state.node_held} in the node"

    @classmethod
    def site_of(cls, state: Any, event: str) -> int | None:
        """Give the vessel of the last entry; the node is not in the picture."""
        if not event.startswith("entry"):
            return None
        lymph, vessels = "lymph" in event, np.concatenate([state.vessel_site, state.lymph_site])
        return int(vessels[state.cluster_vessel[state.cluster_lymph == lymph][-1]])

    @classmethod
    def say(cls, state: Any, m: Mapping[str, float]) -> str:
        """Say how many got in, what became of those in lymph, and what is to be expected of those in the blood."""
        tissue = f"Day {m['time_h'] / 24:.1f}: {write_number(m['cells'], 'cells')} in the tissue."
        blood, lymph = len(state.vessel_site), len(state.lymph_site)
        if not blood + lymph:
            return f"{tissue} There are no vessels, so no way into the blood."
        if not m["events"] + m["lymph_events"]:
            return f"{tissue} No cell has entered any of the {blood + lymph} vessels so far."
        parts = [tissue, cls._say_blood(m) if m["events"] else "No cell has entered a blood vessel."]
        if lymph:
            parts.append(cls._say_lymph(m) if m["lymph_events"] else "No cell has entered a lymph vessel.")
        drained = int((state.vein_step >= 0).sum())
        if m["events"] + drained:
            by_lymph = f"{drained:,} of them" if m["events"] else "each"
            what = f"arrivals in the blood, {by_lymph} by lymph" if drained else "entries"
            survive = f"{write_number(m['expected_survivors'], short=True)} can be expected to survive the blood."
            parts.append(f"Of all {m['events'] + drained:,} {what}, {survive}")
        return " ".join(parts)

    @classmethod
    def _say_blood(cls, m: Mapping[str, float]) -> str:
        clusters = f" and {m['cluster_events']:,} in clusters of up to {m['largest_cluster']}"
        return (
            f"{m['cells_entered']:,} {_has(m['cells_entered'])} entered the blood: "
            f"{m['single_events']:,} alone{clusters if m['cluster_events'] else ''}."
        )

    @classmethod
    def _say_lymph(cls, m: Mapping[str, float]) -> str:
        colonies = f"; {m['node_colonies']:,} {_has(m['node_colonies'])} founded a colony there"
        return (
            f"{m['lymph_cells']:,} {_has(m['lymph_cells'])} taken to lymph. The sentinel node holds {m['node_held']:,}"
            f"{colonies if m['node_colonies'] else ''}; {m['node_died']:,} died in it, and "
            f"{m['lymph_cells_in_veins']:,} {_has(m['lymph_cells_in_veins'])} passed it into the veins."
        )


def _has(n: float) -> str:
    return "has" if n == 1 else "have"
