"""Who may know whom: the contracts in pyproject.toml, kept here and seen broken; and `import metakit` stays light."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import metakit

pytestmark = pytest.mark.native("starts processes")

HOME = Path(metakit.__file__).parent
WIDGET_PACKAGES = {"ipywidgets", "bqplot", "traitlets", "traittypes", "anywidget", "IPython", "ipykernel", "pandas"}


def lint_imports(folder):
    """What import-linter says of the package in a folder."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.fixture
def planted(tmp_path):
    """Copy the package, to plant something in it."""
    shutil.copytree(HOME, tmp_path / "metakit", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HOME.parent / "pyproject.toml", tmp_path)
    return tmp_path


def add_line(path, line):
    text = path.read_text(encoding="utf-8")
    mark = "from __future__ import annotations\n"
    assert mark in text
    path.write_text(text.replace(mark, f"{mark}\n{line}\n", 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("where", "line", "broken"),
    [
        ("models/growth/__init__.py", "import metakit.core.leak", "Models are headless, also through others"),
        ("core/grid.py", "from metakit.tissue import fields", "Layers"),
        ("models/invasion.py", "from metakit.models import growth", "No stage knows another stage"),
        ("widgets/parts/view.py", "from metakit.widgets import invasion", "No view knows another view"),
        ("runs/session.py", "import metakit.core.leak", "Runs need no screen"),
        ("runs/run_file.py", "from metakit.runs import run", "Nothing imports in a circle"),
    ],
)
def test_a_planted_leak_breaks_the_contracts(planted, where, line, broken):
    (planted / "metakit/core/leak.py").write_text("import ipywidgets\n")
    add_line(planted / "metakit" / where, line)
    code, said = lint_imports(planted)
    assert code == 1, said
    assert any(broken in contract and "BROKEN" in contract for contract in " ".join(said.split()).split("KEPT")), said


def test_a_view_knows_no_model_but_its_own():
    for name in metakit.stages():
        home = HOME / "widgets" / name
        for path in home.rglob("*.py") if home.is_dir() else [home.with_suffix(".py")]:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                module = getattr(node, "module", None) or ""
                if isinstance(node, ast.ImportFrom) and module.startswith("metakit.models"):
                    assert f"{module}.".startswith(f"metakit.models.{name}."), f"{path}:{node.lineno} imports {module}"


def test_only_tables_ask_for_pandas_and_only_when_asked():
    for path in (HOME / "runs").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import) and any(alias.name == "pandas" for alias in node.names):
                assert node.col_offset > 0, f"{path}:{node.lineno}: inside a function, not at the top of the file"


def _loaded_by(code):
    """Modules in a fresh Python after some code."""
    answer = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=HOME.parent,
    )
    return {name.split(".")[0] for name in answer.stdout.split()}


def test_importing_metakit_loads_nothing_heavy():
    loaded = _loaded_by("import metakit; metakit.__version__; dir(metakit)")
    assert not loaded & (WIDGET_PACKAGES | {"numpy", "PIL", "tqdm"})


def test_running_headless_loads_no_widgets_and_no_pandas():
    loaded = _loaded_by("import metakit; metakit.run('invasion', time_h=1).save; metakit.stages(); metakit.load")
    assert "numpy" in loaded
    assert not loaded & (WIDGET_PACKAGES | {"PIL"})


def test_an_unknown_name_in_metakit_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'runn'"):
        _ = metakit.runn
    assert {"run", "load", "chain", "view", "stages"} <= set(dir(metakit))
