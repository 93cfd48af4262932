"""`ask`: a question with feedback for every option; the answers stay in Python (`metakit.lessons.checks`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from metakit.lessons.card import TOOLS, Card
from metakit.lessons.checks import Question, question

ESM = (
    TOOLS
    + """
export default {
  render({ model, el }) {
    card(el);
    const group = "metakit-question-" + counter++ + "-" + Math.random();
    const choices = Object.entries(model.get("choices")).map(([key, text]) => {
      const input = make("input", { type: "radio", name: group, value: key });
      input.addEventListener("change", () => { check.disabled = false; });
      return make("label", { class: "metakit-choice" }, input, make("span", {}, text));
    });
    const check = make("button", { type: "button", disabled: true }, "Check");
    const field = make("fieldset", {}, make("legend", {}, model.get("text")), ...choices);
    el.append(field, make("div", { class: "metakit-row" }, check), says(model, "words"));
    check.addEventListener("click", () => {
      const chosen = field.querySelector("input:checked");
      if (chosen) model.send({ do: "answer", key: chosen.value });
    });
    const show = () => {
      for (const input of field.querySelectorAll("input")) input.checked = input.value === model.get("chosen");
      check.disabled = !model.get("chosen");
    };
    model.on("change:chosen", show);
    show();
  },
};
"""
)


class Ask(Card):
    """A question with feedback for every option.

    Attributes
    ----------
    question : Question
        Holds the answers; they stay in Python.
    chosen : str
        The option chosen last.
    right : bool or None
        Whether it was right; None before the first answer.
    """

    _esm = ESM
    text = traitlets.Unicode().tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Unicode("").tag(sync=True)

    def __init__(self, question: Question) -> None:
        self.question, self.right = question, None
        super().__init__(text=question.text, choices={key: option.text for key, option in question.options.items()})

    right: bool | None

    def _actions(self) -> dict[str, Callable[[dict[str, Any]], object]]:
        return {"answer": lambda content: self.answer(content.get("key", ""))}

    def answer(self, key: str) -> str:
        """Choose an option, as the Check button does; gives the feedback.

        Raises
        ------
        ValueError
            If there is no such option.
        """
        verdict = self.question.answer(key)
        self.chosen, self.right, self.words = key, verdict.right, verdict.words
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
