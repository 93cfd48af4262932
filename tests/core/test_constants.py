"""Shared physiology is said once: in its table, and nowhere else in the code."""

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

import metakit
from metakit.core.constants import CONSTANTS, KINDS, collect, constant
from metakit.core.params import Params, from_table, param, with_default
from metakit.core.sources import SOURCES
from metakit.core.tables import read_table
from metakit.runs.stage import stage as stage_of

PACKAGE = Path(metakit.__file__).parent
IN_CELLS = {"billion cells": 1e9, "million cells/g/d": 1e6, "per 100 million days": 1e-8}
# Values that stand for many other things as well, so that finding one says nothing.
PLAIN = {0.01, 0.5, 0.6, 0.8, 0.9, 1, 2, 5, 7, 10, 35, 70, 120}
# The same number for another thing.
OTHERS = {
    ("models/growth/__init__.py", 0.13): "deaths in the preset melanoma are a reader's own choice of the knob",
    ("models/motility/__init__.py", 180): "seconds of a frame",
    ("models/journey.py", 0.0005): "the step of a slider",
    ("models/extravasation/__init__.py", 7.5): "diameter of colorectal cancer cells (Mendelaar 2021)",
    ("widgets/draw/body_map.py", 3.2): "drawing",
    ("widgets/draw/sprites.py", 0.36): "drawing",
    ("widgets/draw/sprites.py", 1.7): "drawing",
    ("widgets/extravasation/bed_picture.py", 3.2): "drawing",
    ("widgets/growth/section.py", 0.36): "drawing",
    ("widgets/motility/crawlers.py", 0.36): "drawing",
    ("widgets/spread/lives.py", 7.5): "drawing",
}


def _number(node):
    """Value of a literal, or of one divided by another: 1 / 40 is 0.025."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        above, below = _number(node.left), _number(node.right)
        return above / below if above is not None and below else None
    return None


def _found(text):
    known = {c.value: key for key, c in CONSTANTS.items()}
    known |= {c.value * IN_CELLS.get(c.unit, 1): key for key, c in CONSTANTS.items()}
    numbers = {_number(node) for node in ast.walk(ast.parse(text))}
    return {value: key for value, key in known.items() if value in numbers and value not in PLAIN}


def test_no_literal_of_the_table_stands_elsewhere():
    found = {}
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        for value, key in _found(path.read_text(encoding="utf-8")).items():
            found[name, value] = key
    twice = {where: key for where, key in found.items() if where not in OTHERS}
    assert not twice, "these belong to data/constants.csv alone: use constant(...) or from_table(...)"
    assert set(OTHERS) <= set(found), "exceptions that are needed no longer"


@pytest.mark.parametrize("text", ["a = 0.663", "K = 7.3e10", "K = 73.0", "START = 1 / 40", "f(5.3e-8)", "x = 6.5 * y"])
def test_a_literal_of_the_table_is_found_however_it_is_written(text):
    assert len(_found(text)) == 1


def test_no_value_is_passed_over_that_is_not_in_the_table():
    assert {c.value for c in CONSTANTS.values()} >= PLAIN


def _row(**changes):
    return {**read_table("constants.csv")[0], **changes}


def test_one_key_has_one_source():
    assert [row["key"] for row in read_table("constants.csv")] == list(CONSTANTS)
    with pytest.raises(ValueError, match="'cardiac_output' stands there twice; a number has one value and one source"):
        collect([_row(), _row(source="icrp2002", kind="illustrative")])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unit": "1/d"}, "there is no unit '1/d'"),
        ({"source": "butler"}, "there is no source 'butler'; did you mean 'butler1975'"),
        ({"kind": "mesured"}, "there is no kind 'mesured'; did you mean 'measured'"),
        ({"kind": "illustrative"}, "source 'nrc1989' and kind 'illustrative' disagree"),
    ],
)
def test_a_row_with_an_unknown_unit_source_or_kind_is_refused(changes, words):
    with pytest.raises(ValueError, match=f"constants.csv, cardiac_output: {words}"):
        collect([_row(**changes)])


def test_an_unknown_constant_names_the_nearest():
    assert constant("colonization_exponent").value == 0.663
    with pytest.raises(
        ValueError, match="no constant called 'colonization_exponnt'; did you mean 'colonization_exponent'"
    ):
        constant("colonization_exponnt")


def _all_knobs():
    return [(name, knob) for name in metakit.stages() for knob in stage_of(name).params.knobs()]


def test_a_knob_of_the_table_has_its_value_unit_source_and_kind():
    known = [(name, knob) for name, knob in _all_knobs() if knob.constant]
    assert len(known) > 30
    for name, knob in known:
        c = CONSTANTS[knob.constant]
        told = (knob.default, knob.unit, knob.source, knob.kind)
        assert told == (c.value, c.unit, c.source, c.kind), f"{name}.{knob.name}"


def test_every_knob_is_of_a_kind_and_what_is_recalled_is_illustrative():
    kinds = {knob.kind for _, knob in _all_knobs()}
    assert kinds == set(KINDS)
    for name, knob in _all_knobs():
        recalled = SOURCES[knob.source].seen == "illustrative"
        assert (knob.kind == "illustrative") == recalled, f"{name}.{knob.name}"


def test_one_quantity_has_one_value_in_every_stage():
    found = {}
    for _, knob in _all_knobs():
        if knob.symbol and knob.constant:
            found.setdefault((knob.symbol, knob.unit, knob.source), set()).add(knob.default)
    differ = {key: values for key, values in found.items() if len(values) > 1 and key[-1] != "illustrative"}
    assert not differ


@dataclass(frozen=True)
class _Own(Params):
    exponent: float = from_table("colonization_exponent", 0, 1, step=0.1)
    share: float = param(0.5, 0, 1, step=0.1, unit="share", doc="a share", source="butler1975")


def test_another_default_is_no_longer_that_of_the_table():
    assert (_Own.knob("exponent").kind, _Own.knob("share").kind) == ("fitted", "measured")
    same, other = (with_default(_Own, "exponent", value).metadata["knob"] for value in (0.663, 0.5))
    assert (same.constant, other.constant) == ("colonization_exponent", "")


def test_a_constant_outside_the_range_of_its_knob_is_refused():
    with pytest.raises(ValueError, match=r"default\..* = 0.663 is outside 0.7 to 0.8"):
        from_table("colonization_exponent", 0.7, 0.8, step=0.1)
