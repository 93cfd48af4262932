"""Worlds side by side: each is the run that it would be alone, and they go together."""

import asyncio
import gc
import io
import re

import pytest
from ipywidgets.widgets.widget import _instances as live_widgets
from patience import soon
from PIL import Image

import metakit
from metakit.runs.stage import stage as find

STAGES = metakit.stages()
TWO = {"published": {}, "no enzyme": {"mmp_secretion": 0}}


@pytest.fixture
def compare():
    made = []

    def make(*arguments, **keywords):
        made.append(metakit.compare(*arguments, **keywords))
        return made[-1]

    yield make
    for one in made:
        one.close()


def another(name):
    """The last preset of a stage, as a world."""
    return {"preset": list(find(name).params.PRESETS)[-1]}


def frames(run):
    return [list(map(repr, row.values())) for row in run]


@pytest.mark.parametrize("name", STAGES)
def test_every_stage_can_be_compared_and_each_world_is_the_run_it_would_be_alone(compare, name):
    worlds = compare(name, {"usual": {}, "other": another(name)}, seed=5)
    worlds.advance(4)
    for session, values in zip(worlds.sessions.values(), ({}, another(name)), strict=True):
        alone = metakit.run(name, seed=5, progress=False, **values).advance(frames=4, progress=False)
        assert session.state == alone.state
        assert frames(session.rows) == frames(alone.rows)
        assert session.shown == 4
    said = worlds.describe()
    assert "“usual”: " in said
    assert "“other”: " in said
    picture = Image.open(io.BytesIO(worlds.picture()))
    assert picture.width > 2 * picture.height - 100 > 700
    worlds.table_button.value = True
    assert worlds.table.value.count("<tr>") == 1 + len(worlds.sessions["usual"].measures)
    assert all(eval(line).state == worlds.sessions[of].state for of, line in worlds.recipes.items())


@pytest.mark.parametrize("name", STAGES)
def test_closing_leaves_no_widget_and_no_listener_behind(name):
    gc.collect()
    before = set(live_widgets)
    for _ in range(3):
        worlds = metakit.compare(name, {"usual": {}, "other": another(name)})
        assert worlds._repr_mimebundle_()
        worlds.advance()
        worlds.close()
        worlds.close()
        assert set(live_widgets) == before
        for session in worlds.sessions.values():
            left = [names for names in session._trait_notifiers.values() if names.get("change")]
            own = {"params", "seed", "shown"}  # what a session hears of itself
            assert {n for n, v in session._trait_notifiers.items() if v.get("change")} <= own, left


def test_equal_settings_are_equal_worlds_and_three_go_together(compare):
    worlds = compare("invasion", {"a": {}, "b": {}, "c": {"preset": "no enzyme"}}, seed=9)
    worlds.advance(30)
    a, b, c = worlds.sessions.values()
    assert a.state == b.state != c.state
    assert "in each world" in worlds.describe()
    a.shown = 11
    assert {s.shown for s in worlds.sessions.values()} == {11}
    worlds.advance(30)
    assert {s.shown for s in worlds.sessions.values()} == {41}
    assert worlds.player.clock.value == "0.3 days"
    worlds.reset()
    assert {(s.shown, len(s.rows)) for s in worlds.sessions.values()} == {(0, 1)}


def test_the_difference_is_said_first_with_the_names_and_drawn_on_one_axis(compare):
    worlds = compare("invasion", {"much": {"mmp_secretion": 4.2}, "no enzyme": {"mmp_secretion": 0}}, seed=7)
    worlds.advance(288)
    first, second, *_ = worlds.describe().splitlines()
    assert re.fullmatch(r"Cells outside, mesenchymal: [1-9]\d* in “much”, 0 in “no enzyme”\.", first)
    assert re.fullmatch(r"Lamina \(share\): 0\.\d+ in “much”, 1 in “no enzyme”\.", second)
    heads = [box.children[0].value for box in worlds.children[0].children[0].children]
    assert heads == ["<b>much</b><br>MMP secretion 4.2 per day", "<b>no enzyme</b><br>MMP secretion 0 per day"]
    chart = worlds._charts[0]
    assert [mark.labels for mark in chart.lines] == [["much"], ["no enzyme"]]
    ends = [mark.y[-1] for mark in chart.lines]
    assert ends == [s.measures["mesenchymal_outside"] for s in worlds.sessions.values()]
    assert len({(tuple(mark.colors), mark.line_style) for mark in chart.lines}) == 2


def test_measures_that_are_asked_for_are_drawn_and_said(compare):
    rates = {"no EMT": {}, "much EMT": {"emt_rate": 0.6}}
    worlds = compare("invasion", rates, preset="tight sheet", seed=7, measures=["detached_cells"])
    worlds.advance(144)
    (chart,) = worlds._charts
    ends = [mark.y[-1] for mark in chart.lines]
    assert ends == [s.measures["detached_cells"] for s in worlds.sessions.values()]
    assert chart.y.max >= ends[1] > 20 > ends[0]
    assert worlds.describe().startswith(f"Detached cells: {ends[0]:.0f} in “no EMT”, {ends[1]:.0f} in “much EMT”.")


