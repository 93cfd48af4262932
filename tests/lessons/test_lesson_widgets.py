import io
import math

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from PIL import Image

import metakit
from metakit.lessons.checks import Option, Question
from metakit.lessons.dots import BINS, DOT, DotPlot
from metakit.lessons.route_map import route, routes
from metakit.widgets.parts.view import all_widgets


@pytest.fixture
def view():
    made = metakit.view("invasion", seed=7)
    yield made
    made.close()


def when(view, **changes):
    keywords = {"low": 0, "high": 5, "unit": "days", "never": "No cell gets out", "view": view}
    return metakit.predict("When?", measure="first_outside_h", **keywords | changes)


def send(widget, **content):
    """What the page sends when a button is pressed."""
    widget._handle_custom_msg(content, [])


def test_a_locked_moment_is_drawn_down_at_its_time(view):
    made = when(view)
    made.lock(1.5)
    for chart in view._charts:
        assert chart.prediction.visible
        assert list(chart.prediction.x) == [1.5, 1.5]
    assert made.words == "Locked: 1.5 days. Now let the run answer."


def test_a_locked_number_is_drawn_across_its_curve(view):
    made = metakit.predict("How many?", low=0, high=200, view=view, measure="mesenchymal_outside")
    made.lock(150)
    drawn = [list(chart.prediction.y) for chart in view._charts if chart.prediction.visible]
    assert drawn == [[150, 150]]


def test_that_nothing_happens_is_not_drawn(view):
    made = when(view)
    made.lock(math.inf)
    assert made.says_never
    assert not any(chart.prediction.visible for chart in view._charts)
    assert made.compare() == "You predicted: No cell gets out. So far the run agrees."


def test_the_buttons_do_what_the_methods_do(view):
    made = when(view)
    made.guess = 2.0
    send(made, do="compare")
    assert "lock a prediction first" in made.words
    send(made, do="lock")
    assert made.locked
    assert made.prediction.value == 2.0
    send(made, do="compare")
    assert made.words == made.verdict == "You predicted 2 days. In this run it has not happened so far."
    asked = metakit.ask("invasion-chance")
    send(asked, do="answer", key="b")
    assert asked.right
    assert asked.chosen == "b"
    ways = metakit.route_map()
    send(ways, do="pick", key="lymph")
    assert ways.picked == "lymph"


@pytest.mark.parametrize("content", ["text", {}, {"do": "close"}, {"do": "answer"}, {"do": "answer", "key": 3}, None])
def test_a_message_that_is_none_of_ours_does_no_harm(content):
    asked = metakit.ask("invasion-chance")
    asked._handle_custom_msg(content, [])
    assert asked.right is None


def test_a_prediction_can_be_told_what_many_runs_gave():
    spread = metakit.predict("How far?", low=0, high=72, unit="hours", more="more", less="less")
    assert not spread.comparable
    spread.set_result(10)
    assert spread.comparable
    assert "Lock your prediction" in spread.words
    spread.lock(40)
    assert "30 hours less than you said" in spread.compare()


def test_a_twin_is_a_fresh_one(view):
    made = when(view)
    made.lock(2)
    fresh_copy = made.fresh_copy(view)
    assert not fresh_copy.locked
    fresh_copy.lock(3)
    assert made.prediction.value == 2


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"measure": None}, "both view and measure"),
        ({"measure": "first_outsid_h"}, "did you mean 'first_outside_h'"),
        ({"low": 5}, "low"),
        ({"step": -1}, "not a step"),
        ({"step": 6}, "not a step"),
    ],
)
def test_a_prediction_that_makes_no_sense_is_refused(view, changes, why):
    with pytest.raises(ValueError, match=why):
        metakit.predict("When?", **{"low": 0, "high": 5, "view": view, "measure": "first_outside_h"} | changes)


def test_answers_stay_in_python():
    asked = metakit.ask(
        Question("?", [Option("x", "Secret.", right=True), Option("y", "No.", belief="b", control="c")])
    )
    assert "Secret" not in str(asked.get_state())
    assert asked.answer("a") == "Yes. Secret."


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(ValueError, match="question called"):
        metakit.ask("invasion")
    with pytest.raises(ValueError, match="did you mean 'blood'"):
        metakit.route_map().pick("bloood")
    with pytest.raises(ValueError, match="stage called"):
        metakit.lesson(stage="invasio")
    with pytest.raises(ValueError, match="glossary"):
        metakit.lesson(words=["MMPP"])


