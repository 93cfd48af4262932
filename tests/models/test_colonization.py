"""Colonization: birth and death with their known odds, sleep, soil, help, immune killing, and the chain of losses."""

import math

import numpy as np
import pytest

import metakit
from metakit.core.handoff import Clusters
from metakit.models.colonization import FRAME_DAYS, ColonizationParams
from metakit.models.colonization import colony_growth as settling
from metakit.runs.stage import stage
from metakit.widgets.colonization import ColonizationView, colony_picture

B, D = 0.14, 0.13  # per day: melanoma (Bozic 2013)
NET = B - D
ONE = 1 - D / B  # share of lone cells whose line lives on


def _run(**keywords):
    return metakit.run("colonization", **{"seed": 1, "progress": False, **keywords})


@pytest.fixture(scope="module")
def lone():
    """10,000 lone cells after 900 days: whoever was to die out has done so."""
    return _run(time_d=900)


def _share_sd(p, n):
    return (p * (1 - p) / n) ** 0.5


# Birth and death


@pytest.mark.parametrize(("founders", "published"), [(1, 0.929), (10, 0.477), (50, 0.025)])
def test_of_10000_colonies_as_many_die_out_as_theory_says(founders, published):
    m = _run(founders=founders, time_d=900, seed=founders).measures
    expected = (D / B) ** founders
    assert expected == pytest.approx(published, abs=0.0006)
    assert m["extinct_share"] == pytest.approx(published, abs=3 * _share_sd(published, 10_000))
    assert m["theory_extinct_share"] == pytest.approx(expected)


def test_of_colonies_with_100_founders_less_than_1_in_100_dies_out():
    assert _run(founders=100, time_d=900).measures["extinct_share"] < 0.01


def test_dying_out_follows_the_exact_law_on_every_day(lone):
    for row in lone.rows[::20]:
        grow = math.exp(NET * row["time_d"])
        gone = D * (grow - 1) / (B * grow - D)
        assert row["extinct_share"] == pytest.approx(gone, abs=3 * _share_sd(gone, 10_000) + 1e-9)


def test_survivors_grow_as_births_less_deaths_and_not_as_births(lone):
    day = lone.measures["time_d"]
    mean, living = lone.measures["mean_cells"], lone.measures["growing_colonies"]
    assert mean == pytest.approx(math.exp(NET * day) / ONE, rel=3 / living**0.5)  # geometric: as wide as its mean
    slope = math.log(mean / lone.rows[100]["mean_cells"]) / (day - 500)
    assert slope == pytest.approx(B - D, rel=0.1)
    assert slope < 0.1 * B
    assert lone.measures["born_per_d"] / lone.measures["died_per_d"] == pytest.approx(B / D, rel=0.01)


def test_sizes_of_survivors_are_geometric(lone):
    cells = lone.state.cells[lone.state.cells > 0]
    for share in (0.25, 0.5, 0.9):
        below = np.mean(cells < -math.log(1 - share) * math.exp(NET * 900) / ONE)
        assert below == pytest.approx(share, abs=3 * _share_sd(share, len(cells)))


@pytest.mark.parametrize(("million", "named"), [(1e6, "million_h"), (1e9, "billion_h")])
def test_survivors_reach_n_cells_when_theory_says(million, named):
    expected = math.log(million * ONE) / NET
    assert expected == pytest.approx({1e6: 1118, 1e9: 1808}[million], abs=1)
    state, params = stage("colonization").first(ColonizationParams(), 2), ColonizationParams()
    reached = np.full(len(state.cells), np.nan)
    while state.time_d < expected + 1000:
        state = stage("colonization").next(state, params)
        reached[np.isnan(reached) & (state.cells >= million)] = state.time_d
    living = reached[state.cells > 0]
    assert not np.isnan(living).any()
    # Each is exp(-NET t) times an exponential number: its time is a Gumbel one around the time of the mean.
    late, wide = 0.5772 / NET, math.pi / 6**0.5 / NET
    assert living.mean() - FRAME_DAYS / 2 - late == pytest.approx(expected, abs=3 * wide / len(living) ** 0.5)
    run = _run(time_d=expected + 100)
    assert run.measures[named] / 24 == pytest.approx(expected, rel=0.02)


def test_with_more_births_than_deaths_some_pass_a_million_cells_and_with_fewer_none_does():
    assert _run(time_d=1500).measures["million_colonies"] > 500
    m = _run(time_d=1500, division_rate=0.12, founders=100, colonies=1000).measures
    assert (m["million_colonies"], m["extinct_share"]) == (0, 1)


def test_colonies_stop_at_ten_billion_cells_and_no_cell_is_lost():
    run = _run(colonies=500, founders=100, division_rate=1, death_rate=0, time_d=40)
    assert run.measures["largest_cells"] == run.measures["mean_cells"] == settling.MAX_CELLS
    assert run.ledger.missing == 0
    assert run.state.born == 500 * (settling.MAX_CELLS - 100)


# Soil, support, immune killing, help


