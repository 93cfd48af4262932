"""``metakit app``: a lesson as a page without code, for many visitors, served by Voila."""

import argparse
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from metakit.app import lab

AWAY_S = 10 * 60  # how long a visitor's kernel lives after its page has gone
NOT_HERE = ("@jupyter-notebook/lab-extension", "@voila-dashboards/jupyterlab-preview")
READY = 1  # kernels that have run the lesson already and wait for a visitor


def add(commands: Any, example: str) -> None:
    """Add the command to those of ``metakit``.

    Parameters
    ----------
    commands
        What `argparse` gives for adding commands.
    example : str
        A line that shows how it is used.
    """
    app = commands.add_parser("app", help="show a lesson as a page without code", epilog=example)
    app.add_argument("lesson", nargs="?", metavar="LESSON", help="the lesson to show first (default: the first)")
    app.add_argument("--no-browser", action="store_true", help="print the address and open no browser")
    app.add_argument("--port", type=int, metavar="N", help="the port to listen on (default: the first free from 8866)")
    app.add_argument(
        "--ready",
        type=int,
        default=READY,
        metavar="N",
        help="visitors for whom the lesson has been run before they come; about 120 MB each (default: %(default)s)",
    )
    app.set_defaults(do=run)


def run(chosen: argparse.Namespace) -> int:
    """Serve a lesson, and those beside it, until the server is stopped.

    Raises
    ------
    ValueError
        If Voila is not installed, there is no such lesson, or a number is out of its range.
    """
    lab.need("voila")
    lab.check_port(chosen.port)
    if not 0 <= chosen.ready <= 100:
        raise ValueError(f"--ready {chosen.ready} is not a number of visitors; 0 to 100 are")
    _, lesson = lab.place(chosen.lesson)

    lab.use_own_settings()
    import webbrowser

    from voila.app import Voila

    class LessonApp(Voila):
        """Voila, at the address of the lesson instead of a list of files."""

        name = "metakit-app"

        @property
        def display_url(self) -> str:
            return f"{super().display_url.rstrip('/')}/voila/render/{quote(lesson.name)}"

        def launch_browser(self) -> None:
            webbrowser.open(self.display_url)

    LessonApp.launch_instance(arguments(lesson, ready=chosen.ready, port=chosen.port, browser=not chosen.no_browser))
    return 0


def arguments(lesson: Path, *, ready: int = READY, port: int | None = None, browser: bool = False) -> list[str]:
    """Give what Voila is started with to serve the folder of a lesson.

    Parameters
    ----------
    lesson : Path
        The lesson that is run before a visitor comes.
    ready : int
        For how many visitors it is.
    port : int, optional
        The first free one from 8866 if left out.
    browser : bool
        Whether to open one.

    Returns
    -------
    list of str
    """
    return [
        str(lesson.parent),
        f"--VoilaConfiguration.preheat_kernel={ready > 0}",
        f"--VoilaConfiguration.default_pool_size={ready}",
        # Only this lesson: a dozen that are all run at once would keep the first visitor waiting for minutes.
        f"--VoilaKernelManager.preheat_denylist=^(?!{re.escape(lesson.name)}$)",
        "--VoilaConfiguration.template=metakit",
        # They belong to pages with an editor, and complain on one without.
        *(f"--VoilaConfiguration.extension_denylist={name}" for name in NOT_HERE),
        "--VoilaConfiguration.kernel_spec_manager_class=metakit.app.server.OwnKernel",
        # A page that is closed says so; one that vanished, with its tab asleep or its network gone, does not.
        f"--MappingKernelManager.cull_idle_timeout={AWAY_S}",
        f"--MappingKernelManager.cull_interval={AWAY_S // 5}",
        f"--Voila.open_browser={browser}",
        *([f"--port={port}"] if port else []),
    ]
