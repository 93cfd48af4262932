"""The stage of CONTRIBUTING.md, opened by a student in a copy of the project that it was added to."""

import pytest
from contributing import with_twelfth_stage

from browser.lab import Lab, server
from browser.test_lessons import OUTPUTS


@pytest.fixture
def newcomer(lab, tmp_path):
    """A second page, with a server of its own that knows twelve stages."""
    project = with_twelfth_stage(tmp_path / "project")
    with server(tmp_path, project) as address:
        made = Lab(lab.page.context.new_page(), address, tmp_path / "work")
        made.start()
        yield made
        made.close()
        made.page.close()


def test_its_lesson_opens_and_plays(newcomer):
    newcomer.open("12_rolling.ipynb")
    newcomer.run_all()
    page = newcomer.page
    page.wait_for_selector(".metakit-picture canvas[data-seq]")
    first = newcomer.pictures()
    page.get_by_role("button", name="Play", exact=True).click()
    newcomer.wait("view.session.shown > 12")
    page.get_by_role("button", name="Pause", exact=True).click()
    newcomer.wait("view.canvas.ack == view.canvas.seq and not view.session.running")
    assert newcomer.pictures() != first
    assert page.locator(".metakit-legend", has_text="where all of them started").first.is_visible()
    page.get_by_text("After 4 hours the cells lie 20 µm apart. And after 16 hours?").first.wait_for(state="attached")
    page.get_by_text("A cell turning over and over along the wall of a vessel").first.wait_for(state="attached")
    page.get_by_text("Random Walks in Biology").first.wait_for(state="attached")
    assert page.evaluate(OUTPUTS) == newcomer.errors() == newcomer.broken == []
    newcomer.shot("12_rolling")
