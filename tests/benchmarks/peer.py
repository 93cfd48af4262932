"""Time a step of metakit and of the real MetaSpread in turn: same grid, same number of cells, one run.

Use: ``python peer.py PYTHON``, where PYTHON has MetaSpread installed (``make bench-peer`` makes one).
MetaSpread is given one site, since metakit's tissue is one site, and its output is thrown away.
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

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from metakit.tissue import STEPS_A_FRAME
from metakit.tissue_step import advance_tissue
from tests.benchmarks.tissues import PARAMS, tissue_of

WANTED = {388: 1500, 10_000: 1500, 116_000: 1000}
WORKER = """
import contextlib, io, json, sys, time
from pathlib import Path
cells = int(sys.argv[1])
with contextlib.redirect_stdout(io.StringIO()):
    import metaspread.configs as configs
    configs.generate_default_configs()
    import csv
    rows = {name: value for name, value in list(csv.reader(open("simulations_configs.csv")))[1:]}
    points = -(-cells // 4)
    rows.update(number_of_initial_cells=cells, n_center_points_for_tumor=points,
                n_center_points_for_Vessels=max(points, 200), grids_number=2,
                extravasation_probs="[1]", secondary_sites_vessels="[10]")
    with open("simulations_configs.csv", "w", newline="") as file:
        csv.writer(file).writerows([("Names", "Values"), *rows.items()])
    configs.init_simulation_configs("simulations_configs.csv")
    from metaspread.cancermodel import CancerModel
    model = CancerModel(cells, 201, 201, 2, 10**9, 10**9, ".", seed=1)
    model.mmp2, model.ecm = model.mmp2[:1], model.ecm[:1]
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
    print(f"{'cells':>8} {'':>7} {'MetaSpread':>14} {'metakit':>12} {'ratio':>8}  wanted")
    for cells, wanted in WANTED.items():
        with tempfile.TemporaryDirectory() as folder:
            peer = subprocess.Popen(
                [python, "-c", WORKER, str(cells)], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            assert peer.stdin is not None
            assert peer.stdout is not None
            start, rng, theirs, ours = tissue_of(cells), np.random.default_rng(2), [], []
            for _ in range(arguments.rounds):
                peer.stdin.write(f"{2 if cells > 20_000 else 4}\n")
                peer.stdin.flush()
                theirs.append(json.loads(peer.stdout.readline()))
                # From the same start each time and for less than the 2,000 steps to the first division, so that the
                # number of cells stays; for about as long as the other's turn, so that neither is timed on a cold
                # machine only.
                state, began, frames = start, time.perf_counter(), 130
                for _ in range(frames):
                    state = advance_tissue(state, PARAMS, rng, STEPS_A_FRAME)
                ours.append((time.perf_counter() - began) / frames / STEPS_A_FRAME)
                assert abs(len(state.cell_site) - cells) < 0.02 * cells
            peer.stdin.close()
            peer.wait()
        # The fastest turn of each says what the code costs; the medians say what else the machine was doing.
        for name, take in (("best", min), ("median", statistics.median)):
            a, b = take(theirs), take(ours)
            print(
                f"{cells:>8,} {name:>7} {a * 1e3:>11.1f} ms {b * 1e3:>9.3f} ms {a / b:>8,.0f}  {wanted:,}", flush=True
            )


if __name__ == "__main__":
    main()
