"""Hemodynamic seeding: where cells of a tumor come to lie, by where its veins lead and by the other ways out.

Every time blood passes the fine vessels of an organ, a share f of the cells in it is held there. A cell that starts in
a portal vein (P), a vein to the heart (V) or an artery (A) ends in the organs with the probabilities::

    P = f e_liver + (1 - f) V          V = f e_lung + (1 - f) A
    A = sum_k q_k [f e_k + (1 - f) (P, V or A: where the veins of organ k lead)]
    b_i = portal_i P + caval_i V + pulmonary_i A                                    by blood, from origin i
    g_i = (1 - sum of other routes) b_i + lymph_i N + abdomen_i C + vertebral_i e_bone + chest_i e_pleura
    p_i = (1 - m) g_i + m P_i T          P_ij = p_ij s_j / sum_j p_ij s_j           with metastases of metastases

q_k share of the heart's output (`body.organs`), e_k all cells in organ k, N lymph: nodes hold a share, the rest comes
to V; C the lining of the abdomen first. T is a metastasis seeding in its turn: row k is what g is for a tumor in k.
It starts from where metastases grow (P, with the permissiveness s), not from where cells arrive. m is the share of
metastases that come from a metastasis. No published number is known to us for f between 0.5 and
0.99, for the shares of the other routes, and for m: illustrative, and chosen in round numbers by the counts of
diSibio 2008.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import fsum

import numpy as np
from numpy.typing import NDArray

from metakit.body.organs import drainage, organs
from metakit.core.arrays import BoolArray, Float64Array
from metakit.core.constants import constant
from metakit.core.tables import read_table
from metakit.core.words import nearest

CAPTURE = constant("capture_per_organ").value  # f
REGIONAL_HOLDS, NEXT_HOLDS = 0.6, 0.6  # share of cells in lymph that a station of nodes holds
LINING = {"peritoneum": 0.8, "other sites": 0.18, "ovary": 0.02}  # C: bowel and other surfaces are other sites
SECONDARY_LYMPH = 0.25  # share of the cells of a metastasis that leave by lymph, to distant nodes
SINGLE = ("liver", "pancreas", "thyroid")  # spread within the organ of origin is common; the autopsies do not count it
MEN = ("prostate", "testis")  # no ovaries


@dataclass(frozen=True, slots=True)
class Site:
    """A place in which metastases are counted.

    Attributes
    ----------
    name : str
        ``"liver"``, ``"regional lymph nodes"``, ...
    flow, portal_flow : float
        Share of the heart's output that its arteries bring, and that part of it which leaves by the portal vein.
    """

    name: str
    flow: float
    portal_flow: float


@dataclass(frozen=True, slots=True)
class OtherRoutes:
    """Share of the cells of an origin that leave by other ways than blood, and the region of its nodes."""

    lymph: float
    abdomen: float
    vertebral: float
    chest: float
    region: str


@lru_cache(maxsize=1)
def sites() -> tuple[Site, ...]:
    """Return every site of the autopsy table, in its order; the last one gets the blood that the others leave."""
    found: list[Site] = []
    for row in read_table("sites.csv"):
        organ = organs().get(row["organ"])
        flow = float(row["part"]) * organ.flow if organ else 0.0
        portal = flow if organ and organ.drains_to == "liver" else 0.0
        if row["site"] == "other sites":
            flow = 1 - fsum(site.flow for site in found)
            everything = fsum(o.flow for o in organs().values() if o.drains_to == "liver")
            portal = everything - fsum(site.portal_flow for site in found)
        found.append(Site(row["site"], flow, portal))
    return tuple(found)


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Name the sites."""
    return tuple(site.name for site in sites())


@lru_cache(maxsize=1)
def other_routes() -> dict[str, OtherRoutes]:
    """Read the other ways out of every origin."""
    return {
        row["origin"]: OtherRoutes(
            float(row["lymph"]), float(row["abdomen"]), float(row["vertebral"]), float(row["chest"]), row["region"]
        )
        for row in read_table("other_routes.csv")
    }


def make_site_vector(**shares: float) -> Float64Array:
    """Make an array of probabilities by site, from names with ``_`` for a space; 0 elsewhere."""
    p = np.zeros(len(names()))
    for name, share in shares.items():
        p[names().index(name.replace("_", " "))] = share
    return p


