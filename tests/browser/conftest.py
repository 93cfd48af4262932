"""One server and one Chromium for all browser tests; each test file opens its notebooks in the same page."""

import os
import shutil

import pytest

from browser.lab import NOT_RUN, ROOT, Lab, chromium, find_chromium, server


def pytest_collection_modifyitems(items):
    """Mark what is in this folder, so that ``-m "not browser"`` leaves it out."""
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker("browser")


@pytest.fixture(scope="package")
def lab(tmp_path_factory):
    """JupyterLab in a page, with copies of the lessons: saving a notebook must not touch the repository."""
    if find_chromium() is None:
        if os.environ.get("METAKIT_REQUIRE_BROWSER") == "1":
            pytest.exit(f"{NOT_RUN} (METAKIT_REQUIRE_BROWSER=1 makes this a failure)", returncode=1)
        pytest.skip(NOT_RUN)
    folder = tmp_path_factory.mktemp("lab")
    with server(folder) as address, chromium(folder) as context:
        for lesson in ROOT.glob("notebooks/*.ipynb"):
            shutil.copy(lesson, folder / "work")
        lab = Lab(context.pages[0], address, folder / "work")
        lab.start()
        yield lab
