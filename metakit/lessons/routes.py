"""The ways in which cancer cells can leave their first place, read from ``data/routes.csv``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from metakit.core.tables import read_table
from metakit.core.words import nearest


@dataclass(frozen=True, slots=True)
class Route:
    """One way out.

    Attributes
    ----------
    route, kind : str
        Its name, and what it leads through: a vessel, an open space or tissue.
    words : str
        What happens, in plain words.
    order : tuple of str
        Where it leads, station by station.
    evidence, source : str
        A finding from people, and where it was published.
    """

    route: str
    kind: str
    words: str
    order: tuple[str, ...]
    evidence: str
    source: str


@lru_cache(maxsize=1)
def routes() -> dict[str, Route]:
    """Return every route by its name; blood and lymph, the two main ones, come first."""
    return {
        row["route"]: Route(
            row["route"], row["kind"], row["words"], tuple(row["order"].split(" > ")), row["evidence"], row["source"]
        )
        for row in read_table("routes.csv")
    }


def route(name: str) -> Route:
    """Give one route.

    Raises
    ------
    ValueError
        If there is none of that name; the nearest one is suggested.
    """
    if not isinstance(name, str) or name not in routes():
        raise ValueError(nearest(name, routes(), "route called"))
    return routes()[name]
