"""The session: play, scrub, branch, reset, and what is kept of it all."""

import subprocess
import sys
import threading
import types
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import traitlets
from patience import wait_until

import metakit
import metakit.runs.session
from metakit.core.params import Params, param
from metakit.core.state import Ledger, State, array
from metakit.runs.session import Session
from metakit.runs.stage import _resolved

SOME_FRAMES = 6


@dataclass(frozen=True)
class DriftParams(Params):
    FIRST: ClassVar = ("speed",)
    PRESETS: ClassVar = {"science": {}, "fast": {"speed": 5.0}}

    speed: float = param(1.0, 0, 10, step=0.1, unit="µm/h", doc="how far a walker goes", source="illustrative")
    walkers: int = param(50, 0, 5000, step=1, unit="number", doc="how many there are", source="illustrative")


@dataclass(frozen=True, eq=False, kw_only=True)
class DriftState(State):
    place: np.ndarray = array("float64", "n_walkers")

    @property
    def ledger(self):
        return Ledger(came={"started": len(self.place)}, now={"here": len(self.place)})


@pytest.fixture(params=["live"])
def drift(monkeypatch, request):
    """A third stage, as small as a stage can be: walkers that drift at random."""
    module = types.ModuleType("metakit.models.drift", "Drift: walkers that drift at random.")
    module.ANSWERS, module.FRAME_SECONDS = request.param, 3600 / 7  # not a round number of hours
    module.DriftParams, module.DriftState = DriftParams, DriftState
    module.calls = 0

    def start(params, inflow, rng):
        return DriftState(place=rng.normal(0, 1, params.walkers))

    def advance(state, params, rng):
        module.calls += 1
        place = state.place + params.speed * rng.normal(0, 1, len(state.place))
        return state.replace(place=place, time_s=state.time_s + module.FRAME_SECONDS)

    def measure(state):
        return {"time_h": state.time_h, "spread_um": float(np.sqrt((state.place**2).sum()))}

    module.start, module.advance, module.measure = start, advance, measure
    for kind in (DriftParams, DriftState):
        monkeypatch.setattr(kind, "__module__", module.__name__)
    _resolved.cache_clear()
    here = metakit.stages()
    monkeypatch.setattr("metakit.runs.stage.stages", lambda: sorted([*here, "drift"]))
    monkeypatch.setitem(sys.modules, "metakit.models.drift", module)
    yield module
    _resolved.cache_clear()


instant = pytest.mark.parametrize("drift", ["instant"], indirect=True)


@pytest.fixture
def ran(drift):
    """A session that has run for a while."""
    session = Session("drift", seed=3)
    session.advance(SOME_FRAMES)
    return session


def everything(session):
    """Every frame's numbers and state, as they can be compared."""
    return session.rows, [session.state_at(i) for i in range(len(session.rows))]


# ----------------------------------------------------------------- playing


def test_a_new_session_shows_its_first_frame(drift):
    session = Session("drift", seed=3)
    assert (session.shown, len(session.rows), session.running, session.error) == (0, 1, False, "")
    assert session.state == metakit.run("drift", seed=3).state


def test_going_on_shows_the_last_frame_made(ran):
    assert ran.shown == SOME_FRAMES
    assert len(ran.rows) == SOME_FRAMES + 1
    assert ran.measures == ran.rows[-1]
    assert ran.state.time_h == pytest.approx(SOME_FRAMES / 7)


def test_a_session_and_a_headless_run_are_the_same(ran):
    run = metakit.run("drift", seed=3).advance(frames=SOME_FRAMES)
    assert ran.state == run.state
    assert ran.rows == run.rows


def test_scrubbing_back_and_playing_without_a_change_replays_the_same_frames(ran, drift):
    rows, states = everything(ran)
    calls = drift.calls
    ran.shown = 1
    assert ran.measures == rows[1]
    assert ran.state == states[1]
    for frame in range(2, SOME_FRAMES + 1):
        ran.advance()
        assert ran.shown == frame
        assert ran.state == states[frame]
    assert drift.calls == calls, "a frame that was there was made again"
    assert ran.rows == rows
    assert ran.ghost == []


