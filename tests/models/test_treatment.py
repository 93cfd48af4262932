"""Treatment: what each one touches, when it is too late, and that every cell is somewhere at every frame."""

import math

import numpy as np
import pytest

import metakit
from metakit.body.curves import grow_by_law
from metakit.models import treatment
from metakit.models.treatment import FRAME_D, TreatmentParams, advance, start
from metakit.models.treatment.patient import make_first_cell
from metakit.models.treatment.therapies import TREATMENT_GATES, TREATMENTS, find_gates, p_no_cell_left, p_no_resistant
from metakit.widgets.treatment import TreatmentView

A, K = 0.00286, 7.3e10  # 1/day and cells: one patient's liver cancer (Iwata 2000)
PATIENTS = 50


def _run(**keywords):
    return metakit.run("treatment", **{"seed": 1, "progress": False, **keywords})


def _patients(n, until_d, **knobs):
    """Last states of many patients."""
    params, found = TreatmentParams(**knobs), []
    for seed in range(n):
        rng = np.random.default_rng(seed)
        state = start(params, None, rng)
        while state.time_d < until_d:
            state = advance(state, params, rng)
        found.append(state)
    return found


@pytest.fixture(scope="module")
def untreated():
    """One patient, every eight days for 1000 days."""
    return _run(preset="untreated", seed=3, time_d=1000)


# Surgery: before and after


@pytest.mark.parametrize(("day", "cured", "within"), [(464, 0.5, 0.005), (616, 0.009, 0.0005)])
def test_surgery_cures_whoever_has_no_metastasis_yet_half_on_day_464_and_one_in_a_hundred_on_day_616(
    day, cured, within
):
    later = _run(treatment_day=day, time_d=day + 80)
    assert later.measures["p_no_metastasis"] == pytest.approx(cured, abs=within)
    # By chance: the luck of many patients, who are cured when their first founding is not due by then.
    rng = np.random.default_rng(day)
    first = np.array([make_first_cell(rng)["luck"][0] for _ in range(6000)])
    share = np.mean(first > later.measures["expected_metastases"])
    assert share == pytest.approx(cured, abs=3 * (cured * (1 - cured) / 6000) ** 0.5 + within)


def test_of_many_patients_operated_on_day_464_half_have_no_cancer_cell_left():
    states = _patients(PATIENTS, 472, treatment_day=464)
    cured = np.mean([state.cells.sum() == 0 for state in states])
    assert cured == pytest.approx(0.5, abs=3 * 0.5 / PATIENTS**0.5)
    counts = np.array([len(state.cells) - 1 for state in states])
    assert counts.mean() == pytest.approx(math.log(2), abs=3 * (math.log(2) / PATIENTS) ** 0.5)
    assert all((state.cells.sum() == 0) == (len(state.cells) == 1) for state in states)


def test_on_day_616_the_primary_has_a_billion_cells_and_4_7_metastases_are_to_be_expected():
    m = _run(treatment_day=624, time_d=616).measures
    assert m["primary_cells"] == pytest.approx(1e9, rel=0.01)
    assert m["expected_metastases"] == pytest.approx(4.7, abs=0.05)
    assert m["p_no_metastasis"] == pytest.approx(math.exp(-m["expected_metastases"]))


def test_surgery_ends_founding_and_leaves_what_is_there_to_grow(untreated):
    run = _run(seed=3, time_d=1000)
    early = [row for row in untreated.rows if row["time_d"] <= 616]
    assert [row["founded"] for row in run.rows[: len(early)]] == [row["founded"] for row in early]
    assert run.measures["founded"] == early[-1]["founded"] < untreated.measures["founded"]
    assert run.measures["primary_cells"] == 0
    assert run.measures["removed_cells"] == early[-1]["primary_cells"]
    n = len(run.state.cells)
    assert (run.state.cells[1:] == untreated.state.cells[1:n]).all()


def test_an_operation_that_leaves_a_hundredth_behind_only_sets_the_clock_back():
    run = _run(strength=0.99, colonization_coefficient=0, time_d=1000)
    back = float(treatment.IwataModel().age(1e9) - treatment.IwataModel().age(1e7))
    assert run.measures["primary_cells"] == pytest.approx(
        grow_by_law("Gompertz", 1, 1000 - back, A * np.log(K), K), rel=0.02
    )


