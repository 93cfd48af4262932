"""One session in two views, one view in two cells."""

import pytest

from browser.test_component import CODE, settle


@pytest.fixture
def pair(lab):
    """Opens a notebook with one view shown twice, or with two views of one session."""

    def opened(name, *cells):
        lab.write(name, *cells)
        lab.open(name)
        lab.run_all()
        lab.page.wait_for_function("() => document.querySelectorAll('.metakit-picture canvas').length === 2")
        return lab, lab.page.locator(".metakit")

    yield opened
    errors = lab.errors()
    lab.close()
    assert errors == []


def frames_shown(views):
    sliders = [views.nth(i).get_by_role("slider", name="Time, frame") for i in (0, 1)]
    return [slider.get_attribute("aria-valuetext") for slider in sliders]


def test_two_views_of_a_session_stay_in_step_and_closing_one_removes_it(pair):
    other = "other = metakit.view('invasion', session=view.session)\nother"
    lab, views = pair("two.ipynb", CODE.format(stage="invasion"), other)
    views.nth(0).get_by_role("button", name="Step", exact=True).click()
    settle(lab, "view.session.shown == 1 and other.canvas.ack == other.canvas.seq")
    views.nth(1).get_by_role("button", name="Step", exact=True).click()
    settle(lab, "view.session.shown == 2 and other.canvas.ack == other.canvas.seq")
    lab.until(lambda: frames_shown(views) == ["2", "2"], "both scrubbers are at frame 2")
    lab.tell("other.close()")
    lab.page.wait_for_function("() => document.querySelectorAll('.metakit-picture').length === 1")
    views.nth(0).get_by_role("button", name="Step", exact=True).click()
    settle(lab, "view.session.shown == 3")
    assert "Error displaying widget" not in lab.page.locator("body").inner_text()


def test_one_view_shown_in_two_cells_works_in_both(pair):
    lab, views = pair("twice.ipynb", CODE.format(stage="invasion"), "view")
    for frame, which in ((1, 0), (2, 1)):
        views.nth(which).get_by_role("button", name="Step", exact=True).click()
        settle(lab, f"view.session.shown == {frame}")
        lab.until(lambda wanted=str(frame): frames_shown(views) == [wanted] * 2, f"both scrubbers are at frame {frame}")
