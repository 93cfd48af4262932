"""What several test files share."""

import numpy as np
import pytest

import metakit


@pytest.fixture(scope="session")
def invasion():
    """Ten hours of the default invasion run: cells have moved and enzyme has spread, nothing is through yet."""
    return metakit.run("invasion", seed=7, time_h=10, progress=False)


@pytest.fixture(scope="session")
def intravasation():
    """Ten hours of intravasation with vessels close by, so that a good many cells have entered."""
    run = metakit.run("intravasation", seed=4, normal_vessels=8, ruptured_vessels=8)
    grid = run.state.grid
    near = np.flatnonzero((grid.radius_um.ravel() > 65) & (grid.radius_um.ravel() < 90)).astype(np.int32)
    run.state = run.state.replace(vessel_site=near[:: len(near) // 16][:16])
    return run.advance(time_h=10, progress=False)