def test_there_are_routes_besides_blood_and_lymph():
    assert {"blood", "lymph", "body cavity", "direct"} <= set(routes())
    assert all(len(way.order) >= 3 and way.words and way.evidence and way.source for way in routes().values())
    assert route("lymph").order.index("lymph node") < route("lymph").order.index("lungs")


def test_the_frame_of_a_lesson_has_parameters_sources_words_and_the_notice():
    foot = metakit.lesson("Mine", minutes=20, goals=["see"], stage="invasion", words=["ECM"]).html
    for said in (
        "Mine · 20 minutes",
        "<li>see</li>",
        "MMP secretion",
        "Franssen LC",
        "The net of proteins",
        "cancer.gov",
    ):
        assert said in foot
    assert "not medical advice" in metakit.lesson().html


def test_what_is_written_cannot_become_markup():
    assert "<b>" not in metakit.lesson("<b>").html.replace("<b>metakit", "")
    assert "<script" not in metakit.bars({"<script>": 1}).html


def test_gates_say_how_many_passed():
    html = metakit.bars({"in": 5000, "out": 4000, "grow": 100, "seen": 1, "gone": 0}, gates=True).html
    for said in ("80% of those before", "about 1 in 40 of", "about 1 in 100 of", "none of those before"):
        assert said in html


@pytest.mark.parametrize("counts", [{}, {"a": -1}, {"a": math.nan}, {"a": math.inf}])
def test_bars_of_what_cannot_be_counted_are_refused(counts):
    with pytest.raises(ValueError, match="counts"):
        metakit.bars(counts)


def test_closing_releases_every_widget(view):
    before = set(_instances)
    made = [when(view), metakit.ask("invasion-chance"), metakit.route_map(), metakit.bars({"a": 1})]
    made.append(metakit.many("invasion", "cells", seeds=[0]))
    assert set(_instances) > before
    for widget in made:
        widget.close()
        widget.close()
    assert set(_instances) == before


def test_a_prediction_for_a_day_is_compared_with_that_day_and_not_before():
    view = metakit.view("invasion", seed=7)
    prediction = metakit.predict("Cells on day 1?", low=0, high=2000, view=view, measure="cells", at=1)
    prediction.lock(500)
    view.advance(120)
    with pytest.raises(ValueError, match=r"come to day 0\.8 so far. Play it to day 1"):
        prediction.compare()
    view.advance(60)
    assert f"{view.session.rows[144]['cells']:,}" in prediction.compare()
    prediction.close()
    view.close()


@pytest.mark.parametrize("counts", [{}, [1], {"a": None}, {"a": 10**400}, {"a": "3"}, {"a": True}, {"a": -1}, None])
def test_bars_of_what_is_no_count_are_refused(counts):
    with pytest.raises(ValueError, match="a number from 0 up for each bar"):
        metakit.bars(counts)


def test_bars_take_a_column_of_a_table():
    table = metakit.run("growth", seed=1).table
    assert "<th" in metakit.bars(table.iloc[0][["cells"]]).html


@pytest.mark.parametrize(
    "wrong", [{"step": "3"}, {"step": None}, {"at": math.nan}, {"at": "1"}, {"at": -3}, {"unit": 3}, {"never": 0}]
)
def test_a_prediction_of_a_wrong_kind_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        metakit.predict("How many?", low=0, high=10, **wrong)


@pytest.mark.parametrize("told", ["3", None, True])
def test_a_prediction_is_told_numbers_only(told):
    guess = metakit.predict("How many?", low=0, high=10)
    with pytest.raises(ValueError, match="is not a number"):
        guess.set_result(told)


@pytest.mark.parametrize("wrong", [{"goals": "see"}, {"words": "MMP"}, {"minutes": math.nan}, {"minutes": 0}])
def test_a_frame_of_a_wrong_kind_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        metakit.lesson("Mine", **wrong)


def test_a_picture_of_another_stage_is_refused(invasion):
    with pytest.raises(ValueError, match="InvasionState is not a state of growth"):
        metakit.picture("growth", invasion.state)
    with pytest.raises(ValueError, match="its `state` is one"):
        metakit.picture("invasion", invasion)
    with pytest.raises(ValueError, match="is not a session"):
        metakit.view("invasion", session=invasion)


def dot_plot(values, **changes):
    medians = {label: (math.nan, "") for label in values}
    return DotPlot({k: np.array(v, float) for k, v in values.items()}, "x", changes.pop("end", 5.0), medians, **changes)


