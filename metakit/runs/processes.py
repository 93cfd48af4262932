"""Processes of our own: started when there is enough to do, told to stop at the next frame, never killed at work."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from metakit.runs.tasks import start_worker

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor


def has_processes() -> bool:
    """Say whether this process may start others: the browser cannot, and a daemon is not allowed to."""
    try:
        import multiprocessing.synchronize  # missing in the browser, and where there is no shared memory
    except ImportError:
        return False
    return sys.platform != "emscripten" and not multiprocessing.current_process().daemon


def start_pool(workers: int) -> tuple[ProcessPoolExecutor, Any]:
    """Start processes that can be told to stop at the next frame, so that none has to be killed at its work."""
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang; Jupyter has threads
    flag = context.RawValue("b", 0)  # without a lock: a process that is killed could not give it back
    return ProcessPoolExecutor(workers, mp_context=context, initializer=start_worker, initargs=(flag,)), flag


@contextmanager
def script_unread() -> Iterator[None]:
    """Hide the script: new processes would read it from the top and start it all again, and ours need nothing of it."""
    main = sys.modules["__main__"]
    if getattr(main, "__file__", None) is not None:  # not in a notebook, which has none
        sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
