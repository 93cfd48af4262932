"""What Python in the browser needs: Pyodide, and a lock file that names each package, where it is and what it needs.

Packages that Pyodide has are Pyodide's, all others are those of this environment, so that Python and scripts of a
widget are of one version. All are named to Pyodide at its start: it fetches them side by side while the page is read.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urljoin
from urllib.request import urlopen

import metakit

CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
LOCK = "pyodide-lock.json"
# Of a kernel in the browser; what else it has, JupyterLite's extension brings along.
KERNEL = ("ipykernel", "pyodide-kernel", "piplite")
ROOTS = ("metakit", "comm", "ipython", "jedi", "micropip", *KERNEL)
# Their scripts are parts of the page, and their Python does nothing in a browser.
FRONT_END_ONLY = {"jupyterlab-widgets", "widgetsnbextension"}
# Of a wheel, what only a server of notebooks hands out, tests, and thousands of small files that no lesson opens.
NOT_RUN = (".data/", "/tests/", "/metakit/notebooks/", "/metakit/jupyter/", "/django-stubs/", "/pytz/zoneinfo/")


def is_url(pyodide: str) -> bool:
    """Say whether this is an address on the web, rather than a folder."""
    return pyodide.startswith(("http://", "https://"))


def fill(folder: Path, pyodide: str) -> None:
    """Put Pyodide, or what is needed beside one on the web, into a folder.

    Parameters
    ----------
    folder : Path
        Where to; made if there is none.
    pyodide : str
        A folder with an unpacked distribution of Pyodide, or the address of one, ending in a slash.

    Raises
    ------
    ValueError
        If Pyodide is not there, or a package cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = _read_lock(pyodide)
    theirs: dict[str, Any] = lock["packages"]
    chosen: dict[str, Any] = {}
    for name, needs in _closure(theirs):
        chosen[name] = _entry(name, needs, theirs.get(name), folder, pyodide, lock["info"]["python"])
    if not is_url(pyodide):
        for name in CORE:
            shutil.copy(Path(pyodide, name), folder)
    (folder / LOCK).write_text(json.dumps(lock | {"packages": chosen}), encoding="utf-8")


def seal(folder: Path) -> None:
    """Write into the lock file what the wheels beside it are, by their SHA-256, as Pyodide will check."""
    lock = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    for entry in lock["packages"].values():
        if not is_url(entry["file_name"]):
            entry["sha256"] = hashlib.sha256((folder / entry["file_name"]).read_bytes()).hexdigest()
    (folder / LOCK).write_text(json.dumps(lock), encoding="utf-8")


def _read_lock(pyodide: str) -> dict[str, Any]:
    where = urljoin(pyodide, LOCK) if is_url(pyodide) else str(Path(pyodide, LOCK))
    try:
        if is_url(pyodide):
            with urlopen(where, timeout=60) as answer:
                text = answer.read()
        else:
            text = Path(where).read_bytes()
            for name in CORE:
                Path(pyodide, name).stat()
        lock: dict[str, Any] = json.loads(text)
        if not {"info", "packages"} <= lock.keys():
            raise ValueError("it holds no packages")
    except (OSError, URLError, ValueError) as error:
        raise ValueError(
            f"--pyodide {pyodide}: there is no Pyodide ({error}); give the folder that Pyodide's release unpacks to, "
            "or an address such as https://cdn.jsdelivr.net/pyodide/v314.0.6/full/"
        ) from error
    return lock


def normal(name: str) -> str:
    """Write the name of a package as the lock file does."""
    return name.lower().replace("_", "-").replace(".", "-")


