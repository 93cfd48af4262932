"""`ask`: a question with feedback for every option; the answers stay in Python (`metakit.lessons.checks`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from metakit.lessons.card import Card
from metakit.lessons.checks import Question, question
from metakit.widgets.parts.static import static


class Ask(Card):
    """A question with feedback for every option; on the page each student has the options in an order of their own.

    Attributes
    ----------
    question : Question
        Holds the answers; they stay in Python.
    chosen : str
        The option chosen last.
    right : bool or None
        Whether it was right; None before the first answer.
    """

    _esm = static("lessons/static/ask.js")
    text = traitlets.Unicode().tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Unicode("").tag(sync=True)
    verdict = traitlets.Unicode("").tag(sync=True)  # of what was chosen, once it was: "right" or "wrong"

    def __init__(self, question: Question) -> None:
        self.question, self.right = question, None
        super().__init__(text=question.text, choices={key: option.text for key, option in question.options.items()})

    right: bool | None

    def _actions(self) -> dict[str, Callable[[dict[str, Any]], object]]:
        return {"answer": lambda content: self.answer(content.get("key", ""))}

    def describe(self) -> str:
        """Say what is asked, what may be chosen, and what was chosen last."""
        chosen = self.question.options.get(self.chosen)
        lines = [self.text, *(f"– {text}" for text in self.choices.values())]
        return "\n".join([*lines, *([f"Answered: {chosen.text} {self.words}"] if chosen else [])])

    def answer(self, key: str) -> str:
        """Choose an option, as the Check button does; gives the feedback.

        Raises
        ------
        ValueError
            If there is no such option.
        """
        verdict = self.question.answer(key)
        self.chosen, self.right, self.words = key, verdict.right, verdict.words
        self.verdict = "right" if verdict.right else "wrong"
        return verdict.words


def ask(asked: Question | str) -> Ask:
    """Ask a question.

    Parameters
    ----------
    asked : Question or str
        A `checks.Question`, or the name of one that comes with the kit (`checks.questions`).

    Returns
    -------
    Ask
        Show it as the last line of a cell. ``answer(key)`` does what its Check button does.

    Raises
    ------
    ValueError
        On the name of a question that is not there.
    """
    return Ask(asked if isinstance(asked, Question) else question(asked))
