"""`bars`: counts as bars with their numbers beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

from metakit.core.params import is_number
from metakit.core.words import write_number
from metakit.lessons.card import Page
from metakit.widgets.draw import style
from metakit.widgets.draw.labels import width
from metakit.widgets.draw.sketch import Sketch
from metakit.widgets.parts.kept import figure

BAR, ROW = 300, 28  # the longest bar, and the height of a row, px


class Bars(Page):
    """Bars in a row each: what was counted, a bar, the number, and what else is to be said.

    Attributes
    ----------
    rows : tuple of (str, float, str, str)
        Of each bar its name, its length (the longest is 1), its number, and the words behind it.
    """

    def __init__(self, title: str, rows: tuple[tuple[str, float, str, str], ...], note: str = "") -> None:
        self.title, self.rows, self.note = title, rows, note
        body = "".join(
            f'<tr><th scope="row">{escape(label)}</th><td class="metakit-bar"><span style="width:{length:.1%}">'
            f"</span></td><td>{number}</td><td class='metakit-way'>{passed}</td></tr>"
            for label, length, number, passed in rows
        )
        head = f'<div class="metakit-title">{escape(title)}</div>' if title else ""
        foot = f"<p class='metakit-way'><small>{note}</small></p>" if note else ""
        super().__init__(html=f'{head}<table class="metakit-bars"><tbody>{body}</tbody></table>{foot}')

    def picture(self) -> bytes:
        """Draw the bars as PNG bytes."""
        left = 30 + max(width(label) for label, *_ in self.rows)
        behind = 30 + max(width(f"{number}  {passed}") for *_, number, passed in self.rows)
        top = 44 if self.title else 16
        sketch = Sketch(style.PAPER, (round(left + BAR + behind), top + ROW * len(self.rows) + 24))
        sketch.text((16, 26), self.title, 15)
        for i, (label, length, number, passed) in enumerate(self.rows):
            y = top + ROW * i
            sketch.text((left - 10, y + 18), label, anchor="rs")
            sketch.box((left, y + 4), (max(1.0, BAR * length), ROW - 8), style.EPITHELIAL, 3)
            sketch.text((left + BAR * length + 8, y + 18), f"{number}  {passed}")
        sketch.text((left, top + ROW * len(self.rows) + 14), self.note, 12, style.QUIET)
        return sketch.png()

    def _static_html(self, png: str) -> str:
        return figure(png, self.describe())


def bars(counts: Mapping[str, float], title: str = "", *, gates: bool = False) -> Bars:
    """Draw counts as bars with their numbers beside them.

    Parameters
    ----------
    counts : mapping of str to float
        What was counted, and how often.
    title : str
        What the bars are about.
    gates : bool
        The counts are what is left after one gate after another: say for each how many of those before it passed,
        and draw on a log scale, on which ten times fewer is always the same step.

    Returns
    -------
    Bars

    Raises
    ------
    ValueError
        On no counts, or counts that are negative or not finite.
    """
    given, counts = counts, dict(counts) if hasattr(counts, "keys") else {}  # a column of a table, too
    if not counts or not all(is_number(v) and 0 <= v < 1e30 for v in counts.values()):
        raise ValueError(f"counts = {given!r:.200}: a number from 0 up for each bar, by its name, is expected")
    values = [float(v) for v in counts.values()]
    top = max(*values, 1e-12) if len(values) > 1 else values[0] or 1.0
    # A log scale has no zero: whatever is a million million times smaller than the largest has no bar.
    low = min((v for v in values if v > 0), default=1.0)
    span = math.log10(top / low) + 1
    rows = []
    for i, (label, value) in enumerate(zip(counts, values, strict=True)):
        length = 0.0 if value == 0 else (math.log10(value / low) + 1) / span if gates else value / top
        passed = _passed(values[i - 1], value) if gates and i else ""
        rows.append((str(label), length, write_number(value), passed))
    return Bars(title, tuple(rows), "Each bar is on a log scale." if gates else "")


def _passed(before: float, after: float) -> str:
    if not before or not after:
        return "none of those before"
    if after > 0.1 * before:
        return f"{after / before:.0%} of those before"
    return f"about 1 in {write_number(before / after, short=True)} of those before"
