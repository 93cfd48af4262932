"""One's own sentence: kept, set beside page and evidence, and searched for words with honest feedback."""

import pytest

import metakit
from metakit.lessons.own_words import IDEAS, LONGEST, ideas_in


@pytest.fixture
def card():
    made = metakit.own_words("What would you write?", page="It goes anywhere.", evidence="Most die.")
    yield made
    made.close()


def test_a_kept_sentence_stands_beside_the_page_and_the_evidence(card):
    assert card.sentence == ""
    card.keep("  By chance,\n a few of millions live. ")
    assert card.sentence == "By chance, a few of millions live."
    assert (card.page, card.evidence) == ("It goes anywhere.", "Most die.")


@pytest.mark.parametrize(
    ("text", "ideas"),
    [
        ("It is luck.", ["chance"]),
        ("Millions leave.", ["many cells"]),
        ("Nearly all of them die.", ["most of them die"]),
        ("Veins lead them to the lungs.", ["the first organ is a matter of plumbing"]),
        ("Only some organs suit them.", ["the soil decides who grows"]),
        ("Cells travel.", []),
        ("Diets and clucking hens.", []),
    ],
)
def test_the_word_check_finds_the_idea_that_has_a_word(text, ideas):
    assert ideas_in(text) == ideas


def test_the_feedback_names_what_was_noticed_what_was_not_and_that_it_only_searched(card):
    said = card.keep("Many cells leave, most die.")
    assert card.found == ["many cells", "most of them die"]
    assert "many cells, most of them die" in said
    assert "Not noticed: chance" in said
    assert "only a search for words" in said
    assert said == card.words


def test_a_sentence_with_every_idea_is_told_so_and_a_wish_is_pointed_at(card):
    all_of = "By chance a few of many cells survive; veins lead them to the first organ, and few organs suit them."
    assert "All of them." in card.keep(all_of)
    assert len(card.found) == len(IDEAS)
    assert "wish or a plan" not in card.words
    assert "wish or a plan" in card.keep("The cell wants to go to the lungs.")


@pytest.mark.parametrize("text", ["", "  \n", "x" * (LONGEST + 1)])
def test_nothing_and_far_too_much_are_not_kept(card, text):
    with pytest.raises(ValueError, match=r"Write a sentence|left out"):
        card.keep(text)
    assert card.sentence == ""


def test_the_button_does_what_the_method_does_and_says_what_was_wrong(card):
    card._handle_custom_msg({"do": "keep", "text": "Most die."}, [])
    assert card.sentence == "Most die."
    card._handle_custom_msg({"do": "keep", "text": ""}, [])
    assert "Write a sentence first" in card.words
    card._handle_custom_msg({"do": "keep", "text": 3}, [])
    assert card.sentence == "Most die."


def test_the_box_has_a_label_and_tells_screen_readers_what_it_noticed(card):
    for part in ("label", "textarea", '"aria-live": "polite"', "aria-label", "textContent"):
        assert part in card._esm
    assert "innerHTML" not in card._esm.split("export default")[1]


@pytest.mark.parametrize("wrong", [{"page": ""}, {"evidence": " "}, {"text": ""}])
def test_it_needs_words_on_both_sides(wrong):
    given = {"text": "What?", "page": "This.", "evidence": "That."} | wrong
    with pytest.raises(ValueError, match="words are expected"):
        metakit.own_words(given["text"], page=given["page"], evidence=given["evidence"])
