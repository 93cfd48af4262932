"""The view of treatment: the gates and where a treatment acts, the course of one patient, and what is too late."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from metakit.body.colonies import IwataModel
from metakit.core.arrays import Array
from metakit.core.words import write_number
from metakit.models.treatment.therapies import TREATMENT_GATES, find_gates, p_no_cell_left, p_no_resistant
from metakit.widgets.draw import style
from metakit.widgets.parts.curve import Curve, Line, Plot
from metakit.widgets.parts.view import StageView
from metakit.widgets.treatment.course import Flag, draw_course
from metakit.widgets.treatment.symbols import FLAG, GONE, HIDDEN, SEEN

LAST_D = 1000
MOST_LOG10_KILL = 12


def _many(n: float) -> str:
    return "no metastasis" if not n else "1 metastasis" if n == 1 else write_number(n, "metastases")


@lru_cache(maxsize=8)
def _too_late(iwata: IwataModel) -> tuple[Array, Array]:
    """Compute the chance that an untreated primary has founded nothing, day by day."""
    days = np.linspace(0, LAST_D, 126)
    return days, np.exp(-iwata.expected_founded(days))


class TreatmentView(StageView):
    """Choose a treatment and its day, and watch the whole course change at once."""

    STAGE = "treatment"
    CLOCK: ClassVar = ("time_d", 1.0, "time (days)")
    HORIZON: ClassVar = 1000.0
    LEGEND: ClassVar = (
        ("epithelial", "primary tumor"),
        (SEEN, "metastasis a scan shows"),
        (HIDDEN, "too small to be seen"),
        (GONE, "no cell left"),
        (FLAG, "treatment, and the gates it acts on"),
    )
    CURVES: ClassVar = (
        Curve(
            "cells (dashed: scan)",
            (
                Line("primary_cells", "primary", style.EPITHELIAL),
                Line("metastasis_cells", "metastases", style.MESENCHYMAL),
                Line("detection_limit_cells", "", style.PREDICTION, dashed=True),
            ),
            top=1e15,  # room above the lines for their names
            log=True,
        ),
        Curve(
            "metastases",
            (
                Line("metastases", "alive", style.MESENCHYMAL),
                Line("metastases_detected", "a scan shows", style.PREDICTION, dashed=True),
            ),
            top=10,
        ),
    )
    PLOTS: ClassVar = (
        Plot(
            "day, untreated",
            "chance: no metastasis",
            (
                Line("none", "", style.MESENCHYMAL),
                Line("day", "", style.TREATMENT),
            ),
            (0, LAST_D),
            (0, 1),
        ),
        Plot(
            "logs killed, of the cells there now",
            "chance: no cell left",
            (
                Line("cure", "if none resists", style.EPITHELIAL),
                Line("one_drug", "one drug", style.VESSEL, dashed=True),
            ),
            (0, MOST_LOG10_KILL),
            (0, 1),
        ),
    )

    @classmethod
    def paint(cls, state: Any, zoom: str = "") -> bytes:
        """Draw the gates, the days of treatment, and every tumor as a line over time."""
        given = ((state.treatment, state.treatment_d), (state.second_treatment, state.second_treatment_d))
        flags = [Flag(w, day, find_gates(w, state.colonies_targeted)) for w, day in given if w != "none"]
        alive, primary = int((state.cells[1:] > 0).sum()), int(state.cells[0])
        size = f"primary {write_number(primary, 'cells')}" if primary else "no primary left"
        caption = f"day {state.time_d:.0f} · {size} · {_many(alive)}"
        return draw_course(state, state.detection_limit, TREATMENT_GATES, flags, caption)

    @classmethod
    def plot(cls, state: Any) -> Mapping[str, tuple[Array, Array]]:
        """Show when it is too late for surgery, and how many logs it takes now."""
        days, none = _too_late(state.iwata)
        treated = [float(min(state.treatment_d, LAST_D))] * 2 if state.treatment != "none" else []
        logs, cells = np.linspace(0, MOST_LOG10_KILL, 113), int(state.cells.sum())
        cure = p_no_cell_left(cells, logs)
        one_drug = cure * p_no_resistant(cells, state.resistant_share)
        line = (np.array(treated), np.array([0.0, 1.0][: len(treated)]))
        return {"none": (days, none), "day": line, "cure": (logs, cure), "one_drug": (logs, one_drug)}

    @classmethod
    def say(cls, state: Any, m: Mapping[str, float]) -> str:
        """Say what there is, what a scan would show of it, and what was to be expected."""
        begin = f"Day {m['time_d']:.0f}: "
        if not m["cells"]:
            return f"{begin}no cancer cell has been left in this patient since day {m['no_cell_h'] / 24:.0f}."
        hidden, names = m["metastases"] - m["metastases_detected"], ("cells", "primary_cells", "resistant_cells")
        cells, primary, resistant = (write_number(m[name], "cells") for name in names)
        what = f"the primary has {primary}" if m["primary_cells"] else "the primary is gone"
        there = f"{what}, and there {'are' if m['metastases'] > 1 else 'is'} {_many(m['metastases'])}"
        if hidden:
            some = " all of them" if hidden == m["metastases"] else f" {write_number(hidden)} of them"
            there += f",{'' if m['metastases'] == 1 else some} too small to be seen"
        clear = "" if m["tumors_detected"] else f" A scan would be clear, with {cells} there."
        drug = "chemotherapy" in (state.treatment, state.second_treatment) and m["resistant_cells"]
        resists = f" Resistant to the drug: {resistant}." if drug else ""
        mean = write_number(m["expected_metastases"], short=True)
        chance = f" On average {mean} metastases were to be expected by now."
        return f"{begin}{there}.{clear}{resists}{chance}"
