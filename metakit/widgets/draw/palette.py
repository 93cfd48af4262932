"""The 256 colors of tissue pictures, and what becomes of them under ink.

A palette image cannot hold mixed colors, so soft edges go through tables: for an ink, an opacity in eighths and the
palette index below, a table names the palette index nearest to the mixture.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from metakit.core.arrays import FloatArray, IndexArray
from metakit.widgets.draw import style

Pixels = NDArray[np.uint8]

ECM_LEVELS, MMP_LEVELS = 16, 11


def rgb(color: str) -> FloatArray:
    """Read red, green and blue of ``#RRGGBB``, shape (3,)."""
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.float32)


@lru_cache(maxsize=1)
def palette() -> Pixels:
    """Return the colors of all tissue pictures, shape (256, 3): fields first, then inks and their soft edges."""

    def mixes(ink: str, grounds: Iterable[FloatArray], shares: Iterable[float]) -> list[FloatArray]:
        return [rgb(ink) * s + g * (1 - s) for g in grounds for s in shares]

    density = np.linspace(0, 1, ECM_LEVELS)[:, None, None]
    haze = np.linspace(0, style.MMP_MOST, MMP_LEVELS)[None, :, None]
    matrix = rgb(style.ECM_THIN) * (1 - density) + rgb(style.ECM_DENSE) * density
    fields = (matrix * (1 - haze) + rgb(style.MMP) * haze).reshape(-1, 3)
    grounds = fields[MMP_LEVELS * 12 + 1], fields[MMP_LEVELS * 4 + 6]  # sand, and paler with some haze
    extra = mixes(style.INK, [rgb(style.PAPER)], np.arange(8) / 7) + mixes(style.PAPER, grounds, (0.4, 0.85))
    for fill in (style.EPITHELIAL, style.MESENCHYMAL):
        extra += mixes(fill, [rgb(style.dark(fill))], (0, 0.35, 0.7, 1))
        extra += mixes(style.dark(fill), grounds, (0.3, 0.65))
    for ink in (style.LAMINA, style.VESSEL, style.LYMPH):
        extra += [rgb(ink), *mixes(ink, grounds, (0.2, 0.4, 0.6, 0.8))]
    colors = np.vstack([fields, extra])
    return np.round(np.vstack([colors, np.repeat(colors[:1], 256 - len(colors), axis=0)])).astype(np.uint8)


def nearest(colors: FloatArray) -> Pixels:
    """Find the palette indices nearest to colors of shape (..., 3)."""
    apart = (np.asarray(colors, np.float32)[..., None, :] - palette()) ** 2
    return np.asarray((apart @ np.array([2, 4, 3], np.float32)).argmin(-1), np.uint8)


@lru_cache(maxsize=16)
def over(ink: str) -> Pixels:
    """Find the palette index of an ink at 0, 1/8, ... 8/8 opacity over each palette entry, flat, shape (9 * 256,)."""
    share = (np.arange(9) / 8)[:, None, None]
    table = nearest(rgb(ink) * share + palette() * (1 - share))
    table[0] = np.arange(256)
    return table.ravel()


def eighths(opacity: FloatArray) -> IndexArray:
    """Turn opacities 0 to 1 into offsets into a table made by `over`."""
    return np.round(np.clip(opacity, 0, 1) * 8).astype(np.intp) * 256
