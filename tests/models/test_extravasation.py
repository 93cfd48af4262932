"""Extravasation: who stops where in a capillary bed, who gets out of it, and that every cell is somewhere."""

import io
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import metakit
from metakit.core.handoff import Clusters
from metakit.models.extravasation import (
    FRAME_H,
    FRAME_SECONDS,
    MOST_CELLS,
    ExtravasationParams,
    advance,
    bed,
    measure,
    outflow,
    start,
)
from metakit.models.extravasation.geometry import (
    ENDS,
    FIELD_UM,
    center_lines,
    compute_cell_length_um,
    compute_positions_um,
    draw_stops,
    lengths_um,
    pack_clusters,
)
from metakit.runs.stage import stage
from metakit.widgets.extravasation import ExtravasationView
from metakit.widgets.extravasation.bed_picture import CLEARED_H, WINDOWS


def run(seed=1, time_h=72, preset="science", inflow=None, **changes):
    """Run, checking at every frame that each cell is in one place, and measure the last one."""
    params, rng = ExtravasationParams.make(preset, **changes), np.random.default_rng(seed)
    state = start(params, inflow, rng)
    for _ in range(round(time_h / FRAME_H)):
        state = advance(state, params, rng)
        assert state.ledger.missing == 0
    return SimpleNamespace(state=state, measures=measure(state))


def runs(seeds, **settings):
    """One measure dict per seed."""
    return [run(seed, **settings).measures for seed in range(seeds)]


def mean_and_error(rows, name):
    """Mean over runs, and its standard error: runs differ more than cells do, for each has a bed of its own."""
    values = np.array([row[name] for row in rows])
    return values.mean(), values.std(ddof=1) / len(values) ** 0.5


# Out by day 3


@pytest.fixture(scope="module")
def three_days():
    """Ten beds at the defaults, 500 cells each, on day 3."""
    return runs(10, cells=500)


def test_four_of_five_cells_are_out_of_the_vessel_by_day_3(three_days):
    share, error = mean_and_error(three_days, "out_share")
    assert abs(share - 0.80) + 3 * error < 0.05  # Luzzi 1998


def test_getting_out_keeps_the_law_of_three_competing_rates():
    # All cells are caught by the wall at once; then a chain of rates, integrated here minute by minute.
    settings = {
        "adhesion": 1.0,
        "crossing_rate": 0.9,
        "death_rate": 0.4,
        "cells": 500,
        "arrival": 0.5,
        "stiffness": 1.0,
    }
    rows = runs(5, cell_diameter=24, time_h=48, **settings)
    firm, cross, die, minute = 2.0 * 24, 0.9, 0.4, 1 / 1440  # all per day
    caught, stuck, dead, begun = 1.0, 0.0, 0.0, 0.0
    for i in range(48 * 60):
        if i == 48 * 60 - 360:
            begun_by_then = begun
        flow = caught * firm * minute, stuck * cross * minute
        lost = caught * die * minute, stuck * die * minute
        caught, stuck = caught - flow[0] - lost[0], stuck + flow[0] - flow[1] - lost[1]
        begun, dead = begun + flow[1], dead + sum(lost)
    out, error = mean_and_error(rows, "out_share")
    assert out == pytest.approx(begun_by_then, abs=0.012 + 3 * error)
    assert np.mean([row["dead"] / 500 for row in rows]) == pytest.approx(dead, abs=0.012 + 3 * error)


def test_each_event_comes_as_often_as_its_rate_says():
    rng, rates = np.random.default_rng(3), np.array([[0.3, 0.1, 0.05], [0.0, 0.0, 0.0]])
    event = bed.draw_events(np.repeat(rates, 40_000, axis=0), 2.0, rng)
    assert (event[40_000:] == -1).all()
    counts = np.bincount(event[:40_000] + 1, minlength=4)
    some = 1 - np.exp(-0.9)
    wanted = 40_000 * np.array([1 - some, some * 0.3 / 0.45, some * 0.1 / 0.45, some * 0.05 / 0.45])
    assert (np.abs(counts - wanted) < 3.5 * np.sqrt(wanted)).all()


