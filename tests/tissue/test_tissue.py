"""The engine against known answers: laws, limits and closed forms of its equations."""

import numpy as np
import pytest

from metakit.models.intravasation import IntravasationParams
from metakit.models.invasion import InvasionParams
from metakit.runs.stage import stage
from metakit.tissue.params import DT, LAMINA_RADIUS_UM, PASSABLE, STEP_S, STEPS_A_FRAME
from metakit.tissue.state import tissue_grid
from metakit.tissue.step import advance_tissue

STEPS_A_TAU = round(1 / DT)
PER_TAU = 86400 / 4e4  # rates are published per tau, 4e4 s; knobs give them per day
STEPS_A_DAY = 2160
# Cells that stay where they are and leave everything as it is; each test gives back what it asks about.
STILL = {
    "motility_mesenchymal": 0,
    "motility_epithelial": 0,
    "haptotaxis": 0,
    "mmp_secretion": 0,
    "membrane_mmp": 0,
    "ecm_degradation": 0,
    "division_mesenchymal": 200,
    "division_epithelial": 200,
    "lamina": False,
}


def _still(**changes):
    return InvasionParams(**{**STILL, **changes})


def _rng(seed=0):
    return np.random.default_rng(seed)


def _spread_out(every=3, edge=40):
    """Points far from each other and from the walls."""
    row, column = np.mgrid[edge : 201 - edge : every, edge : 201 - edge : every]
    return (row * 201 + column).ravel()


# Enzyme


def _bessel_k0(x):
    """K0, the profile around a point source in the plane: the integral of exp(-x cosh t) over t from 0 up."""
    t = np.linspace(0, 12, 4001)
    return np.trapezoid(np.exp(-np.multiply.outer(np.asarray(x, float), np.cosh(t))), t)


def test_the_bessel_function_used_below_is_right():
    assert _bessel_k0([0.1, 1.0, 2.0]) == pytest.approx([2.4270690, 0.4210244, 0.1138939], rel=1e-6)


@pytest.fixture(scope="module")
def source(place_cells):
    """Enzyme after 50 tau around one cell in the corner: with two mirrors, a point source in a field of 2.04 mm."""
    state = place_cells([0], True, points=103)
    return advance_tissue(state, _still(mmp_secretion=0.195 * PER_TAU, capacity=1), _rng(), 50 * STEPS_A_TAU)


@pytest.mark.parametrize("way", ["along the wall", "across the field"])
def test_enzyme_around_a_point_source_decays_with_a_length_of_200_um(source, way):
    mmp = np.asarray(source.mmp, float)
    profile, step = (mmp[0], 10.0) if way == "along the wall" else (np.diagonal(mmp), 10 * 2**0.5)
    r = np.arange(len(profile)) * step
    near, far = np.searchsorted(r, 100), np.searchsorted(r, 500)
    fall = np.log(profile[near] / profile[far])
    lengths = np.linspace(120, 320, 401)
    falls = np.log(_bessel_k0(r[near] / lengths) / _bessel_k0(r[far] / lengths))
    assert np.interp(-fall, -falls, lengths) == pytest.approx(200, rel=0.05)


def test_the_total_of_a_source_follows_production_minus_decay(source):
    # A cell in the corner fills a quarter of a grid point of the mirrored field.
    expected = 0.25 * 0.195 / 0.1 * (1 - (1 - DT * 0.1) ** source.step)
    assert source.grid.total(source.mmp) == pytest.approx(expected, rel=2e-3)


def test_total_enzyme_is_what_is_made_minus_what_decays_step_by_step(place_cells):
    params = InvasionParams(
        lamina=False,
        mmp_secretion=0.5 * PER_TAU,
        mmp_decay=0.7 * PER_TAU,
        stroma_mmp=0.1 * PER_TAU,
        emt_rate=1,
        met_rate=1,
    )
    size = 103 * 103
    state = place_cells(_rng().integers(0, size, 800), _rng(1).random(800) < 0.5, points=103)
    state = state.replace(mmp=_rng(2).random((103, 103), np.float32))
    grid, rng = state.grid, _rng(3)
    radius = grid.radius_um
    stroma = 0.1 * grid.total(np.where(radius >= 100, np.exp(-(radius - 100) / 100), 0))
    for _ in range(200):
        makers = np.zeros(size)
        np.add.at(makers, state.cell_site[state.cell_mesenchymal], 1)
        made = DT * (0.5 * grid.total(makers.reshape(grid.shape)) + stroma)
        expected = (1 - DT * 0.7) * grid.total(state.mmp) + made
        state = advance_tissue(state, params, rng, 1)
        assert grid.total(state.mmp) == pytest.approx(expected, rel=1e-6)


