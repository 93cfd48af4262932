"""Plain words for the terms of the lessons.

Read from ``data/glossary.csv``, and from ``data/<stage>/glossary.csv`` for the terms that one lesson alone uses.
"""

from __future__ import annotations

from collections.abc import Iterator

from metakit.core.entries import collect
from metakit.core.tables import read_table
from metakit.core.words import nearest


def _read(path: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Give term and definition under everything that may be said for the term."""
    for row in read_table(path):
        term = row["term"]
        for said in {name.casefold(): None for name in (term, *term.removesuffix(")").split(" ("))}:
            yield said, (term, row["definition"])


_ENTRIES = collect("glossary.csv", _read)


def terms() -> list[str]:
    """Name every term of the glossary: those of several lessons first, then those of one stage after the other."""
    return list(dict.fromkeys(term for term, _ in _ENTRIES.values()))


def define(term: str) -> str:
    """Say in one or two plain sentences what a term means.

    Parameters
    ----------
    term : str
        One of `terms`; capitals do not matter, and the letters in brackets stand for the whole:
        ``"ECM"`` is ``"extracellular matrix (ECM)"``.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the glossary does not have the term; the nearest one is suggested.

    Examples
    --------
    >>> define("half-life")
    'The time in which half of a group is gone.'
    """
    said = str(term).casefold()
    if said not in _ENTRIES:
        raise ValueError(nearest(term, terms(), "glossary entry for"))
    return _ENTRIES[said][1]
