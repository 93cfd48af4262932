"""What stands for a component where its widget cannot be shown: its picture and its words, kept with the notebook.

GitHub, nbviewer, a PDF, a page opened again without its kernel: none of them has the widget, all of them have what is
in the output beside it.
"""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import Any

from metakit.widgets.draw.page import draw_words

CLASS = "metakit-kept"  # by which the scripts of metakit know what they may show in the place of a widget


class Kept:
    """Adds a picture and words to what a widget puts into the output of a cell. Stands before the widget's class."""

    def describe(self) -> str:
        """Say in words what it shows."""
        raise TypeError(f"{type(self).__name__} must define describe()")

    def picture(self) -> bytes:
        """Give it as a picture, PNG bytes; by default its words."""
        return draw_words(self.describe())

    def _shown(self) -> bytes:
        """Give the picture to put into an output; one that is at hand need not be drawn again."""
        return self.picture()

    def _static_html(self, png: str) -> str:
        """Write it as HTML without scripts; by default its words, a paragraph a line. `png` is in base64."""
        return "".join(f"<p>{escape(line)}</p>" for line in self.describe().splitlines())

    def _repr_mimebundle_(self, **keywords: Any) -> Any:
        made = super()._repr_mimebundle_(**keywords)  # type: ignore[misc] # of the widget's class behind this one
        data, metadata = made if isinstance(made, tuple) else (made, {})
        if not data:  # closed
            return made
        png = b64encode(self._shown()).decode("ascii")
        kept = {
            "text/plain": self.describe(),
            "text/html": f'<div class="{CLASS}">{self._static_html(png)}</div>',
            "image/png": png,
        }
        return data | kept, metadata


def figure(png: str, words: str, more: str = "") -> str:
    """Write a picture with its words below it as HTML.

    Parameters
    ----------
    png : str
        The picture, in base64.
    words : str
        What it shows; also read to those who do not see it.
    more : str
        HTML that follows the words.

    Returns
    -------
    str
    """
    words = escape(words)
    return (
        f'<figure style="margin: 0; max-width: 720px"><img src="data:image/png;base64,{png}" alt="{words}" '
        f'style="max-width: 100%"><figcaption>{words}{more}</figcaption></figure>'
    )
