"""Collect what stages bring beside what they share: sources, glossary terms, questions.

A file ``data/<name>`` holds the entries that several stages use, ``data/<stage>/<name>`` those of one stage. All of
them are found by being on disk, so that a new stage adds a file and edits none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import TypeVar

Entry = TypeVar("Entry")


def paths(name: str) -> list[str]:
    """List the files of one name below ``metakit/data``: the shared one first, then those of stages by alphabet.

    Parameters
    ----------
    name : str
        Such as ``"sources.csv"``.

    Returns
    -------
    list of str
        ``"sources.csv"``, ``"growth/sources.csv"``, ...
    """
    data = files("metakit") / "data"
    stages = sorted(folder.name for folder in data.iterdir() if folder.is_dir() and (folder / name).is_file())
    return [name, *(f"{stage}/{name}" for stage in stages)]


def collect(name: str, read: Callable[[str], Iterable[tuple[str, Entry]]]) -> dict[str, Entry]:
    """Put the entries of all files of one name together.

    Parameters
    ----------
    name : str
        Name of the files.
    read : callable
        Gives the entries of the file at a path, as pairs of key and entry.

    Returns
    -------
    dict
        Every entry by its key.

    Raises
    ------
    ValueError
        If a key is there twice; both files are named.
    """
    found: dict[str, Entry] = {}
    homes: dict[str, str] = {}
    for path in paths(name):
        for key, entry in read(path):
            if key in homes:
                raise ValueError(
                    f"{key!r} is in metakit/data/{homes[key]} and again in metakit/data/{path}; take one of them out "
                    f"(what several stages use belongs in metakit/data/{name})"
                )
            found[key], homes[key] = entry, path
    return found
