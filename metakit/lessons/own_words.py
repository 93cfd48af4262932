"""`own_words`: a sentence of a page, the evidence, and between them the sentence that a student would write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import traitlets

from metakit.lessons.card import Card
from metakit.widgets.parts.static import static

LONGEST = 600  # letters of a sentence
# Words by which an idea is noticed, with * for any ending; a word check, no more.
IDEAS: Mapping[str, tuple[str, ...]] = {
    "chance": ("chance*", "luck*", "odds", "random*", "probab*", "likely", "unlikely", "may", "might", "rare*"),
    "many cells": ("many", "million*", "billion*", "thousand*", "number*", "lots", "often"),
    "most of them die": ("die", "dies", "dying", "dead", "death*", "kill*", "fail*", "lost", "surviv*", "few"),
    "the first organ is a matter of plumbing": ("vein*", "plumb*", "drain*", "flow*", "first", "lung*", "liver"),
    "the soil decides who grows": ("soil", "grow*", "suit*", "niche*", "settle*", "surround*", "coloni*"),
}
WISHES = ("want*", "wish*", "decide*", "choose*", "try*", "tries", "seek*", "likes", "plan", "plans", "anywhere")


def ideas_in(text: str, ideas: Mapping[str, Sequence[str]] = IDEAS) -> list[str]:
    """Name the ideas of which a text has a word; it is not understood, only searched.

    Parameters
    ----------
    text : str
        The sentence.
    ideas : mapping of str to sequence of str
        Ideas, and words by which each is noticed, * for any ending.

    Returns
    -------
    list of str
        In the order of `ideas`.
    """
    return [idea for idea, words in ideas.items() if _has(text, words)]


def _has(text: str, words: Sequence[str]) -> bool:
    either = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in words)
    return re.search(rf"\b(?:{either})\b", text.casefold()) is not None


class OwnWords(Card):
    """A place for one's own sentence, beside that of a page and the evidence.

    Attributes
    ----------
    sentence : str
        What was kept last; empty before.
    found : list of str
        Ideas of which it has a word.
    """

    _esm = static("lessons/static/own_words.js")
    _css = static("lessons/static/own_words.css")
    text = traitlets.Unicode().tag(sync=True)
    page = traitlets.Unicode().tag(sync=True)
    evidence = traitlets.Unicode().tag(sync=True)
    sentence = traitlets.Unicode("").tag(sync=True)
    longest = traitlets.Int(LONGEST).tag(sync=True)

    def __init__(self, text: str, page: str, evidence: str, ideas: Mapping[str, Sequence[str]]) -> None:
        for name, said in (("text", text), ("page", page), ("evidence", evidence)):
            if not isinstance(said, str) or not said.strip():
                raise ValueError(f"{name} = {said!r}: words are expected")
        if not isinstance(ideas, Mapping) or any(isinstance(words, str) for words in ideas.values()):
            example = '{"chance": ["chance", "luck"]}'
            raise ValueError(f"ideas = {ideas!r:.80} is not words to look for, by the idea they stand for: {example}")
        self.ideas, self.found = dict(ideas), list[str]()
        super().__init__(text=text, page=page, evidence=evidence)

    def _actions(self) -> dict[str, Callable[[dict[str, Any]], object]]:
        return {"keep": lambda content: self.keep(content.get("text", ""))}

    def describe(self) -> str:
        """Say what is asked for; and, once a sentence is kept, all three of them."""
        kept = [f"The page says, in short: {self.page}", f"You say: {self.sentence}"]
        kept += [f"The evidence says: {self.evidence}", self.words]
        return "\n".join([self.text, *(kept if self.sentence else [])])

    def keep(self, text: str) -> str:
        """Keep a sentence, as the Keep button does; gives what the word check noticed.

        Raises
        ------
        ValueError
            On an empty sentence, or one of more than 600 letters.
        """
        if not isinstance(text, str) or not text.strip():
            raise ValueError("Write a sentence first, then press Keep. Any wording will do.")
        if len(text) > LONGEST:
            raise ValueError(f"That is {len(text)} letters; up to {LONGEST} can be kept. What could be left out?")
        self.sentence = " ".join(text.split())
        self.found = ideas_in(self.sentence, self.ideas)
        missing = [idea for idea in self.ideas if idea not in self.found]
        noticed = f"It has words for: {', '.join(self.found)}." if self.found else "No word looked for is in it."
        more = f" Not noticed: {', '.join(missing)}. Would one of them make it better?" if missing else " All of them."
        wish = " Some word in it may sound like a wish or a plan; could it be said without?"
        self.words = (
            f"Kept. {noticed}{more}{wish if _has(self.sentence, WISHES) else ''} This is only a search for words: it "
            "cannot tell whether your sentence is right. You can; compare it with the evidence, and keep a new one."
        )
        return self.words


def own_words(text: str, *, page: str, evidence: str, ideas: Mapping[str, Sequence[str]] = IDEAS) -> OwnWords:
    """Ask for a better sentence than that of a page.

    Parameters
    ----------
    text : str
        What is asked for.
    page : str
        What the page says, in short and in other words.
    evidence : str
        What is known.
    ideas : mapping of str to sequence of str
        Ideas that a good sentence may have, and words by which each is noticed, * for any ending.

    Returns
    -------
    OwnWords
        Show it as the last line of a cell. ``keep(text)`` does what its Keep button does.

    Raises
    ------
    ValueError
        On a text, page or evidence without words.
    """
    return OwnWords(text, page, evidence, ideas)
