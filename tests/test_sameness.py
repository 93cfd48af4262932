"""The same seed gives the same run: in every process, under every Python and numpy, on other processors.

What is promised is in README. Digests of runs of every stage are on file, see `digests`; a stage that has none yet is
compared between two processes.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from digests import on_file
from patience import LONGEST_S

import metakit

SCRIPT = Path(__file__).with_name("digests.py")
ROOT = SCRIPT.parents[1]
# Read by OpenBLAS and glibc on x86-64: sums and functions as a processor without AVX and FMA makes them.
OLD_PROCESSOR = {"OPENBLAS_CORETYPE": "Prescott", "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F"}
NAMED = os.environ.get("METAKIT_PYTHONS", "").split()
ON_PATH = [f"python3.{minor}" for minor in range(11, 30) if minor != sys.version_info.minor]


def _digests(python=sys.executable, **environment):
    """What `digests` prints under a Python."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(
        [python, SCRIPT], capture_output=True, text=True, env=environment, timeout=LONGEST_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _differ(found, kept):
    """The runs, by stage and settings, whose digests are others than those on file."""
    return [
        (what, name, run["settings"])
        for name in kept
        for run, now in zip(kept[name], found["runs"][name], strict=True)
        for what, key in (("counts", found["family"]), ("bits", found["arithmetic"]))
        if key in run[what] and run[what][key] != now[what]
    ]


def _can_run(python):
    found = shutil.which(python)
    return found and subprocess.run([found, "-c", "import numpy"], capture_output=True, check=False).returncode == 0


@pytest.mark.native("starts processes")
def test_two_processes_agree_in_every_bit_and_with_what_is_on_file():
    one, other = (_digests(PYTHONHASHSEED=seed) for seed in ("1", "2"))
    assert set(one["runs"]) == set(metakit.stages())
    assert one == other
    assert _differ(one, on_file()) == []


@pytest.mark.native("starts processes")
def test_counts_are_the_same_where_sums_are_rounded_as_on_an_old_processor():
    assert _differ(_digests(**OLD_PROCESSOR), on_file()) == []


@pytest.mark.native("starts processes")
def test_other_pythons_agree_with_what_is_on_file():
    pythons = NAMED or [python for python in ON_PATH if _can_run(python)]
    if not pythons:
        pytest.skip("not compared: no other Python with numpy on the PATH; METAKIT_PYTHONS='python3.13 ...' names some")
    for python in pythons:
        assert (python, _differ(_digests(python), on_file())) == (python, [])


def test_the_digests_on_file_cover_both_kinds_and_a_change_of_either_shows():
    kept = on_file()
    runs = [run for some in kept.values() for run in some]
    assert all(run["counts"] and run["bits"] for run in runs)
    found = {"family": "numpy 2.0", "arithmetic": "one", "runs": {"a": [{"counts": "1", "bits": "2"}]}}
    same = {"settings": {}, "counts": {"numpy 2.0": "1"}, "bits": {"one": "2"}}
    assert _differ(found, {"a": [same]}) == []
    assert _differ(found, {"a": [same | {"counts": {"numpy 2.0": "0"}}]}) == [("counts", "a", {})]
    assert _differ(found, {"a": [same | {"bits": {"one": "0"}}]}) == [("bits", "a", {})]
    assert _differ(found, {"a": [same | {"bits": {"another processor": "0"}}]}) == []
