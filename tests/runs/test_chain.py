"""The story as one chain: every cell that is handed over arrives, waits, or is said to be left."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

import metakit
from metakit.core.handoff import Clusters
from metakit.runs.chain import Handover
from metakit.runs.session import Session

STORY = (
    "growth",
    "invasion",
    "intravasation",
    "circulation",
    "extravasation",
    {"stage": "colonization", "route": "mouse"},
    "spread",
)
SHORT = (
    {"stage": "growth", "time_d": 250},
    {"stage": "invasion", "time_d": 3, "mmp_secretion": 4.3, "lamina_strength": 0.2},
    {"stage": "intravasation", "time_d": 3, "normal_vessels": 40, "ruptured_vessels": 40},
    {"stage": "circulation", "time_s": 600},
    {"stage": "extravasation", "time_d": 1},
    {"stage": "colonization", "time_d": 50},
    {"stage": "spread", "time_d": 80},
)


@pytest.fixture(scope="module")
def story():
    """The seven stages of the page, each as long as usual."""
    return metakit.chain(*STORY, seed=7, progress=False)


@pytest.fixture(scope="module")
def short():
    """The same seven stages, cut short."""
    return metakit.chain(*SHORT, seed=3, progress=False)


def test_the_story_of_the_page_runs_as_one_chain_with_one_ledger(story):
    assert [run.stage for run in story] == [step if isinstance(step, str) else step["stage"] for step in STORY]
    assert story.ledger.missing == 0
    assert [link.lost for link in story.handovers] == [0] * 6
    assert all(run.ledger.missing == 0 for run in story)


def test_most_cells_fail_at_the_gates(story):
    n = {gate.stage: gate.in_body for gate in story.funnel}
    assert n["intravasation"] > n["circulation"] > n["extravasation"] > n["colonization"] > 0
    assert n["colonization"] < n["extravasation"] / 1000


def test_the_funnel_and_the_hand_overs_are_said_in_words(story):
    said = repr(story)
    for words in (
        "living cells of the tumor",
        "400 in 2 mm of tissue at the edge of the tumor, each for ",
        "elsewhere in the tumor",
        " a day: ",
        "in one bed of capillaries of the lung, each for ",
        "held in other organs",
        "made in growth",
        "stayed in spread",
    ):
        assert words in said, said
    assert "e+" not in said


def test_the_readme_shows_this_very_story(story):
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"^```\n(growth .*?)^```", readme, re.MULTILINE | re.DOTALL)
    funnel, links = shown.strip().split("\n\n")
    assert [line.partition("  (")[0].rstrip() for line in str(story.funnel).splitlines()] == funnel.splitlines()
    assert links in map(str, story.handovers)


def test_the_ledger_is_the_sum_of_all_ledgers_worked_out_by_hand(short):
    made = 0
    for i, run in enumerate(short):
        began = 0 if i == 0 else next(iter(short[i].ledger.came.values()))
        made += (sum(run.ledger.came.values()) - began) * run.state.context.each
    assert sum(short.ledger.came.values()) == made == sum(short.ledger.now.values())


def test_the_same_cells_go_on(short):
    growth, invasion, intravasation, circulation, extravasation, colonization, spread = short
    each = invasion.state.context.each
    assert invasion.state.n_started * each + invasion.state.context.aside == growth.measures["cells"]
    assert intravasation.state.n_started == invasion.measures["cells"]
    assert circulation.measures["released_cells"] == each * intravasation.outflow().n_cells
    bed = extravasation.state.context
    assert len(extravasation.state.where) * bed.each + sum(bed.left.values()) == circulation.outflow().n_cells
    assert sum(colonization.state.founder_counts) == extravasation.measures["outside"]
    alive = colonization.state.cells[~colonization.state.dormant & (colonization.state.cells > 0)]
    assert spread.state.handed == bed.each * len(alive)
    assert spread.state.handed_cells == bed.each * int(alive.sum()) + invasion.state.context.aside


def test_a_lung_that_holds_most_is_where_colonies_and_metastases_are_named(short):
    assert short["extravasation"].state.context.organ == short["colonization"].state.context.organ == "lung"
    assert set(short["spread"].state.named_at[: short["spread"].state.handed].tolist()) <= {0}


def test_days_of_the_story_go_on_from_stage_to_stage(short):
    began = [run.state.context.day for run in short]
    assert began == pytest.approx([0, 250, 253, 256, 256 + 602 / 86400, 257 + 602 / 86400, 307 + 602 / 86400])


def test_a_story_is_the_same_from_the_same_seed_and_another_from_another(short):
    assert metakit.chain(*SHORT, seed=3, progress=False) == short
    assert metakit.chain(*SHORT[:2], seed=4, progress=False).runs != short.runs[:2]


def test_every_recipe_makes_its_run_again(short):
    for run in short[:5]:
        assert eval(run.recipe, {"metakit": metakit}) == run
    assert eval(short.recipe, {"metakit": metakit}) == short


def test_the_recipe_of_a_run_that_got_something_by_hand_says_so():
    record = Clusters(np.array([3]), np.array([0]), np.array([0.0]))
    run = metakit.run("circulation", seed=1, inflow=record, time_s=70)
    assert run.recipe == 'metakit.run("circulation", seed=1, inflow=inflow, time_s=70)'
    assert eval(run.recipe, {"metakit": metakit, "inflow": record}) == run


def test_a_story_is_saved_and_goes_on_bit_for_bit(short, tmp_path):
    begun = metakit.chain(*SHORT[:4], seed=3, progress=False)
    loaded = metakit.load(begun.save(tmp_path / "story.npz"))
    assert loaded == begun
    assert loaded.then(*SHORT[4:], progress=False) == short
    assert loaded.ledger.missing == 0


def test_a_single_run_of_a_story_keeps_what_it_began_with_in_its_file(short, tmp_path):
    run = metakit.load(short["extravasation"].save(tmp_path / "run.npz"))
    assert run == short["extravasation"]
    assert run.recipe == short["extravasation"].recipe
    assert run.inflow == short["circulation"].outflow()


def test_any_run_of_a_story_opens_as_a_view(short):
    for run in short:
        view = metakit.view(run)
        try:
            assert view.session.state == run.state
            assert view.session.rows == run.rows or repr(view.session.rows) == repr(run.rows)
            assert view.session.recipe == run.recipe
            view.reset()
            assert view.session.state.context == run.state.context
        finally:
            view.close()


def test_a_run_whose_knobs_were_moved_plays_again_with_them():
    run = metakit.run("invasion", seed=2, time_h=2).advance(time_h=3, haptotaxis=900.0)
    session = Session.of(run)
    assert session.state == run.state
    assert session.recipe == run.recipe


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        (("growth", "circulation"), "growth gives Tumor; circulation takes Clusters.*after growth: invasion, spread"),
        (("invasion", "growth"), "growth takes nothing, it comes first"),
        (("tropism", "invasion"), "tropism gives nothing, it comes last"),
        (("growth", "invassion"), "did you mean 'invasion'"),
        (("growth", {"stage": "invasion", "mmp": 1}), "did you mean 'mmp_"),
        (("growth", {"stage": "invasion", "mmp_secretion": -1}), "mmp_secretion = -1"),
        (("growth", {"stage": "invasion", "inflow": 3}), "inflow cannot be given"),
        (("growth", 3), "is not a step of a chain"),
        ((), "at least one stage"),
    ],
)
def test_what_cannot_follow_is_refused_before_anything_runs(steps, why, monkeypatch):
    monkeypatch.setattr("metakit.runs.chain.run", lambda *_, **__: pytest.fail("a run was made in vain"))
    with pytest.raises(ValueError, match=why):
        metakit.chain(*steps)


def test_when_nobody_comes_through_the_story_ends_there_and_says_so():
    with pytest.warns(UserWarning, match="ends with intravasation: not one cell came through in time_h=1, so circulat"):
        story = metakit.chain(
            {"stage": "invasion", "time_h": 1}, {"stage": "intravasation", "time_h": 1}, "circulation", progress=False
        )
    assert [run.stage for run in story] == ["invasion", "intravasation"]
    assert story.ledger.missing == 0


def test_a_run_that_went_on_after_it_was_handed_on_is_told():
    story = metakit.chain({"stage": "invasion", "time_h": 1}, {"stage": "intravasation", "time_h": 1}, progress=False)
    story[0].advance(time_h=2)
    with pytest.raises(ValueError, match="invasion was continued after it had been handed on to intravasation"):
        _ = story.ledger


def test_treatment_and_tropism_take_the_patient_from_spread(short):
    for name in ("treatment", "tropism"):
        story = short.then({"stage": name, "time_d": 8}, progress=False)
        assert story.handovers[-1].lost == story.ledger.missing == 0
    treated = short.then({"stage": "treatment", "time_d": 0}, progress=False)["treatment"]
    assert treated.measures["metastases"] == short["spread"].measures["metastases"]
    assert treated.measures["cells"] == short["spread"].outflow().n_cells


def test_a_lost_cell_would_be_seen():
    link = {"giver": "a", "taker": "b", "where": "there", "per_day": math.nan, "each": 10, "aside": 3}
    assert Handover(given=100, taken=9, left={"here": 7}, **link).lost == 0
    assert Handover(given=100, taken=9, left={"here": 6}, **link).lost == 1


def test_a_story_gives_its_runs_by_place_and_by_name(short):
    assert short["growth"] is short[0]
    assert len(short) == 7
    with pytest.raises(ValueError, match="'journey' is not in this story; there are growth"):
        _ = short["journey"]
