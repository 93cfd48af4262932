"""State: everything a stage needs to go on exactly, frozen; and its ledger, in which every cell is in one place."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from metakit.core.handoff import Context
from metakit.core.record import Record, array, part

__all__ = ["SECONDS", "Ledger", "State", "array", "part"]  # all that a stage's state is declared with

SECONDS = {"s": 1.0, "h": 3600.0, "d": 86400.0, "y": 365.25 * 86400.0}


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where every cell came from and where it is now; both sides add up to the same number.

    Attributes
    ----------
    came, now : mapping of str to int
        Cells by origin ("started", "born"), and by the one place they are in.
    """

    came: Mapping[str, int]
    now: Mapping[str, int]

    @property
    def missing(self) -> int:
        """Cells that came but are nowhere now. Zero, always."""
        return sum(self.came.values()) - sum(self.now.values())

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """All entries, origins first."""
        yield from {**self.came, **self.now}.items()

    def __str__(self) -> str:
        """Render the two sides as one line each."""
        came = " + ".join(f"{n:,} {what}" for what, n in self.came.items())
        now = " + ".join(f"{n:,} {what}" for what, n in self.now.items())
        return f"{came} = {sum(self.came.values()):,} cells\n{now} = {sum(self.now.values()):,} cells"


@dataclass(frozen=True, eq=False, kw_only=True)
class State(Record):
    """Base of every stage's state.

    Attributes
    ----------
    time_s : float
        Model time since the start of the run, s.
    rng_state : dict
        State of the stage's own random stream after this frame.
    context : Context
        What this run is a part of, when it goes on from another one.
    """

    CLOCK: ClassVar[str] = "h"  # unit of the clock column of `measure`

    time_s: float = 0.0
    rng_state: dict[str, Any] = field(default_factory=dict)
    context: Context = part(Context, default_factory=Context)

    @property
    def time_h(self) -> float:
        """Model time in hours."""
        return self.time_s / SECONDS["h"]

    @property
    def time_d(self) -> float:
        """Model time in days."""
        return self.time_s / SECONDS["d"]

    @property
    def onward(self) -> Context:
        """The context of what this state hands on: as its own, later by the time of this run."""
        return self.context.replace(day=self.context.day + self.time_d, left={})

    @property
    def ledger(self) -> Ledger:
        """Every cell that ever was, and where it is now."""
        raise AttributeError(f"{type(self).__name__} keeps no ledger; every stage's state must define one")

    def check(self) -> None:
        """Check that the numbers make sense together, as is done with every state that is read from a file.

        Raises
        ------
        ValueError
            If they do not.
        """
        super().check()
        if not np.isfinite(self.time_s) or self.time_s < 0:
            raise ValueError(f"time_s = {self.time_s} is not a time")

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Copy; the arrays are shared, since nobody can write to them."""
        return self.replace(rng_state=copy.deepcopy(self.rng_state, memo))

    def __str__(self) -> str:
        """Name, time and size."""
        return f"{type(self).__name__} at {self.time_d:.2f} d ({self.nbytes / 1e6:.1f} MB)\n{self.ledger}"
