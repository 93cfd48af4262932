"""Many colonies at once: through the gates before, dormant and awake, and by chance larger, smaller or gone.

The chain of losses is drawn gate by gate from binomials, exact for cells that do not meet. Of cells injected into a
mouse 0.80 leave the vessel, 1 in 40 of those begin to grow, 1 in 100 of those become visible (Luzzi 1998): 1 in 5,000.
"""

from __future__ import annotations

import numpy as np

from metakit.body.curves import draw_birth_death
from metakit.core.arrays import Array

ESTABLISHED_CELLS = 200  # cells: at d/b = 0.929 such a colony dies out once in 2.4 million times
VISIBLE_CELLS = 10_000  # cells of a colony just seen by eye: 0.6 mm across at 1e8 cells per cm3
NICHE_CELLS = 1_000_000  # cells, 2.7 mm across: illustrative
BILLION = 1_000_000_000
MAX_CELLS = 10 * BILLION
COOPERATION_CELLS = 30  # cells; with more company than that, one cell more or less is no news
COLONIZATION_STEPS = (
    "cells that set out",
    "reached an organ",
    "left the vessel",
    "began to grow",
    "became a visible colony",
)


def draw_steps(
    cells: int, reach: float, p_extravasate: float, p_initiate: float, p_persist: float, dormant_fraction: float,
    rng: np.random.Generator,
) -> tuple[list[int], int]:  # fmt: skip
    """Draw how many cells pass each gate, and how many stay dormant alone.

    Parameters
    ----------
    cells : int
        Cells that set out.
    reach, p_extravasate, p_initiate, p_persist : float
        Share that passes each gate, of those that come to it.
    dormant_fraction : float
        Cells that leave the vessel and stay dormant, as a share of those that reached the organ.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    gates : list of int, length 5
        Cells that set out, reached an organ, left the vessel, began to grow, and became a visible colony.
    dormant : int
    """
    reached = int(rng.binomial(cells, reach))
    left = int(rng.binomial(reached, p_extravasate))
    p_dormant = min(dormant_fraction / max(p_extravasate, 1e-9), 1 - p_initiate)  # of those that left
    began, dormant, _ = (int(n) for n in rng.multinomial(left, [p_initiate, p_dormant, 1 - p_initiate - p_dormant]))
    return [cells, reached, left, began, int(rng.binomial(began, p_persist))], dormant


def update_dormancy(
    cells: Array, dormant: Array, dormancy_rate: float, reactivation_rate: float, days: float, rng: np.random.Generator
) -> tuple[Array, float]:
    """Draw which colonies are dormant some days later: those of `NICHE_CELLS` cells no longer become so.

    Parameters
    ----------
    cells : int array, shape (n_colonies,)
        Cells of each colony.
    dormant : bool array, shape (n_colonies,)
        Which are dormant now.
    dormancy_rate, reactivation_rate : float
        Of falling asleep and of waking, 1/day.
    days : float
        How many days later.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    dormant : bool array, shape (n_colonies,)
    woken : float
        Chance that a dormant one is awake by then.
    """
    rate = dormancy_rate + reactivation_rate
    turns = -np.expm1(-rate * days) / rate  # a chain of two states: exact
    chance = rng.random(len(cells))
    becomes_dormant = (chance < dormancy_rate * turns) & (cells < NICHE_CELLS)
    return np.where(dormant, chance >= reactivation_rate * turns, becomes_dormant), float(reactivation_rate * turns)


def grow(
    cells: Array, birth: float, death: float, cooperation: float, days: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Draw cells of each colony some days later, and births on the way.

    Every cell dies at rate death (1 - cooperation (1 - 1/n)), 1/day, in a colony of n. Without cooperation that is
    exact; with it, n is looked at daily in small colonies. No colony grows beyond `MAX_CELLS`.

    Parameters
    ----------
    cells : int array, shape (n_colonies,)
        Cells of each colony.
    birth, death : float
        Rates, 1/day.
    cooperation : float
        How much neighbors protect, from 0 to 1.
    days : int
        How many days later.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    cells, births : int array, shape (n_colonies,)
    """
    now, births = cells.copy(), np.zeros_like(cells)
    small = (cells < COOPERATION_CELLS) & (cooperation > 0)
    for who, step in ((~small, days), *[(small, 1)] * days):
        if who.any():
            company = 1 - 1 / np.maximum(now[who], 1)
            reduced = death * (1 - cooperation * company) if cooperation else death
            now[who], more = draw_birth_death(now[who], birth, reduced, step, rng)
            births[who] += more
    excess = np.maximum(0, now - MAX_CELLS)
    return now - excess, births - excess


def extinct_share(sizes: Array, counts: Array, death_over_birth: float) -> float:
    """Compute the share of colonies that die out in the end, (d/b)^n.

    Parameters
    ----------
    sizes, counts : int array, shape (n_sizes,)
        Cells with which colonies begin, and how many begin with as many.
    death_over_birth : float
        d/b.

    Returns
    -------
    float
    """
    if not counts.sum():
        return 0.0
    return float(min(1.0, (counts * min(1.0, death_over_birth) ** sizes).sum() / counts.sum()))


def count_passed(route: str, gates: Array, cells: Array) -> dict[str, int]:
    """Count how many have passed each gate: cells on their way, unless the route is "planted", then colonies.

    Parameters
    ----------
    route : str
        How they came.
    gates : int array, shape (5,)
        What `draw_steps` gave.
    cells : int array, shape (n_colonies,)
        Cells of each colony.

    Returns
    -------
    dict of str to int
        Counts by the name of the gate.
    """
    counts: dict[str, int]
    if route == "planted":
        counts = {"colonies planted": len(cells), "still alive": int((cells > 0).sum())}
        counts[f"passed {ESTABLISHED_CELLS} cells"] = int((cells >= ESTABLISHED_CELLS).sum())
    elif route == "human":
        counts = dict(zip(("cells shed", *COLONIZATION_STEPS[1:]), gates.tolist(), strict=True))
    else:
        counts = dict(zip(("cells injected", *COLONIZATION_STEPS[2:]), gates[1:].tolist(), strict=True))
    larger = {"passed a million cells": NICHE_CELLS, "passed a billion cells": BILLION}
    return counts | {name: int((cells >= size).sum()) for name, size in larger.items()}
