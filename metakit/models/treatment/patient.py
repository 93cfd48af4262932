"""One patient: a primary tumor and its metastases, as whole cells; they grow, are founded, are killed, turn resistant.

Growth is the law of `metakit.body.colonies`, rounded to whole cells; who is founded when, killed, or turns resistant is
drawn by chance. A newborn cell is resistant like its mother, or by a new mutation. Metastases found no metastases.
The luck of founding is drawn at the start: whatever is done to a patient later, it is the same patient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np

from metakit.body.colonies import IwataModel
from metakit.core.arrays import Float64Array, Int64Array, as_index
from metakit.core.handoff import Patient
from metakit.core.state import Ledger, State, array

DATES = ("seen_d", "hidden_d", "again_d", "gone_d")
MOST_TUMORS = 10_000  # of a patient that flows in
LUCK = 512  # foundings drawn at a time
OLDEST_D = 20_000.0  # of a tumor at its plateau, whose law has no age


@dataclass(frozen=True, eq=False, kw_only=True)
class PatientState(State):
    """Tumors of one patient; the first is the primary, the others follow in the order of their founding.

    Attributes
    ----------
    cells, resistant : int64 array, shape (n_tumors,)
        Living cells, and those of them that a drug no longer kills.
    age_d : float array, shape (n_tumors,)
        Days an untreated tumor takes to this size.
    founded_d, seen_d, hidden_d, again_d, gone_d : float array, shape (n_tumors,)
        Days of the first cell, on which a scan first showed it, last stopped to show it and last showed it again, and
        of the last cell; -1: not yet.
    luck : float array, shape (n_lots,)
        The k-th metastasis is founded when so many were to be expected: a Poisson process of rate 1.
    expected : float
        How many metastases were to be expected so far.
    """

    CLOCK: ClassVar[str] = "d"

    cells: Int64Array = array("int64", "n_tumors")
    resistant: Int64Array = array("int64", "n_tumors")
    age_d: Float64Array = array("float64", "n_tumors")
    founded_d: Float64Array = array("float64", "n_tumors")
    seen_d: Float64Array = array("float64", "n_tumors")
    hidden_d: Float64Array = array("float64", "n_tumors")
    again_d: Float64Array = array("float64", "n_tumors")
    gone_d: Float64Array = array("float64", "n_tumors")
    luck: Float64Array = array("float64", "n_lots")
    expected: float = 0.0
    started: int = 1
    born_primary: int = 0
    born_colonies: int = 0
    by_surgery: int = 0
    by_drug: int = 0
    by_radiation: int = 0
    by_immunotherapy: int = 0

    @property
    def ledger(self) -> Ledger:
        """Every cell that ever was, and where it is now."""
        came = {
            "started": self.started,
            "born in the primary": self.born_primary,
            "born in metastases": self.born_colonies,
        }
        now = {"alive in the primary": int(self.cells[0]), "alive in metastases": int(self.cells[1:].sum())}
        now |= {"removed by surgery": self.by_surgery, "killed by the drug": self.by_drug}
        return Ledger(
            came, now | {"killed by radiation": self.by_radiation, "killed by immunotherapy": self.by_immunotherapy}
        )


P = TypeVar("P", bound=PatientState)


def make_first_cell(rng: np.random.Generator) -> dict[str, Any]:
    """Make the array fields of a patient with one cancer cell."""
    one, none = np.ones(1, np.int64), np.full(1, -1.0)
    return {
        "cells": one, "resistant": 0 * one, "age_d": np.zeros(1), "founded_d": np.zeros(1),
        "luck": np.cumsum(rng.standard_exponential(LUCK)), **dict.fromkeys(DATES, none),
    }  # fmt: skip


def take_over(patient: Patient, rule: IwataModel, rng: np.random.Generator) -> dict[str, Any]:
    """Take over the fields of a patient that flows in; of more metastases than `MOST_TUMORS`, the largest.

    Parameters
    ----------
    patient : Patient
        What the stage before gave.
    rule : IwataModel
        How tumors grow and found others.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    dict
        Fields of a `PatientState`.
    """
    cells = np.repeat(patient.tumor_cells, as_index(patient.tumor_n))
    followed = np.append(patient.primary_cells, cells[:MOST_TUMORS])
    n, rest = len(followed), patient.context.each * int(cells[MOST_TUMORS:].sum())
    return {
        **make_first_cell(rng), "cells": followed, "resistant": np.zeros(n, np.int64), "founded_d": np.zeros(n),
        "age_d": np.where(followed > 0, np.minimum(rule.age(followed), OLDEST_D), 0.0),
        **dict.fromkeys(DATES, np.full(n, -1.0)), "started": int(followed.sum()),
        "context": patient.context.replace(left={"in the smallest metastases": rest} if rest else {}),
    }  # fmt: skip


def scan(state: PatientState, detection_limit: float, day: float) -> dict[str, Float64Array]:
    """Note which tumors a scan shows on a day.

    Parameters
    ----------
    state : PatientState
        The patient.
    detection_limit : float
        Cells from which on a tumor is seen.
    day : float
        Of the scan.

    Returns
    -------
    dict
        The dates that have changed, by the name of their field.
    """
    shown, never = state.cells >= detection_limit, state.seen_d < 0
    was = ~never & (state.again_d >= state.hidden_d)
    return {
        "seen_d": np.where(shown & never, day, state.seen_d),
        "hidden_d": np.where(~shown & was, day, state.hidden_d),
        "again_d": np.where(shown & ~was & ~never, day, state.again_d),
    }


def grow(
    state: P, rule: IwataModel, day: float, end: float, rng: np.random.Generator, *, resistant: float = 0.0,
    blocked: float = 0.0,
) -> P:  # fmt: skip
    """Let tumors grow and found others from one day to another, a few days later.

    Parameters
    ----------
    state : PatientState
        The patient.
    rule : IwataModel
        How tumors grow and found others.
    day, end : float
        From when until when.
    rng : numpy.random.Generator
        Source of chance.
    resistant : float
        Resistant lines by new mutation, per cell that is born.
    blocked : float
        Share of foundings that does not happen.

    Returns
    -------
    PatientState
        Of the same class.
    """
    alive = state.cells > 0
    age = np.where(alive, np.minimum(state.age_d + (end - day), OLDEST_D), 0.0)
    cells = np.where(alive, np.maximum(state.cells, _whole(rule.size(age))), 0)
    born = cells - state.cells
    heirs = rng.binomial(born, state.resistant / np.maximum(state.cells, 1))
    fresh = np.minimum(rng.poisson((born - heirs) * resistant), born - heirs)
    changed: dict[str, Any] = {
        "cells": cells, "resistant": state.resistant + heirs + fresh, "age_d": age,
        "born_primary": state.born_primary + int(born[0]), "born_colonies": state.born_colonies + int(born[1:].sum()),
    }  # fmt: skip
    if alive[0]:
        days = np.linspace(day, end, 5)
        expected = rule.expected_founded(state.age_d[0] + days - day, state.age_d[0]) * (1 - blocked)
        changed |= _add_founded(state, changed, rule, days, expected, rng)
    return state.replace(**changed)


def _whole(cells: Float64Array) -> Int64Array:
    return np.floor(cells + 0.5).astype(np.int64)


def _add_founded(
    state: PatientState, changed: dict[str, Any], rule: IwataModel, days: Float64Array, expected: Float64Array,
    rng: np.random.Generator,
) -> dict[str, Any]:  # fmt: skip
    """Add what is founded while the expected number rises to `expected` on some days."""
    total, luck = state.expected + float(expected[-1]), state.luck
    while luck[-1] <= total:
        luck = np.append(luck, luck[-1] + np.cumsum(rng.standard_exponential(LUCK)))
    due = luck[np.searchsorted(luck, state.expected) : np.searchsorted(luck, total)]
    if not len(due):
        return {"expected": total, "luck": luck}
    began, end = np.interp(due - state.expected, expected, days), days[-1]
    share = changed["resistant"][0] / changed["cells"][0]
    cells, not_yet = np.maximum(_whole(rule.size(end - began)), 1), np.full(len(due), -1.0)
    return {
        "expected": total,
        "luck": luck,
        "born_colonies": changed["born_colonies"] + int(cells.sum()),
        "cells": np.append(changed["cells"], cells),
        "resistant": np.append(changed["resistant"], np.where(rng.random(len(due)) < share, cells, 0)),
        "age_d": np.append(changed["age_d"], end - began),
        "founded_d": np.append(state.founded_d, began),
        **{name: np.append(getattr(state, name), not_yet) for name in DATES},
    }


def kill(
    state: P, rule: IwataModel, cause: str, day: float, rng: np.random.Generator, *, left: Float64Array,
    resistant_left: Float64Array | None = None,
) -> P:  # fmt: skip
    """Leave each cell alive with a chance; a tumor that lost some goes on growing from the size it has now.

    Parameters
    ----------
    state : PatientState
        The patient.
    rule : IwataModel
        How tumors grow.
    cause : str
        The count of the state that takes those who are gone: ``"by_surgery"`` and so on.
    day : float
        When.
    rng : numpy.random.Generator
        Source of chance.
    left, resistant_left : float array, shape (n_tumors,)
        Chance to stay alive, of a cell in each tumor and of a resistant one there; without the second, the same.

    Returns
    -------
    PatientState
        Of the same class.
    """
    resistant = rng.binomial(state.resistant, left if resistant_left is None else resistant_left)
    cells = rng.binomial(state.cells - state.resistant, left) + resistant
    age = np.where(cells < state.cells, np.minimum(rule.age(cells), OLDEST_D), state.age_d)
    gone = np.where((state.cells > 0) & (cells == 0), day, state.gone_d)
    lost: dict[str, Any] = {cause: getattr(state, cause) + int((state.cells - cells).sum())}
    return state.replace(cells=cells, resistant=resistant, age_d=age, gone_d=gone, **lost)
