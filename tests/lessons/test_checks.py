import math

import pytest

from metakit.lessons.checks import Option, Prediction, Question, question, questions

NAN = float("nan")
RIGHT = Option("One gap is enough.", "It is.", right=True)
WRONG = Option("All of it.", "No.", belief="A barrier works until it is destroyed.", control="press Step")


def prediction(**changes):
    return Prediction(
        **{"text": "When?", "low": 0, "high": 5, "unit": "days", "more": "later", "less": "earlier"} | changes
    )


def test_a_prediction_locks_once():
    made = prediction()
    assert not made.locked
    made.lock(2)
    assert made.locked
    assert made.value == 2.0
    made.lock(2)  # the same again changes nothing
    with pytest.raises(ValueError, match="locked at 2 days"):
        made.lock(3)
    assert made.value == 2.0


@pytest.mark.parametrize("value", [-0.1, 5.1, NAN, math.inf, "2", True, None, b"2", [2]])
def test_what_is_not_on_the_scale_cannot_be_locked(value):
    made = prediction()
    with pytest.raises(ValueError, match="prediction"):
        made.lock(value)
    assert not made.locked


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        (2.0, "That is exactly what you said."),
        (2.05, "0.05 days later than you said. That is as good as exact."),
        (1.6, "0.4 days earlier than you said. That is close."),
        (4.0, "2 days later than you said. A gap like this is where learning starts"),
        (1.0, "the run gave 1 day: 1 day earlier than you said."),
        (NAN, "In this run it has not happened so far."),
    ],
)
def test_the_gap_is_said_in_words_with_its_unit(measured, said):
    made = prediction()
    made.lock(2)
    assert said in made.compare(measured)
    assert made.compare(measured).startswith("You predicted 2 days")


@pytest.mark.parametrize(
    ("said", "measured", "words"),
    [
        (0, 3, "3 cells more than you said. You said none at all, the run some: that is a difference of kind"),
        (3, 0, "3 cells less than you said. The run none at all, you said some: that is a difference of kind"),
        (20, 2, "You said 10 times what the run gave."),  # 18 of 1,000: a slider's range would call it as good as exact
        (2, 60, "The run gave 30 times what you said."),
        (500, 510, "That is as good as exact."),
        (500, 570, "That is close."),
        (500, 800, "A gap like this is where learning starts"),
        (40, 55, "That is close."),
        (40, 65, "A gap like this is where learning starts"),
    ],
)
def test_a_count_is_judged_by_how_many_times_and_none_is_never_close_to_some(said, measured, words):
    made = prediction(high=1000, unit="cells", more="more", less="less")
    made.lock(said)
    assert words in made.compare(measured)
    assert ("close" in made.compare(measured)) == ("close" in words)


def test_a_time_is_judged_by_its_distance_alone():
    made = prediction()
    made.lock(0)
    assert "That is close." in made.compare(0.4)


def test_it_will_not_happen_can_be_predicted():
    made = prediction(never="No cell gets out")
    made.lock(math.inf)
    assert made.compare(NAN) == "You predicted: No cell gets out. So far the run agrees."
    assert made.gap(NAN) == 0
    assert made.compare(3) == "You predicted: No cell gets out. The run gave 3 days."


def test_nothing_is_compared_before_it_is_locked():
    with pytest.raises(ValueError, match="lock a prediction first"):
        prediction().compare(2)


@pytest.mark.parametrize(
    "changes",
    [{"text": " "}, {"text": None}, {"low": 5}, {"low": "0"}, {"high": math.inf}, {"high": NAN}, {"low": None}],
)
def test_a_scale_that_is_none_is_refused(changes):
    with pytest.raises(ValueError, match=r"text|low|high"):
        prediction(**changes)


def test_every_option_has_its_answer():
    asked = Question("How much?", [WRONG, RIGHT])
    assert list(asked.options) == ["a", "b"]
    wrong, right = asked.answer("a"), asked.answer("b")
    assert not wrong.right
    assert WRONG.belief in wrong.words
    assert WRONG.control in wrong.words
    assert right.right
    assert right.words == "Yes. It is."


@pytest.mark.parametrize("key", ["c", "", None, 0, "A"])
def test_an_option_that_is_not_there_cannot_be_chosen(key):
    with pytest.raises(ValueError, match="there are a, b"):
        Question("How much?", [WRONG, RIGHT]).answer(key)


@pytest.mark.parametrize(
    ("text", "options", "why"),
    [
        ("", [WRONG, RIGHT], "needs words"),
        ("How?", [RIGHT], "two to eight"),
        ("How?", [RIGHT] * 9, "two to eight"),
        ("How?", [RIGHT, RIGHT], "one right and one wrong"),
        ("How?", [WRONG, WRONG], "one right and one wrong"),
        ("How?", [RIGHT, "no"], "Option is expected"),
        ("How?", [RIGHT, Option("All.", "No.")], "no belief and no control"),
        ("How?", [RIGHT, Option("All.", "", belief="x", control="y")], "no feedback"),
    ],
)
def test_a_question_without_the_feedback_it_needs_is_refused(text, options, why):
    with pytest.raises(ValueError, match=why):
        Question(text, options)


@pytest.mark.parametrize("name", questions())
def test_every_question_of_the_kit_is_whole(name):
    asked = question(name)
    assert 3 <= len(asked.options) <= 5
    assert sum(option.right for option in asked.options.values()) == 1


def test_the_nearest_question_is_suggested():
    with pytest.raises(ValueError, match="did you mean 'invasion-chance'"):
        question("invasion-chanc")
