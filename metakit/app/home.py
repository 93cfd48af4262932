"""In which home this Python runs: JupyterLab, Notebook, Voila, a hub, Binder, the browser, or none of them."""

import os
import sys
from dataclasses import dataclass

# What homes need: how it is called, and what pip is told.
NEEDED = {
    "jupyterlab": ("JupyterLab", "jupyterlab>=4.4"),
    "notebook": ("Jupyter Notebook", "notebook>=7.2"),
    "voila": ("Voila", "voila>=0.5.13"),
    "jupyterlite_core": ("JupyterLite, which makes sites,", "metakit[site]"),
    "ipykernel": ("The kernel of notebooks, ipykernel,", "ipykernel>=6.29"),
}
_RUN_ALL = "Press Run > Run All Cells."


@dataclass(frozen=True)
class Home:
    """A place in which lessons are played.

    Attributes
    ----------
    name : str
        What people call it.
    needs : tuple of str
        Packages without which nothing plays there, besides those that draw widgets.
    again : str
        What to do about the commonest cause of a widget that does not show: a page without the kernel that made it.
    has_folders : bool
        Whether the extensions that draw widgets lie in folders beside this Python.
    """

    name: str
    needs: tuple[str, ...] = ("jupyterlab", "ipykernel")
    again: str = _RUN_ALL
    has_folders: bool = True


BROWSER = Home("JupyterLite, Python inside the browser", needs=(), has_folders=False)
VOILA = Home("Voila, a lesson as an app", needs=("voila", "ipykernel"), again="Reload the page.")
BINDER = Home("Binder")
HUB = Home("JupyterHub")
NOTEBOOK = Home("Jupyter Notebook", needs=("notebook", "jupyterlab", "ipykernel"))
LAB = Home("JupyterLab")
OTHER = Home("a notebook of another program", needs=("ipykernel",))
NONE = Home("plain Python, no notebook")


def home() -> Home:
    """Find out where this Python runs."""
    if sys.platform == "emscripten":
        return BROWSER
    if not _in_kernel():
        return NONE
    if any(name.startswith("VOILA_") for name in os.environ):
        return VOILA
    if "BINDER_SERVICE_HOST" in os.environ or "BINDER_LAUNCH_HOST" in os.environ:
        return BINDER
    if "JUPYTERHUB_API_URL" in os.environ:
        return HUB
    programs = _programs()
    if programs & {"notebook", "jupyter-notebook"}:
        return NOTEBOOK
    return LAB if programs & {"jupyterlab", "jupyter-lab", "metakit"} else OTHER


def _in_kernel() -> bool:
    shell = sys.modules.get("IPython")
    found = shell.get_ipython() if shell is not None else None
    return getattr(found, "kernel", None) is not None


def _programs() -> set[str]:
    """Names in the command that started what started this kernel; none if that cannot be known."""
    try:
        import psutil
    except ImportError:
        return set()
    try:
        command = psutil.Process(os.getppid()).cmdline()
    except psutil.Error:  # it has ended, or may not be looked at
        return set()
    # Such as `python /a/path/bin/jupyter-lab --port=1`, or `python -m notebook`.
    return {os.path.basename(word).removesuffix(".exe") for word in command[:3]}


def not_installed(package: str) -> str:
    """Say that a package of `NEEDED` is missing, with a line that installs it into this environment."""
    name, wanted = NEEDED[package]
    return f'{name} is not installed. Install it: "{sys.executable}" -m pip install "{wanted}"'
