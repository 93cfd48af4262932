"""The command ``metakit``: open the lessons, run a stage without a browser, ask what is installed.

Everything but argparse is imported when it is needed: ``metakit --help`` should not wait for numpy.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import metakit
from metakit.app import cli_ensemble
from metakit.app.arguments import CLOCKS, check_output, settings, table_text, value

if TYPE_CHECKING:
    from metakit.runs.run import Run

_OUTPUTS = {".csv": "the table", ".npz": "the run, to go on from with metakit.load", ".png": "the last picture"}
_START = "00_start_here"
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

    lab = commands.add_parser(
        "lab", help="open the lessons in JupyterLab", epilog=_example("metakit lab 02_invasion --no-browser")
    )
    lab.add_argument("lesson", nargs="?", metavar="LESSON", help="the lesson to open (default: the first)")
    lab.add_argument("--no-browser", action="store_true", help="print the address and open no browser")
    lab.add_argument("--port", type=int, metavar="N", help="the port to listen on (default: the first free from 8888)")
    lab.set_defaults(do=_lab)

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


# ---------------------------------------------------------------- metakit lab


def _lab(chosen: argparse.Namespace) -> int:
    from importlib.util import find_spec

    if find_spec("jupyterlab") is None:
        raise ValueError("JupyterLab is not installed. Install it: pip install 'metakit[lab]'")
    if chosen.port is not None and not 1 <= chosen.port <= 65535:
        raise ValueError(f"--port {chosen.port} is not a port; 1 to 65535 are")
    lessons = _lessons()
    lesson = _find_lesson(lessons, chosen.lesson or _START)

    from jupyterlab.labapp import LabApp

    # Defaults for this server only: the user's own settings are another folder, and win over these.
    ours = [str(Path(metakit.__file__).with_name("jupyter")), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, ours))
    LabApp.launch_instance(
        [
            f"--ServerApp.root_dir={lessons.parent}",
            f"--LabApp.default_url=/lab/tree/{lesson.relative_to(lessons.parent).as_posix()}",
            *(["--no-browser"] if chosen.no_browser else []),
            *([f"--port={chosen.port}"] if chosen.port else []),
            # In a container everything runs as root, this command too; the server still wants its token.
            *(["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []),
        ]
    )
    return 0


def _lessons() -> Path:
    """Return the folder of lessons here; where there is none, fill one from the lessons that came with metakit."""
    here = Path("notebooks").resolve()
    if any(here.glob("*.ipynb")):
        return here
    package = Path(metakit.__file__).parent
    # In a checkout the lessons are beside the package, in an installed metakit inside it.
    shipped = next((f for f in (package / "notebooks", package.parent / "notebooks") if f.is_dir()), None)
    if shipped is None:
        raise ValueError("this metakit came without lessons; install it again: pip install --force-reinstall metakit")
    mine = Path("metakit-lessons").resolve()
    for source in sorted(shipped.rglob("*.ipynb")):
        target = mine / source.relative_to(shipped)
        if ".ipynb_checkpoints" in source.parts:
            continue
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        elif target.read_bytes() != source.read_bytes():
            print(f"kept your own {target.name}; to get it as it came, move yours away and start again")
    return mine


def _find_lesson(lessons: Path, wanted: str) -> Path:
    """Return the lesson meant by ``02_invasion``, ``02_invasion.ipynb``, ``invasion`` or ``02``."""
    name = Path(wanted).stem if wanted.endswith(".ipynb") else wanted
    there = sorted(f for f in lessons.rglob("*.ipynb") if ".ipynb_checkpoints" not in f.parts)
    for lesson in there:
        number, _, title = lesson.stem.partition("_")
        if name in (lesson.stem, number, title):
            return lesson
    raise ValueError(f"there is no lesson {wanted!r} in {lessons}; there are {', '.join(f.stem for f in there)}")


def _example(command: str) -> str:
    return f"example: {command}"
