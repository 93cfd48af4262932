import numpy as np
import pytest

from metakit.core.handoff import Arrested, Clusters, Context, Patient, Tumor


def _clusters(epithelial=(1, 0, 3), mesenchymal=(0, 2, 4), time_h=(1.0, 2.0, 2.5)):
    return Clusters(np.array(epithelial), np.array(mesenchymal), np.array(time_h))


def test_clusters_know_their_sizes_and_their_cells():
    clusters = _clusters()
    assert clusters.sizes.tolist() == [1, 2, 7]
    assert (len(clusters), clusters.n_cells) == (3, 10)
    assert str(clusters) == "Clusters with 10 cells in 3 clusters (largest 7)"


def test_no_clusters_at_all_is_a_fine_answer():
    none = _clusters([], [], [])
    assert (len(none), none.n_cells) == (0, 0)
    assert str(none) == "Clusters with 0 cells in 0 clusters (largest 0)"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epithelial": (1, 0)}, "n_clusters, other fields have"),
        ({"time_h": (1.0,)}, "n_clusters, other fields have"),
        ({"epithelial": (1, 0, -1), "mesenchymal": (0, 2, 4)}, "n_epithelial holds a negative number"),
        ({"epithelial": (1, 0, 0), "mesenchymal": (0, 0, 4)}, "at least one cell"),
        ({"epithelial": ((1, 0, 3),)}, "n_epithelial is 2-dimensional"),
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
    with pytest.raises(ValueError, match="by_lymph has 1 n_clusters"):
        Clusters(e, m, t, np.array([True]))


def test_a_hand_over_comes_back_from_its_arrays_and_plain_fields_whole():
    context = Context(each=7, organ="lung", aside=3, aside_d=2.0, day=9.5, left={"held in other beds": 4})
    for record in (
        Clusters(np.array([1]), np.array([2]), np.array([0.5]), context=context),
        Arrested({"lung": 3}, {"lung": 1, "liver": 2}, 5, context=context),
        Tumor(1000, 1e8, context=context, recipe="metakit.run(...)"),
        Patient(5, np.array([9, 1]), np.array([2, 3]), context=context),
    ):
        again = type(record).join(*record.split())
        assert again == record
        assert again.recipe == record.recipe
        assert again.body_cells == 7 * record.n_cells + 3


def test_who_made_a_record_does_not_make_it_another():
    assert Tumor(10, 1e8, recipe="this") == Tumor(10, 1e8, recipe="that")
    assert Tumor(10, 1e8) != Tumor(10, 1e8, context=Context(each=2))


@pytest.mark.parametrize(
    "wrong", [{"context": {"each": 0}}, {"context": {"day": -1.0}}, {"context": {"left": {"x": -3}}}, {"cells": -1}]
)
def test_a_hand_over_from_a_file_that_makes_no_sense_is_refused(wrong):
    arrays, plain = Tumor(1000, 1e8).split()
    plain |= {key: {**plain[key], **value} if key == "context" else value for key, value in wrong.items()}
    with pytest.raises(ValueError, match=r"context is not of counts and days|holds a negative number"):
        Tumor.join(arrays, plain)


def test_the_surface_of_a_tumor_is_that_of_a_ball():
    # A million cells at 1e8 per cm3 are 0.01 cm3: a ball of 1.337 mm radius with 22.4 mm2.
    assert Tumor(1_000_000, 1e8).surface_um2 == pytest.approx(22.45e6, rel=1e-3)


def test_cells_of_an_organ_are_its_singles_and_those_of_its_clusters():
    held = Arrested({"lung": 3}, {"lung": 2, "liver": 1}, 5)
    assert held.by_organ == {"lung": 13, "liver": 5}
    assert held.n_cells == 18
