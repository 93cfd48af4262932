import re

import pytest

from metakit.core.entries import paths
from metakit.core.tables import read_table
from metakit.lessons.glossary import define, terms


def test_every_term_has_one_plain_definition():
    assert len(terms()) == len(set(terms())) > 40
    for term in terms():
        words = define(term)
        assert words.endswith("."), term
        assert len(words.split()) <= 30, f"{term}: {words}"


def test_capitals_and_letters_in_brackets_do_not_matter():
    assert define("ecm") == define("extracellular matrix") == define("Extracellular matrix (ECM)")


def test_an_unknown_term_names_the_nearest():
    with pytest.raises(ValueError, match="there is no glossary entry for 'intravasion'; did you mean 'intravasation'"):
        define("intravasion")


def test_the_words_a_learner_meets_in_the_first_lessons_are_there():
    for word in ("basal lamina", "ECM", "MMP", "EMT", "invasion", "intravasation", "haptotaxis", "CTC cluster"):
        assert define(word)


@pytest.mark.parametrize("name", [*paths("glossary.csv"), "franssen2019.csv"])
def test_every_row_has_its_source_and_american_spelling(name):
    for row in read_table(name):
        assert row["source"], row
        assert None not in row, f"a row of {name} has too many cells: {row}"
        text = " ".join(v for key, v in row.items() if key != "source" and v)  # titles keep their own spelling
        british = re.search(r"tumour|colonis|travell|neighbour|\bcentre|behaviour|colour", text, re.IGNORECASE)
        assert not british, f"{british.group()!r} in {text}"
