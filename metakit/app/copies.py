"""Student copies of the lessons: what a student runs, without the folded cells that drive and assert for the tests.

The sources are executed by the test suite; every home (`metakit lab`, `metakit app`, a site, Binder) shows the copies.
Only the standard library is used here: the command line should not wait for numpy.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeGuard

import metakit

DRIVE = "drive"  # the tag of a cell that plays a component and asserts
Notebook = dict[str, Any]


def student_copy(source: Notebook) -> Notebook:
    """Give a lesson as students get it: the cells tagged ``drive`` are left out, nothing else is changed.

    Parameters
    ----------
    source : dict
        A notebook of format 4, as `json.load` gives it. It is not changed.

    Returns
    -------
    dict
    """
    return source | {"cells": [cell for cell in source["cells"] if not _is_drive(cell)]}


def is_source(book: Notebook | None) -> bool:
    """Say whether a notebook holds cells that drive it, so that students should have a copy."""
    return book is not None and any(map(_is_drive, book["cells"]))


def is_lesson(book: Notebook | None) -> TypeGuard[Notebook]:
    """Say whether a notebook says in its metadata that it is a lesson of metakit."""
    return book is not None and "metakit" in book.get("metadata", {})


def _is_drive(cell: dict[str, Any]) -> bool:
    return DRIVE in cell.get("metadata", {}).get("tags", [])


def read(path: Path) -> Notebook | None:
    """Read a notebook; None if the file holds none."""
    try:
        book = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:  # no JSON, or no text
        return None
    return book if isinstance(book, dict) and isinstance(book.get("cells"), list) else None


def text(book: Notebook) -> str:
    """Write a notebook as Jupyter stores it."""
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def notebooks(folder: Path) -> Iterator[Path]:
    """Find the notebooks in a folder and below, in order; not the ones that Jupyter keeps aside."""
    return (path for path in sorted(folder.rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts)


def sources() -> Path:
    """Return the folder of the lessons that came with metakit: in a checkout beside the package, else inside it.

    Raises
    ------
    ValueError
        If there are none.
    """
    package = Path(metakit.__file__).parent
    for folder in (package / "notebooks", package.parent / "notebooks"):
        if folder.is_dir() and any(is_lesson(read(path)) for path in notebooks(folder)):
            return folder
    raise ValueError("this metakit came without lessons; install it again: pip install --force-reinstall metakit")


def write_copies(target: Path, folders: Iterable[Path] = (), *, whole: bool = False) -> list[Path]:
    """Fill a folder with copies of lessons; what is there is never written over.

    Parameters
    ----------
    target : Path
        The folder; made where there is none.
    folders : iterable of Path
        Where the lessons are; of two of the same name the one in the earlier folder counts. By default those that
        came with metakit.
    whole : bool
        Copy lessons as they are, with the cells that drive them, instead of what students get.

    Returns
    -------
    list of Path
        Files that were there and are not as they came: somebody has worked in them.

    Raises
    ------
    OSError
        If the folder cannot be written to.
    """
    made: dict[Path, str] = {}
    for folder in list(folders) or [sources()]:
        for path in notebooks(folder):
            if is_lesson(book := read(path)):
                made.setdefault(target / path.relative_to(folder), text(book if whole else student_copy(book)))
    kept = []
    for copy, words in made.items():
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(words, encoding="utf-8", newline="\n")
        elif copy.read_text(encoding="utf-8") != words:
            kept.append(copy)
    return kept
