"""Invasion: what holds the tumor in, what lets it out, and what is measured on the way."""

import math
from itertools import pairwise

import numpy as np
import pytest

import metakit
from metakit.core.handoff import Tumor
from metakit.models.invasion import InvasionParams, InvasionState, count_detached, measure
from metakit.tissue.params import LAMINA_RADIUS_UM, PASSABLE
from metakit.tissue.state import TISSUE_FIELDS
from metakit.tissue.step import advance_tissue


def _until(run, done, days=12):
    while not done(run) and run.state.time_d < days:
        run.advance(frames=1, progress=False)
    return run


@pytest.fixture(scope="module")
def escaped():
    """A default run up to a day after the first cell got out."""
    run = _until(metakit.run("invasion", seed=1), lambda r: r.measures["cells_outside"] > 0)
    return run.advance(frames=24, progress=False)


@pytest.fixture
def small(monkeypatch):
    """Play on a field of 0.8 mm: the lamina is 0.52 mm across, and what is farther out does not matter here."""
    monkeypatch.setattr(InvasionState, "N_POINTS", 81)


def test_the_tumor_starts_inside_a_closed_lamina():
    run = metakit.run("invasion", seed=3)
    radius = run.state.grid.radius_um.ravel()
    ring = radius[run.state.lamina_site]
    assert (ring.min(), ring.max()) == pytest.approx((LAMINA_RADIUS_UM, LAMINA_RADIUS_UM), abs=12.5)
    assert radius[run.state.cell_site].max() < ring.min()
    assert run.measures["cells"] == 400
    assert run.measures["mesenchymal_cells"] == 140
    assert run.measures["cells_outside"] == run.measures["invasion_depth_um"] == run.measures["mmp_peak"] == 0
    assert run.measures["lamina_left_share"] == run.measures["ecm_mean"] == 1
    assert math.isnan(run.measures["breach_h"])
    assert math.isnan(run.measures["first_outside_h"])


def test_the_tumor_starts_inside_the_lamina_whatever_its_knobs_say():
    for capacity in (1, 4):
        state = metakit.run("invasion", start_cells=InvasionParams.knob("start_cells").high, capacity=capacity).state
        assert not np.isin(state.cell_site, state.lamina_site).any()
        assert not state.outside.any()


def test_nobody_walks_through_a_closed_ring():
    # Closed for steps to the four neighbors: flood the inside and see whether the outside gets wet.
    state = metakit.run("invasion", seed=3).state
    closed = np.zeros((201, 201), bool)
    closed.ravel()[state.lamina_site] = True
    wet = np.zeros_like(closed)
    wet[100, 100] = True
    while True:
        more = wet.copy()
        more[1:] |= wet[:-1]
        more[:-1] |= wet[1:]
        more[:, 1:] |= wet[:, :-1]
        more[:, :-1] |= wet[:, 1:]
        more &= ~closed
        if (more == wet).all():
            break
        wet = more
    assert not wet[0, 0]
    assert (state.grid.radius_um[wet] < LAMINA_RADIUS_UM).all()


def test_the_lamina_is_not_equally_strong_everywhere():
    state = metakit.run("invasion", seed=3).state
    assert state.lamina_rate.max() > 2 * state.lamina_rate.min() > 0
    assert not np.array_equal(state.lamina_rate, metakit.run("invasion", seed=4).state.lamina_rate)


def test_the_breach_comes_before_the_first_crossing(escaped):
    breach, first = escaped.measures["breach_h"], escaped.measures["first_outside_h"]
    assert 0 < breach < first
    for row in escaped.rows:
        if row["time_h"] <= first:
            assert row["cells_outside"] == 0
        if row["time_h"] <= breach:
            assert math.isnan(row["breach_h"])
    assert escaped.measures["cells_outside"] > 0


def test_a_default_tumor_breaches_in_the_first_week_and_not_on_the_first_day(escaped):
    assert 24 < escaped.measures["breach_h"] < 7 * 24


def test_matrix_and_lamina_only_ever_lose(escaped):
    for name in ("ecm_mean", "lamina_integrity_mean", "lamina_left_share"):
        values = [row[name] for row in escaped.rows]
        assert all(0 <= after <= before <= 1 for before, after in pairwise(values)), name
        assert values[-1] < 1
    opened = [row["ecm_open_share"] for row in escaped.rows]
    assert opened == sorted(opened)


def test_no_point_is_ever_overfull_and_no_cell_is_ever_lost(escaped):
    run = metakit.run("invasion", seed=2, division_epithelial=8, division_mesenchymal=8)
    for _ in range(48):
        run.advance(frames=3, progress=False)
        assert np.bincount(run.state.cell_site).max() <= 4
        assert run.ledger.missing == 0
    assert run.ledger.came["born"] > 500
    assert escaped.ledger.now["mesenchymal outside"] + escaped.ledger.now["epithelial outside"] > 0


def test_what_is_measured_is_what_is_there(escaped):
    state, said = escaped.state, measure(escaped.state)
    radius = state.grid.radius_um.ravel()[state.cell_site]
    outside = radius >= LAMINA_RADIUS_UM + 12.5
    assert said["time_h"] == state.step * 40 / 3600
    assert said["cells"] == len(state.cell_site) == said["cells_inside"] + said["cells_outside"]
    assert said["mesenchymal_cells"] == state.cell_mesenchymal.sum() == said["cells"] - said["epithelial_cells"]
    assert said["cells_outside"] == outside.sum() > 0
    assert said["invasion_depth_um"] == pytest.approx((radius - LAMINA_RADIUS_UM).max())
    assert said["mean_radius_um"] == pytest.approx(radius.mean())
    assert said["lamina_left_share"] == (state.lamina >= PASSABLE).mean()
    assert said["ecm_open_share"] == (state.ecm < 0.5).mean()
    assert said["ecm_mean"] == pytest.approx(state.ecm.mean(dtype=float))
    assert said["mmp_peak"] == state.mmp.max()
    assert said["breach_h"] == state.breach_step * 40 / 3600


