"""How cells of the tissue engine move, and how they leave it into vessels; `metakit.tissue.step` adds the rest.

This is the hot path: only cells that may move are looked at.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from metakit.core.arrays import Array, IndexArray, as_index
from metakit.tissue.fields import FULL, WEIGHT, Fields
from metakit.tissue.params import FORCE_PASSAGE, STEPS_A_FRAME


class Moves(Fields):
    """Moves of cells, on the private buffers of an engine."""

    rng: np.random.Generator
    first_outside: int
    events: list[tuple[int, int, int, int]]  # who entered a vessel: epithelial and mesenchymal cells, step, vessel
    drawn: list[tuple[IndexArray, Array, IndexArray]]  # see `draw_next`

    def draw_bernoulli_indices(self, n: int, p: float) -> IndexArray:
        """Draw which of some cells are picked, each independently of all others.

        The gaps between picked cells are geometric: the work is in proportion to the few picked, not to all.

        Parameters
        ----------
        n : int
            How many cells.
        p : float
            Probability of each.

        Returns
        -------
        int array
            Indices in rising order.
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

    def draw_next(self) -> tuple[IndexArray, Array, IndexArray]:
        """Draw which cells may move in this step, a random number from 0 to `p_top` for each, and find its points.

        The points are distances in memory from where a cell stands, see `Fields.ways`. What is left of a frame is
        drawn at once, as one long row of cells, step after step; it is drawn anew when the number of cells has changed.
        """
        if not self.drawn:
            n, steps = len(self.site), STEPS_A_FRAME - self.step % STEPS_A_FRAME
            who = self.draw_bernoulli_indices(n * steps, 4 * self.p_top)
            u = self.rng.random(len(who), np.float32) * np.float32(self.p_top)
            ways = self.ways.take(as_index(self.rng.integers(4, size=len(who))), axis=1)
            ends = who.searchsorted(np.arange(0, steps + 1) * n).tolist()
            who %= max(n, 1)
            self.drawn = [(who[a:b], u[a:b], ways[:, a:b]) for a, b in pairwise(ends)][::-1]
        return self.drawn.pop()

    def move(self) -> None:
        """Let every cell take one step at most to a neighboring point, in random order where places are short."""
        who, u, ways = self.draw_next()
        if not len(who):
            return
        around = self.site[who] + ways
        p = self._pulled(who, around)
        if self.params.cell_cell_adhesion:
            p *= self._p_released(who)
        goes = (u < p).nonzero()[0]
        if not len(goes):
            return
        who, target = who[goes], around[0, goes]
        if np.count_nonzero(self.barred[target]):
            who, target = self._stopped_by_lamina(*self._intravasate(who, target))
        free = (self.cells_on(target) < self.capacity).nonzero()[0]
        if len(free) < len(who):
            who, target = who[free], target[free]
        if len(set(target.tolist())) < len(target):  # several want the same point
            order = self.rng.permutation(len(who))
            order = order[np.argsort(target[order], kind="stable")]
            who, target = who[order], target[order]
            fits = rank_in_group(target) < self.capacity - self.cells_on(target)
            who, target = who[fits], target[fits]
        if len(who):
            self._relocate(who, target)

    def _pulled(self, who: IndexArray, around: IndexArray) -> Array:
        """Probability of each cell's step to the first of the two points around it; none goes where it is negative."""
        ahead, behind = self.ecm[around]
        p: Array = ahead - behind
        p *= self.pull
        p += self.hop.take(self.mesenchymal[who])
        return p

    def _p_released(self, who: IndexArray) -> Array:
        """Chance that a cell's epithelial neighbors let it go; mesenchymal cells have let go already."""
        held = np.float32(1 - self.params.cell_cell_adhesion) ** self.epithelial_neighbors(who)
        return np.where(self.mesenchymal[who], np.float32(1), held)

    def _stopped_by_lamina(self, who: IndexArray, target: IndexArray) -> tuple[IndexArray, IndexArray]:
        passes = ~self.closed[target]
        if self.params.force:
            blocked = np.flatnonzero(~passes)
            passes[blocked] = self.rng.random(len(blocked)) < FORCE_PASSAGE
        return who[passes], target[passes]

    def _relocate(self, who: IndexArray, target: IndexArray) -> None:
        here, weight = self.site[who], WEIGHT.take(self.mesenchymal[who])
        np.subtract.at(self.crowd, here, weight)
        np.add.at(self.crowd, target, weight)
        self.recount(np.concatenate([here, target]))
        self.site[who] = target
        if self.first_outside < 0 and self.beyond is not None and self.beyond[target].any():
            self.first_outside = self.step

    def _intravasate(self, who: IndexArray, target: IndexArray) -> tuple[IndexArray, IndexArray]:
        """Cells that step onto a vessel they can enter leave, with everyone on its point and the four around it."""
        vessel = self.vessel_at[target]
        enters = vessel >= 0
        if not enters.any():
            return who, target
        enters &= self.lets_all_in[vessel] | self.mesenchymal[who]
        gone = np.zeros(len(self.site), bool)
        for i in self.rng.permutation(np.flatnonzero(enters)):
            if gone[who[i]]:
                continue
            reach = np.zeros(self.grid.padded_size, bool)
            reach[target[i] + np.append(self.way, 0)] = True
            taken = reach[self.site] & ~gone
            if self.grid.area > 1:  # the four points of a coarse grid reach farther: so many fewer of their cells
                taken &= self.rng.random(len(taken)) < 1 / self.grid.area
                taken[who[i]] = True
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
        stay = ~gone
        self.site, self.mesenchymal = self.site[stay], self.mesenchymal[stay]
        self.id, self.line = self.id[stay], self.line[stay]

    def epithelial_neighbors(self, who: IndexArray) -> Array:
        """Epithelial cells beside each of some epithelial cells, on its point and the four around it."""
        at = self.site[who][:, None] + np.append(self.way, 0)
        cells = self.cells_on(at)
        epithelial = np.where(cells == FULL, 0, cells - self.mesenchymal_on(at))  # none beyond the wall
        others: Array = np.maximum(epithelial.sum(axis=1) - 1, 0)  # a lone mesenchymal cell has none, not -1
        return others


def rank_in_group(ordered: IndexArray) -> IndexArray:
    """For a sorted array: 0, 1, 2, ... within each run of equal values."""
    n = np.arange(len(ordered))
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return n - np.maximum.accumulate(np.where(first, n, 0))
