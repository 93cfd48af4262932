"""The charts: what has no place on a log axis is left out, axes grow, and predictions stay where they were made."""

import math

import bqplot
import numpy as np
import pytest

from metakit.widgets.draw import style
from metakit.widgets.parts.curve import MOST_POINTS, Chart, Curve, Line, Plot, PlotChart, _decades, _next_nice
from metakit.widgets.parts.view import all_widgets

NAN = math.nan
LINES = (Line("n", "cells", style.EPITHELIAL), Line("m", "others", style.MESENCHYMAL, dashed=True))


@pytest.fixture
def chart():
    made = []

    def make(horizon=5.0, **how):
        made.append(Chart(Curve("cells", LINES, **how), "time (days)", horizon))
        return made[-1]

    yield make
    for item in made:
        for widget in all_widgets(item.figure):
            widget.close()


@pytest.fixture
def plot():
    made = []

    def make(**how):
        made.append(PlotChart(Plot("x", "y", LINES, **{"x": (0, 10), "y": (0, 10), **how})))
        return made[-1]

    yield make
    for item in made:
        for widget in all_widgets(item.figure):
            widget.close()


def rows(values, others=None):
    return [{"t": 24.0 * i, "n": v, "m": o} for i, (v, o) in enumerate(zip(values, others or values, strict=True))]


def draw(chart, values, others=None, ghost=(), shown=-1):
    made = rows(values, others)
    chart.draw(made, list(ghost), shown % len(made), "t", 24.0)


# Curves over time


def test_a_curve_holds_every_value_at_its_time(chart):
    c = chart(top=10)
    draw(c, [1.0, 4.0, 2.0], [3.0, 3.0, 9.0])
    assert c.lines[0].x.tolist() == [0, 1, 2]
    assert c.lines[0].y.tolist() == [1, 4, 2]
    assert c.lines[1].y.tolist() == [3, 3, 9]
    assert (c.x.max, c.y.min, c.y.max) == (5, 0, 10)


def test_a_curve_of_many_frames_is_thinned_and_keeps_both_ends(chart):
    c = chart(horizon=9000, top=10_000)
    draw(c, [float(i) for i in range(5000)])
    assert len(c.lines[0].y) == MOST_POINTS
    assert (c.lines[0].y[0], c.lines[0].y[-1]) == (0, 4999)


@pytest.mark.parametrize(
    ("top", "value", "after"), [(1, 1.5, 2), (10, 10, 10), (10, 11, 20), (20, 21, 50), (50, 777, 1000)]
)
def test_a_linear_axis_grows_by_1_2_5(chart, top, value, after):
    c = chart(top=top)
    draw(c, [0.0, float(value)])
    assert c.y.max == after
    assert c.y_axis.tick_values.tolist() == [0, after / 2, after]


@pytest.mark.parametrize(("value", "after"), [(1000, 1000), (1001, 10_000), (3e6, 1e7)])
def test_a_log_axis_grows_by_decades(chart, value, after):
    c = chart(top=1000.0, log=True, bottom=1.0)
    assert isinstance(c.y, bqplot.LogScale)
    draw(c, [1.0, float(value)])
    assert (c.y.min, c.y.max) == (1, after)
    ticks = c.y_axis.tick_values
    assert np.allclose(np.log10(ticks), np.round(np.log10(ticks)))
    assert 1 <= ticks.min() <= ticks.max() <= after
    assert len(ticks) <= 5


def test_zero_nan_and_what_lies_below_are_left_out_on_a_log_axis(chart):
    c = chart(top=100.0, log=True, bottom=1.0)
    draw(c, [0.0, 5.0, NAN, 0.5, 50.0])
    y = c.lines[0].y
    # A gap between points is one; where a line has no point first or last, bqplot would look for its name's place.
    assert np.isnan(y).tolist() == [False, True, True, False]
    assert c.lines[0].x.tolist() == [1, 2, 3, 4]
    assert c.y.max == 100


def test_a_log_curve_of_nothing_but_zero_draws_nothing_and_raises_nothing(chart):
    c = chart(top=100.0, log=True, bottom=1.0)
    draw(c, [0.0, 0.0], [NAN, NAN])
    assert c.lines[0].y.max() < c.y.min / 1e6  # far below the chart
    assert c.y.max == 100


def test_nothing_that_a_log_axis_is_given_is_zero_or_less(chart):
    c = chart(top=100.0, log=True, bottom=1.0)
    c.predict(0.0, across=True)
    draw(c, [0.0, 3.0], ghost=rows([0.0, 7.0]))
    for mark in (*c.lines, *c.ghosts, c.now, c.prediction):
        seen = np.asarray(mark.y, float)
        assert (seen[~np.isnan(seen)] > 0).all()


def test_time_doubles_when_a_run_leaves_the_axis(chart):
    c = chart(horizon=5.0)
    draw(c, [0.0] * 12)
    assert c.x.max == 20


def test_the_line_of_now_stands_at_the_shown_frame_from_bottom_to_top(chart):
    c = chart(top=100.0, log=True, bottom=0.1)
    draw(c, [1.0, 2.0, 3.0], shown=1)
    assert c.now.x.tolist() == [1, 1]
    assert c.now.y.tolist() == [0.1, 100]


def test_the_ghost_is_that_of_the_run_before(chart):
    c = chart(top=10)
    draw(c, [1.0, 2.0], ghost=rows([5.0, 6.0, 7.0]))
    assert c.ghosts[0].y.tolist() == [5, 6, 7]
    assert c.ghosts[0].opacities == [0.3]


