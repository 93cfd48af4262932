"""When secondary tumors are founded: every tumor sends out founders at a rate that depends on its size (Iwata 2000).

A tumor that began as one cell has x(t) cells and founds new tumors as an inhomogeneous Poisson process::

    x(t) = b^(1 - exp(-a t))      Gompertz growth, `metakit.body.curves`; a 1/day, b cells
    beta(x) = m x^alpha           founded per day; m 1/(cell^alpha day)
    B(t) = integral of beta(x(s)) ds from 0 to t            expected number founded until day t
    lambda(t) = beta(x(t)) + integral of lambda(s) beta(x(t - s)) ds        with metastases from metastases

A tumor founded on day s has x(t - s) cells on day t, so those of more than n cells were founded before t - t_n,
where x(t_n) = n. The default numbers are those of one patient with liver cancer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from metakit.body.curves import compute_log_gompertz
from metakit.body.quadrature import gauss_legendre
from metakit.core.arrays import Array, as_index
from metakit.core.constants import constant
from metakit.core.words import write_number

GROWTH_DECELERATION = constant("growth_deceleration").value  # a, 1/day
PLATEAU_CELLS = 1e9 * constant("plateau").value  # b
COLONIZATION_COEFFICIENT = 1e-8 * constant("colonization_coefficient").value  # m, 1/(cell^alpha day)
COLONIZATION_EXPONENT = constant("colonization_exponent").value  # alpha, about 2/3: cells leave from a surface
MOST_TUMORS = 5_000_000  # in one call of `draw_patients`: each takes 16 bytes

_NODES, _WEIGHTS = gauss_legendre(64)
_FEW, _FEW_WEIGHTS = gauss_legendre(3)
_TABLE = 4096  # points of B(t) between which draws are interpolated


@dataclass(frozen=True)
class IwataModel:
    """Growth of tumors, and the rate at which they found new ones (Iwata 2000).

    Attributes
    ----------
    a : float
        Growth deceleration, 1/day; a lone cell divides at a ln b per day.
    b : float
        Plateau, cells.
    m, alpha : float
        Colonization coefficient, 1/(cell^alpha day), and exponent.
    """

    a: float = GROWTH_DECELERATION
    b: float = PLATEAU_CELLS
    m: float = COLONIZATION_COEFFICIENT
    alpha: float = COLONIZATION_EXPONENT

    def grow(self, cells: float | Array, days: float | Array) -> Array:
        """Compute the cells of tumors some days later.

        Parameters
        ----------
        cells : float or float array
            Cells now.
        days : float or float array
            How many days later; shapes broadcast.

        Returns
        -------
        float array
            Cells.
        """
        return np.asarray(np.exp(compute_log_gompertz(cells, days, self.a * np.log(self.b), self.b)))

    def size(self, age_d: float | Array) -> Array:
        """Compute the cells of a tumor that began as one cell some days ago; zero before it began."""
        age = np.asarray(age_d, float)
        return np.asarray(np.where(age < 0, 0.0, self.grow(1.0, np.maximum(age, 0.0))))

    def age(self, cells: float | Array) -> Array:
        """Compute the days from one cell to a size, the inverse of `size`; infinity for what is never reached."""
        share = np.log(np.maximum(cells, 1.0)) / np.log(self.b)
        return np.asarray(np.where(share < 1, -np.log1p(-np.minimum(share, 1 - 1e-15)) / self.a, np.inf))

    def rate(self, cells: float | Array) -> Array:
        """Compute beta(x), the tumors founded per day by one of so many cells."""
        cells = np.asarray(cells, float)
        return np.asarray(np.where(cells > 0, self.m * np.maximum(cells, 1.0) ** self.alpha, 0.0))

    def expected_founded(self, until_d: float | Array, since_d: float | Array = 0.0) -> Array:
        """Compute the expected number that one tumor founds between two days of its age: B(until) - B(since).

        Gauss-Legendre quadrature with 64 nodes; better than 1e-9 for ages up to 20 years.

        Parameters
        ----------
        until_d, since_d : float or float array
            Ages of the tumor, days; shapes broadcast.

        Returns
        -------
        float array
            Expected metastases.
        """
        end = np.maximum(np.asarray(until_d, float), 0.0)
        begin = np.minimum(np.maximum(np.asarray(since_d, float), 0.0), end)
        half = (end - begin)[..., None] / 2
        return np.asarray((self.rate(self.size(begin[..., None] + half * (1 + _NODES))) * half) @ _WEIGHTS)

    def expected_founded_by_all(self, days: int, steps_per_d: int = 1) -> NDArray[np.float64]:
        """Compute the expected number founded until day 0, 1, ..., `days` when metastases found metastases, too.

        Solves the equation of lambda(t) by the trapezoid rule; from one primary tumor that began on day 0.

        Parameters
        ----------
        days : int
            The last day.
        steps_per_d : int
            Steps of the rule a day.

        Returns
        -------
        float array, shape (days + 1,)
            Expected metastases.
        """
        n, h = days * steps_per_d, 1.0 / steps_per_d
        beta = self.rate(self.size(np.arange(n + 1) * h))
        rate = beta.copy()
        for i in range(1, n + 1):
            inner = rate[1:i] @ beta[i - 1 : 0 : -1] + rate[0] * beta[i] / 2
            rate[i] = (beta[i] + h * inner) / (1 - h * beta[0] / 2)
        sums = np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) * h / 2)])
        return np.asarray(sums[::steps_per_d])

    def draw_founded(
        self, until_d: Array, rng: np.random.Generator, since_d: Array | float = 0.0
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Draw what some tumors found, each between two days of its own age.

        Parameters
        ----------
        until_d, since_d : float array, shape (n_tumors,)
            The two days of each tumor's age.
        rng : numpy.random.Generator
            Source of chance.

        Returns
        -------
        parent : int64 array, shape (n_founded,)
            Which of the tumors founded it, in rising order.
        age_d : float array, shape (n_founded,)
            The parent's age at that moment, in no order.
        """
        until = np.maximum(np.asarray(until_d, float), 0.0)
        days, total = _table(self, float(until.max(initial=1.0)))
        last, first = (np.interp(d, days, total) for d in (until, np.broadcast_to(since_d, until.shape)))
        number = rng.poisson(np.maximum(last - first, 0.0))
        parent = np.repeat(np.arange(len(until)), as_index(number))
        at = first[parent] + rng.random(len(parent)) * (last - first)[parent]
        return parent, np.asarray(np.interp(at, total, days))


