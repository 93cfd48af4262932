"""A capillary bed as a tree: how wide its vessels are, where they lie, and how far down a cell or a cluster gets.

One arteriole forks four times, into 16 capillaries. A vessel's cube is the sum of its daughters' cubes (Murray's law,
`murray1926`), so that with equal daughters the width at its narrowest spot is::

    w_k = d_c 2^((4 - k)/3)             k forks passed, d_c width of a capillary (um)
    W = D (nu + (1 - nu) s) n^(s/3)     narrowest tube that a cluster of n cells passes (um)
    p_k = 1 - exp(-H min(D/w_k, 1)^4)   chance that the wall holds what passes a vessel

D diameter of the widest cell (um), s its stiffness from 0 to 1, nu diameter of the squeezed nucleus over that of the
cell, H hold of the wall. A soft cluster (s = 0) passes in single file, as fast as one cell (`au2016`), a stiff one
(s = 1) as a ball. nu, the powers of s and of D/w are illustrative.
"""

from __future__ import annotations

import numpy as np

from metakit.core.arrays import Array, Int64Array

FORKS = 4
N_VESSELS = 2 ** (FORKS + 1) - 1
FIRST_CAPILLARY = 2**FORKS - 1  # vessels are numbered from the arteriole down: 2 v + 1 and 2 v + 2 fork off from v
NUCLEUS_SHARE = 0.35  # nu: illustrative
PASSED, HELD, WEDGED = 0, 1, 2
AHEAD, ROLLING, LODGED, STUCK, CROSSING, OUTSIDE, DEAD, GONE = range(8)
PLACES = (
    "still to come", "rolling", "wedged", "stuck", "crossing the wall", "outside the vessel", "dead in the vessel",
    "carried on by the blood",
)  # fmt: skip
USUAL_SHEAR = 15.0  # dyn/cm2, capillaries 10 to 20: illustrative, as the six numbers below are
FIRM_PER_H, ROLL_OFF_PER_H, PUSHED_PER_H, STUCK_OFF_PER_D = 2.0, 0.3, 0.02, 0.1
CROSSING_H = 6.0
WALL_HOLD = 0.5  # H at full adhesion and usual shear


def level_of(vessel: Int64Array) -> Int64Array:
    """Count the forks that lie before a vessel: 0 for the arteriole, 4 for a capillary."""
    return np.asarray(np.floor(np.log2(np.asarray(vessel) + 1.0)), np.int64)


def murray_um(capillary_um: float) -> Array:
    """Width of the vessels of each level, shape (5,), um."""
    return capillary_um * 2.0 ** ((FORKS - np.arange(FORKS + 1)) / 3)


def need_um(diameter_um: Array, stiffness: float, cells: Array) -> Array:
    """Compute the width of the narrowest tube that a cluster passes.

    Parameters
    ----------
    diameter_um : array
        Diameter of its widest cell.
    stiffness : float
        0 as soft as the nucleus allows, 1 a hard ball.
    cells : array
        Cells in the cluster; 1 for a single cell.

    Returns
    -------
    float array
        µm.
    """
    return diameter_um * (NUCLEUS_SHARE + (1 - NUCLEUS_SHARE) * stiffness) * np.asarray(cells, float) ** (stiffness / 3)


def descend(
    enter: Int64Array, need: Array, diameter_um: Array, width_um: Array, hold: float, rng: np.random.Generator
) -> tuple[Int64Array, Int64Array]:
    """Let clusters pass down the tree, all at once: it takes seconds, less than a frame.

    Parameters
    ----------
    enter : int array, shape (n,)
        Vessel that each comes into.
    need, diameter_um : float array, shape (n,)
        Narrowest tube each passes, and the diameter of its widest cell, um.
    width_um : float array, shape (31,)
        Width of every vessel.
    hold : float
        H, how well the wall holds what touches it.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    vessel, how : int array, shape (n,)
        Where each stopped and how: WEDGED in a vessel too narrow, HELD by a wall, or PASSED through a capillary.
    """
    vessel, how, going = enter.copy(), np.full(len(enter), PASSED), np.ones(len(enter), bool)
    for _ in range(FORKS + 1):
        width = width_um[vessel]
        wedged = going & (need > width)
        contact = np.minimum(diameter_um / width, 1.0) ** 4
        held = going & ~wedged & (rng.random(len(enter)) < -np.expm1(-hold * contact))
        how[wedged], how[held] = WEDGED, HELD
        going &= ~wedged & ~held & (vessel < FIRST_CAPILLARY)
        vessel = np.where(going, draw_branch(vessel, rng), vessel)
    return vessel, how


def draw_branch(vessel: Int64Array, rng: np.random.Generator) -> Int64Array:
    """Draw one of the two vessels that fork off, either as likely.

    Parameters
    ----------
    vessel : int array, shape (n,)
        Where each cell is.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    int array, shape (n,)
        Where it goes on.
    """
    return 2 * vessel + 1 + rng.integers(0, 2, len(vessel))


def compute_rates_per_h(adhesion: float, shear: float, crossing_per_d: float, deaths_per_d: float) -> Array:
    """Compute the rates of going on, of being torn off or pushed on, and of dying.

    Parameters
    ----------
    adhesion : float
        How well cells hold on, from 0 to 1.
    shear : float
        Shear stress at the wall, dyn/cm².
    crossing_per_d, deaths_per_d : float
        Rates of cells that are stopped, 1/day.

    Returns
    -------
    float array, shape (8, 3)
        1/h, for each of `PLACES`.
    """
    pull, rates = shear / USUAL_SHEAR, np.zeros((len(PLACES), 3))
    firm, death = FIRM_PER_H * adhesion, deaths_per_d / 24
    rates[ROLLING] = firm, ROLL_OFF_PER_H * pull, death
    rates[LODGED] = firm, PUSHED_PER_H * pull, death
    rates[STUCK] = crossing_per_d / 24, STUCK_OFF_PER_D / 24 * (1 - adhesion) * pull**2, death
    return rates


def draw_events(rates_per_h: Array, hours: float, rng: np.random.Generator) -> Int64Array:
    """Draw for each cell the event of a stretch of time.

    Parameters
    ----------
    rates_per_h : float array, shape (n, n_events)
        1/h.
    hours : float
        How long it is.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    int array, shape (n,)
        The number of its rate, or -1 for none.
    """
    edges = rates_per_h.cumsum(1)
    happens = rng.random(len(edges)) < -np.expm1(-hours * edges[:, -1])
    which = (rng.random(len(edges))[:, None] * edges[:, -1:] >= edges).sum(1)
    return np.asarray(np.where(happens, which, -1), np.int64)
