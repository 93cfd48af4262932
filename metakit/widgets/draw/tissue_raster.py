"""Tissue pictures: fields, lamina, cells and vessels drawn with numpy into an image of palette indices.

Everything that does not change from frame to frame (palette, mottle, sprites, masks, texts) is made once.
"""

from __future__ import annotations

import math
import threading
from functools import lru_cache

import numpy as np
from PIL import Image

from metakit.core.arrays import FloatArray, IndexArray
from metakit.core.grid import TissueGrid
from metakit.tissue.params import LAMINA_RADIUS_UM, PASSABLE
from metakit.tissue.state import TissueState
from metakit.widgets.draw import style
from metakit.widgets.draw.labels import EDGE
from metakit.widgets.draw.palette import ECM_LEVELS, MMP_LEVELS, Pixels, eighths, over, palette
from metakit.widgets.draw.sketch import png_of
from metakit.widgets.draw.sprites import box_sprite, cell_sprite, mottle, ring_sprite, square

# Grid points across and pixels a point: a look at 0.8 mm, at 1.35 mm, and at all 2 mm of the tissue.
POINT_UM = 10.0  # between the points of a full grid
VIEWS = {"close": (77, 7), "near": (135, 4), "far": (201, 3)}
SCALE_BAR_UM = 250
MMP_HALF = 0.1  # MMP at which the haze has half its full strength
MARGIN = 60  # pixels around the picture, so that sprites may hang over its border


