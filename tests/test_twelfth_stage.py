"""What newcomers copy from works: the stage in CONTRIBUTING.md joins the others without an edit; README's lines run."""

import re
from pathlib import Path

import pytest
from contributing import TOP, listings, python, with_twelfth_stage
from test_layers import lint_imports

import metakit

pytestmark = pytest.mark.native("starts processes")

PARTS = ("metakit", "notebooks", "tests")
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
LOOK_AT_STAGES = (
    *(f"tests/test_{name}.py" for name in ("contract", "contract_words", "docstrings", "notebooks")),
    *(f"tests/lessons/test_{name}.py" for name in ("checks", "glossary")),
    "tests/core/test_sources.py",
    "tests/models/test_rolling.py",
)
USE = """
import metakit
from metakit.core.sources import SOURCES
from metakit.lessons.glossary import define
assert SOURCES["berg1993"].short == "Berg 1993"
assert define("rolling").startswith("A cell turning over and over")
assert metakit.ask("rolling-root").answer("b").startswith("Yes.")
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


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with the stage of CONTRIBUTING.md in it."""
    return with_twelfth_stage(tmp_path_factory.mktemp("twelfth") / "project")


def contents(folder):
    """What is in the files of a project, without what tools leave behind."""
    found = [path for part in PARTS for path in (folder / part).rglob("*.*") if path.is_file()]
    inside = [path.relative_to(folder) for path in found]
    kept = [p for p in inside if not any(part.startswith((".", "__pycache__")) for part in p.parts)]
    return {path: (folder / path).read_bytes() for path in [Path("pyproject.toml"), *kept]}


def test_the_stage_is_new_files_and_no_edited_one(project):
    before, after = contents(TOP), contents(project)
    assert {path: after.get(path) for path in before} == before
    assert {path.as_posix() for path in after.keys() - before.keys()} == set(listings())


def test_it_is_found_and_judged_by_every_test_that_looks_at_stages(project):
    whole = "test_contract_words or test_glossary or test_sources or without_its_stage"
    python(project, *PYTEST, *LOOK_AT_STAGES, "-k", f"rolling or {whole}")


def test_it_keeps_the_layers(project):
    code, said = lint_imports(project)
    assert code == 0, said


def test_its_lesson_runs_and_asserts(project):
    python(project, *PYTEST, "--nbval-lax", "--nbval-current-env", "notebooks/12_rolling.ipynb")


def test_it_is_listed_run_and_shown_like_the_others(project):
    listed = python(project, "-m", "metakit", "stages")
    assert [line.split()[0] for line in listed.splitlines() if not line.startswith(" ")] == sorted(
        [*metakit.stages(), "rolling"]
    )
    python(project, "-c", USE)


def test_the_lines_of_the_readme_run(tmp_path):
    text = (TOP / "README.md").read_text(encoding="utf-8")
    [code] = re.findall(r"## Lines that run\n\n```python\n(.*?)```", text, re.DOTALL)
    assert len(code.splitlines()) == 7
    python(tmp_path, "-c", code, home=TOP)
