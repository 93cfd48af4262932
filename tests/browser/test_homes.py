"""Lesson 02 in the other homes that a Python server makes: an app without code, and Jupyter Notebook."""

import pytest
from patience import LONGEST_S

from browser.lab import IS_IDLE, PICTURES, TOKEN, Lab, app, server

LESSON = "02_invasion"
# Notebook 7.6 itself throws this once as it loads, without any extension of ours as well.
NOTEBOOK_S_OWN = "Cannot read properties of undefined (reading 'schema')"


@pytest.fixture
def page(lab):
    """A page of its own that notes what goes wrong on it and what it asks other hosts for."""
    page = lab.page.context.new_page()
    page.broken, page.outside = [], []
    page.on("pageerror", lambda error: page.broken.append(str(error)))
    page.on("console", lambda line: page.broken.append(line.text) if line.type == "error" else None)
    local = ("http://127.0.0.1", "http://localhost", "ws://127.0.0.1", "ws://localhost", "data:", "blob:")
    page.on("request", lambda asked: None if asked.url.startswith(local) else page.outside.append(asked.url))
    page.set_default_timeout(1000 * LONGEST_S)
    yield page
    page.close()


def play(page):
    """Play the first view for a few frames; the picture must move."""
    page.wait_for_selector(".metakit-picture canvas[data-seq]")
    first = page.evaluate(PICTURES)[0]
    page.get_by_role("button", name="Play", exact=True).first.click()
    page.wait_for_function("Number(document.querySelector('.metakit-picture canvas').dataset.seq) > 12")
    page.get_by_role("button", name="Pause", exact=True).first.click()
    assert page.evaluate(PICTURES)[0] != first


def test_a_lesson_plays_as_an_app_without_code(page, lab, tmp_path):
    with app(tmp_path, LESSON) as address:
        page.goto(address)
        play(page)
        text = page.inner_text("body")
        lab.shot("app", page)
        page.get_by_role("button", name="Lock my prediction").first.click()
        page.get_by_text("Locked: ").first.wait_for()
    for words in ("import metakit", "For the tests", "Traceback", "Error displaying widget"):
        assert words not in text
    assert "Through the fence" in text
    assert page.broken == page.outside == []


def test_a_lesson_plays_in_notebook(page, lab, tmp_path):
    with server(tmp_path, program="notebook") as address:
        page.goto(f"{address}/notebooks/{LESSON}.ipynb?token={TOKEN}")
        notebook = Lab(page, address, tmp_path / "work")
        page.wait_for_function("window.jupyterapp !== undefined")
        page.wait_for_function(IS_IDLE)
        notebook.run_all()
        play(page)
        lab.shot("notebook", page)
        windowing = page.evaluate("window.jupyterapp.shell.currentWidget.content.notebookConfig.windowingMode")
        text = page.inner_text("body")
    assert windowing == "defer"
    assert "Error displaying widget" not in text
    assert page.outside == []
    assert [error for error in page.broken if error != NOTEBOOK_S_OWN] == []
