"""The body map of one origin: its own veins and lymph vessel, and where the stations of the blood are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from metakit.body.organs import drainage
from metakit.models.circulation import ring
from metakit.widgets.draw.body_map import BodyMap
from metakit.widgets.draw.body_places import AORTA, CAVA, ORIGINS, PLACES
from metakit.widgets.draw.sketch import Point

# Where the stations are on the map, and on which side their number stands.
AT: Mapping[int, tuple[Point, str]] = {
    ring.GREAT: ((CAVA, 238), "left"),
    ring.RIGHT: ((257, 196), "left"),
    ring.LUNGS: ((270, 156), "left"),
    ring.LEFT: ((284, 196), "right"),
    ring.ARTERIES: ((AORTA, 238), "right"),
    ring.BED: ((AORTA, 424), "right"),
    ring.GUT: ((272, 338), "right"),
    ring.SMALL: ((CAVA, 424), "left"),
    ring.PORTAL: ((251, 300), "right"),
}
DUCT = (271.0, 268.0)
NAMED = ORIGINS | {"colon": "large intestine"}  # here organs are those of `metakit.body.organs`


def organ_of(origin: str) -> str:
    """Name the organ on the map that an origin is in."""
    return NAMED.get(origin, origin)


def by_the_tumor(origin: str) -> tuple[Point, Point]:
    """Place the tumor's own vein and its sentinel node."""
    p = PLACES[organ_of(origin)]
    side = 1 if p.x < 270 else -1
    return (p.x + 20 * side, p.y - 16), (p.x + 14 * side, p.y + 30)


@lru_cache(maxsize=16)
def body(origin: str) -> BodyMap:
    """Make the map with the veins and the lymph vessel of one origin."""
    way, p = drainage(origin), PLACES[organ_of(origin)]
    vein, node = by_the_tumor(origin)
    ends = [AT[ring.PORTAL][0]] * (way.portal > 0) + [(CAVA, max(130.0, min(440.0, p.y - 24)))] * (way.caval > 0)
    ends += [AT[ring.LEFT][0]] * (way.pulmonary > 0)
    veins = ((((p.x, p.y), vein, end), "blood") for end in ends)
    duct = (271.0, max(240.0, min(420.0, p.y + 10)))
    names = (*ring.ORGANS, *([organ_of(origin)] if organ_of(origin) not in ring.ORGANS else []))
    return BodyMap(names, ways=(*veins, (((p.x, p.y), node, duct), "lymph")))
