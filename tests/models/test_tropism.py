"""Tropism: two tables of autopsies, blood that loses no cell, permissiveness fitted to one and tested on the other."""

import numpy as np
import pytest

import metakit
from metakit.body import organs as body
from metakit.body.origins import ALL, LARGE, OTHER, SECONDARY_SITES, autopsies, origins, weights_by_origin
from metakit.models.tropism import (
    TropismParams,
    compute_blood_alone,
    get_metastases_per_autopsy,
    hemodynamic_seeding,
    judge_blood_alone,
    judge_fit,
    judge_pooled,
    permissiveness,
    probabilities,
)
from metakit.models.tropism.hemodynamic_seeding import names, sites
from metakit.models.tropism.permissiveness import (
    ALL_WAYS,
    Ways,
    chi_square,
    compute_concordance,
    compute_metastasis_shares,
    count_found,
    fit_permissiveness,
    pool_others,
    spearman,
)
from metakit.widgets.tropism import MAP, TEST, TropismView

PORTAL = ("stomach", "pancreas", "colon", "small intestine", "gallbladder", "bile duct")
CAVAL = ("kidney", "prostate", "skin", "thyroid", "breast", "bladder", "tongue", "larynx", "testis", "cervix", "uterus")
EIGHT = ("breast", "lung", "colon", "rectum", "stomach", "pancreas", "kidney", "ovary")
MOST = sorted(origins(), key=lambda o: -autopsies()[o].autopsies)[:10]
every_origin = pytest.mark.parametrize("origin", origins())


def _at(p, *which):
    return sum(float(p[names().index(name)]) for name in which)


def _both(origin, **changes):
    return probabilities(origin, TropismParams(origin=origin, **changes))[1]


def _run(**keywords):
    return metakit.run("tropism", **{"seed": 1, "progress": False, **keywords})


# The tables


def test_the_larger_table_has_24_origins_and_adds_up_to_the_published_totals():
    assert len(origins()) == 24
    everything = autopsies()[ALL[LARGE]]
    assert (everything.metastases, everything.autopsies) == (9484, 3827)
    assert all(set(autopsies()[o].counts) == set(names()) for o in origins())
    assert sum(autopsies()[o].autopsies for o in origins()) < everything.autopsies
    for name in names():
        assert sum(autopsies()[o].counts[name] for o in origins()) <= everything.counts[name]


def test_the_other_table_has_eight_origins_and_says_how_few_brains_were_opened():
    table = autopsies(OTHER)
    assert tuple(table)[:-1] == EIGHT
    assert table[ALL[OTHER]].examined["brain"] == 244
    assert table["breast"].autopsies == 167
    nine = [sum(n for site, n in table[o].counts.items() if site != "brain") for o in EIGHT]
    assert nine == [798, 523, 295, 177, 354, 104, 100, 217]
    assert (table["breast"].counts["brain"], table["breast"].examined["brain"]) == (13, 45)
    with pytest.raises(ValueError, match="abrams1950"):
        autopsies("abrams1951")


def test_the_journey_still_gets_its_three_organs():
    assert weights_by_origin()["breast"] == {"bone_weight": 0.314, "lung_weight": 0.364, "liver_weight": 0.322}
    assert all(set(w) == {f"{organ}_weight" for organ in SECONDARY_SITES} for w in weights_by_origin().values())


def test_every_origin_drains_somewhere_and_its_other_routes_leave_room_for_blood():
    assert set(hemodynamic_seeding.other_routes()) == set(origins()) == set(body.drainages())
    for way in hemodynamic_seeding.other_routes().values():
        assert 0 < way.lymph < 1
        assert way.lymph + way.abdomen + way.vertebral + way.chest < 1


def test_the_sites_share_out_all_the_blood_as_the_organs_do():
    assert sum(site.flow for site in sites()) == pytest.approx(1)
    assert sum(site.portal_flow for site in sites()) == pytest.approx(0.19)
    by_name = {site.name: site for site in sites()}
    assert by_name["adrenal"].flow == body.organs()["adrenals"].flow
    assert by_name["skeletal muscle"].flow == 0.17
    assert by_name["other sites"].flow > 0


