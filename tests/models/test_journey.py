"""The journey: who leaves, who dies on the way, who arrives where, and what grows from it."""

import numpy as np
import pytest

import metakit
from metakit.body.origins import SECONDARY_SITES, weights_by_origin
from metakit.models import journey as model
from metakit.models.journey import JourneyParams, JourneyState, colonies, measure
from metakit.runs.stage import stage
from metakit.tissue.params import STEPS_A_FRAME
from metakit.tissue.step import advance_tissue

NOBODY = {"start_cells": 0, "mmp_secretion": 0.0}
ALL_LIVE = {"p_single": 1.0, "p_cluster": 1.0, "p_detach": 0.0}


def _in_blood(state, epithelial, mesenchymal, due=0):
    """The same, with clusters in the blood; their cells have been there from the start."""
    e, m = np.array(epithelial, np.int32), np.array(mesenchymal, np.int32)
    primary = state.primary.replace(n_started=state.primary.n_started + int(e.sum() + m.sum()))
    # They have left the primary before: its own ledger has them among those in vessels.
    primary = primary.replace(
        cluster_epithelial=e, cluster_mesenchymal=m, cluster_step=np.zeros(len(e), np.int32),
        cluster_vessel=np.zeros(len(e), np.int32),
    )  # fmt: skip
    return state.replace(
        primary=primary, transit_epithelial=e, transit_mesenchymal=m, transit_due_step=np.full(len(e), due, np.int32)
    )


def _arrived(params, epithelial, mesenchymal, seed):
    state = _in_blood(stage("journey").first(params, seed), epithelial, mesenchymal)
    after = stage("journey").next(state, params)
    after.check()
    return after


def test_survivors_are_shared_out_by_the_weights_of_the_organs():
    params = JourneyParams(**NOBODY, **ALL_LIVE)
    found = sum(_arrived(params, [1] * 25, [0] * 25, seed).seeds for seed in range(60))
    n = found.sum()
    assert n > 0.99 * 25 * 60, "hardly anyone finds no room"
    for seeds, p in zip(found, (0.5461, 0.2553, 0.1986), strict=True):
        assert seeds == pytest.approx(n * p, abs=3 * (n * p * (1 - p)) ** 0.5)


def test_an_organ_without_weight_gets_nobody_and_without_any_weight_all_are_lost():
    only = JourneyParams(**NOBODY, **ALL_LIVE, bone_weight=0, liver_weight=0, lung_weight=0.1)
    assert _arrived(only, [1] * 20, [0] * 20, 1).seeds.tolist() == [0, 20, 0]
    none = only.replace(lung_weight=0)
    after = _arrived(none, [2] * 20, [1] * 20, 1)
    assert after.seeds.sum() == 0
    assert after.lost_on_arrival == 60


def test_the_weights_of_other_origins_are_the_counts_of_autopsies():
    assert weights_by_origin()["colon"] == {"bone_weight": 0.038, "lung_weight": 0.288, "liver_weight": 0.673}
    for origin in ("prostate", "colon", "stomach", "kidney"):
        params = JourneyParams.make(origin)
        assert params.bone_weight + params.lung_weight + params.liver_weight == pytest.approx(1, abs=2e-3)
    assert JourneyParams.make("prostate").bone_weight > 5 * JourneyParams.make("colon").bone_weight


def test_as_many_arrive_as_the_closed_form_expects():
    params = JourneyParams(**NOBODY, p_single=0.05, p_cluster=0.5)
    seeds = expected = 0
    for seed in range(40):
        after = _arrived(params, [1, 3, 0, 5] * 5, [0, 3, 2, 0] * 5, seed)
        seeds += int(after.seeds.sum())
        expected += after.expected_seeds
    # A cluster of which a single survives beside the rest arrives twice: a few more than clusters with a survivor.
    assert expected - 3 * expected**0.5 < seeds < 1.25 * expected + 3 * expected**0.5


def test_nobody_leaves_the_blood_before_the_time_in_it_is_over():
    params = JourneyParams.make("many survivors", transit=5, normal_vessels=40, ruptured_vessels=40)
    state, entered = stage("journey").first(params, 2), []
    for _ in range(400):
        before, state = state, stage("journey").next(state, params)
        if len(state.transit_due_step) > len(before.transit_due_step):
            entered.append(state.step)
        if state.died_in_blood + state.seeds.sum() and not before.died_in_blood + before.seeds.sum():
            break
    wait_h = (state.step - entered[0]) * 40 / 3600
    assert 5 - 1 / 6 <= wait_h <= 5 + 1 / 3, "no sooner, and at most two frames later"


def test_who_finds_no_room_is_lost_and_stands_in_the_ledger():
    params = JourneyParams(**NOBODY, **ALL_LIVE, organ_vessels=1)
    after = _arrived(params, [20], [20], 3)
    assert after.seeds.sum() == 1
    assert sum(len(getattr(after, organ).cell_site) for organ in SECONDARY_SITES) == 16, "four points of four"
    assert after.lost_on_arrival == 24
    assert after.ledger.missing == 0


