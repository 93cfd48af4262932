"""Intravasation: who gets into blood or lymph, alone or in clusters, through whole or torn walls or loose flaps.

The tissue of `metakit.tissue.state`, with vessels. A mesenchymal cell that steps onto a vessel enters it; an epithelial
cell enters only where the wall is torn, or into a lymph vessel. Whoever enters takes along every cell on the vessel's
point and the four points around it, up to 20 cells: one event, one cluster. What enters a lymph vessel goes through
the sentinel node and the thoracic duct before it comes to the blood (equations in `tissue.lymph`). Later, in the
blood, each cell of a cluster lets go with probability p_d, single cells survive with P_S and what remains of a
cluster, whole, with P_C.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from metakit.core.events import Event
from metakit.core.grid import TissueGrid
from metakit.core.handoff import Clusters, Tissue
from metakit.core.params import Value, with_default
from metakit.core.touch import Place, Touch
from metakit.tissue.lymph import DrainedState, NodeParams, drain, make_empty_lymph
from metakit.tissue.params import FRAME_S, STEP_S, STEPS_A_FRAME, TissueParams
from metakit.tissue.state import TISSUE_FIELDS, TissueState, measure_tissue, outside_points, start_tissue
from metakit.tissue.step import advance_tissue
from metakit.tissue.transit import expected_seeds

ANSWERS = "live"
FRAME_SECONDS = FRAME_S
TAKES, GIVES = (Tissue,), Clusters
USUAL_S = 5 * 86400.0
WHERE = "the same 2 mm of tissue, with vessels"
GATE = ("cells_entered", "cells that entered a blood vessel")
EVENTS = (
    Event("entry into a blood vessel", "events"),
    Event("entry into a lymph vessel", "lymph_events"),
    Event("first cell in the node", "first_in_node_h"),
    Event("first cell past the node", "first_past_node_h"),
    Event("new colony in the node", "node_colonies"),
)
TOUCHES = (
    Touch("tear", "Tear a vessel", "tears the wall of the nearest whole blood vessel, up to 60 µm away (illustrative)"),
    Touch("place", "Place a vessel", "puts a blood vessel with a whole wall here"),
)
TEAR_UM, CLEAR_UM, MOST_VESSELS = 60.0, 40.0, 60  # how far a hand reaches; how far vessels are apart: illustrative


@dataclass(frozen=True)
class IntravasationParams(NodeParams, TissueParams):
    """The tissue's parameters, with vessels, and those of lymph; the lamina is behind the tumor by now."""

    FIRST: ClassVar[tuple[str, ...]] = ("normal_vessels", "ruptured_vessels", "lymph_vessels", "start_mesenchymal")
    PRESETS: ClassVar[Mapping[str, Mapping[str, Value]]] = {
        "science": {},
        "whole walls only": {"normal_vessels": 10, "ruptured_vessels": 0},
        "torn walls only": {"normal_vessels": 0, "ruptured_vessels": 10},
        "epithelial only": {"start_mesenchymal": 0.0},
        "no vessels": {"normal_vessels": 0, "ruptured_vessels": 0},
        "blood only": {"lymph_vessels": 10, "lymph_route": False},
        "lymph only": {"lymph_vessels": 10, "blood_route": False},
        "both ways": {"lymph_vessels": 10},
        "no way out": {"lymph_vessels": 10, "blood_route": False, "lymph_route": False},
    }
    PRESET_NOTES: ClassVar[Mapping[str, str]] = {
        "science": "the published model: 8 whole and 2 torn vessels",
        "whole walls only": "ten vessels, none torn",
        "torn walls only": "ten vessels, all torn",
        "epithelial only": "no mesenchymal cell at the start",
        "no vessels": "not one vessel, of either kind",
        "blood only": "ten lymph vessels as well, but cells cannot enter them",
        "lymph only": "the same vessels; cells can enter those of lymph only",
        "both ways": "the same vessels, all of them open",
        "no way out": "the same vessels, all of them shut",
    }

    normal_vessels: int = with_default(TissueParams, "normal_vessels", 8)
    ruptured_vessels: int = with_default(TissueParams, "ruptured_vessels", 2)


