"""What one stage gives the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Clusters:
    """Cells on their way, cluster by cluster; a single cell is a cluster of one.

    Attributes
    ----------
    n_epithelial, n_mesenchymal : int32 array, shape (n_clusters,)
        Cells of each phenotype in each cluster.
    time_h : float array, shape (n_clusters,)
        When each cluster left, hours since the start of the run.

    Raises
    ------
    ValueError
        If the arrays differ in length, hold a negative count or an empty cluster.
    """

    n_epithelial: Counts
    n_mesenchymal: Counts
    time_h: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Check the record and make it read-only."""
        for name, dtype in (("n_epithelial", np.int32), ("n_mesenchymal", np.int32), ("time_h", np.float64)):
            array = np.array(getattr(self, name), dtype=dtype)
            if array.ndim != 1:
                raise ValueError(f"Clusters.{name} has {array.ndim} dimensions; one number a cluster is wanted")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if not len(self.n_epithelial) == len(self.n_mesenchymal) == len(self.time_h):
            raise ValueError(
                f"Clusters has {len(self.n_epithelial)}, {len(self.n_mesenchymal)} and {len(self.time_h)} entries; "
                "n_epithelial, n_mesenchymal and time_h must be equally long"
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
        return isinstance(other, Clusters) and all(
            np.array_equal(getattr(self, n), getattr(other, n)) for n in ("n_epithelial", "n_mesenchymal", "time_h")
        )

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        """Say what is handed over."""
        return f"{len(self)} clusters with {self.n_cells} cells (largest {self.sizes.max(initial=0)})"
