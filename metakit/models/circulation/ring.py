"""The ring of the blood: seven stations of 7 s, beds that hold cells, and what a tumor's shedding comes to.

In each net of fine vessels, a bed, a cell may be held. The first bed it meets holds a share f. On every later circuit
it meets two, an organ's and the lungs', which hold g = 1 - sqrt(1 - f) each: a whole circuit holds f again. Who passes
the gut meets the liver behind it; those two hold 1 - sqrt(1 - g) each, together g.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from metakit.body.cascade import SHED_PER_G
from metakit.body.organs import BLOOD_L, CIRCUIT_S, OUTPUT_L_MIN, drainage, organs
from metakit.core.arrays import Float64Array, Int64Array
from metakit.core.constants import constant
from metakit.tissue.lymph import THROUGH_DUCT_H, TO_NODE_H

STATIONS = ("great veins", "right heart", "lungs", "left heart", "arteries", "organs", "gut", "small veins", "portal")
GREAT, RIGHT, LUNGS, LEFT, ARTERIES, BED, GUT, SMALL, PORTAL = range(9)
STATION_S = float(
    round(CIRCUIT_S / 7)
)  # beds > small veins or portal > great veins > ... > arteries: seven on a circuit
ORGANS = tuple(organs())
LIVER, LUNG, BRAIN = (ORGANS.index(name) for name in ("liver", "lung", "brain"))
FLOW = np.array([o.flow for o in organs().values()])
IN_GUT = np.array([o.drains_to == "liver" for o in organs().values()])
NODE_MIN, DUCT_MIN = round(60 * TO_NODE_H), round(60 * THROUGH_DUCT_H)  # minutes in lymph, to and after the node
SAMPLE_ML = constant("sample_volume").value  # blood in which circulating tumor cells are counted
# Where blood goes that no bed stands before; the lungs' and the liver's beds are taken apart.
_ON = np.array([[GREAT, RIGHT], [LUNGS, LEFT], [LEFT, ARTERIES], [BED, SMALL], [GUT, PORTAL], [SMALL, GREAT]])
_FROM, _TO = _ON.T
_INTO, _BEYOND, _WHOSE = np.array([[RIGHT, LUNGS, LUNG], [PORTAL, GREAT, LIVER]]).T


def make_zeros(*shape: int) -> Int64Array:
    """Make counts of no cells."""
    return np.zeros(shape, np.int64)


def enter_veins(blood: Int64Array, new: Int64Array, origin: str, rng: np.random.Generator) -> None:
    """Let cells into the veins of their origin; `blood` is changed in place.

    Parameters
    ----------
    blood : int64 array, shape (2, 2, 9)
        Singles and clusters, by whether they have passed a bed yet, by `STATIONS`.
    new : int64 array, shape (2,)
        Singles and clusters that enter.
    origin : str
        One of `metakit.body.organs.drainages`.
    rng : numpy.random.Generator
        Where chance comes from.
    """
    way = drainage(origin)
    for kind in np.flatnonzero(new):
        blood[kind, 0, [PORTAL, SMALL, LEFT]] += rng.multinomial(new[kind], [way.portal, way.caval, way.pulmonary])


def leave_tumor(
    blood: Int64Array, lymph: Int64Array, new: Int64Array, origin: str, by_lymph: float, rng: np.random.Generator
) -> None:
    """Let cells leave their tumor, a share of them into lymph.

    Parameters
    ----------
    blood, lymph : int array, shapes (2, n_stations) and (2, n_lymph)
        Counts of singles and clusters on the way; changed in place.
    new : int array, shape (2,)
        Singles and clusters that leave.
    origin : str
        Where the tumor is.
    by_lymph : float
        Share of them that takes lymph.
    rng : numpy.random.Generator
        Source of chance.
    """
    other = rng.binomial(new, by_lymph)
    lymph[:, 0] += other
    enter_veins(blood, new - other, origin, rng)


def split_into_clusters(n_cells: int, n_together: int, size: int) -> Int64Array:
    """Split cells into singles and clusters of one size; no cell is lost.

    Parameters
    ----------
    n_cells, n_together : int
        All cells, and how many of them are in clusters.
    size : int
        Cells in a cluster.

    Returns
    -------
    int array, shape (2,)
        Singles, and clusters.
    """
    clusters = n_together // size
    return np.array([n_cells - size * clusters, clusters], np.int64)


@lru_cache(maxsize=64)
def _chances(capture: float) -> tuple[Float64Array, Float64Array]:
    """Say what lungs and liver hold, (2 ages, 2), and where arteries lead, (2 ages, 20 held, gut, others)."""
    g = 1 - math.sqrt(1 - capture)
    half = 1 - math.sqrt(1 - g)
    led = []
    for held in (np.full(len(ORGANS), capture), np.where(IN_GUT, half, g)):
        passes = FLOW * (1 - held)
        all_of = np.array([*(FLOW * held), passes[IN_GUT].sum(), passes[~IN_GUT].sum()])
        led.append(all_of / all_of.sum())
    return np.array([[capture, capture], [g, half]]), np.array(led)


def step_blood(blood: Int64Array, capture: float, rng: np.random.Generator) -> tuple[Int64Array, Int64Array]:
    """Take all cells one station further, through the beds on the way.

    Parameters
    ----------
    blood : int64 array, shape (2, 2, 9)
        See `enter_veins`.
    capture : float
        f, 0 to 1.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    blood, caught : int64 array, shape (2, 2, 9) and (2, 2, 20)
        Who is where now, and who is held, by kind, by whether it was the first bed (0), and by `ORGANS`.
    """
    new, caught = np.zeros_like(blood), np.zeros((2, 2, len(ORGANS)), np.int64)
    held, led = _chances(capture)
    new[..., _TO] = blood[..., _FROM]
    stays = rng.binomial(blood[..., _INTO], held)
    caught[..., _WHOSE] = stays
    new[:, 1, _BEYOND] += (blood[..., _INTO] - stays).sum(1)
    drawn = rng.multinomial(blood[..., ARTERIES], led)
    caught += drawn[..., :-2]
    new[:, 1, GUT], new[:, 1, BED] = drawn[..., -2].sum(1), drawn[..., -1].sum(1)
    return new, caught


def step_lymph(
    lymph: Int64Array, blood: Int64Array, node: Int64Array, share: float, rng: np.random.Generator
) -> tuple[Int64Array, Int64Array]:
    """Take cells in lymph a minute further: the node holds a share, the duct ends in the great veins.

    Parameters
    ----------
    lymph : int64 array, shape (2, 180)
        Singles and clusters by the minute of their way.
    blood : int64 array, shape (2, 2, 9)
        See `enter_veins`; changed in place.
    node : int64 array, shape (2,)
        Held in the sentinel node.
    share : float
        What the node holds of those who come, 0 to 1.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    lymph, node : int64 array
    """
    blood[:, 0, GREAT] += lymph[:, -1]
    lymph = np.roll(lymph, 1, axis=1)
    lymph[:, 0] = 0
    stays = rng.binomial(lymph[:, NODE_MIN], share)
    lymph[:, NODE_MIN] -= stays
    return lymph, node + stays


def compute_competing_risks(hazard: Float64Array, shares: Float64Array) -> Float64Array:
    """Compute the chances to die by each of competing causes, and last to live.

    Parameters
    ----------
    hazard : float array, any shape
        Deaths that all causes together would bring over the time, -ln of the share that lives.
    shares : float array, shape (n_causes,)
        What each cause has of it; more or less than 1 together if some act more or less strongly.

    Returns
    -------
    float array, shape of `hazard` + (n_causes + 1,)
    """
    by_cause = np.multiply.outer(hazard, shares)
    total = by_cause.sum(-1, keepdims=True)
    dies = -np.expm1(-total) / np.where(total > 0, total, 1.0)
    return np.concatenate([by_cause * dies, np.exp(-total)], axis=-1)


BESIDE_GUT = float(FLOW[~IN_GUT].sum())  # share of the blood in the small veins; the rest is in the portal vein


def compute_per_sample(cells: Int64Array, n_stations: float) -> float:
    """Compute the cells in 7.5 mL of the blood of some stations, each with all the blood that passes in 7 s.

    Parameters
    ----------
    cells : int array
        Cells at these stations.
    n_stations : float
        How many they are; a part of one is a share of its blood.

    Returns
    -------
    float
        Cells per 7.5 mL.
    """
    return float(cells.sum()) * SAMPLE_ML / (n_stations * STATION_S * OUTPUT_L_MIN * 1000 / 60)


def compute_steady_ctc(capture: Float64Array | float, half_life_h: float) -> Float64Array:
    """Compute the cells per 7.5 mL of arterial blood and gram of tumor, once shedding and loss are even.

    N' = S (1 - f) - (k + f / 49 s) N, with S cells shed, k = ln 2 / half-life; as if there were one bed on a circuit.

    Parameters
    ----------
    capture : float or float array
        f, share of the cells that a bed holds.
    half_life_h : float
        Of cells afloat, hours.

    Returns
    -------
    float array, shape of `capture`
        Cells per 7.5 mL and gram.
    """
    loss = math.log(2) / (3600 * half_life_h) + np.asarray(capture, float) / CIRCUIT_S
    return np.asarray(SHED_PER_G / 86400 * (1 - np.asarray(capture)) / loss * SAMPLE_ML / (1000 * BLOOD_L))
