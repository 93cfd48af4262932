"""Runs as a file: an ``.npz`` archive of, for each, one JSON text, the table of all frames, and arrays.

The arrays are those of the last state, and of what the run began with. Of several runs, the story of a chain, the
entries are numbered: ``0/header``. It is read without pickle, and every entry is checked before it is believed.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import metakit
from metakit.core.handoff import Handoff
from metakit.core.state import SECONDS, State
from metakit.core.touch import Segment, Touched, check_touch
from metakit.runs.files import CHANGED_IN_2, read_json, replacing
from metakit.runs.stage import Stage, check_seed, stream_from
from metakit.runs.stage import stage as find

FORMAT, VERSION = "metakit run", 2
# Measures of a float are worked out again from the state, perhaps by another Python, numpy or processor.
ROUNDING, NOTHING = 1e-9, 1e-12  # as a share of the value, and where it is near zero


class Saved(NamedTuple):
    """What a run's file holds; the names are those of `metakit.runs.run.Run`."""

    stage: str
    preset: str
    seed: int
    inflow: Handoff | None
    history: list[Segment]
    state: State
    rows: list[dict[str, float]]


def write(runs: Sequence[Saved], path: Path) -> Path:
    """Write runs, from which `read` goes on exactly.

    Parameters
    ----------
    runs : sequence of Saved
        One run, or those of a story.
    path : Path
        Ends in ``.npz``.

    Returns
    -------
    Path
        The same.

    Raises
    ------
    ValueError
        If the path has another suffix.
    """
    if path.suffix != ".npz" and not path.is_dir():
        raise ValueError(f"{path} should end in .npz, the kind of file that a run is saved in (its table: run.table)")
    packed = [_pack(run) for run in runs]
    entries = packed[0] if len(runs) == 1 else {f"{i}/{k}": v for i, one in enumerate(packed) for k, v in one.items()}
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(file, **entries)  # type: ignore[arg-type]
    return path


def _pack(run: Saved) -> dict[str, np.ndarray]:
    arrays, plain = run.state.split()
    stored = {f"state.{name}": value for name, value in arrays.items()}
    inflow = None
    if run.inflow is not None:
        arrays, inflow = run.inflow.split()
        inflow["kind"] = type(run.inflow).__name__
        stored |= {f"inflow.{name}": value for name, value in arrays.items()}
    columns = list(run.rows[0])
    header = {
        "format": FORMAT,
        "version": VERSION,
        "made_with": {"metakit": metakit.__version__, "python": platform.python_version(), "numpy": np.__version__},
        "stage": run.stage,
        "preset": run.preset,
        "seed": run.seed,
        "history": [(t, p.as_dict(), *([touches] if touches else [])) for t, p, touches in run.history],
        "state": plain,
        "inflow": inflow,
        "columns": columns,
    }
    rows = np.array([[float(row[c]) for c in columns] for row in run.rows])
    return {"header": np.array(json.dumps(header)), "rows": rows, **stored}


def read(path: Path) -> list[Saved]:
    """Read what `write` wrote. Nothing in it is ever executed.

    Raises
    ------
    ValueError
        If the file is damaged, of another version, or does not hold a run.
    """
    with path.open("rb") as file:
        try:
            with np.load(file, allow_pickle=False) as archive:
                entries = {name: archive[name] for name in archive.files}
            numbered = {name.partition("/")[0] for name in entries if "/" in name}
            if not numbered:
                return [_unpack(entries)]
            runs = [f"{i}/" for i in range(len(numbered))]
            return [_unpack({k.removeprefix(i): v for k, v in entries.items() if k.startswith(i)}) for i in runs]
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, MemoryError) as error:
            raise ValueError(f"{path} is not a run that can be continued: {error}") from error
        except Exception as error:  # zipfile, zlib, struct, tokenize: whatever reading damaged bytes sets off
            raise ValueError(f"{path} is damaged, or not a file that Run.save wrote: {error}") from error


