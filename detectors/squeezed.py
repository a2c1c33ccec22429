"""A column of names in compressed blocks: of millions of ids few are ever asked for by name.

The ids of a whole Hub are the largest part of what a census holds, and boards ask for a thousand of
them. Blocks of so many take a quarter of the memory, and one is read in microseconds.
"""

import threading
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

from detectors.folds import Hints
from detectors.names import Hint, Names

TOGETHER = 128
_LEVEL = 1
# Of a longer name a byte could not say the length; the Hub's have at most 193.
_LONGEST = 255
# Names kept as they were asked for; a look asks for some two thousand, much the same each day.
_KEPT = 8192
# So many blocks are read at a time where all are.
_AT_ONCE = 512


class _Unpacking(threading.local):
    """What unpacks blocks; each thread has its own, as one is made in the time of ten blocks."""

    def __init__(self) -> None:
        self.unpack = zstandard.ZstdDecompressor().decompress


_OWN = _Unpacking()


class Squeezed(Names):
    """Names that are unpacked as they are asked for, a block at a time.

    blocks: one after the other; each is how many names it has, their lengths, a byte each, and the
    names. ends: where each block ends. count: how many names there are, which may be fewer than the
    blocks hold.
    """

    __slots__ = ("_block_ends", "_blocks", "_count", "_kept", "_read")

    def __init__(self, blocks: bytes, ends: npt.NDArray[np.int64], count: int) -> None:
        super().__init__(b"", np.empty(0, np.int64))
        self._blocks = blocks
        self._block_ends = ends
        self._count = count
        self._kept: dict[int, str] = {}
        self._read: tuple[int, bytes] = (-1, b"")

    @classmethod
    def of_blocks(cls, blocks: Sequence[bytes], count: int) -> "Squeezed":
        """Return the names that some blocks hold."""
        ends = np.fromiter(accumulate(map(len, blocks)), np.int64, len(blocks))
        return cls(b"".join(blocks), ends, count)

    @property
    def blocks(self) -> list[bytes]:
        """Its blocks as they are; the last may hold more names than there are."""
        ends = self._block_ends[: -(-self._count // TOGETHER)].tolist()
        return [self._blocks[start:end] for start, end in pairwise([0, *ends])]

    def _unpacked(self, number: int) -> tuple[bytes, bytes]:
        """Return the lengths of a block's names, and the names."""
        held, data = self._read
        if held != number:
            start = int(self._block_ends[number - 1]) if number else 0
            block = self._blocks[start : int(self._block_ends[number])]
            data = _OWN.unpack(block)
            self._read = number, data
        size = data[0] + 1
        return data[1:size], data[size:]

    def _all(self, hint: Hint) -> Hints:
        step = TOGETHER * _AT_ONCE
        parts = (
            self.between(start, min(start + step, self._count))
            for start in range(0, self._count, step)
        )
        hints = [np.empty(0, np.uint32), *(hint(part.blob, part.ends) for part in parts)]
        return np.concatenate(hints)

    def __len__(self) -> int:
        return self._count

    def _at(self, place: int) -> str:
        held = self._kept.get(place)
        if held is not None:
            return held
        number, at = divmod(place, TOGETHER)
        lengths, text = self._unpacked(number)
        start = sum(lengths[:at])
        name = text[start : start + lengths[at]].decode()
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[place] = name
        return name

    def __iter__(self) -> Iterator[str]:
        step = TOGETHER * _AT_ONCE
        for first in range(0, self._count, step):
            yield from self.between(first, min(first + step, self._count))

    def some(self, rows: npt.NDArray[np.integer[Any]]) -> list[str]:
        """Return the names at some places, in their order; each block is unpacked once."""
        places, found = rows.tolist(), [""] * len(rows)
        for at in np.argsort(rows, kind="stable").tolist():
            found[at] = self._at(places[at])
        return found

    def between(self, start: int, end: int) -> Names:
        """Return the names from place `start` to before `end`, unpacked."""
        if start >= end:
            return Names.of(())
        first, last = start // TOGETHER, -(-end // TOGETHER)
        lengths, texts = [], []
        for number in range(first, last):
            held, text = self._unpacked(number)
            lengths.append(held)
            texts.append(text)
        ends = np.cumsum(np.frombuffer(b"".join(lengths), np.uint8), dtype=np.int64)
        names = Names(b"".join(texts), ends).first(end - first * TOGETHER)
        return names.after(start - first * TOGETHER)

    def begins_with(self, others: Names) -> bool:
        """Whether the first names are those of another column."""
        size = len(others)
        if self._count < size:
            return False
        start = 0
        if isinstance(others, Squeezed):
            # Blocks that are the same bytes hold the same names.
            start = TOGETHER * self._alike_blocks(others, size // TOGETHER)
        return self.alike(others, start, size)

    def _alike_blocks(self, others: "Squeezed", count: int) -> int:
        """Return `count`, if so many first blocks are the same bytes, or 0."""
        end = int(self._block_ends[count - 1]) if count else 0
        blocks, ends = others.held
        if self._blocks is blocks:
            return count
        same = np.array_equal(self._block_ends[:count], ends[:count])
        return count if same and memoryview(self._blocks)[:end] == memoryview(blocks)[:end] else 0

    @property
    def held(self) -> tuple[bytes, npt.NDArray[np.int64]]:
        """Its blocks one after the other, and where each ends."""
        return self._blocks, self._block_ends

    def first(self, count: int) -> Names:
        """Return the first names."""
        if count == self._count:
            return self
        found = Squeezed(self._blocks, self._block_ends, count)
        found._kept = self._kept
        return found

    def after(self, count: int) -> Names:
        """Return the names without the first ones, unpacked."""
        return self.between(count, self._count)

    @property
    def blob(self) -> bytes:
        """The names one after the other, in UTF-8, unpacked for whoever asks."""
        return self.between(0, self._count).blob

    @property
    def ends(self) -> npt.NDArray[np.int64]:
        """Where each name ends in the blob, in bytes."""
        return self.between(0, self._count).ends

    def alike(self, other: Names, start: int, end: int) -> bool:
        """Whether both hold the same names from place `start` to before `end`."""
        step = TOGETHER * _AT_ONCE
        for first in range(start, end, step):
            last = min(first + step, end)
            its = other.between(first, last)
            if not self.between(first, last).alike(its, 0, last - first):
                return False
        return True


def squeezed(names: Names) -> Names:
    """Return names in compressed blocks; as they are where one is too long for that."""
    if isinstance(names, Squeezed) or _longest(names) > _LONGEST:
        return names
    return Squeezed.of_blocks(blocks_of(names), len(names))


def again(held: Names, names: Names, touched: npt.NDArray[np.int64], count: int) -> Names | None:
    """Return squeezed names of which some blocks are others, and that are so many; None if not.

    touched: numbers of those blocks, in order. names: those of all of them, one after the other.
    """
    if not isinstance(held, Squeezed) or _longest(names) > _LONGEST:
        return None
    total = -(-count // TOGETHER)
    blocks = held.blocks[:total]
    blocks += [b""] * (total - len(blocks))
    for number, block in zip(touched.tolist(), blocks_of(names), strict=True):
        blocks[number] = block
    if not all(blocks):
        return None
    return Squeezed.of_blocks(blocks, count)


def blocks_of(names: Names) -> list[bytes]:
    """Return the compressed blocks of names none of which is too long."""
    squeeze = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=False).compress
    blob, ends = names.blob, names.ends
    lengths = np.diff(ends, prepend=0).astype(np.uint8).tobytes()
    cuts = [0, *ends[TOGETHER - 1 :: TOGETHER].tolist()]
    if len(ends) % TOGETHER:
        cuts.append(len(blob))
    blocks = []
    for number, (start, end) in enumerate(pairwise(cuts)):
        held = lengths[number * TOGETHER : (number + 1) * TOGETHER]
        blocks.append(squeeze(b"".join((bytes([len(held)]), held, blob[start:end]))))
    return blocks


def _longest(names: Names) -> int:
    return int(np.diff(names.ends, prepend=0).max(initial=0))
