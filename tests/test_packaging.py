"""What a stranger gets: a wheel that runs everywhere with the lessons inside, and a Makefile that explains itself."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from patience import LONGEST_S

import metakit

pytestmark = pytest.mark.native("starts processes")

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, made from a copy of the sources in which Jupyter has left its checkpoints."""
    source = tmp_path_factory.mktemp("source")
    for name in ("metakit", "notebooks"):
        shutil.copytree(ROOT / name, source / name)
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-lessons.md"):
        shutil.copy(ROOT / name, source)
    left = source / "notebooks" / ".ipynb_checkpoints"
    left.mkdir(exist_ok=True)
    (left / "00_start_here-checkpoint.ipynb").write_text("{}")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(source / "dist")]
    built = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    [path] = (source / "dist").glob("*.whl")
    return path


@pytest.fixture(scope="module")
def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_runs_on_every_machine(wheel, contents):
    assert wheel.name == f"metakit-{metakit.__version__}-py3-none-any.whl"
    assert not [name for name in contents if name.endswith((".so", ".pyd", ".dylib"))]


def test_every_lesson_is_in_the_wheel(contents):
    lessons = [f for f in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in f.parts]
    assert lessons
    for lesson in lessons:
        assert f"metakit/notebooks/{lesson.relative_to(ROOT / 'notebooks').as_posix()}" in contents


def test_the_wheel_has_nothing_that_was_left_lying_about(contents):
    assert not [name for name in contents if re.search(r"checkpoint|__pycache__|^tests|^binder", name)]


def test_the_wheel_tells_every_jupyter_of_the_environment_what_it_needs_to_know(contents):
    folder = ROOT / "metakit" / "jupyter"
    settings = [f for f in folder.rglob("*") if f.is_file()]
    assert len(settings) > 4
    for file in settings:
        kind, _, place = file.relative_to(folder).as_posix().partition("/")
        assert f"metakit-{metakit.__version__}.data/data/{kind}/jupyter/{place}" in contents
        # One of another package, or of whoever runs the server, must not be written over. nbconvert alone has no
        # folder to put one's own into.
        assert "metakit" in place or file.name == "jupyter_nbconvert_config.json"
    package = json.loads((folder / "share/labextensions/metakit/package.json").read_text(encoding="utf-8"))
    assert package["version"] == metakit.__version__


