"""Circulation: from a vein to an organ, and what becomes of cells on the way.

Blood takes every cell one of seven stations further in 7 s, and all around in 49 s. In each net of fine vessels, a
bed, a cell may be held; afloat or held, it may die::

    held = Binomial(n, f) in the first bed; g = 1 - sqrt(1 - f) in each of the two beds of a later circuit, so that a
           circuit holds f again; cells that pass the gut meet its bed and the liver's, 1 - sqrt(1 - g) each
    organ i gets the share q_i of what the left heart sends (`metakit.body.organs`)
    afloat:  dn/dt = -k n,   k = ln 2 / t_half x [a + (s + d i)(1 - p)]   s, i, a = 1 - s - i  shares of the causes
    held:    dn/dt = -k' n,  k' as k, with 1% of singles left after a day and c times as many of the clusters

f capture, t_half half-life of cells that are afloat (Meng 2004), d activity of immune cells, p shield of platelets, c
advantage of clusters (Aceto 2014); 1% after a day: Fidler 1970. A tumor of m grams sheds 3.2e6 m cells a day (Butler
1975). With one bed a circuit, N' = S (1 - f) - (k + f / 49 s) N, so per 7.5 mL of blood there are 0.29 cells per gram
at f = 0.9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from metakit.body.cascade import SHED_PER_G
from metakit.body.organs import drainages
from metakit.core.arrays import Int64Array
from metakit.core.constants import constant
from metakit.core.events import Event
from metakit.core.handoff import Arrested, Clusters, Context
from metakit.core.params import Params, Value, from_table, param, with_default
from metakit.core.state import Ledger, State, array
from metakit.models.circulation import ring
from metakit.models.circulation.ring import BRAIN, LIVER, LUNG, ORGANS
from metakit.tissue.lymph import NodeParams, flow_ratio

ANSWERS = "live"
FRAME_SECONDS = ring.STATION_S  # a frame is one station of the ring
TAKES, GIVES = (Clusters,), Arrested
USUAL_S = 86400.0
WHERE = "the blood of the whole body"
GATE = ("arrested_alive_cells", "cells held by an organ and alive")
EVENTS = (
    Event("first cell held in the lungs", "first_lung_h"),
    Event("first cell held in the liver", "first_liver_h"),
    Event("first cell held in the brain", "first_brain_h"),
)
HELD_LEFT, DAY_H = constant("alive_after_a_day").value, 24.0
WAYS = {"blood": 0.0, "lymph": 1.0, "both": 1 / (1 + flow_ratio())}  # share that leaves by lymph
CAUSES = ("shear", "immune", "anoikis")


ORIGINS = tuple(origin for origin in drainages() if origin != "unknown")  # of that one nobody knows the veins


@dataclass(frozen=True)
class CirculationParams(Params):
    """Where cells come from, what holds them, and what kills them."""

    FORMER: ClassVar[Mapping[str, str]] = {"defense": "immune_activity"}
    FIRST: ClassVar[tuple[str, ...]] = ("capture", "origin", "half_life", "immune_activity")
    PRESETS: ClassVar[Mapping[str, Mapping[str, Value]]] = {
        "science": {},
        "colon": {"origin": "colon"},
        "lymph": {"route": "lymph"},
        "steady tumor": {"released": "0", "tumor_mass": 10.0},
        "no capture": {"released": "0", "tumor_mass": 10.0, "capture": 0.0},
        "afloat": {"capture": 0.0, "cluster_share": 0.0},
        "passive body": {"immune_activity": 0.0},
    }
    PRESET_NOTES: ClassVar[Mapping[str, str]] = {
        "science": "ten million cells let go at once from the breast",
        "colon": "the same from the colon: its veins lead to the liver",
        "lymph": "the same by lymph: hours, and a filter on the way",
        "steady tumor": "10 grams that shed without a pause",
        "no capture": "the same, and nothing holds a cell: more than any patient has",
        "afloat": "nothing holds a cell: watch the half-life alone",
        "passive body": "no immune cells",
    }

    capture: float = from_table(
        "capture_per_circuit", 0, 0.99, step=0.01, doc="cells held by the first bed, and by each circuit after it; "
        "0.5 to 0.99 would fit what is known",
    )  # fmt: skip
    origin: str = param(
        "breast", choices=ORIGINS, doc="where the tumor is, whose veins lead to the first bed",
        source="nrc1989", at_start=True,
    )  # fmt: skip
    half_life: float = from_table(
        "circulating_half_life", 1, 2.4, step=0.1, doc="half of the cells afloat are dead after it"
    )
    immune_activity: float = param(
        1.0, 0, 3, step=0.1, unit="times", symbol="d", doc="how strongly immune cells act", source="illustrative"
    )
    platelets: float = param(
        0.0, 0, 1, step=0.05, unit="share", symbol="p", source="illustrative",
        doc="deaths by shear and immune cells that platelets around a cell prevent",
    )  # fmt: skip
    released: str = param(
        "1e7", choices=("0", "1", "1e3", "1e5", "1e7", "1e9", "1e12"), unit="cells", symbol="n",
        doc="cells let go at once, at the start", source="illustrative", at_start=True,
    )  # fmt: skip
    tumor_mass: float = param(
        0.0, 0, 1000, step=1, unit="g", symbol="m", doc="tumor that sheds 3.2 million cells a gram and day, all the "
        "time", source="butler1975",
    )  # fmt: skip
    route: str = param(
        "blood", choices=tuple(WAYS), doc="way out of the tumor; both: shared as their flows are, 3,250 to 1",
        source="guyton2006", at_start=True,
    )  # fmt: skip
    cluster_share: float = param(
        0.03, 0, 1, step=0.01, unit="share", doc="cells that leave in clusters", source="illustrative"
    )
    cluster_size: int = param(
        5, 2, 50, step=1, unit="cells", doc="cells of a cluster", source="aceto2014", at_start=True
    )
    cluster_advantage: float = from_table(
        "cluster_advantage", 1, 50, step=1, doc="held clusters alive after a day, to held singles; 23 to 50 was found"
    )
    shear_share: float = param(
        0.3, 0, 0.4, step=0.05, unit="share", symbol="s", doc="of all deaths, by the rub of flowing blood",
        source="illustrative",
    )  # fmt: skip
    immune_share: float = param(
        0.4, 0, 0.6, step=0.05, unit="share", symbol="i", doc="of all deaths, by immune cells; the rest is anoikis, "
        "loss of grip", source="illustrative",
    )  # fmt: skip
    node_filter: float = with_default(NodeParams, "node_filter", constant("node_filter").value)

    @property
    def hazards(self) -> NDArray[np.float64]:
        """Deaths by each of `CAUSES` as shares of all there are at usual immune activity, no platelets, shape (3,)."""
        anoikis = max(0.0, 1 - self.shear_share - self.immune_share)
        bare = 1 - self.platelets
        return np.array([self.shear_share * bare, self.immune_share * self.immune_activity * bare, anoikis])


@dataclass(frozen=True, eq=False, kw_only=True)
class CirculationState(State):
    """Singles (row 0) and clusters (row 1), counted where they are.

    Attributes
    ----------
    blood : int64 array, shape (2, 2, 9)
        By whether they have passed a bed yet, and by `STATIONS`.
    lymph : int64 array, shape (2, 180)
        By the minute of the way: 120 to the sentinel node, 60 from there to the veins.
    node, dead : int64 array, shape (2,) and (2, 3)
        Held in the sentinel node; dead by `CAUSES`.
    alive, arrested, first_bed : int64 array, shape (2, 20)
        By `ORGANS`: held there and alive, ever held, and held by the first bed they met.
    first_s : int64 array, shape (20,)
        When the first one was held there, s; -1: not yet.
    passing : int64 array, shape (7, 2)
        Cells in the arteries and in the small veins, in each frame of the last circuit, the latest first.
    """

    FORMER: ClassVar[Mapping[str, str]] = {
        f"held_{what}": f"arrested_{what}" for what in ("cells", "alive_cells", "liver_share", "lung_share")
    }

    CLOCK: ClassVar[str] = "s"

    origin: str = "breast"
    came: int = 0
    cluster_size: int = 5
    tumor_mass: float = 0.0
    capture: float = constant("capture_per_circuit").value
    half_life: float = constant("circulating_half_life").value
    blood: Int64Array = array("int64", "n_kinds", "n_ages", "n_stations")
    lymph: Int64Array = array("int64", "n_kinds", "n_minutes")
    node: Int64Array = array("int64", "n_kinds")
    dead: Int64Array = array("int64", "n_kinds", "n_causes")
    alive: Int64Array = array("int64", "n_kinds", "n_organs")
    arrested: Int64Array = array("int64", "n_kinds", "n_organs")
    first_bed: Int64Array = array("int64", "n_kinds", "n_organs")
    first_s: Int64Array = array("int64", "n_organs")
    passing: Int64Array = array("int64", "n_frames", "n_places")

    def cells(self, counts: Int64Array) -> Int64Array:
        """Count the cells in counts of singles and clusters, which are the first axis."""
        return np.asarray(counts[0] + self.cluster_size * counts[1])

    def total(self, counts: Int64Array) -> int:
        """Count all cells in counts of singles and clusters."""
        singles, clusters = counts.reshape(2, -1).sum(1).tolist()
        return int(singles + self.cluster_size * clusters)

    @property
    def ledger(self) -> Ledger:
        """Every cell, in exactly one place."""
        here = {"blood": self.blood, "lymph": self.lymph, "sentinel node": self.node}
        now = {f"in {where}": self.total(n) for where, n in here.items()}
        now |= {"held alive": self.total(self.alive)}
        now |= {f"dead, {cause}": int(n) for cause, n in zip(CAUSES, self.cells(self.dead), strict=True)}
        return Ledger(came={"left the tumor": self.came}, now=now)

    def check(self) -> None:
        """Check that the numbers make sense together.

        Raises
        ------
        ValueError
            If a count is negative, or the ledger does not add up.
        """
        super().check()
        low = min(int(getattr(self, f.name).min(initial=0)) for f in self.array_fields() if f.name != "first_s")
        if low < 0 or self.ledger.missing:
            raise ValueError(f"counts of cells: {low} is the least, {self.ledger.missing} are missing")


def start(params: CirculationParams, inflow: Clusters | None, rng: np.random.Generator) -> CirculationState:
    """Let the first cells into veins or lymph.

    What flows in has entered vessels over days, in a piece of tissue; here it is let go at once, from all such pieces.
    """
    size, n, empty = params.cluster_size, len(ORGANS), ring.make_zeros
    blood, lymph = empty(2, 2, len(ring.STATIONS)), empty(2, ring.NODE_MIN + ring.DUCT_MIN)
    if inflow is None:
        total = int(float(params.released))
        new = ring.split_into_clusters(total, int(rng.binomial(total, params.cluster_share)), size)
        ring.leave_tumor(blood, lymph, new, params.origin, WAYS[params.route], rng)
    else:  # clusters of many sizes become as many cells in clusters of one size, and a few singles
        late, soon = (inflow.sizes[inflow.by_lymph == through].astype(np.int64) for through in (True, False))
        each = inflow.context.each
        came_by_lymph, new = (
            ring.split_into_clusters(each * int(s.sum()), each * int(s[s > 1].sum()), size) for s in (late, soon)
        )
        ring.enter_veins(blood, new, params.origin, rng)
        blood[:, 0, ring.GREAT] += came_by_lymph
        new = new + came_by_lymph
    return CirculationState(
        origin=params.origin, came=int(new[0] + size * new[1]), cluster_size=size, tumor_mass=params.tumor_mass,
        capture=params.capture, half_life=params.half_life, blood=blood, lymph=lymph, node=empty(2),
        dead=empty(2, len(CAUSES)), alive=empty(2, n), arrested=empty(2, n), first_bed=empty(2, n),
        first_s=np.full(n, -1), passing=empty(7, 2),
        context=Context() if inflow is None else inflow.context.replace(each=1),
    )  # fmt: skip


@lru_cache(maxsize=64)
def compute_death_chances(params: CirculationParams) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute the chances of a frame, each cause and then survival: afloat, shape (4,), and held, shape (2, 1, 4)."""
    day = np.log(1 / HELD_LEFT) - np.array([[0.0], [np.log(params.cluster_advantage)]])
    held = ring.compute_competing_risks(day / DAY_H * FRAME_SECONDS / 3600, params.hazards)
    return ring.compute_competing_risks(
        np.array(np.log(2) / params.half_life * FRAME_SECONDS / 3600), params.hazards
    ), held


