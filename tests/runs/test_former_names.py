"""Names that were given up: files with them load, errors say the name of today, older files say what changed."""

import json

import numpy as np
import pytest

import metakit
from metakit.runs.stage import stage, stages

MOVED = [name for name in stages() if stage(name).params.FORMER or stage(name).state.FORMER]
# Presets and choices of today that had another name; knobs, fields and measures are in every file.
SETTINGS = {
    "colonization": {"preset": "unsuitable organ", "cooperation": 0.2},
    "spread": {"preset": "mouse efficiency", "closed_gate": "leave the tumor"},
    "treatment": {"preset": "MMP inhibitor from day 0", "second_treatment": "immunotherapy"},
    "tropism": {"preset": "permissiveness alone"},
}


def _choices(params):
    return {word for knob in params.knobs() for word in knob.choices}


def _made(name):
    return metakit.run(name, seed=3, **SETTINGS.get(name, {}), progress=False).advance(frames=3, progress=False)


def _back(names, former):
    """Names as they were, and words of choices among the values."""
    was = {today: old for old, today in former.items()}
    return {was.get(k, k): was.get(v, v) if isinstance(v, str) else v for k, v in names.items()}


def _aged(path, found):
    """Write a run's file as it was before names changed."""
    with np.load(path) as archive:
        entries = dict(archive)
    header = json.loads(str(entries.pop("header")))
    params, fields = found.params.FORMER, found.state.FORMER
    was = {f"state.{today}": f"state.{old}" for old, today in fields.items()}
    header["preset"] = _back({"preset": header["preset"]}, params)["preset"]
    header["history"] = [(time, _back(p, params)) for time, p in header["history"]]
    header["state"] = _back(
        header["state"], {**fields, **{k: v for k, v in params.items() if v in _choices(found.params)}}
    )
    header["columns"] = list(_back(dict.fromkeys(header["columns"]), fields))
    text = json.dumps(header)
    np.savez(path, header=np.array(text), **{was.get(k, k): v for k, v in entries.items()})
    return text


@pytest.mark.parametrize("name", MOVED)
def test_a_run_saved_under_former_names_goes_on_as_the_same_run(name, tmp_path):
    run, path = _made(name), tmp_path / "run.npz"
    run.save(path)
    now = json.loads(str(np.load(path)["header"]))
    text = _aged(path, stage(name))
    assert json.loads(text) != now, "the file is as old as it should be"
    assert metakit.load(path) == run
    assert metakit.load(path).recipe == run.recipe


@pytest.mark.parametrize("name", MOVED)
def test_an_ensemble_saved_under_former_names_loads(name, tmp_path):
    knobs = {k: v for k, v in SETTINGS.get(name, {}).items() if k != "preset"}
    runs = metakit.ensemble(
        name, seeds=[1, 2], time_s=2 * stage(name).frame_s, settings={"some": knobs}, workers=1, progress=False
    )
    path = tmp_path / "runs.json"
    runs.save(path)
    held, params, fields = json.loads(path.read_text()), stage(name).params.FORMER, stage(name).state.FORMER
    held["settings"] = {label: _back(p, params) for label, p in held["settings"].items()}
    held["measures"] = list(_back(dict.fromkeys(held["measures"]), fields))
    path.write_text(json.dumps(held))
    assert metakit.Ensemble.load(path) == runs


def test_colonies_that_were_handed_over_under_former_names_are_read():
    colonies = _made("colonization").outflow()
    arrays, plain = colonies.split()
    old = {"dormant": "asleep", "solitary_dormant": "lone_asleep"}
    again = type(colonies).join(
        {old.get(k, k): v for k, v in arrays.items()}, {old.get(k, k): v for k, v in plain.items()}
    )
    assert again == colonies


@pytest.mark.parametrize("name", MOVED)
def test_every_former_name_leads_to_one_that_there_is_and_is_none_itself(name):
    params, state = stage(name).params, stage(name).state
    named = {knob.name for knob in params.knobs()} | _choices(params) | set(params.PRESETS)
    measured = {*_made(name).measures, *state.__dataclass_fields__}
    for former, there in ((params.FORMER, named), (state.FORMER, measured)):
        assert set(former.values()) <= there
        assert not set(former) & there


def test_errors_say_the_name_of_today():
    with pytest.raises(ValueError, match="called 'help'; it is called 'cooperation' now"):
        metakit.run("colonization", help=0.1)
    with pytest.raises(ValueError, match="'immune help': this choice is called 'immunotherapy' now"):
        metakit.run("treatment", treatment="immune help")
    with pytest.raises(ValueError, match="called 'poor soil'; it is called 'unsuitable organ' now"):
        metakit.run("colonization", preset="poor soil")
    with pytest.raises(ValueError, match="called 'asleep_share'; it is called 'dormant_share' now"):
        metakit.ensemble("colonization", seeds=[1], time_d=5, measures=["asleep_share"])
    with pytest.raises(ValueError, match="called 'asleep_share'; it is called 'dormant_share' now"):
        metakit.predict("?", low=0, high=1, view=metakit.view("colonization"), measure="asleep_share")
    with pytest.raises(ValueError, match="did you mean 'cooperation'"):
        metakit.run("colonization", cooperatoin=0.1)


def test_files_of_version_1_are_refused_and_say_what_changed(tmp_path):
    run = _made("invasion")
    path = run.save(tmp_path / "run.npz")
    with np.load(path) as archive:
        entries = dict(archive)
    header = json.loads(str(entries.pop("header")))
    np.savez(path, header=np.array(json.dumps({**header, "version": 1})), **entries)
    with pytest.raises(ValueError, match=r"version 1.*rates are per day.*11\.1 h.*make the run again"):
        metakit.load(path)
    runs = metakit.ensemble("tropism", seeds=[1], time_d=1, workers=1, progress=False)
    path = runs.save(tmp_path / "runs.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 1}))
    with pytest.raises(ValueError, match=r"since version 1 rates are per day.*make the run again"):
        metakit.Ensemble.load(path)
