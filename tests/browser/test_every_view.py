"""What every view on disk keeps in a real browser; `test_component` looks at some of them closer."""

import contextlib

import pytest

import metakit
from browser.shots import TO_THE_TOP, show_file_list
from browser.test_component import CODE, CROWDED, MISPLACED, part, serious, settle
from browser.test_component import CONTROLS as ALL_CONTROLS

# What of a view does not lie inside the part of the window in which the notebook is seen.
NOT_SEEN = """() => {
  const window_ = document.querySelector(".jp-WindowedPanel-outer").getBoundingClientRect();
  const wanted = {
    picture: ".metakit-picture canvas", player: ".metakit-player", words: ".metakit-status [role=status]",
    chart: ".metakit-curve", knob: ".metakit-panel .widget-hslider, .metakit-panel .widget-dropdown",
  };
  return Object.entries(wanted).filter(([, selector]) => {
    const box = document.querySelector(selector).getBoundingClientRect();
    return !box.width || box.top < window_.top - 1 || box.bottom > window_.bottom + 1 ||
      box.left < window_.left - 1 || box.right > window_.right + 1;
  }).map(([name]) => name);
}"""
# Charts that are out of sight are drawn anew when somebody scrolls to them.
CROWDED_BESIDE = CROWDED.replace(".metakit-curve", ".metakit-charts .metakit-curve")
PICTURE_PX = "document.querySelector('.metakit-picture canvas').getBoundingClientRect().width"


@pytest.fixture
def opened(lab):
    """Opens a notebook with one view, and puts it away whatever happens."""

    def with_view_of(stage):
        lab.write(f"{stage}.ipynb", CODE.format(stage=stage))
        lab.open(f"{stage}.ipynb")
        lab.run_all()
        lab.page.wait_for_selector(".metakit-picture canvas[data-seq]")
        return lab

    yield with_view_of
    lab.close()


@pytest.mark.parametrize("stage", metakit.stages())
def test_a_view_fits_on_the_screen_of_a_laptop_plays_and_axe_finds_nothing_serious_in_it(opened, stage):
    lab = opened(stage)
    first = settle(lab)
    part(lab, "button", "Step").click()
    settle(lab, "view.session.shown == 1")
    part(lab, "button", "Play").click()
    lab.wait("view.session.shown > 12")
    part(lab, "button", "Pause").click()
    assert settle(lab, "view.player.task.done()") != first
    for (width, height), at_least in SIZES.items():
        with window(lab, width, height):
            assert (width, lab.page.evaluate(NOT_SEEN)) == (width, [])
            assert lab.page.evaluate(PICTURE_PX) >= at_least
            assert (width, lab.page.evaluate(CROWDED_BESIDE)) == (width, [])
    with window(lab, 390, 844):
        assert lab.page.evaluate(MISPLACED, ALL_CONTROLS) == []
    lab.tell("view.panel.more.value = view.table_button.value = True")
    lab.still()
    assert serious(lab) == []
    assert lab.page.evaluate(CROWDED) == []
    lab.shot(f"view-{stage}")
    assert lab.ask("view.session.error") == ""
    assert lab.errors() == lab.broken == []


SIZES = {(1366, 657): 380, (1920, 950): 540}  # and the least width of the picture, all with the file list shown


@contextlib.contextmanager
def window(lab, width, height):
    """The window has a size for a while, with the file list where there is room."""
    before = lab.page.viewport_size
    lab.page.set_viewport_size({"width": width, "height": height})
    show_file_list(lab.page, width > 1000)
    lab.page.evaluate(TO_THE_TOP)
    lab.still()
    try:
        yield
    finally:
        show_file_list(lab.page, False)
        lab.page.set_viewport_size(before)
