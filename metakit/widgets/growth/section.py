"""A tumor in section: normal tissue pushed aside, its layers, cells or symbols that stand for many, vessels."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from metakit.core.arrays import Array
from metakit.widgets.draw import style
from metakit.widgets.draw.sketch import SIZE, Sketch

CENTER = SIZE / 2
FIELDS_MM = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)  # widths of the picture
FILLED = 0.8  # of the width, before the next field is taken
SYMBOL_PX = 9.8  # about half the way from one symbol to the next; cells smaller than that are not drawn singly
LAYERS = {"dividing": "#DDEAF3", "resting": "#F3E2EC", "dead core": "#E3E0DA"}
HEXAGON = np.stack([np.cos(np.arange(6) * np.pi / 3), np.sin(np.arange(6) * np.pi / 3)], axis=1)


@lru_cache(maxsize=1)
def _tissue() -> tuple[Array, Array]:
    """Lay out normal cells without a tumor: six corners each, shape (n, 6, 2), and which of them are vessels."""
    row, column = (i.ravel() for i in np.mgrid[-8:9, -7:8])
    middle = np.stack([39 * column, 45.0 * (row + 0.5 * (column % 2))], axis=1) + np.array([5.0, 8.0])
    return middle[:, None] + 24 * HEXAGON, (3 * row + 5 * column) % 17 == 0


def _pushed(points: Array, radius: float) -> Array:
    """Push points of the tissue aside for a ball of a radius: no tissue is lost on the way."""
    r = np.maximum(np.hypot(points[..., 0], points[..., 1]), 1e-6)
    return np.asarray(points * (((r**3 + radius**3) ** (1 / 3)) / r)[..., None])


@lru_cache(maxsize=4)
def _sunflower(n: int) -> Array:
    """Spread points evenly about the center, shape (n, 2), one on each unit of area pi."""
    i = np.arange(n)
    r, turn = np.sqrt(i + 0.5), i * 2.399963
    return np.stack([r * np.cos(turn), r * np.sin(turn)], axis=1)


@lru_cache(maxsize=1)
def _branches() -> list[tuple[Array, float]]:
    """Grow vessels into a ball of radius 1, forked twice on the way: points, and width in pixels."""
    found, s, rng = [], np.linspace(0, 1, 9), np.random.default_rng(4)
    tips = [(1.32, 2 * np.pi * i / 7 + 0.5 * rng.random(), rng.normal(0, 0.12), 0) for i in range(7)]
    while tips:
        r, turn, bend, fork = tips.pop()
        reach = (0.5, 0.32, 0.26)[fork] * (0.75 + 0.5 * rng.random())
        along = r - reach * s
        around = turn + bend * (0.5 * s + 0.5 * s**2) / (0.3 + 0.7 * r) + 0.05 * np.sin(7 * s + r)
        found.append((np.stack([along * np.cos(around), along * np.sin(around)], axis=1), (4.5, 3.0, 1.8)[fork]))
        if fork < 2:
            tips += [(along[-1], around[-1], side * rng.uniform(0.1, 0.6), fork + 1) for side in (-1, 1)]
    return found


def draw_tumor(radius: float, resting: float, core: float, *, cell_um: float, vessels: bool, caption: str) -> bytes:
    """Draw a section.

    Parameters
    ----------
    radius, resting, core : float
        Of the tumor, and of the surfaces below which cells rest and are dead, um.
    cell_um : float
        Radius of a cell, um; 0 if there is none.
    vessels : bool
        Whether vessels have grown in.
    caption : str
        What stands at the top left.

    Returns
    -------
    bytes
        A square PNG.
    """
    width = next(w for w in FIELDS_MM if 2e-3 * radius <= FILLED * w or w == FIELDS_MM[-1])
    px = SIZE / (1000 * width)
    edges = [px * r for r in (radius, resting, core)]
    sketch = Sketch(style.ECM_THIN)
    _draw_tissue(sketch, edges[0])
    if cell_um:
        for edge, color in zip(edges, LAYERS.values(), strict=True):
            if edge > 1:
                sketch.disc((CENTER, CENTER), edge, color, style.dark(color, 0.72))
        _draw_cells(sketch, edges, px * cell_um)
        if vessels and edges[0] > 60 and radius > 100:
            _draw_vessels(sketch, edges[0])
        inner = [*edges[1:], 0.0]
        layers = zip(LAYERS, edges, inner, strict=True)
        _draw_labels(sketch, [(name, a, b, (a - b) / px) for name, a, b in layers if a - b > 3])
    sketch.caption(caption)
    sketch.scale_bar(SIZE / 5, f"{200 * width:g} µm" if width < 5 else f"{width / 5:g} mm")
    return sketch.png()


def _draw_tissue(sketch: Sketch, outer: float) -> None:
    corners, is_vessel = _tissue()
    moved = _pushed(corners, outer) + CENTER
    shown = ((moved.max(1) > 0) & (moved.min(1) < SIZE)).all(1)
    for points, vessel in zip(moved[shown].tolist(), is_vessel[shown], strict=True):
        sketch.shape(points, "#EFE3CB")
        if vessel:
            _ring(sketch, np.mean(points, 0), 5)


def _ring(sketch: Sketch, at: Array, radius: float) -> None:
    place = (float(at[0]), float(at[1]))
    sketch.disc(place, radius, "#F8DCCB", style.VESSEL, 2)
    sketch.disc(place, radius / 3, style.VESSEL)


def _places(outer: float, cell: float) -> tuple[Array, float]:
    """Place cells, and give their size: few are all shown, more in section, many by symbols that stay put."""
    if cell < SYMBOL_PX:
        points = SYMBOL_PX * _sunflower(max(1, round((outer / SYMBOL_PX) ** 2)))
        size = 0.34 * SYMBOL_PX
        return points[np.hypot(*points.T) + size + 1 < outer], size
    n = round((outer / cell) ** 3)
    if n < 7:
        around = max(1e-9, math.sin(math.pi / n))
        size = outer * (around / (1 + around) if n > 1 else 1.0) - 1.5
        turns = 2 * np.pi * np.arange(n) / n - 0.6
        return (outer - size - 1.5) * np.stack([np.cos(turns), np.sin(turns)], axis=1), size
    n = max(7, round((outer / cell) ** 2))
    size = 0.84 * cell
    return (outer - size - 1.5) / math.sqrt(n - 0.5) * _sunflower(n), size


def _draw_cells(sketch: Sketch, edges: list[float], cell: float) -> None:
    outer, resting, core = edges
    points, size = _places(outer, cell)
    rim = style.dark(style.EPITHELIAL) if size > 5 else None
    for (x, y), r in zip((points + CENTER).tolist(), np.hypot(*points.T).tolist(), strict=True):
        if r >= resting:
            sketch.disc((x, y), size, style.EPITHELIAL, rim)
            if size > 12:
                sketch.disc((x + 0.15 * size, y - 0.1 * size), 0.36 * size, style.dark(style.EPITHELIAL, 0.7))
        elif r >= core:
            sketch.disc((x, y), size, None, style.DORMANT, 1.5)
        else:
            sketch.cross((x, y), 0.75 * size, style.DEAD)


def _draw_vessels(sketch: Sketch, outer: float) -> None:
    """Draw branches that have grown in from outside, and vessels in section."""
    for points, width in _branches():
        sketch.line(CENTER + outer * points, style.VESSEL, width)


def _draw_labels(sketch: Sketch, layers: list[tuple[str, float, float, float]]) -> None:
    """Name the layers at the top right, the innermost first, each with a line into it and its thickness."""
    if len(layers) < 2:
        return
    for i, (name, edge, inner, thick) in enumerate(reversed(layers)):
        size = 2 * thick if not inner else thick
        shown = f"{size / 1000:.2g} mm" if size >= 1000 else f"{size:.0f} µm"
        words, turn, y = f"{name}, {shown}{'' if inner else ' across'}", -1.5 + 0.5 * i, 14.0 + 27 * i
        middle = (edge + inner) / 2
        end = (CENTER + middle * math.cos(turn), CENTER + middle * math.sin(turn))
        sketch.line([(SIZE - 186, y + 11), end], style.INK, 1)
        sketch.disc(end, 3, style.INK)
        sketch.box((SIZE - 186, y), (174, 23), style.PAPER)
        sketch.text((SIZE - 178, y + 16), words, 13)
