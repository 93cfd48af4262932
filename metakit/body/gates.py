"""The gates between a shed cell and a secondary tumor, and the share of cells that comes through each.

Each cell passes each gate by chance, alone, so numbers are drawn gate by gate, exactly for any number of cells::

    shed ~ Poisson(s x/rho dt)              s cells/g/day (Butler 1975), x/rho grams
    alive ~ Binomial(shed, p_blood)         out ~ Binomial(alive, 0.80)
    started ~ Binomial(out, 1/40)           kept growing ~ Binomial(started, 1/100)  (Luzzi 1998, mouse liver)

Two published shares of shed cells contradict each other, and a third follows from a patient. One of them must be
chosen; p_blood is what is left of it after the last three gates, whose published product is 1 in 5,000::

    one patient            p_blood = m x^alpha / (s_ref x/rho / 5,000): tumors are founded at the rate m x^alpha
                           that fits one patient with liver cancer (Iwata 2000), s_ref = 3.2e6 cells/g/day
    human 1 in 60 million  p_blood = 5,000 / 60 million = 1 in 12,000 (Coumans 2013, breast cancer)
    mouse 1 in 5,000       p_blood = 1: every shed cell does as well as one injected into a mouse

So p_blood is no measured survival: it holds everything that cells injected into the blood of a mouse were spared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metakit.core.arrays import Float64Array
from metakit.core.constants import constant

GATES = ("shed", "survived the blood", "left the vessel", "started to grow", "kept growing")
CLOSED = ("none", "leave the tumor", "survive the blood", "leave the vessel", "start to grow", "keep growing")
ODDS = ("one patient", "human 1 in 60 million", "mouse 1 in 5,000")
SHED_PER_G = 1e6 * constant("shedding").value  # s_ref, cells/g/day
LEAVE, START, KEEP = (constant(key).value for key in ("leave_vessel", "start_growing", "keep_growing"))
HUMAN = constant("metastases_per_shed_cell").value


def p_blood(odds: str, gram_days: Float64Array, founded: Float64Array) -> Float64Array:
    """Share of shed cells that comes through the first gate after shedding.

    Parameters
    ----------
    odds : str
        One of `ODDS`.
    gram_days : float array, shape (n_sources,)
        Grams of tumor times days, of each source of cells.
    founded : float array, shape (n_sources,)
        Tumors it founds in that time by the rate that fits one patient.

    Returns
    -------
    float array, shape (n_sources,)
    """
    after = LEAVE * START * KEEP
    if odds == ODDS[0]:
        return np.minimum(1.0, founded / np.maximum(SHED_PER_G * gram_days * after, 1e-300))
    return np.full(len(gram_days), HUMAN / after if odds == ODDS[1] else 1.0)


def chances(closed: str, blood: Float64Array, leave: float, start: float, keep: float) -> list[Float64Array]:
    """Share that comes through each of `GATES`, for each source; the first is 1 or, when closed, 0."""
    shares = [np.ones_like(blood), blood, *(np.full_like(blood, p) for p in (leave, start, keep))]
    if closed != CLOSED[0]:
        shares[CLOSED.index(closed) - 1][:] = 0.0
    return shares


def draw(shed: Float64Array, shares: list[Float64Array], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw how many cells come through each gate; `shed` is the expected number of each source.

    Returns
    -------
    int64 array, shape (n_gates, n_sources)
        Numbers never rise from gate to gate.
    """
    through = [rng.poisson(shed * shares[0])]
    for share in shares[1:]:
        through.append(rng.binomial(through[-1], share))
    return np.array(through, np.int64)
