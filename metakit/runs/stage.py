"""Stages: found on disk, resolved once into a `Stage`, each with a random stream of its own.

A stage is a module in `metakit.models` with verbs and no memory of its own::

    start(params, inflow, rng) -> State        advance(state, params, rng) -> State, one frame later
    measure(state) -> {"time_h": 4.0, "cells": 233, ...}
    outflow(state) -> what the next stage receives, if it gives anything

one subclass of `Params` and one of `State`, and these facts:

FRAME_SECONDS
    Model time of a frame.
ANSWERS
    How it answers a moved knob: "live" (from the shown frame on) or "instant" (the whole run again, when that takes
    under 100 ms).
TAKES, GIVES
    Types of `metakit.core.handoff`: a tuple of those that may flow in (none if left out), and the one that
    flows out (left out by a stage that comes last).
USUAL_S
    Model time that a run in a chain takes when none is asked for (100 frames if left out).
WHERE, GATE
    Where the run takes place, and the measure that counts who passed its gate, with words: for the funnel of a chain.
EVENTS
    A tuple of `metakit.core.events.Event`: the moments that a view can play to (none if left out).
TOUCHES
    A tuple of `metakit.core.touch.Touch`: what a hand can do in the picture of a live stage (nothing if left out). They
    need a fifth verb, ``touch(state, params, kind, at) -> State``, which draws nothing by chance, and raises
    ValueError where there is nothing to be touched.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any, TypeVar, cast

import numpy as np

import metakit.models
from metakit.core.arrays import own_floats
from metakit.core.events import Event
from metakit.core.handoff import Handoff
from metakit.core.params import Params, is_whole
from metakit.core.state import State
from metakit.core.touch import Touch, check_touch
from metakit.core.words import nearest

Kind = TypeVar("Kind")


@dataclass(frozen=True, eq=False, slots=True)
class Stage:
    """A stage, resolved: its parts, and what it can be asked to do.

    Attributes
    ----------
    name : str
    params, state : type
        Its subclasses of `Params` and `State`.
    measure, outflow : callable
        Its verbs; `start` and `advance` are called by `first` and `next`, which see to the random stream.
    takes : tuple of type
        What may flow in.
    gives : type or None
        What flows out.
    frame_s, usual_s : float
        Model time of a frame, and of a usual run, s.
    instant : bool
        Whether a moved knob makes the whole run again.
    about, where, gate
        What it is, in a line; where a run takes place; (measure, words) of who passed its gate, if it has one.
    events : tuple of Event
        What a view can play to.
    touches : tuple of Touch
        What a hand can do.
    """

    name: str
    module: ModuleType
    params: type[Params]
    state: type[State]
    measure: Callable[[Any], Mapping[str, float]]
    outflow: Callable[[Any], Handoff]
    takes: tuple[type[Handoff], ...]
    gives: type[Handoff] | None
    frame_s: float
    usual_s: float
    instant: bool
    about: str
    where: str
    gate: tuple[str, str] | None
    events: tuple[Event, ...]
    touches: tuple[Touch, ...]

    @own_floats
    def first(self, params: Params, seed: int, inflow: Handoff | None = None) -> State:
        """Start a run; the state carries its stream.

        Parameters
        ----------
        params : Params
            Of this stage.
        seed : int
            A whole number from 0 up.
        inflow : Handoff, optional
            What the stage before gave.

        Returns
        -------
        State
            Frame 0.

        Raises
        ------
        ValueError
            If the seed is not valid, or nothing of the kind of `inflow` flows into this stage.
        """
        self.check_inflow(inflow)
        rng = generator(seed, self.name)
        return _keep_stream(self.module.start(params, inflow, rng), rng)

    @own_floats
    def next(self, state: State, params: Params) -> State:
        """Advance a state by one frame, its stream going on where the state left it.

        Parameters
        ----------
        state : State
            A frame.
        params : Params
            In force until the next one.

        Returns
        -------
        State
            The frame after it.
        """
        rng = np.random.Generator(stream_from(state.rng_state))
        return _keep_stream(self.module.advance(state, params, rng), rng)

    @own_floats
    def touch(self, state: State, params: Params, kind: object, at: object) -> State:
        """Do to a state what a hand does.

        Parameters
        ----------
        state : State
            A frame.
        params : Params
            In force.
        kind : str
            Of one of `touches`.
        at : (float, float)
            Where, as the stage's touches say it.

        Returns
        -------
        State
            The same frame, touched.

        Raises
        ------
        ValueError
            If there is no such touch, or nothing to be touched there.
        """
        kind, at = check_touch(self.touches, self.name, kind, at)
        return cast(State, self.module.touch(state, params, kind, at))

    def check_inflow(self, inflow: object) -> None:
        """Check that this may flow in.

        Raises
        ------
        ValueError
            If it may not, saying what would fit.
        """
        if inflow is None or isinstance(inflow, self.takes):
            return
        wanted = " or ".join(kind.__name__ for kind in self.takes)
        what = type(inflow).__name__
        if not self.takes:
            raise ValueError(f"inflow = {what} cannot be used: nothing flows into {self.name}, it begins by itself")
        makers = [s.name for s in map(stage, stages()) if s.gives in self.takes]
        hint = f" ({' and '.join(makers)} give that)" if makers else ""
        raise ValueError(f"inflow = {what} cannot be used: {self.name} takes {wanted}{hint}")


def stages() -> list[str]:
    """Name the stages, in alphabetic order."""
    return sorted(m.name for m in pkgutil.iter_modules(metakit.models.__path__) if not m.name.startswith("_"))


def stage(name: str) -> Stage:
    """Find a stage by name.

    Raises
    ------
    ValueError
        If there is no such stage; the nearest name is suggested.
    """
    if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):
        raise ValueError(nearest(name, stages(), "stage called"))
    return _resolved(name)


@lru_cache(maxsize=256)
def _resolved(name: str) -> Stage:
    if name not in stages():
        raise ValueError(nearest(name, stages(), "stage called"))
    return resolve(name, importlib.import_module(f"metakit.models.{name}"))


def resolve(name: str, module: ModuleType) -> Stage:
    """Make a `Stage` of a module, and check what it declares.

    Parameters
    ----------
    name : str
        Of the stage.
    module : module
        With its verbs and facts.

    Returns
    -------
    Stage

    Raises
    ------
    ValueError
        Naming the module, what is wrong with it, and what is expected.
    """
    takes, gives = getattr(module, "TAKES", ()), getattr(module, "GIVES", None)
    kinds = takes + (() if gives is None else (gives,)) if isinstance(takes, tuple) else (None,)
    if not all(isinstance(kind, type) and issubclass(kind, Handoff) for kind in kinds):
        raise ValueError(f"{module.__name__}: TAKES is a tuple of types of metakit.core.handoff, and GIVES is one")
    if (gives is None) == hasattr(module, "outflow"):
        raise ValueError(f"{module.__name__}: a stage that gives something has GIVES and outflow, another has neither")
    touches = getattr(module, "TOUCHES", ())
    if bool(touches) != hasattr(module, "touch") or (touches and module.ANSWERS != "live"):
        raise ValueError(f"{module.__name__}: a live stage with TOUCHES has the verb touch, another has neither")
    return Stage(
        name=name,
        module=module,
        params=only_subclass(module, Params),
        state=only_subclass(module, State),
        measure=own_floats(module.measure),
        outflow=own_floats(getattr(module, "outflow", None) or _nothing_flows_out(name)),
        takes=takes,
        gives=gives,
        frame_s=module.FRAME_SECONDS,
        usual_s=getattr(module, "USUAL_S", 100 * module.FRAME_SECONDS),
        instant=module.ANSWERS == "instant",
        about=_first_line(module),
        where=getattr(module, "WHERE", ""),
        gate=getattr(module, "GATE", None),
        events=getattr(module, "EVENTS", ()),
        touches=touches,
    )


def _first_line(module: ModuleType) -> str:
    """First line of a module's docstring; from the source where ``python -OO`` has kept none."""
    text = module.__doc__ or ast.get_docstring(ast.parse(inspect.getsource(module))) or ""
    return text.strip().partition("\n")[0]


