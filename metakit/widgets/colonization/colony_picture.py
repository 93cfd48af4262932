"""Pictures of many colonies: a field of them, and a funnel of gates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from metakit.core.arrays import Array
from metakit.core.words import write_number
from metakit.widgets.draw import style
from metakit.widgets.draw.chart import Axis, Gate, draw_funnel
from metakit.widgets.draw.sketch import SIZE, Point, Sketch

COLUMNS, ROWS = 25, 20
LEFT, TOP, RIGHT, BOTTOM = 22, 62, 518, 474
GROWING, RIM = style.EPITHELIAL, style.dark(style.EPITHELIAL)
KEY = ((1, "1 cell"), (1e3, "1,000"), (1e6, "a million"), (1e9, "a billion"))


@lru_cache(maxsize=1)
def places() -> Array:
    """Place the shown colonies, px, shape (about 500, 2); the first one near the middle."""
    rng = np.random.default_rng(4)
    x, y = np.meshgrid(np.linspace(LEFT, RIGHT, COLUMNS), np.linspace(TOP, BOTTOM, ROWS))
    spots = np.stack([x.ravel(), y.ravel()], axis=1) + rng.uniform(-4, 4, (COLUMNS * ROWS, 2))
    spots = rng.permutation(spots)
    middle = int(np.argmin(((spots - SIZE / 2) ** 2).sum(axis=1)))
    spots[[0, middle]] = spots[[middle, 0]]
    right, down = (spots - spots[0]).T
    return np.asarray(spots[(right <= 8) | (right > 92) | (np.abs(down) > 14)])  # but not under the first one's name


def radius(cells: float) -> float:
    """Return the radius of a colony's mark, px: ten times the cells, always the same step."""
    return 2.2 + 0.93 * math.log10(max(1.0, cells))


def shares(parts: Mapping[str, int], n: int) -> dict[str, int]:
    """Divide marks among kinds as their counts are, by largest remainders.

    Parameters
    ----------
    parts : mapping of str to int
        Count by kind.
    n : int
        Marks to divide.

    Returns
    -------
    dict of str to int
        Marks by kind; n in all.
    """
    total = max(1, sum(parts.values()))
    exact = {name: n * count / total for name, count in parts.items()}
    marks = {name: int(value) for name, value in exact.items()}
    for name in sorted(exact, key=lambda k: marks[k] - exact[k])[: n - sum(marks.values())]:
        marks[name] += 1
    return marks


def _mark(sketch: Sketch, at: Point, cells: float, dormant: bool) -> None:
    if not cells:
        sketch.cross(at, 2.6, style.DEAD, 1.1)
    elif dormant:
        sketch.disc(at, radius(cells) + 1.4, None, style.DORMANT, 2)
    else:
        sketch.disc(at, radius(cells), GROWING, RIM)


def field(cells: Array, dormant: Array, alone: Mapping[str, int], caption: str) -> bytes:
    """Draw the first colonies, the larger the more cells; with lone cells, above them what became of those.

    Parameters
    ----------
    cells : int array, shape (n_colonies,)
        Cells of each colony.
    dormant : bool array, shape (n_colonies,)
        Which of them are dormant.
    alone : mapping of str to int
        Solitary cells by what became of them; empty for none.
    caption : str
        What stands at the top left.

    Returns
    -------
    bytes
        A square PNG.
    """
    sketch, spots = Sketch(style.ECM_THIN), places()
    lone = any(alone.values())
    upper, lower = spots[spots[:, 1] < 322], spots[spots[:, 1] > 374]
    if lone:
        spots = lower
    n = min(len(cells), len(spots))
    if lone:
        _draw_lone(sketch, upper, alone, f"{n} of the {len(cells):,} colonies that" if n < len(cells) else "all that")
    for (x, y), size, sleeps in zip(spots[:n].tolist(), cells[:n].tolist(), dormant[:n].tolist(), strict=True):
        _mark(sketch, (x, y), size, sleeps)
    if n and not lone:
        x, y = spots[0].tolist()
        sketch.disc((x, y), 15, None, style.INK, 1.4)
        sketch.text((x + 21, y), "colony 1", 13, anchor="lm")
    sketch.caption(caption)
    sketch.box((12, SIZE - 46), (SIZE - 24, 34), style.PAPER)
    for i, (size, words) in enumerate(KEY):
        x = 36 + 128 * i
        sketch.disc((x, SIZE - 29), radius(size), GROWING, RIM)
        sketch.text((x + 18, SIZE - 29), words, 14, anchor="lm")
    return sketch.png()


def _draw_lone(sketch: Sketch, spots: Array, alone: Mapping[str, int], below: str) -> None:
    """Draw all lone cells in their shares, many to a mark: the few that made it would not fill one."""
    dormant = shares(alone, len(spots))["dormant"]
    for i, (x, y) in enumerate(spots.tolist()):
        _mark(sketch, (x, y), float(i < dormant), True)
    each = write_number(sum(alone.values()) / len(spots), short=True)
    sketch.text((22, 342), f"above: what became of the cells, about {each} to a mark", 13)
    sketch.line([(22, 350), (518, 350)], style.ECM_DENSE, 1)
    sketch.text((22, 366), f"below: {below} came of them, one colony to a mark", 13)


def gates(counts: Mapping[str, int], caption: str) -> bytes:
    """Draw how many have passed each gate, on a log scale, with the loss from each to the next.

    Parameters
    ----------
    counts : mapping of str to int
        How many, by gate, in their order.
    caption : str
        What stands at the top left.

    Returns
    -------
    bytes
        A square PNG.
    """
    sketch = Sketch(style.ECM_THIN)
    sketch.caption(caption)
    axis = Axis(1, 1e3 * max(10, *counts.values()), 176, SIZE - 24, log=True)  # room for the number of the longest bar
    draw_funnel(sketch, axis, 74, [Gate(*gate, GROWING) for gate in counts.items()], min(64.0, 420 / len(counts)))
    return sketch.png()
