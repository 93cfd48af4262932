"""The body as blood sees it: organs, who gets how much of the heart's output, and where each drains to.

All blood passes the lungs from the right heart, and comes back to the left one; from there every organ gets its share
of the output. The veins of stomach, gut, pancreas and spleen lead to the liver first, by the portal vein. One circuit
takes blood volume / output = 5.3 L / 6.5 L/min = 49 s. Flows are shares of the output of a man at rest (NRC 1989;
those from ICRP 2002 are recalled, and so illustrative).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from metakit.core.constants import constant
from metakit.core.tables import read_table
from metakit.core.words import nearest

OUTPUT_L_MIN = constant("cardiac_output").value
BLOOD_L = constant("blood_volume").value
CIRCUIT_S = BLOOD_L / OUTPUT_L_MIN * 60


@dataclass(frozen=True, slots=True)
class Organ:
    """An organ: its share of the heart's output by arteries, and the next bed that its veins lead to.

    Attributes
    ----------
    name : str
        ``"liver"``, ``"large intestine"``, ...
    flow : float
        Share of the output that reaches it by arteries, 0 to 1; all organs together 1. The lung's is that of its own
        arteries, beside the whole output that passes it.
    drains_to : str
        ``"liver"`` by the portal vein, ``"lung"`` by the vena cava, ``"heart"`` by the pulmonary veins.
    source, note : str
        Key of `metakit.core.sources`; what to know.
    """

    name: str
    flow: float
    drains_to: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class Drainage:
    """Where the veins of a place of origin lead: shares of its blood, which add up to 1.

    Attributes
    ----------
    origin : str
        ``"breast"``, ``"colon"``, ...
    portal, caval, pulmonary : float
        Share to the liver by the portal vein, to the lungs by the vena cava, to the left heart by pulmonary veins.
    source, note : str
        Key of `metakit.core.sources`; what to know.
    """

    origin: str
    portal: float
    caval: float
    pulmonary: float
    source: str
    note: str

    def __post_init__(self) -> None:
        """Check that no blood is lost."""
        if abs(self.portal + self.caval + self.pulmonary - 1) > 1e-9:
            raise ValueError(f"drainage.csv: the shares of {self.origin!r} do not add up to 1")


@lru_cache(maxsize=1)
def organs() -> dict[str, Organ]:
    """Return every organ by name."""
    return {
        row["organ"]: Organ(row["organ"], float(row["flow"]), row["drains_to"], row["source"], row["note"])
        for row in read_table("organs.csv")
    }


@lru_cache(maxsize=1)
def drainages() -> dict[str, Drainage]:
    """Return where the veins of every place of origin lead, by its name."""
    return {
        row["origin"]: Drainage(
            row["origin"],
            float(row["portal"]),
            float(row["caval"]),
            float(row["pulmonary"]),
            row["source"],
            row["note"],
        )
        for row in read_table("drainage.csv")
    }


def drainage(origin: str) -> Drainage:
    """Return where the veins of one place of origin lead.

    Raises
    ------
    ValueError
        If it is not in the table; the nearest one is suggested.
    """
    if not isinstance(origin, str) or origin not in drainages():
        raise ValueError(nearest(origin, drainages(), "origin called"))
    return drainages()[origin]
