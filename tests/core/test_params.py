import dataclasses
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metakit.core.params import Knob, Params, param, with_default
from metakit.core.words import BARE, nearest
from metakit.models.intravasation import IntravasationParams
from metakit.models.invasion import InvasionParams
from metakit.models.journey import JourneyParams

KNOBS = {k.name: k for k in InvasionParams.knobs()}
NUMBERS = [k.name for k in KNOBS.values() if not k.is_switch]
SWITCHES = [k.name for k in KNOBS.values() if k.is_switch]


def _refusal(name, value):
    """The message with which a value is refused; fails if it is accepted or refused in another way."""
    with pytest.raises(ValueError, match=r"^InvasionParams\.") as caught:
        InvasionParams(**{name: value})
    return str(caught.value)


@given(st.sampled_from(NUMBERS), st.floats() | st.integers() | st.integers(-(10**400), 10**400))
def test_a_number_in_range_is_kept_and_any_other_is_refused_with_field_value_unit_and_range(name, value):
    knob = KNOBS[name]
    fits = knob.low <= value <= knob.high and not (knob.is_count and value != round(value))
    if fits:
        kept = getattr(InvasionParams(**{name: value}), name)
        assert kept == value
        assert type(kept) is (int if knob.is_count else float)
        return
    message = _refusal(name, value)
    assert message.startswith(f"InvasionParams.{name} = ")
    assert knob.unit in message or knob.unit in BARE
    assert f"outside {knob.span}" in message or f"allowed is {knob.span}" in message
    assert knob.doc in message


@given(st.sampled_from(NUMBERS), st.data())
def test_every_number_between_the_ends_of_a_slider_is_accepted(name, data):
    knob = KNOBS[name]
    between = st.integers(knob.low, knob.high) if knob.is_count else st.floats(knob.low, knob.high)
    value = data.draw(between)
    assert getattr(InvasionParams(**{name: value}), name) == value


@given(st.sampled_from(SWITCHES), st.none() | st.integers() | st.floats() | st.text() | st.lists(st.booleans()))
def test_a_switch_takes_true_and_false_and_nothing_else(name, value):
    for flag in (True, False):
        assert getattr(InvasionParams(**{name: flag}), name) is flag
    assert "is not True or False" in _refusal(name, value)


NOT_NUMBERS = [None, True, False, "0.3", b"1", [0.3], (1,), {}, {1.0}, 1j, ..., np.True_, float, [[1], [2]]]


@pytest.mark.parametrize("value", NOT_NUMBERS, ids=repr)
@pytest.mark.parametrize("name", ["mmp_secretion", "capacity"])
def test_what_is_not_a_number_is_refused(name, value):
    assert "is not a number" in _refusal(name, value)


@pytest.mark.parametrize("value", [np.array([1.0]), np.array([1.0, 2.0]), np.array([[1.0]])], ids=repr)
def test_an_array_is_not_a_number_however_small(value):
    assert "is not a" in _refusal("mmp_secretion", value)


BEYOND = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf, "float32": np.float32("inf"), "huge": -(10**5000)}


@pytest.mark.parametrize("value", BEYOND.values(), ids=BEYOND)
@pytest.mark.parametrize("name", ["mmp_secretion", "capacity"])
def test_nan_infinity_and_the_absurdly_large_are_outside(name, value):
    assert "is outside" in _refusal(name, value)


@pytest.mark.parametrize("value", [0.5, np.float64(0.5), np.float32(0.5), Fraction(1, 2)], ids=repr)
def test_numbers_of_every_make_become_plain_ones(value):
    kept = InvasionParams(mmp_secretion=value).mmp_secretion
    assert kept == 0.5
    assert type(kept) is float
    assert type(InvasionParams(capacity=np.int64(3)).capacity) is int
    assert InvasionParams(capacity=3.0).capacity == 3


def test_a_count_must_be_whole():
    assert "is not a whole number" in _refusal("capacity", 3.5)


def test_the_refusal_teaches():
    message = _refusal("mmp_decay", -1)
    assert message == (
        "InvasionParams.mmp_decay = -1 per day is outside 0 to 4.5 per day (MMP lost; 0.216 is a half-life of 77 h)"
    )


def test_an_unknown_parameter_names_the_nearest():
    with pytest.raises(ValueError, match="no parameter of InvasionParams called 'mmp_secrtion'; did you mean 'mmp_sec"):
        InvasionParams.make(mmp_secrtion=1)
    with pytest.raises(ValueError, match="did you mean 'capacity'"):
        InvasionParams().replace(capcity=1)
    with pytest.raises(ValueError, match="did you mean 'force'"):
        InvasionParams.knob("forc")


@pytest.mark.parametrize("preset", ["no enzym", "", None, 3, [], "SCIENCE"])
def test_an_unknown_preset_is_refused_with_the_names_there_are(preset):
    with pytest.raises(ValueError, match=r"there is no preset of InvasionParams .*there are: .*science"):
        InvasionParams.make(preset)


def test_an_unknown_preset_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'no enzyme'"):
        InvasionParams.make("no enzym")


def test_nothing_close_is_not_suggested():
    assert "did you mean" not in nearest("xylophone", ["science", "no enzyme"], "preset called")


def test_params_cannot_be_changed_in_place():
    with pytest.raises(dataclasses.FrozenInstanceError):
        InvasionParams().capacity = 3


