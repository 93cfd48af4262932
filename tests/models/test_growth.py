"""Growth: laws with their closed forms, chance with its known odds, oxygen in a ball, and what a tumor displaces."""

import math
from itertools import pairwise

import numpy as np
import pytest

import metakit
from metakit.body.curves import LAWS, MOST_CELLS, draw_birth_death, extrapolate, fit_laws, grow_by_law
from metakit.core.state import SECONDS
from metakit.models.growth import GrowthParams, measure, oxygen
from metakit.widgets.growth import GrowthView
from metakit.widgets.growth.section import FIELDS_MM, FILLED, _pushed

A, K = 0.00286, 7.3e10  # 1/day and cells: one patient's liver cancer (Iwata 2000)
RATE = A * np.log(K)


def _run(**keywords):
    return metakit.run("growth", **{"seed": 1, "progress": False, **keywords})


def _doubling_d(curve, cells, rate=RATE, plateau=K):
    return math.log(2) / (math.log(grow_by_law(curve, cells, 1e-3, rate, plateau) / cells) / 1e-3)


# Laws


def test_a_billion_cells_are_30_doublings_and_a_trillion_40():
    run = _run(curve="exponential", time_d=300)
    assert run.measures["doublings"] == pytest.approx(math.log2(run.measures["cells"]))
    assert 9.7 * math.log2(1e9) == pytest.approx(290.0, abs=0.1)
    assert (round(math.log2(1e9), 1), round(math.log2(1e12), 1)) == (29.9, 39.9)
    reaches = next(row["time_d"] for row in run.rows if row["exponential_cells"] >= 1e9)
    assert reaches == math.ceil(9.7 * math.log2(1e9))


@pytest.mark.parametrize(("cells", "days"), [(1, 9.7), (1e6, 21.6), (1e9, 56.5)])
def test_gompertz_doubling_times_are_those_of_the_published_fit(cells, days):
    assert _doubling_d("Gompertz", cells) == pytest.approx(days, abs=0.05)


def test_gompertz_reaches_a_billion_cells_on_day_616():
    assert grow_by_law("Gompertz", 1, 616, RATE, K) == pytest.approx(1e9, rel=0.02)
    for day in (1, 50, 616, 5000):
        assert grow_by_law("Gompertz", 1, day, RATE, K) == pytest.approx(K ** (1 - math.exp(-A * day)))
    # The default knob, 9.7 days, is the published a rounded: the stage itself takes the same path.
    run = _run(time_d=660, start_cells=1000)
    ahead = -math.log(1 - math.log(1000) / math.log(K)) / A
    day = next(row["time_d"] for row in run.rows if row["gompertz_cells"] >= 1e9)
    assert day + ahead == pytest.approx(616, abs=3)


@pytest.mark.parametrize("law", LAWS)
def test_a_day_after_a_day_is_two_days(law):
    for cells in (1, 900, 9.9e5, 1e6, 1e9, 6e10):
        for days in (0.5, 7, 40):
            twice = grow_by_law(law, grow_by_law(law, cells, days, RATE, K), days, RATE, K)
            assert grow_by_law(law, cells, 2 * days, RATE, K) == pytest.approx(twice, rel=1e-9)
    assert grow_by_law(law, 1e11, 1e6, RATE, 1e12) <= MOST_CELLS * (1 + 1e-9)


@pytest.mark.parametrize(
    ("law", "slope"),
    [
        ("exponential", lambda n: RATE * n),
        ("Gompertz", lambda n: A * n * np.log(K / n)),
        ("logistic", lambda n: RATE * n * (1 - n / K)),
        ("power law", lambda n: RATE * n * min(1, (n / 1e6) ** -0.5)),
    ],
)
def test_every_law_solves_its_own_equation(law, slope):
    for cells in (1e2, 1e5, 1e7, 1e9, 5e10):
        step = 1e-4
        grown = grow_by_law(law, cells, step, RATE, K) - grow_by_law(law, cells, 0, RATE, K)
        assert grown / step == pytest.approx(slope(cells), rel=1e-3)


def test_a_law_fitted_to_its_own_points_is_found_again():
    days = np.arange(300.0, 420, 20)
    for law in LAWS:
        cells = np.array([grow_by_law(law, 2e6, d - 300, 0.02, K) for d in days])
        later = extrapolate(fit_laws(days, cells, K), np.array([700.0]), K)[law][0]
        assert later == pytest.approx(grow_by_law(law, 2e6, 400, 0.02, K), rel=1e-3), law


