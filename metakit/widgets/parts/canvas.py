"""The canvas a picture is shown on, and the count of frames on their way to the browser.

A canvas of our own, fed with PNG bytes, for its speed: bqplot's image mark loads every frame from an address of its
own, which takes the browser three times as long as all the rest of a frame.
"""

from __future__ import annotations

import math
import time
from typing import Any

import anywidget
import traitlets

from metakit.widgets.parts.static import static

# Frames that may be on their way: on this machine, and over a slow link. The browser answers every third, or late.
LEAST, MOST = 4, 14


class Canvas(anywidget.AnyWidget):
    """A picture that changes many times a second.

    Attributes
    ----------
    png : bytes
        The picture.
    mark : list
        Words for what happens in the picture; then where it does, if a ring belongs there: shares of width and height.
    hand : str
        What a press on the picture does, in words; nothing for "". The widget then gets a message with the place, as
        shares of width and height: from the pointer, or from the cross that the arrow keys move.
    seq, ack : int
        Frames sent to the browser, and painted by it.
    """

    _esm = static("widgets/static/canvas.js")
    png = traitlets.Bytes(b"").tag(sync=True)
    mark: traitlets.List[Any] = traitlets.List([]).tag(sync=True)
    hand = traitlets.Unicode("").tag(sync=True)
    seq = traitlets.Int(0).tag(sync=True)
    ack = traitlets.Int(0).tag(sync=True, echo_update=False)
    _trip_s = 0.1  # the shortest way to the browser and back that was seen; a guess until one was
    _sent: tuple[int, float] = (0, 0.0)

    def show(self, png: bytes) -> None:
        """Send a picture, and count it as one more frame."""
        if self.ack >= self._sent[0]:
            self._sent = (self.seq + 1, time.monotonic())
        with self.hold_sync():  # one message for both
            self.png = png
            self.seq += 1

    def waits(self, frames_a_second: float) -> bool:
        """Say whether enough frames are on their way: as many as fit into one trip there and back, and a few more."""
        window = math.ceil(self._trip_s * frames_a_second) + 3
        return self.seq - self.ack >= min(max(window, LEAST), MOST)

    @traitlets.observe("ack")
    def _on_ack(self, change: object) -> None:
        number, sent = self._sent
        if 0 < number <= self.ack:
            self._trip_s = min(self._trip_s, time.monotonic() - sent)
