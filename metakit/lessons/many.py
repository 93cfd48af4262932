"""One run beside many: the same setting run with many seeds, drawn as one dot a run.

A single run is one throw of the dice. `many` shows how much of what was seen is chance, and how much is the setting.
The runs are made when its button is pressed, a slice at a time, so that the page stays alive, also in a browser, where
there is nothing else to make them.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from typing import Any

import ipywidgets as widgets

from metakit.core.params import is_number
from metakit.lessons.dots import DotPlot
from metakit.lessons.predict import Predict
from metakit.lessons.tally import Tally, Values, median
from metakit.runs.ensemble import Ensemble, check_seeds
from metakit.runs.stage import stage
from metakit.widgets.parts.kept import Kept, figure
from metakit.widgets.parts.static import static
from metakit.widgets.parts.status import Status
from metakit.widgets.parts.view import all_widgets

MAX_RUNS = 2_000
DOTS_EVERY_S = 0.5  # dots cost the browser more than the bar does
REST_S, TURN_S = 0.02, 0.002  # for the page: while others work, and between two slices of our own work


class _Words(Status):
    """The status line of runs, dressed as cards are."""

    _css = static("lessons/static/card.css")


class Many(Kept, widgets.VBox):
    """Many runs of one or more settings behind a button, one dot a run.

    Attributes
    ----------
    tally : Tally
        The runs, and what is known of them so far.
    button : ipywidgets.Button
        Makes the runs, stops, makes the others.
    """

    def __init__(self, tally: Tally, executor: Executor | None = None, progress: bool = True) -> None:
        self.tally, self._executor, self._progress = tally, executor, progress
        self._predictions: list[tuple[Predict, Callable[[Values], float]]] = []
        self._task: asyncio.Task[None] | None = None
        self._stopping, self._drawn_s = False, 0.0
        self.button = widgets.Button(layout=widgets.Layout(width="auto"))
        self.bar = widgets.IntProgress(max=tally.total, layout=widgets.Layout(width="180px"))
        self.count = widgets.Label()
        self.status, self.table = _Words(), widgets.HTML()
        self.figure = self.plot.figure()
        top = widgets.HBox([self.button, self.bar, self.count], layout=widgets.Layout(flex_flow="row wrap"))
        super().__init__([top, self.figure, self.status, self.table])
        for dress in ("metakit", "metakit-card"):
            self.add_class(dress)
        self.button.on_click(lambda _: self.stop() if self.running else self.start())
        self._show()

    @property
    def done(self) -> bool:
        """Whether all runs are made."""
        return self.tally.made == self.tally.total

    @property
    def running(self) -> bool:
        """Whether runs are being made in the background."""
        return self._task is not None and not self._task.done()

    @property
    def values(self) -> Values:
        """For each setting, what each run gave, in `unit`; NaN: it has not happened. In ascending order of the seeds.

        Raises
        ------
        RuntimeError
            If the runs are not made yet.
        """
        if not self.done:
            raise RuntimeError(f"{self.words} Press “{self._offer()}” and wait, or call make(); then there are values.")
        return self.tally.values

    @property
    def medians(self) -> dict[str, float]:
        """For each setting, the middle run; infinity when it has not happened in half of the runs or more."""
        return {label: median(values) for label, values in self.values.items()}

    @property
    def unit(self) -> str:
        """``"days"`` for a moment, empty for a count or a share."""
        return self.tally.unit

    def start(self) -> asyncio.Task[None]:
        """Make the runs in the background, as the button does; returns the task, which can be awaited.

        Raises
        ------
        RuntimeError
            Outside a running event loop (a plain script): use `make` there.
        """
        if self._task is None or self._task.done():
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                raise RuntimeError("the button needs a notebook's event loop; call make() in a script") from None
            self._stopping = False
            self._task = loop.create_task(self._make_in_slices())
            self._show()
        return self._task

    def stop(self) -> None:
        """Stop making runs, as the button does; those that are done are kept, and the button makes the others."""
        self._stopping = True

    def make(self) -> Many:
        """Make the runs now and wait for them; returns this widget.

        Raises
        ------
        RuntimeError
            If a run cannot be made, or the button is making them.
        KeyboardInterrupt
            If stopped by hand; what is done is kept.
        """
        if self.running:
            raise RuntimeError("the runs are being made already; press Stop first, or wait")
        runs = self.tally.runs.resume(self._executor, progress=self._progress)
        self._show()
        if runs.interrupted:
            raise KeyboardInterrupt
        if not self.done:
            raise RuntimeError(runs.missing[0]["why"])
        self._set_results()
        return self

    def set_result_of(self, prediction: Predict, number: Callable[[Values], float]) -> None:
        """Set what a prediction is compared with, as soon as the runs are made.

        Parameters
        ----------
        prediction : Predict
            The prediction.
        number : callable
            Gives a number for the `values` of the runs.
        """
        self._predictions.append((prediction, number))
        if self.done:
            self._set_results()

    def fresh_copy(self, prediction: Predict | None = None) -> Many:
        """Copy this with its runs not made, for tests and second tries.

        Parameters
        ----------
        prediction : Predict, optional
            A copy of the one whose result these runs set; its result is then set by the copied runs.

        Returns
        -------
        Many
            Another widget.
        """
        runs = self.tally.runs
        blank = Ensemble(
            runs.stage, runs.settings, runs.seeds, runs.time_s, measures=[self.tally.measure], until=runs.until
        )
        copy = Many(Tally(blank, self.tally.measure, self.tally.one), self._executor, self._progress)
        if prediction is not None:
            copy._predictions = [(prediction, number) for _, number in self._predictions]
        return copy

    async def _make_in_slices(self) -> None:
        slices, failed = self.tally.runs.in_slices(self._executor), ""
        try:
            for rests in slices:
                self._follow()
                await asyncio.sleep(REST_S if rests else TURN_S)
                if self._stopping:
                    break
            slices.close()
            failed = self._why_missing()
            if self.done:
                self._set_results()
        except Exception as error:  # an asyncio task would swallow it
            failed = f"The runs stopped: {error} ({type(error).__name__})."
        finally:
            slices.close()
            self._task = None
            if self.comm is not None:  # else it was closed meanwhile
                self._show(failed)

    def _why_missing(self) -> str:
        why = "" if self._stopping else next((m["why"] for m in self.tally.runs.missing), "")
        return f"Some runs could not be made: {why}" if why else ""

    def _set_results(self) -> None:
        for prediction, number in self._predictions:
            prediction.set_result(float(number(self.values)))

    @property
    def plot(self) -> DotPlot:
        """The dots so far."""
        return self.tally.plot

    @property
    def words(self) -> str:
        """What is said below the dots."""
        return self.describe()

    def picture(self) -> bytes:
        """Give the dots as PNG bytes: the static twin of the figure."""
        return self.plot.png()

    def describe(self) -> str:
        """Say for each setting how many runs it happened in, the median and the range; or that runs are missing."""
        return self.tally.describe()

    def _static_html(self, png: str) -> str:
        return figure(png, self.describe(), self.tally.table() if self.done else "")

    def _follow(self) -> None:
        """Show what has come since: the bar at once, dots now and then."""
        if self.tally.made != self.bar.value:
            self._show_count()
            if time.monotonic() - self._drawn_s > DOTS_EVERY_S:
                self._drawn_s = time.monotonic()
                self.plot.show_in(self.figure)

    def _show_count(self) -> None:
        self.bar.value = self.tally.made
        self.count.value = f"{self.tally.made} of {self.tally.total}"

    def _show(self, failed: str = "") -> None:
        self._show_count()
        self.button.description = "Stop" if self.running else self._offer()
        self.button.button_style = "" if self.running or self.done else "primary"
        self.button.disabled = self.done
        self.plot.show_in(self.figure)
        self.status.text = "Making the runs." if self.running else self.words
        self.status.error = failed
        self.table.value = self.tally.table() if self.done else ""

    def _offer(self) -> str:
        total, missing = self.tally.total, self.tally.total - self.tally.made
        if not missing:
            return f"All {total} runs are made"
        return f"Make {total} run{'s' * (total > 1)}" if missing == total else f"Make the other {missing}"

    def close(self) -> None:
        """Stop, and release every widget of this one. Twice is safe."""
        self.stop()
        for widget in all_widgets(self):
            widget.close() if widget is not self else super().close()


def many(
    name: str,
    measure: str,
    *,
    seeds: Iterable[int] = range(20),
    time_d: float = 5.0,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    one: int | None = None,
    executor: Executor | None = None,
    progress: bool = True,
    **setting: Any,
) -> Many:
    """Put many runs of one or more settings of a stage behind a button, one dot a run.

    Parameters
    ----------
    name : str
        One of `metakit.stages`.
    measure : str
        What each run gives. A moment in hours that is NaN at the start (``"first_outside_h"``) ends its run when it
        comes and is given in days; anything else is read at the end.
    seeds : iterable of int
        One run for each, the same ones for every setting.
    time_d : float
        How long each run may take, model days.
    settings : mapping of str to mapping, optional
        Several settings to set side by side: label, and ``preset`` and parameters that differ.
    one : int, optional
        One of the seeds: its run is drawn as a diamond, so that one run is seen beside many.
    executor : concurrent.futures.Executor, optional
        Where to run. Left out, a few processes share the work where there are any, as in `metakit.ensemble`.
    progress : bool
        Whether `Many.make` shows a progress bar; the button has one of its own.
    **setting
        ``preset`` and parameters, for a single setting.

    Returns
    -------
    Many
        Show it as the last line of a cell, and press its button; or call ``make()``, which waits for the runs. Then
        its ``values`` and ``medians`` are the numbers.

    Raises
    ------
    ValueError
        On an unknown stage, measure, preset or parameter, no seeds, or a time that is not valid.

    Examples
    --------
    >>> runs = metakit.many("invasion", "first_outside_h", time_d=3, mmp_secretion=1.3).make()
    >>> runs.medians["mmp secretion 0.6"]
    """
    made = _settings(settings, setting)
    seeds = check_seeds(seeds)
    if not 0 < len(seeds) * len(made) <= MAX_RUNS:
        raise ValueError(f"{len(seeds)} seeds and {len(made)} settings; 1 to {MAX_RUNS:,} runs are expected")
    if one is not None and one not in seeds:
        raise ValueError(f"one = {one!r} is not among the {len(seeds)} seeds")
    if not is_number(time_d) or not 0 < time_d <= 1000:
        raise ValueError(f"time_d = {time_d!r} is not a time; more than 0 and up to 1000 days is")
    model = stage(name)
    params = {label: model.params.make(**changes) for label, changes in made.items()}
    first = model.measure(model.first(next(iter(params.values())), seeds[0]))
    moment = measure if str(measure).endswith("_h") and math.isnan(first.get(measure, 0)) else None
    runs = Ensemble(name, params, seeds, 86400 * time_d, measures=[measure], until=moment)
    return Many(Tally(runs, measure, one), executor, progress)


def _settings(
    settings: Mapping[str, Mapping[str, Any]] | None, setting: Mapping[str, Any]
) -> Mapping[str, Mapping[str, Any]]:
    if settings is not None and setting:
        raise ValueError(f"settings and {', '.join(setting)} are both given; put everything into settings")
    if settings is None:
        said = [f"{k} {v}".replace("_", " ") for k, v in setting.items() if k != "preset"]
        settings = {", ".join([*filter(None, [str(setting.get("preset", ""))]), *said]) or "default settings": setting}
    if not isinstance(settings, Mapping) or not settings or not all(isinstance(s, Mapping) for s in settings.values()):
        example = 'such as {"more enzyme": {"mmp_secretion": 1.3}}'
        raise ValueError(f"settings = {settings!r:.80} is not one mapping or more of what differs, by label, {example}")
    return settings
