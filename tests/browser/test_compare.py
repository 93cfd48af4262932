"""Two and three worlds side by side in a real browser."""

import pytest

from browser.shots import TO_THE_TOP, show_file_list
from browser.test_component import part, serious

WORLDS = {2: '{"published": {}, "no enzyme": {"mmp_secretion": 0}}',
          3: '{"published": {}, "no enzyme": {"mmp_secretion": 0}, "no lamina": {"lamina": False}}'}  # fmt: skip
CODE = """import metakit
view = metakit.compare("invasion", {worlds}, seed=7)
view"""
# The parts that do not lie inside the window, and whether the pictures lie side by side.
SEEN = """() => {
  const window_ = document.querySelector(".jp-WindowedPanel-outer").getBoundingClientRect();
  const box = (element) => element.getBoundingClientRect();
  const inside = (b) => b.width && b.top >= window_.top - 1 && b.bottom <= window_.bottom + 1 &&
    b.left >= window_.left - 1 && b.right <= window_.right + 1;
  const pictures = [...document.querySelectorAll(".metakit-picture canvas")].map(box);
  const wanted = [".metakit-player", ".metakit-status [role=status]", ".metakit-tools", ".metakit-curve"];
  const others = wanted.map((selector) => box(document.querySelector(selector)));
  return {
    inside: [...pictures, ...others].map((b) => Boolean(inside(b))),
    beside: pictures.every((b, i) => !i || (b.left >= pictures[i - 1].right && b.top === pictures[0].top)),
    wide: pictures.map((b) => Math.round(b.width)),
  };
}"""


@pytest.mark.parametrize("n", WORLDS)
def test_worlds_fit_on_the_screen_of_a_laptop_and_play_together_by_mouse_and_by_key(lab, n):
    try:
        lab.write("worlds.ipynb", CODE.format(worlds=WORLDS[n]))
        lab.open("worlds.ipynb")
        lab.run_all()
        lab.page.wait_for_function(
            "(n) => document.querySelectorAll('.metakit-picture canvas[data-seq]').length === n", arg=n
        )
        lab.page.set_viewport_size({"width": 1366, "height": 657})
        show_file_list(lab.page, True)
        lab.page.evaluate(TO_THE_TOP)
        lab.still()
        seen = lab.page.evaluate(SEEN)
        assert (seen["inside"], seen["beside"]) == ([True] * (n + 4), True), seen
        assert min(seen["wide"]) >= {2: 280, 3: 190}[n], seen
        part(lab, "button", "Play").click()
        lab.wait("view._lead.shown > 12")
        part(lab, "button", "Pause").click()
        lab.wait("view.player.task.done()")
        assert lab.ask("len({s.shown for s in view.sessions.values()})") == 1
        played = lab.ask("view._lead.shown")
        part(lab, "button", "Step").focus()
        lab.page.keyboard.press("Enter")
        lab.wait(f"view._lead.shown == {played + 1}")
        part(lab, "combobox", "Hand").select_option("Cut the lamina")
        lab.page.wait_for_selector(".metakit-picture canvas.metakit-touchable")
        second = lab.page.locator(".metakit-picture canvas").nth(1)
        box = second.bounding_box()
        second.click(position={"x": 0.7 * box["width"], "y": 0.4 * box["height"]})
        lab.wait("len(view.sessions['no enzyme'].touches) == 1")
        second.press("ArrowLeft")
        second.press("Enter")
        lab.wait("len(view.sessions['no enzyme'].touches) == 2 or 'already' in view.status.text")
        assert lab.ask("len(view.sessions['published'].touches)") == 0
        lab.tell("view.advance(300)")
        lab.still()
        lab.shot(f"compare-{n}")
        lab.page.set_viewport_size({"width": 820, "height": 1100})
        show_file_list(lab.page, False)
        lab.still()
        assert lab.page.evaluate(SEEN)["beside"]
        lab.page.set_viewport_size({"width": 390, "height": 844})
        show_file_list(lab.page, False)
        lab.still()
        boxes = lab.page.evaluate(SEEN)
        assert not boxes["beside"]
        assert serious(lab) == []
        lab.shot(f"compare-{n}-phone")
        assert lab.ask("[s.error for s in view.sessions.values()]") == [""] * n
        assert lab.errors() == lab.broken == []
    finally:
        lab.close()
