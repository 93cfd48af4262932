"""Events: the moments of a run that are worth stopping at, read from what a stage measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """Something that happens between one frame and the next.

    Attributes
    ----------
    name : str
        What is said of it: ``"first cell outside"``.
    measure : str
        Of the stage. A moment happens when it is no longer NaN, a count each time it rises.
    above : float, optional
        Of a count: it happens when the count passes this, and not again unless it has fallen back.
    """

    name: str
    measure: str
    above: float | None = None

    def happens(self, before: Mapping[str, float], after: Mapping[str, float]) -> bool:
        """Say whether it happens between two frames.

        Parameters
        ----------
        before, after : mapping of str to float
            Measures of a frame, and of the one after it.

        Returns
        -------
        bool
        """
        old, new = before[self.measure], after[self.measure]
        if self.above is not None:
            return old <= self.above < new
        return new > old or (old != old and new == new)


def happening(events: Iterable[Event], before: Mapping[str, float], after: Mapping[str, float]) -> tuple[Event, ...]:
    """List the events that happen between two frames, in the order given.

    Parameters
    ----------
    events : iterable of Event
        Of a stage.
    before, after : mapping of str to float
        Measures of a frame, and of the one after it.

    Returns
    -------
    tuple of Event
    """
    return tuple(event for event in events if event.happens(before, after))
