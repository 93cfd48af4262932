"""The hand in the picture: a press is a touch where it is seen, it is said, and Undo takes it back."""

import asyncio
import io

import numpy as np
import pytest
from patience import soon
from PIL import Image

import metakit
from metakit.runs.stage import stage as find
from metakit.widgets.draw.body_places import PLACES
from metakit.widgets.draw.tissue_raster import VIEWS, picture_of
from metakit.widgets.extravasation.bed_picture import WINDOWS, place_of, place_um

TOUCHABLE = [name for name in metakit.stages() if find(name).touches]


@pytest.fixture
def view():
    views = []

    def make(stage, **keywords):
        views.append(metakit.view(stage, seed=5, **keywords))
        return views[-1]

    yield make
    for one in views:
        one.close()


def press(view, x, y):
    """What the browser sends."""
    view.canvas._handle_custom_msg({"x": x, "y": y}, [])


@pytest.mark.parametrize("name", metakit.stages())
def test_the_hand_is_in_the_view_where_there_is_something_to_touch_and_only_there(view, name):
    shown = view(name)
    controls = next(c for c in shown.children[0].children if "metakit-controls" in c._dom_classes)
    picks = [shown.PICK.kind] if shown.PICK else []
    assert (shown.hand in controls.children) == (name in TOUCHABLE or bool(picks))
    assert [kind for _, kind in shown.hand.options] == ["", *(touch.kind for touch in find(name).touches), *picks]
    assert shown.canvas.hand == ""


@pytest.mark.parametrize("zoom", VIEWS)
def test_a_place_of_the_tissue_and_what_is_seen_of_it_are_one(zoom):
    state = metakit.run("invasion", progress=False).state
    picture = picture_of(state.grid, zoom)
    for row, column in ((100, 100), (95, 120), (80, 70)):
        x, y = picture.place_um(picture.share(row * 201 + column))
        assert (x, y) == pytest.approx(((column - 100) * 10, (100 - row) * 10), abs=1e-9)


def test_a_place_outside_of_the_tissue_is_at_its_edge():
    state = metakit.run("invasion", progress=False).state
    assert picture_of(state.grid, "far").place_um((1.0, 1.0)) == (1000.0, -1000.0)


@pytest.mark.parametrize("zoom", WINDOWS)
def test_a_place_of_the_bed_and_what_is_seen_of_it_are_one(zoom):
    state = metakit.run("extravasation", seed=2, time_h=12, progress=False).state
    kinds = tuple(range(1, 5))
    share = place_of(state, kinds, "whole bed")
    at = place_um(share, "whole bed")
    newest = np.flatnonzero(np.isin(state.where, kinds))
    newest = newest[state.since_s[newest].argmax()]
    vessel, from_wall = metakit.models.extravasation.find_vessel(at, state.width_um)
    assert vessel == state.vessel[newest]
    assert from_wall <= 2.0  # the center line is known every few micrometers
    corner, pixels = WINDOWS[zoom]
    assert place_um((0, 0), zoom) == corner
    assert np.subtract(place_um((1, 1), zoom), corner) == pytest.approx(540 / pixels)


def test_a_press_cuts_where_it_is_seen_is_said_and_undone(view):
    shown = view("invasion")
    shown.advance(6)
    shown.zoom.value = "near"
    before = shown.canvas.png
    shown.hand.value = "cut"
    assert shown.canvas.hand == "Cut the lamina"
    assert "opens 60 µm (illustrative) of the basal lamina" in shown.status.text
    press(shown, 0.75, 0.4)
    (made,) = shown.session.touches
    assert (made.kind, made.time) == ("cut", 1.0)
    assert made.at == pytest.approx((0.25 * 1350, 0.1 * 1350), abs=6)
    assert shown.describe().startswith("By hand: cut the lamina. Now: breach of the lamina. Day 0.0")
    assert shown.status.text == shown.describe()
    assert shown.canvas.mark[0] == "cut the lamina and breach of the lamina"
    # The picture has changed about there, and nowhere else but in the box with words at its top.
    old, new = (np.asarray(Image.open(io.BytesIO(png)).convert("L"), int) for png in (before, shown.canvas.png))
    y, x = np.nonzero(old != new)
    x, y = x[y > 60], y[y > 60]
    assert len(y)
    assert (x.mean() / new.shape[1], y.mean() / new.shape[0]) == pytest.approx((0.68, 0.43), abs=0.05)
    assert eval(shown.session.recipe).state == shown.session.state
    assert not shown.panel.undo_button.disabled
    shown.panel.undo_button.click()
    assert shown.session.touches == ()
    assert shown.canvas.png == before
    assert shown.panel.undo_button.disabled


