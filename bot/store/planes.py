"""Whole numbers as bytes that compress well: signs folded, as narrow as they are, byte planes.

Small numbers of either sign become small numbers without one (zigzag, as Protocol Buffers write
them), and the lowest bytes of all stand together, so that an entropy coder sees like beside like.
Of noughts and ones eight go into a byte. Where few numbers need more than one byte, as figures by
Zipf's law and their steps do, each has one, and those few follow (patched coding; Zukowski and
others, 2006): else the upper bytes of all would be nearly all noughts, and cost a bit each.
"""

import struct
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from detectors.columns import Ints

_HEAD = struct.Struct("<BI")
_BITS = 0
_PATCHED = 9
# What a byte says where the number follows; it pays up to one in so many.
_FOLLOWS = 255
_FEW = 4
_WIDTHS = {1: "<u1", 2: "<u2", 4: "<u4", 8: "<u8"}
_WORD = 8
_ALL = (1 << 64) - 1
_NONE: Ints = np.empty(0, np.int8)
# Numbers put together at once, that all in between stays in the cache.
_AT_ONCE = 65_536
# Of fewer numbers a byte each costs nothing.
_SOME = 16


def packed(values: Ints) -> bytes:
    """Return integers of at most 64 bits as a head and byte planes."""
    return b"".join(pieces(values))


def pieces(values: Ints) -> list[bytes]:
    """Return what `packed` does in the pieces within which bytes are alike."""
    if len(values) >= _SOME and values.min() >= 0 and values.max() <= 1:
        bits = np.packbits(values.astype(np.bool_)).tobytes()
        return [_HEAD.pack(_BITS, len(values)) + bits]
    wide = values.astype(np.int64, copy=False)
    folded = ((wide << 1) ^ (wide >> 63)).view(np.uint64)
    most = int(folded.max(initial=0))
    width = next(each for each in _WIDTHS if most < 1 << (8 * each))
    if width > 1 and len(values) >= _SOME:
        large = folded >= _FOLLOWS
        if np.count_nonzero(large) * _FEW < len(values):
            small = np.where(large, _FOLLOWS, folded).astype(np.uint8).tobytes()
            return [_HEAD.pack(_PATCHED, len(values)) + small, *_planes(folded[large], width)]
    return _planes(folded, width)


def _planes(folded: npt.NDArray[np.uint64], width: int) -> list[bytes]:
    narrow = folded.astype(_WIDTHS[width]).view(np.uint8).reshape(-1, width)
    planes = [np.ascontiguousarray(narrow[:, number]).tobytes() for number in range(width)]
    return [_HEAD.pack(width, len(folded)) + planes[0], *planes[1:]]


