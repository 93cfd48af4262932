"""Build the site: copies of the lessons with pictures in them, JupyterLite around them, and pages that start them."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import metakit
from metakit.app import copies
from metakit.app.site import pages
from metakit.app.site.bytecode import compile_wheels
from metakit.app.site.packages import LOCK, ROOTS, fill, is_url, seal
from metakit.runs.progress import bar

STAMP = "metakit-site.json"
# Parts of the page that draw widgets; metakit's own says what was kept where a widget is gone.
EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@jupyterlite/pyodide-kernel-extension",
    "anywidget",
    "bqplot",
    "bqscales",
)
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
STATIC = Path(__file__).with_name("static")
WIDGETS = "application/vnd.jupyter.widget-view+json"


def build(out: Path, lessons: list[Path], pyodide: str | None = None) -> str:
    """Write a site.

    Parameters
    ----------
    out : Path
        A folder that is empty, missing, or holds a site.
    lessons : list of Path
        Notebooks with cells that drive them, or without.
    pyodide : str, optional
        A folder with Pyodide, or an address; by default that of the release which JupyterLite's kernel was made for.

    Returns
    -------
    str
        What was written, in words.

    Raises
    ------
    ValueError
        If the folder holds something else, or a package cannot be had.
    """
    if pyodide is None:
        from jupyterlite_pyodide_kernel.constants import PYODIDE_CDN_URL

        pyodide = str(PYODIDE_CDN_URL)
    if is_url(pyodide) and not pyodide.endswith("/"):
        pyodide += "/"
    check_free(out)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        own = work / "static" / "pyodide"
        fill(own, pyodide)
        slow = "" if is_url(pyodide) else compile_wheels(own, Path(pyodide))
        seal(own)
        books = {path.stem: _with_pictures(path) for path in bar(lessons, "lessons", unit="lesson")}
        shutil.rmtree(out, ignore_errors=True)  # only now: what was there stays until there is something new
        (work / "files").mkdir()
        for stem, book in books.items():
            (work / "files" / f"{stem}.ipynb").write_text(copies.text(book), encoding="utf-8")
        _jupyterlite(work, out, pyodide)
        _play_page(out, pyodide)
        pages.write_landing(out, books)
        stamp = {"metakit": metakit.__version__, "pyodide": pyodide if is_url(pyodide) else "in the site"}
        (out / STAMP).write_text(json.dumps(stamp | {"lessons": list(books)}, indent=1), encoding="utf-8")
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
    words = f"wrote {out}: {len(books)} lessons, {size:.0f} MB; look at it: metakit site {out} --only-serve"
    return words + (f"\nPython will start slowly, its modules could not be compiled ahead: {slow}" if slow else "")


def check_free(out: Path) -> None:
    """Refuse a folder that holds something else than a site: nothing is lost.

    Raises
    ------
    ValueError
        If it does.
    """
    if out.exists() and not (out.is_dir() and ((out / STAMP).is_file() or not any(out.iterdir()))):
        raise ValueError(f"{out} is not empty and holds no site of metakit; give a folder of its own")


def _with_pictures(path: Path) -> copies.Notebook:
    """Run a student copy here, and keep of each component its picture and words, to stand where it will be."""
    import nbformat
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    from metakit.app.server import OwnKernel

    class Manager(AsyncKernelManager):
        """Starts the Python that runs this, whatever others are called python3."""

        def _kernel_spec_manager_default(self) -> OwnKernel:
            return OwnKernel()

    source = copies.read(path)
    if source is None:
        raise ValueError(f"{path} is not a notebook")
    book = nbformat.reads(copies.text(copies.student_copy(source)), as_version=4)  # type: ignore[no-untyped-call]
    quiet = ["--IPKernelApp.log_level=ERROR"]  # it warns of each kernel that other users of this machine could listen
    NotebookClient(
        book,
        kernel_manager_class=Manager,
        timeout=None,
        store_widget_state=False,
        record_timing=False,
        extra_arguments=quiet,
    ).execute()
    for cell in book.cells:
        outputs = [keep for output in cell.get("outputs", []) if (keep := _kept(output))]
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = outputs, None
    book.metadata["kernelspec"] = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
    result: copies.Notebook = json.loads(nbformat.writes(book))  # type: ignore[no-untyped-call]
    return result


def _kept(output: Any) -> Any:
    """Leave what a page can show before its kernel runs: no widget, and no picture twice."""
    data = output.get("data", {})
    if WIDGETS in data:
        data.pop(WIDGETS)
        if "text/html" in data:
            data.pop("image/png", None)
    return output if data or output.get("output_type") == "stream" else None


def _jupyterlite(work: Path, out: Path, pyodide: str) -> None:
    settings = Path(metakit.__file__).parent / "jupyter/etc/labconfig/default_setting_overrides.d/metakit.json"
    shutil.copy(settings, work / "overrides.json")
    load: dict[str, Any] = {"packages": list(ROOTS)}
    if is_url(pyodide):
        load["lockFileURL"] = f"./static/pyodide/{LOCK}"
    plugin = {"disablePyPIFallback": True, "loadPyodideOptions": load}
    if is_url(pyodide):
        plugin["pyodideUrl"] = f"{pyodide}pyodide.mjs"
    page = {
        "appName": "metakit",
        "exposeAppInBrowser": True,
        "litePluginSettings": {KERNEL: plugin},
    }
    _write(work / "jupyter-lite.json", {"jupyter-lite-schema-version": 0, "jupyter-config-data": page})
    config = {
        "lite_dir": str(work),
        "output_dir": str(out.resolve()),
        "contents": ["files"],
        "apps": ["notebooks", "lab"],
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
        "ignore_sys_prefix": True,
        "settings_overrides": ["overrides.json"],
        "federated_extensions": [str(path) for path in _extensions()],
    }
    _write(work / "jupyter_lite_config.json", {"LiteBuildConfig": config})
    done = subprocess.run(
        [sys.executable, "-m", "jupyterlite_core", "build"], cwd=work, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ValueError(f"JupyterLite could not be built: {(done.stderr or done.stdout).strip()[-600:]}")


def _extensions() -> Iterable[Path]:
    from jupyter_core.paths import jupyter_path

    for name in EXTENSIONS:
        found = [path for folder in jupyter_path("labextensions") if (path := Path(folder, name)).is_dir()]
        if not found:
            raise ValueError(
                f"the part of {name} for JupyterLab is not installed; pip install --force-reinstall {name}"
            )
        yield found[0]
    yield Path(metakit.__file__).parent / "jupyter/share/labextensions/metakit"


def _play_page(out: Path, pyodide: str) -> None:
    """Make JupyterLite's page of one notebook the page of a lesson as an app, with our script and style in it."""
    folder = out / "notebooks"
    page = folder / "index.html"
    page.write_text(pages.play(page.read_text(encoding="utf-8"), pyodide), encoding="utf-8")
    for name in ("play.js", "play.css"):
        shutil.copy(STATIC / name, folder)
    shutil.copy(STATIC / "landing.css", out)
    icons = out / "static" / "favicons"  # the notebook asks for one by what its kernel does
    icons.mkdir(parents=True)
    for name in ("notebook", "busy-1", "busy-2", "busy-3"):
        shutil.copy(folder / "favicon.ico", icons / f"favicon-{name}.ico")
    worker = out / "service-worker.js"
    ours = (STATIC / "offline.js").read_text(encoding="utf-8").replace("BUILD", _fingerprint(out))
    worker.write_text(ours + worker.read_text(encoding="utf-8"), encoding="utf-8")
    # What students do in the app is not written over the lesson: the next visit starts as the first did.
    own = {"@jupyterlab/docmanager-extension:plugin": {"autosave": False}}
    config = json.loads((folder / "jupyter-lite.json").read_text(encoding="utf-8"))
    whole = json.loads((out / "jupyter-lite.json").read_text(encoding="utf-8"))["jupyter-config-data"]
    config["jupyter-config-data"]["settingsOverrides"] = whole.get("settingsOverrides", {}) | own
    _write(folder / "jupyter-lite.json", config)


def _fingerprint(folder: Path) -> str:
    """Tell builds apart by what is in them."""
    whole = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole.update(path.read_bytes())
    return whole.hexdigest()[:12]


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
