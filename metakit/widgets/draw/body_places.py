"""Where things are on the body map: organs, the outline of the body, and vessels; px of the picture, y downward.

The person looks at us: their right side is on the left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metakit.widgets.draw.sketch import Point, smooth


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
