"""The command ``metakit``: open the lessons, run a stage without a browser, ask what is installed.

Everything but argparse is imported when it is needed: ``metakit --help`` should not wait for numpy.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import metakit
from metakit.app import cli_ensemble, copies, lab, voila
from metakit.app.arguments import CLOCKS, check_output, settings, table_text, value
from metakit.app.site import command as site

if TYPE_CHECKING:
    from metakit.runs.run import Run

_OUTPUTS = {".csv": "the table", ".npz": "the run, to go on from with metakit.load", ".png": "the last picture"}
_BAD_INPUT = 2
_ROWS_SHOWN = 11


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows ``metakit``; by default what the shell gave.

    Returns
    -------
    int
        0 when all went well, 1 when the doctor found a problem or a run failed, 2 on bad input, 130 after Ctrl-C.
    """
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.do is None:
        parser.print_help()
        return 0
    try:
        status: int = chosen.do(chosen)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # `metakit run ... | head` closed the pipe; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, OSError) as error:
        print(f"metakit {chosen.command}: {_sentence(error)}", file=sys.stderr)
        return _BAD_INPUT
    except KeyboardInterrupt:
        print(f"\nmetakit {chosen.command}: stopped", file=sys.stderr)
        return 130


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence instead of the whole usage, and that leaves an example on one line."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **settings)

    def error(self, message: str) -> NoReturn:
        self.exit(_BAD_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="metakit", description="Play with metastasis, one stage at a time.", epilog=_example("metakit lab")
    )
    parser.add_argument("--version", action="version", version=f"metakit {metakit.__version__}")
    parser.set_defaults(do=None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    lab.add(commands, _example("metakit lab 02_invasion --no-browser"))
    voila.add(commands, _example("metakit app 02_invasion"))
    site.add(commands, _example("metakit site public --serve"))
    copy = commands.add_parser(
        "copies",
        help="write students' copies of the lessons into a folder, for a course of your own",
        epilog=_example("metakit copies my-course"),
    )
    copy.add_argument("folder", type=Path, metavar="FOLDER", help="made where there is none; nothing is written over")
    copy.set_defaults(do=_copies)

    run = commands.add_parser(
        "run",
        help="run a stage without a browser",
        epilog=_example("metakit run invasion --seed 7 --time-d 5 --set mmp_secretion=0.6 --out run.csv")
        + "\n         metakit run --chain growth invasion intravasation circulation --seed 7 --out story.npz",
    )
    run.add_argument("stage", nargs="+", metavar="STAGE", help="one of those that `metakit stages` lists")
    run.add_argument(
        "--chain",
        action="store_true",
        help="run several stages, each with the cells that the one before hands over; a stage may carry settings of "
        "its own: invasion:time_d=6,mmp_secretion=0.3",
    )
    run.add_argument("--preset", default="science", metavar="P", help="named settings (default: %(default)s)")
    run.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same run (default: %(default)s)")
    clocks = run.add_mutually_exclusive_group()
    for clock, unit in CLOCKS.items():
        option = "--" + clock.replace("_", "-")
        clocks.add_argument(
            option, type=float, metavar="T", help=f"run for this many {unit} of model time (default: a usual run)"
        )
    run.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a parameter; may be given several times",
    )
    outputs = ", ".join(f"{suffix} ({what})" for suffix, what in _OUTPUTS.items())
    run.add_argument("--out", type=Path, metavar="FILE", help=f"write a file instead of a summary: {outputs}")
    run.set_defaults(do=_run)

    example = _example("metakit ensemble invasion --seeds 0-19 --time-d 5 --set mmp_secretion=0.6 --out table.csv")
    cli_ensemble.add(commands, example)

    stages = commands.add_parser("stages", help="list the stages", epilog=_example("metakit stages"))
    stages.set_defaults(do=_stages)
    what = "say what is installed, and what is missing when a widget does not show"
    doctor = commands.add_parser("doctor", help=what, epilog=_example("metakit doctor"))
    doctor.set_defaults(do=_doctor)
    return parser


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'the file'} cannot be used: {error.strerror.lower()}"
    return str(error)


