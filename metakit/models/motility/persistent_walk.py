"""The persistent random walk in two dimensions, exactly over any time step, and what makes walkers a stream.

Polarity u has no unit and turns at random around a mean m, with persistence P; a place x follows it, in speeds::

    du = -(u - m) dt/P + sqrt((1 - c^2)/P) dW,    dx = u dt

With c = 0, m = 0 and speed S the mean squared displacement is 2 S^2 P [t - P (1 - exp(-t/P))] (Fuerth 1920).
"""

from __future__ import annotations

import numpy as np

from metakit.core.arrays import Array

NEAR_UM = 140.0  # illustrative: cells that are taken for neighbors
APART_UM = 24.0  # illustrative: how close two cells of a stream come before they make way
LEAN, PUSH = 0.3, 2.0  # illustrative: pull to the middle of the neighbors, push off the closest ones


def walk_step(
    polarity: Array, mean: Array | float, alignment: float, time_h: float, persistence_h: float, z: Array
) -> tuple[Array, Array]:
    """Solve the walk over a time step.

    Parameters
    ----------
    polarity, mean : array
        Shape (n, 2).
    alignment : float
        c, from 0 (each by itself) to 1.
    time_h, persistence_h : float
        Time step and persistence, h.
    z : array
        Standard normal numbers, shape (2, n, 2).

    Returns
    -------
    polarity, walk : array
        Polarity after the step, and the integral of u over it, h: displacement is speed times this.
    """
    p, kept = persistence_h, np.exp(-time_h / persistence_h)
    # Polarity and displacement are Gaussian together; these are their variances and covariance.
    turned, both = 1 - kept**2, p * (1 - kept) ** 2
    walked = p**2 * (2 * time_h / p - 3 + 4 * kept - kept**2)
    first, second = z * ((1 - alignment**2) / 2) ** 0.5
    after = mean + kept * (polarity - mean) + turned**0.5 * first
    walk = mean * time_h + p * (1 - kept) * (polarity - mean)
    walk = walk + both / turned**0.5 * first + (walked - both**2 / turned) ** 0.5 * second
    return after, walk


def compute_msd_um2(t_h: Array, speed_um_per_h: float, persistence_h: float) -> Array:
    """Compute the mean squared displacement of single cells after some times.

    Parameters
    ----------
    t_h : float array
        Times, h.
    speed_um_per_h, persistence_h : float
        How fast a cell crawls, and for how long it keeps its heading.

    Returns
    -------
    float array, shape of `t_h`
        µm².
    """
    p = persistence_h
    return np.asarray(2 * speed_um_per_h**2 * p * (t_h + p * np.expm1(-t_h / p)))


def compute_stream_heading(place_um: Array, polarity: Array) -> Array:
    """Compute where each cell of a stream heads.

    It is the mean polarity of the cells near it; it leans to their middle, and makes way for those too close.

    Parameters
    ----------
    place_um : float array, shape (n, 2)
        Places, µm.
    polarity : float array, shape (n, 2)
        Unit vectors.

    Returns
    -------
    float array, shape (n, 2)
        Unit vectors.
    """
    far = np.sqrt(_squared(place_um))
    near = (far < NEAR_UM).astype(float)
    near /= near.sum(1, keepdims=True)
    crowd = np.clip(1 - far / APART_UM, 0, None) / np.maximum(far, 1e-9)
    np.fill_diagonal(crowd, 0.0)
    away = crowd.sum(1, keepdims=True) * place_um - crowd @ place_um
    aim = near @ polarity + LEAN * (near @ place_um - place_um) / NEAR_UM + PUSH * away
    return np.asarray(aim / np.maximum(np.hypot(*aim.T), 1e-9)[:, None])


def compute_order_parameter(polarity: Array) -> float:
    """Compute how much all head the same way: 1 if they do, about 1/sqrt(n) when each of n has its own heading."""
    unit = polarity / np.maximum(np.hypot(*polarity.T), 1e-12)[:, None]
    return float(np.hypot(*unit.mean(0))) if len(unit) else 0.0


def compute_nearest_um(place_um: Array) -> float:
    """Median distance from a cell to the nearest other one; 0 if there is none."""
    if len(place_um) < 2:
        return 0.0
    apart = _squared(place_um)
    np.fill_diagonal(apart, np.inf)
    return float(np.median(np.sqrt(apart.min(1))))


def _squared(place_um: Array) -> Array:
    """Squared distance of any two, by one product of matrices."""
    middle = place_um - place_um.mean(0)  # smaller numbers, smaller rounding
    squares = np.square(middle).sum(1)
    return np.asarray(np.maximum(squares[:, None] + squares - 2 * middle @ middle.T, 0.0))
