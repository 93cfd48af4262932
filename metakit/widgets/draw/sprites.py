"""What is stamped into tissue pictures, each made once: cells, rings and boxes with words; the mottle of the stroma."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image

from metakit.core.arrays import FloatArray, IndexArray
from metakit.widgets.draw import labels, style
from metakit.widgets.draw.palette import Pixels, eighths, nearest, rgb

MOTTLE = 0.45  # how much paler the palest untouched stroma is


def square(radius: int) -> tuple[FloatArray, FloatArray]:
    """Give row and column of every pixel in a square of 2 radius + 1 pixels, from its center."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(np.float32)
    return y, x


def cell_sprite(
    fill: str, depth: FloatArray, rim: float, stride: int
) -> tuple[IndexArray, Pixels, IndexArray, IndexArray]:
    """Split a cell into solid pixels and soft ones.

    Parameters
    ----------
    fill : str
        Its color.
    depth : float array, shape (2 r + 1, 2 r + 1)
        How far inside the shape a pixel's center is, px.
    rim : float
        Width of its dark rim, px.
    stride : int
        Pixels in a row of the canvas it is stamped on.

    Returns
    -------
    solid, color : int array, shape (n_solid,)
        Offsets into the flat canvas, and palette indices.
    soft, opacity : int array, shape (n_soft,)
        Offsets, and opacities of the rim as `palette.eighths` gives them.
    """
    cover = np.clip(depth + 0.5, 0, 1).ravel()
    inner = np.clip(depth - rim + 0.5, 0, 1).reshape(-1, 1)
    color = nearest(rgb(fill) * inner + rgb(style.dark(fill)) * (1 - inner))
    y, x = square(len(depth) // 2)
    offset = (y * stride + x).astype(np.intp).ravel()
    solid, soft = cover > 0.7, (cover > 0.12) & (cover <= 0.7)
    return offset[solid], color[solid], offset[soft], eighths(cover[soft])


def ring_sprite(radius: float, width: float, gap: float = 0.0, dashes: int = 0) -> tuple[IndexArray, IndexArray]:
    """Draw a pale halo and a ring with a dot.

    Parameters
    ----------
    radius, width : float
        Of the ring, px.
    gap : float
        Half the angle of a gap on its right, radians.
    dashes : int
        In how many dashes it is broken, two thirds of it drawn; 0 for a whole one.

    Returns
    -------
    halo, ring : int array, shape (2 r + 1, 2 r + 1)
        Opacities as `palette.eighths` gives them.
    """
    y, x = square(int(radius + width) + 2)
    r, angle = np.hypot(y, x), np.abs(np.arctan2(y, x))
    ring = np.maximum(np.abs(r - radius) - width / 2, (gap - angle) * r if gap else -r)
    if dashes:
        off = np.abs((angle * dashes / (2 * np.pi) + 0.5) % 1 - 0.5) - 1 / 3  # from the end of a dash, in dashes
        ring = np.maximum(ring, off * 2 * np.pi / dashes * r)
    outside = np.minimum(ring, r - 0.36 * radius)
    return eighths(0.8 * np.clip(1.7 - outside, 0, 1)), eighths(0.5 - outside)


@lru_cache(maxsize=64)
def box_sprite(words: str, sharp: float, bar: float = 0.0, room: float = 540.0) -> tuple[IndexArray, IndexArray]:
    """Draw a quiet box with words in it.

    Parameters
    ----------
    words : str
        What is written.
    sharp, bar, room : float
        As for `labels.box`, where `sharp` is the scale.

    Returns
    -------
    paper, ink : int array, shape (rows, columns)
        Opacities as `palette.eighths` gives them.
    """
    paper, ink = (np.asarray(mask, np.float32) / 255 for mask in labels.box(words, sharp, bar, room))
    return eighths(paper), eighths(ink)


@lru_cache(maxsize=4)
def mottle(rows: int, columns: int) -> FloatArray:
    """Draw the fixed faint unevenness of the stroma.

    Parameters
    ----------
    rows, columns : int
        Of the grid.

    Returns
    -------
    float array, shape (rows, columns)
        Below 1.
    """
    rng = np.random.Generator(np.random.PCG64(7))
    cloud = np.zeros((rows, columns), np.float32)
    for points, weight in ((20, 1.0), (10, 0.7), (5, 0.4)):
        coarse = Image.fromarray(rng.random((rows // points + 2, columns // points + 2), np.float32))
        cloud += np.float32(weight) * np.asarray(coarse.resize((columns, rows), Image.Resampling.BICUBIC))
    return np.asarray(0.97 - MOTTLE * (cloud - cloud.min()) / np.ptp(cloud), np.float32)
