"""`lesson`: the frame of a lesson, what goes before it and what goes after it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from metakit.core.params import Params, is_whole
from metakit.core.sources import SOURCES
from metakit.lessons.card import Page
from metakit.lessons.glossary import define
from metakit.runs.stage import stage as find

READING = (
    ("Metastatic cancer (National Cancer Institute)", "https://www.cancer.gov/types/metastatic-cancer"),
    ("Metastasis (CancerQuest, Emory University)", "https://www.cancerquest.org/cancer-biology/metastasis"),
    ("OncoLink (Penn Medicine); look there for “How Does Cancer Spread?”", "https://www.oncolink.org"),
)
DISCLAIMER = (
    "For education only. metakit is a model of cells, not of a person: its numbers are not anybody’s odds. "
    "It is not medical advice and not for diagnosis or treatment. With questions about your own health, "
    "or about somebody close to you, please ask a health-care provider."
)


def lesson(
    title: str = "",
    *,
    minutes: int | None = None,
    goals: Sequence[str] = (),
    stage: str = "",
    words: Sequence[str] = (),
    reading: Sequence[tuple[str, str]] = READING,
) -> Page:
    """Give the frame of a lesson: what goes before it, and what goes after it.

    Parameters
    ----------
    title, minutes, goals
        For the head of a lesson: its name, how long it takes, what you will be able to do.
    stage : str
        For the foot: a stage whose parameters are listed, with their sources.
    words : sequence of str
        For the foot: terms of the glossary.
    reading : sequence of (str, str)
        Titles and addresses of pages to read on; shown in a foot.

    Returns
    -------
    Page
        Always with the disclaimer.

    Raises
    ------
    ValueError
        On a stage or a term that is not there.

    Examples
    --------
    >>> metakit.lesson("Through the fence", minutes=20, goals=["say what opens the basal lamina"])
    >>> metakit.lesson(stage="invasion", words=["MMP", "ECM"])
    """
    for name, several in (("goals", goals), ("words", words)):
        if isinstance(several, str):
            raise ValueError(f"{name} = {several!r} is one text; a list is expected: {name}=[{several!r}]")
    if minutes is not None and (not is_whole(minutes) or minutes < 1):
        raise ValueError(f"minutes = {minutes!r} is not a number of minutes; any whole number from 1 up is")
    parts = []
    if title:
        time = f" · {minutes} minutes" if minutes else ""
        parts.append(f'<div class="metakit-title">{escape(str(title))}{time}</div>')
    if goals:
        parts.append(f"<p>After this lesson you can</p><ul>{''.join(f'<li>{escape(g)}</li>' for g in goals)}</ul>")
    if stage:
        table = _parameter_table(find(stage).params)
        parts.append(_details("Every number of the model, and where it comes from", table))
    if words:
        terms = "".join(f"<dt>{escape(term)}</dt><dd>{escape(define(term))}</dd>" for term in words)
        parts.append(_details("Words of this lesson", f"<dl>{terms}</dl>"))
    if reading and (stage or words):
        links = "".join(
            f'<li><a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(name)}</a></li>'
            for name, url in reading
        )
        parts.append(_details("Read on", f"<ul>{links}</ul>"))
    parts.append(f"<p><small>{DISCLAIMER}</small></p>")
    return Page(html="".join(parts))


def _details(summary: str, body: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def _parameter_table(cls: type[Params]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(row["label"])}</th><td>{escape(row["default"])}</td>'
        f"<td>{escape(row['range'])}</td><td>{escape(row['meaning'])}</td><td>{escape(row['source'])}</td></tr>"
        for row in cls.table()
    )
    used = dict.fromkeys(knob.source for knob in cls.knobs())
    full = "".join(f"<li><b>{escape(SOURCES[key].short)}</b>: {escape(SOURCES[key].full)}</li>" for key in used)
    head = "".join(f'<th scope="col">{name}</th>' for name in ("parameter", "value", "range", "what it is", "source"))
    return (
        f'<div class="metakit-wide" tabindex="0" role="region" aria-label="Parameters"><table><thead><tr>{head}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div><ul>{full}</ul>"
    )
