"""What many runs of one measure come to: dots, words and a table, while they are made and when they are done."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

import numpy as np

from metakit.core.words import write_number
from metakit.lessons.dots import DotPlot
from metakit.runs.ensemble import Ensemble

Values = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Tally:
    """One measure of an ensemble.

    Parameters
    ----------
    runs : Ensemble
        Runs, done and to be done.
    measure : str
        Which of their numbers.
    one : int, optional
        A seed whose run stands out.
    """

    runs: Ensemble
    measure: str
    one: int | None = None

    @property
    def total(self) -> int:
        """How many runs there are to be."""
        return len(self.runs.settings) * len(self.runs.seeds)

    @property
    def made(self) -> int:
        """How many are done."""
        return len(self.runs.rows)

    @property
    def unit(self) -> str:
        """``"days"`` for a moment, empty for a count or a share."""
        return "days" if self.runs.until else ""

    @property
    def values(self) -> Values:
        """What each run gave so far, for each setting; NaN: it has not happened, infinite: the run is not made yet."""
        found = {(row["setting"], row["seed"]): float(row[self.measure]) for row in self.runs.rows}
        scale = 24 if self.unit else 1
        return {
            label: np.array([found.get((label, s), math.inf) for s in self.runs.seeds]) / scale
            for label in self.runs.settings
        }

    @property
    def plot(self) -> DotPlot:
        """The dots so far."""
        said = self.measure.removesuffix("_h").replace("_", " ")
        day = self.runs.time_s / 86400
        medians = {label: self._said_median(values) for label, values in self.values.items()}
        seeds = self.runs.seeds
        return DotPlot(
            self.values,
            f"{said} ({self.unit})" if self.unit else f"{said}, day {write_number(day)}",
            day if self.unit else 0.0,
            medians,
            seeds.index(self.one) if self.one is not None else None,
        )

    def _said_median(self, values: np.ndarray) -> tuple[float, str]:
        if np.isinf(values).any():  # a middle run that changes with each that comes would say nothing
            return math.inf, ""
        middle = median(values)
        return middle, f"median {write_number(middle, self.unit)}" if math.isfinite(middle) else "median: never"

    def describe(self) -> str:
        """Say for each setting how many runs it happened in, the median and the range; or that runs are missing."""
        if self.made < self.total:
            return f"{self.made} of {self.total} runs are made." if self.made else "The runs are not made yet."
        parts = []
        by = f"by {write_number(self.runs.time_s / 86400, 'days')}"
        for label, values in self.values.items():
            seen = values[~np.isnan(values)]
            if not len(seen):
                parts.append(f"{label}: in none of {len(values)} runs {by}.")
                continue
            count = f"in {len(seen)} of {len(values)} runs {by}" if len(seen) < len(values) else f"{len(values)} runs"
            low, high = (write_number(float(v), self.unit) for v in (seen.min(), seen.max()))
            at, middle = median(values), "in half or fewer of them"
            if math.isfinite(at):
                middle = f"median {write_number(at, self.unit)}"
            parts.append(f"{label}: {count}, {middle}, from {low} to {high}.")
        if self.one is not None:
            label, values = next(iter(self.values.items()))
            alone = values[self.runs.seeds.index(self.one)]
            said = "not yet" if math.isnan(alone) else write_number(float(alone), self.unit)
            parts.append(f"Seed {self.one} alone ({label}): {said}.")
        return " ".join(parts)

    def table(self) -> str:
        """Write every number as HTML that opens."""
        head = "".join(f'<th scope="col">{escape(label)}</th>' for label in self.values)
        body = "".join(
            f'<tr><th scope="row">{seed}</th>'
            + "".join(f"<td>{write_number(float(v[i]), missing='not yet')}</td>" for v in self.values.values())
            + "</tr>"
            for i, seed in enumerate(self.runs.seeds)
        )
        return (
            f"<details><summary>Show as table</summary><table><thead><tr><th scope='col'>seed</th>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table></details>"
        )


def median(values: np.ndarray) -> float:
    """Find the middle one; infinity when it has not happened in half of the runs or more, NaN of none."""
    return float(np.median(np.where(np.isnan(values), np.inf, values))) if len(values) else math.nan
