"""Pictures of a capillary bed: its tree of vessels, drawn once, and the cells in it, each state with its own shape.

Cells are small stamped pictures, made once for each size and direction: a frame takes a few milliseconds.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from metakit.core.arrays import Array
from metakit.models.extravasation import bed
from metakit.models.extravasation.geometry import (
    FIELD_UM,
    center_lines,
    compute_cell_length_um,
    compute_positions_um,
    lengths_um,
)
from metakit.widgets.draw import labels, style
from metakit.widgets.draw.sketch import SIZE, Point, Sketch, Stamp, png_of

# Corner (um) and pixels per um: all of the bed, or a few of its capillaries.
WINDOWS = {"whole bed": ((0.0, 0.0), SIZE / FIELD_UM), "close-up": ((312.0, 262.0), 2.6)}
RIM, PALE = style.dark(style.EPITHELIAL), style.PASSING
ENDOTHELIUM = style.dark(style.VESSEL, 0.8)
CLEARED_H = 24.0  # how long a dead cell is drawn
WALL_UM = 1.3
TURNS, STEPS = 64, 8  # directions of stamps; steps of a crossing


class _Window:
    """Where things of the field lie in the picture."""

    def __init__(self, zoom: str) -> None:
        corner, self.scale = WINDOWS.get(zoom, WINDOWS["whole bed"])
        self.corner = np.array(corner)

    def px(self, place_um: Array) -> Array:
        return np.asarray((place_um - self.corner) * self.scale)


@lru_cache(maxsize=8)
def _ground(width_um: tuple[float, ...], zoom: str) -> Image.Image:
    """Draw tissue with its fibers, vessels with their walls, how wide they are, and the scale bar."""
    window, sketch, rng = _Window(zoom), Sketch(style.ECM_THIN), np.random.default_rng(4)
    for _ in range(170):
        at, turn, bend = rng.uniform(0, FIELD_UM, 2), rng.uniform(0, np.pi), rng.normal(0, 0.4)
        way = np.linspace(-0.5, 0.5, 7) * rng.uniform(40, 130)
        angle = turn + bend * way / 60
        sketch.line(window.px(at + np.stack([way * np.cos(angle), way * np.sin(angle)], 1)), style.ECM_DENSE + "66", 1)
    widths = np.array(width_um)
    for color, more in ((style.VESSEL, WALL_UM), (style.LUMEN, 0.0)):
        for v in range(bed.N_VESSELS):
            sketch.shape(window.px(_tube(v, widths, more)), color)
    for v in range(bed.N_VESSELS):
        _nuclei(sketch, window, v, widths[v])
    length_um = 20
    if zoom != "close-up":
        length_um = 100
        _labels(sketch, window, widths)
    sketch.scale_bar(length_um * window.scale, f"{length_um} µm")
    return sketch.image()


def _tube(v: int, widths: Array, more: float) -> Array:
    """Outline a vessel, which begins as wide as the one it comes from."""
    begin, t = widths[(v - 1) // 2] if v else widths[v], np.linspace(0, 1, 60)
    wide = widths[v] + (begin - widths[v]) * np.clip(1 - t / 0.3, 0, 1) ** 2
    sides = [compute_positions_um(np.full(60, v), t, side * (wide / 2 + more))[0] for side in (1, -1)]
    return np.concatenate([sides[0], sides[1][::-1]])


def _nuclei(sketch: Sketch, window: _Window, v: int, width: float) -> None:
    """Draw the nuclei of the wall's own cells, flat, now on this side and now on that."""
    n, round_ = max(1, int(lengths_um()[v] / 27)), np.linspace(0, 2 * np.pi, 14)
    along = 0.16 + 0.8 * (np.arange(n) + 0.3 + 0.3 * (v % 2)) / n
    side = np.where(np.arange(n) % 2, 1.0, -1.0) * (width / 2 + WALL_UM * 0.6)
    for place, way in zip(*compute_positions_um(np.full(n, v), along, side), strict=True):
        oval = place + np.outer(3.8 * np.cos(round_), way) + np.outer(1.25 * np.sin(round_), (-way[1], way[0]))
        sketch.shape(window.px(oval), ENDOTHELIUM)


