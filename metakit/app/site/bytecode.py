"""Compile the modules in wheels ahead, with the Python of the browser: they start in half the time.

It runs inside Pyodide, under node; `compile_wheels` calls node with it.
"""

from __future__ import annotations

import importlib.util
import io
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

# A program needs its sources only to show the lines of an error: ours are kept for that.
KEPT = "metakit-"
SCRIPT = """
import { pathToFileURL } from "node:url";
const [core, code, wheels, ...names] = process.argv.slice(1);
const { loadPyodide } = await import(pathToFileURL(`${core}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${core}/` });
for (const [folder, root] of [["/code", code], ["/wheels", wheels]]) {
  python.FS.mkdirTree(folder);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, folder);
}
python.globals.set("names", python.toPy(names));
python.runPython(`
import sys
sys.path.insert(0, "/code")
sys.dont_write_bytecode = True
import bytecode
for name in names:
    bytecode.compile_wheel(bytecode.Path("/wheels", name))
`);
"""


def compile_wheels(folder: Path, core: Path) -> str:
    """Compile the modules in all wheels of a folder, if there is a node to run the browser's Python.

    Parameters
    ----------
    folder : Path
        Where the wheels are; they are written over.
    core : Path
        A folder with Pyodide.

    Returns
    -------
    str
        Why it was not done; empty if it was.
    """
    node = shutil.which("node")
    if node is None:
        return "there is no node"
    names = sorted(path.name for path in folder.glob("*.whl"))
    run = [node, "--input-type=module", "--eval", SCRIPT, "--", core.resolve(), Path(__file__).parent, folder, *names]
    done = subprocess.run(list(map(str, run)), capture_output=True, text=True, check=False)
    return done.stderr.strip().splitlines()[-1][:200] if done.returncode and done.stderr.strip() else ""


def compile_wheel(wheel: Path) -> None:
    """Compile every module of a wheel with the Python that runs this, and write the wheel anew.

    Parameters
    ----------
    wheel : Path
        A file; it is written over.
    """
    whole = io.BytesIO(wheel.read_bytes())
    keep = wheel.name.startswith(KEPT)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for member in old.infolist():
            data = old.read(member)
            code = _compile(member.filename, data, 0 if keep else 2) if member.filename.endswith(".py") else None
            if code is None or keep:
                _add(new, member.filename, data)
            if code is not None:
                _add(new, _place(member.filename, keep), code)


def _compile(name: str, source: bytes, optimize: int) -> bytes | None:
    """Give what Python would keep of a module, never to be checked against its source; None if it is no Python."""
    import marshal

    try:
        code = compile(source, name, "exec", dont_inherit=True, optimize=optimize)
    except (SyntaxError, ValueError):  # an example, a template
        return None
    unchecked = 0b01  # PEP 552
    hashed = importlib.util.source_hash(source)
    return importlib.util.MAGIC_NUMBER + unchecked.to_bytes(4, "little") + hashed + marshal.dumps(code)


def _place(name: str, keep: bool) -> str:
    """Name the compiled module: beside its source in a folder of Python's, or in its source's stead."""
    folder, _, file = name.rpartition("/")
    stem = file.removesuffix(".py")
    inside = f"__pycache__/{stem}.{sys.implementation.cache_tag}.pyc" if keep else f"{stem}.pyc"
    return f"{folder}/{inside}" if folder else inside


def _add(wheel: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Add a file under a date of its own, so that equal contents make equal wheels."""
    member = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
    member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    wheel.writestr(member, data)
