"""Founding: the published patient's numbers, the same ones worked out a second way, and draws that agree with them."""

import math

import numpy as np
import pytest

from metakit.body.colonies import (
    COLONIZATION_COEFFICIENT,
    COLONIZATION_EXPONENT,
    GROWTH_DECELERATION,
    PLATEAU_CELLS,
    IwataModel,
    draw_patients,
)
from metakit.body.curves import grow_by_law

LIVER = IwataModel()  # one patient with liver cancer (Iwata 2000)
EXPECTED = {489: 1.0, 616: 4.7, 800: 22.6, 1000: 70.5, 1286: 198.0}


def _index_of_dispersion(counts):
    return counts.var(ddof=1) / counts.mean()


# Expected numbers


@pytest.mark.parametrize(("day", "founded"), EXPECTED.items())
def test_the_primary_alone_founds_the_published_numbers(day, founded):
    assert float(LIVER.expected_founded(day)) == pytest.approx(founded, rel=0.01)


def _above(cells, day):
    """Expected number of tumors of more than so many cells on a day, founded by the primary tumor alone."""
    return float(LIVER.expected_founded(day - np.minimum(LIVER.age(cells), day + 1.0)))


@pytest.mark.parametrize("name", ["a", "b", "m", "alpha"])
def test_each_number_of_the_patient_doubled_or_halved_gives_others(name):
    for factor in (0.5, 2):
        moved = IwataModel(**{name: factor * getattr(LIVER, name)})
        apart = [abs(float(moved.expected_founded(day)) / n - 1) for day, n in EXPECTED.items()]
        assert min(apart) > 0.2, (name, factor)


def test_the_numbers_are_those_of_the_paper():
    assert (GROWTH_DECELERATION, PLATEAU_CELLS, COLONIZATION_COEFFICIENT, COLONIZATION_EXPONENT) == (
        0.00286,
        7.3e10,
        5.3e-8,
        0.663,
    )


def test_at_1000_days_some_are_large():
    above = {n: _above(n, 1000) for n in (1e6, 1e8, 1e9)}
    assert above[1e6] == pytest.approx(12.2, rel=0.01)
    assert above[1e8] == pytest.approx(1.8, rel=0.01)
    assert above[1e9] == pytest.approx(0.18, rel=0.01)
    assert _above(1e10, 500) == 0


def test_by_day_464_half_of_the_patients_have_none():
    assert math.exp(-float(LIVER.expected_founded(464))) == pytest.approx(0.5, rel=0.01)
    assert float(LIVER.size(464)) == pytest.approx(1e8, rel=0.05)


def test_the_integral_is_that_of_a_fine_sum_and_adds_up():
    days = np.linspace(0, 7300, 1_000_001)
    assert float(LIVER.expected_founded(7300)) == pytest.approx(
        np.trapezoid(LIVER.rate(LIVER.size(days)), days), rel=1e-8
    )
    parts = LIVER.expected_founded(np.array([300.0, 900]), np.array([0.0, 300]))
    assert parts.sum() == pytest.approx(float(LIVER.expected_founded(900)))
    assert float(LIVER.expected_founded(-5)) == float(LIVER.expected_founded(10, 20)) == 0


def test_size_is_the_growth_law_of_the_kit_and_age_undoes_it():
    for day in (1, 200, 616, 2000):
        assert float(LIVER.size(day)) == pytest.approx(
            grow_by_law("Gompertz", 1, day, GROWTH_DECELERATION * math.log(PLATEAU_CELLS), PLATEAU_CELLS)
        )
        assert float(LIVER.age(LIVER.size(day))) == pytest.approx(day)
        assert float(LIVER.grow(LIVER.size(day), 50)) == pytest.approx(float(LIVER.size(day + 50)))
    assert LIVER.size(np.array([-1.0, 0.0])).tolist() == [0, 1]
    assert float(LIVER.age(8e10)) == math.inf
    assert float(LIVER.size(616)) == pytest.approx(1e9, rel=0.01)


