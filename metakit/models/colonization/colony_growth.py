"""Many colonies at once: through the gates before, asleep and awake, and by chance larger, smaller or gone.

The chain of losses is drawn gate by gate from binomials, exact for cells that do not meet. Of cells injected into a
mouse 0.80 leave the vessel, 1 in 40 of those begin to grow, 1 in 100 of those become visible (Luzzi 1998): 1 in 5,000.
"""

from __future__ import annotations

import numpy as np

from metakit.body.curves import birth_death
from metakit.core.arrays import Array

SAFE = 200  # cells: at d/b = 0.929 such a colony dies out once in 2.4 million times
MADE_IT = 10_000  # cells of a colony just seen by eye: 0.6 mm across at 1e8 cells per cm3
OWN_NICHE = 1_000_000  # cells, 2.7 mm across: illustrative
BILLION = 1_000_000_000
FULL = 10 * BILLION
ALONE = 30  # cells; with more company than that, one cell more or less is no news
GATES = ("cells that set out", "reached an organ", "left the vessel", "began to grow", "became a visible colony")


def passed(
    cells: int, reach: float, out: float, begin: float, make: float, alone: float, rng: np.random.Generator
) -> tuple[list[int], int]:
    """Draw how many cells pass each gate, and how many sleep alone.

    Parameters
    ----------
    cells : int
        Cells that set out.
    reach, out, begin, make : float
        Share that passes each gate, of those that come to it.
    alone : float
        Cells that leave the vessel and sleep, as a share of those that reached the organ.

    Returns
    -------
    gates : list of int, length 5
        Cells that set out, reached an organ, left the vessel, began to grow, and became a visible colony.
    asleep : int
    """
    reached = int(rng.binomial(cells, reach))
    left = int(rng.binomial(reached, out))
    sleeps = min(alone / max(out, 1e-9), 1 - begin)  # of those that left
    began, asleep, _ = (int(n) for n in rng.multinomial(left, [begin, sleeps, 1 - begin - sleeps]))
    return [cells, reached, left, began, int(rng.binomial(began, make))], asleep


def slept(
    cells: Array, asleep: Array, falls: float, wakes: float, days: float, rng: np.random.Generator
) -> tuple[Array, float]:
    """Draw which colonies are asleep some days later: those of `OWN_NICHE` cells no longer fall asleep.

    Returns
    -------
    asleep : bool array, shape (n_colonies,)
    woken : float
        Chance that a sleeping one is awake by then.
    """
    turns = -np.expm1(-(falls + wakes) * days) / (falls + wakes)  # a chain of two states: exact
    chance = rng.random(len(cells))
    falling = (chance < falls * turns) & (cells < OWN_NICHE)
    return np.where(asleep, chance >= wakes * turns, falling), float(wakes * turns)


def grown(
    cells: Array, birth: float, death: float, help_: float, days: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Draw cells of each colony some days later, and births on the way.

    Every cell dies at rate death (1 - help (1 - 1/n)), 1/day, in a colony of n. Without help that is exact; with it,
    n is looked at daily in small colonies. No colony grows beyond `FULL`.
    """
    now, births = cells.copy(), np.zeros_like(cells)
    small = (cells < ALONE) & (help_ > 0)
    for who, step in ((~small, days), *[(small, 1)] * days):
        if who.any():
            company = 1 - 1 / np.maximum(now[who], 1)
            helped = death * (1 - help_ * company) if help_ else death
            now[who], more = birth_death(now[who], birth, helped, step, rng)
            births[who] += more
    excess = np.maximum(0, now - FULL)
    return now - excess, births - excess


def extinct_share(sizes: Array, counts: Array, death_over_birth: float) -> float:
    """Share of colonies that die out in the end, (d/b)^n; `counts` of them begin with n = `sizes` cells."""
    if not counts.sum():
        return 0.0
    return float(min(1.0, (counts * min(1.0, death_over_birth) ** sizes).sum() / counts.sum()))


def funnel(route: str, gates: Array, cells: Array) -> dict[str, int]:
    """How many have passed each gate: cells on their way, unless the route is "planted", then colonies."""
    counts: dict[str, int]
    if route == "planted":
        counts = {"colonies planted": len(cells), "still alive": int((cells > 0).sum())}
        counts[f"passed {SAFE} cells"] = int((cells >= SAFE).sum())
    elif route == "human":
        counts = dict(zip(("cells shed", *GATES[1:]), gates.tolist(), strict=True))
    else:
        counts = dict(zip(("cells injected", *GATES[2:]), gates[1:].tolist(), strict=True))
    larger = {"passed a million cells": OWN_NICHE, "passed a billion cells": BILLION}
    return counts | {name: int((cells >= size).sum()) for name, size in larger.items()}
