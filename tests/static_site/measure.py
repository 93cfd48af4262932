"""Print how long a lesson of the static site takes to start, cold and warm: ``make bench-site``, on a quiet machine.

Wanted: a picture that moves 15 s after opening the page the first time, 8 s the second; 15 frames/s while playing.
"""

import sys
import tempfile
import threading
import time
from pathlib import Path

from browser.lab import chromium

from metakit.app.site.command import server
from static_site.conftest import BASE, Visit
from static_site.make import FOLDER

PARTS = {
    "text": ".jp-Notebook .jp-MarkdownOutput",
    "Python": "performance.getEntriesByName('metakit-python').length",
    "first picture": ".metakit-picture canvas[data-seq]",
    "all cells": "performance.getEntriesByName('metakit-live').length",
}
SEQ = "Number(document.querySelector('.metakit-picture canvas').dataset.seq)"
SECONDS = 10


def opened(visit, lesson):
    """Open a lesson and play it; give the seconds at which each part was there, and frames a second."""
    began, found = time.perf_counter(), {}
    visit.page.goto(f"{visit.address}notebooks/index.html?path={lesson}.ipynb")
    for part, wanted in PARTS.items():
        if wanted.startswith("."):
            visit.page.wait_for_selector(wanted)
        else:
            visit.page.wait_for_function(wanted)
        found[part] = time.perf_counter() - began
    visit.page.get_by_role("button", name="Play", exact=True).first.click()
    visit.page.wait_for_function(f"{SEQ} > 2")
    found["moving"] = time.perf_counter() - began
    first, since = visit.page.evaluate(SEQ), time.perf_counter()
    visit.page.wait_for_timeout(1000 * SECONDS)
    return found, (visit.page.evaluate(SEQ) - first) / (time.perf_counter() - since)


def main(lessons):
    """Print a line for each visit."""
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) / 1e6
    print(f"the site has {size:.1f} MB")
    with server(FOLDER, BASE) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        for lesson in lessons:
            with tempfile.TemporaryDirectory() as folder, chromium(Path(folder)) as context:
                for visit in ("cold", "warm"):
                    page = context.new_page()
                    found, rate = opened(Visit(page, f"http://127.0.0.1:{serving.server_port}{BASE}"), lesson)
                    page.close()
                    parts = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in found.items())
                    print(f"{lesson}, {visit}: {parts}; {rate:.0f} frames/s", flush=True)
        serving.shutdown()


if __name__ == "__main__":
    main(sys.argv[1:] or ["02_invasion"])