def test_walls_leak_nothing(place_cells):
    blob = np.zeros((41, 41), np.float32)
    blob[0, 0], blob[40, 20], blob[15, 30] = 3, 2, 1
    state = place_cells([], False, points=41, mmp=blob)
    before = state.grid.total(blob)
    after = advance_tissue(state, _still(mmp_decay=0), _rng(), 20 * STEPS_A_TAU)
    assert after.grid.total(after.mmp) == pytest.approx(before, rel=1e-3)
    assert np.ptp(after.mmp) < 0.01 * after.mmp.mean(), "in the end it is the same everywhere"


@pytest.mark.parametrize(("c", "decay", "tau"), [(1, 0.1, 60), (4, 0.1, 10), (3, 2, 5)])
def test_uniform_cells_bring_the_enzyme_to_secretion_over_decay_times_cells(place_cells, c, decay, tau):
    state = place_cells(np.repeat(np.arange(81), c), True, points=9)
    state = advance_tissue(
        state, _still(mmp_secretion=0.195 * PER_TAU, mmp_decay=decay * PER_TAU, capacity=c), _rng(), tau * STEPS_A_TAU
    )
    assert np.ptp(state.mmp) < 1e-4 * c
    limit = 1.95 * c * 0.1 / decay
    assert state.mmp.mean() == pytest.approx(limit * (1 - np.exp(-decay * tau)), rel=1e-3)
    if decay * tau > 5:
        assert state.mmp.mean() == pytest.approx(limit, rel=5e-3)


def test_stroma_makes_enzyme_around_the_tumor_and_less_the_farther_off(place_cells):
    state = advance_tissue(place_cells([], False), _still(stroma_mmp=0.1 * PER_TAU, lamina=True), _rng(), 1)
    radius = state.grid.radius_um
    expected = DT * 0.1 * np.exp(-(radius - LAMINA_RADIUS_UM) / 100) * (radius >= LAMINA_RADIUS_UM)
    np.testing.assert_allclose(state.mmp, expected, atol=1e-9)


# Matrix


