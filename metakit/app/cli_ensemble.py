"""``metakit ensemble``: many runs from the command line. Like `metakit.app.cli`, light until it is used."""

import argparse
import sys
from pathlib import Path
from typing import Any

import metakit
from metakit.app.arguments import check_output, settings, table_text

OUTPUTS = {".csv": "the table", ".json": "the runs, to go on from with metakit.Ensemble.load"}
_INTERRUPTED = 130
_MOST_SEEDS = 100_000


def add(commands: Any, epilog: str) -> None:
    """Add the command.

    Parameters
    ----------
    commands : argparse subparsers
        To which it is added.
    epilog : str
        Its example.
    """
    many = commands.add_parser("ensemble", help="run a stage with many seeds, on all cores", epilog=epilog)
    many.add_argument("stage", metavar="STAGE", help="one of those that `metakit stages` lists")
    many.add_argument("--seeds", default="0-19", metavar="N-M", help="such as 0-19 or 1,4,7-9 (default: %(default)s)")
    many.add_argument("--preset", default="science", metavar="P", help="named settings (default: %(default)s)")
    many.add_argument(
        "--time-d", type=float, default=5.0, metavar="T", help="days of model time (default: %(default)g)"
    )
    many.add_argument("--workers", type=int, metavar="N", help="how many processes (default: one for each core)")
    many.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change a parameter")
    outputs = ", ".join(f"{suffix} ({what})" for suffix, what in OUTPUTS.items())
    many.add_argument("--out", type=Path, metavar="FILE", help=f"write a file instead of a summary: {outputs}")
    many.set_defaults(do=run)


def run(chosen: argparse.Namespace) -> int:
    """Make the runs, and show or write what is done, even after Ctrl-C.

    Returns
    -------
    int
        0 if all runs are done, 1 if some failed, 130 after Ctrl-C.
    """
    if chosen.out:
        check_output(chosen.out, OUTPUTS)
    changes, label = settings(chosen.set), ", ".join(chosen.set) or "default settings"
    runs = metakit.ensemble(
        chosen.stage,
        seeds=_seeds(chosen.seeds),
        time_d=chosen.time_d,
        settings={label: changes},
        preset=chosen.preset,
        workers=chosen.workers,
    )
    if chosen.out and not runs.rows:
        print(f"stopped before the first run was done; {chosen.out} was not written", file=sys.stderr)
    elif chosen.out:
        runs.save(chosen.out)
        print(f"wrote {chosen.out}: {OUTPUTS[chosen.out.suffix]} of {runs.recipe}")
    else:
        # A moment that did not come in every run has its count beside a median of those in which it came.
        # (`describe`, since pandas 2 warns where it takes a median of nothing.)
        table = runs.table[runs.columns].astype(float).describe().rename({"50%": "median"})
        table = table.loc[["count", "median", "min", "max"]].T
        print(f"{runs!r}\n\n{table_text(table, index=True)}")
    return _INTERRUPTED if runs.interrupted else int(bool(runs.missing))


def _seeds(text: str) -> list[int]:
    """Read ``0-19`` or ``1,4,7-9``."""
    seeds: list[int] = []
    for part in text.split(","):
        low, dash, high = (end.strip() for end in part.partition("-"))
        if not (low.isdecimal() and (high.isdecimal() if dash else True)) or int(high or low) < int(low):
            raise ValueError(f"--seeds {text!r} is not a list of seeds, such as --seeds 0-19 or --seeds 1,4,7-9")
        if int(high or low) - int(low) >= _MOST_SEEDS:
            raise ValueError(f"--seeds {text!r} are too many; at most {_MOST_SEEDS:,} can be run at once")
        seeds += range(int(low), int(high or low) + 1)
    return seeds
