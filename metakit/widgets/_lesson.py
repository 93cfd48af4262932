"""What a lesson is made of besides views: `predict`, `ask`, `route_map` and `lesson`.

Each is one widget made of ordinary HTML controls, so that keyboards and screen readers know them. Judging happens in
Python (`metakit.checks`): the page sends what was chosen and shows what it is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import traitlets

from metakit.checks import Prediction, Question, question
from metakit.glossary import define
from metakit.params import Params, nearest
from metakit.routes import route, routes
from metakit.sources import SOURCES
from metakit.stage import params_class
from metakit.widgets._card import ASK_ESM, PREDICT_ESM, Card, Page


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

    _esm = PREDICT_ESM
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
        at_d: float | None = None,
    ) -> None:
        if (view is None) != (measure is None):
            raise ValueError("give both view and measure (what the run is compared by), or neither")
        if view is not None and measure not in view.session.measures:
            raise ValueError(nearest(measure, view.session.measures, f"measure of {view.session.stage} called"))
        if not 0 <= step <= prediction.high - prediction.low:
            raise ValueError(f"step = {step!r} is not a step of the scale {prediction.low:g} to {prediction.high:g}")
        self.prediction, self.view, self.measure, self.verdict = prediction, view, measure, ""
        self.at_d = at_d
        self._told: float | None = None
        super().__init__(
            text=prediction.text, unit=prediction.unit, never=prediction.never, low=prediction.low,
            high=prediction.high, step=step or (prediction.high - prediction.low) / 100,
            guess=(prediction.low + prediction.high) / 2, comparable=view is not None,
        )  # fmt: skip

    def _actions(self) -> dict[str, Callable[[dict[str, Any]], object]]:
        return {
            "lock": lambda content: self.lock(math.inf if self.says_never else round(self.guess, 10)),
            "compare": lambda content: self.compare(),
        }

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
            measured = self._told
        if measured is None:
            if self.view is None:
                raise ValueError("the runs have not been made yet; run the next cell first")
            measured = float(self._row()[str(self.measure)]) / (24 if self._is_time else 1)
        self.verdict = self.words = self.prediction.compare(measured)
        return self.verdict

    def _row(self) -> Mapping[str, float]:
        """Numbers of the frame to compare with: the shown one, or that of the day which was asked for."""
        session = self.view.session
        if self.at_d is None:
            return dict(session.measures)
        clock, scale = self.view.CLOCK[:2]
        for row in session.rows:
            if row[clock] >= self.at_d * scale - 1e-6:
                return dict(row)
        here = session.rows[-1][clock] / scale
        raise ValueError(f"The run has come to day {here:.1f} so far. Play it to day {self.at_d:g}, then compare.")

    def tell(self, measured: float) -> None:
        """Say what runs gave that are not in a view; the button then compares with it, and does so now if locked."""
        self._told, self.comparable = float(measured), True
        if self.locked:
            self.compare()
        else:
            self.words = "The runs are done. Lock your prediction, then compare."

    def twin(self, view: Any = None) -> Predict:
        """The same prediction, not yet made, for another view: what tests and second tries use."""
        p = self.prediction
        fresh = Prediction(p.text, p.low, p.high, p.unit, p.never, p.more, p.less)
        return Predict(fresh, self.step, view, self.measure if view is not None else None, self.at_d)


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

    _esm = ASK_ESM
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


class RouteMap(Page):
    """The routes out of a tumor; pick one to see where it leads.

    Attributes
    ----------
    picked : str
        The route picked last.
    """

    picked = traitlets.Unicode("")

    def __init__(self) -> None:
        buttons = "".join(f'<button type="button" data-pick="{name}">{name}</button>' for name in routes())
        super().__init__(
            html=f'<div class="metakit-title">Pick a way out of the tumor</div><div class="metakit-row">{buttons}</div>'
        )

    def _actions(self) -> dict[str, Callable[[dict[str, Any]], object]]:
        return {"pick": lambda content: self.pick(content.get("key", ""))}

    def pick(self, name: str) -> str:
        """Pick a route, as its button does; gives where it leads, in words.

        Raises
        ------
        ValueError
            If there is no such route.
        """
        found = route(name)
        self.picked = name
        way = " → ".join(found.order)
        self.words = f"{name.capitalize()}: {way}. {found.words} {found.evidence} ({found.source})"
        return self.words


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
    at_d: float | None = None,
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
    at_d : float, optional
        The day of the run that answers; the shown frame if left out.

    Returns
    -------
    Predict
        Show it as the last line of a cell. ``lock(value)`` and ``compare()`` do what its buttons do.

    Raises
    ------
    ValueError
        On a scale that is none, or a measure that the view does not have.
    """
    is_time = unit in ("days", "hours")
    more, less = more or ("later" if is_time else "more"), less or ("earlier" if is_time else "less")
    return Predict(Prediction(text, low, high, unit, never, more, less), step, view, measure, at_d)


