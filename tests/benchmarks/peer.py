"""Time a step of metakit and of the real MetaSpread in turn: same grid, same number of cells, one run.

Use: ``python peer.py PYTHON``, where PYTHON has MetaSpread installed (``make bench-peer`` makes one).
First one site, then three with so many cells in each, metakit's journey; MetaSpread's output is thrown away.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from metakit.models import journey
from metakit.models.journey import JourneyState
from metakit.tissue.params import STEPS_A_FRAME
from metakit.tissue.step import advance_tissue
from tests.benchmarks.tissues import JOURNEY, PARAMS, three_of, tissue_of

WANTED = {(1, 388): 1500, (1, 10_000): 1500, (1, 116_000): 1000, (3, 388): 0, (3, 10_000): 0}
WORKER = """
import contextlib, io, json, sys, time
from pathlib import Path
sites, cells = int(sys.argv[1]), int(sys.argv[2])
with contextlib.redirect_stdout(io.StringIO()):
    import metaspread.configs as configs
    configs.generate_default_configs()
    import csv
    rows = {name: value for name, value in list(csv.reader(open("simulations_configs.csv")))[1:]}
    points = -(-cells // 4)
    rows.update(number_of_initial_cells=cells, n_center_points_for_tumor=points,
                n_center_points_for_Vessels=max(points, 200))
    if sites == 1:  # it takes two at least: the second is cut off below
        rows.update(grids_number=2, extravasation_probs="[1]", secondary_sites_vessels="[10]")
    with open("simulations_configs.csv", "w", newline="") as file:
        csv.writer(file).writerows([("Names", "Values"), *rows.items()])
    configs.init_simulation_configs("simulations_configs.csv")
    from metaspread.cancermodel import CancerModel
    from metaspread.cancercell import CancerCell
    model = CancerModel(cells, 201, 201, max(sites, 2), 10**9, 10**9, ".", seed=1)
    if sites == 1:
        model.mmp2, model.ecm = model.mmp2[:1], model.ecm[:1]
    in_primary = [agent for agent in model.schedule.agents if agent.agent_type == "cell"]
    for i in range(1, sites):
        for like in in_primary:
            cell = CancerCell(model.current_agent_id, model, model.grids[i], model.grid_ids[i], like.phenotype,
                              model.ecm[i], model.mmp2[i])
            model.current_agent_id += 1
            model.schedule.add(cell)
            model.grids[i].place_agent(cell, like.pos)
            model.cancer_cells_counter[i] += 1
for line in sys.stdin:
    with contextlib.redirect_stdout(io.StringIO()):
        began = time.perf_counter()
        for _ in range(int(line)):
            model.step()
        took = time.perf_counter() - began
    print(json.dumps(took / int(line)), flush=True)
"""


def main() -> None:
    """Alternate both and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", help="a Python that has MetaSpread")
    parser.add_argument("--rounds", type=int, default=5, help="turns each (default 5)")
    arguments = parser.parse_args()
    python = str(Path(arguments.python).absolute())  # not resolved: a venv's python is a link
    print(f"{'sites':>5} {'cells':>8} {'':>7} {'MetaSpread':>14} {'metakit':>12} {'ratio':>8}  wanted")
    for (sites, cells), wanted in WANTED.items():
        theirs, ours = in_turn(python, sites, cells, arguments.rounds)
        # The fastest turn of each says what the code costs; the medians say what else the machine was doing.
        for name, take in (("best", min), ("median", statistics.median)):
            a, b = take(theirs), take(ours)
            times = f"{a * 1e3:>11.1f} ms {b * 1e3:>9.3f} ms {a / b:>8,.0f}  {wanted or '':>6}"
            print(f"{sites:>5} {cells:>8,} {name:>7} {times}", flush=True)


def in_turn(python: str, sites: int, cells: int, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds a step of both, turn by turn; a turn of ours takes as long as theirs, and is many steps."""
    theirs, ours = [], []
    with tempfile.TemporaryDirectory() as folder:
        command = [python, "-c", WORKER, str(sites), str(cells)]
        peer = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert peer.stdin is not None
        assert peer.stdout is not None
        start, rng = (tissue_of(cells) if sites == 1 else three_of(cells)), np.random.default_rng(2)
        for _ in range(rounds):
            steps = 2 if cells > 20_000 else 4
            peer.stdin.write(f"{steps}\n")
            peer.stdin.flush()
            theirs.append(json.loads(peer.stdout.readline()))
            began, frames = time.perf_counter(), 0
            while time.perf_counter() - began < steps * theirs[-1]:
                # From the same start and for less than the 2,000 steps to the first division: so many cells stay.
                state = start
                for _ in range(130):
                    state = advance(state, rng)
                frames += 130
            ours.append((time.perf_counter() - began) / frames / STEPS_A_FRAME)
            assert abs(alive(state) - sites * cells) < 0.02 * sites * cells
        peer.stdin.close()
        peer.wait()
    return theirs, ours


def advance(state: Any, rng: np.random.Generator) -> Any:
    """One frame of one site, or of the journey."""
    if isinstance(state, JourneyState):
        return journey.advance(state, JOURNEY, rng)
    return advance_tissue(state, PARAMS, rng, STEPS_A_FRAME)


def alive(state: Any) -> int:
    """Cells in all sites."""
    return sum(len(site.cell_site) for site in getattr(state, "sites", {"": state}).values())


if __name__ == "__main__":
    main()
