"""Touches: what a hand can do to what is seen, at a place and a moment of a run; and the stretches of a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from metakit.core.params import Params, is_number
from metakit.core.words import nearest

Place = tuple[float, float]


@dataclass(frozen=True)
class Touch:
    """One thing that can be done.

    Attributes
    ----------
    kind : str
        Its name in a recipe: ``"cut"``.
    label : str
        What a menu calls it: ``"Cut the lamina"``.
    about : str
        What it does, and how far it reaches, in a line.
    """

    kind: str
    label: str
    about: str


class Touched(NamedTuple):
    """A touch that was made: what, when in the unit of the stage's clock, and where."""

    kind: str
    time: float
    at: Place

    def __str__(self) -> str:
        """Write it as a recipe does: ``('cut', 24, (120, -40))``."""
        return f"({self.kind!r}, {self.time:.15g}, ({self.at[0]:.15g}, {self.at[1]:.15g}))"


class Segment(NamedTuple):
    """A stretch of a run: from which time on, s; with which parameters; and what was touched in it, in order."""

    time_s: float
    params: Params
    touches: tuple[Touched, ...] = ()

    def touched(self, touches: tuple[Touched, ...]) -> Segment:
        """Give the same stretch with more touches."""
        return self._replace(touches=(*self.touches, *touches))


def check_touch(touches: Iterable[Touch], stage: str, kind: object, at: object) -> tuple[str, Place]:
    """Check that a touch can be asked for.

    Parameters
    ----------
    touches : iterable of Touch
        Those that the stage offers.
    stage : str
        Its name.
    kind : str
        Which one.
    at : (float, float)
        Where.

    Returns
    -------
    (str, (float, float))
        The same, as plain numbers.

    Raises
    ------
    ValueError
        If the stage has no such touch, or the place is not two finite numbers.
    """
    kinds = [touch.kind for touch in touches]
    if not kinds:
        raise ValueError(f"{kind!r} cannot be done: {stage} offers no touches")
    if not isinstance(kind, str) or kind not in kinds:
        raise ValueError(nearest(kind, kinds, f"touch of {stage} called"))
    if not isinstance(at, tuple | list) or len(at) != 2 or not all(is_number(x) and abs(x) < 1e9 for x in at):
        raise ValueError(f"at = {at!r} is not a place; two finite numbers (x, y) are")
    return kind, (float(at[0]), float(at[1]))