def _unpack(entries: dict[str, np.ndarray]) -> Saved:
    strange = sorted(k for k in entries if k not in ("header", "rows") and not k.startswith(("state.", "inflow.")))
    if strange or not {"header", "rows"} <= set(entries):
        raise ValueError(f"its entries are not header, rows and state: {', '.join(strange) or 'one is missing'}")
    if entries["header"].dtype.kind != "U" or entries["header"].ndim:
        raise ValueError("its header is not a text")
    header = read_json(str(entries["header"]))
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError(f"its header does not say {FORMAT!r}")
    if header.get("version") != VERSION:
        why = f": {CHANGED_IN_2}" if header.get("version") == 1 else ""
        raise ValueError(f"it is of version {header.get('version')!r}; this metakit reads version {VERSION}{why}")
    name, seed = header["stage"], check_seed(header["seed"])
    found = find(name)
    cls = found.params
    preset = cls.FORMER.get(header["preset"], header["preset"])
    cls.make(preset)
    plain = {k: cls.FORMER.get(v, v) if isinstance(v, str) else v for k, v in header["state"].items()}
    state = found.state.join(_arrays("state.", entries), plain)
    stream_from(state.rng_state)
    inflow = _inflow(header["inflow"], _arrays("inflow.", entries))
    found.check_inflow(inflow)
    history = [_segment(found, *told) for told in header["history"]]
    times = [t for t, *_ in history]
    if not times or times != sorted(times) or not np.isfinite(times).all() or times[-1] > state.time_s:
        raise ValueError("its parameter changes are not in order of time")
    ends, unit = [*times[1:], state.time_s], SECONDS[found.state.CLOCK]
    for segment, end in zip(history, ends, strict=True):
        made = [segment.time_s, *(touch.time * unit for touch in segment.touches), end]
        if any(not later - before > -1e-6 for before, later in pairwise(made)):
            raise ValueError("its touches are not in order of time, or not within the run")
    table = _table(entries["rows"], header["columns"], found.state.FORMER, dict(found.measure(state)))
    return Saved(name, preset, seed, inflow, history, state, table)


def _segment(stage: Stage, time_s: float, params: dict[str, Any], touches: Sequence[Any] = ()) -> Segment:
    params = stage.params.update_names(params)
    if set(params) != {k.name for k in stage.params.knobs()}:
        raise ValueError(f"it does not have the parameters of {stage.params.__name__}, each one and no other")
    made = [(check_touch(stage.touches, stage.name, kind, at), float(when)) for kind, when, at in touches]
    return Segment(
        float(time_s), stage.params.make(**params), tuple(Touched(kind, when, at) for (kind, at), when in made)
    )


def _table(
    rows: np.ndarray, columns: object, former: Mapping[str, str], last: Mapping[str, float]
) -> list[dict[str, float]]:
    """Return the rows by column, once the last one turns out to be what was measured in the last state."""
    columns = [former.get(c, c) for c in columns] if isinstance(columns, list) else columns
    if columns != list(last) or rows.dtype.kind != "f" or rows.ndim != 2 or rows.shape[1] != len(last):
        raise ValueError("its table does not have the columns of this stage")
    kinds = [type(v) for v in last.values()]
    table = [{c: kind(v) for c, kind, v in zip(last, kinds, row, strict=True)} for row in rows]
    if not table:
        raise ValueError("its table has no row")
    for (name, value), stored in zip(last.items(), rows[-1].tolist(), strict=True):
        if not _same(stored, value):
            raise ValueError(
                f"the last row of its table does not belong to its state: {name} is {stored:.17g} in the row and "
                f"{value:.17g} in the state; counts must be equal, other numbers to {ROUNDING:g} of their size"
            )
    return table


def _same(stored: float, measured: float) -> bool:
    """Whether two numbers are one: a whole number exactly, any other but for rounding; NaN, "not yet", is NaN."""
    if isinstance(measured, int) or math.isnan(measured):
        return stored == float(measured) or (math.isnan(stored) and math.isnan(measured))
    return math.isclose(stored, measured, rel_tol=ROUNDING, abs_tol=NOTHING)


def _arrays(begin: str, entries: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix(begin): value for name, value in entries.items() if name.startswith(begin)}


def _inflow(plain: dict[str, Any] | None, arrays: dict[str, np.ndarray]) -> Handoff | None:
    if plain is None:
        return None
    kinds = {kind.__name__: kind for kind in Handoff.__subclasses__()}
    return kinds[plain.pop("kind")].join(arrays, plain)
