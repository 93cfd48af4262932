"""Plain words for the terms of the lessons, read from ``data/glossary.csv``."""

from __future__ import annotations

from functools import lru_cache

from metakit.core.tables import read_table
from metakit.core.words import nearest


@lru_cache(maxsize=1)
def _definitions() -> dict[str, str]:
    return {row["term"]: row["definition"] for row in read_table("glossary.csv")}


def terms() -> list[str]:
    """Every term of the glossary, in the order of the lessons."""
    return list(_definitions())


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
    known = {}
    for name, definition in _definitions().items():
        for said in (name, *name.removesuffix(")").split(" (")):
            known[said.casefold()] = definition
    if str(term).casefold() not in known:
        raise ValueError(nearest(term, terms(), "glossary entry for"))
    return known[str(term).casefold()]
