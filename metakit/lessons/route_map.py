"""`route_map`: the ways out of a tumor, to pick from (`metakit.lessons.routes`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from metakit.lessons.card import Card, Page
from metakit.lessons.routes import route, routes


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
