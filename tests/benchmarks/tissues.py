"""The parameters of MetaSpread, and tissues with a given number of cells, for timing: a full disc, vessels beyond."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from metakit.models.intravasation import IntravasationParams, IntravasationState
from metakit.models.journey import JourneyParams, JourneyState
from metakit.runs.stage import stage
from metakit.tissue.state import TissueState

T = TypeVar("T", bound=TissueState)

CELLS = (388, 2_000, 10_000, 116_000)
# What MetaSpread sets otherwise than metakit does: its phenotypes divide the other way round, and it has two organs.
METASPREAD = {"division_mesenchymal": 2000 / 90, "division_epithelial": 3000 / 90}
PARAMS = IntravasationParams(**METASPREAD)
JOURNEY = JourneyParams(**METASPREAD, bone_weight=0.75, lung_weight=0.25, liver_weight=0.0)


def tissue_of(n: int) -> IntravasationState:
    """Make a tissue of `n` cells, four to a point, with 10 vessels outside the disc that they fill."""
    state = stage("intravasation").first(PARAMS, seed=1)
    assert isinstance(state, IntravasationState)
    return filled(state, n)


def three_of(n: int) -> JourneyState:
    """Make a journey with `n` such cells in each of three sites, and nothing in the fourth."""
    state = stage("journey").first(JOURNEY, seed=1)
    assert isinstance(state, JourneyState)
    return state.replace(**{name: filled(getattr(state, name), n) for name in ("primary", "bone", "lung")})


def filled(state: T, n: int) -> T:
    """Give a tissue `n` cells in the middle, and vessels outside them."""
    rng, inner = np.random.default_rng(1), -(-n // PARAMS.capacity)
    outer = state.grid.from_center[max(inner, 200) :]
    return state.replace(
        cell_site=np.repeat(state.grid.from_center[:inner], PARAMS.capacity)[:n],
        cell_mesenchymal=rng.permutation(np.arange(n) < round(0.6 * n)),
        cell_id=np.arange(n, dtype=np.int32),
        cell_line=np.zeros(n, np.int32),
        vessel_site=rng.choice(outer, len(state.vessel_site), replace=False),
        n_started=n,
    )
