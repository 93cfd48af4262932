"""Who may know whom, read from the import lines; and that `import metakit` stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import metakit

HOME = Path(metakit.__file__).parent
FILES = sorted(p.relative_to(HOME) for p in HOME.rglob("*.py"))
WIDGET_PACKAGES = {"ipywidgets", "bqplot", "traitlets", "traittypes", "anywidget", "IPython", "ipykernel", "pandas"}
# What the models stand on: numbers in, numbers out, in any Python with numpy.
CORE = [
    "tissue",
    "tissue_params",
    "tissue_fields",
    "tissue_step",
    "tissue_moves",
    "lymph",
    "grid",
    "params",
    "state",
    "handoff",
    "transit",
    "origins",
    "body",
    "blood",
    "capillary",
    "capillary_places",
    "curves",
    "colonies",
    "gates",
    "settling",
    "oxygen",
    "plumbing",
    "soil",
    "patient",
    "therapies",
    "walk",
    "stage",
    "runs",
    "run_file",
    "files",
    "progress",
    "workers",
    "ensemble",
    "ensemble_file",
    "sources",
    "glossary",
    "models/*",
]


def _imports(path, *, running_only=True):
    """Modules that a file imports, each with its line; those for type checkers only are left out."""
    tree = ast.parse((HOME / path).read_text(encoding="utf-8"))
    skipped = set()
    for node in ast.walk(tree):
        if running_only and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            skipped |= {id(inner) for part in node.body for inner in ast.walk(part)}
    found = []
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # `from metakit import x` may mean the module metakit.x
            found += [(f"{node.module}.{alias.name}", node) for alias in node.names]
    return found


def _match(patterns):
    return [f for f in FILES if any(f.with_suffix("").match(p) and len(f.parts) == p.count("/") + 1 for p in patterns)]


def _stages():
    return [f.stem for f in _match(["models/*"]) if not f.stem.startswith("_")]


def _is_in(module, package):
    return module == package or module.startswith(package + ".")


def test_the_files_under_test_were_found():
    assert len(_match(CORE)) >= 11
    assert {"invasion", "intravasation"} <= set(_stages())
    assert len(FILES) > 15


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_are_absolute(path):
    for node in ast.walk(ast.parse((HOME / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write `from metakit...`; a relative import slips past tests"


@pytest.mark.parametrize("path", _match(CORE), ids=str)
def test_the_core_knows_no_widgets(path):
    for module, node in _imports(path):
        if path.name in ("runs.py", "ensemble.py") and module == "pandas":
            continue  # inside `table`, when somebody asks for a table; see the last test here
        top = module.split(".")[0]
        assert top not in WIDGET_PACKAGES, f"{path}:{node.lineno} imports {module}"
        for layer in ("widgets", "session", "checks", "cli", "doctor"):
            assert not _is_in(module, f"metakit.{layer}"), f"{path}:{node.lineno} imports {module}"


def test_only_tables_ask_for_pandas():
    asked = [(path, node) for path in _match(CORE) for module, node in _imports(path) if _is_in(module, "pandas")]
    assert {path.name for path, _ in asked} == {"runs.py", "ensemble.py"}
    assert all(node.col_offset > 0 for _, node in asked), "inside a function, not at the top of the file"


@pytest.mark.parametrize("path", [f for f in _match(CORE) if "models" not in f.parts], ids=str)
def test_what_stages_stand_on_knows_no_stage(path):
    for module, node in _imports(path):
        for name in _stages():
            assert not _is_in(module, f"metakit.models.{name}"), f"{path}:{node.lineno} imports {module}"


@pytest.mark.parametrize("name", _stages())
def test_a_stage_knows_no_other_stage(name):
    for module, node in _imports(Path("models", f"{name}.py")):
        for other in set(_stages()) - {name}:
            assert not _is_in(module, f"metakit.models.{other}"), f"{name}.py:{node.lineno} imports {module}"


@pytest.mark.parametrize("name", _stages())
def test_a_model_needs_nothing_but_numpy(name):
    for module, node in _imports(Path("models", f"{name}.py")):
        top = module.split(".")[0]
        allowed = top in {"numpy", "metakit", "__future__"} or top in sys.stdlib_module_names
        assert allowed, f"{name}.py:{node.lineno} imports {module}"


def test_the_session_needs_traitlets_and_nothing_else_from_outside():
    for module, node in _imports(Path("session.py")):
        top = module.split(".")[0]
        allowed = top in {"traitlets", "metakit", "__future__"} or top in sys.stdlib_module_names
        assert allowed, f"session.py:{node.lineno} imports {module}"
        assert not _is_in(module, "metakit.widgets"), f"session.py:{node.lineno} imports {module}"


@pytest.mark.parametrize("name", _stages())
def test_a_view_knows_its_own_model_and_what_all_views_are_made_of(name):
    for module, node in _imports(Path("widgets", f"{name}.py")):
        if _is_in(module, "metakit.models"):
            assert _is_in(module, f"metakit.models.{name}"), f"widgets/{name}.py:{node.lineno} imports {module}"
        if _is_in(module, "metakit.widgets"):
            assert module.startswith("metakit.widgets._"), f"widgets/{name}.py:{node.lineno} imports {module}"


@pytest.mark.parametrize("path", _match(["widgets/_*"]), ids=str)
def test_what_views_are_made_of_knows_no_stage(path):
    for module, node in _imports(path):
        if path.stem == "__init__":
            continue
        assert not _is_in(module, "metakit.models"), f"{path}:{node.lineno} imports {module}"
        for name in _stages():
            assert not _is_in(module, f"metakit.widgets.{name}"), f"{path}:{node.lineno} imports {module}"


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
