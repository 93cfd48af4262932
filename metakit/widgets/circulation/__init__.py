"""The view of circulation: a body map on which cells are counts that flow, are held and die."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from metakit.core.arrays import Array
from metakit.core.constants import constant
from metakit.core.params import Value
from metakit.core.touch import Touch
from metakit.core.words import write_number
from metakit.models.circulation import CAUSES, ORIGINS, ring
from metakit.widgets.circulation.blood_map import AT, DUCT, body, by_the_tumor, organ_of
from metakit.widgets.circulation.symbols import ADRIFT, BLOOD, LYMPH, TUMOR
from metakit.widgets.draw import style
from metakit.widgets.draw.body_map import pick_organ
from metakit.widgets.draw.body_places import PLACES
from metakit.widgets.draw.sketch import SIZE
from metakit.widgets.parts.curve import Curve, Line, Plot
from metakit.widgets.parts.view import StageView

CLINIC = constant("clinic_cutoff").value  # cells per sample


def clock(time_s: float) -> str:
    """Write a time as hours, minutes and seconds."""
    minutes, seconds = divmod(round(time_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min {seconds:02d} s" if hours else f"{minutes} min {seconds:02d} s"


def _are(count: float) -> str:
    return f"{write_number(count)} {'is' if count == 1 else 'are'}"


class CirculationView(StageView):
    """Let cells go into a vein, or into lymph, and count where they come to."""

    STAGE = "circulation"
    CLOCK: ClassVar = ("time_s", 60.0, "time (minutes)")
    HORIZON: ClassVar = 5.0
    LEGEND: ClassVar = (
        ("epithelial", "cells held in an organ, alive"),
        (ADRIFT, "cells on the way"),
        (BLOOD, "blood"),
        (LYMPH, "lymph"),
        (TUMOR, "where the tumor is"),
    )
    CURVES: ClassVar = (
        Curve(
            "cells, log scale",
            (
                Line("blood_cells", "in the blood", style.VESSEL),
                Line("arrested_alive_cells", "held, alive", style.EPITHELIAL),
                Line("dead_cells", "dead", style.DEAD, dashed=True),
            ),
            top=1e15,  # room above the lines for their names
            log=True,
        ),
        Curve(
            "cells per 7.5 mL",
            (
                Line("ctc_per_7_5_ml", "artery", style.VESSEL),
                Line("arm_vein_per_7_5_ml", "arm vein", style.EPITHELIAL, dashed=True),
            ),
            top=1e8,
            log=True,
            bottom=1e-2,
        ),
    )
    PICK: ClassVar = Touch("origin", "Let go here", "chooses the organ whose tumor lets cells go, and starts again")
    PLOTS: ClassVar = (
        Plot(
            "capture (of all)",
            "cells per 7.5 mL, gram",
            (
                Line("law", "once in balance", style.VESSEL),
                Line("now", "this setting", style.EPITHELIAL, dots=True),
            ),
            (0, 1),
            (1e-2, 1e3),
            log_y=True,
            legend="bottom-left",
        ),
    )

    @classmethod
    def paint(cls, state: Any, zoom: str = "") -> bytes:
        """Draw the body with counts on the way and in organs, a clock, and who has died of what."""
        cells, organ = state.cells, organ_of(state.origin)
        blood, lymph = cells(state.blood), cells(state.lymph)
        vein, node = by_the_tumor(state.origin)
        left = "left" if vein[0] < 270 else "right"
        fresh = float(blood[0, [ring.SMALL, ring.PORTAL]].sum())  # still in the tumor's own veins
        blood[0, [ring.SMALL, ring.PORTAL]] = 0
        moving = [(at, float(n), side) for (at, side), n in zip(AT.values(), blood.sum(0)[list(AT)], strict=True)]
        before, after = float(lymph[: ring.NODE_MIN].sum()), float(lymph[ring.NODE_MIN :].sum())
        in_node = float(cells(state.node))
        moving += [(vein, fresh, left), (node, before, left), (DUCT, after, "right")]
        counts = {name: float(n) for name, n in zip(ring.ORGANS, cells(state.alive), strict=True)}
        words = {name: write_number(n, short=True) for name, n in counts.items() if n}
        words[organ] = f"tumor{' · ' + words[organ] if organ in words else ''}"
        lost = [write_number(n, short=True) for n in cells(state.dead)]
        dead = " · ".join(f"{cause} {n}" for cause, n in zip(CAUSES, lost, strict=True))
        return body(state.origin).draw(
            counts, words=words, moving=moving, resting=[(node, in_node, left)], origin=organ, note=f"dead: {dead}",
            caption=clock(state.time_s),
        )  # fmt: skip

    @classmethod
    def find(cls, state: Any, event: str, zoom: str = "") -> tuple[float, float] | None:
        """Find the organ on the body map."""
        place = PLACES["lung" if "lungs" in event else event.split()[-1]]
        return place.x / SIZE, place.y / SIZE

    @classmethod
    def pick(cls, state: Any, share: tuple[float, float], zoom: str = "") -> Mapping[str, Value]:
        """Choose the origin."""
        return {"origin": pick_organ(share, {organ_of(origin): origin for origin in ORIGINS})}

    @classmethod
    def plot(cls, state: Any) -> Mapping[str, tuple[Array, Array]]:
        """Give steady cells per 7.5 mL and gram against capture, and where the knobs stand."""
        capture, here = np.linspace(0, 0.99, 100), np.array([state.capture])
        law, now = (ring.compute_steady_ctc(f, state.half_life) for f in (capture, here))
        return {"law": (capture, law), "now": (here, now)}

    @classmethod
    def say(cls, state: Any, m: Mapping[str, float]) -> str:
        """Say how many are where, which bed came first, and how many died."""
        head = f"After {clock(m['time_s'])}, of {write_number(m['released_cells'], 'cells')} that left the tumor"
        parts = [f"{_are(m['blood_cells'])} in the blood", f"{_are(m['arrested_alive_cells'])} held alive"]
        if m["lymph_cells"] or m["node_cells"]:
            lymph, node = write_number(m["lymph_cells"]), write_number(m["node_cells"])
            parts.insert(1, f"{lymph} in lymph and {node} in the sentinel node")
        organs = write_number(m["organs_reached"], "organs")
        text = f"{head}, {', '.join(parts)} in {organs}, and {_are(m['dead_cells'])} dead."
        for bed, name in (("lung", "the lungs"), ("liver", "the liver")):
            if m[f"first_bed_{bed}_share"] > 0.9:
                held = m[f"arrested_{bed}_share"]
                text += f" Their first bed was in {name}, which held {held:.0%} of all that were held."
        if state.tumor_mass:
            sample = write_number(m["ctc_per_7_5_ml"], "cells")
            text += f" An artery has {sample} per 7.5 mL; {write_number(CLINIC)} is called high in patients."
        return text
