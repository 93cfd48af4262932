"""Journey: from a primary tumor through the blood into bone, lung and liver, all of it, cell by cell.

Four tissues of 2 mm side by side, each with the rules of `tissue.state` (Franssen 2019). Whoever enters a vessel
leaves the blood T_V = 2 h later, if alive (`tissue.transit`): each cell lets go of its cluster with p_d, singles
survive with P_S, what remains of a cluster with P_C. A survivor comes to organ i with probability

    P(organ i) = weight_i / sum of weights

and settles on the four points around one of its vessels; who finds no room is lost. There it grows by the same rules;
in an organ a cell may also die, with a rate, and a mesenchymal cell may turn epithelial again (MET).
Arrivals are looked for once a frame: up to ten minutes late.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from metakit.body.origins import SECONDARY_SITES, weights_by_origin
from metakit.core.arrays import Int32Array
from metakit.core.events import Event
from metakit.core.handoff import Clusters
from metakit.core.params import Value, from_table, param, with_default
from metakit.core.state import Ledger, State, array, part
from metakit.tissue.params import FRAME_S, STEP_S, STEPS_A_FRAME, TissueParams
from metakit.tissue.state import COARSE_POINTS, TissueState, start_tissue
from metakit.tissue.step import advance_tissue
from metakit.tissue.transit import break_up, expected_seeds, settle

ANSWERS = "live"
FRAME_SECONDS = FRAME_S
GIVES = Clusters
USUAL_S = 6 * 86400.0
WHERE = "a primary tumor, three organs and the blood between them"
GATE = ("cells_abroad", "cells alive in another organ")
EVENTS = (
    Event("entry into a vessel", "events"),
    Event("arrival in an organ", "seeds"),
)
SITES = ("primary", *SECONDARY_SITES)
# Organs in which only who divides fast holds on, and mesenchymal cells do not (illustrative).
HARSH: dict[str, Value] = {"p_single": 0.05, "p_cluster": 0.5, "organ_death": 0.4, "division_mesenchymal": 60.0}


@dataclass(frozen=True)
class JourneyParams(TissueParams):
    """The tissue's parameters, those of the way through the blood, and those of the organs."""

    FIRST: ClassVar[tuple[str, ...]] = ("p_cluster", "p_single", "normal_vessels", "reseeding")
    PRESETS: ClassVar[Mapping[str, Mapping[str, Value]]] = {
        "science": {},
        "many survivors": {"p_single": 0.05, "p_cluster": 0.5},
        "reversible EMT": HARSH | {"colony_met": 2.0},
        "stuck EMT": HARSH,
        "coarse": {"coarse": True},
        **{origin: weights_by_origin()[origin] for origin in ("prostate", "colon", "stomach", "kidney")},
    }
    PRESET_NOTES: ClassVar[Mapping[str, str]] = {
        "science": "the published model, origin breast",
        "many survivors": "survival in the blood 20 to 100 times the published, so that arrivals can be watched",
        "reversible EMT": "cells may die in organs, and turn epithelial again there",
        "stuck EMT": "cells may die in organs, and stay as they are",
        "coarse": "points of 20 instead of 10 µm, for quick looks",
        "prostate": "another origin: mostly to bone",
        "colon": "another origin: mostly to the liver",
        "stomach": "another origin: mostly to the liver",
        "kidney": "another origin: lung first",
    }

    normal_vessels: int = with_default(TissueParams, "normal_vessels", 8)
    ruptured_vessels: int = with_default(TissueParams, "ruptured_vessels", 2)
    p_single: float = from_table("single_survival", 0, 1, step=0.0005, called="single cells that survive")
    p_cluster: float = from_table("cluster_survival", 0, 1, step=0.005, called="clusters that survive")
    p_detach: float = from_table("cluster_detachment", 0, 1, step=0.05, called="cells that let go")
    transit: float = param(
        2.0, 0.2, 24, step=0.2, unit="h", symbol="T_V", source="franssen2019", doc="time in the blood",
    )  # fmt: skip
    bone_weight: float = param(
        0.5461, 0, 1, step=0.01, unit="number", symbol="E_1", source="illustrative",
        doc="how many of the survivors come to bone; as recalled from Franssen 2019 for breast",
    )  # fmt: skip
    lung_weight: float = param(
        0.2553, 0, 1, step=0.01, unit="number", symbol="E_2", source="illustrative",
        doc="how many of the survivors come to the lung",
    )  # fmt: skip
    liver_weight: float = param(
        0.1986, 0, 1, step=0.01, unit="number", symbol="E_3", source="illustrative",
        doc="how many of the survivors come to the liver",
    )  # fmt: skip
    organ_vessels: int = param(
        10, 1, 40, step=1, unit="number", symbol="U_i", source="metaspread2024",
        doc="blood vessels in each organ's tissue", at_start=True,
    )  # fmt: skip
    organ_death: float = param(
        0.0, 0, 2, step=0.05, unit="per day", source="illustrative", doc="cells that die in a foreign organ",
    )  # fmt: skip
    colony_met: float = param(
        0.0, 0, 4, step=0.1, unit="per day", source="illustrative",
        doc="mesenchymal cells that turn epithelial again in an organ",
    )  # fmt: skip
    reseeding: bool = param(False, doc="metastases shed cells, too", source="illustrative")
    coarse: bool = param(
        False, source="illustrative", at_start=True,
        doc="points of 20 instead of 10 µm: quicker; a third more cells by day 5, other numbers within a fifth",
    )  # fmt: skip


