"""Chains: stages one after another, each with the cells that the one before hands over, and one ledger through it all.

Scales differ from stage to stage, so one cell of a run may stand for many of the body (`metakit.core.handoff.Context`).
A hand-over loses no cell, and neither does the whole story::

    cells of the giver x each + aside  =  cells of the taker x each' + aside' + left
    started + born, over all runs      =  cells that are somewhere now, over all runs
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from metakit.core.handoff import Clusters
from metakit.core.state import SECONDS, Ledger
from metakit.core.words import write_number
from metakit.runs import run_file
from metakit.runs.run import Run, run, shortest_time
from metakit.runs.stage import Stage, stage, stages

CLOCKS = tuple(f"time_{unit}" for unit in SECONDS)


def chain(*steps: str | Mapping[str, Any], seed: int = 0, progress: bool | None = None) -> Story:
    """Run stages one after another, each receiving what the one before gives.

    Parameters
    ----------
    *steps : str or mapping
        A stage's name, or ``{"stage": name, "time_d": 5, ...}`` with keywords of `metakit.run`. Without a time a run
        is as long as this stage usually takes.
    seed : int
        One seed for all; each stage has its own stream.
    progress : bool, optional
        Show a progress bar: always, never, or (default) for runs that take over a second.

    Returns
    -------
    Story
        The runs, in order. When nobody comes through a stage the story ends there, with a warning.

    Raises
    ------
    ValueError
        Before anything is run: on a stage that cannot follow the one before it (what would fit is told), and on
        whatever `metakit.run` refuses.

    Examples
    --------
    >>> story = metakit.chain("growth", "invasion", "intravasation", "circulation", seed=7)
    >>> print(story.funnel)
    """
    if not steps:
        raise ValueError('a chain needs at least one stage, such as metakit.chain("growth", "invasion")')
    wanted = [_step(step) for step in steps]
    names = [keywords["stage"] for keywords in wanted]
    for before, after in pairwise(names):
        check_follows(stage(before), stage(after))
    for keywords in wanted:  # what is wrong with the last step should not be found out after the first has run
        changes = {k: v for k, v in keywords.items() if k not in {"stage", "seed", "preset", "progress", *CLOCKS}}
        stage(keywords["stage"]).params.make(keywords.get("preset", "science"), **changes)
    return Story().then(*wanted, seed=seed, progress=progress)


def check_follows(giver: Stage, taker: Stage) -> None:
    """Check that what one stage gives may flow into the other.

    Parameters
    ----------
    giver, taker : Stage
        The two stages, in their order.

    Raises
    ------
    ValueError
        If it may not, saying what would fit.
    """
    if giver.gives is not None and giver.gives in taker.takes:
        return
    gives = f"gives {giver.gives.__name__}" if giver.gives else "gives nothing, it comes last"
    takes = f"takes {' or '.join(k.__name__ for k in taker.takes)}" if taker.takes else "takes nothing, it comes first"
    after = [s.name for s in map(stage, stages()) if giver.gives in s.takes]
    before = [s.name for s in map(stage, stages()) if s.gives in taker.takes]
    fits = [f"after {giver.name}: {', '.join(after) or 'none'}", f"before {taker.name}: {', '.join(before) or 'none'}"]
    raise ValueError(
        f"{taker.name} cannot follow {giver.name}: {giver.name} {gives}; {taker.name} {takes}. "
        f"What fits {'; '.join(fits)}"
    )


def _step(step: str | Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(step, str) and not (isinstance(step, Mapping) and "stage" in step):
        example = '"invasion" or {"stage": "invasion", "time_d": 5}'
        raise ValueError(f"{step!r:.80} is not a step of a chain; {example} is one")
    keywords = {"stage": step} if isinstance(step, str) else dict(step)
    if "inflow" in keywords:
        raise ValueError("inflow cannot be given to a step of a chain: it is what the step before gives")
    stage(keywords["stage"])
    return keywords


@dataclass(frozen=True)
class Handover:
    """What went from one run to the next, in cells of the body.

    Attributes
    ----------
    giver, taker, where : str
        The two stages, and where the second takes place.
    given : int
        Cells handed over, without those that wait aside.
    per_day : float
        How many that is a day, for cells that have left one by one; NaN otherwise.
    taken, each : int
        Cells that the next run began with, and for how many each of them stands.
    aside : int
        How many more cells of the primary tumor wait after it than before it.
    left : mapping of str to int
        Handed over and not taken, by where they are.
    """

    giver: str
    taker: str
    where: str
    given: int
    per_day: float
    taken: int
    each: int
    aside: int
    left: Mapping[str, int]

    @property
    def lost(self) -> int:
        """Cells that were handed over and are nowhere. Zero, always."""
        return self.given - self.taken * self.each - self.aside - sum(self.left.values())

    def __str__(self) -> str:
        """Say what became of them, and how the scale has changed."""
        rate = "" if math.isnan(self.per_day) else f", {write_number(self.per_day)} a day"
        stands = f", each for {write_number(self.each)}" if self.each > 1 else ""
        now = {f"{self.where}{stands}": self.taken, "elsewhere in the tumor": self.aside, **self.left}
        begun = f" ({write_number(-self.aside)} of them had waited in the tumor)" if self.aside < 0 else ""
        places = "; ".join(f"{write_number(n)} {where}" for where, n in now.items() if n > 0)
        return f"{self.giver} to {self.taker}: {write_number(self.given, 'cells')}{rate}: {places}{begun}"


@dataclass(frozen=True)
class Gate:
    """One row of a funnel: who passed the gate of a stage, as counted in its run and in the body."""

    stage: str
    what: str
    in_run: int
    in_body: int


class Funnel(tuple[Gate, ...]):
    """Who passed each gate, from the first stage to the last; prints as a table."""

    def __str__(self) -> str:
        """One line a gate."""
        rows = [(g.stage, write_number(g.in_body), g.what, f"{write_number(g.in_run)} in the run") for g in self]
        wide = [max((len(row[i]) for row in rows), default=0) for i in range(3)]
        return "\n".join(f"{a:<{wide[0]}}  {b:>{wide[1]}}  {c:<{wide[2]}}  ({d})" for a, b, c, d in rows)


class Story(Sequence[Run]):
    """The runs of a chain, in order, and what went from one to the next. Printable, comparable, can be continued.

    Attributes
    ----------
    runs : tuple of Run
    """

    def __init__(self, runs: Sequence[Run] = ()) -> None:
        self.runs = tuple(runs)

    def then(self, *steps: str | Mapping[str, Any], seed: int | None = None, progress: bool | None = None) -> Story:
        """Go on with more stages, as `chain` does.

        Parameters
        ----------
        *steps : str or mapping
            As for `chain`.
        seed : int, optional
            That of the last run if left out.
        progress : bool, optional
            As for `chain`.

        Returns
        -------
        Story
            A new one; it shares the runs so far.
        """
        runs = list(self.runs)
        seed = seed if seed is not None else runs[-1].seed if runs else 0
        for step in steps:
            keywords = _step(step)
            inflow = None
            if runs:
                check_follows(stage(runs[-1].stage), stage(keywords["stage"]))
                inflow = runs[-1].outflow()
                if not inflow.n_cells:
                    warnings.warn(_warn_of_none(runs[-1], keywords["stage"]), stacklevel=3)
                    break
            usual = {} if set(CLOCKS) & set(keywords) else {"time_s": stage(keywords["stage"]).usual_s}
            runs.append(run(**{"seed": seed, "progress": progress, **usual, **keywords, "inflow": inflow}))
        return Story(runs)

    @property
    def handovers(self) -> list[Handover]:
        """What went from each run to the next.

        Raises
        ------
        ValueError
            If a run was continued after it had been handed on.
        """
        return [_handover(giver, taker) for giver, taker in pairwise(self.runs)]

    @property
    def ledger(self) -> Ledger:
        """The ledger of ledgers, in cells of the body: where everybody came from, and where everybody is now."""
        came, now = dict[str, int](), dict[str, int]()
        links = self.handovers
        for i, this in enumerate(self.runs):
            context, own = this.state.context, this.ledger
            begun, handed = (links[i - 1].taken if i else 0), (links[i].given if i < len(links) else 0)
            came[f"made in {this.stage}"] = (sum(own.came.values()) - begun) * context.each
            now[f"stayed in {this.stage}"] = sum(own.now.values()) * context.each - handed
            for where, n in context.left.items():
                now[where] = now.get(where, 0) + n
        now["elsewhere in the tumor"] = self.runs[-1].state.context.aside if self.runs else 0
        return Ledger(*({what: n for what, n in side.items() if n} for side in (came, now)))

    @property
    def funnel(self) -> Funnel:
        """Who passed the gate of each stage."""
        rows = []
        for this in self.runs:
            if gate := stage(this.stage).gate:
                n = int(this.measures[gate[0]])
                rows.append(Gate(this.stage, gate[1], n, n * this.state.context.each))
        return Funnel(rows)

    @property
    def recipe(self) -> str:
        """The line that makes the story again, when nothing was changed on the way."""
        steps = []
        for this in self.runs:
            first = this.history[0][1].differences(this.preset)
            clock = shortest_time(this.state.time_s, this.state.CLOCK).partition("=")
            step = {"stage": this.stage, clock[0]: float(clock[2]), **first}
            steps.append(repr(step | ({"preset": this.preset} if this.preset != "science" else {})))
        return f"metakit.chain({', '.join(steps)}, seed={self.runs[0].seed if self.runs else 0})"

    def save(self, path: str | Path) -> Path:
        """Write all runs to one ``.npz`` file, from which `metakit.load` goes on exactly; returns the path."""
        return run_file.write([this.saved for this in self.runs], Path(path))

    def __len__(self) -> int:
        """Count the runs."""
        return len(self.runs)

    def __getitem__(self, which: Any) -> Any:
        """Give a run by its place, or by the name of its stage."""
        if isinstance(which, str):
            found = [this for this in self.runs if this.stage == which]
            if not found:
                raise ValueError(f"{which!r} is not in this story; there are {', '.join(r.stage for r in self.runs)}")
            return found[0]
        return self.runs[which]

    def __eq__(self, other: object) -> bool:
        """Equal when every run is."""
        return isinstance(other, Story) and self.runs == other.runs

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Show the funnel, the hand-overs and the ledger."""
        if not self.runs:
            return "a story without a run"
        sides = [
            f"{write_number(sum(side.values()), 'cells')}: "
            + ", ".join(f"{write_number(n)} {what}" for what, n in side.items())
            for side in (self.ledger.came, self.ledger.now)
        ]
        return "\n\n".join(filter(None, [str(self.funnel), "\n".join(map(str, self.handovers)), "\n".join(sides)]))


