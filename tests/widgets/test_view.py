"""The views, without a browser: what they show and say, what their controls do, and what they leave behind."""

import asyncio
import gc
import io
import logging
import re

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from patience import soon
from PIL import Image

import metakit
from metakit.runs.session import Session
from metakit.runs.stage import stage as module_of
from metakit.widgets.parts import view as view_module
from metakit.widgets.parts.canvas import LEAST, MOST, Canvas
from metakit.widgets.parts.curve import Chart
from metakit.widgets.parts.player import FRAMES_A_SECOND
from metakit.widgets.parts.view import all_widgets

STAGES = metakit.stages()
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def no_error_hides_in_the_log(caplog):
    """A click whose answer fails raises nothing: ipywidgets writes to a log that nobody reads."""
    caplog.set_level(logging.WARNING, "traitlets")
    yield
    hidden = [record.getMessage() for record in caplog.get_records("call") if record.name == "traitlets"]
    assert hidden == []


@pytest.fixture(params=STAGES)
def view(request):
    """A view of every stage on disk, a few frames into its run."""
    view = metakit.view(request.param, seed=7)
    view.advance(3)
    yield view
    view.close()


@pytest.fixture
def invasion_view():
    view = metakit.view("invasion", seed=7)
    yield view
    view.close()


def knobs(view):
    return type(view.session.params).knobs()


def breaks(*_, **__):
    raise FloatingPointError("the tissue is gone")


# ------------------------------------------------------------ making and closing


@pytest.mark.parametrize("stage", STAGES)
def test_making_showing_and_closing_a_view_twenty_times_leaves_no_widget_behind(stage):
    gc.collect()
    before = set(live_widgets)
    session = Session(stage)
    for _ in range(20):
        view = metakit.view(stage, session=session)
        assert view._repr_mimebundle_()
        view.advance()
        view.table_button.value = True
        view.close()
        assert set(live_widgets) == before
    assert not session._trait_notifiers.get("tick", {}).get("change"), "a closed view still listens"
    gc.collect()  # Python closes widgets once more when it lets go of them


def test_closing_twice_is_safe(view):
    view.close()
    view.close()
    assert view.comm is None


def test_a_view_whose_parts_are_closed_before_it_closes_what_is_left(invasion_view):
    """As when a script ends: Python lets go of widgets in no order."""
    before = set(live_widgets)
    parts = {widget.model_id for widget in all_widgets(invasion_view)}
    invasion_view.canvas.close()
    invasion_view.panel.close()
    invasion_view.close()
    assert set(live_widgets) == before - parts


def test_a_closed_view_no_longer_draws(view, monkeypatch):
    drawn = []
    monkeypatch.setattr(view, "draw", lambda: drawn.append(1))
    view.session.advance()
    view.close()
    view.session.advance()
    assert drawn == [1]


def test_other_views_of_the_session_live_on(view):
    other = metakit.view(view.session.stage, session=view.session)
    view.close()
    before = other.session.shown
    other.player.step_button.click()
    assert other.session.shown == before + 1
    assert other.status.text == other.describe()
    assert other.canvas.png == other.picture()
    other.close()


def test_two_views_of_a_session_stay_in_step(view):
    other = metakit.view(view.session.stage, session=view.session)
    view.advance(2)
    assert other.canvas.png == view.canvas.png == view.picture()
    assert other.status.text == view.status.text
    other.player.scrubber.value = 1
    assert view.player.scrubber.value == 1
    assert view.canvas.png == view.picture()
    other.close()


def test_a_view_shows_the_session_it_is_given():
    session = Session("invasion", seed=4, mmp_secretion=0.5)
    session.advance(2)
    view = metakit.view("invasion", session=session)
    assert view.session is session
    assert view.player.scrubber.value == 2
    assert view.panel.controls["mmp_secretion"].value == 0.5
    assert view.panel.seed.value == 4
    view.close()


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"mmp_secretoin": 1}, "did you mean 'mmp_secretion'"),
        ({"preset": "no enzime"}, "did you mean 'no enzyme'"),
        ({"seed": -1}, "seed = -1"),
        ({"seed": "seven"}, "seed = 'seven'"),
        ({"mmp_secretion": 5}, "outside 0 to 4.5"),
        ({"mmp_secretion": float("nan")}, "outside 0 to 4.5"),
    ],
)
def test_keywords_that_mean_nothing_are_refused(keywords, said):
    before = set(live_widgets)
    with pytest.raises(ValueError, match=said):
        metakit.view("invasion", **keywords)
    assert set(live_widgets) == before


