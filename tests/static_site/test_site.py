"""The static site in Chromium, as its visitors use it: nothing runs but their browser."""

import json
import os
import re
from pathlib import Path

import pytest
from browser.lab import PICTURES

from static_site.make import FOLDER

SEQ = "Number(document.querySelector('.metakit-picture canvas').dataset.seq)"
LESSONS = json.loads(stamp.read_text())["lessons"] if (stamp := FOLDER / "metakit-site.json").is_file() else []


def shot(name, page):
    if folder := os.environ.get("METAKIT_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png")


def play(page):
    """Play the first view for a few frames; its picture must move."""
    page.wait_for_selector(".metakit-picture canvas[data-seq]")
    first = page.evaluate(PICTURES)[0]
    page.get_by_role("button", name="Play", exact=True).first.click()
    page.wait_for_function(f"{SEQ} > 12")
    page.get_by_role("button", name="Pause", exact=True).first.click()
    assert page.evaluate(PICTURES)[0] != first


def assert_all_is_well(visit):
    assert visit.outside == []
    assert visit.missing == []
    assert visit.broken == []
    text = visit.page.inner_text("body")
    for words in ("Traceback", "Error displaying widget", "Something went wrong"):
        assert words not in text


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_starts_by_itself_runs_to_its_end_and_shows_no_code(visit, lesson):
    visit.app(lesson)
    visit.says("Ready.")
    page = visit.page
    for code in page.locator(".jp-CodeCell .jp-InputArea").all():
        assert not code.is_visible()
    # Every cell has run: what stood in for its picture has gone, and each view has drawn itself.
    views = page.locator(".metakit-picture canvas").count()
    page.wait_for_function(f"document.querySelectorAll('.metakit-picture canvas[data-seq]').length === {views}")
    assert page.locator(".jp-OutputArea-output .metakit-twin").count() == 0
    if views:
        play(page)
    shot(f"site_{lesson}", page)
    assert_all_is_well(visit)


@pytest.mark.parametrize("lesson", sorted({"02_invasion", "05_circulation"} & {*LESSONS}))
def test_a_lesson_plays_as_a_notebook_too(visit, lesson):
    page = visit.page
    page.goto(f"{visit.address}lab/index.html?path={lesson}.ipynb")
    page.wait_for_function(
        "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )
    assert page.locator(".jp-CodeCell .jp-InputArea").first.is_visible()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Run All Cells")).click()
    play(page)
    shot(f"site_notebook_{lesson}", page)
    assert_all_is_well(visit)


def test_knobs_predictions_and_questions_work_without_a_server(visit):
    visit.app("02_invasion")
    page = visit.page
    page.get_by_role("button", name="Lock my prediction").first.click()
    page.get_by_text("Locked: ").first.wait_for()
    view = page.locator(".metakit").filter(has=page.locator(".metakit-picture")).first
    knob = view.get_by_role("slider", name=re.compile("^MMP secretion")).first
    words = view.get_by_role("img").first
    before = words.get_attribute("aria-label")
    knob.focus()
    value = knob.get_attribute("aria-valuetext") or knob.get_attribute("aria-valuenow")
    page.keyboard.press("Home")
    page.wait_for_function(
        "([e, v]) => (e.getAttribute('aria-valuetext') || e.getAttribute('aria-valuenow')) !== v",
        arg=[knob.element_handle(), value],
    )
    play(page)
    # The kernel hears of the pause after the page does, and says what is shown then.
    page.wait_for_function("([e, said]) => e.getAttribute('aria-label') !== said", arg=[words.element_handle(), before])
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name=re.compile("^Check")).first.click()
    assert_all_is_well(visit)


def test_once_visited_a_lesson_plays_again_without_network(visit, site):
    visit.app("02_invasion")
    page = visit.page
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.reload()  # everything passes the service worker now
    page.wait_for_function("performance.getEntriesByName('metakit-live').length")
    page.context.set_offline(True)
    page.reload()
    page.wait_for_function("performance.getEntriesByName('metakit-live').length")
    visit.says("Ready.")
    play(page)


def test_what_is_missing_is_said_in_words_and_the_text_stays(visit):
    page = visit.page
    page.add_init_script("delete globalThis.WebAssembly")
    page.goto(f"{visit.address}notebooks/index.html?path=02_invasion.ipynb")
    visit.says("This browser has no WebAssembly")
    visit.says("The text of the lesson can be read")
    page.get_by_role("heading", name="Through the fence").wait_for()


def test_a_blocked_host_of_python_is_named(visit):
    page = visit.page
    page.route(re.compile(r"/pyodide\.mjs"), lambda route: route.abort())
    page.goto(f"{visit.address}notebooks/index.html?path=02_invasion.ipynb")
    visit.says("Python could not be loaded from 127.0.0.1")
    visit.says("ask for it to be allowed")


def test_blocked_storage_is_said(visit):
    page = visit.page
    page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }")
    page.goto(f"{visit.address}notebooks/index.html?path=02_invasion.ipynb")
    visit.says("storage is blocked")


def test_the_first_page_leads_to_every_lesson(visit):
    page = visit.page
    page.goto(visit.address)
    assert page.get_by_role("link", name=re.compile("^Play: ")).count() == len(LESSONS)
    for width, height in ((1366, 657), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        shot(f"site_first_{width}", page)
    for picture in page.locator("main img").all():
        picture.scroll_into_view_if_needed()
        page.wait_for_function("(e) => e.complete && e.naturalWidth > 0", arg=picture.element_handle())
        assert picture.get_attribute("alt")
    page.get_by_role("link", name="Play: Through the fence").click()
    page.get_by_role("heading", name="Through the fence").wait_for()
    assert_all_is_well(visit)


def test_a_site_is_small_and_whole(site):
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 60e6
    lock = json.loads((FOLDER / "static" / "pyodide" / "pyodide-lock.json").read_text())
    for package in lock["packages"].values():
        assert (FOLDER / "static" / "pyodide" / package["file_name"]).is_file()
        assert set(package["depends"]) <= lock["packages"].keys()
    for path in (FOLDER / "files").glob("*.ipynb"):
        assert not re.search(r"assert |widget-view", path.read_text(encoding="utf-8"))
