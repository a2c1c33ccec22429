"""One row of the same block of many links, with no more of the blocks read than it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from bot.store.blocks import Packed, head_of, sizes_of, unpacked
from bot.store.planes import Cursor, reached


@dataclass(frozen=True)
class Front:
    """A block from its beginning on, as far as it was read.

    tracks: how many the block has. wanted: the places among those of the tracks that are read.
    """

    data: Packed
    tracks: int
    wanted: Sequence[int]

    def where(self) -> memoryview | None:
        """Return the part that tells which rows differ, None where it was not read."""
        [size], head = sizes_of(self.data, 1), head_of(self.tracks)
        where = memoryview(self.data)[head : head + size]
        return where if len(where) == size else None

    def figures(self) -> list[memoryview] | None:
        """Return the parts of the tracks wanted, None where one of them was not read."""
        sizes = sizes_of(self.data, self.tracks + 1)
        ends = list(accumulate(sizes, initial=head_of(self.tracks)))
        if any(ends[place + 2] > len(self.data) for place in self.wanted):
            return None
        view = memoryview(self.data)
        return [view[ends[place + 1] : ends[place + 2]] for place in self.wanted]


# Bytes; of fewer, numpy takes longer to be called than to count.
_MANY = 2_048

# Of each block the figures of a row: none where it says nothing of it, None where it has to be
# read on first.
Figures = list[Sequence[int] | None]


def values_of(fronts: Sequence[Front], row: int) -> Figures:
    """Return what a row of keyframes' blocks has in the tracks wanted.

    Raises ValueError, IndexError, struct.error or ZstdError where one of them is not whole.
    """
    found: Figures = [None] * len(fronts)
    for at, told in _figures(fronts, range(len(fronts))):
        found[at] = [Cursor(each).pick(row) for each in told]
    return found


def moves_of(fronts: Sequence[Front], row: int) -> Figures:
    """Return by how much a row of deltas' blocks differs from the base in the tracks wanted.

    Raises ValueError, IndexError, struct.error or ZstdError where one of them is not whole.
    """
    found: Figures = [None] * len(fronts)
    begun = {at: where for at, front in enumerate(fronts) if (where := front.where()) is not None}
    places = {}
    for at, here in zip(begun, _places(_unpacked([*begun.values()]), row), strict=True):
        if here is None:
            found[at] = ()
        else:
            places[at] = here
    for at, told in _figures(fronts, [*places]):
        place, moved = places[at]
        found[at] = [_move(each, place, moved) for each in told]
    return found


def _figures(fronts: Sequence[Front], numbers: Sequence[int]) -> list[tuple[int, list[memoryview]]]:
    """Return the unpacked tracks of some blocks, as far as they were read, with their numbers."""
    held = [(at, told) for at in numbers if (told := fronts[at].figures()) is not None]
    parts = iter(_unpacked([part for _, told in held for part in told]))
    return [(at, [next(parts) for _ in told]) for at, told in held]


def _unpacked(parts: Sequence[memoryview]) -> list[memoryview]:
    """Return what was compressed; of nothing, nothing."""
    told = iter(unpacked([part for part in parts if part]))
    return [next(told) if part else part for part in parts]


def _places(told: Sequence[memoryview], row: int) -> list[tuple[int, int] | None]:
    """Return which of the rows that differ a row is, and how many they are; None if it is none."""
    found: list[tuple[int, int] | None] = [None] * len(told)
    gaps = {}
    for at, where in enumerate(told):
        if not where:
            continue
        cursor = Cursor(where)
        if not cursor.one():
            gaps[at] = cursor
        elif (place := _before(where, cursor.at, row)) is not None:
            found[at] = place, _set(where[cursor.at :])
    for at, here in zip(gaps, reached([*gaps.values()], row), strict=True):
        found[at] = here
    return found


def _move(told: memoryview, place: int, moved: int) -> int:
    """Return by how much a track differs in one of so many rows that do in some track."""
    index = _before(told, 0, place) if told else None
    return 0 if index is None else Cursor(told, -(-moved // 8)).pick(index)


def _before(told: memoryview, start: int, place: int) -> int | None:
    """Return how many bits are set before one of a bitmap; None where that one is not."""
    byte, bit = divmod(place, 8)
    own = told[start + byte]
    if not own >> (7 - bit) & 1:
        return None
    return _set(told[start : start + byte]) + (own >> (8 - bit)).bit_count()


def _set(bits: memoryview) -> int:
    """Return how many bits are set."""
    if len(bits) < _MANY:
        return int.from_bytes(bits).bit_count()
    words = len(bits) // 8
    ones = np.bitwise_count(np.frombuffer(bits, np.uint64, words)).sum()
    return int(ones) + int.from_bytes(bits[8 * words :]).bit_count()
