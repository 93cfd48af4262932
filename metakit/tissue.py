"""The tissue engine: enzyme, matrix, basal lamina, vessels and single cells on a 2 mm x 2 mm grid.

Hybrid model of Franssen, Lorenzi, Burgess & Chaplain (2019). Per grid point, time in units of tau = 11.1 h::

    dm/dt = D_m lap(m) + Theta c_M + S - Lambda m      m    MMP-2, soluble
    dw/dt = -(Gamma_1 c_M + Gamma_2 m) w               w    ECM density; Gamma_1: MT1-MMP on the cell surface
    dl/dt = -Gamma_l (c_M' / 4 + m) l                  l    integrity of the basal lamina (added here)
    P(step along +x) = dt/dx^2 [D_k + Phi/4 (w(x+dx) - w(x-dx))]                    k = mesenchymal, epithelial

c_M are mesenchymal cells on the point, c_M' those on the four points around it, S the enzyme made by stroma.
The knob for Theta is how much enzyme a cell makes of either kind: Gamma_1 and the c_M' term are in proportion to it,
and have the published strength at the published Theta. A cell that makes no enzyme cuts nothing.
Random motility D_k and haptotaxis Phi are given in um2/h, the step is 40 s, the spacing 10 um.
A cell enters a lamina point only once l is below `PASSABLE`: a closed lamina has pores of nanometers, and
without enzymes a tumor cell stops at pores of 7 um2 (Wolf 2013).

This module holds the numbers, the state and its start; `metakit.tissue_step` makes the steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from metakit.grid import Array, TissueGrid
from metakit.params import Params, Value, param
from metakit.state import Ledger, State, array

TAU_H = 4e4 / 3600  # the model's unit of time, h
STEP_S = 40.0
DT = STEP_S / 4e4  # one step in units of tau
SECRETION = 0.195  # Theta as published, per tau
STEPS_A_FRAME = 15
FRAME_S = STEPS_A_FRAME * STEP_S  # ten minutes
PASSABLE = 0.35  # lamina integrity below which a cell fits through (illustrative)
LAMINA_RADIUS_UM = 260.0
LAMINA_WIDTH_UM = 25.0
CONTACT = 0.25  # MT1-MMP: what one mesenchymal cell beside a lamina point adds to the soluble MMP there (illustrative)
LAMINA_RATE = (0.8, 2.1)  # Gamma_l per tau, from the toughest to the weakest stretch (illustrative)
FORCE_PASSAGE = 0.25  # chance that one push of a cell gets it into a closed lamina point (illustrative)
STROMA_REACH_UM = 100.0  # how far from the tumor the stroma is recruited to make MMP (illustrative)
PER_TAU = "per 11.1 h"

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Index = Array  # whole numbers of whatever size numpy indexes with


@lru_cache(maxsize=8)
def tissue_grid(points: int = 201) -> TissueGrid:
    """Return the square grid of the model: 201 points a side are 2 mm, 10 um apart."""
    return TissueGrid(points, points, 10.0)


@dataclass(frozen=True)
class TissueParams(Params):
    """Every number of the tissue model; the two tissue stages choose their own first few."""

    mmp_secretion: float = param(
        SECRETION, 0, 2, step=0.005, unit=PER_TAU, symbol="Theta", source="franssen2019",
        doc="MMP made by one mesenchymal cell, set free or kept on its surface",
    )  # fmt: skip
    stroma_mmp: float = param(
        0.0, 0, 0.2, step=0.005, unit=PER_TAU, symbol="S", source="illustrative",
        doc="MMP made by normal cells around the tumor, per grid point",
    )  # fmt: skip
    mmp_decay: float = param(
        0.1, 0, 2, step=0.01, unit=PER_TAU, symbol="Lambda", source="franssen2019",
        doc="share of the MMP lost; 0.1 is a half-life of 77 h",
    )  # fmt: skip
    mmp_diffusion: float = param(
        360.0, 0, 1800, step=10, unit="µm²/h", symbol="D_m", source="franssen2019", doc="how fast MMP spreads out",
    )  # fmt: skip
    membrane_mmp: float = param(
        1.0, 0, 5, step=0.05, unit=PER_TAU, symbol="Gamma_1", source="franssen2019",
        doc="ECM cut by MT1-MMP on the surface of one mesenchymal cell, at the published secretion",
    )  # fmt: skip
    ecm_degradation: float = param(
        1.0, 0, 5, step=0.05, unit=PER_TAU, symbol="Gamma_2", source="franssen2019", doc="ECM cut per unit of MMP",
    )  # fmt: skip
    lamina: bool = param(False, doc="a basal lamina around the tumor", at_start=True, source="kelley2014")
    lamina_strength: float = param(
        1.0, 0.2, 3, step=0.1, unit="times default", symbol="1/Gamma_l", source="illustrative",
        doc="how slowly the basal lamina is cut",
    )  # fmt: skip
    force: bool = param(False, doc="cells may push through a closed lamina without enzymes", source="chang2019")
    haptotaxis: float = param(
        180.0, 0, 1000, step=10, unit="µm²/h", symbol="Phi", source="franssen2019",
        doc="pull toward denser ECM, per unit of ECM",
    )  # fmt: skip
    motility_mesenchymal: float = param(
        36.0, 0, 100, step=1, unit="µm²/h", symbol="D_M", source="franssen2019",
        doc="random crawling of mesenchymal cells",
    )  # fmt: skip
    motility_epithelial: float = param(
        18.0, 0, 100, step=1, unit="µm²/h", symbol="D_E", source="franssen2019",
        doc="random crawling of epithelial cells",
    )  # fmt: skip
    cell_grip: float = param(
        0.0, 0, 1, step=0.05, unit="per neighbor", symbol="g", source="illustrative",
        doc="chance that an epithelial neighbor holds an epithelial cell back",
    )  # fmt: skip
    emt_rate: float = param(
        0.0, 0, 1, step=0.01, unit="per day", source="illustrative", doc="epithelial cells that turn mesenchymal",
    )  # fmt: skip
    met_rate: float = param(
        0.0, 0, 1, step=0.01, unit="per day", source="illustrative", doc="mesenchymal cells that turn epithelial",
    )  # fmt: skip
    division_mesenchymal: float = param(
        3000 / 90, 8, 200, step=1, unit="h", symbol="T_M", source="franssen2019",
        doc="time between divisions, mesenchymal; sources disagree on which phenotype is the faster",
    )  # fmt: skip
    division_epithelial: float = param(
        2000 / 90, 8, 200, step=1, unit="h", symbol="T_E", source="franssen2019",
        doc="time between divisions, epithelial; sources disagree on which phenotype is the faster",
    )  # fmt: skip
    capacity: int = param(
        4, 1, 8, step=1, unit="cells", symbol="Q", source="franssen2019", doc="cells that fit on one grid point",
    )  # fmt: skip
    start_cells: int = param(
        388, 0, 1900, step=1, unit="cells", symbol="N_0", source="franssen2019",
        doc="cells at the start; 1,900 fit inside the lamina even one by one", at_start=True,
    )  # fmt: skip
    start_mesenchymal: float = param(
        0.6, 0, 1, step=0.05, unit="of all", source="metaspread2024",
        doc="mesenchymal share at the start", at_start=True,
    )  # fmt: skip
    normal_vessels: int = param(
        0, 0, 40, step=1, unit="vessels", symbol="U_P", source="metaspread2024",
        doc="blood vessels with whole walls", at_start=True,
    )  # fmt: skip
    ruptured_vessels: int = param(
        0, 0, 40, step=1, unit="vessels", symbol="V_P", source="metaspread2024",
        doc="blood vessels with torn walls", at_start=True,
    )  # fmt: skip
    clip_moves: bool = param(
        True, doc="a negative move probability counts as zero (MetaSpread lets it through)", source="metaspread2024",
    )  # fmt: skip


METASPREAD: dict[str, Value] = {
    "lamina": False,
    "clip_moves": False,
    "start_cells": 388,
    "start_mesenchymal": 0.6,
    "division_mesenchymal": 2000 / 90,
    "division_epithelial": 3000 / 90,
    "emt_rate": 0.0,
    "met_rate": 0.0,
    "cell_grip": 0.0,
    "stroma_mmp": 0.0,
}


@dataclass(frozen=True, eq=False, kw_only=True)
class TissueState(State):
    """The tissue at one moment. Sites are flat indices into the (rows, columns) grid.

    Attributes
    ----------
    mmp, ecm : float32 array, shape (rows, columns)
        MMP-2 (relative units) and ECM density (1 = untouched).
    lamina_site, lamina, lamina_rate : shape (n_lamina,)
        Points of the basal lamina, their integrity (1 = whole) and how fast each is cut, per tau.
    cell_site, cell_mesenchymal, cell_id : shape (n_cells,)
        Where each cell is, its phenotype, and a number that stays with it.
    vessel_site, vessel_ruptured : shape (n_vessels,)
        Blood vessels.
    cluster_epithelial, cluster_mesenchymal, cluster_step, cluster_vessel : int32 array, shape (n_clusters,)
        What has entered the vessels so far: cells, step and vessel number of each event.
    step, n_started, n_born : int
        Steps done; cells at the start; cells born since.
    breach_step, first_outside_step : int
        Step of the first open way through the lamina, and of the first cell outside it; -1: not yet.
    """

    N_POINTS: ClassVar[int] = 201

    mmp: Floats = array("float32", "rows", "columns")
    ecm: Floats = array("float32", "rows", "columns")
    lamina_site: Ints = array("int32", "n_lamina")
    lamina: Floats = array("float32", "n_lamina")
    lamina_rate: Floats = array("float32", "n_lamina")
    cell_site: Ints = array("int32", "n_cells")
    cell_mesenchymal: NDArray[np.bool_] = array("bool", "n_cells")
    cell_id: Ints = array("int32", "n_cells")
    vessel_site: Ints = array("int32", "n_vessels")
    vessel_ruptured: NDArray[np.bool_] = array("bool", "n_vessels")
    cluster_epithelial: Ints = array("int32", "n_clusters")
    cluster_mesenchymal: Ints = array("int32", "n_clusters")
    cluster_step: Ints = array("int32", "n_clusters")
    cluster_vessel: Ints = array("int32", "n_clusters")
    step: int = 0
    n_started: int = 0
    n_born: int = 0
    breach_step: int = -1
    first_outside_step: int = -1

    @property
    def grid(self) -> TissueGrid:
        """The grid the fields live on."""
        return tissue_grid(self.mmp.shape[0])

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Which cells are beyond the basal lamina, shape (n_cells,); without a lamina, none."""
        if not len(self.lamina_site):
            return np.zeros(len(self.cell_site), bool)
        return outside_points(self.mmp.shape[0])[self.cell_site]

    @property
    def ledger(self) -> Ledger:
        """Every cell, in exactly one place."""
        outside, mesenchymal = self.outside, self.cell_mesenchymal
        return Ledger(
            came={"started": self.n_started, "born": self.n_born},
            now={
                "epithelial inside": int((~outside & ~mesenchymal).sum()),
                "mesenchymal inside": int((~outside & mesenchymal).sum()),
                "epithelial outside": int((outside & ~mesenchymal).sum()),
                "mesenchymal outside": int((outside & mesenchymal).sum()),
                "epithelial in vessels": int(self.cluster_epithelial.sum()),
                "mesenchymal in vessels": int(self.cluster_mesenchymal.sum()),
            },
        )

    def check(self) -> None:
        """Raise ValueError if the numbers make no sense together."""
        super().check()
        rows, columns = self.mmp.shape
        if rows != columns or rows < 3:
            raise ValueError(f"the grid is {rows} x {columns}; a square of at least 3 x 3 is wanted")
        for name in ("lamina_site", "cell_site", "vessel_site"):
            site = getattr(self, name)
            if len(site) and (site.min() < 0 or site.max() >= rows * columns):
                raise ValueError(f"{name} points outside the grid of {rows} x {columns}")
        for name in ("mmp", "ecm", "lamina", "lamina_rate"):
            if getattr(self, name).min(initial=0) < 0:
                raise ValueError(f"{name} holds negative numbers")
        if self.ecm.max(initial=0) > 1:
            raise ValueError("ecm holds numbers above 1")
        if self.step < 0 or self.n_started < 0 or self.n_born < 0 or self.time_s != self.step * STEP_S:
            raise ValueError(f"step {self.step} of {STEP_S:g} s and a clock at {self.time_s:g} s do not go together")
        if min(self.cluster_epithelial.min(initial=0), self.cluster_mesenchymal.min(initial=0)) < 0:
            raise ValueError("a cluster holds a negative number of cells")
        for name, end in (("cluster_step", self.step), ("cluster_vessel", len(self.vessel_site))):
            event = getattr(self, name)
            if len(event) and (event.min() < 0 or event.max() >= end):
                raise ValueError(f"{name} is not within 0 to {end - 1}")
        if self.ledger.missing:
            raise ValueError(f"the ledger does not add up: {self.ledger.missing} cells are missing")


