"""Packed whole numbers read where they lie: all of them, one, some, or those of many as one."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from bot.store.planes import BITS, FOLLOWS, HEAD, PATCHED, WIDTHS, joined, mended, unfold
from detectors.columns import Ints

_WORD = 8
_ALL = (1 << 64) - 1
_NONE: Ints = np.empty(0, np.int8)


class Cursor:
    """Reads what was packed, one after the other; `at` is how many bytes of `data` were read."""

    def __init__(self, data: bytes | memoryview, at: int = 0) -> None:
        self.data = data
        self.at = at

    def numbers(self) -> Ints:
        """Return the next packed integers, int32 where all fit and int64 elsewhere."""
        found = self.narrow()
        return found if found.itemsize == _WORD else found.astype(np.int32)

    def narrow(self) -> Ints:
        """Return the next packed integers, as narrow as all of them fit."""
        width, count = HEAD.unpack_from(self.data, self.at)
        self.at += HEAD.size
        if width == BITS:
            return np.unpackbits(self.raw(-(-count // 8)), count=count).view(np.int8)
        if width == PATCHED:
            return mended(self.raw(count), self.narrow())
        return joined(self.raw(width * count).reshape(width, count))

    def letters(self, size: int) -> bytes | memoryview:
        """Return the next bytes; ValueError where there are not as many."""
        found = self.data[self.at : self.at + size]
        if len(found) != size:
            raise ValueError(f"{size - len(found)} bytes are missing at the end")
        self.at += size
        return found

    @property
    def width(self) -> int:
        """How the next packed integers are written."""
        return int(HEAD.unpack_from(self.data, self.at)[0])

    @property
    def count(self) -> int:
        """How many the next packed integers are."""
        return int(HEAD.unpack_from(self.data, self.at)[1])

    def some(self, rows: Ints) -> Ints:
        """Return some of the next packed integers, int64, without unpacking the others."""
        width, count = HEAD.unpack_from(self.data, self.at)
        self.at += HEAD.size
        if width == BITS:
            bits = self.raw(-(-count // 8))
            told: Ints = bits[rows >> 3] >> (7 - (rows & 7)) & 1
            return told.astype(np.int64)
        if width == PATCHED:
            return self._some_patched(self.raw(count), rows)
        planes = self.raw(width * count).reshape(width, count)
        folded: npt.NDArray[np.uint64] = planes[-1][rows].astype(np.uint64)
        for plane in planes[-2::-1]:
            folded <<= 8
            folded |= plane[rows]
        unfold(folded)
        return folded.view(np.int64)

    def _some_patched(self, small: npt.NDArray[np.uint8], rows: Ints) -> Ints:
        folded = small[rows].astype(np.int64)
        found: Ints = folded >> 1 ^ -(folded & 1)
        follow = np.flatnonzero(folded == FOLLOWS)
        found[follow] = self.some(np.searchsorted(np.flatnonzero(small == FOLLOWS), rows[follow]))
        return found

    def where(self, value: int) -> Ints:
        """Return where a value is among the next packed integers, without unpacking them."""
        width, count = HEAD.unpack_from(self.data, self.at)
        if width not in WIDTHS:
            return np.flatnonzero(self.narrow() == value)
        self.at += HEAD.size
        planes = self.raw(width * count).reshape(width, count)
        folded = (value << 1 ^ value >> 63) & _ALL
        if folded >> 8 * width:
            return np.empty(0, np.int64)
        found = np.flatnonzero(planes[0] == folded & 0xFF)
        for number, plane in enumerate(planes[1:], start=1):
            found = found[plane[found] == folded >> 8 * number & 0xFF]
        return found

    def pick(self, index: int | None) -> int:
        """Return one of the next packed integers, 0 for None, without unpacking the others."""
        width, count = HEAD.unpack_from(self.data, self.at)
        start = self.at + HEAD.size
        size = {BITS: -(-count // 8), PATCHED: count}.get(width, width * count)
        self.at = start + size
        if width == PATCHED:
            return self._pick_patched(start, index)
        if index is None:
            return 0
        if width == BITS:
            byte, bit = divmod(index, 8)
            return self.data[start + byte] >> (7 - bit) & 1
        return _unfolded(int.from_bytes(self.data[start + index : self.at : count], "little"))

    def _pick_patched(self, start: int, index: int | None) -> int:
        if index is not None and self.data[start + index] == FOLLOWS:
            return self.pick(bytes(self.data[start : start + index]).count(FOLLOWS))
        self.pick(None)
        return 0 if index is None else _unfolded(self.data[start + index])

    def raw(self, size: int) -> npt.NDArray[np.uint8]:
        """Return the next bytes."""
        found = np.frombuffer(self.data, np.uint8, size, self.at)
        self.at += size
        return found

    def one(self) -> int:
        """Return the next single number."""
        return self.pick(0)


def together(cursors: Sequence[Cursor]) -> Ints:
    """Return the next packed integers of some, one after the other, as narrow as all of them fit.

    Those that are written alike are unpacked as one. Raises ValueError where one is cut short.
    """
    heads = [HEAD.unpack_from(cursor.data, cursor.at) for cursor in cursors]
    widths = {width for width, _ in heads}
    if len(widths) > 1:
        return _mixed(cursors, heads)
    [width] = widths
    if width == BITS:
        return np.concatenate([cursor.narrow() for cursor in cursors])
    planes = 1 if width == PATCHED else width
    parts = []
    for number in range(planes):
        for cursor, (_, count) in zip(cursors, heads, strict=True):
            begin = cursor.at + HEAD.size + number * count
            parts.append(cursor.data[begin : begin + count])
    for cursor, (_, count) in zip(cursors, heads, strict=True):
        cursor.at += HEAD.size + planes * count
    told = np.frombuffer(b"".join(parts), np.uint8)
    if len(told) != planes * sum(count for _, count in heads):
        raise ValueError("bytes are missing at the end")
    return mended(told, together(cursors)) if width == PATCHED else joined(told.reshape(width, -1))


def _mixed(cursors: Sequence[Cursor], heads: Sequence[tuple[int, int]]) -> Ints:
    """Return the next packed integers of some that are not all written alike."""
    alike: dict[int, list[int]] = {}
    for place, (width, _) in enumerate(heads):
        alike.setdefault(width, []).append(place)
    found = [_NONE] * len(cursors)
    for places in alike.values():
        told = together([cursors[place] for place in places])
        ends = list(accumulate(heads[place][1] for place in places))
        for place, (begin, end) in zip(places, pairwise([0, *ends]), strict=True):
            found[place] = told[begin:end]
    return np.concatenate(found)


def reached(cursors: Sequence[Cursor], totals: Sequence[int]) -> list[tuple[int, int] | None]:
    """Return which of the next packed integers of each makes its sum a total, and how many it has.

    Each has some, of which none is below zero, and a total of its own. Returns None where the sum
    passes that by.
    """
    if not cursors:
        return []
    counts = np.array([cursor.count for cursor in cursors])
    ends = counts.cumsum()
    begins = ends - counts
    steps = together(cursors).astype(np.int64)
    # So that no sum up to the total of one is that of all before it.
    steps[begins] += 1
    sums = steps.cumsum()
    wanted = np.append(0, sums)[begins] + np.array(totals) + 1
    places = sums.searchsorted(wanted)
    # Beyond the last is beyond its end too.
    there = (places < ends) & (sums[np.minimum(places, len(sums) - 1)] == wanted)
    return [
        (place, count) if found else None
        for place, count, found in zip(
            (places - begins).tolist(), counts.tolist(), there.tolist(), strict=True
        )
    ]


def _unfolded(folded: int) -> int:
    return folded >> 1 ^ -(folded & 1)
