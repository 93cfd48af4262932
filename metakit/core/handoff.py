"""What one stage gives the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int32]
DTYPES = {"n_epithelial": np.int32, "n_mesenchymal": np.int32, "time_h": np.float64, "by_lymph": np.bool_}


@dataclass(frozen=True, eq=False)
class Clusters:
    """Cells on their way, cluster by cluster; a single cell is a cluster of one.

    Attributes
    ----------
    n_epithelial, n_mesenchymal : int32 array, shape (n_clusters,)
        Cells of each phenotype in each cluster.
    time_h : float array, shape (n_clusters,)
        When each cluster left, hours since the start of the run.
    by_lymph : bool array, shape (n_clusters,)
        Which have come through lymph, by the sentinel node and the thoracic duct; none if left out.

    Raises
    ------
    ValueError
        If the arrays differ in length, hold a negative count or an empty cluster.
    """

    n_epithelial: Counts
    n_mesenchymal: Counts
    time_h: NDArray[np.float64]
    by_lymph: NDArray[np.bool_] = None  # type: ignore[assignment]  # always an array once made

    def __post_init__(self) -> None:
        """Check the record and make it read-only."""
        if self.by_lymph is None:
            object.__setattr__(self, "by_lymph", np.zeros(np.shape(self.n_epithelial), bool))
        for name, dtype in DTYPES.items():
            array: NDArray[Any] = np.array(getattr(self, name), dtype=dtype)
            if array.ndim != 1:
                raise ValueError(f"Clusters.{name} has {array.ndim} dimensions; one number a cluster is wanted")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if len({len(getattr(self, name)) for name in DTYPES}) > 1:
            raise ValueError(
                f"Clusters has {', '.join(str(len(getattr(self, name))) for name in DTYPES)} entries; "
                "n_epithelial, n_mesenchymal, time_h and by_lymph must be equally long"
            )
        if len(self) and (min(self.n_epithelial.min(), self.n_mesenchymal.min()) < 0 or self.sizes.min() < 1):
            raise ValueError("Clusters: every count must be 0 or more, and every cluster must hold at least one cell")

    @property
    def sizes(self) -> Counts:
        """Cells in each cluster, shape (n_clusters,)."""
        return self.n_epithelial + self.n_mesenchymal

    @property
    def n_cells(self) -> int:
        """Cells in all clusters together."""
        return int(self.sizes.sum())

    def __len__(self) -> int:
        """Count the clusters."""
        return len(self.n_epithelial)

    def __eq__(self, other: object) -> bool:
        """Equal when every number is."""
        return isinstance(other, Clusters) and all(np.array_equal(getattr(self, n), getattr(other, n)) for n in DTYPES)

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        """Say what is handed over."""
        return f"{len(self)} clusters with {self.n_cells} cells (largest {self.sizes.max(initial=0)})"
