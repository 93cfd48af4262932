"""``metakit site``: build the folder, and serve it on this machine to look at it."""

from __future__ import annotations

import argparse
import http.server
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from metakit.app import copies, lab
from metakit.app.site.build import build, check_free

OPTIONS_PORT = 8000
TYPES = {".wasm": "application/wasm", ".mjs": "text/javascript", ".js": "text/javascript", ".whl": "application/zip"}


def add(commands: Any, example: str) -> None:
    """Add the command to those of ``metakit``.

    Parameters
    ----------
    commands
        What `argparse` gives for adding commands.
    example : str
        A line that shows how it is used.
    """
    site = commands.add_parser(
        "site",
        help="write a web site that plays the lessons in the browser, with no server behind it",
        description="Write a folder of static files for any web host: a landing page, and each lesson as an app that "
        "starts by itself and as a notebook. Python runs in the reader's browser.",
        epilog=example,
    )
    site.add_argument("out", type=Path, metavar="OUT", help="the folder; a site in it is written anew")
    site.add_argument(
        "--lessons", nargs="+", metavar="LESSON", help="these only, as 02, invasion or 02_invasion (default: all)"
    )
    site.add_argument(
        "--pyodide",
        metavar="URL-OR-FOLDER",
        help="where Python for the browser is: an address readers fetch it from (default: Pyodide's own host), or a "
        "folder with an unpacked release of it, which becomes part of the site: it then needs no network",
    )
    site.add_argument("--base-url", default="/", metavar="/PATH/", help="with --serve, the path to serve it under")
    site.add_argument("--serve", action="store_true", help="serve the folder on this machine afterwards")
    site.add_argument("--only-serve", action="store_true", help="serve a site that is there, without writing it anew")
    site.add_argument("--port", type=int, default=OPTIONS_PORT, metavar="N", help="of --serve (default: %(default)s)")
    site.set_defaults(do=run)


def run(chosen: argparse.Namespace) -> int:
    """Build a site, serve it, or both.

    Raises
    ------
    ValueError
        If a package, a lesson or Pyodide is missing, or the folder holds something else.
    """
    lab.check_port(chosen.port)
    if not (chosen.base_url.startswith("/") and chosen.base_url.endswith("/")):
        raise ValueError(f"--base-url {chosen.base_url} does not begin and end with a slash, as /course/ does")
    if not chosen.only_serve:
        lessons = pick(chosen.lessons)
        check_free(chosen.out)
        lab.need("jupyterlite_core")
        print(build(chosen.out, lessons, chosen.pyodide))
    if chosen.serve or chosen.only_serve:
        if not (chosen.out / "index.html").is_file():
            raise ValueError(f"{chosen.out} holds no site; write one: metakit site {chosen.out}")
        with server(chosen.out, chosen.base_url, chosen.port) as serving:
            print(
                f"the site is at http://127.0.0.1:{serving.server_port}{chosen.base_url}  (Ctrl-C ends it)", flush=True
            )
            serving.serve_forever()
    return 0


def pick(wanted: list[str] | None) -> list[Path]:
    """Find the lessons that are meant.

    Parameters
    ----------
    wanted : list of str or None
        ``02_invasion``, ``invasion`` or ``02``; None for all lessons.

    Raises
    ------
    ValueError
        If there is no such lesson; those that there are, are named.
    """
    there = [path for path in copies.notebooks(copies.sources()) if copies.is_lesson(copies.read(path))]
    if wanted is None:
        return there
    chosen = []
    for name in wanted:
        found = [path for path in there if name in (path.stem, *path.stem.split("_", 1))]
        if not found:
            raise ValueError(f"there is no lesson {name!r}; there are {', '.join(path.stem for path in there)}")
        chosen += [path for path in found if path not in chosen]
    return sorted(chosen)


def server(folder: Path, base_url: str = "/", port: int = 0) -> http.server.ThreadingHTTPServer:
    """Make a server of static files under a path, as a host on the web would be.

    Parameters
    ----------
    folder : Path
        A site.
    base_url : str
        Where it begins, such as ``/course/``.
    port : int
        0: any that is free.

    Returns
    -------
    http.server.ThreadingHTTPServer
        It does not serve yet.
    """

    class Handler(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *words: Any) -> None:
            """Say nothing: a lesson asks for hundreds of files."""

        def translate_path(self, path: str) -> str:
            if not path.startswith(base_url):
                return str(folder / "not-of-this-site")
            return super().translate_path("/" + path.removeprefix(base_url))

    Handler.extensions_map = {**Handler.extensions_map, **TYPES}
    make: Callable[..., Any] = partial(Handler, directory=str(folder))
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), make)
