"""Parameters: declared once, checked when made, able to describe themselves.

A stage declares each parameter with `param`; sliders, tooltips, range checks,
tables and error messages are all derived from that one declaration.
"""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeGuard

import numpy as np

from metakit.core.constants import constant
from metakit.core.sources import SOURCES
from metakit.core.words import UNITS, nearest, write_number

Value = float | int | bool | str


ACRONYMS = ("ecm", "emt", "met", "mmp")


@dataclass(frozen=True, slots=True)
class Knob:
    """What is known about one parameter.

    Attributes
    ----------
    name : str
        Field name.
    default : float, int, bool or str
        Default value.
    low, high, step : float, int or bool
        Allowed range (both ends included) and slider step. A switch has the bool range ``False`` to ``True``; for a
        choice these mean nothing.
    unit : str
        One of `metakit.core.words.UNITS`; empty for a switch and for a choice among words.
    symbol : str
        Symbol in the equation at the top of the model file.
    doc : str
        One plain line: what it is.
    source : str
        Key into `metakit.core.sources.SOURCES`.
    at_start : bool
        True if it matters only when a run starts: moving it starts the run again.
    choices : tuple of str
        The words it may take, for a choice; empty for numbers and switches.
    called : str
        What its control is called, where the name in words would not be understood; empty otherwise.
    constant : str
        Key of the `metakit.core.constants.Constant` that its default is; empty if the number is its own.
    """

    name: str
    default: Value
    low: float
    high: float
    step: float
    unit: str
    symbol: str
    doc: str
    source: str
    at_start: bool = False
    choices: tuple[str, ...] = ()
    called: str = ""
    constant: str = ""

    @property
    def kind(self) -> str:
        """One of `metakit.core.constants.KINDS`: how well its default is known."""
        if SOURCES[self.source].seen == "illustrative":
            return "illustrative"
        return constant(self.constant).kind if self.constant else "measured"

    @property
    def is_choice(self) -> bool:
        """True for a parameter that takes one of some words."""
        return bool(self.choices)

    @property
    def ends(self) -> tuple[Value, Value]:
        """The lowest and the highest value; of a choice, the first and the last word."""
        return (self.choices[0], self.choices[-1]) if self.choices else (self.low, self.high)

    @property
    def is_switch(self) -> bool:
        """True for an on/off parameter."""
        return isinstance(self.default, bool)

    @property
    def is_count(self) -> bool:
        """True for a whole-number parameter."""
        # `param(1, 0, 2, step=0.1)` is not a count, though its default is written like one.
        return isinstance(self.default, int) and isinstance(self.step, int) and not self.is_switch

    @property
    def label(self) -> str:
        """What it is called: its name in words."""
        words = self.called or self.name.replace("_", " ")
        return " ".join(word.upper() if word in ACRONYMS else word for word in words.split())

    def amount(self, value: object, digits: int = 4) -> str:
        """Write a value with its unit.

        Parameters
        ----------
        value : object
            A value of this parameter.
        digits : int
            How many digits count, at most.

        Returns
        -------
        str
        """
        if self.is_choice and isinstance(value, str):
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{value!r:.60} {self.unit}".rstrip()
        try:
            return write_number(value, self.unit, digits=digits, missing="nan")
        except OverflowError:
            return "a number of more than 300 digits"

    @property
    def span(self) -> str:
        """The values it may take, as text."""
        if self.is_switch or self.is_choice:
            return " or ".join(self.choices) or "on or off"
        return f"{write_number(self.low, digits=4)} to {self.amount(self.high)}"

    def check(self, value: object, owner: str, former: Mapping[str, str] | None = None) -> Value:
        """Return `value` in the parameter's own type.

        Parameters
        ----------
        value : object
            What it is to be.
        owner : str
            The class to name in an error.
        former : mapping of str to str, optional
            `Params.FORMER` of that class.

        Returns
        -------
        bool, int, float or str

        Raises
        ------
        ValueError
            Naming field, value, unit and what is allowed.
        """
        if self.is_choice:
            if isinstance(value, str) and value in self.choices:
                return value
            allowed, today = ", ".join(map(repr, self.choices)), (former or {}).get(str(value))
            if today in self.choices:
                raise ValueError(f"{owner}.{self.name} = {value!r}: this choice is called {today!r} now ({self.doc})")
            raise ValueError(f"{owner}.{self.name} = {value!r:.60} is not one of {allowed} ({self.doc})")
        if self.is_switch:
            if isinstance(value, bool | np.bool_):
                return bool(value)
            raise ValueError(f"{owner}.{self.name} = {value!r} is not True or False ({self.doc})")
        what = f"{owner}.{self.name} = {self.amount(value, digits=12)}"
        allowed = f"{self.span} ({self.doc})"
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise ValueError(f"{what} is not a number; allowed is {allowed}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number) or not self.low <= number <= self.high:
            raise ValueError(f"{what} is outside {allowed}")
        if self.is_count:
            if number != round(number):
                raise ValueError(f"{what} is not a whole number; allowed is {allowed}")
            return round(number)
        return number


def param(
    default: Value,
    low: float = False,
    high: float = True,
    *,
    step: float = True,
    unit: str = "",
    symbol: str = "",
    doc: str,
    source: str,
    at_start: bool = False,
    choices: Iterable[str] = (),
    called: str = "",
    constant: str = "",
) -> Any:
    """Declare a parameter as a dataclass field of a `Params` class.

    Parameters
    ----------
    default, low, high, step
        See `Knob`. Leave out the range for a switch and for a choice.
    unit, symbol, doc, source, at_start, called, constant
        See `Knob`. For what is in the table of constants, see `from_table`.
    choices : iterable of str
        Two words or more, of which it takes one; it gets a menu instead of a slider.

    Returns
    -------
    dataclasses.Field
        To be assigned in the body of the class.

    Raises
    ------
    ValueError
        If the source is not listed in `metakit.core.sources`, the unit not in `metakit.core.words.UNITS`, or the
        default is not allowed.
    """
    words = tuple(choices)
    if (isinstance(default, str) or words) and len(set(words)) < 2:
        raise ValueError(f"choices = {words!r}: two different words or more are expected")
    if source not in SOURCES:
        raise ValueError(f"source {source!r} is not a key of metakit.core.sources.SOURCES")
    if unit and unit not in UNITS:
        raise ValueError(f"{nearest(unit, UNITS, 'unit')}; one that is missing belongs to metakit.core.words.UNITS")
    knob = Knob("?", default, low, high, step, unit, symbol, doc, source, at_start, words, called, constant)
    knob.check(default, "default")
    return dataclasses.field(default=default, metadata={"knob": knob})


def from_table(
    key: str, low: float, high: float, *, step: float, doc: str = "", symbol: str = "", at_start: bool = False,
    called: str = "",
) -> Any:  # fmt: skip
    """Declare a parameter whose default, unit and source are those of a shared constant.

    Parameters
    ----------
    key : str
        One of `metakit.core.constants.CONSTANTS`.
    low, high, step, at_start, called
        See `Knob`.
    doc, symbol
        See `Knob`; those of the constant if left out.

    Returns
    -------
    dataclasses.Field
        To be assigned in the body of the class.

    Raises
    ------
    ValueError
        If there is no such constant, or its value is outside the range.
    """
    known = constant(key)
    return param(
        known.value, low, high, step=step, unit=known.unit, symbol=symbol or known.symbol, doc=doc or known.doc,
        source=known.source, at_start=at_start, called=called, constant=key,
    )  # fmt: skip


def with_default(owner: type[Params], name: str, default: Value) -> Any:
    """Take over a parent's parameter with another default; all else stays as declared there.

    Parameters
    ----------
    owner : type of Params
        The parent.
    name : str
        Its parameter.
    default : bool, int, float or str
        The new default.

    Returns
    -------
    dataclasses.Field
        To be assigned in the body of the class.
    """
    known = owner.knob(name)
    knob = dataclasses.replace(known, default=default, constant=known.constant if default == known.default else "")
    knob.check(default, owner.__name__)
    return dataclasses.field(default=default, metadata={"knob": knob})


def is_whole(value: object) -> TypeGuard[int]:
    """Say whether this is a whole number; NumPy scalars are accepted, True and False are not numbers."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[float]:
    """Say whether this is a number; NumPy scalars are accepted, True and False are not numbers."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


@dataclass(frozen=True)
class Params:
    """Base of every stage's parameters: frozen, range-checked, self-describing.

    Class attributes
    ----------------
    FIRST : tuple of str
        The three or four parameters a newcomer should meet first.
    PRESETS : mapping of str to mapping
        Named settings: what differs from the defaults. ``"science"`` is always there.
    PRESET_NOTES : mapping of str to str
        One plain line for each preset that wants one.
    FORMER : mapping of str to str
        Names of today, of parameters, choices and presets, by those that they had before: saved runs may have them.
    """

    FIRST: ClassVar[tuple[str, ...]] = ()
    PRESETS: ClassVar[Mapping[str, Mapping[str, Value]]] = {"science": {}}
    PRESET_NOTES: ClassVar[Mapping[str, str]] = {}
    FORMER: ClassVar[Mapping[str, str]] = {}

    def __post_init__(self) -> None:
        """Check every field; numbers are stored as plain Python numbers."""
        for knob in self.knobs():
            object.__setattr__(self, knob.name, knob.check(getattr(self, knob.name), type(self).__name__, self.FORMER))

    @classmethod
    def knobs(cls) -> tuple[Knob, ...]:
        """Return every parameter's declaration, in order."""
        return tuple(dataclasses.replace(f.metadata["knob"], name=f.name) for f in dataclasses.fields(cls))

    @classmethod
    def knob(cls, name: str) -> Knob:
        """Return one parameter's declaration.

        Raises
        ------
        ValueError
            If there is no such parameter; the nearest name is suggested.
        """
        known = {k.name: k for k in cls.knobs()}
        if name not in known:
            raise ValueError(nearest(name, known, f"parameter of {cls.__name__} called", cls.FORMER))
        return known[name]

    @classmethod
    def make(cls, preset: str = "science", **changes: object) -> Self:
        """Make the parameters of a preset, with changes.

        Parameters
        ----------
        preset : str
            One of `PRESETS`.
        **changes
            Values by the name of their parameter.

        Returns
        -------
        Params

        Raises
        ------
        ValueError
            On an unknown preset or parameter, or a value that is not allowed.
        """
        if not isinstance(preset, str) or preset not in cls.PRESETS:
            raise ValueError(nearest(preset, cls.PRESETS, f"preset of {cls.__name__} called", cls.FORMER))
        return cls()._changed({**cls.PRESETS[preset], **changes})

    @classmethod
    def update_names(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give names of today to parameters, or fields of a state, and to choices among their values, by `FORMER`."""
        return {cls.FORMER.get(k, k): cls.FORMER.get(v, v) if isinstance(v, str) else v for k, v in values.items()}

    def replace(self, **changes: object) -> Self:
        """Copy these parameters with some changed; raises ValueError as `make` does."""
        return self._changed(changes)

    def _changed(self, changes: Mapping[str, object]) -> Self:
        for name in changes:
            self.knob(name)
        return dataclasses.replace(self, **changes)

    def as_dict(self) -> dict[str, Value]:
        """Field names and values."""
        return {k.name: getattr(self, k.name) for k in self.knobs()}

    def needs_restart(self, other: Params) -> list[str]:
        """Name the parameters that differ from `other` and matter only when a run starts."""
        return [k.name for k in self.knobs() if k.at_start and getattr(self, k.name) != getattr(other, k.name)]

    def differences(self, preset: str = "science") -> dict[str, Value]:
        """Find what differs from a preset: the least that must be said to make these parameters again."""
        base = type(self).make(preset).as_dict()
        return {name: value for name, value in self.as_dict().items() if value != base[name]}

    @classmethod
    def table(cls) -> list[dict[str, str]]:
        """Make the rows of a lesson's parameter table: name, label, symbol, default, range, meaning, source."""
        return [
            {
                "name": k.name,
                "label": k.label,
                "symbol": k.symbol,
                "default": k.amount(k.default),
                "range": k.span,
                "meaning": k.doc,
                "source": SOURCES[k.source].short,
            }
            for k in cls.knobs()
        ]

    def __str__(self) -> str:
        """One line a parameter, with unit and meaning."""
        rows = [f"  {k.name} = {k.amount(getattr(self, k.name))}   {k.doc}" for k in self.knobs()]
        return "\n".join([type(self).__name__, *rows])
