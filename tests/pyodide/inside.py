"""What runs inside Pyodide: pytest, on every second test or so. See suite.py."""

import sys

import pytest

# What finds faults that native runs cannot have: every slider of every stage, digests of their runs, hand-overs, files,
# ensembles and the button without threads or processes. Tests of single models and pictures find no others there.
QUICK = [
    "tests/test_contract.py",
    "tests/core",
    "tests/body",
    "tests/runs",
    "tests/lessons/test_many.py",
    "tests/pyodide",
]
ALL = ["tests", "--ignore=tests/browser", "--ignore=tests/static_site", "--ignore=tests/benchmarks"]


class Part:
    """Takes every n-th test: all parts together run each test once."""

    def __init__(self, part, parts):
        self.part, self.parts = part, parts

    def pytest_collection_modifyitems(self, config, items):
        mine = items[self.part - 1 :: self.parts]
        config.hook.pytest_deselected(items=[item for item in items if item not in mine])
        items[:] = mine


def main(arguments):
    part, parts = (int(n) for n in arguments.pop(0).removeprefix("--part=").split("/"))
    chosen = ALL if "--all" in arguments else QUICK
    more = [argument for argument in arguments if argument != "--all"]
    if any(not argument.startswith("-") for argument in more):
        chosen = []  # tests are named
    options = ["-q", "-rfE", "--tb=short", "-p", "no:cacheprovider", "-p", "no:faulthandler"]
    return pytest.main([*options, *chosen, *more], plugins=[Part(part, parts)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