def test_a_session_with_keywords_or_of_another_stage_is_refused():
    session = Session("invasion")
    with pytest.raises(ValueError, match="seed"):
        metakit.view("invasion", session=session, seed=3)
    with pytest.raises(ValueError, match="a session of invasion"):
        metakit.view("intravasation", session=session)


def test_an_unknown_stage_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match="did you mean 'invasion'"):
        metakit.view("invason")


# --------------------------------------------------------------------- controls


def test_every_parameter_has_a_control_and_every_control_a_label(view):
    assert set(view.panel.controls) == {knob.name for knob in knobs(view)}
    touchable = [w for w in all_widgets(view) if hasattr(w, "disabled") and not isinstance(w, ipywidgets.HTML)]
    assert len(touchable) >= len(knobs(view)) + 8
    for control in touchable:
        assert re.search(r"[A-Za-z]{3}", control.description or control.tooltip), (
            f"{type(control).__name__} has no words"
        )


def test_the_first_parameters_are_shown_and_the_others_folded_away(view):
    first = type(view.session.params).FIRST
    assert 3 <= len(first) <= 4
    assert not view.panel.rest.children  # not even made, until somebody asks
    controls = view.panel.controls
    hidden = set(all_widgets(view.panel.rest))
    for name, control in controls.items():
        assert (control in hidden) == (name not in first)
    assert view.panel.rest.layout.display == "none"
    view.panel.more.value = True
    assert view.panel.rest.layout.display != "none"
    view.panel.more.value = False
    assert view.panel.rest.layout.display == "none"


def test_a_control_changes_its_own_field_only_and_once(view):
    for knob in knobs(view):
        control, before = view.panel.controls[knob.name], view.session.params
        if knob.is_switch:
            wanted = not control.value
        else:
            wanted = knob.ends[0] if control.value != knob.ends[0] else knob.ends[1]
        told = []
        view.session.observe(told.append, "params")
        control.value = wanted
        view.session.unobserve(told.append, "params")
        assert len(told) == 1, knob.name
        assert view.session.params == before.replace(**{knob.name: wanted})
        assert view.session.error == ""


def test_a_step_of_the_keyboard_gives_the_round_number_it_shows(invasion_view):
    invasion_view.panel.controls["mmp_decay"].value = 1.9999999999999998
    assert invasion_view.session.params.mmp_decay == 2.0
    assert "mmp_decay=2.0" in invasion_view.session.recipe


def test_parameters_set_from_a_cell_show_in_the_controls_and_are_one_change(invasion_view):
    session, told = invasion_view.session, []
    session.observe(told.append, "params")
    session.params = session.params.replace(mmp_secretion=0.3, haptotaxis=500.0, force=True)
    controls = invasion_view.panel.controls
    assert (controls["mmp_secretion"].value, controls["haptotaxis"].value, controls["force"].value) == (0.3, 500, True)
    assert len(told) == 1


def test_a_parameter_between_two_steps_of_its_slider_is_kept_as_it_is(invasion_view):
    assert invasion_view.session.params.division_mesenchymal == 3000 / 90  # the slider goes in whole hours
    invasion_view.panel.controls["mmp_decay"].value = 0.5
    assert invasion_view.session.params.division_mesenchymal == 3000 / 90


def test_choosing_a_preset_sets_every_control_and_starts_again(invasion_view):
    invasion_view.advance(2)
    invasion_view.panel.preset.value = "no enzyme"
    session = invasion_view.session
    assert (session.preset, session.shown, session.params.mmp_secretion) == ("no enzyme", 0, 0.0)
    assert invasion_view.panel.controls["mmp_secretion"].value == 0.0
    assert "no cell cuts anything" in invasion_view.panel.note.value


def test_another_seed_in_the_panel_is_another_run(invasion_view):
    before = invasion_view.picture()
    invasion_view.panel.seed.value = 8
    assert invasion_view.session.seed == 8
    assert invasion_view.picture() != before


@pytest.mark.parametrize("seed", [2**31 + 5, 2**40])
def test_a_large_seed_is_the_seed_that_the_panel_shows(seed):
    view = metakit.view("invasion", seed=seed)
    view.advance(1)
    assert view.panel.seed.value == view.session.seed == seed
    view.session.seed = seed + 1
    assert view.panel.seed.value == view.session.seed == seed + 1
    view.close()