def test_in_an_organ_less_suitable_than_deaths_per_birth_every_colony_dies():
    assert D / B == pytest.approx(0.929, abs=0.0005)
    poor = _run(suitability=0.9, time_d=1500).measures
    assert (poor["extinct_share"], poor["theory_extinct_share"]) == (1, 1)
    odds = []
    for s in (0.88, 0.97, 1.0, 1.2):
        m = _run(suitability=s, founders=10, time_d=1200, colonies=5000).measures
        odds.append(1 - m["extinct_share"])
        expected = 1 - min(1, D / (s * B)) ** 10
        assert odds[-1] == pytest.approx(expected, abs=3 * _share_sd(expected, 5000) + 0.003)
    assert odds == sorted(odds)
    assert odds[0] < 0.003 < odds[1]


def test_taking_support_away_turns_growers_into_sleepers_and_giving_it_back_wakes_none_at_once():
    run = _run(founders=50, time_d=100)
    assert run.measures["dormant_colonies"] == 0
    growing = run.measures["growing_colonies"]
    run.advance(time_d=160, support=0.0, progress=False)
    dormant = run.measures["dormant_colonies"]
    expected = 1 - math.exp(-0.05 * 60)
    assert dormant / growing == pytest.approx(expected, abs=0.02)
    run.advance(time_d=260, support=1.0, progress=False)
    assert run.measures["dormant_colonies"] == pytest.approx(dormant, rel=0.02)


def test_cells_asleep_neither_divide_nor_die_and_half_of_them_wake_within_the_half_life():
    run = _run(founders=10, support=0, dormancy_rate=0.5, time_d=60, reactivation_half_life=70)
    before = run.state
    run.advance(frames=1, progress=False, support=0, immune_killing_rate=0.2)
    still = before.dormant & run.state.dormant
    assert np.array_equal(before.cells[still], run.state.cells[still])
    dormant = run.measures["dormant_colonies"]
    run.advance(time_d=65 + 2 * 365.25, progress=False, support=1, reactivation_half_life=2, immune_killing_rate=0)
    assert run.measures["dormant_colonies"] / dormant == pytest.approx(0.5, abs=3 * _share_sd(0.5, dormant) + 0.002)


def test_a_colony_of_a_million_cells_does_not_fall_asleep():
    run = _run(founders=100, time_d=1500, colonies=2000)
    large = run.state.cells >= settling.NICHE_CELLS
    run.advance(time_d=1650, support=0, progress=False)
    assert large.sum() > 200
    assert not run.state.dormant[large].any()
    assert run.state.dormant[~large & (run.state.cells > 0)].mean() > 0.9


def test_sleep_and_waking_settle_where_their_rates_balance():
    rng = np.random.default_rng(1)
    cells, dormant = np.full(40_000, 5), np.zeros(40_000, bool)
    for _ in range(60):
        dormant, woken = settling.update_dormancy(cells, dormant, 0.03, 0.01, 5, rng)
    assert dormant.mean() == pytest.approx(0.75, abs=3 * _share_sd(0.75, 40_000))
    assert woken == pytest.approx(0.25 * (1 - math.exp(-0.2)))


def test_immune_killing_adds_to_deaths():
    m = _run(founders=10, immune_killing_rate=0.005, time_d=1500, colonies=5000).measures
    expected = (0.135 / B) ** 10
    assert m["extinct_share"] == pytest.approx(expected, abs=3 * _share_sd(expected, 5000) + 0.003)
    assert _run(founders=50, immune_killing_rate=0.03, time_d=1000, colonies=2000).measures["extinct_share"] == 1


@pytest.mark.parametrize("founders", [1, 5, 15])
def test_with_help_as_many_die_out_as_the_chain_of_every_size_says(founders):
    # Extinction of a birth-death chain with rates of its own at every size, by its classical sum.
    cooperation = 0.08
    sizes = np.arange(1, 4000)
    odds = np.r_[1.0, np.cumprod(D * (1 - cooperation * (1 - 1 / sizes)) / B)]
    expected = odds[founders:].sum() / odds.sum()
    m = _run(founders=founders, cooperation=cooperation, time_d=900).measures
    assert m["extinct_share"] == pytest.approx(expected, abs=3 * _share_sd(expected, 10_000) + 0.003)
    assert expected < (D / B) ** founders - 0.02


# The chain of losses


def test_of_a_million_cells_injected_into_a_mouse_200_become_visible_and_36_percent_sleep():
    made = np.array([_run(preset="mouse", seed=s).state.gates for s in range(60)])
    assert made[:, -1].mean() == pytest.approx(200, abs=3 * 200**0.5 / 60**0.5)
    assert (np.abs(made[:, -1] - 200) < 42).mean() > 0.95
    state = _run(preset="mouse").state
    assert state.gates[2] / 1e6 == pytest.approx(0.80, abs=0.002)
    assert state.gates[3] / state.gates[2] == pytest.approx(1 / 40, abs=0.001)
    assert made[:, -1].sum() / made[:, 3].sum() == pytest.approx(1 / 100, abs=0.0004)
    assert _run(preset="mouse").measures["solitary_dormant_share"] == pytest.approx(0.36, abs=0.01)
    assert _run(preset="mouse", dormant_fraction=0.1).measures["solitary_dormant_share"] == pytest.approx(0.1, abs=0.01)


