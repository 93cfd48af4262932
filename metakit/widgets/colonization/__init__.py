"""The view of colonization: colonies that grow, lie dormant and die, the gates they pass, and their sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from metakit.core.arrays import Array
from metakit.core.words import write_number
from metakit.models.colonization.colony_growth import count_passed
from metakit.widgets.colonization.colony_picture import field, gates
from metakit.widgets.draw import style
from metakit.widgets.parts.curve import Curve, Line, Plot
from metakit.widgets.parts.view import StageView

EDGES = 10.0 ** np.arange(0, 10.51, 0.5)
NOTHING = 1e-3  # of a bin without a colony: below the axis, which has no zero


def _clock(state: Any) -> str:
    """Write the day, and the years; the gates before lie within the first 13 days of a mouse (Luzzi 1998)."""
    day = round(state.time_d) + 13 * (state.route == "mouse")
    return f"day {day:,} ({day / 365.25:.1f} years)" if day >= 365 else f"day {day}"


class ColonizationView(StageView):
    """Play with founders, organ, support and immune killing, and see how many colonies make it."""

    STAGE = "colonization"
    CLOCK: ClassVar = ("time_d", 1.0, "time (days)")
    HORIZON: ClassVar = 1000.0
    ZOOMS: ClassVar = ("field", "gates")
    LEGEND: ClassVar = (
        ("epithelial", "colony that is awake"),
        ("dormant", "dormant (asleep)"),
        ("dead", "died out"),
        (style.dashed_curve(style.DEAD), "share that dies out in the end: (d/b)ⁿ"),
    )
    CURVES: ClassVar = (
        Curve(
            "cells in a colony",
            (
                Line("first_colony_cells", "colony 1", style.EPITHELIAL),
                Line("mean_cells", "mean, living", style.EPITHELIAL, dashed=True),
            ),
            top=1e10,
            log=True,
        ),
        Curve(
            "share of colonies",
            (
                Line("growing_share", "", style.EPITHELIAL),
                Line("dormant_share", "", style.DORMANT),
                Line("extinct_share", "", style.DEAD),
                Line("theory_extinct_share", "", style.DEAD, dashed=True),
            ),
        ),
        Curve(
            "cells per day",
            (Line("born_per_d", "born", style.EPITHELIAL), Line("died_per_d", "died", style.DEAD, dashed=True)),
            top=1e10,
            log=True,
        ),
    )
    PLOTS: ClassVar = (
        Plot(
            "cells in a colony",
            "colonies",
            (Line("awake", "", style.EPITHELIAL), Line("dormant", "", style.DORMANT)),
            x=(1, 1e10),
            y=(0.8, 1e4),
            log_x=True,
            log_y=True,
            legend="top-right",
        ),
    )

    @classmethod
    def paint(cls, state: Any, zoom: str = "") -> bytes:
        """Draw the field of colonies, or the gates."""
        if zoom == "gates":
            counts = count_passed(state.route, state.gates, state.cells)
            first, *_, made, _million, _billion = counts.values()
            return gates(counts, f"{_clock(state)} · {write_number(made)} of {write_number(first)} made it so far")
        if state.route != "planted":
            lone = {"dormant": state.solitary_dormant, "dead": state.arrived - state.solitary_dormant}
            came = f"{write_number(state.arrived, 'cells')}, {write_number(state.gates[-1], 'visible colonies')}"
            return field(state.cells, state.dormant, lone, f"{_clock(state)} · {came}")
        living, dormant = int(np.count_nonzero(state.cells)), int(state.dormant.sum())
        found = f"{len(state.cells) - living:,} died out · {dormant:,} dormant · {living - dormant:,} awake"
        return field(state.cells, state.dormant, {}, f"{_clock(state)} · colonies: {found}")

    @classmethod
    def plot(cls, state: Any) -> Mapping[str, tuple[Array, Array]]:
        """Count the colonies of each size."""
        x = np.repeat(EDGES, 2)
        points = {}
        for name, who in (("awake", ~state.dormant & (state.cells > 0)), ("dormant", state.dormant)):
            counts = np.histogram(state.cells[who], EDGES)[0]
            points[name] = (x, np.r_[NOTHING, np.repeat(np.maximum(counts, NOTHING), 2), NOTHING])
        return points

    @classmethod
    def say(cls, state: Any, m: Mapping[str, float]) -> str:
        """Say how many colonies there are, of which kind, and how large."""
        when = _clock(state).capitalize()
        if state.route != "planted":
            came, made = write_number(state.arrived, "cells"), int(state.gates[-1])
            first = f"{when}: of {came}, {write_number(made)} {'has' if made == 1 else 'have'} become a visible colony"
            share = m["solitary_dormant_share"]
            rare = f"about 1 in {write_number(round(1 / share))}" if share else "none"
            if share >= 0.001:
                rare = f"{share:.1%} of all"
            lone = f"{write_number(state.solitary_dormant)} ({rare}) are dormant alone; the others have died."
            size = write_number(m["largest_cells"], "cells")
            largest = f" The largest colony has {size}." if m["largest_cells"] else ""
            return f"{first}; {lone}{largest}"
        kinds = (
            f"{m['extinct_share']:.1%} have died out, {m['dormant_share']:.1%} are dormant, "
            f"{m['growing_share']:.1%} are awake"
        )
        expected = f"Theory, (d/b)ⁿ, says that {m['theory_extinct_share']:.1%} die out in the end."
        if not m["growing_colonies"] + m["dormant_colonies"]:
            return f"{when}: all {m['colonies']:,} colonies have died out. {expected}"
        mean, largest = write_number(m["mean_cells"], "cells"), write_number(m["largest_cells"])
        size = f"The living have {mean} on average, the largest {largest}."
        return f"{when}: of {m['colonies']:,} colonies {kinds}. {size} {expected}"
