"""Motility: single cells off the grid, crawling by a cycle of push, grip, pull and let go.

The walk of `persistent_walk` (polarity u, persistence P, alignment c), at a speed that depends on cell and place::

    dx = (S u + Phi grad w) f dt                              w = 1/2 + g x, between 0 and 1
    f  = push grip pull let_go 4 a (1 - a) room               room = (A - 7 um2)/(70 um2 - 7 um2), between 0 and 1

S speed (um/h), Phi haptotaxis (um2/h), w density of the ECM, g its slope (per mm), a adhesion, A cross-section of a
pore (um2), wider by what MMP opens. Speed falls linearly with the pore and ends at 7 um2, a tenth of the nucleus
(Wolf 2013); most speed at middle adhesion is a finding (Palecek 1997), the parabola is illustrative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from metakit.core.arrays import Array
from metakit.core.constants import constant
from metakit.core.events import Event
from metakit.core.params import Params, Value, from_table, param
from metakit.core.state import Ledger, State, array
from metakit.models.motility.persistent_walk import (
    compute_msd_um2,
    compute_nearest_um,
    compute_order_parameter,
    compute_stream_heading,
    walk_step,
)

ANSWERS = "live"
USUAL_S = 86400.0
EVENTS = (
    Event("a cell is 50 µm away", "farthest_um", above=50),
    Event("a cell is 100 µm away", "farthest_um", above=100),
    Event("a cell is 200 µm away", "farthest_um", above=200),
)
FRAME_SECONDS = 180.0
FRAME_H = FRAME_SECONDS / 3600
STOP_UM2, NUCLEUS_UM2 = constant("pore_limit").value, constant("nucleus_section").value
SPACING_UM = 14.0  # illustrative: a start with one cell in 616 um2
TRACK_FRAMES, TRACK_KEPT = 4, 60  # a place every 12 minutes, over 12 hours
SWITCHES = ("push", "grip", "pull", "let_go")


@dataclass(frozen=True)
class MotilityParams(Params):
    """How a cell crawls, and through what."""

    FIRST: ClassVar[tuple[str, ...]] = ("speed", "persistence", "pore_area", "ecm_slope")
    PRESETS: ClassVar[Mapping[str, Mapping[str, Value]]] = {
        "science": {},
        "no push": {"push": False},
        "no grip": {"grip": False},
        "no pull": {"pull": False},
        "no letting go": {"let_go": False},
        "ECM slope": {"ecm_slope": 1.0, "haptotaxis": 3000.0},
        "tight pores": {"pore_area": 5.0},
        "tight pores + MMP": {"pore_area": 5.0, "mmp": True},
        "collective stream": {"alignment": 0.9},
        "most stay": {"start_mesenchymal": 0.2},
    }
    PRESET_NOTES: ClassVar[Mapping[str, str]] = {
        "science": "every cell by itself, on an even matrix with wide pores",
        "no push": "no new actin at the front",
        "no grip": "nothing holds on to the matrix",
        "no pull": "no myosin pulls the body after",
        "no letting go": "the rear never lets go of the matrix",
        "ECM slope": "the matrix is denser to the right, and cells feel it strongly",
        "tight pores": "pores smaller than a tenth of the nucleus, no MMP",
        "tight pores + MMP": "the same pores, but cells cut",
        "collective stream": "cells take over the heading of their neighbors",
        "most stay": "one cell in five crawls, as in many tumors",
    }

    speed: float = param(
        30.0, 0, 60, step=1, unit="µm/h", symbol="S", doc="root mean square speed of a free cell", source="illustrative"
    )
    persistence: float = param(
        0.5, 0.1, 4, step=0.1, unit="h", symbol="P", doc="how long a cell keeps its heading", source="illustrative"
    )
    push: bool = param(True, symbol="push", doc="actin grows and pushes the front out", source="illustrative")
    grip: bool = param(True, symbol="grip", doc="the front holds on to the matrix", source="illustrative")
    pull: bool = param(True, symbol="pull", doc="myosin pulls the body after the front", source="illustrative")
    let_go: bool = param(True, symbol="let_go", doc="the rear lets go of the matrix", source="illustrative")
    adhesion: float = param(
        0.5, 0, 1, step=0.05, unit="share", symbol="a", doc="how much a cell holds on: slips at 0, stuck at 1",
        source="palecek1997",
    )  # fmt: skip
    pore_area: float = from_table("nucleus_section", 1, 100, step=1, doc="cross-section of the gaps in the matrix")
    mmp: bool = param(False, doc="cells cut the matrix in front of them", source="wolf2013")
    mmp_opening: float = param(
        30.0, 0, 60, step=5, unit="µm²", doc="how much wider MMP makes a pore", source="illustrative"
    )
    ecm_slope: float = param(
        0.0, 0, 2, step=0.1, unit="per mm", symbol="g", doc="how fast the matrix gets denser to the right",
        source="illustrative",
    )  # fmt: skip
    haptotaxis: float = from_table("haptotaxis", 0, 6000, step=20, doc="how strongly cells drift to denser matrix")
    alignment: float = param(
        0.0, 0, 0.95, step=0.05, unit="share", symbol="c", doc="how much of its neighbors' heading a cell takes over",
        source="illustrative",
    )  # fmt: skip
    cells: int = param(
        200, 1, 500, step=1, unit="cells", doc="cells at the start", source="illustrative", at_start=True
    )
    start_mesenchymal: float = param(
        1.0, 0, 1, step=0.05, unit="share", doc="share of the cells that crawl", source="illustrative", at_start=True
    )

    @property
    def room(self) -> float:
        """Share of its speed that the pores leave to a cell."""
        pore = self.pore_area + (self.mmp_opening if self.mmp else 0.0)
        return min(max((pore - STOP_UM2) / (NUCLEUS_UM2 - STOP_UM2), 0.0), 1.0)

    @property
    def factor(self) -> float:
        """Share of its free speed that a cell reaches, from 0 to 1."""
        cycle = float(all(getattr(self, name) for name in SWITCHES))
        return cycle * 4 * self.adhesion * (1 - self.adhesion) * self.room


@dataclass(frozen=True, eq=False, kw_only=True)
class MotilityState(State):
    """Where every cell is, was, and heads; places in um, times in h.

    Attributes
    ----------
    polarity : array
        Heading, no unit; its mean square is 1.
    track_um : array
        Places of the last 12 hours, oldest first.
    origin_um, since_s : array, float
        Where and when the mean squared displacement is counted from: the start, or the last moved knob.
    dot_h, dot_um2 : array
        Mean squared displacement after some times, about evenly spaced on a log axis.
    speed_um_per_h, persistence_h, alignment, drift_um_per_h, slope_per_mm, pore_um2, held_by, cuts
        What the knobs came to in this frame.
    tunnel_um : float
        How much matrix a crawling cell has cut so far, on average.
    """

    FORMER: ClassVar[Mapping[str, str]] = {"order": "order_parameter"}

    place_um: Array = array("float64", "n_cells", "xy")
    polarity: Array = array("float64", "n_cells", "xy")
    crawls: np.ndarray = array("bool", "n_cells")
    start_um: Array = array("float64", "n_cells", "xy")
    origin_um: Array = array("float64", "n_cells", "xy")
    track_um: np.ndarray = array("float32", "n_kept", "n_cells", "xy")
    dot_h: Array = array("float64", "n_dots")
    dot_um2: Array = array("float64", "n_dots")
    since_s: float = 0.0
    speed_um_per_h: float = 0.0
    persistence_h: float = 1.0
    alignment: float = 0.0
    drift_um_per_h: float = 0.0
    slope_per_mm: float = 0.0
    pore_um2: float = 0.0
    held_by: str = ""
    cuts: bool = False
    tunnel_um: float = 0.0

    @property
    def ledger(self) -> Ledger:
        """Cells that crawl, and cells that never do."""
        crawling = int(self.crawls.sum())
        n = len(self.crawls)
        return Ledger(came={"started": n}, now={"mesenchymal": crawling, "epithelial, staying": n - crawling})


def start(params: MotilityParams, inflow: None, rng: np.random.Generator) -> MotilityState:
    """Scatter cells over a disc, headings at random; nothing flows in."""
    n = params.cells
    turn, radius = np.arange(n) * np.pi * (3 - 5**0.5), SPACING_UM * np.sqrt(np.arange(n) + 0.5)  # a sunflower's seeds
    place = np.stack([radius * np.cos(turn), radius * np.sin(turn)], 1) + rng.normal(0, SPACING_UM / 4, (n, 2))
    crawls = rng.permutation(n) < round(params.start_mesenchymal * n)
    return MotilityState(
        place_um=place, polarity=rng.normal(0, 0.5**0.5, (n, 2)), crawls=crawls, start_um=place, origin_um=place,
        track_um=place[None].astype(np.float32), dot_h=np.empty(0), dot_um2=np.empty(0), **_settings(params),
    )  # fmt: skip


def _settings(params: MotilityParams) -> dict[str, Any]:
    held = [name.replace("_", " ") for name in SWITCHES if not getattr(params, name)]
    held += ["pores"] * (params.room == 0) + ["adhesion"] * (params.adhesion in (0, 1))
    return {
        "speed_um_per_h": params.speed * params.factor, "persistence_h": params.persistence,
        "alignment": params.alignment, "slope_per_mm": params.ecm_slope, "pore_um2": params.pore_area,
        "drift_um_per_h": params.haptotaxis * params.ecm_slope / 1000 * params.factor,
        "held_by": held[0] if held else "", "cuts": params.mmp and params.pore_area < NUCLEUS_UM2,
    }  # fmt: skip


def ecm(x_um: Array, slope_per_mm: float) -> Array:
    """Compute the density of the matrix at a place.

    Parameters
    ----------
    x_um : float array
        Place along the slope, µm.
    slope_per_mm : float
        How much denser it is a millimeter on.

    Returns
    -------
    float array, shape of `x_um`
        From 0 to 1.
    """
    return np.clip(0.5 + slope_per_mm / 1000 * x_um, 0.0, 1.0)


def advance(state: MotilityState, params: MotilityParams, rng: np.random.Generator) -> MotilityState:
    """Return the cells three minutes later."""
    now, z = _settings(params), rng.normal(size=(2, *state.place_um.shape))
    mean = params.alignment * compute_stream_heading(state.place_um, state.polarity) if params.alignment else 0.0
    polarity, walk = walk_step(state.polarity, mean, params.alignment, FRAME_H, params.persistence, z)
    step = params.speed * params.factor * walk
    density = ecm(state.place_um[:, 0], params.ecm_slope)
    step[:, 0] += now["drift_um_per_h"] * FRAME_H * ((density > 0) & (density < 1))
    step *= state.crawls[:, None]
    cut = float(np.hypot(*step[state.crawls].T).mean()) if now["cuts"] and state.crawls.any() else 0.0
    place, time_s = state.place_um + step, state.time_s + FRAME_SECONDS
    track = state.track_um
    if round(time_s / FRAME_SECONDS) % TRACK_FRAMES == 0:
        track = np.concatenate([track[-TRACK_KEPT + 1 :], place[None].astype(np.float32)])
    after = state.replace(
        place_um=place, polarity=polarity, track_um=track, time_s=time_s, tunnel_um=state.tunnel_um + cut, **now
    )
    return _count(after, moved=any(getattr(state, name) != now[name] for name in now))


def _count(state: MotilityState, *, moved: bool) -> MotilityState:
    """Note the mean squared displacement, at times that lie about evenly on a log axis; from anew if a knob moved."""
    if moved:
        state = state.replace(origin_um=state.place_um, since_s=state.time_s, dot_h=np.empty(0), dot_um2=np.empty(0))
        return state
    t_h = (state.time_s - state.since_s) / 3600
    if len(state.dot_h) and t_h < 1.15 * state.dot_h[-1]:
        return state
    squares = np.square(state.place_um - state.origin_um).sum(1)[state.crawls]
    msd = float(squares.mean()) if len(squares) else 0.0
    return state.replace(dot_h=np.append(state.dot_h, t_h), dot_um2=np.append(state.dot_um2, msd))


def measure(state: MotilityState) -> dict[str, float]:
    """Measure the crawling cells of one frame.

    Returns
    -------
    dict
        ``mean_shift_um`` is how far their middle has moved, ``rms_displacement_um`` how far a cell has; the fitted
        ``diffusion_um2_per_h`` is the one that lays the law of the random walk through the measured points, the law's
        own is ``law_diffusion_um2_per_h``; ``order_parameter`` is 1 when all head the same way and about 0
        when each has its own.
    """
    c = state.crawls
    away = (state.place_um - state.start_um)[c] if c.any() else np.zeros((1, 2))
    law = compute_msd_um2(state.dot_h, 1.0, state.persistence_h)
    return {
        "time_h": state.time_h,
        "cells": len(c),
        "crawling_cells": int(c.sum()),
        "rms_displacement_um": float(np.square(away).sum(1).mean() ** 0.5),
        "farthest_um": float(np.hypot(*away.T).max()),
        "mean_shift_um": float(np.hypot(*away.mean(0))),
        "uphill_share": float((away[:, 0] > 0).mean()),
        "diffusion_um2_per_h": float((state.dot_um2 / law).mean() * state.persistence_h / 2) if len(law) else 0.0,
        "law_diffusion_um2_per_h": state.speed_um_per_h**2 * state.persistence_h / 2,
        "order_parameter": compute_order_parameter(state.polarity[c]),
        "neighbor_um": compute_nearest_um(state.place_um[c]),
        "tunnel_um": state.tunnel_um,
    }
