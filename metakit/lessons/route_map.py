"""`route_map`: the ways out of a tumor, read from ``data/routes.csv``, to pick from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import traitlets

from metakit.core.tables import read_table
from metakit.core.words import nearest
from metakit.lessons.card import Card, Page


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


class RouteMap(Page):
    """The routes out of a tumor; pick one to see where it leads.

    Attributes
    ----------
    picked : str
        The route picked last.
    """

    picked = traitlets.Unicode("")

    def __init__(self) -> None:
        buttons = "".join(f'<button type="button" data-pick="{name}">{name}</button>' for name in routes())
        super().__init__(
            html=f'<div class="metakit-title">Pick a way out of the tumor</div><div class="metakit-row">{buttons}</div>'
        )

    def describe(self) -> str:
        """Name the ways, and say where the one picked last leads."""
        return "\n".join(filter(None, [f"Pick a way out of the tumor: {', '.join(routes())}.", self.words]))

    def _static_html(self, png: str) -> str:
        return Card._static_html(self, png)  # its buttons would do nothing

    def _actions(self) -> dict[str, Callable[[dict[str, Any]], object]]:
        return {"pick": lambda content: self.pick(content.get("key", ""))}

    def pick(self, name: str) -> str:
        """Pick a route, as its button does; gives where it leads, in words.

        Raises
        ------
        ValueError
            If there is no such route.
        """
        found = route(name)
        self.picked = name
        way = " → ".join(found.order)
        self.words = f"{name.capitalize()}: {way}. {found.words} {found.evidence} ({found.source})"
        return self.words


def route_map() -> RouteMap:
    """Show the routes out of a tumor, to pick from; ``pick(name)`` does what a button does."""
    return RouteMap()
