"""Where a cancer begins, and where its metastases were found: counts of autopsies.

``data/metastasis_sites.csv`` has two tables, told apart by their source. The larger one (diSibio and French 2008,
autopsies 1914 to 1943) has 24 origins and 18 kinds of place; the other one (Abrams 1950) eight origins and nine places.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from metakit.core.params import Value
from metakit.core.tables import read_table
from metakit.core.words import nearest

SECONDARY_SITES = ("bone", "lung", "liver")
LARGE, OTHER = "disibio2008", "abrams1950"  # keys of `metakit.core.sources`
ALL = {LARGE: "all 41 origins", OTHER: "all carcinomas"}  # rows of all origins together, those not listed too


@dataclass(frozen=True, slots=True)
class Found:
    """What autopsies found for one origin.

    Attributes
    ----------
    autopsies : int
        How many people were examined.
    counts : dict of str to int
        In how many of them each site held a metastasis.
    examined : dict of str to int
        How many were looked at for each site: all of them, but of the brains only those that were opened.
    """

    autopsies: int
    counts: dict[str, int]
    examined: dict[str, int]

    @property
    def metastases(self) -> int:
        """All metastases, over all sites."""
        return sum(self.counts.values())


@lru_cache(maxsize=2)
def autopsies(source: str = LARGE) -> dict[str, Found]:
    """Return one of the two tables, by origin; the row of all origins together is the last.

    Raises
    ------
    ValueError
        If there is no table of that source.
    """
    if source not in ALL:
        raise ValueError(nearest(source, ALL, "table of autopsies called"))
    found: dict[str, Found] = {}
    for row in read_table("metastasis_sites.csv"):
        if row["source"] == source:
            examined = int(row["autopsies"])
            body = found.setdefault(row["primary"], Found(examined, {}, {}))
            body.counts[row["site"]], body.examined[row["site"]] = int(row["count"]), examined
    return found


@lru_cache(maxsize=1)
def origins() -> tuple[str, ...]:
    """Return every origin of the larger table."""
    return tuple(name for name in autopsies() if name != ALL[LARGE])


@lru_cache(maxsize=1)
def weights_by_origin() -> dict[str, dict[str, Value]]:
    """Share of metastases in bone, lung and liver, by origin, of those three; counts of autopsies (diSibio 2008)."""
    weights: dict[str, dict[str, Value]] = {}
    for origin in origins():
        found = {organ: autopsies()[origin].counts[organ] for organ in SECONDARY_SITES}
        weights[origin] = {f"{organ}_weight": round(n / sum(found.values()), 3) for organ, n in found.items()}
    return weights
