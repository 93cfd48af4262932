"""An ensemble as a text: JSON, in which NaN is null, so that any language reads it. Nothing is believed unchecked."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metakit.core.params import Params
from metakit.runs.files import CHANGED_IN_2, read_json, replacing
from metakit.runs.run import seconds_of
from metakit.runs.stage import stage as find

if TYPE_CHECKING:
    import pandas as pd

FORMAT, VERSION = "metakit ensemble", 2
Found = tuple[dict[str, Any], dict[tuple[str, int], dict[str, float]]]


def write(path: Path, table: Callable[[], pd.DataFrame], entries: Mapping[str, Any]) -> Path:
    """Write the table (``.csv``) or everything (``.json``).

    Parameters
    ----------
    path : Path
        Its ending says what is written.
    table : callable
        Gives the table.
    entries : mapping of str to object
        What the ensemble is made with, and its rows.

    Returns
    -------
    Path
        The same.

    Raises
    ------
    ValueError
        If the path ends in anything else.
    """
    if path.suffix not in (".csv", ".json"):
        raise ValueError(f"{path} should end in .csv (the table) or .json (to go on from), which says what to write")
    whole = {"format": FORMAT, "version": VERSION, **entries}
    text = table().to_csv(index=False) if path.suffix == ".csv" else json.dumps(whole, allow_nan=False)
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="")
    return path


def read(path: Path, inflow: Any) -> Found:
    """Read what an ensemble is made with, and the rows that are done.

    Parameters
    ----------
    path : Path
        A ``.json`` file.
    inflow : Handoff or None
        What the runs began with.

    Returns
    -------
    made : dict
        Keywords for `Ensemble`.
    rows : dict of (str, int) to dict
        Measures by setting and seed.

    Raises
    ------
    ValueError
        If that is not in the file.
    """
    text = path.read_bytes()
    try:
        return _from_json(text, inflow)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"{path} is not an ensemble that can be continued: {error}") from error


def _from_json(text: bytes, inflow: Any) -> Found:
    found = read_json(text)
    if not isinstance(found, dict) or (found.get("format"), found.get("version")) != (FORMAT, VERSION):
        old = isinstance(found, dict) and (found.get("format"), found.get("version")) == (FORMAT, 1)
        raise ValueError(f"it does not say {FORMAT!r}, version {VERSION}{f': {CHANGED_IN_2}' if old else ''}")
    former = find(found["stage"]).state.FORMER
    found["measures"] = [former.get(name, name) for name in found["measures"]]
    found["until"] = former.get(found["until"], found["until"])
    if found["has_inflow"] != (inflow is not None):
        raise ValueError(f"it was made with {'an' if inflow is None else 'no'} inflow; give load the same one")
    settings = {label: _params(found["stage"], values) for label, values in found["settings"].items()}
    keys = {(label, seed) for label in settings for seed in found["seeds"]}
    rows = {}
    for label, seed, *values in found["rows"]:
        if (label, seed) not in keys or not all(v is None or type(v) in (int, float) for v in values):
            raise ValueError("its rows are not numbers of its own settings and seeds")
        numbers = [math.nan if v is None else v for v in values]
        rows[label, seed] = dict(zip(found["measures"], numbers, strict=True))
    made = {"stage": found["stage"], "settings": settings, "time_s": seconds_of({"time_s": found["time_s"]})}
    return made | {name: found[name] for name in ("seeds", "measures", "until")}, rows


def _params(stage: str, values: dict[str, Any]) -> Params:
    cls = find(stage).params
    values = cls.update_names(values)
    if set(values) != {k.name for k in cls.knobs()}:
        raise ValueError(f"it does not have the parameters of {cls.__name__}, each one and no other")
    return cls.make(**values)