def test_with_metastases_from_metastases_the_integral_equation_holds():
    fine, coarse = LIVER.expected_founded_by_all(1000, 4), LIVER.expected_founded_by_all(1000)
    assert coarse[-1] == pytest.approx(fine[-1], rel=1e-3)
    # Those of the first generation, and what each of them founds: the next two generations by double integrals.
    day, n = np.linspace(0, 1000, 2001), 2001
    beta, one = LIVER.rate(LIVER.size(day)), LIVER.expected_founded(day)
    second = np.array([np.trapezoid(beta[: i + 1] * one[i::-1], dx=0.5) for i in range(n)])
    third = np.trapezoid(beta * second[::-1], dx=0.5)
    assert fine[-1] == pytest.approx(one[-1] + second[-1] + third, rel=1e-3)


# Draws


@pytest.fixture(scope="module")
def thousand():
    """A thousand patients on day 1000, without and with metastases from metastases."""
    rng = np.random.default_rng(1)
    return {again: draw_patients(1000, 1000, rng, reseeding=again) for again in (False, True)}


@pytest.mark.parametrize(("day", "founded"), EXPECTED.items())
def test_a_thousand_patients_have_the_expected_number_within_poisson_error(day, founded):
    counts = draw_patients(1000, day, np.random.default_rng(day)).counts
    assert counts.mean() == pytest.approx(float(LIVER.expected_founded(day)), abs=3 * (founded / 1000) ** 0.5)
    # Of Poisson numbers the index of dispersion is 1, with a standard error of (2 / 999)^1/2.
    assert _index_of_dispersion(counts) == pytest.approx(1, abs=3 * (2 / 999) ** 0.5)


def test_half_of_a_thousand_patients_have_none_by_day_464():
    counts = draw_patients(1000, 464, np.random.default_rng(5)).counts
    assert (counts == 0).mean() == pytest.approx(0.5, abs=3 * (0.25 / 1000) ** 0.5)


def test_with_reseeding_the_mean_is_that_of_the_equation_and_the_variance_exceeds_it(thousand):
    counts = thousand[True].counts
    assert counts.mean() == pytest.approx(LIVER.expected_founded_by_all(1000)[-1], abs=3 * counts.std() / 1000**0.5)
    assert _index_of_dispersion(counts) > 1 + 3 * (2 / 999) ** 0.5
    assert thousand[True].generation.max() >= 2
    assert thousand[False].generation.max() == 1


def test_sizes_of_the_drawn_are_the_expected_ones(thousand):
    for cells in (1e6, 1e8):
        large = LIVER.size(1000 - thousand[False].founded_d) > cells
        expected = _above(cells, 1000)
        assert large.sum() / 1000 == pytest.approx(expected, abs=3 * (expected / 1000) ** 0.5)


def test_founding_days_follow_the_rate(thousand):
    drawn = np.sort(thousand[False].founded_d)
    share = LIVER.expected_founded(drawn) / LIVER.expected_founded(1000)
    apart = np.abs(share - (np.arange(len(drawn)) + 0.5) / len(drawn)).max()
    assert apart < 1.95 / len(drawn) ** 0.5  # Kolmogorov's, 1 in 1,000


def test_a_tumor_founds_only_between_the_two_days_asked_for():
    parent, age = LIVER.draw_founded(
        np.array([900.0, 0.0, 1200.0]), np.random.default_rng(1), np.array([800.0, 0.0, 1100.0])
    )
    assert set(parent.tolist()) == {0, 2}
    assert (np.diff(parent) >= 0).all()
    for i, (low, high) in {0: (800, 900), 2: (1100, 1200)}.items():
        assert low <= age[parent == i].min() <= age[parent == i].max() <= high


def test_after_the_primary_is_removed_it_founds_nothing_more():
    early = draw_patients(1000, 1000, np.random.default_rng(2), removed_d=616)
    assert early.founded_d.max() < 616
    assert early.counts.mean() == pytest.approx(4.68, abs=3 * (4.68 / 1000) ** 0.5)


def test_nothing_is_founded_without_a_founding_rate():
    none = draw_patients(10, 1000, np.random.default_rng(1), iwata=IwataModel(m=0.0), reseeding=True)
    assert none.counts.tolist() == [0] * 10


def test_more_than_fit_into_memory_are_refused_in_words():
    with pytest.raises(ValueError, match="take fewer patients or fewer days"):
        draw_patients(1_000_000, 1286, np.random.default_rng(1))
    with pytest.raises(ValueError, match="secondary tumors on day 3650"):
        draw_patients(1000, 3650, np.random.default_rng(1), reseeding=True)
