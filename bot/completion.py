"""Finds names among millions by a part of them, while somebody types."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

MOST = 25
_LONGEST = 200
# Names in a block; a block is looked through whole once its grams say that it may hold a text.
_BLOCK = 1024
_ROWS, _BITS = 1 << 16, 8
# Runs of so many letters share a table: short ones are in nearly every block, long ones in few.
_TABLES = ((1, 2, 3), (4,))
# Where more blocks than that seem to hold a text, the lightest names are left out.
_PATIENCE = 256
_END = b"\n"
# The golden ratio in 32 bits spreads grams over the rows (Knuth, TAOCP 3, 6.4).
_SPREAD = np.uint32(0x9E3779B1)
Bytes = npt.NDArray[np.uint8]


class Completion:
    """Names in the order of their weight, and an index of what each thousand of them holds.

    Each block of names has a bit for every run of one to four letters in it; a text can only
    stand in the blocks that have the bits of all its runs. A run is hashed to one of 65,536 rows,
    so a block may be looked through for nothing.
    """

    def __init__(self, names: Iterable[str]) -> None:
        blocks = list(_blocks(names))
        self._text = b"".join(blocks)
        self._low = self._text.lower()
        self._starts = np.cumsum([0, *map(len, blocks)], dtype=np.int64)
        low = [block.lower() for block in blocks]
        self._tables = [_table(low, sizes) for sizes in _TABLES]

    def find(self, typed: str, most: int = MOST) -> list[str]:
        """Return names for what was typed, the weightiest first.

        First come those that begin with it, then those whose part after the account does, then
        those that hold it elsewhere. Case is no matter, and a space stands for a hyphen.
        """
        low = "-".join(typed.split()).encode().lower()
        if len(low) > _LONGEST:
            return []
        found: dict[int, None] = {}
        for text in (_END + low, b"/" + low, low) if low else (_END,):
            places = (self._begin(place, text) for place in self._places(text))
            found |= dict.fromkeys(islice(_others(places, found), most - len(found)))
            if len(found) >= most:
                break
        return [self._name(begin) for begin in found]

    def _places(self, text: bytes) -> Iterator[int]:
        """Yield where a text stands."""
        for block in self._blocks_of(text):
            place, end = int(self._starts[block]), int(self._starts[block + 1]) - 1
            while (place := self._low.find(text, place, end)) >= 0:
                yield place
                # A name counts once, however often it holds the text.
                place = self._low.find(_END, place + 1, end)
                if place < 0:
                    break

    def _blocks_of(self, text: bytes) -> list[int]:
        """Return the blocks that may hold a text, at most so many that nobody waits for long."""
        letters = np.frombuffer(text, np.uint8)
        may = np.full(self._tables[0].shape[1], 0xFF, np.uint8)
        for table, sizes in zip(self._tables, _TABLES, strict=True):
            size = min(len(text), max(sizes))
            if size in sizes:
                may &= np.bitwise_and.reduce(table[_rows(letters, size)], axis=0)
        found: list[int] = np.flatnonzero(np.unpackbits(may))[:_PATIENCE].tolist()
        return [block for block in found if block < len(self._starts) - 1]

    def _begin(self, place: int, text: bytes) -> int:
        """Return where the name begins that a text stands in."""
        at = place + 1 if text.startswith(_END) else place
        return self._low.rfind(_END, 0, at) + 1

    def _name(self, begin: int) -> str:
        return self._text[begin : self._text.find(_END, begin)].decode()


def _blocks(names: Iterable[str]) -> Iterator[bytes]:
    """Yield names in blocks, a line end before, between and after them."""
    lines = (" ".join(name.split()).encode() for name in names if name.strip())
    while block := list(islice(lines, _BLOCK)):
        yield _END + _END.join(block) + _END


def _others(places: Iterable[int], found: dict[int, None]) -> Iterator[int]:
    return (place for place in places if place not in found)


def _table(blocks: Sequence[bytes], sizes: Sequence[int]) -> Bytes:
    """Return, by row, a bit for each block: whether it holds a run of these sizes of that row."""
    held = np.zeros((_ROWS, -(-len(blocks) // _BITS)), np.uint8)
    for column in range(held.shape[1]):
        present = np.zeros((_BITS, _ROWS), np.bool_)
        for bit, block in enumerate(blocks[column * _BITS : (column + 1) * _BITS]):
            letters = np.frombuffer(block, np.uint8)
            for size in sizes:
                present[bit, _rows(letters, size)] = True
        held[:, column] = np.packbits(present, axis=0)[0]
    return held


def _rows(letters: Bytes, size: int) -> npt.NDArray[np.uint32]:
    """Return the rows of all runs of a size."""
    runs = np.full(max(len(letters) - size + 1, 0), size, np.uint32)
    for at in range(size):
        runs = (runs << np.uint32(8)) | letters[at : len(letters) - size + 1 + at]
    spread: npt.NDArray[np.uint32] = (runs * _SPREAD) >> np.uint32(16)
    return spread
