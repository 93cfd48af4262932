"""Gauss-Legendre quadrature whose last digits do not depend on where it is worked out.

The integral of f from -1 to 1 is nearly sum_i w_i f(x_i): x_i the roots of the Legendre polynomial P_n, and
w_i = 2 / ((1 - x_i^2) P_n'(x_i)^2). `numpy.polynomial.legendre.leggauss` asks LAPACK for the roots, and its last bits
are others in numpy 2.0 and 2.4; in `metakit.body.colonies` they reach every date on which a tumor is founded.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUNDS = 8  # of Newton's method: the error is squared each time, and begins below 0.01


def gauss_legendre(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the nodes and weights of the rule that is exact for polynomials of degree 2 n - 1.

    Parameters
    ----------
    n : int
        Number of nodes, 2 or more.

    Returns
    -------
    nodes, weights : float array, shape (n,)
        On the interval from -1 to 1, nodes in rising order.
    """
    # Cosines differ in their last bit between processors; rounded ones do not, and Newton's steps only + - * /.
    x = -np.round(np.cos(np.pi * (np.arange(n) + 0.75) / (n + 0.5)), 6)
    for _ in range(ROUNDS):
        value, slope = _legendre(n, x)
        x = x - value / slope
    slope = _legendre(n, x)[1]
    return x, 2 / ((1 - x * x) * (slope * slope))


def _legendre(n: int, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """P_n and its derivative, by (k + 1) P_(k+1) = (2 k + 1) x P_k - k P_(k-1)."""
    before, value = np.ones_like(x), x
    for k in range(1, n):
        before, value = value, ((2 * k + 1) * x * value - k * before) / (k + 1)
    return value, n * (before - x * value) / (1 - x * x)