@dataclass(frozen=True, eq=False, kw_only=True)
class IntravasationState(DrainedState):
    """The tissue with vessels, what has entered them, and what lymph has done with it."""


def start(params: IntravasationParams, inflow: Tissue | None, rng: np.random.Generator) -> IntravasationState:
    """Make the tissue; with an inflow, go on in that tissue and add vessels to it.

    The cells, fields and lamina of the inflow are taken over; its cells become those started with, and the clock
    starts anew.
    """
    if inflow is None:
        return start_tissue(IntravasationState, params, rng, **make_empty_lymph())
    # Vessels lie in the stroma: where there is a lamina, outside it.
    around = params.replace(lamina=len(inflow.lamina_site) > 0)
    fresh = start_tissue(IntravasationState, around, rng, **make_empty_lymph())
    n = len(inflow.cell_site)
    return fresh.replace(
        **{name: getattr(inflow, name) for name in TISSUE_FIELDS},
        context=inflow.context,
        n_started=n,
        cell_id=np.arange(n, dtype=np.int32),
        cell_line=np.zeros(n, np.int32),
    )


def advance(state: IntravasationState, params: IntravasationParams, rng: np.random.Generator) -> IntravasationState:
    """Return the tissue ten minutes (15 steps) later."""
    return drain(advance_tissue(state, params, rng, STEPS_A_FRAME), params, rng)


def touch(state: IntravasationState, params: IntravasationParams, kind: str, at: Place) -> IntravasationState:
    """Tear the vessel nearest to a place, or place one there.

    Parameters
    ----------
    state : IntravasationState
        The frame.
    params : IntravasationParams
        In force.
    kind : str
        One of `TOUCHES`.
    at : (float, float)
        µm to the right of the center of the tissue, and up from it.

    Returns
    -------
    IntravasationState
        The same frame, touched.

    Raises
    ------
    ValueError
        If the place is outside of the tissue, there is none to tear, or no room for one.
    """
    away, here = state.grid.reach_um(at).ravel(), f"{at[0]:.0f}, {at[1]:.0f} µm"
    if kind == "tear":
        whole = np.flatnonzero(~state.vessel_ruptured)
        whole = whole[away[state.vessel_site[whole]] <= TEAR_UM]
        if not len(whole):
            raise ValueError(f"there is no whole blood vessel within {TEAR_UM:.0f} µm of {here} to tear")
        torn = whole[away[state.vessel_site[whole]].argmin()]
        return state.replace(vessel_ruptured=state.vessel_ruptured | (np.arange(len(state.vessel_site)) == torn))
    site, blood = int(away.argmin()), len(state.vessel_site)
    vessels = np.concatenate([state.vessel_site, state.lymph_site])
    if len(vessels) >= MOST_VESSELS:
        raise ValueError(f"there are {len(vessels)} vessels already; {MOST_VESSELS} is the most that there can be")
    if len(vessels) and away[vessels].min() < CLEAR_UM:
        raise ValueError(f"there is a vessel within {CLEAR_UM:.0f} µm of {here} already; place one farther from it")
    row, column = divmod(site, state.grid.columns)
    inside = len(state.lamina_site) and not outside_points(state.grid.rows)[site]
    if inside or min(row, column, state.grid.rows - 1 - row, state.grid.columns - 1 - column) < 2:
        where = "inside the basal lamina" if inside else "at the edge of the tissue"
        raise ValueError(f"{here} is {where}; a vessel can be placed anywhere else")
    return state.replace(
        vessel_site=np.append(state.vessel_site, np.int32(site)),
        vessel_ruptured=np.append(state.vessel_ruptured, False),
        cluster_vessel=state.cluster_vessel + (state.cluster_vessel >= blood),  # lymph vessels are numbered on from it
    )


