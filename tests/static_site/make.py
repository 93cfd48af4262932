"""Build the site that the tests of this folder open: ``python tests/static_site/make.py [LESSON ...]``.

It is built as users do, with Pyodide from npm, see ../pyodide/prepare.py. Where that cannot be had, one line says so;
with METAKIT_REQUIRE_PYODIDE=1 that is a failure.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "pyodide"))

from prepare import NotRun, prepare  # noqa: E402

FOLDER = HERE.parents[1] / ".site"
NOT_RUN = "NOT RUN: the tests of the static site"


def main(lessons: list[str]) -> int:
    """Build; return what to exit with."""
    try:
        pyodide = prepare() / "core"
    except NotRun as reason:
        required = os.environ.get("METAKIT_REQUIRE_PYODIDE") == "1"
        print(f"{NOT_RUN} ({reason}){'; and METAKIT_REQUIRE_PYODIDE is set' if required else ''}", flush=True)
        return int(required)
    began = time.perf_counter()
    chosen = ["--lessons", *lessons] if lessons else []
    command = [sys.executable, "-m", "metakit", "site", FOLDER, "--pyodide", pyodide, *chosen]
    done = subprocess.run([str(part) for part in command], check=False)
    print(f"built in {time.perf_counter() - began:.0f} s", flush=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
