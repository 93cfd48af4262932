"""Treatment: one patient over time, and from a chosen day on a treatment, which acts on some gates and not on others.

A primary tumor and its metastases grow and are founded as in `metakit.body.colonies` (Iwata 2000)::

    x(t) = K^(1 - exp(-a t))               cells of an untreated tumor t days after its first one
    B(t) = integral of m (1 - s_MMP) x_p^alpha_x dt    metastases to be expected; P(none) = exp(-B)

Growth is this law in whole cells, the rest is drawn by chance (`patient`); laws of the kill are those of
`therapies`. Surgery takes cells of the primary (x_p -> 0), a drug kills in all tumors at each dose, radiation
where it is aimed, immunotherapy adds a death rate delta in all tumors, and an MMP inhibitor does nothing but lower
founding, by the share s_MMP. Two treatments of the same seed are two courses of the same patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from metakit.body.colonies import IwataModel
from metakit.core.events import Event
from metakit.core.handoff import Patient
from metakit.core.params import Params, Value, from_table, param
from metakit.core.state import SECONDS
from metakit.models.treatment import therapies
from metakit.models.treatment.patient import PatientState, grow, kill, make_first_cell, scan, take_over

ANSWERS = "instant"
FRAME_D = 8
IMMUNE_STEP_D = 2  # immunotherapy takes its share every other day
FRAME_SECONDS = FRAME_D * SECONDS["d"]
TAKES, GIVES = (Patient,), Patient
USUAL_S = 1504 * SECONDS["d"]
WHERE = "the whole patient, treated"
GATE = ("metastases", "metastases")
EVENTS = (
    Event("first metastasis founded", "first_founded_h"),
    Event("first metastasis can be seen", "first_seen_h"),
    Event("no tumor cell is left", "no_cell_h"),
)


@dataclass(frozen=True)
class TreatmentParams(Params):
    """What is given when, how strong it is, and how the untreated disease goes."""

    FIRST: ClassVar[tuple[str, ...]] = ("treatment", "treatment_day", "strength", "second_treatment")
    PRESETS: ClassVar[Mapping[str, Mapping[str, Value]]] = {
        "science": {},
        "untreated": {"treatment": "none"},
        "early surgery": {"treatment_day": 464},
        "surgery, then a drug": {"second_treatment": "chemotherapy", "log10_kill": 1.0},
        "two drugs": {"treatment": "chemotherapy", "two_drugs": True},
        "MMP inhibitor from day 0": {"treatment": "MMP inhibitor", "treatment_day": 0, "strength": 0.9},
        "radiation of all detected": {
            "treatment": "radiation",
            "treatment_day": 800,
            "radiation_target": "all a scan shows",
        },
    }
    PRESET_NOTES: ClassVar[Mapping[str, str]] = {
        "science": "the primary is removed when it has a billion cells",
        "early surgery": "day 464: an even chance that nothing has been founded",
        "surgery, then a drug": "six doses from 24 days after the removal on (adjuvant)",
        "MMP inhibitor from day 0": "nine in ten foundings are blocked, from the first cell on",
        "radiation of all detected": "radiation of the primary and of every metastasis a scan shows",
    }

    FORMER: ClassVar[Mapping[str, str]] = {
        "then": "second_treatment",
        "then_after": "second_treatment_delay",
        "log_kill": "log10_kill",
        "dose_gap": "dose_interval",
        "aim": "radiation_target",
        "founding": "colonization_coefficient",
        "founding_exponent": "colonization_exponent",
        "slowing": "growth_deceleration",
        "scan_from": "detection_limit",
        "immune help": "immunotherapy",
        "MMP block": "MMP inhibitor",
        "MMP block from day 0": "MMP inhibitor from day 0",
        "beams at all that shows": "radiation of all detected",
    }

    treatment: str = param(
        "surgery", choices=therapies.TREATMENTS, doc="what is given from the day of treatment on", source="illustrative"
    )
    treatment_day: int = param(
        616, 0, 1504, step=8, unit="d", symbol="t_s", doc="days since the first cell; day 616: a billion cells",
        source="iwata2000",
    )  # fmt: skip
    strength: float = param(
        1.0, 0, 1, step=0.01, unit="share", symbol="s", doc="of cells removed, of every dose, or of foundings blocked",
        source="illustrative",
    )  # fmt: skip
    second_treatment: str = param(
        "none", choices=therapies.TREATMENTS, doc="what is given after it, at full strength", source="illustrative"
    )
    second_treatment_delay: int = param(24, 0, 600, step=8, unit="d", doc="days between the two", source="illustrative")
    log10_kill: float = param(
        2.0, 0, 12, step=0.5, unit="number", symbol="L", doc="powers of ten a dose kills by", source="skipper1964"
    )
    doses: int = param(6, 1, 12, step=1, unit="number", doc="doses of the drug", source="illustrative")
    dose_interval: int = param(21, 1, 60, step=1, unit="d", doc="days between doses", source="illustrative")
    drug_rule: str = param(
        "log-kill", choices=("log-kill", "Norton-Simon"), doc="the same share of every tumor, or more of what grows "
        "faster", source="norton1988",
    )  # fmt: skip
    two_drugs: bool = param(False, symbol="k", doc="two at once: resistance takes both mutations", source="bozic2013")
    mutation_rate: float = param(
        1.0, 0, 10, step=0.1, unit="per billion", symbol="u", doc="mutations per base and division", source="bozic2013"
    )
    resistance_sites: int = param(
        50, 0, 200, step=1, unit="number", symbol="n_1", doc="where one mutation makes resistant", source="bozic2013"
    )
    radiation_target: str = param(
        "primary", choices=("primary", "all a scan shows"), doc="where the radiation is aimed", source="palma2020"
    )
    fractions: int = param(30, 1, 40, step=1, unit="number", symbol="n", doc="one a day", source="illustrative")
    fraction_dose: float = param(
        2.0, 0, 10, step=0.1, unit="Gy", symbol="d", doc="radiation in one fraction", source="illustrative"
    )
    alpha_radiation: float = param(
        0.3,
        0,
        1,
        step=0.01,
        unit="per Gy",
        symbol="alpha",
        doc="cells lost in proportion to dose",
        source="illustrative",
    )
    beta_radiation: float = param(
        0.03, 0, 0.1, step=0.005, unit="per Gy²", symbol="beta", doc="and to its square", source="illustrative"
    )
    immune_kill: float = param(
        0.05, 0, 0.5, step=0.005, unit="per day", symbol="delta", doc="death rate it adds", source="illustrative"
    )
    colonization_coefficient: float = from_table(
        "colonization_coefficient", 0, 20, step=0.1, doc="metastases founded by a lone cell"
    )
    colonization_exponent: float = from_table(
        "colonization_exponent", 0.4, 0.7, step=0.001, symbol="alpha_x", doc="how founding rises with size"
    )
    growth_deceleration: float = from_table(
        "growth_deceleration", 0.001, 0.01, step=0.00001, doc="how fast growth slows"
    )
    plateau: float = from_table("plateau", 1, 1000, step=1, doc="cells at which growth ends")
    detection_limit: str = param(
        "1e8", choices=("1e7", "1e8", "1e9"), unit="cells", doc="a scan shows a tumor from here on; 1e8 is about 1 cm³",
        source="delmonte2009",
    )  # fmt: skip

    @property
    def iwata(self) -> IwataModel:
        """How tumors grow and found others."""
        return IwataModel(
            self.growth_deceleration,
            1e9 * self.plateau,
            1e-8 * self.colonization_coefficient,
            self.colonization_exponent,
        )

    @property
    def resistant_share(self) -> float:
        """Resistant lines to be expected per cell of a tumor."""
        drugs = 2 if self.two_drugs else 1
        return therapies.compute_resistance_per_cell(1e-9 * self.mutation_rate, self.resistance_sites, drugs)

    @property
    def courses(self) -> tuple[tuple[str, int, float], ...]:
        """Treatments, the day of each, and its strength as a share."""
        first = self.treatment, self.treatment_day, self.strength
        return first, (self.second_treatment, self.treatment_day + self.second_treatment_delay, 1.0)

    def given(self, course: tuple[str, int, float]) -> range:
        """Return the days on which something is given, or from which on it lasts."""
        what, day, _ = course
        n, gap = {"chemotherapy": (self.doses, self.dose_interval), "radiation": (self.fractions, 1)}.get(what, (1, 1))
        return range(day, day + n * gap, gap) if what != "none" else range(0)


@dataclass(frozen=True, eq=False, kw_only=True)
class TreatmentState(PatientState):
    """One patient, and what a picture of it needs to know of the knobs.

    Attributes
    ----------
    resistant_share : float
        Resistant lines to be expected per cell of a tumor.
    a, plateau, founding, exponent : float
        The four numbers of `iwata`.
    """

    FORMER: ClassVar[Mapping[str, str]] = {
        "then": "second_treatment",
        "then_d": "second_treatment_d",
        "colonies_aimed": "colonies_targeted",
        "scan_from": "detection_limit",
        "by_immune": "by_immunotherapy",
        "founding": "colonization_coefficient",
        "exponent": "colonization_exponent",
        "scan_from_cells": "detection_limit_cells",
        "metastases_a_scan_shows": "metastases_detected",
        "tumors_a_scan_shows": "tumors_detected",
    }

    treatment: str = "none"
    treatment_d: int = 0
    second_treatment: str = "none"
    second_treatment_d: int = 0
    colonies_targeted: bool = False
    detection_limit: float = 1e8
    resistant_share: float = 0.0
    a: float = 0.0
    plateau: float = 0.0
    colonization_coefficient: float = 0.0
    colonization_exponent: float = 0.0

    @property
    def iwata(self) -> IwataModel:
        """How tumors grow and found others."""
        return IwataModel(self.a, self.plateau, self.colonization_coefficient, self.colonization_exponent)


def start(params: TreatmentParams, inflow: Patient | None, rng: np.random.Generator) -> TreatmentState:
    """Begin with the first cell of the primary, or with a patient as it flows in; days are then counted from there."""
    if inflow is None:
        return TreatmentState(**make_first_cell(rng), **_display_fields(params))
    return TreatmentState(**take_over(inflow, params.iwata, rng), **_display_fields(params))


def _display_fields(params: TreatmentParams) -> dict[str, Any]:
    """Collect what a picture of the state needs to know of the knobs."""
    (first, day, _), (second, later, _) = params.courses
    rule = params.iwata
    return {
        "treatment": first, "treatment_d": day, "second_treatment": second, "second_treatment_d": later,
        "colonies_targeted": params.radiation_target != "primary", "detection_limit": float(params.detection_limit),
        "resistant_share": params.resistant_share, "a": rule.a, "plateau": rule.b, "colonization_coefficient": rule.m,
        "colonization_exponent": rule.alpha,
    }  # fmt: skip


def advance(state: TreatmentState, params: TreatmentParams, rng: np.random.Generator) -> TreatmentState:
    """Return the patient eight days later; what is given on a day comes before that day's growth."""
    day, end = round(state.time_d), round(state.time_d) + FRAME_D
    for when, course in sorted((d, c) for c in params.courses for d in params.given(c) if day <= d < end):
        state = _grow(state, params, day, when, rng)
        state, day = _treat(state, params, course, when, rng), when
    state = _grow(state, params, day, end, rng)
    dates = scan(state, float(params.detection_limit), end)
    return state.replace(time_s=state.time_s + FRAME_SECONDS, **dates, **_display_fields(params))