def test_of_60_million_cells_that_a_human_tumor_sheds_one_becomes_a_metastasis():
    made = np.array([_run(preset="human", doses=10, seed=s).state.gates[-1] for s in range(100)])
    assert made.mean() == pytest.approx(10, abs=3 * (10 / 100) ** 0.5)
    p = ColonizationParams()
    assert p.shed_per_arrival / (p.p_extravasate * p.p_initiate * p.p_persist) == pytest.approx(60e6)


@pytest.mark.parametrize("gate", ["p_extravasate", "p_initiate", "p_persist"])
def test_one_closed_gate_stops_them_all(gate):
    state = _run(preset="mouse", **{gate: 0}).state
    assert state.gates[-1] == len(state.cells) == 0


def test_lone_sleepers_that_wake_meet_the_last_two_gates():
    run = _run(preset="mouse", doses=10, reactivation_half_life=1, time_d=365.25)
    first = _run(preset="mouse", doses=10, reactivation_half_life=1).state
    woken = first.solitary_dormant - run.state.solitary_dormant
    assert woken / first.solitary_dormant == pytest.approx(0.5, abs=0.01)
    late = run.state.gates[-1] - first.gates[-1]
    assert late == pytest.approx(woken / 4000, abs=3 * (woken / 4000) ** 0.5)
    assert len(run.state.cells) == run.state.gates[-1]
    assert run.ledger.missing == 0


def test_counts_never_increase_along_the_chain():
    for keywords in ({"time_d": 1500}, {"preset": "mouse", "time_d": 25}, {"preset": "human", "doses": 10}):
        state = _run(**keywords).state
        counts = list(settling.count_passed(state.route, state.gates, state.cells).values())
        assert counts == sorted(counts, reverse=True)
        assert counts[0] > counts[-1]


# What flows in


def test_clusters_that_flow_in_are_planted_each_with_its_own_cells():
    sizes = np.repeat([1, 10], 500)
    run = _run(inflow=Clusters(sizes, np.zeros(1000), np.zeros(1000)))
    assert list(run.state.cells) == list(sizes)
    assert run.measures["theory_extinct_share"] == pytest.approx((D / B + (D / B) ** 10) / 2)
    run.advance(time_d=900, progress=False)
    lone, ten = (run.state.cells == 0).reshape(2, 500).mean(axis=1)
    assert lone > 0.88
    assert ten < 0.56
    with pytest.raises(ValueError, match="colonization takes Clusters"):
        _run(inflow=3)


def test_nothing_flowing_in_is_no_colony():
    none = Clusters(np.zeros(0), np.zeros(0), np.zeros(0))
    run = _run(inflow=none, time_d=10)
    assert run.measures["colonies"] == run.measures["extinct_share"] == 0
    assert ColonizationView.paint(run.state)


# The picture and the words


def test_a_mark_is_a_step_larger_for_ten_times_the_cells():
    steps = np.diff([colony_picture.radius(10.0**k) for k in range(11)])
    assert steps == pytest.approx(np.full(10, steps[0]))


def test_marks_of_lone_cells_are_in_the_shares_of_the_cells():
    assert colony_picture.shares({"dormant": 360_000, "dead": 640_000}, 500) == {"dormant": 180, "dead": 320}
    assert sum(colony_picture.shares({"dormant": 1, "dead": 2}, 500).values()) == 500


def test_the_histogram_counts_every_living_colony(lone):
    points = ColonizationView.plot(lone.state)
    awake = points["awake"][1][1:-1:2]
    assert awake[awake >= 1].sum() == lone.measures["growing_colonies"]
    assert points["dormant"][1].max() < 0.8


def test_the_words_say_what_the_numbers_say(lone):
    words = ColonizationView.say(lone.state, lone.measures)
    assert f"{lone.measures['extinct_share']:.1%} have died out" in words
    assert "92.9% die out in the end" in words
    gone = _run(suitability=0, time_d=200)
    assert "all 10,000 colonies have died out" in ColonizationView.say(gone.state, gone.measures)
    mouse = _run(preset="mouse")
    assert "Day 13: of 1 million cells" in ColonizationView.say(mouse.state, mouse.measures)


def test_the_picture_shows_growing_sleeping_and_dying():
    run = _run(founders=10)
    seen = {ColonizationView.paint(run.state, zoom) for zoom in ColonizationView.ZOOMS}
    for support in (1.0, 0.0, 0.0):
        run.advance(frames=20, support=support, progress=False)
        seen |= {ColonizationView.paint(run.state, zoom) for zoom in ColonizationView.ZOOMS}
    assert len(seen) == 8
