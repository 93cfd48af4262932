"""One patient's tumors: Gompertz growth in whole cells, chance of founding and of the kill, resistance, and dates."""

import numpy as np
import pytest

from metakit.body.colonies import IwataModel
from metakit.models.treatment.patient import PatientState, grow, kill, make_first_cell, scan
from metakit.models.treatment.therapies import compute_resistance_per_cell, p_no_resistant

RULE = IwataModel()


def _patient(cells, seed=0):
    """A patient with tumors of some sizes."""
    cells = np.asarray(cells, np.int64)
    fields = make_first_cell(np.random.default_rng(seed))
    each = {name: np.full(len(cells), float(fields[name][0])) for name in fields if name not in ("cells", "luck")}
    each |= {"cells": cells, "resistant": 0 * cells, "age_d": RULE.age(cells), "luck": fields["luck"]}
    return PatientState(**each)


def test_untreated_tumors_follow_the_gompertz_law_to_the_cell():
    state, rng = _patient([1, 50, 10**6]), np.random.default_rng(1)
    for day in range(0, 616, 8):
        state = grow(state, RULE, day, day + 8, rng)
    assert state.cells[0] == pytest.approx(float(RULE.size(616)), abs=0.5)
    assert state.cells[0] == pytest.approx(1e9, rel=0.01)
    assert state.cells[2] == pytest.approx(float(RULE.size(616 + RULE.age(1e6))), rel=1e-6)
    # Those that were founded have the size of their age, however they came there in steps.
    assert state.cells[3:] == pytest.approx(np.floor(RULE.size(616 - state.founded_d[3:]) + 0.5), abs=1)


def test_founding_is_a_poisson_process_with_the_published_mean():
    counts = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        state = PatientState(**make_first_cell(rng)).replace(cells=np.array([10**8]), age_d=RULE.age(np.array([1e8])))
        begin = float(state.age_d[0])
        for day in range(0, 160, 16):
            state = grow(state, RULE, day, day + 16, rng)
        counts.append(len(state.cells) - 1)
    expected = float(RULE.expected_founded(begin + 160, begin))
    assert state.expected == pytest.approx(expected, rel=1e-9)
    assert np.mean(counts) == pytest.approx(expected, abs=3 * (expected / 100) ** 0.5)
    assert np.var(counts) == pytest.approx(expected, rel=0.5)


def test_more_foundings_than_were_drawn_at_the_start_go_on():
    busy, rng = IwataModel(m=1e-5), np.random.default_rng(2)
    state = PatientState(**make_first_cell(rng)).replace(cells=np.array([10**9]), age_d=RULE.age(np.array([1e9])))
    for day in range(0, 200, 8):
        state = grow(state, busy, day, day + 8, rng)
    n = len(state.cells) - 1
    assert n > 1024
    assert n == pytest.approx(state.expected, abs=4 * state.expected**0.5)
    assert (np.diff(state.founded_d) >= 0).all()


def test_a_kill_of_nine_logs_leaves_no_cell_of_a_billion_in_37_of_a_hundred_tumors():
    state, n = _patient(np.full(4000, 10**9)), 4000
    after = kill(state, RULE, "by_drug", 8, np.random.default_rng(3), left=np.full(n, 1e-9))
    assert np.mean(after.cells == 0) == pytest.approx(np.exp(-1), abs=3 * (0.368 * 0.632 / n) ** 0.5)
    assert set(after.gone_d[after.cells == 0]) == {8.0}
    assert set(after.gone_d[after.cells > 0]) == {-1.0}
    assert after.by_drug == state.cells.sum() - after.cells.sum()
    again = grow(after, RULE, 8, 16, np.random.default_rng(4))
    assert (again.cells[:n][after.cells == 0] == 0).all()
    assert (again.cells[:n][after.cells > 0] >= after.cells[after.cells > 0]).all()


def test_tumors_of_a_million_cells_are_free_of_resistance_as_often_as_theory_says():
    n, per_cell, rng = 6000, compute_resistance_per_cell(1e-9, 50), np.random.default_rng(5)
    state, until = _patient(np.ones(n)), float(RULE.age(1e6))
    for day in np.linspace(0, until, 41)[:-1]:
        state = grow(state, RULE, day, day + until / 40, rng, resistant=per_cell)
    expected = float(p_no_resistant(1e6, per_cell))
    assert expected == pytest.approx(0.87, abs=0.003)
    free = np.mean(state.resistant[:n] == 0)
    assert free == pytest.approx(expected, abs=3 * (expected * (1 - expected) / n) ** 0.5)
    # A resistant line grows like the rest: its share of the tumor stays about what it was when it began.
    assert state.resistant[:n].max() > 100


def test_resistant_cells_survive_a_drug_and_not_a_knife():
    state = _patient([1000, 10**6]).replace(resistant=np.array([10, 400]))
    none, all_ = np.zeros(2), np.ones(2)
    drug = kill(state, RULE, "by_drug", 1, np.random.default_rng(6), left=none, resistant_left=all_)
    assert list(drug.cells) == list(drug.resistant) == [10, 400]
    knife = kill(state, RULE, "by_surgery", 1, np.random.default_rng(6), left=np.array([0.0, 1.0]))
    assert list(knife.cells) == [0, 10**6]
    assert list(knife.resistant) == [0, 400]
    assert (knife.by_surgery, drug.by_drug) == (1000, 1000 + 10**6 - 410)


def test_a_scan_notes_when_a_tumor_first_shows_when_it_is_hidden_and_when_it_shows_again():
    state, dates = _patient([10, 10]), []
    for day, cells in enumerate(([10, 10], [200, 10], [300, 99], [50, 99], [60, 99], [100, 99])):
        state = state.replace(cells=np.array(cells))
        state = state.replace(**scan(state, 100, day))
        dates.append((state.seen_d[0], state.hidden_d[0], state.again_d[0]))
    assert dates == [(-1, -1, -1), (1, -1, -1), (1, -1, -1), (1, 3, -1), (1, 3, -1), (1, 3, 5)]
    assert state.seen_d[1] == -1
