"""The components in a real JupyterLab: what a student sees, presses and drags."""

import pytest

CODE = """import hashlib
import io
from PIL import Image
import metakit
import metakit.models.{stage} as model
def sha_of(png): return hashlib.sha256(Image.open(io.BytesIO(png)).convert("RGBA").tobytes()).hexdigest()
def sha(): return sha_of(view.picture())
view = metakit.view("{stage}", seed=7)
view"""
CLOSER = ("invasion", "intravasation")  # two of the views; `test_every_view` plays the others
WIDTHS = (900, 1280, 1920)
# A knob lets itself go after five seconds, in case the event that should end it was lost: not while a slow test looks.
NEVER_LET_GO = """() => {
  window.__setTimeout = window.setTimeout;
  window.setTimeout = (act, after, ...rest) => after === 5000 ? 0 : window.__setTimeout(act, after, ...rest);
}"""
# Text that is wider or higher than the box it is in, and not meant to scroll; what a control shows is its text too.
CLIPPED = """() => [...document.querySelectorAll(".metakit *")].filter((e) => {
  const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  if (!own || !e.checkVisibility() || e.closest("svg") || getComputedStyle(e).overflow === "visible") return false;
  return e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1;
}).map((e) => `${e.className}: ${e.textContent}`)"""
# A text that is painted over its neighbor without being clipped: its glyphs reach out of the element that holds it.
SPILLED = """() => [...document.querySelectorAll(".metakit *")].filter((e) => {
  const node = [...e.childNodes].find((n) => n.nodeType === 3 && n.textContent.trim());
  if (!node || !e.checkVisibility() || e.closest("svg")) return false;
  const range = document.createRange();
  range.selectNodeContents(node);
  const text = range.getBoundingClientRect(), box = e.closest("label, button, select, td, th, li, div")
    .getBoundingClientRect();
  return text.right > box.right + 2 || text.left < box.left - 2;
}).map((e) => `${e.className}: ${e.textContent}`)"""
CONTROLS = ".metakit button, .metakit select, .metakit input, .metakit [role=slider], .metakit .widget-readout"
# Controls that reach out of their component, or lie over each other.
MISPLACED = """(selector) => {
  const shown = [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility() && e.offsetWidth);
  const boxes = shown.map((e) => [e, e.getBoundingClientRect(), e.closest(".metakit").getBoundingClientRect()]);
  const name = (e) => e.ariaLabel || e.textContent || e.className;
  const out = boxes.filter(([e, b, c]) => b.left < c.left - 1 || b.right > c.right + 1 || b.bottom > c.bottom + 1);
  const over = boxes.flatMap(([e, b], i) => boxes.slice(i + 1).filter(([f, d]) =>
    !e.contains(f) && !f.contains(e) &&
    Math.min(b.right, d.right) - Math.max(b.left, d.left) > 1 &&
    Math.min(b.bottom, d.bottom) - Math.max(b.top, d.top) > 1).map(([f]) => `${name(e)} over ${name(f)}`));
  return [...out.map(([e]) => `${name(e)} reaches out`), ...over];
}"""
# Labels and numbers of the curves that lie over each other or reach out of their figure.
CROWDED = """() => [...document.querySelectorAll(".metakit-curve")].flatMap((figure) => {
  const frame = figure.getBoundingClientRect();
  const texts = [...figure.querySelectorAll("text")].filter((t) => t.textContent && t.checkVisibility())
    .map((t) => [t.textContent, t.getBoundingClientRect()]).filter(([, b]) => b.width);
  const out = texts.filter(([, b]) =>
    b.left < frame.left - 1 || b.right > frame.right + 1 || b.bottom > frame.bottom + 1);
  const over = texts.flatMap(([t, b], i) => texts.slice(i + 1).filter(([, d]) =>
    Math.min(b.right, d.right) - Math.max(b.left, d.left) > 2 &&
    Math.min(b.bottom, d.bottom) - Math.max(b.top, d.top) > 2).map(([u]) => `${t} over ${u}`));
  return [...out.map(([t]) => `${t} reaches out`), ...over];
})"""


