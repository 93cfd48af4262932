"""Cascade probabilities: the gates between a shed cell and a secondary tumor, and the share that passes each.

Each cell passes each gate by chance, alone, so numbers are drawn gate by gate, exactly for any number of cells::

    shed ~ Poisson(s x/rho dt)              s cells/g/day (Butler 1975), x/rho grams
    alive ~ Binomial(shed, p_survive_blood)         out ~ Binomial(alive, 0.80)
    started ~ Binomial(out, 1/40)           kept growing ~ Binomial(started, 1/100)  (Luzzi 1998, mouse liver)

Two published shares of shed cells contradict each other, and a third follows from a patient. One of them must be
chosen; p_survive_blood is what is left of it after the last three gates, whose published product is 1 in 5,000::

    one patient            p_survive_blood = m x^alpha / (s_ref x/rho / 5,000): tumors are founded at the rate m x^alpha
                           that fits one patient with liver cancer (Iwata 2000), s_ref = 3.2e6 cells/g/day
    human 1 in 60 million  p_survive_blood = 5,000 / 60 million = 1 in 12,000 (Coumans 2013, breast cancer)
    mouse 1 in 5,000       p_survive_blood = 1: every shed cell does as well as one injected into a mouse

So p_survive_blood is not a measured survival: it includes everything that cells injected into the blood of a mouse
were spared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metakit.core.arrays import Float64Array
from metakit.core.constants import constant

CASCADE_STEPS = ("shed", "survived the blood", "left the vessel", "started to grow", "kept growing")
CLOSED_GATES = ("none", "leave the tumor", "survive the blood", "leave the vessel", "start to grow", "keep growing")
EFFICIENCIES = ("one patient", "human 1 in 60 million", "mouse 1 in 5,000")
SHED_PER_G = 1e6 * constant("shedding").value  # s_ref, cells/g/day
P_EXTRAVASATE, P_INITIATE, P_PERSIST = (constant(key).value for key in ("p_extravasate", "p_initiate", "p_persist"))
METASTASES_PER_SHED_CELL = constant("metastases_per_shed_cell").value


def p_survive_blood(efficiency: str, gram_days: Float64Array, founded: Float64Array) -> Float64Array:
    """Compute the share of shed cells that passes the first gate after shedding.

    Parameters
    ----------
    efficiency : str
        One of `EFFICIENCIES`.
    gram_days : float array, shape (n_sources,)
        Grams of tumor times days, of each source of cells.
    founded : float array, shape (n_sources,)
        Tumors it founds in that time by the rate that fits one patient.

    Returns
    -------
    float array, shape (n_sources,)
    """
    after = P_EXTRAVASATE * P_INITIATE * P_PERSIST
    if efficiency == EFFICIENCIES[0]:
        return np.minimum(1.0, founded / np.maximum(SHED_PER_G * gram_days * after, 1e-300))
    return np.full(len(gram_days), METASTASES_PER_SHED_CELL / after if efficiency == EFFICIENCIES[1] else 1.0)


def compute_step_probabilities(
    closed_gate: str, survive_blood: Float64Array, p_extravasate: float, p_initiate: float, p_persist: float
) -> list[Float64Array]:
    """Compute the share that passes each of `CASCADE_STEPS`, for each source of cells.

    Parameters
    ----------
    closed_gate : str
        One of `CLOSED_GATES`: the gate whose share is 0.
    survive_blood : float array, shape (n_sources,)
        Share that survives the blood.
    p_extravasate, p_initiate, p_persist : float
        Shares that leave the vessel, start to grow, and keep growing.

    Returns
    -------
    list of float array, shape (n_sources,)
        One array a step; the first is 1, or 0 when closed.
    """
    later = (np.full_like(survive_blood, p) for p in (p_extravasate, p_initiate, p_persist))
    shares = [np.ones_like(survive_blood), survive_blood, *later]
    if closed_gate != CLOSED_GATES[0]:
        shares[CLOSED_GATES.index(closed_gate) - 1][:] = 0.0
    return shares


def _to_12_digits(expected: Float64Array) -> Float64Array:
    """Round off the last bits, which differ from processor to processor: of 10^16 cells they would decide on one."""
    part, power = np.frexp(expected)
    return np.asarray(np.ldexp(np.rint(np.ldexp(part, 40)), power - 40))


def draw_passed(shed: Float64Array, shares: list[Float64Array], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw how many cells pass each gate.

    Parameters
    ----------
    shed : float array, shape (n_sources,)
        Expected number of cells that each source sheds.
    shares : list of float array, shape (n_sources,)
        Share that passes each gate, as `compute_step_probabilities` gives them.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    int64 array, shape (n_gates, n_sources)
        Numbers never rise from gate to gate.
    """
    through = [rng.poisson(_to_12_digits(shed * shares[0]))]
    for share in shares[1:]:
        through.append(rng.binomial(through[-1], share))
    return np.array(through, np.int64)
