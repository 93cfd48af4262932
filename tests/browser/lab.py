"""A JupyterLab server, a Chromium, and what one does with them: open a notebook, run it, ask its kernel, look."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from patience import LONGEST_S, wait_until

from metakit.app import copies

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "test"
NAMES = ("chromium", "chromium-browser", "google-chrome")
NOT_RUN = "browser tests NOT RUN: no Chromium found; install it with: apt-get install chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOOK = """() => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  window.__errs = [];
  kernel.anyMessage.connect((_, a) => {
    if (a.direction === "recv" && a.msg.header.msg_type === "error") window.__errs.push(a.msg.content.evalue);
  });
}"""
EXECUTE = """async ([code, wanted]) => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const future = kernel.requestExecute({code, store_history: false, user_expressions: wanted}, true);
  return (await future.done).content;
}"""
OPEN = """async (path) => {
  const app = window.jupyterapp;
  await app.restored;
  const panel = await app.commands.execute("docmanager:open", {path});
  await panel.context.ready;
  await panel.sessionContext.ready;
  app.shell.activateById(panel.id);
}"""
PICTURES = """() => Promise.all([...document.querySelectorAll(".metakit-picture canvas")].map(async (canvas) => {
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const hash = await crypto.subtle.digest("SHA-256", pixels);
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}))"""
IS_IDLE = """() => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  return panel?.sessionContext?.session?.kernel?.status === "idle";
}"""
# Nothing of a component has moved, grown or faded since it was looked at five times.
STILL = """() => {
  const boxes = [...document.querySelectorAll(".metakit, .metakit *")].map((e) => {
    const box = e.getBoundingClientRect();
    return [box.x, box.y, box.width, box.height, e.childElementCount ? 0 : e.textContent];
  });
  const fading = document.getAnimations().some((animation) => animation instanceof CSSTransition);
  const now = JSON.stringify(boxes), before = window.__seen ?? { times: 0 };
  window.__seen = { now, times: now === before.now && !fading ? before.times + 1 : 0 };
  return window.__seen.times >= 8;  // 400 ms: bqplot lays a resized chart out anew 300 ms after the last change
}"""
CLOSE = """async () => {
  const panel = window.jupyterapp.shell.currentWidget;
  if (!panel?.sessionContext) return;
  await panel.context.save();
  await panel.sessionContext.shutdown();
  panel.dispose();
}"""


def find_chromium():
    """Path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def server(folder, root=ROOT, program="jupyterlab"):
    """Run JupyterLab or Notebook as `metakit lab` does, on the lessons of a project; gives its address.

    `folder`/work has students' copies of them: saving a notebook must not touch the repository. All twenty runs of
    `many` are nbval's business: here a few show that they come and are drawn.
    """
    work = folder / "work"
    copies.write_copies(work, [root / "notebooks"])
    for path in copies.notebooks(work):
        text = path.read_text(encoding="utf-8").replace("seeds=range(20)", "seeds=range(3, 8)")
        path.write_text(text, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    fresh = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    env = os.environ | {f"JUPYTER_{name}": str(folder / name) for name in fresh}
    env |= {f"JUPYTERLAB_{name}_DIR": str(folder / name) for name in ("SETTINGS", "WORKSPACES")}
    env["JUPYTER_CONFIG_PATH"] = str(root / "metakit" / "jupyter" / "etc")  # where the wheel is, it is found by itself
    env["JUPYTER_PATH"] = str(root / "metakit" / "jupyter" / "share")
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", program, "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    command += [f"--ServerApp.root_dir={work}", "--expose-app-in-browser"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"] * (program == "jupyterlab")
    address = f"http://127.0.0.1:{port}"
    with _running(command, env, work, f"{address}/api/status?token={TOKEN}"):
        try:
            yield address
        finally:
            with contextlib.suppress(OSError):  # asked kindly, it ends its kernels too
                urllib.request.urlopen(
                    urllib.request.Request(f"{address}/api/shutdown?token={TOKEN}", method="POST"), timeout=LONGEST_S
                ).close()


@contextlib.contextmanager
def app(folder, lesson):
    """Run `metakit app` on a lesson; gives the address of its page."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | {"PYTHONPATH": str(ROOT), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    command = [sys.executable, "-m", "metakit", "app", lesson, "--no-browser", f"--port={port}"]
    with _running(command, env, folder, f"http://localhost:{port}/voila/static/voila.js"):
        yield f"http://localhost:{port}/voila/render/{lesson}.ipynb"


@contextlib.contextmanager
def _running(command, env, folder, answers):
    """Run a server until it has served its purpose; it is there when an address answers."""
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=folder)
        try:
            _wait_until_it_answers(answers, process, folder / "server.log")
            yield
        finally:
            process.terminate()
            try:
                process.wait(LONGEST_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_it_answers(address, process, log):
    def answers():
        if process.poll() is not None:
            raise RuntimeError(f"the server did not start:\n{log.read_text()[-3000:]}")
        try:
            urllib.request.urlopen(address, timeout=LONGEST_S).close()
        except OSError as error:
            return isinstance(error, urllib.error.HTTPError)  # it is there, and has no such page
        return True

    wait_until(answers, f"{address} answers")


@contextlib.contextmanager
def chromium(folder):
    """Start the Chromium of this machine, with a profile of its own; gives a Playwright context."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder / "profile",
            executable_path=find_chromium(),
            headless=True,
            args=FLAGS,
            viewport={"width": 1280, "height": 900},
            permissions=["clipboard-read", "clipboard-write"],
        )
        try:
            yield context
        finally:
            context.close()


class Lab:
    """One page with JupyterLab in it."""

    def __init__(self, page, address, work):
        self.page, self.address, self.work, self.broken = page, address, Path(work), []
        page.set_default_timeout(1000 * LONGEST_S)
        page.on("pageerror", lambda error: self.broken.append(str(error)))
        # What cannot be drawn, such as a place that is no number, the browser says only here.
        page.on("console", lambda line: self.broken.append(line.text) if line.text.startswith("Error: <") else None)

    def start(self, path=""):
        """Load the page; with a path, open that notebook with it."""
        tree = f"/tree/{path}" if path else ""
        self.page.goto(f"{self.address}/lab{tree}?token={TOKEN}&reset")
        self.page.wait_for_function("window.jupyterapp !== undefined")
        self.page.evaluate("() => window.jupyterapp.restored")

    def open(self, name):
        """Open a notebook that is in the folder, and wait for its kernel."""
        self.page.evaluate(OPEN, name)
        self.page.wait_for_function(IS_IDLE)
        self.page.evaluate(HOOK)

    def write(self, name, *cells):
        """Put a notebook into the folder."""
        code = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
        made = [code | {"id": f"cell-{i}", "source": source} for i, source in enumerate(cells)]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        text = json.dumps({"cells": made, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})
        (self.work / name).write_text(text)

    def run_all(self):
        """Run every cell and wait until the last one is done."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.page.wait_for_function(IS_IDLE)

    def close(self):
        """Shut the kernel down and put the notebook away."""
        self.page.evaluate(CLOSE)

    def tell(self, code):
        """Run code in the kernel, as a cell would, but without a cell."""
        self._execute(code, {})

    def ask(self, expression):
        """Value of an expression in the kernel."""
        wanted = {"it": f"__import__('json').dumps({expression})"}
        it = self._execute("", wanted)["user_expressions"]["it"]
        assert it["status"] == "ok", it
        return json.loads(__import__("ast").literal_eval(it["data"]["text/plain"]))

    def _execute(self, code, wanted):
        reply = self.page.evaluate(EXECUTE, [code, wanted])
        assert reply["status"] == "ok", reply
        return reply

    def until(self, condition, what):
        """Wait until a condition holds, while the page goes on."""
        ends = time.monotonic() + LONGEST_S
        while not condition():
            assert time.monotonic() < ends, f"after {LONGEST_S:.0f} s still not: {what}"
            self.page.wait_for_timeout(50)

    def wait(self, expression):
        """Wait until an expression in the kernel is true."""
        self.until(lambda: self.ask(f"bool({expression})"), expression)

    def still(self):
        """Wait until all that the kernel has said so far is on the page, and nothing there moves any more."""
        self.ask("0")  # answers come in the order in which they were sent
        self.page.evaluate("() => { window.__seen = undefined }")
        self.page.wait_for_function(STILL, polling=50)

    def errors(self):
        """Errors raised in the kernel, in callbacks too, since the notebook was opened."""
        return self.page.evaluate("() => window.__errs")

    def pictures(self):
        """SHA-256 of the pixels of each picture on the page, as RGBA."""
        return self.page.evaluate(PICTURES)

    def theme(self, name):
        """Switch JupyterLab's theme."""
        self.page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", name)
        light = str("Light" in name).lower()
        self.page.wait_for_function(f"document.body.dataset.jpThemeLight === '{light}'")

    def shot(self, name, target=None):
        """Keep a screenshot, if somebody wants to look at them."""
        if folder := os.environ.get("METAKIT_SHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            (target or self.page).screenshot(path=f"{folder}/{name}.png")
