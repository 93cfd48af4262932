"""Motility: the law of the random walk, what stops a cell, what makes it drift, and what makes many a stream."""

import io
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import metakit
from metakit.models.motility import FRAME_H, NUCLEUS_UM2, STOP_UM2, SWITCHES, TRACK_KEPT, MotilityParams, measure
from metakit.models.motility.persistent_walk import (
    compute_msd_um2,
    compute_nearest_um,
    compute_order_parameter,
    compute_stream_heading,
    walk_step,
)
from metakit.runs.session import Session
from metakit.runs.stage import stage
from metakit.widgets.draw import style
from metakit.widgets.motility import CAPTIONS, WHY_HELD, MotilityView
from metakit.widgets.motility.crawlers import HALF_UM, half_um, track_mask


def run(seed=1, time_h=12, preset="science", **changes):
    """Run, and measure the last frame only: most of the time goes into what nobody reads here."""
    params = MotilityParams.make(preset, **changes)
    state = stage("motility").first(params, seed)
    for _ in range(round(time_h / FRAME_H)):
        state = stage("motility").next(state, params)
    return SimpleNamespace(state=state, measures=measure(state))


def walk(n, time_h, step_h, speed=20.0, persistence=0.5, seed=1):
    """Squared displacement of n single cells, um2, and their polarity, in steps of any length."""
    rng = np.random.default_rng(seed)
    u, place = rng.normal(0, 0.5**0.5, (n, 2)), np.zeros((n, 2))
    for _ in range(round(time_h / step_h)):
        u, way = walk_step(u, 0.0, 0.0, step_h, persistence, rng.normal(size=(2, n, 2)))
        place = place + speed * way
    return np.square(place).sum(1), u


# The law


def test_the_law_is_the_double_integral_of_a_velocity_that_forgets():
    # <v(a) v(b)> = S^2 exp(-|a - b|/P), summed over all pairs of moments.
    s, p, t = 20.0, 0.5, 3.0
    moments = (np.arange(2000) + 0.5) * t / 2000
    summed = s**2 * np.exp(-np.abs(moments[:, None] - moments) / p).mean() * t**2
    assert float(compute_msd_um2(np.array(t), s, p)) == pytest.approx(summed, rel=1e-4)


@pytest.mark.parametrize("step_h", [0.05, 0.5, 2.0, 8.0])
@pytest.mark.parametrize("persistence", [0.2, 2.0])
def test_the_walk_keeps_the_law_whatever_the_length_of_a_step(step_h, persistence):
    n = 20_000
    squares, u = walk(n, 8.0, step_h, persistence=persistence)
    # A squared displacement in two dimensions is exponential: its deviation is its mean.
    assert squares.mean() == pytest.approx(float(compute_msd_um2(np.array(8.0), 20.0, persistence)), rel=3 / n**0.5)
    assert np.square(u).sum(1).mean() == pytest.approx(1, rel=3 / n**0.5)


def test_place_and_polarity_belong_together_as_the_equation_says():
    # From u = 0: cov(u, x) = P (1 - exp(-t/P))^2 / 2 for each axis.
    n, t, p = 40_000, 0.7, 0.5
    u, way = walk_step(np.zeros((n, 2)), 0.0, 0.0, t, p, np.random.default_rng(3).normal(size=(2, n, 2)))
    products = (u * way).ravel()
    assert products.mean() == pytest.approx(p * (1 - np.exp(-t / p)) ** 2 / 2, abs=3 * products.std() / (2 * n) ** 0.5)


@pytest.fixture(scope="module")
def crowd():
    """Mean squared displacement of 3000 cells at each noted time, for a long and a short persistence."""

    def dots(persistence):
        states = [run(seed, 24, cells=500, persistence=persistence).state for seed in range(6)]
        return states[0].dot_h, np.mean([s.dot_um2 for s in states], axis=0)

    return {p: dots(p) for p in (0.1, 4.0)}


def test_short_of_the_persistence_a_cell_goes_straight_and_the_slope_is_2(crowd):
    t, msd = crowd[4.0]
    early = t < 0.4
    assert early.sum() >= 6
    assert np.polyfit(np.log(t[early]), np.log(msd[early]), 1)[0] == pytest.approx(2, abs=0.07)


