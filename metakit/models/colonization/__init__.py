"""Colonization: arrived cells set up shop, or, nearly always, do not.

Every colony of cells that are awake grows and shrinks by chance; all its cells are dormant, or none is::

    birth rate  s b                         death rate  (d + delta) (1 - h (1 - 1/n))
    P(a colony of n founders dies out)  =  (d / s b)^n   for s b > d, or 1             (delta = h = 0)
    E(cells)  =  n exp((s b - d) t)         of the survivors: divided by 1 - (d / s b)^n
    dormancy at rate  sigma (1 - w)         reactivation at rate  ln 2 / T_w

b and d births and deaths per cell and day (Bozic 2013), s suitability of the organ, delta killing by immune cells, h
cooperation among the n cells of a colony (an Allee effect), w support by the niche. A colony of a million cells has
made its own niche, and does not become dormant. The steps are exact (`colony_growth`); whether a colony is dormant is
drawn once a frame, and cooperation follows n daily. A colony of 1e10 cells stays as it is: why
growth slows is the stage growth.

The routes "mouse" and "human" begin earlier, with the published chain of losses: cells injected into a mouse leave the
vessel (0.80), begin to grow (1 in 40), become visible (1 in 100), or stay dormant alone (Luzzi 1998): 1 in 5,000. Of
the cells that a human tumor sheds, 1 in 60 million becomes a metastasis (Coumans 2013): here 1 in 12,000 gets as far as
an injected cell. Nobody has measured where on the way the difference arises; that it is before is an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from metakit.core.arrays import Array
from metakit.core.events import Event
from metakit.core.handoff import Clusters, Colonies, Context
from metakit.core.params import Params, Value, from_table, param
from metakit.core.state import Ledger, State, array
from metakit.models.colonization.colony_growth import (
    BILLION,
    COLONIZATION_STEPS,
    MAX_CELLS,
    NICHE_CELLS,
    VISIBLE_CELLS,
    draw_steps,
    extinct_share,
    grow,
    update_dormancy,
)

ANSWERS = "live"
FRAME_DAYS = 5
FRAME_SECONDS = FRAME_DAYS * 86400.0
TAKES, GIVES = (Clusters,), Colonies
USUAL_S = 365 * 86400.0
WHERE = "the tissue around the vessels"
GATE = ("growing_colonies", "colonies that grow")
EVENTS = (
    Event("first colony dies out", "extinct_colonies", above=0),
    Event("a colony of 1 million cells", "million_h"),
    Event("a colony of 1 billion cells", "billion_h"),
    Event("a colony can be seen", "visible_h"),
)
ROUTES = ("planted", "mouse", "human")
DOSE = {"mouse": 1_000_000, "human": 60_000_000}  # cells injected, cells shed


@dataclass(frozen=True)
class ColonizationParams(Params):
    """What arrives, and what it meets."""

    FIRST: ClassVar[tuple[str, ...]] = ("founders", "suitability", "support", "immune_killing_rate")
    PRESETS: ClassVar[Mapping[str, Mapping[str, Value]]] = {
        "science": {},
        "ten founders": {"founders": 10},
        "hundred founders": {"founders": 100},
        "unsuitable organ": {"founders": 10, "suitability": 0.9},
        "no support": {"founders": 10, "support": 0.0},
        "late reactivation": {"founders": 10, "support": 0.98},
        "mouse": {"route": "mouse", "division_rate": 0.8, "death_rate": 0.1},
        "human": {"route": "human"},
    }
    PRESET_NOTES: ClassVar[Mapping[str, str]] = {
        "science": "10,000 lone melanoma cells: a division every 7 days, nearly as many deaths",
        "unsuitable organ": "an organ in which cells divide a tenth less often",
        "no support": "small colonies become dormant",
        "late reactivation": "some colonies are dormant for years, and wake",
        "mouse": "a million cells injected into a mouse: 200 visible colonies (rates illustrative)",
        "human": "60 million cells shed by a human tumor: one metastasis, on average",
    }

    FORMER: ClassVar[Mapping[str, str]] = {
        "help": "cooperation",
        "defense": "immune_killing_rate",
        "falling_asleep": "dormancy_rate",
        "waking_half_life": "reactivation_half_life",
        "one_reaches_of": "shed_per_arrival",
        "out_of_vessel": "p_extravasate",
        "begin": "p_initiate",
        "make_it": "p_persist",
        "asleep_alone": "dormant_fraction",
        "poor soil": "unsuitable organ",
        "late waking": "late reactivation",
    }

    suitability: float = param(
        1.0, 0, 1.2, step=0.01, unit="times", symbol="s", doc="divisions, in this organ", source="illustrative"
    )
    support: float = param(
        1.0, 0, 1, step=0.01, unit="share", symbol="w", doc="keeps small colonies awake", source="illustrative"
    )
    immune_killing_rate: float = param(
        0.0,
        0,
        0.2,
        step=0.005,
        unit="per day",
        symbol="delta",
        doc="immune kills, per cell awake",
        source="illustrative",
    )
    division_rate: float = from_table("division_rate", 0, 1, step=0.01, doc="divisions per cell awake")
    death_rate: float = from_table("death_rate", 0, 1, step=0.01, doc="deaths per cell awake")
    cooperation: float = param(
        0.0, 0, 0.5, step=0.01, unit="share", symbol="h", doc="deaths that company prevents (Allee effect)",
        source="illustrative",
    )  # fmt: skip
    dormancy_rate: float = param(
        0.05, 0, 0.5, step=0.01, unit="per day", symbol="sigma", doc="small colonies, no support",
        source="illustrative",
    )  # fmt: skip
    reactivation_half_life: float = param(
        12.0, 0.5, 70, step=0.5, unit="y", symbol="T_w", doc="until half of the dormant are awake", source="willis2010"
    )
    route: str = param(
        "planted", choices=ROUTES, at_start=True, doc="planted, or the chain of losses before", source="luzzi1998"
    )
    colonies: int = param(
        10_000, 500, 10_000, step=500, unit="number", at_start=True, doc="how many are planted", source="illustrative"
    )
    founders: int = param(
        1, 1, 100, step=1, unit="cells", symbol="n", at_start=True, doc="cells in each, first", source="illustrative"
    )
    doses: int = param(
        1, 1, 10, step=1, unit="number", at_start=True, doc="of cells: see the route", source="illustrative"
    )
    shed_per_arrival: int = param(
        12_000, 1_000, 100_000, step=1_000, unit="cells", at_start=True, doc="human: shed cells for each that "
        "gets as far as an injected one", source="coumans2013",
    )  # fmt: skip
    p_extravasate: float = from_table(
        "p_extravasate", 0, 1, step=0.01, at_start=True, doc="leave the vessel by day 3", called="leave the vessel"
    )
    p_initiate: float = from_table(
        "p_initiate", 0, 0.05, step=0.005, doc="of those, start to grow", called="start to grow"
    )
    p_persist: float = from_table("p_persist", 0, 0.02, step=0.001, doc="of those, get visible", called="keep growing")
    dormant_fraction: float = from_table(
        "dormant_fraction", 0, 0.8, step=0.01, at_start=True, doc="cells dormant alone on day 13"
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class ColonizationState(State):
    """Every colony by its count of cells, and every lone cell by what became of it.

    Attributes
    ----------
    cells, dormant : int64 and bool array, shape (n_colonies,)
        Cells of each colony, zero if it has died out; whether they are dormant.
    founder_sizes, founder_counts : int64 array, shape (n_sizes,)
        With how many cells how many colonies began.
    gates : int64 array, shape (5,)
        How many passed each of `metakit.models.colonization.colony_growth.COLONIZATION_STEPS`; all zero for planted
        colonies.
    solitary_dormant : int
        Cells that are dormant alone, none of them a colony.
    born_before, dead_before : int
        What `born` and `dead` were a frame ago.
    """

    CLOCK: ClassVar[str] = "d"
    FORMER: ClassVar[Mapping[str, str]] = {
        "asleep": "dormant",
        "lone_asleep": "solitary_dormant",
        "asleep_colonies": "dormant_colonies",
        "asleep_share": "dormant_share",
        "asleep_cells": "dormant_cells",
        "lone_asleep_share": "solitary_dormant_share",
    }

    cells: NDArray[np.int64] = array("int64", "n_colonies")
    dormant: NDArray[np.bool_] = array("bool", "n_colonies")
    founder_sizes: NDArray[np.int64] = array("int64", "n_sizes")
    founder_counts: NDArray[np.int64] = array("int64", "n_sizes")
    gates: NDArray[np.int64] = array("int64", "n_gates")
    route: str = "planted"
    arrived: int = 0
    born: int = 0
    dead: int = 0
    born_before: int = 0
    dead_before: int = 0
    solitary_dormant: int = 0
    death_over_birth: float = 0.0
    million_d: int = -1
    billion_d: int = -1
    visible_d: int = -1

    @property
    def ledger(self) -> Ledger:
        """Every cell that ever was, and where it is now."""
        sleeping = int(self.cells[self.dormant].sum())
        now = {
            "growing": int(self.cells.sum()) - sleeping,
            "dormant": sleeping + self.solitary_dormant,
            "dead": self.dead,
        }
        return Ledger(
            came={"founders" if self.route == "planted" else "set out": self.arrived, "born": self.born}, now=now
        )


def start(params: ColonizationParams, inflow: Clusters | None, rng: np.random.Generator) -> ColonizationState:
    """Plant the colonies, or draw what becomes of cells on their way; an inflow is planted as it comes, by clusters.

    Cells that flow in are out of the vessel. On the routes "mouse" and "human" the two gates are left for them that
    come after it, as for all the cells for which they stand: those are only counted.
    """
    if params.route != "planted":
        return _start_from_shed(params, inflow, rng)
    if inflow is None:
        sizes, context = np.full(params.colonies, params.founders), Context()
    else:
        sizes, context = inflow.sizes, inflow.context
    return _make_state(params, sizes.astype(np.int64), arrived=int(sizes.sum()), context=context)


def _make_state(params: ColonizationParams, cells: Array, **rest: Any) -> ColonizationState:
    sizes, counts = np.unique(cells, return_counts=True)
    state = ColonizationState(
        cells=cells, dormant=np.zeros(len(cells), bool), founder_sizes=sizes, founder_counts=counts,
        death_over_birth=_death_over_birth(params), **{"gates": np.zeros(len(COLONIZATION_STEPS), np.int64)} | rest,
    )  # fmt: skip
    return _record_sizes(state)


def _start_from_shed(
    params: ColonizationParams, inflow: Clusters | None, rng: np.random.Generator
) -> ColonizationState:
    """Draw how many cells pass each gate; what a colony that fails had grown to is not counted."""
    if inflow is None:
        cells, out = params.doses * DOSE[params.route], params.p_extravasate
        reach = 1 / params.shed_per_arrival if params.route == "human" else 1.0
        alone, context = params.dormant_fraction, Context()
    else:
        cells, reach, out = inflow.n_cells * inflow.context.each, 1.0, 1.0
        alone, context = params.dormant_fraction / max(params.p_extravasate, 1e-9), inflow.context.replace(each=1)
    gates, dormant = draw_steps(cells, reach, out, params.p_initiate, params.p_persist, alone, rng)
    return _make_state(
        params, np.full(gates[-1], VISIBLE_CELLS), gates=np.array(gates), route=params.route, arrived=cells,
        born=gates[-1] * (VISIBLE_CELLS - 1), dead=cells - dormant - gates[-1], solitary_dormant=dormant,
        context=context,
    )  # fmt: skip


def _death_over_birth(params: ColonizationParams) -> float:
    """Deaths for each birth, of a lone cell awake; at most 1, where every colony dies out."""
    birth, death = params.suitability * params.division_rate, params.death_rate + params.immune_killing_rate
    return death / birth if death < birth else float(death > 0)


def advance(state: ColonizationState, params: ColonizationParams, rng: np.random.Generator) -> ColonizationState:
    """Return all colonies five days later."""
    dormancy_rate, reactivation_rate = (
        params.dormancy_rate * (1 - params.support),
        np.log(2) / (365.25 * params.reactivation_half_life),
    )
    alive = np.flatnonzero(state.cells)
    cells = state.cells[alive]
    dormant, woken = update_dormancy(cells, state.dormant[alive], dormancy_rate, reactivation_rate, FRAME_DAYS, rng)
    active = ~dormant & (cells < MAX_CELLS)
    birth, death = params.suitability * params.division_rate, params.death_rate + params.immune_killing_rate
    after, births = grow(cells[active], birth, death, params.cooperation, FRAME_DAYS, rng)
    born = int(births.sum())
    dead = int(cells[active].sum()) + born - int(after.sum())
    cells[active] = after
    all_cells, all_dormant = state.cells.copy(), np.zeros(len(state.cells), bool)
    all_cells[alive], all_dormant[alive] = cells, dormant
    older = state.replace(
        cells=all_cells, dormant=all_dormant, born=state.born + born, dead=state.dead + dead, born_before=state.born,
        dead_before=state.dead, death_over_birth=_death_over_birth(params), time_s=state.time_s + FRAME_SECONDS,
    )  # fmt: skip
    lone = int(rng.binomial(state.solitary_dormant, woken))
    return _record_sizes(_add_reactivated(older, lone, params, rng) if lone else older)


def _add_reactivated(
    state: ColonizationState, woken: int, params: ColonizationParams, rng: np.random.Generator
) -> ColonizationState:
    """Let solitary cells that have woken pass the last two gates."""
    initiated = int(rng.binomial(woken, params.p_initiate))
    persisted = int(rng.binomial(initiated, params.p_persist))
    return state.replace(
        cells=np.append(state.cells, np.full(persisted, VISIBLE_CELLS)),
        dormant=np.append(state.dormant, np.zeros(persisted, bool)),
        gates=state.gates + np.array([0, 0, 0, initiated, persisted]), solitary_dormant=state.solitary_dormant - woken,
        born=state.born + persisted * (VISIBLE_CELLS - 1), dead=state.dead + woken - persisted,
    )  # fmt: skip


def _record_sizes(state: ColonizationState) -> ColonizationState:
    """Note the day of each size that matters."""
    living, change = state.cells[state.cells > 0], dict[str, int]()
    mean, largest = (living.mean(), living.max()) if len(living) else (0, 0)
    reached = {"million_d": mean >= NICHE_CELLS, "billion_d": mean >= BILLION, "visible_d": largest >= BILLION}
    for name, now in reached.items():
        if now and getattr(state, name) < 0:
            change[name] = round(state.time_d)
    return state.replace(**change) if change else state


def outflow(state: ColonizationState) -> Colonies:
    """Hand on the colonies that live, and the solitary dormant cells."""
    alive = state.cells > 0
    return Colonies(
        state.cells[alive], state.dormant[alive], state.solitary_dormant, state.time_d, context=state.onward
    )


def measure(state: ColonizationState) -> dict[str, float]:
    """Measure one frame.

    Returns
    -------
    dict
        Shares are of the colonies. ``theory_extinct_share`` is (d / s b)^n, for the knobs of now. ``mean_cells`` is of
        the living colonies; ``million_h`` and ``billion_h`` are NaN until it has reached a million and a billion.
        ``visible_h`` is NaN until the first colony has a billion cells.
    """
    cells, n = state.cells, len(state.cells)
    dormant, living = int(state.dormant.sum()), int(np.count_nonzero(cells))
    total, sleeping = int(cells.sum()), int(cells[state.dormant].sum()) + state.solitary_dormant
    days = {name: getattr(state, f"{name}_d") for name in ("million", "billion", "visible")}
    return {
        "time_d": state.time_d,
        "colonies": n,
        "growing_colonies": living - dormant,
        "dormant_colonies": dormant,
        "extinct_colonies": n - living,
        "growing_share": (living - dormant) / max(1, n),
        "dormant_share": dormant / max(1, n),
        "extinct_share": (n - living) / max(1, n),
        "theory_extinct_share": extinct_share(state.founder_sizes, state.founder_counts, state.death_over_birth),
        "growing_cells": total + state.solitary_dormant - sleeping,
        "dormant_cells": sleeping,
        "dead_cells": state.dead,
        "born_per_d": (state.born - state.born_before) / FRAME_DAYS if state.time_s else 0.0,
        "died_per_d": (state.dead - state.dead_before) / FRAME_DAYS if state.time_s else 0.0,
        "first_colony_cells": int(cells[0]) if n else 0,
        "mean_cells": total / living if living else 0.0,
        "largest_cells": int(cells.max(initial=0)),
        "million_colonies": int((cells >= NICHE_CELLS).sum()),
        "billion_colonies": int((cells >= BILLION).sum()),
        "solitary_dormant_share": state.solitary_dormant / max(1, state.arrived),
        **{f"{name}_h": 24.0 * day if day >= 0 else float("nan") for name, day in days.items()},
    }