# The MMP inhibitor


def test_an_mmp_block_does_much_from_day_0_and_next_to_nothing_once_metastases_are_there():
    days = {"none": 0, "day 0": 0, "day 616": 616, "day 800": 800}
    burden, shown = {}, {}
    for label, day in days.items():
        knobs = {"treatment": "none" if label == "none" else "MMP inhibitor", "treatment_day": day, "strength": 0.9}
        runs = [_run(seed=s, time_d=1000, **knobs).measures for s in range(5)]
        burden[label] = sum(m["metastasis_cells"] for m in runs)
        shown[label] = sum(m["metastases_detected"] for m in runs)
    assert burden["day 0"] < 0.3 * burden["none"]
    assert burden["day 616"] > 0.95 * burden["none"]
    assert burden["day 800"] > 0.999 * burden["none"]
    assert shown["day 0"] < shown["none"] / 2
    assert shown["day 616"] == shown["day 800"] == shown["none"]


def test_a_block_lowers_what_is_to_be_expected_by_its_strength_from_its_start_on():
    rule = treatment.IwataModel()
    for day, strength in ((0, 0.9), (400, 0.5), (616, 1.0)):
        m = _run(treatment="MMP inhibitor", treatment_day=day, strength=strength, time_d=800).measures
        expected = rule.expected_founded(day) + (1 - strength) * rule.expected_founded(800, day)
        assert m["expected_metastases"] == pytest.approx(float(expected), rel=1e-6)
    whole = _run(treatment="MMP inhibitor", treatment_day=0, time_d=1000).measures
    assert (whole["founded"], whole["p_no_metastasis"]) == (0, 1.0)


def test_in_the_same_patient_a_stronger_block_never_founds_more(untreated):
    founded = [untreated.measures["founded"]]
    for strength in (0.3, 0.6, 0.9):
        run = _run(seed=3, treatment="MMP inhibitor", treatment_day=0, strength=strength, time_d=1000)
        n = len(run.state.founded_d)
        assert (run.state.founded_d[1:] >= untreated.state.founded_d[1:n]).all()
        founded.append(run.measures["founded"])
    assert founded == sorted(founded, reverse=True)
    assert founded[-1] < founded[0] / 4


# Drugs, radiation, immunotherapy


@pytest.mark.parametrize("logs", [9, 12])
def test_logs_of_a_drug_on_a_billion_cells_cure_as_often_as_the_law_says(logs):
    params = TreatmentParams(
        treatment="chemotherapy", log10_kill=logs, doses=1, colonization_coefficient=0, mutation_rate=0
    )
    rng = np.random.default_rng(1)
    state = start(params, None, rng)
    while state.time_d < 616:
        state = advance(state, params, rng)
    n = 400
    cured = np.mean([advance(state, params, np.random.default_rng(s)).cells.sum() == 0 for s in range(n)])
    expected = {9: math.exp(-1), 12: 0.999}[logs]
    assert float(p_no_cell_left(state.cells[0], logs)) == pytest.approx(expected, abs=0.005)
    assert cured == pytest.approx(expected, abs=3 * (expected * (1 - expected) / n) ** 0.5 + 0.003)


def test_a_drug_that_follows_growth_drops_the_smaller_tumor_by_more_logs(untreated):
    before = untreated.state
    params = TreatmentParams(
        treatment="chemotherapy", treatment_day=1000, log10_kill=1.0, doses=1, drug_rule="Norton-Simon",
        mutation_rate=0, colonization_coefficient=0,
    )  # fmt: skip
    some = before.replace(resistant=0 * before.resistant)
    left = treatment._treat(some, params, params.courses[0], 1000, np.random.default_rng(1)).cells
    large = (before.cells > 1e5) & (left > 0)
    drop = np.log10(before.cells[large] / left[large])
    order = np.argsort(before.cells[large])
    assert len(order) > 5
    assert (np.diff(drop[order]) < 0.05).all()
    assert drop[order[0]] > 2 * drop[0]
    assert drop[0] == pytest.approx(math.log(K / before.cells[0]) / math.log(K / 1e9), rel=1e-3)
    same = TreatmentParams(treatment="chemotherapy", treatment_day=1000, log10_kill=1.0, doses=1)
    left = treatment._treat(some, same, same.courses[0], 1000, np.random.default_rng(1)).cells
    assert np.log10(before.cells[large] / left[large]) == pytest.approx(np.ones(large.sum()), abs=0.05)


