"""Touches: what a hand does is a part of the run, and comes again with its recipe."""

import contextlib
import json
import math
import re

import numpy as np
import pytest

import metakit
from metakit.core.touch import Touch, check_touch
from metakit.models.extravasation.geometry import find_vessel
from metakit.runs.session import Session
from metakit.runs.stage import stage
from metakit.tissue.params import PASSABLE

TOUCHABLE = [name for name in metakit.stages() if stage(name).touches]
# A place at which every touch of the stage hits something.
PLACES = {"invasion": (120, -40), "intravasation": (300, 150), "extravasation": (30, 313)}
HOSTILE = {
    "not a number": (math.nan, 0.0),
    "endless": (math.inf, 0.0),
    "far outside": (1e6, 1e6),
    "one number": (3.0,),
    "words": "here",
    "nothing": None,
    "switches": (True, False),
}
every_touch = pytest.mark.parametrize(
    ("name", "kind"), [(name, touch.kind) for name in TOUCHABLE for touch in stage(name).touches]
)


def frames(name, n):
    """Time of so many frames, in seconds."""
    return n * stage(name).frame_s


def on_the_clock(name, n):
    return frames(name, n) / metakit.core.state.SECONDS[stage(name).state.CLOCK]


def at(name, kind):
    """A place to touch; a vessel is torn where one is."""
    if (name, kind) == ("intravasation", "tear"):
        state = stage(name).first(stage(name).params(), 5)
        row, column = divmod(int(state.vessel_site[~state.vessel_ruptured][0]), state.grid.columns)
        return ((column - 100) * 10.0, (100 - row) * 10.0)
    return PLACES[name]


def test_there_are_touches_and_each_has_a_place_here():
    assert {"invasion", "intravasation", "extravasation"} <= set(TOUCHABLE)
    assert set(TOUCHABLE) == set(PLACES)


@every_touch
def test_the_recipe_makes_a_touched_run_again_and_a_file_goes_on_with_it(name, kind, tmp_path):
    touched = [(kind, on_the_clock(name, 3), at(name, kind))]
    run = metakit.run(name, seed=5, time_s=frames(name, 9), touches=touched, progress=False)
    plain = metakit.run(name, seed=5, time_s=frames(name, 9), progress=False)
    assert run.state != plain.state, "the touch did nothing"
    assert repr(run.rows[:3]) == repr(plain.rows[:3]), "the touch came too early"
    assert run.ledger.missing == 0
    run.state.check()
    assert eval(run.recipe) == run
    back = metakit.load(run.save(tmp_path / "touched.npz"))
    assert back == run
    assert back.advance(frames=5) == run.advance(frames=5)


@every_touch
def test_a_session_and_a_headless_run_are_one(name, kind):
    place = at(name, kind)
    session = Session(name, seed=5)
    session.advance(3)
    session.touch(kind, place)
    session.advance(4)
    run = eval(session.recipe)
    assert run.state == session.state
    assert list(map(repr, run.rows)) == list(map(repr, session.rows))
    again = Session.of(run)
    assert (again.state, again.recipe) == (session.state, session.recipe)
    assert again.touches == session.touches == run.history[0].touches


@every_touch
@pytest.mark.parametrize("where", HOSTILE)
def test_a_hostile_place_is_refused_in_words_and_changes_nothing(name, kind, where):
    session = Session(name, seed=5)
    session.advance(6)
    session.shown = 4
    before = session.recipe, session.rows, session.state, session.tick
    if where == "far outside" and name == "extravasation":
        expected = "no vessel within"
    else:
        expected = "outside of the tissue" if where == "far outside" else "is not a place"
    with pytest.raises(ValueError, match=expected):
        session.touch(kind, HOSTILE[where])
    assert (session.recipe, session.rows, session.state, session.tick) == before
    run = metakit.run(name, seed=5, time_s=frames(name, 2), progress=False)
    recipe = run.recipe
    with pytest.raises(ValueError, match=expected):
        run.advance(frames=2, touches=[(kind, on_the_clock(name, 2), HOSTILE[where])])
    assert run.recipe == recipe


