"""What treatments do to cells, as laws: log10 kill, fractions of a dose, and resistance. No drug is modeled.

::

    log-kill        N = N_0 10^-L after a dose of log10 kill L;  P(no cell left) = exp(-N)           (Skipper 1964)
    Norton-Simon    L(N) = L ln(K/N) / ln(K/N_ref): the kill follows the growth rate           (Norton 1988)
    radiation       S = exp(-n (alpha d + beta d^2)) after n fractions of d Gy, linear-quadratic
    resistance      P(no resistant cell among M) = exp(-M (u n_1)^k F)                         (Iwasa 2006)
                    F = (b/d) ln(b/(b - d)) = 2.84 for division b 0.14 and death d 0.13 per day (Bozic 2013)

L in powers of ten, K plateau and N_ref a size a scan shows (cells), u mutations per base and division, n_1 bases at
which one makes a cell resistant, k drugs given at once that share no such base, alpha (1/Gy), beta (1/Gy2).
"""

from __future__ import annotations

import math

import numpy as np

from metakit.core.arrays import Array
from metakit.core.constants import constant

TREATMENT_GATES = ("growth", "invasion", "blood", "exit", "colonies")
TREATMENTS = ("none", "surgery", "chemotherapy", "radiation", "immunotherapy", "MMP inhibitor")
DIVISION, DEATH = constant("division_rate").value, constant("death_rate").value  # per day, melanoma
NORTON_REFERENCE = 1e9  # cells for which both drug rules kill the same; free to choose


def find_gates(treatment: str, colonies_too: bool = False) -> tuple[str, ...]:
    """Name the gates on which a treatment acts.

    Parameters
    ----------
    treatment : str
        Its name.
    colonies_too : bool
        Of radiation: whether it is also given to the colonies that a scan shows.

    Returns
    -------
    tuple of str
    """
    return {
        "surgery": ("growth",),
        "chemotherapy": ("growth", "colonies"),
        "radiation": ("growth", "colonies") if colonies_too else ("growth",),
        "immunotherapy": ("growth", "colonies"),
        "MMP inhibitor": ("invasion",),
    }.get(treatment, ())


def compute_surviving_fraction(log10_kill: Array | float) -> Array:
    """Compute the surviving fraction after a log10 kill L: 10^-L."""
    return np.asarray(10.0 ** -np.asarray(log10_kill, float))


def p_no_cell_left(cells: Array | float, log10_kill: Array | float) -> Array:
    """Compute the chance that a log10 kill leaves not one of so many independent cells: exp(-N 10^-L).

    Parameters
    ----------
    cells, log10_kill : float or float array
        N and L; shapes broadcast.

    Returns
    -------
    float array
    """
    return np.asarray(np.exp(-np.asarray(cells, float) * compute_surviving_fraction(log10_kill)))


def compute_norton_simon_log10_kill(log10_kill: float, cells: Array | float, plateau: float) -> Array:
    """Compute the log10 kill of a dose in tumors of some sizes, if the kill follows the Gompertz growth rate.

    Parameters
    ----------
    log10_kill : float
        What it kills among `NORTON_REFERENCE` cells.
    cells : float or array
        Sizes, 1 or more.
    plateau : float
        K, cells at which growth ends; nothing is killed there.

    Returns
    -------
    float array, shape of `cells`
    """
    slow = math.log(plateau / min(NORTON_REFERENCE, plateau / math.e))
    return np.asarray(log10_kill * np.maximum(np.log(plateau / np.maximum(cells, 1.0)), 0.0) / slow)


def compute_linear_quadratic_survival(dose_gy: float, alpha: float, beta: float, fractions: int = 1) -> float:
    """Compute the surviving fraction after some equal fractions of a dose each, linear-quadratic.

    Parameters
    ----------
    dose_gy : float
        Of each fraction.
    alpha, beta : float
        1/Gy and 1/Gy².
    fractions : int
        How many.

    Returns
    -------
    float
        From 0 to 1.
    """
    return math.exp(-fractions * (alpha * dose_gy + beta * dose_gy**2))


def compute_resistance_per_cell(mutations: float, sites: float, drugs: int = 1) -> float:
    """Compute the expected resistant lines per cell of a grown tumor, (u n_1)^k F.

    Parameters
    ----------
    mutations : float
        u, per base and division.
    sites : float
        n_1, bases at which one mutation is enough against one drug.
    drugs : int
        k, given at once; a cell must have a mutation against every one of them.

    Returns
    -------
    float
    """
    return float((mutations * sites) ** drugs * DIVISION / DEATH * math.log(DIVISION / (DIVISION - DEATH)))


def p_no_resistant(cells: Array | float, per_cell: float) -> Array:
    """Compute the chance that not one of so many cells is resistant: exp(-M (u n_1)^k F).

    Parameters
    ----------
    cells : float or float array
        M.
    per_cell : float
        What `compute_resistance_per_cell` gave.

    Returns
    -------
    float array, shape of `cells`
    """
    return np.asarray(np.exp(-np.asarray(cells, float) * per_cell))