def _labels(sketch: Sketch, window: _Window, widths: Array) -> None:
    """Write how wide the uppermost vessel of each level is, beside it, and where blood comes from."""
    for level in range(bed.FORKS + 1):
        v = 2**level - 1
        above = (0.0, widths[v] / 2 + 8) if level in (0, 4) else (10.0, widths[v] / 2 + 6)
        x, y = window.px(center_lines()[v, (0, 28, 28, 28, 22)[level]] - above)
        words = f"{widths[v]:.0f} µm" if level else f"{widths[v]:.0f} µm wide"
        sketch.text((x if level else 12, y), words, 12, anchor=("ls", "rb", "rb", "rb", "mb")[level])
    x, y = window.px(center_lines()[0, 0] + (0, widths[0] / 2 + 20))
    sketch.text((12, y), "from the artery", 12)
    for at in (16, 32, 48):
        x, y = window.px(center_lines()[0, 0] + (at, 0))
        sketch.line([(x - 3, y - 5), (x + 3, y), (x - 3, y + 5)], style.VESSEL, 2)
    sketch.text((SIZE - 10, SIZE - 4), "to the veins →", 12, anchor="rb")


@lru_cache(maxsize=4096)
def _stamp(kind: int, long: int, thick2: int, turn: int, more: int) -> Image.Image:
    """Draw one cell along its vessel: lengths in pixels and half pixels, `more` what a state needs to know besides."""
    thick = thick2 / 2
    r, body = thick / 2, style.EPITHELIAL
    stamp = Stamp(2 * int(max(long, thick) / 2 + 11) + 1, RIM, 2 * np.pi * turn / TURNS)
    if kind == bed.DEAD:
        stamp.cross((0, 0), max(0.5 * r, 3.2), style.DEAD, 2)
    elif kind == bed.OUTSIDE:
        for size, color in ((r, RIM), (r - 1.2, body), (0.38 * r, "#FFFFFF")):
            stamp.disc((0, 0), max(size, 0.5), color)
    elif kind == bed.CROSSING:  # its volume moves from the ball inside to the ball outside
        share = (more + 0.5) / STEPS
        inner, outer = r * (1 - share) ** (1 / 3), r * share ** (1 / 3)
        _draw_pair(stamp, (0, -0.8 * inner), inner, (0, 0.8 * outer), outer, 0.7 * r, body)
    else:
        u = max(long - thick, 0) / 2
        _draw_pair(stamp, (-u, 0), r, (u, 0), r, thick, PALE if kind == bed.ROLLING else body)
        if kind == bed.ROLLING:  # two lines behind it
            for v, gap in ((-0.45 * r, 3.0), (0.45 * r, 4.5)):
                stamp.line([(-u - r - gap, v), (-u - r - gap - 5, v)], RIM, 1.4)
        elif kind == bed.STUCK:  # bars across the wall; `more`: on both sides
            for way in (1, -1) if more else (1,):
                for v in (-0.45 * r, 0.45 * r):
                    stamp.line([(v, way * (r - 1.8)), (v, way * (r + 3.4))], RIM, 2)
    return stamp.image()


def _draw_pair(stamp: Stamp, a: Point, r_a: float, b: Point, r_b: float, width: float, color: str) -> None:
    """Draw two discs and what joins them, with one rim around all."""
    for less, ink in ((0.0, RIM), (1.2, color)):
        stamp.disc(a, max(r_a - less, 0.5), ink)
        stamp.disc(b, max(r_b - less, 0.5), ink)
        stamp.line([a, b], ink, width - 2 * less)


def bed_png(state: Any, zoom: str, caption: str) -> bytes:
    """Draw the bed and its cells.

    Parameters
    ----------
    state : ExtravasationState
        The bed and its cells.
    zoom : str
        One of `WINDOWS`.
    caption : str
        Words for the box in the picture.

    Returns
    -------
    bytes
        A square PNG.
    """
    window = _Window(zoom)
    image = _ground(tuple(state.width_um.tolist()), zoom).copy()
    _streaks(image, window, state)
    _cells(image, window, state)
    labels.caption(image, caption)
    return png_of(image)


