"""Tasks: one run each, in a form that goes to a worker, and what came of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from metakit.core.handoff import Handoff
from metakit.core.params import Params
from metakit.runs.stage import stage

CHUNK_S = 0.5  # of work before a worker gives back what is done

Key = tuple[str, int]


@dataclass(frozen=True, eq=False, slots=True)
class Task:
    """One run, in a form that can be sent to another machine."""

    stage: str
    setting: str
    seed: int
    params: Params
    time_s: float
    until: str | None
    inflow: Handoff | None

    @property
    def key(self) -> Key:
        """What tells the runs of an ensemble apart."""
        return self.setting, self.seed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: the measures of its last frame, or why there are none."""

    key: Key
    row: dict[str, float] | None
    why: str = ""


def frames(task: Task) -> Generator[None, None, Outcome]:
    """Make one run, frame by frame. An error in it becomes words.

    Parameters
    ----------
    task : Task
        What to run.

    Yields
    ------
    None
        Before each frame.

    Returns
    -------
    Outcome
        What became of the run.
    """
    try:
        model = stage(task.stage)
        state = model.first(task.params, task.seed, task.inflow)
        for _ in range(math.ceil((task.time_s - state.time_s) / model.frame_s - 1e-9)):
            if task.until and not math.isnan(model.measure(state)[task.until]):
                break
            yield
            state = model.next(state, task.params)
        return Outcome(task.key, dict(model.measure(state)))
    except Exception as error:
        where = f"{task.stage}, seed {task.seed}, setting {task.setting!r}"
        return Outcome(task.key, None, f"{where}: {type(error).__name__}: {error}")


def one(task: Task, stopped: Callable[[], bool]) -> Outcome | None:
    """Make one run.

    Parameters
    ----------
    task : Task
        What to run.
    stopped : callable
        Asked before each frame whether to stop.

    Returns
    -------
    Outcome or None
        None if it was stopped before its end.
    """
    run = frames(task)
    while True:
        try:
            next(run)
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome
        if stopped():
            return None


def work(tasks: Sequence[Task], ticket: int) -> list[Outcome]:
    """Run tasks on a worker until they or the time for them are over; at least one, unless told to stop.

    Parameters
    ----------
    tasks : sequence of Task
        What to run.
    ticket : int
        Tells two calls with equal tasks apart.

    Returns
    -------
    list of Outcome
        Of the first tasks; the others have not been run.
    """
    ends, outcomes = time.monotonic() + CHUNK_S, []
    for task in tasks:
        outcome = one(task, _is_stopped)
        if outcome is None:
            break
        outcomes.append(outcome)
        if time.monotonic() > ends:
            break
    return outcomes


_flag: Any = None  # in a process of our own: a byte of memory shared with the one that started it


def _is_stopped() -> bool:
    return _flag is not None and bool(_flag.value)


def start_worker(flag: Any) -> None:
    """Ignore Ctrl-C, which reaches every process of a terminal: ours are stopped by the one that keeps what is done."""
    import signal

    global _flag
    _flag = flag
    signal.signal(signal.SIGINT, signal.SIG_IGN)
