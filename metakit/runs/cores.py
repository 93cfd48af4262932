"""How many processes this one may start: what the machine has, and what whoever runs it allows."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_GROUP = Path("/proc/self/cgroup")


def most_workers(*, asked: bool = False) -> int:
    """Return how many worker processes may be started.

    Parameters
    ----------
    asked : bool
        Whether somebody asked for a number of workers: then the cores do not matter, only what an administrator allows
        with the environment variable ``METAKIT_WORKERS``.

    Raises
    ------
    ValueError
        If ``METAKIT_WORKERS`` is not a number of processes.
    """
    said = os.environ.get("METAKIT_WORKERS", "").strip()
    if said and not (said.isdecimal() and int(said)):
        raise ValueError(f"METAKIT_WORKERS = {said!r} is not a number of processes; 1 or more is")
    limits = [int(said)] if said else []
    return min([*limits, math.inf if asked else cores()])  # type: ignore[return-value]


def cores() -> int:
    """Return how many cores this process may use: those it sees, and no more than a container or a hub gives it."""
    n = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([n, *(math.ceil(limit) for limit in (*_of_hub(), *_of_groups()))]))


def _of_hub() -> Iterator[float]:
    """JupyterHub says to a server how many cores it may use."""
    try:
        yield float(os.environ["CPU_LIMIT"])
    except (KeyError, ValueError):
        return  # no hub, or one without a limit


def _of_groups() -> Iterator[float]:
    """Limits of the control groups this process is in, of both versions; none where there are none."""
    try:
        groups = [line.split(":", 2) for line in OWN_GROUP.read_text().splitlines()]
    except OSError:  # not Linux
        return
    for _, controllers, path in groups:
        if not controllers or "cpu" in controllers.split(","):
            top = CGROUPS / "cpu" if controllers else CGROUPS
            own = top / path.lstrip("/")
            for folder in (own, *own.parents):  # a group has no more than those it is in; a container sees its own only
                if folder.is_relative_to(top):
                    yield from _quota(folder)


def _quota(folder: Path) -> Iterator[float]:
    for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
        try:
            quota, period = " ".join((folder / name).read_text() for name in names).split()
            limit = int(quota) / int(period)
        except (OSError, ValueError, ZeroDivisionError):  # no such file, or "max"
            continue
        if limit > 0:  # -1: none
            yield limit
