"""What the views of the tissue share: the picture, its zooms, and a smaller one while it moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from metakit.tissue.state import TissueState
from metakit.widgets.draw.palette import Pixels, nearest
from metakit.widgets.draw.tissue_raster import TissuePicture, picture_of, tissue_png, zoom_for
from metakit.widgets.parts.view import StageView


class TissueView(StageView):
    """A view of a `TissueState`; a stage adds words, curves and a caption."""

    ZOOMS: ClassVar[tuple[str, ...]] = ("auto", "close", "near", "far")

    @classmethod
    def caption(cls, state: Any) -> str:
        """Give the words for the box in the picture."""
        return f"day {state.time_d:.1f}"

    @classmethod
    def paint(cls, state: Any, zoom: str = "") -> bytes:
        """Draw the tissue as PNG bytes."""
        return tissue_png(state, zoom=zoom or cls.ZOOMS[0], caption=cls.caption(state))

    @classmethod
    def paint_moving(cls, state: Any, zoom: str = "") -> bytes:
        """Draw the tissue with three quarters of the pixels a side: what moves is not seen that sharply."""
        return tissue_png(state, zoom=zoom or cls.ZOOMS[0], caption=cls.caption(state), sharp=0.75)

    @classmethod
    def find(cls, state: Any, event: str, zoom: str = "") -> tuple[float, float] | None:
        """Find the point of the tissue where an event happens; a stage says which one it is."""
        site = cls.site_of(state, event)
        if site is None:
            return None
        return cls._picture(state, zoom).share(site)

    @classmethod
    def place(cls, state: Any, share: tuple[float, float], zoom: str = "") -> tuple[float, float]:
        """Give the place in the tissue: µm to the right of its center, and up from it."""
        return cls._picture(state, zoom).place_um(share)

    @classmethod
    def _picture(cls, state: Any, zoom: str) -> TissuePicture:
        zoom = zoom or cls.ZOOMS[0]
        return picture_of(state.grid, zoom_for(state) if zoom == "auto" else zoom)

    @classmethod
    def site_of(cls, state: Any, event: str) -> int | None:
        """Give the point of the grid where an event happens.

        Parameters
        ----------
        state : TissueState
            Of the frame in which it happens.
        event : str
            Its name.

        Returns
        -------
        int or None
            None if it has no one place.
        """
        return None


FIRST, ABROAD = 1.0, 2.6  # how many times their size cells are drawn, in the first tissue and in the others


def tissues_png(sites: Mapping[str, TissueState], *, zoom: str = "far", sharp: float = 1.5) -> bytes:
    """Draw four tissues side by side as PNG bytes, each with its caption; the first has the scale bar.

    Where there are few cells they are drawn larger than they are, or they would not be seen.

    Parameters
    ----------
    sites : mapping of str to TissueState
        Captions and tissues, in reading order.
    zoom : {"near", "far"}
        1.35 mm or 2 mm of each tissue across.
    sharp : float
        1.5 for a picture of 810 pixels a side, 0.75 for one of 405.

    Returns
    -------
    bytes
        A palette PNG.
    """
    tiles: list[Pixels] = []
    for caption, site in sites.items():
        picture = picture_of(site.grid, zoom, sharp, tiled=True, cells=ABROAD if tiles else FIRST)
        tiles.append(picture.draw(site, caption, bar=not tiles))
    side, gap = len(tiles[0]), round(4 * sharp)
    sheet = np.full((2 * side + gap, 2 * side + gap), _PAPER, np.uint8)
    for i, tile in enumerate(tiles):
        row, column = divmod(i, 2)
        sheet[row * (side + gap) :, column * (side + gap) :][:side, :side] = tile
    return TissuePicture.png(sheet)


_PAPER = nearest(np.array([251, 248, 242], np.float32))
