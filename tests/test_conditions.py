"""Settings that a user may have made for the whole of Python: numpy's float errors raised, docstrings left out."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from patience import LONGEST_S

import metakit
from metakit.runs.stage import stage as stage_of

ROOT = Path(__file__).parents[1]
every_stage = pytest.mark.parametrize("name", metakit.stages())

EVERYTHING = """
import metakit
for name in metakit.stages():
    run, view = metakit.run(name, seed=3).advance(frames=2), metakit.view(name, seed=3)
    view.advance(2)
    print(run)
    print(view.describe(), len(view.picture()), view.session.error)
"""


@every_stage
def test_a_stage_runs_and_is_shown_where_every_float_error_raises(name):
    expected = metakit.run(name, seed=7, progress=False).advance(frames=60, progress=False)
    with np.errstate(all="raise"):  # as np.seterr(all="raise"), usual in courses on numerics
        run = metakit.run(name, seed=7, progress=False).advance(frames=60, progress=False)
        assert run == expected
        assert metakit.picture(name, run.state)
        for preset in stage_of(name).params.PRESETS:
            metakit.run(name, seed=7, preset=preset, progress=False).advance(frames=10, progress=False)
        view = metakit.view(name, seed=7)
        for zoom in view.ZOOMS or ("",):
            view.zoom.value = zoom
            view.advance(60)
            assert view.session.error == ""
            assert view.session.shown
            assert view.picture()
            assert view.describe()
        assert np.geterr()["under"] == "raise", "and what the user has set still holds"
        view.close()


@pytest.fixture(scope="module")
def said():
    """What every stage says in plain Python."""
    text = _python("-c", EVERYTHING)
    assert text.count("metakit.run(") == len(metakit.stages())
    return text


@pytest.mark.native("starts a process")
def test_the_kit_can_be_imported_where_every_float_error_raises(said):
    assert _python("-c", "import numpy; numpy.seterr(all='raise')\n" + EVERYTHING) == said


@pytest.mark.native("starts a process")
def test_without_docstrings_and_asserts_every_stage_runs_and_is_shown(said):
    assert _python("-OO", "-c", EVERYTHING) == said


@pytest.mark.native("starts a process")
def test_without_docstrings_stages_keep_their_descriptions():
    plain, bare = (_python(*flags, "-m", "metakit", "stages") for flags in ([], ["-OO"]))
    assert bare == plain
    for name, line in zip(metakit.stages(), bare.splitlines()[::2], strict=True):
        assert len(line.removeprefix(name).strip()) > 10, line


def _python(*arguments):
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=LONGEST_S, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
