"""A column of names, packed: millions of ids without millions of Python objects."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import overload

import numpy as np
import numpy.typing as npt

# ASCII names are looked up a block at a time; a block of this many is decoded at once.
_BLOCK = 4096


class Names(Sequence[str]):
    """Strings in one blob of UTF-8, decoded as they are asked for.

    blob: the names one after the other, without separators. ends: int64, where each ends.
    """

    __slots__ = ("_blob", "_ends", "_lowered")

    def __init__(self, blob: bytes, ends: npt.NDArray[np.int64]) -> None:
        self._blob = blob
        self._ends = ends
        self._lowered: Mapping[str, Sequence[int]] | None = None

    @classmethod
    def of(cls, names: Iterable[str]) -> "Names":
        """Pack names."""
        parts = [name.encode() for name in names]
        ends = np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)))
        return cls(b"".join(parts), ends)

    @property
    def blob(self) -> bytes:
        """The names one after the other, in UTF-8."""
        return self._blob

    @property
    def ends(self) -> npt.NDArray[np.int64]:
        """Where each name ends in the blob, in bytes."""
        return self._ends

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> "Names": ...

    def __getitem__(self, at: int | slice) -> "str | Names":
        if isinstance(at, slice):
            return Names.of([self[each] for each in range(*at.indices(len(self)))])
        if at < 0:
            at += len(self)
        if not 0 <= at < len(self):
            raise IndexError(at)
        start = int(self._ends[at - 1]) if at else 0
        return self._blob[start : int(self._ends[at])].decode()

    def __iter__(self) -> Iterator[str]:
        start = 0
        for first in range(0, len(self), _BLOCK):
            for end in self._ends[first : first + _BLOCK].tolist():
                yield self._blob[start:end].decode()
                start = end

    def __eq__(self, other: object) -> bool:
        """Whether another sequence holds the same names."""
        if isinstance(other, Names):
            return self._blob == other._blob and bool(np.array_equal(self._ends, other._ends))
        if isinstance(other, Sequence):
            return tuple(self) == tuple(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._blob)

    def __repr__(self) -> str:
        return f"Names({len(self):,})"

    def lowered(self) -> Mapping[str, Sequence[int]]:
        """Return where each name stands, in small letters; made once."""
        if self._lowered is None:
            self._lowered = _places(self)
        return self._lowered


def located(names: Sequence[str], wanted: Collection[str]) -> list[tuple[int, str]]:
    """Return place and name of those that are wanted, the wanted given in small letters."""
    if isinstance(names, Names):
        places = names.lowered()
        found = [at for word in wanted for at in places.get(word, ())]
        return [(at, names[at]) for at in sorted(found)]
    return [(at, name) for at, name in enumerate(names) if name.lower() in wanted]


def _places(names: Iterable[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        places.setdefault(name.lower(), []).append(at)
    return places