@pytest.mark.parametrize(("values", "ends"), [([5, 15, 15, 20], 20), ([0, 700, 1400, 2000], 2000)])
def test_dots_of_whole_numbers_stand_where_the_number_is(values, ends):
    plot = dot_plot({"all": values}, end=0.0)
    at = sorted(set(plot.dots()["seen"][0]))
    assert plot.axis.high == ends
    assert at == pytest.approx(sorted(set(values)), abs=ends * 0.5 / BINS)
    if ends <= BINS:
        assert at == sorted(set(values))


def test_a_run_that_is_not_made_yet_has_no_dot_and_does_not_stretch_the_axis():
    plot = dot_plot({"a": [1, math.inf, 2], "b": [math.inf, math.nan, 3]}, end=0.0, one=1)
    assert {kind: len(x) for kind, (x, _) in plot.dots().items()} == {"seen": 3, "never": 0, "one": 1}
    assert plot.axis.high == 3
    figure = plot.figure()
    dot_plot({"a": [1, 5, 2], "b": [4, math.nan, 3]}, end=0.0).show_in(figure)
    assert [len(mark.x) for mark in figure.marks[:3]] == [5, 1, 0]
    for widget in all_widgets(figure):
        widget.close()


def test_every_run_has_one_dot_and_no_two_of_a_row_lie_on_each_other():
    rng = np.random.default_rng(1)
    values = {"a": rng.uniform(0, 5, 200), "b": np.where(rng.random(200) < 0.3, np.nan, 2.0)}
    plot = dot_plot(values, one=3)
    dots = plot.dots()
    assert {kind: len(x) for kind, (x, _) in dots.items()} == {
        "one": 2, "never": np.isnan(values["b"]).sum() - np.isnan(values["b"][3]), "seen": 398 - len(dots["never"][0]),
    }  # fmt: skip
    places = np.concatenate([np.stack(place, 1) for place in dots.values()])
    assert len(np.unique(places.round(6), axis=0)) == 400
    assert (places[:, 1] > 0).all()
    assert (places[:, 1] < 2).all()


def test_what_has_not_happened_lies_right_of_the_axis_and_is_named_there():
    plot = dot_plot({"a": [1, 2, math.nan], "b": [math.nan] * 3})
    (seen, _), (never, _) = (plot.dots()[kind] for kind in ("seen", "never"))
    assert seen.max() <= 5 < never.min()
    value, words = plot.ticks()[-1]
    assert words == "not yet"
    assert never.min() <= value <= never.max()


@pytest.mark.parametrize("never", [0, 1, 60, 2000])
def test_however_many_have_not_happened_they_lie_inside_the_picture(never):
    plot = dot_plot({"a name of some length": [2.5, *[math.nan] * never]})
    axis = plot.axis
    scale = (axis.right - axis.left) / axis.high
    right = max([0, *(axis.left + scale * x for x in plot.dots()["never"][0])])
    assert axis.right - axis.left > 300
    assert right + DOT <= 700
    assert max([0, *plot.dots()["never"][1]]) < 1


@pytest.mark.parametrize("one", [None, 1])
def test_the_picture_of_many_runs_has_their_dots_where_the_live_figure_has_them(one):
    plot = dot_plot({"a": [1, 2.5, 4, math.nan]}, one=one)
    image = np.asarray(Image.open(io.BytesIO(plot.png())).convert("RGB"), int)
    blue = (image[..., 2] - image[..., 0] > 90).sum()
    full, ring = math.pi * DOT**2, math.pi * (DOT**2 - (DOT - 1.5) ** 2)
    assert blue == pytest.approx((3 if one is None else 2) * full + ring, rel=0.15)
    figure = plot.figure()
    drawn = {float(x) for mark in figure.marks[:3] for x in mark.x}
    assert drawn == {float(x) for places in plot.dots().values() for x in places[0]}
    assert image.shape[1] == 700
    for widget in all_widgets(figure):
        widget.close()


def test_a_prediction_starts_on_a_step_of_its_slider():
    assert metakit.predict("How many times?", low=1, high=100, step=1).guess == 51


def test_a_prediction_for_later_says_how_far_to_play_in_the_time_of_the_charts():
    view = metakit.view("circulation", seed=7)
    guess = metakit.predict("In the blood?", low=0, high=100, view=view, measure="afloat_percent", at=49 / 60)
    guess.lock(90)
    with pytest.raises(ValueError, match=r"has come to 0\.0 minutes so far. Play it to 0\.817 minutes"):
        guess.compare()
    view.advance(9)
    guess.compare()
    at_once = guess.verdict
    view.advance(9)
    assert guess.compare() == at_once
    view.close()