def place_of(state: Any, kinds: tuple[int, ...], zoom: str) -> tuple[float, float] | None:
    """Place the cell that last became one of some kinds.

    Parameters
    ----------
    state : ExtravasationState
        The bed and its cells.
    kinds : tuple of int
        States of a cell, as numbered in `metakit.models.extravasation.bed`.
    zoom : str
        One of `WINDOWS`.

    Returns
    -------
    (float, float) or None
        Shares of the picture's width and height; None if it lies in another part of the bed, or there is none.
    """
    of_kind = np.flatnonzero(np.isin(state.where, kinds))
    if not len(of_kind):
        return None
    newest = of_kind[np.argmax(state.since_s[of_kind])][None]
    place, _ = compute_positions_um(state.vessel[newest], state.along[newest], state.across_um[newest])
    x, y = (_Window(zoom).px(place)[0] / SIZE).tolist()
    return (x, y) if 0 <= x <= 1 and 0 <= y <= 1 else None


def place_um(share: tuple[float, float], zoom: str) -> tuple[float, float]:
    """Find the place of the bed that is seen somewhere in the picture.

    Parameters
    ----------
    share : (float, float)
        Shares of the picture's width and height, from the left and from the top.
    zoom : str
        One of `WINDOWS`.

    Returns
    -------
    (float, float)
        µm from the left of the bed, and from its top.
    """
    window = _Window(zoom)
    x, y = (np.array(share) * SIZE / window.scale + window.corner).tolist()
    return x, y


def _streaks(image: Image.Image, window: _Window, state: Any) -> None:
    """Draw the way of what went through in this frame: it took seconds."""
    pen, seen = ImageDraw.Draw(image), set[int]()
    for leaf in np.unique(state.vessel[(state.where == bed.GONE) & (state.since_s == state.time_s)]):
        v = int(leaf)
        while v >= 0 and v not in seen:
            seen.add(v)
            pen.line([tuple(p) for p in window.px(center_lines()[v, ::2]).tolist()], PALE, 3, "curve")
            v = (v - 1) // 2


def _cells(image: Image.Image, window: _Window, state: Any) -> None:
    """Stamp every cell that is here, those outside last."""
    where, age_s = state.where, state.time_s - state.since_s
    shown = ((where >= bed.ROLLING) & (where <= bed.OUTSIDE)) | ((where == bed.DEAD) & (age_s < 3600 * CLEARED_H))
    here = np.flatnonzero(shown)
    here = here[np.argsort(where[here], kind="stable")]
    kind, vessel, diameter, across = where[here], state.vessel[here], state.diameter_um[here], state.across_um[here]
    width = state.width_um[vessel]
    place, forward = compute_positions_um(vessel, state.along[here], across)
    place = window.px(place)
    squeezed = kind <= bed.STUCK
    long = np.where(squeezed, compute_cell_length_um(diameter, width), diameter)
    thick = np.where(squeezed, np.minimum(diameter, width), diameter)
    long = np.minimum(long, 6 * thick)  # longer ones would not lie along their vessel
    turned = np.arctan2(forward[:, 1], forward[:, 0]) + np.pi * ((across < 0) & (kind != bed.ROLLING))
    step = np.clip(STEPS * age_s[here] / (3600 * bed.CROSSING_H), 0, STEPS - 1)
    keys = np.stack([
        kind, np.round(long * window.scale), np.round(2 * thick * window.scale),
        np.round(turned / (2 * np.pi) * TURNS) % TURNS,
        np.select([kind == bed.CROSSING, kind == bed.STUCK], [step, diameter >= width]),
    ], 1).astype(int)  # fmt: skip
    for key, (x, y) in zip(keys.tolist(), place.tolist(), strict=True):
        if -40 < x < SIZE + 40 and -40 < y < SIZE + 40:
            stamp = _stamp(*key)
            image.paste(stamp, (round(x) - stamp.width // 2, round(y) - stamp.height // 2), stamp)
