"""The status line: the picture in words, for everyone, and the small tasks that need a script.

The script gives names to controls that ipywidgets leaves unnamed for screen readers, and copies a recipe.
"""

from __future__ import annotations

import anywidget
import traitlets

from metakit.widgets.parts.static import static


class Status(anywidget.AnyWidget):
    """A polite live region.

    Attributes
    ----------
    text, error : str
        The description, and what went wrong, if anything.
    copy : str
        Assign a text to have it copied to the clipboard.
    """

    _esm = static("widgets/static/status.js")
    _css = static("widgets/static/view.css")
    text = traitlets.Unicode("").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    copy = traitlets.Unicode("").tag(sync=True)
