"""The tissue grid: a square lattice with walls that let nothing through.

Inside a time step fields are kept *padded*: one ring of ghost points around the grid, the whole laid out flat,
so that a neighbor is a fixed distance away in memory and every operation runs over one contiguous stretch.
At a wall the ghost point mirrors the inner neighbor, which makes the flux through the wall zero.
With that mirror the amount that is conserved counts edge points half and corner points a quarter (`total`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from metakit.core.arrays import Array


@dataclass(frozen=True)
class TissueGrid:
    """A lattice of `rows` x `columns` points, `spacing_um` micrometers apart.

    Raises
    ------
    ValueError
        If a side has fewer than 3 points or the spacing is not positive.
    """

    rows: int
    columns: int
    spacing_um: float

    def __post_init__(self) -> None:
        """Check the sizes."""
        if min(self.rows, self.columns) < 3 or not self.spacing_um > 0:
            raise ValueError(
                f"TissueGrid of {self.rows} x {self.columns} points, {self.spacing_um} um apart: "
                "at least 3 x 3 points and a positive spacing are needed"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.rows, self.columns

    @property
    def area(self) -> float:
        """What a point stands for, in squares of 10 um: so many times the cells fit on it."""
        return (self.spacing_um / 10.0) ** 2

    @property
    def width(self) -> int:
        """Points in a row of the padded layout: the step from a point to the one below it."""
        return self.columns + 2

    @property
    def padded_size(self) -> int:
        """Points in the padded layout."""
        return (self.rows + 2) * self.width

    def pad(self, field: Array) -> Array:
        """Copy a field of shape (rows, columns) into a flat padded one; ghost points are zero."""
        out = np.zeros((self.rows + 2, self.width), dtype=field.dtype)
        out[1:-1, 1:-1] = field
        return out.ravel()

    def unpad(self, flat: Array) -> Array:
        """Copy the inner points of a flat padded field into one of shape (rows, columns)."""
        return flat.reshape(self.rows + 2, self.width)[1:-1, 1:-1].copy()

    def to_padded(self, site: Array) -> Array:
        """Flat index in the grid -> flat index in the padded layout (intp, as numpy indexes fastest)."""
        row, column = np.divmod(np.asarray(site, np.intp), self.columns)
        return (row + 1) * self.width + column + 1

    def from_padded(self, index: Array) -> Array:
        """Flat index in the padded layout -> flat index in the grid, int32."""
        # Every row passed, and the one above the grid, has two ghost points.
        site: Array = index - 2 * (index // self.width) - (self.columns + 1)
        return site.astype(np.int32)

    def mirror(self, flat: Array) -> None:
        """Set the ghost points of a padded field to the inner neighbors, in place."""
        f = flat.reshape(self.rows + 2, self.width)
        f[0], f[-1] = f[2], f[-3]
        f[:, 0], f[:, -1] = f[:, 2], f[:, -3]

    def diffuse(self, flat: Array, share: float | np.float32, keep: float | np.float32, buffer: Array) -> None:
        """Make every inner point `keep` times itself plus `share` times the sum over its four neighbors, in place.

        The ghost points must be mirrored before, and hold nothing of use after.

        Parameters
        ----------
        flat : float array, shape (padded points,)
            The field; it is written over.
        share, keep : float
            Without unit.
        buffer : float array, shape of `flat`
            Room to work in.
        """
        w = self.width
        # Each point and the one below and to the left of it: two such pairs are the four neighbors of a point.
        pair = buffer[: 1 - w]
        np.add(flat[: 1 - w], flat[w - 1 :], out=pair)
        pair *= share
        flat *= keep
        inner = flat[w:-w]
        inner += pair[: -w - 1]
        inner += pair[w + 1 :]

    @cached_property
    def weights(self) -> Array:
        """Share of each point in the conserved total: 1 inside, 1/2 on an edge, 1/4 in a corner."""
        along_row, along_column = np.ones(self.columns), np.ones(self.rows)
        along_row[[0, -1]] = along_column[[0, -1]] = 0.5
        return np.outer(along_column, along_row)

    def total(self, field: Array) -> float:
        """Return the conserved amount of a field, in grid points."""
        return float((np.asarray(field, np.float64) * self.weights).sum())

    @cached_property
    def radius_um(self) -> Array:
        """Distance of every point from the center of the grid, um; shape (rows, columns)."""
        y = np.arange(self.rows) - (self.rows - 1) / 2
        x = np.arange(self.columns) - (self.columns - 1) / 2
        return np.asarray(np.hypot(y[:, None], x[None, :]) * self.spacing_um)

    @cached_property
    def from_center(self) -> Array:
        """All points as flat indices, innermost first (equal distances in reading order)."""
        return np.argsort(np.round(self.radius_um.ravel(), 6), kind="stable").astype(np.int32)

    def distance_um(self, a: Array, b: Array) -> Array:
        """Compute distances between points given as flat indices.

        Parameters
        ----------
        a, b : int array
            Flat indices; shapes broadcast.

        Returns
        -------
        float array
            µm.
        """
        ar, ac = np.divmod(np.asarray(a), self.columns)
        br, bc = np.divmod(np.asarray(b), self.columns)
        return np.asarray(np.hypot(ar - br, ac - bc) * self.spacing_um)

    def reach_um(self, at: tuple[float, float]) -> Array:
        """Compute the distance of every point from a place.

        Parameters
        ----------
        at : (float, float)
            µm to the right of the center of the grid, and up from it.

        Returns
        -------
        float array, shape (rows, columns)
            µm.

        Raises
        ------
        ValueError
            If the place is not on the grid.
        """
        half = (self.columns - 1) / 2 * self.spacing_um, (self.rows - 1) / 2 * self.spacing_um
        if abs(at[0]) > half[0] or abs(at[1]) > half[1]:
            raise ValueError(
                f"at = {at} is outside of the tissue; it reaches {half[0]:.0f} µm to each side of its center and "
                f"{half[1]:.0f} µm up and down"
            )
        x = np.arange(self.columns) * self.spacing_um - half[0] - at[0]
        y = half[1] - np.arange(self.rows) * self.spacing_um - at[1]
        return np.asarray(np.hypot(y[:, None], x[None, :]))
