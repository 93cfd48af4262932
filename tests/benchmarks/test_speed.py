"""Times of the tissue engine, beside the floor of this machine: a copy of the arrays that a step must touch."""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import numpy as np
import pytest

import metakit
from metakit.body import colonies
from metakit.models.invasion import measure
from metakit.runs.stage import stage as stage_of
from metakit.tissue.params import STEPS_A_FRAME
from metakit.tissue.step import advance_tissue
from metakit.widgets.draw.tissue_raster import picture_of
from tests.benchmarks.tissues import CELLS, PARAMS, tissue_of


@pytest.mark.parametrize("cells", CELLS)
@pytest.mark.benchmark(group="one step of 40 s, 201 x 201 points")
def test_a_step(benchmark, cells):
    state, rng = tissue_of(cells), np.random.default_rng(2)
    benchmark.pedantic(advance_tissue, (state, PARAMS, rng, STEPS_A_FRAME), rounds=20, warmup_rounds=2)
    step = benchmark.stats.stats.min / STEPS_A_FRAME
    voxel_ns = step / state.mmp.size * 1e9
    print(f"\n  {cells:>7,} cells: {step * 1e3:.3f} ms a step, {voxel_ns:.2f} ns a voxel")


@pytest.mark.benchmark(group="one step of 40 s, 201 x 201 points")
def test_the_floor_a_copy_of_the_same_arrays(benchmark):
    state = tissue_of(10_000)
    arrays = [state.mmp, state.ecm, state.mmp.copy(), state.mmp.copy(), state.mmp.copy()]
    copies = [np.empty_like(a) for a in arrays]

    def copy_all():
        for copy, array in zip(copies, arrays, strict=True):
            np.copyto(copy, array)

    benchmark.pedantic(copy_all, rounds=20, iterations=STEPS_A_FRAME, warmup_rounds=2)
    print(f"\n  floor: {benchmark.stats.stats.min * 1e3:.4f} ms to copy enzyme, ECM, cell counts and two buffers")


@pytest.mark.benchmark(group="whole runs")
def test_five_days_of_the_default_preset(benchmark):
    benchmark.pedantic(metakit.run, ("invasion",), {"seed": 7, "time_d": 5, "progress": False}, rounds=2)


@pytest.mark.parametrize("stage", ["invasion", "journey"])
@pytest.mark.benchmark(group="whole runs")
def test_twenty_four_days_and_their_memory(benchmark, stage):
    code = (
        "import resource, metakit\n"
        f"run = metakit.run('{stage}', seed=7, time_d=1, progress=False)\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "first = peak(); run.advance(time_d=24, progress=False); cells = sum(run.ledger.came.values())\n"
        "print(f'  after day 1: {first:.0f} MB, after day 24: {peak():.0f} MB, {cells:,} cells')\n"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    said = benchmark.pedantic(subprocess.check_output, ([sys.executable, "-c", code],), {"text": True}, rounds=1)
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    print(f"\n{said.rstrip()}, {used:.1f} s of one core")


@pytest.mark.parametrize("preset", ["science", "coarse"])
@pytest.mark.benchmark(group="whole runs")
def test_five_days_of_the_journey(benchmark, preset):
    benchmark.pedantic(
        metakit.run, ("journey",), {"seed": 7, "preset": preset, "time_d": 5, "progress": False}, rounds=2
    )


@pytest.mark.benchmark(group="one frame to look at")
def test_a_frame_of_the_journey_with_ten_thousand_cells(benchmark):
    run = metakit.run("journey", seed=7, time_d=6.8, progress=False)
    view = metakit.view("journey").paint_moving
    benchmark(lambda: view(run.advance(frames=1, progress=False).state))


@pytest.mark.parametrize("cells", [2_000, 10_000])
@pytest.mark.benchmark(group="one frame to look at")
def test_a_picture(benchmark, cells):
    state = tissue_of(cells)
    picture = picture_of(state.grid, "far")
    benchmark(lambda: picture.png(picture.draw(state, "day 1.0")))


@pytest.mark.benchmark(group="one frame to look at")
def test_its_measures(benchmark):
    benchmark(measure, metakit.run("invasion", seed=7, time_d=4, progress=False).state)


@pytest.mark.benchmark(group="twenty seeds, five days")
def test_an_ensemble_on_one_worker_and_on_two(benchmark):
    def seconds(workers):
        began = time.perf_counter()
        metakit.ensemble("journey", seeds=range(20), time_d=5, workers=workers, progress=False)
        return time.perf_counter() - began

    one = seconds(1)
    two = benchmark.pedantic(seconds, (2,), rounds=1)
    print(f"\n  one worker {one:.1f} s, two workers {two:.1f} s: {one / two:.2f} times faster")


BODY = ("circulation", "extravasation", "colonization", "spread", "tropism", "treatment")
LATER = {"circulation": 40, "extravasation": 40, "colonization": 100, "spread": 120, "tropism": 40, "treatment": 120}


@pytest.mark.parametrize("stage", BODY)
@pytest.mark.benchmark(group="body scale: one frame of the default run, measures included")
def test_a_frame_at_body_scale(benchmark, stage):
    run = metakit.run(stage, seed=7, progress=False).advance(frames=LATER[stage], progress=False)
    benchmark(lambda: stage_of(stage).measure(stage_of(stage).next(run.state, run.params)))


@pytest.mark.parametrize("released", ["1", "1e7", "1e12"])
@pytest.mark.benchmark(group="body scale: one frame, from one cell to a million million")
def test_a_frame_takes_as_long_for_any_number_of_cells(benchmark, released):
    run = metakit.run("circulation", seed=7, released=released, progress=False).advance(frames=5, progress=False)
    benchmark(stage_of("circulation").next, run.state, run.params)


@pytest.mark.parametrize("stage", BODY)
@pytest.mark.benchmark(group="body scale: one picture while it plays")
def test_a_picture_at_body_scale(benchmark, stage):
    run = metakit.run(stage, seed=7, progress=False).advance(frames=LATER[stage], progress=False)
    paint, states = metakit.view(stage).paint_moving, []
    for _ in range(20):
        states.append(run.advance(frames=1, progress=False).state)
    turn = iter(range(10**9))
    benchmark(lambda: paint(states[next(turn) % 20]))


@pytest.mark.benchmark(group="body scale: whole runs")
def test_ten_thousand_colonies_for_ten_years(benchmark):
    benchmark.pedantic(metakit.run, ("colonization",), {"seed": 7, "time_d": 3650, "progress": False}, rounds=3)


@pytest.mark.benchmark(group="body scale: whole runs")
def test_a_thousand_patients_for_1286_days(benchmark):
    benchmark.pedantic(lambda: colonies.draw_patients(1000, 1286, np.random.default_rng(7)), rounds=3)
