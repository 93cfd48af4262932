"""The doctor sees which half of a widget is missing, and says what to do."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from patience import LONGEST_S

from metakit.app import doctor, home

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.native("looks at JupyterLab and starts processes")

EXTENSIONS = {
    "@jupyter-widgets/jupyterlab-manager": "5.0.15",
    "bqplot": "0.6.1",
    "bqscales": "0.3.7",
    "anywidget": "0.11.0",
}


@pytest.fixture
def extensions(tmp_path, monkeypatch):
    """Write extensions into a folder of their own, the only one that the doctor then sees."""
    monkeypatch.setattr(doctor, "_extension_folders", lambda: [tmp_path])

    def write(versions):
        for name, version in versions.items():
            (tmp_path / name).mkdir(parents=True)
            (tmp_path / name / "package.json").write_text(json.dumps({"name": name, "version": version}))

    return write


def test_the_environment_that_runs_the_tests_is_healthy():
    assert doctor.problems() == []
    assert "Both halves fit together" in doctor.doctor()


def test_the_report_names_both_halves_with_their_versions():
    import bqplot
    import numpy

    report = doctor.doctor()
    for version in (sys.version.split()[0], numpy.__version__, bqplot.__version__):
        assert version in report
    for name in EXTENSIONS:
        assert name in report


@pytest.mark.parametrize("missing", EXTENSIONS)
def test_a_missing_extension_is_named_with_the_line_that_installs_it(missing, extensions, monkeypatch):
    extensions({name: version for name, version in EXTENSIONS.items() if name != missing})
    monkeypatch.setattr(doctor, "_wanted", lambda pair: None)
    [problem] = doctor.problems()
    assert f"the extension {missing}, is missing" in problem
    assert "model not found" in problem
    assert "pip install --upgrade --force-reinstall" in problem
    assert problem in doctor.doctor()


@pytest.mark.parametrize("old", EXTENSIONS)
def test_an_extension_of_another_version_than_python_asks_for_is_a_problem(old, extensions):
    fitting = {pair.extension: doctor._wanted(pair).strip("^~").replace("*", "0") for pair in doctor._PAIRS}
    extensions(fitting | {old: "0.0.1"})
    [problem] = doctor.problems()
    assert "JupyterLab has 0.0.1" in problem
    assert old in problem


def test_a_missing_python_package_is_named(monkeypatch):
    really = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda package: None if package == "bqplot" else really(package))
    [problem] = doctor.problems()
    assert "pip install bqplot" in problem


def test_the_first_folder_wins_as_in_jupyterlab(tmp_path, monkeypatch):
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder, version in zip(folders, ("2.0.0", "1.0.0"), strict=True):
        (folder / "bqplot").mkdir(parents=True)
        (folder / "bqplot" / "package.json").write_text(json.dumps({"version": version}))
    monkeypatch.setattr(doctor, "_extension_folders", lambda: folders)
    assert doctor._extension_version("bqplot") == "2.0.0"


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("0.6.1", "^0.6.1", True),
        ("0.6.9", "^0.6.1", True),
        ("0.6.0", "^0.6.1", False),
        ("0.7.0", "^0.6.1", False),
        ("0.3.7", "^0.3", True),
        ("5.0.15", "^5", True),
        ("3.1.0", "^5", False),
        ("1.4.0", "^1.2.3", True),
        ("2.0.0", "^1.2.3", False),
        ("0.11.4", "~0.11.*", True),
        ("0.12.0", "~0.11.*", False),
        ("2.0.0", "2.0.0", True),
        ("2.0.1", "2.0.0", False),
    ],
)
def test_version_ranges_mean_what_they_mean_to_npm(version, wanted, fits):
    assert doctor._fits(version, wanted) is fits


def test_in_the_browser_nothing_is_missing_and_nothing_of_jupyter_is_imported():
    code = """
import sys
sys.platform = "emscripten"
for name in ("jupyter_core", "jupyterlab", "jupyter_server", "ipykernel"):
    sys.modules[name] = None  # importing it now raises ImportError
from metakit.app import doctor
assert doctor.problems() == [], doctor.problems()
print(doctor.doctor())
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LONGEST_S, check=False)
    assert shown.returncode == 0, shown.stderr
    assert "inside the browser" in shown.stdout


# --------------------------------------------------------------------- homes


@pytest.fixture
def in_kernel(monkeypatch):
    """A kernel, started by a program, with nothing in the environment that names a home."""
    monkeypatch.setattr(home, "_in_kernel", lambda: True)
    for name in [n for n in os.environ if n.startswith(("VOILA_", "BINDER_", "JUPYTERHUB_"))]:
        monkeypatch.delenv(name)

    def by(*command):
        monkeypatch.setattr("psutil.Process.cmdline", lambda process: list(command))

    by("python", "/opt/bin/jupyter-lab", "--port=1")
    return by


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (("python", "/opt/notebook-env/bin/jupyter-lab", "notebook.ipynb"), home.LAB),
        (("python", "-m", "jupyterlab", "--port=1"), home.LAB),
        (("/lab/bin/python", "/lab/bin/metakit", "lab"), home.LAB),
        (("/lab/bin/python", "/lab/bin/jupyter-notebook"), home.NOTEBOOK),
        (("/lab/bin/python", "-m", "notebook"), home.NOTEBOOK),
        (("/opt/lab/code", "--type=utility"), home.OTHER),
        ((), home.OTHER),
    ],
)
def test_a_kernel_knows_what_started_it(command, found, in_kernel):
    in_kernel(*command)
    assert home.home() is found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("VOILA_REQUEST_URL", home.VOILA),
        ("BINDER_SERVICE_HOST", home.BINDER),
        ("JUPYTERHUB_API_URL", home.HUB),
    ],
)
def test_a_home_that_says_so_is_believed(name, found, in_kernel, monkeypatch):
    monkeypatch.setenv(name, "http://127.0.0.1")
    assert home.home() is found
    assert f"This is {found.name}." in doctor.doctor()


def test_without_a_kernel_it_is_plain_python():
    assert home.home() is home.NONE
    assert "This is plain Python" in doctor.doctor()


@pytest.mark.parametrize("missing", ["jupyterlab", "ipykernel"])
def test_what_the_home_needs_and_has_not_is_not_installed_and_a_problem(missing, monkeypatch, capsys):
    from metakit.app import cli

    really = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda package: None if package == missing else really(package))
    [problem] = doctor.problems()
    assert "is not installed" in problem
    assert f'-m pip install "{missing}>=' in problem
    assert cli.main(["doctor"]) == 1
    assert re.search(rf"^  {missing} +not installed$", capsys.readouterr().out, re.MULTILINE)


def test_an_app_is_not_missed_where_there_is_none(in_kernel, monkeypatch):
    really = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda package: None if package == "voila" else really(package))
    assert doctor.problems() == []
    monkeypatch.setenv("VOILA_REQUEST_URL", "http://127.0.0.1")
    [problem] = doctor.problems()
    assert "Voila is not installed" in problem


@pytest.mark.parametrize(
    ("found", "cure"), [(home.LAB, "Run > Run All Cells"), (home.VOILA, "Reload the page"), (home.NONE, "Run All")]
)
def test_the_commonest_cause_comes_first(found, cure, monkeypatch):
    monkeypatch.setattr(doctor, "home", lambda: found)
    first = doctor.doctor().splitlines()[0]
    assert "the page was opened again" in first
    assert cure in first


def test_what_is_to_be_installed_is_what_the_extras_ask_for():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    wanted = {wanted for _, wanted in home.NEEDED.values()}
    assert {*extras["lab"], *extras["app"]} <= wanted