def test_long_after_the_persistence_the_walk_is_random_and_the_slope_is_1(crowd):
    t, msd = crowd[0.1]
    late = t > 1
    # Five in a hundred: 3000 cells, over a time that grows 20-fold, with one straight line.
    assert np.polyfit(np.log(t[late]), np.log(msd[late]), 1)[0] == pytest.approx(1, abs=0.07)


@pytest.mark.parametrize("persistence", [0.1, 4.0])
def test_every_noted_point_lies_on_the_law(crowd, persistence):
    t, msd = crowd[persistence]
    law = compute_msd_um2(t, 30.0, persistence)
    assert np.abs(msd / law - 1).max() < 3.5 / 3000**0.5


@pytest.mark.parametrize(("speed", "persistence"), [(30.0, 0.5), (10.0, 0.2), (60.0, 2.0)])
def test_the_fitted_diffusion_is_within_a_tenth_of_the_law_at_500_cells(speed, persistence):
    for seed in range(4):
        m = run(seed, 24, cells=500, speed=speed, persistence=persistence).measures
        assert m["law_diffusion_um2_per_h"] == pytest.approx(speed**2 * persistence / 2)
        assert m["diffusion_um2_per_h"] == pytest.approx(speed**2 * persistence / 2, rel=0.1)


def test_slow_single_cells_are_the_mesenchymal_cells_of_the_published_tissue():
    # 15 um/h and half an hour give 56 um2/h; Franssen 2019 has 36.
    assert 36 < run(time_h=0.05, speed=15, persistence=0.5).measures["law_diffusion_um2_per_h"] < 72


# What stops a cell


@pytest.mark.parametrize("switch", SWITCHES)
def test_with_one_move_of_the_cycle_switched_off_nobody_gets_anywhere(switch):
    held = run(time_h=6, ecm_slope=2, haptotaxis=6000, alignment=0.5, mmp=True, pore_area=20, **{switch: False})
    assert np.array_equal(held.state.place_um, held.state.start_um)
    assert held.measures["rms_displacement_um"] == held.measures["tunnel_um"] == 0
    assert held.state.held_by == switch.replace("_", " ")
    assert held.state.held_by in WHY_HELD.keys() & CAPTIONS.keys()


def test_with_the_whole_cycle_a_cell_moves_at_its_speed():
    n = 500
    state = run(time_h=FRAME_H, cells=n, persistence=4).state
    way = np.square(state.place_um - state.start_um).sum(1).mean() ** 0.5
    assert way / FRAME_H == pytest.approx(30, rel=3 / (2 * n**0.5) + 0.01)


def test_speed_falls_linearly_with_the_pore_and_ends_at_a_tenth_of_the_nucleus():
    free = run().state.place_um - run().state.start_um
    for pore in (1, 7, 8, 20, 45, 70, 100):
        state = run(pore_area=pore).state
        share = min(max((pore - 7) / 63, 0), 1)
        assert state.place_um - state.start_um == pytest.approx(share * free, abs=1e-9)
    assert STOP_UM2 == pytest.approx(0.1 * NUCLEUS_UM2)
    assert run(pore_area=7).state.held_by == "pores"


def test_mmp_gives_speed_back_where_pores_are_tight_and_none_where_they_are_wide():
    assert MotilityParams(pore_area=5).room == 0
    assert MotilityParams(pore_area=5, mmp=True).room == pytest.approx((5 + 30 - 7) / 63)
    assert MotilityParams(mmp=True).room == MotilityParams().room == 1
    cutting = run(preset="tight pores + MMP")
    assert cutting.measures["rms_displacement_um"] > 20
    assert cutting.measures["tunnel_um"] > cutting.measures["rms_displacement_um"]
    assert run(mmp=True).measures["tunnel_um"] == 0


def test_cutting_needs_moving_as_much_as_moving_needs_cutting():
    both = run(preset="tight pores + MMP")
    no_cut = run(preset="tight pores")
    no_move = run(preset="tight pores + MMP", push=False)
    assert both.measures["tunnel_um"] > 50
    for one in (no_cut, no_move):
        assert one.measures["tunnel_um"] == one.measures["rms_displacement_um"] == 0


