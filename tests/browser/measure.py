"""Print how fast the invasion view is in a real Chromium: ``PYTHONPATH=tests python tests/browser/measure.py``.

Targets: 30 frames/s over 10 s at 201 x 201 with 5,000 cells; a moved slider obeyed by a painted picture within 100 ms
(95th percentile); the first view on screen within 5 s of opening the notebook. Measure on a quiet machine.

While it plays nothing is attached to the browser: a debugger, as Playwright is one, has a copy of every frame sent to
it, and costs as much as the page itself. The page plays and drags by a script of its own and keeps the times.
"""

import contextlib
import os
import socket
import statistics
import subprocess
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import sync_playwright

from browser.lab import FLAGS, Lab, find_chromium, server

CELLS, SECONDS, RELEASES = 5_000, 10, 25
# The kernel notes with every frame how often the parameters had changed when it was computed; cells divide rarely, so
# that there are about as many all the time.
SETUP = f"""import metakit
import metakit.models.invasion as model
view = metakit.view("invasion", seed=7, lamina=False, start_mesenchymal=0.6, start_cells=1600)
while view.session.measures["cells"] < {CELLS}:
    view.session.advance(10)
view.session.params = view.session.params.replace(division_mesenchymal=200.0, division_epithelial=200.0)
moved, used, sent = [0], [0], {{}}
def count(change): moved[0] += 1
view.session.observe(count, "params")
advance, show = model.advance, view.canvas.show
def noted(state, params, rng):
    used[0] = moved[0]
    return advance(state, params, rng)
def counted(png):
    show(png)
    sent[view.canvas.seq] = used[0]
model.advance, view.canvas.show = noted, counted
view.player.speed.value = "fast"
view"""
# A picture counts as painted when the browser has finished the frame after it was put on the canvas.
WATCH = """() => {
  const canvas = document.querySelector(".metakit-picture canvas");
  window.__painted = [];
  new MutationObserver(() => {
    const seq = Number(canvas.dataset.seq);
    const painted = new MessageChannel();
    painted.port1.onmessage = () => { window.__painted.push([performance.now(), seq]); painted.port1.close(); };
    requestAnimationFrame(() => painted.port2.postMessage(0));
  }).observe(canvas, { attributes: true, attributeFilter: ["data-seq"] });
}"""
PROFILE = """
import json, time
from collections import defaultdict
from ipywidgets import Widget
from metakit.widgets.parts.curve import Chart
from metakit.widgets.parts.player import Player
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


PLAY = """([wait, seconds]) => {
  const button = [...document.querySelectorAll(".metakit button")].find((b) => b.textContent === "Play");
  window.__painted = [];
  setTimeout(() => button.click(), wait);
  setTimeout(() => button.click(), wait + 1000 * seconds);
}"""
# Drag the first slider a little to and fro, once in about 800 ms, not in step with the frames; a hand takes a quarter
# of a second from press to release.
DRAG = """([wait, times]) => {
  const handle = document.querySelector(".metakit-panel .noUi-handle");
  window.__released = [];
  const send = (name, target, x, y) => {
    const where = { bubbles: true, cancelable: true, isPrimary: true, clientX: x, clientY: y, buttons: 1 };
    target.dispatchEvent(new PointerEvent(`pointer${name}`, where));
    target.dispatchEvent(new MouseEvent(`mouse${name}`, where));
  };
  for (let i = 0; i < times; i++) setTimeout(() => {
    const box = handle.getBoundingClientRect(), page = document.documentElement;
    const x = box.x + box.width / 2, y = box.y + box.height / 2, to = x + (i % 2 ? -6 : 6);
    send("down", handle, x, y);
    setTimeout(() => send("move", page, (x + to) / 2, y), 80);
    setTimeout(() => send("move", page, to, y), 160);
    setTimeout(() => { window.__released.push(performance.now()); send("up", page, to, y); }, 250);
  }, wait + 800 * i + 61 * (i % 5));
}"""


class Alone:
    """A Chromium that goes on when nobody is attached."""

    def __init__(self, folder, address):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        more = ["--headless=new", "--window-size=1280,1000", f"--remote-debugging-port={self.port}"]
        self.process = subprocess.Popen(
            [find_chromium(), *FLAGS, *more, f"--user-data-dir={folder / 'alone'}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.address, self.work = address, folder / "work"

    @contextlib.contextmanager
    def attached(self):
        """Attach for a while; gives the page."""
        with sync_playwright() as playwright:
            for _ in range(50):
                with contextlib.suppress(Exception):
                    browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{self.port}")
                    break
                time.sleep(0.2)
            try:
                yield Lab(browser.contexts[0].pages[0], self.address, self.work)
            finally:
                browser.close()  # detaches only

    def play(self, seconds, drags=0):
        """Play for some seconds with nobody looking, after three that the browser has to itself."""
        with self.attached() as lab:
            lab.page.evaluate(PLAY, [3000, seconds])
            if drags:
                lab.page.evaluate(DRAG, [4500, drags])
        time.sleep(3 + seconds + 2)


def frames(alone):
    """Frames painted a second, over ten seconds, the first second left out."""
    alone.play(SECONDS + 1)
    with alone.attached() as lab:
        painted = [at / 1000 for at, _ in lab.page.evaluate("window.__painted")]
        cells = lab.ask("view.session.measures['cells']")
    begin = painted[0] + 1
    n = sum(begin <= at < begin + SECONDS for at in painted)
    gaps = sorted(1000 * (b - a) for a, b in pairwise(painted))
    return n / SECONDS, gaps[int(0.95 * len(gaps))], cells


def releases(alone):
    """Milliseconds from each release of a slider to the first painted picture that obeys it, while playing."""
    with alone.attached() as lab:
        before = lab.ask("moved[0]")
    alone.play(3 + 0.86 * RELEASES, RELEASES)
    with alone.attached() as lab:
        painted, released = lab.page.evaluate("[window.__painted, window.__released]")
        used = {seq: n for seq, n in lab.ask("list(sent.items())")}
    obeyed = [
        min((at - t for at, seq in painted if at > t and used.get(seq, -1) > before + i), default=None)
        for i, t in enumerate(released)
    ]
    return sorted(t for t in obeyed if t is not None)


def main():
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    folder = Path(tempfile.mkdtemp())
    with server(folder) as address:
        alone = Alone(folder, address)
        try:
            measure(alone)
        finally:
            alone.process.terminate()
            alone.process.wait()


def measure(alone):
    with alone.attached() as lab:
        lab.write("first.ipynb", "import metakit\nmetakit.view('invasion', seed=7)")
        for what in ("cold", "warm", "warm"):
            start = time.perf_counter()
            lab.start("first.ipynb")
            lab.page.wait_for_function("window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel")
            lab.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
            lab.page.wait_for_selector(".metakit-picture canvas[data-seq]")
            took = time.perf_counter() - start
            print(f"first view on screen, page load and kernel start included, {what}: {took:.1f} s")
            lab.close()
        start = time.perf_counter()
        lab.open("first.ipynb")
        lab.run_all()
        lab.page.wait_for_selector(".metakit-picture canvas[data-seq]")
        print(f"the same when JupyterLab is open already: {time.perf_counter() - start:.1f} s")
        lab.close()
        lab.write("measure.ipynb", SETUP)
        lab.open("measure.ipynb")
        lab.run_all()
        lab.page.wait_for_selector(".metakit-picture canvas[data-seq]")
        lab.page.evaluate(WATCH)
    for again in range(3):
        rate, gap, cells = frames(alone)
        print(
            f"run {again + 1}: {rate:.1f} frames/s painted over {SECONDS} s, 95 % of gaps under {gap:.0f} ms ", end=""
        )
        print(f"({cells:,} cells, load {os.getloadavg()[0]:.1f})", flush=True)
    for speed in ("normal", "fast"):
        with alone.attached() as lab:
            lab.tell(f"view.player.speed.value = {speed!r}")
        times = releases(alone)
        cuts = statistics.quantiles(times, n=20)
        print(f"slider release to obeying picture at speed {speed}, {len(times)} of {RELEASES} releases: ", end="")
        print(f"p50 {statistics.median(times):.0f} ms, p95 {cuts[-1]:.0f} ms, most {times[-1]:.0f} ms", flush=True)
    with alone.attached() as lab:
        lab.tell(PROFILE)
        lab.tell("n = view.session.shown; t = time.process_time(); w = time.perf_counter()")
    rate, _, _ = frames(alone)
    with alone.attached() as lab:
        done, cpu = lab.ask("[view.session.shown - n, time.process_time() - t]")
        print(f"kernel, ms a frame over {done} frames at {rate:.1f} a second (processor {1000 * cpu / done:.1f}):")
        for label, seconds in sorted(lab.ask("spent").items(), key=lambda item: -item[1]):
            print(f"  {1000 * seconds / done:6.2f}  {label} ({lab.ask(f'calls[{label!r}]') / done:.1f} times)")
        print(f"errors: {lab.ask('view.session.error')!r}")


if __name__ == "__main__":
    main()
