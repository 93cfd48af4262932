"""A body with its organs where they are, vessels as lines, counts as dots, arrows: what body-scale views draw on.

The person looks at us: their right side is on the left. Every organ is named in a column beside the body, with a thin
line to its place. Blood is vermilion and solid, lymph green and dashed. Whatever does not change is drawn once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from metakit.widgets import _style
from metakit.widgets._sketch import SIZE, Point, Sketch

SKIN, SKIN_RIM, ORGAN, ORGAN_RIM, HAIR = "#F3E7D6", "#D9C6AA", "#E9D6BC", "#BFA581", "#B8AE9E"
COLUMN = {"left": 10.0, "right": SIZE - 10.0}
ROW = 40.0  # least distance of two names in a column, px
TOP, BOTTOM = {"left": 62.0, "right": 30.0}, 482.0


@dataclass(frozen=True)
class Place:
    """Where an organ is: its middle, its half axes, px, and the column that names it."""

    x: float
    y: float
    rx: float
    ry: float
    side: str
    drawn: bool = True


PLACES: Mapping[str, Place] = {
    "brain": Place(270, 40, 22, 20, "right"),
    "thyroid": Place(270, 101, 9, 6, "right"),
    "lung": Place(208, 178, 27, 46, "left"),
    "left lung": Place(333, 178, 27, 46, "right"),  # drawn with the lung, never named
    "breast": Place(352, 203, 12, 10, "right"),
    "heart muscle": Place(270, 196, 24, 25, "right"),
    "liver": Place(216, 263, 33, 24, "left"),
    "stomach": Place(325, 260, 21, 20, "right"),
    "spleen": Place(352, 281, 10, 15, "right"),
    "pancreas": Place(319, 297, 22, 8, "right"),
    "adrenals": Place(222, 301, 7, 5, "left"),
    "kidneys": Place(213, 322, 11, 16, "left"),
    "small intestine": Place(270, 355, 25, 22, "right"),
    "large intestine": Place(213, 371, 12, 25, "left"),
    "colon": Place(213, 371, 12, 25, "left"),
    "rectum": Place(270, 407, 8, 12, "right"),
    "peritoneum": Place(327, 340, 12, 22, "right"),
    "urinary bladder": Place(270, 428, 14, 11, "right"),
    "prostate": Place(270, 449, 8, 6, "right"),
    "testes or ovaries": Place(270, 462, 9, 7, "right"),
    "ovary": Place(296, 415, 8, 6, "right"),
    "uterus": Place(270, 420, 11, 9, "right"),
    "lymph nodes": Place(188, 138, 7, 6, "left"),
    "bone": Place(222, 470, 7, 34, "left"),
    "skeletal muscle": Place(154, 268, 9, 34, "left"),
    "skin": Place(141, 208, 5, 16, "left"),
    "fat": Place(342, 392, 11, 17, "right"),
    "all other tissue": Place(322, 470, 12, 26, "right"),
    "tongue": Place(270, 74, 9, 5, "left"),
    "larynx": Place(270, 92, 6, 6, "left"),
    "esophagus": Place(270, 140, 4, 20, "right"),
    "gallbladder": Place(226, 284, 6, 8, "left"),
    "bile duct": Place(240, 286, 4, 9, "left"),
    "cervix": Place(270, 433, 7, 6, "right"),
    "testis": Place(276, 478, 6, 8, "right"),
    "pleura": Place(366, 166, 4, 32, "right"),
    "distant nodes": Place(314, 118, 7, 6, "right"),
    "nodes, neck": Place(292, 94, 6, 6, "right"),
    "nodes, chest": Place(286, 152, 7, 6, "right"),
    "nodes, belly": Place(284, 318, 7, 6, "right"),
    "nodes nearby": Place(238, 440, 7, 6, "left"),
}

# Origins that lie in a place of another name.
ORIGINS = {"kidney": "kidneys", "bladder": "urinary bladder"}

# Outlines in half axes around the middle; an organ without one is an ellipse.
SHAPES: dict[str, list[Point]] = {
    "liver": [
        (-1, -0.1),
        (-0.75, -0.9),
        (0.2, -0.85),
        (1, -0.55),
        (0.9, -0.1),
        (0.2, 0.35),
        (-0.5, 0.95),
        (-0.95, 0.6),
    ],
    "lung": [
        (0.1, -1),
        (0.6, -0.7),
        (0.85, 0),
        (1, 0.7),
        (0.4, 0.8),
        (-0.4, 1),
        (-0.95, 0.85),
        (-0.85, 0),
        (-0.5, -0.75),
    ],
    "stomach": [(-0.2, -0.95), (0.5, -1), (1, -0.3), (0.8, 0.5), (0.1, 0.95), (-0.9, 0.8), (-1, 0.25), (-0.3, 0.2)],
    "kidneys": [(-0.2, -1), (0.8, -0.7), (0.6, 0), (0.8, 0.7), (-0.2, 1), (-1, 0.4), (-1, -0.4)],
    "heart muscle": [
        (-0.1, -1),
        (0.7, -0.85),
        (1, -0.1),
        (0.75, 0.6),
        (0.35, 1),
        (-0.6, 0.6),
        (-1, -0.1),
        (-0.7, -0.85),
    ],
}
SHAPES["left lung"] = [(-x, y) for x, y in SHAPES["lung"]]

HALF = [  # right half of the outline as we see it, from the crown down: head, neck, shoulder, arm, side, leg
    (270, 8), (290, 12), (302, 28), (303, 48), (297, 68), (287, 82), (286, 98), (296, 108), (330, 116), (362, 124),
    (384, 142), (393, 172), (398, 220), (403, 270), (407, 320), (408, 366), (400, 384), (388, 380), (383, 350),
    (377, 300), (371, 250), (365, 204), (361, 240), (357, 290), (359, 330), (366, 372), (369, 420), (364, 480),
    (357, 545), (286, 545), (281, 490), (270, 476),
]  # fmt: skip


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


OUTLINE = smooth(HALF + [(2 * 270 - x, y) for x, y in reversed(HALF)])

CAVA, AORTA = 247.0, 295.0  # where the two great vessels run
# Ways along which cells are drawn: from where, to where.
VESSELS: Mapping[str, list[Point]] = {
    "superior vena cava": [(CAVA, 96), (CAVA, 150), (258, 182)],
    "inferior vena cava": [(CAVA, 448), (CAVA, 236), (258, 208)],
    "pulmonary arteries": [(258, 188), (236, 172), (208, 166)],
    "pulmonary arteries, left": [(258, 188), (270, 158), (333, 158)],
    "pulmonary veins": [(208, 190), (240, 200), (283, 200)],
    "pulmonary veins, left": [(333, 190), (305, 194), (283, 196)],
    "aorta": [(283, 188), (280, 156), (294, 158), (AORTA, 230), (AORTA, 448)],
    "carotid arteries": [(281, 156), (279, 96), (272, 60)],
    "portal vein": [(272, 340), (258, 304), (226, 268)],
}
ARTERIES: Mapping[str, list[Point]] = {
    "stomach": [(AORTA, 252), (318, 258)],
    "spleen": [(AORTA, 284), (350, 281)],
    "kidneys": [(AORTA, 322), (218, 322)],
    "small intestine": [(AORTA, 352), (276, 354)],
    "large intestine": [(AORTA, 376), (218, 376)],
    "muscle": [(AORTA, 126), (372, 140), (392, 262)],
    "leg": [(AORTA, 446), (318, 480), (322, 530)],
    "leg, right": [(CAVA, 446), (224, 480), (218, 530)],
    "arm, right": [(CAVA, 126), (168, 140), (150, 262)],
}
LYMPH: Mapping[str, list[Point]] = {
    "thoracic duct": [(271, 432), (271, 300), (271, 232), (302, 196), (309, 150), (300, 122), (280, 116), (250, 118)],
    "arm pit": [(188, 138), (212, 122), (246, 116)],
}
Way = tuple[tuple[Point, ...], str]  # a line of one's own: its points, and "blood" or "lymph"


@dataclass(frozen=True)
class Arrow:
    """An arrow on the body from one organ to another; the width is in pixels, the words stand at its middle."""

    start: str
    end: str
    width: float = 2.0
    words: str = ""
    color: str = _style.VESSEL
    dash: float = 0.0


def dot_radius(count: float) -> float:
    """Radius of the dot that stands for a count, px: the same step for every ten times more."""
    return 0.0 if count < 1 else min(17.0, 2.6 + 1.15 * math.log10(count))


def short(count: float) -> str:
    """Write a count in four letters or so: 950, 12 k, 3.4 M, 7 G is said as billion."""
    for size, letter in ((1e12, " trillion"), (1e9, " billion"), (1e6, " M"), (1e3, " k")):
        if count >= 0.9995 * size:
            return f"{count / size:.3g}{letter}"
    return f"{count:.0f}" if count >= 10 or count == int(count) else f"{count:.2g}"


@lru_cache(maxsize=16)
def rows(names: tuple[str, ...]) -> Mapping[str, tuple[str, float]]:
    """In which column, and how high, each organ is named: as near to it as there is room."""
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


@lru_cache(maxsize=16)
def _ground(names: tuple[str, ...], vessels: bool, lymph: bool, ways: tuple[Way, ...]) -> Sketch:
    """All that stays: outline, vessels, organs, their names and the lines to them."""
    sketch = Sketch(_style.PAPER)
    sketch.shape(OUTLINE, SKIN, SKIN_RIM)
    for name in (*names, *(["left lung"] if "lung" in names else [])):
        p = PLACES[name]
        if name in SHAPES:
            sketch.shape(smooth([(p.x + a * p.rx, p.y + b * p.ry) for a, b in SHAPES[name]], True), ORGAN, ORGAN_RIM)
        else:
            sketch.ellipse((p.x, p.y), (p.rx, p.ry), ORGAN, ORGAN_RIM)
    if vessels:
        for way in ARTERIES.values():
            sketch.line(smooth(way), _style.VESSEL, 1.2)
        for name, way in VESSELS.items():
            sketch.line(
                smooth(way), _style.VESSEL, 3.2 if name in ("aorta", "portal vein", "inferior vena cava") else 2.2
            )
    if lymph:
        for duct in LYMPH.values():
            sketch.line(smooth(duct), _style.LYMPH, 2.0, dash=5)
    for points, kind in ways:
        _draw_way(sketch, points, kind)
    for name, (side, y) in rows(names).items():
        p, left = PLACES[name], side == "left"
        edge, end = (p.x - p.rx if left else p.x + p.rx), sketch.width(name, 12.5) + 6
        sketch.line([(COLUMN[side] + (end if left else -end), y - 4), (edge, p.y)], HAIR, 0.8)
        sketch.text((COLUMN[side], y), name, 12.5, _style.INK, "ls" if left else "rs")
    used = (_style.EPITHELIAL, _style.MESENCHYMAL, _style.VESSEL, _style.LYMPH, _style.DEAD, _style.ASLEEP, _style.INK)
    sketch.fix_palette([*used, *map(_style.dark, used[:-1])])
    return sketch


@lru_cache(maxsize=16)
def _with_arrows(
    names: tuple[str, ...], vessels: bool, lymph: bool, ways: tuple[Way, ...], arrows: tuple[Arrow, ...]
) -> Sketch:
    """The ground with arrows on it, which often stay from frame to frame."""
    if not arrows:
        return _ground(names, vessels, lymph, ways)
    sketch = _ground(names, vessels, lymph, ways).copy()
    for arrow in arrows:
        _draw_arrow(sketch, arrow)
    return sketch


class BodyMap:
    """A body map of some organs.

    Parameters
    ----------
    names : iterable of str
        Organs to show, keys of `PLACES`.
    vessels, lymph : bool
        Whether blood vessels, and lymph vessels, are drawn.
    ways : iterable of (points, "blood" or "lymph")
        Vessels of one's own, drawn over the others.

    Raises
    ------
    ValueError
        On an organ that has no place.
    """

    def __init__(
        self, names: Iterable[str], *, vessels: bool = True, lymph: bool = True, ways: Iterable[Way] = ()
    ) -> None:
        self.names, self.vessels, self.lymph, self.ways = tuple(names), vessels, lymph, tuple(ways)
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
        """Draw a frame as square PNG bytes.

        Parameters
        ----------
        counts : mapping of str to float
            How large the dot on an organ is, by the organ's name; 0 and organs left out have none.
        words : mapping of str to str, optional
            What stands under an organ's name; the count in a few letters if left out.
        moving : iterable of (place, count, side)
            Dots on the way, with their number to the "left" or "right", or without any for "".
        resting : iterable of (place, count, side)
            The same, filled: held somewhere that is no organ.
        arrows : iterable of Arrow
            From organ to organ.
        origin : str
            The organ where the tumor is: it gets a double ring and the word.
        caption, note : str
            What stands at the top left, and at the bottom.
        """
        sketch = _with_arrows(self.names, self.vessels, self.lymph, self.ways, tuple(arrows)).copy()
        for name, (side, y) in rows(self.names).items():
            count, p = counts.get(name, 0.0), PLACES[name]
            said = words.get(name, "") if words is not None else short(count) if count else ""
            if count > 0:
                sketch.disc((p.x, p.y), max(2.6, dot_radius(count)), _style.EPITHELIAL, _style.dark(_style.EPITHELIAL))
            if said:
                sketch.text((COLUMN[side], y + 15), said, 13.5, _style.EPITHELIAL, "ls" if side == "left" else "rs")
        if origin:
            _draw_origin(sketch, PLACES[origin])
        for at, count, side in moving:
            _draw_moving(sketch, at, count, side)
        for at, count, side in resting:
            _draw_moving(sketch, at, count, side, fill=_style.EPITHELIAL)
        if caption:
            sketch.caption(caption)
        if note:
            wide = sketch.width(note, 13) + 24
            sketch.box(((SIZE - wide) / 2, SIZE - 34), (wide, 24), _style.PAPER)
            sketch.text((SIZE / 2, SIZE - 17), note, 13, _style.INK, "ms")
        return sketch.png()


def _draw_way(sketch: Sketch, points: Sequence[Point], kind: str) -> None:
    lymph = kind == "lymph"
    sketch.line(smooth(points), _style.LYMPH if lymph else _style.VESSEL, 2.4, dash=5 if lymph else 0)


def _draw_origin(sketch: Sketch, p: Place) -> None:
    sketch.disc((p.x, p.y), 11, None, _style.INK, 2)
    sketch.disc((p.x, p.y), 15, None, _style.INK, 1)


def _draw_moving(sketch: Sketch, at: Point, count: float, side: str, fill: str = _style.PAPER) -> None:
    """A dot with a pale rim on a vessel, and its number beside it on a quiet ground."""
    if count < 1:
        return
    r = dot_radius(count)
    sketch.disc(at, r + 2.2, _style.PAPER)
    sketch.disc(at, r + 0.6, fill, _style.EPITHELIAL, 3)  # hollow: on the way; filled: held
    if side:
        said, away = short(count), (r + 5) * (1 if side == "right" else -1)
        width = sketch.width(said, 12) + 6
        x = at[0] + away
        sketch.box((x - 3 if side == "right" else x - width + 3, at[1] - 9), (width, 18), _style.PAPER, 5)
        sketch.text((x, at[1] + 4.5), said, 12, _style.INK, "ls" if side == "right" else "rs")


def _draw_arrow(sketch: Sketch, arrow: Arrow) -> None:
    """A bow from organ to organ with a head at its end."""
    a, b = PLACES[arrow.start], PLACES[arrow.end]
    dx, dy = b.x - a.x, b.y - a.y
    way = max(1.0, math.hypot(dx, dy))
    bend = 0.22 * way
    mid = ((a.x + b.x) / 2 - dy / way * bend, (a.y + b.y) / 2 + dx / way * bend)
    s = [i / 16 for i in range(17)]
    points = [
        (
            (1 - t) ** 2 * a.x + 2 * t * (1 - t) * mid[0] + t**2 * b.x,
            (1 - t) ** 2 * a.y + 2 * t * (1 - t) * mid[1] + t**2 * b.y,
        )
        for t in s
    ]
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
        sketch.text(points[8], arrow.words, 12, _style.INK, "mm")
