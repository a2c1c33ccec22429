"""A column of names, packed: millions of ids without millions of Python objects."""

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from detectors.folds import (
    Ends,
    Folds,
    Hints,
    folded,
    hinted,
    hints_of,
    places_of,
    tails_hinted,
)

Hint = Callable[[bytes, Ends], Hints]

_BLOCK = 4096
_NOTHING = np.empty(0, np.int64)


class Named(Sequence[str]):
    """A sequence of names that equals any other with the same names; each says how one is read."""

    __slots__ = ()

    @abstractmethod
    def _at(self, place: int) -> str:
        """Return the name at a place, which is one that there is and is counted from 0."""

    def some(self, rows: npt.NDArray[np.integer[Any]]) -> list[str]:
        """Return the names at some places, in their order."""
        return [self._at(place) for place in rows.tolist()]

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...

    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        size = len(self)
        if isinstance(at, slice):
            return tuple(self.some(np.arange(*at.indices(size))))
        place = at + size if at < 0 else at
        if not 0 <= place < size:
            raise IndexError(at)
        return self._at(place)

    def __eq__(self, other: object) -> bool:
        """Whether another sequence holds the same names."""
        if not isinstance(other, Sequence) or len(self) != len(other):
            return NotImplemented if not isinstance(other, Sequence) else False
        return all(mine == its for mine, its in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self[:3])) if len(self) else ""
        return f"<{len(self):,} names: {shown}{', …' if len(self) > 3 else ''}>"  # noqa: PLR2004 - those shown


class Chosen(Named):
    """Some names of a column, looked up as they are asked for. rows: integers into `names`."""

    __slots__ = ("_names", "_rows")

    def __init__(self, names: Sequence[str], rows: npt.NDArray[np.integer[Any]]) -> None:
        self._names = names
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def _at(self, place: int) -> str:
        return self._names[int(self._rows[place])]

    def some(self, rows: npt.NDArray[np.integer[Any]]) -> list[str]:
        """Return the names at some places, in their order."""
        chosen = self._rows[rows]
        if isinstance(self._names, Named):
            return self._names.some(chosen)
        return [self._names[row] for row in chosen.tolist()]

    def __iter__(self) -> Iterator[str]:
        if isinstance(self._names, Named):
            return iter(self._names.some(self._rows))
        return (self._names[row] for row in self._rows.tolist())


