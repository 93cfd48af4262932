"""Every lesson in a real JupyterLab, and one of them by somebody who has only a keyboard."""

import pytest

from browser.lab import ROOT
from browser.test_component import serious

LESSONS = sorted(path.name for path in ROOT.glob("notebooks/*.ipynb"))
# What the notebook's cells put out: errors among them are what nbval would see as well, here in the page's own kernel.
OUTPUTS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells].flatMap((cell) =>
  [...(cell.sharedModel.outputs ?? [])]).filter((o) => o.output_type === "error").map((o) => o.traceback.join("\\n"))"""


@pytest.fixture
def lesson(lab):
    """Opens a lesson, runs it all, and puts it away."""

    def opened(name):
        lab.open(name)
        lab.run_all()
        lab.page.wait_for_selector(".metakit-picture canvas[data-seq]")
        return lab

    yield opened
    lab.close()


def test_there_are_lessons():
    assert "02_invasion.ipynb" in LESSONS


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_from_top_to_bottom_and_shows_its_components(lesson, name):
    lab = lesson(name)
    lab.still()
    assert "\n".join(lab.page.evaluate(OUTPUTS)) == ""
    assert lab.errors() == []
    assert lab.broken == []
    text = "\n".join(lab.page.locator(".jp-OutputArea-output").all_inner_texts())
    assert "Error displaying widget" not in text  # what goes before "model not found"
    assert "widget: model not found" not in text
    assert "Loading widget" not in text
    assert serious(lab) == []
    lab.shot(name.removesuffix(".ipynb"))


def focus(lab, role, name):
    """Press Tab until a control of that name has the focus, as somebody without a mouse does."""
    for _ in range(200):
        found = lab.page.evaluate(
            """() => {
              const e = document.activeElement;
              const words = e.ariaLabel || e.labels?.[0]?.textContent || e.textContent;
              return [e.getAttribute("role") || e.type || e.tagName.toLowerCase(), words.trim()];
            }"""
        )
        if found[0] in role and found[1].startswith(name):
            return
        lab.page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reached {name!r}")


@pytest.fixture
def desk(lab):
    """The page; what is opened on it is put away whatever happens."""
    yield lab
    lab.close()


def test_a_lesson_can_be_done_with_the_keyboard_alone(desk):
    lab = desk
    cells = (
        "import metakit\nview = metakit.view('invasion', seed=7)\nguess = metakit.predict('When does the lamina open?',"
        " low=0, high=5, unit='days', never='It holds', view=view, measure='breach_h')\nguess",
        "view",
        "from metakit.lessons.checks import questions\nquestion = metakit.ask(sorted(questions())[0])\nquestion",
    )
    lab.write("keyboard.ipynb", *cells)
    lab.open("keyboard.ipynb")
    lab.run_all()
    lab.page.wait_for_selector(".metakit-picture canvas[data-seq]")
    lab.page.wait_for_selector("input[type=radio]")
    press = lab.page.keyboard.press
    lab.page.evaluate("() => document.querySelector('.metakit-card input[type=range]').focus()")

    for _ in range(5):
        press("ArrowRight")
    lab.wait("abs(guess.guess - 2.75) < 1e-9")  # all five have arrived
    guessed = lab.ask("guess.guess")
    focus(lab, ("button",), "Lock my prediction")
    press("Enter")
    lab.wait("guess.locked")
    assert lab.ask("guess.prediction.value") == pytest.approx(guessed)

    focus(lab, ("submit", "button"), "Play")
    press("Space")
    lab.wait("view.session.shown > 3")
    press("Space")
    lab.wait("not view.session.running")
    focus(lab, ("slider",), "MMP secretion")
    for value in (0.43, 0.44, 0.45, 0.46):  # a step is 0.01, and 0.4212 lies between two
        press("ArrowRight")
        lab.wait(f"abs(view.session.params.mmp_secretion - {value}) < 1e-9")

    focus(lab, ("radio",), "")
    press("Space")
    press("ArrowDown")
    second = lab.page.evaluate("document.activeElement.value")
    focus(lab, ("button",), "Check")
    press("Enter")
    lab.wait(f"question.chosen == {second!r}")
    card = lab.page.locator(".metakit-card", has=lab.page.locator("input[type=radio]"))
    lab.page.wait_for_function("(e) => e.textContent.length > 20", arg=card.locator(".metakit-says").element_handle())
    assert lab.page.locator(".jp-Cell").count() == len(cells), "a key meant for a control went to the notebook"
    assert lab.errors() == []
    assert serious(lab, ".metakit-card") == []
    lab.shot("keyboard")


def test_each_student_has_the_options_in_an_order_of_their_own_the_same_tomorrow(desk):
    lab, orders, name = desk, {}, ""
    lab.write("order.ipynb", "import metakit\nquestion = metakit.ask('invasion-chance')\nquestion")
    lab.open("order.ipynb")
    for _ in ("today", "tomorrow"):
        for student in map(str, range(6)):
            lab.page.evaluate("(student) => localStorage.setItem('metakit-order', student)", student)
            lab.run_all()
            radios = "[...document.querySelectorAll('input[type=radio]')]"
            lab.page.wait_for_function(f"(before) => {radios}[0] && {radios}[0].name !== before", arg=name)
            name = lab.page.evaluate(f"{radios}[0].name")
            order = lab.page.evaluate(f"{radios}.map((radio) => radio.value)")
            assert orders.setdefault(student, order) == order
    assert all(sorted(order) == ["a", "b", "c"] for order in orders.values())
    right = lab.ask("[key for key, option in question.question.options.items() if option.right][0]")
    assert len({order.index(right) for order in orders.values()}) == 3
