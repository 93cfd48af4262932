"""Runs as files: they go on exactly, and damaged or hostile ones are refused in words."""

import io
import json
import pickle
import platform
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import metakit
from metakit.runs.run_file import FORMAT, VERSION
from metakit.runs.stage import stage as stage_of


@pytest.fixture(scope="session")
def saved(tmp_path_factory, intravasation):
    """The bytes of a good file."""
    return intravasation.save(tmp_path_factory.mktemp("saved") / "run.npz").read_bytes()


@pytest.fixture(scope="session")
def parts(saved):
    """The entries of a good file, to be spoiled one at a time."""
    with np.load(io.BytesIO(saved)) as archive:
        return dict(archive)


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """Where spoiled files are written."""
    return tmp_path_factory.mktemp("spoiled") / "run.npz"


def _spoiled(place, parts, change_header=None, **changes):
    """Write a file with other entries; None leaves one out, a function changes the header in place."""
    entries = {k: v for k, v in {**parts, **changes}.items() if v is not None}
    if change_header:
        read = json.loads(str(parts["header"]))
        change_header(read)
        entries["header"] = np.array(json.dumps(read))
    np.savez(place, **entries)
    return place


def _refuses(path, match=r"\w"):
    """Loading says in a ValueError of its own, naming the file, what is wrong."""
    with pytest.raises(ValueError, match=match) as caught:
        metakit.load(path)
    assert str(path) in str(caught.value)
    assert caught.traceback[-1].path.name == "run_file.py", "the error was raised by metakit, not passed on from numpy"


def test_saving_and_loading_gives_an_equal_run(tmp_path, intravasation):
    path = intravasation.save(tmp_path / "run.npz")
    loaded = metakit.load(path)
    assert loaded == intravasation
    assert loaded.recipe == intravasation.recipe
    assert list(map(repr, loaded.rows)) == list(map(repr, intravasation.rows))


def test_changed_parameters_survive_saving(tmp_path):
    run = metakit.run("invasion", seed=7, preset="leaky stroma", time_h=1).advance(frames=1, haptotaxis=0)
    path = run.save(str(tmp_path / "run.npz"))
    uninterrupted = run.advance(frames=2, emt_rate=1)
    assert metakit.load(path).advance(frames=2, emt_rate=1) == uninterrupted


def test_a_saved_file_holds_no_pickle(saved):
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        for name in archive.namelist():
            assert name.endswith(".npy")
            assert b"'descr': '|O'" not in archive.read(name)[:200]


def test_nothing_is_lost_when_saving_fails(tmp_path, invasion, monkeypatch):
    path = invasion.save(tmp_path / "run.npz")
    before = path.read_bytes()

    def full_disk(*args, **kwargs):
        args[0].write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full_disk)
    with pytest.raises(OSError, match="No space left"):
        invasion.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"], "nothing half-written is left behind"


