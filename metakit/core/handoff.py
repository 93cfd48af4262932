"""What one stage hands to the next: the types that stages declare as TAKES and GIVES.

A hand-over changes the scale: of a tumor, the 2 mm of tissue at its edge are looked at; of all arrested cells, those of
one capillary bed. So each record has a `Context`: for how many cells of the body one cell of the run stands, and which
cells were handed over but not taken into the run. Nobody is lost on the way::

    cells of the giver x each + aside  =  cells of the taker x each' + aside' + left
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from metakit.core.arrays import Int32Array
from metakit.core.record import Record, array, part


@dataclass(frozen=True, eq=False, kw_only=True)
class Context(Record):
    """What a run is a part of, when it goes on from another one.

    Attributes
    ----------
    each : int
        For how many cells of the body one cell of the run stands.
    organ : str
        The organ in which the run takes place; empty if that does not matter.
    aside : int
        Cells of the primary tumor that wait beside the run, since the day `aside_d`.
    day : float
        Day of the whole story on which the run began.
    left : dict of str to int
        Cells of the body that were handed over when it began, and are not in it, by where they are.
    """

    each: int = 1
    organ: str = ""
    aside: int = 0
    aside_d: float = 0.0
    day: float = 0.0
    left: dict[str, int] = field(default_factory=dict)

    def check(self) -> None:
        """Check that the numbers make sense together.

        Raises
        ------
        ValueError
            If they are not counts and days.
        """
        numbers = (self.aside, self.aside_d, self.day, *self.left.values())
        if self.each < 1 or not all(isinstance(n, int | float) and math.isfinite(n) and n >= 0 for n in numbers):
            raise ValueError("its context is not of counts and days")


@dataclass(frozen=True, eq=False)
class Handoff(Record):
    """Base of what one stage hands to the next.

    Attributes
    ----------
    context : Context
        What the run that gave it was a part of.
    recipe : str
        The line that makes it again; empty if nobody knows.
    """

    _: KW_ONLY
    context: Context = part(Context, default_factory=Context)
    recipe: str = field(default="", compare=False, repr=False)

    @property
    def n_cells(self) -> int:
        """Cells that are handed over, as counted in the run that gave them."""
        raise AttributeError(f"{type(self).__name__} must say how many cells it has")

    @property
    def body_cells(self) -> int:
        """Cells of the body that are handed over, those that wait aside included."""
        return self.n_cells * self.context.each + self.context.aside

    def check(self) -> None:
        """Check that no count is negative.

        Raises
        ------
        ValueError
            If one is; it is named.
        """
        super().check()
        for name, value in vars(self).items():
            if (isinstance(value, np.ndarray) and value.dtype.kind in "if" and value.min(initial=0) < 0) or (
                isinstance(value, int | float) and value < 0
            ):
                raise ValueError(f"{type(self).__name__}.{name} holds a negative number")

    def __str__(self) -> str:
        """Say what is handed over."""
        n, each = self.n_cells, self.context.each
        return f"{type(self).__name__} with {n:,} cell{'s' * (n != 1)}" + (f" for {each:,} each" if each > 1 else "")


@dataclass(frozen=True, eq=False)
class Tumor(Handoff):
    """A tumor as a whole: its living cells, and how many of them fill a cubic centimeter."""

    cells: int
    cells_per_cm3: float

    @property
    def n_cells(self) -> int:
        """Living cells."""
        return self.cells

    @property
    def surface_um2(self) -> float:
        """Surface of a ball of these cells, um2."""
        return float(4 * math.pi * (3e12 * self.cells / self.cells_per_cm3 / (4 * math.pi)) ** (2 / 3))


@dataclass(frozen=True, eq=False)
class Tissue(Handoff):
    """Cells, fields and lamina of 2 mm of tissue; the fields are those of `metakit.tissue.state.TissueState`."""

    mmp: NDArray[np.float32] = array("float32", "rows", "columns")
    ecm: NDArray[np.float32] = array("float32", "rows", "columns")
    lamina_site: Int32Array = array("int32", "n_lamina")
    lamina: NDArray[np.float32] = array("float32", "n_lamina")
    lamina_rate: NDArray[np.float32] = array("float32", "n_lamina")
    cell_site: Int32Array = array("int32", "n_cells")
    cell_mesenchymal: NDArray[np.bool_] = array("bool", "n_cells")

    @property
    def n_cells(self) -> int:
        """Cells in the tissue."""
        return len(self.cell_site)


CLUSTER_DTYPES = {"n_epithelial": np.int32, "n_mesenchymal": np.int32, "time_h": np.float64, "by_lymph": np.bool_}


@dataclass(frozen=True, eq=False)
class Clusters(Handoff):
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

    n_epithelial: Int32Array = array("int32", "n_clusters")
    n_mesenchymal: Int32Array = array("int32", "n_clusters")
    time_h: NDArray[np.float64] = array("float64", "n_clusters")
    by_lymph: NDArray[np.bool_] = array("bool", "n_clusters", default=None)

    def __post_init__(self) -> None:
        """Take numbers as they come, check the record and make it read-only."""
        if self.by_lymph is None:
            object.__setattr__(self, "by_lymph", np.zeros(np.shape(self.n_epithelial), bool))
        for name, dtype in CLUSTER_DTYPES.items():
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=dtype))
        super().__post_init__()
        self.check()

    def check(self) -> None:
        """Check that no count is negative, and no cluster empty.

        Raises
        ------
        ValueError
            If one is.
        """
        super().check()
        if len(self) and self.sizes.min() < 1:
            raise ValueError("Clusters: every count must be 0 or more, and every cluster must hold at least one cell")

    @property
    def sizes(self) -> Int32Array:
        """Cells in each cluster, shape (n_clusters,)."""
        return self.n_epithelial + self.n_mesenchymal

    @property
    def n_cells(self) -> int:
        """Cells in all clusters together."""
        return int(self.sizes.sum())

    def __len__(self) -> int:
        """Count the clusters."""
        return len(self.n_epithelial)

    def __str__(self) -> str:
        """Say what is handed over."""
        return f"{super().__str__()} in {len(self)} clusters (largest {self.sizes.max(initial=0)})"


@dataclass(frozen=True, eq=False)
class Arrested(Handoff):
    """Living cells that organs hold, by organ: single ones, and clusters of one size."""

    singles: dict[str, int]
    clusters: dict[str, int]
    cluster_size: int = 1

    @property
    def by_organ(self) -> dict[str, int]:
        """Cells that each organ holds; those that hold none are left out."""
        organs = dict.fromkeys([*self.singles, *self.clusters])
        return {o: self.singles.get(o, 0) + self.cluster_size * self.clusters.get(o, 0) for o in organs}

    @property
    def n_cells(self) -> int:
        """Cells in all organs."""
        return sum(self.by_organ.values())


@dataclass(frozen=True, eq=False)
class Colonies(Handoff):
    """Colonies in an organ: cells of each, whether they are dormant, and solitary dormant cells; `age_d` days old."""

    FORMER: ClassVar[Mapping[str, str]] = {"asleep": "dormant", "lone_asleep": "solitary_dormant"}

    cells: NDArray[np.int64] = array("int64", "n_colonies")
    dormant: NDArray[np.bool_] = array("bool", "n_colonies")
    solitary_dormant: int = 0
    age_d: float = 0.0

    @property
    def n_cells(self) -> int:
        """Living cells, dormant or not."""
        return int(self.cells.sum()) + self.solitary_dormant


@dataclass(frozen=True, eq=False)
class Patient(Handoff):
    """A primary tumor and its metastases: `tumor_n` of `tumor_cells` cells each, the largest first."""

    primary_cells: int
    tumor_cells: NDArray[np.int64] = array("int64", "n_groups")
    tumor_n: NDArray[np.int64] = array("int64", "n_groups")

    @property
    def n_cells(self) -> int:
        """Cells of all tumors."""
        return self.primary_cells + int(self.tumor_cells @ self.tumor_n)

    @property
    def n_metastases(self) -> int:
        """Metastases."""
        return int(self.tumor_n.sum())
