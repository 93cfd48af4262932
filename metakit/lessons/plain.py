"""The text of a piece of HTML, for places that show no HTML."""

from __future__ import annotations

from html.parser import HTMLParser

_OWN_LINE = {"p", "div", "summary", "tr", "li", "dt", "dd", "table", "ul", "dl", "details", "br", "section"}
_CELLS = {"th", "td"}


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.parts.append("\n" if tag in _OWN_LINE else "  " if tag in _CELLS else "")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append("\n" if tag in _OWN_LINE else "")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def plain(html: str) -> str:
    r"""Give the text of a piece of HTML: a line for each block and each row of a table.

    Examples
    --------
    >>> plain("<p>One</p><table><tr><th>Two</th><td>3</td></tr></table>")
    'One\nTwo  3'
    """
    text = _Text()
    text.feed(html)
    text.close()
    return "\n".join(line.strip() for line in "".join(text.parts).splitlines() if line.strip())
