"""Numbers and units: one way to write them, wherever a reader meets them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metakit.core.words import UNITS, write_number


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (1, "1"),
        (12.3456, "12.3"),
        (950, "950"),
        (23_538, "23,538"),
        (999_499, "999,499"),
        (999_999, "1 million"),
        (12_345_678, "12.3 million"),
        (9.999e8, "1 billion"),
        (1e12, "1 trillion"),
        (4e15, "4,000 trillion"),
        (0.00286, "0.00286"),
        (1.7e-8, "0.000000017"),
        (1e-30, "almost 0"),
        (-12_345_678, "-12.3 million"),
        (math.inf, "∞"),
        (np.int64(7), "7"),
        (np.float32(0.25), "0.25"),
    ],
)
def test_a_number_is_written_with_three_digits_and_words(value, words):
    assert write_number(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(7, "7"), (12_345, "12,000"), (8.98e6, "9 million"), (123.4e6, "120 million"), (2.34, "2.3")]
)
def test_on_a_picture_two_digits_are_enough(value, words):
    assert write_number(value, short=True) == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1, "cells", "1 cell"),
        (1.0, "cells", "1 cell"),
        (0, "cells", "0 cells"),
        (2, "cells", "2 cells"),
        (1, "people", "1 person"),
        (1e6, "cells", "1 million cells"),
        (1, "times", "1 times"),
        (1, "s", "1 s"),
        (0.5, "share", "0.5"),
        (0.663, "number", "0.663"),
        (73, "billion cells", "73 billion cells"),
    ],
)
def test_the_unit_stands_behind_its_number_and_one_is_one(value, unit, words):
    assert write_number(value, unit) == words


def test_what_is_not_there_yet_is_a_dash_or_what_is_asked_for():
    assert (write_number(math.nan, "h"), write_number(math.nan, missing="not yet")) == ("–", "not yet")


@given(st.floats(allow_nan=False) | st.integers(-(10**30), 10**30), st.booleans(), st.integers(2, 12))
def test_no_number_is_written_with_a_power_of_ten(value, short, digits):
    said = write_number(value, short=short, digits=digits)
    assert "e" not in said.replace("almost", "").lower()


@given(st.floats(1e-8, 1e20))
def test_what_is_written_is_the_number_to_three_digits(value):
    first, *sizes = write_number(value).replace(",", "").split()
    power = sum({"million": 6, "billion": 9, "trillion": 12}[word] for word in sizes)
    assert float(first) * 10**power == pytest.approx(value, rel=5.1e-3)


def test_there_are_few_units_and_no_two_for_the_same():
    assert len(set(UNITS)) == len(UNITS) <= 34
    assert not [unit for unit in UNITS if unit.startswith("1/") or (unit.endswith("/d") and "cells" not in unit)]
