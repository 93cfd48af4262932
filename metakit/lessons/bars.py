"""`bars`: counts as bars with their numbers beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

from metakit.core.params import is_number
from metakit.core.words import write_number
from metakit.lessons.card import Page


def bars(counts: Mapping[str, float], title: str = "", *, gates: bool = False) -> Page:
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
    Page

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
        rows.append(
            f'<tr><th scope="row">{escape(str(label))}</th><td class="metakit-bar"><span style="width:{length:.1%}">'
            f"</span></td><td>{write_number(value)}</td><td class='metakit-way'>{passed}</td></tr>"
        )
    head = f'<div class="metakit-title">{escape(title)}</div>' if title else ""
    note = "<p class='metakit-way'><small>Each bar is on a log scale.</small></p>" if gates else ""
    return Page(html=f'{head}<table class="metakit-bars"><tbody>{"".join(rows)}</tbody></table>{note}')


def _passed(before: float, after: float) -> str:
    if not before or not after:
        return "none of those before"
    if after > 0.1 * before:
        return f"{after / before:.0%} of those before"
    return f"about 1 in {write_number(before / after, short=True)} of those before"