@pytest.mark.parametrize(
    ("touches", "words"),
    [
        ([("cot", 1, (0, 0))], "did you mean 'cut'"),
        ([("cut", 99, (0, 0))], "touch 'cut' at 99 h is not on the way, which goes from 0 to 10 h"),
        ([("cut", -1, (0, 0))], "-1 is not a time"),
        ([("cut", math.nan, (0, 0))], "is not a time"),
        ([("cut", None, (0, 0))], "has no time"),
        (["cut"], "is not one"),
        ([("cut", 1)], "is not one"),
    ],
)
def test_what_is_wrong_with_a_touch_is_said(touches, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        metakit.run("invasion", time_h=10, touches=touches, progress=False)


def test_a_finished_run_is_touched_from_now_on_only():
    run = metakit.run("invasion", seed=5, time_h=5, progress=False)
    recipe = run.recipe
    with pytest.raises(ValueError, match="not on the way, which goes from 5 to 10 h"):
        run.advance(time_h=10, touches=[("cut", 2, (120, -40))], progress=False)
    assert run.recipe == recipe
    run.advance(time_h=10, touches=[("cut", 5, (120, -40))], progress=False)
    assert eval(run.recipe) == run


def test_a_stage_without_touches_says_so():
    with pytest.raises(ValueError, match="'cut' cannot be done: growth offers no touches"):
        metakit.run("growth", time_d=3, touches=[("cut", 1, (0, 0))])
    with pytest.raises(ValueError, match="growth offers no touches"):
        Session("growth").touch("cut", (0, 0))


def test_knobs_and_touches_of_one_moment_keep_their_order():
    session = Session("invasion", seed=5)
    session.advance(12)
    session.touch("enzyme", (200, 0))
    session.params = session.params.replace(mmp_secretion=1.0)
    session.touch("cut", (120, -40))
    session.advance(12)
    session.params = session.params.replace(haptotaxis=500.0)
    session.touch("cut", (-120, 40))
    session.advance(6)
    run = eval(session.recipe)
    assert run.state == session.state
    assert [[touch.kind for touch in segment.touches] for segment in run.history] == [["enzyme"], ["cut"], ["cut"]]


def test_a_touch_and_then_a_knob_at_the_start_keep_the_touch():
    session = Session("invasion", seed=5)
    session.touch("cut", (120, -40))
    session.params = session.params.replace(mmp_secretion=1.0)
    session.advance(6)
    assert [touch.kind for touch in session.touches] == ["cut"]
    assert eval(session.recipe).state == session.state


def test_taking_touches_back_gives_the_run_before_them_bit_for_bit():
    session = Session("invasion", seed=5)
    session.touch("cut", (0, 200))
    session.advance(6)
    session.touch("enzyme", (100, 100))
    session.touch("cut", (120, -40))
    session.advance(6)
    for left, time_h in ((2, 1), (1, 1), (0, 0), (0, 0)):
        session.untouch()
        assert (len(session.touches), session.shown) == (left, 6 * time_h)
        run = eval(session.recipe)
        assert run.state == session.state
        assert repr(run.rows[-1]) == repr(session.measures)
    session.advance(12)
    assert session.state == metakit.run("invasion", seed=5, time_h=2, progress=False).state


def test_a_touch_in_a_frame_that_was_dropped_is_made_again_with_it(monkeypatch):
    whole, small = Session("invasion", seed=5), Session("invasion", seed=5)
    for session, most in ((whole, 100_000_000), (small, 3_000_000)):
        monkeypatch.setattr("metakit.runs.session.MAX_BYTES", most)
        session.advance(11)
        session.touch("cut", (120, -40))
        session.advance(30)
    assert len(small._states) < 20, "nothing was dropped"
    assert small.state_at(12) == whole.state_at(12)
    run = metakit.run("invasion", seed=5, time_s=frames("invasion", 11), progress=False)
    run.advance(time_s=frames("invasion", 13), touches=[("cut", 11 / 6, (120, -40))], progress=False)
    assert small.state_at(13) == run.state


def test_scrubbing_back_behind_a_touch_and_branching_drops_it():
    session = Session("invasion", seed=5)
    session.advance(5)
    session.touch("cut", (120, -40))
    session.advance(3)
    session.shown = 2
    assert "touches" not in session.recipe
    session.params = session.params.replace(mmp_secretion=1.0)
    assert session.touches == ()
    assert eval(session.recipe).state == session.state
    session.reset()
    assert session.touches == ()


# ------------------------------------------------------------ what a touch does


def test_a_cut_opens_sixty_micrometers_and_is_the_breach():
    run = metakit.run("invasion", seed=7, time_h=24, touches=[("cut", 12, (120, -40))], progress=False)
    grid, cut = run.state.grid, run.state.lamina < PASSABLE
    sites = run.state.lamina_site[cut]
    assert run.measures["breach_h"] == 12.0
    inside, beyond = (grid.radius_um.ravel()[sites].min(), grid.radius_um.ravel()[sites].max())
    assert (inside, beyond) == pytest.approx((260 - 12.5, 260 + 12.5), abs=3), "the cut does not go all the way through"
    spread = grid.distance_um(sites[:, None], sites[None, :]).max()
    assert 40 <= spread <= 60
    # x is to the right and y is up, as in the picture: a little below the middle of the right half.
    row, column = np.divmod(sites, grid.columns)
    assert column.mean() > 100 + 20
    assert 100 < row.mean() < 100 + 15
    # Without enzyme nothing else opens, and cells still get out through the cut alone.
    away = {}
    for touches in ([], [("cut", 12, (120, -40))]):
        without = metakit.run("invasion", seed=7, preset="no enzyme", time_d=6, touches=touches, progress=False)
        away[len(touches)] = without.measures["cells_outside"]
    assert away[0] == 0 < away[1]


def test_a_drop_of_enzyme_is_a_disc_of_a_tenth():
    state = metakit.run("invasion", seed=7, progress=False).state
    after = stage("invasion").touch(state, stage("invasion").params(), "enzyme", (100, -200))
    added = after.mmp - state.mmp
    assert set(np.unique(added).tolist()) == {0.0, np.float32(0.1)}
    points = np.flatnonzero(added)
    assert len(points) == pytest.approx(math.pi * 30**2 / 10**2, abs=3)
    row, column = np.divmod(points, 201)
    assert (row.mean(), column.mean()) == (120, 110)


def test_a_torn_vessel_lets_epithelial_cells_in_and_a_whole_one_does_not():
    """Franssen 2019: only mesenchymal cells get through a whole wall."""
    found = {}
    for kinds in (["place"], ["place", "tear"]):
        run = metakit.run(
            "intravasation", seed=3, preset="epithelial only", normal_vessels=0, ruptured_vessels=0, time_d=4,
            touches=[(kind, 0, (0, 160)) for kind in kinds], progress=False,
        )  # fmt: skip
        found[len(kinds)] = run.measures["epithelial_entered"]
    assert found[1] == 0 < found[2]


def test_a_placed_vessel_moves_no_entry_of_a_lymph_vessel():
    run = metakit.run("intravasation", seed=3, normal_vessels=10, lymph_vessels=10, time_d=4, progress=False)
    before = run.state
    assert 0 < before.cluster_lymph.sum() < len(before.cluster_lymph)
    run.advance(frames=0, touches=[("place", 96, (900, 900))])
    assert (run.state.cluster_lymph == before.cluster_lymph).all()
    assert len(run.state.vessel_site) == len(before.vessel_site) + 1
    run.state.check()


@pytest.mark.parametrize(
    ("kind", "place", "words"),
    [
        ("place", (1000, 1000), "at the edge of the tissue"),
        ("place", "on a vessel", "already; place one farther"),
        ("tear", (-990, 990), "no whole blood vessel within 60 µm"),
    ],
)
def test_where_no_vessel_can_be_placed_or_torn_is_said(kind, place, words):
    place = at("intravasation", "tear") if isinstance(place, str) else place
    with pytest.raises(ValueError, match=words):
        Session("intravasation", seed=5).touch(kind, place)


def test_sixty_vessels_are_the_most():
    session = Session("intravasation", seed=5, normal_vessels=0, ruptured_vessels=0)
    places = [(x, y) for x in range(-900, 901, 180) for y in range(-900, 901, 300)][:61]
    for place in places[:60]:
        session.touch("place", place)
    with pytest.raises(ValueError, match="there are 60 vessels already; 60 is the most"):
        session.touch("place", places[60])
    assert len(session.state.vessel_site) == 60


def test_a_vessel_is_found_fifteen_micrometers_from_its_wall_and_no_farther():
    session = Session("extravasation", seed=2)
    _, from_wall = find_vessel((30, 250), session.state.width_um)
    assert 15 < from_wall < 150
    with pytest.raises(ValueError, match="there is no vessel within 15 µm of 30, 250 µm"):
        session.touch("narrow", (30, 250))
    session.touch("narrow", (30, 250 + from_wall - 14))


def test_a_narrowed_artery_stops_more_cells_by_size():
    """A tube narrower than a cell's squeezed nucleus stops it (`bed.need_um`): here the one that all have to pass."""
    counts = {}
    for times in (0, 6):
        touches = [("narrow", 0, (30, 313))] * times
        run = metakit.run("extravasation", seed=2, time_h=12, touches=touches, progress=False)
        counts[times] = int((run.state.stop_vessel[run.state.by_size] == 0).sum())
    assert counts[0] == 0
    assert counts[6] > 60


def test_the_width_of_a_vessel_has_an_end_at_both_sides():
    session = Session("extravasation", seed=2)
    width = session.state.width_um[0]
    session.touch("narrow", (30, 313))
    session.touch("widen", (30, 313))
    assert session.state.width_um[0] == pytest.approx(width, rel=1e-12)
    for kind, low, high in (("narrow", 2.0, 2.5), ("widen", 48.0, 60.0)):
        for _ in range(30):
            with contextlib.suppress(ValueError):
                session.touch(kind, (30, 313))
        assert low <= session.state.width_um[0] <= high
        with pytest.raises(ValueError, match="2 to 60 µm is possible"):
            session.touch(kind, (30, 313))


def test_a_stage_with_touches_has_the_verb_and_is_live():
    for name in metakit.stages():
        found = stage(name)
        assert bool(found.touches) == hasattr(found.module, "touch")
        assert all(isinstance(touch, Touch) and touch.label and touch.about for touch in found.touches)
        assert len({touch.kind for touch in found.touches}) == len(found.touches)


def test_numbers_of_numpy_are_a_place():
    touches = stage("invasion").touches
    assert check_touch(touches, "invasion", "cut", (np.float32(1), np.int64(2))) == ("cut", (1.0, 2.0))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda touch: touch.__setitem__(0, "cot"),
        lambda touch: touch.__setitem__(1, 99.0),
        lambda touch: touch.__setitem__(1, math.nan),
        lambda touch: touch.__setitem__(2, [1.0]),
        lambda touch: touch.append(3),
    ],
)
def test_a_file_with_a_strange_touch_is_refused(tmp_path, spoil):
    run = metakit.run("invasion", seed=5, time_h=5, touches=[("cut", 2, (120, -40))], progress=False)
    path = run.save(tmp_path / "touched.npz")
    with np.load(path) as archive:
        entries = {name: archive[name] for name in archive.files}
    header = json.loads(str(entries["header"]))
    spoil(header["history"][0][2][0])
    np.savez(path, **(entries | {"header": np.array(json.dumps(header))}))
    with pytest.raises(ValueError, match="is not a run that can be continued"):
        metakit.load(path)
