"""Charts in pictures: a bar is as long as its count, and what is said of it stands beside it."""

import io

import numpy as np
import pytest
from PIL import Image

from metakit.widgets.draw import style
from metakit.widgets.draw.chart import Axis, Gate, draw_axis, draw_funnel, nice_end, passed
from metakit.widgets.draw.sketch import Sketch
from metakit.widgets.tropism.ranked import LEFT as BARS_LEFT
from metakit.widgets.tropism.ranked import RIGHT as BARS_RIGHT
from metakit.widgets.tropism.ranked import Pair, ranked

LEFT, RIGHT = 150, 450


def pixels(sketch):
    png = sketch if isinstance(sketch, bytes) else sketch.png()
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), int)


def near(colors, color):
    """Where pixels have a color, but for the last steps of 256 colors."""
    rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
    return np.abs(colors - rgb).max(-1) < 24


def bars(colors, color):
    """Top, bottom, left end and length of every bar of a color, from the top down, px."""
    rows = near(colors, color).sum(1) >= 3
    edges = np.flatnonzero(np.diff(np.r_[0, rows, 0]))
    found = []
    for top, bottom in zip(edges[::2], edges[1::2], strict=True):
        columns = np.flatnonzero(near(colors, color)[(top + bottom) // 2])
        found.append((top, bottom, columns.min(), np.ptp(columns) + 1))
    return found


def ink_in(colors, top, bottom, left, right):
    return (colors[top:bottom, left:right].sum(-1) < 380).sum()


@pytest.mark.parametrize(
    ("axis", "value", "share"),
    [
        (Axis(0, 40, LEFT, RIGHT), 10, 0.25),
        (Axis(0, 40, LEFT, RIGHT), 99, 1),
        (Axis(0, 40, LEFT, RIGHT), -3, 0),
        (Axis(1, 1e6, LEFT, RIGHT, log=True), 1e3, 0.5),
        (Axis(1, 1e6, LEFT, RIGHT, log=True), 0, 0),
        (Axis(0.01, 100, LEFT, RIGHT, log=True), 1, 0.5),
    ],
)
def test_a_value_lies_where_its_share_of_the_axis_ends(axis, value, share):
    assert axis.x(value) == pytest.approx(LEFT + share * (RIGHT - LEFT))


@pytest.mark.parametrize(
    ("most", "end"), [(0, 1), (1, 1), (1.2, 1.5), (7, 8), (9, 10), (10, 10), (0.03, 0.03), (1234, 1500), (99e6, 1e8)]
)
def test_the_end_of_an_axis_is_the_next_round_number(most, end):
    assert nice_end(most) == pytest.approx(end)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (1, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (3, ["0", "1", "2", "3"]),
        (1500, ["0", "300", "600", "900", "1,200", "1,500"]),
        (8000, ["0", "2,000", "4,000", "6,000", "8,000"]),
    ],
)
def test_ticks_are_round(end, words):
    assert [said for _, said in Axis(0, end, LEFT, RIGHT).even()] == words


def test_a_line_stands_at_every_tick_and_its_words_below_it():
    sketch = Sketch("#FFFFFF")
    draw_axis(sketch, Axis(0, 2, LEFT, RIGHT), [(0, "0"), (1, "1"), (2, "2")], 100, 300)
    colors = pixels(sketch)
    assert [bool(colors[200, x - 1 : x + 2].min() < 250) for x in (150, 225, 300, 375, 450)] == [True, False] * 2 + [
        True
    ]
    for x in (150, 300, 450):
        assert ink_in(colors, 303, 318, x - 6, x + 7) > 3
    assert ink_in(colors, 303, 318, 215, 235) == 0


def test_a_gate_has_a_bar_as_long_as_the_powers_of_ten_of_its_count_with_the_count_at_its_end():
    sketch = Sketch()
    counts = (10**6, 10**4, 100)
    draw_funnel(
        sketch, Axis(1, 1e9, LEFT, RIGHT, log=True), 100, [Gate("gate", n, style.EPITHELIAL) for n in counts], 60
    )
    colors = pixels(sketch)
    found = bars(colors, style.EPITHELIAL)
    assert [length for *_, length in found] == pytest.approx([200, 400 / 3, 200 / 3], abs=1.5)
    assert [top for top, *_ in found] == pytest.approx([100, 160, 220], abs=1)
    assert {left for *_, left, _ in found} <= {LEFT - 1, LEFT, LEFT + 1}
    for top, bottom, left, length in found:
        assert ink_in(colors, top, bottom, left + length + 6, left + length + 40) > 10
        assert ink_in(colors, top, bottom, LEFT - 40, LEFT - 10) > 10


def test_a_gate_that_nobody_passes_has_no_bar_and_a_closed_one_a_cross():
    def drawn(closed):
        sketch = Sketch()
        gates = [Gate("in", 100, style.EPITHELIAL), Gate("out", 0, style.EPITHELIAL, closed)]
        draw_funnel(sketch, Axis(1, 1e9, LEFT, RIGHT, log=True), 100, gates, 60)
        return pixels(sketch)

    assert len(bars(drawn(False), style.EPITHELIAL)) == 1
    assert not near(drawn(False), style.VESSEL).any()
    rows, columns = np.nonzero(near(drawn(True), style.VESSEL))
    assert 128 < rows.min() < rows.max() < 160
    assert columns.min() < LEFT


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (100, 100, "100%"),
        (100, 80, "80%"),
        (100, 0, "none"),
        (5e6, 1000, "1 in 5,000"),
        (2, 1, "1 in 2"),
        (60e9, 3, "1 in 20 billion"),
    ],
)
def test_what_passed_is_said_as_a_share_or_as_one_in_so_many(before, after, words):
    assert passed(before, after) == words


def test_pairs_are_as_long_as_their_numbers_and_mark_and_ring_stand_at_their_own():
    pairs = [Pair("lung", 10, 20, 30, 36), Pair("liver", 5, 2.5, 1, 24)] * 4
    png = ranked(pairs, "of 100", ("people", "model"), "a caption", "a note")
    axis = Axis(0, 40, BARS_LEFT, BARS_RIGHT)
    colors = pixels(png)[:, : round(BARS_RIGHT) + 5]  # without the numbers beside them
    filled = bars(colors, style.EPITHELIAL)
    lengths = [axis.x(20) - axis.left, axis.x(2.5) - axis.left] * 4
    assert [length for *_, length in filled] == pytest.approx(lengths, abs=2)
    marks, opens = [axis.x(30), axis.x(1)] * 4, [axis.x(10), axis.x(5)] * 4
    rings = [axis.x(36), axis.x(24)] * 4
    for (top, bottom, *_), mark, ring, upper in zip(filled, marks, rings, opens, strict=True):
        around = np.flatnonzero(near(colors, style.DEAD)[(top + bottom) // 2])
        assert around[np.abs(around - ring) < 8].mean() == pytest.approx(ring, abs=1.5)
        dark = near(colors, style.INK)
        assert dark[(top + bottom) // 2, round(mark) - 1 : round(mark) + 1].any()
        rim = np.flatnonzero(colors[top - 15].sum(-1) < 600)  # of the open bar above
        assert rim.max() == pytest.approx(upper, abs=2)
