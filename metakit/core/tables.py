"""The one reader of the tables of the package: the CSV files in ``metakit/data``."""

from __future__ import annotations

import csv
from importlib.resources import files


def read_table(name: str) -> list[dict[str, str]]:
    """Read a table.

    Parameters
    ----------
    name : str
        File in ``metakit/data``: ``"organs.csv"``, ``"growth/sources.csv"``.

    Returns
    -------
    list of dict of str to str
        One dict a row, by the names of the columns; nothing is converted.
    """
    text = (files("metakit") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
