"""The site, served under a path as on a web host, and a Chromium that is allowed to reach nothing else."""

import os
import threading

import pytest
from browser.lab import NOT_RUN, chromium, find_chromium
from patience import LONGEST_S

from metakit.app.site.command import server
from static_site.make import FOLDER

BASE = "/course/"
# JupyterLite asks for this at the top of the host, so not where a site under a path has a service worker to answer.
HEARTBEAT = "/api/service-worker-heartbeat"


def pytest_collection_modifyitems(items):
    for item in items:
        if "visit" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


class Visit:
    """A page on the site that notes what goes wrong on it, and what it asks other hosts for."""

    def __init__(self, page, address):
        self.page, self.address = page, address
        self.broken, self.outside, self.missing = [], [], []
        page.set_default_timeout(1000 * LONGEST_S)
        page.on("pageerror", lambda error: self.broken.append(str(error)))
        page.on("console", self._heard)
        page.on("response", lambda got: None if got.ok or HEARTBEAT in got.url else self.missing.append(got.url))
        near = (address, address.replace(BASE, HEARTBEAT), "data:", "blob:")
        page.on("request", lambda asked: None if asked.url.startswith(near) else self.outside.append(asked.url))

    def _heard(self, line):
        if line.type == "error" and not line.text.startswith("Failed to load resource"):  # those are in `missing`
            self.broken.append(line.text)

    def app(self, lesson):
        """Open a lesson as an app, and wait until it has started by itself."""
        self.page.goto(f"{self.address}notebooks/index.html?path={lesson}.ipynb")
        self.page.wait_for_function("performance.getEntriesByName('metakit-live').length")

    def says(self, words):
        """Wait until the bar on top of the page says something."""
        self.page.locator("#metakit-bar [role=status]", has_text=words).wait_for()


@pytest.fixture(scope="session")
def site():
    if not (FOLDER / "metakit-site.json").is_file():
        missing = "there is no site; make test-site builds one"
        if os.environ.get("METAKIT_REQUIRE_BROWSER") == "1":
            raise RuntimeError(missing)
        pytest.skip(missing)
    serving = server(FOLDER, BASE)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield serving
    serving.shutdown()
    serving.server_close()


@pytest.fixture
def address(site):
    return f"http://127.0.0.1:{site.server_port}{BASE}"


@pytest.fixture
def visit(address, tmp_path):
    """A first visit: a browser that has been nowhere."""
    if find_chromium() is None:
        if os.environ.get("METAKIT_REQUIRE_BROWSER") == "1":
            raise RuntimeError(NOT_RUN)
        pytest.skip(NOT_RUN)
    with chromium(tmp_path) as context:
        page = context.new_page()
        page.set_viewport_size({"width": 1366, "height": 657})
        yield Visit(page, address)
