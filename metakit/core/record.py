"""Record: frozen fields with read-only arrays, checked when made, that can be taken apart for a file and joined again.

States are records, and so is what one stage hands to the next. Nothing is ever unpickled from a file.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np


def array(dtype: str, *dims: str, **default: Any) -> Any:
    """Declare an array field of a `Record`: its dtype, and a name for each dimension.

    Parameters
    ----------
    dtype : str
        As numpy writes it.
    *dims : str
        Names; dimensions of the same name must have the same length.
    **default
        As `dataclasses.field` takes it.

    Returns
    -------
    dataclasses.Field
        To be assigned in the body of the class.
    """
    return field(metadata={"dtype": np.dtype(dtype), "dims": dims}, **default)


def part(kind: type[Record], **default: Any) -> Any:
    """Declare a field of a `Record` that is a record itself: a site of several, say.

    Parameters
    ----------
    kind : type of Record
        Of which class.
    **default
        As `dataclasses.field` takes it.

    Returns
    -------
    dataclasses.Field
        To be assigned in the body of the class.
    """
    return field(metadata={"part": kind}, **default)


def _frozen(value: np.ndarray) -> np.ndarray:
    """Give an array that nobody can write to, by no other name either: a copy, unless it is such a one."""
    owner = value if value.base is None else value.base
    if value.flags.writeable or (isinstance(owner, np.ndarray) and owner.flags.writeable):
        value = value.copy()
        value.setflags(write=False)
    # Of an array that owns its numbers one could take the lock off again; of a view of it not.
    return value.view() if value.base is None else value


@dataclass(frozen=True, eq=False)
class Record:
    """Base of states and hand-overs. Array fields are declared with `array` and are read-only.

    Class attributes
    ----------------
    FORMER : mapping of str to str
        Names of today, of fields and, of a state, of measures, by those that they had before: files may have them.
    """

    FORMER: ClassVar[Mapping[str, str]] = {}

    def __post_init__(self) -> None:
        """Check dtypes and shapes, and make every array read-only."""
        lengths: dict[str, int] = {}
        for f in self.array_fields():
            name, dtype, dims = f.name, f.metadata["dtype"], f.metadata["dims"]
            value = np.asarray(getattr(self, name))
            if value.dtype.kind == dtype.kind == "i" and np.can_cast(value.dtype, dtype):
                value = value.astype(dtype, copy=False)  # numpy's own whole numbers have 32 bits in the browser
            if value.dtype != dtype or value.ndim != len(dims):
                raise ValueError(
                    f"{type(self).__name__}.{name} is {value.ndim}-dimensional {value.dtype}; "
                    f"{len(dims)}-dimensional {dtype} is expected"
                )
            for dim, n in zip(dims, value.shape, strict=True):
                if lengths.setdefault(dim, n) != n:
                    raise ValueError(f"{type(self).__name__}.{name} has {n} {dim}, other fields have {lengths[dim]}")
            object.__setattr__(self, name, _frozen(value))

    @classmethod
    @functools.cache
    def array_fields(cls) -> tuple[dataclasses.Field[Any], ...]:
        """Return the fields that hold arrays."""
        return tuple(f for f in dataclasses.fields(cls) if "dtype" in f.metadata)

    @classmethod
    def parts(cls) -> dict[str, type[Record]]:
        """Return the fields that hold a record, and of which kind."""
        return {f.name: f.metadata["part"] for f in dataclasses.fields(cls) if "part" in f.metadata}

    @property
    def nbytes(self) -> int:
        """Bytes held by the arrays."""
        return int(sum(value.nbytes for value in self.split()[0].values()))

    def replace(self, **changes: Any) -> Self:
        """Copy the record with some fields changed; unchanged arrays are shared."""
        return dataclasses.replace(self, **changes)

    def __setstate__(self, fields: dict[str, Any]) -> None:
        """Take over what was pickled for another process; its arrays come writable."""
        self.__dict__.update(fields)
        self.__post_init__()

    def __eq__(self, other: object) -> bool:
        """Equal when every field is, bit for bit."""
        if type(other) is not type(self):
            return NotImplemented
        for f in dataclasses.fields(self):
            if not f.compare:
                continue
            a, b = getattr(self, f.name), getattr(other, f.name)
            if "dtype" in f.metadata:
                if a.shape != b.shape or a.tobytes() != b.tobytes():
                    return False
            elif a != b and not (a != a and b != b):  # NaN, "not yet", is the same on both sides
                return False
        return True

    __hash__ = None  # type: ignore[assignment]

    def check(self) -> None:
        """Check that the numbers make sense together, as is done with everything that is read from a file.

        Raises
        ------
        ValueError
            If they do not.
        """
        for f in self.array_fields():
            value = getattr(self, f.name)
            if value.dtype.kind == "f" and not np.isfinite(value).all():
                raise ValueError(f"{f.name} holds numbers that are not finite")
        for name in self.parts():
            getattr(self, name).check()

    def split(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Array fields and plain fields, for saving; those of a part are named ``part.field``."""
        arrays = {f.name: getattr(self, f.name) for f in self.array_fields()}
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name not in arrays}
        for name in self.parts():
            inner, plain[name] = getattr(self, name).split()
            arrays |= {f"{name}.{key}": value for key, value in inner.items()}
        return arrays, plain

    @classmethod
    def join(cls, arrays: Mapping[str, np.ndarray], plain: Mapping[str, Any]) -> Self:
        """Make a record from what `split` gave, today or under names of `FORMER`.

        Parameters
        ----------
        arrays : mapping of str to array
            Array fields by name.
        plain : mapping
            All other fields by name.

        Returns
        -------
        Record

        Raises
        ------
        ValueError
            If a field is missing, unknown, of the wrong type or shape, or makes no sense.
        """
        arrays = {cls.FORMER.get(name, name): value for name, value in arrays.items()}
        plain = {cls.FORMER.get(name, name): value for name, value in plain.items()}
        names = {f.name for f in cls.array_fields()}
        others = {f.name: f for f in dataclasses.fields(cls) if f.name not in names}
        parts, inner = cls.parts(), {name for name in arrays if name.split(".")[0] in cls.parts()}
        if set(arrays) - inner != names or set(plain) != set(others):
            wrong = sorted((set(arrays) - inner ^ names) | (set(plain) ^ set(others)))
            raise ValueError(f"its entries are not those of {cls.__name__}: {', '.join(wrong)}")
        for name, value in plain.items():
            # With `from __future__ import annotations` a field's type is its text, otherwise the type itself.
            kind = getattr(others[name].type, "__name__", str(others[name].type)).split("[")[0]
            wanted: Any = {"int": int, "float": (int, float), "bool": bool, "str": str}.get(kind, dict)
            if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
                raise ValueError(f"{name} = {value!r:.60} is not of type {kind}")
        fields: dict[str, Any] = {n: v for n, v in arrays.items() if n not in inner} | dict(plain)
        for name, kind_of_part in parts.items():
            begin = f"{name}."
            own = {key.removeprefix(begin): value for key, value in arrays.items() if key.startswith(begin)}
            fields[name] = kind_of_part.join(own, plain[name])
        record = cls(**fields)
        record.check()
        return record
