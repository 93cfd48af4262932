"""What every stage keeps, whatever it models. A new stage is found on disk and tested here without any edit."""

import ast
import dataclasses
import inspect
import math
import pkgutil
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import metakit
import metakit.widgets
from metakit.core.sources import SOURCES
from metakit.core.state import SECONDS
from metakit.runs.stage import stage

ROOT = Path(metakit.__file__).parent.parent
every_stage = pytest.mark.parametrize("name", metakit.stages())


@pytest.fixture(scope="module")
def runs():
    """A few frames of every stage with its default parameters."""
    return {n: metakit.run(n, seed=5, progress=False).advance(frames=6, progress=False) for n in metakit.stages()}


# Four files


def _classes(path):
    return {n.name for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.ClassDef)}


@every_stage
def test_a_stage_has_its_model_its_view_its_test_and_its_notebook(name):
    prefix = "".join(part.capitalize() for part in name.split("_"))
    model, view = (Path(import_module(f"metakit.{folder}.{name}").__file__) for folder in ("models", "widgets"))
    missing = []
    if not {f"{prefix}Params", f"{prefix}State"} <= _classes(model):
        missing.append(f"metakit/models/{name}.py with the classes {prefix}Params and {prefix}State")
    if f"{prefix}View" not in _classes(view):
        missing.append(f"metakit/widgets/{name}.py with a class {prefix}View")
    if not (ROOT / "tests/models" / f"test_{name}.py").exists():
        missing.append(f"tests/models/test_{name}.py")
    if not list((ROOT / "notebooks").glob(f"[0-9][0-9]_{name}.ipynb")):
        missing.append(f"notebooks/NN_{name}.ipynb")
    assert not missing, f"the stage {name!r} lacks: {'; '.join(missing)}"


