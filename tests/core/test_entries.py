"""What a stage brings is found by being on disk, and nothing is there twice."""

import pytest

from metakit.core import entries


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A package whose data folder has a shared file and those of two stages."""
    monkeypatch.setattr(entries, "files", lambda package: tmp_path)
    for path, keys in {"words.txt": "cell", "rolling/words.txt": "roll wall", "arrest/words.txt": "stop"}.items():
        write(tmp_path, path, keys)
    return tmp_path


def write(home, path, keys):
    file = home / "data" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(keys)


def collected(home):
    return entries.collect("words.txt", lambda path: [(k, path) for k in (home / "data" / path).read_text().split()])


def test_the_shared_file_comes_first_and_then_each_stage_that_has_one(data):
    (data / "data/growth").mkdir()
    write(data, "growth/others.txt", "no word")
    assert entries.paths("words.txt") == ["words.txt", "arrest/words.txt", "rolling/words.txt"]
    shared, stage = "words.txt", "rolling/words.txt"
    assert collected(data) == {"cell": shared, "stop": "arrest/words.txt", "roll": stage, "wall": stage}


@pytest.mark.parametrize(
    ("path", "keys", "both"),
    [
        ("growth/words.txt", "cell", r"'cell' is in metakit/data/words.txt and again in metakit/data/growth/words.txt"),
        ("tropism/words.txt", "wall", r"in metakit/data/rolling/words.txt and again in metakit/data/tropism/words.txt"),
        ("growth/words.txt", "x x", r"in metakit/data/growth/words.txt and again in metakit/data/growth/words.txt"),
    ],
)
def test_what_is_there_twice_is_refused_with_both_files_named(data, path, keys, both):
    write(data, path, keys)
    with pytest.raises(ValueError, match=both):
        collected(data)