@pytest.mark.parametrize(("asked", "shown"), [(-4, 0), (10_000, SOME_FRAMES), (2, 2)])
def test_scrubbing_beyond_the_ends_stops_at_them(ran, asked, shown):
    ran.shown = asked
    assert ran.shown == shown


@pytest.mark.parametrize("frames", [-1, 1.5, True, "3", None, float("nan")])
def test_a_number_of_frames_that_is_none_is_refused_and_nothing_moves(ran, frames):
    with pytest.raises(ValueError, match="number of frames"):
        ran.advance(frames)
    assert ran.shown == SOME_FRAMES


# ------------------------------------------------------------------ branches


def test_a_knob_moved_on_an_earlier_frame_drops_the_later_ones_and_keeps_their_curve_as_ghost(ran):
    before = ran.rows
    ran.shown = 2
    ran.params = ran.params.replace(speed=4.0)
    assert ran.shown == 2
    assert ran.rows == before[:3]
    assert ran.ghost == before
    ran.advance(2)
    assert ran.rows[:3] == before[:3]
    assert ran.rows[3] != before[3]
    assert ran.ghost == before


def test_a_branch_follows_from_the_shown_frame_exactly(ran):
    ran.shown = 2
    ran.params = ran.params.replace(speed=4.0)
    ran.advance(3)
    run = metakit.run("drift", seed=3).advance(frames=2).advance(frames=3, speed=4.0)
    assert ran.state == run.state


def test_a_knob_moved_on_the_last_frame_drops_nothing_and_leaves_no_ghost(ran):
    before = list(ran.rows)
    ran.params = ran.params.replace(speed=4.0)
    assert ran.rows == before
    assert ran.ghost == []


def test_a_knob_moved_on_the_first_frame_starts_again_since_the_start_may_depend_on_it(ran):
    before = ran.rows
    ran.shown = 0
    ran.params = ran.params.replace(walkers=7)
    assert len(ran.state.place) == 7
    assert len(ran.rows) == 1
    assert ran.ghost == before


def test_the_frames_before_a_branch_still_come_from_the_old_knobs(ran, monkeypatch):
    monkeypatch.setattr(metakit.runs.session, "MAX_BYTES", 3 * ran.state.nbytes)
    before = [ran.state_at(i) for i in range(4)]
    ran.shown = 3
    ran.params = ran.params.replace(speed=4.0)
    ran.advance(20)  # thins the frames: some of the first ones have to be made again
    for frame, state in enumerate(before):
        assert ran.state_at(frame) == state


def test_the_same_knobs_again_are_no_branch(ran):
    ran.shown = 2
    ran.params = ran.params.replace()
    assert len(ran.rows) == SOME_FRAMES + 1


# ---------------------------------------------------- reset, seeds, presets


def test_reset_goes_to_the_first_frame_of_the_same_seed_and_keeps_the_curve_as_ghost(ran):
    before, states = everything(ran)
    ran.reset()
    assert (ran.shown, ran.seed, len(ran.rows)) == (0, 3, 1)
    assert ran.ghost == before
    assert ran.state == states[0]
    ran.advance(SOME_FRAMES)
    assert ran.rows == before


def test_reset_keeps_the_knobs_that_were_moved(ran):
    ran.params = ran.params.replace(speed=4.0)
    ran.reset()
    ran.advance(2)
    assert ran.params.speed == 4.0
    assert ran.state == metakit.run("drift", seed=3, speed=4.0).advance(frames=2).state


def test_another_seed_is_another_run_from_its_start(ran):
    before = ran.rows
    ran.seed = 4
    assert (ran.shown, len(ran.rows)) == (0, 1)
    assert ran.ghost == before
    assert ran.state == metakit.run("drift", seed=4).state
    ran.advance(SOME_FRAMES)
    assert ran.rows != before


