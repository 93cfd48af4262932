"""Whatever a run comes to, a view says its numbers as people do: no powers of ten, no NaN, no "1 cells"."""

import html
import re

import pytest

import metakit
from metakit.runs.stage import stage as stage_of
from metakit.widgets import view_class
from metakit.widgets.parts.view import TABLE_COLUMNS

FRAMES = 40
# Numbers that grow largest, and those that have to be told before anything has happened.
FAR = {
    "growth": {"curve": "exponential", "doubling_time": 5.0, "time_d": 260},
    "treatment": {"treatment": "none", "plateau": 1000.0, "time_d": 1500},
    "spread": {"preset": "mouse efficiency", "plateau": 1000.0, "time_d": 2000},
    "colonization": {"preset": "hundred founders", "time_d": 4000},
    "circulation": {"released": "1e12", "tumor_mass": 1000.0, "time_s": 700},
}
ODD = re.compile(
    r"\d(\.\d+)?e[+-]?\d|\bnan\b|\binf\b|(?<![\d,.])1 (cells|colonies|metastases|tumors|organs|arrivals)\b", re.I
)


def _view(name):
    return view_class(name)


def _corners(name):
    """Settings to run: the defaults, every slider at its lower end, and one cell to start with, where there is one."""
    sliders = [k for k in stage_of(name).params.knobs() if not k.is_switch and not k.is_choice]
    one = [k.name for k in sliders if k.is_count and k.low <= 1 and k.name in ("start_cells", "cells", "founders")]
    return [{}, {k.name: k.low for k in sliders}, *({key: 1} for key in one)]


def _odd(text):
    return [found.group() for found in ODD.finditer(html.unescape(re.sub(r"<[^>]*>", " ", text)))]


@pytest.mark.parametrize("name", metakit.stages())
def test_sentences_of_every_stage_hold_plain_numbers_only(name):
    cls = _view(name)
    for knobs in _corners(name):
        run = metakit.run(name, seed=2, progress=False, **knobs)
        for frames in (0, 1, FRAMES):
            run.advance(frames=frames, progress=False)
            said = cls.say(run.state, run.measures)
            assert not _odd(said), (knobs, frames, said)


@pytest.mark.parametrize("name", FAR)
def test_the_largest_numbers_are_written_in_words(name):
    run = metakit.run(name, seed=1, progress=False, **FAR[name])
    said = _view(name).say(run.state, run.measures)
    assert not _odd(said), said
    assert re.search("[mbtr]illion", said), said


@pytest.mark.parametrize("name", metakit.stages())
def test_cells_of_the_table_hold_plain_numbers_only(name):
    view = metakit.view(name, seed=2)
    try:
        view.advance(TABLE_COLUMNS)
        view.table_button.value = True
        cells = re.findall("<td>([^<]+)</td>", view.table.value)
        assert len(cells) >= TABLE_COLUMNS * len(view.session.measures)
        assert not [cell for cell in cells if _odd(cell)]
    finally:
        view.close()


@pytest.mark.parametrize("name", metakit.stages())
def test_amounts_of_every_knob_are_plain_numbers_with_a_unit(name):
    for knob in stage_of(name).params.knobs():
        if not knob.is_choice and not knob.is_switch:
            for value in (knob.low, knob.low + knob.step, 1, knob.default, knob.high):
                assert not _odd(knob.amount(value)), knob.name
            assert not _odd(knob.span), knob.name
