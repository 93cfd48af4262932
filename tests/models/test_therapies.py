"""Laws of the kill against their published numbers and against second ways to compute them."""

import math

import numpy as np
import pytest

from metakit.models.treatment import therapies as t

U, SITES = 1e-9, 50  # mutations per base and division, bases (Bozic 2013)
K = 7.3e10


def test_nine_logs_on_a_billion_cells_cure_37_of_a_hundred_and_twelve_logs_999_of_a_thousand():
    assert float(t.p_no_cell_left(1e9, 9)) == pytest.approx(0.37, abs=0.005)
    assert float(t.p_no_cell_left(1e9, 12)) == pytest.approx(0.999, abs=1e-4)
    assert float(t.p_no_cell_left(1e9, 9)) == pytest.approx((1 - 1e-9) ** 1_000_000_000, rel=1e-6)


def test_the_factor_of_resistance_is_2_84():
    factor = t.compute_resistance_per_cell(U, SITES) / (U * SITES)
    assert factor == pytest.approx(2.84, abs=0.005)
    # F is also the sum of x^(k-1)/k with x = d/b, and the integral of 1/(1 - x s) ds from 0 to 1.
    s = (np.arange(100_000) + 0.5) / 100_000
    assert factor == pytest.approx(float(np.mean(1 / (1 - 0.13 / 0.14 * s))), rel=1e-6)


@pytest.mark.parametrize(("cells", "chance", "within"), [(1e6, 0.87, 0.003), (1e8, 7e-7, 0.5e-7)])
def test_a_tumor_is_free_of_resistant_cells_only_while_it_is_small(cells, chance, within):
    assert float(t.p_no_resistant(cells, t.compute_resistance_per_cell(U, SITES))) == pytest.approx(chance, abs=within)


def test_against_two_drugs_a_cell_needs_both_mutations():
    one, two = (t.compute_resistance_per_cell(U, SITES, drugs) for drugs in (1, 2))
    factor = one / (U * SITES)
    assert two == pytest.approx((5e-8) ** 2 * factor)
    assert float(t.p_no_resistant(1e9, two)) > 0.99999
    assert float(t.p_no_resistant(1e9, one)) < 1e-50


def test_norton_simon_kills_more_logs_in_the_smaller_tumor_and_none_at_the_plateau():
    sizes = np.array([1.0, 1e3, 1e6, 1e9, 1e10, K])
    logs = t.compute_norton_simon_log10_kill(2.0, sizes, K)
    assert (np.diff(logs) < 0).all()
    assert logs[3] == pytest.approx(2.0)
    assert logs[-1] == pytest.approx(0.0)
    # Under a kill that follows the growth rate, ln(K/N) is multiplied by the same number whatever the size.
    after = sizes[:-1] * t.compute_surviving_fraction(logs[:-1])
    times = np.log(K / after) / np.log(K / sizes[:-1])
    assert np.ptp(times) < 1e-9
    assert times[0] == pytest.approx(1 + 2 * math.log(10) / math.log(K / 1e9))


def test_a_tumor_hit_harder_grows_back_faster():
    logs = t.compute_norton_simon_log10_kill(1.0, np.array([1e6, 1e9]), K)
    left = np.array([1e6, 1e9]) * t.compute_surviving_fraction(logs)
    rate = 0.00286 * np.log(K / left)
    assert rate[0] > rate[1]


def test_radiation_in_fractions_computed_two_ways():
    alpha, beta = 0.3, 0.03
    for dose, n in ((2.0, 30), (8.0, 5), (1.0, 1)):
        left = t.compute_linear_quadratic_survival(dose, alpha, beta, n)
        assert left == pytest.approx(t.compute_linear_quadratic_survival(dose, alpha, beta) ** n, rel=1e-9)
        effective_gy = n * dose * (1 + dose / (alpha / beta))  # the biologically effective dose of the textbooks
        assert math.log(left) == pytest.approx(-alpha * effective_gy)
    assert -math.log10(t.compute_linear_quadratic_survival(2, alpha, beta, 30)) == pytest.approx(
        30 * 0.72 / math.log(10)
    )
    # The same 60 Gy in fewer, larger fractions kill more; the square does it.
    assert t.compute_linear_quadratic_survival(6, alpha, beta, 10) < t.compute_linear_quadratic_survival(
        2, alpha, beta, 30
    )
    assert t.compute_linear_quadratic_survival(6, alpha, 0, 10) == pytest.approx(
        t.compute_linear_quadratic_survival(2, alpha, 0, 30)
    )


def test_every_treatment_acts_on_gates_that_there_are_and_the_inhibitor_on_no_colony():
    for name in t.TREATMENTS:
        assert set(t.find_gates(name)) <= set(t.TREATMENT_GATES)
        assert bool(t.find_gates(name)) == (name != "none")
    assert t.find_gates("MMP inhibitor") == ("invasion",)
    assert "colonies" not in t.find_gates("surgery")
    assert "colonies" in t.find_gates("radiation", colonies_too=True)
