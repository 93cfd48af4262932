"""One run beside many: the same setting run with many seeds, drawn as one dot a run.

A single run is one throw of the dice. `many` shows how much of what was seen is chance, and how much is the setting.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from html import escape
from typing import Any

import ipywidgets as widgets
import numpy as np

from metakit.core.params import is_number
from metakit.core.words import write_number
from metakit.lessons.dots import DotPlot
from metakit.runs.ensemble import check_seeds, ensemble
from metakit.runs.stage import stage
from metakit.widgets.parts.kept import Kept, figure
from metakit.widgets.parts.static import static
from metakit.widgets.parts.status import Status
from metakit.widgets.parts.view import all_widgets

MAX_RUNS = 2_000


class _Words(Status):
    """The status line of runs, dressed as cards are."""

    _css = static("lessons/static/card.css")


class Many(Kept, widgets.VBox):
    """Many runs of one or more settings, one dot a run, in one widget.

    Attributes
    ----------
    values : dict of str to float array
        For each setting, what each run gave, in `unit`; NaN: it has not happened. In ascending order of the seeds.
    medians : dict of str to float
        For each setting, the middle run; infinity when it has not happened in half of the runs or more.
    unit : str
        ``"days"`` for a moment, empty for a count or a share.
    words : str
        What is said below the dots.
    """

    def __init__(
        self,
        name: str,
        measure: str,
        values: Mapping[str, np.ndarray],
        *,
        seeds: list[int],
        time: float,
        unit: str,
        clock: str,
        one: int | None,
    ) -> None:
        self.stage, self.measure, self.values, self.unit = name, measure, dict(values), unit
        self.medians = {label: _median(v) for label, v in self.values.items()}
        self._seeds, self._time, self._clock, self._one = seeds, time, clock, one
        said = measure.removesuffix("_h").replace("_", " ")
        self.plot = DotPlot(
            self.values,
            f"{said} ({unit})" if unit else f"{said}, day {write_number(time)}",
            time if unit else 0.0,
            {label: (m, self._median_words(m)) for label, m in self.medians.items()},
            seeds.index(one) if one is not None else None,
        )
        self.words = self.describe()
        super().__init__([self.plot.figure(), _Words(text=self.words), widgets.HTML(self._table())])
        for dress in ("metakit", "metakit-card"):
            self.add_class(dress)

    def _median_words(self, median: float) -> str:
        return f"median {write_number(median, self.unit)}" if math.isfinite(median) else "median: never"

    def picture(self) -> bytes:
        """Give the dots as PNG bytes: the static twin of the figure."""
        return self.plot.png()

    def describe(self) -> str:
        """Say for each setting how many runs it happened in, the median and the range."""
        parts = []
        for label, values in self.values.items():
            seen = values[~np.isnan(values)]
            by = f"by {write_number(self._time, self._clock)}"
            if not len(seen):
                parts.append(f"{label}: in none of {len(values)} runs {by}.")
                continue
            count = f"in {len(seen)} of {len(values)} runs {by}" if len(seen) < len(values) else f"{len(values)} runs"
            low, high = (write_number(float(v), self.unit) for v in (seen.min(), seen.max()))
            median = self.medians[label]
            middle = self._median_words(median) if math.isfinite(median) else "in half or fewer of them"
            parts.append(f"{label}: {count}, {middle}, from {low} to {high}.")
        if self._one is not None:
            label, values = next(iter(self.values.items()))
            alone = values[self._seeds.index(self._one)]
            said = "not yet" if math.isnan(alone) else write_number(float(alone), self.unit)
            parts.append(f"Seed {self._one} alone ({label}): {said}.")
        return " ".join(parts)

    def _static_html(self, png: str) -> str:
        return figure(png, self.describe(), self._table())

    def _table(self) -> str:
        head = "".join(f'<th scope="col">{escape(label)}</th>' for label in self.values)
        body = "".join(
            f'<tr><th scope="row">{seed}</th>'
            + "".join(f"<td>{write_number(float(v[i]), missing='not yet')}</td>" for v in self.values.values())
            + "</tr>"
            for i, seed in enumerate(self._seeds)
        )
        return (
            f"<details><summary>Show as table</summary><table><thead><tr><th scope='col'>seed</th>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table></details>"
        )

    def close(self) -> None:
        """Release every widget of this one. Twice is safe."""
        for widget in all_widgets(self):
            widget.close() if widget is not self else super().close()


def _median(values: np.ndarray) -> float:
    return float(np.median(np.where(np.isnan(values), np.inf, values))) if len(values) else math.nan


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
    """Run one or more settings of a stage with many seeds.

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
        Whether to show a progress bar.
    **setting
        ``preset`` and parameters, for a single setting.

    Returns
    -------
    Many
        Show it as the last line of a cell; its ``values`` and ``medians`` are the numbers.

    Raises
    ------
    ValueError
        On an unknown stage, measure, preset or parameter, no seeds, or a time that is not valid.

    Examples
    --------
    >>> runs = metakit.many("invasion", "first_outside_h", time_d=3, mmp_secretion=1.3)
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
    first = model.measure(model.first(model.params.make(**next(iter(made.values()))), seeds[0]))
    moment = measure if str(measure).endswith("_h") and math.isnan(first.get(measure, 0)) else None
    runs = ensemble(
        name, seeds=seeds, time_d=time_d, settings=made, measures=[measure], until=moment,
        executor=executor, progress=progress,
    )  # fmt: skip
    if runs.interrupted:
        raise KeyboardInterrupt
    if runs.missing:
        raise RuntimeError(runs.missing[0]["why"])
    found = {(row["setting"], row["seed"]): float(row[measure]) for row in runs.rows}
    values = {label: np.array([found[label, s] for s in seeds]) / (24 if moment else 1) for label in made}
    unit = "days" if moment else ""
    return Many(name, measure, values, seeds=seeds, time=time_d, unit=unit, clock="days", one=one)


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
