"""A page that was opened again, one whose kernel is gone, and one that was never live: picture and words are there."""

import os
import subprocess
import sys

import pytest

from browser.lab import ROOT
from metakit.app import copies

CELLS = (
    "import metakit\nview = metakit.view('invasion', seed=7)\nview",
    "question = metakit.ask('invasion-chance')\nquestion.answer('a')\nquestion",
)
LOST = "Error displaying widget"


@pytest.fixture
def played(lab):
    lab.write("kept.ipynb", *CELLS)
    lab.open("kept.ipynb")
    lab.run_all()
    lab.page.wait_for_selector(".metakit-picture canvas[data-seq]")
    yield lab
    lab.close()
    # Jupyter's own complaint when a kernel ends that was just asked something.
    lab.broken[:] = [error for error in lab.broken if not error.startswith("Error: Canceled future")]


def test_a_page_whose_kernel_ends_says_so_in_a_line(played):
    gone = played.page.locator(".metakit-gone:visible")
    assert gone.count() == 0
    played.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    gone.first.wait_for()
    assert "Run All Cells" in gone.first.inner_text()
    assert gone.count() == 2  # the view and the question


def test_a_page_whose_kernel_was_restarted_says_so_in_a_line(played):
    played.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    played.page.locator(".metakit-gone:visible").nth(1).wait_for()


def test_a_page_opened_again_shows_picture_and_words_until_it_is_run(played):
    page = played.page
    played.close()
    played.open("kept.ipynb")
    page.locator(".metakit-kept img").wait_for()
    assert page.evaluate("document.querySelector('.metakit-kept img').naturalWidth") > 300
    text = "\n".join(page.locator(".jp-OutputArea-output").all_inner_texts())
    assert "400 cells" in text
    assert "Answered: One of the two must be wrong." in text
    assert "Run All Cells" in text
    assert LOST not in text
    played.shot("opened-again")
    played.run_all()
    page.wait_for_selector(".metakit-picture canvas[data-seq]")
    assert page.locator(".metakit-kept").count() == 0


def test_a_lesson_as_a_page_of_html_has_pictures_and_words_without_a_network(lab, tmp_path):
    book = copies.student_copy(copies.read(ROOT / "notebooks" / "00_start_here.ipynb"))
    (tmp_path / "lesson.ipynb").write_text(copies.text(book), encoding="utf-8")
    env = os.environ | {"JUPYTER_CONFIG_PATH": str(ROOT / "metakit" / "jupyter" / "etc"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "html", "lesson.ipynb"]
    subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True)
    page = lab.page.context.new_page()
    page.route("http*://**", lambda route: route.abort())
    page.goto((tmp_path / "lesson.html").as_uri())
    pictures = page.evaluate("[...document.querySelectorAll('.metakit-kept img')].map((i) => i.naturalWidth)")
    assert pictures
    assert min(pictures) > 300
    text = page.inner_text("body")
    page.close()
    for words in ("400 cells", "– ", "health-care provider"):
        assert words in text
    for lost in (LOST, "object at 0x", "Loading widget"):
        assert lost not in text