def test_the_step_button_and_advance_take_the_same_path(view):
    other = metakit.view(view.session.stage, seed=7)
    other.advance(3)
    for _ in range(3):
        view.player.step_button.click()
    other.advance(3)
    assert repr(view.session.rows) == repr(other.session.rows)  # as text: NaN is not equal to itself
    assert view.session.state == other.session.state
    assert view.picture() == other.picture()
    assert view.player.scrubber.value == other.player.scrubber.value == 6
    other.close()


def test_the_reset_button_goes_to_the_first_frame_of_the_same_seed(view):
    view.player.reset_button.click()
    assert (view.session.shown, view.session.seed, view.player.scrubber.value) == (0, 7, 0)
    view.advance(2)
    view.reset()
    assert view.session.shown == 0


def test_the_scrubber_shows_an_earlier_frame_and_stops_at_the_last_one(view):
    view.player.scrubber.value = 1
    assert view.session.shown == 1
    assert view.canvas.png == view.picture()
    view.player.scrubber.value = 200  # there are four frames
    assert view.session.shown == view.player.scrubber.value == 3


def test_an_error_in_the_answer_to_a_click_does_not_pass_silently(view, caplog, monkeypatch):
    monkeypatch.setattr(view.player, "step", breaks)
    view.player.step_button.click()
    assert "the tissue is gone" in caplog.text
    caplog.clear()


# --------------------------------------------------------------- picture and words


def test_the_picture_is_a_png_of_the_shown_frame_and_the_one_that_the_figure_shows(view):
    assert view.picture().startswith(PNG)
    assert view.picture() == metakit.picture(view.session.stage, view.session.state)
    for frame in (0, 2, 3):
        view.session.shown = frame
        assert view.canvas.png == view.picture()


def test_a_picture_is_sent_only_when_it_has_changed(view):
    sent = []
    view.canvas.observe(sent.append, "seq")
    view.draw()
    assert not sent
    view.advance()
    assert len(sent) == 1


def test_what_moves_may_be_painted_in_a_quicker_way_and_what_stands_still_never_is(view, monkeypatch):
    monkeypatch.setattr(view, "paint_moving", lambda state, zoom: PNG + b"quick")
    view.session.running = True
    view.session.advance()
    assert view.canvas.png == PNG + b"quick" != view.picture()
    view.session.running = False
    assert view.canvas.png == view.picture()


def test_the_moving_tissue_is_the_same_picture_with_fewer_pixels(invasion_view):
    state = invasion_view.session.state
    still, moving = (
        Image.open(io.BytesIO(paint(state, "near"))) for paint in (invasion_view.paint, invasion_view.paint_moving)
    )
    assert still.size, moving.size == ((540, 540), (405, 405))
    small = [
        np.asarray(image.convert("RGB").resize((45, 45), Image.Resampling.BOX), float) for image in (still, moving)
    ]
    assert np.abs(small[0] - small[1]).mean() < 4  # of 255


@pytest.mark.parametrize(("trip_s", "window"), [(0.01, LEAST), (0.1, 6), (1.0, MOST)])
def test_as_many_frames_are_on_their_way_as_fit_into_a_trip(trip_s, window, monkeypatch):
    monkeypatch.setattr(Canvas, "_trip_s", trip_s)
    canvas = Canvas()
    while not canvas.waits(30):
        canvas.show(PNG)
    assert canvas.seq == window
    canvas.ack = canvas.seq
    assert not canvas.waits(30)
    canvas.close()


def test_the_words_say_numbers_of_the_shown_frame_and_are_in_the_status_line(view):
    seen = set()
    view.advance(27)
    for frame in (0, 30):
        view.session.shown = frame
        words = view.describe()
        assert len(words.split()) >= 6
        assert re.search(r"\d", words)
        assert words.endswith(".")
        assert view.status.text == words
        seen.add(words)
    assert len(seen) == 2


def test_the_table_has_every_measure_and_the_ledger_and_follows_the_run(view):
    assert view.table.layout.display == "none"
    view.table_button.value = True
    assert view.table.layout.display != "none"
    for name in view.session.measures:
        assert name.replace("_", " ") in view.table.value
    for place, _ in view.session.state.ledger:
        assert place in view.table.value
    before = view.table.value
    view.advance(4)
    assert view.table.value != before
    view.table_button.value = False
    assert view.table.layout.display == "none"