def load(path: str | Path) -> Run | Story:
    """Read a run that `Run.save` wrote, or a story that `Story.save` wrote; it goes on as if it had never stopped.

    Raises
    ------
    ValueError
        If the file is damaged, of another version, or does not hold a run. Nothing in it is ever executed.
    OSError
        If the file cannot be opened.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; the .npz file that Run.save wrote is expected")
    runs = [Run.of(saved) for saved in run_file.read(path)]
    return runs[0] if len(runs) == 1 else Story(runs)


def _handover(giver: Run, taker: Run) -> Handover:
    given, inflow = giver.outflow(), taker.inflow
    if inflow is None or given != inflow:
        raise ValueError(
            f"{giver.stage} was continued after it had been handed on to {taker.stage}; make the chain again"
        )
    model, context = stage(taker.stage), taker.state.context
    # The first entry of a ledger counts those that a run began with.
    taken = next(iter(model.first(taker.history[0][1], taker.seed, inflow).ledger.came.values()))
    return Handover(
        giver=giver.stage,
        taker=taker.stage,
        where=f"in {model.where}" + (f" of the {context.organ}" if context.organ else ""),
        given=given.n_cells * given.context.each,
        per_day=given.n_cells * given.context.each / giver.state.time_d if isinstance(given, Clusters) else math.nan,
        taken=taken,
        each=context.each,
        aside=context.aside - given.context.aside,
        left=context.left,
    )


def _warn_of_none(last: Run, following: str) -> str:
    when = shortest_time(last.state.time_s, last.state.CLOCK)
    return (
        f"the story ends with {last.stage}: not one cell came through in {when}, so {following} was not run. "
        "Give it more time, or take another seed: most cells fail at every gate"
    )