def outflow(state: IntravasationState) -> Clusters:
    """Give every cluster that has come to the blood so far, straight or through lymph, in order of time."""
    blood, drained = ~state.cluster_lymph, state.vein_step >= 0
    step = np.concatenate([state.cluster_step[blood], state.vein_step[drained]])
    order = np.argsort(step, kind="stable")
    epithelial = np.concatenate([state.cluster_epithelial[blood], state.node_passed_epithelial[drained]])
    mesenchymal = np.concatenate([state.cluster_mesenchymal[blood], state.node_passed_mesenchymal[drained]])
    by_lymph = np.arange(len(step)) >= blood.sum()
    return Clusters(
        epithelial[order], mesenchymal[order], step[order] * STEP_S / 3600, by_lymph[order], context=state.onward
    )


def measure(state: IntravasationState) -> dict[str, float]:
    """Measure one frame.

    Returns
    -------
    dict
        ``events`` are entries into blood vessels so far, ``lymph_events`` those into lymph vessels;
        ``nearest_vessel_um`` is the mean over cells of the distance to the nearest vessel of either kind, NaN without
        vessels or cells; ``expected_survivors`` is the expected number of clusters, of all that have come to the
        blood, of which at least one cell survives there. ``first_in_node_h`` and ``first_past_node_h`` are NaN until
        the first cell has come to the sentinel node, and through it into the veins.
    """
    lymph = state.cluster_lymph
    all_sizes = state.cluster_epithelial + state.cluster_mesenchymal
    sizes, in_blood = all_sizes[~lymph], outflow(state).sizes
    drained = state.vein_step >= 0
    near = float("nan")
    if len(state.vessel_site) + len(state.lymph_site) and len(state.cell_site):
        near = float(nearest_vessel_um(state)[state.cell_site].mean())
    return {
        **measure_tissue(state),
        "events": len(sizes),
        "cells_entered": int(sizes.sum()),
        "mesenchymal_entered": int(state.cluster_mesenchymal[~lymph].sum()),
        "epithelial_entered": int(state.cluster_epithelial[~lymph].sum()),
        "single_events": int((sizes == 1).sum()),
        "cluster_events": int((sizes > 1).sum()),
        "largest_cluster": int(sizes.max(initial=0)),
        "events_ruptured": int(state.vessel_ruptured[state.cluster_vessel[~lymph]].sum()),
        "expected_survivors": float(expected_seeds(in_blood).sum()) if len(in_blood) else 0.0,
        "nearest_vessel_um": near,
        "lymph_events": int(lymph.sum()),
        "lymph_cells": int(all_sizes[lymph].sum()),
        "node_held": state.node_held,
        "node_died": state.node_died,
        "node_colonies": state.node_colonies,
        "lymph_cells_in_veins": int(state.node_passed[drained].sum()),
        "first_in_node_h": _first_h(state.node_step),
        "first_past_node_h": _first_h(state.vein_step[drained]),
    }


def _first_h(steps: np.ndarray) -> float:
    """Hours at the earliest of some steps; NaN if there is none."""
    return float(steps.min()) * STEP_S / 3600 if len(steps) else float("nan")


def nearest_vessel_um(state: TissueState) -> np.ndarray:
    """Distance of every grid point to the nearest vessel of either kind, um, flat."""
    return _nearest_um(state.grid, (*state.vessel_site.tolist(), *state.lymph_site.tolist()))


@lru_cache(maxsize=8)
def _nearest_um(grid: TissueGrid, vessels: tuple[int, ...]) -> np.ndarray:
    """Vessels stay where they are for a whole run, so this is worked out once for it."""
    points = np.arange(grid.rows * grid.columns)
    return np.asarray(np.minimum.reduce([grid.distance_um(points, np.array(v)) for v in vessels]))