def test_the_tunnel_is_as_long_as_the_way_that_was_gone():
    begun = metakit.run("motility", seed=1, time_h=3, preset="tight pores + MMP", progress=False)
    ways = []
    for _ in range(20):
        before = begun.state
        begun.advance(frames=1, progress=False)
        ways.append(np.hypot(*(begun.state.place_um - before.place_um).T).mean())
    longer = begun.measures["tunnel_um"] - begun.rows[-21]["tunnel_um"]
    assert longer == pytest.approx(sum(ways))


def test_too_little_and_too_much_grip_slow_a_cell_and_the_middle_is_best():
    far = [run(adhesion=a).measures["rms_displacement_um"] for a in (0, 0.1, 0.3, 0.5, 0.7, 0.9, 1)]
    assert far[0] == far[-1] == 0
    assert all(a < b for a, b in pairwise(far[:4]))
    assert all(a > b for a, b in pairwise(far[3:]))
    assert far[2] == pytest.approx(far[3] * 4 * 0.3 * 0.7)
    assert run(adhesion=1).state.held_by == "adhesion"


def test_cells_that_stay_stay_and_the_others_do_not_wait_for_them():
    m = run(preset="most stay")
    still = ~m.state.crawls
    assert m.measures["crawling_cells"] == 40 == m.state.ledger.now["mesenchymal"]
    assert np.array_equal(m.state.place_um[still], m.state.start_um[still])
    assert (m.state.place_um[~still] != m.state.start_um[~still]).all()
    assert m.measures["rms_displacement_um"] > 50
    none = run(start_mesenchymal=0)
    assert (
        none.measures["rms_displacement_um"]
        == none.measures["order_parameter"]
        == none.measures["diffusion_um2_per_h"]
        == 0
    )


# What makes cells drift


def test_on_an_even_matrix_there_is_no_drift():
    n, spread = 500, float(compute_msd_um2(np.array(24.0), 30, 0.5)) / 2
    for seed in range(4):
        state = run(seed, 24, cells=n, haptotaxis=6000).state
        mean = (state.place_um - state.start_um).mean(0)
        assert np.abs(mean).max() < 3.5 * (spread / n) ** 0.5


def test_up_a_slope_cells_drift_as_fast_as_haptotaxis_times_slope():
    # Nothing but the drift: 3000 um2/h times 1 per mm is 3 um/h.
    alone = run(time_h=24, speed=0, ecm_slope=1.0, haptotaxis=3000, cells=50).state
    assert alone.place_um - alone.start_um == pytest.approx(np.tile([72.0, 0.0], (50, 1)))
    n = 500
    state = run(seed=2, time_h=10, speed=20, cells=n, ecm_slope=0.8, haptotaxis=6000).state
    error = 3.5 * (float(compute_msd_um2(np.array(10.0), 20, 0.5)) / 2 / n) ** 0.5
    assert (state.place_um - state.start_um).mean(0) == pytest.approx([48, 0], abs=error)
    assert state.drift_um_per_h == pytest.approx(4.8)


def test_where_the_matrix_gets_no_denser_the_drift_ends():
    # Density is 1 from 250 um on; a cell takes a day to get there and stays.
    state = run(time_h=48, speed=0, ecm_slope=2.0, haptotaxis=6000, cells=50).state
    assert state.place_um[:, 0].max() < 250 + 12 * FRAME_H
    assert state.place_um[:, 0].min() > 250


def test_at_the_published_strength_one_cell_cannot_tell_the_slope_from_chance():
    published = run(time_h=24, ecm_slope=1.0)
    assert published.state.drift_um_per_h * 24 < 0.05 * published.measures["rms_displacement_um"]
    assert run(time_h=24, preset="ECM slope").measures["uphill_share"] > 0.65


# What makes a stream


def test_neighbors_that_align_are_a_stream_and_single_cells_are_none():
    for seed in range(4):
        stream, single = run(seed, preset="collective stream").measures, run(seed).measures
        assert stream["order_parameter"] > 0.6 > 0.25 > single["order_parameter"]
        assert stream["mean_shift_um"] > 0.8 * stream["rms_displacement_um"]
        assert single["mean_shift_um"] < 0.25 * single["rms_displacement_um"]


