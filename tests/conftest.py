"""What several test files share."""

import pytest

import metakit


@pytest.fixture(scope="session")
def invasion():
    """Twenty hours of the default invasion run: cells have moved and enzyme has spread, nothing is through yet."""
    return metakit.run("invasion", seed=7, time_h=20, progress=False)


@pytest.fixture(scope="session")
def intravasation():
    """Three days of invasion, then two of intravasation in the same tissue, with vessels close by."""
    return metakit.chain(
        {"stage": "invasion", "time_h": 10},
        {"stage": "intravasation", "time_h": 20, "normal_vessels": 20, "ruptured_vessels": 20},
        seed=4,
        progress=False,
    )[1]
