"""What every view on disk keeps in a real browser; `test_component` looks at some of them closer."""

import pytest

import metakit
from browser.test_component import CLOSER, CODE, CROWDED, part, serious, settle


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


@pytest.mark.parametrize("stage", sorted(set(metakit.stages()) - set(CLOSER)))
def test_a_view_plays_and_axe_finds_nothing_serious_in_it(opened, stage):
    lab = opened(stage)
    first = settle(lab)
    part(lab, "button", "Step").click()
    settle(lab, "view.session.shown == 1")
    part(lab, "button", "Play").click()
    lab.wait("view.session.shown > 12")
    part(lab, "button", "Pause").click()
    lab.tell("view.panel.more.value = view.table_button.value = True")
    assert settle(lab, "view.player.task.done()") != first
    assert serious(lab) == []
    assert lab.page.evaluate(CROWDED) == []
    lab.shot(f"view-{stage}")
    assert lab.ask("view.session.error") == ""
    assert lab.errors() == lab.broken == []
