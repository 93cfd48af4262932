"""Permissiveness: how well metastases grow in an organ, fitted to one table of autopsies and tested on another.

With n_ij metastases of origin i counted at site j and arrivals p_ij (`hemodynamic_seeding`), the counts are taken as
Poisson with mean a_i p_ij s_j: a_i how many there are of origin i in all, s_j the permissiveness, one number for each
site and the same for all origins. The most likely a and s are found by turns (iterative proportional fitting)::

    a_i = sum_j n_ij / sum_j p_ij s_j        s_j = sum_i n_ij / sum_i a_i p_ij        then   P_ij = p_ij s_j / sum_j

s is scaled so that 1 means "as many as hemodynamics alone would bring". Only the table of diSibio and French 2008 is
used; that of Abrams 1950 never. ``python -m metakit.models.tropism.permissiveness`` prints the fit, which
``data/sites.csv`` keeps to four digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from metakit.body.origins import LARGE, OTHER, autopsies, origins
from metakit.core.arrays import Float64Array
from metakit.models.tropism.hemodynamic_seeding import (
    CAPTURE,
    SECONDARY_SEEDING,
    compute_arrival,
    names,
    other_routes,
    sites,
)

ROUNDS = 2000
LEAST = 0.001  # a model is never taken at its word that something cannot happen: chi-square would have no end


def get_permissiveness() -> Float64Array:
    """Look up s, by site, as shipped."""
    return np.array([site.permissiveness for site in sites()])


def count_found(origin: str) -> Float64Array:
    """Count metastases of an origin by site (diSibio 2008)."""
    found = autopsies(LARGE)[origin].counts
    return np.array([found[name] for name in names()], float)


def fit_permissiveness(
    without: Iterable[str] = (), capture: float = CAPTURE, secondary_seeding: float = SECONDARY_SEEDING
) -> Float64Array:
    """Fit s to the larger table.

    Parameters
    ----------
    without : iterable of str
        Origins to leave out, so that the fit can be tested on them.
    capture, secondary_seeding : float
        As in `metakit.models.tropism.hemodynamic_seeding.compute_arrival`.

    Returns
    -------
    float array, shape (n_sites,)
        1 where as many metastases are found as hemodynamics alone would bring.
    """
    kept = [origin for origin in origins() if origin not in set(without)]
    n = np.array([count_found(origin) for origin in kept])
    p = np.array([compute_arrival(origin, capture, True, secondary_seeding) for origin in kept])
    s = np.ones(p.shape[1])
    for _ in range(ROUNDS):
        a = n.sum(axis=1) / (p @ s)
        before, s = s, n.sum(axis=0) / (a @ p)
        s /= (n.sum(axis=1) @ (p @ s)) / n.sum()
        if np.abs(s / before - 1).max() < 1e-12:
            break
    return np.asarray(s)


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


if __name__ == "__main__":
    for name, value in zip(names(), fit_permissiveness(), strict=True):
        print(f"{name},{value:.4g}")
