"""Clusters in the blood: what leaves it is what the closed form says, and nobody is made there."""

import numpy as np
import pytest

from metakit.tissue.transit import P_CLUSTER, P_SINGLE, break_up, expected_seeds


def _clusters(n, share, copies):
    e = np.full(copies, round(n * share), np.int32)
    return e, np.full(copies, n, np.int32) - e


@pytest.mark.parametrize("n", [1, 2, 3, 8, 20])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_as_many_clusters_leave_a_survivor_as_the_closed_form_says(n, share):
    copies = 400_000
    _, _, parent = break_up(*_clusters(n, share, copies), np.random.default_rng(n))
    p = float(expected_seeds(n))
    assert len(np.unique(parent)) == pytest.approx(copies * p, abs=3 * (copies * p) ** 0.5 + 1)


def test_singles_and_clusters_survive_at_their_own_rates():
    rng, copies = np.random.default_rng(5), 200_000
    whole, none, _ = break_up(*_clusters(10, 1.0, copies), rng, p_detach=0.0)
    assert set(whole.tolist()) == {10}
    assert not none.any()
    assert len(whole) == pytest.approx(copies * P_CLUSTER, abs=3 * (copies * P_CLUSTER) ** 0.5)
    alone, _, _ = break_up(*_clusters(10, 1.0, copies), rng, p_detach=1.0)
    assert set(alone.tolist()) == {1}
    assert len(alone) == pytest.approx(10 * copies * P_SINGLE, abs=3 * (10 * copies * P_SINGLE) ** 0.5)


def test_no_cell_comes_from_nowhere_and_none_when_nobody_survives():
    rng = np.random.default_rng(1)
    e, m = rng.integers(0, 8, 5000).astype(np.int32), rng.integers(1, 8, 5000).astype(np.int32)
    out_e, out_m, parent = break_up(e, m, rng, p_single=1.0, p_cluster=1.0)
    assert (np.bincount(parent, out_e, 5000) == e).all()
    assert (np.bincount(parent, out_m, 5000) == m).all()
    out_e, out_m, parent = break_up(e, m, rng)
    assert (np.bincount(parent, out_e, 5000) <= e).all()
    assert (np.bincount(parent, out_m, 5000) <= m).all()
    assert len(break_up(e, m, rng, p_single=0.0, p_cluster=0.0)[0]) == 0
    assert len(break_up(e[:0], m[:0], rng)[2]) == 0
