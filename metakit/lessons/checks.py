"""Predictions and questions: they judge numbers and answers, and know neither stages nor widgets.

A `Prediction` is made before a run, locks once, and says afterwards in words how far off it was. A `Question` has
feedback for every option; a wrong one names the belief behind it and the control of the kit that puts it to the test.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

from metakit.core.entries import collect
from metakit.core.words import nearest, write_number

SPOT_ON, CLOSE = 0.02, 0.10  # shares of the slider's range
# And the most that one number may be times the other: 2 cells and 20 lie side by side on a scale up to 1,000. A time is
# judged by its distance alone, since its zero is only where the clock began.
SPOT_ON_TIMES, CLOSE_TIMES = 1.1, 1.5
MANY_TIMES = 3.0  # a gap that is said as a ratio
TIMES = {"seconds", "minutes", "hours", "days", "weeks", "months", "years"}


def _number(value: object, what: str) -> float:
    if isinstance(value, bool | str | bytes) or not hasattr(value, "__float__"):
        raise ValueError(f"{what} = {value!r} is not a number")
    return float(value)


@dataclass
class Prediction:
    """What somebody expects of a run, said before it.

    Parameters
    ----------
    text : str
        The question that is predicted.
    low, high : float
        Ends of the scale on which it is answered.
    unit : str
        Unit of the number.
    never : str
        Words for "it will not happen", for things that may not happen; empty if they always do.
        Such a prediction is locked as infinity.
    more, less : str
        How to say that the run gave a larger or a smaller number: "later" and "earlier" for a time.

    Attributes
    ----------
    value : float or None
        The locked prediction; None before.

    Raises
    ------
    ValueError
        On an empty text, or ends that are not two different numbers in order.
    """

    text: str
    low: float
    high: float
    unit: str = ""
    never: str = ""
    more: str = "more"
    less: str = "less"
    value: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Check the scale."""
        if not isinstance(self.text, str) or not self.text.strip():
            raise ValueError(f"text = {self.text!r}: a prediction needs a question in words")
        for name, said in (("text", self.text), ("unit", self.unit), ("never", self.never)):
            if not isinstance(said, str):
                raise ValueError(f"{name} = {said!r}: words are expected")
        self.low, self.high = _number(self.low, "low"), _number(self.high, "high")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            low, high = write_number(self.low), write_number(self.high)
            raise ValueError(f"low = {low} and high = {high}: low must be below high, and both finite")

    @property
    def locked(self) -> bool:
        """Whether it has been made."""
        return self.value is not None

    def lock(self, value: object) -> None:
        """Make the prediction. From now on it cannot change.

        Raises
        ------
        ValueError
            If it is locked already at another value, or the value is not on the scale.
        """
        number = _number(value, "prediction")
        if self.value is not None:
            if number != self.value:
                raise ValueError(f"this prediction is locked at {self.said(self.value)}; a locked one stays as it is")
            return
        if not (self.low <= number <= self.high or (number == math.inf and self.never)):
            never = f', or infinity for "{self.never}"' if self.never else ""
            raise ValueError(
                f"prediction = {write_number(number, self.unit)} is not on the scale "
                f"from {write_number(self.low)} to {write_number(self.high, self.unit)}{never}"
            )
        self.value = number

    def said(self, value: float) -> str:
        """Put a value on this scale into words."""
        return write_number(value, self.unit) if math.isfinite(value) else self.never or "not at all"

    def gap(self, measured: object) -> float:
        """Subtract the prediction from a measured value; zero if both say that it does not happen.

        Parameters
        ----------
        measured : float
            What the run gave; NaN or infinity: it has not happened.

        Returns
        -------
        float
            In `unit`.

        Raises
        ------
        ValueError
            If nothing is locked yet, or `measured` is not a number.
        """
        if self.value is None:
            raise ValueError("lock a prediction first; then the run can be compared with it")
        number = _number(measured, "measured")
        number = math.inf if math.isnan(number) else number
        return 0.0 if number == self.value else number - self.value

    def compare(self, measured: object) -> str:
        """Say in words how far the prediction and a measured value are apart.

        Parameters
        ----------
        measured : float
            What the run gave; NaN or infinity: it has not happened.

        Raises
        ------
        ValueError
            If nothing is locked yet, or `measured` is not a number.
        """
        gap = self.gap(measured)
        assert self.value is not None
        if gap == 0 and self.value == math.inf:
            return f"You predicted: {self.said(self.value)}. So far the run agrees."
        number = _number(measured, "measured")
        if not math.isfinite(number):
            return f"You predicted {self.said(self.value)}. In this run it has not happened so far."
        if self.value == math.inf:
            return f"You predicted: {self.said(self.value)}. The run gave {self.said(number)}."
        both = f"You predicted {self.said(self.value)}; the run gave {self.said(number)}"
        if gap == 0:
            return f"{both}. That is exactly what you said."
        apart = f"{both}: {write_number(abs(gap), self.unit)} {self.more if gap > 0 else self.less} than you said."
        if self.unit not in TIMES and 0 in (number, self.value):
            none, some = ("You said", "the run") if self.value == 0 else ("The run", "you said")
            return f"{apart} {none} none at all, {some} some: that is a difference of kind, not of size. What made it?"
        share, times = abs(gap) / (self.high - self.low), self._times(number)
        if share <= SPOT_ON and times <= SPOT_ON_TIMES:
            return f"{apart} That is as good as exact."
        if share <= CLOSE and times <= CLOSE_TIMES:
            return f"{apart} That is close."
        if MANY_TIMES <= times < math.inf:
            larger, smaller = ("The run gave", "what you said") if gap > 0 else ("You said", "what the run gave")
            return f"{apart} {larger} {write_number(round(times))} times {smaller}. What did you leave out, or add?"
        return f"{apart} A gap like this is where learning starts: what did you expect that did not happen?"

    def _times(self, number: float) -> float:
        """Return how many times the smaller the larger of prediction and number is; 1 for times of the clock."""
        assert self.value is not None
        if self.unit in TIMES:
            return 1.0
        small, large = sorted((number, self.value))
        return large / small if small > 0 else small / large if large < 0 else math.inf


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that may be chosen.

    Attributes
    ----------
    text, feedback : str
        The answer, and what is said to somebody who chooses it.
    right : bool
        Whether it is right.
    belief, control : str
        For a wrong one: the belief behind it, and what to move in the kit to see for oneself.
    """

    text: str
    feedback: str
    right: bool = False
    belief: str = ""
    control: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer is right, and what is said to it."""

    right: bool
    words: str


