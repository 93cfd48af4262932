"""Headless runs: where they stop, how they go on, what they print and refuse."""

import builtins

import numpy as np
import pytest

import metakit


def test_a_run_stops_at_the_first_frame_at_or_after_its_time():
    assert metakit.run("invasion", seed=1).state.time_h == 0
    assert metakit.run("invasion", seed=1, time_h=1).state.time_h == 1
    assert metakit.run("invasion", seed=1, time_h=0.7).state.time_h == pytest.approx(5 / 6)
    assert metakit.run("invasion", seed=1, time_s=3001).state.time_h == 1
    assert metakit.run("invasion", seed=1, time_d=0.06).state.time_h == 1.5


def test_the_same_call_gives_the_same_run_and_another_seed_another():
    first = metakit.run("invasion", seed=7, mmp_secretion=0.3, time_h=1)
    assert first == metakit.run("invasion", seed=7, mmp_secretion=0.3, time_h=1)
    assert first != metakit.run("invasion", seed=8, mmp_secretion=0.3, time_h=1)
    assert first != metakit.run("invasion", seed=7, mmp_secretion=0.31, time_h=1)
    assert first != metakit.run("invasion", seed=7, mmp_secretion=0.3, time_h=1.5)
    assert first != 3


def test_a_run_in_two_goes_is_the_run_in_one():
    once = metakit.run("invasion", seed=7, time_h=3)
    assert metakit.run("invasion", seed=7, time_h=1).advance(time_h=3) == once
    assert metakit.run("invasion", seed=7).advance(frames=18) == once


def test_a_parameter_changed_on_the_way_holds_from_there_on():
    run = metakit.run("invasion", seed=7, time_h=1).advance(time_h=2, mmp_secretion=1.9)
    assert [(t, p.mmp_secretion) for t, p, _ in run.history] == [(0.0, 0.4212), (3600.0, 1.9)]
    plain = metakit.run("invasion", seed=7, time_h=2)
    assert repr(run.rows[:3]) == repr(plain.rows[:3])
    assert run.rows[-1]["mmp_peak"] > 2 * plain.rows[-1]["mmp_peak"]


def test_the_line_a_run_prints_makes_it_again():
    run = metakit.run("invasion", seed=7, preset="leaky stroma", haptotaxis=0, time_h=1.5)
    run.advance(frames=1, force=True).advance(time_h=3, force=False)
    line = repr(run).splitlines()[0]
    assert line == run.recipe
    assert eval(line, {"metakit": metakit, "__builtins__": builtins}) == run


def test_a_run_prints_where_every_cell_is(invasion):
    assert repr(invasion).splitlines()[1].endswith(f"= {sum(invasion.ledger.came.values()):,} cells")


def test_the_table_has_one_row_a_frame_and_the_clock_first(invasion):
    table = invasion.table
    assert next(iter(table.columns)) == "time_h"
    assert table["time_h"].tolist() == pytest.approx([i / 6 for i in range(len(invasion.rows))])
    assert table.iloc[-1].to_dict() == pytest.approx(invasion.measures, nan_ok=True)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"time_h": 1, "time_d": 1}, "time_h and time_d are both given; one of them is enough"),
        ({"time_h": -1}, "time_h = -1 is not a time"),
        ({"time_d": float("nan")}, "time_d = nan is not a time"),
        ({"time_d": float("inf")}, "time_d = inf is not a time"),
        ({"time_d": "5"}, "time_d = '5' is not a time"),
        ({"time_d": True}, "time_d = True is not a time"),
        ({"time_d": [1]}, "is not a time"),
        ({"time_d": 10**400}, "is not a time"),
        ({"time_d": 1j}, "is not a time"),
        ({"time_d": np.complex128(1)}, "is not a time"),
        ({"time_y": 1e9}, "frames"),
        ({"preset": "no enzymes"}, "did you mean 'no enzyme'"),
        ({"mmp_secretion": -1}, "mmp_secretion = -1 per day is outside 0 to 4.5"),
        ({"mmp_secretion": None}, "is not a number"),
        ({"seed": -1}, "is not a seed"),
        ({"seed": True}, "is not a seed"),
        ({"lamnia": True}, "did you mean 'lamina'"),
    ],
    ids=repr,
)
def test_bad_input_is_refused_in_words(call, message):
    with pytest.raises(ValueError, match=message):
        metakit.run("invasion", **{"progress": False, **call})


