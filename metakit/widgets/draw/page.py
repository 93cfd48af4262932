"""Words as a picture, for places that show pictures alone: a PDF, a slide, a notebook without its kernel."""

from __future__ import annotations

from metakit.widgets.draw import style
from metakit.widgets.draw.labels import width
from metakit.widgets.draw.sketch import Sketch

WIDE, MARGIN, TEXT, LINE = 640, 18, 14.0, 21  # px
MOST_LINES = 24


def draw_words(text: str, *, wide: int = WIDE) -> bytes:
    """Write a text into a picture, wrapped; in the place of what goes beyond 24 lines stand three dots.

    Parameters
    ----------
    text : str
        Each line of it begins a new line.
    wide : int
        Width of the picture, px.

    Returns
    -------
    bytes
        PNG.
    """
    lines: list[str] = []
    for line in text.splitlines():
        lines += _wrapped(line, wide - 2 * MARGIN)
        if len(lines) > MOST_LINES:
            break
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], "…"]
    sketch = Sketch(style.PAPER, (wide, 2 * MARGIN + LINE * max(1, len(lines))))
    for i, line in enumerate(lines):
        sketch.text((MARGIN, MARGIN + LINE * i + TEXT), line, TEXT)
    return sketch.png()


def _wrapped(line: str, room: float) -> list[str]:
    parts = [""]
    for word in line.split():
        longer = f"{parts[-1]} {word}".lstrip()
        if parts[-1] and width(longer, TEXT) > room:
            parts.append(word)
        else:
            parts[-1] = longer
    return parts