# Plumbing


@every_origin
def test_every_row_of_probabilities_adds_up_to_one_and_every_pair_has_a_value(origin):
    for changes in (
        {},
        {"hemodynamics": False},
        {"permissiveness": False},
        {"other_routes": False},
        {"capture": 0.99, "secondary_seeding": 0.9},
    ):
        for p in probabilities(origin, TropismParams(origin=origin, **changes)):
            assert p.shape == (18,)
            assert p.sum() == pytest.approx(1, abs=1e-12)
            assert p.min() >= 0
            assert np.isfinite(p).all()


def test_blood_carries_cells_as_one_cell_after_another_would_go():
    """A second way to compute it: cells walk from bed to bed, and each bed holds a share f of them."""
    rng, f, n = np.random.default_rng(4), 0.6, 40_000
    ends = {"portal": 0, "caval": 1, "artery": 2}
    flow = np.array([site.flow for site in sites()])
    back = np.array([site.portal_flow / site.flow if site.flow else 0 for site in sites()])
    for first in ends:
        ended, at = np.zeros(len(flow)), np.full(n, ends[first])
        while len(at):
            organ = np.where(at == 0, names().index("liver"), names().index("lung"))
            artery = at == 2
            organ[artery] = rng.choice(len(flow), artery.sum(), p=flow)
            held = rng.random(len(at)) < f
            ended += np.bincount(organ[held], minlength=len(flow))
            at, organ, artery = at[~held], organ[~held], artery[~held]
            lung = organ == names().index("lung")
            portal = artery & (rng.random(len(at)) < back[organ])
            at = np.where(portal, 0, np.where(lung, 2, 1))
        exact = hemodynamic_seeding.by_blood(f)[ends[first]]
        assert exact.sum() == pytest.approx(1)
        assert np.abs(ended / n - exact).max() < 3 * (0.25 / n) ** 0.5


def test_first_beds_catch_the_named_share_and_the_rest_goes_on():
    for f in (0.5, 0.9):
        portal, caval, artery = hemodynamic_seeding.by_blood(f)
        assert f < _at(portal, "liver") < f + 0.1 * (1 - f)
        assert f < _at(caval, "lung") < f + (1 - f)
        assert _at(artery, "liver") < 0.2
    everything_held = hemodynamic_seeding.by_blood(1.0)[2]
    assert everything_held == pytest.approx(np.array([site.flow for site in sites()]))
    with pytest.raises(ValueError, match="capture"):
        hemodynamic_seeding.by_blood(0)


def test_by_blood_alone_portal_origins_reach_the_liver_and_caval_ones_the_lung():
    for origin in PORTAL:
        assert _at(compute_blood_alone(origin), "liver") / _at(compute_blood_alone(origin), "lung") > 1.5
    for origin in CAVAL:
        assert _at(compute_blood_alone(origin), "liver") / _at(compute_blood_alone(origin), "lung") < 1.2


def test_with_everything_on_the_ratios_of_liver_to_lung_are_near_the_counted_ones():
    for group, counted in ((PORTAL, 2.07), (CAVAL, 0.81)):
        p = sum(count_found(o).sum() * _both(o) for o in group)
        assert _at(p, "liver") / _at(p, "lung") == pytest.approx(counted, rel=0.5)


def test_metastases_of_metastases_are_the_sum_over_generations_where_all_organs_are_alike():
    g = hemodynamic_seeding.compute_first_arrival("breast", 0.6, True)
    m, t = 0.6, hemodynamic_seeding.compute_secondary_matrix(0.6, True)
    assert t.sum(axis=1) == pytest.approx(np.ones(len(t)))
    total, generation = np.zeros(len(g)), g.copy()
    for _ in range(200):
        total, generation = total + (1 - m) * generation, m * generation @ t
    alike = permissiveness.compute_shares("breast", Ways(secondary_seeding=m), np.ones(len(g)))
    assert alike[0] == pytest.approx(total, abs=1e-9)


