"""The tests inside Pyodide: ``python tests/pyodide/suite.py [--all] [PYTEST ARGUMENT ...]``.

Without ``--all`` a quick choice of them, see inside.py. What needs a machine is marked ``native``. Where Pyodide cannot
be had, one line says so; with METAKIT_REQUIRE_PYODIDE=1 that is a failure.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from prepare import FOLDER, NotRun, prepare

HERE = Path(__file__).resolve().parent
OLDEST_NODE = 20
NOT_RUN = "NOT RUN: the tests inside Pyodide"
AT_ONCE = 2
# So that `asyncio.run` waits, as it does elsewhere. Newer ones call it otherwise, or need to be told nothing.
STACK_SWITCHING = (
    ["--experimental-wasm-stack-switching", "--wasm-stack-switching-stack-size=8000"],
    ["--experimental-wasm-jspi"],
    [],
)


def node() -> list[str]:
    """Return how to call node; `NotRun` if there is none that can run Pyodide."""
    found = shutil.which("node")
    if not found:
        raise NotRun('there is no "node"; install Node.js and npm')
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        raise NotRun(f"node {version} is too old; {OLDEST_NODE} or newer is needed")
    can = "process.exit(typeof WebAssembly.Suspending === 'function' || 'Suspender' in WebAssembly ? 0 : 1)"
    for options in STACK_SWITCHING:
        if subprocess.run([found, *options, "-e", can], capture_output=True, check=False).returncode == 0:
            return [found, *options]
    raise NotRun(f"node {version} cannot switch stacks, which asyncio needs")


def main(arguments: list[str]) -> int:
    """Run the tests, a part of them in each of a few processes; return what to exit with."""
    try:
        command = [
            *node(),
            str(HERE / "run.mjs"),
            str(prepare(FOLDER)),
            str(HERE.parents[1]),
            "tests/pyodide/inside.py",
        ]
    except NotRun as reason:
        required = os.environ.get("METAKIT_REQUIRE_PYODIDE") == "1"
        print(f"{NOT_RUN} ({reason}){'; and METAKIT_REQUIRE_PYODIDE is set' if required else ''}", flush=True)
        return int(required)
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for i in range(AT_ONCE):
            output = open(Path(folder, str(i)), "w+", encoding="utf-8")
            part = [*command, f"--part={i + 1}/{AT_ONCE}", *arguments]
            parts.append((subprocess.Popen(part, stdout=output, stderr=subprocess.STDOUT), output))
        code = 0
        for process, output in parts:
            code = max(code, abs(process.wait()))
            output.seek(0)
            # When Pyodide itself breaks, node prints its whole source, in lines of a million characters.
            print("".join(f"{line[:300].rstrip()}\n" for line in output), end="", flush=True)
            output.close()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
