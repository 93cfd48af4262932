"""Where things are on the body map, read from ``data/body_map.toml``: organs, the outline of the body, and vessels.

Pixels of the picture, y downward. The person looks at us: their right side is on the left.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from metakit.widgets.draw.sketch import Point, smooth


@dataclass(frozen=True)
class Place:
    """Where an organ is: its middle, its half axes, px, and the column that names it."""

    x: float
    y: float
    rx: float
    ry: float
    side: str


def _points(pairs: Sequence[Sequence[float]]) -> list[Point]:
    return [(float(x), float(y)) for x, y in pairs]


def _lines(table: Mapping[str, Sequence[Sequence[float]]]) -> dict[str, list[Point]]:
    return {name: _points(pairs) for name, pairs in table.items()}


_MAP = tomllib.loads((files("metakit") / "data" / "body_map.toml").read_text(encoding="utf-8"))
PLACES: Mapping[str, Place] = {name: Place(*row) for name, row in _MAP["places"].items()}
ORIGINS = {"kidney": "kidneys", "bladder": "urinary bladder"}  # origins that lie in a place of another name
SHAPES = _lines(_MAP["shapes"])
SHAPES["left lung"] = [(-x, y) for x, y in SHAPES["lung"]]
VESSELS, ARTERIES, LYMPH = (_lines(_MAP[name]) for name in ("vessels", "arteries", "lymph"))
CAVA, AORTA = VESSELS["inferior vena cava"][0][0], VESSELS["aorta"][-1][0]  # where the two great vessels run
_HALF = _points(_MAP["outline"])
OUTLINE = smooth(_HALF + [(2 * 270 - x, y) for x, y in reversed(_HALF)])
