"""Build what Binder builds, without Docker, and open lessons in it: ``make binder-check``.

A fresh environment from ``binder/``, started under the address of a user as a hub starts it. Two ways lead in: the
badge, and an nbgitpuller link to a course of one's own. In each the first lesson is run and played in a Chromium that
reaches nothing but this machine. At the end it prints how long that took and what a student's kernel takes of memory.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from browser.lab import IS_IDLE, NOT_RUN, PICTURES, ROOT, TOKEN, Lab, _running, chromium, find_chromium

USER = "/user/somebody/"
IGNORED = shutil.ignore_patterns(".git", ".venv*", "node_modules", "__pycache__", "metakit-lessons*")


def main():
    """Build, open, play, and print what was seen; an exception if anything is not as it should be."""
    if find_chromium() is None:
        raise SystemExit(NOT_RUN)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home, env = build(folder)
        print(f"environment: {time.monotonic() - began:.0f} s, {size_mb(folder / 'env')} MB", flush=True)
        port = free_port()
        command = [str(folder / "env/bin/jupyter"), "notebook", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
        command += [f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
        command += [f"--ServerApp.base_url={USER}", "--LabApp.expose_app_in_browser=True"]
        server = f"http://127.0.0.1:{port}{USER}"
        with _running(command, env, home, f"{server}api/status?token={TOKEN}"), chromium(folder) as context:
            context.new_page().close()
            badge = re.search(r"\?urlpath=(\S+?)\)", (ROOT / "README.md").read_text(encoding="utf-8"))[1]
            play(context, f"{server}{badge}?token={TOKEN}")
            link = git_pull_link(course(folder, env), "00_start_here.ipynb")
            play(context, f"{server}{link}&token={TOKEN}")


def build(folder):
    """Make the environment and the home folder as repo2docker would; gives the folder and its variables."""
    home = shutil.copytree(ROOT, folder / "home", ignore=IGNORED)
    subprocess.run([python(), "-m", "venv", str(folder / "env")], check=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTHON", "VIRTUAL"))}
    env = kept | {"HOME": str(folder / "user"), "PATH": f"{folder / 'env/bin'}{os.pathsep}{os.environ['PATH']}"}
    (folder / "user").mkdir()
    pip = ["python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    run = {"cwd": home, "env": env, "check": True}
    subprocess.run([*pip, "install", "-r", "binder/requirements.txt"], **run)
    subprocess.run(["binder/postBuild"], **run)
    subprocess.run([*pip, "check"], **run)
    return home, env


def python():
    """The Python of Binder, where this machine has it; else the one that runs this."""
    wanted = (ROOT / "binder/runtime.txt").read_text(encoding="utf-8").strip().replace("python-", "python")
    works = shutil.which(wanted) and subprocess.run([wanted, "-c", ""], stderr=subprocess.DEVNULL).returncode == 0
    return wanted if works else sys.executable


def course(folder, env):
    """A repository of one's own with copies of the lessons, as README tells to make one."""
    made = folder / "my-course"
    run = {"env": env, "check": True, "stdout": subprocess.DEVNULL}
    subprocess.run(["metakit", "copies", str(made)], **run)
    git = ["git", "-C", str(made), "-c", "user.name=somebody", "-c", "user.email=somebody@localhost"]
    subprocess.run(["git", "init", "-q", "-b", "main", str(made)], **run)
    subprocess.run([*git, "add", "."], **run)
    subprocess.run([*git, "commit", "-q", "-m", "Lessons"], **run)
    return made


def git_pull_link(repository, lesson):
    """The part of an nbgitpuller link behind the address of a user, in the form that README gives."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    form = re.search(r"(git-pull\?repo=[^\s`]+)", readme)[1]
    values = {"https%3A%2F%2Fgithub.com%2FOWNER%2FCOURSE": urllib.parse.quote(repository.as_uri(), safe="")}
    values |= {"COURSE": repository.name, "00_start_here.ipynb": lesson}
    for name, value in values.items():
        assert name in form, f"{form} has no {name}"
        form = form.replace(name, value)
    return form


def play(context, address):
    """Open a lesson, run it, and play its first view; what is asked from outside or goes wrong ends the check."""
    page = context.new_page()
    outside = []
    local = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
    page.on("request", lambda asked: None if asked.url.startswith(local) else outside.append(asked.url))
    thrown = []
    page.on("pageerror", lambda error: thrown.append(error.stack or str(error)))
    lab = Lab(page, address, ROOT)
    began = time.monotonic()
    page.goto(address)
    page.wait_for_function("window.jupyterapp !== undefined")
    page.wait_for_function(IS_IDLE)
    lab.run_all()
    page.wait_for_selector(".metakit-picture canvas[data-seq]")
    took = time.monotonic() - began
    first = page.evaluate(PICTURES)[0]
    page.get_by_role("button", name="Play", exact=True).first.click()
    page.wait_for_function("Number(document.querySelector('.metakit-picture canvas').dataset.seq) > 60")
    page.get_by_role("button", name="Pause", exact=True).first.click()
    assert page.evaluate(PICTURES)[0] != first, "the picture did not move"
    text = page.inner_text("body")
    for wrong in ("Traceback", "Error displaying widget", "For the tests"):
        assert wrong not in text, f"the page says {wrong!r}"
    # JupyterLab 4.4 throws things of its own as it loads; they are told, and what extensions throw ends the check.
    for error in thrown:
        print(f"thrown on the page: {error}", flush=True)
    assert outside == [error for error in thrown if "extensions/" in error] == []
    lab.shot("binder")
    memory = lab.ask("__import__('psutil').Process().memory_info().rss >> 20")
    print(
        f"{urllib.parse.urlsplit(address).path}: picture after {took:.1f} s; the kernel takes {memory} MB", flush=True
    )
    lab.close()
    page.close()


def free_port():
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def size_mb(folder):
    """What a folder takes, MB."""
    return sum(file.lstat().st_size for file in folder.rglob("*")) >> 20


if __name__ == "__main__":
    main()
