"""Whole numbers as bytes that compress well: signs folded, as narrow as they are, byte planes.

Small numbers of either sign become small numbers without one (zigzag, as Protocol Buffers write
them), and the lowest bytes of all stand together, so that an entropy coder sees like beside like.
Of noughts and ones eight go into a byte. Where few numbers need more than one byte, as figures by
Zipf's law and their steps do, each has one, and those few follow (patched coding; Zukowski and
others, 2006): else the upper bytes of all would be nearly all noughts, and cost a bit each.
"""

import struct
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from detectors.columns import Ints

# How wide the numbers are, or in which of these two ways they are written, and how many.
HEAD = struct.Struct("<BI")
BITS = 0
PATCHED = 9
# What a byte says where the number follows; it pays up to one in so many.
FOLLOWS = 255
_FEW = 4
WIDTHS = {1: "<u1", 2: "<u2", 4: "<u4", 8: "<u8"}
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
        return [HEAD.pack(BITS, len(values)) + bits]
    wide = values.astype(np.int64, copy=False)
    folded = ((wide << 1) ^ (wide >> 63)).view(np.uint64)
    most = int(folded.max(initial=0))
    width = next(each for each in WIDTHS if most < 1 << (8 * each))
    if width > 1 and len(values) >= _SOME:
        large = folded >= FOLLOWS
        if np.count_nonzero(large) * _FEW < len(values):
            small = np.where(large, FOLLOWS, folded).astype(np.uint8).tobytes()
            return [HEAD.pack(PATCHED, len(values)) + small, *_planes(folded[large], width)]
    return _planes(folded, width)


def _planes(folded: npt.NDArray[np.uint64], width: int) -> list[bytes]:
    narrow = folded.astype(WIDTHS[width]).view(np.uint8).reshape(-1, width)
    planes = [np.ascontiguousarray(narrow[:, number]).tobytes() for number in range(width)]
    return [HEAD.pack(width, len(folded)) + planes[0], *planes[1:]]


class Flow:
    """Reads what was packed off a stream, so that it stands nowhere but in what is made of it.

    read: returns the next bytes, no more than asked for, and none at the end.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read

    def narrow(self, spare: int = 0) -> Ints:
        """Return the next packed integers, as narrow as all fit, and behind them room for more."""
        width, count = HEAD.unpack(self.letters(HEAD.size))
        if width == BITS:
            bits = np.unpackbits(self.raw(-(-count // 8)), count=count).view(np.int8)
            return np.append(bits, np.zeros(spare, np.int8)) if spare else bits
        if width == PATCHED:
            return mended(self.raw(count), self.narrow(), spare)
        folded = np.zeros(count + spare, WIDTHS[width])
        for plane in range(width):
            for start in range(0, count, _AT_ONCE):
                part = folded[start : min(start + _AT_ONCE, count)]
                part |= self.raw(len(part)).astype(part.dtype) << 8 * plane
        for start in range(0, count, _AT_ONCE):
            unfold(folded[start : min(start + _AT_ONCE, count)])
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


def mended(small: npt.NDArray[np.uint8], large: Ints, spare: int = 0) -> Ints:
    """Return numbers of a byte each but for those that follow, and behind them room for more."""
    signed: Ints = np.empty(len(small) + spare, large.dtype)
    at = 0
    for start in range(0, len(small), _AT_ONCE):
        part = small[start : start + _AT_ONCE]
        some = signed[start : start + len(part)]
        some[:] = (part >> 1 ^ -(part & 1)).view(np.int8)
        patched = np.flatnonzero(part == FOLLOWS)
        some[patched] = large[at : at + len(patched)]
        at += len(patched)
    return signed


def unfold(folded: Ints) -> None:
    """Give numbers without a sign the sign that is in their last bit, in place."""
    odd = folded & 1
    folded >>= 1
    folded ^= -odd


def joined(planes: npt.NDArray[np.uint8]) -> Ints:
    """Return the integers that lie in planes, one row a byte."""
    width, count = planes.shape
    folded = np.empty(count, WIDTHS[width])
    for start in range(0, count, _AT_ONCE):
        part, some = folded[start : start + _AT_ONCE], planes[:, start : start + _AT_ONCE]
        part[:] = some[-1]
        for plane in some[-2::-1]:
            part <<= 8
            part |= plane
        unfold(part)
    return folded.view(f"i{width}")
