"""Plain field words: names, docstrings and messages use none of the words of words.csv, which has better ones."""

import ast
import csv
import re
from functools import cache
from pathlib import Path

import pytest

import metakit
from metakit.runs.stage import stage, stages

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(metakit.__file__).parent
WORDS = list(csv.DictReader((Path(__file__).parent / "words.csv").read_text(encoding="utf-8").splitlines()))
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")


def _split(name):
    """Words of a name, ``later_spread`` or ``IwataModel``, in lower case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_").split("_")


def _defined(where, tree):
    """Names that a module, or a class in it, defines: with the kind of each."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield where, node.name, "function"
        elif isinstance(node, ast.ClassDef):
            yield where, node.name, "class"
            yield from _defined(where, node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in (n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)):
                yield where, name, "constant" if name.isupper() else "attribute"


def names_in(path, text):
    """Every name of a module's text: its own, those of functions, methods, classes, constants and fields."""
    yield path.name, path.parent.name if path.stem == "__init__" else path.stem, "module"
    yield from _defined(path.name, ast.parse(text))


def _text(node):
    """Put the constant parts of a string together, also of an f-string."""
    return "".join(n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def sentences_in(path, text):
    """First lines of docstrings, and messages of errors."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (said := ast.get_docstring(node)):
            yield path.name, said.splitlines()[0]
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from ((path.name, _text(argument)) for argument in node.exc.args)


def faults(names, sentences):
    """What is on the list, with the word to use instead."""
    found = []
    for row in WORDS:
        wrong, place = row["avoid"], row["where"]
        instead = f"use {row['use']}: {row['reason']}"
        if place == "sentence":
            found += [f"{where}: {said!r}; {instead}" for where, said in sentences if re.search(wrong, said)]
        for where, name, kind in names:
            whole = kind == "choice" and name.lower() == wrong
            if whole or (place in ("name", kind) and wrong in ([name.lower()] if place != "name" else _split(name))):
                found.append(f"{where}: {name}; {instead}")
    return found


@cache
def _everything():
    texts = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    names = [entry for path, text in texts.items() for entry in names_in(path, text)]
    sentences = [entry for path, text in texts.items() for entry in sentences_in(path, text)]
    for name in stages():
        found = stage(name)
        knobs = found.params.knobs()
        names += [(name, knob.name, "knob") for knob in knobs] + [(name, m, "measure") for m in _measures(name)]
        names += [(name, word, "choice") for knob in knobs for word in knob.choices]
        names += [(name, preset, "choice") for preset in found.params.PRESETS]
        sentences += [(name, knob.doc) for knob in knobs]
    for page in PAGES:
        lines = re.sub(r"`[^`]*`|^ *\|.*", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.M).splitlines()
        sentences += [(page, line) for line in lines]
    return names, sentences


def _measures(name):
    found = stage(name)
    return found.measure(found.first(found.params(), 0))


def test_names_and_sentences_are_plain_field_words():
    names, sentences = _everything()
    assert len(names) > 1000
    assert len(sentences) > 1000
    assert not (wrong := faults(names, sentences)), "\n".join(wrong)


PLANTED = [
    ("byways.py", ""),
    ("leak.py", "def grown(cells): ..."),
    ("leak.py", "class Cells:\n    lone_asleep: int = 0"),
    ("leak.py", "GATES = ('in', 'out')"),
    ("leak.py", "Floats = list"),
    ("leak.py", "def walk(t):\n    '''Take a time that is none.'''"),
    ("leak.py", "def walk(t):\n    raise ValueError(f'{t} is no time; a number is expected')"),
    ("leak.py", "'''Sessions hold in two threads.'''"),
]


@pytest.mark.parametrize(("file", "text"), PLANTED)
def test_a_planted_word_is_found(file, text):
    path = Path(file)
    assert faults(list(names_in(path, text)), list(sentences_in(path, text)))


def test_choices_are_looked_at_whole_and_field_words_are_left_alone():
    assert faults([("treatment", "immune help", "choice")], [])
    assert not faults(
        [("step.py", "helper", "function"), ("x.py", "log10_kill", "knob"), ("x.py", "soilless", "knob")], []
    )


def test_every_word_of_the_list_has_a_better_one_and_a_reason():
    places = {"name", "sentence", "constant", "function", "attribute", "choice"}
    assert all(row["use"] and row["reason"] and row["where"] in places for row in WORDS)
    assert len({(row["avoid"], row["where"]) for row in WORDS}) == len(WORDS)
