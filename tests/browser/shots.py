"""Screenshots of every view, to be looked at: ``make shots`` writes them to test-results/shots.

``cd tests && python -m browser.shots OUT [STAGE ...]``. Four sizes of window, light and dark, with the file list shown
where there is room for one.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

import metakit
from browser.lab import Lab, chromium, server

SIZES = ((1366, 657), (1920, 950), (820, 1100), (390, 844))
THEMES = ("JupyterLab Light", "JupyterLab Dark")
FILE_LIST_FROM = 1000  # pixels
CODE = """import metakit
view = metakit.view("{stage}", seed=7)
view"""
TO_THE_TOP = "() => document.querySelector('.metakit').scrollIntoView({block: 'start'})"


def show_file_list(page, shown):
    """Show the file list of JupyterLab, or hide it."""
    page.evaluate(
        "(shown) => { const shell = window.jupyterapp.shell;"
        " return shown ? shell.expandLeft() : shell.collapseLeft(); }",
        shown,
    )


def main(out, stages):
    """Open one view after the other, play it for a while, and take its pictures."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = stack.enter_context(server(folder))
        context = stack.enter_context(chromium(folder))
        lab = Lab(context.pages[0], address, folder / "work")
        lab.start()
        for stage in stages or metakit.stages():
            lab.write(f"{stage}.ipynb", CODE.format(stage=stage))
            lab.open(f"{stage}.ipynb")
            lab.run_all()
            lab.page.wait_for_selector(".metakit-picture canvas[data-seq]")
            lab.tell("view.advance(60)")
            for theme in THEMES:
                lab.theme(theme)
                for width, height in SIZES:
                    lab.page.set_viewport_size({"width": width, "height": height})
                    show_file_list(lab.page, width >= FILE_LIST_FROM)
                    lab.page.evaluate(TO_THE_TOP)
                    lab.still()
                    name = out / f"{stage}-{width}-{theme.split()[1].lower()}.png"
                    lab.page.screenshot(path=name)
                    print(name, flush=True)
            lab.close()


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else "shots", sys.argv[2:])
