"""Spread: one primary tumor, the cells it sheds, the gates they pass, and the secondary tumors that few of them found.

Tumors grow and shed, cells pass gates (`metakit.body.cascade`), and those that pass all of them found tumors::

    dx/dt = a x ln(K/x)          x cells of a tumor; a 1/day, K cells (Iwata 2000)
    shed per day = s x/rho       s cells/g/day (Butler 1975), rho cells per gram (Del Monte 2009)
    founded per day = shed x p_survive_blood x p_extravasate x p_initiate x p_persist
                    = m x^alpha for the metastatic efficiency "one patient" (Iwata 2000)

The other two efficiencies are the share of shed cells found in people, 1.7e-8 (Coumans 2013), and that of cells
injected into mice, 2e-4 (Luzzi 1998): not the same fraction, 12,000-fold apart. Gates take hours to days and a frame is
eight days, so a cell passes them all in one. Tumors founded in the same frame are one group, put at its middle: a frame
costs the same for ten tumors as for a million.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from metakit.body.cascade import (
    CASCADE_STEPS,
    CLOSED_GATES,
    EFFICIENCIES,
    compute_step_probabilities,
    draw_passed,
    p_survive_blood,
)
from metakit.body.colonies import IwataModel
from metakit.body.origins import autopsies
from metakit.body.quadrature import gauss_legendre
from metakit.core.events import Event
from metakit.core.handoff import Colonies, Patient, Tumor
from metakit.core.params import Params, Value, from_table, param
from metakit.core.state import Ledger, State, array

ANSWERS = "live"
FRAME_D = 8.0
FRAME_SECONDS = FRAME_D * 86400.0
TAKES, GIVES = (Colonies, Tumor), Patient
USUAL_S = 464 * 86400.0
WHERE = "the whole patient"
GATE = ("metastases", "metastases")
EVENTS = (
    Event("first metastasis founded", "first_seed_h"),
    Event("primary tumor can be seen", "primary_seen_h"),
    Event("first metastasis can be seen", "first_seen_h"),
)
MOST_TUMORS = 1_000_000  # no room for more; together at most 1e18 cells, which an int64 still counts
# Where metastases of liver cancers were found at autopsy, counts (diSibio 2008): a place for the first few.
PLACES = {
    site: autopsies()["liver"].counts[site] for site in ("lung", "adrenal", "peritoneum", "bone", "pleura", "brain")
}
NAMED = 6
_NODES, _WEIGHTS = gauss_legendre(3)


@dataclass(frozen=True)
class SpreadParams(Params):
    """Which share of shed cells gets through, and how tumors grow."""

    FIRST: ClassVar[tuple[str, ...]] = ("closed_gate", "metastatic_efficiency", "reseeding", "cells_per_g")
    PRESETS: ClassVar[Mapping[str, Mapping[str, Value]]] = {
        "science": {},
        "reseeding": {"reseeding": True},
        "1 in 60 million": {"metastatic_efficiency": "human 1 in 60 million"},
        "mouse efficiency": {"metastatic_efficiency": "mouse 1 in 5,000"},
        "textbook gram": {"cells_per_g": "1e9"},
    }
    PRESET_NOTES: ClassVar[Mapping[str, str]] = {
        "science": "growth and founding rate as fitted to one patient’s liver cancer",
        "reseeding": "metastases found metastases, too",
        "1 in 60 million": "the share that fits 38,715 patients with breast cancer",
        "mouse efficiency": "as if every shed cell did as well as one injected into a mouse",
        "textbook gram": "a billion cells in a gram instead of 100 million",
    }

    FORMER: ClassVar[Mapping[str, str]] = {
        "closed": "closed_gate",
        "odds": "metastatic_efficiency",
        "leave_vessel": "p_extravasate",
        "start_growing": "p_initiate",
        "keep_growing": "p_persist",
        "founding": "colonization_coefficient",
        "exponent": "colonization_exponent",
        "slowing": "growth_deceleration",
        "mouse odds": "mouse efficiency",
    }

    closed_gate: str = param("none", choices=CLOSED_GATES, doc="the gate that no cell passes", source="luzzi1998")
    metastatic_efficiency: str = param(
        "one patient", choices=EFFICIENCIES, doc="which share of shed cells founds a tumor", source="coumans2013"
    )
    reseeding: bool = param(False, doc="metastases shed cells that found metastases, too", source="iwata2000")
    cells_per_g: str = param(
        "1e8", choices=("1e8", "1e9"), unit="cells/g", symbol="rho", at_start=True,
        doc="1e8 in most epithelial tumors, 1e9 is the textbook number; a tumor is seen from 1 g on",
        source="delmonte2009",
    )  # fmt: skip
    shedding: float = from_table("shedding", 0, 10, step=0.1)
    p_extravasate: float = from_table(
        "p_extravasate", 0, 1, step=0.05, doc="of the cells alive after the blood, leave a capillary",
        called="leave the vessel",
    )  # fmt: skip
    p_initiate: float = from_table(
        "p_initiate", 0, 0.1, step=0.005, doc="of those, divide at all", called="start to grow"
    )
    p_persist: float = from_table(
        "p_persist", 0, 0.05, step=0.001, doc="of those, grow on into a tumor", called="keep growing"
    )
    colonization_coefficient: float = from_table(
        "colonization_coefficient", 0, 50, step=0.1, doc="founding rate of “one patient”"
    )
    colonization_exponent: float = from_table("colonization_exponent", 0.4, 0.8, step=0.001)
    growth_deceleration: float = from_table(
        "growth_deceleration", 0.001, 0.006, step=0.00001, at_start=True, doc="how fast growth slows"
    )
    plateau: float = from_table("plateau", 1, 1000, step=1, at_start=True, doc="cells at which growth ends")

    @property
    def iwata(self) -> IwataModel:
        """Growth and founding as `metakit.body.colonies` takes them."""
        return IwataModel(
            self.growth_deceleration,
            1e9 * self.plateau,
            1e-8 * self.colonization_coefficient,
            self.colonization_exponent,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class SpreadState(State):
    """One patient: a primary tumor, its metastases in groups of one founding frame, and counts at the gates.

    Attributes
    ----------
    seen_cells, silent_d : float
        Cells of a gram, and days from one cell to a gram; tumors are seen from there on. 1e9 days if never.
    passed : int64 array, shape (5,)
        Cells that have come through each of `CASCADE_STEPS` so far.
    group_d, group_cells, group_n
        Founding day, cells of one tumor, and number of tumors of each group.
    handed, handed_cells : int
        Metastases, and cells of all tumors, that another run has handed over.
    named_d, named_at
        Founding day of the first few metastases, and which of `PLACES` each is in.
    """

    CLOCK: ClassVar[str] = "d"
    FORMER: ClassVar[Mapping[str, str]] = {"closed": "closed_gate"}

    primary_cells: float = 1.0
    handed: int = 0
    handed_cells: int = 0
    born: int = 0
    by_metastases: int = 0
    expected: float = 0.0
    expected_from_primary: float = 0.0
    before_seen: int = 0
    first_seed_d: float = -1.0
    primary_seen_d: float = -1.0
    first_seen_d: float = -1.0
    seen_cells: float = 1e8
    silent_d: float = 0.0
    closed_gate: str = "none"
    passed: NDArray[np.int64] = array("int64", "n_gates")
    group_d: NDArray[np.float64] = array("float64", "n_groups")
    group_cells: NDArray[np.float64] = array("float64", "n_groups")
    group_n: NDArray[np.int64] = array("int64", "n_groups")
    named_d: NDArray[np.float64] = array("float64", "n_named")
    named_at: NDArray[np.int64] = array("int64", "n_named")

    @property
    def metastasis_cells(self) -> int:
        """Cells in all secondary tumors."""
        return int(self.group_n @ _whole(self.group_cells))

    def larger(self, cells: float) -> int:
        """Secondary tumors of at least so many cells."""
        return int(self.group_n[self.group_cells >= cells].sum())

    @property
    def ledger(self) -> Ledger:
        """Every cell that ever was, and where it is now; of those that a tumor lost otherwise nothing is counted."""
        lost = [int(n) for n in -np.diff(self.passed)]
        now = {"in the primary": round(self.primary_cells), "in secondary tumors": self.metastasis_cells}
        now |= {"died in the blood": lost[0], "never left a vessel": lost[1], "never started to grow": lost[2]}
        first = {"handed over": self.handed_cells} if self.handed_cells else {"first": 1}
        return Ledger(came=first | {"born": self.born}, now=now | {"stopped while few": lost[3]})


def _whole(cells: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(cells).astype(np.int64)


def start(params: SpreadParams, inflow: Colonies | Tumor | None, rng: np.random.Generator) -> SpreadState:
    """Begin with one cell; or with the tumor, or the tumor and its colonies, that flow in."""
    none, no = np.zeros(0), np.zeros(0, np.int64)
    state = SpreadState(
        passed=np.zeros(len(CASCADE_STEPS), np.int64), group_d=none, group_cells=none, group_n=no, named_d=none,
        named_at=no,
        seen_cells=float(params.cells_per_g), closed_gate=params.closed_gate,
        silent_d=min(1e9, float(params.iwata.age(float(params.cells_per_g)))),
    )  # fmt: skip
    if isinstance(inflow, Tumor):
        context = inflow.context
        state = state.replace(primary_cells=float(inflow.cells), handed_cells=inflow.body_cells, context=context)
    elif inflow is not None:
        state = _take_over_colonies(state, inflow, params.iwata, rng)
    return _record_firsts(state, state.handed, rng) if inflow is not None else state


def _take_over_colonies(
    state: SpreadState, colonies: Colonies, rule: IwataModel, rng: np.random.Generator
) -> SpreadState:
    """Take over colonies that are awake, each for as many as it stands for; the primary has grown meanwhile."""
    before = colonies.context
    sizes, number = np.unique(colonies.cells[~colonies.dormant], return_counts=True)
    number, n = before.each * number, before.each * int(number.sum())
    if n > MOST_TUMORS:
        raise ValueError(f"inflow stands for {n:,} colonies; at most {MOST_TUMORS:,} tumors can be followed")
    primary = max(float(before.aside), float(rule.grow(max(1.0, before.aside), before.day - before.aside_d)))
    cells = int(sizes @ number)
    dormant = colonies.body_cells - before.aside - cells
    return state.replace(
        primary_cells=primary, born=round(primary) - before.aside, handed=n, handed_cells=before.aside + cells,
        group_d=np.zeros(len(sizes)), group_cells=sizes[::-1].astype(float), group_n=number[::-1],
        named_d=np.zeros(min(n, NAMED)), named_at=_draw_places(min(n, NAMED), before.organ, rng),
        context=before.replace(each=1, aside=0, organ="", left={"dormant": dormant} if dormant else {}),
    )  # fmt: skip


def _draw_places(n: int, organ: str, rng: np.random.Generator) -> NDArray[np.int64]:
    """Which of `PLACES` metastases are in: that organ, or drawn from autopsies."""
    if organ in PLACES:
        return np.full(n, list(PLACES).index(organ))
    counts = np.array(list(PLACES.values()))
    return rng.choice(len(PLACES), n, p=counts / counts.sum()).astype(np.int64)


def _shed(state: SpreadState, params: SpreadParams) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """Cells expected to be shed in a frame by the primary and by all metastases; of both, the shares at the gates."""
    rule = params.iwata
    cells = np.concatenate([[state.primary_cells], state.group_cells])
    during = rule.grow(cells[:, None], FRAME_D / 2 * (1 + _NODES))
    number = np.concatenate([[1], state.group_n * params.reseeding]) * FRAME_D / 2
    per_tumor = np.stack([during @ _WEIGHTS / float(params.cells_per_g), rule.rate(during) @ _WEIGHTS]) * number
    gram_days, founded = np.stack([per_tumor[:, 0], per_tumor[:, 1:].sum(axis=1)], axis=1)
    blood = p_survive_blood(params.metastatic_efficiency, gram_days, founded)
    shares = compute_step_probabilities(
        params.closed_gate, blood, params.p_extravasate, params.p_initiate, params.p_persist
    )
    return 1e6 * params.shedding * gram_days, shares


def advance(state: SpreadState, params: SpreadParams, rng: np.random.Generator) -> SpreadState:
    """Return the patient eight days later."""
    shed, shares = _shed(state, params)
    through, expected = draw_passed(shed, shares, rng), shed * np.prod(shares, axis=0)
    room = MOST_TUMORS - int(state.passed[-1]) - state.handed
    through[-1] = np.diff(np.minimum(np.cumsum(through[-1]), room), prepend=0)
    founded = int(through[-1].sum())
    after = state.replace(
        time_s=state.time_s + FRAME_SECONDS, closed_gate=params.closed_gate,
        passed=state.passed + through.sum(axis=1), by_metastases=state.by_metastases + int(through[-1, 1]),
        expected=state.expected + float(expected.sum()),
        expected_from_primary=state.expected_from_primary + float(expected[0]),
        **_grow(state, params.iwata, int(through[0].sum()), founded),
    )  # fmt: skip
    return _record_firsts(after, founded, rng)


def _grow(state: SpreadState, rule: IwataModel, shed: int, founded: int) -> dict[str, Any]:
    """Let every tumor grow for a frame and add the new ones; what was shed was born on top of it."""
    primary = float(rule.grow(state.primary_cells, FRAME_D))
    days, cells, number = state.group_d, rule.grow(state.group_cells, FRAME_D), state.group_n
    born = round(primary) - round(state.primary_cells) + shed
    born += int(number @ (_whole(cells) - _whole(state.group_cells)))
    if founded:
        size = rule.size(np.array([FRAME_D / 2]))
        born += founded * (int(_whole(size)[0]) - 1)
        days = np.append(days, state.time_d + FRAME_D / 2)
        cells, number = np.append(cells, size), np.append(number, founded)
    return {
        "primary_cells": primary, "born": state.born + born, "group_d": days, "group_cells": cells, "group_n": number,
    }  # fmt: skip


def _record_firsts(state: SpreadState, founded: int, rng: np.random.Generator) -> SpreadState:
    """Note the first of each kind, and where the first few metastases are."""
    change = dict[str, Any]()
    if state.primary_seen_d < 0:
        change["before_seen"] = state.before_seen + founded
        if state.primary_cells >= state.seen_cells:
            change["primary_seen_d"] = state.time_d
    if founded and state.first_seed_d < 0:
        change["first_seed_d"] = float(state.group_d[0])
    if state.first_seen_d < 0 and state.larger(state.seen_cells):
        change["first_seen_d"] = state.time_d
    new = min(founded, NAMED - len(state.named_d))
    if new > 0:
        change["named_d"] = np.append(state.named_d, np.full(new, state.group_d[-1]))
        change["named_at"] = np.append(state.named_at, _draw_places(new, "", rng))
    return state.replace(**change)


def outflow(state: SpreadState) -> Patient:
    """Hand on the patient: the primary, and the metastases by their cells."""
    order = np.argsort(-state.group_cells, kind="stable")
    cells, number = _whole(state.group_cells)[order], state.group_n[order]
    return Patient(round(state.primary_cells), cells, number, context=state.onward)


def measure(state: SpreadState) -> dict[str, float]:
    """Measure one frame.

    Returns
    -------
    dict
        ``expected`` is how many metastases were to be expected along this path. ``first_seed_h``, ``primary_seen_h``
        and ``first_seen_h`` are NaN until the first metastasis is founded, the primary can be seen (1 g), and the
        first metastasis can be. ``before_seen`` counts metastases founded before the primary could be seen.
    """
    hours = {
        name: 24.0 * day if day >= 0 else float("nan")
        for name, day in (
            ("first_seed_h", state.first_seed_d),
            ("primary_seen_h", state.primary_seen_d),
            ("first_seen_h", state.first_seen_d),
        )
    }
    shed, blood, vessel, started, founded = (int(n) for n in state.passed)
    return {
        "time_d": state.time_d,
        "cells_primary": round(state.primary_cells),
        "cells_metastases": state.metastasis_cells,
        "metastases": founded + state.handed,
        "metastases_over_1e6": state.larger(1e6),
        "metastases_seen": state.larger(state.seen_cells),
        "by_primary": founded - state.by_metastases,
        "by_metastases": state.by_metastases,
        "expected": state.expected,
        "expected_from_primary": state.expected_from_primary,
        "largest_cells": round(float(state.group_cells[0])) if len(state.group_cells) else 0,
        "before_seen": state.before_seen,
        "shed_cells": shed,
        "survived_blood": blood,
        "left_vessel": vessel,
        "started_growing": started,
        "expected_per_billion_shed": 1e9 * state.expected / shed if shed else 0.0,
        **hours,
    }
