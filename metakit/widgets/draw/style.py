"""The kit's one palette, its legend symbols and its styles: the same color and shape mean the same thing everywhere.

Hues are those of Okabe and Ito, which stay apart for the common kinds of color vision; no color is the only cue.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

EPITHELIAL = "#0072B2"  # disc
MESENCHYMAL = "#E69F00"  # diamond
ASLEEP = "#CC79A7"  # ring
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
LAW_COLORS = {"exponential": MESENCHYMAL, "gompertz": LYMPH, "logistic": ASLEEP, "power_law": DEAD}  # dashed curves
INK = "#262320"  # text and scale bars inside a picture
PAPER = "#FBF8F2"  # boxes behind that text


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


_NO_FILL = 'fill="none" stroke="{}" stroke-width="{}"'
_CELL = '<{} fill="{}" stroke="{}" stroke-width="1.5"/>'
_DISC = 'circle cx="11" cy="11" r="5.5"'
_DIAMOND = 'path d="M11 4l5 7-5 7-5-7z"'
_CROSS = f'<path d="M6 6l10 10M16 6L6 16" {_NO_FILL.format(DEAD, 2.6)}/>'
_FIELD = f'<rect width="22" height="22" rx="4" fill="{ECM_DENSE}"/>'
_HAZE = "".join(f'<circle cx="11" cy="11" r="{r}" fill="{MMP}" fill-opacity="0.14"/>' for r in (10, 8, 6, 4))
_BOW, _HEAD = "M2 17C8 16 13 12 18 6", "M18 12V6H12"
_OPEN_BAR = f'<rect x="2" y="7" width="18" height="8" {_NO_FILL.format("currentColor", 1.6)}/>'
_LINE = f'<path d="M3 19A18 18 0 0 1 8.2 8.2M12.6 5A18 18 0 0 1 19 2.6" {_NO_FILL.format(LAMINA, 2.6)}/>'


_THIN = _NO_FILL.format(MESENCHYMAL, 2)
_COURSE = f'<path d="M1 11H12" {_THIN}/>'
_FLAG = f'<path d="M6 1V21" {_NO_FILL.format(TREATMENT, 2.4)}/><path d="M6 2h13v7H6z" fill="{TREATMENT}"/>'


def _ring(color: str, dashes: str = "") -> str:
    """A ring with a dot; with dashes, broken."""
    ring = f'<circle cx="11" cy="11" r="6.5" {_NO_FILL.format(color, 2.4)}{dashes}/>'
    return ring + f'<circle cx="11" cy="11" r="2.3" fill="{color}"/>'


def _life(color: str, size: int) -> str:
    """A tumor over time: a dot where it was founded, a disc where it is now."""
    line = f'<path d="M2 11h12" {_NO_FILL.format(color, 2)}/><circle cx="2.5" cy="11" r="2" fill="{color}"/>'
    return line + f'<circle cx="{21 - size}" cy="11" r="{size}" fill="{color}" stroke="{dark(color)}"/>'


def _curve(color: str) -> str:
    """A dashed curve."""
    return f'<path d="M1 16C6 15 9 11 12 8S18 5 21 5" {_NO_FILL.format(color, 2)} stroke-dasharray="4 3"/>'


def _in_vessel(cell: str) -> str:
    """A cell in a blood vessel that is cut open lengthwise."""
    walls = f'<path d="M0 4.5h22M0 17.5h22" {_NO_FILL.format(VESSEL, 1.4)}/>'
    return f'<rect y="4.5" width="22" height="13" fill="{LUMEN}"/>{walls}{cell}'


def _tumor_cell(shape: str, fill: str = EPITHELIAL) -> str:
    return _CELL.format(shape, fill, dark(EPITHELIAL))


_FEET = f'<path d="M8 2.5v4M14 2.5v4" {_NO_FILL.format(dark(EPITHELIAL), 1.8)}/>'
_TRAIL = f'<path d="M1.5 8h4M0.5 11.5h4" {_NO_FILL.format(dark(EPITHELIAL), 1.4)}/>'
_WAIST = 'path d="M11 14.5a3.6 3.6 0 0 0 2-6.6a4 4 0 1 0-4 0a3.6 3.6 0 0 0 2 6.6z"'

# What each thing is called, whether its symbol lies on a tile of tissue, and the symbol in a box of 22 x 22.
_SYMBOLS: dict[str, tuple[str, bool, str]] = {
    "epithelial": ("epithelial cell", True, _CELL.format(_DISC, EPITHELIAL, dark(EPITHELIAL))),
    "mesenchymal": ("mesenchymal cell", True, _CELL.format(_DIAMOND, MESENCHYMAL, dark(MESENCHYMAL))),
    "asleep": ("cell asleep", True, f'<circle cx="11" cy="11" r="5" {_NO_FILL.format(ASLEEP, 2.6)}/>'),
    "dead": ("dead cell", True, _CROSS),
    "ecm": ("ECM, paler where degraded", False, _FIELD),
    "open_bar": ("found in people", False, _OPEN_BAR),
    "bar": ("found in the model", False, f'<rect x="2" y="7" width="18" height="8" fill="{EPITHELIAL}"/>'),
    "odds": ("odds", False, f'<path d="M11 3v16M2 19h18" {_NO_FILL.format("currentColor", 2)}/>'),
    "arrow": ("cells arriving by blood", False, f'<path d="{_BOW}{_HEAD}" {_NO_FILL.format(VESSEL, 2.4)}/>'),
    "lymph_arrow": (
        "cells arriving by lymph", False,
        f'<path d="{_BOW}" {_NO_FILL.format(LYMPH, 2.4)} stroke-dasharray="4 2.4"/>'
        f'<path d="{_HEAD}" {_NO_FILL.format(LYMPH, 2.4)}/>',
    ),
    "mmp": ("MMP, a haze of enzyme", False, _FIELD + _HAZE),
    "lamina": ("basal lamina, a gap where open", True, _LINE),
    "vessel": ("blood vessel", True, _ring(VESSEL)),
    "ruptured": (
        "ruptured blood vessel", True, _ring(VESSEL, ' stroke-dasharray="31 9.84" transform="rotate(43 11 11)"')
    ),
    "lymph": ("lymph vessel", True, _ring(LYMPH, ' stroke-dasharray="3.4 1.7"')),
    "adrift": (
        "cells on the way", True,
        f'<circle cx="11" cy="11" r="5" fill="{PAPER}" stroke="{EPITHELIAL}" stroke-width="3"/>',
    ),
    "blood_line": ("blood", False, f'<path d="M1 11h20" {_NO_FILL.format(VESSEL, 3)}/>'),
    "lymph_line": ("lymph", False, f'<path d="M1 11h20" {_NO_FILL.format(LYMPH, 3)} stroke-dasharray="4 3"/>'),
    "tumor": (
        "tumor", True,
        '<circle cx="11" cy="11" r="5" fill="none" stroke="#262320" stroke-width="2"/>'
        '<circle cx="11" cy="11" r="8.5" fill="none" stroke="#262320" stroke-width="1"/>',
    ),
    # Courses of tumors over time: how a line ends tells how the tumor is now.
    "course": ("a scan shows it", False, _COURSE + f'<circle cx="16" cy="11" r="5" fill="{MESENCHYMAL}"/>'),
    "course_hidden": ("too small to be seen", False, f'{_COURSE}<circle cx="16" cy="11" r="4" {_THIN}/>'),
    "course_gone": ("no cell left", False, _COURSE + f'<path d="M13 8l6 6M19 8l-6 6" {_NO_FILL.format(DEAD, 2.2)}/>'),
    "treatment": ("treatment", False, _FLAG),
    "primary": ("primary tumor", True, _life(EPITHELIAL, 7)),
    "secondary": ("secondary tumor", True, _life(MESENCHYMAL, 5)),
    "shed": ("cells on the way", False, f'<rect x="1" y="7" width="20" height="8" rx="3" fill="{VESSEL}"/>'),
    "seen": ("large enough to be seen", True, f'<path d="M11 4l7 7-7 7-7-7z" {_NO_FILL.format(INK, 1.6)}/>'),
    "rolling": ("rolling cell", True, _in_vessel(_tumor_cell('circle cx="12" cy="9.5" r="4"', PASSING) + _TRAIL)),
    "wedged": ("wedged cell", True, _in_vessel(_tumor_cell('rect x="4" y="5.5" width="14" height="11" rx="5.5"'))),
    "stuck": ("stuck cell", True, _in_vessel(_tumor_cell('circle cx="11" cy="9.5" r="4"') + _FEET)),
    "crossing": ("cell crossing the wall", True, _in_vessel("") + _tumor_cell(_WAIST)),
    "outside": (
        "cell outside the vessel", True, _tumor_cell(_DISC) + '<circle cx="11" cy="11" r="2" fill="#FFFFFF"/>'
    ),
    "passing": ("cell passing by", True, _in_vessel(f'<path d="M1 11h20" {_NO_FILL.format(PASSING, 2.4)}/>')),
    "prediction": ("your prediction", False, _curve(PREDICTION)),
    "ghost": ("earlier run", False, _curve(GHOST)),
    "theory": ("theory", False, _curve(DEAD)),
    **{law: (law.replace("_", " "), False, _curve(color)) for law, color in LAW_COLORS.items()},
}  # fmt: skip
_TILE = '<rect width="22" height="22" rx="4" fill="#EBE1CC"/>'


def legend_html(entries: Iterable[str | tuple[str, str]]) -> str:
    """Write a legend: small symbols of the same shapes as in the picture, and words.

    Parameters
    ----------
    entries : iterable of str or (str, str)
        Names of things, keys of `_SYMBOLS` (``epithelial``, ``vessel``, ...), or pairs of a name and the words to say
        instead of the usual ones.

    Returns
    -------
    str
        HTML that needs `CSS`. Symbols are hidden from screen readers; the words are not.

    Raises
    ------
    ValueError
        If there is no symbol of that name.
    """
    items = []
    for entry in entries:
        name, words = (entry, "") if isinstance(entry, str) else entry
        if name not in _SYMBOLS:
            raise ValueError(f"the legend has no symbol called {name!r}; it has {', '.join(_SYMBOLS)}")
        usual, on_tissue, shape = _SYMBOLS[name]
        symbol = f'<svg viewBox="0 0 22 22" aria-hidden="true">{_TILE if on_tissue else ""}{shape}</svg>'
        items.append(f"<li>{symbol}<span>{escape(words or usual)}</span></li>")
    return f'<ul class="metakit-legend" aria-label="Legend">{"".join(items)}</ul>'


CSS = """
.metakit {
  --metakit-text: var(--jp-ui-font-color1, #222);
  --metakit-quiet: var(--jp-ui-font-color2, #555);
  --metakit-line: var(--jp-border-color2, #d5d5d5);
  --metakit-focus: var(--jp-brand-color1, #1976d2);
  --bq-background: transparent;
  --bq-plotarea-background-fill: transparent;
  --bq-content-font-color: var(--metakit-text);
  --bq-axislabel-fill: var(--metakit-text);
  --bq-axis-tick-text-fill: var(--metakit-text);
  --bq-axis-border-color: var(--metakit-quiet);
  --bq-axis-path-stroke: var(--metakit-quiet);
  --bq-grid-color: var(--metakit-line);
  --bq-axislabel-font: 12px var(--jp-ui-font-family, sans-serif);
  --bq-axis-tick-text-font: 11px var(--jp-ui-font-family, sans-serif);
  color: var(--metakit-text);
  font-family: var(--jp-ui-font-family, sans-serif);
  line-height: 1.45;
  padding: 8px 0;
}
.metakit .bqplot > svg .svg-figure { background: transparent; }
.metakit .bqplot > svg .axis .tick text,
.metakit .bqplot > svg .axis text.axislabel { fill: var(--metakit-text); }
.metakit .bqplot > svg .axis path { stroke: var(--metakit-quiet); }
.metakit .bqplot > svg .axis .tick line { stroke: var(--metakit-line); }
.metakit .metakit-picture {
  box-shadow: inset 0 0 0 1px var(--metakit-line);
  border-radius: 10px;
  overflow: hidden;
  line-height: 0;
  max-width: 100%;
}
.metakit .metakit-picture canvas { width: 100%; height: auto; }
.metakit .metakit-curve { max-width: 100%; }
.metakit .metakit-left { flex: 0 0 264px; padding-right: 14px; overflow: hidden; }
.metakit .metakit-right { flex: 1 1 540px; min-width: 0; }
.metakit .metakit-panel .widget-hslider { flex-wrap: wrap; height: auto; margin-top: 4px; }
.metakit .metakit-panel .widget-hslider .widget-label {
  flex: 0 0 100%; width: 100% !important; height: 20px; line-height: 20px; text-align: left;
}
.metakit .metakit-left .widget-dropdown .widget-label, .metakit .metakit-left .widget-text .widget-label,
.metakit .metakit-player .widget-label { text-align: left; }
.metakit .metakit-status { margin: 6px 2px; font-size: 14px; max-width: 62em; }
.metakit code { font-size: 12px; overflow-wrap: anywhere; white-space: normal; color: var(--metakit-quiet); }
.metakit .metakit-table th[scope="row"] { text-align: left; font-weight: 400; }
.metakit .metakit-table td { text-align: right; padding: 1px 10px; }
.metakit .metakit-note .widget-html-content {
  color: var(--metakit-quiet); font-size: 12px; line-height: 1.35; white-space: normal;
}
.metakit .bqplot > svg .legend text, .metakit .bqplot > svg .g_legend text { fill: var(--metakit-text) !important; }
.metakit .metakit-error { color: var(--jp-error-color0, #b71c1c); font-weight: 600; }
.metakit .metakit-legend {
  display: flex;
  flex-wrap: wrap;
  gap: 6px 18px;
  margin: 6px 0;
  padding: 0;
  list-style: none;
  color: var(--metakit-text);
  font-size: 13px;
  line-height: 1.3;
}
.metakit .metakit-legend li { display: flex; align-items: center; gap: 6px; margin: 0; }
.metakit .metakit-legend svg { width: 20px; height: 20px; flex: none; }
.metakit .jupyter-button, .metakit button { border-radius: 6px; transition: background-color 120ms; }
.metakit :focus-visible { outline: 2px solid var(--metakit-focus); outline-offset: 2px; }
.metakit table { color: var(--metakit-text); font-variant-numeric: tabular-nums; }
@media (prefers-reduced-motion: reduce) {
  .metakit, .metakit * { transition: none !important; animation: none !important; scroll-behavior: auto !important; }
}
"""
