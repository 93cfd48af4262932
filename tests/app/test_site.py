"""`metakit site`: what it refuses, what it makes of wheels and of JupyterLite's page, and how it is served."""

import http.client
import importlib
import json
import re
import sys
import threading
import zipfile

import pytest

import metakit
from metakit.app import cli
from metakit.app.site import bytecode, command, packages, pages
from metakit.app.site.build import build

pytestmark = pytest.mark.native("writes wheels with pip, and starts a server")


def refused(capsys, *arguments):
    assert cli.main(["site", *map(str, arguments)]) == 2
    return capsys.readouterr().err


def wheel(path, **files):
    with zipfile.ZipFile(path, "w") as out:
        for name, text in files.items():
            out.writestr(name, text)
    return path


# ---------------------------------------------------------------- what is refused


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work")
    assert "is not empty and holds no site" in refused(capsys, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_site_that_cannot_be_made_anew_stays_as_it_was(tmp_path):
    (tmp_path / "metakit-site.json").write_text("{}")
    (tmp_path / "index.html").write_text("the site of last week")
    with pytest.raises(ValueError, match="give the folder that Pyodide's release unpacks to") as refused:
        build(tmp_path, command.pick(["02"]), str(tmp_path / "nowhere"))
    assert f"--pyodide {tmp_path}/nowhere: there is no Pyodide" in str(refused.value)
    assert (tmp_path / "index.html").read_text() == "the site of last week"


def test_a_wrong_path_or_lesson_or_empty_folder_is_named_with_what_is_allowed(tmp_path, capsys):
    assert "--base-url course does not begin and end with a slash" in refused(capsys, tmp_path, "--base-url", "course")
    said = refused(capsys, tmp_path, "--lessons", "02", "inversion")
    assert "there is no lesson 'inversion'" in said
    assert "02_invasion" in said
    assert f"{tmp_path} holds no site" in refused(capsys, tmp_path, "--only-serve")


def test_a_lesson_is_found_by_its_number_its_name_or_both_and_once():
    assert [p.stem for p in command.pick(["invasion", "02", "02_invasion", "01"])] == ["01_growth", "02_invasion"]
    assert [p.stem[:2] for p in command.pick(None)] == [f"{number:02}" for number in range(12)]


# ------------------------------------------------------------------------- wheels


def test_compiled_modules_run_without_their_source_and_ours_keep_theirs(tmp_path, monkeypatch):
    files = {"site_a/__init__.py": "from site_a.b import b", "site_a/b.py": "b = 6 * 7", "site_a/c.txt": "text"}
    other = wheel(tmp_path / "site_a-1-py3-none-any.whl", **files)
    own = wheel(tmp_path / "metakit-1-py3-none-any.whl", **{"site_m/__init__.py": "def f():\n    raise KeyError"})
    for path in (other, own):
        bytecode.compile_wheel(path)
    assert zipfile.ZipFile(other).namelist() == ["site_a/__init__.pyc", "site_a/b.pyc", "site_a/c.txt"]
    compiled = f"site_m/__pycache__/__init__.{sys.implementation.cache_tag}.pyc"
    assert zipfile.ZipFile(own).namelist() == ["site_m/__init__.py", compiled]
    for path in (other, own):
        zipfile.ZipFile(path).extractall(tmp_path / "site-packages")
    # What is compiled is not checked against a source, which may have any date where it is unpacked.
    (tmp_path / "site-packages" / "site_m" / "__init__.py").write_text("def f():\n    raise ValueError")
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    assert importlib.import_module("site_a").b == 42
    with pytest.raises(KeyError):
        importlib.import_module("site_m").f()


def test_equal_wheels_compile_to_equal_bytes_and_what_is_no_python_stays(tmp_path):
    made = []
    for name in ("one", "two"):
        path = wheel(tmp_path / f"{name}.whl", **{"a.py": "a = {'x', 'y'}", "template.py": "{{ class }} = 1"})
        bytecode.compile_wheel(path)
        made.append(path.read_bytes())
    assert made[0] == made[1]
    assert zipfile.ZipFile(path).read("template.py") == b"{{ class }} = 1"


def test_metakit_s_own_wheel_has_all_that_runs_in_a_browser_and_nothing_else(tmp_path):
    packages._own_wheel(tmp_path)
    (path,) = tmp_path.iterdir()
    names = set(zipfile.ZipFile(path).namelist())
    assert {"metakit/__init__.py", "metakit/widgets/static/view.css", "metakit/core/params.py"} <= names
    for stage in metakit.stages():
        assert names & {f"metakit/models/{stage}.py", f"metakit/models/{stage}/__init__.py"}, stage
    assert not [name for name in names if "notebooks/" in name or "/jupyter/" in name or name.endswith(".pyc")]


def test_what_a_lesson_needs_is_followed_to_its_end_without_front_ends():
    theirs = {
        "pandas": {"depends": ["numpy", "python-dateutil"]},
        "numpy": {"depends": []},
        "micropip": {"depends": []},
    }
    needed = dict(packages._closure(theirs))
    assert {"metakit", "ipywidgets", "bqplot", "anywidget", "traitlets", "numpy", "pandas", "pillow"} <= set(needed)
    assert needed["pandas"] == ["numpy", "python-dateutil"]
    assert set().union(*needed.values()) <= set(needed)
    assert not {"jupyterlab", "widgetsnbextension", "jupyterlab-widgets", "jupyterlite-core"} & set(needed)


def test_the_lock_file_says_what_the_wheels_are(tmp_path):
    (tmp_path / "a.whl").write_bytes(b"abc")
    far = {"file_name": "https://host.example/b.whl", "sha256": "as they say"}
    lock = {"packages": {"a": {"file_name": "a.whl", "sha256": ""}, "b": far}}
    (tmp_path / packages.LOCK).write_text(json.dumps(lock))
    packages.seal(tmp_path)
    sealed = json.loads((tmp_path / packages.LOCK).read_text())["packages"]
    # FIPS 180-2, appendix B.1
    assert sealed["a"]["sha256"] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sealed["b"] == far


# -------------------------------------------------------------------------- pages


def test_the_page_of_a_notebook_asks_for_python_before_all_else():
    page = "<html><head><title>Jupyter Notebook</title><meta></head><body></body></html>"
    here, web = pages.play(page, "/some/folder"), pages.play(page, "https://host.example/v1/")
    assert '<html lang="en"><head><title>metakit</title>' in here
    assert 'href="../static/pyodide/pyodide.asm.wasm"' in here
    assert 'href="https://host.example/v1/pyodide.asm.wasm"' in web
    assert 'data-pyodide="https://host.example/v1/"' in web
    assert "/some/folder" not in here
    with pytest.raises(ValueError, match=r"no head; metakit\[site\] names versions"):
        pages.play("<p>another page", "/some/folder")


def test_the_first_page_has_a_picture_with_words_and_two_ways_into_each_lesson(tmp_path):
    first = '# Over & "out"\n\n**25 minutes.** How far does it get? After this'
    book = {"cells": [{"source": first}], "metadata": {"metakit": {"stage": "invasion", "minutes": 25}}}
    pages.write_landing(tmp_path, {"02_invasion": book})
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert (tmp_path / "pictures" / "02_invasion.png").read_bytes().startswith(b"\x89PNG")
    assert "<h3>Over &amp; &quot;out&quot;</h3>" in page
    assert "<p>How far does it get?</p>" in page
    assert "02 · invasion · 25 minutes" in page
    assert 'href="notebooks/index.html?path=02_invasion.ipynb"' in page
    assert 'href="lab/index.html?path=02_invasion.ipynb"' in page
    assert re.search(r'alt="Day \d\.\d: [\d,]+ cells, [^"]+"', page)
    assert pages.DISCLAIMER in page
    assert f"metakit {metakit.__version__}" in page
    assert not [name for name in ("CARDS", "DISCLAIMER", "PRIVACY", "VERSION") if f"<!--{name}-->" in page]


# ------------------------------------------------------------------------ serving


def test_a_site_is_served_under_its_path_only_and_as_what_its_files_are(tmp_path):
    (tmp_path / "index.html").write_text("first page")
    (tmp_path / "a.wasm").write_bytes(b"\0asm")
    with command.server(tmp_path, "/course/") as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        asking = http.client.HTTPConnection("127.0.0.1", serving.server_port)
        found = {}
        for path in ("/course/", "/course/a.wasm", "/", "/index.html"):
            asking.request("GET", path)
            answer = asking.getresponse()
            answer.read()
            found[path] = answer.status, answer.headers.get_content_type()
        asking.close()
        serving.shutdown()
    assert found["/course/"] == (200, "text/html")
    assert found["/course/a.wasm"] == (200, "application/wasm")
    assert found["/"][0] == found["/index.html"][0] == 404
