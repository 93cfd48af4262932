"""Words for numbers and names: what pictures, sentences, tables and errors say them with."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal

# Every unit that a parameter or a constant may have. A rate is per day, and nothing is a share in two ways.
UNITS = (
    "share", "number", "times", "cells", "billion cells", "per billion",
    "s", "h", "d", "y", "per day", "per 100 million days", "million cells/g/d",
    "µm", "mm", "µm²", "cm³", "mL", "L", "g", "per mm", "cells/g", "cells/cm³",
    "µm/h", "µm²/h", "mL/h", "L/min", "mmHg", "dyn/cm²", "Gy", "per Gy", "per Gy²",
)  # fmt: skip
BARE = ("share", "number")  # not written behind a number: what it is a share or a number of, the words beside it say
_SIZES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
_LEAST = 1e-9  # what is closer to zero is not written digit by digit


def write_number(value: float, unit: str = "", *, short: bool = False, digits: int = 3, missing: str = "–") -> str:
    """Write a number as people read it, the one way for pictures, sentences, tables and charts.

    Parameters
    ----------
    value : float
        Whole numbers below a million are written in full, larger ones as 12.3 million, and never with a power of ten.
    unit : str
        What stands behind it: one of `UNITS`, or any plural noun, which loses its s behind a single one.
    short : bool
        Two digits, for labels on a picture.
    digits : int
        Significant digits of what is not whole or too large to be written in full.
    missing : str
        What is written for NaN.

    Returns
    -------
    str

    Examples
    --------
    >>> write_number(12_345_678, "cells"), write_number(1, "cells"), write_number(0.00286, "per day")
    ('12.3 million cells', '1 cell', '0.00286 per day')
    """
    if math.isnan(value):
        return missing
    text = _digits(value, 2 if short else digits, in_full=not short)
    return f"{text} {_behind(text, unit)}".rstrip()


def _digits(value: float, digits: int, *, in_full: bool) -> str:
    sign, size = "-" if value < 0 else "", abs(value)
    if math.isinf(size):
        return f"{sign}∞"
    for unit, word in _SIZES:
        if float(f"{size:.{digits}g}") >= unit:
            return f"{sign}{_digits(size / unit, digits, in_full=in_full)} {word}"
    if 0 < size < _LEAST:
        return "almost 0"
    if size >= 10**digits or (in_full and size == int(size)):
        whole = size if in_full else float(f"{size:.{digits}g}")
        return f"{sign}{whole:,.0f}"
    # Not "g", which would write 0.0000286 as 2.86e-05.
    rounded = Decimal(f"{size:.{digits}g}")
    text = f"{rounded:,f}"
    return sign + (text.rstrip("0").rstrip(".") if "." in text else text)


def _behind(text: str, unit: str) -> str:
    if unit in BARE:
        return ""
    if text != "1" or unit in ("times", "s"):
        return unit
    return {"people": "person"}.get(unit, unit.removesuffix("s"))


def nearest(given: object, allowed: Iterable[str], what: str, former: Mapping[str, str] | None = None) -> str:
    """Say that a name is unknown, and which one may have been meant.

    Parameters
    ----------
    given : object
        What was asked for.
    allowed : iterable of str
        The names there are.
    what : str
        What they are names of: ``"stage called"``.
    former : mapping of str to str, optional
        Names of today by those that they had before.

    Returns
    -------
    str
    """
    names, today = sorted(allowed), (former or {}).get(str(given))
    if today in names:
        return f"there is no {what} {given!r}; it is called {today!r} now"
    close = difflib.get_close_matches(str(given), names, n=1, cutoff=0.4)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"there is no {what} {given!r}{hint} (there are: {', '.join(names)})"
