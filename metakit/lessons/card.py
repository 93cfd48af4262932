"""Cards: the frames of a lesson's own controls, in ordinary HTML that screen readers know."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import anywidget
import traitlets

from metakit.lessons.plain import plain
from metakit.widgets.parts.kept import Kept
from metakit.widgets.parts.static import static


class Card(Kept, anywidget.AnyWidget):
    """A frame with controls and a polite live region.

    Attributes
    ----------
    words : str
        What the live region says.
    """

    _css = static("lessons/static/card.css")
    words = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.on_msg(self._on_message)

    def close(self) -> None:
        """Release the widget and its layout. Twice is safe."""
        self.layout.close()
        super().close()

    def _actions(self) -> dict[str, Callable[[dict[str, Any]], object]]:
        """Return the methods that the page may call, by name."""
        return {}

    def _on_message(self, widget: object, content: Any, buffers: object) -> None:
        action = self._actions().get(content.get("do", "")) if isinstance(content, dict) else None
        if action is None:
            return
        try:
            action(content)
        except ValueError as error:  # it would be lost in the kernel's log; its words are meant to be read
            self.words = str(error)


class Page(Card):
    """A piece of text with headings that open."""

    _esm = static("lessons/static/page.js")
    html = traitlets.Unicode("").tag(sync=True)

    def describe(self) -> str:
        """Give its text without the markup."""
        return "\n".join(filter(None, [plain(self.html), self.words]))

    def _static_html(self, png: str) -> str:
        return f"{self.html}<p>{escape(self.words)}</p>" if self.words else self.html
