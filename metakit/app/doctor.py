"""Which half of a widget is missing in the home that this is, and what to do about it.

A widget has two halves: a Python package in the kernel and an extension in JupyterLab. Without the second the page
shows "model not found" where the widget should be. This module looks at both.
"""

import importlib
import importlib.metadata
import importlib.util
import json
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import metakit
from metakit.app.home import Home, home, not_installed

_PACKAGES = (
    "metakit",
    "numpy",
    "pillow",
    "pandas",
    "tqdm",
    "ipywidgets",
    "bqplot",
    "bqscales",
    "anywidget",
    "ipykernel",
    "jupyterlab",
    "jupyter_server",
)


@dataclass(frozen=True)
class _Pair:
    """A Python package and the JupyterLab extension that draws its widgets."""

    package: str
    extension: str
    #: The package that brings the extension's files.
    brought_by: str
    #: The class that says which version of the extension it asks for; None if the extension has its own numbers.
    widget: str | None = None
    #: (major version of the package, major version of the extension) that go together, where there is no such class.
    majors: tuple[str, str] | None = None


_PAIRS = (
    # Manager 5 draws ipywidgets 8; the two count their versions separately.
    _Pair("ipywidgets", "@jupyter-widgets/jupyterlab-manager", "jupyterlab_widgets", majors=("8", "5")),
    _Pair("bqplot", "bqplot", "bqplot", widget="Figure"),
    _Pair("bqscales", "bqscales", "bqscales", widget="LinearScale"),
    _Pair("anywidget", "anywidget", "anywidget", widget="AnyWidget"),
)


def problems() -> list[str]:
    """Say what would keep a widget from showing, and what to do about it.

    Returns
    -------
    list of str
        One sentence or two a problem; empty when all is well.
    """
    here = home()
    found = [_home_problem(package) for package in here.needs]
    for pair in _PAIRS:
        found.append(_package_problem(pair) or (_extension_problem(pair) if here.has_folders else None))
    return [problem for problem in found if problem]


def doctor() -> str:
    """Name the home and describe both halves there: versions, places, and the problems in words.

    Returns
    -------
    str
        Several lines of text, ready to print.
    """
    here = home()
    lines = [
        _first(here),
        "",
        f"This is {here.name}.",
        "",
        "Python side",
        _row("python", f"{platform.python_version()} on {platform.system() or sys.platform}"),
    ]
    packages = dict.fromkeys((*_PACKAGES, *here.needs))
    lines += [_row(name, _version(name) or "not installed") for name in packages]
    lines += ["", "JupyterLab side"]
    if not here.has_folders:
        lines.append("  This Python runs inside the browser: the page that you opened brings the extensions.")
    else:
        extensions = [*(pair.extension for pair in _PAIRS), "metakit"]
        lines += [_row(name, _extension_version(name) or "not installed") for name in extensions]
        lines.append(f"  Looked in: {', '.join(str(folder) for folder in _extension_folders())}")
    lines.append("")
    found = problems()
    if found:
        lines += ["What is wrong"] + [f"  - {problem}" for problem in found]
    else:
        lines.append(
            'Both halves fit together. If a widget shows "model not found" after that too, the page comes from'
        )
        lines.append("another environment than this one: start it with `metakit lab`, and reload the page.")
    return "\n".join(lines)


def _row(name: str, value: str) -> str:
    return f"  {name:<36}{value}"


def _first(here: Home) -> str:
    """Name the commonest cause, which nothing here can see: the page is older than its kernel."""
    return f"A widget does not show? Most often the page was opened again, and its kernel is a new one. {here.again}"


def _version(package: str) -> str | None:
    if package == "metakit":
        return metakit.__version__
    return next((found.version for found in importlib.metadata.distributions(name=package)), None)


def _home_problem(package: str) -> str | None:
    return not_installed(package) if _version(package) is None else None


def _package_problem(pair: _Pair) -> str | None:
    if _version(pair.package) is None:
        return f"The Python package {pair.package} is missing. Install it: pip install {pair.package}"
    return None


def _extension_problem(pair: _Pair) -> str | None:
    python, extension = _version(pair.package), _extension_version(pair.extension)
    fix = f"pip install --upgrade --force-reinstall {' '.join(dict.fromkeys((pair.package, pair.brought_by)))}"
    restart = "then restart JupyterLab and reload the page."
    if extension is None:
        return (
            f"Python has {pair.package} {python}, but JupyterLab's half, the extension {pair.extension}, is missing: "
            f'widgets will show "model not found". In the environment that JupyterLab runs in: {fix}, {restart}'
        )
    wanted = _wanted(pair)
    if wanted and not _fits(extension, wanted):
        return (
            f"Python's {pair.package} {python} asks for {pair.extension} {wanted}, but JupyterLab has {extension}: "
            f'widgets will show "model not found". {fix}, {restart}'
        )
    return None


def _wanted(pair: _Pair) -> str | None:
    """Return the version of the extension that Python's half will ask the page for, as npm writes ranges."""
    if pair.widget:
        module = importlib.import_module(pair.package)
        return str(getattr(module, pair.widget)._model_module_version.default_value)
    if pair.majors and (_version(pair.package) or "").split(".")[0] == pair.majors[0]:
        return f"^{pair.majors[1]}"
    return None


def _fits(version: str, wanted: str) -> bool:
    """Say whether a version is in a range of npm's kinds ^1.2.3 and ~1.2.*, or begins as a plain one does.

    ^ allows changes after the first number that is not zero, ~ after the second.
    """
    have = [int(n) for n in re.findall(r"\d+", version)[:3]]
    want = [int(n) for n in re.findall(r"\d+", wanted)[:3]]
    if wanted.startswith("^"):
        fixed = next((i for i, n in enumerate(want) if n), len(want) - 1) + 1
    else:
        fixed = 2 if wanted.startswith("~") else len(want)
    return have[:fixed] == want[:fixed] and have >= want


def _extension_folders() -> list[Path]:
    if importlib.util.find_spec("jupyter_core") is None:
        return [Path(sys.prefix, "share", "jupyter", "labextensions")]
    from jupyter_core.paths import jupyter_path

    return [Path(folder) for folder in jupyter_path("labextensions")]


def _extension_version(extension: str) -> str | None:
    """Return the version that JupyterLab would load: that of the first folder which has the extension."""
    for folder in _extension_folders():
        package = folder / extension / "package.json"
        if package.is_file():
            return str(json.loads(package.read_text(encoding="utf-8")).get("version", "of unknown version"))
    return None
