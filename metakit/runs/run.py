"""Headless runs: `run`, `load`, and the `Run` they give."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from metakit.core.handoff import Handoff
from metakit.core.params import Params, is_number, is_whole
from metakit.core.state import SECONDS, Ledger
from metakit.core.touch import Segment, Touched, check_touch
from metakit.runs import run_file
from metakit.runs.progress import with_bar
from metakit.runs.stage import Stage, check_seed
from metakit.runs.stage import stage as find

if TYPE_CHECKING:
    import pandas as pd

MAX_FRAMES = 10_000_000

History = list[Segment]


def run(
    stage: str,
    *,
    seed: int = 0,
    preset: str = "science",
    inflow: Handoff | None = None,
    time_s: float | None = None,
    time_h: float | None = None,
    time_d: float | None = None,
    time_y: float | None = None,
    touches: Iterable[Sequence[object]] = (),
    progress: bool | None = None,
    **params: object,
) -> Run:
    """Run a stage headless, from its start to a time.

    Parameters
    ----------
    stage : str
        One of `metakit.stages`.
    seed : int
        Whole number from 0 up. The same seed and parameters give the same run, always.
    preset : str
        Named settings of the stage; ``"science"`` is the published model.
    inflow : Handoff, optional
        What the stage before gave with `Run.outflow`.
    time_s, time_h, time_d, time_y : float, optional
        Stop at the first frame at or after this time. Without any, only the first frame is made.
    touches : sequence of (str, float, (float, float)), optional
        What is touched, when in the unit of the stage's clock, and where: ``[("cut", 24.0, (120, -40))]``. Which
        touches there are is in ``TOUCHES`` of the stage's module, which also says what the place is measured from.
    progress : bool, optional
        Show a progress bar: always, never, or (default) when the run takes over a second.
    **params
        Parameters of the stage that differ from the preset.

    Returns
    -------
    Run

    Raises
    ------
    ValueError
        On an unknown stage, preset or parameter (the nearest name is suggested), a value that is not allowed, an
        inflow that does not fit, or a touch that is not offered, hits nothing, or comes after the end.

    Examples
    --------
    >>> run = metakit.run("invasion", seed=7, mmp_secretion=0.6, time_h=2)
    >>> run.measures["time_h"]
    2.0
    """
    made = find(stage).params.make(preset, **params)
    target = seconds_of({"time_s": time_s, "time_h": time_h, "time_d": time_d, "time_y": time_y})
    return Run(stage, preset, seed, made, inflow).advance(time_s=target or 0.0, touches=touches, progress=progress)


def seconds_of(times: Mapping[str, object]) -> float | None:
    """Read ``time_d=5`` and its like as seconds; None if none is given.

    Raises
    ------
    ValueError
        If two are given, or one is not a finite number from 0 up.
    """
    given = {k: v for k, v in times.items() if v is not None}
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)} are both given; one of them is enough")
    for name, value in given.items():
        if not is_number(value) or not 0 <= value < 1e30:
            raise ValueError(f"{name} = {value!r} is not a time; any finite number from 0 up is")
        return float(value) * SECONDS[name.removeprefix("time_")]
    return None


class Run:
    """One headless run: parameters, every frame's numbers, and the last state. Printable and comparable.

    Attributes
    ----------
    stage, preset : str
    seed : int
    inflow : Handoff or None
        What it began with, given by the stage before.
    state : State
        The last frame.
    rows : list of dict
        What ``measure`` said of each frame so far.
    history : list of Segment
        Which parameters were in force from which time on, s, and what was touched.
    """

    def __init__(self, stage: str, preset: str, seed: int, params: Params, inflow: Handoff | None = None) -> None:
        self._stage = find(stage)
        self.stage, self.preset, self.seed, self.inflow = stage, preset, check_seed(seed), inflow
        self.state = self._stage.first(params, self.seed, inflow)
        self.history: History = [Segment(self.state.time_s, params)]
        self.rows: list[dict[str, float]] = [self._measure()]

    @classmethod
    def of(cls, saved: run_file.Saved) -> Run:
        """Make the run that a file holds."""
        result = cls.__new__(cls)
        result._stage = find(saved.stage)
        vars(result).update(saved._asdict())
        return result

    @property
    def saved(self) -> run_file.Saved:
        """What a file holds of it."""
        return run_file.Saved(self.stage, self.preset, self.seed, self.inflow, self.history, self.state, self.rows)

    def _measure(self) -> dict[str, float]:
        return dict(self._stage.measure(self.state))

    def advance(
        self,
        *,
        time_s: float | None = None,
        time_h: float | None = None,
        time_d: float | None = None,
        time_y: float | None = None,
        frames: int | None = None,
        touches: Iterable[Sequence[object]] = (),
        progress: bool | None = None,
        **changes: object,
    ) -> Run:
        """Go on to a time, or by a number of frames.

        Parameters
        ----------
        time_s, time_h, time_d, time_y : float
            Stop at the first frame at or after this time since the start of the run.
        frames : int
            Go on by this many frames instead.
        touches : sequence of (str, float, (float, float)), optional
            What is touched on the way, as `run` takes it.
        progress : bool, optional
            Show a progress bar: always, never, or (default) when it takes over a second.
        **changes
            Parameters that change from here on.

        Returns
        -------
        Run
            This run, so that calls can be chained.

        Raises
        ------
        ValueError
            On a time before now, a parameter that is unknown or not allowed, or a touch that is not offered or not
            on the way. Nothing has changed then. A touch that hits nothing stops the run where it is.
        """
        params = self.params.replace(**changes)
        target = seconds_of({"time_s": time_s, "time_h": time_h, "time_d": time_d, "time_y": time_y})
        n = self._frames_to(target, frames)
        if late := params.needs_restart(self.params):
            raise ValueError(f"{' and '.join(late)} matters only when a run starts; begin a new one with metakit.run")
        waiting = self._planned(touches, n)
        begun, unit = params == self.params, SECONDS[self.state.CLOCK]
        for i in chain((0,), (done + 1 for done in with_bar(range(n), f"{self.stage} (seed {self.seed})", progress))):
            before, state = self.state.time_s, self._stage.next(self.state, params) if i else self.state
            made = tuple(touch._replace(time=state.time_s / unit) for touch in waiting.get(i, ()))
            for touch in made:
                state = self._stage.touch(state, params, touch.kind, touch.at)
            if not begun and (i or made):
                self.history.append(Segment(before, params))
                begun = True
            self.state = state
            if i:
                self.rows.append(self._measure())
            if made:
                self.rows[-1] = self._measure()
                self.history[-1] = self.history[-1].touched(made)
        return self

    def _planned(self, touches: Iterable[Sequence[object]], frames: int) -> dict[int, list[Touched]]:
        """Check touches, and sort them by the frame in which each is made: the first one at or after its time."""
        unit, step = SECONDS[self.state.CLOCK], self._stage.frame_s
        planned: dict[int, list[Touched]] = {}
        for touch in touches:
            if not isinstance(touch, tuple | list) or len(touch) != 3:
                raise ValueError(
                    f"touch {touch!r} is not one; a kind, a time and a place are: ('cut', 24.0, (120, -40))"
                )
            kind, at = check_touch(self._stage.touches, self.stage, touch[0], touch[2])
            when = seconds_of({f"time_{self.state.CLOCK}": touch[1]})
            if when is None:
                raise ValueError(f"touch {touch!r} has no time; any number of {self.state.CLOCK} from 0 up is one")
            frame = int(np.ceil((when - self.state.time_s) / step - 1e-9))
            if not 0 <= frame <= frames:
                here, end = (t / unit for t in (self.state.time_s, self.state.time_s + frames * step))
                raise ValueError(
                    f"touch {kind!r} at {when / unit:g} {self.state.CLOCK} is not on the way, which goes from {here:g} "
                    f"to {end:g} {self.state.CLOCK}"
                )
            planned.setdefault(frame, []).append(Touched(kind, when / unit, at))
        return planned

    def _frames_to(self, target: float | None, frames: int | None) -> int:
        if (target is None) == (frames is None):
            raise ValueError("say how far to go on with one of time_s, time_h, time_d, time_y or frames")
        if frames is not None:
            if not is_whole(frames) or not 0 <= frames <= MAX_FRAMES:
                raise ValueError(f"frames = {frames!r} is not a number of frames; 0 to {MAX_FRAMES:,} is")
            return int(frames)
        assert target is not None
        now, step = self.state.time_s, self._stage.frame_s
        n = int(np.ceil((target - now) / step - 1e-9))
        if n < 0:
            unit = self.state.CLOCK
            here, there = (f"{t / SECONDS[unit]:g} {unit}" for t in (now, target))
            raise ValueError(f"this run is at {here} already, and time {there} is before that; runs only go forward")
        if n > MAX_FRAMES:
            raise ValueError(f"that is {n:,} frames of {step:g} s; at most {MAX_FRAMES:,} can be run at once")
        return n

    @property
    def params(self) -> Params:
        """Parameters in force now."""
        return self.history[-1][1]

    @property
    def table(self) -> pd.DataFrame:
        """One row a frame, the clock first."""
        import pandas as pd  # slow to import, and not needed unless asked for

        return pd.DataFrame(self.rows)

    @property
    def measures(self) -> dict[str, float]:
        """Numbers of the last frame."""
        return self.rows[-1]

    @property
    def ledger(self) -> Ledger:
        """Where every cell is now."""
        return self.state.ledger

    @property
    def recipe(self) -> str:
        """The line that makes this run again."""
        return recipe(self._stage, self.preset, self.seed, self.history, self.state.time_s, self.inflow)

    def outflow(self) -> Handoff:
        """Give what the next stage receives: ``metakit.run(..., inflow=run.outflow())``.

        Raises
        ------
        ValueError
            If nothing flows out of this stage.
        """
        return self._stage.outflow(self.state).replace(recipe=f"{self.recipe}.outflow()")

    def save(self, path: str | Path) -> Path:
        """Write the run to an ``.npz`` file from which `metakit.load` goes on exactly; returns the path."""
        return run_file.write([self.saved], Path(path))

    def __eq__(self, other: object) -> bool:
        """Equal when every number that would be saved is equal."""
        if not isinstance(other, Run):
            return NotImplemented
        mine, theirs = (
            (r.stage, r.preset, r.seed, r.history, [list(map(repr, map(float, row.values()))) for row in r.rows])
            for r in (self, other)
        )
        return mine == theirs and self.state == other.state and self.inflow == other.inflow

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Show the recipe and the ledger."""
        return f"{self.recipe}\n{self.ledger}"