def test_a_press_that_hits_nothing_says_why_and_changes_nothing(view):
    shown = view("intravasation", normal_vessels=0, ruptured_vessels=0)
    shown.hand.value = "tear"
    before = shown.session.tick
    press(shown, 0.5, 0.5)
    assert (shown.session.touches, shown.session.tick, shown.session.error) == ((), before, "")
    assert shown.status.text.startswith("There is no whole blood vessel within 60 µm")


def test_what_cannot_be_touched_is_said_in_its_own_letters(view):
    shown = view("invasion", lamina=False)
    shown.hand.value = "cut"
    press(shown, 0.5, 0.5)
    assert shown.status.text == "There is no basal lamina to cut; start the run with lamina=True."


def test_a_press_without_a_hand_and_one_outside_of_the_picture_change_nothing_and_break_nothing(view):
    shown = view("invasion")
    said = shown.status.text
    press(shown, 0.5, 0.5)
    assert (shown.session.touches, shown.status.text) == ((), said)
    shown.hand.value = "enzyme"
    press(shown, 7.0, -3.0)
    (made,) = shown.session.touches
    assert max(map(abs, made.at)) <= 1000


def test_undo_takes_back_knobs_and_touches_in_turn(view):
    shown = view("invasion")
    shown.advance(3)
    shown.touch("enzyme", (100, 0))
    shown.panel.controls["mmp_secretion"].value = 1.0
    shown.touch("cut", (0, 100))
    shown.advance(3)
    said = []
    for _ in range(3):
        shown.panel.undo()
        said.append((len(shown.session.touches), shown.session.params.mmp_secretion))
    assert said == [(1, 1.0), (1, 0.4212), (0, 0.4212)]
    assert shown.panel.undo_button.disabled
    assert eval(shown.session.recipe).state == shown.session.state


def test_what_a_reset_took_away_is_not_undone(view):
    shown = view("invasion")
    shown.advance(3)
    shown.panel.controls["mmp_secretion"].value = 1.0
    shown.touch("cut", (0, 100))
    shown.reset()
    shown.panel.undo()
    assert shown.session.params.mmp_secretion == 0.4212
    assert shown.panel.undo_button.disabled


def test_the_view_of_a_touched_run_can_take_its_touches_back(view):
    run = metakit.run("invasion", seed=5, time_h=2, touches=[("cut", 1, (0, 100))], progress=False)
    shown = metakit.view(run)
    try:
        assert shown.session.state == run.state
        shown.panel.undo()
        assert (shown.session.touches, shown.session.shown) == ((), 6)
    finally:
        shown.close()


def test_a_touch_while_it_plays_goes_on_playing_with_it(view):
    shown = view("invasion")
    shown.hand.value = "enzyme"

    def painted(frame):
        shown.canvas.ack = shown.canvas.seq
        return shown.session.shown > frame

    async def scene():
        shown.player.play()
        await soon(lambda: painted(2), "it plays")
        press(shown, 0.5, 0.5)
        touched = shown.session.shown
        await soon(lambda: painted(touched + 2), "it plays on")
        shown.player.pause()
        await soon(shown.player.task.done, "it stops")

    asyncio.run(scene())
    assert [touch.kind for touch in shown.session.touches] == ["enzyme"]
    assert eval(shown.session.recipe).state == shown.session.state


@pytest.mark.parametrize(("stage", "zoom"), [("circulation", ""), ("tropism", "map of arrows")])
def test_a_press_on_an_organ_chooses_it_as_the_origin(view, stage, zoom):
    shown = view(stage)
    if zoom:
        shown.zoom.value = zoom
    shown.hand.value = "origin"
    for organ, origin in (("pancreas", "pancreas"), ("kidneys", "kidney"), ("prostate", "prostate")):
        press(shown, PLACES[organ].x / 540, (PLACES[organ].y + 6) / 540)
        assert shown.session.params.origin == origin
        assert origin in shown.session.recipe
        shown.advance(3)
    press(shown, 0.02, 0.98)
    assert shown.session.params.origin == "prostate"
    assert shown.status.text.startswith("No cancer of this model begins there; these do: ")
    shown.panel.undo()
    assert shown.session.params.origin == "kidney"


def test_bars_are_no_map(view):
    shown = view("tropism")
    shown.hand.value = "origin"
    press(shown, 0.5, 0.5)
    assert "map of arrows" in shown.status.text
    assert shown.session.params.origin == "breast"
