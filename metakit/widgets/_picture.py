"""Tissue pictures: fields, lamina, cells and vessels drawn with numpy into an image of palette indices.

Everything that does not change from frame to frame (palette, mottle, sprites, masks, texts) is made once. A palette
image cannot hold mixed colors, so anti-aliased edges go through tables: for an ink, an opacity in eighths and the
palette index below, a table names the palette index nearest to the mixture.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from metakit.grid import TissueGrid
from metakit.tissue import LAMINA_RADIUS_UM, PASSABLE, STEP_S, TissueState
from metakit.widgets import _style as style

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Index = NDArray[np.intp]

# Grid points across and pixels a point: a look at 0.7 mm, at 1.4 mm, and at all 2 mm of the tissue.
VIEWS = {"close": (71, 8), "near": (141, 4), "far": (201, 3)}
SCALE_BAR_UM = 250
ECM_LEVELS, MMP_LEVELS = 16, 11
MMP_HALF = 0.1  # MMP at which the haze has half its full strength
EIGHTHS = 8


def _rgb(color: str) -> Floats:
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.float32)


def _mixes(ink: str, grounds: Iterable[Floats], shares: Iterable[float]) -> list[Floats]:
    return [_rgb(ink) * s + g * (1 - s) for g in grounds for s in shares]


@lru_cache(maxsize=1)
def palette() -> Pixels:
    """Return the colors of all tissue pictures, shape (256, 3): fields first, then inks and their soft edges."""
    density = np.linspace(0, 1, ECM_LEVELS, dtype=np.float32)[:, None, None]
    haze = np.linspace(0, style.MMP_MOST, MMP_LEVELS, dtype=np.float32)[None, :, None]
    matrix = _rgb(style.ECM_THIN) * (1 - density) + _rgb(style.ECM_DENSE) * density
    fields = (matrix * (1 - haze) + _rgb(style.MMP) * haze).reshape(-1, 3)
    sand, pink = fields[MMP_LEVELS * 13 + 1], fields[MMP_LEVELS * 4 + 6]
    extra = [_rgb(style.INK), _rgb(style.PAPER), *_mixes(style.INK, [_rgb(style.PAPER)], np.arange(1, 7) / 7)]
    for fill in (style.EPITHELIAL, style.MESENCHYMAL):
        edge = style.dark(fill)
        extra += [_rgb(fill), _rgb(edge), *_mixes(edge, [_rgb(fill)], (0.3, 0.65))]
        extra += _mixes(edge, [sand, pink], (0.3, 0.65))
    for ink in (style.LAMINA, style.VESSEL, style.LYMPH):
        extra += [_rgb(ink), *_mixes(ink, [sand, pink], (0.2, 0.4, 0.6, 0.8))]
    extra += _mixes(style.PAPER, [sand, pink], (0.4, 0.85))
    colors = np.zeros((256, 3), np.uint8)
    colors[: len(fields) + len(extra)] = np.round(np.vstack([fields, extra]))
    colors[len(fields) + len(extra) :] = colors[0]
    return colors


def nearest(colors: Floats) -> Pixels:
    """Palette indices nearest to colors of shape (..., 3)."""
    far = (colors[..., None, :] - palette().astype(np.float32)) ** 2 @ np.array([2, 4, 3], np.float32)
    return far.argmin(-1).astype(np.uint8)


@lru_cache(maxsize=16)
def _over(ink: str) -> Pixels:
    """Palette index of an ink at 0, 1/8, ... 8/8 opacity over each palette entry, flat, shape (9 * 256,)."""
    share = (np.arange(EIGHTHS + 1, dtype=np.float32) / EIGHTHS)[:, None, None]
    below = palette().astype(np.float32)
    table = nearest(_rgb(ink) * share + below * (1 - share))
    table[0] = np.arange(256)
    return table.ravel()


def _eighths(opacity: NDArray[np.floating]) -> Index:
    """Opacities 0 to 1 as offsets into a table made by `_over`."""
    return np.round(np.clip(opacity, 0, 1) * EIGHTHS).astype(np.intp) * 256


def _distances(radius: int) -> tuple[Floats, Floats]:
    """Row and column of every pixel in a square of 2 radius + 1 pixels, from its center."""
    span = np.arange(-radius, radius + 1, dtype=np.float32)
    return np.meshgrid(span, span, indexing="ij")[0], np.meshgrid(span, span, indexing="ij")[1]


def _cell_sprite(fill: str, depth: NDArray[np.floating], rim: float, stride: int) -> tuple[Index, Pixels, Index, Index]:
    """Split a cell into solid pixels (offset, palette index) and soft ones (offset, opacity of the rim in eighths).

    `depth` is how far inside the shape a pixel's center is, in pixels, shape (2 r + 1, 2 r + 1).
    """
    cover = np.clip(depth + 0.5, 0, 1)
    inner = np.clip(depth - rim + 0.5, 0, 1)[..., None]
    colors = _rgb(fill) * inner + _rgb(style.dark(fill)) * (1 - inner)
    r = len(depth) // 2
    row, column = np.divmod(np.arange(depth.size), len(depth))
    offset = ((row - r) * stride + column - r).astype(np.intp)
    solid, soft = (cover > 0.7).ravel(), ((cover > 0.12) & (cover <= 0.7)).ravel()
    return offset[solid], nearest(colors.reshape(-1, 3)[solid]), offset[soft], _eighths(cover.ravel()[soft])


def _ring_sprite(radius: float, width: float, gaps: Iterable[tuple[float, float]] = ()) -> tuple[Index, Index]:
    """Opacities of a pale halo and of a ring with a dot; gaps are (middle, half width) in radians."""
    y, x = _distances(int(radius + width) + 2)
    r, angle = np.hypot(y, x), np.arctan2(y, x)
    off = np.abs(r - radius) - width / 2
    for middle, half in gaps:
        away = np.abs((angle - middle + np.pi) % (2 * np.pi) - np.pi)
        off = np.maximum(off, (half - away) * r)
    near = np.minimum(off, r - 0.36 * radius)
    return _eighths(0.8 * np.clip(1.7 - near, 0, 1)), _eighths(0.5 - near)


@lru_cache(maxsize=64)
def _text(words: str, size: int) -> NDArray[np.float32]:
    """Opacity of a line of text in Pillow's own font; every line of a size is equally high."""
    font = ImageFont.load_default(size)
    width, height, base = int(font.getlength(words)) + 2, round(size * 1.25), round(size * 0.95)

    def written(text: str) -> Floats:
        image = Image.new("L", (width, height))
        ImageDraw.Draw(image).text((0, base), text, fill=255, font=font, anchor="ls")
        return np.asarray(image, np.float32) / 255

    opacity = written(words.replace("µ", "u"))
    if "µ" in words:  # that font has no µ: a u, and below the line the stem of a p
        before = words[: words.index("µ")]
        opacity[base:] = np.maximum(opacity[base:], written(before + "p")[base:])
    return opacity


