"""Many runs: the same numbers wherever they are made, and nothing lost when something goes wrong on the way."""

import contextlib
import json
import math
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from patience import LONGEST_S

import metakit
from metakit.runs import tasks, workers
from metakit.runs.ensemble import Ensemble
from metakit.runs.stage import Stage, stage

posix = pytest.mark.skipif(os.name != "posix", reason="kills processes by signal")
SHORT = {"seeds": range(6), "time_h": 2, "progress": False}
TWO = {"default": {}, "more enzyme": {"mmp_secretion": 1.3, "preset": "leaky stroma"}}


@pytest.fixture(autouse=True)
def ctrl_c():
    """What is started in the background ignores Ctrl-C, and so would these tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def alone():
    """Six short runs in two settings, one after the other in this process."""
    return metakit.ensemble("invasion", settings=TWO, workers=1, **SHORT)


@pytest.fixture(scope="module")
def long_alone():
    """Runs that take long enough to be disturbed."""
    return long().resume(workers=1, progress=False)


def long():
    return Ensemble("invasion", {"default": stage("invasion").params.make()}, range(8), 43_200.0)


class Backwards(Executor):
    """An executor that waits until it has so many calls, and then does what came last first."""

    def __init__(self, n):
        self.n, self.open = n, []

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        self.open.append((future, fn, args))
        if len(self.open) == self.n:
            for waiting, function, given in reversed(self.open):
                waiting.set_result(function(*given))
        return future


class Inline(Executor):
    """An executor that does everything at once, and keeps what it was given."""

    def __init__(self):
        self.chunks = []

    def submit(self, fn, /, *args, **kwargs):
        self.chunks.append(args[0])
        future = Future()
        future.set_result(fn(*args))
        return future


class Rows(dict):
    """Rows of an ensemble: as soon as there are two of them, and others still to come, something happens."""

    def __init__(self, act):
        self.act = act

    def __setitem__(self, key, row):
        super().__setitem__(key, row)
        if len(self) == 2:
            self.act()


def long_until(act):
    """Runs that take long enough to be disturbed, and are."""
    found = long()
    found._done = Rows(act)
    return found


# ------------------------------------------------------------------ numbers


def test_an_ensemble_gives_what_single_runs_give(alone):
    for row in alone.rows[3], alone.rows[-1]:
        said = TWO[row["setting"]]
        run = metakit.run("invasion", seed=row["seed"], time_h=2, progress=False, **said)
        assert repr({"setting": row["setting"], "seed": row["seed"], **run.measures}) == repr(row)
    assert not alone.missing


def test_rows_are_in_the_order_of_settings_and_seeds(alone):
    assert [(r["setting"], r["seed"]) for r in alone.rows] == [(label, s) for label in TWO for s in range(6)]
    table = alone.table
    assert list(table.columns[:3]) == ["setting", "seed", "time_h"]
    assert len(table) == 12
    assert table["cells"].tolist() == [r["cells"] for r in alone.rows]
    assert metakit.ensemble("invasion", seeds=[5, 1, 3], time_h=0, progress=False).table["seed"].tolist() == [1, 3, 5]


@pytest.mark.parametrize("n", [2, 3])
def test_the_numbers_do_not_depend_on_the_number_of_processes(n, alone):
    assert metakit.ensemble("invasion", settings=TWO, workers=n, **SHORT) == alone


@pytest.mark.native("starts processes")
def test_the_numbers_do_not_depend_on_the_executor(alone):
    with ThreadPoolExecutor(2) as threads:
        assert metakit.ensemble("invasion", settings=TWO, executor=threads, **SHORT) == alone
        assert threads.submit(int, "7").result() == 7, "it belongs to the caller, and stays open"


@pytest.mark.native("starts processes")
def test_the_numbers_do_not_depend_on_what_is_done_first(alone):
    backwards = Backwards(12)
    found = metakit.ensemble("invasion", settings=TWO, executor=backwards, **SHORT)
    assert found == alone
    assert repr(found.rows) == repr(alone.rows)


def test_a_time_between_two_frames_ends_where_a_run_ends():
    few = metakit.ensemble("intravasation", seeds=[4], time_s=1500, workers=1)
    assert repr(few.rows[0]) == repr(
        {"setting": "default settings", "seed": 4, **metakit.run("intravasation", seed=4, time_s=1500).measures}
    )


def test_only_the_measures_that_are_asked_for_are_kept(alone):
    found = metakit.ensemble("invasion", settings=TWO, measures=["mmp_peak", "cells"], workers=1, **SHORT)
    assert list(found.table.columns) == ["setting", "seed", "mmp_peak", "cells"]
    assert found.table["mmp_peak"].tolist() == alone.table["mmp_peak"].tolist()


def test_a_run_ends_when_its_moment_has_come():
    quick = {"quick": {"mmp_secretion": 4.3, "lamina_strength": 0.2, "haptotaxis": 600}}
    [row] = metakit.ensemble("invasion", seeds=[0], time_d=3, settings=quick, until="breach_h", workers=1).rows
    whole = metakit.run("invasion", seed=0, time_d=3, progress=False, **quick["quick"]).measures
    assert row["breach_h"] == whole["breach_h"]
    frame_h = stage("invasion").frame_s / 3600
    assert row["breach_h"] <= row["time_h"] < row["breach_h"] + frame_h + 1e-9
    assert row["time_h"] < whole["time_h"]


def test_every_run_receives_the_inflow():
    tissue = metakit.run("invasion", seed=3, time_h=3, progress=False)
    inflow = tissue.outflow()
    found = metakit.ensemble("intravasation", seeds=[1, 2], time_h=1, inflow=inflow, workers=2, progress=False)
    for row in found.rows:
        alone = metakit.run("intravasation", seed=row["seed"], time_h=1, inflow=inflow, progress=False)
        assert row["mean_radius_um"] == alone.measures["mean_radius_um"]
    assert eval(found.recipe, {"metakit": metakit}) == found


# ------------------------------------------------------------ how it is sent


def test_short_runs_are_sent_many_at_once_and_each_once(monkeypatch):
    monkeypatch.setattr(tasks, "CHUNK_S", math.inf)
    inline = Inline()
    metakit.ensemble("intravasation", seeds=range(40), time_h=0, executor=inline)
    assert len(inline.chunks) <= workers.CHUNKS
    assert sorted(task.seed for chunk in inline.chunks for task in chunk) == list(range(40))


def test_what_a_long_chunk_leaves_over_is_sent_again_one_by_one(monkeypatch):
    monkeypatch.setattr(tasks, "CHUNK_S", 0.0)
    inline = Inline()
    found = metakit.ensemble("intravasation", seeds=range(40), time_h=0, executor=inline)
    assert not found.missing
    first, later = inline.chunks[:14], inline.chunks[14:]
    assert {len(chunk) for chunk in first} == {3, 1}
    assert [len(chunk) for chunk in later] == [1] * (40 - 14)


def test_a_task_can_be_pickled_and_gives_the_same_numbers():
    task = tasks.Task("invasion", "default", 5, stage("invasion").params.make(), 3600.0, None, None)
    assert repr(tasks.one(pickle.loads(pickle.dumps(task)), bool)) == repr(tasks.one(task, bool))


def test_little_work_starts_no_processes_and_without_processes_all_is_done_here(alone, monkeypatch):
    monkeypatch.setattr(workers, "start_pool", lambda n: pytest.fail("a process was started"))
    monkeypatch.setattr(workers, "HERE_S", math.inf)  # all work is little
    metakit.ensemble("intravasation", seeds=[0, 1], time_h=0)
    monkeypatch.setattr(workers, "HERE_S", 0.0)
    monkeypatch.setitem(sys.modules, "multiprocessing.synchronize", None)  # as in the browser
    assert metakit.ensemble("invasion", settings=TWO, **SHORT) == alone


@pytest.mark.native("starts processes")
def test_a_script_is_not_read_again_by_the_processes_it_uses(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import metakit\n"
        "print('read')\n"
        "print(metakit.ensemble('invasion', seeds=[0, 1], time_h=1, workers=2, measures=['cells'],\n"
        "                       progress=False).table.shape)\n"
    )
    shown = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=LONGEST_S, check=True)
    assert shown.stdout == "read\n(2, 3)\n"
    assert shown.stderr == ""


# ------------------------------------------------------- when things go wrong


def test_an_interrupt_keeps_what_is_done_and_resume_does_only_the_rest(alone, monkeypatch, capsys):
    made = []

    def first(self, params, seed, inflow=None):
        made.append(seed)
        if len(made) == 10:  # the first of all asks for the names of the measures
            raise KeyboardInterrupt
        return real(self, params, seed, inflow)

    real = Stage.first
    monkeypatch.setattr(Stage, "first", first)
    found = metakit.ensemble("invasion", settings=TWO, workers=1, **SHORT)
    assert found.interrupted
    assert len(found.rows) == 8
    assert [m["seed"] for m in found.missing] == [2, 3, 4, 5]
    said = capsys.readouterr().err
    assert "Stopped: 8 of 12 runs are done." in said
    assert "seed 2 of 'more enzyme'" in said
    assert "`resume()` makes them" in said
    made.clear()
    made.extend([None] * 10)
    assert found.resume(workers=1, progress=False) == alone
    assert made[10:] == [2, 3, 4, 5]
    assert not found.interrupted


@pytest.mark.native("starts processes")
@posix
def test_ctrl_c_stops_the_processes_and_loses_no_run_that_is_done(long_alone, capfd):
    def press():  # a terminal sends it to every process
        for pid in [*(child.pid for child in multiprocessing.active_children()), os.getpid()]:
            os.kill(pid, signal.SIGINT)

    found = long_until(press)
    found.resume(workers=2, progress=False)
    assert found.interrupted
    assert 2 <= len(found.rows) < 8
    assert {m["why"] for m in found.missing} == {"stopped before it was done"}
    assert multiprocessing.active_children() == []
    assert "Traceback" not in capfd.readouterr().err
    assert found.resume(workers=1, progress=False) == long_alone


def test_what_has_come_in_when_ctrl_c_is_pressed_is_taken():
    made, taken = stage("intravasation").params.make(), []
    calls = [tasks.Task("intravasation", "a", seed, made, 0.0, None, None) for seed in range(4)]

    def take(outcome):
        taken.append(outcome.key[1])
        if len(taken) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(workers.in_slices(calls, take, Inline(), None, 0.5))
    assert set(taken) == {0, 1, 2, 3}


@pytest.mark.native("starts processes")
@posix
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_killed_process_costs_nothing_but_time_and_ctrl_c_is_not_for_it(how, long_alone):
    found = long_until(lambda: os.kill(multiprocessing.active_children()[0].pid, how))
    found.resume(workers=2, progress=False)
    assert not found.interrupted
    assert found.missing == []
    assert found == long_alone


@pytest.mark.native("starts processes")
@posix
def test_a_pool_of_the_caller_that_breaks_costs_only_what_is_not_done(long_alone):
    found = long_until(lambda: os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL))
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        found.resume(pool, progress=False)
    assert len(found.rows) >= 2
    assert {m["why"].partition(":")[0] for m in found.missing} == {"its worker was lost (BrokenProcessPool"}
    assert found.resume(workers=1, progress=False) == long_alone


def die(tasks, ticket):
    """Be a run that takes its worker with it, always."""
    os._exit(1)


@pytest.mark.native("starts processes")
def test_runs_whose_processes_always_die_are_missing_and_say_why(monkeypatch, capsys):
    monkeypatch.setattr(workers, "RETRIES", 1)
    monkeypatch.setattr(workers, "work", die)
    found = metakit.ensemble("invasion", seeds=[0, 1], time_h=1, workers=2)
    assert found.rows == []
    assert all("its worker was lost (BrokenProcessPool: " in m["why"] for m in found.missing)
    assert "0 of 2 runs are done. Missing: seed 0 of 'default settings', seed 1 of" in capsys.readouterr().err
    assert list(found.table.columns[:2]) == ["setting", "seed"]
    monkeypatch.undo()
    assert not found.resume(workers=1).missing


def test_a_run_that_fails_names_stage_seed_and_setting_and_stops_no_other(monkeypatch, capsys):
    def first(self, params, seed, inflow=None):
        if seed == 3 and params.mmp_secretion == 1.3:
            raise FloatingPointError("overflow in multiply")
        return real(self, params, seed, inflow)

    real = Stage.first
    monkeypatch.setattr(Stage, "first", first)
    found = metakit.ensemble("invasion", settings=TWO, workers=1, **SHORT)
    why = "invasion, seed 3, setting 'more enzyme': FloatingPointError: overflow in multiply"
    assert found.missing == [{"setting": "more enzyme", "seed": 3, "why": why}]
    assert why in capsys.readouterr().err
    assert why in repr(found)
    assert len(found.rows) == 11


def test_an_executor_that_takes_no_work_loses_nothing(alone):
    shut = ThreadPoolExecutor(1)
    shut.shutdown()
    found = metakit.ensemble("invasion", settings=TWO, executor=shut, **SHORT)
    assert "cannot schedule new futures after shutdown" in found.missing[0]["why"]
    assert found.resume(workers=1, progress=False) == alone


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"stage": "invasio"}, "did you mean 'invasion'"),
        ({"seeds": []}, r"0 runs \(0 seeds\); 1 to 100,000 runs"),
        ({"seeds": range(200_000)}, "1 to 100,000 runs"),
        ({"seeds": [1, -1]}, "seed = -1 is not a seed"),
        ({"seeds": [1, 2.5]}, "seed = 2.5 is not a seed"),
        ({"seeds": "12"}, "is not a list of seeds"),
        ({"seeds": 20}, r"seeds = 20 is not a list of seeds; range\(20\)"),
        ({"seeds": [3, 1, 3]}, "seed 3 is there twice"),
        ({"time_d": -1}, "time_d = -1 is not a time"),
        ({"time_d": math.nan}, "time_d = nan is not a time"),
        ({"time_d": 1, "time_h": 2}, "both given"),
        ({"time_y": 1e6}, "frames a run"),
        ({"preset": "sience"}, "did you mean 'science'"),
        ({"preset": "sience", "settings": {"a": {"preset": "science"}}}, "did you mean 'science'"),
        ({"settings": {}}, "settings = {} is not a mapping"),
        ({"settings": {"a": 0.3}}, "'a': 0.3 is not a label"),
        ({"settings": {1: {}}}, "1: {} is not a label"),
        ({"settings": {"a": {"mmp_secretio": 1}}}, "did you mean 'mmp_secretion'"),
        ({"settings": {"a": {}, "b": {"mmp_secretion": -1}}}, "mmp_secretion = -1"),
        ({"measures": ["cell"]}, "did you mean 'cells'"),
        ({"measures": "cell"}, "did you mean 'cells'"),
        ({"until": "breach"}, "did you mean 'breach_h'"),
        ({"until": "cells"}, "until = 'cells' is 400 at the start"),
        ({"workers": 0}, "workers = 0 is not a number of processes"),
        ({"workers": True}, "workers = True is not a number"),
        ({"workers": 2, "executor": Inline()}, "both given"),
        ({"executor": 2}, "executor = 2 is not a concurrent.futures.Executor$"),
    ],
)
def test_what_cannot_be_run_is_refused_before_the_first_run(changes, why, monkeypatch):
    monkeypatch.setattr("metakit.runs.ensemble.in_slices", lambda *_: pytest.fail("a run was made in vain"))
    with pytest.raises(ValueError, match=why):
        metakit.ensemble(**{"stage": "invasion", "seeds": [0]} | changes)


# --------------------------------------------------------- shown and kept


def test_the_recipe_makes_the_same_runs_again(alone):
    again = eval(alone.recipe, {"metakit": metakit})
    assert again == alone
    assert repr(alone) == f"{alone.recipe}\nAll 12 runs are done."
    few = metakit.ensemble("invasion", seeds=[2, 9], time_h=0, measures="cells")
    assert few.recipe == "metakit.ensemble(\"invasion\", seeds=[2, 9], time_h=0, measures=['cells'])"
    assert few != alone


def test_a_bar_is_shown_when_asked_for_and_none_for_short_work(capsys):
    metakit.ensemble("intravasation", seeds=[0, 1], time_h=0, progress=True)
    assert "2 runs of intravasation" in capsys.readouterr().err
    metakit.ensemble("intravasation", seeds=[0, 1], time_h=0)
    shown = capsys.readouterr()
    assert shown.out + shown.err == ""


def test_a_saved_ensemble_can_be_gone_on_with(alone, tmp_path):
    part = metakit.ensemble("invasion", settings=TWO, workers=1, **SHORT)
    for key in [("default", 2), ("more enzyme", 5)]:
        del part._done[key]
    path = part.save(tmp_path / "part.json")
    assert [file.name for file in tmp_path.iterdir()] == ["part.json"]
    read = Ensemble.load(path)
    assert read == part
    assert [(m["setting"], m["seed"], m["why"]) for m in read.missing] == [
        ("default", 2, "not run yet"),
        ("more enzyme", 5, "not run yet"),
    ]
    assert "10 of 12 runs are done" in repr(read)
    assert read.resume(workers=1, progress=False) == alone
    assert [list(map(type, r.values())) for r in read.rows] == [list(map(type, r.values())) for r in alone.rows]


def test_a_csv_holds_the_table(alone, tmp_path):
    import pandas as pd

    path = alone.save(tmp_path / "runs.csv")
    pd.testing.assert_frame_equal(pd.read_csv(path), alone.table, check_dtype=False, rtol=1e-12)
    with pytest.raises(ValueError, match=r"should end in \.csv"):
        alone.save(tmp_path / "runs.npz")


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("format", "metakit run", "does not say 'metakit ensemble'"),
        ("version", 3, "version 2"),
        ("stage", "invasio", "did you mean 'invasion'"),
        ("seeds", [0, 1, 2, 3, 4, 5, 5], "twice"),
        ("time_s", None, "not a time|time_s|NoneType"),
        ("time_s", "1", "is not a time"),
        ("settings", {"default": {"mmp_secretion": 0.1}}, "each one and no other"),
        ("rows", [["default", 99, 1.0]], "its own settings and seeds"),
        ("rows", [["default", 0, "1"]], "its own settings and seeds"),
        ("rows", [["default", 0, 1.0]], "zip"),
        ("measures", ["cell"], "zip|did you mean 'cells'"),
        ("has_inflow", True, "made with an inflow"),
    ],
)
def test_a_damaged_file_is_refused(name, value, why, alone, tmp_path):
    path = alone.save(tmp_path / "runs.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))
    with pytest.raises(ValueError, match=f"is not an ensemble that can be continued: .*({why})"):
        Ensemble.load(path)
    path.write_text("[")
    with pytest.raises(ValueError, match="is not an ensemble"):
        Ensemble.load(path)


# ------------------------------------------------------------------- Dask


@contextlib.contextmanager
def cluster_of_two():
    """A real cluster of two processes on this machine."""
    import distributed

    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def client():
    """One cluster for all tests that leave its workers alive."""
    with cluster_of_two() as client:
        yield client


@pytest.mark.native("starts a cluster")
def test_a_dask_cluster_gives_the_same_numbers(client, alone):
    found = metakit.ensemble("invasion", settings=TWO, executor=client.get_executor(), **SHORT)
    assert found.missing == []
    assert found == alone


@pytest.mark.native("starts a cluster")
def test_a_dask_client_is_answered_with_what_is_wanted_instead(client):
    with pytest.raises(ValueError, match=r"is not a concurrent\.futures\.Executor; its get_executor\(\) gives one"):
        metakit.ensemble("invasion", executor=client)


def kill_a_worker(client):
    os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)


@pytest.mark.native("starts a cluster")
@posix
@pytest.mark.parametrize("allowed_failures", [3, 0])
def test_a_killed_dask_worker_costs_nothing_but_time(allowed_failures, long_alone):
    """Dask sends its runs elsewhere; where it is told to give up at once (KilledWorker), metakit sends them again."""

    def allow(dask_scheduler):
        dask_scheduler.allowed_failures = allowed_failures

    with cluster_of_two() as client:
        client.run_on_scheduler(allow)
        found = long_until(lambda: kill_a_worker(client))
        found.resume(client.get_executor(), progress=False)
    assert found.missing == []
    assert found == long_alone


@pytest.mark.native("starts a cluster")
@posix
def test_an_interrupt_leaves_the_dask_cluster_free_for_the_rest(client, long_alone):
    found = long_until(lambda: os.kill(os.getpid(), signal.SIGINT))
    found.resume(client.get_executor(), progress=False)
    assert found.interrupted
    assert 2 <= len(found.rows) < 8
    assert found.resume(client.get_executor(), progress=False) == long_alone