def test_a_stream_goes_another_way_with_every_seed():
    ways = [run(seed, 6, preset="collective stream").state for seed in range(5)]
    angles = np.sort([np.arctan2(*(s.place_um - s.start_um).mean(0)) for s in ways])
    assert np.ptp(angles) > 1


def test_a_stream_keeps_together_and_makes_room():
    near = [run(seed, 24, preset="collective stream").measures["neighbor_um"] for seed in range(3)]
    assert all(10 < um < 30 for um in near)


def test_a_stream_is_as_fast_as_its_cells():
    state = run(3, 12, preset="collective stream").state
    # A little below 1: a heading that turns is followed with a delay.
    assert 0.65 < np.square(state.polarity).sum(1).mean() < 1.1


def test_heading_order_and_nearest_are_what_they_are_by_hand():
    east, north = [1.0, 0.0], [0.0, 1.0]
    place = np.array([[0.0, 0.0], [50.0, 0.0], [5000.0, 0.0]])
    aim = compute_stream_heading(place, np.array([east, east, north]))
    assert aim == pytest.approx(np.array([east, east, north]), abs=1e-9)
    # Two on top of each other make way, each to its own side.
    aim = compute_stream_heading(np.array([[0.0, 0.0], [2.0, 0.0]]), np.zeros((2, 2)))
    assert aim == pytest.approx(np.array([[-1.0, 0.0], [1.0, 0.0]]))
    assert compute_order_parameter(np.array([east, east])) == pytest.approx(1)
    assert compute_order_parameter(np.array([east, [-3.0, 0.0]])) == pytest.approx(0)
    assert compute_nearest_um(np.array([[0.0, 0.0], [3.0, 4.0], [30.0, 4.0]])) == 5
    assert compute_nearest_um(np.zeros((1, 2))) == 0


# What is kept


def test_tracks_hold_the_last_twelve_hours_and_no_more():
    state = run(time_h=20).state
    assert state.track_um.shape == (TRACK_KEPT, 200, 2)
    assert state.track_um[-1] == pytest.approx(state.place_um, abs=1e-3)
    early = run(time_h=20 - 59 * 4 * FRAME_H).state
    assert state.track_um[0] == pytest.approx(early.place_um, abs=1e-3)


def test_a_moved_knob_starts_the_measured_displacement_anew_and_not_the_cells():
    session = Session("motility", seed=3)
    session.advance(60)
    session.params = session.params.replace(speed=60)
    session.advance(1)
    state = session.state
    assert len(state.dot_h) == 0
    assert state.since_s == state.time_s == pytest.approx(61 * 180)
    assert (state.place_um != state.start_um).all()
    session.advance(200)
    later = session.state
    assert later.dot_h[0] == pytest.approx(FRAME_H)
    assert session.measures["diffusion_um2_per_h"] == pytest.approx(900, rel=0.3)


def test_nothing_flows_in():
    with pytest.raises(ValueError, match="nothing flows into motility"):
        metakit.run("motility", inflow=3)


# What is drawn and said


def pixels(png):
    image = Image.open(io.BytesIO(png)).convert("RGB")
    assert image.size == (540, 540)
    return np.asarray(image, int)


def close_to(picture, color):
    return np.abs(picture - [int(color[i : i + 2], 16) for i in (1, 3, 5)]).sum(-1) < 40


@pytest.mark.parametrize("zoom", MotilityView.ZOOMS)
def test_the_picture_is_the_same_for_the_same_state(zoom):
    state = run(time_h=3).state
    assert MotilityView.paint(state, zoom) == MotilityView.paint(state, zoom)


def test_cells_are_drawn_where_they_are():
    state = run(time_h=3).state
    orange = close_to(pixels(MotilityView.paint(state)), style.MESENCHYMAL)
    x, y = (270 + 270 / half_um(state.place_um) * state.place_um).round().astype(int).T
    near = [orange[b - 6 : b + 7, a - 6 : a + 7].any() for a, b in zip(x, y, strict=True) if 10 < a < 530 > b > 10]
    assert len(near) > 180
    assert all(near)
    away = np.ones_like(orange)
    for a, b in zip(x, y, strict=True):
        away[max(b - 14, 0) : b + 15, max(a - 14, 0) : a + 15] = False
    assert orange[away].mean() < 0.01


