"""Growth laws of many cells, fits of them to a few readings, and the chance behind them: cells that divide and die.

With r the rate of a lone cell (1/day), K the plateau and N_1 the number up to which all cells divide::

    exponential  dN/dt = r N                    Gompertz   dN/dt = a N ln(K/N),  a = r / ln K
    logistic     dN/dt = r N (1 - N/K)          power law  dN/dt = r N (N/N_1)^(-1/2) above N_1, r N below

Gompertz from one cell is K^(1 - exp(-a t)) (Iwata 2000); the exponent 1/2 is what breast screening data prefer
(Hart 1998). Cells that divide at rate b and die at rate d each: the mean grows by exp((b - d) t), and lines from n
cells die out with probability (d/b)^n.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import overload

import numpy as np

from metakit.core.arrays import Array

LAWS = ("exponential", "Gompertz", "logistic", "power law")
MOST_CELLS = 1e12  # about a kilogram at 1e9 cells per gram: no curve is carried on beyond it
ALL_DIVIDE = 1e6  # N_1; no published number, see the knob `curve` of the stage growth


def compute_log_gompertz(cells: float | Array, days: float | Array, rate: float, plateau: float) -> Array:
    """Compute the natural logarithm of the cells some days later by Gompertz growth.

    Parameters
    ----------
    cells, days : float or float array
        Cells now, 1 or more, and how many days later; shapes broadcast.
    rate : float
        r, net divisions of a lone cell, 1/day.
    plateau : float
        K, cells at which growth ends.

    Returns
    -------
    float array
    """
    return np.asarray(np.log(plateau) + np.log(cells / plateau) * np.exp(-rate / np.log(plateau) * np.asarray(days)))


def grow_by_law(curve: str, cells: float, days: float, rate: float, plateau: float) -> float:
    """Compute the cells some days later by one of `LAWS`; never more than `MOST_CELLS`.

    Parameters
    ----------
    curve : str
        One of `LAWS`.
    cells : float
        Cells now, 1 or more.
    days : float
        How many days later.
    rate : float
        r, net divisions of a lone cell, 1/day.
    plateau : float
        K, cells at which Gompertz and logistic growth end.

    Returns
    -------
    float
        Cells.
    """
    if curve == "exponential":
        log = np.log(cells) + rate * days
    elif curve == "Gompertz":
        log = float(compute_log_gompertz(cells, days, rate, plateau))
    elif curve == "logistic":
        log = np.log(plateau) - np.log1p((plateau / cells - 1) * np.exp(-rate * days))
    else:
        alone = min(days, max(0.0, np.log(ALL_DIVIDE / cells) / rate))
        start = max(cells, ALL_DIVIDE) if days > alone else cells * np.exp(rate * alone)
        log = 2 * np.log(np.sqrt(start) + rate / 2 * np.sqrt(ALL_DIVIDE) * (days - alone))
    return float(np.exp(min(log, np.log(MOST_CELLS))))


# Each law is a straight line of something: that is what is fitted, and what is undone to carry it on.
def _straight(curve: str, cells: Array, plateau: float) -> Array:
    if curve == "power law":
        return np.asarray(np.sqrt(cells))
    share = np.log(np.minimum(cells, 0.999 * plateau) / plateau)  # ln(N/K) < 0
    return np.asarray(
        {"exponential": np.log(cells), "Gompertz": np.log(-share), "logistic": share - np.log(-np.expm1(share))}[curve]
    )


def fit_laws(days: Array, cells: Array, plateau: float) -> Array:
    """Fit every one of `LAWS` to readings by least squares; K is taken as known.

    Parameters
    ----------
    days, cells : float array, shape (n,)
        When was counted, and what.
    plateau : float
        K, cells.

    Returns
    -------
    float array, shape (4, 2)
        Slope and height, at day 0, of the straight line that each law is.
    """
    design = np.stack([days, np.ones_like(days)], axis=1)
    return np.stack([np.linalg.lstsq(design, _straight(c, cells, plateau), rcond=None)[0] for c in LAWS])


def extrapolate(lines: Array, days: Array, plateau: float) -> Mapping[str, Array]:
    """Compute the cells at some days by each fitted law, at most `MOST_CELLS`.

    Parameters
    ----------
    lines : float array, shape (4, 2)
        What `fit_laws` gave.
    days : float array, shape (n,)
        When.
    plateau : float
        K, cells.

    Returns
    -------
    mapping of str to float array, shape (n,)
        Cells by the name of the law.
    """
    found = {}
    for curve, (slope, height) in zip(LAWS, lines, strict=True):
        y = slope * np.asarray(days, float) + height
        if curve == "power law":
            log = 2 * np.log(np.maximum(y, 1e-9))
        elif curve == "exponential":
            log = y
        elif curve == "Gompertz":
            log = np.log(plateau) - np.exp(np.minimum(y, 50))
        else:
            log = np.log(plateau) - np.logaddexp(0, -y)
        found[curve] = np.exp(np.clip(log, -50, np.log(MOST_CELLS)))
    return found


@overload
def draw_birth_death(
    cells: int, birth: float, death: float, days: float, rng: np.random.Generator
) -> tuple[int, int]: ...


@overload
def draw_birth_death(
    cells: Array, birth: float | Array, death: float | Array, days: float, rng: np.random.Generator
) -> tuple[Array, Array]: ...


def draw_birth_death(
    cells: int | Array, birth: float | Array, death: float | Array, days: float, rng: np.random.Generator
) -> tuple[int | Array, int | Array]:
    """Draw how many cells there are after some days, exactly, and how many were born on the way.

    Every cell divides at rate `birth` and dies at rate `death`, 1/day. The line of one cell has died out with
    probability alpha; if not, it has a geometric number of cells, with beta for one more (Bailey 1964).

    Parameters
    ----------
    cells : int, or int array of any shape
        Cells of one population, or of many that do not meet.
    birth, death : float, or float array of the shape of `cells`
        Rates, 1/day.
    days : float
        How many days later.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    cells, born : int, or int array of the shape of `cells`
        ``cells`` has the exact distribution. ``born`` has the exact mean: cells born and dead again within the same
        call are drawn apart, as a Poisson number.
    """
    net = birth - death
    grown = np.exp(net * days)
    # (exp(net days) - 1) / net, and its limit, days, where as many are born as die.
    per_birth = np.where(net == 0, days, np.expm1(net * days) / np.where(net == 0, 1, net))
    more_each = birth * per_birth  # beta / (1 - beta)
    alpha = death * per_birth / (1 + more_each)
    lines = rng.binomial(cells, 1 - np.minimum(1.0, alpha))
    # A negative binomial number, as a Poisson number of a gamma one: this form knows zero lines, too.
    more = rng.poisson(rng.standard_gamma(lines) * more_each) if np.any(birth) else 0 * lines
    unseen = rng.poisson(np.maximum(0.0, cells * (1 + more_each - grown - alpha)))
    if isinstance(cells, np.ndarray):
        return np.asarray(lines + more), np.asarray(more + unseen)
    return int(lines + more), int(more + unseen)
