"""Symbols of the legend that only the courses of metastases have: how a line ends tells how the tumor is now."""

from __future__ import annotations

from metakit.widgets.draw import style
from metakit.widgets.draw.style import Symbol, outline

_THIN = outline(style.MESENCHYMAL, 2)
_COURSE = f'<path d="M1 11H12" {_THIN}/>'

SEEN = Symbol(f'{_COURSE}<circle cx="16" cy="11" r="5" fill="{style.MESENCHYMAL}"/>')
HIDDEN = Symbol(f'{_COURSE}<circle cx="16" cy="11" r="4" {_THIN}/>')
GONE = Symbol(f'{_COURSE}<path d="M13 8l6 6M19 8l-6 6" {outline(style.DEAD, 2.2)}/>')
FLAG = Symbol(f'<path d="M6 1V21" {outline(style.TREATMENT, 2.4)}/><path d="M6 2h13v7H6z" fill="{style.TREATMENT}"/>')
