"""Lymph: who may enter it, the sentinel node before any blood, and how much slower lymph is than blood."""

import numpy as np
import pytest

import metakit
from metakit.models import intravasation as model
from metakit.models.intravasation import IntravasationParams, measure
from metakit.runs.stage import stage
from metakit.tissue.lymph import BLOOD_L_MIN, compute_transit_steps, flow_ratio
from metakit.tissue.params import STEP_S
from metakit.tissue.step import advance_tissue

FLAT = IntravasationParams(mmp_secretion=0, division_mesenchymal=200, division_epithelial=200)
WAYS = ("blood only", "lymph only", "both ways", "no way out")
H = round(3600 / STEP_S)  # steps an hour


@pytest.fixture(scope="module")
def crowd(place_cells):
    """A sparse crowd on 61 x 61 points around vessels 14 points apart, a share of them lymph vessels."""

    def make(mesenchymal, lymph, *, ruptured=True):
        row, column = np.mgrid[70:131, 70:131]
        site = (row * 201 + column).ravel()
        vessels = (row[::14, ::14] * 201 + column[::14, ::14]).ravel() + 2
        is_lymph = np.broadcast_to(lymph, vessels.shape)
        return place_cells(
            np.setdiff1d(site, vessels),
            mesenchymal,
            stage="intravasation",
            vessel_site=vessels[~is_lymph].astype(np.int32),
            vessel_ruptured=np.full((~is_lymph).sum(), ruptured),
            lymph_site=vessels[is_lymph].astype(np.int32),
        )

    return make


@pytest.fixture(scope="module")
def adrift(place_cells):
    """No tissue to speak of: clusters that are all in lymph, each entered at its step."""

    def make(epithelial, mesenchymal, step, *, now=0):
        e, m, at = (np.asarray(a, np.int32) for a in (epithelial, mesenchymal, step))
        return place_cells(
            [], False, points=9, stage="intravasation",
            lymph_site=np.array([40], np.int32), cluster_vessel=np.zeros(len(at), np.int32),
            cluster_epithelial=e, cluster_mesenchymal=m, cluster_step=at,
            n_started=int(e.sum() + m.sum()), step=now, time_s=now * STEP_S,
        )  # fmt: skip

    return make


