"""One row of the same block of many links, with no more of the blocks read than it takes."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import zstandard

from bot.store.cursor import Cursor, reached
from bot.store.parts import Packed, head_of, sizes_of


class _Own(threading.local):
    """What each thread has one of, as making one takes as long as unpacking a small part."""

    def __init__(self) -> None:
        self.unpacker = zstandard.ZstdDecompressor()


_own = _Own()


@dataclass(frozen=True)
class Front:
    """A block, or the half of one, from its beginning on, as far as it was read.

    tracks: how many it has. wanted: the places among those of the tracks that are read. row: the
    one that is asked for, counted from its first.
    """

    data: Packed
    tracks: int
    wanted: Sequence[int]
    row: int

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


def values_of(fronts: Sequence[Front]) -> Figures:
    """Return what the row of each of keyframes' blocks has in the tracks wanted.

    Raises ValueError, IndexError, struct.error or ZstdError where one of them is not whole.
    """
    found: Figures = []
    for front in fronts:
        told = front.figures()
        picked = (
            None if told is None else [Cursor(_unpacked(each)).pick(front.row) for each in told]
        )
        found.append(picked)
    return found


def moves_of(fronts: Sequence[Front]) -> Figures:
    """Return by how much the row of each of deltas' blocks differs from the base's.

    Raises ValueError, IndexError, struct.error or ZstdError where one of them is not whole.
    """
    found: Figures = [None] * len(fronts)
    begun = {at: where for at, front in enumerate(fronts) if (where := front.where()) is not None}
    rows = [fronts[at].row for at in begun]
    for at, here in zip(begun, _places([*begun.values()], rows), strict=True):
        if here is None:
            found[at] = ()
        elif (told := fronts[at].figures()) is not None:
            place, moved = here
            found[at] = [_move(_unpacked(each), place, moved) for each in told]
    return found


def _unpacked(part: memoryview) -> bytes:
    """Return what was compressed; of nothing, nothing."""
    return _own.unpacker.decompress(part) if part else b""


def _places(parts: Sequence[memoryview], rows: Sequence[int]) -> list[tuple[int, int] | None]:
    """Return which of the rows that differ one is of each, and of how many; None if it is none."""
    found: list[tuple[int, int] | None] = [None] * len(parts)
    gaps = {}
    for at, (part, row) in enumerate(zip(parts, rows, strict=True)):
        where = memoryview(_unpacked(part))
        if not where:
            continue
        cursor = Cursor(where)
        if not cursor.one():
            gaps[at] = cursor
        elif (place := _before(where, cursor.at, row)) is not None:
            found[at] = place, _set(where[cursor.at :])
    told = reached([*gaps.values()], [rows[at] for at in gaps])
    for at, here in zip(gaps, told, strict=True):
        found[at] = here
    return found


def _move(told: bytes, place: int, moved: int) -> int:
    """Return by how much a track differs in one of so many rows that do in some track."""
    index = _before(memoryview(told), 0, place) if told else None
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
