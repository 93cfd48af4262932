"""What is kept of a component where there is no kernel and no script: its picture and its words, beside the widget."""

import io
from base64 import b64decode

import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image

import metakit
from metakit.widgets.draw.page import MOST_LINES, draw_words
from metakit.widgets.parts.kept import CLASS

WIDGET = "application/vnd.jupyter.widget-view+json"
MAKE = {
    "predict": lambda: metakit.predict("When?", low=0, high=5, unit="days", never="It holds"),
    "ask": lambda: metakit.ask("invasion-chance"),
    "many": lambda: metakit.many("invasion", "cells", seeds=range(2), time_d=0.05, progress=False).make(),
    "bars": lambda: metakit.bars({"left": 900, "here": 3}, "Cells", gates=True),
    "lesson": lambda: metakit.lesson(stage="invasion", words=["MMP"]),
    "own_words": lambda: metakit.own_words("Better?", page="It wants to spread", evidence="Most die"),
    "route_map": metakit.route_map,
}
SAYS = {
    "predict": ["When?", "From 0 days to 5 days; or: It holds.", "Not predicted yet"],
    "ask": ["Why?", "One of the two must be wrong"],
    "many": ["2 runs, median 400"],
    "bars": ["Cells", "left    900", "about 1 in 300"],
    "lesson": ["MMP secretion", "Franssen 2019", "health-care provider"],
    "own_words": ["Better?"],
    "route_map": ["Pick a way out of the tumor", "lymph"],
}


@pytest.fixture
def kept():
    """What a notebook keeps of a component, by the way it is shown in a cell."""
    made = []

    def show(component):
        made.append(component)
        return DisplayFormatter().format(component)[0]

    yield show
    for component in made:
        component.close()


def picture(data):
    image = Image.open(io.BytesIO(b64decode(data["image/png"])))
    assert len(image.convert("RGB").getcolors(1 << 24)) > 2, "nothing is drawn on it"
    return image


@pytest.mark.parametrize("name", MAKE)
def test_a_component_keeps_its_picture_and_its_words_beside_the_widget(name, kept):
    data = kept(MAKE[name]())
    assert set(data) == {WIDGET, "image/png", "text/plain", "text/html"}
    picture(data)
    assert data["text/html"].startswith(f'<div class="{CLASS}">')
    assert "<script" not in data["text/html"]
    for words in SAYS[name]:
        assert words in data["text/plain"]


@pytest.mark.parametrize("stage", metakit.stages())
def test_a_view_keeps_the_frame_it_shows(stage, kept):
    view = metakit.view(stage, seed=7)
    view.advance(2)
    data = kept(view)
    assert set(data) == {WIDGET, "image/png", "text/plain", "text/html"}
    assert b64decode(data["image/png"]) == view.canvas.png
    assert data["text/plain"] == view.describe()
    assert f"data:image/png;base64,{data['image/png']}" in data["text/html"]
    assert "seed=7" in data["text/html"]


def test_what_was_answered_is_kept(kept):
    question, prediction, own, way = (MAKE[name]() for name in ("ask", "predict", "own_words", "route_map"))
    answer = question.answer("a")
    prediction.lock(2.0)
    own.keep("Many cells die, few grow.")
    way.pick("lymph")
    for component, words in (
        (question, f"Answered: One of the two must be wrong. {answer}"),
        (prediction, "Locked: 2 days"),
        (own, "You say: Many cells die, few grow."),
        (way, way.words),
    ):
        data = kept(component)
        assert words in data["text/plain"]
        assert words.partition("“")[0] in data["text/html"]


def test_words_are_never_taken_for_markup(kept):
    data = kept(metakit.predict("<b>Fewer</b> than 3 & more?", low=0, high=1))
    assert "&lt;b&gt;Fewer&lt;/b&gt; than 3 &amp; more?" in data["text/html"]


def test_a_closed_component_keeps_nothing():
    view = metakit.view("invasion")
    view.close()
    assert DisplayFormatter().format(view)[0].keys() <= {"text/plain"}


def test_a_long_text_is_cut_and_says_so():
    once, twice = (Image.open(io.BytesIO(draw_words("line\n" * n))) for n in (MOST_LINES, 2 * MOST_LINES))
    assert once.size == twice.size
    assert once.convert("RGB").tobytes() != twice.convert("RGB").tobytes()
    wide = Image.open(io.BytesIO(draw_words("many words " * 40)))
    assert wide.width == once.width
    assert wide.height > Image.open(io.BytesIO(draw_words("few words"))).height
