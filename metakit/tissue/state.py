"""The tissue engine: enzyme, matrix, basal lamina, vessels and single cells on a 2 mm x 2 mm grid.

Hybrid model of Franssen, Lorenzi, Burgess & Chaplain (2019). Per grid point, time in units of tau = 11.1 h::

    dm/dt = D_m lap(m) + Theta c_M + S - Lambda m      m    MMP-2, soluble
    dw/dt = -(Gamma_1 c_M + Gamma_2 m) w               w    ECM density; Gamma_1: MT1-MMP on the cell surface
    dl/dt = -Gamma_l (c_M' / 4 + m) l                  l    integrity of the basal lamina (added here)
    P(step along +x) = dt/dx^2 [D_k + Phi/4 (w(x+dx) - w(x-dx))]                    k = mesenchymal, epithelial

c_M are mesenchymal cells on the point, c_M' those on the four points around it, S the enzyme made by stroma.
The knob for Theta is how much enzyme a cell makes of either kind: Gamma_1 and the c_M' term are in proportion to it,
and have the published strength at the published Theta. A cell that makes no enzyme cuts nothing.
Theta, S, Lambda and Gamma are given per day, random motility D_k and haptotaxis Phi in um2/h. The step is 40 s, the
spacing 10 um.
A cell enters a lamina point only once l is below `PASSABLE`: a closed lamina has pores of nanometers, and
without enzymes a tumor cell stops at pores of 7 um2 (Wolf 2013).

The numbers are in `metakit.tissue.params`; this module holds the state and its start; `metakit.tissue.fields`,
`metakit.tissue.moves` and `metakit.tissue.step` make the steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from metakit.core.arrays import Float32Array, Int32Array
from metakit.core.grid import TissueGrid
from metakit.core.state import Ledger, State, array
from metakit.tissue.params import LAMINA_RADIUS_UM, LAMINA_RATE, LAMINA_WIDTH_UM, STEP_S, TissueParams

# What goes from one stage to the next as it is: the fields of `metakit.core.handoff.Tissue`.
TISSUE_FIELDS = ("mmp", "ecm", "lamina_site", "lamina", "lamina_rate", "cell_site", "cell_mesenchymal")
COARSE_POINTS = 101  # a quarter of the points, each with the room of four; see `TissueGrid.area`


@lru_cache(maxsize=8)
def tissue_grid(points: int = 201) -> TissueGrid:
    """Return the square grid of the model: 201 points a side are 2 mm, 10 um apart; 101 are 2 mm, too."""
    return TissueGrid(points, points, 20.0 if points == COARSE_POINTS else 10.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class TissueState(State):
    """The tissue at one moment. Sites are flat indices into the (rows, columns) grid.

    Attributes
    ----------
    mmp, ecm : float32 array, shape (rows, columns)
        MMP-2 (relative units) and ECM density (1 = untouched).
    lamina_site, lamina, lamina_rate : shape (n_lamina,)
        Points of the basal lamina, their integrity (1 = whole) and how fast each is cut, per tau.
    cell_site, cell_mesenchymal, cell_id, cell_line : shape (n_cells,)
        Where each cell is, its phenotype, a number that stays with it, and one that its daughters share.
    vessel_site, vessel_ruptured : shape (n_vessels,)
        Blood vessels.
    lymph_site : int32 array, shape (n_lymph_vessels,)
        Lymph vessels; they are numbered on from the last blood vessel.
    cluster_epithelial, cluster_mesenchymal, cluster_step, cluster_vessel : int32 array, shape (n_clusters,)
        What has entered the vessels so far: cells, step and vessel number of each event.
    step, n_started, n_born, n_died : int
        Steps done; cells at the start; cells born and died since.
    breach_step, first_outside_step : int
        Step of the first open way through the lamina, and of the first cell outside it; -1: not yet.
    """

    N_POINTS: ClassVar[int] = 201

    mmp: Float32Array = array("float32", "rows", "columns")
    ecm: Float32Array = array("float32", "rows", "columns")
    lamina_site: Int32Array = array("int32", "n_lamina")
    lamina: Float32Array = array("float32", "n_lamina")
    lamina_rate: Float32Array = array("float32", "n_lamina")
    cell_site: Int32Array = array("int32", "n_cells")
    cell_mesenchymal: NDArray[np.bool_] = array("bool", "n_cells")
    cell_id: Int32Array = array("int32", "n_cells")
    cell_line: Int32Array = array("int32", "n_cells")
    vessel_site: Int32Array = array("int32", "n_vessels")
    vessel_ruptured: NDArray[np.bool_] = array("bool", "n_vessels")
    lymph_site: Int32Array = array("int32", "n_lymph_vessels")
    cluster_epithelial: Int32Array = array("int32", "n_clusters")
    cluster_mesenchymal: Int32Array = array("int32", "n_clusters")
    cluster_step: Int32Array = array("int32", "n_clusters")
    cluster_vessel: Int32Array = array("int32", "n_clusters")
    step: int = 0
    n_started: int = 0
    n_born: int = 0
    n_died: int = 0
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
    def cluster_lymph(self) -> NDArray[np.bool_]:
        """Which clusters have entered a lymph vessel, shape (n_clusters,)."""
        return self.cluster_vessel >= len(self.vessel_site)

    @property
    def ledger(self) -> Ledger:
        """Every cell, in exactly one place."""
        outside, mesenchymal, lymph = self.outside, self.cell_mesenchymal, self.cluster_lymph
        by_lymph = (self.cluster_epithelial + self.cluster_mesenchymal)[lymph]
        return Ledger(
            came={"started": self.n_started, "born": self.n_born},
            now={
                "epithelial inside": int((~outside & ~mesenchymal).sum()),
                "mesenchymal inside": int((~outside & mesenchymal).sum()),
                "epithelial outside": int((outside & ~mesenchymal).sum()),
                "mesenchymal outside": int((outside & mesenchymal).sum()),
                "epithelial in vessels": int(self.cluster_epithelial[~lymph].sum()),
                "mesenchymal in vessels": int(self.cluster_mesenchymal[~lymph].sum()),
                **({"in lymph vessels": int(by_lymph.sum())} if len(self.lymph_site) else {}),
                **({"died": self.n_died} if self.n_died else {}),
            },
        )

    def check(self) -> None:
        """Check that the numbers make sense together.

        Raises
        ------
        ValueError
            If the ledger does not add up, a count is negative, a point lies outside, or clock and steps differ.
        """
        super().check()
        rows, columns = self.mmp.shape
        if rows != columns or rows < 3:
            raise ValueError(f"the grid is {rows} x {columns}; a square of at least 3 x 3 is expected")
        for name in ("lamina_site", "cell_site", "vessel_site", "lymph_site"):
            site = getattr(self, name)
            if len(site) and (site.min() < 0 or site.max() >= rows * columns):
                raise ValueError(f"{name} points outside the grid of {rows} x {columns}")
        for name in ("mmp", "ecm", "lamina", "lamina_rate"):
            if getattr(self, name).min(initial=0) < 0:
                raise ValueError(f"{name} holds negative numbers")
        if self.ecm.max(initial=0) > 1:
            raise ValueError("ecm holds numbers above 1")
        if min(self.step, self.n_started, self.n_born, self.n_died) < 0 or self.time_s != self.step * STEP_S:
            raise ValueError(f"step {self.step} of {STEP_S:g} s and a clock at {self.time_s:g} s do not go together")
        if min(self.cluster_epithelial.min(initial=0), self.cluster_mesenchymal.min(initial=0)) < 0:
            raise ValueError("a cluster holds a negative number of cells")
        n_vessels = len(self.vessel_site) + len(self.lymph_site)
        for name, end in (("cluster_step", self.step), ("cluster_vessel", n_vessels)):
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


def start_tissue(
    kind: type[S], params: TissueParams, rng: np.random.Generator, *, points: int | None = None, **more: Any
) -> S:
    """Make the tissue at time zero: cells in the innermost points, untouched ECM, vessels placed at random.

    Parameters
    ----------
    kind : type of TissueState
        Of which class.
    params : TissueParams
        Its parameters.
    rng : numpy.random.Generator
        Source of chance.
    points : int, optional
        Grid points a side; by default those of `kind`.
    **more
        Fields that a stage's state holds beyond the tissue, as they are at first.

    Returns
    -------
    TissueState
        Of class `kind`.
    """
    grid = tissue_grid(points or kind.N_POINTS)
    n, size = params.start_cells, grid.rows * grid.columns
    room = round(params.capacity * grid.area)
    disc = grid.from_center[: max(1, -(-n // room))]
    places = rng.permutation(np.repeat(disc, room))[:n]
    mesenchymal = np.arange(n) < round(n * params.start_mesenchymal)
    ring, rate = _lamina_ring(grid, rng) if params.lamina else (np.empty(0, np.int32), np.empty(0, np.float32))
    vessels, lymph = _place_vessels(grid, params, rng)
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
        cell_line=np.zeros(n, np.int32),
        vessel_site=vessels,
        vessel_ruptured=np.arange(len(vessels)) >= params.normal_vessels,
        lymph_site=lymph,
        cluster_epithelial=none,
        cluster_mesenchymal=none,
        cluster_step=none,
        cluster_vessel=none,
        n_started=n,
        **more,
    )


def _lamina_ring(grid: TissueGrid, rng: np.random.Generator) -> tuple[Int32Array, Float32Array]:
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


def _place_vessels(grid: TissueGrid, params: TissueParams, rng: np.random.Generator) -> tuple[Int32Array, Int32Array]:
    """Vessels at different random points, 2 points off the edge, outside the lamina or the 200 innermost points."""
    row, column = np.divmod(np.arange(grid.rows * grid.columns), grid.columns)
    edge = np.minimum.reduce([row, column, grid.rows - 1 - row, grid.columns - 1 - column])
    free = edge >= 2
    free[grid.from_center[: round(200 / grid.area)]] = False
    if params.lamina:
        free &= grid.radius_um.ravel() > LAMINA_RADIUS_UM + LAMINA_WIDTH_UM

    def choose_sites(n: int) -> Int32Array:
        sites = rng.choice(np.flatnonzero(free), n, replace=False).astype(np.int32)
        free[sites] = False
        return sites

    blood = choose_sites(params.normal_vessels + params.ruptured_vessels)
    # After the blood vessels, which lie where they would without lymph.
    return blood, choose_sites(params.lymph_vessels) if params.lymph_vessels else np.empty(0, np.int32)


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
