"""Blocks of one link that follow each other, read as one: few calls, each of some hundred kB."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bot.store.blocks import HALF, ROWS, Block
from bot.store.cursor import Cursor, together
from bot.store.parts import Packed, parts_of, unpacked
from bot.store.tracks import EDGES, joined
from detectors.columns import Ints

_WHERE = "where"


@dataclass(frozen=True)
class _Rows:
    """The rows that differ of some blocks or halves, behind those of each some to fill a byte.

    sizes: by their first rows, how many bytes a bitmap over those of each has.
    """

    sizes: Mapping[int, int]
    all: Ints

    @classmethod
    def of(cls, rows: Ints, counts: Mapping[int, int]) -> "_Rows":
        """Return rows, so many of each, by its first one."""
        of_each = np.array([*counts.values()])
        sizes = -(-of_each // 8)
        fill = 8 * sizes - of_each
        filled = np.zeros(8 * int(sizes.sum()), rows.dtype)
        # One call for all: two threads that turn to Python for each wait for each other.
        filled[np.arange(len(rows)) + np.repeat(fill.cumsum() - fill, of_each)] = rows
        return cls(dict(zip(counts, sizes.tolist(), strict=True)), filled)


class Several:
    """Reads blocks of the tracks named, as far as those and EDGES are wanted.

    data: the blocks by number, in order, of a census of so many `rows`; of the tracks the first
    `halves` are in their halves. Rows are told from the row `start` of the census on.

    Raises:
        ValueError: a block is cut short.
        zstandard.ZstdError: a part cannot be unpacked.
    """

    def __init__(
        self,
        data: Mapping[int, Block],
        rows: int,
        names: Sequence[str],
        wanted: Collection[str],
        *,
        start: int = 0,
        halves: int = 0,
    ) -> None:
        self._start = start
        self._first = frozenset(names[:halves])
        self._sizes: dict[int, int] = {}
        places: list[tuple[str, int]] = []
        parts: list[Packed] = []
        asked = {*wanted, _WHERE}
        for number, block in data.items():
            for first, size, unit, tracks in _units(number, block, names, halves):
                self._sizes.setdefault(first, min(size, rows - first))
                for name, part in zip(tracks, parts_of(unit, len(tracks) - 2), strict=True):
                    if part and name in asked:
                        places.append((name, first))
                        parts.append(part)
        self._parts: dict[str, dict[int, Cursor]] = {name: {} for name in asked}
        for (name, first), part in zip(places, unpacked(parts), strict=True):
            self._parts[name][first] = Cursor(part)

    def values(self, name: str) -> Iterator[tuple[int, Ints]]:
        """Yield a track of a keyframe's blocks, as narrow as it fits.

        Those that follow each other are yielded as one, with the first of their rows.
        """
        parts = self._parts.get(name, {})
        run: list[Cursor] = []
        begin = end = 0
        for first, part in parts.items():
            if run and first != end:
                yield begin - self._start, together(run)
                run = []
            if not run:
                begin = first
            run.append(part)
            end = first + part.count
        if run:
            yield begin - self._start, together(run)

    def moves(self, name: str) -> tuple[Ints, Ints] | None:
        """Return the rows that a track of a delta's blocks differs in, and by how much, if any."""
        parts = self._parts.get(name)
        if not parts:
            return None
        rows = self._rows if name in self._first or not self._first else self._rows_of_blocks
        bits: list[bytes | memoryview] = []
        for first, size in rows.sizes.items():
            part = parts.get(first)
            if part is None:
                bits.append(bytes(size))
            else:
                bits.append(part.data[:size])
                part.at = size
        here = np.unpackbits(np.frombuffer(b"".join(bits), np.uint8))
        return rows.all.take(np.flatnonzero(here.view(np.bool_))), together([*parts.values()])

    def edges(self) -> Iterator[tuple[int, tuple[Ints, Ints]]]:
        """Yield, by block, the children whose edges are given, and the edges as numbers."""
        for first, part in self._parts.get(EDGES, {}).items():
            children = np.cumsum(part.numbers()).astype(np.int64) + first
            counts = part.numbers()
            parents = np.cumsum(part.numbers().astype(np.int64))[part.numbers()]
            edges = joined(np.repeat(children, counts), parents, part.numbers())
            yield first // ROWS, (children, edges)

    @cached_property
    def _where(self) -> tuple[Ints, dict[int, int]]:
        """The rows that differ, and how many do of each block or half, by its first row."""
        parts = self._parts.get(_WHERE, {})
        maps = {first: part for first, part in parts.items() if part.one()}
        if len(maps) == len(parts):
            return self._mapped(maps)
        found, counts = [], {}
        for first, part in parts.items():
            if first in maps:
                rows = self._mapped({first: part})[0]
            else:
                rows = np.cumsum(part.narrow(), dtype=np.int64) + (first - self._start)
            found.append(rows)
            counts[first] = len(rows)
        return np.concatenate(found), counts

    def _mapped(self, maps: Mapping[int, Cursor]) -> tuple[Ints, dict[int, int]]:
        """Return the rows that are set in some bitmaps, and how many are of each."""
        sizes = [-(-self._sizes[first] // 8) for first in maps]
        bits = [part.letters(size) for part, size in zip(maps.values(), sizes, strict=True)]
        told = np.flatnonzero(np.unpackbits(np.frombuffer(b"".join(bits), np.uint8)).view(np.bool_))
        begins = 8 * np.cumsum([0, *sizes])
        counts = np.diff(np.searchsorted(told, begins))
        shifts = np.array([*maps]) - begins[:-1] - self._start
        if (shifts == shifts[0]).all():
            told += shifts[0]
        else:
            told += np.repeat(shifts, counts)
        return told, dict(zip(maps, counts.tolist(), strict=True))

    @cached_property
    def _rows(self) -> _Rows:
        return _Rows.of(*self._where)

    @cached_property
    def _rows_of_blocks(self) -> _Rows:
        rows, counts = self._where
        blocks: dict[int, int] = {}
        for first, count in counts.items():
            block = first // ROWS * ROWS
            blocks[block] = blocks.get(block, 0) + count
        return _Rows.of(rows, blocks)


def _units(
    number: int, block: Block, names: Sequence[str], halves: int
) -> Iterator[tuple[int, int, Packed, Sequence[str]]]:
    """Yield what a block is stored in: its first row, how many it may have, and its parts."""
    first = number * ROWS
    own, others = (_WHERE, *names[:halves], EDGES), (_WHERE, *names[halves:], EDGES)
    for at, half in enumerate(block.halves):
        yield first + at * HALF, HALF, half, own
    if block.rest:
        yield first, ROWS, block.rest, others
