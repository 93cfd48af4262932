"""The steps of the tissue engine: 40 s each, many to a frame, on private buffers.

The equations stand at the top of `metakit.tissue`. Order in a step: fields, divisions, phenotype switches, moves and
intravasation. This is the hot path: every field operation runs in place over one contiguous stretch, and only cells
that may move are looked at.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from metakit.grid import Array
from metakit.tissue import (
    CONTACT,
    DT,
    FORCE_PASSAGE,
    LAMINA_RADIUS_UM,
    PASSABLE,
    SECRETION,
    STEP_S,
    STEPS_A_FRAME,
    STROMA_REACH_UM,
    TissueParams,
    TissueState,
    outside_points,
)

Index = Array  # whole numbers of whatever size numpy indexes with
S = TypeVar("S", bound=TissueState)
STANDS_ON = (
    "mmp",
    "ecm",
    "cell_site",
    "cell_mesenchymal",
    "cell_id",
    "lamina_site",
    "lamina",
    "lamina_rate",
    "vessel_site",
)
FULL, MESENCHYMAL = 15, 16  # see `Engine.crowd`: no point has room for more than 15 cells
WEIGHT = np.array([1, 1 + MESENCHYMAL], np.int16)  # of an epithelial cell, of a mesenchymal one


MOST_IDLE = 8  # engines kept for tissues that are advanced in turns
_idle: dict[int, Engine] = {}


def advance_tissue(state: S, params: TissueParams, rng: np.random.Generator, steps: int) -> S:
    """Return the tissue `steps` steps of 40 s later."""
    # Building the buffers costs as much as a few steps: who goes on from the state made last finds them ready.
    engine = _idle.pop(id(state.mmp.base), None)
    if engine is None or not engine.made(state, params):
        engine = Engine(state, params)
    engine.start(state, rng, steps)
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        for _ in range(steps):
            engine.one_step()
    after = state.replace(time_s=(state.step + steps) * STEP_S, **engine.changed())
    engine.state = after
    _idle[id(after.mmp.base)] = engine
    while len(_idle) > MOST_IDLE:
        _idle.pop(next(iter(_idle)), None)
    return after


class Engine:
    """Private buffers of `advance_tissue`: fields padded and flat, cells as index arrays.

    `state` is where the buffers stand, between two calls.
    """

    def __init__(self, state: TissueState, params: TissueParams) -> None:
        self.state, self.params, self.grid = state, params, state.grid
        grid = self.grid
        self.site: Index = grid.to_padded(state.cell_site)
        self.mesenchymal = state.cell_mesenchymal.copy()
        self.id = state.cell_id.copy()
        self.mmp, self.ecm = grid.pad(state.mmp), grid.pad(state.ecm)
        # Cells on every point, and `MESENCHYMAL` more for each mesenchymal one; ghost points are full.
        self.crowd = np.full(grid.padded_size, FULL, np.int16)
        self.crowd.reshape(-1, grid.width)[1:-1, 1:-1] = 0
        np.add.at(self.crowd, self.site, WEIGHT[self.mesenchymal.view(np.int8)])
        self.capacity = np.int16(params.capacity)
        self.buffer, self.source, self.ecm_kept = (np.zeros_like(self.mmp) for _ in range(3))
        self._set_up_rates()
        self._set_up_lamina()
        self._set_up_vessels()
        self.recount(slice(None))

    def made(self, state: TissueState, params: TissueParams) -> bool:
        """Say whether the buffers stand where `state` stands: it holds the very arrays that were made of them."""
        return params == self.params and all(
            getattr(state, name).base is getattr(self.state, name).base for name in STANDS_ON
        )

    def start(self, state: TissueState, rng: np.random.Generator, steps: int) -> None:
        """Go on from a state, for some steps, with a random stream."""
        self.state, self.rng, self.step = state, rng, state.step
        self.n_born, self.breach, self.first_outside = state.n_born, state.breach_step, state.first_outside_step
        self.events: list[tuple[int, int, int, int]] = []
        self.drawn: list[tuple[Index, Array, Index]] = []
        p = self.params
        # The explicit ECM step overshoots once dt * rate passes 1: only then it pays to look for it.
        m_top = self.mmp.max() + steps * DT * (p.stroma_mmp + p.capacity * p.mmp_secretion)
        self.may_overshoot = DT * (p.ecm_degradation * m_top + p.capacity * p.membrane_mmp * self.enzyme) > 1
        # Only cells beside a wall look at the ghost points, and a cell goes one point a step.
        row, column = np.divmod(self.site, self.grid.width)
        reach = steps + 2
        self.near_wall = bool(
            len(row)
            and (min(row.min(), column.min()) < reach or max(row.max(), column.max()) > self.grid.rows + 1 - reach)
        )

    def _set_up_rates(self) -> None:
        p, grid = self.params, self.grid
        to_grid = STEP_S / 3600 / grid.spacing_um**2  # um2/h -> grid points squared a step
        k = p.mmp_diffusion * to_grid
        self.diffuse, self.keep = np.float32(k), np.float32(1 - 4 * k - DT * p.mmp_decay)
        n = np.arange(FULL + 1, dtype=np.float32)  # mesenchymal cells on a point
        self.secreted_by = n * np.float32(DT * p.mmp_secretion)
        self.enzyme = p.mmp_secretion / SECRETION  # how much a cell makes, of either kind, times the published
        self.kept_by = 1 - n * np.float32(DT * p.membrane_mmp * self.enzyme)
        self.cut_soluble = np.float32(DT * p.ecm_degradation)
        self.stroma = None
        if p.stroma_mmp:
            edge = LAMINA_RADIUS_UM if p.lamina else 100.0
            source = np.exp(-(grid.radius_um - edge) / STROMA_REACH_UM) * (grid.radius_um >= edge)
            self.stroma = grid.pad((DT * p.stroma_mmp * source).astype(np.float32))
        self.hop = np.array([p.motility_epithelial, p.motility_mesenchymal], np.float32) * np.float32(to_grid)
        self.way = np.array([-1, -grid.width, grid.width, 1])  # left, up, down, right
        self.pull = np.float32(p.haptotaxis / 4 * to_grid)
        # No cell goes in one direction with a higher probability, whatever the ECM (0 <= w <= 1) around it.
        self.p_top = float(self.hop.max() + self.pull) * (1 + 1e-6)
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
        self.barred = self.closed | (self.vessel_at >= 0)  # where a step is not just a step

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
        self.grid.diffuse(m, self.diffuse, self.keep, new)
        m += self.source
        np.multiply(m, -self.cut_soluble, out=new)
        new += self.ecm_kept
        if self.may_overshoot:
            np.maximum(new, 0, out=new)
        self.ecm *= new
        if self.near_wall:
            self.grid.mirror(self.ecm)

    def recount(self, sites: Index | slice) -> None:
        """Bring enzyme source and membrane cutting in line with the mesenchymal cells on some points."""
        count = self.mesenchymal_on(sites)
        made = self.secreted_by[count]
        if self.stroma is not None:
            made += self.stroma[sites]
        self.source[sites] = made
        self.ecm_kept[sites] = self.kept_by[count]

    def cells_on(self, sites: Index | slice) -> Array:
        """Cells on some points."""
        return self.crowd[sites] & np.int16(FULL)

    def mesenchymal_on(self, sites: Index | slice) -> Array:
        """Mesenchymal cells on some points."""
        return self.crowd[sites] >> np.int16(4)

    def step_lamina(self) -> None:
        """Thin the lamina; open the points that have become passable."""
        around = self.mesenchymal_on(self.ring_around).sum(0) * np.float32(CONTACT * self.enzyme)
        around += self.mmp[self.ring]
        around *= self.ring_rate
        np.minimum(around, 1, out=around)
        self.lamina -= around * self.lamina
        if self.n_closed:
            opened = self.ring[self.lamina < PASSABLE]
            if len(self.ring) - len(opened) < self.n_closed:
                self.closed[opened] = False
                self.barred[opened] = self.vessel_at[opened] >= 0
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
        has_room = _rank_in_group(sites) < self.capacity - self.cells_on(sites)
        born = sites[has_room]
        n = len(born)
        if not n:
            return
        phenotype = bool(self.mesenchymal[parents[0]])
        next_id = self.state.n_started + self.n_born
        self.site = np.concatenate([self.site, born])
        self.mesenchymal = np.concatenate([self.mesenchymal, np.full(n, phenotype)])
        self.id = np.concatenate([self.id, np.arange(next_id, next_id + n, dtype=np.int32)])
        np.add.at(self.crowd, born, WEIGHT[int(phenotype)])
        if phenotype:
            self.recount(born)
        self.n_born += n
        self.drawn = []

    def switch_phenotype(self) -> None:
        """EMT and MET: each cell switches with its phenotype's probability."""
        emt, met = self.p_switch
        who = self.some(len(self.site), max(emt, met))
        p = np.where(self.mesenchymal[who], met, emt)
        who = who[self.rng.random(len(who)) * max(emt, met) < p]
        now = ~self.mesenchymal[who]
        self.mesenchymal[who] = now
        np.add.at(self.crowd, self.site[who], np.where(now, MESENCHYMAL, -MESENCHYMAL).astype(np.int16))
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

    def next_draw(self) -> tuple[Index, Array, Index]:
        """Which cells may move in this step, a random number from 0 to `p_top` for each, and its direction, 0 to 3.

        What is left of a frame is drawn at once, as one long row of cells, step after step; it is drawn anew when the
        number of cells has changed.
        """
        if not self.drawn:
            n, steps = len(self.site), STEPS_A_FRAME - self.step % STEPS_A_FRAME
            who = self.some(n * steps, 4 * self.p_top)
            u = self.rng.random(len(who), np.float32) * np.float32(self.p_top)
            turn = self.rng.integers(4, size=len(who))
            ends = who.searchsorted(np.arange(1, steps + 1) * n).tolist()
            who %= max(n, 1)
            begins = [0, *ends[:-1]]
            self.drawn = [(who[a:b], u[a:b], turn[a:b]) for a, b in zip(begins, ends, strict=True)][::-1]
        return self.drawn.pop()

    def move(self) -> None:
        """Every cell may take one step to a neighboring point, in random order where places are short."""
        who, u, turn = self.next_draw()
        if not len(who):
            return
        site, way = self.site[who], self.way[turn]
        hop = self.hop[self.mesenchymal[who].view(np.int8)]
        target = site + way
        p = self._pulled(hop, target, site - way)
        if not self.params.clip_moves:
            # MetaSpread draws from cumulated weights that may fall: a negative one is paid for by its partner,
            # the left by the upward move and the downward by the right one, or the other way round.
            way = self.way[turn ^ 1]
            p += np.minimum(self._pulled(hop, site + way, site - way), 0)
        if self.params.cell_grip:
            p *= self._let_go(who)
        goes = (u < p).nonzero()[0]
        if not len(goes):
            return
        who, target = who[goes], target[goes]
        if np.count_nonzero(self.barred[target]):
            who, target = self._stopped_by_lamina(*self._intravasate(who, target))
        free = (self.cells_on(target) < self.capacity).nonzero()[0]
        if len(free) < len(who):
            who, target = who[free], target[free]
        if len(set(target.tolist())) < len(target):  # several want the same point
            order = self.rng.permutation(len(who))
            order = order[np.argsort(target[order], kind="stable")]
            who, target = who[order], target[order]
            fits = _rank_in_group(target) < self.capacity - self.cells_on(target)
            who, target = who[fits], target[fits]
        if len(who):
            self._relocate(who, target)

    def _pulled(self, hop: Array, ahead: Index, behind: Index) -> Array:
        """Probability of a step from between two points to the one ahead; negative if the ECM behind pulls more."""
        p = self.ecm[ahead]
        p -= self.ecm[behind]
        p *= self.pull
        p += hop
        return p

    def _let_go(self, who: Index) -> Array:
        """Chance that a cell's epithelial neighbors let it go; mesenchymal cells have let go already."""
        at = self.site[who][:, None] + np.append(self.way, 0)
        cells = self.cells_on(at)
        epithelial = np.where(cells == FULL, 0, cells - self.mesenchymal_on(at))  # none beyond the wall
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
        both, weight = np.concatenate([self.site[who], target]), WEIGHT[self.mesenchymal[who].view(np.int8)]
        np.add.at(self.crowd, both, np.concatenate([-weight, weight]))
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
        np.subtract.at(self.crowd, self.site[gone], WEIGHT[self.mesenchymal[gone].view(np.int8)])
        self.recount(self.site[gone])
        self.drawn = []
        self.site, self.mesenchymal, self.id = self.site[~gone], self.mesenchymal[~gone], self.id[~gone]

    def changed(self) -> dict[str, object]:
        """Everything that a step can change, as fields of `TissueState`; copies, since the buffers are used on."""
        grid, state = self.grid, self.state
        new = np.array(self.events, np.int32).reshape(-1, 4).T
        names = ("cluster_epithelial", "cluster_mesenchymal", "cluster_step", "cluster_vessel")
        clusters = {n: np.concatenate([getattr(state, n), column]) for n, column in zip(names, new, strict=True)}
        return {
            "mmp": grid.unpad(self.mmp),
            "ecm": grid.unpad(self.ecm),
            "lamina": self.lamina.copy(),
            "cell_site": grid.from_padded(self.site),
            "cell_mesenchymal": self.mesenchymal.copy(),
            "cell_id": self.id.copy(),
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