def test_saving_where_nothing_can_be_written_is_an_oserror_that_names_the_place(tmp_path, invasion):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="missing"):
        invasion.save(tmp_path / "missing" / "run.npz")
    with pytest.raises(OSError, match="file"):
        invasion.save(tmp_path / "file" / "run.npz")
    with pytest.raises(OSError, match=tmp_path.name):
        invasion.save(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_file_that_is_not_there_is_an_oserror_and_a_folder_a_valueerror(tmp_path):
    with pytest.raises(FileNotFoundError):
        metakit.load(tmp_path / "missing.npz")
    with pytest.raises(ValueError, match="is a folder"):
        metakit.load(tmp_path)


def test_a_file_that_is_something_else_is_refused(place, invasion):
    for content in (b"", b"PK", b"\x93NUMPY", b"time_h,cells\n0,400\n", b"\x00" * 5000, pickle.dumps({"header": 1})):
        place.write_bytes(content)
        _refuses(place)
    np.save(place.with_suffix(".npy"), np.arange(3))
    _refuses(place.with_suffix(".npy"))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_file_cut_off_anywhere_is_refused(place, saved, data):
    place.write_bytes(saved[: data.draw(st.integers(0, len(saved) - 1))])
    _refuses(place)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_file_with_flipped_bytes_is_refused_or_the_same(place, saved, intravasation, data):
    spoiled = bytearray(saved)
    # Anywhere, but often in the table of contents at the end, where the checksums of the archive do not look.
    for where in data.draw(st.lists(st.integers(0, len(saved) - 1) | st.integers(-2500, -1), min_size=1, max_size=3)):
        spoiled[where] ^= data.draw(st.integers(1, 255))
    place.write_bytes(bytes(spoiled))
    with suppress(ValueError):
        assert metakit.load(place) == intravasation, "a damaged file must never be taken for another run"


def _header(**changes):
    return lambda header: header.update(changes)


def _set_state(name, value):
    return lambda header: header["state"].__setitem__(name, value)


def _drop(key):
    return lambda header: header.pop(key)


BAD_HEADERS = {
    "another format": (_header(format="netcdf"), f"does not say '{FORMAT}'"),
    "a newer version": (_header(version=VERSION + 1), f"version {VERSION + 1}; this metakit reads version {VERSION}"),
    "a version in words": (_header(version="new"), "version 'new'"),
    "an unknown stage": (_header(stage="invassion"), "did you mean 'invasion'"),
    "a stage that is a path": (_header(stage="../../secret"), "no stage called"),
    "a stage that is a list": (_header(stage=["invasion"]), "no stage called"),
    "an unknown preset": (_header(preset="x"), "no preset"),
    "a negative seed": (_header(seed=-1), "is not a seed"),
    "a seed that is a switch": (_header(seed=True), "is not a seed"),
    "no stage": (_drop("stage"), "stage"),
    "no history": (_drop("history"), "history"),
    "an empty history": (_header(history=[]), "not in order of time"),
    "a history without parameters": (_header(history=[[0.0, {}]]), "does not have the parameters"),
    "a history with a preset's name": (_header(history=[[0.0, {"preset": "science"}]]), "does not have the param"),
    "a history of something else": (_header(history=[[0.0, [1]]]), r"\w"),
    "a history that is a number": (_header(history=3), r"\w"),
    "columns of something else": (_header(columns=["time_h"]), "columns of this stage"),
    "columns of no kind": (_header(columns=None), "columns of this stage"),
    "an unknown entry of the state": (_set_state("more", 1), "more"),
    "a state that is a list": (_header(state=[1, 2]), r"\w"),
    "a count in words": (_set_state("n_born", "many"), "n_born"),
    "a count that is absurd": (_set_state("n_born", 10**40), r"\w"),
    "a clock that is no number": (_set_state("time_s", float("nan")), "is not a time"),
    "a clock that is absurd": (_set_state("time_s", 10**400), r"\w"),
    "no stream": (_set_state("rng_state", {}), r"\w"),
    "a stream of another kind": (_set_state("rng_state", {"bit_generator": "MT19937"}), r"\w"),
    "a stream that is a list": (_set_state("rng_state", []), r"\w"),
}


@pytest.mark.parametrize("what", BAD_HEADERS)
def test_a_header_that_cannot_be_is_refused(place, parts, what):
    change, message = BAD_HEADERS[what]
    _refuses(_spoiled(place, parts, change), message)


def test_parameters_out_of_range_in_a_file_are_refused(place, parts):
    _refuses(_spoiled(place, parts, lambda h: h["history"][0][1].update(capacity=99)), "capacity = 99 cells")
    _refuses(_spoiled(place, parts, lambda h: h["history"][0][1].update(capcity=4)), "does not have the parameters")
    _refuses(_spoiled(place, parts, lambda h: h["history"][0][1].pop("capacity")), "does not have the parameters")
    _refuses(_spoiled(place, parts, lambda h: h["history"][0].__setitem__(0, 1e9)), "not in order of time")


@pytest.mark.parametrize(
    "text", ["", "{", "[1, 2]", "null", "{}", "NaN", "[" * 100_000, '{"format": "metakit run"}', "\x00"]
)
def test_a_header_that_is_no_json_object_is_refused(place, parts, text):
    _refuses(_spoiled(place, parts, header=np.array(text)))


@pytest.mark.parametrize(
    "value", [np.array(["{}"]), np.array(3), np.array(b"{}"), np.zeros((2, 2)), np.array(["a", "b"])], ids=repr
)
def test_a_header_that_is_no_text_is_refused(place, parts, value):
    _refuses(_spoiled(place, parts, header=value), "header is not a text")


@pytest.mark.parametrize("name", ["header", "rows", "state.ecm", "state.cell_site"])
def test_a_missing_entry_is_refused_by_name(place, parts, name):
    _refuses(_spoiled(place, parts, **{name: None}), "one is missing|entries are not those of .*: (ecm|cell_site)")


@pytest.mark.parametrize("name", ["state.more", "more", "../x", "state.../x", "/etc/x", "state.", "a" * 300, "é\n"])
def test_entries_with_hostile_names_are_refused_and_nothing_is_written(place, parts, name):
    inside, outside = set(place.parent.iterdir()), set(place.parent.parent.iterdir())
    _refuses(_spoiled(place, parts, **{name: np.zeros(3)}), r"entries are not (header|those)")
    assert set(place.parent.iterdir()) - {place} <= inside
    assert set(place.parent.parent.iterdir()) == outside


@pytest.mark.parametrize("name", ["header", "rows", "state.ecm", "state.cell_site"])
def test_pickled_objects_are_refused_and_never_executed(place, parts, name):
    marker = place.parent / "executed"

    class Bomb:
        def __reduce__(self):
            return (Path.touch, (marker,))

    _refuses(_spoiled(place, parts, **{name: np.array([Bomb()], dtype=object)}), "pickle")
    assert not marker.exists()
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr(f"{name}.npy", pickle.dumps(Bomb()))
        archive.writestr("header", pickle.dumps(Bomb()))
    _refuses(place)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["state.ecm", "state.mmp", "state.cell_site", "state.cell_mesenchymal", "rows"])
