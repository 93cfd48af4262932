"""The body: shares of the heart's output, drainage, and the time of a circuit."""

import pytest

from metakit.body.organs import CIRCUIT_S, drainage, drainages, organs
from metakit.core.sources import SOURCES


def test_all_blood_goes_somewhere():
    assert sum(organ.flow for organ in organs().values()) == pytest.approx(1, abs=1e-9)
    assert all(organ.flow > 0 and organ.source in SOURCES for organ in organs().values())


def test_the_portal_vein_brings_the_liver_three_quarters_of_its_blood():
    portal = sum(organ.flow for organ in organs().values() if organ.drains_to == "liver")
    assert portal == pytest.approx(0.19)
    assert portal + organs()["liver"].flow == pytest.approx(0.255)


def test_one_circuit_takes_49_seconds():
    assert pytest.approx(49, abs=0.5) == CIRCUIT_S


def test_organs_of_the_gut_drain_to_the_liver_and_all_others_but_the_lung_to_the_lungs():
    gut = {"stomach", "small intestine", "large intestine", "pancreas", "spleen"}
    assert {name for name, organ in organs().items() if organ.drains_to == "liver"} == gut
    assert {name for name, organ in organs().items() if organ.drains_to not in ("liver", "lung")} == {"lung"}


def test_origins_drain_where_anatomy_says():
    assert drainage("colon").portal == drainage("pancreas").portal == 1
    assert drainage("breast").caval == 1
    assert drainage("lung").pulmonary == 1
    assert all(way.source in SOURCES for way in drainages().values())


def test_an_unknown_origin_names_the_nearest():
    with pytest.raises(ValueError, match=r"colon"):
        drainage("colom")
