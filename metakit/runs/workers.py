"""Runs on workers: tasks in, outcomes out as they come, on any `concurrent.futures.Executor` or in this process.

A worker gets a few tasks at once, so that short runs do not take longer to send than to make. After `CHUNK_S` it gives
back what is done, and the rest is sent again one by one, so that long runs spread evenly over the workers.

joblib (1.6) would not do: over a caller's executor it gives up the whole call when one worker is lost, so that all
other runs are made again; and it kills at Ctrl-C, where ours stop at the next frame.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from metakit.core.params import is_whole
from metakit.runs.cores import most_workers
from metakit.runs.processes import has_processes, script_unread, start_pool
from metakit.runs.tasks import Key, Outcome, Task, frames, work

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

MOST_AT_ONCE, CHUNKS = 32, 16
HERE_S = 0.5  # what this process has done by then needs no others: starting them takes as long
MAX_WORKERS = 8  # unless more are asked for: each takes some 80 MB, and a shared machine lends few of its cores
SLICE_S = 0.2  # of work in this process before others get their turn
RETRIES = 2  # new processes for what is left when a process has died

Take = Callable[[Outcome], None]
Lost = list[tuple[Task, str]]
T = TypeVar("T")
Slices = Generator[bool, None, T]  # whether the caller may as well rest before it goes on


def in_slices(
    tasks: Sequence[Task], take: Take, executor: Executor | None, workers: int | None, wait_s: float
) -> Slices[dict[Key, str]]:
    """Run tasks a slice at a time, giving each outcome to `take` as it comes.

    To close the generator is to stop, as a KeyboardInterrupt does: what was done by then has been taken, and nothing
    is left running in processes of our own.

    Parameters
    ----------
    tasks : sequence of Task
        What to run.
    take : callable
        Called with each `Outcome`, in this process.
    executor : Executor or None
        Where to run; None: this machine.
    workers : int or None
        Processes of this machine; None: as many as there are cores, unless it is done in half a second anyway.
    wait_s : float
        How long a slice waits for workers.

    Yields
    ------
    bool
        False after `SLICE_S` of work in this process; True when others are at work, and the caller may rest.

    Returns
    -------
    dict of (str, int) to str
        Why, for tasks whose workers were lost.
    """
    lost: Lost = []
    if executor is not None:
        lost = yield from _spread(tasks, executor.submit, take, wait_s)
    else:
        n = min(workers or MAX_WORKERS, most_workers(asked=workers is not None), len(tasks)) if has_processes() else 1
        rest = tasks if workers or n == 1 else (yield from _here(tasks, take, HERE_S))
        if n > 1:
            lost = yield from _on_processes(rest, take, n, wait_s)
        else:
            yield from _here(rest, take)
    return {task.key: why for task, why in lost}


def check_place(executor: object, workers: object) -> None:
    """Check that this says where to run.

    Parameters
    ----------
    executor : Executor or None
        A pool of workers.
    workers : int or None
        How many processes of this machine, 1 or more.

    Raises
    ------
    ValueError
        If one of them is something else, or both are given.
    """
    if executor is not None and not isinstance(executor, Executor):
        hint = "; its get_executor() gives one" if hasattr(executor, "get_executor") else ""
        raise ValueError(f"executor = {executor!r:.80} is not a concurrent.futures.Executor{hint}")
    if workers is not None and (not is_whole(workers) or workers < 1):
        raise ValueError(f"workers = {workers!r} is not a number of processes; 1 or more is")
    if executor is not None and workers is not None:
        raise ValueError("executor and workers are both given; an executor has workers of its own")


def _here(tasks: Sequence[Task], take: Take, patience_s: float = math.inf) -> Slices[Sequence[Task]]:
    """Run tasks in this process, one after the other; return those not done when the patience is over."""
    ends = time.monotonic() + patience_s
    turn = time.monotonic() + SLICE_S
    for i, task in enumerate(tasks):
        run = frames(task)
        while True:
            try:
                next(run)
            except StopIteration as end:
                take(end.value)
                break
            if time.monotonic() > ends:
                return tasks[i:]
            if time.monotonic() > turn:
                yield False
                turn = time.monotonic() + SLICE_S
    return []


def _on_processes(tasks: Sequence[Task], take: Take, workers: int, wait_s: float) -> Slices[Lost]:
    lost: Lost = []
    for _ in range(1 + RETRIES):
        if not tasks:
            break
        pool, flag = start_pool(min(workers, len(tasks)))

        def submit(*call: Any, pool: ProcessPoolExecutor = pool) -> Future[Any]:
            with script_unread():
                return pool.submit(*call)

        def stop(pool: ProcessPoolExecutor = pool, flag: Any = flag) -> None:
            flag.value = 1
            pool.shutdown(cancel_futures=True)

        try:
            lost = yield from _spread(tasks, submit, take, wait_s, stop)
        finally:
            pool.shutdown(cancel_futures=True)
        tasks = [task for task, _ in lost]
    return lost


def _spread(
    tasks: Sequence[Task], submit: Callable[..., Future[Any]], take: Take, wait_s: float,
    stop: Callable[[], None] = lambda: None,
) -> Slices[Lost]:  # fmt: skip
    """Run tasks through an executor's `submit`; a chunk whose worker was lost is sent once more, run by run."""
    waiting: dict[Future[Any], tuple[Sequence[Task], int]] = {}
    done: SimpleQueue[Future[Any]] = SimpleQueue()
    lost: Lost = []

    def send(chunk: Sequence[Task], attempt: int) -> None:
        try:
            # Dask takes two calls with equal arguments for one: hence the ticket.
            future = submit(work, chunk, time.monotonic_ns())
        except Exception as error:  # broken, shut down, closed: each executor has errors of its own
            lost.extend((task, _why(error)) for task in chunk)
            return
        waiting[future] = chunk, attempt
        future.add_done_callback(done.put)

    size = max(1, min(MOST_AT_ONCE, math.ceil(len(tasks) / CHUNKS)))
    try:
        for i in range(0, len(tasks), size):
            send(tasks[i : i + size], 0)
        while waiting:
            try:
                future = done.get(timeout=wait_s)
            except Empty:
                yield True  # and Windows, which hears no Ctrl-C while it waits, now does
                continue
            chunk, attempt = waiting[future]
            try:
                outcomes = future.result()
            except Exception as error:  # BrokenProcessPool, KilledWorker, CancelledError: the worker is gone
                if attempt:
                    lost += [(task, _why(error)) for task in chunk]
                outcomes, attempt = [], attempt + 1
                again = chunk if attempt == 1 else []
            else:
                again = chunk[len(outcomes) :]
            for outcome in outcomes:
                take(outcome)
            del waiting[future]
            for task in again:
                send([task], attempt)
    except BaseException:
        for future in waiting:
            future.cancel()
        stop()
        for future in waiting:
            if future.done() and not future.cancelled() and future.exception() is None:
                for outcome in future.result():
                    take(outcome)
        raise
    return lost


def _why(error: Exception) -> str:
    first_line = str(error).strip().partition("\n")[0]
    return f"its worker was lost ({type(error).__name__}{': ' if first_line else ''}{first_line})"