def test_copy_this_run_gives_the_line_that_makes_it_again(invasion_view):
    invasion_view.panel.controls["mmp_secretion"].value = 0.3
    invasion_view.advance(2)
    invasion_view.copy_button.click()
    assert invasion_view.status.copy == invasion_view.session.recipe
    assert "mmp_secretion=0.3" in invasion_view.card.value
    assert eval(invasion_view.status.copy, {"metakit": metakit}).state == invasion_view.session.state


def points(chart, mark):
    """Points of a line by their place in time; on a log axis only those that it has a place for."""
    there = zip(np.asarray(mark.x).tolist(), np.asarray(mark.y).tolist(), strict=True)
    return {x: y for x, y in there if not (chart.curve.log and not y >= chart.curve.bottom)}


def test_the_curves_hold_every_frame_and_what_was_before_a_branch(view):
    rows, (clock, scale, _) = view.session.rows, view.CLOCK

    def wanted(chart, measure, rows):
        low = chart.curve.bottom if chart.curve.log else -1
        return {row[clock] / scale: row[measure] for row in rows if row[measure] >= low}

    def held(marks, rows):
        for chart in view._charts:
            for mark, measure in zip(marks(chart), chart.measures, strict=True):
                found, there = points(chart, mark), wanted(chart, measure, rows)
                assert list(found) == pytest.approx(list(there), rel=1e-6)
                assert list(found.values()) == pytest.approx(list(there.values()), rel=1e-6)

    held(lambda chart: chart.lines, rows)
    assert all(
        chart.y.max >= max(points(chart, mark).values(), default=0) for chart in view._charts for mark in chart.lines
    )
    view.session.shown = 1
    knob = knobs(view)[0]
    view.panel.controls[knob.name].value = knob.ends[1]
    instant = module_of(view.session.stage).instant  # all of it is run again
    assert len(view.session.rows) == (len(rows) if instant else 2)
    held(lambda chart: chart.lines, view.session.rows)
    held(lambda chart: chart.ghosts, rows)


def test_a_prediction_is_drawn_across_the_curve_of_its_measure(view):
    chart, measure = view._charts[0], view._charts[0].measures[0]
    assert not chart.prediction.visible
    view.show_prediction(1.4, measure=measure)
    assert chart.prediction.visible
    assert list(chart.prediction.y) == pytest.approx([1.4, 1.4])
    assert chart.prediction.line_style == "dashed"
    assert not any(other.prediction.visible for other in view._charts[1:])


def test_a_prediction_of_a_time_is_drawn_down_every_curve(view):
    view.show_prediction(2.5)
    for chart in view._charts:
        assert chart.prediction.visible
        assert list(chart.prediction.x) == pytest.approx([2.5, 2.5])


def test_a_prediction_of_what_no_curve_shows_is_refused(view):
    with pytest.raises(ValueError, match="no curve"):
        view.show_prediction(1, measure="happiness")


# ----------------------------------------------------------------------- trouble


def test_an_error_in_a_step_is_shown_in_words_and_the_picture_stays(view, monkeypatch):
    before = view.picture()
    monkeypatch.setattr(f"metakit.models.{view.session.stage}.advance", breaks)
    view.player.step_button.click()
    assert "the tissue is gone" in view.status.error
    assert view.canvas.png == view.picture() == before
    monkeypatch.undo()
    view.player.step_button.click()
    assert view.status.error == ""


def test_an_error_in_the_drawing_is_shown_in_words(view, monkeypatch):
    monkeypatch.setattr(type(view), "paint", breaks)
    view.player.step_button.click()
    assert "the tissue is gone" in view.status.error


# ----------------------------------------------------------------------- playing


async def paused(view):
    """Pause, and wait until the task that played has ended."""
    task = view.player.task
    view.player.pause()
    await soon(task.done, "the task that played ends")


async def turns(n):
    """Let everything else in the event loop go on n times, however long that takes."""
    for _ in range(n):
        await asyncio.sleep(0.005)


