"""Stages: found on disk, started and advanced, each with a random stream of its own.

A stage is a module in `metakit.models` with four verbs and no memory of its own::

    start(params, inflow, rng) -> State        advance(state, params, rng) -> State, one frame later
    outflow(state) -> what the next stage receives        measure(state) -> {"time_h": 4.0, "cells": 233, ...}

and four facts: ``<Stage>Params``, ``<Stage>State``, ``FRAME_SECONDS`` (model time of a frame) and ``ANSWERS``:
how it answers a moved knob, "live" (from the shown frame on) or "instant" (the whole run again, when that takes
under 100 ms).
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Mapping
from typing import Any, Protocol, cast

import numpy as np

import metakit.models
from metakit.core.params import Params, is_whole
from metakit.core.state import State
from metakit.core.words import nearest


class Stage(Protocol):
    """What a module in `metakit.models` offers."""

    ANSWERS: str
    FRAME_SECONDS: float

    def start(self, params: Any, inflow: Any, rng: np.random.Generator) -> Any:
        """Make the first state."""

    def advance(self, state: Any, params: Any, rng: np.random.Generator) -> Any:
        """Return the state one frame later."""

    def outflow(self, state: Any) -> Any:
        """Give what the next stage receives."""

    def measure(self, state: Any) -> Mapping[str, float]:
        """Name the numbers of a state, the clock first."""


def stages() -> list[str]:
    """Names of the stages found on disk, in alphabetical order."""
    return sorted(m.name for m in pkgutil.iter_modules(metakit.models.__path__) if not m.name.startswith("_"))


def stage(name: str) -> Stage:
    """Import a stage by name.

    Raises
    ------
    ValueError
        If there is no such stage; the nearest name is suggested.
    """
    # A run asks twice a frame, and to list a folder takes longer than some frames.
    if isinstance(name, str) and name.isidentifier() and (loaded := sys.modules.get(f"metakit.models.{name}")):
        return cast(Stage, loaded)
    if not isinstance(name, str) or name not in stages():
        raise ValueError(nearest(name, stages(), "stage called"))
    return cast(Stage, importlib.import_module(f"metakit.models.{name}"))


def params_class(name: str) -> type[Params]:
    """``<Stage>Params`` of a stage."""
    return cast("type[Params]", getattr(stage(name), class_prefix(name) + "Params"))


def state_class(name: str) -> type[State]:
    """``<Stage>State`` of a stage."""
    return cast("type[State]", getattr(stage(name), class_prefix(name) + "State"))


def class_prefix(name: str) -> str:
    """``Invasion`` for ``invasion``."""
    return "".join(part.capitalize() for part in name.split("_"))


def check_seed(seed: object) -> int:
    """Return a seed as int; ValueError unless it is a whole number, 0 or more."""
    if not is_whole(seed) or seed < 0:
        raise ValueError(f"seed = {seed!r} is not a seed; any whole number from 0 up is (the same seed, the same run)")
    return int(seed)


def generator(seed: int, name: str) -> np.random.Generator:
    """Return the random stream of one stage: it depends on the seed and the stage's name, on nothing else."""
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence([check_seed(seed), *name.encode()])))


def stream_from(rng_state: Mapping[str, Any]) -> np.random.PCG64DXSM:
    """Return the bit generator in a saved state; numpy's own error if the state is not one."""
    bits = np.random.PCG64DXSM()
    bits.state = cast(Any, rng_state)
    return bits


def first_state(name: str, params: Params, seed: int, inflow: Any = None) -> State:
    """Start a stage; the state carries its stream."""
    rng = generator(seed, name)
    return _keep_stream(stage(name).start(params, inflow, rng), rng)


def next_state(name: str, state: State, params: Params) -> State:
    """Advance a state by one frame, its stream going on where the state left it."""
    rng = np.random.Generator(stream_from(state.rng_state))
    return _keep_stream(stage(name).advance(state, params, rng), rng)


def _keep_stream(state: State, rng: np.random.Generator) -> State:
    return state.replace(rng_state=dict(rng.bit_generator.state))
