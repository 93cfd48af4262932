"""Pictures of crawling cells: each with a broad front and a thin tail, its track behind it, on a sand-colored matrix.

The matrix is drawn once and kept. Tracks are soft dots laid close together, cells are small stamped pictures, and one
palette keeps the file small: a frame takes a few milliseconds.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFilter

from metakit.core.arrays import Array
from metakit.widgets.draw import labels, style
from metakit.widgets.draw.sketch import SIZE, Stamp, png_of

HALF_UM = (400.0, 800.0, 1600.0, 3200.0)  # half the width of the field shown: it grows when cells leave it
CELL_UM = 30.0  # length of a cell as drawn, front to tail
TURNS = 32
PALE = "#FFD98A"  # the thin front edge: the color of the cell, paler
NUCLEUS = "#9A5F00"
RIM = style.dark(style.MESENCHYMAL)
TRACK = style.dark(style.MESENCHYMAL, 0.8)
FIBER, CROSS = "#967646", "#E3DCCD"
FRESH, OLD = 0.75, 0.10  # opacity of a track at the cell, and of its oldest end
# Where front and tail are, and how broad the front is, when all works and when one move of the cycle is missing.
SHAPES = {
    "": (0.5, -0.5, 0.34), "push": (0.22, -0.22, 0.22), "grip": (0.42, -0.34, 0.16), "pull": (0.75, -0.5, 0.36),
    "let go": (0.42, -0.9, 0.3),
}  # fmt: skip


def half_um(place_um: Array) -> float:
    """Choose half the width of the field that shows at least 98 of 100 cells."""
    reach = float(np.quantile(np.abs(place_um).max(1), 0.98)) if len(place_um) else 0.0
    return next((half for half in HALF_UM if reach < half), HALF_UM[-1])


@lru_cache(maxsize=8)
def matrix(slope_per_mm: float, pore_um2: float, half: float) -> Image.Image:
    """Draw the matrix: denser is darker; the narrower the pores, the more fibers.

    Parameters
    ----------
    slope_per_mm : float
        By how much the density rises from left to right, per mm.
    pore_um2 : float
        Area of a pore, um2.
    half : float
        Half the width of the field, um.

    Returns
    -------
    Image
        Of mode RGB.
    """
    x = np.linspace(-half, half, 2 * SIZE)
    dense = np.clip(0.5 + slope_per_mm / 1000 * x, 0, 1)[:, None]
    thin, thick = (np.array(ImageColor.getrgb(c), float) for c in (style.ECM_THIN, style.ECM_DENSE))
    row = thin + (0.15 + 0.7 * dense) * (thick - thin)
    image = Image.fromarray(np.broadcast_to(row.round().astype(np.uint8), (2 * SIZE, 2 * SIZE, 3)).copy())
    pen, rng = ImageDraw.Draw(image, "RGBA"), np.random.default_rng(5)
    fibers = int(np.clip(1500 / max(pore_um2, 1.0) ** 0.5, 120, 700))
    for _ in range(fibers):
        (x0, y0), turn, bend = rng.uniform(-0.1, 1.1, 2) * 2 * SIZE, rng.uniform(0, np.pi), rng.normal(0, 0.5)
        along = np.linspace(-0.5, 0.5, 9) * rng.uniform(120, 380)
        angle = turn + bend * along / 190
        points = np.stack([x0 + along * np.cos(angle), y0 + along * np.sin(angle)], 1)
        at = dense[int(np.clip(x0, 0, 2 * SIZE - 1)), 0]
        pen.line([tuple(p) for p in points], (*ImageColor.getrgb(FIBER), int(18 + 60 * at)), 2, "curve")
    return image.reduce(2)


@lru_cache(maxsize=1)
def paper() -> Image.Image:
    """Give the ground on which all tracks begin at one point: a cross."""
    image = Image.new("RGB", (SIZE, SIZE), style.PAPER)
    pen, c = ImageDraw.Draw(image), SIZE // 2
    pen.line([(0, c), (SIZE, c)], CROSS)
    pen.line([(c, 0), (c, SIZE)], CROSS)
    return image


@lru_cache(maxsize=1)
def _palette() -> Image.Image:
    """Choose 256 colors: fine steps of sand, coarser ones of every ink over sand and paper."""
    thin, thick, fiber = (np.array(ImageColor.getrgb(c), float) for c in (style.ECM_THIN, style.ECM_DENSE, FIBER))
    inks = [TRACK, style.MESENCHYMAL, PALE, NUCLEUS, style.INK, style.EPITHELIAL, style.PREDICTION]
    sands = [thin + (thick - thin) * a for a in np.linspace(0, 1, 60)]
    colors = sands + [s + (fiber - s) * a for s in sands[::6] for a in (0.1, 0.2, 0.35)]
    colors += [np.array(ImageColor.getrgb(style.PAPER), float), np.array(ImageColor.getrgb(CROSS), float)]
    colors += [
        s + (np.array(ImageColor.getrgb(i)) - s) * a for i in inks for s in sands[4::20] for a in (0.25, 0.5, 0.75)
    ]
    colors += [np.array(ImageColor.getrgb(i), float) for i in (*inks, style.dark(style.MESENCHYMAL))]
    made = Image.new("P", (1, 1))
    made.putpalette(np.array(colors[:256]).round().astype(np.uint8).tobytes())
    return made


@lru_cache(maxsize=4096)
def cell(look: str, turn: int, phase: int, dx: int, dy: int, length: int) -> Image.Image:
    """Draw one cell as a stamp with soft edges.

    Parameters
    ----------
    look : str
        Which move of the cycle is missing: a key of `SHAPES`.
    turn : int
        Its heading, in `TURNS` to the full circle, clockwise.
    phase : int
        Where it is in the cycle of its moves, 0 to 3.
    dx, dy : int
        Where its middle lies inside a pixel, half pixels.
    length : int
        From front to tail, px.

    Returns
    -------
    Image
        Of mode RGBA.
    """
    front, tail, broad = SHAPES.get(look, SHAPES[""])
    if look == "":  # the cycle: the front goes out, the tail follows
        front, tail = front + 0.08 * (phase in (1, 2)), tail + 0.1 * (phase in (2, 3))
    stamp = Stamp(
        int(2 * max(front, -tail) * length) + 5, style.MESENCHYMAL, 2 * np.pi * turn / TURNS, (dx / 2, dy / 2)
    )
    t = np.linspace(0, 1, 17) ** 0.7  # from tail to front, as a drop: thin, then broad, then round
    x, y = tail + (front - tail) * t, broad * t**0.9 * np.sqrt(1 - t**8)
    if look == "push":  # no front, no tail
        x, y = -0.22 * np.cos(np.pi * t), 0.22 * np.sin(np.pi * t)
    half = length * np.stack([x, y], 1)
    stamp.shape(_mirrored(half), style.MESENCHYMAL, RIM)
    if look != "push":
        edge = _mirrored(half[t > 0.78])
        stamp.shape(edge, PALE)
        stamp.line(edge, RIM, 0.75)
    at = 0.0 if look == "push" else tail + (front - tail) * 0.52
    stamp.disc((length * at, 0), 0.1 * length, NUCLEUS)
    return stamp.image()


def _mirrored(half: Array) -> Array:
    """Complete the outline whose one half is given, shape (n, 2); the other lies on the other side of its axis."""
    return np.concatenate([half, half[::-1] * (1, -1)])


@lru_cache(maxsize=4)
def _still(length: int) -> Image.Image:
    stamp = Stamp(length + 3, style.EPITHELIAL)
    stamp.disc((0, 0), 0.32 * length, style.EPITHELIAL, style.dark(style.EPITHELIAL), 1.2)
    return stamp.image()


def track_mask(track_px: Array) -> Image.Image:
    """Lay soft dots along tracks, shape (n_times, n_cells, 2), oldest first and palest."""
    n_times, n = track_px.shape[:2]
    if n_times < 2 or not n:
        return Image.new("L", (SIZE, SIZE))
    fine = track_px.astype(np.float32) * 2 + 2  # twice as fine, with a margin of 2 in which what lies outside is lost
    ways = np.diff(fine, axis=0)
    dots = int(np.clip(1.2 * np.quantile(np.abs(ways), 0.98), 2, 16))
    share = (np.arange(dots, dtype=np.float32) / dots)[:, None, None]
    side = 2 * SIZE + 4
    place = (fine[:-1, None] + share * ways[:, None]).clip(0, side - 1).astype(np.int32)
    level = np.linspace(255 * OLD, 255 * FRESH, n_times - 1).astype(np.uint8)
    ink = np.zeros(side * side, np.uint8)
    # Oldest first: where tracks cross, the fresher one is on top.
    at = (place[..., 1] * side + place[..., 0]).reshape(-1)
    ink[at] = np.repeat(level, dots * n)
    thin = Image.fromarray(ink.reshape(side, side)[2:-2, 2:-2]).reduce(2)
    return thin.point([min(255, round(2.2 * v)) for v in range(256)])


def crawlers_png(state: Any, *, same_start: bool, caption: str, ring_um: float = 0.0) -> bytes:
    """Draw cells and tracks.

    Parameters
    ----------
    state : MotilityState
        Cells, tracks, and the matrix they are in.
    same_start : bool
        Move every track so that it begins in the middle, as is done to compare tracks.
    caption : str
        Words for the box in the picture.
    ring_um : float
        With `same_start`, a dashed ring of this radius.

    Returns
    -------
    bytes
        A square PNG.
    """
    shift = state.start_um if same_start else 0.0
    place = state.place_um - shift
    half = half_um(place[state.crawls] if same_start and state.crawls.any() else place)
    scale = SIZE / 2 / half
    image = (paper() if same_start else matrix(state.slope_per_mm, state.pore_um2, half)).copy()
    track = np.concatenate([state.track_um, state.place_um[None]]) - shift
    mask = track_mask(SIZE / 2 + scale * track[:, state.crawls])
    if state.cuts and not same_start:
        tunnel = mask.filter(ImageFilter.BoxBlur(1.5)).point([min(255, 5 * v) for v in range(256)])
        image.paste(style.ECM_THIN, None, tunnel)
    image.paste(TRACK, None, mask)
    if ring_um:
        pen, r = ImageDraw.Draw(image), ring_um * scale
        for a in range(0, 360, 8):
            pen.arc((SIZE / 2 - r, SIZE / 2 - r, SIZE / 2 + r, SIZE / 2 + r), a, a + 4, style.PREDICTION, 3)
    _stamp(image, state, SIZE / 2 + scale * place, 11 if same_start else max(11, round(CELL_UM * scale)), same_start)
    length_um = 100 if half <= 400 else 250 if half <= 800 else 500 if half <= 1600 else 1000
    labels.scale_bar(image, length_um * scale, f"{length_um} µm")
    labels.caption(image, caption)
    return png_of(image, _palette())


def _stamp(image: Image.Image, state: Any, place_px: Array, length: int, same_start: bool) -> None:
    turn = np.round(np.arctan2(state.polarity[:, 1], state.polarity[:, 0]) / (2 * np.pi) * TURNS).astype(int) % TURNS
    phase = ((np.arange(len(turn)) * 0.618 + state.time_h) % 1 * 4).astype(int)
    sub = np.floor(2 * (place_px - np.floor(place_px))).astype(int)
    corner = np.floor(place_px).astype(int)
    still = _still(length)
    for i in range(len(turn)):
        if state.crawls[i]:
            stamp = cell(state.held_by, int(turn[i]), int(phase[i]), int(sub[i, 0]), int(sub[i, 1]), length)
        elif same_start:
            continue
        else:
            stamp = still
        image.paste(stamp, (int(corner[i, 0]) - stamp.width // 2, int(corner[i, 1]) - stamp.height // 2), stamp)
