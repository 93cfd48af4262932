"""What the commands that run something share: settings read from texts, files checked beforehand, tables as text."""

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metakit.core.words import write_number

if TYPE_CHECKING:
    import pandas as pd

CLOCKS = {"time_s": "seconds", "time_h": "hours", "time_d": "days", "time_y": "years"}


def settings(pairs: Sequence[str]) -> dict[str, Any]:
    """Read ``name=value`` texts; the library judges names and values, this only finds them.

    Raises
    ------
    ValueError
        On another kind of text, a name that is there twice, or one that is no parameter of a stage.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = (part.strip() for part in pair.partition("="))
        if not equals or not name:
            raise ValueError(f"--set {pair!r} is not NAME=VALUE, such as --set mmp_secretion=0.6")
        if name in found:
            raise ValueError(f"--set {name} is given twice; which one is meant?")
        if name in {"stage", "seed", "preset", "inflow", "progress", *CLOCKS}:
            raise ValueError(f"{name} is not a parameter of a stage; metakit run --help tells how to choose it")
        found[name] = value(text)
    return found


def value(text: str) -> bool | float | str:
    """Read a switch, a number, or else a word."""
    switches: dict[str, bool] = {"true": True, "on": True, "false": False, "off": False}
    if text.lower() in switches:
        return switches[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def check_output(path: Path, outputs: Mapping[str, str]) -> None:
    """Find out before the run, not after it, whether its result can be kept.

    Parameters
    ----------
    path : Path
        The file to be written.
    outputs : mapping of str to str
        What may be written, by the suffix that says so.

    Raises
    ------
    ValueError
        If the suffix is another one, or the file cannot be written.
    """
    if path.suffix not in outputs:
        raise ValueError(f"--out {path} should end in one of {', '.join(outputs)}, which says what to write")
    if path.is_dir():
        raise ValueError(f"--out {path} is a folder; the name of a file is expected")
    if not path.parent.is_dir():
        raise ValueError(f"--out {path}: there is no folder {path.parent}; make it first")
    if path.exists() and not os.access(path, os.W_OK):
        raise ValueError(f"--out {path} exists and may not be written over")
    try:
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise ValueError(f"--out {path}: the folder {path.parent} cannot be written to ({error.strerror})") from error


def table_text(table: "pd.DataFrame", *, index: bool = False) -> str:
    """Write a table as wide as the terminal is, or in whole lines where there is none.

    Parameters
    ----------
    table : DataFrame
        Numbers; NaN is written as a dash.
    index : bool
        Whether its rows have names.

    Returns
    -------
    str
    """
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return str(
        table.to_string(index=index, line_width=width, na_rep="-", float_format=lambda v: write_number(v, digits=4))
    )
