"""Events: what happens between two frames, and that every event of a stage is one of its measures."""

import math

import pytest

from metakit.core.events import Event, happening
from metakit.runs.session import Session
from metakit.runs.stage import stage, stages

NAN = math.nan


@pytest.mark.parametrize(
    ("above", "before", "after", "happens"),
    [
        (None, NAN, NAN, False),
        (None, NAN, 0.0, True),
        (None, 3.0, 3.0, False),
        (None, 3, 4, True),
        (None, 4, 3, False),
        (0, 0, 5, True),
        (0, 5, 9, False),
        (0, 0, 0, False),
        (100, 99.0, 101.0, True),
        (100, 100.0, 101.0, True),
        (100, 99.0, 100.0, False),
    ],
)
def test_a_moment_comes_once_a_count_rises_and_a_level_is_passed(above, before, after, happens):
    event = Event("it", "x", above)
    assert event.happens({"x": before}, {"x": after}) is happens
    assert happening([event, event], {"x": before}, {"x": after}) == (event, event) * happens


@pytest.mark.parametrize("name", stages())
def test_every_event_is_read_from_a_measure_and_has_a_short_name_of_its_own(name):
    events, session = stage(name).events, Session(name, seed=7)
    assert {event.measure for event in events} <= set(session.measures)
    assert len({event.name for event in events}) == len(events)
    assert all(3 <= len(event.name) <= 30 for event in events)


def test_the_run_to_an_event_stops_in_the_frame_whose_measure_says_so():
    session = Session("invasion", seed=7)
    assert session.run_to("first cell outside")
    outside_h = session.measures["first_outside_h"]
    assert session.measures["time_h"] - session._stage.frame_s / 3600 < outside_h <= session.measures["time_h"]
    assert math.isnan(session.rows[session.shown - 1]["first_outside_h"])
    assert [event.name for event in session.happening(session.shown)] == ["first cell outside"]
    other = Session("invasion", seed=7)
    other.advance(session.shown)
    assert other.measures == session.measures  # what was made ahead changes nothing
    assert other.recipe == session.recipe


def test_an_event_of_the_very_next_frame_is_not_run_past():
    session = Session("colonization", seed=7)
    assert session.run_to()
    assert (session.shown, session.happening(1)[0].name) == (1, "first colony dies out")


def test_where_no_event_comes_the_run_ends_after_its_usual_length():
    session = Session("motility", seed=7, push=False)
    assert not session.run_to()
    assert session.shown == session.usual_frames


def test_an_unknown_event_is_refused_and_nothing_is_played():
    session = Session("invasion", seed=7)
    with pytest.raises(ValueError, match="did you mean 'breach of the lamina'"):
        session.run_to("breach of the lamia")
    assert session.shown == 0