def test_later_spread_starts_from_where_metastases_grow_and_not_from_where_cells_arrive():
    s = np.zeros(len(names()))
    s[names().index("spleen")] = 1.0  # metastases grow in the spleen alone, so the liver gets its cells from there
    arrived, _ = permissiveness.compute_shares("kidney", Ways(secondary_seeding=0.9, other_routes=False), s)
    portal = hemodynamic_seeding.by_blood()[0]
    first = hemodynamic_seeding.compute_first_arrival("kidney", with_other_routes=False)
    assert arrived == pytest.approx(0.1 * first + 0.9 * portal, abs=1e-9)


def test_each_other_route_brings_more_to_where_it_leads():
    shut = {o: hemodynamic_seeding.compute_first_arrival(o, with_other_routes=False) for o in origins()}
    assert all(_at(shut[o], "regional lymph nodes") == 0 for o in origins())
    assert all(_at(hemodynamic_seeding.compute_first_arrival(o), "regional lymph nodes") > 0.02 for o in origins())
    assert _at(hemodynamic_seeding.compute_first_arrival("prostate"), "bone") > 2 * _at(shut["prostate"], "bone")
    assert _at(hemodynamic_seeding.compute_first_arrival("ovary"), "peritoneum") > 8 * _at(shut["ovary"], "peritoneum")
    assert _at(hemodynamic_seeding.compute_first_arrival("ovary"), "peritoneum") > 3 * _at(
        hemodynamic_seeding.compute_first_arrival("colon"), "peritoneum"
    )


def test_with_neither_hemodynamics_nor_permissiveness_each_of_30_sites_has_the_same_chance():
    p = _both("breast", hemodynamics=False, permissiveness=False)
    assert p[:-1] == pytest.approx(np.full(17, 1 / 30))
    assert p[-1] == pytest.approx(13 / 30)


def test_an_organ_that_is_there_once_gets_none_of_its_own_and_men_have_no_ovaries():
    for origin in hemodynamic_seeding.SINGLE:
        assert _at(_both(origin), origin) == 0 == autopsies()[origin].counts[origin]
    for origin in ("prostate", "testis"):
        for changes in ({}, {"hemodynamics": False}):
            assert _at(_both(origin, **changes), "ovary") == 0 == autopsies()[origin].counts["ovary"]


def test_what_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="did you mean 'colon'"):
        hemodynamic_seeding.compute_first_arrival("colom")
    with pytest.raises(ValueError, match="secondary_seeding"):
        permissiveness.compute_shares("colon", Ways(secondary_seeding=1.0), np.ones(18))


# Soil


def _arrivals(ways, s, which):
    return np.array([permissiveness.compute_shares(o, ways, s)[0] for o in which])


@pytest.mark.parametrize("ways", [ALL_WAYS, Ways(False), Ways(other_routes=False), Ways(secondary_seeding=0.0)])
def test_the_fit_makes_both_margins_of_the_table_right_as_the_most_likely_one_does(ways):
    s, n = fit_permissiveness(ways), np.array([count_found(o) for o in origins()])
    p = _arrivals(ways, s, origins())

    def model(s):
        return n.sum(axis=1, keepdims=True) * compute_metastasis_shares(p, s)

    reached = p.sum(axis=0) > 0  # without other routes no cell comes to the regional nodes
    assert model(s).sum(axis=0)[reached] * n[:, reached].sum() == pytest.approx(
        n.sum(axis=0)[reached] * model(s).sum(), rel=1e-6
    )
    # No other permissiveness is likelier: Poisson log-likelihood falls whichever number is moved.
    kept = n * reached

    def likelihood(s):
        return (kept * np.log(np.maximum(model(s), 1e-300))).sum()

    for j in np.flatnonzero(reached):
        for factor in (0.9, 1.1):
            moved = s.copy()
            moved[j] *= factor
            assert likelihood(moved) < likelihood(s)


