"""Where the numbers come from: key -> full reference, read from ``data/sources.csv``.

Every ``param(source=...)`` is a key here.
"""

from __future__ import annotations

from dataclasses import dataclass

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


def _read() -> dict[str, Source]:
    return {row["key"]: Source(row["short"], row["full"], row["seen"]) for row in read_table("sources.csv")}


SOURCES: dict[str, Source] = _read()
