"""Arrays: types, each name for one dtype everywhere; places in them; and how the kit's own arithmetic overflows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]  # of whatever dtype the operation gives
BoolArray = NDArray[np.bool_]
Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]
Float32Array = NDArray[np.float32]
Float64Array = NDArray[np.float64]
FloatArray = NDArray[np.floating[Any]]  # of either precision
IndexArray = NDArray[Any]  # whole numbers, of whatever size numpy indexes with

# A decorator for our own arithmetic, whatever `numpy.seterr` says outside of it. What is too small to write is zero:
# enzyme far from every cell, the odds that a large colony dies out.
own_floats = np.errstate(all="warn", under="ignore")


def as_index(numbers: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
    """Give whole numbers as numpy takes them for places and repeats: in the browser they have 32 bits.

    `bincount`, `repeat`, `take` and `reduceat` refuse wider ones there, and all that is drawn, or kept in a state, has
    64 bits everywhere.
    """
    return numbers.astype(np.intp, copy=False)