def test_a_run_refuses_what_is_not_ahead_and_is_unchanged():
    run = metakit.run("invasion", seed=1, time_h=2)
    before = metakit.run("invasion", seed=1, time_h=2)
    for bad, message in [
        ({"time_h": 1}, "this run is at 2 h already, and time 1 h is before that; runs only go forward"),
        ({}, "say how far to go on"),
        ({"frames": 1, "time_h": 3}, "say how far to go on"),
        ({"frames": -1}, "is not a number of frames"),
        ({"frames": True}, "is not a number of frames"),
        ({"frames": 1.0}, "is not a number of frames"),
        ({"frames": 1, "haptotaxis": -1}, "haptotaxis = -1"),
        ({"frames": 1, "haptotaxs": 1}, "did you mean 'haptotaxis'"),
        ({"time_h": 1, "haptotaxis": 0}, "is before that"),
    ]:
        with pytest.raises(ValueError, match=message):
            run.advance(**bad)
    assert run == before
    assert run.advance(time_h=2) == before, "now is not before now"


@pytest.mark.parametrize("inflow", ["tissue", 3, [1]])
def test_an_inflow_that_is_not_a_tissue_is_refused(inflow):
    with pytest.raises(ValueError, match=r"inflow = .* cannot be used: intravasation takes Tissue \(invasion give"):
        metakit.run("intravasation", inflow=inflow)
    with pytest.raises(ValueError, match="nothing flows into journey, it begins by itself"):
        metakit.run("journey", inflow=inflow)


def test_a_progress_bar_shows_only_when_asked_for_or_slow(capsys, monkeypatch):
    metakit.run("invasion", seed=1, time_h=1)
    assert capsys.readouterr().err == ""
    metakit.run("invasion", seed=1, time_h=1, progress=True)
    assert "6/6" in capsys.readouterr().err
    monkeypatch.setattr("metakit.runs.progress.PATIENCE_S", 0.0)
    metakit.run("invasion", seed=1, time_h=1)
    assert "invasion (seed 1)" in capsys.readouterr().err
    metakit.run("invasion", seed=1, time_h=1, progress=False)
    assert capsys.readouterr().err == ""


def test_a_parameter_that_matters_only_at_the_start_is_refused_later():
    run = metakit.run("intravasation", seed=2, time_h=1)
    with pytest.raises(ValueError, match="normal_vessels matters only when a run starts"):
        run.advance(frames=1, normal_vessels=3)
    assert run.measures["time_h"] == 1


@pytest.mark.parametrize("step", [3, None, ["growth"], {"stag": "growth"}, {}])
def test_a_step_of_a_chain_that_is_none_is_refused(step):
    with pytest.raises(ValueError, match="is not a step of a chain"):
        metakit.chain("growth", step)


def test_numbers_of_numpy_are_numbers():
    run = metakit.run("invasion", seed=np.int64(1), time_h=np.float32(1), force=np.True_)
    assert run == metakit.run("invasion", seed=1, time_h=1, force=True)
    assert run.advance(frames=np.int64(2)).measures["time_h"] == pytest.approx(1 + 2 / 6)


def test_a_change_whose_first_frame_fails_is_not_in_the_history(monkeypatch):
    run = metakit.run("growth", seed=1)
    before = run.recipe

    def fail(*_):
        raise FloatingPointError("the tumor is gone")

    monkeypatch.setattr("metakit.models.growth.advance", fail)
    with pytest.raises(FloatingPointError):
        run.advance(frames=1, death_rate=0.1)
    assert run.recipe == before
