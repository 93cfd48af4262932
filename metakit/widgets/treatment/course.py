"""The course of one patient, drawn: a row of gates on top, and below it every tumor as a line over time."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from metakit.models.treatment.patient import PatientState
from metakit.widgets.draw import style
from metakit.widgets.draw.chart import Axis, draw_axis, nice_end
from metakit.widgets.draw.labels import width
from metakit.widgets.draw.sketch import SIZE, Sketch

LEFT, RIGHT, TOP, BOTTOM = 96.0, 516.0, 196.0, 476.0
GATE_TOP, GATE_WIDTH, GATE_HEIGHT, GATE_STEP = 62.0, 86.0, 34.0, 105.0
MOST_ROWS = 24


@dataclass(frozen=True)
class Flag:
    """A treatment: what is written on its flag, the day, and the gates on which it acts."""

    words: str
    day: float
    gates: Collection[str]


def draw_course(
    patient: PatientState, detection_limit: float, gates: Collection[str], flags: Collection[Flag], caption: str
) -> bytes:
    """Draw a patient's course.

    Parameters
    ----------
    patient : PatientState
        Tumors, the primary first, and the day.
    detection_limit : float
        Cells from which a scan shows a tumor.
    gates : collection of str
        Names of the gates, in their order.
    flags : collection of Flag
        Treatments, in their order.
    caption : str
        What stands at the top.

    Returns
    -------
    bytes
        A square PNG.
    """
    sketch, day = Sketch(), patient.time_d
    sketch.caption(caption)
    _gates(sketch, day, gates, flags)
    axis = Axis(0, max(1000, nice_end(day)), LEFT, RIGHT)
    _days(sketch, axis, flags)
    rows = min(len(patient.cells), MOST_ROWS + 1)
    step = min(28.0, (BOTTOM - TOP) / max(rows, 10))
    for i in range(rows):
        y, color = TOP + step * i + (8 if i else 0), style.MESENCHYMAL if i else style.EPITHELIAL
        last = patient.gone_d[i] if patient.gone_d[i] >= 0 else day
        sketch.line([(axis.x(patient.founded_d[i]), y), (axis.x(last), y)], color, 1.5)
        for begin, stop in _shown(patient, i, last):
            sketch.line([(axis.x(begin), y), (axis.x(stop), y)], color, 4)
        _end(sketch, (axis.x(last), y), int(patient.cells[i]), detection_limit, color, min(step / 2.2, 9))
    _labels(sketch, len(patient.cells) - 1, rows - 1, step)
    return sketch.png()


def _shown(patient: PatientState, i: int, last: float) -> list[tuple[float, float]]:
    """Return from when until when a scan shows a tumor.

    Between the first time and the last there may have been others.
    """
    seen, hidden, again = patient.seen_d[i], patient.hidden_d[i], patient.again_d[i]
    if seen < 0:
        return []
    if hidden < 0:
        return [(seen, last)]
    return [(seen, min(hidden, last)), *([(again, last)] if again > hidden else [])]


def _gates(sketch: Sketch, day: float, gates: Collection[str], flags: Collection[Flag]) -> None:
    """Draw the row of gates; filled where a treatment acts by now, with a blue rim where it will."""
    for i, name in enumerate(gates):
        x = 16 + GATE_STEP * i
        acting = [flag for flag in flags if name in flag.gates]
        now = any(flag.day <= day for flag in acting)
        rim = style.dark(style.TREATMENT, 0.7) if acting else "#D8D0C2"
        sketch.box((x, GATE_TOP), (GATE_WIDTH, GATE_HEIGHT), style.TREATMENT if now else "#F1EBDF", rim=rim)
        ink = style.INK if acting else style.QUIET
        sketch.text((x + GATE_WIDTH / 2, GATE_TOP + GATE_HEIGHT / 2), name, 15, ink, "mm")
        if i + 1 < len(gates):
            a, y = x + GATE_WIDTH + 3, GATE_TOP + GATE_HEIGHT / 2
            sketch.line([(a, y), (a + 11, y)], style.QUIET, 1.5)
            sketch.shape([(a + 9, y - 4), (a + 15, y), (a + 9, y + 4)], style.QUIET)
        for k, flag in enumerate(acting):
            sketch.text((x + GATE_WIDTH / 2, GATE_TOP + GATE_HEIGHT + 17 + 16 * k), flag.words, 12, ink, "ms")
    if not any(flag.gates for flag in flags):
        sketch.text((SIZE / 2, GATE_TOP + GATE_HEIGHT + 17), "no gate is treated", 12, style.QUIET, "ms")


def _days(sketch: Sketch, axis: Axis, flags: Collection[Flag]) -> None:
    """Draw the days, and a flag on each day of treatment."""
    draw_axis(sketch, axis, axis.even(), TOP - 14, BOTTOM + 10, size=12)
    sketch.text(((LEFT + RIGHT) / 2, BOTTOM + 48), "days since the first cancer cell", 13, style.INK, "ms")
    for k, flag in enumerate(flags):
        if flag.day > axis.high:
            continue
        x, y, words = axis.x(flag.day), TOP - 38 - 17 * k, f"{flag.words}, day {flag.day:.0f}"
        sketch.line([(x, y), (x, BOTTOM + 10)], style.TREATMENT, 2)
        # Named on its right, unless the line of another flag, or the end of the picture, is too close.
        room = min([SIZE, *(axis.x(other.day) for other in flags if flag.day < other.day <= axis.high)]) - x
        need = width(words, 13) + 12
        left = room < need < x
        sketch.text((x - 6 if left else x + 6, y + 10), words, 13, style.INK, "rs" if left else "ls")


def _end(sketch: Sketch, at: tuple[float, float], cells: int, detection_limit: float, color: str, most: float) -> None:
    """Draw how a tumor is now: a cross, a ring, or a disc; its area follows the powers of ten of its cells."""
    if not cells:
        sketch.cross(at, min(most, 5), style.DEAD, 2.2)
        return
    radius = most * math.sqrt((1 + math.log10(cells)) / 12)
    if cells >= detection_limit:
        sketch.disc(at, radius, color, style.dark(color))
    else:
        sketch.disc(at, max(radius, 2.2), style.PAPER, color, 1.8)


def _labels(sketch: Sketch, founded: int, shown: int, step: float) -> None:
    sketch.text((LEFT - 12, TOP + 4), "primary", 13, style.EPITHELIAL, "rs")
    if not founded:
        sketch.text((LEFT - 12, TOP + step + 16), "metastases", 13, style.QUIET, "rs")
        sketch.text((LEFT + 6, TOP + step + 16), "none founded", 13, style.QUIET)
        return
    sketch.text((LEFT - 12, TOP + step + 13), "metastases", 13, style.dark(style.MESENCHYMAL, 0.75), "rs")
    if founded > shown:
        sketch.text((LEFT - 12, TOP + step + 31), f"oldest {shown}", 12, style.QUIET, "rs")
        sketch.text((LEFT - 12, TOP + step + 47), f"of {founded:,}", 12, style.QUIET, "rs")
