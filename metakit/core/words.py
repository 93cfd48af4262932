"""Words for numbers and names: what pictures, sentences, tables and errors say them with."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def words_for(value: float, unit: str = "") -> str:
    """Write a number with its unit, three digits at most, and "day" for one of them."""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    one = {"people": "person"}.get(unit, unit.removesuffix("s"))
    return f"{text} {one if text == '1' else unit}".rstrip()


def counted(n: float) -> str:
    """Write a count with three digits and a word: 995 million."""
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if n >= 0.9995 * size:
            return f"{n / size:.3g} {word}"
    return f"{n:,.0f}"


def short(count: float) -> str:
    """Write a count in four letters or so: 950, 12 k, 3.4 M, 7 G is said as billion."""
    for size, letter in ((1e12, " trillion"), (1e9, " billion"), (1e6, " M"), (1e3, " k")):
        if count >= 0.9995 * size:
            return f"{count / size:.3g}{letter}"
    return f"{count:.0f}" if count >= 10 or count == int(count) else f"{count:.2g}"


def nearest(given: object, allowed: Iterable[str], what: str) -> str:
    """Say that a name is unknown, and which one may have been meant."""
    names = sorted(allowed)
    close = difflib.get_close_matches(str(given), names, n=1, cutoff=0.4)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"there is no {what} {given!r}{hint} (there are: {', '.join(names)})"
