"""Oxygen in a ball of cells: how far it reaches from the surface before it is used up.

In the fed part D (p'' + 2 p'/r) = a Omega, with p = p_0 at the surface R; where p is used up, p = p' = 0 at r_n::

    p(r) = p_0 (1 + (r^2 - R^2 + 2 r_n^3 (1/r - 1/R)) / L^2)        L = sqrt(6 D p_0 / (a Omega))
    R <= L: r_n = 0, oxygen reaches the center          R > L: L^2 = R^2 - 3 r_n^2 + 2 r_n^3 / R

D diffusion of oxygen (m2/s), a oxygen used by tissue (m3/kg/s), Omega pressure per oxygen (mmHg kg/m3), r_n radius
of the core without oxygen. Far above L the fed rim is L / sqrt 3 thick, as in a flat sheet. (Grimes 2014)
"""

from __future__ import annotations

import math

import numpy as np

from metakit.core.arrays import Array

DIFFUSION_M2_S = 2e-9  # D
CONSUMPTION = 7.29e-7  # a, m3/(kg s)
OMEGA = 3.03e7  # mmHg kg/m3


def limit_um(pressure: float) -> float:
    """L: the largest ball whose center still has oxygen, um; `pressure` at its surface, mmHg."""
    return 1e6 * math.sqrt(6 * DIFFUSION_M2_S * pressure / (CONSUMPTION * OMEGA))


def core_um(radius: float, limit: float) -> float:
    """Compute r_n, the radius of the part without oxygen; 0 up to the limit.

    Parameters
    ----------
    radius, limit : float
        Of the ball, and the largest without such a part, µm.

    Returns
    -------
    float
        µm.
    """
    if radius <= limit:
        return 0.0
    # 2 x^3 - 3 x^2 + 1 = (L/R)^2 for x = r_n/R, solved with the cosine of a third of an angle.
    angle = math.acos(2 * (limit / radius) ** 2 - 1)
    return radius * max(0.0, 0.5 + math.cos((2 * math.pi - angle) / 3))


def reaches_um(radius: float, limit: float, share: float) -> float:
    """Compute the radius outside of which the pressure is above a share of that at the surface.

    Parameters
    ----------
    radius, limit : float
        As `core_um` takes them, µm.
    share : float
        From 0 to 1.

    Returns
    -------
    float
        µm; 0 if it is so everywhere.
    """
    if share >= 1 or radius == 0:
        return radius
    core = core_um(radius, limit)
    k = radius**2 + 2 * core**3 / radius - (1 - share) * limit**2  # r^3 - k r + 2 r_n^3 = 0
    if k <= 0:
        return 0.0
    turn = math.acos(max(-1.0, -(core**3) / (k / 3) ** 1.5)) / 3
    return min(radius, 2 * math.sqrt(k / 3) * math.cos(turn))


def pressure_share(at: Array, radius: float, limit: float) -> Array:
    """Compute p/p_0 at some radii inside a ball.

    Parameters
    ----------
    at : float array
        Radii, µm.
    radius, limit : float
        As `core_um` takes them, µm.

    Returns
    -------
    float array, shape of `at`
    """
    core = core_um(radius, limit)
    if radius == 0:
        return np.ones_like(at)
    r = np.clip(at, max(core, 1e-3 * radius), radius)
    p = 1 + (r**2 - radius**2 + 2 * core**3 * (1 / r - 1 / radius)) / limit**2
    return np.clip(p, 0.0, 1.0)
