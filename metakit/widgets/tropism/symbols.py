"""Symbols of the legend that only the bars and the map of arrows have."""

from __future__ import annotations

from metakit.widgets.draw import style
from metakit.widgets.draw.style import Symbol, outline

_BOW, _HEAD = "M2 17C8 16 13 12 18 6", "M18 12V6H12"
_BAR = 'rect x="2" y="7" width="18" height="8"'

OPEN_BAR = Symbol(f"<{_BAR} {outline('currentColor', 1.6)}/>")
FULL_BAR = Symbol(f'<{_BAR} fill="{style.EPITHELIAL}"/>')
PROBABILITY = Symbol(f'<path d="M11 3v16M2 19h18" {outline("currentColor", 2)}/>')
ONE_LIST = Symbol(f'<circle cx="11" cy="11" r="5" {outline(style.DEAD, 2)}/>')
BY_BLOOD = Symbol(f'<path d="{_BOW}{_HEAD}" {outline(style.VESSEL, 2.4)}/>')
BY_LYMPH = Symbol(
    f'<path d="{_BOW}" {outline(style.LYMPH, 2.4)} stroke-dasharray="4 2.4"/>'
    f'<path d="{_HEAD}" {outline(style.LYMPH, 2.4)}/>'
)