def advance(state: CirculationState, params: CirculationParams, rng: np.random.Generator) -> CirculationState:
    """Seven seconds: some die, all others go one station further, and the beds hold some of them."""
    afloat, held = compute_death_chances(params)
    time_s, dead, came = state.time_s + FRAME_SECONDS, state.dead, state.came
    blood, alive, lymph, node = state.blood, state.alive, state.lymph, state.node
    if blood.any():
        fate = rng.multinomial(blood, afloat)
        blood, dead = fate[..., 3], dead + fate[..., :3].sum((1, 2))
    if alive.any():
        fate = rng.multinomial(alive, held)
        alive, dead = fate[..., 3], dead + fate[..., :3].sum(1)
    arrested, first_bed, first_s = state.arrested, state.first_bed, state.first_s
    if blood.any():
        blood, caught = ring.step_blood(blood, params.capture, rng)
        n = caught.sum(1)
        alive, arrested, first_bed = alive + n, arrested + n, first_bed + caught[:, 0]
        first_s = np.where((first_s < 0) & n.any(0), round(time_s), first_s)
    if time_s // 60 > state.time_s // 60 and lymph.any():
        blood = blood.copy()
        lymph, node = ring.step_lymph(lymph, blood, node, params.node_filter, rng)
    if params.tumor_mass:
        shed = SHED_PER_G * params.tumor_mass * FRAME_SECONDS / 86400
        parts = np.array([1 - params.cluster_share, params.cluster_share / state.cluster_size])
        blood, lymph = blood.copy(), lymph.copy()
        new = rng.poisson(shed * parts)
        ring.leave_tumor(blood, lymph, new, params.origin, WAYS[params.route], rng)
        came += state.total(new)
    drawn = state.cells(blood)
    now = [[int(drawn[:, ring.ARTERIES].sum()), int(drawn[1, ring.SMALL])]]
    return state.replace(
        time_s=time_s, came=came, blood=blood, lymph=lymph, node=node, dead=dead, alive=alive, arrested=arrested,
        first_bed=first_bed, first_s=first_s, passing=np.concatenate([now, state.passing[:-1]]),
        tumor_mass=params.tumor_mass, capture=params.capture, half_life=params.half_life,
    )  # fmt: skip