def test_without_enzyme_lamina_and_matrix_stay_whole_and_nobody_gets_out():
    run = metakit.run("invasion", seed=1, preset="no enzyme", time_d=5.5, progress=False)
    assert (run.state.lamina == 1).all()
    assert (run.state.ecm == 1).all()
    assert not run.state.mmp.any()
    assert not any(row["cells_outside"] for row in run.rows)
    # It is the lamina that holds them: cells have come up to it.
    radius = run.state.grid.radius_um.ravel()[run.state.cell_site]
    assert radius.max() > LAMINA_RADIUS_UM - 25


def test_with_force_some_get_out_though_the_lamina_stays_whole():
    run = metakit.run("invasion", seed=1, preset="force only")
    _until(run, lambda r: r.measures["cells_outside"] > 0)
    assert run.measures["cells_outside"] > 0
    assert (run.state.lamina == 1).all()
    assert (run.state.ecm == 1).all()
    assert math.isnan(run.measures["breach_h"])


@pytest.fixture
def at_the_fence(place_cells):
    """Mesenchymal cells right behind a whole lamina."""
    params = InvasionParams(mmp_secretion=0, motility_mesenchymal=100, division_mesenchymal=200)
    whole = metakit.run("invasion").state
    ring = whole.grid.radius_um.ravel()
    site = np.flatnonzero((ring > 225) & (ring < 245))
    lamina = {name: getattr(whole, name) for name in ("lamina_site", "lamina", "lamina_rate")}
    return place_cells(site, True, **lamina), params


def test_force_and_nothing_else_gets_cells_at_the_fence_through(at_the_fence):
    state, params = at_the_fence
    rng = np.random.default_rng(1)
    kept_in = advance_tissue(state, params, rng, 2160)
    assert not kept_in.outside.any()
    assert not np.isin(kept_in.cell_site, state.lamina_site).any()
    pushed = advance_tissue(state, params.replace(force=True), rng, 2160)
    assert pushed.outside.any()
    assert pushed.first_outside_step > 0
    assert pushed.breach_step == -1


@pytest.mark.usefixtures("small")
def test_the_more_enzyme_a_cell_makes_the_earlier_the_breach():
    # A disc of cells that reaches up to the lamina, so that this takes hours instead of days.
    full = {"start_cells": 1900, "start_mesenchymal": 1, "capacity": 1, "lamina_strength": 0.2}
    hours = {}
    for secretion in (0.43, 0.86, 1.72):
        breaches = []
        for seed in range(20):
            run = metakit.run("invasion", seed=seed, mmp_secretion=secretion, **full)
            _until(run, lambda r: r.measures["cells_outside"] > 0, days=4)
            breaches.append(run.measures["breach_h"])
            assert 0 < breaches[-1] < run.measures["first_outside_h"], seed
        hours[secretion] = np.median(breaches)
    assert hours[0.43] > 1.2 * hours[0.86] > 1.2**2 * hours[1.72] > 0, hours


@pytest.mark.usefixtures("small")
def test_enzyme_from_the_stroma_weakens_the_lamina_of_a_tumor_that_makes_none():
    run = metakit.run("invasion", seed=1, stroma_mmp=0.43, mmp_secretion=0, time_h=24, progress=False)
    assert run.measures["lamina_integrity_mean"] < 0.99
    assert run.measures["mmp_peak"] > 0


def test_a_tight_sheet_sheds_hardly_any_cells_and_more_the_higher_the_emt_rate():
    shed = []
    for rate in (0.0, 0.1, 1.0):
        counts = []
        for seed in (1, 2):
            run = metakit.run("invasion", seed=seed, preset="tight sheet", emt_rate=rate, time_d=2, progress=False)
            counts += [row["detached_cells"] for row in run.rows[24:]]
        shed.append(np.mean(counts))
    assert shed[0] < 1
    assert shed[0] < shed[1] < shed[2]
    assert shed[2] > 20


def test_detached_cells_are_those_with_nobody_on_their_point_or_the_four_around(place_cells):
    alone, pair, beside, diagonal = [0], [40, 40], [10 * 201, 10 * 201 + 1], [50 * 201 + 50, 51 * 201 + 51]
    state = place_cells(alone + pair + beside + diagonal, False)
    assert count_detached(state) == 1 + 0 + 0 + 2
    # The end of one row and the start of the next are neighbors in memory only.
    assert count_detached(place_cells([200, 201], True)) == 2
    assert count_detached(place_cells([], True)) == 0


def test_what_flows_out_is_the_tissue_with_all_its_cells(invasion):
    given = invasion.outflow()
    assert all(np.array_equal(getattr(given, name), getattr(invasion.state, name)) for name in TISSUE_FIELDS)
    assert given.n_cells == invasion.measures["cells"]


@pytest.mark.parametrize(("cells", "here", "each"), [(3, 3, 1), (400, 400, 1), (1_000, 400, 2), (10**6, 400, 1374)])
def test_of_a_tumor_the_tissue_at_its_edge_is_taken_and_the_rest_waits(cells, here, each):
    run = metakit.run("invasion", seed=1, inflow=Tumor(cells, 1e8))
    context = run.state.context
    assert (run.measures["cells"], context.each) == (here, each)
    assert context.aside == cells - here * each
    # A million cells: the ball's surface over the edge of one slice, a ring of 260 um radius and 10 um thick.
    if cells == 10**6:
        assert each == round(4 * np.pi * 1336.5**2 / (2 * np.pi * 260 * 10))
