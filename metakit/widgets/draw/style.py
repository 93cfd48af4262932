"""The kit's one palette and its shared legend symbols: a color and a shape mean the same everywhere.

Hues are those of Okabe and Ito, which stay apart for the common kinds of color vision; no color is the only cue.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

EPITHELIAL = "#0072B2"  # disc
MESENCHYMAL = "#E69F00"  # diamond
DORMANT = "#CC79A7"  # ring
DEAD = "#7F7F7F"  # cross
ECM_DENSE = "#C9B48A"  # field, paler where thinner
ECM_THIN = "#F7F2E8"
LAMINA = "#5B4636"  # line that thins and breaks
LAMINA_CURVE = "#94735A"  # the same brown for a curve: it must be seen on white and on black
MMP = "#E04FB4"  # haze over the ECM
MMP_MOST = 0.40  # opacity of the densest haze
VESSEL = "#D55E00"  # solid ring; torn: ring with a gap
LUMEN = "#FBE3D3"  # the inside of a blood vessel cut open
PASSING = "#8FC1DF"  # a tumor cell on the move, paler than one that stays
LYMPH = "#009E73"  # dashed ring
TREATMENT = "#56B4E9"  # line with a flag; a filled gate
PREDICTION = "#6F7680"  # dashed curve; readable on white and on black
GHOST = "#A9AFB7"  # pale curve of an earlier run
LAW_COLORS = {"exponential": MESENCHYMAL, "gompertz": LYMPH, "logistic": DORMANT, "power_law": DEAD}  # dashed curves
INK = "#262320"  # text and scale bars inside a picture
PAPER = "#FBF8F2"  # boxes behind that text
QUIET, GRID = "#6B6459", "#E4DCCB"  # words beside the data of a chart, and lines under it


def dark(color: str, share: float = 0.55) -> str:
    """Return a darker version of a color, for outlines.

    Parameters
    ----------
    color : str
        ``#RRGGBB``.
    share : float
        What is left of each channel.

    Returns
    -------
    str
        ``#RRGGBB``.
    """
    return "#" + "".join(f"{round(int(color[i : i + 2], 16) * share):02X}" for i in (1, 3, 5))


@dataclass(frozen=True, slots=True)
class Symbol:
    """A small drawing for a legend.

    Attributes
    ----------
    svg : str
        Its shapes, in a box of 22 x 22.
    on_tissue : bool
        Whether it lies on a tile of tissue, as what it stands for does.
    """

    svg: str
    on_tissue: bool = False


def outline(color: str, width: float) -> str:
    """Give the attributes of a shape that is a line and no more.

    Parameters
    ----------
    color : str
        ``#RRGGBB``.
    width : float
        Of the line, in a box of 22 x 22.

    Returns
    -------
    str
        SVG attributes.
    """
    return f'fill="none" stroke="{color}" stroke-width="{width}"'


def filled(shape: str, color: str, edge: str = "") -> str:
    """Fill a shape, and give it a darker rim.

    Parameters
    ----------
    shape : str
        Name and attributes: ``'circle cx="11" cy="11" r="5"'``.
    color : str
        ``#RRGGBB``.
    edge : str
        The color that the rim darkens, if it is another one.

    Returns
    -------
    str
        SVG.
    """
    return f'<{shape} fill="{color}" stroke="{dark(edge or color)}" stroke-width="1.5"/>'


def ring(color: str, dashes: str = "") -> str:
    """Draw a vessel: a ring with a dot.

    Parameters
    ----------
    color : str
        ``#RRGGBB``.
    dashes : str
        More attributes of the ring, with which it is broken.

    Returns
    -------
    str
        SVG.
    """
    circle = f'<circle cx="11" cy="11" r="6.5" {outline(color, 2.4)}{dashes}/>'
    return circle + f'<circle cx="11" cy="11" r="2.3" fill="{color}"/>'


def dashed_curve(color: str) -> Symbol:
    """Draw a curve that is not the run's own: a law, a prediction."""
    return Symbol(f'<path d="M1 16C6 15 9 11 12 8S18 5 21 5" {outline(color, 2)} stroke-dasharray="4 3"/>')


DISC = 'circle cx="11" cy="11" r="5.5"'
_DIAMOND = 'path d="M11 4l5 7-5 7-5-7z"'
_FIELD = f'<rect width="22" height="22" rx="4" fill="{ECM_DENSE}"/>'
_HAZE = "".join(f'<circle cx="11" cy="11" r="{r}" fill="{MMP}" fill-opacity="0.14"/>' for r in (10, 8, 6, 4))

# What more than one stage shows. What one stage shows alone is a `Symbol` in the view of that stage.
SYMBOLS = {
    "epithelial": Symbol(filled(DISC, EPITHELIAL), on_tissue=True),
    "mesenchymal": Symbol(filled(_DIAMOND, MESENCHYMAL), on_tissue=True),
    "dormant": Symbol(f'<circle cx="11" cy="11" r="5" {outline(DORMANT, 2.6)}/>', on_tissue=True),
    "dead": Symbol(f'<path d="M6 6l10 10M16 6L6 16" {outline(DEAD, 2.6)}/>', on_tissue=True),
    "ecm": Symbol(_FIELD),
    "mmp": Symbol(_FIELD + _HAZE),
    "vessel": Symbol(ring(VESSEL), on_tissue=True),
    "ruptured": Symbol(ring(VESSEL, ' stroke-dasharray="31 9.84" transform="rotate(43 11 11)"'), on_tissue=True),
}
_TILE = '<rect width="22" height="22" rx="4" fill="#EBE1CC"/>'


def legend_html(entries: Iterable[tuple[str | Symbol, str]]) -> str:
    """Write a legend: small symbols of the same shapes as in the picture, and words.

    Parameters
    ----------
    entries : iterable of (str or Symbol, str)
        A key of `SYMBOLS` (``"epithelial"``, ``"vessel"``, ...) or a symbol of one's own, and what it stands for.

    Returns
    -------
    str
        HTML that needs ``view.css``. Symbols are hidden from screen readers; the words are not.

    Raises
    ------
    ValueError
        If there is no shared symbol of that name.
    """
    items = []
    for symbol, words in entries:
        drawn = symbol if isinstance(symbol, Symbol) else SYMBOLS.get(symbol)
        if drawn is None:
            raise ValueError(
                f"no symbol called {symbol!r} is shared; {', '.join(SYMBOLS)} are, and a view can bring a Symbol"
            )
        svg = f'<svg viewBox="0 0 22 22" aria-hidden="true">{_TILE if drawn.on_tissue else ""}{drawn.svg}</svg>'
        items.append(f"<li>{svg}<span>{escape(words)}</span></li>")
    return f'<ul class="metakit-legend" aria-label="Legend">{"".join(items)}</ul>'