def outflow(state: CirculationState) -> Arrested:
    """Give the living cells that each organ holds."""
    singles, clusters = (
        {organ: int(n) for organ, n in zip(ORGANS, counts, strict=True) if n} for counts in state.alive
    )
    return Arrested(singles, clusters, state.cluster_size, context=state.onward)


def measure(state: CirculationState) -> dict[str, float]:
    """Measure one frame.

    Returns
    -------
    dict
        ``ctc_per_7_5_ml`` is in arterial blood, ``arm_vein_per_7_5_ml`` past one more bed, over a circuit. Shares
        of the first bed and of organs are of all that were held. ``first_lung_h``, ``first_liver_h`` and
        ``first_brain_h`` are NaN until a cell is held there, ``cluster_fold`` until clusters and singles were held and
        some live: how many times the share of clusters still alive is that of singles.
    """
    by_organ, blood, total = state.cells(state.arrested), state.cells(state.blood), state.total
    first, (singles, clusters) = state.cells(state.first_bed), state.arrested.sum(1).tolist()
    alone, together = state.alive.sum(1).tolist()
    held, firsts, afloat = max(1, int(by_organ.sum())), max(1, int(first.sum())), int(blood.sum())
    dead = [int(n) for n in state.cells(state.dead)]
    when = {name: int(state.first_s[i]) / 3600 for name, i in (("lung", LUNG), ("liver", LIVER), ("brain", BRAIN))}
    return {
        "time_s": state.time_s,
        "released_cells": state.came,
        "blood_cells": afloat,
        "lymph_cells": total(state.lymph),
        "node_cells": total(state.node),
        "arrested_alive_cells": total(state.alive),
        "dead_cells": sum(dead),
        **{f"dead_{cause}_cells": n for cause, n in zip(CAUSES, dead, strict=True)},
        "afloat_percent": 100 * afloat / max(1, state.came),
        "arrested_cells": int(by_organ.sum()),
        "first_bed_liver_share": int(first[LIVER]) / firsts,
        "first_bed_lung_share": int(first[LUNG]) / firsts,
        "arrested_liver_share": int(by_organ[LIVER]) / held,
        "arrested_lung_share": int(by_organ[LUNG]) / held,
        "organs_reached": int(np.count_nonzero(by_organ)),
        "ctc_per_7_5_ml": ring.compute_per_sample(state.passing[:, 0], 7),
        "arm_vein_per_7_5_ml": ring.compute_per_sample(state.passing[:, 1], 7 * ring.BESIDE_GUT),
        "cluster_fold": together / clusters / (alone / singles) if clusters and alone else float("nan"),
        **{f"first_{name}_h": t if t >= 0 else float("nan") for name, t in when.items()},
    }
