"""Symbols of the legend that only the bed has: tumor cells in a vessel, in its wall, and outside."""

from __future__ import annotations

from metakit.widgets.draw import style
from metakit.widgets.draw.style import DISC, Symbol, filled, outline


def _in_vessel(shapes: str) -> Symbol:
    """Draw shapes in a blood vessel that is cut open lengthwise."""
    lumen = f'<rect y="4.5" width="22" height="13" fill="{style.LUMEN}"/>'
    return Symbol(f'{lumen}<path d="M0 4.5h22M0 17.5h22" {outline(style.VESSEL, 1.4)}/>{shapes}', on_tissue=True)


def _cell(shape: str, color: str = style.EPITHELIAL) -> str:
    return filled(shape, color, edge=style.EPITHELIAL)


_RIM = style.dark(style.EPITHELIAL)
_FEET = f'<path d="M8 2.5v4M14 2.5v4" {outline(_RIM, 1.8)}/>'
_TRAIL = f'<path d="M1.5 8h4M0.5 11.5h4" {outline(_RIM, 1.4)}/>'
_WAIST = 'path d="M11 14.5a3.6 3.6 0 0 0 2-6.6a4 4 0 1 0-4 0a3.6 3.6 0 0 0 2 6.6z"'

PASSING = _in_vessel(f'<path d="M1 11h20" {outline(style.PASSING, 2.4)}/>')
ROLLING = _in_vessel(_cell('circle cx="12" cy="9.5" r="4"', style.PASSING) + _TRAIL)
WEDGED = _in_vessel(_cell('rect x="4" y="5.5" width="14" height="11" rx="5.5"'))
STUCK = _in_vessel(_cell('circle cx="11" cy="9.5" r="4"') + _FEET)
CROSSING = _in_vessel(_cell(_WAIST))
OUTSIDE = Symbol(_cell(DISC) + '<circle cx="11" cy="11" r="2" fill="#FFFFFF"/>', on_tissue=True)