@lru_cache(maxsize=16)
def _table(iwata: IwataModel, last_d: float) -> tuple[Array, Array]:
    """B at days up to a last one, for drawing by inversion."""
    days = np.linspace(0.0, max(last_d, 1e-6), _TABLE)
    half = days[1] / 2
    steps = iwata.rate(iwata.size(days[:-1, None] + half * (1 + _FEW))) @ _FEW_WEIGHTS * half
    return days, np.concatenate([[0.0], np.cumsum(steps)])


@dataclass(frozen=True)
class Patients:
    """What was founded in many patients: one entry a secondary tumor.

    Attributes
    ----------
    n, day : int, float
        How many patients, and the day of this picture.
    patient : int64 array, shape (n_tumors,)
        In which patient it is.
    founded_d : float array, shape (n_tumors,)
        When it was founded.
    generation : int64 array, shape (n_tumors,)
        1 if the primary tumor founded it, 2 if one of those did, and so on.
    """

    n: int
    day: float
    patient: NDArray[np.int64]
    founded_d: NDArray[np.float64]
    generation: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """Secondary tumors of each patient, shape (n,)."""
        return np.bincount(as_index(self.patient), minlength=self.n)


def draw_patients(
    n: int,
    day: float,
    rng: np.random.Generator,
    *,
    iwata: IwataModel | None = None,
    reseeding: bool = False,
    removed_d: float = np.inf,
) -> Patients:
    """Draw the secondary tumors of many patients at once, exactly, generation by generation.

    Parameters
    ----------
    n, day
        How many patients, and until which day since the first cell.
    rng : numpy.random.Generator
        Source of chance.
    iwata : IwataModel, optional
        The published patient's if left out.
    reseeding : bool
        Whether secondary tumors found others.
    removed_d : float
        The day on which the primary tumor is removed; it founds nothing after it.

    Returns
    -------
    Patients
        Their tumors, with the day on which each was founded.

    Raises
    ------
    ValueError
        If so many tumors are expected that they would not fit into memory.
    """
    rule = iwata or IwataModel()
    expected = n * (
        rule.expected_founded_by_all(int(np.ceil(day)))[-1] if reseeding else float(rule.expected_founded(day))
    )
    if not expected <= MOST_TUMORS:
        many = write_number(expected, "secondary tumors", short=True)
        raise ValueError(
            f"{n} patients have about {many} on day {day:g}; at most {MOST_TUMORS:,} can be drawn at once: take fewer "
            "patients or fewer days"
        )
    who, began = np.arange(n), np.zeros(n)
    ends = np.full(n, min(day, removed_d))
    found: list[tuple[NDArray[np.int64], Array]] = []
    while len(who):
        parent, age = rule.draw_founded(ends, rng)
        who, began = who[parent], began[parent] + age
        found.append((who, began))
        if not reseeding:
            break
        ends = day - began
    generations = np.repeat(np.arange(1, len(found) + 1), [len(w) for w, _ in found])
    return Patients(n, day, np.concatenate([w for w, _ in found]), np.concatenate([d for _, d in found]), generations)
