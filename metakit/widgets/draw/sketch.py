"""Pictures drawn with Pillow, smoothly: what is not a tissue is drawn on a `Sketch`, small things on a `Stamp`."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from metakit.widgets.draw import labels, style
from metakit.widgets.draw.labels import FINE

SIZE = 540
Point = tuple[float, float]


class Sketch:
    """A picture; places are in pixels of the finished picture, from the top left.

    Parameters
    ----------
    paper : str
        Color of the ground.
    size : (int, int)
        Width and height.
    """

    fine = FINE

    def __init__(self, paper: str = style.PAPER, size: tuple[int, int] = (SIZE, SIZE)) -> None:
        self._begin(Image.new("RGB", (size[0] * self.fine, size[1] * self.fine), paper))

    def _begin(self, image: Image.Image, palette: Image.Image | None = None) -> None:
        self._image, self._palette = image, palette
        self._solid, self._clear = ImageDraw.Draw(image), ImageDraw.Draw(image, "RGBA")

    def _pen(self, color: str | None, rim: str | None = None) -> ImageDraw.ImageDraw:
        """Choose the pen: mixing in what is below is slow, and only for a color that lets it through, #RRGGBBAA."""
        return self._clear if len(color or "") > 7 or len(rim or "") > 7 else self._solid

    def _place(self, x: float, y: float) -> Point:
        """Place a point in the image that is drawn on."""
        return float(x) * self.fine, float(y) * self.fine

    def _places(self, points: Iterable[Sequence[float]]) -> list[Point]:
        return [self._place(x, y) for x, y in points]

    def _thick(self, width: float) -> int:
        return max(1, round(width * self.fine))

    def disc(self, at: Point, radius: float, fill: str | None, rim: str | None = None, width: float = 1.0) -> None:
        """Draw a filled circle, a ring, or both.

        Parameters
        ----------
        at : (float, float)
            Its middle.
        radius : float
            Px.
        fill, rim : str, optional
            Colors of the inside and of the ring.
        width : float
            Of the ring, px.
        """
        self.ellipse(at, (radius, radius), fill, rim, width)

    def ellipse(self, at: Point, half: Point, fill: str | None, rim: str | None = None, width: float = 1.0) -> None:
        """Draw an upright ellipse.

        Parameters
        ----------
        at : (float, float)
            Its middle.
        half : (float, float)
            Its half axes, px.
        fill, rim : str, optional
            Colors of the inside and of the outline.
        width : float
            Of the outline, px.
        """
        (x, y), a, b = self._place(*at), half[0] * self.fine, half[1] * self.fine
        self._pen(fill, rim).ellipse((x - a, y - b, x + a, y + b), fill, rim, self._thick(width) if rim else 0)

    def diamond(self, at: Point, radius: float, fill: str, rim: str | None = None) -> None:
        """Draw a diamond.

        Parameters
        ----------
        at : (float, float)
            Its middle.
        radius : float
            From there to its tips, px.
        fill, rim : str
            Colors; no outline without a rim.
        """
        x, y = at
        self.shape([(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)], fill, rim)

    def cross(self, at: Point, arm: float, color: str, width: float = 1.0) -> None:
        """Draw a cross on its tips.

        Parameters
        ----------
        at : (float, float)
            Its middle.
        arm : float
            Half its width, px.
        color : str
            Of the lines.
        width : float
            Of the lines, px.
        """
        x, y = at
        for up in (-arm, arm):
            self.line([(x - arm, y + up), (x + arm, y - up)], color, width)

    def shape(self, points: Iterable[Sequence[float]], fill: str, rim: str | None = None) -> None:
        """Draw a filled polygon.

        Parameters
        ----------
        points : iterable of (float, float)
            Its corners.
        fill, rim : str
            Colors; no outline without a rim.
        """
        self._pen(fill, rim).polygon(self._places(points), fill, rim, self.fine if rim else 0)

    def line(self, points: Iterable[Sequence[float]], color: str, width: float = 1.5, dash: float = 0.0) -> None:
        """Draw a line through points.

        Parameters
        ----------
        points : iterable of (float, float)
            Two or more.
        color : str
            Of the line.
        width : float
            Of the line, px.
        dash : float
            Length of its dashes, px; 0 for a solid one.
        """
        places, pen, thick = self._places(points), self._pen(color), self._thick(width)
        if not dash:
            pen.line(places, color, thick, joint="curve" if len(places) > 2 else None)
            return
        length, gone = dash * self.fine, 0.0  # dashes go on around corners, however short the parts of the line are
        for (x0, y0), (x1, y1) in pairwise(places):
            way = math.hypot(x1 - x0, y1 - y0)
            first = int(gone // (2 * length)) * 2 * length - gone
            for i in range(int((way - first) // (2 * length)) + 1):
                a, b = max(first + 2 * i * length, 0.0), min(first + (2 * i + 1) * length, way)
                if b > a:
                    pen.line([(x0 + t / way * (x1 - x0), y0 + t / way * (y1 - y0)) for t in (a, b)], color, thick)
            gone += way

    def box(self, corner: Point, size: Point, fill: str, radius: float = 7.0, rim: str | None = None) -> None:
        """Draw a rounded box.

        Parameters
        ----------
        corner, size : (float, float)
            Its top left corner, and its width and height, px.
        fill, rim : str
            Colors; no outline without a rim.
        radius : float
            Of the corners, px.
        """
        (x, y), (w, h) = corner, size
        ends = self._places([(x, y), (x + w, y + h)])
        # Pillow 10.1 draws no box of which nothing, or hardly anything, is left between the round corners.
        round_ = max(0.0, min(radius * self.fine, min(w, h) * self.fine / 2 - 2))
        self._pen(fill, rim).rounded_rectangle(ends, round_, fill, rim, self.fine if rim else 0)

    def text(self, at: Point, words: str, size: float = 14, color: str = style.INK, anchor: str = "ls") -> None:
        """Write a line.

        Parameters
        ----------
        at : (float, float)
            Where the anchor lies.
        words : str
            The line.
        size : float
            Of the font, px.
        color : str
            Of the letters.
        anchor : str
            Pillow's: "ls" begins at the place, "mm" is centered on it.
        """
        (left, top), mask = labels.letters(words, size * self.fine, anchor)
        x, y = self._place(*at)
        self._pen(color).bitmap((round(x) + left, round(y) + top), mask, color)

    def caption(self, words: str) -> None:
        """Write into a quiet box at the top left."""
        labels.caption(self._image, words, self.fine)

    def scale_bar(self, length_px: float, words: str) -> None:
        """Draw a bar of a length, with what it stands for, in a quiet box at the bottom left.

        Parameters
        ----------
        length_px : float
            Length of the bar, px.
        words : str
            What it stands for.
        """
        labels.scale_bar(self._image, length_px, words, self.fine)

    def copy(self) -> Sketch:
        """Begin another sketch with what is drawn here: what never changes need not be drawn again."""
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
        """Return the picture in its final size, to put something on that moves while this stays."""
        return self._image.reduce(self.fine)

    def png(self) -> bytes:
        """Finish: the picture as PNG bytes."""
        return png_of(self.image(), self._palette)


class Stamp(Sketch):
    """A small picture with soft edges, to be laid on others by its middle; it is turned while it is drawn.

    Parameters
    ----------
    side : int
        Pixels a side; the middle is the place (0, 0).
    edge : str
        Color that fades out at the border of what is drawn.
    turn : float
        Angle by which places are turned, clockwise, radians.
    shift : (float, float)
        Where the middle lies inside its pixel.
    """

    fine = 4

    def __init__(self, side: int, edge: str, turn: float = 0.0, shift: Point = (0.0, 0.0)) -> None:
        self._turn = math.cos(turn), math.sin(turn)
        self._middle = side / 2 + shift[0], side / 2 + shift[1]
        self._begin(Image.new("RGBA", (side * self.fine, side * self.fine), edge + "00"))

    def _place(self, x: float, y: float) -> Point:
        (c, s), (right, down) = self._turn, self._middle
        return super()._place(right + x * c - y * s, down + x * s + y * c)


def smooth(points: Sequence[Point], closed: bool = False) -> list[Point]:
    """Lay a soft line through points (Catmull-Rom), six pieces from one to the next.

    Parameters
    ----------
    points : sequence of (float, float)
        Two or more.
    closed : bool
        Whether it goes on from the last to the first.

    Returns
    -------
    list of (float, float)
    """
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
    """Write an image as PNG bytes: 256 colors hold a picture and its soft edges, in half the bytes and the time.

    Parameters
    ----------
    image : Image
        Of RGB, or one that has its palette already.
    palette : Image, optional
        One with the colors to use; they are chosen from the picture if left out.

    Returns
    -------
    bytes
    """
    if image.mode != "P":
        no = Image.Dither.NONE
        image = (
            image.quantize(palette=palette, dither=no)
            if palette is not None
            else image.quantize(256, Image.Quantize.FASTOCTREE, dither=no)
        )
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()