def recipe(stage: Stage, preset: str, seed: int, history: History, time_s: float, inflow: Handoff | None) -> str:
    """Write the call that makes a run again, with an ``advance`` for each later change of parameters.

    Parameters
    ----------
    stage : Stage
        What is run.
    preset : str
        Named settings, from which the first parameters are told apart.
    seed : int
        Of the run.
    history : list of Segment
        Which parameters were in force from which time on, s, and what was touched.
    time_s : float
        Where the run ends, s.
    inflow : Handoff or None
        What it began with.

    Returns
    -------
    str
        One line of Python.
    """
    unit = stage.state.CLOCK
    ends = [segment.time_s for segment in history[1:]] + [time_s]
    text = f"metakit.run({json.dumps(stage.name)}, seed={seed}"
    text += "" if preset == "science" else f", preset={preset!r}"
    text += "" if inflow is None else f", inflow={inflow.recipe or 'inflow'}"
    before = stage.params.make(preset).as_dict()
    for i, (segment, end) in enumerate(zip(history, ends, strict=True)):
        now = segment.params.as_dict()
        said = [f"{k}={v!r}" for k, v in now.items() if v != before[k]] + [shortest_time(end, unit)]
        if segment.touches:
            said.append(f"touches=[{', '.join(map(str, segment.touches))}]")
        text += (", " if i == 0 else ".advance(") + ", ".join(said) + ")"
        before = now
    return text


def shortest_time(time_s: float, unit: str) -> str:
    """Write a time in a unit, or in seconds when that is shorter: ``time_s=600``, not ``time_h=0.166666666666667``.

    Parameters
    ----------
    time_s : float
        The time, s.
    unit : {"s", "h", "d", "y"}
        The unit.

    Returns
    -------
    str
        A keyword and its value.
    """
    return min((f"time_{u}={time_s / SECONDS[u]:.15g}" for u in (unit, "s")), key=len)
