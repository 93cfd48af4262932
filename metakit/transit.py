"""What becomes of clusters in the blood: they break up, and few survive.

Each cell of a cluster lets go with probability p_d; a single cell survives with P_S, and what remains of a cluster,
whole, with P_C (Franssen 2019).
"""

from __future__ import annotations

import numpy as np

P_SINGLE = 5e-4  # P_S, survival of a single cell in the blood (Franssen 2019)
P_CLUSTER = 2.5e-2  # P_C, survival of a cluster in the blood
P_DETACH = 0.5  # p_d, chance that a cell lets go of its cluster


def expected_seeds(n_cells: int | np.ndarray, p_detach: float = P_DETACH) -> np.ndarray:
    """Chance that at least one cell of a cluster survives the blood, for clusters of `n_cells`.

    Each cell lets go with probability `p_detach`; each single survives with `P_SINGLE`, and what remains of the
    cluster with `P_CLUSTER` (a lone remaining cell with `P_SINGLE`).

    Parameters
    ----------
    n_cells : int or array of int, any shape
        Cluster sizes, 1 or more.
    p_detach : float
        Chance that a cell lets go.

    Returns
    -------
    float array of the same shape
    """
    n = np.asarray(n_cells, float)
    stay, all_die = 1 - p_detach, 1 - P_SINGLE
    # Sum over how many stay together: none, one (a single as well), or two and more.
    split = (p_detach * all_die + stay) ** n
    none = (p_detach * all_die) ** n
    one = n * stay * (p_detach * all_die) ** np.maximum(n - 1, 0)
    die = none + one * all_die + (split - none - one) * (1 - P_CLUSTER)
    return np.where(n == 1, P_SINGLE, 1 - die)
