"""Print how fast the invasion view is in a real Chromium: ``python tests/browser/measure.py``.

Targets: 30 frames/s over 10 s at 201 x 201 with 5,000 cells; a moved slider obeyed by a painted picture within 100 ms
(95th percentile); the first view on screen within 5 s of opening the notebook. Measure on a quiet machine.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

from lab import Lab, chromium, server

CELLS, SECONDS, RELEASES = 5_000, 10, 25
# The kernel writes behind the end of each PNG how often the parameters had changed when that frame was computed;
# the page reads it back from the picture it shows. Cells divide rarely, so that there are about as many all the time.
SETUP = f"""import metakit
import metakit.models.invasion as model
view = metakit.view("invasion", seed=7, preset="metaspread2024")
while view.session.measures["cells"] < {CELLS}:
    view.session.advance(10)
view.session.params = view.session.params.replace(division_mesenchymal=200.0, division_epithelial=200.0)
moved, used = [0], [0]
def count(change): moved[0] += 1
view.session.observe(count, "params")
advance, picture = model.advance, view.picture
def noted(state, params, rng):
    used[0] = moved[0]
    return advance(state, params, rng)
model.advance = noted
view.picture = lambda: picture() + used[0].to_bytes(8, "little")
view.player.speed.value = "fast"
view"""
# A picture counts as painted one whole frame of the browser after bqplot has put its address on the page.
WATCH = """() => {
  const image = document.querySelector(".metakit-picture image");
  window.__painted = [];
  window.__released = 0;
  window.addEventListener("mouseup", () => { window.__released = performance.now(); }, true);
  new MutationObserver(async () => {
    const read = fetch(image.href.baseVal).then((r) => r.blob()).then((b) => b.slice(-8).arrayBuffer());
    const paint = new Promise((done) =>
      requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))));
    try {
      const [bytes, now] = await Promise.all([read, paint]);
      window.__painted.push([now, new DataView(bytes).getUint32(0, true)]);
    } catch {}  // swapped away before it was read: the next one is there already
  }).observe(image, { attributes: true, attributeFilter: ["href"] });
}"""
OBEYED = """async (before) => {
  for (let i = 0; i < 300; i++) {
    const hit = window.__painted.find(([at, used]) => at > window.__released && used > before);
    if (hit) return hit[0] - window.__released;
    await new Promise((done) => setTimeout(done, 10));
  }
  return null;
}"""
PROFILE = """
import json, time
from collections import defaultdict
from ipywidgets import Widget
from metakit.widgets._curve import Chart
from metakit.widgets._player import Player
spent, calls = defaultdict(float), defaultdict(int)
def timed(owner, name, label):
    work = getattr(owner, name)
    def timer(*a, **k):
        start = time.perf_counter()
        try:
            return work(*a, **k)
        finally:
            spent[label] += time.perf_counter() - start
            calls[label] += 1
    setattr(owner, name, timer)