@pytest.mark.parametrize("seed", [-1, -(2**40)])
def test_a_seed_below_zero_is_refused_and_nothing_moves(ran, seed):
    with pytest.raises(ValueError, match="any whole number from 0 up"):
        ran.seed = seed
    with pytest.raises(ValueError, match="any whole number from 0 up"):
        Session("drift", seed=seed)
    assert (ran.seed, ran.shown) == (3, SOME_FRAMES)


def test_a_preset_sets_its_values_and_starts_again(ran):
    ran.choose("fast")
    assert (ran.preset, ran.params.speed, ran.shown) == ("fast", 5.0, 0)
    ran.advance()
    assert ran.state == metakit.run("drift", preset="fast", seed=3).advance(frames=1).state


def test_an_unknown_preset_is_refused_with_the_nearest_name_and_nothing_moves(ran):
    with pytest.raises(ValueError, match="did you mean 'fast'"):
        ran.choose("fats")
    assert (ran.preset, ran.shown) == ("science", SOME_FRAMES)


@pytest.mark.parametrize(
    ("keywords", "said"),
    [({"sped": 2}, "did you mean 'speed'"), ({"speed": 11}, "outside 0 to 10"), ({"preset": "fsat"}, "'fast'")],
)
def test_what_no_session_can_be_made_of_is_refused(drift, keywords, said):
    with pytest.raises(ValueError, match=said):
        Session("drift", **keywords)


def test_the_parameters_of_another_stage_are_refused(ran):
    with pytest.raises(ValueError, match="InvasionParams are not the parameters of drift"):
        ran.params = Session("invasion").params
    with pytest.raises(traitlets.TraitError):
        ran.params = {"speed": 2}


# ------------------------------------------------------------------ instant


@instant
def test_an_instant_stage_runs_again_from_its_first_frame(ran, drift):
    before = ran.rows
    ran.params = ran.params.replace(speed=4.0)
    assert len(ran.rows) == SOME_FRAMES + 1
    assert ran.state == metakit.run("drift", seed=3, speed=4.0).advance(frames=SOME_FRAMES).state
    assert ran.ghost == before


@instant
def test_an_instant_answer_stays_at_the_shown_frame(ran, drift):
    ran.shown = 2
    ran.params = ran.params.replace(speed=4.0)
    assert ran.shown == 2
    assert len(ran.rows) == SOME_FRAMES + 1


@instant
def test_an_instant_answer_is_told_once(ran, drift):
    told = []
    ran.observe(told.append, "tick")
    ran.params = ran.params.replace(speed=4.0)
    assert len(told) == 1


# -------------------------------------------------------------- memory bound


def kept_bytes(session):
    return sum(state.nbytes for state in session._states.values())


def test_frames_kept_stay_within_the_bound_and_any_frame_can_be_made_again_exactly(drift, monkeypatch):
    session = Session("drift", seed=3)
    bound = 10 * session.state.nbytes
    monkeypatch.setattr(metakit.runs.session, "MAX_BYTES", bound)
    run, states = metakit.run("drift", seed=3), []
    for _ in range(100):
        states.append(run.state)
        run.advance(frames=1)
        session.advance()
        assert kept_bytes(session) <= bound
    assert len(session.rows) == 101
    assert session.rows == run.rows
    for frame in (1, 2, 37, 63, 99):
        assert session.state_at(frame) == states[frame]


def test_looking_at_every_frame_does_not_fill_the_memory_again(drift, monkeypatch):
    session = Session("drift", seed=3)
    bound = 10 * session.state.nbytes
    monkeypatch.setattr(metakit.runs.session, "MAX_BYTES", bound)
    session.advance(60)
    run = metakit.run("drift", seed=3)
    for frame in range(60):
        session.shown = frame
        assert session.state == run.state
        assert kept_bytes(session) <= bound
        run.advance(frames=1)


def test_a_run_within_the_bound_keeps_every_frame(ran):
    assert sorted(ran._states) == list(range(SOME_FRAMES + 1))


def test_the_bound_is_100_megabytes():
    assert metakit.runs.session.MAX_BYTES == 100_000_000


# -------------------------------------------------------------------- errors


