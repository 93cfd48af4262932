"""The twelfth stage: a copy of the project, and in it every file that CONTRIBUTING.md spells out for a new stage."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
LEFT_BY_TOOLS = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "node_modules")


def listings():
    """Files that CONTRIBUTING.md spells out: where each belongs, and its text."""
    text = (TOP / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\*\*`([^`]+)`\*\*.*?^```\w+\n(.*?)^```", text, re.DOTALL | re.MULTILINE))


def notebook(text):
    """A lesson from its text, in which each ``# %%`` begins a cell and is followed by the metadata of the cell."""
    cells = []
    for i, part in enumerate(re.split(r"^# %%", text, flags=re.MULTILINE)[1:]):
        head, _, source = part.partition("\n")
        metadata = {name: json.loads(value) for name, value in re.findall(r"(\w+)=(.+?)(?= \w+=|$)", head)}
        cell = {"id": f"cell-{i}", "metadata": metadata, "source": source.strip()}
        if "[markdown]" in head:
            cell |= {"cell_type": "markdown", "source": re.sub("^# ?", "", cell["source"], flags=re.MULTILINE)}
        else:
            cell |= {"cell_type": "code", "execution_count": None, "outputs": []}
        cells.append(cell)
    like = json.loads((TOP / "notebooks" / "00_start_here.ipynb").read_text(encoding="utf-8"))["metadata"]
    metadata = like | {"metakit": {"claims": []}}  # by which lessons are known
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def with_twelfth_stage(folder):
    """Copy the project into a new folder and add the stage to it; gives the folder."""
    shutil.copytree(TOP, folder, ignore=LEFT_BY_TOOLS)
    for name, text in listings().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as new:  # a file that is there already is not touched
            new.write(notebook(text) if path.suffix == ".ipynb" else text)
    return folder


def python(folder, *arguments, home=None):
    """What Python says in a folder, with the metakit that is there or in another home; it must end well."""
    environment = {**os.environ, "PYTHONPATH": str(home or folder)}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
