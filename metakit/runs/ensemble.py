"""Many runs: many seeds, many sets of parameters, on any `concurrent.futures.Executor`.

>>> ensemble = metakit.ensemble("invasion", seeds=range(20), time_d=5)                # on the cores of this machine
>>> ensemble = metakit.ensemble("invasion", executor=Client(address).get_executor())  # on a Dask cluster
>>> ensemble.table.groupby("setting")["cells_outside"].median()
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from metakit.core.handoff import Handoff
from metakit.core.params import Params
from metakit.core.words import nearest
from metakit.runs.ensemble_file import read, write
from metakit.runs.progress import PATIENCE_S, where_bars_go
from metakit.runs.run import MAX_FRAMES, seconds_of, shortest_time
from metakit.runs.stage import check_seed
from metakit.runs.stage import stage as find
from metakit.runs.tasks import Outcome, Task
from metakit.runs.workers import check_place, in_slices

if TYPE_CHECKING:
    import pandas as pd

MAX_RUNS = 100_000
DEFAULT = "default settings"
NOT_YET = "not run yet"


def ensemble(
    stage: str,
    *,
    seeds: Iterable[int] = range(20),
    time_s: float | None = None,
    time_h: float | None = None,
    time_d: float | None = None,
    time_y: float | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    preset: str = "science",
    measures: Iterable[str] | None = None,
    until: str | None = None,
    inflow: Handoff | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: bool | None = None,
) -> Ensemble:
    """Run a stage with many seeds, in one setting or several. The numbers do not depend on where they are made.

    Parameters
    ----------
    stage : str
        One of `metakit.stages`.
    seeds : iterable of int
        One run for each, the same ones for every setting.
    time_s, time_h, time_d, time_y : float, optional
        Stop at the first frame at or after this time; without any, that of a usual run of this stage.
    settings : mapping of str to mapping, optional
        Label, and what differs from the preset: parameters, or another ``preset``.
    preset : str
        Named settings of the stage.
    measures : iterable of str, optional
        Which numbers of the last frame are kept; all of them without.
    until : str, optional
        A moment, a measure that is NaN until it comes: a run ends early when it has come.
    inflow : Handoff, optional
        What the stage before gave with `Run.outflow`; every run receives it.
    executor : concurrent.futures.Executor, optional
        Where to run, such as ``Client(...).get_executor()`` of a Dask cluster. It stays open afterwards.
    workers : int, optional
        How many processes of this machine share the work; 1: this process alone. Without, as many as there are cores
        (8 at most), unless it is done in half a second anyway.
    progress : bool, optional
        Show a progress bar: always, never, or (default) when it takes over a second.

    Returns
    -------
    Ensemble
        Ctrl-C (or Jupyter's stop button) ends it with what is done by then; ``resume`` does the rest.

    Raises
    ------
    ValueError
        On anything that cannot be run, before the first run is made. A run that fails does not stop the others: it is
        listed in ``missing``, with stage, seed and setting.

    Examples
    --------
    >>> enzyme = {"default": {}, "more": {"mmp_secretion": 1.3}}
    >>> metakit.ensemble("invasion", seeds=range(20), time_d=5, settings=enzyme).table
    """
    end_s = seconds_of({"time_s": time_s, "time_h": time_h, "time_d": time_d, "time_y": time_y})
    end_s = find(stage).usual_s if end_s is None else end_s
    made = _settings(stage, preset, settings)
    if measures is not None and not isinstance(measures, Iterable):
        raise ValueError(f'measures = {measures!r} is not a list of measures; ["cells"] is')
    kept = None if measures is None else [measures] if isinstance(measures, str) else list(measures)
    result = Ensemble(stage, made, seeds, end_s, measures=kept, until=until, inflow=inflow)
    return result.resume(executor, workers=workers, progress=progress)


class Ensemble:
    """Runs of one stage by setting and seed: those that are done, and those that are not. Printable and comparable.

    Attributes
    ----------
    stage : str
    settings : dict of str to Params
    seeds : list of int
        In ascending order.
    time_s : float
        When each run ends, s.
    interrupted : bool
        Whether the last `resume` was stopped by hand.
    """

    def __init__(
        self,
        stage: str,
        settings: Mapping[str, Params],
        seeds: Iterable[int],
        time_s: float,
        *,
        measures: list[str] | None = None,
        until: str | None = None,
        inflow: Handoff | None = None,
    ) -> None:
        self.stage, self.settings, self.seeds, self.time_s = stage, dict(settings), check_seeds(seeds), time_s
        if not 0 < (total := len(self.settings) * len(self.seeds)) <= MAX_RUNS:
            raise ValueError(f"{total:,} runs ({len(self.seeds)} seeds); 1 to {MAX_RUNS:,} runs are expected")
        found = find(stage)
        if (n := time_s / found.frame_s) > MAX_FRAMES:
            raise ValueError(f"that is {n:,.0f} frames a run; at most {MAX_FRAMES:,} can be run at once")
        first = found.measure(found.first(next(iter(self.settings.values())), self.seeds[0], inflow))
        for measure in [*(measures or []), *([] if until is None else [until])]:
            if not isinstance(measure, str) or measure not in first:
                raise ValueError(nearest(measure, first, f"measure of {stage} called", found.state.FORMER))
        if until is not None and not math.isnan(first[until]):
            raise ValueError(f"until = {until!r} is {first[until]:g} at the start; a moment is NaN until it comes")
        self.columns = list(first) if measures is None else list(dict.fromkeys(measures))
        self._some = self.columns != list(first)
        self.interrupted, self.until, self.inflow = False, until, inflow
        self._done: dict[tuple[str, int], dict[str, float]] = {}
        self._why: dict[tuple[str, int], str] = {}

    def _keys(self) -> Iterator[tuple[str, int]]:
        return ((label, seed) for label in self.settings for seed in self.seeds)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row for each run that is done, in the order of settings and seeds: setting, seed, measures at the end."""
        return [{"setting": k[0], "seed": k[1], **self._done[k]} for k in self._keys() if k in self._done]

    @property
    def table(self) -> pd.DataFrame:
        """`rows` as a pandas DataFrame."""
        import pandas as pd  # slow to import, and not needed unless asked for

        return pd.DataFrame(self.rows, columns=["setting", "seed", *self.columns])

    @property
    def missing(self) -> list[dict[str, Any]]:
        """One entry for each run that is not done: setting, seed, and why."""
        undone = [k for k in self._keys() if k not in self._done]
        return [{"setting": k[0], "seed": k[1], "why": self._why.get(k, NOT_YET)} for k in undone]

    def resume(
        self, executor: Executor | None = None, *, workers: int | None = None, progress: bool | None = None
    ) -> Ensemble:
        """Make the runs that are missing, and only those.

        Parameters
        ----------
        executor, workers, progress
            As for `ensemble`.

        Returns
        -------
        Ensemble
            This one.
        """
        check_place(executor, workers)
        n, where = len(self.missing), where_bars_go()
        late: dict[str, Any] = {"disable": progress is False, "delay": 0 if progress else PATIENCE_S}
        bar = tqdm(desc=f"{n} runs of {self.stage}", total=n, unit="run", leave=False, file=where, **late)
        try:
            for _ in self.in_slices(executor, workers=workers, wait_s=0.5, made=bar.update):
                pass
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            bar.close()
        if self.missing:
            print(self._report(), file=where)
        return self

    def in_slices(
        self,
        executor: Executor | None = None,
        *,
        workers: int | None = None,
        wait_s: float = 0.0,
        made: Callable[[], object] = lambda: None,
    ) -> Generator[bool, None, None]:
        """Make the runs that are missing a slice at a time, so that a notebook is not blocked.

        Each slice takes about 0.2 seconds of work; close the generator to stop.

        Parameters
        ----------
        executor, workers
            As in `ensemble`.
        wait_s : float
            How long a slice waits for workers.
        made : callable
            Called after each run.

        Yields
        ------
        bool
            Whether others are at work, so that the caller may as well rest a moment.
        """
        check_place(executor, workers)
        tasks = [
            Task(self.stage, label, seed, self.settings[label], self.time_s, self.until, self.inflow)
            for label, seed in self._keys()
            if (label, seed) not in self._done
        ]
        self.interrupted, self._why = False, {}

        def take(outcome: Outcome) -> None:
            if outcome.row is None:
                self._why[outcome.key] = outcome.why
            else:
                self._done[outcome.key] = {c: outcome.row[c] for c in self.columns}
            made()

        try:
            self._why |= yield from in_slices(tasks, take, executor, workers, wait_s)
        except (KeyboardInterrupt, GeneratorExit):
            undone = [k for k in self._keys() if k not in self._done]
            self._why = {k: self._why.get(k, "stopped before it was done") for k in undone}
            raise

    def _report(self) -> str:
        """Say in words what is missing and what to do; nothing if all runs are done."""
        missing = self.missing
        if not missing:
            return ""
        head = f"{'Stopped: ' if self.interrupted else ''}{len(self._done)} of {len(list(self._keys()))} runs are done."
        few = ", ".join(f"seed {m['seed']} of {m['setting']!r}" for m in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        why = next((m["why"] for m in missing if m["why"] != NOT_YET), NOT_YET)
        return f"{head} Missing: {few}{more} ({why}). `missing` lists them, `resume()` makes them; the others are kept."

    def save(self, path: str | Path) -> Path:
        """Write the table (``.csv``) or everything, for `Ensemble.load` (``.json``); returns the path."""
        entries = {
            "stage": self.stage,
            "time_s": self.time_s,
            "seeds": self.seeds,
            "settings": {label: p.as_dict() for label, p in self.settings.items()},
            "measures": self.columns,
            "until": self.until,
            "has_inflow": self.inflow is not None,
            "rows": [[None if v != v else v for v in row.values()] for row in self.rows],
        }
        return write(Path(path), lambda: self.table, entries)

    @classmethod
    def load(cls, path: str | Path, inflow: Handoff | None = None) -> Ensemble:
        """Read what `save` wrote as ``.json``.

        Parameters
        ----------
        path : str or Path
            The file.
        inflow : Handoff, optional
            What the runs began with, if they began with something: the file does not hold it.

        Returns
        -------
        Ensemble
            With the runs that were done; `resume` makes the others.

        Raises
        ------
        ValueError
            If the file does not hold an ensemble, or holds one made with another inflow.
        """
        made, rows = read(Path(path), inflow)
        try:
            result = cls(**made, inflow=inflow)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path} is not an ensemble that can be continued: {error}") from error
        result._done = rows
        return result

    @property
    def recipe(self) -> str:
        """The line that makes these runs again."""
        low, high = self.seeds[0], self.seeds[-1]
        whole = len(self.seeds) == high - low + 1
        seeds = f"range({f'{low}, ' if low else ''}{high + 1})" if whole else str(self.seeds)
        said = [f"seeds={seeds}", shortest_time(self.time_s, find(self.stage).state.CLOCK)]
        settings = {label: p.differences() for label, p in self.settings.items()}
        said += [f"settings={settings}"] if settings != {DEFAULT: {}} else []
        said += [f"measures={self.columns}"] if self._some else []
        said += [f"until={self.until!r}"] if self.until else []
        said += [f"inflow={self.inflow.recipe or 'inflow'}"] if self.inflow is not None else []
        return f"metakit.ensemble({json.dumps(self.stage)}, {', '.join(said)})"

    def __repr__(self) -> str:
        """Show the recipe, and what is missing."""
        return f"{self.recipe}\n{self._report() or f'All {len(self._done)} runs are done.'}"

    def __eq__(self, other: object) -> bool:
        """Equal when the same runs were wanted and every number that is there is equal."""
        if not isinstance(other, Ensemble):
            return NotImplemented
        mine, theirs = (
            (e.stage, list(e.settings.items()), e.seeds, e.time_s, e.columns, e.until, repr(e.rows))
            for e in (self, other)
        )
        return mine == theirs

    __hash__ = None  # type: ignore[assignment]


def _settings(stage: str, preset: str, settings: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Params]:
    cls = find(stage).params
    cls.make(preset)
    if settings is None:
        settings = {DEFAULT if preset == "science" else preset: {}}
    example = 'such as {"more enzyme": {"mmp_secretion": 1.3}}'
    if not isinstance(settings, Mapping) or not settings:
        raise ValueError(f"settings = {settings!r:.80} is not a mapping of labels to what differs, {example}")
    for label, changes in settings.items():
        if not isinstance(label, str) or not isinstance(changes, Mapping):
            raise ValueError(f"settings: {label!r}: {changes!r:.80} is not a label and what differs, {example}")
    return {label: cls.make(**{"preset": preset, **changes}) for label, changes in settings.items()}


def check_seeds(seeds: Iterable[int]) -> list[int]:
    """Return the seeds in ascending order.

    Raises
    ------
    ValueError
        If one is not a seed, or there twice.
    """
    if isinstance(seeds, str | bytes) or not isinstance(seeds, Iterable):
        raise ValueError(f"seeds = {seeds!r} is not a list of seeds; range(20) or [1, 2, 5] is")
    found = sorted(check_seed(seed) for seed in seeds)
    for seed, after in itertools.pairwise(found):
        if seed == after:
            raise ValueError(f"seed {seed} is there twice; the same seed gives the same run, which says nothing new")
    return found
