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

Order in a step: fields, divisions, phenotype switches, moves and intravasation.
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
STEPS_A_FRAME = 45
FRAME_S = STEPS_A_FRAME * STEP_S  # half an hour
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


def advance_tissue(state: S, params: TissueParams, rng: np.random.Generator, steps: int) -> S:
    """Return the tissue `steps` steps of 40 s later."""
    engine = _Engine(state, params, rng)
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        for _ in range(steps):
            engine.one_step()
    return state.replace(time_s=(state.step + steps) * STEP_S, **engine.changed())


class _Engine:
    """Private buffers of one call of `advance_tissue`: fields padded and flat, cells as index arrays."""

    def __init__(self, state: TissueState, params: TissueParams, rng: np.random.Generator) -> None:
        self.state, self.params, self.rng, self.step = state, params, rng, state.step
        self.grid = grid = state.grid
        self.site: Index = grid.to_padded(state.cell_site)
        self.mesenchymal = state.cell_mesenchymal.copy()
        self.id = state.cell_id.copy()
        self.n_born, self.breach, self.first_outside = state.n_born, state.breach_step, state.first_outside_step
        self.mmp, self.ecm = grid.pad(state.mmp), grid.pad(state.ecm)
        grid.mirror(self.ecm)
        self.count_m = np.zeros(grid.padded_size, np.float32)
        np.add.at(self.count_m, self.site[self.mesenchymal], np.float32(1))
        # Room left on every point; ghost points have none.
        self.room = grid.pad(np.full(grid.shape, params.capacity, np.int16))
        self.is_ghost = self.room == 0
        np.subtract.at(self.room, self.site, np.int16(1))
        self.buffer, self.source, self.ecm_kept = (np.zeros_like(self.mmp) for _ in range(3))
        self._set_up_rates()
        self._set_up_lamina()
        self._set_up_vessels()
        self.recount(slice(None))

    def _set_up_rates(self) -> None:
        p, grid = self.params, self.grid
        to_grid = STEP_S / 3600 / grid.spacing_um**2  # um2/h -> grid points squared a step
        k = p.mmp_diffusion * to_grid
        self.diffuse, self.keep = np.float32(k), np.float32(1 - 4 * k - DT * p.mmp_decay)
        self.secrete = np.float32(DT * p.mmp_secretion)
        self.enzyme = p.mmp_secretion / SECRETION  # how much a cell makes, of either kind, times the published
        self.cut_membrane = np.float32(DT * p.membrane_mmp * self.enzyme)
        self.cut_soluble = np.float32(DT * p.ecm_degradation)
        # The explicit ECM step overshoots once dt * rate passes 1: only then it pays to look for it.
        m_top = self.mmp.max() + STEPS_A_FRAME * (DT * p.stroma_mmp + p.capacity * float(self.secrete))
        self.may_overshoot = float(self.cut_soluble) * m_top + p.capacity * float(self.cut_membrane) > 1
        self.stroma = None
        if p.stroma_mmp:
            edge = LAMINA_RADIUS_UM if p.lamina else 100.0
            source = np.exp(-(grid.radius_um - edge) / STROMA_REACH_UM) * (grid.radius_um >= edge)
            self.stroma = grid.pad((DT * p.stroma_mmp * source).astype(np.float32))
        self.hop = np.array([p.motility_epithelial, p.motility_mesenchymal], np.float32) * np.float32(to_grid)
        self.way = np.array([-1, -grid.width, grid.width, 1])  # left, up, down, right
        self.pull = np.float32(p.haptotaxis / 4 * to_grid)
        fastest = float(self.hop.max())
        # No cell moves with a higher probability than this, whatever the ECM (0 <= w <= 1) around it.
        self.p_top = 2 * max(2 * fastest, fastest + float(self.pull)) * (1 + 1e-6)
        day = STEP_S / 86400
        self.p_switch = (day * p.emt_rate, day * p.met_rate)
        self.steps_m = max(1, round(p.division_mesenchymal * 3600 / STEP_S))
        self.steps_e = max(1, round(p.division_epithelial * 3600 / STEP_S))

    def _set_up_lamina(self) -> None:
        state, grid = self.state, self.grid
        self.ring = grid.to_padded(state.lamina_site)
        self.lamina = state.lamina.copy()
        self.ring_rate = state.lamina_rate * np.float32(DT / self.params.lamina_strength)
        self.ring_around = np.stack([self.ring + d for d in (-1, 1, -grid.width, grid.width)])
        self.closed = np.zeros(grid.padded_size, bool)
        self.closed[self.ring[self.lamina >= PASSABLE]] = True
        self.n_closed = int(self.closed.sum())
        self.beyond = grid.pad(outside_points(grid.rows).reshape(grid.shape)) if len(self.ring) else None

    def _set_up_vessels(self) -> None:
        self.vessel_at = np.full(self.grid.padded_size, -1, np.int32)
        self.vessel_at[self.grid.to_padded(self.state.vessel_site)] = np.arange(len(self.state.vessel_site))
        self.events: list[tuple[int, int, int, int]] = []

    def one_step(self) -> None:
        """Forty seconds."""
        self.step_fields()
        if len(self.ring):
            self.step_lamina()
        if self.step:
            if self.step % self.steps_m == 0:
                self.divide(self.mesenchymal)
            if self.step % self.steps_e == 0:
                self.divide(~self.mesenchymal)
        if any(self.p_switch):
            self.switch_phenotype()
        self.move()
        self.step += 1

    def step_fields(self) -> None:
        """Enzyme, then ECM with the new enzyme; every operation in place over one contiguous stretch."""
        m, new = self.mmp, self.buffer
        self.grid.mirror(m)
        self.grid.add_neighbors(m, new)
        new *= self.diffuse
        m *= self.keep
        m += new
        m += self.source
        np.multiply(m, -self.cut_soluble, out=new)
        new += self.ecm_kept
        if self.may_overshoot:
            np.maximum(new, 0, out=new)
        self.ecm *= new
        self.grid.mirror(self.ecm)

    def recount(self, sites: Index | slice) -> None:
        """Bring enzyme source and membrane cutting in line with the mesenchymal cells on some points."""
        count = self.count_m[sites]
        self.source[sites] = count * self.secrete + (0 if self.stroma is None else self.stroma[sites])
        self.ecm_kept[sites] = 1 - count * self.cut_membrane

    def step_lamina(self) -> None:
        """Thin the lamina; open the points that have become passable."""
        around = self.count_m[self.ring_around].sum(0)
        around *= np.float32(CONTACT * self.enzyme)
        around += self.mmp[self.ring]
        around *= self.ring_rate
        np.minimum(around, 1, out=around)
        self.lamina -= around * self.lamina
        if self.n_closed:
            opened = self.ring[self.lamina < PASSABLE]
            if len(self.ring) - len(opened) < self.n_closed:
                self.closed[opened] = False
                self.n_closed = len(self.ring) - len(opened)
                if self.breach < 0 and self._way_through(opened):
                    self.breach = self.step

    def _way_through(self, opened: Index) -> bool:
        """Say whether open lamina points connect the inside to the outside."""
        w = self.grid.width
        beyond = self.beyond
        assert beyond is not None
        open_points, ring = set(opened.tolist()), set(self.ring.tolist())
        around = (-1, 1, -w, w)
        front = [s for s in open_points if any(s + d not in ring and not beyond[s + d] for d in around)]
        seen = set(front)
        while front:
            s = front.pop()
            for d in around:
                if s + d in open_points and s + d not in seen:
                    seen.add(s + d)
                    front.append(s + d)
                elif s + d not in ring and beyond[s + d]:
                    return True
        return False

    def divide(self, which: NDArray[np.bool_]) -> None:
        """Every cell of one phenotype puts a daughter on its own point, while there is room."""
        parents = np.flatnonzero(which)
        order = np.argsort(self.site[parents], kind="stable")
        sites = self.site[parents[order]]
        has_room = _rank_in_group(sites) < self.room[sites]
        born = sites[has_room]
        n = len(born)
        if not n:
            return
        phenotype = bool(self.mesenchymal[parents[0]])
        next_id = self.state.n_started + self.n_born
        self.site = np.concatenate([self.site, born])
        self.mesenchymal = np.concatenate([self.mesenchymal, np.full(n, phenotype)])
        self.id = np.concatenate([self.id, np.arange(next_id, next_id + n, dtype=np.int32)])
        np.subtract.at(self.room, born, np.int16(1))
        if phenotype:
            np.add.at(self.count_m, born, np.float32(1))
            self.recount(born)
        self.n_born += n

    def switch_phenotype(self) -> None:
        """EMT and MET: each cell switches with its phenotype's probability."""
        emt, met = self.p_switch
        who = self.some(len(self.site), max(emt, met))
        p = np.where(self.mesenchymal[who], met, emt)
        who = who[self.rng.random(len(who)) * max(emt, met) < p]
        now = ~self.mesenchymal[who]
        self.mesenchymal[who] = now
        np.add.at(self.count_m, self.site[who], np.where(now, 1, -1).astype(np.float32))
        self.recount(self.site[who])

    def some(self, n: int, p: float) -> Index:
        """Of `n` cells, those picked independently with probability `p`, in rising order.

        The gaps between picked cells are geometric: the work is in proportion to the few picked, not to all.
        """
        if not n or p <= 0:
            return np.empty(0, np.int64)
        picked = np.empty(0, np.int64)
        last = -1
        while last < n:
            more = last + np.cumsum(self.rng.geometric(p, int((n - last) * p * 1.2) + 8))
            last = int(more[-1])
            picked = np.concatenate([picked, more]) if len(picked) else more
        return picked[: picked.searchsorted(n)]

    def move(self) -> None:
        """Every cell may take one step to a neighboring point, in random order where places are short."""
        rng = self.rng
        who = self.some(len(self.site), self.p_top)
        if not len(who):
            return
        around = self.site[who][:, None] + self.way
        near = self.ecm[around]
        p = near - near[:, ::-1]  # the reverse of a direction is its opposite
        p *= self.pull
        p += self.hop[self.mesenchymal[who].view(np.int8)][:, None]
        if p.min() < 0:
            if self.params.clip_moves:
                np.maximum(p, 0, out=p)
            else:
                _pay(p)
        u = rng.random(len(who), np.float32) * np.float32(self.p_top)
        if self.params.cell_grip:
            u /= np.maximum(self._let_go(who), np.float32(1e-6))
        turn = np.add.reduce(u[:, None] >= p.cumsum(axis=1), axis=1)
        goes = (turn < 4).nonzero()[0]
        if not len(goes):
            return
        who, target = who[goes], around[goes, turn[goes]]
        if len(self.state.vessel_site):
            who, target = self._intravasate(who, target)
        if self.n_closed:
            who, target = self._stopped_by_lamina(who, target)
        free = self.room[target] > 0
        who, target = who[free], target[free]
        in_order = target.copy()
        in_order.sort()
        if (in_order[1:] == in_order[:-1]).any():  # several want the same point
            order = rng.permutation(len(who))
            order = order[np.argsort(target[order], kind="stable")]
            who, target = who[order], target[order]
            fits = _rank_in_group(target) < self.room[target]
            who, target = who[fits], target[fits]
        self._relocate(who, target)

    def _let_go(self, who: Index) -> Array:
        """Chance that a cell's epithelial neighbors let it go; mesenchymal cells have let go already."""
        at = self.site[who][:, None] + np.append(self.way, 0)
        # A ghost point has no room and no cells, so what would be its cells are set to none.
        epithelial = np.where(self.is_ghost[at], 0, self.params.capacity - self.room[at] - self.count_m[at])
        others = np.maximum(epithelial.sum(axis=1) - 1, 0)  # a lone mesenchymal cell has none, not -1
        held = np.float32(1 - self.params.cell_grip) ** others
        return np.where(self.mesenchymal[who], np.float32(1), held)

    def _stopped_by_lamina(self, who: Index, target: Index) -> tuple[Index, Index]:
        passes = ~self.closed[target]
        if self.params.force:
            blocked = np.flatnonzero(~passes)
            passes[blocked] = self.rng.random(len(blocked)) < FORCE_PASSAGE
        return who[passes], target[passes]

    def _relocate(self, who: Index, target: Index) -> None:
        both = np.concatenate([self.site[who], target])
        sign = np.ones(len(both), np.int16)
        sign[len(who) :] = -1
        np.add.at(self.room, both, sign)
        m = self.mesenchymal[who]
        np.subtract.at(self.count_m, both, sign.astype(np.float32) * np.concatenate([m, m]))
        self.recount(both)
        self.site[who] = target
        if self.first_outside < 0 and self.beyond is not None and self.beyond[target].any():
            self.first_outside = self.step

    def _intravasate(self, who: Index, target: Index) -> tuple[Index, Index]:
        """Cells that step onto a vessel they can enter leave, with everyone on its point and the four around it."""
        vessel = self.vessel_at[target]
        enters = vessel >= 0
        if not enters.any():
            return who, target
        enters &= self.state.vessel_ruptured[vessel] | self.mesenchymal[who]
        gone = np.zeros(len(self.site), bool)
        for i in self.rng.permutation(np.flatnonzero(enters)):
            if gone[who[i]]:
                continue
            reach = np.zeros(self.grid.padded_size, bool)
            reach[target[i] + np.append(self.way, 0)] = True
            taken = reach[self.site] & ~gone
            n_m = int((taken & self.mesenchymal).sum())
            self.events.append((int(taken.sum()) - n_m, n_m, self.step, int(vessel[i])))
            gone |= taken
        self.remove(gone)
        stays = ~gone[who] & ~enters
        return (np.cumsum(~gone) - 1)[who[stays]], target[stays]

    def remove(self, gone: NDArray[np.bool_]) -> None:
        """Take cells off the grid."""
        np.add.at(self.room, self.site[gone], np.int16(1))
        np.subtract.at(self.count_m, self.site[gone & self.mesenchymal], np.float32(1))
        self.recount(self.site[gone])
        self.site, self.mesenchymal, self.id = self.site[~gone], self.mesenchymal[~gone], self.id[~gone]

    def changed(self) -> dict[str, object]:
        """Everything that a step can change, as fields of `TissueState`."""
        grid, state = self.grid, self.state
        new = np.array(self.events, np.int32).reshape(-1, 4).T
        names = ("cluster_epithelial", "cluster_mesenchymal", "cluster_step", "cluster_vessel")
        clusters = {n: np.concatenate([getattr(state, n), column]) for n, column in zip(names, new, strict=True)}
        return {
            "mmp": grid.unpad(self.mmp),
            "ecm": grid.unpad(self.ecm),
            "lamina": self.lamina,
            "cell_site": grid.from_padded(self.site),
            "cell_mesenchymal": self.mesenchymal,
            "cell_id": self.id,
            "step": self.step,
            "n_born": self.n_born,
            "breach_step": self.breach,
            "first_outside_step": self.first_outside,
            **clusters,
        }


def _rank_in_group(ordered: Index) -> Index:
    """For a sorted array: 0, 1, 2, ... within each run of equal values."""
    n = np.arange(len(ordered))
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return n - np.maximum.accumulate(np.where(first, n, 0))


def _pay(p: Array) -> None:
    """Let the partner pay for a negative move probability, in place; columns are left, up, down, right.

    MetaSpread draws from cumulated weights that may fall: left is paid for by one vertical move, right by the other.
    """
    for a, b in ((0, 1), (2, 3)):
        both = np.maximum(p[:, a] + p[:, b], 0)
        np.clip(p[:, a], 0, both, out=p[:, a])
        p[:, b] = both - p[:, a]