@pytest.fixture
def broken(ran, drift, monkeypatch):
    """A session whose next step fails."""

    def fail(state, params, rng):
        raise FloatingPointError("the walkers left the room")

    working = drift.advance
    monkeypatch.setattr(drift, "advance", fail)
    ran.repair = lambda: monkeypatch.setattr(drift, "advance", working)
    return ran


def test_an_error_in_a_step_becomes_words_and_the_last_good_frame_stays(broken):
    broken.running = True
    before = broken.state
    broken.advance(3)
    assert "the walkers left the room" in broken.error
    assert "last good frame" in broken.error
    assert "Traceback" not in broken.error
    assert broken.state == before
    assert (broken.shown, len(broken.rows)) == (SOME_FRAMES, SOME_FRAMES + 1)
    assert not broken.running


def test_the_error_goes_once_a_step_succeeds(broken):
    broken.advance()
    assert broken.error
    broken.repair()
    broken.advance()
    assert broken.error == ""
    assert broken.shown == SOME_FRAMES + 1


def test_the_error_goes_on_reset(broken):
    broken.advance()
    broken.reset()
    assert broken.error == ""


def test_an_error_in_the_start_becomes_words_too(ran, drift, monkeypatch):
    def fail(params, inflow, rng):
        raise ValueError("no room for the walkers")

    monkeypatch.setattr(drift, "start", fail)
    ran.reset()
    assert "no room for the walkers" in ran.error
    assert ran.shown == SOME_FRAMES


def test_a_step_that_fails_half_way_through_several_keeps_those_that_were_made(ran, drift, monkeypatch):
    working = drift.advance

    def fail_later(state, params, rng):
        if state.time_h > (SOME_FRAMES + 1.5) / 7:
            raise ValueError("enough")
        return working(state, params, rng)

    monkeypatch.setattr(drift, "advance", fail_later)
    ran.advance(5)
    assert ran.shown == SOME_FRAMES + 2
    assert "enough" in ran.error


# ------------------------------------------------------------------ the recipe


def remade(session):
    """The state that the session's own recipe makes."""
    return eval(session.recipe, {"metakit": metakit}).state


def test_the_recipe_makes_the_shown_frame_again_bit_for_bit(ran):
    for frame in range(SOME_FRAMES + 1):  # a frame is a seventh of an hour: rounded the wrong way, it is one too many
        ran.shown = frame
        assert remade(ran) == ran.state


def test_the_recipe_tells_of_every_branch(ran):
    ran.shown = 2
    ran.params = ran.params.replace(speed=4.0)
    ran.advance(3)
    ran.params = ran.params.replace(speed=0.3)
    ran.advance(2)
    assert ran.recipe.count(".advance(") == 2
    assert remade(ran) == ran.state
    ran.shown = 4
    assert remade(ran) == ran.state
    ran.shown = 1
    assert ".advance(" not in ran.recipe
    assert remade(ran) == ran.state


def test_the_recipe_costs_no_step_however_many_branches_lie_in_thinned_frames(ran, drift, monkeypatch):
    monkeypatch.setattr(metakit.runs.session, "MAX_BYTES", 5 * ran.state.nbytes)
    for i in range(20):
        ran.params = ran.params.replace(speed=2 + i / 10)
        ran.advance(3)
    calls = drift.calls
    assert ran.recipe.count(".advance(") == 20
    assert drift.calls == calls
    assert remade(ran) == ran.state


def test_a_knob_moved_twice_on_one_frame_is_one_branch(ran):
    ran.params = ran.params.replace(speed=4.0)
    ran.params = ran.params.replace(speed=2.0)
    ran.advance()
    assert ran.recipe.count(".advance(") == 1
    assert remade(ran) == ran.state


@pytest.mark.parametrize(
    "keywords",
    [{"seed": 9, "preset": "fast"}, {"seed": 9, "preset": "fast", "speed": 0.7}, {"speed": 1 / 3, "walkers": 8}],
)
def test_the_recipe_names_seed_preset_and_what_differs(drift, keywords):
    session = Session("drift", **keywords)
    session.advance(3)
    assert remade(session) == session.state