def ask(asked: Question | str) -> Ask:
    """Ask a question.

    Parameters
    ----------
    asked : Question or str
        A `metakit.checks.Question`, or the name of one that comes with the kit (`metakit.checks.questions`).

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


def route_map() -> RouteMap:
    """Show the routes out of a tumor, to pick from; ``pick(name)`` does what a button does."""
    return RouteMap()


def bars(counts: Mapping[str, float], title: str = "", *, gates: bool = False) -> Page:
    """Draw counts as bars with their numbers beside them.

    Parameters
    ----------
    counts : mapping of str to float
        What was counted, and how often.
    title : str
        What the bars are about.
    gates : bool
        The counts are what is left after one gate after another: say for each how many of those before it passed,
        and draw on a log scale, on which ten times fewer is always the same step.

    Returns
    -------
    Page

    Raises
    ------
    ValueError
        On no counts, or counts that are negative or not finite.
    """
    values = [float(v) for v in counts.values()]
    if not values or not all(math.isfinite(v) and v >= 0 for v in values):
        raise ValueError(f"counts = {dict(counts)!r}: one finite number from 0 up for each bar is wanted")
    top = max(*values, 1e-12) if len(values) > 1 else values[0] or 1.0
    # A log scale has no zero: whatever is a million million times smaller than the largest has no bar.
    low = min((v for v in values if v > 0), default=1.0)
    span = math.log10(top / low) + 1
    rows = []
    for i, (label, value) in enumerate(zip(counts, values, strict=True)):
        length = 0.0 if value == 0 else (math.log10(value / low) + 1) / span if gates else value / top
        passed = _passed(values[i - 1], value) if gates and i else ""
        rows.append(
            f'<tr><th scope="row">{escape(str(label))}</th><td class="metakit-bar"><span style="width:{length:.1%}">'
            f"</span></td><td>{_count(value)}</td><td class='metakit-way'>{passed}</td></tr>"
        )
    head = f'<div class="metakit-title">{escape(title)}</div>' if title else ""
    note = "<p class='metakit-way'><small>Each bar is on a log scale.</small></p>" if gates else ""
    return Page(html=f'{head}<table class="metakit-bars"><tbody>{"".join(rows)}</tbody></table>{note}')


def _count(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def _passed(before: float, after: float) -> str:
    if not before or not after:
        return "none of those before"
    if after > 0.1 * before:
        return f"{after / before:.0%} of those before"
    return f"about 1 in {_count(float(f'{before / after:.2g}'))} of those before"


READING = (
    ("Metastatic cancer (National Cancer Institute)", "https://www.cancer.gov/types/metastatic-cancer"),
    ("Metastasis (CancerQuest, Emory University)", "https://www.cancerquest.org/cancer-biology/metastasis"),
    ("OncoLink (Penn Medicine); look there for “How Does Cancer Spread?”", "https://www.oncolink.org"),
)
DISCLAIMER = (
    "For education only. metakit is a model of cells, not of a person: its numbers are not anybody’s odds. "
    "It is not medical advice and not for diagnosis or treatment. With questions about your own health, "
    "or about somebody close to you, please ask a health-care provider."
)


def lesson(
    title: str = "",
    *,
    minutes: int | None = None,
    goals: Sequence[str] = (),
    stage: str = "",
    words: Sequence[str] = (),
    reading: Sequence[tuple[str, str]] = READING,
) -> Page:
    """Give the frame of a lesson: what goes before it, and what goes after it.

    Parameters
    ----------
    title, minutes, goals
        For the head of a lesson: its name, how long it takes, what you will be able to do.
    stage : str
        For the foot: a stage whose parameters are listed, with their sources.
    words : sequence of str
        For the foot: terms of the glossary.
    reading : sequence of (str, str)
        Titles and addresses of pages to read on; shown in a foot.

    Returns
    -------
    Page
        Always with the disclaimer.

    Raises
    ------
    ValueError
        On a stage or a term that is not there.

    Examples
    --------
    >>> metakit.lesson("Through the fence", minutes=20, goals=["say what opens the basal lamina"])
    >>> metakit.lesson(stage="invasion", words=["MMP", "ECM"])
    """
    parts = []
    if title:
        time = f" · {minutes} minutes" if minutes else ""
        parts.append(f'<div class="metakit-title">{escape(title)}{time}</div>')
    if goals:
        parts.append(f"<p>After this lesson you can</p><ul>{''.join(f'<li>{escape(g)}</li>' for g in goals)}</ul>")
    if stage:
        table = _parameter_table(params_class(stage))
        parts.append(_details("Every number of the model, and where it comes from", table))
    if words:
        terms = "".join(f"<dt>{escape(term)}</dt><dd>{escape(define(term))}</dd>" for term in words)
        parts.append(_details("Words of this lesson", f"<dl>{terms}</dl>"))
    if reading and (stage or words):
        links = "".join(
            f'<li><a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(name)}</a></li>'
            for name, url in reading
        )
        parts.append(_details("Read on", f"<ul>{links}</ul>"))
    parts.append(f"<p><small>{DISCLAIMER}</small></p>")
    return Page(html="".join(parts))


def _details(summary: str, body: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def _parameter_table(cls: type[Params]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(row["name"].replace("_", " "))}</th><td>{escape(row["default"])}</td>'
        f"<td>{escape(row['range'])}</td><td>{escape(row['meaning'])}</td><td>{escape(row['source'])}</td></tr>"
        for row in cls.table()
    )
    used = dict.fromkeys(knob.source for knob in cls.knobs())
    full = "".join(f"<li><b>{escape(SOURCES[key].short)}</b>: {escape(SOURCES[key].full)}</li>" for key in used)
    head = "".join(f'<th scope="col">{name}</th>' for name in ("parameter", "value", "range", "what it is", "source"))
    return (
        f'<div class="metakit-wide" tabindex="0" role="region" aria-label="Parameters"><table><thead><tr>{head}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div><ul>{full}</ul>"
    )