class Flow:
    """Reads what was packed off a stream, so that it stands nowhere but in what is made of it.

    read: returns the next bytes, no more than asked for, and none at the end.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read

    def narrow(self, spare: int = 0) -> Ints:
        """Return the next packed integers, as narrow as all fit, and behind them room for more."""
        width, count = _HEAD.unpack(self.letters(_HEAD.size))
        if width == _BITS:
            bits = np.unpackbits(self.raw(-(-count // 8)), count=count).view(np.int8)
            return np.append(bits, np.zeros(spare, np.int8)) if spare else bits
        if width == _PATCHED:
            return _mended(self.raw(count), self.narrow(), spare)
        folded = np.zeros(count + spare, _WIDTHS[width])
        for plane in range(width):
            for start in range(0, count, _AT_ONCE):
                part = folded[start : min(start + _AT_ONCE, count)]
                part |= self.raw(len(part)).astype(part.dtype) << 8 * plane
        for start in range(0, count, _AT_ONCE):
            _unfold(folded[start : min(start + _AT_ONCE, count)])
        return folded.view(f"i{width}")

    def raw(self, size: int) -> npt.NDArray[np.uint8]:
        """Return the next bytes as numbers; ValueError where there are not as many."""
        return np.frombuffer(self.letters(size), np.uint8)

    def letters(self, size: int) -> bytes:
        """Return the next bytes; ValueError where there are not as many."""
        parts = []
        while size and (part := self._read(size)):
            parts.append(part)
            size -= len(part)
        if size:
            raise ValueError(f"{size} bytes are missing at the end")
        return parts[0] if len(parts) == 1 else b"".join(parts)


def _mended(small: npt.NDArray[np.uint8], large: Ints, spare: int = 0) -> Ints:
    """Return numbers of a byte each but for those that follow, and behind them room for more."""
    signed: Ints = np.empty(len(small) + spare, large.dtype)
    at = 0
    for start in range(0, len(small), _AT_ONCE):
        part = small[start : start + _AT_ONCE]
        some = signed[start : start + len(part)]
        some[:] = (part >> 1 ^ -(part & 1)).view(np.int8)
        patched = np.flatnonzero(part == _FOLLOWS)
        some[patched] = large[at : at + len(patched)]
        at += len(patched)
    return signed


def _unfold(folded: Ints) -> None:
    """Give numbers without a sign the sign that is in their last bit, in place."""
    odd = folded & 1
    folded >>= 1
    folded ^= -odd


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
        width, count = _HEAD.unpack_from(self.data, self.at)
        self.at += _HEAD.size
        if width == _BITS:
            return np.unpackbits(self.raw(-(-count // 8)), count=count).view(np.int8)
        if width == _PATCHED:
            return _mended(self.raw(count), self.narrow())
        return _joined(self.raw(width * count).reshape(width, count))

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
        return int(_HEAD.unpack_from(self.data, self.at)[0])

    @property
    def count(self) -> int:
        """How many the next packed integers are."""
        return int(_HEAD.unpack_from(self.data, self.at)[1])

    def some(self, rows: Ints) -> Ints:
        """Return some of the next packed integers, int64, without unpacking the others."""
        width, count = _HEAD.unpack_from(self.data, self.at)
        self.at += _HEAD.size
        if width == _BITS:
            bits = self.raw(-(-count // 8))
            told: Ints = bits[rows >> 3] >> (7 - (rows & 7)) & 1
            return told.astype(np.int64)
        if width == _PATCHED:
            return self._some_patched(self.raw(count), rows)
        planes = self.raw(width * count).reshape(width, count)
        folded: npt.NDArray[np.uint64] = planes[-1][rows].astype(np.uint64)
        for plane in planes[-2::-1]:
            folded <<= 8
            folded |= plane[rows]
        _unfold(folded)
        return folded.view(np.int64)

    def _some_patched(self, small: npt.NDArray[np.uint8], rows: Ints) -> Ints:
        folded = small[rows].astype(np.int64)
        found: Ints = folded >> 1 ^ -(folded & 1)
        follow = np.flatnonzero(folded == _FOLLOWS)
        found[follow] = self.some(np.searchsorted(np.flatnonzero(small == _FOLLOWS), rows[follow]))
        return found

    def where(self, value: int) -> Ints:
        """Return where a value is among the next packed integers, without unpacking them."""
        width, count = _HEAD.unpack_from(self.data, self.at)
        if width not in _WIDTHS:
            return np.flatnonzero(self.narrow() == value)
        self.at += _HEAD.size
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
        width, count = _HEAD.unpack_from(self.data, self.at)
        start = self.at + _HEAD.size
        size = {_BITS: -(-count // 8), _PATCHED: count}.get(width, width * count)
        self.at = start + size
        if width == _PATCHED:
            return self._pick_patched(start, index)
        if index is None:
            return 0
        if width == _BITS:
            byte, bit = divmod(index, 8)
            return self.data[start + byte] >> (7 - bit) & 1
        return _unfolded(int.from_bytes(self.data[start + index : self.at : count], "little"))

    def _pick_patched(self, start: int, index: int | None) -> int:
        if index is not None and self.data[start + index] == _FOLLOWS:
            return self.pick(bytes(self.data[start : start + index]).count(_FOLLOWS))
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
    heads = [_HEAD.unpack_from(cursor.data, cursor.at) for cursor in cursors]
    widths = {width for width, _ in heads}
    if len(widths) > 1:
        return _mixed(cursors, heads)
    [width] = widths
    if width == _BITS:
        return np.concatenate([cursor.narrow() for cursor in cursors])
    planes = 1 if width == _PATCHED else width
    parts = []
    for number in range(planes):
        for cursor, (_, count) in zip(cursors, heads, strict=True):
            begin = cursor.at + _HEAD.size + number * count
            parts.append(cursor.data[begin : begin + count])
    for cursor, (_, count) in zip(cursors, heads, strict=True):
        cursor.at += _HEAD.size + planes * count
    told = np.frombuffer(b"".join(parts), np.uint8)
    if len(told) != planes * sum(count for _, count in heads):
        raise ValueError("bytes are missing at the end")
    return (
        _mended(told, together(cursors)) if width == _PATCHED else _joined(told.reshape(width, -1))
    )


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


def _joined(planes: npt.NDArray[np.uint8]) -> Ints:
    """Return the integers that lie in planes, one row a byte."""
    width, count = planes.shape
    folded = np.empty(count, _WIDTHS[width])
    for start in range(0, count, _AT_ONCE):
        part, some = folded[start : start + _AT_ONCE], planes[:, start : start + _AT_ONCE]
        part[:] = some[-1]
        for plane in some[-2::-1]:
            part <<= 8
            part |= plane
        _unfold(part)
    return folded.view(f"i{width}")


def _unfolded(folded: int) -> int:
    return folded >> 1 ^ -(folded & 1)