def test_cells_that_stay_are_blue_discs_and_are_left_out_where_tracks_are_compared():
    state = run(time_h=2, preset="most stay").state
    assert close_to(pixels(MotilityView.paint(state)), style.EPITHELIAL).sum() > 5000
    assert not close_to(pixels(MotilityView.paint(state, "same start")), style.EPITHELIAL).any()


def test_the_matrix_is_darker_where_it_is_denser_and_has_more_fibers_where_pores_are_tighter():
    slope = pixels(MotilityView.paint(run(time_h=0, preset="ECM slope").state)).mean((0, 2))
    assert slope[:60].mean() > slope[-60:].mean() + 20
    wide, tight = (pixels(MotilityView.paint(run(time_h=0, pore_area=a).state))[:100, 200:] for a in (100, 5))
    on_fiber = [(part != np.median(part, (0, 1))).any(-1).mean() for part in (wide, tight)]
    assert on_fiber[1] > 2 * on_fiber[0] > 0


def test_a_tunnel_is_pale():
    cut = run(time_h=8, preset="tight pores + MMP").state
    pale = [close_to(pixels(MotilityView.paint(s)), style.ECM_THIN).sum() for s in (cut, cut.replace(cuts=False))]
    assert pale[0] > 1.5 * pale[1] > 0


def test_a_track_fades_towards_its_old_end():
    track = np.zeros((30, 1, 2))
    track[:, 0, 0], track[:, 0, 1] = np.linspace(100, 400, 30), 200
    row = np.asarray(track_mask(track), int)[198:203].max(0)
    assert row[380:395].min() > 2 * row[110:130].max() > 0
    assert row[:95].max() == row[410:].max() == 0
    outside = track_mask(track - 4000)
    assert not np.asarray(outside).any()


def test_the_field_grows_when_cells_leave_it():
    assert [half_um(np.array([[r, 0.0]])) for r in (10, 500, 900, 9999)] == [*HALF_UM[:3], HALF_UM[-1]]
    assert half_um(np.empty((0, 2))) == HALF_UM[0]


@pytest.mark.parametrize("keywords", [{"cells": 1}, {"start_mesenchymal": 0}, {"speed": 60, "persistence": 4}])
def test_every_crowd_can_be_drawn(keywords):
    for time_h in (0, 1, 24):
        state = run(time_h=time_h, **keywords).state
        for zoom in MotilityView.ZOOMS:
            assert pixels(MotilityView.paint(state, zoom)).std() > 0


def test_the_plot_shows_measured_points_beside_the_law():
    state = run(time_h=24, cells=500).state
    points = MotilityView.plot(state)
    t, law = points["law"]
    measured_t, measured = points["cells"]
    assert len(measured_t) > 30
    assert (measured_t[0], measured_t[-1]) == (pytest.approx(FRAME_H), pytest.approx(24, rel=0.15))
    assert measured == pytest.approx(np.exp(np.interp(np.log(measured_t), np.log(t), np.log(law))), rel=0.2)


def test_the_words_say_how_far_and_why_not():
    free = run(time_h=2)
    words = MotilityView.say(free.state, free.measures)
    assert f"{free.measures['rms_displacement_um']:.0f} µm from its start" in words
    assert "stream" not in words
    for preset, why in (("no pull", "nothing pulls the body"), ("tight pores", "nucleus does not fit")):
        held = run(time_h=1, preset=preset)
        assert why in MotilityView.say(held.state, held.measures)
    stream = run(time_h=12, preset="collective stream")
    assert "as a stream" in MotilityView.say(stream.state, stream.measures)
    cut = run(time_h=2, preset="tight pores + MMP")
    assert "tunnel" in MotilityView.say(cut.state, cut.measures)
    none = run(time_h=1, start_mesenchymal=0)
    assert "0 of 200" in MotilityView.say(none.state, none.measures)