def test_playing_goes_on_while_the_browser_paints_and_stops_on_pause(view):
    view.player.speed.value = "fast"
    before = view.session.shown

    def painted():
        view.canvas.ack = view.canvas.seq
        return view.session.shown > before + MOST

    async def scene():
        view.player.play()
        assert view.session.running
        await soon(painted, f"more than {MOST} frames are shown")
        await paused(view)
        shown = view.session.shown
        await turns(20)
        assert view.session.shown == shown

    asyncio.run(scene())
    shown = view.session.shown
    assert not view.session.running
    assert view.session.error == ""
    assert view.status.text == view.describe()
    assert view.player.scrubber.value == shown
    assert view.canvas.png == view.picture()


def test_a_browser_that_paints_nothing_is_not_sent_more_than_a_few_frames(view):
    view.canvas.ack = view.canvas.seq
    before = view.session.shown
    view.player.speed.value = "fast"

    async def scene():
        view.player.play()
        await soon(lambda: view.canvas.waits(FRAMES_A_SECOND["fast"]), "enough frames are on their way")
        shown = view.session.shown
        await turns(40)
        assert view.session.shown == shown
        await paused(view)

    asyncio.run(scene())
    assert before + LEAST <= view.session.shown <= before + MOST


def test_the_button_says_what_it_will_do(invasion_view):
    async def scene():
        button = invasion_view.player.play_button
        assert button.description == "Play"
        button.click()
        assert button.description == "Pause"
        await soon(lambda: invasion_view.session.shown > 0, "it plays")
        button.click()
        assert button.description == "Play"
        await soon(invasion_view.player.task.done, "it stops")
        assert not invasion_view.session.running

    asyncio.run(scene())


def test_play_right_after_pause_plays_on(invasion_view):
    async def scene():
        for _ in range(3):
            invasion_view.player.play_button.click()
            await turns(2)
        invasion_view.canvas.ack = invasion_view.canvas.seq
        shown = invasion_view.session.shown
        await soon(lambda: invasion_view.session.shown > shown, "it plays on")
        assert invasion_view.session.running
        await paused(invasion_view)

    asyncio.run(scene())


def test_the_other_view_of_a_session_pauses_what_the_first_one_plays(view):
    other = metakit.view(view.session.stage, session=view.session)

    async def scene():
        view.player.play()
        assert other.player.play_button.description == "Pause"
        other.player.play()  # it plays already: harmless
        assert other.player.task is None
        other.player.play_button.click()
        await soon(view.player.task.done, "the first one stops")

    asyncio.run(scene())
    other.close()


def test_the_note_of_a_preset_says_when_it_no_longer_holds(invasion_view):
    note = invasion_view.panel.note
    before = note.value
    control = invasion_view.panel.controls["mmp_secretion"]
    first = control.value
    control.value = 1.0
    assert note.value == f"{before}; changed by you"
    control.value = first
    assert note.value == before


def test_one_view_after_the_other_plays_a_shared_session_once():
    async def play():
        one = metakit.view("growth")
        other = metakit.view("growth", session=one.session)
        one.player.play()
        await soon(lambda: one.session.shown > 0, "the first one plays")
        one.player.pause()
        other.player.play()
        await soon(one.player.task.done, "it is no longer the first one's turn")
        running = one.session.running
        await paused(other)
        one.close()
        other.close()
        return running

    assert asyncio.run(play())


def test_closing_a_view_ends_its_playing(invasion_view):
    async def scene():
        invasion_view.player.play()
        await soon(lambda: invasion_view.session.shown > 0, "it plays")
        invasion_view.close()
        await soon(invasion_view.player.task.done, "it stops")
        assert not invasion_view.session.running

    asyncio.run(scene())


@pytest.mark.native("wants a place without an event loop")
def test_playing_outside_a_notebook_says_what_to_do_instead(invasion_view):
    with pytest.raises(RuntimeError, match=r"view\.advance\(n\)"):
        invasion_view.player.play()
    assert not invasion_view.session.running


@pytest.mark.parametrize("what", ["step", "picture"])
def test_an_error_while_playing_stops_it_and_is_shown(invasion_view, monkeypatch, what):
    if what == "step":
        monkeypatch.setattr("metakit.models.invasion.advance", breaks)
    else:
        monkeypatch.setattr(type(invasion_view), "paint", breaks)
        monkeypatch.setattr(type(invasion_view), "paint_moving", breaks)

    async def scene():
        invasion_view.player.play()
        await soon(invasion_view.player.task.done, "it stops")

    asyncio.run(scene())
    assert "the tissue is gone" in invasion_view.session.error
    assert "the tissue is gone" in invasion_view.status.error
    assert not invasion_view.session.running
    assert invasion_view.player.play_button.description == "Play"
    assert invasion_view.player.task.exception() is None


