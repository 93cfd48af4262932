"""The view of invasion: the tumor inside its lamina, the breach, the first cells outside."""

from __future__ import annotations

from typing import Any, ClassVar

from metakit.models.invasion import measure
from metakit.widgets import _style
from metakit.widgets._picture import tissue_png
from metakit.widgets._view import Curve, Line, StageView


class InvasionView(StageView):
    """Play with enzymes, lamina and motility, and watch who gets out."""

    STAGE = "invasion"
    LEGEND: ClassVar = (
        ("epithelial", "epithelial cell"),
        ("mesenchymal", "mesenchymal cell"),
        ("lamina", "basal lamina"),
        ("ecm", "ECM, paler where cut"),
        ("mmp", "MMP"),
    )
    CURVES: ClassVar = (
        Curve(
            "cells",
            (
                Line("cells_inside", "inside the lamina", _style.EPITHELIAL),
                Line("cells_outside", "outside", _style.MESENCHYMAL),
            ),
            top=2000,
        ),
        Curve("lamina left (share)", (Line("lamina_left_share", "closed", _style.LAMINA),), top=1.0),
    )

    @classmethod
    def paint(cls, state: Any) -> bytes:
        """Draw the tissue as PNG bytes."""
        m = measure(state)
        broken = "lamina holds" if m["breach_h"] != m["breach_h"] else f"breach at day {m['breach_h'] / 24:.1f}"
        if not len(state.lamina_site):
            broken = "no lamina"
        return tissue_png(state, caption=f"day {state.time_d:.1f} · {broken}")

    def describe(self) -> str:
        """Say where the cells are and whether the lamina holds."""
        m = self.session.measures
        day, cells = m["time_h"] / 24, m["cells"]
        who = f"Day {day:.1f}: {cells:,} cells, {m['mesenchymal_cells']:,} of them mesenchymal."
        if not len(self.session.state.lamina_site):
            return f"{who} There is no lamina; the farthest cell is {m['invasion_depth_um']:.0f} µm from the center."
        if m["cells_outside"]:
            how = f"opened at day {m['breach_h'] / 24:.1f}" if m["breach_h"] == m["breach_h"] else "is closed"
            return (
                f"{who} The basal lamina {how}; {m['cells_outside']:,} cells are outside, the farthest "
                f"{m['invasion_depth_um']:.0f} µm beyond it, and {m['cells_inside']:,} are still inside."
            )
        if m["breach_h"] == m["breach_h"]:
            return f"{who} The basal lamina opened at day {m['breach_h'] / 24:.1f}; no cell is outside."
        return f"{who} The basal lamina holds ({m['lamina_integrity_mean']:.0%} of it left); no cell is outside."
