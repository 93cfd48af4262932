"""Where a cancer begins, and which organs its metastases were found in: counts of autopsies."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files

from metakit.params import Value

ORGANS = ("bone", "lung", "liver")


@lru_cache(maxsize=1)
def weights_by_origin() -> dict[str, dict[str, Value]]:
    """Share of metastases in bone, lung and liver, by origin, of those three; counts of autopsies (diSibio 2008)."""
    text = (files("metakit") / "data" / "metastasis_sites.csv").read_text(encoding="utf-8")
    counts: dict[str, dict[str, int]] = {}
    for row in csv.DictReader(text.splitlines()):
        counts.setdefault(row["primary"], {})[row["site"]] = int(row["count"])
    return {
        origin: {f"{organ}_weight": round(found[organ] / sum(found.values()), 3) for organ in ORGANS}
        for origin, found in counts.items()
    }