def _grow(
    state: TreatmentState, params: TreatmentParams, day: int, end: int, rng: np.random.Generator
) -> TreatmentState:
    """Let a patient grow from one day to another; lasting treatments act meanwhile."""
    if day == end:
        return state
    rule, lasting = params.iwata, {what: share for what, begin, share in params.courses if begin <= day}
    blocked, delta = lasting.get("MMP inhibitor", 0.0), params.immune_kill * lasting.get("immunotherapy", 0.0)
    for now in range(day, end, IMMUNE_STEP_D if delta else end - day):
        later = min(end, now + IMMUNE_STEP_D) if delta else end
        state = grow(state, rule, now, later, rng, resistant=params.resistant_share, blocked=blocked)
        if delta:
            left = np.full(len(state.cells), np.exp(-delta * (later - now)))
            state = kill(state, rule, "by_immunotherapy", later, rng, left=left)
    return state


def _treat(
    state: TreatmentState, params: TreatmentParams, course: tuple[str, int, float], day: int, rng: np.random.Generator
) -> TreatmentState:
    """Apply what a treatment does on one day; lasting ones do nothing here."""
    what, _, strength = course
    rule, whole = params.iwata, np.ones(len(state.cells))
    if what == "surgery":
        left = np.append(1 - strength, whole[1:])
        return kill(state, rule, "by_surgery", day, rng, left=left)
    if what == "radiation":
        state = state.replace(**scan(state, float(params.detection_limit), day))  # once found, it stays in the plan
        aimed = (state.seen_d >= 0) & (params.radiation_target != "primary")
        aimed[0] = True
        hit = therapies.compute_linear_quadratic_survival(
            params.fraction_dose * strength, params.alpha_radiation, params.beta_radiation
        )
        return kill(state, rule, "by_radiation", day, rng, left=np.where(aimed, hit, whole))
    if what == "chemotherapy":
        logs = params.log10_kill * strength * whole
        if params.drug_rule == "Norton-Simon":
            logs = therapies.compute_norton_simon_log10_kill(params.log10_kill * strength, state.cells, rule.b)
        return kill(
            state, rule, "by_drug", day, rng, left=therapies.compute_surviving_fraction(logs), resistant_left=whole
        )
    return state


