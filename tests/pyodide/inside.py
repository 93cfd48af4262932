"""What runs inside Pyodide: pytest, on every second test or so. See suite.py."""

import sys

import pytest

QUICK = [
    "tests/test_contract.py",
    *(f"tests/{room}" for room in ("core", "tissue", "body", "models", "runs", "lessons")),
]
ALL = ["tests", "--ignore=tests/browser", "--ignore=tests/benchmarks"]


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
    whole = "--all" in arguments
    named = [argument for argument in arguments if argument != "--all"]
    options = ["-q", "-rfE", "--tb=short", "-p", "no:cacheprovider", "-p", "no:faulthandler"]
    chosen = named or (ALL if whole else [*QUICK, "-m", "not slow_in_the_browser"])
    return pytest.main([*options, *chosen], plugins=[Part(part, parts)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