@pytest.mark.parametrize(
    ("measures", "words"),
    [(["detached_cell"], "did you mean 'detached_cells'"), ("cells", "cannot be drawn"), (["a", "b", "c"], "cannot")],
)
def test_measures_that_are_not_there_are_refused(measures, words):
    gc.collect()
    before = set(live_widgets)
    with pytest.raises(ValueError, match=words):
        metakit.compare("invasion", TWO, measures=measures)
    assert set(live_widgets) == before


def test_a_touch_is_of_one_world_is_told_and_undone(compare):
    worlds = compare("invasion", {"whole": {"mmp_secretion": 0}, "cut": {"mmp_secretion": 0}}, seed=7)
    worlds.advance(6)
    worlds.hand.value = "cut"
    assert [canvas.hand for canvas in worlds.canvases] == ["Cut the lamina"] * 2
    worlds.canvases[1]._handle_custom_msg({"x": 0.7, "y": 0.4}, [])
    assert [canvas.mark[:1] for canvas in worlds.canvases] == [[], ["cut the lamina and breach of the lamina"]]
    assert "“cut”: By hand: cut the lamina. Now: breach of the lamina. Day 0.0" in worlds.describe()
    assert [len(s.touches) for s in worlds.sessions.values()] == [0, 1]
    worlds.advance(12)
    assert {s.shown for s in worlds.sessions.values()} == {18}
    assert "Lamina (share): 1 in “whole”" in worlds.describe()
    assert "touches=" in worlds.recipes["cut"]
    assert not worlds.undo_button.disabled
    assert eval(worlds.recipes["cut"]).state == worlds.sessions["cut"].state
    worlds.undo_button.click()
    assert {(s.shown, s.touches) for s in worlds.sessions.values()} == {(6, ())}
    assert worlds.undo_button.disabled
    with pytest.raises(ValueError, match="there is no world 'third'; there are 'whole', 'cut'"):
        worlds.touch("third", "cut", (0, 0))
    worlds.canvases[0]._handle_custom_msg({"x": 0.5, "y": 0.5}, [])
    assert not worlds.undo_button.disabled
    worlds.reset()
    assert worlds.undo_button.disabled
    worlds.undo()
    assert {s.shown for s in worlds.sessions.values()} == {0}


def test_an_error_in_one_world_stops_both_and_is_said(compare, monkeypatch):
    worlds = compare("invasion", TWO, seed=7)
    worlds.advance(3)
    real = find("invasion").module.advance

    def breaks(state, params, rng):
        if params.mmp_secretion == 0:
            raise FloatingPointError("the tissue is gone")
        return real(state, params, rng)

    monkeypatch.setattr(find("invasion").module, "advance", breaks)
    worlds._lead.running = True
    worlds._lead.advance()
    assert not worlds._lead.running
    assert "“no enzyme”: " in worlds.status.error
    assert "the tissue is gone" in worlds.status.error
    monkeypatch.undo()
    worlds.advance()
    assert worlds.status.error == ""
    assert {s.shown for s in worlds.sessions.values()} == {5}


def test_both_play(compare):
    worlds = compare("invasion", TWO, seed=7)

    def painted():
        for canvas in worlds.canvases:
            canvas.ack = canvas.seq
        return worlds._lead.shown > 8

    async def scene():
        worlds.player.play()
        await soon(painted, "it plays")
        worlds.player.pause()
        await soon(worlds.player.task.done, "it stops")

    asyncio.run(scene())
    one, two = worlds.sessions.values()
    assert one.shown == two.shown
    assert two.state == eval(worlds.recipes["no enzyme"]).state


@pytest.mark.parametrize(
    ("worlds", "words"),
    [
        ({}, "0 worlds cannot be compared; 2 or 3 can"),
        ({"a": {}}, "1 worlds cannot be compared"),
        ({c: {} for c in "abcd"}, "4 worlds cannot be compared"),
        (["a", "b"], "cannot be compared"),
        (None, "None cannot be compared"),
        ({"a": {}, " ": {}}, "' ' is not the name of a world"),
        ({"a": {}, 3: {}}, "3 is not the name of a world"),
        ({"a": {}, "b": 3}, "world 'b' has 3"),
        ({"a": {}, "b": {"seed": 3}}, "world 'b' cannot have its own seed"),
        ({"a": {}, "b": {"mmp_secretoin": 3}}, "mmp_secretion"),
        ({"a": {}, "b": {"mmp_secretion": -3}}, "mmp_secretion = -3"),
        ({"a": {}, "b": {"preset": "no enzymes"}}, "no enzyme"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words_and_leaves_nothing(worlds, words):
    gc.collect()
    before = set(live_widgets)
    with pytest.raises(ValueError, match=re.escape(words)):
        metakit.compare("invasion", worlds)
    assert set(live_widgets) == before


def test_a_name_is_shown_as_text_not_as_html(compare):
    worlds = compare("growth", {"<b>a</b>": {}, "b": {"vessels": False}})
    html = worlds._repr_mimebundle_()[0]["text/html"] + worlds.children[0].children[0].children[0].children[0].value
    assert "<b>a</b>" not in html.replace("<b>&lt;b&gt;a&lt;/b&gt;</b>", "")
    assert "vessels off" in worlds.children[0].children[0].children[1].children[0].value
