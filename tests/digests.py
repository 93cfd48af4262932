"""Digests of every stage: what the numbers of its runs come down to, to compare Pythons, numpys and machines.

``python tests/digests.py`` prints them; with ``--write`` it puts them into ``data/digests.json``: after a change of a
model that is meant, and then once more with a numpy of the other family in `FAMILIES`. It needs numpy, nothing else.
The file says which runs are made, ``{stage: [{"settings", "frames", "counts", "bits"}]}``; a stage that is not in it
is run with `PLAIN`.

*counts*: every whole number of state and table. Equal everywhere, for one family of numpy.
*bits*: every bit of both. Equal where the arithmetic is, see `arithmetic`.
"""

import hashlib
import json
import platform
import sys
from pathlib import Path

import numpy as np

from metakit.runs.stage import stage as stage_of
from metakit.runs.stage import stages

FILE = Path(__file__).parent / "data" / "digests.json"
SEED = 7
PLAIN = [{"settings": {}, "frames": 60}]
# numpy 2.5 mended Generator.binomial: one draw in thousands is another one (numpy/numpy#31238), with all after it.
FAMILIES = ((2, 0), (2, 5))


def family():
    """The numpy versions that draw as this one does: ``numpy 2.0`` stands for 2.0 to 2.4."""
    mine = tuple(int(part) for part in np.__version__.split(".")[:2])
    return "numpy {}.{}".format(*max(f for f in FAMILIES if f <= mine))


def arithmetic():
    """Name of what decides about the last bits: functions of numpy, the C library and BLAS, on this processor."""
    x = np.linspace(0.001, 40, 4001)
    square = np.sin(x[:4000]).reshape(100, 40)
    found = [np.exp(x), np.expm1(-x), np.log(x), np.log1p(x), np.cos(x), x**0.663, 1.7**x, np.hypot(x, 1 / x)]
    found += [np.cbrt(x), np.arctan2(x, 3), square @ square.T, square @ x[:40], np.interp(x + 0.0013, x, np.exp(-x))]
    found += [np.exp(x.astype(np.float32)), np.linalg.solve(np.eye(40) + 0.01 * square[:40], x[:40])]
    return f"{sys.platform} {platform.machine()} {_hash(value.tobytes() for value in found)}, {family()}"


def digests(settings, frames, stage):
    """Make a run; return its two digests."""
    settings = dict(settings)
    params = stage_of(stage).params.make(settings.pop("preset", "science"), **settings)
    state = stage_of(stage).first(params, SEED)
    rows = [dict(stage_of(stage).measure(state))]
    for _ in range(frames):
        state = stage_of(stage).next(state, params)
        rows.append(dict(stage_of(stage).measure(state)))
    arrays, plain = state.split()
    whole = {name: value for name, value in arrays.items() if value.dtype.kind in "iub"}
    counted = [[name, v] for row in rows for name, v in row.items() if isinstance(v, int)]
    return {
        "counts": _hash([*_bytes(whole), repr(counted).encode()]),
        "bits": _hash([*_bytes(arrays), repr(rows).encode(), json.dumps(plain, sort_keys=True).encode()]),
    }


def _bytes(arrays):
    for name, value in arrays.items():
        yield f"{name}{value.shape}".encode()
        yield value.astype(value.dtype.newbyteorder("<")).tobytes()


def _hash(pieces):
    return hashlib.sha256(b"".join(pieces)).hexdigest()[:16]


def on_file():
    """What the file says: runs by stage, each with its digests by family and by arithmetic."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def here():
    """Digests of this Python, of every run on file and of every stage on disk."""
    runs = {name: on_file().get(name, PLAIN) for name in stages()}
    made = {name: [digests(r["settings"], r["frames"], name) for r in some] for name, some in runs.items()}
    return {"family": family(), "arithmetic": arithmetic(), "runs": made}


def write():
    """Put the digests of this Python on file; what it contradicts goes."""
    found, kept = here(), on_file()
    for name, made in found["runs"].items():
        for run, new in zip(kept.setdefault(name, json.loads(json.dumps(PLAIN))), made, strict=True):
            if run.setdefault("counts", {}).get(found["family"], new["counts"]) != new["counts"]:
                run["counts"], run["bits"] = {}, {}
            run["counts"][found["family"]] = new["counts"]
            run.setdefault("bits", {})[found["arithmetic"]] = new["bits"]
    lines = [f"{json.dumps(name)}: [\n  " + ",\n  ".join(map(json.dumps, kept[name])) + "\n]" for name in stages()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        print(json.dumps(here()))
