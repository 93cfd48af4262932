"""What is public: written down in `metakit`, enough for every lesson, and told to type checkers."""

import ast
import importlib
import inspect
import json
import re
from pathlib import Path

import pytest

import metakit

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
STAGES = {f"metakit.models.{name}" for name in metakit.stages()}
MODULES = {name for name in metakit.PUBLIC_MODULES if not name.endswith("*")} | STAGES


def public_names(module):
    """Names that a public module gives, of which a stage's are those that every stage has."""
    found = importlib.import_module(module)
    if module in STAGES:
        stage = "".join(part.capitalize() for part in module.rpartition(".")[2].split("_"))
        verbs = {"start", "advance", "measure", *({"outflow"} & set(vars(found)))}
        return {f"{stage}Params", f"{stage}State", *verbs, "ANSWERS", "FRAME_SECONDS"}
    return {name for name in vars(found) if not name.startswith("_")}


def private_uses(code):
    """What a piece of code takes from metakit that is not public."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.startswith("metakit.")]
        elif isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("metakit."):
            names = {alias.name for alias in node.names}
            allowed = public_names(node.module) if node.module in MODULES else set()
            allowed |= {name for name in names if f"{node.module}.{name}" in MODULES}
            allowed |= set(metakit.__all__) if node.module == "metakit" else set()
            found += [f"{node.module}.{name}" for name in sorted(names - allowed)]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "metakit":
            found += [f"metakit.{node.attr}"] * (node.attr not in {*metakit.__all__, "__version__"})
    return found


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_uses_nothing_but_what_is_public(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        if cell["cell_type"] == "code":
            assert private_uses("".join(cell["source"])) == [], cell["id"]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_what_is_shown_to_copy_uses_nothing_but_what_is_public(path):
    blocks = re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert blocks
    used = [use for block in blocks for use in private_uses(block)]
    assert [use for use in used if ".rolling." not in use] == [], "a stage that is written out may use what is its own"


@pytest.mark.parametrize(
    ("code", "uses"),
    [
        ("from metakit.tissue.lymph import flow_ratio", ["metakit.tissue.lymph.flow_ratio"]),
        ("from metakit.models.circulation import ring", ["metakit.models.circulation.ring"]),
        ("from metakit.body import cascade", ["metakit.body.cascade"]),
        ("import metakit.runs.run", ["metakit.runs.run"]),
        ("metakit.runs.run.load('a')", ["metakit.runs"]),
        ("from metakit.models.growth import GrowthParams, start", []),
        ("from metakit.body import colonies\nfrom metakit import run\nmetakit.view('growth')", []),
    ],
)
def test_what_is_not_public_is_seen(code, uses):
    assert private_uses(code) == uses


@pytest.mark.parametrize("name", metakit.__all__)
def test_a_public_name_is_there_and_says_what_it_does(name):
    assert len(inspect.getdoc(getattr(metakit, name)).splitlines()[0]) > 10


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_public_module_keeps_its_names_and_says_what_they_do(module):
    found = importlib.import_module(module)
    assert found.__doc__
    for name in public_names(module):
        thing = getattr(found, name)
        if getattr(thing, "__module__", None) == module and callable(thing):
            assert thing.__doc__, f"{module}.{name}"


def test_type_checkers_are_told_every_public_name():
    home = Path(metakit.__file__)
    assert home.with_name("py.typed").is_file()
    [block] = [n for n in ast.parse(home.read_text(encoding="utf-8")).body if isinstance(n, ast.If)]
    told = {alias.name: node.module for node in block.body for alias in node.names}
    assert told == {name: metakit._HOMES[name] for name in metakit.__all__}
