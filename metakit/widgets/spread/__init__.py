"""The view of spread: the funnel from cells shed to tumors, and the life of each tumor on a line of time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from metakit.body.cascade import CASCADE_STEPS, CLOSED_GATES
from metakit.core.arrays import Array, as_index
from metakit.core.words import write_number
from metakit.models.spread import MOST_TUMORS, PLACES
from metakit.widgets.draw import style
from metakit.widgets.draw.chart import Axis, Gate, draw_funnel
from metakit.widgets.draw.sketch import Sketch
from metakit.widgets.parts.curve import Curve, Line, Plot
from metakit.widgets.parts.view import StageView
from metakit.widgets.spread.lives import LEFT, RIGHT, Life, draw_lives
from metakit.widgets.spread.symbols import PRIMARY, SECONDARY, SEEN, SHED

ORIGIN = "liver cancer"  # of the patient whose numbers these are
ROWS = 12


def name_of(place: str) -> str:
    """Name a secondary tumor by where it came from and where it is."""
    return f"{ORIGIN} in the {place}"


class SpreadView(StageView):
    """Play with the gates between shed cells and secondary tumors, in one patient."""

    STAGE = "spread"
    CLOCK: ClassVar = ("time_d", 1.0, "time (days)")
    HORIZON: ClassVar = 1000.0
    LEGEND: ClassVar = (
        (PRIMARY, "primary tumor"),
        (SECONDARY, "secondary tumor; the disc grows with it"),
        (SHED, "cells on the way"),
        (SEEN, "large enough to be seen: 1 g"),
    )
    CURVES: ClassVar = (
        Curve(
            "cells, log scale",
            (
                Line("cells_primary", "primary", style.EPITHELIAL),
                Line("cells_metastases", "metastases", style.MESENCHYMAL),
            ),
            top=1e14,
            log=True,
        ),
        Curve(
            "secondary tumors",
            (
                Line("metastases", "founded", style.MESENCHYMAL),
                Line("expected", "expected", style.PREDICTION, dashed=True),
                Line("metastases_seen", "1 g or more", style.MESENCHYMAL, dashed=True),
            ),
            top=20.0,
        ),
    )
    PLOTS: ClassVar = (
        Plot(
            "secondary tumors, largest first",
            "cells, log scale",
            (Line("sizes", "", style.MESENCHYMAL, dots=True),),
            (1, 1000),
            (1, 1e12),
            log_x=True,
            log_y=True,
        ),
        Plot(
            "tumors founded by the primary",
            "of 1,000 patients",
            (
                Line("patients", "by chance alone", style.PREDICTION, dots=True),
                Line("this", "this patient", style.MESENCHYMAL),
            ),
            (0, 100),
            (1, 10_000),
            log_y=True,
        ),
    )

    @classmethod
    def paint(cls, state: Any, zoom: str = "") -> bytes:
        """Draw the funnel above, lives of the primary and the oldest secondary tumors below."""
        sketch, now, grown = Sketch(), state.time_d, round(state.primary_cells)
        founded = int(state.passed[-1])
        sketch.text((22, 30), f"day {now:.0f}", 17)
        sketch.text((RIGHT, 30), f"primary: {write_number(grown, 'cells')}", 13, anchor="rs")
        counts = [*map(int, state.passed), state.larger(state.seen_cells)]
        words = [*CASCADE_STEPS[:-1], "tumors founded", "seen (1 g or more)"]
        colors = [style.VESSEL] * 4 + [style.MESENCHYMAL] * 2
        shut = CLOSED_GATES.index(state.closed_gate) - 1
        gates = [Gate(w, n, c, i == shut) for i, (w, n, c) in enumerate(zip(words, counts, colors, strict=True))]
        draw_funnel(sketch, Axis(1, 1e15, LEFT, RIGHT, log=True), 62, gates)
        lives = [Life("primary", style.EPITHELIAL, 0.0, state.silent_d, state.primary_cells)]
        oldest = np.repeat(np.arange(len(state.group_n)), as_index(np.minimum(state.group_n, ROWS)))[:ROWS]
        for i, group in enumerate(oldest):
            name = name_of(list(PLACES)[state.named_at[i]]) if i < len(state.named_at) else ""
            began, cells = float(state.group_d[group]), float(state.group_cells[group])
            lives.append(Life(name, style.MESENCHYMAL, began, began + state.silent_d, cells))
        more = f"and {write_number(founded - len(oldest))} younger" if founded > len(oldest) else ""
        draw_lives(sketch, 300, now, lives, more, 15.5)
        return sketch.png()

    @classmethod
    def plot(cls, state: Any) -> Mapping[str, tuple[Array, Array]]:
        """Give sizes by rank, and what chance alone gives in a thousand patients with this one's expected number."""
        sizes = np.repeat(state.group_cells, as_index(np.minimum(state.group_n, 1000)))[:1000]
        mean, n = state.expected_from_primary, np.arange(101.0)
        logs = n * math.log(mean) - mean - np.cumsum(np.log(np.maximum(n, 1))) if mean else np.where(n, -np.inf, 0.0)
        here = float(state.passed[-1] - state.by_metastases)
        line = (np.full(2, here), np.array([1.0, 1000.0])) if here <= 100 else (np.zeros(0), np.zeros(0))
        return {"sizes": (np.arange(1.0, len(sizes) + 1), sizes), "patients": (n, 1000 * np.exp(logs)), "this": line}

    @classmethod
    def say(cls, state: Any, m: Mapping[str, float]) -> str:
        """Say how many cells were shed, how many of them founded a tumor, and what the largest is."""
        cells, shed = write_number(m["cells_primary"], "cells"), write_number(m["shed_cells"])
        begin = f"Day {m['time_d']:.0f}: the primary tumor has {cells} and has shed {shed}."
        if not m["metastases"]:
            shut = f" The gate “{state.closed_gate}” is closed." if state.closed_gate != CLOSED_GATES[0] else ""
            expected = write_number(m["expected"], short=True)
            return f"{begin} None of them has founded a tumor; {expected} were to be expected.{shut}"
        n, label = m["metastases"], name_of(list(PLACES)[state.named_at[0]])
        efficiency = f"1 in {write_number(m['shed_cells'] / n)}"
        early = f"{write_number(m['before_seen'])} before the primary could be seen"
        seen = f"{write_number(m['metastases_seen'])} of them can be seen"
        tumors = write_number(n, "secondary tumors")
        if n >= MOST_TUMORS:  # a share of the shed cells would be one of the model, not of the body
            return f"{begin} The model has no room for more than {tumors}; what follows is not counted."
        return f"{begin} {tumors} ({efficiency}), {early}; {seen}. The oldest and largest is a {label}: still {ORIGIN}."
