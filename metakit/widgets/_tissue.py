"""What the views of the tissue share: the picture, its zooms, and a smaller one while it moves."""

from __future__ import annotations

from typing import Any, ClassVar

from metakit.widgets._picture import tissue_png
from metakit.widgets._view import StageView


class TissueView(StageView):
    """A view of a `TissueState`; a stage adds words, curves and a caption."""

    ZOOMS: ClassVar[tuple[str, ...]] = ("auto", "close", "near", "far")

    @classmethod
    def caption(cls, state: Any) -> str:
        """Words for the box in the picture."""
        return f"day {state.time_d:.1f}"

    @classmethod
    def paint(cls, state: Any, zoom: str = "") -> bytes:
        """Draw the tissue as PNG bytes."""
        return tissue_png(state, zoom=zoom or cls.ZOOMS[0], caption=cls.caption(state))

    @classmethod
    def paint_moving(cls, state: Any, zoom: str = "") -> bytes:
        """Draw the tissue with three quarters of the pixels a side: what moves is not seen that sharply."""
        return tissue_png(state, zoom=zoom or cls.ZOOMS[0], caption=cls.caption(state), sharp=0.75)