class Names(Named):
    """Strings in one blob of UTF-8, decoded as they are asked for.

    blob: the names one after the other, without separators. ends: where each ends, int64, or int32
    where `slender` found that they fit.
    """

    __slots__ = ("_alikes", "_blob", "_ends", "_found", "_hints", "_tails")

    def __init__(self, blob: bytes, ends: Ends) -> None:
        self._blob = blob
        self._ends = ends
        self._hints: Hints | None = None
        self._tails: Hints | None = None
        self._alikes: npt.NDArray[np.int64] | None = None
        self._found: dict[frozenset[str], list[tuple[int, str]]] = {}

    @classmethod
    def of(cls, names: Iterable[str]) -> "Names":
        """Pack names."""
        parts = [name.encode() for name in names]
        ends = np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)))
        return cls(b"".join(parts), ends)

    @classmethod
    def joined(cls, parts: Sequence["Names"]) -> "Names":
        """Return the names of several columns, one after the other."""
        starts = np.cumsum([0, *(len(part.blob) for part in parts)])
        ends = [
            part.ends.astype(np.int64) + start
            for part, start in zip(parts, starts.tolist(), strict=False)
        ]
        whole = slender(np.concatenate([*ends, _NOTHING]))
        return cls(b"".join(part.blob for part in parts), whole)

    def begins_with(self, others: "Names") -> bool:
        """Whether the first names are those of another column."""
        size = len(others)
        if len(self) < size:
            return False
        if self is others:
            return True
        if type(others) is not Names:
            return self.alike(others, 0, size)
        if self._blob is others.blob and self._ends.ctypes.data == others.ends.ctypes.data:
            return True  # what `first` gave of the same names
        return bool((self._ends[:size] == others.ends).all() and self._blob.startswith(others.blob))

    def some(self, rows: npt.NDArray[np.integer[Any]]) -> list[str]:
        """Return the names at some places, in their order."""
        ends, blob = self._ends[rows].tolist(), self._blob
        starts = np.where(rows > 0, self._ends[rows - 1], 0).tolist()
        return [blob[start:end].decode() for start, end in zip(starts, ends, strict=True)]

    @property
    def remembered(self) -> tuple[Hints | None, dict[frozenset[str], list[tuple[int, str]]]]:
        """What was found of these names so far: hints, and where wanted ones are."""
        return self._hints, self._found

    def follow(self, before: "Names") -> None:
        """Take over what was found of names that these begin with."""
        hints, found = before.remembered
        if self is before or hints is None or self._hints is not None:
            return
        new = self.after(len(before))
        self._hints = np.append(hints, new.hints)
        for wanted, places in found.items():
            more = [(len(before) + at, name) for at, name in new.located(wanted)]
            self._found[wanted] = [*places, *more]

    def first(self, count: int) -> "Names":
        """Return the first names."""
        return self if count == len(self) else Names(self._blob, self._ends[:count])

    def between(self, start: int, end: int) -> "Names":
        """Return the names from place `start` to before `end`."""
        return self.first(end).after(start)

    def after(self, count: int) -> "Names":
        """Return the names without the first ones."""
        start = int(self._ends[count - 1]) if count else 0
        end = int(self._ends[-1]) if len(self._ends) else 0
        return Names(self._blob[start:end], self._ends[count:] - start)

    @property
    def blob(self) -> bytes:
        """The names one after the other, in UTF-8."""
        return self._blob

    @property
    def ends(self) -> Ends:
        """Where each name ends in the blob, in bytes."""
        return self._ends

    def __len__(self) -> int:
        return len(self._ends)

    def _at(self, place: int) -> str:
        start = int(self._ends[place - 1]) if place else 0
        return self._blob[start : int(self._ends[place])].decode()

    def __iter__(self) -> Iterator[str]:
        start = 0
        for first in range(0, len(self), _BLOCK):
            for end in self._ends[first : first + _BLOCK].tolist():
                yield self._blob[start:end].decode()
                start = end

    def alike(self, other: "Names", start: int, end: int) -> bool:
        """Whether both hold the same names from place `start` to before `end`."""
        if start >= end:
            return True
        if type(other) is not Names:
            return other.alike(self, start, end)
        begin, first = (int(names.ends[start - 1]) if start else 0 for names in (self, other))
        mine, its = self._ends[start:end], other.ends[start:end]
        if not np.array_equal(mine, its if first == begin else its - (first - begin)):
            return False
        size = int(mine[-1]) - begin
        one = np.frombuffer(self._blob, np.uint8, size, begin)
        return np.array_equal(one, np.frombuffer(other.blob, np.uint8, size, first))

    def located(self, wanted: frozenset[str]) -> list[tuple[int, str]]:
        """Return place and name of those that are wanted, in small letters; found once."""
        if wanted not in self._found:
            places = places_of(self.hints, hints_of(folds_of(sorted(wanted))))
            found = [(at, self[at]) for at in places.tolist()]
            self._found[wanted] = [(at, name) for at, name in found if name.lower() in wanted]
        return self._found[wanted]

    @property
    def hints(self) -> Hints:
        """Half of a number for each name that is the same in small and capital letters; made once.

        Who finds a name by it looks at the name as well: others may share it by chance.
        """
        if self._hints is None:
            self._hints = self._all(hinted)
        return self._hints

    @property
    def alikes(self) -> npt.NDArray[np.int64]:
        """The places of names that another is like but for case, in order; looked for once."""
        if self._alikes is None:
            hints = np.sort(self.hints)
            again = hints[1:][hints[1:] == hints[:-1]]
            near = places_of(self.hints, again)
            _, number, counts = np.unique(
                folds_of(self.some(near)), return_inverse=True, return_counts=True
            )
            self._alikes = near[counts[number] > 1]
        return self._alikes

    def _all(self, hint: Hint) -> Hints:
        return hint(self._blob, self._ends)

    def tailed(self, tail: str) -> list[int]:
        """Return the places of the names that end in a tail after a slash, in whatever case."""
        if self._tails is None:
            self._tails = self._all(tails_hinted)
        near = np.flatnonzero(self._tails == hints_of(folds_of([tail]))[0])
        return [at for at in near.tolist() if _tail(self[at]) == tail.lower()]


def slender(ends: Ends) -> Ends:
    """Return where names end in 32 bits, where those are enough."""
    fit = len(ends) and int(ends[-1]) <= np.iinfo(np.int32).max
    return ends.astype(np.int32) if fit else ends


def tailed(names: Sequence[str], tail: str) -> list[int]:
    """Return the places of the names that end in a tail after a slash, in whatever case."""
    if isinstance(names, Names):
        return names.tailed(tail)
    return [at for at, name in enumerate(names) if _tail(name) == tail.lower()]


def _tail(name: str) -> str:
    return name.lower().rpartition("/")[2]


def located(names: Sequence[str], wanted: Collection[str]) -> list[tuple[int, str]]:
    """Return place and name of those that are wanted, the wanted given in small letters."""
    if isinstance(names, Names):
        return names.located(frozenset(wanted))
    return [(at, name) for at, name in enumerate(names) if name.lower() in wanted]


def folds_of(names: Sequence[str]) -> Folds:
    """Return a number for each name, uint64, that only names alike but for case share.

    Two others share one with a chance of one in 2**64: it tells owners apart, no more.
    """
    packed = names if isinstance(names, Names) else Names.of(names)
    return folded(packed.blob, packed.ends)