timed(model, "advance", "simulation")
timed(model, "measure", "measure")
timed(view, "picture", "picture")
timed(Chart, "draw", "curves, with their messages")
timed(Player, "show", "scrubber")
timed(view, "describe", "words")
timed(Widget, "_send", "sending messages, of all kinds")
timed(view, "draw", "drawing, all of it")
"""


def frames(lab):
    """Play for ten seconds; frames that the browser acknowledged, and that were seen painted, each second."""
    lab.page.locator(".metakit").get_by_role("button", name="Play", exact=True).click()
    lab.page.wait_for_timeout(1500)
    start, acked = time.perf_counter(), lab.ask("view.status.ack")
    seen = lab.page.evaluate("window.__painted.length")
    lab.page.wait_for_timeout(SECONDS * 1000)
    acked, seen = lab.ask("view.status.ack") - acked, lab.page.evaluate("window.__painted.length") - seen
    took = time.perf_counter() - start
    return acked / took, seen / took


def releases(lab):
    """Drag a slider and let it go, again and again, while playing; ms until a picture that obeys is painted."""
    times = []
    handle = lab.page.locator(".metakit-panel [role=slider]").first
    handle.scroll_into_view_if_needed()
    for i in range(RELEASES):
        box = handle.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        before = lab.ask("moved[0]")
        lab.page.mouse.move(x, y)
        lab.page.mouse.down()
        lab.page.mouse.move(x + (6 if i % 2 == 0 else -6), y, steps=2)
        lab.page.mouse.up()
        times.append(lab.page.evaluate(OBEYED, before))
        lab.page.wait_for_timeout(137 + 61 * (i % 5))  # not in step with the frames
    return times


def pause(lab):
    lab.tell("view.player.pause()")
    lab.wait("view.player.task.done()")


def main():
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    folder = Path(tempfile.mkdtemp())
    with server(folder) as address, chromium(folder) as context:
        lab = Lab(context.pages[0], address, folder / "work")
        lab.page.set_viewport_size({"width": 1280, "height": 1000})
        lab.write("first.ipynb", "import metakit\nmetakit.view('invasion', seed=7)")
        for what in ("cold", "warm", "warm"):
            start = time.perf_counter()
            lab.start("first.ipynb")
            lab.page.wait_for_function("window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel")
            lab.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
            lab.page.wait_for_selector(".metakit-picture image[href^=blob]")
            took = time.perf_counter() - start
            print(f"first view on screen, page load and kernel start included, {what}: {took:.1f} s")
            lab.close()
        start = time.perf_counter()
        lab.open("first.ipynb")
        lab.run_all()
        lab.page.wait_for_selector(".metakit-picture image[href^=blob]")
        print(f"the same when JupyterLab is open already: {time.perf_counter() - start:.1f} s")
        lab.close()

        lab.write("measure.ipynb", SETUP)
        lab.open("measure.ipynb")
        lab.run_all()
        lab.page.wait_for_selector(".metakit-picture image[href^=blob]")
        lab.page.evaluate(WATCH)
        cells = lab.ask("view.session.measures['cells']")
        for again in range(3):
            acked, seen = frames(lab)
            pause(lab)
            now = lab.ask("view.session.measures['cells']")
            print(
                f"frames/s over {SECONDS} s, run {again + 1}: {acked:.1f} acknowledged, {seen:.1f} seen painted", end=""
            )
            print(f" ({cells:,} to {now:,} cells, load {os.getloadavg()[0]:.1f})")
            # A ten-second look from the same frame each time: the run is long enough to be replayed from a branch.
            lab.tell("view.session.shown = 0" if False else "pass")

        for speed in ("normal", "fast"):
            lab.tell(f"view.player.speed.value = {speed!r}")
            lab.page.locator(".metakit").get_by_role("button", name="Play", exact=True).click()
            lab.page.wait_for_timeout(1000)
            times = sorted(t for t in releases(lab) if t is not None)
            pause(lab)
            cuts = statistics.quantiles(times, n=20)
            print(f"slider release to obeying picture at speed {speed}, {len(times)} of {RELEASES} releases: ", end="")
            print(f"p50 {statistics.median(times):.0f} ms, p95 {cuts[-1]:.0f} ms, most {times[-1]:.0f} ms", end="")
            print(f" (load {os.getloadavg()[0]:.1f})")

        lab.tell(PROFILE)
        lab.tell("n = view.session.shown; t = time.process_time(); w = time.perf_counter()")
        frames(lab)
        pause(lab)
        done, cpu, wall = lab.ask("[view.session.shown - n, time.process_time() - t, time.perf_counter() - w]")
        print(
            f"kernel, ms a frame over {done} frames (wall {1000 * wall / done:.1f}, processor {1000 * cpu / done:.1f}):"
        )
        for label, seconds in sorted(lab.ask("spent").items(), key=lambda item: -item[1]):
            print(f"  {1000 * seconds / done:6.2f}  {label} ({lab.ask(f'calls[{label!r}]') / done:.1f} times)")
        print(f"errors: {lab.errors() + lab.broken}")


if __name__ == "__main__":
    main()
