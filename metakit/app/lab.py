"""``metakit lab``: which lesson is meant, and a JupyterLab on it whose settings reach no other server."""

import argparse
import os
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import metakit
from metakit.app import copies
from metakit.app.home import not_installed

START = "00_start_here"
COPIES = {False: "metakit-lessons", True: "metakit-lessons-source"}  # where lessons go; True: with their driving cells


def add(commands: Any, example: str) -> None:
    """Add the command to those of ``metakit``.

    Parameters
    ----------
    commands
        What `argparse` gives for adding commands.
    example : str
        A line that shows how it is used.
    """
    lab = commands.add_parser("lab", help="open the lessons in JupyterLab", epilog=example)
    lab.add_argument("lesson", nargs="?", metavar="LESSON", help="the lesson to open (default: the first)")
    lab.add_argument(
        "--source",
        action="store_true",
        help="open the lessons with the cells that test them, as instructors edit them, instead of students' copies",
    )
    lab.add_argument("--no-browser", action="store_true", help="print the address and open no browser")
    lab.add_argument("--port", type=int, metavar="N", help="the port to listen on (default: the first free from 8888)")
    lab.set_defaults(do=run)


def run(chosen: argparse.Namespace) -> int:
    """Open a lesson in JupyterLab, until the server is stopped."""
    need("jupyterlab")
    check_port(chosen.port)
    root, lesson = place(chosen.lesson, whole=chosen.source)

    from jupyterlab.labapp import LabApp

    use_own_settings()
    LabApp.launch_instance(
        [
            f"--ServerApp.root_dir={root}",
            f"--LabApp.default_url=/doc/tree/{quote(lesson.relative_to(root).as_posix())}",
            "--ServerApp.kernel_spec_manager_class=metakit.app.server.OwnKernel",
            "--LanguageServerManager.autodetect=False",
            *(["--no-browser"] if chosen.no_browser else []),
            *([f"--port={chosen.port}"] if chosen.port else []),
            *as_root(),
        ]
    )
    return 0


def use_own_settings() -> None:
    """Let this server find what the wheel puts into the environment, in a checkout too.

    Last in line: whatever else is set wins. The lists are this process's own; an environment variable would be handed
    to kernels and terminals, and to a server of another environment that somebody starts there.
    """
    from jupyter_core import paths

    ours = Path(metakit.__file__).with_name("jupyter")
    paths.SYSTEM_CONFIG_PATH.append(str(ours / "etc"))
    paths.SYSTEM_JUPYTER_PATH.append(str(ours / "share"))


def need(package: str) -> None:
    """Refuse to go on without a package, with the line that installs it into this environment.

    Raises
    ------
    ValueError
        If it is not installed.
    """
    if find_spec(package) is None:
        raise ValueError(not_installed(package))


def check_port(port: int | None) -> None:
    """Refuse a number that is no port.

    Raises
    ------
    ValueError
        If it is not one.
    """
    if port is not None and not 1 <= port <= 65535:
        raise ValueError(f"--port {port} is not a port; 1 to 65535 are")


def as_root() -> list[str]:
    """Allow the server to run as root, as everything does in a container; it still wants its token."""
    return ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []


def place(wanted: str | None, *, whole: bool = False) -> tuple[Path, Path]:
    """Find the lesson that is meant, making students' copies where there are none yet.

    A notebook here that is meant by its file name, and lessons in the folder ``notebooks`` here, are opened where they
    are; unless they have cells that drive them: of these, and of the lessons that came with metakit, students get
    copies in ``metakit-lessons``.

    Parameters
    ----------
    wanted : str, optional
        ``02_invasion``, ``invasion``, ``02``, or the name of a notebook; by default the first lesson.
    whole : bool
        Open or copy lessons as they are, with the cells that drive them.

    Returns
    -------
    root, lesson : Path
        The folder to serve, and the notebook in it.

    Raises
    ------
    ValueError
        If there is no such lesson; those that there are, are named.
    """
    here = Path.cwd()
    if wanted and (file := next(filter(Path.is_file, _files(wanted)), None)):
        book = copies.read(file)
        if book is None:
            raise ValueError(f"{wanted} is not a notebook")
        if whole or not copies.is_source(book):
            return (here if file.is_relative_to(here) else file.parent), file
        wanted = file.stem
    notebooks = here / "notebooks"
    books = {path: copies.read(path) for path in copies.notebooks(notebooks)}
    own = [path for path, book in books.items() if copies.is_lesson(book) and (whole or not copies.is_source(book))]
    if found := _pick(own, wanted):
        return here, found
    folders = [notebooks] if any(map(copies.is_source, books.values())) else []
    mine = here / COPIES[whole]
    for kept in copies.write_copies(mine, [*folders, copies.sources()], whole=whole):
        print(f"kept your own {kept.name}; to get it as it came, move yours away and start again")
    copied = list(copies.notebooks(mine))
    if found := _pick(copied, wanted):
        return here, found
    there = ", ".join(path.stem for path in [*own, *copied])
    raise ValueError(f"there is no lesson {wanted!r} in {mine}; there are {there}")


def _files(wanted: str) -> Iterator[Path]:
    """Files that a text may name, here or in the folder ``notebooks`` here."""
    for folder in (Path.cwd(), Path.cwd() / "notebooks"):
        for name in (wanted, f"{wanted}.ipynb"):
            if name.endswith(".ipynb"):
                yield (folder / name).resolve()


def _pick(lessons: Iterable[Path], wanted: str | None) -> Path | None:
    """Give the lesson of that name, number or title; without one, the one to start with, or the first."""
    lessons = list(lessons)
    name = Path(wanted).stem if wanted and wanted.endswith(".ipynb") else wanted or START
    for lesson in lessons:
        number, _, title = lesson.stem.partition("_")
        if name in (lesson.stem, number, title):
            return lesson
    return lessons[0] if lessons and wanted is None else None