def test_no_view_test_or_lesson_is_left_without_its_stage():
    views = {m.name for m in pkgutil.iter_modules(metakit.widgets.__path__)} - {"parts", "draw"}
    lessons = {p.stem[3:] for p in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")} - {"start_here"}
    assert views | lessons <= set(metakit.stages()), "named after no model in metakit/models"


@every_stage
def test_a_stage_has_its_verbs_and_says_how_it_answers(name):
    module = stage(name).module
    wanted = {"start": ["params", "inflow", "rng"], "advance": ["state", "params", "rng"], "measure": ["state"]}
    if stage(name).gives:
        wanted["outflow"] = ["state"]
    for verb, arguments in wanted.items():
        assert list(inspect.signature(getattr(module, verb)).parameters) == arguments, verb
        assert getattr(module, verb).__doc__, verb
    assert stage(name).about
    assert module.ANSWERS in ("live", "instant")
    assert stage(name).frame_s > 0
    assert stage(name).usual_s >= stage(name).frame_s


@every_stage
def test_what_a_stage_gives_is_of_the_kind_that_it_declares_and_loses_no_cell(name, runs):
    this = stage(name)
    if this.gives is None:
        with pytest.raises(ValueError, match=f"nothing flows out of {name}"):
            runs[name].outflow()
        return
    given = runs[name].outflow()
    assert type(given) is this.gives
    assert 0 <= given.n_cells <= sum(runs[name].ledger.now.values())
    assert this.gives.join(*given.split()) == given


@every_stage
def test_what_flows_in_is_all_taken_or_waits_or_is_left_somewhere(name, runs):
    this, sources = stage(name), [n for n in metakit.stages() if stage(n).gives in stage(name).takes]
    assert bool(this.takes) == bool(sources), f"{name} takes what no stage gives"
    for source in sources:
        given = runs[source].outflow()
        begun = this.first(this.params(), 5, given)
        taken = next(iter(begun.ledger.came.values())) * begun.context.each
        assert given.body_cells == taken + begun.context.aside + sum(begun.context.left.values()), source
        assert begun.ledger.missing == 0
        begun.check()
    for source in set(metakit.stages()) - set(sources):
        if stage(source).gives:
            with pytest.raises(ValueError, match=f"inflow = .* cannot be used: .*{name}"):
                this.first(this.params(), 5, runs[source].outflow())


# Parameters


@every_stage
def test_every_parameter_is_declared_in_full(name):
    for knob in stage(name).params.knobs():
        assert len(knob.doc) > 5, knob.name
        assert not knob.doc.endswith("."), f"{knob.name}: a line, not a sentence"
        assert knob.source in SOURCES, knob.name
        if knob.is_choice:
            continue
        assert knob.low < knob.high, knob.name
        assert knob.low <= knob.default <= knob.high, knob.name
        if not knob.is_switch:
            assert knob.unit, f"{knob.name} has no unit; a pure number has the unit 'number'"
            assert 0 < knob.step <= (knob.high - knob.low) / 4, f"{knob.name}: a slider of hardly any steps"


@every_stage
def test_every_parameter_is_of_the_kind_that_its_annotation_says(name):
    kinds = {f.name: getattr(f.type, "__name__", f.type) for f in dataclasses.fields(stage(name).params)}
    for knob in stage(name).params.knobs():
        kind = "str" if knob.is_choice else "bool" if knob.is_switch else "int" if knob.is_count else "float"
        assert kinds[knob.name] == kind, f"{knob.name}: {kinds[knob.name]} is declared, its numbers make it {kind}"


@every_stage
def test_the_first_knobs_and_the_presets_are_there_and_valid(name):
    cls = stage(name).params
    assert 1 <= len(cls.FIRST) <= 4, "FIRST names what a newcomer meets first: one to four parameters"
    assert set(cls.FIRST) <= {k.name for k in cls.knobs()}
    assert next(iter(cls.PRESETS)) == "science"
    assert cls.make() == cls.make("science")
    made = [cls.make(preset) for preset in cls.PRESETS]
    assert all(a != b for i, a in enumerate(made) for b in made[:i]), "two presets are the same"
    assert set(cls.PRESET_NOTES) <= set(cls.PRESETS)


# Runs


@every_stage
def test_the_clock_comes_first_and_goes_on_by_a_frame_each_time(name, runs):
    clock = f"time_{stage(name).state.CLOCK}"
    for i, row in enumerate(runs[name].rows):
        assert next(iter(row)) == clock
        assert row[clock] * SECONDS[clock.removeprefix("time_")] == pytest.approx(i * stage(name).frame_s)
    assert runs[name].state.time_s == pytest.approx(6 * stage(name).frame_s)


def _check_frame(name, state, row):
    """Numbers that make sense, and every cell in its place."""
    document = stage(name).measure.__doc__
    for key, value in row.items():
        assert type(value) in (int, float), f"{key} = {value!r} is not a plain number"
        if isinstance(value, float) and math.isnan(value):
            assert f"``{key}``" in document, f"{key} is NaN, and measure() does not say when it may be"
            assert "NaN" in document
        else:
            assert 0 <= value < math.inf, f"{key} = {value} at {row}"
    assert state.ledger.missing == 0, state.ledger
    assert all(n >= 0 for _, n in state.ledger), state.ledger


@every_stage
def test_measures_are_plain_finite_numbers_and_the_ledger_adds_up_at_every_frame(name):
    run = metakit.run(name, seed=3, progress=False)
    columns = list(run.measures)
    for _ in range(8):
        _check_frame(name, run.state, run.measures)
        assert list(run.measures) == columns
        run.advance(frames=1, progress=False)


@every_stage
def test_every_preset_runs(name):
    for preset in stage(name).params.PRESETS:
        run = metakit.run(name, seed=3, preset=preset, progress=False).advance(frames=3, progress=False)
        _check_frame(name, run.state, run.measures)


@every_stage
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(name, runs, tmp_path):
    def file_of(seed):
        run = metakit.run(name, seed=seed, progress=False).advance(frames=6, progress=False)
        return run, run.save(tmp_path / f"{seed}.npz").read_bytes()

    again, same = file_of(5)
    assert again == runs[name]
    assert same == runs[name].save(tmp_path / "first.npz").read_bytes()
    other, different = file_of(6)
    assert other.state != again.state
    assert different != same


@every_stage
def test_saving_loading_and_going_on_is_the_uninterrupted_run_bit_for_bit(name, tmp_path):
    uninterrupted = metakit.run(name, seed=9, progress=False).advance(frames=7, progress=False)
    for stop in (0, 1, 4):
        begun = metakit.run(name, seed=9, progress=False).advance(frames=stop, progress=False)
        resumed = metakit.load(begun.save(tmp_path / "run.npz"))
        assert resumed == begun
        assert resumed.advance(frames=7 - stop, progress=False) == uninterrupted


@every_stage
def test_a_state_is_read_only_and_advancing_leaves_it_as_it_was(name, runs):
    state, params = runs[name].state, runs[name].params
    before = {k: v.tobytes() for k, v in state.split()[0].items()}
    stream = str(state.rng_state)
    after = stage(name).next(state, params)
    stage(name).measure(state)
    if stage(name).gives:
        stage(name).outflow(state)
    for key, value in (*state.split()[0].items(), *after.split()[0].items()):
        assert not value.flags.writeable, key
    assert {k: v.tobytes() for k, v in state.split()[0].items()} == before
    assert str(state.rng_state) == stream
    assert stage(name).next(state, params) == after


@every_stage
def test_measuring_and_handing_over_draw_nothing_and_say_the_same_twice(name, runs):
    state = runs[name].state
    assert repr(dict(stage(name).measure(state))) == repr(dict(stage(name).measure(state)))
    if stage(name).gives:
        assert stage(name).outflow(state) == stage(name).outflow(state)


def test_a_knob_moved_in_one_stage_does_not_reshuffle_another():
    def second(**knobs):
        return metakit.chain(
            {"stage": "invasion", "time_h": 1, **knobs}, {"stage": "intravasation", "time_h": 0}, seed=4
        )[1].state

    plain, moved = second(), second(haptotaxis=1000, motility_mesenchymal=100)
    assert not np.array_equal(plain.cell_site, moved.cell_site), "the knob did something"
    # The second stage has drawn its vessels from a stream of its own, and goes on in it where it would have.
    assert np.array_equal(plain.vessel_site, moved.vessel_site)
    assert plain.rng_state == moved.rng_state


@every_stage
def test_the_stream_of_a_stage_depends_on_no_other_stage_on_disk(name, monkeypatch):
    params = stage(name).params()
    before = stage(name).first(params, 3)
    monkeypatch.setattr("metakit.runs.stage.stages", lambda: [name, "a_new_stage"])
    assert stage(name).first(params, 3) == before


# Every corner of every slider


def _corners(name):
    """Each knob alone at either end, and 24 corners of all knobs at once, every knob at each end in half of them."""
    knobs = stage(name).params.knobs()
    alone = [{k.name: end} for k in knobs for end in k.choices or k.ends if end != k.default]
    rng = np.random.default_rng(2024)
    high = np.array([rng.permutation(24) < 12 for _ in knobs]).T
    return alone + [{k.name: k.ends[int(up)] for k, up in zip(knobs, row, strict=True)} for row in high]


@every_stage
def test_every_corner_of_every_slider_runs_for_60_frames(name, monkeypatch):
    # A tissue of 0.8 mm instead of 2 mm: the same code six times faster, lamina and vessels still inside.
    monkeypatch.setattr(stage(name).state, "N_POINTS", 81, raising=False)
    for seed, corner in enumerate(_corners(name)):
        params = stage(name).params(**corner)
        try:
            state = stage(name).first(params, seed)
            for frame in range(61):
                if frame:
                    state = stage(name).next(state, params)
                if frame % 6 == 0:
                    _check_frame(name, state, stage(name).measure(state))
                    state.check()
                assert state.ledger.missing == 0
        except Exception as error:
            raise AssertionError(f"{stage(name).params.__name__}(**{corner}), seed {seed}: {error!r}") from error


@every_stage
def test_knobs_thrown_from_end_to_end_during_a_run_break_nothing(name, monkeypatch):
    monkeypatch.setattr(stage(name).state, "N_POINTS", 81, raising=False)
    state = stage(name).first(stage(name).params(), 1)
    for corner in _corners(name)[-24:]:
        state = stage(name).next(state, stage(name).params(**corner))
        _check_frame(name, state, stage(name).measure(state))
        state.check()
