"""Session: the only thing that changes. It holds a run's frames and which one is shown; views read it."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import traitlets

from metakit.core.events import Event, happening
from metakit.core.handoff import Handoff
from metakit.core.params import Params, is_whole
from metakit.core.state import SECONDS, State
from metakit.core.touch import Segment, Touch, Touched
from metakit.core.words import nearest
from metakit.runs.run import Run, recipe
from metakit.runs.stage import check_seed
from metakit.runs.stage import stage as find

MAX_BYTES = 100_000_000  # of frames kept; beyond that every other one is dropped, and made again when asked for


class Session(traitlets.HasTraits):
    """One run that can be played, scrubbed, branched and reset.

    Parameters
    ----------
    stage : str
        Name of the stage.
    seed : int
        Seed of the run.
    preset : str
        Named settings to begin with.
    inflow : Handoff, optional
        What the stage before gave with `Run.outflow`.
    **params
        What differs from the preset.

    Attributes
    ----------
    params : Params
        Assign changed ones to move knobs. A live stage follows from the shown frame on: later frames are dropped and
        their numbers stay as `ghost`; a knob that matters only at the start takes it back there. An instant stage
        runs again from its first frame.
    shown : int
        The frame shown; assign to scrub.
    touches : tuple of Touched
        What was touched in the run so far, in order.
    rows : list of dict
        What ``measure`` said of each frame so far.
    ghost : list of dict
        The rows of the run before the last branch or reset.
    running, error : bool, str
        Whether it is being played; what went wrong in the last step, in words.
    tick : int
        Rises whenever what is shown has changed.
    lock : threading.RLock
        Held while anything changes and views draw it. A kernel may run what widgets say in a thread of its own, while
        a cell runs in another.
    """

    params = traitlets.Instance(Params)
    seed = traitlets.Int(0)
    preset = traitlets.Unicode("science")
    shown = traitlets.Int(0)
    touches = traitlets.Tuple()
    running = traitlets.Bool(False)
    error = traitlets.Unicode("")
    tick = traitlets.Int(0)

    def __init__(
        self, stage: str, *, seed: int = 0, preset: str = "science", inflow: Handoff | None = None, **params: object
    ) -> None:
        self._stage = find(stage)
        made = self._stage.params.make(preset, **params)
        self.lock = threading.RLock()
        self.stage, self.inflow = stage, inflow
        self.turn = 0  # of whoever plays: one at a time, whichever view it belongs to
        self.ghost: list[dict[str, float]] = []
        self._busy = True
        super().__init__(params=made, seed=check_seed(seed), preset=preset)
        self._begin()
        self._busy = False

    def _begin(self) -> None:
        state = self._stage.first(self.params, self.seed, self.inflow)
        self.rows = [dict(self._stage.measure(state))]
        self._seen = 0  # the last frame that was shown; frames may be made ahead of it
        self._states: dict[int, State] = {0: state}
        self._bytes = state.nbytes
        self._remade: dict[int, State] = {}
        self._history = [(0, Segment(state.time_s, self.params))]  # from which frame on
        self.touches = ()

    @classmethod
    def of(cls, run: Run) -> Session:
        """Play a headless run again, to its last frame, with every change of its parameters."""
        first = run.history[0][1].as_dict()
        session = cls(run.stage, seed=run.seed, preset=run.preset, inflow=run.inflow, **first)
        with session._update("the run"):
            session._history = [(session._frame(segment.time_s), segment) for segment in run.history]
            session.params = run.params
            session.touches = tuple(touch for segment in run.history for touch in segment.touches)
            session._put(session._touched(session.state, 0))
            for _ in run.rows[1:]:
                session._one_more()
        return session

    @property
    def state(self) -> State:
        """The state of the shown frame."""
        return self.state_at(self.shown)

    @property
    def measures(self) -> dict[str, float]:
        """Numbers of the shown frame."""
        return self.rows[self.shown]

    @property
    def seen_rows(self) -> list[dict[str, float]]:
        """The rows up to the last frame that was shown: what a curve may draw, and a prediction is compared with."""
        return self.rows[: self._seen + 1]

    @property
    def recipe(self) -> str:
        """The line that makes the run up to the shown frame again."""
        history = [segment for _, segment in self._until(self.shown)]
        return recipe(self._stage, self.preset, self.seed, history, self.state.time_s, self.inflow)

    def _frame(self, time_s: float) -> int:
        return round(time_s / self._stage.frame_s)

    def _frame_of(self, touch: Touched) -> int:
        return self._frame(touch.time * SECONDS[self._stage.state.CLOCK])

    def _until(self, frame: int) -> list[tuple[int, Segment]]:
        """List the stretches before a frame, the first one always, and any with a touch in the frame itself."""
        found: list[tuple[int, Segment]] = []
        for first, segment in self._history:
            made = tuple(touch for touch in segment.touches if self._frame_of(touch) <= frame)
            if first < frame or made or not found:
                found.append((first, segment._replace(touches=made)))
        return found

    def _touched(self, state: State, frame: int) -> State:
        """Do to a state what was done in its frame."""
        for _, (_, params, touches) in self._history:
            for kind, _, at in (touch for touch in touches if self._frame_of(touch) == frame):
                state = self._stage.touch(state, params, kind, at)
        return state

    def state_at(self, frame: int) -> State:
        """Return the state of a frame; one that was dropped to save memory is made again, exactly.

        Raises
        ------
        ValueError
            If there is no such frame.
        """
        if not 0 <= frame < len(self.rows):
            raise ValueError(f"there is no frame {frame!r}; there are 0 to {len(self.rows) - 1}")
        with self.lock:
            if frame in self._states:
                return self._states[frame]
            if frame not in self._remade:
                known = self._states | self._remade
                near = max(i for i in known if i < frame)
                state = known[near]
                for i in range(near, frame):
                    state = self._touched(self._stage.next(state, self._params_at(i)), i + 1)
                self._remade = {frame: state}  # only the last one: the next frame is often asked for next
            return self._remade[frame]

    def _params_at(self, frame: int) -> Params:
        """Return the parameters that led from `frame` to the one after it."""
        return self._history[bisect.bisect_right([i for i, _ in self._history], frame) - 1][1].params

    def advance(self, frames: int = 1, *, ahead: int = 0) -> None:
        """Show the frame after the shown one, `frames` times; frames that are there already are not made again.

        A failure becomes text in `error`, and the last good frame stays.

        Parameters
        ----------
        frames : int
            How many.
        ahead : int
            How many more to make, without showing them.

        Raises
        ------
        ValueError
            If one of them is not a whole number from 0 up.
        """
        for name, count in (("frames", frames), ("ahead", ahead)):
            if not is_whole(count) or count < 0:
                raise ValueError(f"{name} = {count!r} is not a number of frames; any whole number from 0 up is")
        with self._update("the next frame"):
            for _ in range(frames):
                self._one_more()
            while len(self.rows) <= self.shown + ahead:
                self._make()

    def _one_more(self) -> None:
        frame = self.shown
        if frame == len(self.rows) - 1:
            self._make()
        self.shown = frame + 1

    def _make(self) -> None:
        """Make the frame after the last one."""
        last = len(self.rows) - 1
        state = self._touched(self._stage.next(self.state_at(last), self._params_at(last)), last + 1)
        row = dict(self._stage.measure(state))
        self._states[last + 1] = state
        self.rows.append(row)
        self._bytes += state.nbytes
        if self._bytes > MAX_BYTES:
            self._thin()

    def happening(self, frame: int) -> tuple[Event, ...]:
        """List the events between a frame and the one before it.

        Parameters
        ----------
        frame : int
            One that is there.

        Returns
        -------
        tuple of Event
        """
        return happening(self._stage.events, self.rows[frame - 1], self.rows[frame]) if frame else ()

    def next_event(self, name: str = "") -> int | None:
        """Find the first frame after the shown one in which an event happens, among those that are there.

        Parameters
        ----------
        name : str
            Of the event; any one if left out.

        Returns
        -------
        int or None
            None if there is none so far.

        Raises
        ------
        ValueError
            If the stage has no event of that name.
        """
        if name and name not in self.event_names:
            raise ValueError(nearest(name, self.event_names, f"event of {self.stage} called"))
        frames = range(self.shown + 1, len(self.rows))
        return next((i for i in frames if any(not name or e.name == name for e in self.happening(i))), None)

    @property
    def event_names(self) -> list[str]:
        """Names of the events that the stage has."""
        return [event.name for event in self._stage.events]

    @property
    def offers(self) -> tuple[Touch, ...]:
        """What a hand can do in this stage."""
        return self._stage.touches

    @property
    def usual_frames(self) -> int:
        """How many frames a usual run has."""
        return round(self._stage.usual_s / self._stage.frame_s)

    def run_to(self, name: str = "") -> bool:
        """Go on to the next event; where none comes in a run of the usual length, to the end of that.

        Parameters
        ----------
        name : str
            Of the event; any one if left out.

        Returns
        -------
        bool
            Whether it came.

        Raises
        ------
        ValueError
            If the stage has no event of that name.
        """
        self.advance(0, ahead=1)
        for _ in range(self.usual_frames - 1):
            if self.error or self.next_event(name) == self.shown + 1:
                break
            self.advance(ahead=1)
        self.advance()
        return any(not name or event.name == name for event in self.happening(self.shown))

    def reset(self) -> None:
        """Go to frame 0 of the same seed; the run so far stays as a ghost."""
        with self._update("the first frame"):
            self._restart()

    def choose(self, preset: str) -> None:
        """Take the values of a preset, from the start.

        Raises
        ------
        ValueError
            If there is no such preset.
        """
        params = self._stage.params.make(preset)
        with self._update("the first frame"):
            self.preset, self.params = preset, params
            self._restart()

    def _restart(self) -> None:
        if len(self.rows) > 1:
            self.ghost = self.rows
        self._begin()
        self.shown, self.error = 0, ""

    def _thin(self) -> None:
        """Keep the first, the last and every other one of the states; the rows all stay."""
        kept = sorted(self._states)
        self._states = {i: self._states[i] for i in {*kept[::2], kept[-1]}}
        self._bytes = sum(state.nbytes for state in self._states.values())

    @contextmanager
    def _update(self, what: str) -> Iterator[None]:
        """Change several things, then tell the views once; put a failure into words."""
        with self.lock:
            self._busy = True
            try:
                yield
            except Exception as error:  # whatever a model raises is shown to its user, see `error`
                self.error = f"{what} could not be made: {error} ({type(error).__name__}). The last good frame is kept."
                self.running = False
            else:
                self.error = ""
            finally:
                self._busy = False
            self.tick += 1

    @traitlets.validate("params")
    def _check_params(self, proposal: dict[str, Any]) -> Params:
        if not isinstance(proposal["value"], self._stage.params):
            raise ValueError(f"{type(proposal['value']).__name__} are not the parameters of {self.stage}")
        return proposal["value"]

    @traitlets.validate("preset")
    def _check_preset(self, proposal: dict[str, Any]) -> str:
        self._stage.params.make(proposal["value"])
        return str(proposal["value"])

    @traitlets.validate("seed")
    def _check_seed(self, proposal: dict[str, Any]) -> int:
        return check_seed(proposal["value"])

    @traitlets.validate("shown")
    def _check_shown(self, proposal: dict[str, Any]) -> int:
        return min(max(0, int(proposal["value"])), max(0, len(self.rows) - 1))

    @traitlets.observe("shown")
    def _on_shown(self, change: object) -> None:
        with self.lock:
            self._seen = max(self._seen, self.shown)
            if not self._busy:
                self.tick += 1

    @traitlets.observe("seed")
    def _on_seed(self, change: object) -> None:
        if not self._busy:
            self.reset()

    @traitlets.observe("params")
    def _on_params(self, change: dict[str, Any]) -> None:
        with self.lock:
            if not self._busy:
                self._follow(change)

    def _follow(self, change: dict[str, Any]) -> None:
        with self._update("the run with the moved knob"):
            if self._stage.instant:
                shown, wanted = self.shown, len(self.rows) - 1
                self._restart()
                for _ in range(wanted):
                    self._one_more()
                self.shown = shown
            elif change["new"].needs_restart(change["old"]) or not (self.shown or self._until(0)[0][1].touches):
                self._restart()
            else:
                self._branch()

    def _branch(self) -> None:
        self._cut_off(self.shown)
        self._go_on(self._until(self.shown))

    def _cut_off(self, frame: int) -> None:
        """Drop every frame after one, which stays; the numbers of them all become the ghost."""
        if frame < len(self.rows) - 1:
            self.ghost = self.rows
        state, self._remade = self.state_at(frame), {}  # before its neighbors go
        self.rows, self._seen = self.rows[: frame + 1], frame
        dropped = [self._states.pop(i) for i in list(self._states) if i >= frame]
        self._states[frame] = state
        self._bytes += state.nbytes - sum(gone.nbytes for gone in dropped)

    def _go_on(self, history: list[tuple[int, Segment]]) -> None:
        """Take this as the history; if the parameters differ from its last ones, a stretch begins in the last frame."""
        last = len(self.rows) - 1
        if history[-1][1].params != self.params:
            history = [*history, (last, Segment(self.state_at(last).time_s, self.params))]
        self._history = history
        self.touches = tuple(touch for _, segment in history for touch in segment.touches)

    def touch(self, kind: str, at: tuple[float, float]) -> None:
        """Touch what is shown: the run goes on from there, touched, and its later frames are dropped.

        Parameters
        ----------
        kind : str
            One of the touches that the stage offers.
        at : (float, float)
            Where, as the stage says it.

        Raises
        ------
        ValueError
            If there is no such touch, or nothing to be touched there; nothing has changed then.
        """
        with self.lock:
            touched = self._stage.touch(self.state, self.params, kind, at)
            made = Touched(kind, touched.time_s / SECONDS[touched.CLOCK], (float(at[0]), float(at[1])))
            with self._update("the touch"):
                self._branch()
                *before, (first, last) = self._history
                self._go_on([*before, (first, last.touched((made,)))])
                self._put(touched)

    def touches_in(self, frame: int) -> list[Touched]:
        """List what was touched in a frame, in order."""
        return [touch for touch in self.touches if self._frame_of(touch) == frame]

    def untouch(self) -> None:
        """Take back the last touch, and show its moment; without one, nothing happens."""
        with self.lock:
            if not self.touches:
                return
            frame = self._frame_of(self.touches[-1])
            with self._update("the run before the touch"):
                self._cut_off(frame)
                history = self._until(frame)
                i = max(i for i, (_, segment) in enumerate(history) if segment.touches)
                first, last = history[i]
                history[i] = first, last._replace(touches=last.touches[:-1])
                self._go_on(history)
                before = self.state_at(frame - 1) if frame else None
                state = (
                    self._stage.first(history[0][1].params, self.seed, self.inflow)
                    if before is None
                    else self._stage.next(before, self._params_at(frame - 1))
                )
                self._put(self._touched(state, frame))
                self.shown = frame

    def _put(self, state: State) -> None:
        """Take a state for the last frame."""
        last = len(self.rows) - 1
        self._bytes += state.nbytes - self._states[last].nbytes
        self._states[last], self.rows[last] = state, dict(self._stage.measure(state))
