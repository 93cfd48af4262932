"""One run beside many: the same setting run with many seeds, drawn as one dot a run.

A single run is one throw of the dice. `many` shows how much of what was seen is chance, and how much is the setting.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from html import escape
from typing import Any

import numpy as np

from metakit.core.params import is_number
from metakit.core.words import write_number
from metakit.lessons.card import Page
from metakit.runs.ensemble import check_seeds, ensemble
from metakit.runs.stage import stage
from metakit.widgets.draw.style import EPITHELIAL, MESENCHYMAL

MAX_RUNS = 2_000
WIDTH, LEFT, RIGHT, ROW, FOOT, DOT = 700, 130, 90, 78, 40, 4.4
BINS = 44


class Many(Page):
    """Many runs of one or more settings, one dot a run, in one widget.

    Attributes
    ----------
    values : dict of str to float array
        For each setting, what each run gave, in `unit`; NaN: it has not happened. In ascending order of the seeds.
    medians : dict of str to float
        For each setting, the middle run; infinity when it has not happened in half of the runs or more.
    unit : str
        ``"days"`` for a moment, empty for a count or a share.
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
        super().__init__(html=self._svg() + self._table(), words=self.describe())

    @property
    def _what(self) -> str:
        words = self.measure.removesuffix("_h").replace("_", " ")
        return f"{words} ({self.unit})" if self.unit else f"{words}, day {write_number(self._time)}"

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
            middle = "in half or fewer of them"
            if math.isfinite(median):
                middle = f"median {write_number(median, self.unit)}"
            parts.append(f"{label}: {count}, {middle}, from {low} to {high}.")
        if self._one is not None:
            label, values = next(iter(self.values.items()))
            alone = values[self._seeds.index(self._one)]
            said = "not yet" if math.isnan(alone) else write_number(float(alone), self.unit)
            parts.append(f"Seed {self._one} alone ({label}): {said}.")
        return " ".join(parts)

    def _svg(self) -> str:
        rows = list(self.values.items())
        height = ROW * len(rows) + FOOT
        seen = np.concatenate([v[~np.isnan(v)] for _, v in rows] or [np.zeros(0)])
        top = self._time if self.unit else _nice_end(float(seen.max(initial=0.0)))
        inner = WIDTH - LEFT - RIGHT

        def x(value: float) -> float:
            return LEFT + inner * value / top

        parts = [
            f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(self.describe())}" font-size="12">'
        ]
        for i, (label, values) in enumerate(rows):
            parts += self._row(label, values, ROW * (i + 1) - 12, x, top)
        base = ROW * len(rows) - 4
        whole = top in range(1, 7)
        for tick in np.linspace(0, top, int(top) + 1 if whole else 6):
            said = write_number(float(tick))
            parts.append(f'<text x="{x(tick):.1f}" y="{base + 16}" text-anchor="middle">{said}</text>')
        parts.append(f'<text x="{x(top / 2):.1f}" y="{base + 34}" text-anchor="middle">{escape(self._what)}</text>')
        if any(np.isnan(v).any() for _, v in rows):
            parts.append(f'<text x="{WIDTH - RIGHT / 2 + 8}" y="{base + 16}" text-anchor="middle">not yet</text>')
        return "".join([*parts, "</svg>"])

    def _row(self, label: str, values: np.ndarray, base: float, x: Any, top: float) -> list[str]:
        parts = [
            f'<text x="{LEFT - 14}" y="{base - 12}" text-anchor="end" font-weight="600">{escape(label)}</text>',
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base + 6}" y2="{base + 6}" '
            'stroke="currentColor" stroke-opacity="0.35"/>',
        ]
        there = values[~np.isnan(values)]
        # Dots that nearly meet are piled up: numbers in the middle of their bin, whole ones where they are.
        whole = bool((there == np.round(there)).all()) and not self.unit
        width = math.ceil(top / BINS) if whole else top / BINS
        piled = np.round(there / width) if whole else np.minimum(BINS - 1, there // width)
        tallest = int(np.unique(piled, return_counts=True)[1].max()) if len(there) else 1
        up_by = min(2.2 * DOT, (ROW - 24) / tallest)
        piles: dict[int, int] = {}
        never = 0
        for i in np.argsort(values):  # NaN comes last
            value = float(values[i])
            if math.isnan(value):
                column, row = divmod(never, 5)
                never += 1
                at, up = WIDTH - RIGHT + 22 + 2.3 * DOT * column, row * 2.2 * DOT / up_by
                style = f'fill="none" stroke="{EPITHELIAL}" stroke-width="1.5"'
            else:
                pile = round(value / width) if whole else min(BINS - 1, int(value // width))
                up = piles[pile] = piles.get(pile, -1) + 1
                at, style = x((pile if whole else pile + 0.5) * width), f'fill="{EPITHELIAL}" fill-opacity="0.85"'
            y = base - up * up_by
            if self._seeds[i] == self._one:
                parts.append(
                    f'<path d="M{at:.1f} {y - 7:.1f}l6 7-6 7-6-7z" fill="{MESENCHYMAL}" stroke="currentColor"/>'
                )
            else:
                parts.append(f'<circle cx="{at:.1f}" cy="{y:.1f}" r="{DOT}" {style}/>')
        median = self.medians[label]
        if math.isfinite(median):
            parts.append(
                f'<path d="M{x(median):.1f} {base + 1}l-5 11h10z" fill="currentColor"/>'
                f'<text x="{LEFT - 14}" y="{base + 4}" text-anchor="end" fill-opacity="0.8">'
                f"median {escape(write_number(median, self.unit))}</text>"
            )
        else:
            parts.append(f'<text x="{LEFT - 14}" y="{base + 4}" text-anchor="end">median: never</text>')
        return parts

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


def _median(values: np.ndarray) -> float:
    return float(np.median(np.where(np.isnan(values), np.inf, values))) if len(values) else math.nan


def _nice_end(top: float) -> float:
    size = 10 ** math.floor(math.log10(top)) if top > 0 else 1.0
    return next(float(size * step) for step in (1, 2, 2.5, 5, 10) if size * step >= top)


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
        On an unknown stage, measure, preset or parameter, no seeds, or a time that is none.

    Examples
    --------
    >>> runs = metakit.many("invasion", "first_outside_h", time_d=3, mmp_secretion=1.3)
    >>> runs.medians["mmp secretion 0.6"]
    """
    made = _settings(settings, setting)
    seeds = check_seeds(seeds)
    if not 0 < len(seeds) * len(made) <= MAX_RUNS:
        raise ValueError(f"{len(seeds)} seeds and {len(made)} settings; 1 to {MAX_RUNS:,} runs are wanted")
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
