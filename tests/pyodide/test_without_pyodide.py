"""Where Pyodide cannot be had, or is not what it should be, one line says so, or it fails if that was asked for."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import prepare  # noqa: E402, a script beside this file

pytestmark = pytest.mark.native("starts a process")


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize(
    ("version", "says"),
    [(None, 'there is no "node"'), ("v18.20.4", "node v18.20.4 is too old; 20 or newer is needed")],
)
def test_a_machine_without_a_node_that_can_is_told_in_one_line(tmp_path, version, says, required):
    if version:
        (tmp_path / "node").write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / "node").chmod(0o755)
    env = {k: v for k, v in os.environ.items() if k != "METAKIT_REQUIRE_PYODIDE"} | {"PATH": str(tmp_path)}
    env |= {"METAKIT_REQUIRE_PYODIDE": "1"} if required else {}
    done = subprocess.run([sys.executable, HERE / "suite.py"], env=env, capture_output=True, text=True, check=False)
    [line] = done.stdout.splitlines() + done.stderr.splitlines()
    assert line.startswith(f"NOT RUN: the tests inside Pyodide ({says}")
    assert ("METAKIT_REQUIRE_PYODIDE is set" in line) == required
    assert (done.returncode != 0) == required


def test_a_machine_without_npm_is_told_what_could_not_be_had(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(prepare.NotRun, match='there is no "npm"'):
        prepare.prepare(tmp_path / "made")
    assert not (tmp_path / "made" / "made").exists()


def test_a_wheel_that_is_not_the_one_of_the_lock_is_refused(tmp_path, monkeypatch):
    def download(folder, *arguments):
        with zipfile.ZipFile(folder / "open_webui-0.whl", "w") as carrier:
            carrier.writestr("some/where/numpy.whl", b"another one")

    monkeypatch.setattr(prepare, "_pip", download)
    lock = {"numpy": {"file_name": "numpy.whl", "sha256": "0" * 64}}
    with pytest.raises(prepare.NotRun, match=r"numpy[.]whl is not what it should be: its SHA-256 is \w+, 0000"):
        prepare._compiled(tmp_path, lock)
    lock["numpy"]["file_name"] = "numpy-9.whl"
    with pytest.raises(prepare.NotRun, match=r"open-webui==.* has no numpy-9[.]whl"):
        prepare._compiled(tmp_path, lock)


def test_a_pure_wheel_has_its_hash_on_file():
    lines = [line for line in prepare.WHEELS.read_text().splitlines() if not line.startswith("#")]
    assert len(lines) > 20
    for line in lines:
        name, _, digest = line.partition(" --hash=sha256:")
        assert "==" in name
        assert len(digest) == 64
