"""What is stamped into tissue pictures, each made once: cells, rings and boxes with words; the mottle of the stroma."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image

from metakit.widgets.draw import labels, style
from metakit.widgets.draw.palette import Floats, Index, Pixels, eighths, nearest, rgb

MOTTLE = 0.45  # how much paler the palest untouched stroma is


def square(radius: int) -> tuple[Floats, Floats]:
    """Row and column of every pixel in a square of 2 radius + 1 pixels, from its center."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(np.float32)
    return y, x


def cell_sprite(fill: str, depth: Floats, rim: float, stride: int) -> tuple[Index, Pixels, Index, Index]:
    """Split a cell into solid pixels (offset, palette index) and soft ones (offset, opacity of the rim in eighths).

    `depth` is how far inside the shape a pixel's center is, in pixels, shape (2 r + 1, 2 r + 1).
    """
    cover = np.clip(depth + 0.5, 0, 1).ravel()
    inner = np.clip(depth - rim + 0.5, 0, 1).reshape(-1, 1)
    color = nearest(rgb(fill) * inner + rgb(style.dark(fill)) * (1 - inner))
    y, x = square(len(depth) // 2)
    offset = (y * stride + x).astype(np.intp).ravel()
    solid, soft = cover > 0.7, (cover > 0.12) & (cover <= 0.7)
    return offset[solid], color[solid], offset[soft], eighths(cover[soft])


def ring_sprite(radius: float, width: float, gap: float = 0.0, dashes: int = 0) -> tuple[Index, Index]:
    """Opacities of a pale halo and of a ring with a dot; the gap, on the right, is half its angle in radians.

    Of a ring of dashes, two thirds are drawn.
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
def box_sprite(words: str, sharp: float, bar: float = 0.0, room: float = 540.0) -> tuple[Index, Index]:
    """Opacities of a quiet box and of what is written in it (`labels.box`)."""
    paper, ink = (np.asarray(mask, np.float32) / 255 for mask in labels.box(words, sharp, bar, room))
    return eighths(paper), eighths(ink)


@lru_cache(maxsize=4)
def mottle(rows: int, columns: int) -> Floats:
    """Fixed faint unevenness of the stroma, below 1, shape (rows, columns)."""
    rng = np.random.Generator(np.random.PCG64(7))
    cloud = np.zeros((rows, columns), np.float32)
    for points, weight in ((20, 1.0), (10, 0.7), (5, 0.4)):
        coarse = Image.fromarray(rng.random((rows // points + 2, columns // points + 2), np.float32))
        cloud += np.float32(weight) * np.asarray(coarse.resize((columns, rows), Image.Resampling.BICUBIC))
    return np.asarray(0.97 - MOTTLE * (cloud - cloud.min()) / np.ptp(cloud), np.float32)
