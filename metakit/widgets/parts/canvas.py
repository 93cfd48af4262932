"""The canvas a picture is shown on, and the count of frames on their way to the browser.

A canvas of our own, fed with PNG bytes, for its speed: bqplot's image mark loads every frame from an address of its
own, which takes the browser three times as long as all the rest of a frame.
"""

from __future__ import annotations

import math
import time

import anywidget
import traitlets

ESM = """
const SHARE = 3, LATE_MS = 60, OBEYED_MS = 150, HOLD_MS = 5000;
export default {
  render({ model, el }) {
    el.classList.add("metakit-picture");
    const canvas = document.createElement("canvas");
    el.append(canvas);
    const ink = canvas.getContext("2d", { alpha: false });
    let drawn = 0, painted = 0, late = 0, longest = 0, closed = false, held = false;
    // Every answer costs JupyterLab five messages and a turn of its busy light, so a few frames share one.
    const answer = () => {
      clearTimeout(late); late = 0;
      if (closed || held || painted <= model.get("ack")) return;
      model.set("ack", painted);
      model.save_changes();
    };
    const paint = async () => {
      const seq = model.get("seq");
      const image = await createImageBitmap(new Blob([model.get("png")], { type: "image/png" }));
      if (seq >= drawn) {  // else a later one was decoded sooner
        if (canvas.width !== image.width || canvas.height !== image.height) {
          canvas.width = image.width; canvas.height = image.height;
        }
        ink.drawImage(image, 0, 0);
        canvas.dataset.seq = drawn = seq;
      }
      image.close();
      requestAnimationFrame(() => {  // the browser's next frame shows it
        painted = drawn;
        if (painted - model.get("ack") >= SHARE) answer();
        else late ||= setTimeout(answer, LATE_MS);
      });
    };
    // While a knob on the page is held nothing is answered, so the run stands still, and kernel and browser are free
    // when it is let go: its answer is then on the screen in half the time. No hold outlasts a hand, whatever becomes
    // of the event that should end it.
    const hold = ({ target, button, isPrimary }) => {
      if (button || !isPrimary || !target.closest?.(".metakit-panel")) return;
      held = true; clearTimeout(longest); longest = setTimeout(() => release({}), HOLD_MS);
    };
    const release = ({ type, target }) => {
      if (!held || (type === "blur" && target !== window)) return;  // that the last control lost the focus is no end
      held = false; clearTimeout(longest);
      clearTimeout(late); late = setTimeout(answer, OBEYED_MS);  // or sooner, behind the picture that obeys
    };
    const ends = ["pointerup", "pointercancel", "keydown", "blur"];
    window.addEventListener("pointerdown", hold, true);
    ends.forEach((end) => window.addEventListener(end, release, true));
    model.on("change:seq", paint);
    paint();
    return () => {
      closed = true; clearTimeout(late); clearTimeout(longest); model.off("change:seq", paint);
      window.removeEventListener("pointerdown", hold, true);
      ends.forEach((end) => window.removeEventListener(end, release, true));
    };
  },
};
"""

# Frames that may be on their way: on this machine, and over a slow link. The browser answers every third, or late.
LEAST, MOST = 4, 14


class Canvas(anywidget.AnyWidget):
    """A picture that changes many times a second.

    Attributes
    ----------
    png : bytes
        The picture.
    seq, ack : int
        Frames sent to the browser, and painted by it.
    """

    _esm = ESM
    png = traitlets.Bytes(b"").tag(sync=True)
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
