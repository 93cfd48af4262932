"""The lessons on disk: thin cells, no outputs, a prediction before the first run, every claim driven and asserted."""

import ast
import csv
import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(p for p in FOLDER.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
BOOKS = [json.loads(path.read_text(encoding="utf-8")) | {"name": path.stem} for path in NOTEBOOKS]
# What the page says or implies that the lessons set out from, and where it simplifies so much that it needs a box.
with (Path(__file__).parent / "claims.csv").open(encoding="utf-8") as table:
    CLAIMS = {row["claim"]: row["box"] == "yes" for row in csv.DictReader(table)}
MADE = re.compile(r"metakit\.(view|predict|ask|many|bars|own_words|route_map|lesson)\(")


@pytest.fixture(params=BOOKS, ids=lambda book: book["name"])
def book(request):
    return request.param


def source(cell):
    return "".join(cell["source"])


def code(book):
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


def lines(cell):
    return [line for line in source(cell).splitlines() if line.strip() and not line.lstrip().startswith("#")]


def is_drive(cell):
    return "drive" in cell["metadata"].get("tags", [])


def is_interactive(cell):
    """It makes a component, or shows one that an earlier cell made."""
    return not is_drive(cell) and (MADE.search(source(cell)) or lines(cell)[-1] in ("view", "prediction"))


def claims(thing):
    return set(thing["metadata"].get("metakit", {}).get("claims", []))


def boxes(cell):
    """Claims beside which a text cell sets the evidence."""
    return cell["metadata"].get("metakit", {}).get("boxes", [])


def words(book):
    return "\n".join(source(cell) for cell in book["cells"] if cell["cell_type"] == "markdown")


def test_a_lesson_is_stored_without_outputs_and_widget_state(book):
    assert "widgets" not in book["metadata"]
    for cell in code(book):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


def test_a_lesson_runs_with_any_python_3(book):
    assert book["metadata"]["kernelspec"]["name"] == "python3"


@pytest.mark.native("starts a process")
def test_a_lesson_becomes_a_script_that_python_runs_and_keeps_its_metadata_in_one(book):
    from nbconvert.exporters import ScriptExporter

    written, resources = ScriptExporter().from_filename(FOLDER / f"{book['name']}.ipynb")
    assert resources["output_extension"] == ".py"
    compile(written, book["name"], "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)  # as IPython runs it
    assert "metakit" in book["metadata"]["jupytext"]["notebook_metadata_filter"].split(",")  # else jupytext drops it


def test_cells_are_thin(book):
    for cell in code(book):
        assert len([line for line in source(cell).splitlines() if line.strip()]) <= 8, source(cell)
        assert not re.search(r"^\s*(def|class|async def)\b", source(cell), re.MULTILINE), source(cell)


def test_a_lesson_has_its_rhythm(book):
    text = words(book)
    assert text.startswith("# ")
    assert re.search(r"\*\*\d+ minutes\.\*\*", text)
    assert "you can\n" in text
    if book["name"] != "00_start_here":
        for part in ("## The idea", "## Predict", "## Run", "## Observe", "## Explain", "## One run and twenty"):
            assert part in text
        assert "## Check yourself" in text
        assert "## What this model leaves out" in text
        assert f'metakit.lesson(stage="{book["name"][3:]}"' in "\n".join(map(source, code(book)))


def test_the_minutes_of_a_lesson_are_told_alike_wherever_they_are_told(book):
    [minutes] = re.findall(r"\*\*(\d+) minutes\.\*\*", words(book))
    readme = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    told = re.findall(rf"\(notebooks/{book['name']}\.ipynb\) \| (\d+) \|", readme)
    noted = book["metadata"].get("metakit", {}).get("minutes", minutes)
    assert {*told, str(noted)} == {minutes}


def test_the_idea_takes_at_most_150_words(book):
    found = re.search(r"## The idea\n(.*?)(?=\n## |\Z)", words(book), re.DOTALL)
    if found:
        assert len(found[1].split()) <= 150


def test_the_notice_comes_before_the_first_run(book):
    first = next(i for i, cell in enumerate(book["cells"]) if cell["cell_type"] == "code")
    before = " ".join(source(cell) for cell in book["cells"][:first])
    for said in ("for education only", "not medical advice", "not anybody’s odds", "health-care provider"):
        assert said in before


def test_no_text_says_that_a_cell_wants_something(book):
    for cell in book["cells"]:
        assert not re.search(r"\bcells? (wants?|tr(y|ies) to|seeks?|decides?|looks? for)\b", source(cell))


def test_every_interactive_cell_is_followed_by_one_that_drives_it(book):
    cells = book["cells"]
    for i, cell in enumerate(cells):
        if cell["cell_type"] == "code" and is_interactive(cell):
            rest = [c for c in cells[i + 1 :] if c["cell_type"] == "code"]
            assert rest, source(cell)
            assert is_drive(rest[0]), source(cell)


def test_a_cell_that_drives_asserts_and_is_folded_away(book):
    for cell in code(book):
        if is_drive(cell):
            assert re.search(r"^assert ", source(cell), re.MULTILINE), source(cell)
            assert cell["metadata"]["jupyter"] == {"source_hidden": True}
            assert "remove-cell" in cell["metadata"]["tags"]  # books made of lessons leave it out
            assert source(cell).startswith("# For the tests")


def test_a_cell_that_drives_leaves_alone_what_is_on_the_screen(book):
    """A student who has moved a knob must not lose the run, nor see an error, by running the folded cell."""
    for cell in code(book):
        if is_drive(cell):
            touched = re.findall(r"\b(\w+)\.(?:advance|reset|lock|answer|pick|close)\(", source(cell))
            assert set(touched) <= {"trial", "guess", "question", "ways"}, source(cell)


def test_a_prediction_comes_before_the_first_run(book):
    cells = code(book)
    predicts = next(i for i, cell in enumerate(cells) if "metakit.predict(" in source(cell))
    runs = re.compile(r"\.advance\(|metakit\.(run|many|chain)\(|^\w*view$", re.MULTILINE)
    assert not any(runs.search(source(cell)) for cell in cells[: predicts + 1])


def test_claims_are_ones_that_there_are(book):
    assert claims(book) <= set(CLAIMS)
    for cell in code(book):
        assert claims(cell) <= claims(book), source(cell)


def test_every_claim_of_a_lesson_is_asserted_in_it(book):
    asserted = set().union(*(claims(cell) for cell in code(book) if is_drive(cell)))
    assert asserted == claims(book)


def test_every_claim_is_covered_by_a_cell_that_drives_it():
    assert set().union(*(claims(cell) for book in BOOKS for cell in code(book) if is_drive(cell))) == set(CLAIMS)


def test_a_box_sets_the_evidence_beside_one_claim_of_its_lesson(book):
    for cell in book["cells"]:
        text = source(cell)
        assert text.count("**The page says:**") == text.count("**The evidence says:**") == len(boxes(cell)), text
        assert set(boxes(cell)) <= claims(book), text


def test_where_the_page_simplifies_the_evidence_stands_beside_it():
    boxed = {claim for book in BOOKS for cell in book["cells"] for claim in boxes(cell)}
    assert {claim for claim, needs_box in CLAIMS.items() if needs_box} <= boxed


def test_links_between_lessons_lead_somewhere(book):
    for name in re.findall(r"\]\((\w+\.ipynb)\)", words(book)):
        assert (FOLDER / name).is_file()