@pytest.fixture
def drawn(monkeypatch):
    """Charts as they are drawn."""
    drawn = []
    monkeypatch.setattr(Chart, "draw", lambda chart, *_: drawn.append(chart))
    return drawn


def test_while_it_plays_one_chart_is_drawn_at_a_time_and_each_in_its_turn(invasion_view, drawn, monkeypatch):
    monkeypatch.setattr(view_module, "CURVES_EVERY_S", -1.0)
    invasion_view.session.running = True
    drawn.clear()
    for _ in invasion_view.curve_measures[:2]:
        before = len(drawn)
        invasion_view.session.advance()
        assert len(drawn) == before + 1
    assert len(set(drawn)) == 2
    invasion_view.session.running = False
    assert len(drawn) == 4  # at rest, all of them


def test_nothing_holds_up_the_picture_that_obeys_a_moved_knob(invasion_view, drawn, monkeypatch):
    monkeypatch.setattr(view_module, "CURVES_EVERY_S", 3600.0)
    invasion_view.session.running = True
    invasion_view.session.advance()
    invasion_view._plotted = -1e9  # a chart is overdue
    drawn.clear()
    sent = invasion_view.canvas.seq
    invasion_view.session.params = invasion_view.session.params.replace(mmp_secretion=0.3)
    invasion_view.session.advance()
    assert invasion_view.canvas.seq == sent + 1
    assert drawn == []
    invasion_view.session.running = False


# ----------------------------------------------------------------------- events


def test_an_event_is_ringed_in_the_picture_marked_on_the_curve_and_said_first(invasion_view):
    view = invasion_view
    assert view.run_to("breach of the lamina")
    words, x, y = view.canvas.mark
    assert words == "breach of the lamina"
    assert 0 < x < 1
    assert 0 < y < 1
    assert [chart.now.stroke_width for chart in view._charts] == [3, 3]
    assert view.status.text.startswith(f"Now: {words}. Day ")
    view.player.back()
    assert view.canvas.mark == []
    assert [chart.now.stroke_width for chart in view._charts] == [1, 1]
    assert not view.status.text.startswith("Now")


@pytest.mark.parametrize("stage", [name for name in STAGES if module_of(name).events])
def test_a_place_of_an_event_lies_in_the_picture(stage):
    view = metakit.view(stage, seed=7)
    for _ in range(2):
        if view.run_to():
            assert view.canvas.mark[0]
            assert all(0 <= share <= 1 for share in view.canvas.mark[1:])
        assert view.session.error == ""
    view.close()


def test_the_button_plays_to_the_event_that_a_run_without_a_view_comes_to():
    wanted = Session("motility", seed=7)
    assert wanted.run_to()

    async def press():
        view = metakit.view("motility", seed=7)
        view.canvas.observe(lambda change: view.canvas.set_trait("ack", change["new"]), "seq")
        view.player.event_button.click()
        await soon(lambda: not view.session.running, "the player stands")
        return view

    view = asyncio.run(press())
    assert view.session.shown == wanted.shown
    assert view.session.rows[: wanted.shown + 1] == wanted.rows[: wanted.shown + 1]
    view.close()


def test_where_no_event_comes_the_player_says_so():
    async def press():
        view = metakit.view("motility", seed=7, push=False)
        view.canvas.observe(lambda change: view.canvas.set_trait("ack", change["new"]), "seq")
        view.player.event_button.click()
        await soon(lambda: not view.session.running, "the player stands")
        return view

    view = asyncio.run(press())
    assert view.status.text.startswith("None of the events")
    view.player.step()
    assert not view.status.text.startswith("None")
    view.close()


def test_the_way_to_an_event_is_fast_and_its_last_frames_are_slow():
    view = metakit.view("motility", seed=7)
    assert view.run_to("a cell is 200 µm away")
    session, event = view.session, view.session.shown
    session.shown = event - 30
    assert view.player._leap(1000) == (4, 24, "fast")
    session.shown = event - 10
    assert view.player._leap(1000) == (2, 10, "fast")  # not into the last eight
    session.shown = event - 5
    assert view.player._leap(1000) == (1, 4, "slow")
    view.close()