def _closure(theirs: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Give each package that is needed, with what it needs itself."""
    todo, seen = list(map(normal, ROOTS)), set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in theirs:
            needs = [normal(need) for need in theirs[name]["depends"]]
        else:
            needs = [] if name in KERNEL else [n for n in _requires(name) if n not in FRONT_END_ONLY]
        todo += needs
        yield name, needs


def _requires(name: str) -> list[str]:
    """Read what a package of this environment needs, in the browser and without extras."""
    from packaging.requirements import Requirement

    browser = {"sys_platform": "emscripten", "platform_system": "Emscripten", "os_name": "posix", "extra": ""}
    wanted = map(Requirement, metadata.requires(name) or [])
    return [normal(need.name) for need in wanted if need.marker is None or need.marker.evaluate(browser)]


def _entry(
    name: str, needs: list[str], theirs: dict[str, Any] | None, folder: Path, pyodide: str, python: str
) -> dict[str, Any]:
    """Put the wheel of a package into the folder, unless the web has it, and write its line of the lock file."""
    if theirs and is_url(pyodide):
        return theirs | {"file_name": urljoin(pyodide, theirs["file_name"])}
    if theirs and (file := Path(pyodide, theirs["file_name"])).is_file():
        shutil.copy(file, folder)
        return theirs
    if name == "metakit":
        wheel = _own_wheel(folder)
    elif name in KERNEL:
        wheel = _of_the_kernel(name, folder)
    else:
        wheel = _from_pypi(name, theirs["version"] if theirs else metadata.version(name), folder, python)
    modules = theirs["imports"] if theirs else [name.replace("-", "_")]
    return {
        "name": name,
        "version": wheel.name.split("-")[1],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": "",  # until the wheels are as they stay
        "package_type": "package",
        "imports": modules,
        "depends": needs,
        "unvendored_tests": False,
    }


def _own_wheel(folder: Path) -> Path:
    """Write the installed metakit as a wheel, without lessons, settings of Jupyter and tests."""
    package = Path(metakit.__file__).parent
    wheel = folder / f"metakit-{metakit.__version__}-py3-none-any.whl"
    info = f"metakit-{metakit.__version__}.dist-info"
    about = f"Metadata-Version: 2.1\nName: metakit\nVersion: {metakit.__version__}\n"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(package.rglob("*")):
            inside = f"/{path.relative_to(package.parent).as_posix()}"
            if path.is_file() and "__pycache__" not in path.parts and not any(part in inside for part in NOT_RUN):
                _add(out, inside[1:], path.read_bytes())
        _add(out, f"{info}/METADATA", about.encode())
        _add(
            out, f"{info}/WHEEL", b"Wheel-Version: 1.0\nGenerator: metakit\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        _add(out, f"{info}/RECORD", b"")
    return wheel


def _of_the_kernel(name: str, folder: Path) -> Path:
    from jupyterlite_pyodide_kernel.constants import PYODIDE_KERNEL_NPM_NAME

    stem = name.replace("-", "_")
    for share in (Path(sys.prefix), Path(sys.base_prefix)):
        shelf = share / "share" / "jupyter" / "labextensions" / PYODIDE_KERNEL_NPM_NAME / "static" / "pypi"
        for found in sorted(shelf.glob(f"{stem}-*.whl")):
            return Path(shutil.copy(found, folder))
    raise ValueError(f"the Pyodide kernel of JupyterLite came without {name}; install it again: metakit[site]")


def _from_pypi(name: str, version: str, folder: Path, python: str) -> Path:
    """Fetch a wheel in pure Python, and keep of it what runs in a browser."""
    kept = folder / "fetched"
    fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    target = ["--platform", "any", "--python-version", python, "--dest", str(kept), f"{name}=={version}"]
    done = subprocess.run([*fetch, *target], capture_output=True, text=True, check=False)
    if done.returncode:
        why = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["no reason given"]
        raise ValueError(f"{name} {version} could not be had from the Python Package Index: {why[0]}")
    (wheel,) = kept.iterdir()
    small = folder / wheel.name
    with zipfile.ZipFile(wheel) as whole, zipfile.ZipFile(small, "w", zipfile.ZIP_DEFLATED) as out:
        for member in whole.namelist():
            if not any(part in f"/{member}" for part in NOT_RUN):
                _add(out, member, whole.read(member))
    shutil.rmtree(kept)
    return small


def _add(out: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Add a file under a date of its own, so that equal contents make equal wheels."""
    member = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
    member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    out.writestr(member, data)