def test_fitted_to_the_same_six_readings_the_laws_part_a_hundredfold_within_a_year():
    run = _run(time_d=480)
    state = run.state
    assert len(state.reading_d) == 6
    assert np.ptp(state.reading_d) == 100
    fits = extrapolate(state.lines, state.reading_d, state.plateau_cells)
    for law in LAWS:
        assert np.abs(np.log(fits[law] / state.reading_cells)).max() < np.log(2), law
    ends = [float(v[0]) for v in extrapolate(state.lines, state.reading_d[-1:] + 365, state.plateau_cells).values()]
    assert run.measures["curves_apart_fold"] == pytest.approx(max(ends) / min(ends))
    assert run.measures["curves_apart_fold"] > 100


# Chance


@pytest.mark.parametrize("n", [1, 10])
def test_lines_die_out_as_often_as_theory_says(n):
    rng, b, d = np.random.default_rng(n), 0.14, 0.13
    left = [draw_birth_death(n, b, d, 2000, rng)[0] for _ in range(10_000)]
    expected = (d / b) ** n
    assert np.mean(np.equal(left, 0)) == pytest.approx(expected, abs=3 * (expected * (1 - expected) / 10_000) ** 0.5)


def test_the_mean_grows_by_the_exponential_of_births_minus_deaths_and_spreads_as_theory_says():
    rng, b, d, days = np.random.default_rng(1), 0.14, 0.05, 20
    left, born = np.array([draw_birth_death(1, b, d, days, rng) for _ in range(10_000)], float).T
    grown = math.exp((b - d) * days)
    variance = (b + d) / (b - d) * grown * (grown - 1)
    assert left.mean() == pytest.approx(grown, abs=3 * (variance / 10_000) ** 0.5)
    assert left.var() == pytest.approx(variance, rel=0.1)
    # Births per cell and day are b at every moment: in all b times the cell-days lived.
    assert born.mean() == pytest.approx(b * (grown - 1) / (b - d), rel=0.05)


def test_one_long_step_and_many_short_ones_have_the_same_odds():
    rng, n = np.random.default_rng(2), 4000
    short = []
    for _ in range(n):
        cells = 3
        for _ in range(10):
            cells = draw_birth_death(cells, 0.3, 0.25, 1, rng)[0]
        short.append(cells)
    long = [draw_birth_death(3, 0.3, 0.25, 10, rng)[0] for _ in range(n)]
    spread = (np.var(short) / n + np.var(long) / n) ** 0.5
    assert np.mean(short) == pytest.approx(np.mean(long), abs=3 * spread)
    gone = np.mean(np.equal(long, 0))
    assert np.mean(np.equal(short, 0)) == pytest.approx(gone, abs=3 * (2 * gone * (1 - gone) / n) ** 0.5)


def test_divisions_without_deaths_never_lose_a_cell_and_deaths_without_divisions_never_gain_one():
    rng = np.random.default_rng(3)
    for n in (1, 50, 10**12):
        cells, born = draw_birth_death(n, 0.1, 0.0, 1, rng)
        assert cells == n + born >= n
        cells, born = draw_birth_death(n, 0.0, 0.1, 1, rng)
        assert (cells <= n, born) == (True, 0)
    assert draw_birth_death(0, 0.1, 0.1, 1, rng) == (0, 0)
    assert draw_birth_death(10, 0.0, 0.0, 5, rng) == (10, 0)
    assert draw_birth_death(10**12, 0.1, 0.0, 1, rng)[0] == pytest.approx(1e12 * math.exp(0.1), rel=1e-4)


def test_a_melanoma_of_one_cell_mostly_dies_out_in_the_stage_itself():
    gone = sum(_run(seed=s, preset="melanoma", time_d=60).measures["cells"] == 0 for s in range(80))
    b, d = math.log(2) / 4.95, 0.13
    e = math.exp((b - d) * 60)
    expected = d * (e - 1) / (b * e - d)  # by day 60
    assert gone / 80 == pytest.approx(expected, abs=3 * (expected * (1 - expected) / 80) ** 0.5)


# Oxygen


def test_oxygen_reaches_the_center_of_a_ball_of_233_um_and_of_no_larger_one():
    limit = oxygen.limit_um(100)
    assert limit == pytest.approx(233, abs=0.5)
    assert oxygen.core_um(limit, limit) == 0
    assert oxygen.core_um(0.999 * limit, limit) == 0
    assert 0 < oxygen.core_um(1.001 * limit, limit) < 0.05 * limit
    assert oxygen.limit_um(50) == pytest.approx(limit / math.sqrt(2))


