"""Without a Chromium the browser tests say in one line that they did not run, or fail if that was asked for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
WORDS = "browser tests NOT RUN: no Chromium found; install it with: apt-get install chromium"


@pytest.mark.parametrize("required", [False, True])
def test_a_machine_without_chromium_is_told_in_one_line(tmp_path, required):
    env = {k: v for k, v in os.environ.items() if k != "METAKIT_REQUIRE_BROWSER"} | {"PATH": str(tmp_path)}
    env |= {"METAKIT_REQUIRE_BROWSER": "1"} if required else {}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(HERE / "test_several_views.py")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, cwd=HERE.parents[1])
    said = [line for line in done.stdout.splitlines() + done.stderr.splitlines() if WORDS in line]
    assert len(said) == 1, done.stdout + done.stderr
    assert (done.returncode != 0) == required
