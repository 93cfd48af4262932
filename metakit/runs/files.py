"""Files that are written whole or not at all, and read without trust."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

MOST_NESTED = 200  # brackets in brackets; what we write has fewer than ten

# Files that are older are refused: the same name would give another run.
CHANGED_IN_2 = (
    "since version 1 rates are per day (mmp_secretion, stroma_mmp, mmp_decay, membrane_mmp and ecm_degradation were "
    "per 11.1 h), the growth deceleration of treatment is 0.00286 (was 2.86) and its strength a share from 0 to 1 (was "
    "percent); make the run again with metakit.run or metakit.ensemble"
)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to, and move it there when all is written.

    A full disk must not cost the file that was there before.
    """
    path = path.resolve()  # a link stays one
    part = path.with_name(path.name + ".part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_json(text: str | bytes) -> Any:
    """Parse JSON out of a file.

    Raises
    ------
    ValueError
        If it is no JSON, or nested so deep that it has run out of stack, which in a browser ends the kernel.
    """
    raw = text if isinstance(text, bytes) else text.encode(errors="replace")
    codes = np.frombuffer(raw, np.uint8)
    deep = np.cumsum(np.isin(codes, list(b"[{")).astype(np.int8) - np.isin(codes, list(b"]}")), dtype=np.int64)
    if len(deep) and deep.max() > MOST_NESTED:
        raise ValueError(f"more than {MOST_NESTED} brackets are open at once")
    return json.loads(text)