def test_far_above_the_limit_the_rim_is_that_of_a_flat_sheet():
    limit = oxygen.limit_um(100)
    sheet = 1e6 * math.sqrt(2 * 2e-9 * 100 / (7.29e-7 * 3.03e7))
    assert sheet == pytest.approx(135, abs=0.5)
    assert 1e6 - oxygen.core_um(1e6, limit) == pytest.approx(sheet, rel=1e-3)


@pytest.mark.parametrize("radius", [150, 233, 300, 600, 5000])
def test_the_oxygen_profile_solves_the_equation_of_diffusion(radius):
    limit = oxygen.limit_um(100)
    core = oxygen.core_um(radius, limit)
    r = np.linspace(core + 0.05 * (radius - core), radius, 2001)
    p = 100 * oxygen.pressure_share(r, radius, limit)
    h = r[1] - r[0]
    laplacian = (p[2:] - 2 * p[1:-1] + p[:-2]) / h**2 + (p[2:] - p[:-2]) / (h * r[1:-1])
    used = 7.29e-7 * 3.03e7 / 2e-9 * 1e-12  # a Omega / D, mmHg per um2
    assert laplacian == pytest.approx(np.full_like(laplacian, used), rel=1e-3)
    assert p[-1] == pytest.approx(100)
    if core:
        inside = 100 * oxygen.pressure_share(np.array([0.5 * core, core, core + 0.5]), radius, limit)
        assert inside == pytest.approx([0, 0, 0], abs=0.01)
    for share in (0.1, 0.5, 0.9):
        edge = oxygen.reaches_um(radius, limit, share)
        if edge:
            assert oxygen.pressure_share(np.array([edge]), radius, limit)[0] == pytest.approx(share, abs=1e-6)
        else:
            assert oxygen.pressure_share(np.array([0.0]), radius, limit)[0] >= share
    assert oxygen.reaches_um(radius, limit, 1.2) == radius


def test_without_vessels_a_core_appears_only_above_the_limit():
    run = _run(preset="no vessels", time_d=200)
    limit = oxygen.limit_um(100) / 500  # as a diameter, mm
    for row in run.rows:
        assert (row["core_cells"] > 0) <= (row["diameter_mm"] > limit)
        if row["core_cells"]:
            assert row["rim_um"] < 1.01 * limit * 500
    assert run.measures["core_share"] > 0.3
    halved = _run(preset="no vessels", oxygen=50, time_d=200)
    onset = [next(r["diameter_mm"] for r in x.rows if r["core_cells"]) for x in (run, halved)]
    assert onset[0] / onset[1] == pytest.approx(math.sqrt(2), rel=0.05)


def test_a_rim_that_divides_makes_the_radius_grow_by_the_same_length_every_day():
    run = _run(preset="no vessels", core_clearance=0, quiescence_threshold=0, time_d=900)
    radius = 500 * run.table["diameter_mm"].to_numpy()
    slope = np.diff(radius[300:])
    assert np.ptp(slope) < 0.07 * slope.mean()
    # Volume is made in the rim only: dR/dt = r x rim / (1 + ...), and rim << R.
    rim = oxygen.limit_um(100) / math.sqrt(3)
    assert slope[-1] == pytest.approx(math.log(2) / 9.7 * rim, rel=0.06)


def test_without_vessels_it_stalls_between_one_and_two_millimeters_and_vessels_lift_the_limit():
    run = _run(preset="no vessels", time_d=600)
    before = run.measures
    assert 1 < before["diameter_mm"] < 2
    assert before["diameter_mm"] / run.rows[-101]["diameter_mm"] < 1.01
    # It stands still where a day's births make up for a day's clearance of the core.
    births = before["dividing_cells"] * (2 ** (1 / 9.7) - 1)
    assert births == pytest.approx(before["core_cells"] * (1 - math.exp(-0.04)), rel=0.05)
    run.advance(time_d=800, vessels=True)
    after_ = run.measures
    assert after_["diameter_mm"] > 10 * before["diameter_mm"]
    assert after_["resting_cells"] == 0
    assert after_["core_cells"] < before["core_cells"]


# The tumor and the tissue around it


def test_a_cubic_centimeter_holds_as_many_cells_as_the_knob_says():
    for text, per_cm3 in (("1e8", 1e8), ("1e9", 1e9)):
        m = _run(cells_per_cm3=text, time_d=400).measures
        assert m["cells"] / m["volume_cm3"] == pytest.approx(per_cm3)
        assert m["volume_cm3"] == pytest.approx(np.pi / 6 * (m["diameter_mm"] / 10) ** 3)


