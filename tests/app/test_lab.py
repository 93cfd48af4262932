"""`metakit lab` and the copies it opens: which lesson is meant, what students get, and whom the settings reach."""

import ast
import builtins
import json
import os
import re
import socket
import subprocess
import sys
import tomllib
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from patience import LONGEST_S, wait_until

import metakit
from metakit.app import cli, copies, lab
from metakit.lessons.checks import question, questions

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.native("starts a server")
SOURCES = list(copies.notebooks(ROOT / "notebooks"))


def notebook(path, *cells, lesson=True):
    """Write a notebook; a cell that begins with "drive" is tagged so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = [
        {"cell_type": "code", "execution_count": None, "id": f"cell-{i}", "outputs": [], "source": source}
        | {"metadata": {"tags": ["drive", "remove-cell"]} if source.startswith("drive") else {}}
        for i, source in enumerate(cells)
    ]
    book = {"cells": made, "metadata": {"metakit": {}} if lesson else {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(book), encoding="utf-8")
    return path


def cells(path):
    return ["".join(cell["source"]) for cell in copies.read(path)["cells"]]


# ---------------------------------------------------------- students' copies


@pytest.fixture(params=SOURCES, ids=lambda path: path.stem)
def copy(request):
    return copies.student_copy(copies.read(request.param))


def code(book):
    return ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]


def test_a_copy_is_the_source_without_the_cells_that_drive():
    for path in SOURCES:
        source = copies.read(path)
        copy = copies.student_copy(source)
        driving = [cell for cell in source["cells"] if cell not in copy["cells"]]
        assert driving
        assert all(cell["metadata"]["tags"] == ["drive", "remove-cell"] for cell in driving)
        assert [cell for cell in source["cells"] if cell not in driving] == copy["cells"]
        assert copy | {"cells": source["cells"]} == source == copies.read(path)


def test_a_copy_uses_no_name_that_only_a_cell_that_drives_makes(copy):
    known = set(dir(builtins))
    for cell in code(copy):
        names = [node for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Name)]
        made = {n.id for n in names if isinstance(n.ctx, ast.Store)}
        made |= {n.arg for n in ast.walk(ast.parse(cell)) if isinstance(n, ast.arg)}
        made |= {
            (alias.asname or alias.name).partition(".")[0]
            for node in ast.walk(ast.parse(cell))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        assert {n.id for n in names if isinstance(n.ctx, ast.Load)} <= known | made, cell
        known |= made


def test_a_copy_asserts_nothing_and_tells_no_answer(copy):
    written = "\n".join("".join(cell["source"]) for cell in copy["cells"])
    assert not re.search(r"^\s*assert\b|\.answer\(|\.right\b|\.twin\(|For the tests", written, re.MULTILINE)
    for name in questions():
        for option in question(name).options.values():
            assert option.text not in written
            assert option.feedback not in written


def test_copies_are_written_once_and_a_changed_one_is_kept(tmp_path, capsys):
    folder = tmp_path / "course"
    assert cli.main(["copies", str(folder)]) == 0
    assert [f.name for f in copies.notebooks(folder)] == [f.name for f in SOURCES]
    assert not any(copies.is_source(copies.read(f)) for f in copies.notebooks(folder))
    assert f"{len(SOURCES)} lessons" in capsys.readouterr().out
    notebook(folder / "00_start_here.ipynb", "my notes")
    (folder / "02_invasion.ipynb").unlink()
    assert cli.main(["copies", str(folder)]) == 0
    assert cells(folder / "00_start_here.ipynb") == ["my notes"]
    assert (folder / "02_invasion.ipynb").is_file()
    assert "kept" in capsys.readouterr().out


# ------------------------------------------------------ which lesson is meant


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """An installed metakit with two lessons inside, and an empty folder to stand in."""
    lessons = tmp_path / "site" / "metakit" / "notebooks"
    notebook(lessons / "00_start_here.ipynb", "start", "drive")
    notebook(lessons / "instructors" / "02_invasion.ipynb", "invasion", "drive")
    notebook(lessons / ".ipynb_checkpoints" / "02_invasion-checkpoint.ipynb", "old")
    monkeypatch.setattr(metakit, "__file__", str(lessons.parent / "__init__.py"))
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    return lessons


def refused(capsys, *arguments):
    assert cli.main(arguments) == 2
    return capsys.readouterr().err


def test_students_get_copies_that_are_made_once(shipped, capsys):
    desk = Path.cwd()
    assert lab.place(None) == (desk, desk / "metakit-lessons" / "00_start_here.ipynb")
    mine = desk / "metakit-lessons"
    assert [f.relative_to(mine).as_posix() for f in copies.notebooks(mine)] == [
        "00_start_here.ipynb",
        "instructors/02_invasion.ipynb",
    ]
    assert cells(mine / "00_start_here.ipynb") == ["start"]
    assert capsys.readouterr().out == ""
    notebook(mine / "00_start_here.ipynb", "my notes")
    (mine / "instructors" / "02_invasion.ipynb").unlink()
    lab.place("02")
    assert cells(mine / "00_start_here.ipynb") == ["my notes"]
    assert cells(mine / "instructors" / "02_invasion.ipynb") == ["invasion"]
    assert "kept your own 00_start_here.ipynb" in capsys.readouterr().out


def test_who_edits_lessons_opens_them_with_the_cells_that_drive(shipped):
    desk = Path.cwd()
    assert cells(lab.place("02", whole=True)[1]) == ["invasion", "drive"]
    assert not (desk / "metakit-lessons").exists()
    notebook(desk / "notebooks" / "02_invasion.ipynb", "here", "drive")
    assert lab.place("02", whole=True) == (desk, desk / "notebooks" / "02_invasion.ipynb")


def test_in_a_checkout_students_get_copies_of_the_lessons_there(shipped):
    desk = Path.cwd()
    notebook(desk / "notebooks" / "02_invasion.ipynb", "here", "drive")
    for wanted in ("02", "02_invasion", "notebooks/02_invasion.ipynb"):
        assert lab.place(wanted) == (desk, desk / "metakit-lessons" / "02_invasion.ipynb")
    assert cells(desk / "metakit-lessons" / "02_invasion.ipynb") == ["here"]


def test_lessons_of_one_s_own_are_opened_where_they_are(shipped):
    desk = Path.cwd()
    notebook(desk / "notebooks" / "01_mine.ipynb", "mine")
    assert lab.place(None) == (desk, desk / "notebooks" / "01_mine.ipynb")
    assert not (desk / "metakit-lessons").exists()
    assert lab.place("00")[1] == desk / "metakit-lessons" / "00_start_here.ipynb"


def test_notebooks_of_another_kind_are_not_taken_for_lessons(shipped):
    desk = Path.cwd()
    notebook(desk / "notebooks" / "00_analysis.ipynb", "analysis", lesson=False)
    (desk / "notebooks" / "00_empty.ipynb").touch()
    assert lab.place(None)[1] == desk / "metakit-lessons" / "00_start_here.ipynb"
    assert lab.place("invasion")[1].stem == "02_invasion"


@pytest.mark.parametrize("name", ["my lesson", "week #1", "50 %"])
@pytest.mark.parametrize("form", ["{}", "{}.ipynb", "notebooks/{}.ipynb"])
def test_a_notebook_that_is_named_is_opened_whatever_it_is(name, form, shipped):
    desk = Path.cwd()
    mine = notebook(desk / "notebooks" / f"{name}.ipynb", "mine", lesson=False)
    assert lab.place(form.format(name)) == (desk, mine)


def test_a_notebook_elsewhere_is_opened_in_its_folder(shipped, tmp_path):
    mine = notebook(tmp_path / "elsewhere" / "mine.ipynb", "mine")
    assert lab.place(str(mine)) == (mine.parent, mine)


@pytest.mark.parametrize("wanted", ["02_invasion", "02_invasion.ipynb", "invasion", "02"])
def test_a_lesson_is_found_by_number_or_name(wanted, shipped):
    assert lab.place(wanted)[1].stem == "02_invasion"


def test_an_unknown_lesson_is_answered_with_those_that_are_there(shipped, capsys):
    notebook(Path("notebooks", "01_mine.ipynb"), "mine")
    assert "there are 01_mine, 00_start_here, 02_invasion" in refused(capsys, "lab", "09_flying")


def test_a_file_that_is_no_notebook_is_refused(shipped, capsys):
    Path("broken.ipynb").write_text("{")
    assert "broken.ipynb is not a notebook" in refused(capsys, "lab", "broken.ipynb")


def test_a_metakit_without_lessons_says_so(shipped, capsys):
    shipped.rename(shipped.with_name("elsewhere"))
    assert "came without lessons" in refused(capsys, "lab")


def test_a_folder_that_cannot_be_written_to_is_said_in_words(shipped, capsys):
    Path("metakit-lessons").write_text("a file where the folder should be")
    assert "cannot be used" in refused(capsys, "lab")


def test_without_jupyterlab_the_line_that_installs_it_is_one_that_works(capsys, monkeypatch):
    monkeypatch.setattr(lab, "find_spec", lambda name: None)
    [wanted] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["lab"]
    assert f'"{sys.executable}" -m pip install "{wanted}"' in refused(capsys, "lab")


# ------------------------------------------------------ whom the settings reach


@pytest.fixture
def launched(tmp_path, monkeypatch):
    """Run `metakit lab` up to the start of the server; gives what it was started with."""
    from jupyter_core import paths
    from jupyterlab.labapp import LabApp

    given = []
    monkeypatch.setattr(paths, "SYSTEM_CONFIG_PATH", [*paths.SYSTEM_CONFIG_PATH])
    monkeypatch.setattr(paths, "SYSTEM_JUPYTER_PATH", [*paths.SYSTEM_JUPYTER_PATH])
    monkeypatch.setattr(LabApp, "launch_instance", given.extend)
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    assert cli.main(["lab"]) == 0
    assert dict(os.environ) == before, "kernels and terminals would hand it on to servers of other environments"
    return given


def test_the_server_answers_small_messages_at_once_and_starts_its_own_python(launched, tmp_path, monkeypatch):
    from jupyter_server.serverapp import ServerApp

    from metakit.app.server import NoDelay

    stranger = tmp_path / "data" / "kernels" / "python3"
    stranger.mkdir(parents=True)
    (stranger / "kernel.json").write_text(json.dumps({"argv": ["/elsewhere/python"], "display_name": "elsewhere"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    server = ServerApp()
    server.initialize(
        [
            *(a for a in launched if not a.startswith(("--LabApp", "--Language"))),
            "--port=0",
            "--IdentityProvider.token=test",
        ]
    )
    try:
        assert server.kernel_websocket_connection_class is NoDelay
        assert server.web_app.settings["kernel_websocket_connection_class"] is NoDelay
        specs = server.kernel_spec_manager
        assert specs.get_kernel_spec("python3").argv[0] == sys.executable
        assert specs.get_all_specs()["python3"]["spec"]["argv"][0] == sys.executable
    finally:
        server.http_server.stop()
        server.io_loop.close(all_fds=True)
        ServerApp.clear_instance()


def _wait_for(url):
    """Jupyter prints its address a moment before it listens there."""
    host, port = url.removeprefix("http://").split(":")

    def listens():
        with socket.socket() as probe:
            return probe.connect_ex((host, int(port))) == 0

    wait_until(listens, f"something listens at {url}")


def test_lab_opens_the_lesson_keeps_its_token_and_leaves_the_user_s_settings_alone(tmp_path):
    notebook(tmp_path / "notebooks" / "week #1.ipynb", lesson=False)
    root = Path(metakit.__file__).parents[1]
    home = {"HOME": str(tmp_path / "home"), "JUPYTER_CONFIG_PATH": "", "PYTHONPATH": str(root)}
    command = [sys.executable, "-m", "metakit", "lab", "week #1", "--no-browser"]
    started = subprocess.Popen(command, cwd=tmp_path, env=os.environ | home, stderr=subprocess.PIPE, text=True)
    with started:
        try:
            log = []
            for line in started.stderr:
                log.append(line)
                if address := re.search(r"(http://127\S+)/doc/tree/notebooks/week%20%231.ipynb\?token=(\w+)", line):
                    break
            else:
                pytest.fail("the server printed no address:\n" + "".join(log))
            url, token = address.groups()

            _wait_for(url)

            def default(plugin, setting):
                request = urllib.request.Request(
                    f"{url}/lab/api/settings/{plugin}", headers={"Authorization": f"token {token}"}
                )
                with urllib.request.urlopen(request, timeout=LONGEST_S) as answer:
                    return json.load(answer)["schema"]["properties"][setting]["default"]

            assert default("@jupyterlab/notebook-extension:tracker", "windowingMode") == "defer"
            assert default("@jupyterlab/apputils-extension:notification", "fetchNews") == "false"
            with pytest.raises(urllib.error.HTTPError, match="403") as shut:
                urllib.request.urlopen(f"{url}/api/contents", timeout=LONGEST_S)
            shut.value.close()
        finally:
            started.terminate()
    assert not list((tmp_path / "home").rglob("*.jupyterlab-settings"))
