"""`predict`: a prediction made before a run, locked, and compared with it.

A card of ordinary HTML controls, which keyboards and screen readers know. Judging happens in Python
(`metakit.lessons.checks`): the page sends what was chosen and shows what it is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import traitlets

from metakit.core.params import is_number
from metakit.core.words import nearest, write_number
from metakit.lessons.card import Card
from metakit.lessons.checks import Prediction
from metakit.widgets.parts.static import static


class Predict(Card):
    """A prediction that is made before a run, locked, drawn on the curves, and compared with the run.

    Attributes
    ----------
    prediction : Prediction
        What is predicted, and its locked value.
    locked : bool
    verdict : str
        What the last comparison said; empty before.
    """

    _esm = static("lessons/static/predict.js")
    text = traitlets.Unicode().tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)
    never = traitlets.Unicode().tag(sync=True)
    low = traitlets.Float().tag(sync=True)
    high = traitlets.Float().tag(sync=True)
    step = traitlets.Float().tag(sync=True)
    guess = traitlets.Float().tag(sync=True)
    says_never = traitlets.Bool(False).tag(sync=True)
    locked = traitlets.Bool(False).tag(sync=True)
    comparable = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        prediction: Prediction,
        step: float = 0.0,
        view: Any = None,
        measure: str | None = None,
        at: float | None = None,
    ) -> None:
        if (view is None) != (measure is None):
            raise ValueError("give both view and measure (what the run is compared by), or neither")
        if view is not None and measure not in view.session.measures:
            former = type(view.session.state).FORMER
            raise ValueError(nearest(measure, view.session.measures, f"measure of {view.session.stage} called", former))
        if not is_number(step) or not 0 <= step <= prediction.high - prediction.low:
            low, high = write_number(prediction.low), write_number(prediction.high)
            raise ValueError(f"step = {step!r} is not a step of the scale {low} to {high}")
        if at is not None and (not is_number(at) or not 0 <= at < math.inf):
            raise ValueError(f"at = {at!r} is not a place on the time axis; any number from 0 up is")
        self.prediction, self.view, self.measure, self.verdict = prediction, view, measure, ""
        self.at = at
        self._result: float | None = None
        step = float(step) or (prediction.high - prediction.low) / 100
        half = (prediction.high - prediction.low) / 2
        super().__init__(
            text=prediction.text, unit=prediction.unit, never=prediction.never, low=prediction.low,
            high=prediction.high, step=step,
            guess=prediction.low + round(half / step) * step, comparable=view is not None,
        )  # fmt: skip

    def _actions(self) -> dict[str, Callable[[dict[str, Any]], object]]:
        return {
            "lock": lambda content: self.lock(math.inf if self.says_never else round(self.guess, 10)),
            "compare": lambda content: self.compare(),
        }

    def describe(self) -> str:
        """Say what is to be predicted, on which scale, and what has been."""
        low, high = write_number(self.low, self.unit), write_number(self.high, self.unit)
        scale = f"From {low} to {high}{f'; or: {self.never}' if self.never else ''}."
        return "\n".join([self.text, scale, self.words or "Not predicted yet."])

    def lock(self, value: float) -> None:
        """Make the prediction, as the button does; from now on it cannot change. It is drawn dashed on the view.

        Raises
        ------
        ValueError
            If it is locked already at another value, or the value is not on the scale.
        """
        self.prediction.lock(value)
        assert self.prediction.value is not None
        self.says_never = self.prediction.value == math.inf
        if not self.says_never:
            self.guess = self.prediction.value
            self._draw(self.prediction.value)
        self.locked = True
        self.words = f"Locked: {self.prediction.said(self.prediction.value)}. Now let the run answer."

    def _draw(self, value: float) -> None:
        if self.view is None:
            return
        on_a_curve = self.measure in self.view.curve_measures
        if on_a_curve or self._is_time:
            self.view.show_prediction(value, measure=self.measure if on_a_curve else None)

    @property
    def _is_time(self) -> bool:
        """Whether a moment of the run is predicted, in days, while the model says hours."""
        return self.prediction.unit == "days" and str(self.measure).endswith("_h")

    def compare(self, measured: float | None = None) -> str:
        """Say in words how far the prediction and the run are apart, as the button does.

        Parameters
        ----------
        measured : float, optional
            What to compare with; the shown frame of the view if left out.

        Raises
        ------
        ValueError
            If nothing is locked yet, there is nothing to compare with, or the day asked for has not come.
        """
        if measured is None:
            measured = self._result
        if measured is None:
            if self.view is None:
                raise ValueError("the runs have not been made yet; make them first")
            measured = float(self._row()[str(self.measure)]) / (24 if self._is_time else 1)
        self.verdict = self.words = self.prediction.compare(measured)
        return self.verdict

    def _row(self) -> Mapping[str, float]:
        """Return the numbers of the frame to compare with: the shown one, or that of the day which was asked for."""
        session = self.view.session
        if self.at is None:
            return dict(session.measures)
        clock, scale, label = self.view.CLOCK
        for row in session.seen_rows:
            if row[clock] >= self.at * scale - 1e-6:
                return dict(row)
        here = session.seen_rows[-1][clock] / scale
        unit = label.partition("(")[2].rstrip(")") or label.split()[0]
        come, wanted = (f"day {t}" if unit == "days" else f"{t} {unit}" for t in (f"{here:.1f}", write_number(self.at)))
        raise ValueError(f"The run has come to {come} so far. Play it to {wanted}, then compare.")

    def set_result(self, measured: float) -> None:
        """Say what runs gave that are not in a view; the button then compares with it, and does so now if locked.

        Raises
        ------
        ValueError
            If `measured` is not a number.
        """
        if not is_number(measured):
            raise ValueError(f"measured = {measured!r} is not a number")
        self._result, self.comparable = float(measured), True
        if self.locked:
            self.compare()
        else:
            self.words = "The runs are done. Lock your prediction, then compare."

    def fresh_copy(self, view: Any = None) -> Predict:
        """Ask the same again, for another view: what tests and second tries use."""
        p = self.prediction
        fresh = Prediction(p.text, p.low, p.high, p.unit, p.never, p.more, p.less)
        return Predict(fresh, self.step, view, self.measure if view is not None else None, self.at)


def predict(
    text: str,
    *,
    low: float,
    high: float,
    unit: str = "",
    step: float = 0.0,
    never: str = "",
    more: str = "",
    less: str = "",
    view: Any = None,
    measure: str | None = None,
    at: float | None = None,
) -> Predict:
    """Ask for a prediction before a run.

    Parameters
    ----------
    text : str
        The question.
    low, high : float
        Ends of the slider.
    unit : str
        Unit of the number. A time in ``"days"`` goes with a measure in hours.
    step : float
        Step of the slider; a hundredth of it if left out.
    never : str
        Words for "it will not happen", if that is a possible answer.
    more, less : str
        How to say that the run gave more or less; "later" and "earlier" for times.
    view : StageView, optional
        The view whose run will answer.
    measure : str, optional
        Which of its numbers answers. One that a curve shows is drawn across it, a moment down at its time.
    at : float, optional
        The time that answers, as the view's charts count it (days, hours, minutes); the shown frame if left out.

    Returns
    -------
    Predict
        Show it as the last line of a cell. ``lock(value)`` and ``compare()`` do what its buttons do.

    Raises
    ------
    ValueError
        On a scale that is not valid, or a measure that the view does not have.
    """
    is_time = unit in ("days", "hours")
    more, less = more or ("later" if is_time else "more"), less or ("earlier" if is_time else "less")
    return Predict(Prediction(text, low, high, unit, never, more, less), step, view, measure, at)