@pytest.mark.parametrize("c", [1, 3])
def test_uniform_cells_wear_the_matrix_down_exponentially(place_cells, c):
    params = _still(mmp_secretion=0.195 * PER_TAU, membrane_mmp=1 * PER_TAU, ecm_degradation=1 * PER_TAU, capacity=c)
    state = place_cells(np.repeat(np.arange(81), c), True, points=9)
    for tau in (0.5, 1.0, 1.5):
        state = advance_tissue(state, params, _rng(), STEPS_A_TAU // 2)
        dose_of_enzyme = 1.95 * c * (tau - (1 - np.exp(-0.1 * tau)) / 0.1)
        # The explicit step is off by half a step's loss a step: 1 - x instead of exp(-x).
        error = (DT * c + DT * 1.95 * c) * c * tau
        assert state.ecm.mean() == pytest.approx(np.exp(-(c * tau + dose_of_enzyme)), rel=error)


def test_enzyme_alone_and_cell_surfaces_alone_cut_as_their_rates_say(place_cells):
    enzyme = place_cells([], False, points=9, mmp=np.full((9, 9), 2, np.float32))
    cut = advance_tissue(enzyme, _still(ecm_degradation=0.5 * PER_TAU, mmp_decay=0), _rng(), 500)
    assert cut.ecm.mean() == pytest.approx((1 - DT * 0.5 * 2) ** 500, rel=1e-4)
    # The surface enzyme comes with the secretion; without decay of matrix by soluble enzyme, only it is left.
    cells = place_cells([40], True, points=9)
    cut = advance_tissue(cells, _still(membrane_mmp=0.5 * PER_TAU, mmp_secretion=0.195 * PER_TAU), _rng(), 500)
    assert cut.ecm[4, 4] == pytest.approx((1 - DT * 0.5) ** 500, rel=1e-4)
    assert (np.delete(cut.ecm.ravel(), 40) == 1).all()


def test_a_cell_that_makes_no_enzyme_cuts_nothing(place_cells):
    cells = place_cells([40], True, points=9)
    state = advance_tissue(
        cells, _still(membrane_mmp=5 * PER_TAU, ecm_degradation=5 * PER_TAU, mmp_secretion=0), _rng(), 500
    )
    assert (state.ecm == 1).all()
    assert not state.mmp.any()
    epithelial = place_cells([40], False, points=9)
    state = advance_tissue(epithelial, InvasionParams(capacity=1, lamina=False), _rng(), 500)
    assert (state.ecm == 1).all()
    assert not state.mmp.any()


def test_matrix_never_rises_and_stays_between_0_and_1_however_strong_the_enzyme(place_cells):
    # 400 units of enzyme would take away twice what is there in one step.
    state = place_cells(_spread_out(10), True, mmp=np.full((201, 201), 400, np.float32))
    rng = _rng()
    params = InvasionParams(
        lamina=False,
        ecm_degradation=5 * PER_TAU,
        membrane_mmp=5 * PER_TAU,
        mmp_secretion=2 * PER_TAU,
        mmp_decay=0.5 * PER_TAU,
    )
    for steps in (1, 1, 1, 10, 45):
        after = advance_tissue(state, params, rng, steps)
        assert (after.ecm <= state.ecm).all()
        assert after.ecm.min() >= 0
        state = after
    assert state.ecm.max() < 1e-3


# Lamina


def test_the_lamina_thins_by_the_enzyme_on_it_and_by_the_cells_beside_it(place_cells):
    middle, beside = 4 * 9 + 4, 4 * 9 + 5
    state = place_cells(
        [beside, beside, 8],
        [True, True, True],
        points=9,
        mmp=np.full((9, 9), 2, np.float32),
        lamina_site=np.array([middle, 0], np.int32),
        lamina=np.array([1.0, 0.8], np.float32),
        lamina_rate=np.array([1.5, 3.0], np.float32),
    )
    params = _still(mmp_secretion=0.39 * PER_TAU, mmp_decay=0, lamina_strength=2)
    after = advance_tissue(state, params, _rng(), 1)
    # Two cells beside the first point, each making twice the published enzyme and adding a quarter of it by touch.
    touch = 0.25 * 2 * 0.39 / 0.195
    m = after.mmp.ravel()[[middle, 0]]
    expected = np.array([1 - DT * 1.5 / 2 * (touch + m[0]), 0.8 * (1 - DT * 3.0 / 2 * m[1])])
    np.testing.assert_allclose(after.lamina, expected, rtol=1e-6)


def test_a_point_of_the_lamina_opens_below_its_threshold_and_not_above(place_cells):
    for integrity, opens in ((PASSABLE + 0.001, False), (PASSABLE - 0.001, True)):
        # A cell with the lamina on all four sides.
        around = np.array([40 - 9, 40 + 9, 39, 41], np.int32)
        state = place_cells(
            [40],
            True,
            points=9,
            lamina_site=around,
            lamina=np.full(4, integrity, np.float32),
            lamina_rate=np.ones(4, np.float32),
        )
        after = advance_tissue(state, _still(motility_mesenchymal=100, mmp_secretion=0), _rng(), 2000)
        assert bool(after.cell_site[0] != 40) is opens


# Moves


@pytest.mark.parametrize(("mesenchymal", "rms_um"), [(True, 59), (False, 42)])
def test_cells_in_flat_matrix_spread_as_fast_as_published(place_cells, mesenchymal, rms_um):
    start = _spread_out(every=1)  # one on each point that holds eight: nobody is ever in the way
    state = place_cells(start, mesenchymal)
    params = InvasionParams(
        lamina=False, mmp_secretion=0, capacity=8, division_mesenchymal=200, division_epithelial=200
    )
    after = advance_tissue(state, params, _rng(5), STEPS_A_DAY)
    assert (after.ecm == 1).all()
    assert np.array_equal(np.sort(after.cell_id), np.arange(len(start)))
    at = after.cell_site[np.argsort(after.cell_id)]
    down, right = (10.0 * (b - a) for a, b in zip(np.divmod(start, 201), np.divmod(at, 201), strict=True))
    n, square = len(start), (down**2 + right**2).mean()
    # In two dimensions the squared distance has a standard deviation as large as its mean.
    assert square == pytest.approx(4 * (36 if mesenchymal else 18) * 24, rel=3 / n**0.5)
    assert square**0.5 == pytest.approx(rms_um, rel=1.5 / n**0.5 + 0.01)
    for way in (down, right):
        assert abs(way.mean()) < 3 * way.std() / n**0.5, "no direction is preferred"


@pytest.mark.parametrize(("mesenchymal", "sign"), [(True, 1), (False, -1)])
def test_cells_drift_up_a_slope_of_matrix_at_haptotaxis_times_slope(place_cells, mesenchymal, sign):
    start = _spread_out()
    row, column = np.mgrid[:201, :201]
    slope = ((3 * column + row) / 800).astype(np.float32)[::sign, ::sign]  # three times steeper to the right than down
    params = _still(haptotaxis=1000, motility_mesenchymal=36, motility_epithelial=36, capacity=8)
    after = advance_tissue(place_cells(start, mesenchymal, ecm=slope.copy()), params, _rng(6), STEPS_A_DAY)
    at = after.cell_site[np.argsort(after.cell_id)]
    right, down = 10.0 * (at % 201 - start % 201), 10.0 * (at // 201 - start // 201)
    error = 3 * right.std() / len(start) ** 0.5
    assert right.mean() == pytest.approx(sign * 1000 * 3 / 8000 * 24, abs=error)
    assert down.mean() == pytest.approx(sign * 1000 * 1 / 8000 * 24, abs=error)


@pytest.fixture(scope="module")
def steep(place_cells):
    """Step epithelial cells on a cliff: full matrix on their left, none on their right, as far as each can feel."""
    column = np.arange(2, 198, 4)
    site = np.repeat((np.arange(1, 200, 2)[:, None] * 201 + column).ravel(), 8)
    ecm = np.zeros((201, 201), np.float32)
    ecm[:, column - 1] = 1
    params = _still(motility_epithelial=18, haptotaxis=180, capacity=8)
    after = advance_tissue(place_cells(site, False, ecm=ecm), params, _rng(8), 1)
    moved = after.cell_site[np.argsort(after.cell_id)] - site
    return len(site), {w: int((moved == d).sum()) for w, d in zip("lurd", (-1, -201, 1, 201), strict=True)}


def test_a_negative_move_probability_counts_as_zero(steep):
    n, moved = steep
    assert moved["r"] == 0
    for way, p in (("l", 0.002 + 0.005), ("u", 0.002), ("d", 0.002)):
        assert moved[way] == pytest.approx(p * n, abs=4 * (p * n) ** 0.5), way


@pytest.mark.parametrize("capacity", [1, 4, 8])
def test_no_point_ever_holds_more_than_it_has_room_for(place_cells, capacity):
    # A crowd that moves and divides as fast as it can, against a wall.
    crowd = np.repeat((np.arange(20)[:, None] * 41 + np.arange(41)).ravel(), capacity)
    state = place_cells(crowd, _rng().random(len(crowd)) < 0.5, points=41)
    params = InvasionParams(
        capacity=capacity,
        motility_mesenchymal=100,
        motility_epithelial=100,
        haptotaxis=1000,
        division_mesenchymal=8,
        division_epithelial=8,
        emt_rate=1,
        met_rate=1,
        lamina=False,
    )
    rng = _rng(9)
    for _ in range(40):
        state = advance_tissue(state, params, rng, 45)
        assert np.bincount(state.cell_site).max() <= capacity
        assert not state.ledger.missing
    assert len(np.unique(state.cell_id)) == len(state.cell_id), "every cell keeps a number of its own"
    assert (state.n_born > len(crowd) / 4) == (capacity > 1), "a daughter needs room beside her mother"
    assert np.bincount(state.cell_site).max() == capacity, "the crowd did press against the limit"


def test_cell_grip_holds_epithelial_cells_by_their_epithelial_neighbors(place_cells):
    start = _spread_out(every=6)
    pairs = np.concatenate([start, start + 1])
    params = _still(motility_epithelial=18, motility_mesenchymal=18, cell_cell_adhesion=0.9, capacity=8)

    def moves(site, mesenchymal):
        """Moves in 20 steps, over which few cells move twice."""
        after = advance_tissue(place_cells(site, mesenchymal), params, _rng(10), 20)
        return (after.cell_site[np.argsort(after.cell_id)] != site)[: len(start)].sum()

    def expected(p):
        return pytest.approx(20 * p * len(start), abs=4 * (20 * p * len(start)) ** 0.5 + 0.08 * 20 * p * len(start))

    p = 4 * 0.002
    assert moves(start, False) == expected(p), "alone: free"
    assert moves(pairs, False) == expected(p * 0.1), "a pair: held by one neighbor"
    assert moves(pairs, True) == expected(p), "mesenchymal cells have let go"
    mixed = np.arange(len(pairs)) >= len(start)
    assert moves(pairs, mixed) == expected(p), "an epithelial cell beside a mesenchymal one is free"
    assert moves(pairs, ~mixed) == expected(p), "and the other way round"


# Divisions and switches


@pytest.mark.parametrize(
    ("mesenchymal", "hours"), [(False, 2000 / 90), (True, 3000 / 90)], ids=["epithelial", "mesenchymal"]
)
def test_the_count_stays_until_the_first_division_and_then_doubles_while_there_is_room(place_cells, mesenchymal, hours):
    params = InvasionParams(lamina=False, capacity=8)
    state, rng = place_cells(np.arange(0, 41 * 41, 7), mesenchymal, points=41), _rng(11)
    n = len(state.cell_site)
    for doublings in range(2):
        division = round((doublings + 1) * hours * 90)
        before = advance_tissue(state, params, rng, division - state.step)
        assert len(before.cell_site) == n * 2**doublings
        state = advance_tissue(before, params, rng, 1)
        assert len(state.cell_site) == n * 2 ** (doublings + 1)
        assert (state.cell_mesenchymal == mesenchymal).all(), "daughters are like their mothers"
        assert state.n_born == len(state.cell_site) - n


def _just_before_a_division(place_cells, mesenchymal):
    """Cells at the beginning of the frame in which all divide, after 21 of its 45 steps."""
    state = place_cells(np.repeat(_spread_out(every=12), 4), mesenchymal, step=1980, time_s=1980 * STEP_S)
    return state, {"division_mesenchymal": 2000 / 90, "division_epithelial": 2000 / 90, "capacity": 8}


def test_daughters_move_from_the_step_after_their_birth(place_cells):
    state, divides = _just_before_a_division(place_cells, True)
    after = advance_tissue(state, _still(motility_mesenchymal=100, **divides), _rng(14), 45)
    n = len(after.cell_site)
    assert n == 2 * len(state.cell_site)
    # Whoever stays near has started from the nearest of the points, 12 apart.
    away = [((at - 40 + 6) % 12 - 6) * 10.0 for at in np.divmod(after.cell_site, 201)]
    square = (away[0] ** 2 + away[1] ** 2).mean()
    assert square == pytest.approx(4 * 100 * 0.5, rel=5 / n**0.5), "mothers and daughters: the spread of all 45 steps"


def test_daughters_make_enzyme_from_the_step_after_their_birth(place_cells):
    state, divides = _just_before_a_division(place_cells, True)
    after = advance_tissue(state, _still(mmp_secretion=0.195 * PER_TAU, mmp_decay=0, **divides), _rng(), 45)
    made = DT * 0.195 * len(state.cell_site) * (21 + 2 * 24)
    assert after.grid.total(after.mmp) == pytest.approx(made, rel=1e-5)


def test_a_full_point_gives_no_daughter_and_one_place_left_gives_one(place_cells):
    site = [10, 10, 10, 10, 30, 30, 30, 50]  # four, three and one on a point that holds four
    state = place_cells(site, [True] * 4 + [True, False, True] + [True], points=9)
    after = advance_tissue(state, _still(division_mesenchymal=8, division_epithelial=8), _rng(), 721)
    assert np.bincount(after.cell_site, minlength=81)[[10, 30, 50]].tolist() == [4, 4, 2]
    assert after.cell_mesenchymal[after.cell_site == 30].sum() == 3, "mesenchymal cells divide first"


def test_emt_and_met_at_equal_rates_end_half_and_half(place_cells):
    params = _still(emt_rate=1, met_rate=1)
    for start in (False, True):
        state, rng = place_cells(np.arange(41 * 41), start, points=41), _rng(12)
        n = len(state.cell_site)
        for days, left in ((0.5, np.exp(-1)), (3.5, np.exp(-7))):
            state = advance_tissue(state, params, rng, round(days * STEPS_A_DAY) - state.step)
            share = (1 + left) / 2 if start else (1 - left) / 2
            error = 3 * (share * (1 - share) / n) ** 0.5
            assert state.cell_mesenchymal.mean() == pytest.approx(share, abs=error)


def test_emt_alone_turns_epithelial_cells_at_its_rate(place_cells):
    state = advance_tissue(place_cells(np.arange(41**2), False, points=41), _still(emt_rate=0.5), _rng(13), STEPS_A_DAY)
    share, n = 1 - np.exp(-0.5), len(state.cell_site)
    assert state.cell_mesenchymal.mean() == pytest.approx(share, abs=3 * (share * (1 - share) / n) ** 0.5)


def _turned(state, params, days, seed=15):
    """Which cells have become mesenchymal, by their numbers; nobody moves, so that each stays in its place."""
    after = advance_tissue(state, params, _rng(seed), round(days * STEPS_A_DAY))
    return after.cell_mesenchymal[np.argsort(after.cell_id)]


def _at_rate(rate, days, n):
    """The share that has switched after some days, within 3 sigma of chance."""
    share = 1 - np.exp(-rate * days)
    return pytest.approx(share, abs=3 * (share * (1 - share) / n) ** 0.5)


def test_without_any_rate_the_shares_stay_as_they_are(place_cells):
    before = _rng(16).random(41**2) < 0.4
    state = place_cells(np.arange(41**2), before, points=41)
    assert np.array_equal(_turned(state, _still(), 2), before)


def test_emt_by_lost_contact_turns_lone_cells_at_its_rate_and_nobody_with_an_epithelial_neighbor(place_cells):
    spots = _spread_out(every=5)
    n = len(spots)
    # Alone; beside mesenchymal ones only; then pairs: side by side, one above the other, and on one point.
    kinds = np.arange(n) % 5
    company = np.select([kinds == 1, kinds == 2, kinds == 3], [1, 1, 201], 0)
    with_company = np.flatnonzero(kinds > 0)
    site = np.concatenate([spots, (spots + company)[with_company]])
    mesenchymal = np.concatenate([np.zeros(n, bool), kinds[with_company] == 1])
    turned = _turned(place_cells(site, mesenchymal), _still(emt_contact_loss=0.6), 1)[:n]
    for kind in (0, 1):
        assert turned[kinds == kind].mean() == _at_rate(0.6, 1, (kinds == kind).sum()), kind
    assert not turned[kinds > 1].any()


def test_neighbors_at_a_diagonal_and_what_is_beyond_the_wall_are_no_contact(place_cells):
    along_the_walls = np.concatenate([np.arange(0, 41, 4), np.arange(0, 41, 4) * 41 + 40])
    pairs = (np.arange(4, 36, 4)[:, None] * 41 + np.arange(4, 36, 4)).ravel()
    site = np.concatenate([along_the_walls, pairs, pairs + 42])
    assert _turned(place_cells(site, False, points=41), _still(emt_contact_loss=2), 3).mean() > 0.97


def test_emt_by_crowding_turns_cells_on_full_points_at_its_rate_and_no_others(place_cells):
    spots = _spread_out(every=2)
    room = np.arange(len(spots)) % 4  # how many more would fit
    site = np.repeat(spots, 4 - room)
    turned = _turned(place_cells(site, False), _still(emt_crowding=0.5, capacity=4), 1)
    full = np.repeat(room == 0, 4 - room)
    assert turned[full].mean() == _at_rate(0.5, 1, full.sum())
    assert not turned[~full].any()


def test_the_rates_of_emt_add_up_and_met_stays_as_it_is(place_cells):
    params = _still(emt_rate=0.2, emt_contact_loss=0.5, emt_crowding=0.7, capacity=1)
    spots = _spread_out(every=2)
    turned = _turned(place_cells(spots, False), params, 1)
    assert turned.mean() == _at_rate(1.4, 1, len(spots)), "each alone on a point that holds one"
    back = _turned(
        place_cells(spots, True), params.replace(emt_rate=0, met_rate=0.4, emt_contact_loss=0, emt_crowding=0), 1
    )
    assert 1 - back.mean() == _at_rate(0.4, 1, len(spots))


def test_emt_by_place_and_met_find_their_balance(place_cells):
    params = _still(emt_contact_loss=1.5, met_rate=0.5)
    spots = _spread_out(every=3)
    turned = _turned(place_cells(spots, False), params, 3)
    assert turned.mean() == pytest.approx(0.75, abs=3 * (0.75 * 0.25 / len(spots)) ** 0.5)


# The start


def test_the_start_is_a_full_disc_of_388_cells_three_fifths_of_them_mesenchymal():
    state = stage("intravasation").first(IntravasationParams(), 5)
    assert len(state.cell_site) == 388
    assert state.cell_mesenchymal.sum() == 233
    per_point = np.bincount(state.cell_site, minlength=201 * 201)
    assert set(per_point[state.grid.from_center[:97]]) == {4}
    assert per_point.sum() == 388


def test_time_goes_on_in_steps_of_40_seconds(place_cells):
    state = advance_tissue(place_cells([], False, points=9), _still(), _rng(), 45)
    assert (state.step, state.time_s) == (45, 45 * STEP_S)
    assert state.time_h == 0.5


def test_a_run_in_chunks_of_frames_is_the_run_in_one_go(place_cells):
    state = place_cells(_spread_out(), True)
    params = InvasionParams(lamina=False, emt_rate=1, met_rate=1)
    chunks, rng = state, _rng(3)
    for frames in (1, 2, 1):
        chunks = advance_tissue(chunks, params, rng, frames * STEPS_A_FRAME)
    assert chunks == advance_tissue(state, params, _rng(3), 4 * STEPS_A_FRAME)


def test_the_grid_of_the_model_is_2_mm_wide():
    grid = tissue_grid()
    assert (grid.columns - 1) * grid.spacing_um == 2000


def test_a_state_is_the_same_after_others_were_made_of_it():
    # The buffers of one call are used on by the next: what was handed out must not change under them.
    params = InvasionParams.make("science", emt_rate=1, met_rate=1, division_epithelial=8, normal_vessels=20)
    states = [stage("invasion").first(params, seed=3)]
    kept = []
    for _ in range(30):
        kept.append({f.name: getattr(states[-1], f.name).tobytes() for f in states[-1].array_fields()})
        states.append(stage("invasion").next(states[-1], params))
    for state, bytes_then in zip(states, kept, strict=False):
        assert {f.name: getattr(state, f.name).tobytes() for f in state.array_fields()} == bytes_then
    # From the middle, with other rates in between, and with the buffers of another tissue in the way.
    stage("invasion").next(states[10], params.replace(mmp_secretion=2.0))
    assert stage("invasion").next(states[10], params) == states[11]
    for state in (states[30], stage("invasion").first(params, seed=4)):
        stage("invasion").next(state, params)
    assert stage("invasion").next(states[29].replace(), params) == states[30]


CELLS = ("cell_site", "cell_mesenchymal", "cell_id", "cell_line")


@pytest.mark.parametrize(
    "changed",
    {
        "fewer cells": lambda s: {"n_started": 100, "n_born": 0, **{name: getattr(s, name)[:100] for name in CELLS}},
        "matrix turned": lambda s: {"ecm": s.ecm.T},
        "enzyme upside down": lambda s: {"mmp": s.mmp[::-1]},
        "other walls torn": lambda s: {"vessel_ruptured": ~s.vessel_ruptured},
    }.items(),
    ids=lambda case: case[0],
)
def test_a_state_that_was_changed_by_hand_goes_on_as_it_is_now(changed):
    """Not as the buffers that it once came from, of which parts of it may still be views."""
    params = InvasionParams.make("science", normal_vessels=40, ruptured_vessels=20, lamina=False)
    before = stage("invasion").first(params, seed=3)
    for _ in range(150):
        before = stage("invasion").next(before, params)
    after = before.replace(**changed[1](before))
    twin = after.replace(**{f.name: getattr(after, f.name).copy() for f in after.array_fields()})
    for _ in range(60):
        after = stage("invasion").next(after, params)
    for _ in range(60):
        twin = stage("invasion").next(twin, params)
    assert after == twin
