"""What a stage brings beside its model: symbols, questions, terms, sources. Found on disk, tested without any edit."""

import json
import re
from pathlib import Path

import pytest

import metakit
from metakit.core.sources import SOURCES
from metakit.core.tables import read_table
from metakit.lessons.checks import question, questions
from metakit.lessons.route_map import routes
from metakit.runs.stage import stage as stage_of
from metakit.widgets import view_class
from metakit.widgets.draw.style import SYMBOLS, Symbol, dashed_curve

HOME = Path(metakit.__file__).parent
STAGES = metakit.stages()
BROUGHT = {"questions.toml", "glossary.csv", "sources.csv"}
# A knob that a question tells to move: "set Start cells to 1", "untick “Soil”: ..."
MOVED = r"\b(?:set|move|raise|lower|halve|tick|untick|change only) “?([A-Z][\w ]*?)”?(?= to | from | and | when |[,:.])"
every_stage = pytest.mark.parametrize("name", STAGES)


def lesson(name):
    """Cells of a stage's lesson that a student runs or reads."""
    [path] = (HOME.parent / "notebooks").glob(f"[0-9][0-9]_{name}.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if "drive" not in cell["metadata"].get("tags", [])]


def own(name, file, column):
    """Entries that a stage keeps in its own folder."""
    return [row[column] for row in read_table(f"{name}/{file}")] if (HOME / "data" / name / file).exists() else []


def test_every_folder_of_words_belongs_to_a_stage_and_holds_only_what_is_read():
    for folder in (HOME / "data").iterdir():
        if folder.is_dir():
            assert folder.name in STAGES, f"metakit/data/{folder.name} is named after no stage"
            assert {file.name for file in folder.iterdir()} <= BROUGHT, folder


# Symbols


def drawn(name):
    """Symbols in a stage's legend, curves left out: those are told apart by their words."""
    legend = (symbol if isinstance(symbol, Symbol) else SYMBOLS[symbol] for symbol, _ in view_class(name).LEGEND)
    return {symbol for symbol in legend if shape(symbol) != shape(dashed_curve("#000000"))}


def shape(symbol):
    return re.sub("#[0-9A-Fa-f]{6}", "", symbol.svg), symbol.on_tissue


@every_stage
def test_a_legend_has_words_and_shapes_that_are_told_apart_without_their_colors(name):
    assert view_class(name).LEGEND
    assert all(words.strip() for _, words in view_class(name).LEGEND)
    everywhere = {symbol for stage in STAGES for symbol in drawn(stage)}
    for symbol in drawn(name):
        alike = [other for other in everywhere if shape(other) == shape(symbol)]
        assert alike == [symbol], f"one shape in two colors: {alike}"


def test_a_symbol_is_shared_only_if_several_stages_show_it():
    named = [symbol for stage in STAGES for symbol in {s for s, _ in view_class(stage).LEGEND if isinstance(s, str)}]
    assert {symbol for symbol in named if named.count(symbol) > 1} == set(SYMBOLS)


# Questions


def shown(name):
    """Names of what can be moved, chosen and read in a stage's view, and of what stands beside it in a lesson."""
    view, params = view_class(name), stage_of(name).params
    charts = [*view.CURVES, *view.PLOTS]
    measures = {measure.replace("_", " ") for measure in metakit.run(name, progress=False).measures}
    names = {*measures, *(measure.rsplit(" ", 1)[0] for measure in measures), *params.PRESETS, *view.ZOOMS}
    names |= {choice for knob in params.knobs() for choice in knob.choices} | {knob.label for knob in params.knobs()}
    names |= {line.label for chart in charts for line in chart.lines}
    names |= {re.split(r" \(|,", chart.y_label)[0] for chart in charts}
    return {said.casefold() for said in filter(None, (*names, *metakit.__all__, *routes(), "Where every cell is"))}


@pytest.mark.parametrize("name", questions())
def test_what_a_question_sends_a_student_to_is_there(name):
    stage = next((stage for stage in STAGES if name.startswith(f"{stage}-")), "invasion")  # the first one people meet
    knobs, names = {knob.label.casefold() for knob in stage_of(stage).params.knobs()}, shown(stage)
    for key, option in question(name).options.items():
        moved = re.findall(MOVED, option.control)
        quoted = re.findall("“([^”]*)”", option.control)
        assert {knob.casefold() for knob in moved} - {"seed"} <= knobs, f"{name}, {key}: {option.control}"
        assert {said.casefold() for said in quoted} <= names, f"{name}, {key}: {option.control}"


@every_stage
def test_the_questions_of_a_stage_bear_its_name_and_are_asked_in_its_lesson(name):
    path = HOME / "data" / name / "questions.toml"
    inside = re.findall(r"^\[([\w-]+)\]$", path.read_text(encoding="utf-8"), re.MULTILINE) if path.exists() else []
    assert inside == [asked for asked in questions() if asked.startswith(f"{name}-")]
    asked = re.findall(r'metakit\.ask\("([\w-]+)"\)', "\n".join(lesson(name)))
    assert set(inside) <= set(asked)


# Terms and sources


@every_stage
def test_the_terms_of_a_stage_are_told_in_its_lesson_and_in_no_other(name):
    def told(stage):
        return {said for cell in lesson(stage) if "metakit.lesson(" in cell for said in re.findall('"(.+?)"', cell)}

    terms = set(own(name, "glossary.csv", "term"))
    assert terms <= told(name)
    for other in set(STAGES) - {name}:
        assert not terms & told(other) - {other}, "a term of several lessons belongs in metakit/data/glossary.csv"


@every_stage
def test_the_sources_of_a_stage_are_referred_to_by_it_and_by_the_numbers_of_no_other(name):
    files = [HOME / "data" / name / "questions.toml"]
    for home in (HOME / "models" / name, HOME / "widgets" / name):
        files += home.rglob("*.py") if home.is_dir() else [home.with_suffix(".py")]
    text = "\n".join([*lesson(name), *(file.read_text(encoding="utf-8") for file in files if file.exists())])
    others = {knob.source for other in set(STAGES) - {name} for knob in stage_of(other).params.knobs()}
    for key in own(name, "sources.csv", "key"):
        author, year = SOURCES[key].short.split()[0], SOURCES[key].short.split()[-1]
        assert re.search(rf"\b({key}|{author}\b.{{0,60}}\b{year})\b", text), f"{key} is not referred to"
        assert key not in others, f"{key}: a source of several stages belongs in metakit/data/sources.csv"
