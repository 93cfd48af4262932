import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field
from typing import Any

import numpy as np
import pytest

from metakit.core.state import Ledger, State, array, part
from metakit.models.invasion import InvasionState
from metakit.tissue.state import TissueState


@dataclass(frozen=True, eq=False, kw_only=True)
class _Pond(State):
    frogs: Any = array("int32", "n_frogs")
    weight: Any = array("float32", "n_frogs")
    depth: Any = array("float32", "rows", "columns")
    rain: int = 0
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def ledger(self):
        return Ledger({"started": 2}, {"here": len(self.frogs)})


def _pond(**changes):
    arrays = {
        "frogs": np.array([3, 4], np.int32),
        "weight": np.ones(2, np.float32),
        "depth": np.zeros((2, 3), np.float32),
    }
    return _Pond(**{**arrays, **changes})


def _names(state):
    return [f.name for f in state.array_fields()]


def test_no_array_of_a_state_can_be_written_to(invasion, intravasation):
    for state in (invasion.state, intravasation.state):
        for name in _names(state):
            value = getattr(state, name)
            assert not value.flags.writeable, name
            with pytest.raises(ValueError, match="read-only"):
                value[...] = 0


def test_nobody_can_write_to_an_array_of_a_state_by_another_name():
    given = np.array([3, 4], np.int32)
    seen = given.view()
    seen.setflags(write=False)
    for frogs in (given, seen):
        pond = _pond(frogs=frogs)
        given[:] = 9
        assert list(pond.frogs) == [3, 4]
        given[:] = 3, 4
        with pytest.raises(ValueError, match="WRITEABLE"):
            pond.frogs.setflags(write=True)
        with pytest.raises(ValueError, match="read-only"):
            pond.frogs.base[:] = 9


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_a_copy_of_a_state_is_equal_and_as_read_only(again):
    pond = _pond(rng_state={"state": {"a": 1}})
    twin = again(pond)
    assert twin == pond
    assert not any(getattr(twin, name).flags.writeable for name in _names(twin))


def test_no_field_of_a_state_can_be_assigned():
    with pytest.raises(FrozenInstanceError):
        _pond().rain = 3


def test_replace_leaves_the_original_and_shares_what_did_not_change():
    before = _pond()
    after = before.replace(rain=5)
    assert (before.rain, after.rain) == (0, 5)
    assert np.shares_memory(before.depth, after.depth)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frogs": np.array([3, 4], np.int64)}, r"_Pond.frogs is 1-dimensional int64; 1-dimensional int32 is expected"),
        ({"frogs": np.array([[3, 4]], np.int32)}, r"_Pond.frogs is 2-dimensional int32"),
        ({"depth": np.zeros(3, np.float32)}, r"_Pond.depth is 1-dimensional"),
        ({"weight": np.ones(3, np.float32)}, r"_Pond.weight has 3 n_frogs, other fields have 2"),
        ({"weight": np.array([None, None])}, r"_Pond.weight is 1-dimensional object"),
        ({"weight": "heavy"}, r"_Pond.weight is 0-dimensional"),
    ],
)
def test_arrays_of_the_wrong_kind_or_length_are_refused_by_name(changes, message):
    with pytest.raises(ValueError, match=message):
        _pond(**changes)


def test_states_are_equal_when_every_bit_is():
    assert _pond() == _pond()
    assert _pond() != _pond(rain=1)
    assert _pond() != _pond(weight=np.nextafter(np.ones(2, np.float32), np.float32(2)))
    assert _pond() != _pond(depth=np.zeros((3, 2), np.float32))
    assert _pond(weight=np.full(2, np.nan, np.float32)) == _pond(weight=np.full(2, np.nan, np.float32))
    assert _pond() != 3


def test_two_kinds_of_state_are_never_equal(invasion):
    arrays, plain = invasion.state.split()
    other = TissueState.join(arrays, plain)
    assert other != invasion.state
    assert InvasionState.join(arrays, plain) == invasion.state


def test_splitting_and_joining_gives_the_same_state_back(intravasation):
    arrays, plain = intravasation.state.split()
    assert type(intravasation.state).join(arrays, plain) == intravasation.state


def test_joining_refuses_entries_that_are_missing_unknown_or_of_another_type():
    arrays, plain = _pond().split()
    for wrong in ({**plain, "more": 1}, {k: v for k, v in plain.items() if k != "rain"}):
        with pytest.raises(ValueError, match=r"entries are not those of _Pond: (more|rain)"):
            _Pond.join(arrays, wrong)
    with pytest.raises(ValueError, match="entries are not those of _Pond: frogs"):
        _Pond.join({k: v for k, v in arrays.items() if k != "frogs"}, plain)
    for name, value in [("rain", "3"), ("rain", 3.5), ("rain", True), ("rain", None), ("notes", [1]), ("time_s", "0")]:
        with pytest.raises(ValueError, match=f"{name} = .* is not of type"):
            _Pond.join(arrays, {**plain, name: value})
    for time_s in (float("nan"), float("inf"), -1.0):
        with pytest.raises(ValueError, match="is not a time"):
            _Pond.join(arrays, {**plain, "time_s": time_s})
    with pytest.raises(ValueError, match="weight holds numbers that are not finite"):
        _Pond.join({**arrays, "weight": np.array([1, np.inf], np.float32)}, plain)