def test_replace_changes_one_field_and_leaves_the_original():
    before = InvasionParams()
    after = before.replace(mmp_secretion=0.3)
    assert before.mmp_secretion == 0.4212
    assert after.differences() == {"mmp_secretion": 0.3}
    assert before.differences() == {}
    assert after.replace(mmp_secretion=0.4212) == before


def test_a_preset_is_what_it_says_and_changes_win_over_it():
    tight = InvasionParams.make("tight sheet", cell_cell_adhesion=0.5)
    assert (tight.start_mesenchymal, tight.cell_cell_adhesion) == (0.0, 0.5)
    assert tight.differences("tight sheet") == {"cell_cell_adhesion": 0.5}


def test_a_stage_may_change_a_default_and_nothing_else():
    ours, shared = IntravasationParams.knob("normal_vessels"), InvasionParams.knob("normal_vessels")
    assert (ours.default, shared.default) == (8, 0)
    assert dataclasses.replace(ours, default=0) == shared


def test_the_table_of_a_lesson_has_a_row_for_every_parameter():
    table = InvasionParams.table()
    assert [row["name"] for row in table] == [k.name for k in InvasionParams.knobs()]
    row = next(row for row in table if row["name"] == "mmp_secretion")
    assert row["default"] == "0.4212 per day"
    assert row["range"] == "0 to 4.5 per day"
    assert row["source"] == "Franssen 2019"
    assert next(row for row in table if row["name"] == "force")["range"] == "on or off"


def test_printed_params_show_unit_and_meaning():
    assert "haptotaxis = 180 µm²/h   pull toward denser ECM" in str(InvasionParams())


def test_labels_are_words():
    assert InvasionParams.knob("mmp_secretion").label == "MMP secretion"
    assert InvasionParams.knob("emt_rate").label == "EMT rate"
    assert InvasionParams.knob("met_rate").label == "MET rate"
    assert JourneyParams.knob("p_single").label == "single cells that survive"


@dataclass(frozen=True)
class _Own(Params):
    PRESETS: ClassVar = {"science": {}, "wild": {"speed": 99}}
    speed: float = param(1, 0, 2, step=0.1, unit="µm/h", doc="how fast", source="illustrative")
    n: int = param(3, 0, 9, step=1, doc="how many", source="illustrative")
    on: bool = param(False, doc="whether", source="illustrative")
    way: str = param("blood", choices=("lymph", "blood", "nerve"), doc="which way", source="illustrative")


def test_kinds_of_parameter_are_told_from_their_default():
    speed, n, on, way = _Own.knobs()
    # 1 is a whole number, but its step is not: it must not become a count.
    assert (speed.is_count, n.is_count, on.is_count) == (False, True, False)
    assert (speed.is_switch, n.is_switch, on.is_switch) == (False, False, True)
    assert (way.is_choice, way.is_count, way.is_switch) == (True, False, False)
    assert not any(knob.is_choice for knob in (speed, n, on))
    assert [knob.ends for knob in (speed, n, on, way)] == [(0, 2), (0, 9), (False, True), ("lymph", "nerve")]


@pytest.mark.parametrize("value", ["sea", "", "Blood", None, True, 0, 1.5, ["blood"], b"blood"], ids=repr)
def test_a_choice_takes_its_own_words_and_nothing_else(value):
    for word in ("lymph", "blood", "nerve"):
        assert _Own(way=word).way == word
    with pytest.raises(ValueError, match=r"^_Own\.way = .* is not one of 'lymph', 'blood', 'nerve' \(which way\)"):
        _Own(way=value)


def test_a_choice_is_shown_by_its_words():
    row = _Own.table()[-1]
    assert (row["default"], row["range"]) == ("blood", "lymph or blood or nerve")
    assert "way = nerve   which way" in str(_Own(way="nerve"))
    assert _Own(way="nerve").differences() == {"way": "nerve"}


def test_a_choice_needs_two_words_and_one_of_them_as_default():
    for words in ((), ("blood",), ("blood", "blood")):
        with pytest.raises(ValueError, match="two different words or more"):
            param("blood", choices=words, doc="which way", source="illustrative")
    for default in ("sea", 1, True):
        with pytest.raises(ValueError, match="is not one of 'blood', 'lymph'"):
            param(default, choices=("blood", "lymph"), doc="which way", source="illustrative")


def test_a_preset_that_breaks_a_range_is_found_when_made():
    with pytest.raises(ValueError, match=r"_Own\.speed = 99 µm/h is outside 0 to 2 µm/h"):
        _Own.make("wild")


def test_a_declaration_needs_a_known_source_and_a_default_in_range():
    with pytest.raises(ValueError, match="source 'nobody' is not a key"):
        param(1.0, 0, 2, step=1, doc="x", source="nobody")
    with pytest.raises(ValueError, match=r"no unit '1/d'; did you mean .*; one that is missing belongs to"):
        param(1.0, 0, 2, step=1, unit="1/d", doc="x", source="illustrative")
    with pytest.raises(ValueError, match="outside 0 to 2"):
        param(3.0, 0, 2, step=1, doc="x", source="illustrative")
    with pytest.raises(ValueError, match="outside"):
        with_default(_Own, "n", 10)


def test_an_amount_is_a_number_with_its_unit():
    knob = Knob("x", 1.0, 0, 2, 0.1, "µm", "x", "doc", "illustrative")
    assert knob.amount(0.1 + 0.2) == "0.3 µm"
    assert knob.amount(True) == "True µm"
