"""A body with an arrow to every organ, as wide as the share of cells that arrives, and dots for what was found."""

from __future__ import annotations

from functools import lru_cache

from metakit.core.arrays import Float64Array
from metakit.models.tropism.hemodynamic_seeding import find_possible_sites, names, other_routes
from metakit.widgets.draw import style
from metakit.widgets.draw.body_map import Arrow, BodyMap
from metakit.widgets.draw.body_places import ORIGINS

AT = {"adrenal": "adrenals", "kidney": "kidneys", "heart": "heart muscle", "distant lymph nodes": "distant nodes"}
FROM = ORIGINS | {"unknown": ""}  # where an origin is, if named otherwise
REGIONS = {"chest": "nodes, chest", "abdomen": "nodes, belly", "neck": "nodes, neck", "other": "nodes nearby"}
LEAST_ARROW = 0.5  # percent of the cells; more and thinner arrows would hide these
WIDEST, PX_PER_PERCENT = 14.0, 0.28
NOTE = "under each name: of 100 cells, arriving there > of 100 metastases, found there"


@lru_cache(maxsize=32)
def places(origin: str) -> tuple[str, ...]:
    """Name the places on the body map of all sites but the last, which is 13 in one."""
    nodes = REGIONS[other_routes()[origin].region]
    return tuple(nodes if "regional" in name else AT.get(name, name) for name in names()[:-1])


def _short(share: float) -> str:
    return "<0.1" if 0 < share < 0.05 else f"{share:.1f}" if share < 9.95 else f"{share:.0f}"


@lru_cache(maxsize=64)
def _arrows(origin: str, arrival: tuple[float, ...]) -> tuple[Arrow, ...]:
    """Make arrows of origins that have a place, the widest first, so that the others lie on them."""
    began, made = FROM.get(origin, origin), []
    for place, share in sorted(zip(places(origin), arrival, strict=False), key=lambda both: -both[1]):
        other = "left lung" if place == began == "lung" else place  # within an organ there is no way to draw
        if began and 100 * share >= LEAST_ARROW and other != began:
            node = "nodes" in place
            color, dash = (style.LYMPH, 7) if node else (style.VESSEL, 0)
            width = max(1.0, min(WIDEST, PX_PER_PERCENT * 100 * share))
            made.append(Arrow(began, other, width, color=color, dash=dash))
    return tuple(made)


def arrow_map(origin: str, arrival: Float64Array, found: Float64Array, caption: str, *, said: bool = True) -> bytes:
    """Draw the map.

    Parameters
    ----------
    origin : str
        Where the cancer began; one of `metakit.models.tropism.hemodynamic_seeding.other_routes`.
    arrival : float array, shape (n_sites,)
        Share of the cells that arrives, by site.
    found : int array, shape (n_sites,)
        Metastases found.
    caption : str
        What stands at the top left; the head is beside it.
    said : bool
        Whether the numbers stand under the names.

    Returns
    -------
    bytes
        A square PNG.
    """
    here, began = places(origin), FROM.get(origin, origin)
    share, total = 100 * arrival, max(1, found.sum())
    words = {place: f"{_short(share[j])} > {_short(100 * found[j] / total)}" for j, place in enumerate(here) if said}
    there = [place for place, has in zip(here, find_possible_sites(origin), strict=False) if has or place == began]
    show = BodyMap(tuple(dict.fromkeys([*there, *([began] if began else [])])), vessels=False, lymph=False)
    return show.draw(
        dict(zip(here, found[:-1].tolist(), strict=True)), words=words, arrows=_arrows(origin, tuple(arrival.tolist())),
        origin=began, caption=caption, note=NOTE,
    )  # fmt: skip
