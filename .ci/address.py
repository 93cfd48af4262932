"""Write the address of the repository everywhere: ``make address``. It is said once, as Homepage in pyproject.toml."""

import re
import tomllib
from pathlib import Path

TOP = Path(__file__).parents[1]
FILES = ("README.md", "CITATION.cff", "pyproject.toml", ".github/ISSUE_TEMPLATE/config.yml")


def main() -> None:
    """Replace the address that CITATION.cff has, the former one, by the one of the homepage."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    new = project["urls"]["Homepage"].removeprefix("https://github.com/")
    citation = (TOP / "CITATION.cff").read_text(encoding="utf-8")
    old = re.search(r"^repository-code: https://github\.com/(\S+)$", citation, re.MULTILINE)[1]
    for name in FILES:
        text = (TOP / name).read_text(encoding="utf-8")
        (TOP / name).write_text(text.replace(old, new), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
