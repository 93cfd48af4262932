import math
import types

import numpy as np
import pytest

import metakit
from metakit.core.handoff import Clusters, Tissue
from metakit.runs.stage import check_seed, generator, resolve, stage, stages


def test_the_stages_on_disk_are_found_in_alphabetical_order():
    assert stages() == sorted(stages())
    assert {"invasion", "intravasation"} <= set(stages())
    assert metakit.stages() == stages()


@pytest.mark.parametrize("name", ["invassion", "Invasion", "", "../params", None, 3, ["invasion"]])
def test_an_unknown_stage_is_refused_with_the_names_there_are(name):
    with pytest.raises(ValueError, match=r"there is no stage called .*there are: .*invasion"):
        stage(name)


def test_an_unknown_stage_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'invasion'"):
        metakit.run("invassion")


def test_a_stage_is_resolved_once_with_all_its_parts():
    found = stage("intravasation")
    assert stage("intravasation") is found
    assert (found.params.__name__, found.state.__name__) == ("IntravasationParams", "IntravasationState")
    assert (found.takes, found.gives) == ((Tissue,), Clusters)
    assert found.about.startswith("Intravasation: ")


def broken(**changes):
    """The module of invasion, with some of its names changed."""
    module = types.ModuleType("metakit.models.invasion")
    vars(module).update(vars(stage("invasion").module) | changes)
    return module


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"TAKES": Tissue}, "TAKES is a tuple of types of metakit.core.handoff"),
        ({"TAKES": (int,)}, "TAKES is a tuple of types of metakit.core.handoff"),
        ({"GIVES": dict}, "GIVES is one"),
        ({"GIVES": None}, "a stage that gives something has GIVES and outflow"),
        ({"InvasionParams": None}, "one subclass of Params is expected, there is none"),
        (
            {"Second": stage("invasion").state},
            "one subclass of State is expected, there is InvasionState, ",
        ),
    ],
)
def test_a_stage_that_declares_nonsense_is_refused_with_what_is_wanted(changes, why):
    with pytest.raises(ValueError, match=f"metakit.models.invasion: .*{why}"):
        resolve("invasion", broken(**changes))


@pytest.mark.parametrize("seed", [-1, True, False, 1.0, "1", None, math.nan, [1], np.float64(3)])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(ValueError, match="is not a seed; any whole number from 0 up is"):
        check_seed(seed)
    with pytest.raises(ValueError, match="is not a seed"):
        metakit.run("invasion", seed=seed)


@pytest.mark.parametrize("seed", [0, 7, np.int64(7), 2**32 - 1, 10**50])
def test_any_whole_number_from_zero_up_is_a_seed(seed):
    assert check_seed(seed) == seed
    assert type(check_seed(seed)) is int
    assert 0 <= generator(seed, "invasion").random() < 1


def _draws(seed, name, n=20_000):
    return generator(seed, name).random(n)


def test_a_stream_depends_on_seed_and_name_and_on_nothing_else():
    np.random.seed(3)  # noqa: NPY002 - the global stream must not matter
    first = _draws(7, "invasion", 5)
    np.random.seed(4)  # noqa: NPY002
    assert np.array_equal(first, _draws(7, "invasion", 5))
    assert not np.array_equal(first, _draws(8, "invasion", 5))
    assert not np.array_equal(first, _draws(7, "intravasation", 5))


def test_streams_of_different_stages_and_seeds_are_not_correlated():
    streams = np.array([_draws(s, n) for s in (0, 1, 2) for n in ("invasion", "intravasation", "growth", "noisavni")])
    off_diagonal = np.corrcoef(streams)[~np.eye(len(streams), dtype=bool)]
    assert np.abs(off_diagonal).max() < 5 / np.sqrt(streams.shape[1])


def test_advancing_one_run_leaves_another_alone():
    params = stage("invasion").params()
    a = stage("invasion").first(params, 1)
    alone = stage("invasion").next(stage("invasion").next(a, params), params)
    halfway = stage("invasion").next(a, params)
    stage("invasion").next(stage("invasion").first(params, 2), params)
    assert stage("invasion").next(halfway, params) == alone


def test_a_state_carries_its_stream():
    params = stage("invasion").params()
    state = stage("invasion").first(params, 1)
    assert state.rng_state["bit_generator"] == "PCG64DXSM"
    assert stage("invasion").next(state, params).rng_state != state.rng_state
    assert stage("invasion").next(state, params) == stage("invasion").next(state, params)
