"""Permissiveness: what arrival does not explain, one number for each site, fitted to the other origins.

With n_ij metastases of origin i counted at site j and arrivals p_ij (`hemodynamic_seeding`), the counts are taken as
Poisson with mean a_i p_ij s_j: a_i how many there are of origin i in all, s_j the permissiveness, one number for each
site and the same for all origins. The most likely a and s are found by turns (iterative proportional fitting)::

    a_i = sum_j n_ij / sum_j p_ij s_j        s_j = sum_i n_ij / sum_i a_i p_ij        then   P_ij = p_ij s_j / sum_j

s is scaled so that 1 means "as many as hemodynamics alone would bring". It is a remainder: a soil that suits, and
whatever the ways leave out or get wrong (the ovary's 100 is a missing way, the brain's 0.3 stands for few brains
opened). So each set of switches has its own fit, and an origin that is judged is left out of it. Only the table of
diSibio and French 2008 is used; that of Abrams 1950 never.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from metakit.body.origins import LARGE, OTHER, autopsies, origins
from metakit.core.arrays import BoolArray, Float64Array
from metakit.core.constants import constant
from metakit.models.tropism.hemodynamic_seeding import (
    CAPTURE,
    add_secondary_seeding,
    compute_first_arrival,
    compute_secondary_matrix,
    find_possible_sites,
    names,
    other_routes,
)

ROUNDS = 2000
CLOSE = 1e-12  # the relative change of a round at which the turns end
IN_OTHER = 13  # sites of the table that are counted together as "other sites"
LEAST = 0.001  # a model is never taken at its word that something cannot happen: chi-square would have no end


@dataclass(frozen=True, slots=True)
class Ways:
    """What decides where cells arrive; the default is all of it.

    Attributes
    ----------
    hemodynamics : bool
        Whether blood and other routes decide; without, as many cells come to each of the 30 sites of the table.
    other_routes : bool
        Whether lymph, linings and vertebral veins are open.
    capture, secondary_seeding : float
        f and m of `metakit.models.tropism.hemodynamic_seeding`.
    """

    hemodynamics: bool = True
    other_routes: bool = True
    capture: float = CAPTURE
    secondary_seeding: float = constant("secondary_seeding").value

    def first_arrival(self, origin: str) -> Float64Array:
        """Compute where cells of the first tumor come to lie."""
        if self.hemodynamics:
            return compute_first_arrival(origin, self.capture, self.other_routes)
        p = np.array([float(IN_OTHER if name == "other sites" else 1) for name in names()])
        p *= find_possible_sites(origin)
        return np.asarray(p / p.sum())

    def arrival(self, first: Float64Array, grown: Float64Array, possible: BoolArray) -> Float64Array:
        """Compute where cells of first tumors and of metastases come to lie, from where metastases grow.

        Parameters
        ----------
        first, grown : float array, shape (..., n_sites)
            Where cells of the first tumor arrive, and where metastases grow; of one origin, or of several.
        possible : bool array, shape (..., n_sites)
            Where a metastasis is counted.

        Returns
        -------
        float array, shape (..., n_sites)
            Adds up to 1.
        """
        if not self.hemodynamics:
            return first
        matrix = compute_secondary_matrix(self.capture, self.other_routes)
        return add_secondary_seeding(first, grown, matrix, self.secondary_seeding, possible)


ALL_WAYS = Ways()


def count_found(origin: str) -> Float64Array:
    """Count metastases of an origin by site (diSibio 2008)."""
    found = autopsies(LARGE)[origin].counts
    return np.array([found[name] for name in names()], float)


@lru_cache(maxsize=256)
def fit_permissiveness(ways: Ways = ALL_WAYS, without: str = "") -> Float64Array:
    """Fit s to the larger table.

    Parameters
    ----------
    ways : Ways
        What decides where cells arrive.
    without : str
        An origin to leave out, so that the fit can be judged by it.

    Returns
    -------
    float array, shape (n_sites,)
        1 where as many metastases are found as hemodynamics alone would bring; 0 where no cell comes.
    """
    kept = [origin for origin in origins() if origin != without]
    n = np.array([count_found(origin) for origin in kept])
    first = np.array([ways.first_arrival(origin) for origin in kept])
    possible = np.array([find_possible_sites(origin) for origin in kept])
    s, grown = np.ones(first.shape[1]), first
    for _ in range(ROUNDS):
        p = ways.arrival(first, grown, possible)
        a = n.sum(axis=1) / (p @ s)
        comes, before = a @ p, s
        s = np.divide(n.sum(axis=0), comes, out=np.zeros_like(comes), where=comes > 0)
        s *= n.sum() / (n.sum(axis=1) @ (p @ s))
        grown = compute_metastasis_shares(p, s)
        if (np.abs(s - before) <= CLOSE * s).all():
            break
    s.setflags(write=False)
    return np.asarray(s)


def compute_shares(origin: str, ways: Ways, s: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Compute where cells arrive, and where metastases are found.

    Parameters
    ----------
    origin : str
        Where the cancer began.
    ways : Ways
        By which cells come.
    s : float array, shape (n_sites,)
        Permissiveness.

    Returns
    -------
    p, P : float array, shape (n_sites,)
        Each adds up to 1.
    """
    first, possible = ways.first_arrival(origin), find_possible_sites(origin)
    grown = compute_metastasis_shares(first, s)
    for _ in range(ROUNDS):
        p, before = ways.arrival(first, grown, possible), grown
        grown = compute_metastasis_shares(p, s)
        if np.abs(grown - before).max() <= CLOSE:
            break
    return p, grown


