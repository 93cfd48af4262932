"""What becomes of clusters in the blood: they break up, few survive, and those settle in another tissue.

Each cell of a cluster lets go with probability p_d; a single cell survives with P_S, and what remains of a cluster,
whole, with P_C (Franssen 2019).
"""

from __future__ import annotations

import numpy as np

from metakit.core.arrays import Int32Array, as_index
from metakit.core.constants import constant
from metakit.tissue.state import TissueState

P_SINGLE = constant("single_survival").value
P_CLUSTER = constant("cluster_survival").value
P_DETACH = constant("cluster_detachment").value


def expected_seeds(
    n_cells: int | np.ndarray, p_detach: float = P_DETACH, p_single: float = P_SINGLE, p_cluster: float = P_CLUSTER
) -> np.ndarray:
    """Chance that at least one cell of a cluster survives the blood, for clusters of `n_cells`.

    Each cell lets go with probability `p_detach`; each single survives with `p_single`, and what remains of the
    cluster with `p_cluster` (a lone remaining cell with `p_single`).

    Parameters
    ----------
    n_cells : int or array of int, any shape
        Cluster sizes, 1 or more.
    p_detach, p_single, p_cluster : float
        Chances that a cell lets go, that a single survives, and that a cluster does, whole.

    Returns
    -------
    float array of the same shape
    """
    n = np.asarray(n_cells, float)
    stay, all_die = 1 - p_detach, 1 - p_single
    # Sum over how many stay together: none, one (a single as well), or two and more.
    split = (p_detach * all_die + stay) ** n
    none = (p_detach * all_die) ** n
    one = n * stay * (p_detach * all_die) ** np.maximum(n - 1, 0)
    die = none + one * all_die + (split - none - one) * (1 - p_cluster)
    return np.where(n == 1, p_single, 1 - die)


def break_up(
    n_epithelial: Int32Array,
    n_mesenchymal: Int32Array,
    rng: np.random.Generator,
    *,
    p_detach: float = P_DETACH,
    p_single: float = P_SINGLE,
    p_cluster: float = P_CLUSTER,
) -> tuple[Int32Array, Int32Array, Int32Array]:
    """Let clusters leave the blood: cells let go, then singles and what remains of each cluster live or die.

    Parameters
    ----------
    n_epithelial, n_mesenchymal : int32 array, shape (n_clusters,)
        Cells of each cluster; a single is a cluster of one.
    rng : numpy.random.Generator
        Where chance comes from.
    p_detach, p_single, p_cluster : float
        Chances that a cell lets go, that a single survives, and that a cluster does, whole.

    Returns
    -------
    epithelial, mesenchymal, parent : int32 array, shape (n_survivors,)
        Cells of each survivor, single or cluster, and which cluster it comes from.
    """
    together = n_epithelial + n_mesenchymal > 1
    loose_e = np.where(together, rng.binomial(n_epithelial, p_detach), n_epithelial)
    loose_m = np.where(together, rng.binomial(n_mesenchymal, p_detach), n_mesenchymal)
    rest_e, rest_m = n_epithelial - loose_e, n_mesenchymal - loose_m
    rest = rest_e + rest_m
    lives = rng.random(len(rest)) < np.where(rest > 1, p_cluster, p_single)
    lives &= rest > 0
    saved_e, saved_m = rng.binomial(loose_e, p_single), rng.binomial(loose_m, p_single)
    which = np.arange(len(rest))
    parent = np.concatenate([which[lives], np.repeat(which, as_index(saved_e)), np.repeat(which, as_index(saved_m))])
    epithelial = np.concatenate([rest_e[lives], np.ones(saved_e.sum(), int), np.zeros(saved_m.sum(), int)])
    mesenchymal = np.concatenate([rest_m[lives], np.zeros(saved_e.sum(), int), np.ones(saved_m.sum(), int)])
    return epithelial.astype(np.int32), mesenchymal.astype(np.int32), parent.astype(np.int32)


def settle(
    site: TissueState,
    n_epithelial: int,
    n_mesenchymal: int,
    line: int,
    rng: np.random.Generator,
    *,
    capacity: int,
) -> tuple[TissueState, int]:
    """Put cells on the four points around one of the vessels of a tissue, as far as there is room.

    Parameters
    ----------
    site : TissueState
        The tissue.
    n_epithelial, n_mesenchymal, line : int
        Cells that arrive, and the number that they and their daughters carry.
    rng : numpy.random.Generator
        Where chance comes from.
    capacity : int
        Cells that fit on a square of 10 um.

    Returns
    -------
    site, n_settled : TissueState, int
        The tissue with them, and how many found room.
    """
    room = round(capacity * site.grid.area)
    columns, vessel = site.grid.columns, int(site.vessel_site[rng.integers(len(site.vessel_site))])
    around = np.array([vessel - 1, vessel + 1, vessel + columns, vessel - columns])
    taken = np.array([(site.cell_site == point).sum() for point in around])
    places = np.repeat(around, np.maximum(room - taken, 0))
    places = rng.permutation(places)
    mesenchymal = rng.permutation(np.arange(n_epithelial + n_mesenchymal) < n_mesenchymal)
    n = min(len(places), len(mesenchymal))
    first_id = site.n_started + site.n_born
    return site.replace(
        cell_site=np.concatenate([site.cell_site, places[:n].astype(np.int32)]),
        cell_mesenchymal=np.concatenate([site.cell_mesenchymal, mesenchymal[:n]]),
        cell_id=np.concatenate([site.cell_id, np.arange(first_id, first_id + n, dtype=np.int32)]),
        cell_line=np.concatenate([site.cell_line, np.full(n, line, np.int32)]),
        n_started=site.n_started + n,
    ), n