def test_arrays_of_another_shape_or_type_are_refused(place, parts, name):
    good = parts[name]
    for bad in (good[:-1], good[..., None], good.ravel()[0], good.astype("complex64"), np.array("x"), good[:0]):
        _refuses(_spoiled(place, parts, **{name: bad}))


def test_a_table_that_does_not_belong_to_its_state_is_refused(place, parts):
    rows = parts["rows"].copy()
    rows[-1, 1] += 1
    _refuses(_spoiled(place, parts, rows=rows), "last row of its table does not belong to its state")
    _refuses(_spoiled(place, parts, rows=rows[:0]), "no row")
    rows[0, 1] = np.nan
    _refuses(_spoiled(place, parts, rows=rows))


def _rows_changed(parts, name, change):
    """The table of a good file with one number of its last row changed."""
    rows = parts["rows"].copy()
    column = json.loads(str(parts["header"]))["columns"].index(name)
    rows[-1, column] = change(rows[-1, column])
    return rows


def test_a_row_that_was_rounded_elsewhere_loads_and_goes_on_as_the_run_would(place, parts, intravasation):
    """Another Python, numpy or processor works the measures out again: their last digits may be others."""
    uninterrupted = stage_of("intravasation").next(intravasation.state, intravasation.params)
    for ulps in (1, -3, 1000):
        rounded = _rows_changed(parts, "ecm_mean", lambda v, ulps=ulps: v + ulps * np.spacing(v))
        assert rounded.tobytes() != parts["rows"].tobytes()
        loaded = metakit.load(_spoiled(place, parts, rows=rounded))
        assert loaded.advance(frames=1, progress=False).state == uninterrupted


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("cells_entered", lambda v: v + 1),
        ("cells_entered", lambda v: v + 1e-7),
        ("ecm_mean", lambda v: v * (1 + 1e-3)),
        ("ecm_mean", lambda v: v * (1 - 1e-8)),
        ("ecm_mean", lambda v: -v),
        ("ecm_mean", lambda v: np.nan),
        ("ecm_mean", lambda v: np.inf),
    ],
)
def test_a_row_that_is_damaged_is_refused_and_the_measure_named(place, parts, name, change):
    _refuses(_spoiled(place, parts, rows=_rows_changed(parts, name, change)), rf"state: {name} is .* in the row and")


def test_a_measure_that_is_not_yet_there_must_not_be_there_in_the_row_either(tmp_path):
    run = metakit.run("colonization", seed=1)
    path = run.save(tmp_path / "run.npz")
    assert np.isnan(metakit.load(path).measures["million_h"])
    with np.load(path) as archive:
        parts = dict(archive)
    path = _spoiled(tmp_path / "spoiled.npz", parts, rows=_rows_changed(parts, "million_h", lambda v: 3.0))
    _refuses(path, "million_h is 3 in the row and nan in the state")


def test_a_file_says_what_it_was_made_with(parts):
    made = {"metakit": metakit.__version__, "python": platform.python_version(), "numpy": np.__version__}
    assert json.loads(str(parts["header"]))["made_with"] == made


def _npy(header):
    """An .npy file with a header of one's own."""
    text = header.encode() + b" " * 3 + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + b"\x00" * 64


@pytest.mark.parametrize(
    "header",
    [
        "",
        "{",
        "(" * 500,
        "{'descr': '<f4', 'fortran_order': False, 'shape': (",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 3, }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': 'nonsense', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1L,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': __import__('os').abort() }",
        "'\x00",
        "{'descr': [('a', '<f4'), ('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
    ],
)
@pytest.mark.filterwarnings("ignore:Reading .* required additional header parsing:UserWarning")
def test_damage_inside_an_entry_is_refused(place, parts, header):
    _spoiled(place, parts, **{"state.ecm": None})
    with zipfile.ZipFile(place, "a") as archive:
        archive.writestr("state.ecm.npy", _npy(header))
    _refuses(place)


def test_a_run_is_saved_as_npz_and_nothing_else(tmp_path, invasion):
    with pytest.raises(ValueError, match=r"should end in \.npz"):
        invasion.save(tmp_path / "run.csv")
    assert not list(tmp_path.iterdir())


def test_saving_to_a_link_leaves_the_link(tmp_path, invasion):
    link = tmp_path / "latest.npz"
    link.symlink_to(tmp_path / "run.npz")
    invasion.save(link)
    assert link.is_symlink()
    assert metakit.load(tmp_path / "run.npz") == invasion
