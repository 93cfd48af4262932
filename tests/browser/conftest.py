"""One server and one Chromium for all browser tests; each test opens its notebooks in the same page."""

import os

import pytest

from browser.lab import NOT_RUN, ROOT, Lab, chromium, find_chromium, server

HERE = ROOT / "tests" / "browser"
not_run = []


def pytest_collection_modifyitems(config, items):
    """Mark what is in this folder, so that ``-m "not browser"`` leaves it out; without a Chromium, take it out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")
    if find_chromium() is None:
        need_one = [item for item in items if "lab" in getattr(item, "fixturenames", ())]
        if need_one and os.environ.get("METAKIT_REQUIRE_BROWSER") == "1":
            raise pytest.UsageError(f"{NOT_RUN} (METAKIT_REQUIRE_BROWSER=1 makes this a failure)")
        # Skipped ones would be listed one by one, and the one thing to be said would be lost among them.
        config.hook.pytest_deselected(items=need_one)
        items[:] = [item for item in items if item not in need_one]
        not_run[:] = need_one


def pytest_terminal_summary(terminalreporter):
    if not_run:
        terminalreporter.write_line(f"{NOT_RUN} ({len(not_run)} tests)", yellow=True)


def pytest_sessionfinish(session, exitstatus):
    if not_run and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


@pytest.fixture(scope="package")
def lab(tmp_path_factory):
    """JupyterLab in a page, with copies of the lessons."""
    folder = tmp_path_factory.mktemp("lab")
    with server(folder) as address, chromium(folder) as context:
        lab = Lab(context.pages[0], address, folder / "work")
        lab.start()
        yield lab
