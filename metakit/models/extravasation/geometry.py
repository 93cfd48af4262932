"""Where the vessels of a capillary bed lie, and where in them cells are: what the picture and the model share."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from metakit.core.arrays import Array, Int64Array
from metakit.models.extravasation.bed import (
    CROSSING,
    FIRST_CAPILLARY,
    FORKS,
    N_VESSELS,
    OUTSIDE,
    ROLLING,
    level_of,
)

FIELD_UM = 600.0  # side of the square that the tree lies in
FORK_X_UM = (0.0, 112.0, 206.0, 284.0, 344.0, FIELD_UM)  # where the vessels of each level begin and end
TOP_UM, BOTTOM_UM = 62.0, 586.0  # between which capillaries lie
POINTS = 49  # of a center line
ROLL_UM_PER_H, DRIFT_UM_PER_H, FARTHEST_UM = 30.0, 4.0, 17.0  # rolling; a walk outside, and how far out: illustrative
ENDS = 0.03, 0.97  # no cell lies closer to the end of its vessel than this


@lru_cache(maxsize=1)
def center_lines() -> Array:
    """Compute points of the center line of every vessel, shape (31, 49, 2), um from the top left of the field."""
    rng = np.random.default_rng(11)  # the same bed for everybody: where vessels lie is not part of the model
    pitch = (BOTTOM_UM - TOP_UM) / 2**FORKS
    ends = np.zeros(N_VESSELS)
    ends[FIRST_CAPILLARY:] = TOP_UM + pitch * (np.arange(2**FORKS) + 0.5) + rng.normal(0, 1.2, 2**FORKS)
    for v in range(FIRST_CAPILLARY - 1, -1, -1):
        ends[v] = (ends[2 * v + 1] + ends[2 * v + 2]) / 2
    lines, t = np.zeros((N_VESSELS, POINTS, 2)), np.linspace(0, 1, POINTS)
    for v in range(N_VESSELS):
        level = int(level_of(np.array(v)))
        x0, x1 = FORK_X_UM[level : level + 2]
        begin, bend = (ends[(v - 1) // 2] if v else ends[0]), t if level < FORKS else np.minimum(t / 0.3, 1)
        lines[v, :, 0] = x0 + (x1 - x0) * t
        lines[v, :, 1] = begin + (ends[v] - begin) * bend**2 * (3 - 2 * bend)
        if level == FORKS:  # capillaries wind
            turns, phase = rng.uniform(1.2, 2.2), rng.uniform(0, 2 * np.pi)
            rise = np.clip((t - 0.25) / 0.2, 0, 1)
            lines[v, :, 1] += rise * 4.5 * np.sin(2 * np.pi * turns * t + phase)
    return lines


@lru_cache(maxsize=1)
def lengths_um() -> Array:
    """Length of every vessel, shape (31,), um."""
    return np.asarray(np.hypot(*np.diff(center_lines(), axis=1).T).sum(0))


def find_vessel(at: tuple[float, float], width_um: Array) -> tuple[int, float]:
    """Find the vessel nearest to a place.

    Parameters
    ----------
    at : (float, float)
        Place in the field, µm from its left and its top.
    width_um : float array, shape (31,)
        Width of every vessel.

    Returns
    -------
    (int, float)
        Its number, and how far its wall is from there, µm; below 0 inside of it.
    """
    from_wall = np.hypot(*(center_lines() - np.array(at)).T).min(0) - width_um / 2
    nearest = int(from_wall.argmin())
    return nearest, float(from_wall[nearest])


def compute_positions_um(vessel: Int64Array, along: Array, across_um: Array) -> tuple[Array, Array]:
    """Compute the places of cells, and the direction of their vessel there.

    Parameters
    ----------
    vessel : int array, shape (n,)
        The vessel each cell is in or beside.
    along : float array, shape (n,)
        How far along it, from 0 to 1.
    across_um : float array, shape (n,)
        Distance from its center line; which sign is which side.

    Returns
    -------
    place_um, forward : float array, shape (n, 2)
        Place in the field, and a vector of length one along the vessel.
    """
    lines, at = center_lines(), np.clip(along, 0, 1) * (POINTS - 1)
    i = np.minimum(at.astype(int), POINTS - 2)
    a, b = lines[vessel, i], lines[vessel, i + 1]
    forward = (b - a) / np.hypot(*(b - a).T)[:, None]
    normal = np.stack([-forward[:, 1], forward[:, 0]], 1)
    return a + (at - i)[:, None] * (b - a) + across_um[:, None] * normal, forward


def compute_cell_length_um(diameter_um: Array, width_um: Array) -> Array:
    """Compute the length of a cell in its vessel: round where it has room, else a capsule of the same volume.

    Parameters
    ----------
    diameter_um, width_um : float array
        Of the cell, and of its vessel; shapes broadcast.

    Returns
    -------
    float array
        µm.
    """
    squeezed = width_um / 3 + 2 / 3 * diameter_um**3 / width_um**2
    return np.where(diameter_um > width_um, squeezed, diameter_um)


def draw_stops(stops: Int64Array, vessel: Int64Array) -> Array:
    """Draw where along its vessel each newcomer stops: narrow spots lie anywhere, no two at the same place.

    Parameters
    ----------
    stops : int array, shape (31,)
        How often something has stopped in each vessel before.
    vessel : int array, shape (n,)
        Where the newcomers stop.

    Returns
    -------
    float array, shape (n,)
        From 0 to 1.
    """
    order = np.argsort(vessel, kind="stable")
    rank = np.empty(len(vessel), np.int64)
    rank[order] = np.arange(len(vessel)) - np.searchsorted(vessel[order], vessel[order])
    return np.asarray(0.06 + 0.88 * ((0.414214 * vessel + 0.618034 * (stops[vessel] + rank)) % 1.0))


def pack_clusters(
    group: Int64Array, diameter_um: Array, vessel: Int64Array, width_um: Array, along: Array
) -> tuple[Array, Array]:
    """Place the cells of clusters: in single file, or as many abreast as the vessel has room for.

    Parameters
    ----------
    group : int array, shape (n,)
        Cluster of each cell, sorted.
    diameter_um, width_um : float array, shape (n,)
        Of each cell, and of its vessel.
    vessel : int array, shape (n,)
        The vessel of each cell.
    along : float array, shape (n,)
        Where along it the middle of the cluster lies.

    Returns
    -------
    along, across_um : float array, shape (n,)
    """
    size, j = np.bincount(group)[group], np.arange(len(group)) - np.searchsorted(group, group)
    abreast = np.clip((width_um / diameter_um).astype(int), 1, size)
    row, lane, rows = j // abreast, j % abreast, -(-size // abreast)
    length = lengths_um()[vessel]
    step = np.minimum(compute_cell_length_um(diameter_um, width_um), 0.9 * length / rows) / length
    half = step * (rows - 1) / 2
    middle = np.clip(along, ENDS[0] + half, np.maximum(ENDS[1] - half, ENDS[0] + half))
    return np.clip(middle + row * step - half, *ENDS), (lane - (abreast - 1) / 2) * diameter_um


def wander(
    where: Int64Array, changed: NDArray[np.bool_], vessel: Int64Array, along: Array, across_um: Array,
    diameter_um: Array, width_um: Array, hours: float, rng: np.random.Generator,
) -> tuple[Array, Array]:  # fmt: skip
    """Let rolling cells creep along, and put crossing ones onto the wall and those outside about beyond it.

    Parameters
    ----------
    where, changed : int and bool array, shape (n,)
        State of each cell, and whether it is new.
    vessel, along, across_um, diameter_um, width_um : array, shape (n,)
        Its vessel, place there, size, and the width of the vessel.
    hours : float
        How much time goes by.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    along, across_um : float array, shape (n,)
    """
    along, across, z = along.copy(), across_um.copy(), rng.normal(size=(2, len(where)))
    rolls, out, begins = where == ROLLING, where == OUTSIDE, changed & (where == CROSSING)
    length, drift = lengths_um()[vessel], DRIFT_UM_PER_H * hours
    along[rolls] += ROLL_UM_PER_H * hours / length[rolls]
    along[out] += drift * z[0, out] / length[out]
    side = np.where(across == 0, np.sign(z[0]), np.sign(across))  # a cell that fills its vessel leaves on any side
    across[begins] = (side * width_um / 2)[begins]
    near = (width_um + diameter_um)[out] / 2
    across[out] = side[out] * np.clip(np.abs(across[out]) + drift * z[1, out], near, np.maximum(near, FARTHEST_UM))
    return np.clip(along, *ENDS), across