def test_a_permissiveness_of_one_brings_as_many_as_hemodynamics_alone():
    n, s = np.array([count_found(o).sum() for o in origins()]), fit_permissiveness()
    assert (n @ (_arrivals(ALL_WAYS, s, origins()) @ s)) / n.sum() == pytest.approx(1)


def test_an_origin_is_judged_by_a_fit_that_never_saw_it_whatever_is_switched_on(monkeypatch):
    """Break in: another count for the origin that is judged changes nothing; one for another origin does."""
    for changes in ({}, {"hemodynamics": False}, {"other_routes": False}):
        shares = []
        for spoilt in ("", "colon", "stomach"):
            with monkeypatch.context() as patch:
                if spoilt:
                    patch.setitem(autopsies(LARGE)[spoilt].counts, "spleen", 300)
                fit_permissiveness.cache_clear()
                probabilities.cache_clear()
                pool_others.cache_clear()
                shares.append((_both("colon", **changes), pool_others("colon")))
        fit_permissiveness.cache_clear()
        probabilities.cache_clear()
        pool_others.cache_clear()
        for own, other in zip(shares[1], shares[0], strict=True):
            assert np.array_equal(own, other)
        for spoilt, clean in zip(shares[2], shares[0], strict=True):
            assert np.abs(spoilt - clean).max() > 0.01


def test_the_fit_never_sees_the_table_it_is_tested_on(monkeypatch):
    before = fit_permissiveness()
    monkeypatch.setitem(autopsies(OTHER)["breast"].counts, "lung", 10_000)
    fit_permissiveness.cache_clear()
    assert np.array_equal(fit_permissiveness(), before)


# Every idea at its best, and the rival that knows no plumbing


def _judge(shares):
    """Mean misplaced of 100, median chi-square, mean rank correlation, over all origins."""
    fits = [judge_fit(o, p.tobytes()) for o, p in shares.items()]
    ranks = [spearman(count_found(o), p) for o, p in shares.items()]
    return 100 * np.mean([fit[1] for fit in fits]), np.median([fit[0] for fit in fits]), np.mean(ranks)


@pytest.mark.parametrize(
    ("changes", "misplaced", "chi", "rank"),
    [
        # As a reviewer worked them out on his own, from the tables; he let later spread start from where cells arrive.
        ({"permissiveness": False, "other_routes": False, "secondary_seeding": 0.0}, 67, 15_219, 0.04),
        ({"hemodynamics": False, "permissiveness": False}, 53, 478, 0.28),
        ({"hemodynamics": False}, 22, 56, 0.84),
        ({"other_routes": False, "secondary_seeding": 0.0}, 37, 10_981, 0.51),
        ({"secondary_seeding": 0.0}, 24, 93, 0.81),
        ({}, 18.5, 45, 0.86),
    ],
)
def test_left_out_of_the_fit_every_idea_does_as_well_as_it_can(changes, misplaced, chi, rank):
    mine = _judge({o: _both(o, **changes) for o in origins()})
    assert mine[0] == pytest.approx(misplaced, abs=1)
    assert mine[1] == pytest.approx(chi, rel=0.1)
    assert mine[2] == pytest.approx(rank, abs=0.015)


def test_one_list_for_all_cancers_is_most_of_the_answer_and_ways_add_a_few_of_a_hundred():
    listed, full = _judge({o: pool_others(o) for o in origins()}), _judge({o: _both(o) for o in origins()})
    blood = _judge({o: compute_blood_alone(o) for o in origins()})
    assert listed[0] == pytest.approx(22.3, abs=0.5)
    assert blood[0] - listed[0] > 40
    assert 2 < listed[0] - full[0] < 6
    assert listed[1] > full[1]
    assert 0.01 < full[2] - listed[2] < 0.06