@pytest.fixture(scope="module", params=CLOSER)
def notebook(lab, request):
    """A notebook with one view in it."""
    lab.write("component.ipynb", CODE.format(stage=request.param), "'another cell'")
    lab.open("component.ipynb")
    lab.run_all()
    lab.page.wait_for_selector(".metakit-picture canvas")
    lab.stage = request.param
    yield lab
    lab.close()


@pytest.fixture
def at(notebook):
    """The notebook with its view as it was at first; no error may have been raised in the kernel."""
    notebook.tell("view.player.pause(); view.session.seed = 7; view.session.choose('science')")
    notebook.page.evaluate("() => { window.__errs = [] }")
    yield notebook
    assert notebook.errors() == []
    assert notebook.broken == []


def settle(at, condition="True"):
    """Wait for a condition in the kernel, then until the page shows the picture of the shown frame."""
    at.wait(f"({condition}) and view.canvas.ack == view.canvas.seq")
    wanted = at.ask("sha()")
    at.until(lambda: set(at.pictures()) == {wanted}, f"the page shows frame {at.ask('view.session.shown')}")
    return wanted


def part(at, role, name, **how):
    """A control of the first view, by what a screen reader calls it."""
    return at.page.locator(".metakit").first.get_by_role(role, name=name, exact=True, **how)