def test_the_package_in_the_wheel_is_whole(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = "from metakit.app import cli, lab; print(lab.place('00')[1]); cli.main(['stages'])"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    shown = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    first, *stages = shown.stdout.splitlines()
    assert first == str(tmp_path / "metakit-lessons" / "00_start_here.ipynb")
    assert [line.split()[0] for line in stages[::2]] == metakit.stages()
    inside = [
        f.relative_to(ROOT) for f in (ROOT / "metakit").rglob("*") if f.is_file() and "__pycache__" not in f.parts
    ]
    assert not [str(f) for f in inside if not (tmp_path / "site" / f).is_file()]


def test_scripts_are_read_from_a_package_that_lies_in_a_zip_file(wheel):
    code = (
        "import metakit; from metakit.widgets.parts.static import static; "
        "print(metakit.__file__, len(static('lessons/static/own_words.css')))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(wheel)}, cwd=wheel.parent,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith(str(wheel))


def test_dependencies_have_a_lower_bound_and_no_upper_one():
    for dependency in PROJECT["dependencies"]:
        assert re.fullmatch(r"[\w-]+>=[\d.]+", dependency), dependency


def test_users_are_offered_nothing_that_only_developers_need():
    assert set(PROJECT["optional-dependencies"]) == {"app", "dask", "lab", "site"}


def test_what_the_package_imports_is_declared():
    extras = PROJECT["optional-dependencies"]
    asked = " ".join([*PROJECT["dependencies"], *extras["lab"], *extras["app"], *extras["site"]])
    declared = {"metakit", "PIL", *re.findall(r"[a-z]+", asked), *re.findall(r"[a-z_]+", asked.replace("-", "_"))}
    brought = {"traitlets": "ipywidgets"}
    brought |= dict.fromkeys(("ipykernel", "jupyter_client", "jupyter_core", "jupyter_server", "psutil"), "jupyterlab")
    brought["nbformat"] = "nbclient"
    assert set(brought.values()) <= declared
    for path in (ROOT / "metakit").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            found = {name.partition(".")[0] for name in names} - sys.stdlib_module_names
            assert found <= declared | set(brought), path


def test_a_commit_and_the_workflow_are_checked_with_the_tools_of_make_test():
    """The Makefile says what is checked; nobody has to remember to say it twice."""
    recipe = re.search(r"^test: .*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[1]
    checks = [
        line.removeprefix("\t$(BIN)/")
        for line in recipe.splitlines()
        if "BIN" in line and "tests" not in line and "pytest" not in line
    ]
    assert len(checks) == 4
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    for check in checks:
        assert f"entry: {check}," in hooks
    workflow = (ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8")
    oldest, *_ = re.findall(r'python: \["([\d.]+)"', workflow)
    assert PROJECT["requires-python"] == f">={oldest}"
    offered = re.findall(r":: ([\d.]+)$", "\n".join(PROJECT["classifiers"]), re.MULTILINE)
    assert f"python: {json.dumps(offered)}" in workflow


def test_the_address_of_the_repository_is_the_same_everywhere():
    home = PROJECT["urls"]["Homepage"].removeprefix("https://github.com/")
    name = home.partition("/")[2]
    for file in ("README.md", "CITATION.cff", "pyproject.toml", ".github/ISSUE_TEMPLATE/config.yml"):
        text = (ROOT / file).read_text(encoding="utf-8")
        found = set(re.findall(rf"(?:github\.com|/gh)/([\w.-]+/{name})\b", text))
        assert found == {home}, f"{file} says {found}; run: make address"


@pytest.mark.parametrize("new", ["somebody/metakit", "some-lab/course.kit"])
def test_a_fork_changes_one_line(new, tmp_path):
    files = ("README.md", "CITATION.cff", "pyproject.toml", ".github/ISSUE_TEMPLATE/config.yml", ".ci/address.py")
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    old = PROJECT["urls"]["Homepage"].removeprefix("https://github.com/")
    project = (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(project.replace(f'{old}"', f'{new}"', 1), encoding="utf-8")
    subprocess.run([sys.executable, ".ci/address.py"], cwd=tmp_path, check=True)
    for file in files[:-1]:
        assert (tmp_path / file).read_text(encoding="utf-8") == (ROOT / file).read_text(encoding="utf-8").replace(
            old, new
        )


def test_the_citation_names_this_version():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {metakit.__version__}\n" in citation
    assert f"repository-code: {PROJECT['urls']['Homepage']}\n" in citation
    assert PROJECT["urls"]["Lessons"] in (ROOT / "README.md").read_text(encoding="utf-8")


def test_installing_the_wheel_brings_the_command(wheel):
    with zipfile.ZipFile(wheel) as archive:
        scripts = archive.read(f"metakit-{metakit.__version__}.dist-info/entry_points.txt").decode()
    assert "metakit = metakit.app.cli:main" in scripts


def make(*arguments):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONGEST_S, check=False
    )


needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@needs_make
def test_make_alone_says_what_it_can_do():
    shown = make()
    assert shown.returncode == 0
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)[1].split()
    for target in set(targets) - {"help", "check-python", "make-again"}:
        assert f"make {target} " in shown.stdout


@needs_make
@pytest.mark.parametrize(
    ("fails_on", "says"),
    [
        (None, "there is no"),
        ("version_info", "needs Python 3.11 or newer"),
        ("ensurepip", "python3-venv"),
    ],
)
def test_make_says_in_words_which_python_it_needs(fails_on, says, tmp_path):
    python = tmp_path / "python"
    if fails_on:
        python.write_text(f'#!/bin/sh\ncase "$2" in *{fails_on}*) exit 1;; esac\n')
        python.chmod(0o755)
    shown = make("lab", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}")
    assert shown.returncode != 0
    assert says in shown.stderr
    assert not (tmp_path / "venv").exists()


@needs_make
def test_where_there_is_no_node_scripts_are_not_checked_and_that_is_said(monkeypatch):
    monkeypatch.delenv("METAKIT_REQUIRE_NODE", raising=False)
    shown = make("biome", "NPM=no-such-npm")
    assert shown.returncode == 0
    assert "NOT CHECKED" in shown.stdout
    monkeypatch.setenv("METAKIT_REQUIRE_NODE", "1")
    shown = make("biome", "NPM=no-such-npm")
    assert shown.returncode != 0
    assert "METAKIT_REQUIRE_NODE" in shown.stderr
