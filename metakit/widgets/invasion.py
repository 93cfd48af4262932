"""The view of invasion: the tumor inside its lamina, the breach, the first cells outside."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from metakit.core.words import write_number
from metakit.models.invasion import convert_to_hours
from metakit.widgets.draw import style
from metakit.widgets.draw.tissue_raster import thinnest_site
from metakit.widgets.parts.curve import Curve, Line
from metakit.widgets.parts.tissue_view import TissueView

LAMINA = style.Symbol(
    f'<path d="M3 19A18 18 0 0 1 8.2 8.2M12.6 5A18 18 0 0 1 19 2.6" {style.outline(style.LAMINA, 2.6)}/>',
    on_tissue=True,
)


class InvasionView(TissueView):
    """Play with enzymes, lamina and motility, and watch who gets out."""

    STAGE = "invasion"
    LEGEND: ClassVar = (
        ("epithelial", "epithelial cell"),
        ("mesenchymal", "mesenchymal cell"),
        (LAMINA, "basal lamina"),
        ("ecm", "ECM, paler where cut"),
        ("mmp", "MMP"),
    )
    CURVES: ClassVar = (
        Curve(
            "cells outside",
            (
                Line("mesenchymal_outside", "mesenchymal", style.MESENCHYMAL),
                Line("epithelial_outside", "epithelial", style.EPITHELIAL, dashed=True),
            ),
            top=100,
        ),
        Curve("lamina (share)", (Line("lamina_left_share", "still closed", style.LAMINA_CURVE),), top=1.0),
    )

    @classmethod
    def caption(cls, state: Any) -> str:
        """Say the day, and whether the lamina holds."""
        breach = convert_to_hours(state.breach_step)
        broken = "lamina holds" if math.isnan(breach) else f"breach at day {breach / 24:.1f}"
        if not len(state.lamina_site):
            broken = "no lamina"
        return f"day {state.time_d:.1f} · {broken}"

    @classmethod
    def site_of(cls, state: Any, event: str) -> int | None:
        """Give the thinnest place of the lamina for the breach, and the farthest cell for the first one outside."""
        if "lamina" in event:
            return thinnest_site(state)
        radius = state.grid.radius_um.ravel()[state.cell_site]
        return int(state.cell_site[radius.argmax()])

    @classmethod
    def say(cls, state: Any, m: Mapping[str, float]) -> str:
        """Say where the cells are and whether the lamina holds."""
        breach, depth = m["breach_h"], m["invasion_depth_um"]
        cells = write_number(m["cells"], "cells")
        who = f"Day {m['time_h'] / 24:.1f}: {cells}, {m['mesenchymal_cells']:,} of them mesenchymal."
        if not len(state.lamina_site):
            return f"{who} There is no lamina; the farthest cell is {depth:.0f} µm from the center."
        opened = "is closed" if math.isnan(breach) else f"opened at day {breach / 24:.1f}"
        if m["cells_outside"]:
            return (
                f"{who} The basal lamina {opened}; {m['cells_outside']:,} cells are outside, the farthest "
                f"{depth:.0f} µm beyond it, and {m['cells_inside']:,} are still inside."
            )
        left = f" ({m['lamina_integrity_mean']:.0%} of it left)"
        return f"{who} The basal lamina {opened}{left}; no cell is outside."
