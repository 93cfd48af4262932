"""The command line: what it prints and writes, and one plain sentence for all it cannot do."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from patience import LONGEST_S

import metakit
from metakit.app import cli
from metakit.app.arguments import settings
from metakit.runs.stage import Stage

COMMANDS = ("lab", "copies", "run", "ensemble", "stages", "doctor")


def refused(capsys, *arguments):
    """Run a command that must be refused; return its one sentence."""
    try:
        status = cli.main(arguments)
    except SystemExit as exit_:  # argparse leaves that way
        status = exit_.code
    shown = capsys.readouterr()
    assert status == 2
    assert shown.out == ""
    assert shown.err.count("\n") == 1, shown.err
    assert "Traceback" not in shown.err
    return shown.err


# ------------------------------------------------------------------ help


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_shows_an_example(command, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main([*command.split(), "--help"])
    assert left.value.code == 0
    assert f"example: metakit {command}".rstrip() in capsys.readouterr().out


def test_without_a_command_the_help_is_shown(capsys):
    assert cli.main([]) == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in COMMANDS)


def test_the_version_is_the_package_s(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"metakit {metakit.__version__}\n"


@pytest.mark.native("starts a process")
def test_help_does_not_wait_for_numpy_or_jupyter():
    code = (
        "import sys; from metakit.app import cli; cli.main([]); print(sorted({'numpy', 'IPython'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LONGEST_S, check=True)
    assert shown.stdout.endswith("\n[]\n")


# ------------------------------------------------------- stages and doctor


def test_stages_lists_what_is_on_disk(capsys):
    assert cli.main(["stages"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[::2]] == metakit.stages()
    assert "takes Tissue; gives Clusters" in lines[2 * metakit.stages().index("intravasation") + 1]


@pytest.mark.parametrize(("found", "status"), [([], 0), (["something is missing"], 1)])
def test_doctor_fails_when_something_is_missing(found, status, capsys, monkeypatch):
    monkeypatch.setattr("metakit.app.doctor.problems", lambda: found)
    assert cli.main(["doctor"]) == status
    assert "JupyterLab side" in capsys.readouterr().out


# --------------------------------------------------------------------- run


def test_a_run_prints_its_recipe_first_and_last_row_and_ledger(capsys):
    assert cli.main(["run", "invasion", "--seed", "7", "--time-h", "12", "--set", "mmp_secretion=0.3"]) == 0
    run = metakit.run("invasion", seed=7, time_h=12, mmp_secretion=0.3)
    shown = capsys.readouterr().out
    assert shown.startswith(run.recipe + "\n")
    assert shown.endswith(f"{run.ledger}\n")
    table = shown.split("\n\n")[1].splitlines()
    assert len(table) == 12
    assert table[0].split() == list(run.table.columns)
    clocks = [float(line.split()[0]) for line in table[1:]]
    assert clocks[0] == 0
    assert clocks[-1] == 12
    assert clocks == sorted(clocks)


def test_a_run_without_a_time_is_as_long_as_usual(capsys):
    assert cli.main(["run", "extravasation", "--seed", "1"]) == 0
    assert 'metakit.run("extravasation", seed=1, time_h=72)' in capsys.readouterr().out


CHAIN = ["run", "--chain", "invasion:time_h=1,haptotaxis=200", "intravasation:time_h=1", "--seed", "3"]


def test_a_chain_prints_its_funnel_hand_overs_and_ledger(capsys):
    assert cli.main(CHAIN) == 0
    shown = capsys.readouterr().out
    assert "invasion to intravasation: 400 cells: 400 in the same 2 mm of tissue, with vessels" in shown
    assert "400 cells: 400 made in invasion" in shown


def test_a_chain_is_written_as_a_story_to_go_on_from(tmp_path, capsys):
    out = tmp_path / "story.npz"
    assert cli.main([*CHAIN, "--out", str(out)]) == 0
    assert capsys.readouterr().out.startswith(f"wrote {out}: the runs, to go on from with metakit.load, of metakit.ch")
    story = metakit.load(out)
    assert story == metakit.chain(
        {"stage": "invasion", "time_h": 1, "haptotaxis": 200}, {"stage": "intravasation", "time_h": 1}, seed=3
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "growth", "invasion"], "2 stages are given; to run them one after another: metakit run --chain"),
        (["run", "--chain", "growth", "circulation"], "circulation cannot follow growth"),
        (["run", "--chain", "growth", "--time-d", "3"], "settings of a chain belong to one of its stages"),
        (["run", "--chain", "growth:time_d"], "is not a stage with settings"),
        (["run", "--chain", "growth", "--out", "story.csv"], "should end in .npz"),
    ],
)
def test_a_chain_that_cannot_be_run_is_refused(words, says, capsys):
    assert says in refused(capsys, *words)


def test_a_csv_holds_the_table(tmp_path, capsys):
    import pandas as pd

    out = tmp_path / "run.csv"
    assert cli.main(["run", "invasion", "--seed", "7", "--time-h", "2", "--out", str(out)]) == 0
    expected = metakit.run("invasion", seed=7, time_h=2).table
    pd.testing.assert_frame_equal(pd.read_csv(out), expected, check_dtype=False, rtol=1e-12)
    assert str(out) in capsys.readouterr().out


def test_an_npz_can_be_gone_on_from(tmp_path):
    out = tmp_path / "run.npz"
    assert cli.main(["run", "invasion", "--seed", "7", "--time-h", "2", "--out", str(out)]) == 0
    assert metakit.load(out) == metakit.run("invasion", seed=7, time_h=2)


def test_a_png_is_the_picture_of_the_last_frame(tmp_path):
    out = tmp_path / "run.png"
    assert cli.main(["run", "invasion", "--seed", "7", "--time-h", "2", "--out", str(out)]) == 0
    assert out.read_bytes() == metakit.picture("invasion", metakit.run("invasion", seed=7, time_h=2).state)
    assert out.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("clock", ["time_s", "time_h", "time_d", "time_y"])
def test_each_unit_of_time_reaches_the_run(clock, monkeypatch):
    asked = {}
    monkeypatch.setattr(metakit, "run", lambda stage, **keywords: asked.update(keywords) or sys.exit(0))
    with pytest.raises(SystemExit):
        cli.main(["run", "invasion", "--" + clock.replace("_", "-"), "2.5"])
    assert asked == {"preset": "science", "seed": 0, clock: 2.5}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3), ("-2", -2), ("0.3", 0.3), ("1e-3", 1e-3), ("true", True), ("On", True), ("false", False),
        ("off", False), ("often", "often"), ("", ""),
    ],
)  # fmt: skip
def test_a_value_is_read_as_the_kind_of_thing_that_it_looks_like(text, value):
    [(name, read)] = settings([f" force = {text}"]).items()
    assert name == "force"
    assert read == value
    assert type(read) is type(value)


@pytest.mark.native("starts a process")
def test_a_pipe_that_closes_early_is_no_error():
    command = [sys.executable, "-m", "metakit", "run", "invasion", "--time-h", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        started.stdout.close()
        complaint = started.stderr.read()
    assert started.returncode == 0
    assert complaint == ""


def test_ctrl_c_stops_without_a_traceback(capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(metakit, "run", interrupted)
    assert cli.main(["run", "invasion"]) == 130
    assert capsys.readouterr().err == "\nmetakit run: stopped\n"


# ---------------------------------------------------------------- ensemble


def test_an_ensemble_prints_its_recipe_and_median_and_range_of_every_measure(capsys):
    words = "ensemble invasion --seeds 1,4-6 --time-d 0.125 --set mmp_secretion=0.3 --workers 1"
    assert cli.main(words.split()) == 0
    changed = {"mmp_secretion=0.3": {"mmp_secretion": 0.3}}
    runs = metakit.ensemble("invasion", seeds=[1, 4, 5, 6], time_d=0.125, settings=changed, workers=1)
    head, table = capsys.readouterr().out.split("\n\n")
    assert head == repr(runs)
    lines = [line.split() for line in table.splitlines()]
    assert [line[0] for line in lines[1:]] == runs.columns
    assert lines[0] == ["count", "median", "min", "max"]
    peaks, shown = runs.table["mmp_peak"], next(line for line in lines if line[0] == "mmp_peak")
    assert [float(n) for n in shown[1:]] == pytest.approx([4, peaks.median(), peaks.min(), peaks.max()], rel=1e-3)
    assert ["breach_h", "0", "-", "-", "-"] in lines


@pytest.mark.parametrize("name", ["runs.csv", "runs.json"])
def test_an_ensemble_is_written_as_table_or_to_go_on_from(name, tmp_path, capsys):
    import pandas as pd

    out = tmp_path / name
    assert cli.main(["ensemble", "invasion", "--seeds", "0-2", "--time-d", "0.05", "--out", str(out)]) == 0
    expected = metakit.ensemble("invasion", seeds=range(3), time_d=0.05, workers=1)
    if out.suffix == ".json":
        assert metakit.Ensemble.load(out) == expected
    else:
        pd.testing.assert_frame_equal(pd.read_csv(out), expected.table, check_dtype=False, rtol=1e-12)
    assert capsys.readouterr().out.startswith(f"wrote {out}: the ")


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt, 130), (FloatingPointError, 1)])
def test_an_ensemble_that_is_cut_short_writes_what_is_done(error, status, tmp_path, capsys, monkeypatch):
    def first(self, params, seed, inflow=None):
        if seed == 2:
            raise error
        return real(self, params, seed, inflow)

    real = Stage.first
    monkeypatch.setattr(Stage, "first", first)
    out = tmp_path / "runs.csv"
    words = ["ensemble", "invasion", "--seeds", "0-2", "--time-d", "0", "--workers", "1", "--out", str(out)]
    assert cli.main(words) == status
    assert [line.split(",")[1] for line in out.read_text().splitlines()] == ["seed", "0", "1"]
    assert "2 of 3 runs are done" in capsys.readouterr().err


# --------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("fly", "invalid choice: 'fly'"),
        ("run", "STAGE"),
        ("run invasio", "did you mean 'invasion'"),
        ("run invasion --preset sience", "did you mean 'science'"),
        ("run invasion --seed -1", "whole number"),
        ("run invasion --seed seven", "invalid int value: 'seven'"),
        ("run invasion --time-d -1", "not a time"),
        ("run invasion --time-d nan", "not a time"),
        ("run invasion --time-d inf", "not a time"),
        ("run invasion --time-d 1 --time-h 2", "not allowed with"),
        ("run invasion --set mmp_secretio=1", "did you mean 'mmp_secretion'"),
        ("run invasion --set mmp_secretion=1e9", "mmp_secretion = 1 billion per day"),
        ("run invasion --set mmp_secretion=nan", "mmp_secretion = nan"),
        ("run invasion --set mmp_secretion=much", "mmp_secretion = 'much'"),
        ("run invasion --set mmp_secretion=", "mmp_secretion = ''"),
        ("run invasion --set mmp_secretion=on", "mmp_secretion = True"),
        ("run invasion --set mmp_secretion", "is not NAME=VALUE"),
        ("run invasion --set =1", "is not NAME=VALUE"),
        ("run invasion --set force=on --set force=off", "force is given twice"),
        ("run invasion --set seed=3", "seed is not a parameter"),
        ("ensemble", "STAGE"),
        ("ensemble invasio", "did you mean 'invasion'"),
        ("ensemble invasion --seeds 0-", "is not a list of seeds"),
        ("ensemble invasion --seeds 9-3", "is not a list of seeds"),
        ("ensemble invasion --seeds one", "is not a list of seeds"),
        ("ensemble invasion --seeds 0-999999999999", "are too many"),
        ("ensemble invasion --seeds 1-3,2", "seed 2 is there twice"),
        ("ensemble invasion --time-d nan", "not a time"),
        ("ensemble invasion --workers 0", "not a number of processes"),
        ("ensemble invasion --preset sience", "did you mean 'science'"),
        ("ensemble invasion --set mmp_secretio=1", "did you mean 'mmp_secretion'"),
        ("ensemble invasion --out runs.png", "should end in one of .csv, .json"),
        pytest.param("lab --port 70000", "is not a port", marks=pytest.mark.native("has JupyterLab")),
        ("lab --port http", "invalid int value"),
    ],
)
def test_bad_input_gets_one_plain_sentence(arguments, says, capsys):
    assert says in refused(capsys, *arguments.split())


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("run.txt", "should end in one of .csv, .npz, .png"),
        ("run", "should end in one of"),
        ("missing/run.csv", "there is no folder"),
        ("folder.csv", "is a folder"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_run(name, says, tmp_path, capsys, monkeypatch):
    (tmp_path / "folder.csv").mkdir()
    monkeypatch.setattr(metakit, "run", lambda *_, **__: pytest.fail("the run was made in vain"))
    assert says in refused(capsys, "run", "invasion", "--out", str(tmp_path / name))
    assert [file.name for file in tmp_path.iterdir()] == ["folder.csv"]


@pytest.mark.native("needs a folder that refuses files")
@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that even root cannot write to")
def test_a_read_only_folder_is_refused_before_the_run(capsys, monkeypatch):
    monkeypatch.setattr(metakit, "run", lambda *_, **__: pytest.fail("the run was made in vain"))
    assert "cannot be written to" in refused(capsys, "run", "invasion", "--out", "/proc/run.csv")


def test_checking_the_file_does_not_touch_the_one_that_is_there(tmp_path, capsys):
    out = tmp_path / "run.csv"
    out.write_text("precious")
    refused(capsys, "run", "invasion", "--set", "mmp_secretion=-1", "--out", str(out))
    assert out.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [out]


def test_a_full_disk_is_said_in_words(tmp_path, capsys, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "run.npz")

    monkeypatch.setattr("metakit.runs.run.Run.save", full)
    complaint = refused(capsys, "run", "invasion", "--time-h", "0", "--out", str(tmp_path / "run.npz"))
    assert complaint == "metakit run: run.npz cannot be used: no space left on device\n"
