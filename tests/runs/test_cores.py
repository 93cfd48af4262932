import os

import pytest

from metakit.runs import cores, workers
from metakit.runs.stage import stage
from metakit.runs.tasks import Task


@pytest.fixture(autouse=True)
def eight(monkeypatch, tmp_path):
    """A machine of eight cores without limits."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    for name in ("METAKIT_WORKERS", "CPU_LIMIT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cores, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(cores, "OWN_GROUP", tmp_path / "own")
    return tmp_path


def write(folder, groups, **files):
    (folder / "own").write_text(groups)
    for name, text in files.items():
        path = folder / "cgroup" / name.replace("__", "/").replace("_MAX", "cpu.max")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_without_limits_all_cores_are_used():
    assert cores.cores() == cores.most_workers() == 8


@pytest.mark.parametrize(
    ("limit", "n"), [("2.0", 2), ("0.5", 1), ("2.5", 3), ("64", 8), ("", 8), ("many", 8), ("0", 1)]
)
def test_a_hub_says_how_many_cores_there_are(limit, n, monkeypatch):
    monkeypatch.setenv("CPU_LIMIT", limit)
    assert cores.cores() == n


def test_whoever_runs_the_machine_caps_workers_also_those_that_are_asked_for(monkeypatch):
    monkeypatch.setenv("METAKIT_WORKERS", "3")
    assert cores.most_workers() == cores.most_workers(asked=True) == 3
    monkeypatch.setenv("METAKIT_WORKERS", "30")
    assert cores.most_workers() == 8
    assert cores.most_workers(asked=True) == 30


@pytest.mark.parametrize("wrong", ["0", "two", "-1", "1.5"])
def test_a_cap_that_is_none_is_refused(wrong, monkeypatch):
    monkeypatch.setenv("METAKIT_WORKERS", wrong)
    with pytest.raises(ValueError, match=f"METAKIT_WORKERS = '{wrong}' is not a number of processes"):
        cores.most_workers()


def test_a_container_of_version_2_has_its_limit_at_the_top(eight):
    write(eight, "0::/\n", _MAX="150000 100000\n")
    assert cores.cores() == 2


def test_of_nested_groups_of_version_2_the_tightest_counts(eight):
    slices = {"user.slice___MAX": "max 100000\n", "user.slice__user-1.slice___MAX": "300000 100000\n"}
    write(eight, "0::/user.slice/user-1.slice/app.scope\n", **slices)
    assert cores.cores() == 3


@pytest.mark.parametrize(("quota", "n"), [("400000", 4), ("-1", 8)])
def test_groups_of_version_1(quota, n, eight):
    files = {"cpu__docker__abc__cpu.cfs_quota_us": f"{quota}\n", "cpu__docker__abc__cpu.cfs_period_us": "100000\n"}
    write(eight, "12:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n", **files)
    assert cores.cores() == n


def test_a_container_of_version_1_sees_its_own_group_at_the_top(eight):
    files = {"cpu__cpu.cfs_quota_us": "200000\n", "cpu__cpu.cfs_period_us": "100000\n"}
    write(eight, "4:cpu,cpuacct:/docker/abc\n", **files)
    assert cores.cores() == 2


def test_an_ensemble_starts_no_more_processes_than_it_may(monkeypatch):
    monkeypatch.setenv("METAKIT_WORKERS", "1")
    monkeypatch.setattr(workers, "start_pool", lambda n: pytest.fail("a process was started"))
    tasks = [Task("growth", "a", seed, stage("growth").params.make(), 0.0, None, None) for seed in (0, 1)]
    found = []
    list(workers.in_slices(tasks, found.append, None, 4, 0.5))
    assert len(found) == 2