def test_the_rates_are_those_of_the_equation():
    table = bed.compute_rates_per_h(adhesion=0.5, shear=30.0, crossing_per_d=1.2, deaths_per_d=0.24)
    assert table[bed.ROLLING] == pytest.approx([2 * 0.5, 0.3 * 2, 0.01])
    assert table[bed.LODGED] == pytest.approx([2 * 0.5, 0.02 * 2, 0.01])
    assert table[bed.STUCK] == pytest.approx([1.2 / 24, 0.1 / 24 * 0.5 * 4, 0.01])
    assert (table[[bed.AHEAD, bed.CROSSING, bed.OUTSIDE, bed.DEAD, bed.GONE]] == 0).all()


def test_a_crossing_takes_six_hours_and_nobody_is_out_sooner():
    found = run(4, time_h=24, cells=500)
    assert bed.CROSSING_H == 6
    assert found.measures["first_out_h"] >= 6
    crossing = found.state.where == bed.CROSSING
    assert (found.state.time_s - found.state.since_s[crossing] < 6 * 3600).all()


def test_those_that_do_not_get_out_die_or_are_torn_off():
    late = run(2, time_h=6 * 24, cells=300).measures
    assert late["in_vessel"] + late["crossing"] <= 1
    assert late["outside"] + late["dead"] + late["carried_on"] >= 299
    assert min(late["dead"], late["carried_on"]) > 5


def test_no_crossing_rate_and_nobody_gets_out():
    assert run(3, crossing_rate=0).measures["outside"] == 0


def test_trapped_is_not_dead():
    held = run(1, time_h=12, cells=500)
    inside = held.state.where <= bed.CROSSING
    assert held.measures["dead"] < 0.1 * inside.sum()


# Where they stop


def test_a_vessels_cube_is_the_sum_of_its_daughters_cubes():
    widths = bed.murray_um(8.0)
    assert widths[-1] == 8.0
    assert widths[:-1] ** 3 == pytest.approx(2 * widths[1:] ** 3)
    assert widths[0] == pytest.approx(20.16, abs=0.01)


def test_larger_cells_stop_earlier_in_the_tree():
    # Grip off: what is left is size. Medians of patients (Mendelaar 2021), then a cultured line.
    found = [
        mean_and_error(runs(4, time_h=7, adhesion=0, cells=500, cell_diameter=d), "stop_width_um")
        for d in (10.3, 12.4, 15.0, 19.5)
    ]
    for (a, a_error), (b, b_error) in pairwise(found):
        assert b - a > 3 * np.hypot(a_error, b_error)
    assert found[1][0] < 9.5
    assert found[-1][0] > 12


def test_more_cells_stop_the_larger_they_are():
    rows = [mean_and_error(runs(3, time_h=7, cells=500, cell_diameter=d), "stopped_share") for d in (7.5, 10.3, 12.4)]
    for (a, a_error), (b, b_error) in pairwise(rows):
        assert b - a > 2 * np.hypot(a_error, b_error)


def test_stiffer_cells_stop_earlier_in_the_tree():
    found = [
        mean_and_error(runs(4, time_h=7, adhesion=0, cells=500, stiffness=s), "stop_width_um") for s in (0.6, 0.8, 1.0)
    ]
    for (a, a_error), (b, b_error) in pairwise(found):
        assert b - a > 3 * np.hypot(a_error, b_error)


def test_a_soft_cell_passes_down_to_the_width_of_its_nucleus_and_no_further():
    assert bed.need_um(np.array(12.0), 0.0, np.array(1)) == pytest.approx(0.35 * 12)
    assert bed.need_um(np.array(12.0), 1.0, np.array(1)) == pytest.approx(12)
    rng, widths = np.random.default_rng(1), np.full(bed.N_VESSELS, 4.3)
    for need, how in ((0.35 * 12, bed.PASSED), (0.35 * 13, bed.WEDGED)):
        found = bed.descend(np.zeros(50, int), np.full(50, need), np.full(50, 12.0), widths, 0.0, rng)
        assert (found[1] == how).all()