def only_subclass(module: ModuleType, base: type[Kind]) -> type[Kind]:
    """Find the one subclass that a module defines.

    Parameters
    ----------
    module : module
        Where to look.
    base : type
        Of what.

    Returns
    -------
    type

    Raises
    ------
    ValueError
        If there is none, or more than one.
    """
    found = [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, base) and kind.__module__ == module.__name__
    ]
    if len(found) != 1:
        names = ", ".join(kind.__name__ for kind in found) or "none"
        raise ValueError(f"{module.__name__}: one subclass of {base.__name__} is expected, there is {names}")
    return found[0]


def _nothing_flows_out(name: str) -> Callable[[State], Handoff]:
    def refuse(state: State) -> Handoff:
        raise ValueError(f"nothing flows out of {name}: it comes last")

    return refuse


def check_seed(seed: object) -> int:
    """Return a seed as int.

    Raises
    ------
    ValueError
        Unless it is a whole number, 0 or more.
    """
    if not is_whole(seed) or seed < 0:
        raise ValueError(f"seed = {seed!r} is not a seed; any whole number from 0 up is (the same seed, the same run)")
    return int(seed)


def generator(seed: int, name: str) -> np.random.Generator:
    """Make the random stream of one stage: it depends on the seed and the stage's name, on nothing else.

    Parameters
    ----------
    seed : int
        Of the run.
    name : str
        Of the stage.

    Returns
    -------
    Generator
    """
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence([check_seed(seed), *name.encode()])))


def stream_from(rng_state: Mapping[str, Any]) -> np.random.PCG64DXSM:
    """Return the bit generator in a saved state; numpy's own error if the state is not one."""
    bits = np.random.PCG64DXSM()
    bits.state = cast(Any, rng_state)
    return bits


def _keep_stream(state: State, rng: np.random.Generator) -> State:
    return state.replace(rng_state=dict(rng.bit_generator.state))