@lru_cache(maxsize=64)
def pool_others(origin: str) -> Float64Array:
    """Pool the shares of all other origins: the rival that knows no plumbing and fits nothing."""
    total = np.sum([count_found(other) for other in origins() if other != origin], axis=0)
    return np.asarray(total / total.sum())


def compute_metastasis_shares(arrivals: Float64Array, s: Float64Array) -> Float64Array:
    """Compute P, the share of metastases by site, from arrivals and permissiveness; adds up to 1.

    Parameters
    ----------
    arrivals, s : float array, shape (n_sites,)
        Share of the cells that come to each site, and its permissiveness.

    Returns
    -------
    float array, shape (n_sites,)
    """
    grown = arrivals * s
    return np.asarray(grown / grown.sum(axis=-1, keepdims=True))


def chi_square(found: Float64Array, model: Float64Array) -> float:
    """Compute the sum of (found - expected)^2 / expected; chance alone makes it about as large as there are sites.

    Parameters
    ----------
    found : float array, shape (n_sites,)
        Counts.
    model : float array, shape (n_sites,)
        Probabilities; none is taken to be below 1 in 1000.

    Returns
    -------
    float
    """
    p = np.maximum(model, LEAST)
    expected = found.sum() * p / p.sum()
    return float(((found - expected) ** 2 / expected).sum())


def _ranks(values: Float64Array) -> Float64Array:
    _, which, ties = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(ties) - (ties - 1) / 2)[which])


def spearman(a: Float64Array, b: Float64Array) -> float:
    """Compute the rank correlation: 1 for the same order, 0 for none, -1 for the reverse; ties share their ranks.

    Parameters
    ----------
    a, b : float array, shape (n,)
        What is ranked.

    Returns
    -------
    float
    """
    ranks = [_ranks(np.asarray(values, float)) for values in (a, b)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def compute_concordance(found: Float64Array, model: Float64Array) -> float:
    """Compute the concordance index: the share of pairs of sites, of those with different counts, in the right order.

    Ties of the model count half.

    Parameters
    ----------
    found, model : float array, shape (n_sites,)
        Counts, and probabilities.

    Returns
    -------
    float
    """
    apart = np.sign(found[:, None] - found)
    same = apart * np.sign(model[:, None] - model)
    return float(((same + 1) / 2)[apart != 0].mean())


def compare_with_abrams(origin: str, model: Float64Array) -> tuple[list[str], Float64Array, Float64Array]:
    """Set a model beside the table that it was not fitted to.

    Abrams 1950 counted nodes of chest and abdomen: those of the region in which the cancer began are its regional ones.

    Parameters
    ----------
    origin : str
        Where the cancer began.
    model : float array, shape (n_sites,)
        Probabilities.

    Returns
    -------
    names, found, expected
        Nine sites, their counts, and the model's shares of them.

    Raises
    ------
    ValueError
        If the origin is not in that table.
    """
    table = autopsies(OTHER)
    if origin not in table or origin not in other_routes():
        raise ValueError(f"Abrams 1950 has no row {origin!r}; it has {', '.join(set(table) & set(other_routes()))}")
    near, far = "regional lymph nodes", "distant lymph nodes"
    chest = other_routes()[origin].region == "chest"
    as_ours = {"mediastinal lymph nodes": near if chest else far, "abdominal lymph nodes": far if chest else near}
    found = {name: n for name, n in table[origin].counts.items() if name != "brain"}
    by_name: Mapping[str, float] = dict(zip(names(), model.tolist(), strict=True))
    expected = [by_name[as_ours.get(name, name)] for name in found]
    return list(found), np.array(list(found.values()), float), np.array(expected)