def test_the_ways_help_most_where_cells_have_a_way_of_their_own_and_hardly_or_not_elsewhere():
    gain = {o: 100 * (judge_pooled(o)[1] - judge_fit(o, _both(o).tobytes())[1]) for o in origins()}
    assert {o for o, points in gain.items() if points > 7} == {
        "tongue", "larynx", "small intestine", "prostate", "ovary", "liver"
    }  # fmt: skip
    assert {o for o, points in gain.items() if points < 0} == {"gallbladder", "thyroid", "uterus", "unknown", "cervix"}
    assert min(gain.values()) > -3


def test_on_the_table_never_used_for_the_fit_the_model_beats_the_list_by_share_and_by_rank():
    misplaced, ranks = [], []
    for origin in EIGHT:
        pair = [permissiveness.compare_with_abrams(origin, p)[1:] for p in (_both(origin), pool_others(origin))]
        misplaced.append([50 * np.abs(found / found.sum() - p / p.sum()).sum() for found, p in pair])
        ranks.append([spearman(found, p) for found, p in pair])
    full, listed = np.mean(misplaced, axis=0)
    assert full < listed - 2
    assert np.mean(ranks, axis=0)[0] > np.mean(ranks, axis=0)[1] + 0.1


@pytest.mark.parametrize(("knob", "low", "high"), [("capture", 0.5, 0.83), ("secondary_seeding", 0.45, 0.8)])
def test_the_verdict_hangs_on_no_one_value_of_an_illustrative_knob(knob, low, high):
    listed = _judge({o: pool_others(o) for o in origins()})
    for value in (low, high):
        assert _judge({o: _both(o, **{knob: value}) for o in origins()})[0] < listed[0] - 2


def test_without_metastases_of_metastases_the_ways_do_no_better_than_the_list():
    """The declared weak point: this knob has no published value, and without it the list wins."""
    bare = _judge({o: _both(o, secondary_seeding=0.0) for o in origins()})
    assert bare[0] == pytest.approx(24.1, abs=0.5)
    assert bare[0] > _judge({o: pool_others(o) for o in origins()})[0]


def _odds_ratio(site):
    shares = [_at(_both(o), site) for o in ("rectum", "colon")]
    return shares[0] / (1 - shares[0]) / (shares[1] / (1 - shares[1]))


def test_the_rectum_lies_mostly_outside_the_peritoneum_and_reaches_it_less_often_than_the_colon():
    assert _odds_ratio("peritoneum") == pytest.approx(0.3, abs=0.03)  # Riihimaki 2016, to which it is fitted


@pytest.mark.parametrize(("site", "published", "here"), [("lung", 2.4, 1.2), ("brain", 1.5, 1.3)])
def test_declared_failure_the_rectum_reaches_chest_and_brain_more_often_than_the_model_says(site, published, here):
    """Riihimaki 2016, 49,096 patients: not fitted to. The direction is right, and the size is not."""
    assert 1 < _odds_ratio(site) < published
    assert _odds_ratio(site) == pytest.approx(here, abs=0.1)


# The tests that blood alone must fail


def test_blood_alone_gets_adrenals_and_muscle_wrong_by_a_thousandfold_and_permissiveness_puts_it_right():
    everyone = autopsies()[ALL[LARGE]].counts
    assert everyone["adrenal"] / everyone["skeletal muscle"] == pytest.approx(482 / 16)
    n = [count_found(o).sum() for o in origins()]
    blood = sum(w * compute_blood_alone(o) for w, o in zip(n, origins(), strict=True))
    both = sum(w * _both(o) for w, o in zip(n, origins(), strict=True))
    assert _at(blood, "adrenal") / _at(blood, "skeletal muscle") < 0.05
    assert 20 < _at(both, "adrenal") / _at(both, "skeletal muscle") < 45


