"""Scripts and style sheets: files of the package, given to the browser as texts."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from importlib.resources import files

_IMPORT = re.compile(r'^(?:import \{[^}]*\} from|@import) "([^"]+)";\n', re.MULTILINE)


@cache
def static(path: str) -> str:
    """Read a script or a style sheet, with what it imports put in the place of the import.

    A widget sends one text for its script and one for its styles, so there is no address from which the browser
    could load a second file. Texts, not paths, since a package may lie in a zip file.

    Parameters
    ----------
    path : str
        Of the file, from the folder of the package: ``"widgets/static/view.css"``.

    Returns
    -------
    str
        A script without ``import`` of other files (what it imports keeps its name), or a style sheet.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """

    def imported(match: re.Match[str]) -> str:
        text = static(posixpath.normpath(posixpath.join(posixpath.dirname(path), match[1])))
        return re.sub(r"^export (?!default)", "", text, flags=re.MULTILINE)

    return _IMPORT.sub(imported, files("metakit").joinpath(path).read_text(encoding="utf-8"))