def outflow(state: TreatmentState) -> Patient:
    """Hand on the patient: the primary, and the metastases by their cells."""
    sizes, number = np.unique(state.cells[1:][state.cells[1:] > 0], return_counts=True)
    return Patient(int(state.cells[0]), sizes[::-1], number[::-1].astype(np.int64), context=state.onward)


def measure(state: TreatmentState) -> dict[str, float]:
    """Measure one frame.

    Returns
    -------
    dict
        ``expected_metastases`` is what chance gives on average, and ``p_no_metastasis`` the chance of none.
        ``first_founded_h``, ``first_seen_h`` (of a metastasis) and ``no_cell_h`` are NaN until they come: the first
        metastasis, the first that a scan shows, and the moment from which on no cancer cell is left.
    """
    cells, nan = state.cells, float("nan")
    seen, gone = state.seen_d[1:], float(state.gone_d.max())
    total = int(cells.sum())
    return {
        "time_d": state.time_d,
        "cells": total,
        "primary_cells": int(cells[0]),
        "metastasis_cells": int(cells[1:].sum()),
        "largest_metastasis_cells": int(cells[1:].max(initial=0)),
        "resistant_cells": int(state.resistant.sum()),
        "detection_limit_cells": state.detection_limit,
        "founded": len(cells) - 1,
        "metastases": int((cells[1:] > 0).sum()),
        "metastases_detected": int((cells[1:] >= state.detection_limit).sum()),
        "tumors_detected": int((cells >= state.detection_limit).sum()),
        "expected_metastases": state.expected,
        "p_no_metastasis": float(np.exp(-state.expected)),
        "p_no_resistant": float(therapies.p_no_resistant(total, state.resistant_share)),
        "removed_cells": state.by_surgery,
        "killed_cells": state.by_drug + state.by_radiation + state.by_immunotherapy,
        "first_founded_h": 24 * float(state.founded_d[1]) if len(cells) > 1 else nan,
        "first_seen_h": 24 * float(seen[seen >= 0].min()) if (seen >= 0).any() else nan,
        "no_cell_h": nan if total else 24 * gone,
    }