def test_pooled_shares_are_those_of_all_autopsies_within_two_points():
    n = np.array([count_found(o).sum() for o in origins()])
    pooled = 100 * n @ np.array([_both(o) for o in origins()]) / n.sum()
    for which, percent in (
        (("regional lymph nodes", "distant lymph nodes"), 33),
        (("liver",), 11),
        (("lung",), 11),
        (("bone",), 6.5),
    ):
        assert _at(pooled, *which) == pytest.approx(percent, abs=2)


def test_chi_square_beats_blood_alone_for_seven_of_the_ten_commonest_and_here_for_all():
    wins = [chi_square(count_found(o), _both(o)) < chi_square(count_found(o), compute_blood_alone(o)) for o in MOST]
    assert sum(wins) >= 7
    for o in origins():
        rivals = [{"permissiveness": False}, {"hemodynamics": False, "permissiveness": False}]
        assert all(chi_square(count_found(o), _both(o)) < chi_square(count_found(o), _both(o, **r)) for r in rivals), o


def test_the_order_of_organs_in_the_table_that_was_never_fitted_is_foretold():
    good = 0
    for origin in EIGHT:
        where, found, expected = permissiveness.compare_with_abrams(origin, _both(origin))
        assert len(where) == 9
        rank, alone = (
            spearman(found, expected),
            spearman(found, permissiveness.compare_with_abrams(origin, compute_blood_alone(origin))[2]),
        )
        assert rank > alone, origin
        good += rank >= 0.6
    assert good >= 5


def test_an_origin_without_a_row_in_the_other_table_is_refused():
    with pytest.raises(ValueError, match="prostate"):
        permissiveness.compare_with_abrams("prostate", compute_blood_alone("prostate"))


def test_origins_differ_as_they_do_in_people():
    assert _at(_both("prostate"), "bone") > 2 * _at(_both("colon"), "bone")
    assert _both("ovary")[:-1].argmax() == names().index("peritoneum") == count_found("ovary")[:-1].argmax()
    lung = [_at(compute_blood_alone(o), "lung") for o in origins()]
    liver = [_at(compute_blood_alone(o), "liver") for o in origins()]
    assert max(lung) > 2 * min(lung)
    assert max(liver) > 10 * min(liver)


# How to compare


def test_rank_correlation_knows_the_same_the_reverse_and_ties():
    a = np.array([1.0, 2, 3, 4, 10])
    assert spearman(a, a**3) == pytest.approx(1)
    assert spearman(a, -a) == pytest.approx(-1)
    # Without ties 1 - 6 sum d^2 / n (n^2 - 1); here d = 1, 1, 0, 1, 1.
    assert spearman(a, np.array([2.0, 1, 3, 9, 4])) == pytest.approx(1 - 6 * 4 / 120)
    assert spearman(np.array([1.0, 1, 2]), np.array([3.0, 3, 9])) == pytest.approx(1)


def test_pairs_in_the_right_order_are_all_half_or_none():
    a = np.array([5.0, 3, 3, 1])
    assert compute_concordance(a, a) == 1
    assert compute_concordance(a, -a) == 0
    assert compute_concordance(a, np.ones(4)) == 0.5


def test_chi_square_is_what_the_textbook_says_and_chance_alone_makes_it_as_large_as_there_are_sites():
    assert chi_square(np.array([60.0, 40]), np.array([0.5, 0.5])) == pytest.approx(4)
    # What a model holds impossible counts as one in a thousand: one case in a thousand is then no surprise.
    assert chi_square(np.array([1.0, 999]), np.array([0.0, 1])) < 0.01
    rng, p = np.random.default_rng(2), _both("cervix")
    drawn = [chi_square(rng.multinomial(2000, p).astype(float), p) for _ in range(400)]
    assert np.mean(drawn) == pytest.approx(17, abs=3 * (2 * 17 / 400) ** 0.5 + 0.5)


# The stage