@pytest.mark.parametrize("cells", [1, 6, 20])
def test_a_soft_cluster_passes_7_um_in_single_file_and_a_stiff_one_is_a_ball(cells):
    need = float(bed.need_um(np.array(12.4), 0.0, np.array(cells)))
    assert need == pytest.approx(0.35 * 12.4)
    assert need < 7
    ball = float(bed.need_um(np.array(12.4), 1.0, np.array(cells)))
    assert ball == pytest.approx(12.4 * cells ** (1 / 3))


def test_a_soft_cluster_of_20_passes_7_um_and_a_stiff_one_does_not():
    soft = runs(4, time_h=7, preset="soft clusters", adhesion=0, cells=500)
    stiff = runs(4, time_h=7, preset="stiff clusters", adhesion=0, cells=500)
    assert min(1 - row["stopped_share"] for row in soft) >= 0.90  # Au 2016: more than nine in ten
    assert all(row["stopped_share"] == 1 for row in stiff)
    # A hard ball of 20 is 20^(1/3) times as wide as a cell: no vessel of this bed lets it in.
    assert {row["stop_width_um"] > 14 for row in stiff} == {True}


def test_small_cells_without_grip_all_pass():
    rows = runs(4, time_h=7, preset="small, not sticky", cells=500)
    assert [row["stopped"] for row in rows] == [0] * 4
    assert [row["carried_on"] for row in rows] == [500] * 4


def test_grip_stops_cells_that_every_vessel_lets_through():
    still, held = (runs(4, time_h=7, preset="colorectal", adhesion=a, cells=500) for a in (0.0, 1.0))
    assert max(row["stopped_share"] for row in still) < 0.02
    assert min(row["stopped_by_wall"] / 500 for row in held) > 0.4


def test_the_wall_holds_as_many_as_the_law_of_touch_says():
    rng, widths = np.random.default_rng(2), bed.murray_um(8.0)[bed.level_of(np.arange(bed.N_VESSELS))]
    n, hold = 40_000, 0.2
    _, how = bed.descend(np.zeros(n, int), np.zeros(n), np.full(n, 7.5), widths, hold, rng)
    passed = np.exp(-hold * ((7.5 / bed.murray_um(8.0)) ** 4).sum())
    assert (how == bed.PASSED).mean() == pytest.approx(passed, abs=3 * (passed * (1 - passed) / n) ** 0.5)
    assert bed.WALL_HOLD == 0.5


def test_stronger_shear_tears_more_cells_off():
    usual, strong = (mean_and_error(runs(3, shear=s, cells=500, time_h=30), "carried_on") for s in (15, 60))
    assert strong[0] > 2 * usual[0]
    rates = [bed.compute_rates_per_h(0.5, s, 1.0, 0.1)[bed.STUCK, 1] for s in (15, 30)]
    assert rates[0] == pytest.approx(0.05 / 24)
    assert rates[1] == pytest.approx(4 * rates[0])


def test_a_wedged_cell_without_grip_never_crosses():
    found = run(5, preset="wedged, not sticky", cells=300).measures
    assert found["stopped_by_size"] > 200
    assert found["outside"] == found["crossing"] == found["stuck"] == 0


def test_the_law_of_the_tree_sends_half_each_way():
    rng, widths = np.random.default_rng(2), np.full(bed.N_VESSELS, 9.0)
    vessel, how = bed.descend(np.zeros(16_000, int), np.zeros(16_000), np.full(16_000, 5.0), widths, 0.0, rng)
    counts = np.bincount(vessel, minlength=bed.N_VESSELS)
    assert (how == bed.PASSED).all()
    assert counts[: bed.FIRST_CAPILLARY].sum() == 0
    assert np.square(counts[bed.FIRST_CAPILLARY :] - 1000).sum() / 1000 < 37.7  # chi-square, 15 degrees, 1 in 1000


