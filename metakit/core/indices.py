"""Whole numbers that count or point to places in arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def as_index(numbers: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
    """Give whole numbers as numpy takes them for places and repeats: in the browser they have 32 bits.

    `bincount`, `repeat`, `take` and `reduceat` refuse wider ones there, and all that is drawn, or kept in a state, has
    64 bits everywhere.
    """
    return numbers.astype(np.intp, copy=False)