def serious(at, context=".metakit"):
    """What axe finds that matters."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(at.page, context=context).response["violations"]
    return [
        f"{v['id']}: {node['html'][:120]} {node['any'][:1] and node['any'][0]['message']}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]


# ------------------------------------------------------------------ seeing it move


def test_the_page_shows_the_picture_of_the_shown_frame(at):
    first = settle(at)
    at.tell("view.advance(2)")
    assert settle(at) != first


def test_the_picture_changes_on_play_and_stops_on_pause(at):
    seen = {settle(at)}

    def several():
        seen.update(at.pictures())
        return len(seen) > 4

    part(at, "button", "Play").click()
    at.until(several, "several pictures have been shown")
    part(at, "button", "Pause").click()
    stopped = settle(at, "view.player.task.done()")
    at.page.wait_for_timeout(400)  # nothing may come now
    assert at.pictures() == [stopped] == [at.ask("sha()")]
    assert part(at, "button", "Play").is_visible()
    assert at.ask("view.session.error") == ""


def test_step_makes_one_frame_and_reset_goes_back_to_the_first(at):
    first = settle(at)
    part(at, "button", "Step").click()
    assert settle(at, "view.session.shown == 1") != first
    part(at, "button", "Reset").click()
    assert settle(at, "view.session.shown == 0") == first


def test_the_scrubber_goes_back_to_an_earlier_frame(at):
    at.tell("view.advance(5)")
    part(at, "slider", "Time, frame").focus()
    for _ in range(3):
        at.page.keyboard.press("ArrowLeft")
    settle(at, "view.session.shown == 2")
    assert at.ask("len(view.session.rows)") == 6


def test_the_words_under_the_picture_follow_it(at):
    line = at.page.locator(".metakit [role=status]").first
    before = line.inner_text()
    at.tell("view.advance(40)")
    at.page.wait_for_function("([e, t]) => e.textContent !== t", arg=[line.element_handle(), before])
    at.until(lambda: line.inner_text() == at.ask("view.describe()"), "the words are those of the frame")
    assert line.get_attribute("aria-live") == "polite"
    words, picture = at.ask("view.describe()"), at.page.locator(".metakit-picture canvas").first
    at.until(lambda: words in (picture.get_attribute("aria-label") or ""), "they are the picture's label as well")


# ---------------------------------------------------------------- moving controls


def test_a_slider_moved_with_the_keyboard_reaches_the_model_and_moves_nothing_else(at):
    name = at.ask("type(view.session.params).FIRST[0]")
    before = at.ask("view.session.params.as_dict()")
    label, step = at.ask(f"[view.panel.controls['{name}'].description, view.panel.controls['{name}'].step]")
    part(at, "slider", label).focus()
    for _ in range(3):
        at.page.keyboard.press("ArrowRight")
    there = (round(before[name] / step) + 3) * step  # a key leads from one notch to the next, wherever one began
    wanted = before | {name: pytest.approx(there)}
    at.wait(f"abs(view.session.params.{name} - {there}) < 1e-9")
    assert at.ask("view.session.params.as_dict()") == wanted


def test_a_slider_dragged_with_the_mouse_reaches_the_model_once_it_is_let_go(at):
    at.tell("told = []; view.session.observe(told.append, 'params')")
    handle = at.page.locator(".metakit-panel [role=slider]").first
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    at.page.mouse.move(x, y)
    at.page.mouse.down()
    for dx in (10, 20, 30, 40):
        at.page.mouse.move(x + dx, y)
    assert at.ask("len(told)") == 0
    at.page.mouse.up()
    at.wait("len(told) == 1")
    assert at.ask("view.session.params != type(view.session.params).make()")
    at.tell("view.session.unobserve(told.append, 'params')")


def test_while_a_knob_is_held_the_run_stands_still_and_goes_on_when_it_is_let_go(at):
    def stands_still():
        before = at.ask("view.session.shown")
        at.page.wait_for_timeout(500)  # fifteen frames, if it played
        return at.ask("view.session.shown") == before

    at.page.evaluate(NEVER_LET_GO)
    try:
        part(at, "button", "Play").click()
        at.wait("view.session.shown > 5")
        handle = at.page.locator(".metakit-panel [role=slider]").first
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        at.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        at.page.mouse.down()
        # Answers that were on their way when it was taken hold of may still let a few frames through.
        at.until(stands_still, "the run stands still")
        assert at.ask("view.session.running")
        assert stands_still()
        held = at.ask("view.session.shown")
    finally:  # the tests after this one are on the same page
        at.page.mouse.up()
        at.page.evaluate("() => { window.setTimeout = window.__setTimeout }")
    at.wait(f"view.session.shown > {held + 5}")
    part(at, "button", "Pause").click()
    at.wait("not view.session.running")


def test_a_number_typed_beside_a_slider_reaches_the_model(at):
    name = at.ask("type(view.session.params).FIRST[0]")
    label = at.ask(f"view.panel.controls['{name}'].description")
    top = at.ask(f"type(view.session.params).knob('{name}').high")
    field = at.page.get_by_role("textbox", name=f"{label}, value")
    field.fill(f"{top}")
    field.press("Enter")
    at.wait(f"view.session.params.{name} == {top}")


@pytest.mark.parametrize(("typed", "number"), [("0,3", 0.3), (" 0.25 ", 0.25), (",5", 0.5), ("1e-1", 0.1)])
def test_a_number_is_typed_as_people_write_it(at, typed, number):
    label, field = first_number(at)
    field.fill(typed)
    field.press("Enter")
    at.wait(f"abs(view.session.params.{label} - {number}) < 1e-9")
    at.until(lambda: float(field.inner_text()) == number, "the field shows what the run has")


@pytest.mark.parametrize("typed", ["a lot", "", "0,3,5", "nan", "0.3 per day"])
def test_what_is_no_number_is_refused_in_words_and_the_old_one_stays(at, typed):
    label, field = first_number(at)
    before, shown = at.ask(f"view.session.params.{label}"), field.inner_text()
    field.fill(typed)
    field.press("Enter")
    alert = at.page.locator(".metakit [role=alert]").first
    at.until(lambda: f"so {shown} stays. Type one from 0 to" in alert.inner_text(), "the field says what it takes")
    assert (field.inner_text(), at.ask(f"view.session.params.{label}")) == (shown, before)
    field.fill("0.7")
    field.press("Enter")
    at.wait(f"abs(view.session.params.{label} - 0.7) < 1e-9")
    assert not alert.is_visible()


def test_a_number_beyond_the_slider_becomes_its_end_and_words_say_so(at):
    label, field = first_number(at)
    field.fill("99999")
    field.press("Enter")
    top = at.ask(f"type(view.session.params).knob('{label}').high")
    at.wait(f"view.session.params.{label} == {top}")
    alert = at.page.locator(".metakit [role=alert]").first
    assert f"99999 is outside 0 to {top:g}" in alert.inner_text()
    part(at, "button", "Step").focus()
    alert.wait_for(state="hidden")


def first_number(at):
    """Name of a knob that begins at 0 and takes fractions, and the field beside its slider."""
    at.still()
    name = {"invasion": "mmp_secretion", "intravasation": "start_mesenchymal"}.get(at.stage)
    label = at.ask(f"view.panel.controls['{name}'].description")
    return name, at.page.get_by_role("textbox", name=f"{label}, value")


def test_undo_takes_back_the_last_knob_and_reset_all_every_one(at):
    at.tell("view.advance(4)")
    before = at.ask("view.session.params.as_dict()")
    names = at.ask("[n for n in type(view.session.params).FIRST if type(view.session.params).knob(n).high]")[:2]
    for name in names:
        slider = part(at, "slider", at.ask(f"view.panel.controls['{name}'].description"))
        slider.focus()
        at.page.keyboard.press("End")
        at.wait(f"view.session.params.{name} == type(view.session.params).knob('{name}').high")
    part(at, "button", "Undo").click()
    at.wait(f"view.session.params.{names[1]} == {before[names[1]]!r}")
    assert at.ask(f"view.session.params.{names[0]}") != before[names[0]]
    part(at, "button", "Reset all").click()
    at.wait("view.session.shown == 0")
    at.until(lambda: at.ask("view.session.params.as_dict()") == before, "every knob is back")


def test_a_preset_is_chosen_from_the_list(at):
    presets = at.ask("list(type(view.session.params).PRESETS)")
    at.page.get_by_label("Start from").select_option(presets[-1])
    at.wait(f"view.session.preset == {presets[-1]!r}")
    assert at.ask("view.session.params == type(view.session.params).make(view.session.preset)")


def test_another_seed_is_typed_in(at):
    before = settle(at)
    field = at.page.get_by_label("Seed")
    field.fill("12")
    field.press("Tab")
    assert settle(at, "view.session.seed == 12") != before


def test_more_controls_unfold_and_fold(at):
    last = at.ask("list(view.panel.controls.values())[-1].description")
    label = at.page.locator(".metakit").get_by_text(last, exact=True)
    assert not label.is_visible()
    part(at, "button", "More controls").click()
    label.wait_for(state="visible")
    part(at, "button", "Fewer controls").click()
    label.wait_for(state="hidden")


def test_the_table_opens_and_names_every_measure(at):
    at.tell("view.advance(2)")
    part(at, "button", "Show as table").click()
    table = at.page.locator(".metakit table")
    table.wait_for(state="visible")
    for name in at.ask("list(view.session.measures)"):
        assert name.replace("_", " ") in table.inner_text()
    part(at, "button", "Hide table").click()
    table.wait_for(state="hidden")


def test_copy_this_run_puts_its_line_on_the_clipboard(at):
    at.tell("view.advance(2)")
    at.page.evaluate("navigator.clipboard.writeText('')")
    part(at, "button", "Copy this run").click()
    at.until(lambda: at.page.evaluate("navigator.clipboard.readText()"), "something is on the clipboard")
    assert at.page.evaluate("navigator.clipboard.readText()") == at.ask("view.session.recipe")


# ---------------------------------------------------------------- keyboard alone


def test_every_control_is_reached_with_tab_and_nothing_traps_it(at):
    names = at.page.evaluate(
        """(selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility()
             && e.tabIndex >= 0).map((e) => e.ariaLabel || e.labels?.[0]?.textContent || e.textContent)""",
        CONTROLS,
    )
    assert len(names) > 12
    part(at, "slider", "Time, frame").focus()
    reached = []
    for _ in range(4 * len(names)):
        reached.append(
            at.page.evaluate(
                """() => { const e = document.activeElement; return e.closest(".metakit")
                     ? e.ariaLabel || e.labels?.[0]?.textContent || e.textContent : null }"""
            )
        )
        if reached[-1] is None:
            break
        at.page.keyboard.press("Tab")
    assert set(names) <= set(reached)
    assert reached[-1] is None, "Tab does not leave the component"


@pytest.mark.parametrize("key", ["Space", "Enter"])
def test_buttons_answer_to_space_and_enter(at, key):
    part(at, "button", "Step").focus()
    at.page.keyboard.press(key)
    at.page.keyboard.press(key)
    at.wait("view.session.shown == 2")
    # The focus stays where it was, or the next key goes to the notebook.
    assert at.page.evaluate("document.activeElement.textContent") == "Step"


def test_keys_pressed_in_a_component_do_nothing_to_the_notebook(at):
    cells = at.page.locator(".jp-Cell").count()
    for name in ("Step", "Reset"):
        part(at, "button", name).focus()
        for key in ("a", "b", "d", "d", "x", "ArrowDown", "ArrowUp"):
            at.page.keyboard.press(key)
    at.page.locator(".metakit-panel [role=slider]").first.focus()
    for key in ("a", "b", "d", "d", "x", "ArrowDown", "ArrowUp"):
        at.page.keyboard.press(key)
    assert at.page.locator(".jp-Cell").count() == cells
    assert at.page.evaluate("document.activeElement.closest('.metakit') !== null")


# ------------------------------------------------------------------------ trouble


def test_an_error_in_a_step_is_said_in_the_view_and_the_last_picture_stays(at):
    at.tell("view.advance(1); good = model.advance")
    before = settle(at)
    at.tell("def fail(*_): raise ValueError('the tissue tore')\nmodel.advance = fail")
    alert = at.page.locator(".metakit [role=alert]").first
    for press in ("Step", "Play"):
        at.tell("view.session.error = ''")
        alert.wait_for(state="hidden")
        part(at, "button", press).click()
        alert.wait_for(state="visible")
        assert "the tissue tore" in alert.text_content()
        assert settle(at) == before
        at.wait("not view.session.running")
    at.tell("model.advance = good")
    part(at, "button", "Step").click()
    alert.wait_for(state="hidden")


# ------------------------------------------------------------------ accessibility


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_serious_in_the_component(at, theme):
    at.theme(theme)
    at.tell("view.advance(3); view.panel.more.value = view.table_button.value = True")
    at.wait("view.canvas.ack == view.canvas.seq")
    at.still()  # colors fade from one theme to the other
    found = serious(at)
    at.tell("view.panel.more.value = view.table_button.value = False")
    at.theme("JupyterLab Light")
    assert found == []


# ------------------------------------------------------------------------- layout


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_clipped_and_nothing_overlaps(at, width, theme):
    at.page.set_viewport_size({"width": width, "height": 1100})
    at.theme(f"JupyterLab {theme}")
    at.tell("view.session.advance(100 if view.session.stage == 'intravasation' else 60)")
    at.wait("view.canvas.ack == view.canvas.seq")
    at.still()
    at.page.locator(".metakit").first.scroll_into_view_if_needed()
    at.shot(f"{at.stage}-{width}-{theme.lower()}")
    at.shot(f"{at.stage}-{width}-{theme.lower()}-component", at.page.locator(".metakit").first)
    at.tell("view.panel.more.value = view.table_button.value = True")
    at.page.locator(".metakit table").wait_for(state="visible")
    at.still()
    at.shot(f"{at.stage}-{width}-{theme.lower()}-open", at.page.locator(".metakit").first)
    found = [at.page.evaluate(CLIPPED), at.page.evaluate(SPILLED), at.page.evaluate(MISPLACED, CONTROLS)]
    found += [at.page.evaluate(CROWDED)]
    wide = at.page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('.jp-OutputArea-output'))")
    at.tell("view.panel.more.value = view.table_button.value = False")
    at.page.set_viewport_size({"width": 1280, "height": 900})
    at.theme("JupyterLab Light")
    assert found == [[], [], [], []]
    assert wide <= 1, "the component is wider than its notebook and has to be scrolled"


@pytest.mark.parametrize("width", [1280, 1920])
def test_the_picture_is_beside_the_controls(at, width):
    at.page.set_viewport_size({"width": width, "height": 900})
    at.still()
    picture, panel = (
        at.page.locator(f".metakit {part}").bounding_box() for part in (".metakit-picture", ".metakit-panel")
    )
    at.page.set_viewport_size({"width": 1280, "height": 900})
    assert panel["x"] + panel["width"] <= picture["x"] + 1
    assert picture["width"] >= 300