# Clusters in, cells out


def test_clusters_of_an_earlier_stage_come_instead_of_those_of_the_knobs():
    clusters = Clusters(np.array([1, 4, 0], np.int32), np.array([0, 2, 3], np.int32), np.array([1.0, 2.0, 9.0]))
    found = run(1, time_h=1, inflow=clusters, arrival=0.5)
    assert np.bincount(found.state.cluster).tolist() == [1, 6, 3]
    assert found.measures["cells"] == 10


def test_an_inflow_that_is_none_is_refused_and_so_is_one_too_large():
    params, rng = ExtravasationParams(), np.random.default_rng(1)
    with pytest.raises(ValueError, match="extravasation takes Arrested or Clusters"):
        metakit.run("extravasation", inflow=7)
    many = Clusters(np.array([MOST_CELLS + 1], np.int32), np.array([0], np.int32), np.array([0.0]))
    with pytest.raises(ValueError, match="1,001 cells; one bed takes at most 1,000"):
        start(params, many, rng)


def test_no_inflow_of_no_clusters_and_the_bed_stays_empty():
    none = Clusters(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0))
    found = run(1, time_h=2, inflow=none)
    assert found.measures["cells"] == 0
    assert len(outflow(found.state)) == 0
    assert ExtravasationView.paint(found.state)


def test_what_gets_out_is_handed_on_in_the_order_of_time():
    found = run(2, cells=200)
    given = outflow(found.state)
    assert given.sizes.sum() == found.measures["outside"]
    assert (np.diff(given.time_h) >= 0).all()
    assert given.time_h[0] == found.measures["first_out_h"]


def test_cells_of_a_cluster_come_together_and_stop_together():
    found = run(3, time_h=7, preset="stiff clusters", adhesion=0, cells=200).state
    for cluster in range(10):
        of = found.cluster == cluster
        assert of.sum() == 20
        assert len(np.unique(found.stop_vessel[of])) == 1


# Places and picture


