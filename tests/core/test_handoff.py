import numpy as np
import pytest

from metakit.core.handoff import Clusters


def _clusters(epithelial=(1, 0, 3), mesenchymal=(0, 2, 4), time_h=(1.0, 2.0, 2.5)):
    return Clusters(np.array(epithelial), np.array(mesenchymal), np.array(time_h))


def test_clusters_know_their_sizes_and_their_cells():
    clusters = _clusters()
    assert clusters.sizes.tolist() == [1, 2, 7]
    assert (len(clusters), clusters.n_cells) == (3, 10)
    assert str(clusters) == "3 clusters with 10 cells (largest 7)"


def test_no_clusters_at_all_is_a_fine_answer():
    none = _clusters([], [], [])
    assert (len(none), none.n_cells) == (0, 0)
    assert str(none) == "0 clusters with 0 cells (largest 0)"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epithelial": (1, 0)}, "must be equally long"),
        ({"time_h": (1.0,)}, "must be equally long"),
        ({"epithelial": (1, 0, -1), "mesenchymal": (0, 2, 4)}, "must be 0 or more"),
        ({"epithelial": (1, 0, 0), "mesenchymal": (0, 0, 4)}, "at least one cell"),
        ({"epithelial": ((1, 0, 3),)}, "n_epithelial has 2 dimensions"),
    ],
)
def test_a_record_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        _clusters(**change)


def test_a_record_cannot_be_changed_not_even_through_the_arrays_it_was_made_from():
    epithelial = np.array([1, 0, 3])
    clusters = _clusters(epithelial)
    epithelial[0] = 99
    assert clusters.n_epithelial.tolist() == [1, 0, 3]
    with pytest.raises(ValueError, match="read-only"):
        clusters.n_epithelial[0] = 5


def test_records_are_equal_when_every_number_is():
    assert _clusters() == _clusters()
    assert _clusters() != _clusters(time_h=(1.0, 2.0, 3.0))
    assert _clusters() != "clusters"


def test_clusters_are_marked_by_their_route_and_come_by_blood_if_nothing_is_said():
    assert not _clusters().by_lymph.any()
    e, m, t = np.array([1, 0]), np.array([0, 2]), np.array([1.0, 2.0])
    marked = Clusters(e, m, t, np.array([False, True]))
    assert marked.by_lymph.tolist() == [False, True]
    assert marked != Clusters(e, m, t)
    with pytest.raises(ValueError, match="equally long"):
        Clusters(e, m, t, np.array([True]))