def _go_on(state, params=FLAT, *, hours, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(round(hours * 6)):
        state = model.advance(state, params, rng)
        assert not state.ledger.missing
    state.check()
    return state


# Into the vessels


@pytest.mark.parametrize("mesenchymal", [False, True], ids=["epithelial", "mesenchymal"])
def test_cells_of_either_kind_enter_lymph(crowd, mesenchymal):
    state = advance_tissue(crowd(mesenchymal, True), FLAT, np.random.default_rng(1), 1080)
    said = measure(state)
    assert said["lymph_events"] > 20
    assert said["events"] == said["cells_entered"] == said["expected_survivors"] == 0
    assert said["cells"] + said["lymph_cells"] == state.n_started
    assert state.ledger.now["in lymph, before the node"] == said["lymph_cells"]


@pytest.mark.parametrize("way", WAYS)
def test_a_closed_route_lets_nobody_out_and_with_both_closed_the_vessels_might_as_well_not_be_there(crowd, way):
    params = FLAT.replace(**{k: v for k, v in IntravasationParams.PRESETS[way].items() if k != "lymph_vessels"})
    start = crowd(np.arange(3696) % 2 == 0, np.arange(25) % 2 == 0)
    state = advance_tissue(start, params, np.random.default_rng(2), 720)
    assert (measure(state)["events"] > 0) == (way in ("blood only", "both ways"))
    assert (measure(state)["lymph_events"] > 0) == (way in ("lymph only", "both ways"))
    if way == "no way out":
        none = np.empty(0, np.int32)
        bare = start.replace(vessel_site=none, vessel_ruptured=none.astype(bool), lymph_site=none)
        bare = advance_tissue(bare, params, np.random.default_rng(2), 720)
        assert np.array_equal(state.cell_site, bare.cell_site)
        assert np.isin(np.append(state.vessel_site, state.lymph_site), state.cell_site).any(), "they step over them"


@pytest.mark.parametrize("n_lymph", [6, 12, 20])
def test_the_share_by_lymph_is_the_share_of_lymph_among_vessels_that_take_every_cell(crowd, n_lymph):
    entries = np.zeros(2)
    for seed in range(6):
        lymph = np.random.default_rng([n_lymph, seed]).permutation(25) < n_lymph
        state = advance_tissue(crowd(True, lymph), FLAT, np.random.default_rng(seed), 540)
        entries += measure(state)["lymph_events"], measure(state)["events"]
    share, n = n_lymph / 25, entries.sum()
    assert n > 400
    assert entries[0] / n == pytest.approx(share, abs=3 * (share * (1 - share) / n) ** 0.5)


def test_of_epithelial_cells_whole_vessels_take_none_and_lymph_all(crowd):
    state = advance_tissue(crowd(False, np.arange(25) < 12, ruptured=False), FLAT, np.random.default_rng(3), 1080)
    assert measure(state)["lymph_events"] > 20
    assert measure(state)["events"] == 0


def test_lymph_vessels_leave_blood_vessels_where_they_are_and_lie_elsewhere():
    for seed in range(20):
        without, state = (
            stage("intravasation").first(IntravasationParams(normal_vessels=40, lymph_vessels=n), seed) for n in (0, 40)
        )
        assert np.array_equal(without.vessel_site, state.vessel_site)
        assert len(np.unique(np.append(state.vessel_site, state.lymph_site))) == 42 + 40
        assert not np.isin(state.lymph_site, state.grid.from_center[:200]).any()
        row, column = np.divmod(state.lymph_site, 201)
        assert min(row.min(), column.min()) >= 2 <= 200 - max(row.max(), column.max())


def test_lymph_vessels_lie_outside_the_lamina_that_the_tissue_brings_along():
    _, blood = metakit.chain("invasion", {"stage": "intravasation", "lymph_vessels": 40}, seed=3)
    assert blood.state.grid.radius_um.ravel()[blood.state.lymph_site].min() > 260 + 12.5


def test_without_lymph_vessels_the_lymph_route_changes_nothing():
    runs = [metakit.run("intravasation", seed=4, time_h=12, lymph_route=on, progress=False) for on in (True, False)]
    assert runs[0].state == runs[1].state


# Node, duct, veins


def test_blood_flows_2000_to_5000_times_as_fast_as_lymph():
    assert 2000 < flow_ratio() < 5000
    assert flow_ratio() == pytest.approx(9360 / 2.88), "liters a day"
    assert flow_ratio(100, 5) == 3000
    assert flow_ratio(IntravasationParams().lymph_flow, BLOOD_L_MIN) == flow_ratio()


def test_every_cell_meets_the_node_two_hours_after_it_has_entered_and_the_veins_an_hour_later(adrift):
    entered = np.sort(np.random.default_rng(5).integers(0, 20 * H, 200))
    state = _go_on(adrift(np.full(200, 5), np.full(200, 5), entered), hours=24)
    assert np.array_equal(state.node_step, entered + 2 * H)
    passed = state.node_passed > 0
    assert 100 < passed.sum() < 200
    assert np.array_equal(state.vein_step[passed], entered[passed] + 3 * H)
    assert (state.vein_step[~passed] == -1).all()


def test_nobody_is_in_the_veins_before_the_node(adrift):
    state, params = adrift([9] * 4, [9] * 4, [0, 0, 10, 80], now=90), FLAT.replace(node_filter=0.5)
    rng, seen = np.random.default_rng(1), []
    while state.time_h < 5:
        state = model.advance(state, params, rng)
        said, now = measure(state), state.ledger.now
        seen.append((state.time_h >= 2.05, said["node_held"] > 0))
        assert (said["lymph_cells_in_veins"] > 0) == (state.time_h >= 3.05)
        assert now["passed the node into the veins"] == said["lymph_cells_in_veins"] == model.outflow(state).n_cells
        assert (now["past the node, in the thoracic duct"] > 0) == (2.05 <= state.time_h < 3.95)
    assert all(due == held for due, held in seen)
    assert said["first_in_node_h"] == 2
    assert said["first_past_node_h"] == 3


@pytest.mark.parametrize(("flow", "node_h", "vein_h"), [(120, 2, 1), (240, 1, 0.5), (60, 4, 2)])
def test_cells_ride_as_fast_as_lymph_flows(adrift, flow, node_h, vein_h):
    params = FLAT.replace(lymph_flow=flow, node_filter=0)
    assert compute_transit_steps(params) == (node_h * H, vein_h * H)
    state = _go_on(adrift([1], [0], [0]), params, hours=8)
    assert state.node_step[0] == node_h * H
    assert state.vein_step[0] == (node_h + vein_h) * H


def test_lymph_that_changes_its_pace_overtakes_nobody_and_turns_no_clock_back(adrift):
    state, rng = adrift([3] * 30, [3] * 30, np.arange(0, 300, 10), now=300), np.random.default_rng(3)
    for frame in range(90):
        flow = (20, 600, 120)[frame // 7 % 3]
        before = state
        state = model.advance(state, FLAT.replace(lymph_flow=flow, node_filter=0.3), rng)
        state.check()
        n = len(before.node_step)
        assert (state.node_step[n:] >= before.step).all(), "who arrives in a frame arrives within it"
        in_veins = (state.vein_step >= 0) & (np.append(before.vein_step, np.full(len(state.node_step) - n, -1)) < 0)
        assert (state.vein_step[in_veins] >= before.step).all()
        assert not state.ledger.missing
    assert len(state.node_step) == 30
    assert (np.diff(state.node_step) >= 0).all()
    assert (state.vein_step[state.node_passed > 0] > state.node_step[state.node_passed > 0]).all()


@pytest.mark.parametrize("share", [0.0, 0.35, 0.8, 1.0])
def test_the_node_holds_back_the_share_that_its_filter_says_of_either_phenotype(adrift, share):
    params = FLAT.replace(node_filter=share, node_loss=0)
    state = _go_on(adrift(np.full(400, 6), np.full(400, 10), np.zeros(400)), params, hours=4)
    for n, passed in ((2400, state.node_passed_epithelial), (4000, state.node_passed_mesenchymal)):
        assert passed.sum() == pytest.approx((1 - share) * n, abs=3 * (share * (1 - share) * n) ** 0.5)
    assert state.node_held == 6400 - state.node_passed.sum()


def test_held_cells_settle_at_their_rate_and_a_share_of_them_founds_a_colony(adrift):
    params = FLAT.replace(node_filter=1, node_loss=2, node_colony=0.3)
    state = _go_on(adrift(np.full(300, 20), np.zeros(300), np.zeros(300)), params, hours=14)
    left = np.exp(-2 * 0.5) * 6000  # twelve hours after they came
    assert state.node_held == pytest.approx(left, abs=3 * (left * (1 - left / 6000)) ** 0.5 + 2 / 144 * left)
    settled = 6000 - state.node_held
    assert state.node_colonies == pytest.approx(0.3 * settled, abs=3 * (0.3 * 0.7 * settled) ** 0.5)
    now = state.ledger.now
    assert now["founded a colony in the node"] + now["died in the node"] + now["held in the node"] == 6000


# The whole stage


@pytest.fixture(scope="module")
def runs():
    """Four days of one tissue with blood and lymph vessels, with the routes switched."""
    return {way: metakit.run("intravasation", preset=way, seed=4, time_d=4, progress=False) for way in WAYS}


def test_the_order_of_arrival_differs_between_blood_lymph_and_both(runs):
    order = {way: list(run.state.first_arrivals_h) for way, run in runs.items()}
    organs = {way: [s for s in stations if s in ("sentinel node", "lungs")] for way, stations in order.items()}
    assert organs["blood only"] == ["lungs"]
    assert organs["lymph only"] == ["sentinel node", "lungs"]
    assert organs["both ways"] == ["lungs", "sentinel node"]
    assert organs["no way out"] == order["no way out"] == []
    assert order["lymph only"] == ["lymph vessel", "sentinel node", "vein near the heart", "lungs"]


def test_what_leaves_is_marked_by_its_route_and_comes_in_order_of_time(runs):
    for way, run in runs.items():
        out, said = model.outflow(run.state), run.measures
        assert (~out.by_lymph).sum() == said["events"]
        assert out.sizes[out.by_lymph].sum() == said["lymph_cells_in_veins"]
        assert (np.diff(out.time_h) >= 0).all()
        assert out.by_lymph.any() == (way in ("lymph only", "both ways"))
        if out.by_lymph.any():
            assert out.time_h[out.by_lymph][0] == said["first_past_node_h"] >= said["first_in_node_h"] + 1
            assert said["first_in_node_h"] >= 2


def test_whoever_is_in_lymph_can_be_found_in_the_ledger_at_every_moment():
    run = metakit.run("intravasation", preset="both ways", seed=11)
    for _ in range(36):
        run.advance(time_h=run.state.time_h + 2, progress=False)
        said, now = run.measures, run.ledger.now
        assert not run.ledger.missing
        places = [n for place, n in now.items() if "node" in place]
        assert len(places) == 6
        assert sum(places) == said["lymph_cells"]
        assert now["epithelial in vessels"] + now["mesenchymal in vessels"] == said["cells_entered"]
    assert said["lymph_cells"] > 20 < said["cells_entered"] + 21


def test_saving_while_cells_are_in_lymph_loses_nothing(tmp_path, adrift):
    run = metakit.run("intravasation", seed=1, lymph_vessels=1)
    run.state = adrift([3] * 9, [3] * 9, np.arange(9) * 40, now=400).replace(rng_state=run.state.rng_state)
    run.advance(frames=3, progress=False)
    again = metakit.load(run.save(tmp_path / "run.npz"))
    assert again == run
    assert 0 < len(run.state.node_step) < 9
    assert again.advance(frames=40, progress=False) == run.advance(frames=40, progress=False)
    assert run.measures["lymph_cells_in_veins"] > 0


BROKEN = {
    "a cluster in the node before it entered": lambda s: {"node_step": s.cluster_step[s.in_node]},
    "a cluster in the node tomorrow": lambda s: {"node_step": s.node_step + 10**6},
    "a cluster in the veins before the node": lambda s: {"vein_step": np.where(s.vein_step < 0, -1, s.node_step)},
    "a cluster in the veins of which nobody passed": lambda s: {"vein_step": s.node_step + 1},
    "more cells that passed than came": lambda s: {"node_passed_epithelial": s.node_passed_epithelial + 99},
    "fewer than no cells that passed": lambda s: {"node_passed_mesenchymal": s.node_passed_mesenchymal - 99},
    "more dead than came": lambda s: {"node_died": 10**6},
    "fewer than no colonies": lambda s: {"node_colonies": -1},
    "a lymph vessel off the grid": lambda s: {"lymph_site": s.lymph_site + 10**6},
}


@pytest.mark.parametrize("what", BROKEN)
def test_lymph_that_cannot_be_is_refused(adrift, what):
    state = _go_on(adrift([2] * 20, [1] * 20, np.arange(20) * 30), FLAT.replace(node_filter=0.7), hours=8)
    assert 0 < (state.vein_step >= 0).sum() < len(state.node_step)
    change = {k: v.astype(np.int32) if isinstance(v, np.ndarray) else v for k, v in BROKEN[what](state).items()}
    with pytest.raises(ValueError, match=r"\w"):
        state.replace(**change).check()
