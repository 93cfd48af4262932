"""The player: a scrubber with the time it stands at; Play, Back, Step, Reset, Next event, and speed.

One asyncio task pushes frames from the kernel, paced by the clock on the wall. It waits when the browser has not yet
painted the last few frames, so a slow link or a hidden tab slows the run down instead of piling frames up.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import ipywidgets as widgets

from metakit.runs.session import Session
from metakit.widgets.parts.canvas import Canvas

FRAMES_A_SECOND = {"slow": 8.0, "normal": 30.0, "fast": 60.0}
SCRUB_FRAMES = 720
# On the way to an event: how many frames are shown as one; how many before it the eye gets time; and how far ahead of
# what is shown the run is made, to know that.
STRIDE, NEAR, AHEAD = 4, 8, 24


class Player(widgets.HBox):
    """Buttons with words, and the task that plays."""

    def __init__(self, session: Session, canvas: Canvas) -> None:
        self.session, self.canvas = session, canvas
        self.task: asyncio.Task[None] | None = None
        self.note = ""  # what became of the way to an event
        self._moved = asyncio.Event()
        self._scrubbing = True
        self.play_button = widgets.Button(description="Play", button_style="primary")
        self.back_button = widgets.Button(description="Back", tooltip="One frame back")
        self.step_button = widgets.Button(description="Step", tooltip="One frame further")
        self.reset_button = widgets.Button(description="Reset", tooltip="Back to the start, same seed and knobs")
        self.event_button = widgets.Button(
            description="Next event",
            tooltip="Play fast to what happens next, and slowly at the end",
            layout=widgets.Layout(min_width="86px"),
        )
        self.speed = widgets.Dropdown(options=list(FRAMES_A_SECOND), value="normal", tooltip="Speed")
        self.scrubber = widgets.IntSlider(
            value=0, min=0, max=SCRUB_FRAMES, description="Time", readout=False, style={"description_width": "36px"},
        )  # fmt: skip
        self.clock = widgets.Label()
        super().__init__(
            [
                *(self.scrubber, self.clock),
                *(self.play_button, self.back_button, self.step_button, self.reset_button),
                *((self.event_button,) if session.event_names else ()),
                self.speed,
            ]
        )
        self.add_class("metakit-player")
        self.play_button.on_click(lambda _: self.pause() if self.session.running else self.play())
        self.back_button.on_click(lambda _: self.back())
        self.step_button.on_click(lambda _: self.step())
        self.reset_button.on_click(lambda _: self.reset())
        self.event_button.on_click(lambda _: self.play(to_event=True))
        self.scrubber.observe(self._on_scrub, "value")
        session.observe(self._on_running, "running")
        session.observe(self._on_moved, ["params", "touches"])

    def play(self, *, to_event: bool = False) -> None:
        """Start the task; harmless when it runs already.

        Parameters
        ----------
        to_event : bool
            Whether to stop at the next event.

        Raises
        ------
        RuntimeError
            Outside a running event loop (a plain script): use ``view.advance(n)`` there.
        """
        if self.session.running and not to_event:
            return  # by this view or by another one of the same session
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError("playing needs a notebook's event loop; use view.advance(n) in a script") from None
        self.session.running, self.session.error, self.note = True, "", ""
        # After Pause and Play in quick succession the task before, of this view or of another one, may still be there:
        # it is no longer its turn, and it ends.
        self.session.turn += 1
        self._moved = asyncio.Event()
        last = self.session.shown + self.session.usual_frames if to_event else None
        self.task = loop.create_task(self._run(self.session.turn, last))

    def pause(self) -> None:
        """Stop after the current frame."""
        self.session.running, self.note = False, ""

    def step(self, frames: int = 1) -> None:
        """Pause, and go on by some frames."""
        self.pause()
        self.session.advance(frames)

    def back(self) -> None:
        """Pause, and show the frame before; at the first one, stay."""
        self.pause()
        self.session.shown -= 1

    def reset(self) -> None:
        """Pause, and go back to the first frame of the same seed."""
        self.pause()
        self.session.reset()

    def _leap(self, last: int) -> tuple[int, int, str]:
        """Say how the next event is played to: how many frames as one, how many to make ahead, and how fast."""
        session = self.session
        event = session.next_event()
        left = (last if event is None else event) - session.shown
        if event is not None and left <= NEAR:
            return min(1, left), left - 1, "slow"
        made = len(session.rows) - 1 - session.shown
        stride = max(1, min(STRIDE, left - NEAR, made)) if left else 0
        return stride, min(AHEAD, left, made + STRIDE), "fast"

    async def _run(self, turn: int, last: int | None) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        try:
            while self.session.running and self.session.turn == turn:
                frames, ahead, speed = (1, 0, self.speed.value) if last is None else self._leap(last)
                pace = FRAMES_A_SECOND[speed]
                if self.canvas.waits(pace) and not self._moved.is_set():  # a moved knob does not queue
                    await asyncio.sleep(0.004)
                    continue
                answers = self._moved.is_set()
                self._moved.clear()
                self.session.advance(frames, ahead=ahead)
                if last is not None and self._arrived(last):
                    break
                # What was missed is caught up on, a little; but not right behind the answer to a moved knob.
                due = loop.time() + 1 / pace if answers else max(due + 1 / pace, loop.time() - 0.1)
                # At least a moment, so that a moved slider gets its turn between two frames; and no longer than that
                # once one was moved, so that its answer is seen at once.
                await asyncio.sleep(0.002)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._moved.wait(), max(0.0, due - loop.time()))
        except Exception as error:  # an asyncio task would swallow it
            self.session.error = f"playing stopped: {error} ({type(error).__name__})"
        finally:
            if self.session.turn == turn:
                self.session.running = False

    def _arrived(self, last: int) -> bool:
        """Say whether an event is shown, or none came by the last frame; a note says the latter."""
        if self.session.happening(self.session.shown):
            return True
        if self.session.shown >= last:
            self.note = "None of the events that this stage has came in a run of the usual length."
            return True
        return False

    def show(self, frame: int, frames: int, time: str) -> None:
        """Move the scrubber to a frame without scrubbing.

        Parameters
        ----------
        frame : int
            Where it goes.
        frames : int
            How many there are.
        time : str
            What the stage's clock shows then, with its unit.
        """
        self.clock.value = time
        self._scrubbing = False
        try:
            if frames > self.scrubber.max:
                self.scrubber.max = 2 * self.scrubber.max
            self.scrubber.value = frame
        finally:
            self._scrubbing = True

    def _on_scrub(self, change: dict[str, Any]) -> None:
        if self._scrubbing:
            self.pause()
            self.session.shown = change["new"]
            self.show(self.session.shown, len(self.session.rows), self.clock.value)  # it stops at the last one

    def _on_running(self, change: dict[str, Any]) -> None:
        self.play_button.description = "Pause" if change["new"] else "Play"

    def _on_moved(self, change: object) -> None:
        self._moved.set()

    def close(self) -> None:
        """Cancel the task and release the widget."""
        if self.task is not None and not self.task.done():
            self.task.get_loop().call_soon_threadsafe(self.task.cancel)  # it may run in another thread
        if self.comm is not None:  # else it is closed, or was never finished; Python closes widgets once more itself
            self.session.unobserve(self._on_running, "running")
            self.session.unobserve(self._on_moved, ["params", "touches"])
        super().close()
