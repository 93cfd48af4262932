"""What the tissue engine stands on: private buffers, the fields in them, and the lamina.

The equations stand at the top of `tissue.state`. This is the hot path: every field operation runs in place over one
contiguous stretch. `metakit.tissue.moves` and `metakit.tissue.step` add what cells do.
"""

from __future__ import annotations

import numpy as np

from metakit.core.arrays import Array, IndexArray
from metakit.tissue.params import (
    CONTACT,
    DAY_S,
    DT,
    LAMINA_RADIUS_UM,
    PASSABLE,
    SECRETION,
    STEP_S,
    STROMA_REACH_UM,
    TissueParams,
)
from metakit.tissue.state import TissueState, outside_points

FULL, MESENCHYMAL = 255, 256  # see `Fields.crowd`: no point has room for more than 127 cells
# Arrays without a dimension, here and below: numpy takes them for a number without converting it.
_CELLS, _MESENCHYMAL_BITS = np.array(FULL, np.int16), np.array(8, np.int16)
WEIGHT = np.array([1, 1 + MESENCHYMAL], np.int16)  # of an epithelial cell, of a mesenchymal one


class Fields:
    """Private buffers of an engine: fields padded and flat, cells as index arrays."""

    step: int
    breach: int

    def __init__(self, state: TissueState, params: TissueParams) -> None:
        self.state, self.params, self.grid = state, params, state.grid
        grid = self.grid
        self.site: IndexArray = grid.to_padded(state.cell_site)
        self.mesenchymal = state.cell_mesenchymal.copy()
        self.id, self.line = state.cell_id.copy(), state.cell_line.copy()
        self.mmp, self.ecm = grid.pad(state.mmp), grid.pad(state.ecm)
        # Cells on every point, and `MESENCHYMAL` more for each mesenchymal one; ghost points are full.
        self.crowd = np.full(grid.padded_size, FULL, np.int16)
        self.crowd.reshape(-1, grid.width)[1:-1, 1:-1] = 0
        np.add.at(self.crowd, self.site, WEIGHT[self.mesenchymal.view(np.int8)])
        self.capacity = np.array(round(params.capacity * grid.area), np.int16)
        self.buffer, self.source, self.ecm_kept = (np.zeros_like(self.mmp) for _ in range(3))
        self._set_up_rates()
        self._set_up_lamina()
        self._set_up_vessels()
        self.recount(slice(None))

    def _set_up_rates(self) -> None:
        p, grid = self.params, self.grid
        to_grid = STEP_S / 3600 / grid.spacing_um**2  # um2/h -> grid points squared a step
        day = STEP_S / DAY_S
        k = p.mmp_diffusion * to_grid
        self.diffuse, self.keep = np.float32(k), np.float32(1 - 4 * k - day * p.mmp_decay)
        n = np.arange(FULL + 1, dtype=np.float32)  # mesenchymal cells on a point
        self.secreted_by = n * np.float32(day * p.mmp_secretion / grid.area)
        self.enzyme = p.mmp_secretion / SECRETION  # how much a cell makes, of either kind, times the published
        self.kept_by = 1 - n * np.float32(day * p.membrane_mmp * self.enzyme / grid.area)
        self.cut_soluble = np.float32(day * p.ecm_degradation)
        self.stroma = None
        if p.stroma_mmp:
            edge = LAMINA_RADIUS_UM if p.lamina else 100.0
            source = np.exp(-(grid.radius_um - edge) / STROMA_REACH_UM) * (grid.radius_um >= edge)
            self.stroma = grid.pad((day * p.stroma_mmp * source).astype(np.float32))
        self.hop = np.array([p.motility_epithelial, p.motility_mesenchymal], np.float32) * np.float32(to_grid)
        self.way = np.array([-1, -grid.width, grid.width, 1])  # left, up, down, right
        self.ways = np.stack([self.way, -self.way])  # of a step in each of these directions: ahead, behind
        self.pull = np.array(p.haptotaxis / 4 * to_grid, np.float32)
        # No cell goes in one direction with a higher probability, whatever the ECM (0 <= w <= 1) around it.
        self.p_top = float(self.hop.max() + self.pull) * (1 + 1e-6)
        self.p_emt, self.p_met = day * p.emt_rate, day * p.met_rate
        self.p_emt_contact_loss, self.p_emt_crowding = day * p.emt_contact_loss, day * p.emt_crowding
        self.p_death = day * p.death_rate
        # No cell switches with a higher probability, wherever it is.
        self.p_switch_top = max(self.p_emt + self.p_emt_contact_loss + self.p_emt_crowding, self.p_met)
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
        """Which vessel is on each point, blood vessels first; one whose route is closed is not there for the cells."""
        state, p = self.state, self.params
        blood, lymph = len(state.vessel_site), len(state.lymph_site)
        self.vessel_at = np.full(self.grid.padded_size, -1, np.int32)
        if p.blood_route:
            self.vessel_at[self.grid.to_padded(state.vessel_site)] = np.arange(blood)
        if p.lymph_route:
            self.vessel_at[self.grid.to_padded(state.lymph_site)] = np.arange(blood, blood + lymph)
        # A lymph capillary has overlapping flaps and no whole lamina: like a torn wall, it lets every cell in.
        self.lets_all_in = np.append(state.vessel_ruptured, np.ones(lymph, bool))
        self.barred = self.closed | (self.vessel_at >= 0)  # where a step is not just a step

    def look_ahead(self, steps: int) -> None:
        """Find what need not be looked for in the next steps."""
        p, day = self.params, STEP_S / DAY_S
        # The explicit ECM step overshoots once dt * rate passes 1: only then it pays to look for it.
        m_top = self.mmp.max() + steps * day * (p.stroma_mmp + p.capacity * p.mmp_secretion)
        self.may_overshoot = day * (p.ecm_degradation * m_top + p.capacity * p.membrane_mmp * self.enzyme) > 1
        # Only cells beside a wall look at the ghost points, and a cell goes one point a step.
        row = self.site // self.grid.width
        column = self.site - row * self.grid.width
        reach = steps + 2
        self.near_wall = bool(
            len(row)
            and (min(row.min(), column.min()) < reach or max(row.max(), column.max()) > self.grid.rows + 1 - reach)
        )

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

    def recount(self, sites: IndexArray | slice) -> None:
        """Bring enzyme source and membrane cutting in line with the mesenchymal cells on some points."""
        count = self.mesenchymal_on(sites)
        made = self.secreted_by[count]
        if self.stroma is not None:
            made += self.stroma[sites]
        self.source[sites] = made
        self.ecm_kept[sites] = self.kept_by[count]

    def cells_on(self, sites: IndexArray | slice) -> Array:
        """Count the cells on some points."""
        return self.crowd[sites] & _CELLS

    def mesenchymal_on(self, sites: IndexArray | slice) -> Array:
        """Mesenchymal cells on some points."""
        return self.crowd[sites] >> _MESENCHYMAL_BITS

    def step_lamina(self) -> None:
        """Thin the lamina; open the points that have become passable."""
        around = self.mesenchymal_on(self.ring_around).sum(0) * np.float32(CONTACT * self.enzyme / self.grid.area)
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

    def _way_through(self, opened: IndexArray) -> bool:
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
