"""Pictures drawn with Pillow, smoothly: what is not a tissue is drawn on a `Sketch`."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFont

from metakit.widgets.draw import style

SIZE = 540
FINE = 2  # drawn at twice the size and halved: soft edges
Point = tuple[float, float]
# Pillow's own font draws an empty box for these.
_LETTERS = str.maketrans(dict(zip("µμ×–—−²³≈→•", "uux---23~>·", strict=True)) | {"≤": "<=", "≥": ">="})


@lru_cache(maxsize=16)
def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


@lru_cache(maxsize=512)
def letters(words: str, size: float, anchor: str) -> tuple[tuple[int, int], Image.Image | None]:
    """A written line as a mask, and where its corner lies: most of a picture's words are those of the frame before."""
    font, plain = _font(size * FINE), _plain(words)
    place = [math.floor(edge) for edge in font.getbbox(plain, anchor=anchor)[:2]]
    left, top, right, bottom = (math.floor(edge) for edge in font.getbbox(_plain(words.replace("µ", "p")), anchor="ls"))
    if right <= left or bottom <= top:
        return (0, 0), None

    def written(text: str) -> Image.Image:
        mask = Image.new("L", (right - left + 1, bottom - top + 1))
        ImageDraw.Draw(mask).text((-left, -top), text, 255, font, "ls")
        return mask

    mask = written(plain)
    for i in (i for i, letter in enumerate(words) if letter == "µ"):
        # That font has no µ: it becomes a u, with the stem of a p below the line.
        below = (0, -top, *mask.size)
        mask.paste(ImageChops.lighter(mask.crop(below), written(plain[:i] + "p").crop(below)), below)
    rise = math.floor(font.getbbox(plain, anchor="ls")[1]) - top  # a p is as high as a u: none, but for rounding
    return (place[0], place[1] - rise), mask