@pytest.mark.parametrize("stage", ["invasion", "intravasation"])
def test_the_recipe_of_a_real_stage_with_a_branch_makes_it_again(stage):
    session = Session(stage, seed=5, emt_rate=0.5)
    session.advance(5)
    session.shown = 3
    session.params = session.params.replace(mmp_secretion=1.0)
    session.advance(3)
    assert remade(session) == session.state


# --------------------------------------------------------- who is told, and when


def test_each_of_two_observers_is_told_once_of_every_change(ran):
    first, second = [], []
    ran.observe(lambda change: first.append(ran.shown), "tick")
    ran.observe(lambda change: second.append(ran.shown), "tick")
    ran.advance()
    ran.shown = 2
    ran.params = ran.params.replace(speed=2.0)
    ran.advance(3)
    ran.reset()
    assert first == second == [SOME_FRAMES + 1, 2, 2, 5, 0]


def test_observers_see_everything_changed_when_they_are_told(ran):
    seen = []
    ran.observe(lambda change: seen.append((ran.shown, len(ran.rows), ran.measures == ran.rows[ran.shown])), "tick")
    ran.choose("fast")
    ran.advance(2)
    assert seen == [(0, 1, True), (2, 3, True)]


@pytest.mark.native("starts a process")
def test_a_session_needs_no_widgets():
    code = (
        "import sys, metakit.runs.session; metakit.runs.session.Session('invasion').advance();"
        "print(*{'ipywidgets', 'bqplot', 'anywidget', 'IPython', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_knob_that_matters_only_at_the_start_takes_a_live_run_back_there():
    session = Session("intravasation", seed=2)
    session.advance(3)
    session.params = session.params.replace(ruptured_vessels=5)
    assert session.shown == 0
    assert session.state.vessel_ruptured.sum() == 5
    assert len(session.ghost) == 4


# Two threads: a kernel may handle what widgets say in a thread of its own, while a cell runs in another.


@pytest.fixture
def restless():
    """Threads take turns after every few operations."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.native("starts threads")
def test_two_threads_that_play_at_once_make_one_run(restless):
    session = Session("invasion", seed=7)
    threads = [threading.Thread(target=session.advance, args=(30,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert session.error == ""
    assert session.shown == 60
    alone = metakit.run("invasion", seed=7, progress=False).advance(frames=60, progress=False)
    assert str(session.rows) == str(list(alone.rows))  # as words, since NaN is not NaN


@pytest.mark.native("starts threads")
def test_a_knob_moved_in_another_thread_waits_for_the_frames_that_are_being_made(restless):
    session = Session("invasion", seed=7)
    thread = threading.Thread(target=session.advance, args=(40,))
    thread.start()
    wait_until(lambda: session.shown >= 10, "ten frames are made")
    session.params = session.params.replace(mmp_secretion=0.3)
    thread.join()
    session.advance(5)
    assert session.error == ""
    assert str(session.rows[-1]) == str(eval(session.recipe, {"metakit": metakit}).measures)


def test_a_frame_that_is_not_there_and_a_preset_that_is_none_are_refused():
    session = Session("growth")
    for frame in (-1, 99):
        with pytest.raises(ValueError, match=f"no frame {frame}; there are 0 to 0"):
            session.state_at(frame)
    with pytest.raises(ValueError, match="nonsense"):
        session.preset = "nonsense"
    assert session.recipe


def test_what_was_made_ahead_is_not_seen_before_it_is_shown():
    session = Session("invasion", seed=7)
    session.advance(3, ahead=20)
    assert (len(session.rows), len(session.seen_rows)) == (24, 4)
    session.shown = 10
    session.shown = 2
    assert session.seen_rows == session.rows[:11], "what was shown once stays seen"
    session.params = session.params.replace(mmp_secretion=1.0)
    assert len(session.seen_rows) == len(session.rows) == 3
    session.reset()
    assert len(session.seen_rows) == 1
