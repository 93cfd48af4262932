"""Where the numbers come from: references, and that defaults are the published numbers after conversion of units."""

import re

import numpy as np
import pytest

from metakit.core.sources import SOURCES
from metakit.core.tables import read_table
from metakit.models.intravasation import IntravasationParams
from metakit.models.invasion import InvasionParams
from metakit.tissue import params as tissue
from metakit.tissue.params import TissueParams
from metakit.tissue.state import tissue_grid
from metakit.tissue.transit import P_CLUSTER, P_DETACH, P_SINGLE
from tests.benchmarks.tissues import METASPREAD

TAU_S, LENGTH_UM, DX_UM, DT_S = 4e4, 2000.0, 10.0, 40.0


def _published():
    return {row["symbol"]: row for row in read_table("franssen2019.csv")}


PUBLISHED = _published()


def _number(symbol):
    return float(PUBLISHED[symbol]["nondimensional_value"])


def test_every_source_is_a_full_reference_and_says_whether_it_was_read():
    for key, source in SOURCES.items():
        assert key == key.lower()
        assert source.short
        assert source.seen in ("seen", "second-hand", "illustrative")
        if source.seen != "illustrative":
            assert re.search(r"\b(19|20)\d\d\b", source.full), f"{key} has no year"
            assert source.short in SOURCES[key].full or source.short.split()[0] in source.full, key


def test_every_parameter_says_where_its_number_comes_from():
    for knob in TissueParams.knobs():
        assert knob.source in SOURCES


def test_time_step_and_spacing_are_those_of_the_published_model():
    assert tissue.STEP_S == pytest.approx(_number("dt") * TAU_S)
    assert pytest.approx(_number("dt")) == tissue.DT
    assert pytest.approx(TAU_S / 3600) == tissue.TAU_H
    grid = tissue_grid()
    assert grid.spacing_um == pytest.approx(_number("dx") * LENGTH_UM)
    assert (grid.rows - 1) * grid.spacing_um == LENGTH_UM


@pytest.mark.parametrize(
    ("symbol", "field"),
    [
        ("D_M", "motility_mesenchymal"),
        ("D_E", "motility_epithelial"),
        ("D_m", "mmp_diffusion"),
        ("Phi_M", "haptotaxis"),
        ("Phi_E", "haptotaxis"),
    ],
)
def test_transport_coefficients_in_um2_an_hour_are_the_published_ones(symbol, field):
    # One unit of the published coefficient is (2 mm)^2 in 4e4 s.
    um2_per_h = _number(symbol) * LENGTH_UM**2 / TAU_S * 3600
    assert getattr(TissueParams(), field) == pytest.approx(um2_per_h)


@pytest.mark.parametrize("symbol", ["D_M", "D_E", "D_m"])
def test_the_two_columns_of_the_published_table_agree_for_diffusion(symbol):
    per_cm2_s = float(PUBLISHED[symbol]["dimensional_value"]) * 1e8 * 3600
    assert _number(symbol) * LENGTH_UM**2 / TAU_S * 3600 == pytest.approx(per_cm2_s)


@pytest.mark.parametrize(
    ("symbol", "field"),
    [
        ("Theta", "mmp_secretion"),
        ("Lambda", "mmp_decay"),
        ("Gamma_1", "membrane_mmp"),
        ("Gamma_2", "ecm_degradation"),
    ],
)
def test_rates_per_day_are_the_published_ones_per_unit_of_time(symbol, field):
    assert getattr(TissueParams(), field) == pytest.approx(_number(symbol) * 86400 / TAU_S)
    assert TissueParams.knob(field).unit == "per day"


@pytest.mark.parametrize(("symbol", "field"), [("Q", "capacity"), ("N_0", "start_cells")])
def test_counts_are_the_published_ones(symbol, field):
    assert getattr(TissueParams(), field) == _number(symbol)


@pytest.mark.parametrize(("symbol", "value"), [("P_S", P_SINGLE), ("P_C", P_CLUSTER), ("P_d", P_DETACH)])
def test_chances_in_the_blood_are_the_published_ones(symbol, value):
    assert value == _number(symbol)


@pytest.mark.parametrize(
    ("symbol", "field", "prose", "config"),
    [("T_E", "division_epithelial", 2, 3), ("T_M", "division_mesenchymal", 3, 2)],
)
def test_division_times_take_one_side_of_the_published_conflict_in_each_preset(symbol, field, prose, config):
    assert PUBLISHED[symbol]["nondimensional_value"] == f"{prose} (docs prose) or {config} (config)"
    assert getattr(TissueParams(), field) == pytest.approx(prose * TAU_S / 3600)
    assert METASPREAD[field] == pytest.approx(config * TAU_S / 3600)
    assert "disagree" in TissueParams.knob(field).doc
    dimensional_h = float(PUBLISHED[symbol]["dimensional_value"]) / 3600
    assert getattr(TissueParams(), field) == pytest.approx(dimensional_h)


def test_vessels_and_phenotypes_at_the_start_are_those_of_the_generated_defaults():
    assert PUBLISHED["U_P"]["nondimensional_value"].startswith("8 (config)")
    assert PUBLISHED["V_P"]["nondimensional_value"].startswith("2 (config)")
    assert (IntravasationParams().normal_vessels, IntravasationParams().ruptured_vessels) == (8, 2)
    epithelial, mesenchymal = (float(x) for x in PUBLISHED["E:M"]["nondimensional_value"].split(":"))
    assert IntravasationParams().start_mesenchymal == mesenchymal == 1 - epithelial


def test_symbols_of_the_knobs_are_those_of_the_published_table():
    symbols = {k.name: k.symbol for k in InvasionParams.knobs()}
    for name, symbol in symbols.items():
        if InvasionParams.knob(name).source == "franssen2019" and symbol != "Phi":
            assert symbol in PUBLISHED, name


def test_the_enzyme_step_is_stable_at_the_far_ends_of_its_sliders():
    diffusion, decay = (InvasionParams.knob(n).high for n in ("mmp_diffusion", "mmp_decay"))
    share_leaving = 4 * diffusion * DT_S / 3600 / DX_UM**2 + decay * DT_S / 86400
    assert share_leaving < 1
    default = 4 * InvasionParams().mmp_diffusion * DT_S / 3600 / DX_UM**2
    assert np.isclose(default, 0.16)
