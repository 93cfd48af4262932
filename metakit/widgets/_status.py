"""The status line: what the picture says, in words, for everyone; and the view's only custom JavaScript.

Besides the text it gives names to controls that ipywidgets leaves unnamed for screen readers, has the picture redrawn
when its bytes have arrived, tells the player which frame the browser has painted, and copies a run's recipe.
"""

from __future__ import annotations

import math
import time

import anywidget
import traitlets

from metakit.widgets._style import CSS

ESM = """
function nameControls(root, text) {
  for (const slider of root.querySelectorAll(".widget-slider, .jupyter-widget-slider")) {
    const name = slider.querySelector(".widget-label")?.textContent?.trim();
    if (!name) continue;
    for (const handle of slider.querySelectorAll("[role=slider]")) handle.setAttribute("aria-label", name);
    for (const value of slider.querySelectorAll(".widget-readout")) {
      value.setAttribute("role", "textbox");
      value.setAttribute("aria-label", name + ", value");
    }
  }
  for (const figure of root.querySelectorAll(".bqplot")) {
    const isPicture = figure.closest(".metakit-picture") !== null;
    figure.setAttribute("role", "img");
    figure.setAttribute("aria-label", isPicture ? text : "Curves over time; the same numbers are in the table");
  }
}
// JupyterLab takes letters and arrows pressed on a control for its own: "x" would cut the whole cell. It looks for
// this mark on the focused element only; on a parent it does nothing.
const ownKeys = (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true");
// bqplot does not redraw when the bytes of an image change, only when it is told that the image has.
async function redrawOnArrival(model) {
  if (!model.get("mark")) return () => {};
  const mark = await model.widget_manager.get_model(model.get("mark"));
  const image = mark.get("image");
  const redraw = () => mark.trigger("change:image", mark, image);
  image.on("change:value", redraw);
  redraw();
  return () => image.off("change:value", redraw);
}
export default {
  render({ model, el }) {
    el.classList.add("metakit-status");
    const line = document.createElement("div");
    line.setAttribute("role", "status");
    line.setAttribute("aria-live", "polite");
    const trouble = document.createElement("div");
    trouble.setAttribute("role", "alert");
    trouble.className = "metakit-error";
    el.append(line, trouble);
    const root = () => el.closest(".metakit") ?? el;
    const keepKeys = () => root().addEventListener("focusin", ownKeys);
    const tell = () => {
      keepKeys();
      line.textContent = model.get("text");
      trouble.textContent = model.get("error");
      trouble.hidden = !model.get("error");
      nameControls(root(), model.get("text"));
    };
    const painted = () => requestAnimationFrame(() => {
      model.set("ack", Math.max(model.get("ack"), model.get("seq")));
      model.save_changes();
    });
    const copy = async () => {
      const text = model.get("copy");
      if (!text) return;
      try { await navigator.clipboard.writeText(text); }
      catch {
        const area = document.createElement("textarea");
        area.value = text; document.body.append(area); area.select();
        document.execCommand("copy"); area.remove();
      }
    };
    model.on("change:text", tell); model.on("change:error", tell);
    model.on("change:seq", painted); model.on("change:copy", copy);
    const stopRedrawing = redrawOnArrival(model);
    tell(); painted();
    // The other widgets of the view appear one by one; name them as they come.
    const timers = [100, 400, 1200, 3000].map((ms) => setTimeout(tell, ms));
    return () => {
      timers.forEach(clearTimeout);
      stopRedrawing.then((stop) => stop());
      model.off("change:text", tell); model.off("change:error", tell);
      model.off("change:seq", painted); model.off("change:copy", copy);
    };
  },
};
"""


LEAST, MOST = 2, 12  # frames that may be on their way: on this machine, and over a slow link


class Status(anywidget.AnyWidget):
    """A polite live region, and the count of frames on their way.

    Attributes
    ----------
    text, error : str
        The description, and what went wrong, if anything.
    seq, ack : int
        Frames sent to the browser, and painted by it.
    mark : str
        Model id of the picture's mark.
    copy : str
        Assign a text to have it copied to the clipboard.
    """

    _esm = ESM
    _css = CSS
    text = traitlets.Unicode("").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    seq = traitlets.Int(0).tag(sync=True)
    ack = traitlets.Int(0).tag(sync=True, echo_update=False)
    mark = traitlets.Unicode("").tag(sync=True)
    copy = traitlets.Unicode("").tag(sync=True)
    _trip_s = 0.1  # the shortest way to the browser and back that was seen; a guess until one was
    _sent: tuple[int, float] = (0, 0.0)

    def send_frame(self) -> None:
        """Count one more frame as sent."""
        if self.ack >= self._sent[0]:
            self._sent = (self.seq + 1, time.monotonic())
        self.seq += 1

    def waits(self, frames_a_second: float) -> bool:
        """Say whether enough frames are on their way: as many as fit into one trip there and back, and one more."""
        window = math.ceil(self._trip_s * frames_a_second) + 1
        return self.seq - self.ack >= min(max(window, LEAST), MOST)

    @traitlets.observe("ack")
    def _on_ack(self, change: object) -> None:
        number, sent = self._sent
        if 0 < number <= self.ack:
            self._trip_s = min(self._trip_s, time.monotonic() - sent)