def test_every_vessel_begins_where_the_one_before_it_ends_and_lies_in_the_field():
    lines = center_lines()
    for v in range(1, bed.N_VESSELS):
        assert lines[v, 0] == pytest.approx(lines[(v - 1) // 2, -1])
    assert lines.min() >= 0
    assert lines.max() <= FIELD_UM
    assert lengths_um().min() > 50


def test_a_squeezed_cell_keeps_its_volume():
    d, w = 12.4, 8.0
    length = float(compute_cell_length_um(np.array(d), np.array(w)))
    capsule = np.pi / 4 * w**2 * (length - w) + np.pi / 6 * w**3
    assert capsule == pytest.approx(np.pi / 6 * d**3)
    assert float(compute_cell_length_um(np.array(7.0), np.array(8.0))) == 7.0


def test_newcomers_to_a_vessel_take_places_of_their_own():
    stops = np.zeros(bed.N_VESSELS, np.int64)
    at = np.sort(draw_stops(stops, np.full(12, 20)))
    assert np.diff(at).min() > 0.03
    later = draw_stops(stops + 12 * (np.arange(bed.N_VESSELS) == 20), np.array([20]))
    assert np.abs(at - later).min() > 0.01


def test_a_cluster_lies_in_single_file_or_abreast_and_inside_its_vessel():
    n, group = 20, np.zeros(20, np.int64)
    for width, abreast in ((8.0, 1), (25.0, 2)):
        along, across = pack_clusters(group, np.full(n, 12.0), np.full(n, 5), np.full(n, width), np.full(n, 0.95))
        assert len(np.unique(across.round(6))) == abreast
        assert along.min() >= ENDS[0]
        assert along.max() <= ENDS[1]
        assert np.abs(across).max() + 6 <= max(width / 2, 6) + 1e-9


def test_cells_that_are_out_lie_beyond_the_wall_and_those_that_are_not_inside_it():
    state = run(1, time_h=36, cells=300).state
    reach, half = np.abs(state.across_um), state.width_um[state.vessel] / 2
    out, inside = state.where == bed.OUTSIDE, (state.where >= bed.ROLLING) & (state.where <= bed.STUCK)
    assert (reach[out] >= half[out]).all()
    assert (reach[inside] < half[inside]).all()
    assert reach[state.where == bed.CROSSING] == pytest.approx(half[state.where == bed.CROSSING])


@pytest.mark.parametrize("zoom", WINDOWS)
def test_every_state_of_a_cell_is_drawn_with_a_shape_of_its_own(zoom):
    state = stage("extravasation").first(ExtravasationParams(cells=10), 1)
    one = {"vessel": np.full(10, 22), "along": np.full(10, 0.2), "since_s": np.full(10, 3600.0)}
    pictures = set()
    for where in (bed.AHEAD, bed.ROLLING, bed.LODGED, bed.STUCK, bed.CROSSING, bed.OUTSIDE, bed.DEAD):
        changed = state.replace(where=np.full(10, where), time_s=7200.0, across_um=np.full(10, 3.0), **one)
        pictures.add(ExtravasationView.paint(changed, zoom))
    assert len(pictures) == 7


@pytest.mark.parametrize("diameter", [4, 24])
@pytest.mark.parametrize("capillary", [3, 10])
def test_the_smallest_and_the_largest_cells_can_be_drawn_in_every_state(diameter, capillary):
    params = ExtravasationParams(cells=100, cell_diameter=diameter, capillary_diameter=capillary, diameter_spread=0.4)
    state = stage("extravasation").first(params, 1)
    ages = {"time_s": 36_000.0, "since_s": np.linspace(0, 36_000, 100)}
    everywhere = {"vessel": np.arange(100) % bed.N_VESSELS, "along": np.linspace(0, 1, 100)}
    for where in range(len(bed.PLACES)):
        for zoom in WINDOWS:
            assert ExtravasationView.paint(state.replace(where=np.full(100, where), **ages, **everywhere), zoom)


def test_a_dead_cell_is_drawn_for_a_day_and_stays_in_the_ledger():
    state = stage("extravasation").first(ExtravasationParams(cells=10), 1)
    dead = state.replace(where=np.full(10, bed.DEAD), vessel=np.full(10, 18), along=np.full(10, 0.2))
    pixels = []
    for at in (dead, dead.replace(time_s=3600 * (CLEARED_H + 1)), state):
        picture = Image.open(io.BytesIO(ExtravasationView.paint(at))).convert("RGB")
        pixels.append(np.asarray(picture, int)[60:])  # below the caption
    assert np.abs(pixels[0] - pixels[2]).max() > 80
    assert np.abs(pixels[1] - pixels[2]).max() < 40  # the caption has changed, and with it a little of the palette
    assert dead.counts["dead in the vessel"] == 10


def test_places_are_on_the_lines_and_their_directions_have_length_one():
    vessel, along = np.arange(bed.N_VESSELS), np.linspace(0, 1, bed.N_VESSELS)
    place, forward = compute_positions_um(vessel, along, np.zeros(bed.N_VESSELS))
    assert np.hypot(*forward.T) == pytest.approx(1)
    off, _ = compute_positions_um(vessel, along, np.full(bed.N_VESSELS, 5.0))
    assert np.hypot(*(off - place).T) == pytest.approx(5)


def test_the_plot_counts_every_first_stop_once():
    found = run(1, time_h=24)
    counts = ExtravasationView.plot(found.state)
    assert sum(y.sum() for _, y in counts.values()) == pytest.approx(100 * found.measures["stopped_share"])
    assert counts["size"][1].sum() == pytest.approx(100 * found.measures["stopped_by_size"] / 120)


def test_the_words_give_the_numbers_of_the_frame():
    view = metakit.view("extravasation", seed=7)
    assert view.describe() == "Hour 0.00: 0 of 120 cells have come."
    view.advance(96)
    m = view.session.measures
    assert f"{m['outside']} are outside" in view.describe()
    assert FRAME_SECONDS == 900
    view.close()
