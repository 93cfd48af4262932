"""Intravasation: who gets into the blood, alone or in clusters, through whole or torn walls.

The tissue of `metakit.tissue`, with vessels. A mesenchymal cell that steps onto a vessel enters it; an epithelial
cell enters only where the wall is torn. Whoever enters takes along every cell on the vessel's point and the four
points around it, up to 20 cells: one event, one cluster. Later, in the blood, each cell of a cluster lets go with
probability p_d, single cells survive with P_S and what remains of a cluster, whole, with P_C.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from metakit.grid import TissueGrid
from metakit.handoff import Clusters
from metakit.params import Value, with_default
from metakit.tissue import (
    FRAME_S,
    METASPREAD,
    STEP_S,
    STEPS_A_FRAME,
    TissueParams,
    TissueState,
    measure_tissue,
    start_tissue,
)
from metakit.tissue_step import advance_tissue
from metakit.transit import expected_seeds

ANSWERS = "live"
FRAME_SECONDS = FRAME_S


@dataclass(frozen=True)
class IntravasationParams(TissueParams):
    """The tissue's parameters, with vessels; the lamina is behind the tumor by now."""

    FIRST: ClassVar[tuple[str, ...]] = ("normal_vessels", "ruptured_vessels", "start_mesenchymal", "haptotaxis")
    PRESETS: ClassVar[Mapping[str, Mapping[str, Value]]] = {
        "science": {},
        "whole walls only": {"normal_vessels": 10, "ruptured_vessels": 0},
        "torn walls only": {"normal_vessels": 0, "ruptured_vessels": 10},
        "epithelial only": {"start_mesenchymal": 0.0},
        "no vessels": {"normal_vessels": 0, "ruptured_vessels": 0},
        "metaspread2024": METASPREAD,
    }
    PRESET_NOTES: ClassVar[Mapping[str, str]] = {
        "science": "the published model: 8 whole and 2 torn vessels",
        "whole walls only": "ten vessels, none torn",
        "torn walls only": "ten vessels, all torn",
        "epithelial only": "no mesenchymal cell at the start",
        "no vessels": "no way out",
        "metaspread2024": "the rules of the MetaSpread program, for comparison",
    }

    normal_vessels: int = with_default(TissueParams, "normal_vessels", 8)
    ruptured_vessels: int = with_default(TissueParams, "ruptured_vessels", 2)


@dataclass(frozen=True, eq=False, kw_only=True)
class IntravasationState(TissueState):
    """The tissue with vessels, and what has entered them."""


def start(params: IntravasationParams, inflow: TissueState | None, rng: np.random.Generator) -> IntravasationState:
    """Make the tissue; with an inflow, go on in that tissue and add vessels to it.

    The cells, fields and lamina of the inflow are taken over; its cells become those started with, and the clock
    starts anew.
    """
    if inflow is None:
        return start_tissue(IntravasationState, params, rng)
    if not isinstance(inflow, TissueState):
        raise ValueError(f"inflow = {inflow!r:.60} is not a tissue; what the stage invasion gives with outflow is")
    # Vessels lie in the stroma: where there is a lamina, outside it.
    fresh = start_tissue(IntravasationState, params.replace(lamina=len(inflow.lamina_site) > 0), rng)
    taken = ("mmp", "ecm", "lamina_site", "lamina", "lamina_rate", "cell_site", "cell_mesenchymal")
    n = len(inflow.cell_site)
    return fresh.replace(
        **{name: getattr(inflow, name) for name in taken},
        n_started=n,
        cell_id=np.arange(n, dtype=np.int32),
        cell_line=np.zeros(n, np.int32),
    )


def advance(state: IntravasationState, params: IntravasationParams, rng: np.random.Generator) -> IntravasationState:
    """Return the tissue ten minutes (15 steps) later."""
    return advance_tissue(state, params, rng, STEPS_A_FRAME)


def outflow(state: IntravasationState) -> Clusters:
    """Give every cluster that has entered a vessel so far."""
    return Clusters(
        state.cluster_epithelial, state.cluster_mesenchymal, state.cluster_step.astype(float) * STEP_S / 3600
    )


def measure(state: IntravasationState) -> dict[str, float]:
    """Numbers of one frame.

    Returns
    -------
    dict
        ``events`` are entries into vessels so far; ``nearest_vessel_um`` is the mean over cells of the distance to
        the nearest vessel, NaN without vessels or cells; ``expected_survivors`` is the expected number of clusters
        of which at least one cell survives the blood.
    """
    sizes = state.cluster_epithelial + state.cluster_mesenchymal
    near = float("nan")
    if len(state.vessel_site) and len(state.cell_site):
        near = float(nearest_vessel_um(state)[state.cell_site].mean())
    return {
        **measure_tissue(state),
        "events": len(sizes),
        "cells_entered": int(sizes.sum()),
        "mesenchymal_entered": int(state.cluster_mesenchymal.sum()),
        "epithelial_entered": int(state.cluster_epithelial.sum()),
        "single_events": int((sizes == 1).sum()),
        "cluster_events": int((sizes > 1).sum()),
        "largest_cluster": int(sizes.max(initial=0)),
        "events_ruptured": int(state.vessel_ruptured[state.cluster_vessel].sum()),
        "expected_survivors": float(expected_seeds(sizes).sum()) if len(sizes) else 0.0,
        "nearest_vessel_um": near,
    }


def cluster_sizes(state: IntravasationState) -> np.ndarray:
    """Count the events by cluster size: entry n - 1 is the number of clusters of n cells, shape (20,)."""
    sizes = state.cluster_epithelial + state.cluster_mesenchymal
    return np.bincount(sizes, minlength=21)[1:]


def nearest_vessel_um(state: TissueState) -> np.ndarray:
    """Distance of every grid point to the nearest vessel, um, flat."""
    return _nearest_um(state.grid, tuple(state.vessel_site.tolist()))


@lru_cache(maxsize=8)
def _nearest_um(grid: TissueGrid, vessels: tuple[int, ...]) -> np.ndarray:
    """Vessels stay where they are for a whole run, so this is worked out once for it."""
    points = np.arange(grid.rows * grid.columns)
    return np.asarray(np.minimum.reduce([grid.distance_um(points, np.array(v)) for v in vessels]))
