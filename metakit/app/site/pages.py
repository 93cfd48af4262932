"""The pages of a site that are our own: the landing page, and what is put into JupyterLite's to start a lesson."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import metakit
from metakit.app.copies import Notebook
from metakit.runs.progress import bar

DISCLAIMER = (
    "metakit teaches how cancer spreads. Its simulations are models for learning: they say nothing about any one "
    "person, and are no medical advice. If you have questions about your own health, ask your care team."
)
PRIVACY = "Everything runs in this browser; nothing you do leaves this machine."
# What is asked for first, before JupyterLite itself knows that it will need it.
FIRST = ("pyodide.asm.wasm", "pyodide.asm.mjs", "python_stdlib.zip")


def play(page: str, pyodide: str) -> str:
    """Put the script and style that start a lesson by itself into JupyterLite's page of one notebook.

    Parameters
    ----------
    page : str
        HTML.
    pyodide : str
        The address that Pyodide is fetched from; else it is in the site.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the page is not as JupyterLite has written it so far.
    """
    at = pyodide if urlsplit(pyodide).scheme in ("http", "https") else "../static/pyodide/"
    early = "".join(
        f'<link rel="preload" href="{escape(at)}{name}" as="fetch" crossorigin="anonymous">\n' for name in FIRST
    )
    head = (
        f'{early}<link rel="stylesheet" href="play.css">\n<script src="play.js" data-pyodide="{escape(at)}"></script>\n'
    )
    title = re.compile(r"<title>.*?</title>")
    if "</head>" not in page or not title.search(page):
        raise ValueError("JupyterLite's page of a notebook has no head; metakit[site] names versions that go together")
    page = title.sub("<title>metakit</title>", page, count=1).replace("<html>", '<html lang="en">', 1)
    return page.replace("</head>", f"{head}</head>", 1)


def write_landing(out: Path, books: dict[str, Notebook]) -> None:
    """Write the first page: the cascade as a map, and two ways into each lesson.

    Parameters
    ----------
    out : Path
        The site.
    books : dict of str to dict
        Notebooks by file name.
    """
    pictures = out / "pictures"
    pictures.mkdir()
    cards = []
    for stem, book in bar(list(books.items()), "pictures", unit="picture"):
        stage = book["metadata"].get("metakit", {}).get("stage")
        alt = _picture(stage, pictures / f"{stem}.png") if stage in metakit.stages() else ""
        cards.append(_card(stem, book, alt))
    text = (Path(__file__).with_name("static") / "landing.html").read_text(encoding="utf-8")
    values = {"CARDS": "\n".join(cards), "DISCLAIMER": DISCLAIMER, "PRIVACY": PRIVACY, "VERSION": metakit.__version__}
    for name, value in values.items():
        text = text.replace(f"<!--{name}-->", value)
    (out / "index.html").write_text(text, encoding="utf-8")


def _picture(stage: str, path: Path) -> str:
    """Draw a stage half-way through a usual run; return what the picture shows, in words."""
    from metakit.runs.stage import stage as find

    run = metakit.run(stage, seed=7, time_s=find(stage).usual_s / 2, progress=False)
    path.write_bytes(metakit.picture(stage, run.state))
    return metakit.view(run).describe().splitlines()[0]


def _card(stem: str, book: Notebook, alt: str) -> str:
    number, _, name = stem.partition("_")
    about: dict[str, Any] = book["metadata"].get("metakit", {})
    first = "".join(book["cells"][0]["source"])
    title = re.match(r"#\s*(.+)", first)
    question = re.search(r"\*\*\d+ minutes\.\*\*\s*([^\n]*?\?)", first)
    path = quote(f"{stem}.ipynb")
    image = f'<img src="pictures/{quote(stem)}.png" alt="{escape(alt)}" loading="lazy">' if alt else ""
    heading = escape(title[1] if title else name)
    return f"""<li class="lesson">
  {image}
  <div class="words">
    <p class="number">{escape(number)} · {escape(name.replace("_", " "))} · {about.get("minutes", "?")} minutes</p>
    <h3>{heading}</h3>
    <p>{escape(question[1]) if question else ""}</p>
    <p class="ways"><a class="play" href="notebooks/index.html?path={path}" aria-label="Play: {heading}">Play</a>
    <a href="lab/index.html?path={path}" aria-label="Open as notebook: {heading}">Open as notebook</a></p>
  </div>
</li>"""