def test_metastases_shed_only_when_they_may():
    entered = {}
    for reseeding in (False, True):
        params = JourneyParams(**NOBODY, **ALL_LIVE, reseeding=reseeding, organ_vessels=40, motility_mesenchymal=100)
        state = _arrived(params, [0] * 30, [4] * 30, 5)
        for _ in range(60):
            state = stage("journey").next(state, params)
        entered[reseeding] = sum(len(getattr(state, organ).cluster_step) for organ in SECONDARY_SITES)
        assert state.ledger.missing == 0
    assert entered[False] == 0 < entered[True]


@pytest.fixture
def small_bone(monkeypatch):
    """Small tissues, and one organ to come to: enough for a few young colonies."""
    monkeypatch.setattr(JourneyState, "N_POINTS", 81)
    return {**ALL_LIVE, "lung_weight": 0, "liver_weight": 0, "organ_vessels": 40}


def test_cells_in_an_organ_die_at_the_rate_given_and_none_in_the_primary(small_bone):
    still = {"division_epithelial": 200, "division_mesenchymal": 200, "blood_route": False}
    params = JourneyParams(**small_bone, **still, organ_death=1.0, start_cells=50)
    left = 0
    for seed in range(10):
        state = _arrived(params, [1] * 30, [0] * 30, seed)
        for _ in range(143):
            state = stage("journey").next(state, params)
        left += measure(state)["cells_abroad"]
        assert state.primary.n_died == 0
    n, p = 300, np.exp(-1.0)
    assert left == pytest.approx(n * p, abs=3 * (n * p * (1 - p)) ** 0.5)


def test_colonies_of_cells_that_can_turn_back_are_more_than_of_cells_stuck_as_they_are(small_bone):
    # Tsai 2012: 86 % of mice with metastases where the switch could be turned off, 23 % where it was stuck on.
    alive = {}
    for preset in ("stuck EMT", "reversible EMT"):
        params = JourneyParams.make(preset, **NOBODY, **small_bone)
        alive[preset] = 0
        for seed in range(3):
            state = _arrived(params, [0] * 30, [1] * 30, seed)
            for _ in range(144 * 6):
                state = stage("journey").next(state, params)
            alive[preset] += sum(colonies(state).values())
    noise = sum(n * (1 - n / 90) for n in alive.values()) ** 0.5
    assert alive["reversible EMT"] - alive["stuck EMT"] > 3 * noise


def test_the_primary_is_that_of_the_stage_intravasation():
    tissue = [metakit.run("intravasation", seed=s, time_d=1, progress=False).measures for s in range(4)]
    primary = [metakit.run("journey", seed=s, time_d=1, progress=False) for s in range(4)]
    assert np.mean([r.measures["cells_primary"] for r in primary]) == pytest.approx(
        np.mean([m["cells"] for m in tissue]), rel=0.02
    )
    assert np.mean([r.state.primary.ecm.mean() for r in primary]) == pytest.approx(
        np.mean([m["ecm_mean"] for m in tissue]), rel=2e-3
    )


def test_an_organ_without_cells_is_what_the_engine_would_make_of_it():
    params = JourneyParams()
    state = stage("journey").first(params, 1)
    moved = advance_tissue(state.bone, model._site_params(params, True), np.random.default_rng(1), STEPS_A_FRAME)
    assert moved == stage("journey").next(state, params).bone


def test_every_cell_abroad_is_of_a_line_that_has_arrived():
    run = metakit.run("journey", seed=3, preset="many survivors", normal_vessels=40, time_d=5, progress=False)
    seeds, found = run.measures["seeds"], run.measures["colonies"]
    assert 0 < found <= seeds
    for organ in SECONDARY_SITES:
        lines = getattr(run.state, organ).cell_line
        assert set(lines.tolist()) <= set(range(1, seeds + 1))
    assert not run.state.primary.cell_line.any()
    assert run.measures["cells_entered"] >= run.measures["cells_died_in_blood"] + run.measures["cells_in_blood"]


def test_the_coarse_grid_is_as_near_to_the_full_one_as_it_says():
    end = {}
    for coarse in (False, True):
        runs = [
            metakit.run("journey", seed=s, preset="coarse", coarse=coarse, time_d=4, progress=False) for s in range(2)
        ]
        primaries = [run.state.primary for run in runs]
        radius = [p.grid.radius_um.ravel()[p.cell_site].mean() for p in primaries]
        cells = [len(p.cell_site) for p in primaries]
        crawlers = [int(p.cell_mesenchymal.sum()) for p in primaries]
        end[coarse] = np.mean([radius, cells, crawlers, [p.ecm.mean() for p in primaries]], axis=1)
    for ratio, error in zip(end[True] / end[False] - 1, (0.05, 0.35, 0.2, 0.005), strict=True):
        assert abs(ratio) < error
    assert primaries[0].ecm.shape == (101, 101)
    assert primaries[0].grid.spacing_um == 20


def test_only_nothing_flows_in_and_clusters_flow_out():
    with pytest.raises(ValueError, match="nothing flows into journey"):
        metakit.run("journey", inflow=3)
    run = metakit.run("journey", seed=1, normal_vessels=40, ruptured_vessels=40, time_d=2, progress=False)
    assert 0 < run.outflow().n_cells == run.measures["cells_in_blood"] < run.measures["cells_entered"]
