"""Tropism: why some cancers are found in some organs, by hemodynamics, by permissive organs, by both or neither.

Each patient's tumor lets n_0 cells go that last until they come to lie somewhere. Where that is, is a matter of
hemodynamics (Ewing's plumbing); how many of them found a metastasis, of the organ's permissiveness (Paget's soil)::

    arrivals ~ Multinomial(n_0, p_i)          p_i   where cells of origin i come to lie (`hemodynamic_seeding`)
    found_j  ~ Binomial(arrivals_j, k s_j)    s_j   permissiveness of site j, k = M_i / (n_0 sum_j p_ij s_j)
    P(site j | origin i) = p_ij s_j / sum_j p_ij s_j

M_i metastases per autopsy, counted (diSibio and French 2008). Without hemodynamics every one of the 30 sites of the
table gets the same p; without permissiveness every s is 1. With it, s is fitted anew for what else is on, to all
origins but the one that is shown: every idea does its best, and none has seen what it is judged by. The rival of them
all has neither: the pooled shares of the other origins. A frame is one day of a pathology department.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import fsum
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from metakit.body.origins import autopsies, origins
from metakit.core.arrays import Float64Array
from metakit.core.handoff import Patient
from metakit.core.params import Params, Value, from_table, param
from metakit.core.state import Ledger, State, array
from metakit.models.tropism.hemodynamic_seeding import names
from metakit.models.tropism.permissiveness import (
    Ways,
    chi_square,
    compute_concordance,
    compute_shares,
    count_found,
    fit_permissiveness,
    pool_others,
)

ANSWERS = "instant"
FRAME_SECONDS = 86400.0  # a day
TAKES = (Patient,)
USUAL_S = 100 * FRAME_SECONDS
WHERE = "the organs of the body"
GATE = ("metastases", "metastases found")
RELEASED = 10**7  # n_0, cells of one patient that last long enough to come to lie somewhere (illustrative)
NODES = ("regional lymph nodes", "distant lymph nodes")


@dataclass(frozen=True)
class TropismParams(Params):
    """Where the cancer began, and what counts."""

    FIRST: ClassVar[tuple[str, ...]] = ("origin", "hemodynamics", "permissiveness", "other_routes")
    PRESETS: ClassVar[Mapping[str, Mapping[str, Value]]] = {
        "science": {},
        "blood alone": {"permissiveness": False, "other_routes": False, "secondary_seeding": 0.0},
        "permissiveness alone": {"hemodynamics": False},
        "neither": {"hemodynamics": False, "permissiveness": False},
    }
    PRESET_NOTES: ClassVar[Mapping[str, str]] = {
        "science": "blood flow with all other routes, and permissiveness fitted to the other origins",
        "blood alone": "the first way by blood, and every organ equally permissive",
        "permissiveness alone": "as many cells to every place; permissiveness fitted for that",
        "neither": "every place has the same chance",
    }

    FORMER: ClassVar[Mapping[str, str]] = {
        "plumbing": "hemodynamics",
        "soil": "permissiveness",
        "byways": "other_routes",
        "later_spread": "secondary_seeding",
        "soil alone": "permissiveness alone",
    }

    origin: str = param(
        "breast", choices=origins(), symbol="i", doc="where the cancer began", source="disibio2008", at_start=True
    )
    hemodynamics: bool = param(True, symbol="p", doc="blood and other ways decide where cells arrive", source="nrc1989")
    permissiveness: bool = param(
        True,
        symbol="s",
        doc="one number per organ for what arrival does not explain, fitted to the other origins",
        source="disibio2008",
    )
    other_routes: bool = param(
        True, doc="lymph, the linings of belly and chest, and spinal veins are open", source="illustrative"
    )
    capture: float = from_table(
        "capture_per_organ", 0.3, 0.99, step=0.01, doc="cells held each time they pass an organ"
    )
    secondary_seeding: float = from_table(
        "secondary_seeding", 0, 0.9, step=0.05, doc="metastases that come from a metastasis"
    )
    patients_per_day: int = param(
        5, 1, 100, step=1, unit="per day", doc="patients that the department examines", source="illustrative"
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class TropismState(State):
    """What has been found in the patients so far.

    Attributes
    ----------
    origin : str
        Where the cancer of all of them began.
    arrived, found : int64 array, shape (n_sites,)
        Cells that came to lie in each site of `hemodynamic_seeding.names`, and those that founded a metastasis.
    arrival, chance : float array, shape (n_sites,)
        The probabilities behind them: p_i and P of the equations.
    """

    CLOCK: ClassVar[str] = "d"
    FORMER: ClassVar[Mapping[str, str]] = {"pairs_right_percent": "concordance_percent"}

    origin: str = "breast"
    patients: int = 0
    handed: int = 0
    arrived: NDArray[np.int64] = array("int64", "n_sites")
    found: NDArray[np.int64] = array("int64", "n_sites")
    arrival: Float64Array = array("float64", "n_sites")
    chance: Float64Array = array("float64", "n_sites")

    @property
    def ledger(self) -> Ledger:
        """Every cell let go, and where it is now."""
        rest = dict(zip(names(), (self.arrived - self.found).tolist(), strict=True))
        now = {f"died or asleep in {name}": n for name, n in rest.items()}
        return Ledger(
            came={**({"handed over": self.handed} if self.handed else {}), "let go": self.patients * RELEASED},
            now={"founded a metastasis": int(self.found.sum()), **now},
        )

    def check(self) -> None:
        """Check that origin and sites are those of the tables.

        Raises
        ------
        ValueError
            If they are not.
        """
        super().check()
        if self.origin not in origins() or len(self.found) != len(names()):
            raise ValueError(f"origin {self.origin!r} with {len(self.found)} sites is not in the table of autopsies")


@lru_cache(maxsize=256)
def probabilities(origin: str, params: TropismParams) -> tuple[Float64Array, Float64Array]:
    """Compute where cells arrive, and where metastases are found.

    Parameters
    ----------
    origin : str
        Where the cancer began.
    params : TropismParams
        The knobs.

    Returns
    -------
    p, P : float array, shape (n_sites,)
        Each adds up to 1.
    """
    ways = Ways(params.hemodynamics, params.other_routes, params.capture, params.secondary_seeding)
    s = fit_permissiveness(ways, origin) if params.permissiveness else np.ones(len(names()))
    return compute_shares(origin, ways, s)


def get_metastases_per_autopsy(origin: str) -> float:
    """M_i, metastases per autopsy."""
    found = autopsies()[origin]
    return found.metastases / found.autopsies


def start(params: TropismParams, inflow: Patient | None, rng: np.random.Generator) -> TropismState:
    """Nobody has been examined yet, or one patient, whose metastases come to lie by the odds of this model."""
    p, chance = probabilities(params.origin, params)
    state = TropismState(
        origin=params.origin, arrived=np.zeros(len(p), np.int64), found=np.zeros(len(p), np.int64), arrival=p,
        chance=chance,
    )  # fmt: skip
    if inflow is None:
        return state
    n = inflow.n_metastases
    where = rng.multinomial(n, chance)
    rest = inflow.body_cells - n * inflow.context.each
    return state.replace(
        handed=n, arrived=where, found=where,
        context=inflow.context.replace(aside=0, left={"other cells of the same tumors": rest} if rest else {}),
    )  # fmt: skip


def advance(state: TropismState, params: TropismParams, rng: np.random.Generator) -> TropismState:
    """Return what is known a day, and some patients, later."""
    p, chance = probabilities(state.origin, params)
    cells = RELEASED * params.patients_per_day
    arrived = rng.multinomial(cells, p)
    # P / p is s / sum p s: what an arriving cell's odds are, times M / n_0. A site that none reaches has none.
    odds = get_metastases_per_autopsy(state.origin) / RELEASED * np.divide(chance, p, out=np.zeros_like(p), where=p > 0)
    return state.replace(
        patients=state.patients + params.patients_per_day,
        arrived=state.arrived + arrived,
        found=state.found + rng.binomial(arrived, np.minimum(odds, 1.0)),
        arrival=p,
        chance=chance,
        time_s=state.time_s + FRAME_SECONDS,
    )


@lru_cache(maxsize=256)
def judge_fit(origin: str, chance: bytes) -> tuple[float, float, float]:
    """Judge a model's P by the autopsies.

    Parameters
    ----------
    origin : str
        Where the cancer began.
    chance : bytes
        P, as the bytes of a float array.

    Returns
    -------
    chi_square, misplaced, concordance : float
        Chi-square, the share that would have to move, and the share of pairs in the right order.
    """
    found, model = count_found(origin), np.frombuffer(chance)
    misplaced = 0.5 * float(np.abs(found / found.sum() - model).sum())
    return chi_square(found, model), misplaced, compute_concordance(found, model)


@lru_cache(maxsize=64)
def compute_blood_alone(origin: str) -> Float64Array:
    """P of the preset "blood alone"."""
    return probabilities(origin, TropismParams.make("blood alone", origin=origin))[1]


def judge_blood_alone(origin: str) -> tuple[float, float, float]:
    """Judge the preset "blood alone" as `judge_fit` does."""
    return judge_fit(origin, compute_blood_alone(origin).tobytes())


def judge_pooled(origin: str) -> tuple[float, float, float]:
    """Judge the pooled shares of the other origins as `judge_fit` does."""
    return judge_fit(origin, pool_others(origin).tobytes())


def key(site: str) -> str:
    """Name of a site in measures: ``"skeletal_muscle"``."""
    return site.replace(" ", "_")


def measure(state: TropismState) -> dict[str, float]:
    """Measure one frame.

    Returns
    -------
    dict
        ``..._percent`` are shares of all metastases found so far, for each site and for both kinds of nodes;
        ``..._cells_percent`` shares of the cells that arrived. ``chi_square``, ``misplaced_percent`` and
        ``concordance_percent`` judge the model's odds, not its patients so far, by the autopsies of this origin.
    """
    total, cells = int(state.found.sum()), int(state.arrived.sum())
    found = dict(zip(names(), (100 * state.found / max(1, total)).tolist(), strict=True))
    arrived = dict(zip(names(), (100 * state.arrived / max(1, cells)).tolist(), strict=True))
    chi, misplaced, pairs = judge_fit(state.origin, state.chance.tobytes())
    blood_chi, blood_misplaced, _ = judge_blood_alone(state.origin)
    pooled_chi, pooled_misplaced, _ = judge_pooled(state.origin)
    return {
        "time_d": state.time_d,
        "patients": state.patients,
        "cells_released": cells,
        "metastases": total,
        "nodes_percent": fsum(found[name] for name in NODES),
        **{f"{key(name)}_percent": share for name, share in found.items()},
        "liver_cells_percent": arrived["liver"],
        "lung_cells_percent": arrived["lung"],
        "most_cells_percent": max(arrived.values()),
        "chi_square": chi,
        "misplaced_percent": 100 * misplaced,
        "concordance_percent": 100 * pairs,
        "blood_alone_chi_square": blood_chi,
        "blood_alone_misplaced_percent": 100 * blood_misplaced,
        "pooled_chi_square": pooled_chi,
        "pooled_misplaced_percent": 100 * pooled_misplaced,
        "autopsies": autopsies()[state.origin].autopsies,
    }
