"""Blocks of one link that follow each other, read as one: few calls, each of some hundred kB."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from bot.store.blocks import ROWS, Packed, parts_of, unpacked
from bot.store.planes import Cursor, together
from bot.store.tracks import EDGES, joined
from detectors.columns import Ints

_WHERE = "where"


class Several:
    """Reads blocks of the tracks named, as far as those and EDGES are wanted.

    data: the blocks by number, in order, of a census of so many `rows`. Rows are told from the
    row `start` of the census on.

    Raises:
        ValueError: a block is cut short.
        zstandard.ZstdError: a part cannot be unpacked.
    """

    def __init__(
        self,
        data: Mapping[int, Packed],
        rows: int,
        names: Sequence[str],
        wanted: Collection[str],
        start: int = 0,
    ) -> None:
        self._start = start
        self._sizes = {number: min(ROWS, rows - number * ROWS) for number in data}
        places: list[tuple[str, int]] = []
        parts: list[Packed] = []
        order = (_WHERE, *names, EDGES)
        for number, block in data.items():
            for name, part in zip(order, parts_of(block, len(names)), strict=True):
                if part and (name in wanted or name == _WHERE):
                    places.append((name, number))
                    parts.append(part)
        found = unpacked(parts)
        self._parts: dict[str, dict[int, Cursor]] = {}
        for (name, number), part in zip(places, found, strict=True):
            self._parts.setdefault(name, {})[number] = Cursor(part)

    def values(self, name: str) -> Iterator[tuple[int, Ints]]:
        """Yield a track of a keyframe's blocks, each with its first row, as narrow as it fits."""
        for number, part in self._parts.get(name, {}).items():
            yield number * ROWS - self._start, part.narrow()

    def moves(self, name: str) -> tuple[Ints, Ints] | None:
        """Return the rows that a track of a delta's blocks differs in, and by how much, if any."""
        parts = self._parts.get(name)
        if parts is None:
            return None
        bits = []
        for number, rows in self._rows.items():
            part, size = parts.get(number), len(rows) // 8
            bits.append(np.zeros(size, np.uint8) if part is None else part.raw(size))
        here = np.unpackbits(np.concatenate(bits)).view(np.bool_)
        return self._all_rows[here], together([*parts.values()])

    def edges(self) -> Iterator[tuple[int, tuple[Ints, Ints]]]:
        """Yield, by block, the children whose edges are given, and the edges as numbers."""
        for number, part in self._parts.get(EDGES, {}).items():
            children = np.cumsum(part.numbers()).astype(np.int64) + number * ROWS
            counts = part.numbers()
            parents = np.cumsum(part.numbers().astype(np.int64))[part.numbers()]
            yield number, (children, joined(np.repeat(children, counts), parents, part.numbers()))

    @cached_property
    def _rows(self) -> dict[int, Ints]:
        """The rows of each block that differ, in order, and behind them some to fill a byte."""
        return {
            number: _rows_of(part, self._sizes[number]) + (number * ROWS - self._start)
            for number, part in self._parts.get(_WHERE, {}).items()
        }

    @cached_property
    def _all_rows(self) -> Ints:
        return np.concatenate([*self._rows.values()])


def _rows_of(part: Cursor, size: int) -> Ints:
    """Return the rows that differ of a block of so many, then rows 0 until they are a byte's."""
    if part.one():
        bits = np.unpackbits(part.raw(-(-size // 8)), count=size)
        rows = np.flatnonzero(bits.view(np.bool_))
    else:
        rows = np.cumsum(part.narrow(), dtype=np.int64)
    return np.append(rows, np.zeros(-len(rows) % 8, np.int64))