@lru_cache(maxsize=64)
def _site_params(params: JourneyParams, foreign: bool) -> TissueParams:
    """Rules in the primary, and in an organ."""
    own: dict[str, Any] = {f.name: getattr(params, f.name) for f in fields(TissueParams)}
    if foreign:
        own |= {"lamina": False, "start_cells": 0, "normal_vessels": params.organ_vessels, "ruptured_vessels": 0}
        own |= {"emt_rate": 0.0, "met_rate": params.colony_met, "death_rate": params.organ_death}
        own |= {"blood_route": params.reseeding}
    return TissueParams(**own)


@dataclass(frozen=True, eq=False, kw_only=True)
class JourneyState(State):
    """Four tissues and the blood between them.

    Attributes
    ----------
    primary, bone, lung, liver : TissueState
        The tissues; a cell's `cell_line` is 0 in the primary, and in an organ the number of the arrival it is from.
    transit_epithelial, transit_mesenchymal, transit_due_step : int32 array, shape (n_transit,)
        Clusters in the blood, and the step in which they are due to leave it.
    seeds : int32 array, shape (3,)
        Arrivals in bone, lung and liver so far, single cells or clusters that found room.
    died_in_blood, lost_on_arrival : int
        Cells.
    expected_seeds : float
        Of all clusters that were due so far, how many were expected to have a survivor.
    first_seed_step : int
        Step of the first arrival; -1: not yet.
    """

    N_POINTS: ClassVar[int] = 201

    primary: TissueState = part(TissueState)
    bone: TissueState = part(TissueState)
    lung: TissueState = part(TissueState)
    liver: TissueState = part(TissueState)
    transit_epithelial: Int32Array = array("int32", "n_transit")
    transit_mesenchymal: Int32Array = array("int32", "n_transit")
    transit_due_step: Int32Array = array("int32", "n_transit")
    seeds: Int32Array = array("int32", "n_organs")
    step: int = 0
    died_in_blood: int = 0
    lost_on_arrival: int = 0
    expected_seeds: float = 0.0
    first_seed_step: int = -1

    @property
    def sites(self) -> dict[str, TissueState]:
        """The four tissues by name, the primary first."""
        return {name: getattr(self, name) for name in SITES}

    @property
    def in_blood(self) -> int:
        """Cells in the blood now."""
        return int(self.transit_epithelial.sum() + self.transit_mesenchymal.sum())

    @property
    def ledger(self) -> Ledger:
        """Every cell that ever was in any of the tissues, in exactly one place."""
        sites = self.sites
        return Ledger(
            came={"started": self.primary.n_started, "born": sum(site.n_born for site in sites.values())},
            now={
                **{f"alive in the {name}": len(site.cell_site) for name, site in sites.items()},
                "in the blood": self.in_blood,
                "died in the blood": self.died_in_blood,
                "lost on arrival": self.lost_on_arrival,
                "died in tissue": sum(site.n_died for site in sites.values()),
            },
        )

    def check(self) -> None:
        """Check that the numbers make sense together.

        Raises
        ------
        ValueError
            If the ledger does not add up, the clocks of the tissues differ, or a count is negative.
        """
        super().check()
        if (
            len(self.seeds) != len(SECONDARY_SITES)
            or min(self.seeds.min(), self.died_in_blood, self.lost_on_arrival) < 0
        ):
            raise ValueError("seeds are not three counts, or a count is negative")
        if min(self.transit_epithelial.min(initial=0), self.transit_mesenchymal.min(initial=0)) < 0:
            raise ValueError("a cluster in the blood holds a negative number of cells")
        if any(site.step != self.step for site in self.sites.values()) or self.time_s != self.step * STEP_S:
            raise ValueError("the clocks of the tissues do not agree")
        if self.ledger.missing:
            raise ValueError(f"the ledger does not add up: {self.ledger.missing} cells are missing")


def start(params: JourneyParams, inflow: None, rng: np.random.Generator) -> JourneyState:
    """Make the tumor and three organs without a tumor cell; nothing flows in."""
    points, none = COARSE_POINTS if params.coarse else JourneyState.N_POINTS, np.empty(0, np.int32)
    sites: dict[str, Any] = {
        name: start_tissue(TissueState, _site_params(params, name != "primary"), rng, points=points) for name in SITES
    }
    return JourneyState(
        **sites,
        transit_epithelial=none,
        transit_mesenchymal=none,
        transit_due_step=none,
        seeds=np.zeros(len(SECONDARY_SITES), np.int32),
    )


