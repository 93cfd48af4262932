"""Written lines as masks, and quiet boxes that hold them: one font, one caption and one scale bar for all pictures."""

from __future__ import annotations

import io
import math
from functools import cache, lru_cache
from importlib.resources import files

from PIL import Image, ImageDraw, ImageFont

from metakit.widgets.draw import style

FINE = 2  # drawn at twice the size and halved: soft edges
EDGE = 12  # of a box, from the border of the picture
TEXT = 14.0  # height of the words in a box

Mask = Image.Image
_FONT = "widgets/draw/font/DejaVuSansCondensed.ttf"


@lru_cache(maxsize=32)
def font(size: float) -> ImageFont.FreeTypeFont:
    """Return the font of all pictures in a size, px; it has Greek letters, and the signs of numbers and units."""
    return ImageFont.truetype(io.BytesIO(_font_file()), size)


@cache
def _font_file() -> bytes:
    return files("metakit").joinpath(_FONT).read_bytes()


@lru_cache(maxsize=512)
def letters(words: str, size: float, anchor: str = "ls") -> tuple[tuple[int, int], Mask]:
    """Write a line. Most of a picture's words are those of the frame before: the masks are kept.

    Parameters
    ----------
    words : str
        The line.
    size : float
        Of the font, px.
    anchor : str
        Pillow's: "ls" is the left end of the base line.

    Returns
    -------
    corner : (int, int)
        Where the mask's corner lies from the anchor, px.
    mask : Image
        Of mode L.
    """
    left, top, right, bottom = (math.floor(edge) for edge in font(size).getbbox(words, anchor=anchor))
    mask = Image.new("L", (right - left + 1, bottom - top + 1))
    ImageDraw.Draw(mask).text((-left, -top), words, 255, font(size), anchor)
    return (left, top), mask


def width(words: str, size: float = TEXT) -> float:
    """Measure how wide a line is.

    Parameters
    ----------
    words : str
        The line.
    size : float
        Of the font, px.

    Returns
    -------
    float
        Px of the finished picture.
    """
    return font(size * FINE).getlength(words) / FINE


@lru_cache(maxsize=128)
def box(words: str, scale: float = 1.0, bar: float = 0.0, room: float = 540.0) -> tuple[Mask, Mask]:
    """Draw a quiet rounded box with words in it.

    Parameters
    ----------
    words : str
        A line that is too long for the picture is written smaller.
    scale : float
        Size of everything but the room, relative to a picture of 540 px.
    bar : float
        Length of a bar under the words, px before `scale`; 0 for none.
    room : float
        Width of the picture, px before `scale`.

    Returns
    -------
    paper, ink : Image
        Where the box is, and what is written in it: masks of one size.
    """
    size = min(TEXT, TEXT * (room - 2 * EDGE - 20) / max(width(words), 1.0))
    fine = FINE * scale
    extent = round((max(bar, width(words, size)) + 20) * scale), round((34 if bar else 28) * scale)
    paper, ink = (Image.new("L", (extent[0] * FINE, extent[1] * FINE)) for _ in range(2))
    ImageDraw.Draw(paper).rounded_rectangle((0, 0, paper.width - 1, paper.height - 1), 7 * fine, 230)
    (left, top), mask = letters(words, size * fine)
    ink.paste(mask, (round(10 * fine) + left, round((18 if bar else 19) * fine) + top))
    if bar:
        ImageDraw.Draw(ink).rectangle((10 * fine, 24.5 * fine, (10 + bar) * fine - 1, 27.5 * fine - 1), 255)
    return paper.reduce(FINE), ink.reduce(FINE)


def caption(image: Image.Image, words: str, scale: float = 1.0) -> None:
    """Write into a quiet box at the top left.

    Parameters
    ----------
    image : Image
        Of mode RGB; it is drawn on.
    words : str
        What is written.
    scale : float
        Size of the box, relative to a picture of 540 px.
    """
    edge = round(EDGE * scale)
    _stick(image, box(words, scale, room=image.width / scale), (edge, edge))


def scale_bar(image: Image.Image, length_px: float, words: str, scale: float = 1.0) -> None:
    """Draw a bar of a length with what it stands for at the bottom left.

    Parameters
    ----------
    image : Image
        Of mode RGB; it is drawn on.
    length_px : float
        Length of the bar, px before `scale`.
    words : str
        What it stands for.
    scale : float
        Size of the box, relative to a picture of 540 px.
    """
    masks, edge = box(words, scale, length_px), round(EDGE * scale)
    _stick(image, masks, (edge, image.height - edge - masks[0].height))


def _stick(image: Image.Image, masks: tuple[Mask, Mask], corner: tuple[int, int]) -> None:
    for color, mask in zip((style.PAPER, style.INK), masks, strict=True):
        image.paste(color, corner, mask)