# ---------------------------------------------------------------- metakit run


def _run(chosen: argparse.Namespace) -> int:
    changes = settings(chosen.set)
    if chosen.out:
        check_output(chosen.out, _OUTPUTS)
    clock = {name: getattr(chosen, name) for name in CLOCKS if getattr(chosen, name) is not None}
    if chosen.chain:
        return _chain(chosen, bool(clock or changes or chosen.preset != "science"))
    if len(chosen.stage) > 1:
        raise ValueError(f"{len(chosen.stage)} stages are given; to run them one after another: metakit run --chain")
    name = chosen.stage[0]
    if not clock:
        from metakit.runs.stage import stage

        clock = {"time_s": stage(name).usual_s}
    run: Run = metakit.run(name, preset=chosen.preset, seed=chosen.seed, **clock, **changes)
    if chosen.out:
        _write(run, chosen.out)
        print(f"wrote {chosen.out}: {_OUTPUTS[chosen.out.suffix]} of {run.recipe}")
    else:
        print(_summary(run))
    return 0


def _chain(chosen: argparse.Namespace, has_settings: bool) -> int:
    if has_settings:
        raise ValueError("settings of a chain belong to one of its stages, such as invasion:time_d=6,mmp_secretion=0.3")
    if chosen.out and chosen.out.suffix != ".npz":
        raise ValueError(f"--out {chosen.out} should end in .npz: a chain is written as its runs, to go on from")
    story = metakit.chain(*map(_step, chosen.stage), seed=chosen.seed)
    if chosen.out:
        print(f"wrote {story.save(chosen.out)}: the runs, to go on from with metakit.load, of {story.recipe}")
    else:
        print(story)
    return 0


def _step(text: str) -> dict[str, Any]:
    """Read ``invasion:time_d=6,mmp_secretion=0.3``."""
    name, _, pairs = text.partition(":")
    step: dict[str, Any] = {"stage": name}
    for pair in filter(None, pairs.split(",")):
        key, equals, said = pair.partition("=")
        if not equals:
            raise ValueError(f"{text!r} is not a stage with settings, such as invasion:time_d=6,mmp_secretion=0.3")
        step[key.strip()] = value(said.strip())
    return step


def _write(run: "Run", path: Path) -> None:
    if path.suffix == ".csv":
        run.table.to_csv(path, index=False)
    elif path.suffix == ".npz":
        run.save(path)
    else:
        path.write_bytes(metakit.picture(run.stage, run.state))


def _summary(run: "Run") -> str:
    """Write the recipe, evenly spaced rows of the table (first and last among them) and the ledger as text."""
    last = len(run.table) - 1
    shown = sorted({round(i * last / (_ROWS_SHOWN - 1)) for i in range(_ROWS_SHOWN)})
    return f"{run.recipe}\n\n{table_text(run.table.iloc[shown])}\n\n{run.ledger}"


# ------------------------------------------------- metakit stages and doctor


def _stages(chosen: argparse.Namespace) -> int:
    from metakit.runs.stage import stage

    for name in metakit.stages():
        this = stage(name)
        print(f"{name:<16}{this.about}")
        takes = " or ".join(kind.__name__ for kind in this.takes) or "nothing"
        print(f"{'':<16}takes {takes}; gives {this.gives.__name__ if this.gives else 'nothing'}")
    return 0


def _doctor(chosen: argparse.Namespace) -> int:
    from metakit.app import doctor

    print(doctor.doctor())
    return 1 if doctor.problems() else 0


# ------------------------------------------------------------ metakit copies


def _copies(chosen: argparse.Namespace) -> int:
    for kept in copies.write_copies(chosen.folder):
        print(f"kept {kept}, which is not as it came")
    print(f"{chosen.folder} has students' copies of {len(list(copies.notebooks(chosen.folder)))} lessons")
    return 0


def _example(command: str) -> str:
    return f"example: {command}"