class TissuePicture:
    """Draws tissue states of one grid in one view, frame after frame.

    Parameters
    ----------
    grid : TissueGrid
        The grid of the states to draw.
    points : int
        Grid points across the view, centered on the grid; the whole grid if it has fewer.
    scale : int
        Pixels a grid point.
    sharp : float
        Size of texts and rings, relative to the full one.
    cells : float
        How many times their size cells are drawn; above 1 they are drawn over vessels.

    Attributes
    ----------
    size : (int, int)
        Height and width of the pictures in pixels.
    """

    def __init__(
        self, grid: TissueGrid, points: int = 141, scale: int = 4, sharp: float = 1.0, cells: float = 1.0
    ) -> None:
        self.grid, self.scale, self.sharp, self.cells_on_top = grid, scale, sharp, cells > 1
        self.rows, self.columns = min(points, grid.rows), min(points, grid.columns)
        self.top, self.left = (grid.rows - self.rows) // 2, (grid.columns - self.columns) // 2
        self.size = height, width = self.rows * scale, self.columns * scale
        self._stride = width + 2 * MARGIN
        # A kernel may draw in two threads, one for widgets and one for cells: the canvas is for one at a time.
        self._drawing = threading.Lock()
        self._canvas = np.zeros((height + 2 * MARGIN, self._stride), np.uint8)
        self._inner = self._canvas[MARGIN:-MARGIN, MARGIN:-MARGIN]
        self._window = np.s_[self.top : self.top + self.rows, self.left : self.left + self.columns]
        self._density = mottle(*grid.shape)[self._window] * np.float32(16 * (ECM_LEVELS - 1))
        # Four thresholds in turn make four shades of each step between levels: no bands, and PNG packs it well.
        dither = np.tile(np.array([[2, 10], [14, 6]], np.uint8), (height // 2 + 1, width // 2 + 1))
        self._dither, self._dither_haze = dither[:height, :width].copy(), dither[1:, 1:][:height, :width].copy()
        um = scale / grid.spacing_um  # pixels a micrometer
        big = cells * um
        y, x = square(int(7 * big) + 3)
        rim = max(0.9, 2.2 * um)
        disc, diamond = 6.6 * big + 0.35 - np.hypot(y, x), (7.6 * big + 0.5 - np.abs(y) * 0.8 - np.abs(x)) * 0.78
        self._epithelial = cell_sprite(style.EPITHELIAL, disc, rim, self._stride)
        self._mesenchymal = cell_sprite(style.MESENCHYMAL, diamond, rim, self._stride)
        ring = max(28 * um, 5.5 * sharp), max(8 * um, 1.8 * sharp)
        self._vessels = ring_sprite(*ring), ring_sprite(*ring, gap=0.8)
        self._lymph = ring_sprite(*ring, dashes=8)
        self._line = 5 * um  # half the thickness of the whole lamina, pixels
        self._annulus = self._near_lamina()
        self._edge = round(EDGE * sharp)
        self._scale_bar = box_sprite(f"{SCALE_BAR_UM} µm", sharp, SCALE_BAR_UM * um / sharp)

    def draw(self, state: TissueState, caption: str = "", *, bar: bool = True) -> Pixels:
        """Draw a state.

        Parameters
        ----------
        state : TissueState
            On the grid of this picture.
        caption : str
            A few words for the box at the top left; empty for no box.
        bar : bool
            Whether to draw the scale bar.

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
        with self._drawing:
            self._draw_fields(state)
            if self.cells_on_top:
                self._draw_vessels(state)
            self._draw_cells(state)
            if len(state.lamina_site):  # over the cells that press against it, so that its gaps can be seen
                self._draw_lamina(state)
            if not self.cells_on_top:
                self._draw_vessels(state)
            if bar:
                self._draw_box(self._scale_bar, self.size[0] - len(self._scale_bar[0]) - self._edge)
            if caption:
                self._draw_box(box_sprite(caption, self.sharp, room=self.size[1] / self.sharp), self._edge)
            return self._inner.copy()

    def share(self, site: int) -> tuple[float, float]:
        """Place a point of the grid: shares of the picture's width and height, from the left and from the top."""
        row, column = divmod(site, self.grid.columns)
        return (column - self.left + 0.5) * self.scale / self.size[1], (row - self.top + 0.5) * self.scale / self.size[
            0
        ]

    def place_um(self, share: tuple[float, float]) -> tuple[float, float]:
        """Find the place of a pixel in the tissue, the other way round than `share`.

        Parameters
        ----------
        share : (float, float)
            Shares of the picture's width and height, from the left and from the top.

        Returns
        -------
        (float, float)
            µm to the right of the center of the tissue, and up from it; never outside of it.
        """
        across = share[0] * self.size[1] / self.scale + self.left - 0.5 - (self.grid.columns - 1) / 2
        down = share[1] * self.size[0] / self.scale + self.top - 0.5 - (self.grid.rows - 1) / 2
        half = (self.grid.columns - 1) / 2, (self.grid.rows - 1) / 2
        x, y = (min(max(v, -most), most) * self.grid.spacing_um for v, most in zip((across, -down), half, strict=True))
        return x, y

    def _draw_fields(self, state: TissueState) -> None:
        ecm, mmp = np.minimum(state.ecm[self._window], 1), state.mmp[self._window]
        density, haze = (
            np.asarray(Image.fromarray(f.astype(np.uint8)).resize(self.size[::-1], Image.Resampling.BILINEAR))
            for f in (ecm * self._density, mmp / (mmp + np.float32(MMP_HALF)) * np.float32(16 * (MMP_LEVELS - 1)))
        )
        level = (density + self._dither) >> 4
        level *= np.uint8(MMP_LEVELS)
        np.add(level, (haze + self._dither_haze) >> 4, out=self._inner)

    def _near_lamina(self) -> tuple[IndexArray, FloatArray, FloatArray]:
        """Find the pixels near the lamina: place in the canvas, distance from its middle line in pixels, angle."""
        height, width = self.size
        y = np.arange(height)[:, None] - ((self.grid.rows / 2 - self.top) * self.scale - 0.5)
        x = np.arange(width)[None, :] - ((self.grid.columns / 2 - self.left) * self.scale - 0.5)
        off = np.abs(np.hypot(y, x) - LAMINA_RADIUS_UM / self.grid.spacing_um * self.scale)
        row, column = np.nonzero(off < self._line + 1)
        place = (row + MARGIN) * self._stride + column + MARGIN
        return place, off[row, column], np.arctan2(y[row, 0], x[0, column])

    def _draw_lamina(self, state: TissueState) -> None:
        """Draw a line as thick as the lamina is whole; thin and pale where it has just opened, then nothing."""
        place, off, angle = self._annulus
        stretch, n = _stretches(state)
        count, best = np.bincount(stretch, minlength=n), np.zeros(n)
        there = np.flatnonzero(count)
        # The strongest layer is what stops a cell; the line's thickness follows the mean over the layers.
        np.maximum.at(best, stretch, state.lamina)
        best, mean = best[there], np.bincount(stretch, state.lamina, n)[there] / count[there]
        holds = best >= PASSABLE
        half = np.where(holds, self._line * (0.15 + 0.85 * mean), 0.35)
        ink = np.where(holds, 0.6 + 0.35 * mean, 0.5 * np.clip((best - 0.1) / (PASSABLE - 0.1), 0, 1))
        middle = (there + 0.5) / n * (2 * np.pi) - np.pi
        half, ink = (np.interp(angle, middle, v, period=2 * np.pi) for v in (half, ink))
        canvas = self._canvas.ravel()
        canvas[place] = over(style.LAMINA)[eighths(np.clip(half + 0.5 - off, 0, 1) * ink) + canvas[place]]

    def _draw_cells(self, state: TissueState) -> None:
        row, column = np.divmod(state.cell_site, self.grid.columns)
        row, column = row - self.top, column - self.left
        seen = np.flatnonzero((row >= 0) & (row < self.rows) & (column >= 0) & (column < self.columns))
        # Each cell keeps its own place inside a grid point, or the picture would shimmer: an even
        # sequence in two dimensions (Roberts 2018), in 32-bit whole numbers.
        number, scale = state.cell_id[seen].astype(np.uint32), np.uint32(self.scale)
        dy, dx = (((number * np.uint32(k)) >> 16) * scale >> 16 for k in (0xC13FA9A9, 0x91E10DA5))
        y = row[seen] * self.scale + dy.astype(np.intp) + MARGIN
        x = column[seen] * self.scale + dx.astype(np.intp) + MARGIN
        place, mesenchymal = y * self._stride + x, state.cell_mesenchymal[seen]
        canvas = self._canvas.ravel()
        for cells, fill, sprite in (
            (place[~mesenchymal, None], style.EPITHELIAL, self._epithelial),
            (place[mesenchymal, None], style.MESENCHYMAL, self._mesenchymal),
        ):
            solid, color, soft, opacity = sprite
            edge = cells + soft
            canvas[edge] = over(style.dark(fill))[opacity + canvas[edge]]
            canvas[cells + solid] = color  # where cells overlap, the last one assigned lies on top

    def _draw_vessels(self, state: TissueState) -> None:
        for site, torn in zip(state.vessel_site.tolist(), state.vessel_ruptured.tolist(), strict=True):
            self._draw_vessel(site, self._vessels[torn], style.VESSEL)
        for site in state.lymph_site.tolist():
            self._draw_vessel(site, self._lymph, style.LYMPH)

    def _draw_vessel(self, site: int, sprite: tuple[IndexArray, IndexArray], color: str) -> None:
        halo, ring = sprite
        row, column = divmod(site, self.grid.columns)
        r, half = len(ring) // 2, self.scale // 2
        y, x = (row - self.top) * self.scale + half - r, (column - self.left) * self.scale + half - r
        if -MARGIN <= y <= self.size[0] + MARGIN - len(ring) and -MARGIN <= x <= self.size[1] + MARGIN - len(ring):
            below = self._canvas[y + MARGIN :, x + MARGIN :][: len(ring), : len(ring)]
            below[...] = over(style.PAPER)[halo + below]
            below[...] = over(color)[ring + below]

    def _draw_box(self, box: tuple[IndexArray, IndexArray], top: int) -> None:
        below = self._inner[top:, self._edge :][: len(box[0]), : box[0].shape[1]]
        paper, ink = (part[: below.shape[0], : below.shape[1]] for part in box)
        below[...] = over(style.PAPER)[paper + below]
        below[...] = over(style.INK)[ink + below]

    @staticmethod
    def png(indices: Pixels) -> bytes:
        """Encode palette indices as PNG bytes."""
        image = Image.fromarray(indices)
        image.putpalette(palette().tobytes())
        return png_of(image)


def _stretches(state: TissueState) -> tuple[IndexArray, int]:
    """Say in which of so many stretches along the lamina, as long as a point is wide, each of its points lies."""
    grid = state.grid
    row, column = np.divmod(state.lamina_site, grid.columns)
    at = np.arctan2(row - (grid.rows - 1) / 2, column - (grid.columns - 1) / 2)
    n = max(8, round(2 * np.pi * LAMINA_RADIUS_UM / grid.spacing_um))
    return np.floor((at + np.pi) / (2 * np.pi) * n).astype(np.intp) % n, n


def thinnest_site(state: TissueState) -> int:
    """Find a point of the lamina where its strongest layer is the weakest of all: there it opens."""
    stretch, n = _stretches(state)
    best = np.zeros(n)
    np.maximum.at(best, stretch, state.lamina)
    return int(state.lamina_site[best[stretch].argmin()])


def zoom_for(state: TissueState) -> str:
    """Choose the closest view that shows every cell and the whole lamina."""
    site = np.concatenate([state.cell_site, state.lamina_site])
    row, column = np.divmod(site, state.grid.columns)
    away = np.maximum(np.abs(row - state.grid.rows // 2), np.abs(column - state.grid.columns // 2)).max(initial=0)
    away = away * state.grid.spacing_um / POINT_UM
    return next((zoom for zoom, (points, _) in VIEWS.items() if away <= points // 2), "far")


@lru_cache(maxsize=12)
def picture_of(
    grid: TissueGrid, zoom: str, sharp: float = 1.0, *, tiled: bool = False, cells: float = 1.0
) -> TissuePicture:
    """Return the picture of a grid at a zoom, made once.

    Parameters
    ----------
    grid : TissueGrid
        The grid of the states to draw.
    zoom : {"close", "near", "far"}
        One of `VIEWS`.
    sharp : float
        Pixels a side, relative to the full picture.
    tiled : bool
        Whether it is one of four tiles, of half the size.
    cells : float
        How many times their size cells are drawn.

    Returns
    -------
    TissuePicture

    Raises
    ------
    ValueError
        If there is no such zoom.
    """
    if zoom not in VIEWS:
        raise ValueError(f"zoom = {zoom!r} is not a view of the tissue; auto, {', '.join(VIEWS)} are")
    points, scale = VIEWS[zoom]
    wide = grid.spacing_um / POINT_UM  # a point of a coarse grid: so many more pixels, and so many fewer of them
    return TissuePicture(
        grid, math.ceil(points / wide), max(1, int(wide * scale * sharp / (2 if tiled else 1))), sharp, cells
    )


def tissue_png(state: TissueState, *, zoom: str = "auto", caption: str | None = None, sharp: float = 1.0) -> bytes:
    """Draw a state as PNG bytes, without any browser.

    Parameters
    ----------
    state : TissueState
        The tissue at one moment.
    zoom : {"auto", "close", "near", "far"}
        0.8 mm, 1.35 mm or 2 mm across; ``"auto"`` is the closest that shows every cell.
    caption : str, optional
        Words for the box at the top left; without them, the day.
    sharp : float
        Pixels a side, relative to the full picture; less is quicker.

    Returns
    -------
    bytes
        A palette PNG.

    Raises
    ------
    ValueError
        If there is no such zoom.
    """
    picture = picture_of(state.grid, zoom_for(state) if zoom == "auto" else zoom, sharp)
    return picture.png(picture.draw(state, f"day {state.time_d:.1f}" if caption is None else caption))
