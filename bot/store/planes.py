"""Whole numbers as bytes that compress well: signs folded, as narrow as they are, byte planes.

Small numbers of either sign become small numbers without one (zigzag, as Protocol Buffers write
them), and the lowest bytes of all stand together, so that an entropy coder sees like beside like.
"""

import struct

import numpy as np
import numpy.typing as npt

from detectors.columns import Ints

_HEAD = struct.Struct("<BI")
_WIDTHS = {1: "<u1", 2: "<u2", 4: "<u4", 8: "<u8"}
_PAIR = 2


def packed(values: Ints) -> bytes:
    """Return integers of at most 64 bits as a head and byte planes."""
    wide = values.astype(np.int64, copy=False)
    folded = ((wide << 1) ^ (wide >> 63)).view(np.uint64)
    most = int(folded.max(initial=0))
    width = next(each for each in _WIDTHS if most < 1 << (8 * each))
    narrow = folded.astype(_WIDTHS[width])
    planes = narrow.view(np.uint8).reshape(-1, width).T
    return _HEAD.pack(width, len(values)) + planes.tobytes()


class Cursor:
    """Reads what was packed, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def numbers(self) -> Ints:
        """Return the next packed integers, int32 where all fit and int64 elsewhere."""
        width, count = _HEAD.unpack_from(self._data, self._at)
        self._at += _HEAD.size
        planes = self.raw(width * count)
        if width == 1:
            return _unfolded(planes.astype(np.int32))
        if width == _PAIR:
            return _unfolded(planes[:count] | planes[count:].astype(np.int32) << 8)
        folded = np.ascontiguousarray(planes.reshape(width, count).T).view(_WIDTHS[width])[:, 0]
        return _unfolded(folded.astype(np.int64))

    def pick(self, index: int | None) -> int:
        """Return one of the next packed integers, 0 for None, without unpacking the others."""
        width, count = _HEAD.unpack_from(self._data, self._at)
        start = self._at + _HEAD.size
        self._at = start + width * count
        if index is None:
            return 0
        planes = self._data[start + index : self._at : count]
        folded = int.from_bytes(planes, "little")
        return folded >> 1 ^ -(folded & 1)

    def raw(self, size: int) -> npt.NDArray[np.uint8]:
        """Return the next bytes."""
        found = np.frombuffer(self._data, np.uint8, size, self._at)
        self._at += size
        return found

    def one(self) -> int:
        """Return the next single number."""
        return int(self.numbers()[0])


def _unfolded(folded: Ints) -> Ints:
    # Shifting a full word right drags its sign along, which the mask clears.
    positive = np.iinfo(folded.dtype).max
    found: Ints = (folded >> 1 & positive) ^ -(folded & 1)
    return found
