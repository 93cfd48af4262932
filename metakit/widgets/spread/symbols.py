"""Symbols of the legend that only the lives of a patient's tumors have."""

from __future__ import annotations

from metakit.widgets.draw import style
from metakit.widgets.draw.style import Symbol, outline


def _life(color: str, size: int) -> Symbol:
    """Draw a tumor over time: a dot where it was founded, a disc where it is now."""
    line = f'<path d="M2 11h12" {outline(color, 2)}/><circle cx="2.5" cy="11" r="2" fill="{color}"/>'
    disc = f'<circle cx="{21 - size}" cy="11" r="{size}" fill="{color}" stroke="{style.dark(color)}"/>'
    return Symbol(line + disc, on_tissue=True)


PRIMARY, SECONDARY = _life(style.EPITHELIAL, 7), _life(style.MESENCHYMAL, 5)
SHED = Symbol(f'<rect x="1" y="7" width="20" height="8" rx="3" fill="{style.VESSEL}"/>')
SEEN = Symbol(f'<path d="M11 4l7 7-7 7-7-7z" {outline(style.INK, 1.6)}/>', on_tissue=True)