def test_time_is_one_number_in_several_units():
    state = _pond(time_s=43200.0)
    assert (state.time_s, state.time_h, state.time_d) == (43200.0, 12.0, 0.5)


def test_a_ledger_adds_up_and_says_so():
    ledger = Ledger({"started": 1000, "born": 234}, {"here": 1200, "gone": 33})
    assert ledger.missing == 1
    assert str(ledger) == "1,000 started + 234 born = 1,234 cells\n1,200 here + 33 gone = 1,233 cells"
    assert dict(ledger) == {"started": 1000, "born": 234, "here": 1200, "gone": 33}
    assert Ledger({"started": 2}, {"here": 2}).missing == 0


def test_a_state_must_define_its_ledger():
    with pytest.raises(AttributeError, match="every stage's state must define one"):
        _ = State().ledger


def test_a_printed_state_says_time_size_and_where_every_cell_is():
    assert str(_pond(time_s=43200.0)) == "_Pond at 0.50 d (0.0 MB)\n2 started = 2 cells\n2 here = 2 cells"


def test_bytes_are_counted_over_all_arrays(invasion):
    assert _pond().nbytes == 8 + 8 + 24
    assert invasion.state.nbytes > 2 * 4 * 201 * 201


BROKEN = {
    "a cell off the grid": lambda s: {"cell_site": np.full_like(s.cell_site, 201 * 201)},
    "a cell before the grid": lambda s: {"cell_site": np.full_like(s.cell_site, -1)},
    "a vessel off the grid": lambda s: {"vessel_site": np.full_like(s.vessel_site, 201 * 201)},
    "negative enzyme": lambda s: {"mmp": np.full_like(s.mmp, -1)},
    "too much matrix": lambda s: {"ecm": np.full_like(s.ecm, 2)},
    "a field that is not finite": lambda s: {"ecm": np.full_like(s.ecm, np.nan)},
    "a cell too many": lambda s: {"n_started": s.n_started + 1},
    "births that never were": lambda s: {"n_started": s.n_started + 5, "n_born": s.n_born - 5 - 10**6},
    "an event at a vessel that is not there": lambda s: {"cluster_vessel": np.full_like(s.cluster_vessel, 99)},
    "an event before the start": lambda s: {"cluster_step": np.full_like(s.cluster_step, -1)},
    "an event still to come": lambda s: {"cluster_step": np.full_like(s.cluster_step, 10**6)},
    "a clock that disagrees with the steps": lambda s: {"step": s.step + 1},
    "steps before the start": lambda s: {"step": -45, "time_s": 0.0},
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_tissue_that_cannot_be_is_refused(intravasation, what):
    state = intravasation.state
    assert len(state.cluster_step), "this run needs events for the test to say anything"
    with pytest.raises(ValueError, match=r"\w"):
        state.replace(**BROKEN[what](state)).check()


def test_clusters_with_negative_counts_are_refused(intravasation):
    state = intravasation.state
    e, m = state.cluster_epithelial.copy(), state.cluster_mesenchymal.copy()
    e[0], m[0] = -1, e[0] + m[0] + 1  # the ledger still adds up
    with pytest.raises(ValueError, match="cluster"):
        state.replace(cluster_epithelial=e, cluster_mesenchymal=m).check()


def test_a_moment_that_has_not_come_is_the_same_moment_in_two_states():
    state = _pond()
    assert state.replace(time_s=float("nan")) == state.replace(time_s=float("nan"))
    assert state.replace(time_s=float("nan")) != state


@dataclass(frozen=True, eq=False, kw_only=True)
class _Land(State):
    north: Any = part(_Pond)
    south: Any = part(_Pond)
    roads: Any = array("int32", "n_roads")


def _land(**changes):
    return _Land(**{"north": _pond(), "south": _pond(rain=7), "roads": np.arange(3, dtype=np.int32), **changes})


def test_a_state_made_of_states_is_taken_apart_and_put_together_again():
    land = _land()
    arrays, plain = land.split()
    assert "north.frogs" in arrays
    assert plain["south"]["rain"] == 7
    assert _Land.join(arrays, plain) == land != _land(south=_pond(rain=8))
    assert land.nbytes == 2 * _pond().nbytes + land.roads.nbytes


@pytest.mark.parametrize("missing", ["north.frogs", "roads"])
def test_a_part_with_an_entry_too_few_or_too_many_is_refused(missing):
    arrays, plain = _land().split()
    with pytest.raises(ValueError, match="entries are not those of"):
        _Land.join({k: v for k, v in arrays.items() if k != missing}, plain)
    with pytest.raises(ValueError, match="entries are not those of"):
        _Land.join(arrays | {"north.toads": arrays["roads"]}, plain)
    with pytest.raises(ValueError, match="not of type"):
        _Land.join(arrays, plain | {"north": 3})


def test_a_part_that_makes_no_sense_is_found():
    with pytest.raises(ValueError, match="weight holds numbers that are not finite"):
        _land(south=_pond(weight=np.array([1, np.nan], np.float32))).check()
