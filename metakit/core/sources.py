"""Where the numbers come from: key -> full reference.

Read from ``data/sources.csv``, and from ``data/<stage>/sources.csv`` for what one stage alone refers to. Every
``param(source=...)`` is a key here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from metakit.core.entries import collect
from metakit.core.tables import read_table


@dataclass(frozen=True, slots=True)
class Source:
    """A reference.

    Attributes
    ----------
    short : str
        A few words, as shown beside a number.
    full : str
        The full reference.
    seen : str
        ``"seen"`` (read in the paper), ``"second-hand"`` (read in another text that restates it),
        or ``"illustrative"`` (no published number, or one that is only recalled; free to be moved).
    """

    short: str
    full: str
    seen: str = "seen"


def _read(path: str) -> Iterator[tuple[str, Source]]:
    for row in read_table(path):
        yield row["key"], Source(row["short"], row["full"], row["seen"])


SOURCES: dict[str, Source] = collect("sources.csv", _read)