def test_resistance_is_what_brings_the_tumor_back_and_two_drugs_take_it_away():
    one, two = (
        _run(treatment="chemotherapy", two_drugs=k, colonization_coefficient=0, time_d=1000) for k in (False, True)
    )
    assert one.measures["resistant_cells"] == one.measures["cells"] > 1e6
    assert two.measures["resistant_cells"] == 0
    assert two.measures["cells"] < one.measures["cells"] / 10
    small, found = _run(preset="untreated", time_d=280), _run(preset="untreated", time_d=616)
    assert small.measures["p_no_resistant"] == pytest.approx(0.87, abs=0.01)
    assert found.measures["p_no_resistant"] < 1e-50
    # About 5e-8 x 2.84 lines a cell, each as old as it happened to be: far more cells than lines.
    assert found.measures["resistant_cells"] > 1e9 * 5e-8 * 2.84


def test_daily_fractions_of_radiation_against_the_law_with_growth_between_them():
    run = _run(treatment="radiation", treatment_day=616, colonization_coefficient=0, time_d=624)
    n, left = grow_by_law("Gompertz", 1, 616, A * np.log(K), K), math.exp(-0.3 * 2 - 0.03 * 4)
    for _ in range(8):
        n = grow_by_law("Gompertz", n * left, 1, A * np.log(K), K)
    assert run.measures["primary_cells"] == pytest.approx(n, rel=0.001)
    assert run.rows[-2]["primary_cells"] == pytest.approx(1e9, rel=0.01)


def test_radiation_hits_what_it_is_aimed_at(untreated):
    for radiation_target, hit in (("primary", 1), ("all a scan shows", 1 + untreated.measures["metastases_detected"])):
        run = _run(seed=3, treatment="radiation", treatment_day=992, radiation_target=radiation_target, time_d=1000)
        n = len(run.state.cells)
        assert (run.state.cells < untreated.state.cells[:n]).sum() == hit
        assert hit == 1 or radiation_target != "primary"


def test_immune_help_holds_a_tumor_where_as_many_cells_die_as_are_born():
    delta, params = (
        0.03,
        TreatmentParams(treatment="immunotherapy", treatment_day=616, immune_kill=0.03, colonization_coefficient=0),
    )
    rng = np.random.default_rng(1)
    state = start(params, None, rng)
    while state.time_d < 3000:
        state = advance(state, params, rng)
    # ln(K/N) settles where two days of growth make up for two days of dying: close to delta / a.
    y = 2 * delta / -math.expm1(-2 * A)
    assert y == pytest.approx(delta / A, rel=0.01)
    assert state.cells[0] == pytest.approx(K * math.exp(-y), rel=0.05)


def test_immune_help_above_the_rate_of_growth_clears_everything():
    run = _run(treatment="immunotherapy", immune_kill=0.15, time_d=900)
    assert run.measures["cells"] == 0
    assert run.measures["no_cell_h"] / 24 > 616
    assert run.measures["killed_cells"] > 1e9


# Which gate


@pytest.mark.parametrize("name", TREATMENTS)
@pytest.mark.parametrize("radiation_target", ["primary", "all a scan shows"])
def test_each_treatment_changes_the_gates_it_claims_to_and_no_other(name, radiation_target, untreated):
    run = _run(
        seed=3, treatment=name, treatment_day=992, radiation_target=radiation_target, detection_limit="1e7", time_d=1000
    )
    n, before = len(run.state.cells), next(row for row in untreated.rows if row["time_d"] == 992)
    changed = set()
    if run.measures["primary_cells"] < 0.99 * untreated.measures["primary_cells"]:
        changed.add("growth")
    there = slice(1, before["founded"] + 1)
    if (run.state.cells[there] < 0.99 * untreated.state.cells[there]).any():
        changed.add("colonies")
    # Without a primary nothing is founded anyway: a gate is closed if founding falls and the primary does not.
    if n < len(untreated.state.cells) and "growth" not in changed:
        changed.add("invasion")
    assert changed == set(find_gates(name, radiation_target != "primary"))
    assert changed <= set(TREATMENT_GATES)


