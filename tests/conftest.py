"""What several test files share."""

import math
import sys

import numpy as np
import pytest

import metakit
from metakit.runs.stage import stage as find


def pytest_collection_modifyitems(items):
    """Inside Pyodide, leave out what needs a machine, and say why."""
    if sys.platform == "emscripten":
        for item in items:
            if native := item.get_closest_marker("native"):
                item.add_marker(pytest.mark.skip(reason=f"not inside Pyodide: it {native.args[0]}"))


@pytest.fixture(autouse=True)
def no_bar_because_the_machine_is_busy(monkeypatch):
    """Work that takes over a second shows a bar; how long it takes here depends on what else the machine does."""
    for module in ("progress", "ensemble"):
        monkeypatch.setattr(f"metakit.runs.{module}.PATIENCE_S", math.inf)


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


@pytest.fixture(scope="session")
def place_cells():
    """Make a tissue with untouched matrix, no lamina and no vessels, and cells just where they are expected."""

    def make(site, mesenchymal, *, points=201, stage="invasion", **fields):
        empty = find(stage).first(find(stage).params(start_cells=0), 0)
        site = np.asarray(site, np.int32)
        none = np.empty(0, np.int32)
        return empty.replace(
            **{
                "mmp": np.zeros((points, points), np.float32),
                "ecm": np.ones((points, points), np.float32),
                "lamina_site": none,
                "lamina": none.astype(np.float32),
                "lamina_rate": none.astype(np.float32),
                "vessel_site": none,
                "vessel_ruptured": none.astype(bool),
                "cell_site": site,
                "cell_mesenchymal": np.broadcast_to(mesenchymal, site.shape).astype(bool),
                "cell_id": np.arange(len(site), dtype=np.int32),
                "cell_line": np.zeros(len(site), np.int32),
                "n_started": len(site),
                **fields,
            }
        )

    return make