@pytest.mark.parametrize("log", [False, True])
def test_a_prediction_across_lies_at_its_value_from_end_to_end(chart, log):
    c = chart(top=100.0, log=log, bottom=1.0)
    c.predict(30.0, across=True)
    assert c.prediction.visible
    assert c.prediction.y.tolist() == [30, 30]
    assert c.prediction.x.tolist() == [0, 5]
    c.predict(5000.0, across=True)
    assert c.y.max >= 5000
    assert c.prediction.y.tolist() == [5000, 5000]


def test_a_prediction_of_zero_lies_on_the_lower_end_of_a_log_axis(chart):
    c = chart(top=100.0, log=True, bottom=2.0)
    c.predict(0.0, across=True)
    assert c.prediction.y.tolist() == [2, 2]


def test_a_predicted_time_stands_from_bottom_to_top_and_is_in_the_chart(chart):
    c = chart(top=100.0, log=True, bottom=1.0)
    c.predict(7.0, across=False)
    assert c.prediction.x.tolist() == [7, 7]
    assert c.prediction.y.tolist() == [1, 100]
    assert c.x.max >= 7


def test_a_prediction_reaches_the_ends_of_axes_that_have_grown(chart):
    c = chart(top=10)
    c.predict(4.0, across=True)
    draw(c, [1.0] * 60)
    assert (c.prediction.x[0], c.prediction.x[-1]) == (0, c.x.max) == (0, 80)
    c.predict(3.0, across=False)
    draw(c, [1.0, 90_000.0])
    assert (c.prediction.y[0], c.prediction.y[-1]) == (0, c.y.max) == (0, 100_000)
    assert c.prediction.x.tolist() == [3, 3]


# Plots of the shown state


def test_a_plot_shows_its_points_and_keeps_its_ends(plot):
    p = plot()
    p.draw({"n": ([0.0, 1.0, 20.0], [0.0, 2.0, 99.0]), "m": ([], [])})
    assert p.lines[0].x.tolist() == [0, 1, 20]
    assert p.lines[0].y.tolist() == [0, 2, 99]
    assert p.lines[1].y.tolist() == [-100]  # nothing to show: far below the chart
    assert (p.x.min, p.x.max, p.y.min, p.y.max) == (0, 10, 0, 10)


def test_points_that_are_not_finite_are_left_out_of_every_plot(plot):
    p = plot()
    p.draw({"n": ([0, 1, NAN, 3, 4], [1, NAN, 2, np.inf, 4]), "m": ([], [])})
    assert p.lines[0].x.tolist() == [0, 4]
    assert p.lines[0].y.tolist() == [1, 4]


@pytest.mark.parametrize(("log_x", "log_y", "left"), [(True, False, [1, 2]), (False, True, [0, 2]), (True, True, [2])])
def test_points_at_zero_or_below_are_left_out_of_a_log_axis_and_of_no_other(plot, log_x, log_y, left):
    p = plot(x=(0.1, 100), y=(0.1, 100), log_x=log_x, log_y=log_y)
    p.draw({"n": ([0.0, 1.0, 2.0], [5.0, 0.0, 7.0]), "m": ([-1.0], [-1.0])})
    assert p.lines[0].x.tolist() == left
    assert isinstance(p.x, bqplot.LogScale) == log_x
    assert isinstance(p.y, bqplot.LogScale) == log_y


def test_a_line_with_nothing_to_show_keeps_its_name_in_the_legend_and_shows_nothing(plot):
    p = plot(x=(0.1, 100), y=(0.1, 100), log_x=True, log_y=True)
    p.draw({"n": ([], []), "m": ([0.0], [5.0])})
    for mark in p.lines:
        assert len(mark.x) == 1
        assert 0 < mark.y[0] < 0.1 / 1000


def test_dots_are_dots_and_dashes_are_dashes():
    p = PlotChart(Plot("x", "y", (Line("n", "n", "#000000", dots=True), LINES[1]), x=(0, 1), y=(0, 1)))
    assert (p.lines[0].marker, p.lines[0].stroke_width) == ("circle", 0)
    assert (p.lines[1].marker, p.lines[1].line_style) == (None, "dashed")
    for widget in all_widgets(p.figure):
        widget.close()


# Ticks


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (1, 1000, [1, 10, 100, 1000]),
        (0.1, 100, [0.1, 1, 10, 100]),
        (1, 1e9, [1, 1e3, 1e6, 1e9]),
        (2, 5000, [10, 100, 1000]),
    ],
)
def test_ticks_of_a_log_axis_are_powers_of_ten_at_even_distances(low, high, ticks):
    assert _decades(low, high) == pytest.approx(ticks)


def test_large_numbers_of_an_axis_are_written_in_words_as_everywhere(plot):
    p = plot(y=(1, 1e12), log_y=True)
    axis = p.figure.axes[1]
    assert axis.tick_values.tolist() == [1, 1e3, 1e6, 1e9, 1e12]
    # The browser looks a tick up by how JavaScript writes it, and falls back on the format: 1,000.
    said = {"1000000": "1 million", "1000000000": "1 billion", "1000000000000": "1 trillion"}
    assert (axis.tick_labels, axis.tick_format) == (said, ",~g")
    assert p.figure.fig_margin["left"] > plot(y=(1, 1e3), log_y=True).figure.fig_margin["left"]


def test_an_axis_that_grows_beyond_a_million_still_says_it_in_words(chart):
    c = chart(top=1e5, log=True)
    assert not c.y_axis.tick_labels
    c.predict(3e7, across=True)
    assert c.y_axis.tick_labels["1000000"] == "1 million"


def test_the_next_nice_number_is_always_larger():
    for top in np.geomspace(0.01, 1e7, 200):
        assert top < _next_nice(float(top)) <= 5 * top