def test_a_clear_scan_is_not_zero_cells():
    m = _run(seed=1, time_d=632).measures
    assert m["tumors_detected"] == 0
    assert m["metastases"] > 0
    assert m["cells"] > 1e4
    later = _run(seed=1, time_d=1200).measures
    assert later["first_seen_h"] / 24 > 632
    assert later["metastases_detected"] > 0


def test_a_second_treatment_comes_after_the_first():
    run = _run(preset="surgery, then a drug", seed=3, time_d=640)
    assert run.state.by_surgery > 0
    assert run.state.by_drug == 0
    run.advance(time_d=800, progress=False)
    assert run.state.by_drug > 0
    alone = _run(seed=3, time_d=800)
    assert run.measures["metastases"] < alone.measures["metastases"]


# Every cell is somewhere


@pytest.mark.parametrize("name", TREATMENTS)
@pytest.mark.parametrize("second_treatment", ["none", "chemotherapy"])
def test_every_cell_is_in_one_place_at_every_frame(name, second_treatment):
    run = _run(
        seed=2,
        treatment=name,
        treatment_day=500,
        second_treatment=second_treatment,
        strength=0.8,
        detection_limit="1e7",
        time_d=496,
    )
    for _ in range(30):
        run.advance(frames=1, progress=False)
        assert run.ledger.missing == 0
        assert min(n for _, n in run.ledger) >= 0
        assert (run.state.resistant <= run.state.cells).all()
    m = run.measures
    assert m["cells"] == m["primary_cells"] + m["metastasis_cells"]


def test_only_a_patient_flows_into_treatment():
    with pytest.raises(ValueError, match="treatment takes Patient"):
        metakit.run("treatment", inflow=3)


# The picture and the words


def test_the_picture_shows_which_gate_is_treated_and_when():
    pictures = {TreatmentView.paint(_run(treatment=name, treatment_day=96, time_d=88).state) for name in TREATMENTS}
    assert len(pictures) == len(TREATMENTS)
    after_it = {TreatmentView.paint(_run(treatment=name, treatment_day=96, time_d=112).state) for name in TREATMENTS}
    assert len(after_it | pictures) == 2 * len(TREATMENTS)


def test_the_words_say_what_a_scan_does_not_show():
    cured, run = _run(treatment_day=304, time_d=400), _run(time_d=632)
    assert "no cancer cell has been left in this patient since day 304" in TreatmentView.say(
        cured.state, cured.measures
    )
    words = TreatmentView.say(run.state, run.measures)
    assert "the primary is gone" in words
    assert "A scan would be clear" in words
    assert "Resistant" not in words
    drug = _run(treatment="chemotherapy", time_d=900)
    assert "Resistant to the drug: " in TreatmentView.say(drug.state, drug.measures)


def test_the_plots_say_what_the_formulas_say():
    run = _run(treatment_day=464, time_d=456)
    points = TreatmentView.plot(run.state)
    days, none = points["none"]
    assert np.interp(464, days, none) == pytest.approx(0.5, abs=0.005)
    assert np.interp(616, days, none) == pytest.approx(0.009, abs=0.001)
    assert list(points["day"][0]) == [464, 464]
    logs, cure = points["cure"]
    cells = run.measures["cells"]
    assert cure == pytest.approx(np.exp(-cells * 10.0**-logs))
    assert points["one_drug"][1][-1] == pytest.approx(float(p_no_resistant(cells, 5e-8 * 2.842)), rel=0.05)
    assert len(TreatmentView.plot(_run(preset="untreated", time_d=8).state)["day"][0]) == 0


def test_a_frame_is_eight_days_so_that_the_known_days_are_frames():
    assert metakit.run("treatment", time_d=16).state.time_d == 2 * FRAME_D == 16
    assert all(day % FRAME_D == 0 for day in (464, 616, 800, 1000))
