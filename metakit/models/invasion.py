"""Invasion: from a tumor inside a whole basal lamina to the breach and the first cells outside.

The equations are those at the top of `metakit.tissue.state`. This stage starts with 400 cells, a third of them
mesenchymal, inside a closed ring of lamina, and watches who gets out, when, and how.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from metakit.core.events import Event
from metakit.core.handoff import Tissue, Tumor
from metakit.core.params import Value, with_default
from metakit.core.touch import Place, Touch
from metakit.tissue.params import FRAME_S, LAMINA_RADIUS_UM, PASSABLE, STEP_S, STEPS_A_FRAME, TissueParams
from metakit.tissue.state import TISSUE_FIELDS, TissueState, measure_tissue, start_tissue
from metakit.tissue.step import advance_tissue

ANSWERS = "live"
FRAME_SECONDS = FRAME_S
TAKES, GIVES = (Tumor,), Tissue
USUAL_S = 6 * 86400.0
WHERE = "2 mm of tissue at the edge of the tumor"
GATE = ("cells_outside", "cells beyond the basal lamina")
EVENTS = (
    Event("breach of the lamina", "breach_h"),
    Event("first cell outside", "first_outside_h"),
)
TOUCHES = (
    Touch("cut", "Cut the lamina", "opens 60 µm (illustrative) of the basal lamina, where it is nearest"),
    Touch(
        "enzyme", "Drop enzyme", "adds MMP within 30 µm, about as much as the tumor has made by day 2 (illustrative)"
    ),
)
REACH_UM, DROP = 30.0, 0.1  # how far a touch reaches, and MMP in a drop, relative units: illustrative
EDGE_UM2 = 2 * np.pi * LAMINA_RADIUS_UM * 10  # of the lamina in a slice as thick as a cell


@dataclass(frozen=True)
class InvasionParams(TissueParams):
    """The tissue's parameters, with a lamina around the tumor and no vessels."""

    FIRST: ClassVar[tuple[str, ...]] = ("mmp_secretion", "lamina_strength", "haptotaxis", "emt_rate")
    PRESETS: ClassVar[Mapping[str, Mapping[str, Value]]] = {
        "science": {},
        "no enzyme": {"mmp_secretion": 0.0},
        "leaky stroma": {"stroma_mmp": 0.216},
        "force only": {"mmp_secretion": 0.0, "force": True},
        "tight sheet": {"start_mesenchymal": 0.0, "cell_cell_adhesion": 0.9},
    }
    PRESET_NOTES: ClassVar[Mapping[str, str]] = {
        "science": "the published model with a basal lamina around the tumor",
        "no enzyme": "no cell cuts anything",
        "leaky stroma": "normal cells around the tumor make MMP as well",
        "force only": "no enzyme, but cells may push through",
        "tight sheet": "only epithelial cells that hold on to each other",
    }

    lamina: bool = with_default(TissueParams, "lamina", True)
    start_cells: int = with_default(TissueParams, "start_cells", 400)
    start_mesenchymal: float = with_default(TissueParams, "start_mesenchymal", 0.35)


@dataclass(frozen=True, eq=False, kw_only=True)
class InvasionState(TissueState):
    """The tissue at one moment of invasion."""


def start(params: InvasionParams, inflow: Tumor | None, rng: np.random.Generator) -> InvasionState:
    """Make the tumor inside its lamina; of a tumor that flows in, take as many cells as lie in 2 mm at its edge.

    Each of them stands for as many as there are such pieces along the surface of the whole tumor, or within it if
    there are fewer of those; all other cells of the tumor wait aside.
    """
    if inflow is None:
        return start_tissue(InvasionState, params, rng)
    here = min(params.start_cells, inflow.cells)
    each = max(1, min(round(inflow.surface_um2 / EDGE_UM2), inflow.cells // max(1, here)))
    context = inflow.context.replace(each=each, aside=inflow.cells - here * each, aside_d=inflow.context.day)
    return start_tissue(InvasionState, params.replace(start_cells=here), rng, context=context)


def advance(state: InvasionState, params: InvasionParams, rng: np.random.Generator) -> InvasionState:
    """Return the tissue ten minutes (15 steps) later."""
    return advance_tissue(state, params, rng, STEPS_A_FRAME)


def touch(state: InvasionState, params: InvasionParams, kind: str, at: Place) -> InvasionState:
    """Cut the lamina nearest to a place, or drop enzyme there.

    Parameters
    ----------
    state : InvasionState
        The frame.
    params : InvasionParams
        In force.
    kind : str
        One of `TOUCHES`.
    at : (float, float)
        µm to the right of the center of the tissue, and up from it.

    Returns
    -------
    InvasionState
        The same frame, touched.

    Raises
    ------
    ValueError
        If the place is outside of the tissue, or there is no lamina to cut.
    """
    away = state.grid.reach_um(at)
    if kind == "enzyme":
        return state.replace(mmp=state.mmp + np.where(away <= REACH_UM, np.float32(DROP), np.float32(0)))
    if not len(state.lamina_site):
        raise ValueError("there is no basal lamina to cut; start the run with lamina=True")
    nearest = state.lamina_site[away.ravel()[state.lamina_site].argmin()]
    hit = state.grid.distance_um(state.lamina_site, nearest) <= REACH_UM
    if not state.lamina[hit].any():
        raise ValueError(f"the basal lamina nearest to {at[0]:.0f}, {at[1]:.0f} µm is cut already")
    breach = state.breach_step if state.breach_step >= 0 else state.step  # the cut goes all the way through
    return state.replace(lamina=np.where(hit, np.float32(0), state.lamina), breach_step=breach)


def outflow(state: InvasionState) -> Tissue:
    """Hand the tissue as it is to the next stage, which goes on in the same place."""
    return Tissue(**{name: getattr(state, name) for name in TISSUE_FIELDS}, context=state.onward)


def measure(state: InvasionState) -> dict[str, float]:
    """Measure one frame.

    Returns
    -------
    dict
        ``breach_h`` and ``first_outside_h`` are NaN until they happen; shares are of all lamina or grid points;
        ``detached_cells`` have no other cell on their point or the four around it.
    """
    outside, m = state.outside, state.cell_mesenchymal
    radius = state.grid.radius_um.ravel()[state.cell_site]
    beyond = radius[outside] - LAMINA_RADIUS_UM if len(state.lamina_site) else radius
    return {
        **measure_tissue(state),
        "cells_inside": int((~outside).sum()),
        "cells_outside": int(outside.sum()),
        "mesenchymal_outside": int((outside & m).sum()),
        "epithelial_outside": int((outside & ~m).sum()),
        "detached_cells": count_detached(state),
        "lamina_left_share": float((state.lamina >= PASSABLE).mean()) if len(state.lamina) else 0.0,
        "lamina_integrity_mean": float(state.lamina.mean()) if len(state.lamina) else 0.0,
        "breach_h": convert_to_hours(state.breach_step),
        "first_outside_h": convert_to_hours(state.first_outside_step),
        "invasion_depth_um": float(beyond.max(initial=0.0)),
    }


def convert_to_hours(step: int) -> float:
    """Convert a step to hours; NaN for a step that has not come."""
    return step * STEP_S / 3600 if step >= 0 else float("nan")


def count_detached(state: TissueState) -> int:
    """Count cells with no other cell on their point or the four around it."""
    grid = state.grid
    site = grid.to_padded(state.cell_site)
    count = np.bincount(site, minlength=grid.padded_size)
    near = sum(count[site + d] for d in (0, -1, 1, -grid.width, grid.width))
    return int(np.count_nonzero(near == 1))
