"""The hand in a real browser: every stage with touches is touched by mouse and by keyboard, and says so."""

import pytest

import metakit
from browser.test_component import CODE, part, serious
from metakit.runs.stage import stage as find
from metakit.widgets.draw.body_places import PLACES
from metakit.widgets.draw.sketch import SIZE

PICTURE = ".metakit-picture canvas"
FOCUSED = f"document.activeElement.matches('{PICTURE}')"
# A kind of touch, and where it hits something: shares of the picture's width and height.
WHERE = {"invasion": ("cut", 0.7, 0.4), "intravasation": ("place", 0.3, 0.35), "extravasation": ("narrow", 0.06, 0.52)}


@pytest.mark.parametrize("stage", [name for name in metakit.stages() if find(name).touches])
def test_a_picture_is_touched_by_mouse_and_by_keyboard(lab, stage):
    kind, x, y = WHERE[stage]
    label = next(touch.label for touch in find(stage).touches if touch.kind == kind)
    try:
        lab.write(f"{stage}.ipynb", CODE.format(stage=stage))
        lab.open(f"{stage}.ipynb")
        lab.run_all()
        lab.page.wait_for_selector(f"{PICTURE}[data-seq]")
        picture = lab.page.locator(PICTURE)
        box = picture.bounding_box()
        # Without a hand a press is nothing, and the picture is no stop of the Tab key.
        picture.click(position={"x": x * box["width"], "y": y * box["height"]})
        assert picture.get_attribute("tabindex") is None
        part(lab, "combobox", "Hand").select_option(label)
        lab.page.wait_for_selector(f"{PICTURE}.metakit-touchable")
        assert lab.ask("len(view.session.touches)") == 0
        picture.click(position={"x": x * box["width"], "y": y * box["height"]})
        lab.wait("len(view.session.touches) == 1")
        told = lab.ask("[view.session.touches[0].kind, *view.session.touches[0].at]")
        at = lab.ask(f"view.place(view.session.state, ({x}, {y}), view.zoom.value)")
        assert told[0] == kind
        assert told[1:] == pytest.approx(at, abs=4)
        lab.page.wait_for_function(
            "(said) => document.querySelector('.metakit-event').textContent.startsWith(said)",
            arg=label[0].lower() + label[1:],
        )
        lab.shot(f"hand-{stage}")
        # By keyboard: back from Play to the picture, which comes before the player; then arrows and Enter.
        part(lab, "button", "Undo").click()
        lab.wait("view.session.touches == ()")
        part(lab, "button", "Play").focus()
        for _ in range(3):  # the scrubber is between them
            if not lab.page.evaluate(FOCUSED):
                lab.page.keyboard.press("Shift+Tab")
        assert lab.page.evaluate(FOCUSED)
        assert lab.page.locator(".metakit-cross").is_visible()
        for _ in range(2):
            lab.page.keyboard.press("ArrowLeft")
        lab.page.keyboard.press("ArrowUp")
        assert f"{label}: arrow keys move the cross" in picture.get_attribute("aria-label")
        assert lab.ask("len(view.session.touches)") == 0
        lab.shot(f"hand-keys-{stage}")
        lab.page.keyboard.press("Enter")
        lab.wait("len(view.session.touches) == 1 or view.status.text[:5] == 'There'")
        assert serious(lab) == []
        assert lab.ask("view.session.error") == ""
        assert lab.errors() == lab.broken == []
    finally:
        lab.close()


@pytest.mark.parametrize(("stage", "prepare"), [("circulation", ""), ("tropism", "view.zoom.value = 'map of arrows'")])
def test_an_organ_is_chosen_by_mouse_and_by_keyboard(lab, stage, prepare):
    try:
        lab.write(f"{stage}.ipynb", CODE.format(stage=stage))
        lab.open(f"{stage}.ipynb")
        lab.run_all()
        lab.page.wait_for_selector(f"{PICTURE}[data-seq]")
        if prepare:
            lab.tell(prepare)
        part(lab, "combobox", "Hand").select_option(index=1)
        lab.page.wait_for_selector(f"{PICTURE}.metakit-touchable")
        lab.still()
        picture = lab.page.locator(PICTURE)
        box, place = picture.bounding_box(), PLACES["pancreas"]
        picture.click(position={"x": place.x / SIZE * box["width"], "y": place.y / SIZE * box["height"]})
        lab.wait("view.session.params.origin == 'pancreas'")
        # The cross is where the pointer was: down and to the left, to the prostate.
        to = PLACES["prostate"]
        for key, way in (("ArrowDown", to.y - place.y), ("ArrowLeft", place.x - to.x)):
            for _ in range(round(way / SIZE / 0.02)):
                lab.page.keyboard.press(key)
        lab.page.keyboard.press("Enter")
        lab.wait("view.session.params.origin == 'prostate'")
        lab.still()
        lab.shot(f"hand-{stage}")
        assert serious(lab) == []
        assert lab.errors() == lab.broken == []
    finally:
        lab.close()