S = TypeVar("S", bound=TissueState)


@lru_cache(maxsize=8)
def outside_points(points: int) -> NDArray[np.bool_]:
    """Return which grid points lie beyond the ring of the lamina, flat."""
    return (tissue_grid(points).radius_um.ravel() >= LAMINA_RADIUS_UM + LAMINA_WIDTH_UM / 2).copy()


def start_tissue(kind: type[S], params: TissueParams, rng: np.random.Generator) -> S:
    """Make the tissue at time zero: cells in the innermost points, untouched ECM, vessels placed at random."""
    grid = tissue_grid(kind.N_POINTS)
    n, size = params.start_cells, grid.rows * grid.columns
    disc = grid.from_center[: max(1, -(-n // params.capacity))]
    places = rng.permutation(np.repeat(disc, params.capacity))[:n]
    mesenchymal = np.arange(n) < round(n * params.start_mesenchymal)
    ring, rate = _lamina_ring(grid, rng) if params.lamina else (np.empty(0, np.int32), np.empty(0, np.float32))
    sites, ruptured = _place_vessels(grid, params, rng)
    none = np.empty(0, np.int32)
    return kind(
        mmp=np.zeros(grid.shape, np.float32),
        ecm=np.ones(grid.shape, np.float32),
        lamina_site=ring,
        lamina=np.ones(len(ring), np.float32),
        lamina_rate=rate,
        cell_site=np.minimum(places, size - 1).astype(np.int32),
        cell_mesenchymal=mesenchymal,
        cell_id=np.arange(n, dtype=np.int32),
        vessel_site=sites,
        vessel_ruptured=ruptured,
        cluster_epithelial=none,
        cluster_mesenchymal=none,
        cluster_step=none,
        cluster_vessel=none,
        n_started=n,
    )


def _lamina_ring(grid: TissueGrid, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Points of the ring and how fast each is cut: smooth weak and tough stretches along it, as in tissue."""
    off = np.abs(grid.radius_um.ravel() - LAMINA_RADIUS_UM)
    ring = np.flatnonzero(off < LAMINA_WIDTH_UM / 2).astype(np.int32)
    row, column = np.divmod(ring, grid.columns)
    angle = np.arctan2(row - (grid.rows - 1) / 2, column - (grid.columns - 1) / 2)
    waves = np.arange(2, 12)
    phase, height = rng.uniform(0, 2 * np.pi, len(waves)), rng.normal(size=len(waves))
    mottle = np.cos(np.outer(angle, waves) + phase) @ height
    mottle = (mottle - mottle.min()) / (mottle.max() - mottle.min())
    low, high = LAMINA_RATE
    return ring, (low + (high - low) * mottle).astype(np.float32)


def _place_vessels(grid: TissueGrid, params: TissueParams, rng: np.random.Generator) -> tuple[Ints, NDArray[np.bool_]]:
    """Vessels at different random points, 2 points off the edge, outside the lamina or the 200 innermost points."""
    row, column = np.divmod(np.arange(grid.rows * grid.columns), grid.columns)
    edge = np.minimum.reduce([row, column, grid.rows - 1 - row, grid.columns - 1 - column])
    free = edge >= 2
    free[grid.from_center[:200]] = False
    if params.lamina:
        free &= grid.radius_um.ravel() > LAMINA_RADIUS_UM + LAMINA_WIDTH_UM
    n = params.normal_vessels + params.ruptured_vessels
    sites = rng.choice(np.flatnonzero(free), n, replace=False).astype(np.int32)
    return sites, np.arange(n) >= params.normal_vessels


def measure_tissue(state: TissueState) -> dict[str, float]:
    """Measure what both tissue stages report, the clock first."""
    m, radius = state.cell_mesenchymal, state.grid.radius_um.ravel()[state.cell_site]
    return {
        "time_h": state.time_h,
        "cells": len(m),
        "mesenchymal_cells": int(m.sum()),
        "epithelial_cells": int((~m).sum()),
        "mean_radius_um": float(radius.mean()) if len(radius) else 0.0,
        "ecm_open_share": float((state.ecm < 0.5).mean()),
        "ecm_mean": float(state.ecm.mean(dtype=np.float64)),
        "mmp_peak": float(state.mmp.max()),
    }
