"""Growth: from one cell to a tumor, and why it slows.

Cells with enough oxygen divide at the rate b(N) of a growth law, every cell dies at rate d, each by chance::

    dN/dt = b(N) N_dividing - d N        b(N): the law of `metakit.body.curves`, with r = ln 2 / T_d
    R = (3 V / 4 pi)^(1/3)               V = (N + core) / rho

N living cells, T_d doubling time of a lone cell (d), rho cells per cm3, R radius. Without vessels oxygen comes in
from the surface only (`oxygen`, Grimes 2014): cells below the pressure p_q rest, cells where it is used up
die and stay in the core, which is cleared at rate lambda. With vessels every cell is fed. Of the tumor's volume a
share w takes the place of normal tissue, and the rest pushes it aside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from metakit.body.curves import LAWS, draw_birth_death, extrapolate, fit_laws, grow_by_law
from metakit.core.constants import constant
from metakit.core.events import Event
from metakit.core.handoff import Tumor
from metakit.core.params import Params, Value, from_table, param
from metakit.core.state import Ledger, State, array
from metakit.models.growth.oxygen import core_um, limit_um, reaches_um

ANSWERS = "live"
FRAME_SECONDS = 86400.0  # a day
GIVES = Tumor
USUAL_S = 300 * 86400.0
WHERE = "one tumor, from its first cell on"
GATE = ("cells", "living cells of the tumor")
EVENTS = (
    Event("big enough to seed", "seeding_size_h"),
    Event("big enough to be seen", "visible_h"),
    Event("first cells die inside", "core_cells", above=0),
)
SEEDING_CM3 = constant("seeding_volume").value
VISIBLE_MM = constant("mammogram_visible").value
READ_FROM_MM = constant("mammogram_first_seen").value
READINGS, READ_EVERY_D, READ_ERROR = 6, 20, 0.1  # how often a tumor is measured, and how well: illustrative


@dataclass(frozen=True)
class GrowthParams(Params):
    """How cells divide and die, and what reaches them."""

    FIRST: ClassVar[tuple[str, ...]] = ("curve", "doubling_time", "death_rate", "vessels")
    PRESETS: ClassVar[Mapping[str, Mapping[str, Value]]] = {
        "science": {},
        "no vessels": {"vessels": False, "curve": "exponential"},
        "melanoma": {"curve": "exponential", "doubling_time": 4.95, "death_rate": 0.13},
        "slow": {"doubling_time": 86.0, "curve": "exponential"},
        "textbook gram": {"cells_per_cm3": "1e9"},
    }
    PRESET_NOTES: ClassVar[Mapping[str, str]] = {
        "science": "Gompertz growth as fitted to one patient’s liver cancer",
        "no vessels": "oxygen from outside only: a rim, a resting layer, a core",
        "melanoma": "a division every 7 days, and nearly as many deaths",
        "slow": "86 days, the median of 175 liver cancers",
        "textbook gram": "a billion cells in a cm³ instead of 100 million",
    }

    FORMER: ClassVar[Mapping[str, str]] = {"resting_below": "quiescence_threshold", "replacing": "replaced_share"}

    curve: str = param(
        "Gompertz", choices=LAWS, symbol="b(N)", doc="how division slows as cells grow many", source="iwata2000"
    )
    doubling_time: float = from_table("lone_doubling_time", 1, 200, step=0.1, doc="doubling time of a lone fed cell")
    death_rate: float = param(
        0.0, 0, 0.5, step=0.01, unit="per day", symbol="d", doc="deaths per living cell", source="bozic2013"
    )
    vessels: bool = param(True, doc="new blood vessels feed every cell (angiogenesis)", source="folkman1990")
    oxygen: float = param(
        100.0, 5, 160, step=5, unit="mmHg", symbol="p_0", doc="oxygen pressure at the surface", source="grimes2014"
    )
    cells_per_cm3: str = param(
        "1e8", choices=("1e8", "1e9"), unit="cells/cm³", symbol="rho", at_start=True,
        doc="1e8 in most epithelial tumors, 1e9 is the textbook number", source="delmonte2009",
    )  # fmt: skip
    start_cells: int = param(
        1, 1, 1000, step=1, unit="cells", symbol="N_0", doc="cells at the start", source="illustrative", at_start=True
    )
    plateau: float = from_table("plateau", 1, 1000, step=1, doc="cells at which growth ends")
    quiescence_threshold: float = param(
        10.0, 0, 60, step=1, unit="mmHg", symbol="p_q", doc="cells with less oxygen rest", source="illustrative"
    )
    core_clearance: float = param(
        0.04, 0, 0.5, step=0.01, unit="per day", symbol="lambda", doc="share of the dead core cleared away",
        source="illustrative",
    )  # fmt: skip
    organ_volume: float = param(
        1500.0, 10, 2000, step=10, unit="cm³", doc="normal tissue at the start", source="illustrative"
    )
    replaced_share: float = param(
        0.5, 0, 1, step=0.05, unit="share", symbol="w", doc="of the tumor’s volume, what replaces tissue; the rest "
        "pushes it aside", source="illustrative",
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class GrowthState(State):
    """One tumor: its cells, its layers as radii, and the growth laws beside it.

    Attributes
    ----------
    curve_cells : float array, shape (4,)
        Mean cells by each of `metakit.body.curves.LAWS`, from the same start, all fed.
    reading_d, reading_cells, lines
        What was measured when, cells with their error, and (once all are there) the laws fitted to it.
    """

    CLOCK: ClassVar[str] = "d"
    FORMER: ClassVar[Mapping[str, str]] = {"resting_below": "quiescence_threshold"}

    cells: int = 0
    core_cells: int = 0
    started: int = 0
    born: int = 0
    gone: int = 0
    vessels: bool = True
    per_cm3: float = 1e8
    radius_um: float = 0.0
    resting_um: float = 0.0
    core_um: float = 0.0
    oxygen: float = 100.0
    quiescence_threshold: float = 10.0
    plateau_cells: float = 1e9 * constant("plateau").value
    normal_cm3: float = 0.0
    seeding_d: int = -1
    visible_d: int = -1
    curve_cells: NDArray[np.float64] = array("float64", "n_curves")
    reading_d: NDArray[np.float64] = array("float64", "n_readings")
    reading_cells: NDArray[np.float64] = array("float64", "n_readings")
    lines: NDArray[np.float64] = array("float64", "n_fits", "n_ends")

    @property
    def dividing(self) -> int:
        """Living cells with enough oxygen to divide."""
        if self.resting_um <= self.core_um:
            return self.cells
        return min(self.cells, round(self.per_cm3 * (_cm3(self.radius_um) - _cm3(self.resting_um))))

    @property
    def ledger(self) -> Ledger:
        """Every cell that ever was, and where it is now."""
        now = {"dividing": self.dividing, "resting": self.cells - self.dividing}
        now |= {"dead in the core": self.core_cells, "dead and cleared": self.gone}
        return Ledger(came={"started": self.started, "born": self.born}, now=now)


def _cm3(radius_um: float) -> float:
    return float(4 / 3 * np.pi * (radius_um * 1e-4) ** 3)


def _radius_um(cm3: float) -> float:
    return float(1e4 * (3 * cm3 / (4 * np.pi)) ** (1 / 3))


def start(params: GrowthParams, inflow: None, rng: np.random.Generator) -> GrowthState:
    """Put the first cells into normal tissue; nothing flows in."""
    n, none = params.start_cells, np.zeros(0)
    state = GrowthState(
        cells=n, started=n, curve_cells=np.full(len(LAWS), float(n)), reading_d=none, reading_cells=none,
        lines=np.zeros((0, 2)),
    )  # fmt: skip
    return _shaped(state, params)


def _shaped(state: GrowthState, params: GrowthParams) -> GrowthState:
    """Let what oxygen does not reach die, and work out the layers and the tissue around."""
    rho, limit = float(params.cells_per_cm3), limit_um(params.oxygen)
    radius = _radius_um((state.cells + state.core_cells) / rho)
    starved, resting = 0, 0.0
    if not params.vessels:
        inner = core_um(radius, limit)
        if inner > 0:
            starved = max(0, state.cells - int(np.ceil(rho * (_cm3(radius) - _cm3(inner)))))
        resting = reaches_um(radius, limit, params.quiescence_threshold / params.oxygen)
    core = state.core_cells + starved
    return state.replace(
        cells=state.cells - starved, core_cells=core, vessels=params.vessels, per_cm3=rho, radius_um=radius,
        resting_um=resting, core_um=_radius_um(core / rho), oxygen=params.oxygen,
        quiescence_threshold=params.quiescence_threshold, plateau_cells=1e9 * params.plateau,
        normal_cm3=max(0.0, params.organ_volume - params.replaced_share * _cm3(radius)),
    )  # fmt: skip


def advance(state: GrowthState, params: GrowthParams, rng: np.random.Generator) -> GrowthState:
    """Return the tumor a day later."""
    rate, plateau, death = np.log(2) / params.doubling_time, 1e9 * params.plateau, params.death_rate
    laws = [max(1.0, grow_by_law(c, n, 1, rate, plateau)) for c, n in zip(LAWS, state.curve_cells, strict=True)]
    cells, born, cleared = 0, 0, int(rng.binomial(state.core_cells, -np.expm1(-params.core_clearance)))
    if state.cells:
        birth = np.log(grow_by_law(params.curve, state.cells, 1, rate, plateau) / state.cells)
        crowded = max(0.0, -birth)  # beyond the plateau more die than divide
        cells, born = draw_birth_death(state.dividing, max(0.0, birth), death + crowded, 1, rng)
        cells += int(rng.binomial(state.cells - state.dividing, np.exp(-death)))
    older = state.replace(
        cells=cells, core_cells=state.core_cells - cleared, born=state.born + born,
        gone=state.gone + state.cells + born - cells + cleared, time_s=state.time_s + FRAME_SECONDS,
        curve_cells=np.maximum(np.array(laws) * np.exp(-death), 1.0),
    )  # fmt: skip
    return _noticed(_shaped(older, params), rng)


def _noticed(state: GrowthState, rng: np.random.Generator) -> GrowthState:
    """Note the day of each size that matters, and measure the tumor now and then."""
    day, change = round(state.time_d), dict[str, Any]()
    if state.seeding_d < 0 and _cm3(state.radius_um) >= SEEDING_CM3:
        change["seeding_d"] = day
    if state.visible_d < 0 and 2 * state.radius_um >= 1000 * VISIBLE_MM:
        change["visible_d"] = day
    n = len(state.reading_d)
    if n < READINGS and 2 * state.radius_um >= 1000 * READ_FROM_MM and state.cells:
        if not n or day >= state.reading_d[-1] + READ_EVERY_D:
            read = state.cells * np.exp(READ_ERROR * rng.normal())
            change["reading_d"] = days = np.append(state.reading_d, float(day))
            change["reading_cells"] = found = np.append(state.reading_cells, read)
            if n + 1 == READINGS:
                change["lines"] = fit_laws(days, found, state.plateau_cells)
    return state.replace(**change)


def outflow(state: GrowthState) -> Tumor:
    """Hand on the living cells of the tumor."""
    return Tumor(state.cells, state.per_cm3, context=state.onward)


def measure(state: GrowthState) -> dict[str, float]:
    """Measure one frame.

    Returns
    -------
    dict
        ``rim_um`` is how deep living cells reach from the surface. ``seeding_size_h`` and ``visible_h`` are NaN until
        the tumor has 0.01 cm3 and 10 mm. ``curves_apart_fold`` is NaN until the tumor has been measured six times:
        how many times more cells the highest of the fitted laws has than the lowest, a year after the last reading.
    """
    volume, apart = _cm3(state.radius_um), float("nan")
    if len(state.lines):
        ends = extrapolate(state.lines, state.reading_d[-1:] + 365, state.plateau_cells).values()
        apart = float(max(map(max, ends)) / min(map(min, ends)))
    return {
        "time_d": state.time_d,
        "cells": state.cells,
        "dividing_cells": state.dividing,
        "resting_cells": state.cells - state.dividing,
        "core_cells": state.core_cells,
        "doublings": float(np.log2(max(1, state.cells))),
        "diameter_mm": 2e-3 * state.radius_um,
        "volume_cm3": volume,
        "rim_um": state.radius_um - state.core_um,
        "core_diameter_mm": 2e-3 * state.core_um,
        "core_share": state.core_cells / max(1, state.cells + state.core_cells),
        "normal_share": state.normal_cm3 / (state.normal_cm3 + volume) if volume else 1.0,
        **{f"{c.lower().replace(' ', '_')}_cells": float(n) for c, n in zip(LAWS, state.curve_cells, strict=True)},
        "readings": len(state.reading_d),
        "curves_apart_fold": apart,
        "seeding_size_h": 24.0 * state.seeding_d if state.seeding_d >= 0 else float("nan"),
        "visible_h": 24.0 * state.visible_d if state.visible_d >= 0 else float("nan"),
    }