def test_the_moments_are_the_first_days_of_their_sizes():
    run = _run(time_d=500)
    for name, column, size in (("seeding_size_h", "volume_cm3", 0.01), ("visible_h", "diameter_mm", 10)):
        first = next(row["time_d"] for row in run.rows if row[column] >= size)
        assert run.measures[name] == 24 * first
        assert math.isnan(run.rows[int(first) - 1][name])
    assert run.measures["seeding_size_h"] < run.measures["visible_h"]


def test_normal_tissue_is_displaced_by_as_much_as_the_tumor_takes():
    for replaced_share in (0.0, 0.5, 1.0):
        run = _run(replaced_share=replaced_share, organ_volume=200, time_d=800, plateau=20)
        shares = [row["normal_share"] for row in run.rows]
        assert all(b <= a for a, b in pairwise(shares))
        tumor = run.measures["volume_cm3"]
        assert run.state.normal_cm3 + replaced_share * tumor == pytest.approx(200)
        assert shares[-1] == pytest.approx((200 - replaced_share * tumor) / (200 + (1 - replaced_share) * tumor))
        assert shares[-1] < 0.95
    assert _run(time_d=345).measures["normal_share"] > 0.9999  # a few millimeters replace almost nothing


def test_tissue_pushed_aside_keeps_its_volume():
    r = np.array([[10.0, 0.0], [50.0, 0.0], [200.0, 0.0]])
    moved = _pushed(r, 80)[:, 0]
    assert moved**3 - 80**3 == pytest.approx(r[:, 0] ** 3)
    assert moved.min() > 80


def test_every_cell_is_in_one_place_whatever_knobs_are_moved_on_the_way():
    run = _run(preset="no vessels", time_d=160, start_cells=20)
    for changes in ({"death_rate": 0.1}, {"oxygen": 30}, {"vessels": True}, {"curve": "logistic", "plateau": 1}):
        run.advance(frames=60, progress=False, **changes)
        assert run.ledger.missing == 0, changes
        assert run.state.dividing <= run.state.cells
    assert min(n for _, n in run.ledger) >= 0
    assert run.ledger.now["dead and cleared"] > 0


def test_a_tumor_beyond_its_plateau_shrinks_to_it():
    run = _run(curve="logistic", time_d=300, doubling_time=5)
    assert run.measures["cells"] > 5e10
    assert run.advance(time_d=400, plateau=1).measures["cells"] == pytest.approx(1e9, rel=0.01)


def test_at_a_tenth_of_the_oxygen_no_cell_divides():
    run = _run(preset="no vessels", oxygen=5, time_d=50)
    assert run.measures["cells"] == run.measures["resting_cells"] == 1


def test_nothing_flows_into_growth():
    with pytest.raises(ValueError, match="nothing flows into growth"):
        metakit.run("growth", inflow=3)


# The picture and the words


def test_the_picture_follows_the_tumor_through_all_its_sizes():
    assert all(b / a <= 2.5 for a, b in pairwise(FIELDS_MM))
    run = _run(time_d=0)
    seen = set()
    for days in (0, 10, 60, 200, 400, 700, 3000):
        run.advance(time_d=days, progress=False)
        seen.add(GrowthView.paint(run.state))
        assert run.measures["diameter_mm"] < FILLED * FIELDS_MM[-1]
    assert len(seen) == 7


def test_the_words_say_what_the_numbers_say():
    run = _run(preset="no vessels", time_d=400)
    words = GrowthView.say(run.state, run.measures)
    assert "105,6" in words or f"{run.measures['cells']:,}" in words
    assert f"the living rim is {run.measures['rim_um']:.0f} µm deep" in words
    dead = _run(death_rate=0.5, time_d=60)
    assert "the last cell has died" in GrowthView.say(dead.state, measure(dead.state))
    assert "fold apart" in (lambda r: GrowthView.say(r.state, r.measures))(_run(time_d=480))


def test_the_plots_show_the_readings_and_the_oxygen_that_the_model_has():
    fed, starved = _run(time_d=480), _run(preset="no vessels", time_d=300)
    points = GrowthView.plot(fed.state)
    assert list(points["readings"][1]) == list(fed.state.reading_cells)
    assert set(points["oxygen"][1]) == {100.0}
    depth, pressure = GrowthView.plot(starved.state)["oxygen"]
    assert pressure[0] == pytest.approx(100)
    assert depth[pressure > 0.01].max() == pytest.approx(starved.measures["rim_um"], abs=10)


def test_a_frame_is_a_day():
    assert metakit.run("growth", time_d=3).state.time_s == 3 * SECONDS["d"]
    assert GrowthParams().cells_per_cm3 == "1e8"
