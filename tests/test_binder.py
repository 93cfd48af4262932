"""The Binder environment: exact pins that fit the package, and only files that repo2docker reads."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from patience import LONGEST_S

pytestmark = pytest.mark.native("starts a process")

ROOT = Path(__file__).parents[1]
BINDER = ROOT / "binder"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
READ_BY_REPO2DOCKER = {
    "Dockerfile", "Project.toml", "Manifest.toml", "DESCRIPTION", "Pipfile", "Pipfile.lock", "apt.txt", "default.nix",
    "environment.yml", "install.R", "postBuild", "requirements.txt", "runtime.txt", "setup.py", "start",
}  # fmt: skip


def pins() -> dict[str, Requirement]:
    lines = (BINDER / "requirements.txt").read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in found}


def test_every_pin_is_one_exact_version():
    for pin in pins().values():
        assert re.fullmatch(r"==[\w.]+", str(pin.specifier)), f"{pin} is not pinned to one version"


@pytest.mark.parametrize("wanted", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["lab"])
def test_the_pins_satisfy_what_the_package_asks_for(wanted):
    requirement = Requirement(wanted)
    pin = pins().get(canonicalize_name(requirement.name))
    assert pin, f"{requirement.name} is not pinned in binder/requirements.txt"
    version = str(pin.specifier).removeprefix("==")
    assert version in requirement.specifier, f"{pin} does not satisfy {wanted}"


def test_repo2docker_reads_every_file_in_the_folder():
    assert {file.name for file in BINDER.iterdir()} <= READ_BY_REPO2DOCKER


def test_the_python_version_is_written_as_repo2docker_wants_it_and_new_enough():
    text = (BINDER / "runtime.txt").read_text(encoding="utf-8")
    version = re.fullmatch(r"python-(3\.\d+)\n", text)
    assert version, f"{text!r} should be exactly python-3.N"
    assert version[1] in Requirement(f"python{PROJECT['requires-python']}").specifier


def test_post_build_can_be_executed_and_stops_at_the_first_failure():
    script = BINDER / "postBuild"
    assert os.access(script, os.X_OK)
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("#!")
    assert lines[1] == "set -e"


def test_repo2docker_makes_a_dockerfile_that_installs_the_pins_and_runs_post_build():
    command = ["--no-build", "--debug", "--user-name", "jovyan", "--user-id", "1000", "."]
    made = subprocess.run(
        [sys.executable, "-m", "repo2docker", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    dockerfile = made.stdout + made.stderr
    assert made.returncode == 0, dockerfile
    assert re.search(r'pip install .*-r "?binder/requirements.txt', dockerfile)
    assert "RUN ./binder/postBuild" in dockerfile
    assert "python=3.12" in dockerfile
