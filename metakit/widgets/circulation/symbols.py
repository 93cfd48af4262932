"""Symbols of the legend that only the map of the blood has."""

from __future__ import annotations

from metakit.widgets.draw import style
from metakit.widgets.draw.style import Symbol, outline

ADRIFT = Symbol(
    f'<circle cx="11" cy="11" r="5" fill="{style.PAPER}" stroke="{style.EPITHELIAL}" stroke-width="3"/>', on_tissue=True
)
BLOOD = Symbol(f'<path d="M1 11h20" {outline(style.VESSEL, 3)}/>')
LYMPH = Symbol(f'<path d="M1 11h20" {outline(style.LYMPH, 3)} stroke-dasharray="4 3"/>')
TUMOR = Symbol(
    f'<circle cx="11" cy="11" r="5" {outline(style.INK, 2)}/><circle cx="11" cy="11" r="8.5" {outline(style.INK, 1)}/>',
    on_tissue=True,
)
