"""Shared physiology: numbers that more than one stage uses, or that are published, each said once.

They are read from ``data/constants.csv``; knobs take default, unit and source from there with
`metakit.core.params.from_table`. Flows of organs are a table of their own, ``data/organs.csv``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from metakit.core.sources import SOURCES
from metakit.core.tables import read_table
from metakit.core.words import UNITS, nearest

KINDS = ("measured", "fitted", "illustrative")


@dataclass(frozen=True, slots=True)
class Constant:
    """A number with all that is known about it.

    Attributes
    ----------
    key : str
        Its name in the table.
    value : float
        In `unit`.
    unit : str
        One of `metakit.core.words.UNITS`.
    symbol : str
        Symbol in the equations of the models; empty if it has none.
    source : str
        Key into `metakit.core.sources.SOURCES`.
    kind : str
        ``"measured"``, ``"fitted"`` (to data, by its source, or derived from what was measured) or
        ``"illustrative"`` (no published number, or one that is only recalled).
    doc : str
        One plain line: what it is.
    """

    key: str
    value: float
    unit: str
    symbol: str
    source: str
    kind: str
    doc: str

    def __post_init__(self) -> None:
        """Check unit, source and kind."""
        for what, word, known in (("unit", self.unit, UNITS), ("source", self.source, SOURCES)):
            if word not in known:
                raise ValueError(f"constants.csv, {self.key}: {nearest(word, known, what)}")
        if self.kind not in KINDS:
            raise ValueError(f"constants.csv, {self.key}: {nearest(self.kind, KINDS, 'kind')}")
        if (SOURCES[self.source].seen == "illustrative") != (self.kind == "illustrative"):
            raise ValueError(f"constants.csv, {self.key}: source {self.source!r} and kind {self.kind!r} disagree")


def collect(rows: Iterable[Mapping[str, str]]) -> dict[str, Constant]:
    """Make constants of the rows of a table.

    Parameters
    ----------
    rows : iterable of mapping of str to str
        One mapping a constant, with the attributes of `Constant` as text.

    Returns
    -------
    dict of str to Constant
        By key.

    Raises
    ------
    ValueError
        If a key stands there twice, or a unit, source or kind is not known.
    """
    found: dict[str, Constant] = {}
    for row in rows:
        if row["key"] in found:
            raise ValueError(f"constants.csv: {row['key']!r} stands there twice; a number has one value and one source")
        words = (row[name] for name in ("unit", "symbol", "source", "kind", "doc"))
        found[row["key"]] = Constant(row["key"], float(row["value"]), *words)
    return found


CONSTANTS: dict[str, Constant] = collect(read_table("constants.csv"))


def constant(key: str) -> Constant:
    """Look up a constant.

    Parameters
    ----------
    key : str
        One of `CONSTANTS`.

    Returns
    -------
    Constant

    Raises
    ------
    ValueError
        If there is none of that key; the nearest one is suggested.

    Examples
    --------
    >>> constant("cardiac_output").value
    6.5
    """
    if key not in CONSTANTS:
        raise ValueError(nearest(key, CONSTANTS, "constant called"))
    return CONSTANTS[key]
