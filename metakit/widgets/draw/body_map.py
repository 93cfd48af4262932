"""A body with its organs where they are, vessels as lines, counts as dots, arrows: what body-scale views draw on.

The person looks at us: their right side is on the left. Every organ is named in a column beside the body, with a thin
line to its place. Blood is vermilion and solid, lymph green and dashed. Whatever does not change is drawn once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from metakit.core.words import write_number
from metakit.widgets.draw import style
from metakit.widgets.draw.body_places import ARTERIES, LYMPH, OUTLINE, PLACES, SHAPES, VESSELS
from metakit.widgets.draw.labels import width
from metakit.widgets.draw.sketch import SIZE, Point, Sketch, smooth

SKIN, SKIN_RIM, ORGAN, ORGAN_RIM, HAIR = "#F3E7D6", "#D9C6AA", "#E9D6BC", "#BFA581", "#B8AE9E"
COLUMN = {"left": 10.0, "right": SIZE - 10.0}
FINGER = 26.0  # px
ROW = 40.0  # least distance of two names in a column, px
TOP, BOTTOM = {"left": 62.0, "right": 30.0}, 482.0
Way = tuple[tuple[Point, ...], str]  # a line of one's own: its points, and "blood" or "lymph"


@dataclass(frozen=True)
class Arrow:
    """An arrow on the body from one organ to another; the width is in pixels, the words stand at its middle."""

    start: str
    end: str
    width: float = 2.0
    words: str = ""
    color: str = style.VESSEL
    dash: float = 0.0


def dot_radius(count: float) -> float:
    """Return the radius of the dot that stands for a count, px: the same step for every ten times more."""
    return 0.0 if count < 1 else min(17.0, 2.6 + 1.15 * math.log10(count))


@lru_cache(maxsize=16)
def rows(names: tuple[str, ...]) -> Mapping[str, tuple[str, float]]:
    """Choose in which column, and how high, each organ is named: as near to it as there is room."""
    found: dict[str, tuple[str, float]] = {}
    for side in COLUMN:
        here = sorted((n for n in names if PLACES[n].side == side), key=lambda n: PLACES[n].y)
        if not here:
            continue
        row = min(ROW, (BOTTOM - TOP[side]) / max(1, len(here) - 1))
        heights: list[float] = []
        for name in here:
            heights.append(max(PLACES[name].y, TOP[side] if not heights else heights[-1] + row))
        over = heights[-1] - BOTTOM
        for i in reversed(range(len(heights))):  # what hangs over at the bottom moves those above up
            heights[i] = min(heights[i], BOTTOM - row * (len(heights) - 1 - i)) if over > 0 else heights[i]
        found |= {name: (side, y) for name, y in zip(here, heights, strict=True)}
    return found


def pick_organ(share: tuple[float, float], origins: Mapping[str, str]) -> str:
    """Find the origin whose organ is seen somewhere in the picture.

    Parameters
    ----------
    share : (float, float)
        Shares of the picture's width and height, from the left and from the top.
    origins : mapping of str to str
        Organs, keys of `PLACES`, and the origin that lies in each.

    Returns
    -------
    str
        The nearest one.

    Raises
    ------
    ValueError
        If none is as near as a finger.
    """
    x, y = SIZE * share[0], SIZE * share[1]
    away = {origin: math.hypot(PLACES[organ].x - x, PLACES[organ].y - y) for organ, origin in origins.items()}
    nearest = min(away, key=away.__getitem__)
    if away[nearest] > FINGER:
        raise ValueError(f"no cancer of this model begins there; these do: {', '.join(sorted(away))}")
    return nearest


@lru_cache(maxsize=16)
def _ground(body: BodyMap) -> Sketch:
    """Draw all that stays: outline, vessels, organs, their names and the lines to them."""
    sketch = Sketch(style.PAPER)
    sketch.shape(OUTLINE, SKIN, SKIN_RIM)
    for name in (*body.names, *(["left lung"] if "lung" in body.names else [])):
        p = PLACES[name]
        if name in SHAPES:
            sketch.shape(smooth([(p.x + a * p.rx, p.y + b * p.ry) for a, b in SHAPES[name]], True), ORGAN, ORGAN_RIM)
        else:
            sketch.ellipse((p.x, p.y), (p.rx, p.ry), ORGAN, ORGAN_RIM)
    if body.vessels:
        for way in ARTERIES.values():
            sketch.line(smooth(way), style.VESSEL, 1.2)
        for name, way in VESSELS.items():
            sketch.line(
                smooth(way), style.VESSEL, 3.2 if name in ("aorta", "portal vein", "inferior vena cava") else 2.2
            )
    if body.lymph:
        for duct in LYMPH.values():
            sketch.line(smooth(duct), style.LYMPH, 2.0, dash=5)
    for points, kind in body.ways:
        color, dash = (style.LYMPH, 5) if kind == "lymph" else (style.VESSEL, 0)
        sketch.line(smooth(points), color, 2.4, dash=dash)
    for name, (side, y) in rows(body.names).items():
        p, left = PLACES[name], side == "left"
        edge, end = (p.x - p.rx if left else p.x + p.rx), width(name, 12.5) + 6
        sketch.line([(COLUMN[side] + (end if left else -end), y - 4), (edge, p.y)], HAIR, 0.8)
        sketch.text((COLUMN[side], y), name, 12.5, style.INK, "ls" if left else "rs")
    used = (style.EPITHELIAL, style.MESENCHYMAL, style.VESSEL, style.LYMPH, style.DEAD, style.DORMANT, style.INK)
    sketch.fix_palette([*used, *map(style.dark, used[:-1])])
    return sketch


@lru_cache(maxsize=16)
def _with_arrows(body: BodyMap, arrows: tuple[Arrow, ...]) -> Sketch:
    """Draw arrows on the ground; they often stay from frame to frame."""
    if not arrows:
        return _ground(body)
    sketch = _ground(body).copy()
    for arrow in arrows:
        _draw_arrow(sketch, arrow)
    return sketch


@dataclass(frozen=True)
class BodyMap:
    """A body map of some organs.

    Parameters
    ----------
    names : tuple of str
        Organs to show, keys of `PLACES`.
    vessels, lymph : bool
        Whether blood vessels, and lymph vessels, are drawn.
    ways : tuple of (points, "blood" or "lymph")
        Vessels of one's own, drawn over the others.

    Raises
    ------
    ValueError
        On an organ that has no place.
    """

    names: tuple[str, ...]
    vessels: bool = True
    lymph: bool = True
    ways: tuple[Way, ...] = ()

    def __post_init__(self) -> None:
        """Check the names."""
        unknown = [name for name in self.names if name not in PLACES]
        if unknown:
            raise ValueError(f"the body map has no place for {', '.join(unknown)}; it has {', '.join(PLACES)}")

    def draw(
        self,
        counts: Mapping[str, float],
        *,
        words: Mapping[str, str] | None = None,
        moving: Iterable[tuple[Point, float, str]] = (),
        resting: Iterable[tuple[Point, float, str]] = (),
        arrows: Iterable[Arrow] = (),
        origin: str = "",
        caption: str = "",
        note: str = "",
    ) -> bytes:
        """Draw a frame.

        Parameters
        ----------
        counts : mapping of str to float
            How large the dot on an organ is, by the organ's name; 0 and organs left out have none.
        words : mapping of str to str, optional
            What stands under an organ's name; the count in a few letters if left out.
        moving : iterable of (place, count, side)
            Dots on the way, with their number to the "left" or "right", or without any for "".
        resting : iterable of (place, count, side)
            The same, filled: held outside the organs.
        arrows : iterable of Arrow
            From organ to organ.
        origin : str
            The organ where the tumor is: it gets a double ring and the word.
        caption, note : str
            What stands at the top left, and at the bottom.

        Returns
        -------
        bytes
            A square PNG.
        """
        sketch = _with_arrows(self, tuple(arrows)).copy()
        for name, (side, y) in rows(self.names).items():
            count, p = counts.get(name, 0.0), PLACES[name]
            said = words.get(name, "") if words is not None else write_number(count, short=True) if count else ""
            if count > 0:
                sketch.disc((p.x, p.y), max(2.6, dot_radius(count)), style.EPITHELIAL, style.dark(style.EPITHELIAL))
            if said:
                sketch.text((COLUMN[side], y + 15), said, 13.5, style.EPITHELIAL, "ls" if side == "left" else "rs")
        if origin:
            for radius, thick in ((11, 2), (15, 1)):
                sketch.disc((PLACES[origin].x, PLACES[origin].y), radius, None, style.INK, thick)
        for dots, fill in ((moving, style.PAPER), (resting, style.EPITHELIAL)):  # hollow: on the way; filled: held
            for at, count, side in dots:
                _draw_moving(sketch, at, count, side, fill)
        if caption:
            sketch.caption(caption)
        if note:
            wide = width(note, 13) + 24
            sketch.box(((SIZE - wide) / 2, SIZE - 34), (wide, 24), style.PAPER)
            sketch.text((SIZE / 2, SIZE - 17), note, 13, style.INK, "ms")
        return sketch.png()


def _draw_moving(sketch: Sketch, at: Point, count: float, side: str, fill: str) -> None:
    """Draw a dot with a pale rim on a vessel, and its number beside it on a quiet ground."""
    if count < 1:
        return
    r = dot_radius(count)
    sketch.disc(at, r + 2.2, style.PAPER)
    sketch.disc(at, r + 0.6, fill, style.EPITHELIAL, 3)
    if side:
        said, away = write_number(count, short=True), (r + 5) * (1 if side == "right" else -1)
        wide = width(said, 12) + 6
        x = at[0] + away
        sketch.box((x - 3 if side == "right" else x - wide + 3, at[1] - 9), (wide, 18), style.PAPER, 5)
        sketch.text((x, at[1] + 4.5), said, 12, style.INK, "ls" if side == "right" else "rs")


def _draw_arrow(sketch: Sketch, arrow: Arrow) -> None:
    """Draw a bow from organ to organ with a head at its end."""
    a, b = PLACES[arrow.start], PLACES[arrow.end]
    dx, dy = b.x - a.x, b.y - a.y
    way = max(1.0, math.hypot(dx, dy))
    bend = 0.22 * way
    mid = ((a.x + b.x) / 2 - dy / way * bend, (a.y + b.y) / 2 + dx / way * bend)
    weights = [((1 - t) ** 2, 2 * t * (1 - t), t**2) for t in (i / 16 for i in range(17))]
    points = [(u * a.x + v * mid[0] + w * b.x, u * a.y + v * mid[1] + w * b.y) for u, v, w in weights]
    head = 5 + 1.6 * arrow.width
    ux, uy = b.x - points[13][0], b.y - points[13][1]
    norm = max(1.0, math.hypot(ux, uy))
    ux, uy = ux / norm, uy / norm
    root = (b.x - head * ux, b.y - head * uy)
    sketch.line([*points[:15], root], arrow.color, arrow.width, dash=arrow.dash)
    wing = 0.5 * head
    corners = [(b.x, b.y), (root[0] - wing * uy, root[1] + wing * ux), (root[0] + wing * uy, root[1] - wing * ux)]
    sketch.shape(corners, arrow.color)
    if arrow.words:
        sketch.text(points[8], arrow.words, 12, style.INK, "mm")