def _rounded(height: int, width: int, radius: int) -> Floats:
    """Opacity of a rounded box."""
    y = np.abs(np.arange(height) - (height - 1) / 2)[:, None] - (height / 2 - radius)
    x = np.abs(np.arange(width) - (width - 1) / 2)[None, :] - (width / 2 - radius)
    return np.clip(radius + 0.5 - np.hypot(np.maximum(y, 0), np.maximum(x, 0)), 0, 1).astype(np.float32)


@lru_cache(maxsize=4)
def _mottle(rows: int, columns: int) -> Floats:
    """Fixed faint unevenness of the stroma, 0.6 to 1, shape (rows, columns)."""
    rng = np.random.Generator(np.random.PCG64(7))
    cloud = np.zeros((rows, columns), np.float32)
    for points, weight in ((20, 1.0), (10, 0.7), (5, 0.4)):
        coarse = rng.random((rows // points + 2, columns // points + 2), np.float32)
        cloud += weight * np.asarray(Image.fromarray(coarse).resize((columns, rows), Image.Resampling.BICUBIC))
    cloud = (cloud - cloud.min()) / (cloud.max() - cloud.min())
    return 1 - 0.4 * cloud


class TissuePicture:
    """Draws tissue states of one grid in one view, frame after frame.

    Parameters
    ----------
    grid : TissueGrid
        The grid of the states to draw.
    points : int
        Grid points across the view, centered on the grid; no more than the grid has.
    scale : int
        Pixels a grid point.

    Attributes
    ----------
    size : (int, int)
        Height and width of the pictures in pixels.
    """

    def __init__(self, grid: TissueGrid, points: int = 141, scale: int = 4) -> None:
        self.grid, self.scale = grid, scale
        self.rows, self.columns = min(points, grid.rows), min(points, grid.columns)
        self.top, self.left = (grid.rows - self.rows) // 2, (grid.columns - self.columns) // 2
        self.size = self.rows * scale, self.columns * scale
        um = scale / grid.spacing_um  # pixels a micrometer
        vessel = max(26 * um, 7.5)
        self._margin = int(vessel + 6 * um) + 6  # sprites may hang over the border
        height, width = self.size
        self._stride = width + 2 * self._margin
        self._canvas = np.zeros((height + 2 * self._margin, self._stride), np.uint8)
        self._inner = self._canvas[self._margin : -self._margin, self._margin : -self._margin]
        self._window = np.s_[self.top : self.top + self.rows, self.left : self.left + self.columns]
        self._density = _mottle(*grid.shape)[self._window] * np.float32(16 * (ECM_LEVELS - 1))
        # Four thresholds in turn make four shades of each step between levels: no bands, and PNG packs it well.
        dither = np.tile(np.array([[2, 10], [14, 6]], np.uint8), (height // 2 + 1, width // 2 + 1))
        self._dither, self._dither_haze = dither[:height, :width].copy(), dither[1:, 1:][:height, :width].copy()
        y, x = _distances(int(7 * um) + 3)
        disc = 6.6 * um + 0.35 - np.hypot(y, x)
        diamond = (7.6 * um + 0.5 - np.abs(y) * 0.8 - np.abs(x)) * 0.78
        rim = max(0.9, 2.2 * um)
        self._epithelial = _cell_sprite(style.EPITHELIAL, disc, rim, self._stride)
        self._mesenchymal = _cell_sprite(style.MESENCHYMAL, diamond, rim, self._stride)
        self._vessel = _ring_sprite(vessel, max(7.5 * um, 2.4))
        self._ruptured = _ring_sprite(vessel, max(7.5 * um, 2.4), [(0.0, 0.7)])
        self._line = 5.0 * um  # half the thickness of the whole lamina, pixels

    def draw(self, state: TissueState, caption: str = "") -> Pixels:
        """Draw a state.

        Parameters
        ----------
        state : TissueState
            On the grid of this picture.
        caption : str
            A few words for the box at the top left; empty for no box.

        Returns
        -------
        uint8 array, shape `size`
            Palette indices; a new array each time.

        Raises
        ------
        ValueError
            If the state is on another grid.
        """
        if state.mmp.shape != self.grid.shape:
            raise ValueError(f"the state is on a grid of {state.mmp.shape} points; this picture, of {self.grid.shape}")
        self._draw_fields(state)
        if len(state.lamina_site):
            self._draw_lamina(state)
        self._draw_cells(state)
        for site, torn in zip(state.vessel_site.tolist(), state.vessel_ruptured.tolist(), strict=True):
            self._draw_vessel(site, torn)
        self._draw_box(self._scale_box, self.size[0] - self._scale_box[0].shape[0] - 12, 12)
        if caption:
            self._draw_box(_caption_box(caption), 12, 12)
        return self._inner.copy()

    def _draw_fields(self, state: TissueState) -> None:
        height, width = self.size
        ecm = np.minimum(state.ecm[self._window], 1) * self._density
        mmp = state.mmp[self._window]
        haze = mmp / (mmp + np.float32(MMP_HALF)) * np.float32(16 * (MMP_LEVELS - 1))
        e, m = (
            np.asarray(Image.fromarray(np.round(f).astype(np.uint8)).resize((width, height), Image.Resampling.BILINEAR))
            for f in (ecm, haze)
        )
        level = (e + self._dither) >> 4
        level *= MMP_LEVELS
        np.add(level, (m + self._dither_haze) >> 4, out=self._inner)

    @cached_property
    def _annulus(self) -> tuple[Index, Floats, Floats]:
        """Pixels near the lamina: flat index, distance from its middle line in pixels, angle in radians."""
        height, width = self.size
        center_y = ((self.grid.rows - 1) / 2 - self.top + 0.5) * self.scale - 0.5
        center_x = ((self.grid.columns - 1) / 2 - self.left + 0.5) * self.scale - 0.5
        y, x = np.arange(height)[:, None] - center_y, np.arange(width)[None, :] - center_x
        off = np.abs(np.hypot(y, x) - LAMINA_RADIUS_UM / self.grid.spacing_um * self.scale)
        row, column = np.nonzero(off < self._line + 1)
        where = (row + self._margin) * self._stride + column + self._margin
        angle = np.arctan2(y[row, 0], x[0, column])
        return where, off[row, column].astype(np.float32), angle.astype(np.float32)

    def _draw_lamina(self, state: TissueState) -> None:
        """A line as thick as the lamina is whole; pale and thin where it has just opened, then nothing."""
        where, off, angle = self._annulus
        row, column = np.divmod(state.lamina_site, self.grid.columns)
        at = np.arctan2(row - (self.grid.rows - 1) / 2, column - (self.grid.columns - 1) / 2)
        n = max(8, round(2 * np.pi * LAMINA_RADIUS_UM / self.grid.spacing_um))
        bins = np.floor((at + np.pi) / (2 * np.pi) * n).astype(np.intp) % n
        # The strongest layer is what stops a cell; the line's thickness follows the mean over the layers.
        count, best = np.bincount(bins, minlength=n), np.zeros(n)
        np.maximum.at(best, bins, state.lamina)
        there = np.flatnonzero(count)
        mean = np.bincount(bins, state.lamina, n)[there] / count[there]
        whole = best[there] >= PASSABLE
        half = np.where(whole, self._line * (0.15 + 0.85 * mean), 0.35)
        ink = np.where(whole, 0.6 + 0.35 * mean, 0.5 * np.clip((best[there] - 0.1) / (PASSABLE - 0.1), 0, 1))
        middle = (there + 0.5) / n * (2 * np.pi) - np.pi
        half = np.interp(angle, middle, half, period=2 * np.pi)
        cover = np.clip(half + 0.5 - off, 0, 1) * np.interp(angle, middle, ink, period=2 * np.pi)
        canvas = self._canvas.ravel()
        canvas[where] = _over(style.LAMINA)[_eighths(cover) + canvas[where]]

    def _draw_cells(self, state: TissueState) -> None:
        row, column = np.divmod(state.cell_site, self.grid.columns)
        row, column = row - self.top, column - self.left
        seen = np.flatnonzero((row >= 0) & (row < self.rows) & (column >= 0) & (column < self.columns))
        # Each cell keeps its own place inside a grid point, or the picture would shimmer: an even
        # sequence in two dimensions (Roberts 2018), in 32-bit whole numbers.
        number = state.cell_id[seen].astype(np.uint32)
        dy, dx = (((number * np.uint32(k)) >> 16) * np.uint32(self.scale) >> 16 for k in (0xC13FA9A9, 0x91E10DA5))
        y = row[seen] * self.scale + dy.astype(np.intp) + self._margin
        x = column[seen] * self.scale + dx.astype(np.intp) + self._margin
        at, mesenchymal = y * self._stride + x, state.cell_mesenchymal[seen]
        canvas = self._canvas.ravel()
        for cells, fill, sprite in (
            (at[~mesenchymal], style.EPITHELIAL, self._epithelial),
            (at[mesenchymal], style.MESENCHYMAL, self._mesenchymal),
        ):
            solid, color, soft, opacity = sprite
            where = cells[:, None] + soft
            canvas[where] = _over(style.dark(fill))[opacity + canvas[where]]
            # Where cells overlap, the last one assigned is on top: cell by cell, not pixel by pixel.
            canvas[cells[:, None] + solid] = color

    def _draw_vessel(self, site: int, torn: bool) -> None:
        halo, ring = self._ruptured if torn else self._vessel
        r = len(ring) // 2
        row, column = divmod(site, self.grid.columns)
        y = round((row - self.top + 0.5) * self.scale) - r
        x = round((column - self.left + 0.5) * self.scale) - r
        height, width = self.size
        if not (-r <= y + r < height + r and -r <= x + r < width + r):
            return
        y, x = y + self._margin, x + self._margin
        below = self._canvas[max(y, 0) : y + 2 * r + 1, max(x, 0) : x + 2 * r + 1]
        cut = np.s_[max(-y, 0) : max(-y, 0) + below.shape[0], max(-x, 0) : max(-x, 0) + below.shape[1]]
        below[...] = _over(style.PAPER)[halo[cut] + below]
        below[...] = _over(style.VESSEL)[ring[cut] + below]

    @cached_property
    def _scale_box(self) -> tuple[Index, Index]:
        length = round(SCALE_BAR_UM / self.grid.spacing_um * self.scale)
        words = _text(f"{SCALE_BAR_UM} µm", 13)
        ink = np.zeros((17 + words.shape[0], length + 20), np.float32)
        ink[5 : 5 + words.shape[0], 10 : 10 + words.shape[1]] = words
        ink[-10:-7, 10:-10] = 1
        return _eighths(0.88 * _rounded(*ink.shape, 7)), _eighths(ink)

    def _draw_box(self, box: tuple[Index, Index], top: int, left: int) -> None:
        paper, ink = box
        below = self._inner[top : top + paper.shape[0], left : left + paper.shape[1]]
        cut = np.s_[: below.shape[0], : below.shape[1]]
        below[...] = _over(style.PAPER)[paper[cut] + below]
        below[...] = _over(style.INK)[ink[cut] + below]

    def png(self, indices: Pixels) -> bytes:
        """Encode palette indices as PNG bytes."""
        image = Image.fromarray(indices, "P")
        image.putpalette(palette().tobytes())
        file = io.BytesIO()
        image.save(file, "PNG", compress_level=1)
        return file.getvalue()


@lru_cache(maxsize=64)
def _caption_box(words: str) -> tuple[Index, Index]:
    text = _text(words, 13)
    ink = np.pad(text, ((5, 6), (10, 10)))
    return _eighths(0.88 * _rounded(*ink.shape, 7)), _eighths(ink)


def zoom_for(state: TissueState) -> str:
    """Choose a view: "near" until a cell lies beyond it, then "far"."""
    points = VIEWS["near"][0]
    row, column = np.divmod(state.cell_site, state.grid.columns)
    away = np.maximum(np.abs(row - state.grid.rows // 2), np.abs(column - state.grid.columns // 2))
    return "far" if (away > points // 2).any() else "near"


def caption_for(state: TissueState) -> str:
    """Say the day, and whether the lamina holds: "day 4.6 · breach at day 4.2"."""
    words = f"day {state.time_s / 86400:.1f}"
    if len(state.lamina_site):
        breach = state.breach_step * STEP_S / 86400
        words += f" · breach at day {breach:.1f}" if breach >= 0 else " · lamina holds"
    return words


@lru_cache(maxsize=8)
def picture_of(grid: TissueGrid, zoom: str) -> TissuePicture:
    """Return the picture of a grid at a zoom of `VIEWS`, made once.

    Raises
    ------
    ValueError
        If there is no such zoom.
    """
    if zoom not in VIEWS:
        raise ValueError(f"zoom = {zoom!r} is not a view of the tissue; {', '.join(VIEWS)} or auto is")
    return TissuePicture(grid, *VIEWS[zoom])


def tissue_png(state: TissueState, *, zoom: str = "auto", caption: str | None = None) -> bytes:
    """Draw a state as PNG bytes, without any browser.

    Parameters
    ----------
    state : TissueState
        The tissue at one moment.
    zoom : {"auto", "close", "near", "far"}
        0.7 mm, 1.4 mm or 2 mm across; ``"auto"`` is near until cells lie beyond.
    caption : str, optional
        Words for the box at the top left; without them, the day and whether the lamina holds.

    Returns
    -------
    bytes
        A palette PNG.

    Raises
    ------
    ValueError
        If there is no such zoom.
    """
    picture = picture_of(state.grid, zoom_for(state) if zoom == "auto" else zoom)
    return picture.png(picture.draw(state, caption_for(state) if caption is None else caption))