@every_origin
def test_every_origin_runs_and_no_cell_is_lost(origin):
    run = _run(origin=origin, time_d=4)
    assert run.ledger.missing == 0
    assert run.measures["patients"] == 20
    assert run.measures["cells_released"] == 20 * 10**7
    assert run.measures["autopsies"] == autopsies()[origin].autopsies


@pytest.mark.parametrize("preset", TropismParams.PRESETS)
def test_many_patients_come_close_to_the_odds(preset):
    run = _run(preset=preset, patients_per_day=100, time_d=60)
    state, n = run.state, run.measures["metastases"]
    mean = 6000 * 2235 / 432  # metastases per autopsy, as published
    assert n == pytest.approx(mean, abs=3 * mean**0.5)
    sigma = np.sqrt(state.chance * (1 - state.chance) / n)
    assert (np.abs(state.found / n - state.chance) <= 4 * sigma + 1e-12).all()
    cells = state.arrived.sum()
    assert (np.abs(state.arrived / cells - state.arrival) <= 4 * np.sqrt(state.arrival / cells)).all()


def test_few_patients_differ_more_than_many():
    few = [_run(seed=s, patients_per_day=1, time_d=10).measures["liver_percent"] for s in range(30)]
    many = [_run(seed=s, patients_per_day=100, time_d=10).measures["liver_percent"] for s in range(30)]
    n = 10 * get_metastases_per_autopsy("breast")
    expected = 100 * (_at(_both("breast"), "liver") / n) ** 0.5
    assert np.std(few) == pytest.approx(expected, rel=0.5)
    assert np.std(many) < 0.25 * np.std(few)


def test_a_metastasis_takes_millions_of_cells():
    m = _run(time_d=100).measures
    assert m["cells_released"] / m["metastases"] > 1e6


def test_knobs_moved_in_a_run_keep_the_origin_it_began_with():
    run = _run(time_d=3)
    run.advance(frames=3, permissiveness=False, other_routes=False, progress=False)
    assert run.ledger.missing == 0
    assert run.state.origin == "breast"
    assert run.state.chance == pytest.approx(probabilities("breast", run.params)[1])


def test_only_a_patient_flows_into_tropism_and_a_wrong_file_is_refused():
    with pytest.raises(ValueError, match="tropism takes Patient"):
        metakit.run("tropism", inflow=3)
    with pytest.raises(ValueError, match="table of autopsies"):
        _run(time_d=1).state.replace(origin="heart").check()


# Pictures and words


def test_pictures_differ_by_origin_by_kind_and_by_patient_and_all_origins_have_a_place():
    seen = set()
    for origin in origins():
        for day, zoom in ((0, ""), (2, ""), (2, MAP), (2, TEST)):
            seen.add(TropismView.paint(_run(origin=origin, time_d=day).state, zoom))
    assert len(seen) == 4 * 24


def test_the_words_and_the_plot_say_what_the_model_says():
    run = _run(origin="colon", time_d=10)
    words, m = TropismView.say(run.state, run.measures), run.measures
    assert "colon (123 autopsies, 3.2% of all)" in words
    assert f"{m['metastases']:,} metastases" in words
    assert f"{m['misplaced_percent']:.0f} of 100 metastases would have to move" in words
    assert f"one list for all cancers: {m['pooled_misplaced_percent']:.0f}, blood alone" in words
    assert 100 * judge_pooled("colon")[1] == pytest.approx(m["pooled_misplaced_percent"])
    assert TropismView.plot(run.state)["pooled"][1] == pytest.approx(100 * pool_others("colon"))
    assert 100 * judge_blood_alone("colon")[1] == pytest.approx(m["blood_alone_misplaced_percent"])
    assert "No patient of the model" in TropismView.say(_run(time_d=0).state, _run(time_d=0).measures)
    people, model = TropismView.plot(run.state)["model"]
    assert m["misplaced_percent"] == pytest.approx(np.maximum(people - model, 0).sum())  # what is too many must move
    assert people.sum() == pytest.approx(100)
    assert model == pytest.approx(100 * run.state.chance)
