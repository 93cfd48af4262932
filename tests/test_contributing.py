"""What newcomers copy from works: the stage in CONTRIBUTING.md is written out, run and shown; README's lines run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
USE = """
import metakit
from metakit.runs.session import Session
assert "rolling" in metakit.stages()
view = metakit.view("rolling", seed=1)
view.advance(5)
assert "After 5 hours the 100 cells" in view.describe()
assert view.picture().startswith(b"\\x89PNG")
assert view.session.error == ""
view.close()
run = metakit.run("rolling", seed=1, time_h=5)
path = run.save("rolling.npz")
assert metakit.load(path).advance(frames=3) == run.advance(frames=3)
"""


@pytest.fixture
def with_a_third_stage(tmp_path):
    """Copy the package and add the files that CONTRIBUTING.md spells out."""
    shutil.copytree(TOP / "metakit", tmp_path / "metakit", ignore=shutil.ignore_patterns("__pycache__"))
    text = (TOP / "CONTRIBUTING.md").read_text(encoding="utf-8")
    files = re.findall(r"\*\*\d\. `([^`]+\.py)`\*\*.*?```python\n(.*?)```", text, re.DOTALL)
    assert len(files) == 3
    for name, code in files:
        path = tmp_path / name
        assert not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, encoding="utf-8")
    return tmp_path


def _python(folder, *arguments):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_stage_in_contributing_runs_and_is_shown(with_a_third_stage):
    _python(with_a_third_stage, "-c", USE)


def test_the_test_in_contributing_passes(with_a_third_stage):
    _python(with_a_third_stage, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/models/test_rolling.py")


def test_the_stage_in_contributing_keeps_the_contract(with_a_third_stage):
    for name in ("conftest.py", "test_contract.py"):
        shutil.copy(TOP / "tests" / name, with_a_third_stage / "tests")
    every_stage_but_its_files = "rolling and not notebook"  # a lesson is not spelled out
    _python(
        with_a_third_stage, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_contract.py", "-k",
        every_stage_but_its_files,
    )  # fmt: skip


def test_the_five_lines_of_the_readme_run(tmp_path):
    code = re.search(
        r"## Five lines that run\n\n```python\n(.*?)```", (TOP / "README.md").read_text("utf-8"), re.DOTALL
    )
    assert code is not None
    assert len(code[1].splitlines()) == 5
    subprocess.run(
        [sys.executable, "-c", code[1]],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(TOP)},
        check=True,
        capture_output=True,
    )