@dataclass(frozen=True)
class Question:
    """A question with feedback for every option.

    Parameters
    ----------
    text : str
        The question.
    options : mapping of str to Option, or sequence of Option
        Answers by key; a sequence gets the keys a, b, c, ...

    Raises
    ------
    ValueError
        Unless there are two options or more, at least one of them right and one wrong, each with feedback, and each
        wrong one with the belief behind it and the control that puts it to the test.
    """

    text: str
    options: Mapping[str, Option]

    def __init__(self, text: str, options: Mapping[str, Option] | Sequence[Option]) -> None:
        given = options if isinstance(options, Mapping) else dict(zip("abcdefgh", options, strict=False))
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "options", dict(given))
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"text = {text!r}: a question needs words")
        if len(given) < 2 or len(given) != len(options):
            raise ValueError(f"{len(options)} options; two to eight are expected")
        for key, option in given.items():
            if not isinstance(option, Option):
                raise ValueError(
                    f"option {key!r} is a {type(option).__name__}; a metakit.lessons.checks.Option is expected"
                )
            wanted = ("text", "feedback") if option.right else ("text", "feedback", "belief", "control")
            missing = [name for name in wanted if not getattr(option, name).strip()]
            if missing:
                raise ValueError(f"option {key!r} of {text!r} has no {' and no '.join(missing)}")
        if len({o.right for o in given.values()}) != 2:
            raise ValueError(f"{text!r} needs at least one right and one wrong option")

    def answer(self, key: str) -> Verdict:
        """Judge an answer.

        Raises
        ------
        ValueError
            If there is no such option.
        """
        if not isinstance(key, str) or key not in self.options:
            raise ValueError(f"there is no option {key!r}; there are {', '.join(self.options)}")
        option = self.options[key]
        if option.right:
            return Verdict(True, f"Yes. {option.feedback}")
        why = f"The belief behind it: “{option.belief}” See for yourself: {option.control}"
        return Verdict(False, f"Not quite. {option.feedback} {why}")


def _read(path: str) -> Iterable[tuple[str, Any]]:
    return tomllib.loads(files("metakit").joinpath("data", path).read_text(encoding="utf-8")).items()


@lru_cache(maxsize=1)
def _bank() -> dict[str, Any]:
    return collect("questions.toml", _read)


def questions() -> list[str]:
    """Name the questions that come with the kit, one stage after the other."""
    return list(_bank())


def question(name: str) -> Question:
    """Give a question that comes with the kit.

    Raises
    ------
    ValueError
        If there is none of that name; the nearest one is suggested.
    """
    if not isinstance(name, str) or name not in _bank():
        raise ValueError(nearest(name, questions(), "question called"))
    found = _bank()[name]
    return Question(found["text"], {key: Option(**option) for key, option in found["options"].items()})