class Sketch:
    """A square picture; places are in pixels of the finished picture, from the top left.

    Parameters
    ----------
    paper : str
        Color of the ground.
    """

    def __init__(self, paper: str = style.PAPER) -> None:
        self._begin(Image.new("RGB", (SIZE * FINE, SIZE * FINE), paper))

    def _begin(self, image: Image.Image, palette: Image.Image | None = None) -> None:
        self._image, self._palette = image, palette
        self._solid, self._clear = ImageDraw.Draw(image), ImageDraw.Draw(image, "RGBA")

    def _pen(self, color: str | None, rim: str | None = None) -> ImageDraw.ImageDraw:
        """Mixing in what is below is slow: only for a color that lets it through, #RRGGBBAA."""
        return self._clear if len(color or "") > 7 or len(rim or "") > 7 else self._solid

    def disc(self, at: Point, radius: float, fill: str | None, rim: str | None = None, width: float = 1.0) -> None:
        """Draw a filled circle, a ring, or both."""
        place = (at[0] * FINE, at[1] * FINE)
        self._pen(fill, rim).circle(place, radius * FINE, fill, rim, round(width * FINE) if rim else 0)

    def ellipse(self, at: Point, half: Point, fill: str | None, rim: str | None = None, width: float = 1.0) -> None:
        """Draw an upright ellipse by its middle and its two half axes."""
        (x, y), (a, b) = at, half
        ends = ((x - a) * FINE, (y - b) * FINE, (x + a) * FINE, (y + b) * FINE)
        self._pen(fill, rim).ellipse(ends, fill, rim, round(width * FINE) if rim else 0)

    def diamond(self, at: Point, radius: float, fill: str, rim: str | None = None) -> None:
        """Draw a diamond."""
        x, y = at
        corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]
        self._pen(fill, rim).polygon([(a * FINE, b * FINE) for a, b in corners], fill, rim, FINE if rim else 0)

    def cross(self, at: Point, arm: float, color: str, width: float = 1.0) -> None:
        """Draw a cross on its tips."""
        x, y, a = at[0] * FINE, at[1] * FINE, arm * FINE
        pen, thick = self._pen(color), round(width * FINE)
        pen.line((x - a, y - a, x + a, y + a), color, thick)
        pen.line((x - a, y + a, x + a, y - a), color, thick)

    def shape(self, points: Iterable[Sequence[float]], fill: str, rim: str | None = None) -> None:
        """Draw a filled polygon."""
        corners = [(float(x) * FINE, float(y) * FINE) for x, y in points]
        self._pen(fill, rim).polygon(corners, fill, rim, FINE if rim else 0)

    def line(self, points: Iterable[Sequence[float]], color: str, width: float = 1.5, dash: float = 0.0) -> None:
        """Draw a line through points; with a dash length, in pixels, dashed."""
        places = [(float(x) * FINE, float(y) * FINE) for x, y in points]
        if not dash:
            self._pen(color).line(places, color, round(width * FINE), joint="curve")
            return
        length, gone = dash * FINE, 0.0  # dashes go on around corners, however short the parts of the line are
        for (x0, y0), (x1, y1) in pairwise(places):
            way = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
            first = int(gone // (2 * length)) * 2 * length - gone
            for i in range(int((way - first) // (2 * length)) + 1):
                a, b = max(first + 2 * i * length, 0.0), min(first + (2 * i + 1) * length, way)
                if b > a:
                    ends = [(x0 + t / way * (x1 - x0), y0 + t / way * (y1 - y0)) for t in (a, b)]
                    self._pen(color).line(ends, color, round(width * FINE))
            gone += way

    def box(self, corner: Point, size: Point, fill: str, radius: float = 7.0, rim: str | None = None) -> None:
        """Draw a rounded box."""
        (x, y), (w, h) = corner, size
        ends = (x * FINE, y * FINE, (x + w) * FINE, (y + h) * FINE)
        self._pen(fill, rim).rounded_rectangle(ends, radius * FINE, fill, rim, FINE if rim else 0)

    def text(self, at: Point, words: str, size: float = 14, color: str = style.INK, anchor: str = "ls") -> None:
        """Write a line; the anchor is Pillow's: "ls" begins at the place, "mm" is centered on it."""
        (left, top), mask = letters(words, size, anchor)
        if mask:
            self._pen(color).bitmap((round(at[0] * FINE) + left, round(at[1] * FINE) + top), mask, color)

    def caption(self, words: str) -> None:
        """Write into a quiet box at the top left; a long line is written smaller, so that it stays in the picture."""
        size = min(14.0, 14.0 * (SIZE - 44) / max(_width(words, 14), 1))
        self.box((12, 12), (_width(words, size) + 20, 28), style.PAPER)
        self.text((22, 31), words, size)

    def scale_bar(self, length_px: float, words: str) -> None:
        """Draw a bar of a length, with what it stands for, in a quiet box at the bottom left."""
        self.box((12, SIZE - 46), (max(length_px, _width(words, 14)) + 20, 34), style.PAPER)
        self.text((22, SIZE - 28), words)
        self.line([(22, SIZE - 20), (22 + length_px, SIZE - 20)], style.INK, 3)

    def width(self, words: str, size: float = 14) -> float:
        """How wide a line would be written, px."""
        return _width(words, size)

    def copy(self) -> Sketch:
        """Another sketch that begins with what is drawn here: what never changes need not be drawn again."""
        other = Sketch.__new__(Sketch)
        other._begin(self._image.copy(), self._palette)
        return other

    def fix_palette(self, colors: Iterable[str]) -> None:
        """Choose the 256 colors now, for this sketch and its copies: finding them anew takes half of `png`'s time.

        `colors` are those that will be drawn later; others come out as the nearest one.
        """
        sample = self.copy()
        for i, color in enumerate(colors):
            corner = (SIZE - 24.0, 12.0 * i)
            sample.box(corner, (24, 12), style.PAPER, 0)
            sample.disc((corner[0] + 12, corner[1] + 6), 5, color)
        self._palette = sample.image().quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)

    def image(self) -> Image.Image:
        """The picture in its final size, to put something on that moves while this stays."""
        return self._image.reduce(FINE)

    def png(self) -> bytes:
        """Finish: the picture as PNG bytes."""
        return png_of(self.image(), self._palette)


def smooth(points: Sequence[Point], closed: bool = False) -> list[Point]:
    """A soft line through points (Catmull-Rom), six pieces from one to the next."""
    n = len(points)
    around = [points[-1], *points, *points[:2]] if closed else [points[0], *points, points[-1]]
    found: list[Point] = []
    for i in range(n if closed else n - 1):
        a, b, c, d = (np.array(p) for p in around[i : i + 4])
        for t in np.arange(6) / 6:
            x, y = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
            found.append((float(x), float(y)))
    return found if closed else [*found, points[-1]]


def png_of(image: Image.Image, palette: Image.Image | None = None) -> bytes:
    """Write an image as PNG bytes: 256 colors hold a sketch and its soft edges, in half the bytes and the time."""
    file, no = io.BytesIO(), Image.Dither.NONE
    if palette is None:
        few = image.quantize(256, Image.Quantize.FASTOCTREE, dither=no)
    else:
        few = image.quantize(palette=palette, dither=no)
    few.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _plain(words: str) -> str:
    """Words in letters that Pillow's own font has."""
    return words.translate(_LETTERS)


def _width(words: str, size: float) -> float:
    """Width of a written line, in pixels of the finished picture."""
    return _font(size * FINE).getlength(_plain(words)) / FINE