def advance(state: JourneyState, params: JourneyParams, rng: np.random.Generator) -> JourneyState:
    """Return everything ten minutes (15 steps) later: arrivals, then each tissue."""
    state = _arrive(state, params, rng)
    step = state.step + STEPS_A_FRAME
    moved: dict[str, TissueState] = {}
    waiting = [(state.transit_epithelial, state.transit_mesenchymal, state.transit_due_step)]
    for name, site in state.sites.items():
        if not len(site.cell_site) and not site.mmp.any():  # nothing can change there
            moved[name] = site.replace(step=step, time_s=step * STEP_S)
            continue
        moved[name] = after = advance_tissue(site, _site_params(params, name != "primary"), rng, STEPS_A_FRAME)
        new = slice(len(site.cluster_step), None)
        due = after.cluster_step[new] + np.int32(round(params.transit * 3600 / STEP_S))
        waiting.append((after.cluster_epithelial[new], after.cluster_mesenchymal[new], due))
    epithelial, mesenchymal, due = (np.concatenate(columns) for columns in zip(*waiting, strict=True))
    return state.replace(
        **moved,
        transit_epithelial=epithelial,
        transit_mesenchymal=mesenchymal,
        transit_due_step=due,
        step=step,
        time_s=step * STEP_S,
    )


def _arrive(state: JourneyState, params: JourneyParams, rng: np.random.Generator) -> JourneyState:
    """Let the clusters that are due leave the blood: break up, live or die, and settle."""
    due = state.transit_due_step <= state.step
    if not due.any():
        return state
    leaving = state.transit_epithelial[due], state.transit_mesenchymal[due]
    chances: dict[str, Any] = {"p_detach": params.p_detach, "p_single": params.p_single, "p_cluster": params.p_cluster}
    epithelial, mesenchymal, _ = break_up(*leaving, rng, **chances)
    survivors = int(epithelial.sum() + mesenchymal.sum())
    weights = np.array([params.bone_weight, params.lung_weight, params.liver_weight])
    sites, seeds, lost = dict(state.sites), state.seeds.copy(), 0
    for e, m in zip(epithelial.tolist(), mesenchymal.tolist(), strict=True):
        if not weights.sum():  # no organ to come to
            lost += e + m
            continue
        organ = int(rng.choice(len(SECONDARY_SITES), p=weights / weights.sum()))
        line = int(seeds.sum()) + 1
        site, settled = settle(sites[SECONDARY_SITES[organ]], e, m, line, rng, capacity=params.capacity)
        sites[SECONDARY_SITES[organ]] = site
        seeds[organ] += settled > 0
        lost += e + m - settled
    first = state.first_seed_step if state.first_seed_step >= 0 or not seeds.sum() else state.step
    return state.replace(
        **sites,
        transit_epithelial=state.transit_epithelial[~due],
        transit_mesenchymal=state.transit_mesenchymal[~due],
        transit_due_step=state.transit_due_step[~due],
        seeds=seeds,
        died_in_blood=state.died_in_blood + int(leaving[0].sum() + leaving[1].sum()) - survivors,
        lost_on_arrival=state.lost_on_arrival + lost,
        expected_seeds=state.expected_seeds + float(expected_seeds(leaving[0] + leaving[1], **chances).sum()),
        first_seed_step=first,
    )


def outflow(state: JourneyState) -> Clusters:
    """Give the clusters that are in the blood now; those that came through it are in an organ, or dead."""
    due_h = state.transit_due_step * STEP_S / 3600
    return Clusters(state.transit_epithelial, state.transit_mesenchymal, due_h, context=state.onward)


def colonies(state: JourneyState) -> dict[str, int]:
    """Count arrivals with living descendants, by organ."""
    return {organ: len(np.unique(getattr(state, organ).cell_line)) for organ in SECONDARY_SITES}


def measure(state: JourneyState) -> dict[str, float]:
    """Measure one frame.

    Returns
    -------
    dict
        ``events`` are entries into vessels so far; ``seeds`` are arrivals that found room; ``colonies`` are those of
        them with living descendants; ``first_seed_h`` is NaN until the first arrival.
    """
    entered = sum(int(s.cluster_epithelial.sum() + s.cluster_mesenchymal.sum()) for s in state.sites.values())
    alive = {f"cells_{name}": len(site.cell_site) for name, site in state.sites.items()}
    return {
        "time_h": state.time_h,
        **alive,
        "cells_abroad": sum(alive.values()) - alive["cells_primary"],
        "cells_born": sum(site.n_born for site in state.sites.values()),
        "events": sum(len(site.cluster_step) for site in state.sites.values()),
        "cells_entered": entered,
        "cells_in_blood": state.in_blood,
        "cells_died_in_blood": state.died_in_blood,
        "cells_lost_on_arrival": state.lost_on_arrival,
        "cells_died_in_organs": sum(site.n_died for name, site in state.sites.items() if name != "primary"),
        "seeds": int(state.seeds.sum()),
        "seeds_expected": state.expected_seeds,
        "colonies": sum(colonies(state).values()),
        **{f"seeds_{organ}": int(n) for organ, n in zip(SECONDARY_SITES, state.seeds, strict=True)},
        "first_seed_h": state.first_seed_step * STEP_S / 3600 if state.first_seed_step >= 0 else float("nan"),
    }
