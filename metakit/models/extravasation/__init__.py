"""Extravasation: cells come into a capillary bed, stop there or pass, and get out of the vessel, or not.

How far down a cell gets is told by `bed`: a tube too narrow stops it (wedged), the wall holds it
(rolling), or it passes. That takes seconds, less than a frame. What comes after takes hours and days; in a frame of
length dt each event happens with probability 1 - exp(-rate dt)::

    rolling, wedged -> stuck        2 a per hour             a adhesion, from 0 to 1
    rolling -> torn off             0.3 tau/15 per hour      tau shear stress at the wall (dyn/cm2)
    wedged -> pushed on             0.02 tau/15 per hour
    stuck -> torn off               0.1 (1 - a) (tau/15)^2 per day
    stuck -> crossing               k_x per day, and six hours later the cell is out
    rolling, wedged, stuck -> dead  k_d per day

What is torn off or pushed on goes down the rest of the tree. k_x is set so that 0.80 of the cells that come are out
on day 3 (`luzzi1998`); the other rates are illustrative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from metakit.core.arrays import Array, Int64Array, as_index
from metakit.core.events import Event
from metakit.core.handoff import Arrested, Clusters, Context
from metakit.core.params import Params, Value, param
from metakit.core.state import Ledger, State, array
from metakit.core.touch import Place, Touch
from metakit.models.extravasation import bed
from metakit.models.extravasation.bed import (
    AHEAD,
    CROSSING,
    DEAD,
    GONE,
    LODGED,
    OUTSIDE,
    PASSED,
    PLACES,
    ROLLING,
    STUCK,
)
from metakit.models.extravasation.geometry import draw_stops, find_vessel, pack_clusters, wander

ANSWERS = "live"
FRAME_SECONDS = 900.0  # a quarter of an hour
FRAME_H = FRAME_SECONDS / 3600
TAKES, GIVES = (Arrested, Clusters), Clusters
USUAL_S = 3 * 86400.0
WHERE = "one bed of capillaries"
GATE = ("outside", "cells out of the vessel")
EVENTS = (
    Event("first cell stops", "stopped", above=0),
    Event("first cell crosses the wall", "crossing", above=0),
    Event("first cell outside", "first_out_h"),
    Event("first cell dies", "dead", above=0),
)
TOUCHES = (
    Touch("narrow", "Narrow a vessel", "makes the vessel here a fifth narrower (illustrative)"),
    Touch("widen", "Widen a vessel", "makes the vessel here a quarter wider (illustrative)"),
)
NARROWER, REACH_UM, WIDTHS_UM = 0.8, 15.0, (2.0, 60.0)  # and how far from its wall a hand finds a vessel: illustrative
WIDTH_SPREAD = 0.06  # of vessels of one level
MOST_CELLS = 1000
MOVING = ("where", "since_s", "vessel", "along", "across_um", "stop_vessel", "by_size")


@dataclass(frozen=True)
class ExtravasationParams(Params):
    """What comes into the bed, what holds it there, and what happens then."""

    FORMER: ClassVar[Mapping[str, str]] = {"defense": "death_rate"}
    FIRST: ClassVar[tuple[str, ...]] = ("cell_diameter", "stiffness", "adhesion", "cluster_size")
    PRESETS: ClassVar[Mapping[str, Mapping[str, Value]]] = {
        "science": {},
        "prostate": {"cell_diameter": 10.3},
        "bladder": {"cell_diameter": 8.6},
        "colorectal": {"cell_diameter": 7.5},
        "cultured line": {"cell_diameter": 19.5},
        "small, not sticky": {"cell_diameter": 7.5, "stiffness": 0.3, "adhesion": 0.0},
        "wedged, not sticky": {"adhesion": 0.0},
        "soft clusters": {"cluster_size": 20, "stiffness": 0.0, "adhesion": 0.05, "capillary_diameter": 7.0},
        "stiff clusters": {"cluster_size": 20, "stiffness": 1.0, "adhesion": 0.05, "capillary_diameter": 7.0},
        "strong shear": {"shear": 60.0},
    }
    PRESET_NOTES: ClassVar[Mapping[str, str]] = {
        "science": "tumor cells as in the blood of breast cancer patients, 12.4 µm",
        "prostate": "as in the blood of prostate cancer patients",
        "bladder": "as in the blood of bladder cancer patients",
        "colorectal": "as in the blood of colorectal cancer patients, smaller than a capillary",
        "cultured line": "cells from a dish, 18 to 21 µm: what most experiments inject",
        "small, not sticky": "smaller than every vessel, and nothing holds on to the wall",
        "wedged, not sticky": "too large for most capillaries, but without grip",
        "soft clusters": "groups of 20 against capillaries of 7 µm: single file",
        "stiff clusters": "the same groups, as hard balls",
        "strong shear": "blood pulls four times as hard",
    }

    adhesion: float = param(
        0.5, 0, 1, step=0.05, unit="share", symbol="a", doc="how well cells hold on to the vessel wall",
        source="illustrative",
    )  # fmt: skip
    cell_diameter: float = param(
        12.4, 4, 24, step=0.1, unit="µm", symbol="D", doc="median diameter of the cells that come",
        source="mendelaar2021", at_start=True,
    )  # fmt: skip
    stiffness: float = param(
        0.6, 0, 1, step=0.05, unit="share", symbol="s", doc="0 as soft as the nucleus allows, 1 a hard ball",
        source="illustrative", at_start=True,
    )  # fmt: skip
    cluster_size: int = param(
        1, 1, 20, step=1, unit="cells", symbol="n", doc="cells that come together, as one cluster",
        source="au2016", at_start=True,
    )  # fmt: skip
    crossing_rate: float = param(
        1.3, 0, 5, step=0.05, unit="per day", symbol="k_x", doc="stuck cells that begin to cross the wall",
        source="luzzi1998",
    )  # fmt: skip
    shear: float = param(
        bed.USUAL_SHEAR, 1, 60, step=1, unit="dyn/cm²", symbol="tau", doc="how hard the blood pulls at the wall",
        source="wirtz2011",
    )  # fmt: skip
    death_rate: float = param(
        0.1, 0, 5, step=0.05, unit="per day", symbol="k_d", doc="cells in the vessel that die or are killed",
        source="illustrative",
    )  # fmt: skip
    capillary_diameter: float = param(
        8.0, 3, 10, step=0.5, unit="µm", symbol="d_c", doc="width of a capillary at its narrowest spot",
        source="bionumbers", at_start=True,
    )  # fmt: skip
    cells: int = param(
        120, 10, 500, step=10, unit="cells", doc="cells that come in all", source="illustrative", at_start=True
    )
    arrival: float = param(
        6.0, 0.5, 24, step=0.5, unit="h", doc="the hours over which they come", source="illustrative", at_start=True
    )
    diameter_spread: float = param(
        0.12, 0, 0.4, step=0.01, unit="share", doc="how much cells differ in diameter", source="illustrative",
        at_start=True,
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class ExtravasationState(State):
    """Every cell of the bed, cells of a cluster side by side, and the bed itself.

    Attributes
    ----------
    cluster, arrives_s : array
        Which cluster a cell comes in, from 0 up and sorted; and when.
    diameter_um, need_um : array
        Of the cell; and the narrowest tube that its cluster passes.
    where : array
        One of AHEAD ... GONE, since the time ``since_s``.
    vessel, along, across_um : array
        Vessel, how far along it from 0 to 1, and distance from its center line.
    stop_vessel, by_size : array
        Where it stopped first, -1 if it has not; and whether the vessel was too narrow.
    width_um, stops : array
        Of each vessel: its width, and how often something has stopped there.
    """

    cluster: Int64Array = array("int64", "n_cells")
    arrives_s: Array = array("float64", "n_cells")
    diameter_um: Array = array("float64", "n_cells")
    need_um: Array = array("float64", "n_cells")
    where: Int64Array = array("int64", "n_cells")
    since_s: Array = array("float64", "n_cells")
    vessel: Int64Array = array("int64", "n_cells")
    along: Array = array("float64", "n_cells")
    across_um: Array = array("float64", "n_cells")
    stop_vessel: Int64Array = array("int64", "n_cells")
    by_size: NDArray[np.bool_] = array("bool", "n_cells")
    width_um: Array = array("float64", "n_vessels")
    stops: Int64Array = array("int64", "n_vessels")
    capillary_um: float = 8.0
    stiffness: float = 0.0

    @property
    def counts(self) -> dict[str, int]:
        """Cells in each of `PLACES`."""
        n = np.bincount(as_index(self.where), minlength=len(PLACES))
        return {place: int(k) for place, k in zip(PLACES, n, strict=True)}

    @property
    def ledger(self) -> Ledger:
        """Every cell that has set out for this bed, and where it is now."""
        return Ledger(came={"started": len(self.where)}, now=self.counts)


def start(
    params: ExtravasationParams, inflow: Arrested | Clusters | None, rng: np.random.Generator
) -> ExtravasationState:
    """Lay out the bed; cells are still to come. What flows in comes instead of the cells of the knobs.

    Raises
    ------
    ValueError
        If more flows in than one bed takes.
    """
    context = Context()
    if inflow is None:
        sizes = np.full(-(-params.cells // params.cluster_size), params.cluster_size)
        sizes[-1] -= sizes.sum() - params.cells
    elif isinstance(inflow, Clusters):
        sizes, context = inflow.sizes.astype(np.int64), inflow.context
    else:
        sizes, context = _draw_sample(inflow, params.cells)
    n = int(sizes.sum())
    if n > MOST_CELLS:
        raise ValueError(f"inflow holds {n:,} cells; one bed takes at most {MOST_CELLS:,}: give a part of the clusters")
    cluster = np.repeat(np.arange(len(sizes)), as_index(sizes))
    diameter = params.cell_diameter * np.exp(params.diameter_spread * rng.normal(size=n))
    widest = np.maximum.reduceat(diameter, as_index(np.cumsum(sizes) - sizes)) if n else diameter
    need = bed.need_um(widest, params.stiffness, sizes)
    width = bed.murray_um(params.capillary_diameter)[bed.level_of(np.arange(bed.N_VESSELS))]
    return ExtravasationState(
        cluster=cluster, diameter_um=diameter, need_um=need[cluster], where=np.full(n, AHEAD), since_s=np.zeros(n),
        arrives_s=np.sort(3600 * params.arrival * rng.random(len(sizes)))[cluster], vessel=np.zeros(n, np.int64),
        along=np.zeros(n), across_um=np.zeros(n), stop_vessel=np.full(n, -1), by_size=np.zeros(n, bool),
        width_um=width * np.exp(WIDTH_SPREAD * rng.normal(size=len(width))), stops=np.zeros(len(width), np.int64),
        capillary_um=params.capillary_diameter, stiffness=params.stiffness, context=context,
    )  # fmt: skip


def _draw_sample(arrested: Arrested, most: int) -> tuple[Int64Array, Context]:
    """Take a sample of at most so many cells from the organ that holds most: sizes of clusters, and the context.

    Each cell of the sample stands for the same number of cells, so that a few are left over.
    """
    by_organ, size, before = arrested.by_organ, arrested.cluster_size, arrested.context
    organ = max(sorted(by_organ), key=by_organ.__getitem__, default="")
    held = by_organ.get(organ, 0)
    each = max(1, -(-held // most))
    singles, clusters = arrested.singles.get(organ, 0) // each, arrested.clusters.get(organ, 0) // each
    sizes = np.repeat(np.array([1, size]), [singles, clusters])
    rest = {"held in other organs": arrested.n_cells - held, "held in other beds": held - each * int(sizes.sum())}
    left = {where: before.each * n for where, n in rest.items() if n}
    return sizes, before.replace(each=before.each * each, organ=organ, left=left)


def advance(state: ExtravasationState, params: ExtravasationParams, rng: np.random.Generator) -> ExtravasationState:
    """Return the bed a quarter of an hour later."""
    now_s = state.time_s + FRAME_SECONDS
    rates = bed.compute_rates_per_h(params.adhesion, params.shear, params.crossing_rate, params.death_rate)
    event = bed.draw_events(rates[state.where], FRAME_H, rng)
    where = state.where.copy()
    where[(event == 0) & (state.where < STUCK)] = STUCK
    where[(event == 0) & (state.where == STUCK)] = CROSSING
    where[event == 2] = DEAD
    where[(state.where == CROSSING) & (now_s - state.since_s >= 3600 * bed.CROSSING_H)] = OUTSIDE
    changed, width = where != state.where, state.width_um[state.vessel]
    along, across = wander(
        where, changed, state.vessel, state.along, state.across_um, state.diameter_um, width, FRAME_H, rng
    )
    after = state.replace(
        where=where, since_s=np.where(changed, now_s, state.since_s), time_s=now_s, along=along, across_um=across
    )
    torn, come = event == 1, (state.where == AHEAD) & (state.arrives_s <= now_s)
    if torn.any():
        after = _downstream(after, np.flatnonzero(torn), params, rng, again=True)
    if come.any():
        after = _downstream(after, np.flatnonzero(come), params, rng, again=False)
    return after


def _downstream(
    state: ExtravasationState, who: Int64Array, params: ExtravasationParams, rng: np.random.Generator,
    *, again: bool,
) -> ExtravasationState:  # fmt: skip
    """Let clusters that come, or single cells that were torn off (again), go down the tree until they stop or pass."""
    # A cluster goes as one: its first cell stands for it.
    group = np.arange(len(who)) if again else np.unique(state.cluster[who], return_inverse=True)[1]
    first = who[np.unique(group, return_index=True)[1]]
    size = np.bincount(group)
    need, hold = state.need_um[first], bed.WALL_HOLD * params.adhesion * bed.USUAL_SHEAR / params.shear
    vessel, how, going = np.zeros(len(first), np.int64), np.full(len(first), PASSED), np.ones(len(first), bool)
    if again:
        need, going = (
            bed.need_um(state.diameter_um[first], state.stiffness, size),
            state.vessel[first] < bed.FIRST_CAPILLARY,
        )
        vessel = np.where(going, bed.draw_branch(state.vessel[first], rng), state.vessel[first])
    vessel[going], how[going] = bed.descend(
        vessel[going], need[going], state.diameter_um[first][going], state.width_um, hold, rng
    )
    stopped = how != PASSED
    along = draw_stops(state.stops, vessel)
    cells = {name: np.array(getattr(state, name)) for name in MOVING}
    cells["where"][who] = np.array([GONE, ROLLING, LODGED])[how][group]
    cells["since_s"][who], cells["vessel"][who] = state.time_s, vessel[group]
    width, diameter = state.width_um[vessel][group], state.diameter_um[who]
    cells["along"][who], across = pack_clusters(group, diameter, vessel[group], width, along[group])
    beside = (how == bed.HELD)[group] & (size[group] == 1)  # a single cell rolls along one side
    across[beside] += (rng.choice((-1.0, 1.0), len(who)) * np.maximum(width - diameter, 0) / 2)[beside]
    cells["across_um"][who] = across
    news = who[(stopped[group]) & (state.stop_vessel[who] < 0)]
    cells["stop_vessel"][news] = cells["vessel"][news]
    cells["by_size"][news] = cells["where"][news] == LODGED
    stops = state.stops + np.bincount(as_index(vessel[stopped]), minlength=bed.N_VESSELS)
    return state.replace(**cells, stops=stops)


def touch(state: ExtravasationState, params: ExtravasationParams, kind: str, at: Place) -> ExtravasationState:
    """Narrow or widen the vessel at a place.

    Parameters
    ----------
    state : ExtravasationState
        The frame.
    params : ExtravasationParams
        In force.
    kind : str
        One of `TOUCHES`.
    at : (float, float)
        µm from the left of the bed, and from its top.

    Returns
    -------
    ExtravasationState
        The same frame, touched.

    Raises
    ------
    ValueError
        If there is no vessel, or it would be narrower or wider than is possible.
    """
    vessel, away_um = find_vessel(at, state.width_um)
    if away_um > REACH_UM:
        raise ValueError(f"there is no vessel within {REACH_UM:.0f} µm of {at[0]:.0f}, {at[1]:.0f} µm")
    times, (low, high) = NARROWER if kind == "narrow" else 1 / NARROWER, WIDTHS_UM
    wide = float(state.width_um[vessel] * times)
    if not low <= wide <= high:
        raise ValueError(f"this vessel would be {wide:.1f} µm wide; {low:.0f} to {high:.0f} µm is possible")
    this = np.arange(bed.N_VESSELS) == vessel
    inside = (state.vessel == vessel) & (state.where >= ROLLING) & (state.where <= STUCK)
    return state.replace(
        width_um=np.where(this, wide, state.width_um),
        across_um=np.where(inside, times * state.across_um, state.across_um),  # with the wall that they lie at
    )


def outflow(state: ExtravasationState) -> Clusters:
    """Give the cells that are out of the vessel, each by itself, in the order in which they came out."""
    out_h = np.sort(state.since_s[state.where == OUTSIDE]) / 3600
    return Clusters(np.ones(len(out_h), np.int32), np.zeros(len(out_h), np.int32), out_h, context=state.onward)


def measure(state: ExtravasationState) -> dict[str, float]:
    """Measure one frame.

    Returns
    -------
    dict
        ``out_share`` and ``stopped_share`` are of the cells that have come so far. ``stop_width_um`` is the mean
        width of the vessels in which cells stopped first, NaN until one has; ``first_out_h`` is NaN until the first
        cell is out.
    """
    n, stopped = state.counts, state.stop_vessel >= 0
    out, come = state.where == OUTSIDE, len(state.where) - n[PLACES[AHEAD]]
    return {
        "time_h": state.time_h,
        "cells": come,
        "stopped": int(stopped.sum()),
        "stopped_by_size": int(state.by_size.sum()),
        "stopped_by_wall": int(stopped.sum() - state.by_size.sum()),
        "rolling": n["rolling"],
        "wedged": n["wedged"],
        "stuck": n["stuck"],
        "in_vessel": n["rolling"] + n["wedged"] + n["stuck"],
        "crossing": n["crossing the wall"],
        "outside": n["outside the vessel"],
        "dead": n["dead in the vessel"],
        "carried_on": n["carried on by the blood"],
        "stopped_share": float(stopped.sum() / max(1, come)),
        "out_share": float(out.sum() / max(1, come)),
        "stop_width_um": float(state.width_um[state.stop_vessel[stopped]].mean()) if stopped.any() else float("nan"),
        "first_out_h": float(state.since_s[out].min() / 3600) if out.any() else float("nan"),
    }