def by_blood(capture: float = CAPTURE) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Compute where cells end that start in a portal vein, in a vein to the heart, in an artery; each adds up to 1.

    Raises
    ------
    ValueError
        Unless the capture is above 0 and at most 1: with none, cells would circle forever.
    """
    if not 0 < capture <= 1:
        raise ValueError(f"capture = {capture!r} is not above 0 and at most 1 (share of cells held per pass)")
    on = 1 - capture
    liver, lung = make_site_vector(liver=1), make_site_vector(lung=1)
    q = np.array([site.flow for site in sites()])
    q_portal, q_lung = fsum(site.portal_flow for site in sites()), float(q @ lung)
    q_caval = 1 - q_portal - q_lung
    again = on * (q_lung + q_caval * on + q_portal * on**2)  # back in an artery after one round
    held = capture * (q + on * (q_portal * (liver + on * lung) + q_caval * lung))
    artery = held / (1 - again)
    caval = capture * lung + on * artery
    return capture * liver + on * caval, caval, artery


@lru_cache(maxsize=32)
def find_possible_sites(origin: str) -> NDArray[np.bool_]:
    """Say which sites somebody with a cancer of this origin has, by site."""
    return np.array([not (s == origin in SINGLE or (s == "ovary" and origin in MEN)) for s in names()])


@lru_cache(maxsize=64)
def compute_secondary_matrix(capture: float, with_other_routes: bool) -> Float64Array:
    """Compute T, where the cells of a metastasis come to lie.

    Parameters
    ----------
    capture : float
        f, share of the cells that is held each time blood passes an organ.
    with_other_routes : bool
        Whether lymph, abdomen, chest and vertebral veins are open, or blood alone.

    Returns
    -------
    float array, shape (n_sites, n_sites)
        A row for each site the metastasis may be in.
    """
    portal, caval, artery = by_blood(capture)
    next_nodes, rows = make_site_vector(distant_lymph_nodes=1), []
    for site in sites():
        share = site.portal_flow / site.flow if site.flow else 0.0
        blood = artery if site.name == "lung" else share * portal + (1 - share) * caval
        lymph = (NEXT_HOLDS if "nodes" in site.name else SECONDARY_LYMPH) if with_other_routes else 0.0
        rows.append(lymph * next_nodes + (1 - lymph) * blood)
    return np.array(rows)


@lru_cache(maxsize=512)
def compute_first_arrival(origin: str, capture: float = CAPTURE, with_other_routes: bool = True) -> Float64Array:
    """Compute g, where cells of the first tumor come to lie, by site; adds up to 1.

    Parameters
    ----------
    origin : str
        One of `metakit.body.origins.origins`.
    capture : float
        f, share of the cells that is held each time blood passes an organ.
    with_other_routes : bool
        Whether lymph, abdomen, chest and vertebral veins are open, or blood alone.

    Returns
    -------
    float array, shape (n_sites,)

    Raises
    ------
    ValueError
        On an origin that is not there.
    """
    if origin not in other_routes():
        raise ValueError(nearest(origin, other_routes(), "origin called"))
    portal, caval, artery = by_blood(capture)
    veins, way = drainage(origin), other_routes()[origin]
    p = veins.portal * portal + veins.caval * caval + veins.pulmonary * artery
    if with_other_routes:
        on = 1 - REGIONAL_HOLDS
        lymph = make_site_vector(regional_lymph_nodes=REGIONAL_HOLDS, distant_lymph_nodes=on * NEXT_HOLDS)
        lymph = lymph + on * (1 - NEXT_HOLDS) * caval
        lining = sum(share * make_site_vector(**{name.replace(" ", "_"): 1}) for name, share in LINING.items())
        p = (1 - way.lymph - way.abdomen - way.vertebral - way.chest) * p + way.lymph * lymph + way.abdomen * lining
        p = p + way.vertebral * make_site_vector(bone=1) + way.chest * make_site_vector(pleura=1)
    p = p * find_possible_sites(origin)
    p /= p.sum()
    p.setflags(write=False)
    return np.asarray(p)


def add_secondary_seeding(
    first: Float64Array, grown: Float64Array, matrix: Float64Array, secondary_seeding: float, possible: BoolArray
) -> Float64Array:
    """Compute p from g and from where metastases grow: one turn of the equation.

    Parameters
    ----------
    first, grown : float array, shape (..., n_sites)
        g and P of one origin, or of several.
    matrix : float array, shape (n_sites, n_sites)
        T of `compute_secondary_matrix`.
    secondary_seeding : float
        m, share of metastases that come from a metastasis, 0 to below 1.
    possible : bool array, shape (..., n_sites)
        Where a metastasis is counted, of `find_possible_sites`.

    Returns
    -------
    float array, shape (..., n_sites)
        Adds up to 1.

    Raises
    ------
    ValueError
        If the share is out of range.
    """
    if not 0 <= secondary_seeding < 1:
        raise ValueError(
            f"secondary_seeding = {secondary_seeding!r} is not 0 or more and below 1 (metastases from metastases)"
        )
    p = ((1 - secondary_seeding) * first + secondary_seeding * grown @ matrix) * possible
    return np.asarray(p / p.sum(axis=-1, keepdims=True))
