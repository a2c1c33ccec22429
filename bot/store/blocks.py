"""Blocks of 65,536 rows of a census: whole in a keyframe, elsewhere only what changed.

A block holds its rows' part of every track and the edges of its children. In a delta a track
says where it differs from the base (a bitmap where much does, else the gaps between rows) and by
how much; of a child whose edges differ all edges are given anew.
"""

from collections.abc import Iterable

import numpy as np
import zstandard

from bot.store.planes import Cursor, packed
from bot.store.tracks import Tracks, child_of, grown, joined, parent_of, relation_of
from detectors.columns import Ints

ROWS = 65_536
_LEVEL = 3
# One row in so many and a bitmap is smaller than the gaps.
_DENSE = 24


def count_of(rows: int) -> int:
    """Return in how many blocks so many rows lie."""
    return -(-rows // ROWS)


def whole(tracks: Tracks, names: Iterable[str]) -> dict[int, bytes]:
    """Return every block of a keyframe, its tracks in the order of the names."""
    order = list(names)
    squeeze = zstandard.ZstdCompressor(level=_LEVEL).compress
    starts = np.arange(count_of(len(tracks)) + 1) * ROWS
    cuts = np.searchsorted(child_of(tracks.edges), starts)
    found = {}
    for number, start in enumerate(starts[:-1].tolist()):
        parts = [packed(tracks.ints[name][start : start + ROWS]) for name in order]
        edges = tracks.edges[cuts[number] : cuts[number + 1]]
        parts.append(_edges(np.unique(child_of(edges)), edges, start))
        found[number] = squeeze(b"".join(parts))
    return found


def changed(tracks: Tracks, base: Tracks, names: Iterable[str]) -> tuple[dict[int, bytes], int]:
    """Return the blocks that differ from the base's, and how many rows do."""
    order, rows = list(names), len(tracks)
    bounds = np.arange(count_of(rows) + 1) * ROWS
    touched = np.zeros(rows, dtype=np.bool_)
    moved: list[tuple[Ints, Ints, Ints]] = []
    for name in order:
        before = grown(name, base.ints[name], rows, real=name in base.real)
        at: Ints = np.flatnonzero(tracks.ints[name] != before)
        touched[at] = True
        step: Ints = tracks.ints[name][at].astype(np.int64) - before[at].astype(np.int64)
        moved.append((at, step, np.searchsorted(at, bounds)))
    children = _rewritten(tracks.edges, base.edges)
    touched[children] = True
    edges = tracks.edges[_holding(child_of(tracks.edges), children)]
    cuts = np.searchsorted(children, bounds), np.searchsorted(child_of(edges), bounds)
    squeeze = zstandard.ZstdCompressor(level=_LEVEL).compress
    found = {}
    for number in np.unique(np.flatnonzero(touched) // ROWS).tolist():
        start, size = number * ROWS, min(ROWS, rows - number * ROWS)
        parts = []
        for at, step, cut in moved:
            part = slice(cut[number], cut[number + 1])
            parts.append(_moves(at[part] - start, step[part], size))
        own = slice(cuts[0][number], cuts[0][number + 1])
        its = slice(cuts[1][number], cuts[1][number + 1])
        parts.append(_edges(children[own], edges[its], start))
        found[number] = squeeze(b"".join(parts))
    return found, int(np.count_nonzero(touched))


class Reader:
    """Reads one block; what it is asked for must follow the order in which it was written."""

    def __init__(self, data: bytes, number: int, rows: int) -> None:
        self._cursor = Cursor(zstandard.ZstdDecompressor().decompress(data))
        self._start = number * ROWS
        self._size = min(ROWS, rows - self._start)

    def values(self) -> Ints:
        """Return the next track of a keyframe's block."""
        return self._cursor.numbers()

    def moves(self) -> tuple[Ints, Ints] | None:
        """Return where the next track of a delta's block differs and by how much, if it does."""
        count = self._cursor.one()
        if not count:
            return None
        if count * _DENSE >= self._size:
            bits = np.unpackbits(self._cursor.raw(-(-self._size // 8)), count=self._size)
            return np.flatnonzero(bits), self._cursor.numbers()
        return np.cumsum(self._cursor.numbers()), self._cursor.numbers()

    def move_of(self, row: int) -> int:
        """Return by how much one row of the block differs in the next track of a delta."""
        count = self._cursor.one()
        if not count:
            return 0
        if count * _DENSE >= self._size:
            bits = self._cursor.raw(-(-self._size // 8)).tobytes()
            byte, bit = divmod(row, 8)
            if not bits[byte] >> (7 - bit) & 1:
                return self._cursor.pick(None)
            before = int.from_bytes(bits[:byte]).bit_count()
            return self._cursor.pick(before + (bits[byte] >> (8 - bit)).bit_count())
        at = np.cumsum(self._cursor.numbers())
        place = int(np.searchsorted(at, row))
        held = place < len(at) and at[place] == row
        return self._cursor.pick(place if held else None)

    def value_of(self, row: int) -> int:
        """Return what one row of the block has in the next track of a keyframe."""
        return self._cursor.pick(row)

    def edges(self) -> tuple[Ints, Ints]:
        """Return the children whose edges are given, and the edges as numbers."""
        children = np.cumsum(self._cursor.numbers()).astype(np.int64) + self._start
        counts = self._cursor.numbers()
        parents = np.cumsum(self._cursor.numbers().astype(np.int64))[self._cursor.numbers()]
        return children, joined(np.repeat(children, counts), parents, self._cursor.numbers())


def _moves(at: Ints, step: Ints, size: int) -> bytes:
    count = packed(np.array([len(at)]))
    if not len(at):
        return count
    if len(at) * _DENSE >= size:
        bits = np.zeros(size, dtype=np.bool_)
        bits[at] = True
        where = np.packbits(bits).tobytes()
    else:
        where = packed(np.diff(at, prepend=0))
    return count + where + packed(step)


def _edges(children: Ints, edges: Ints, start: int) -> bytes:
    counts = np.searchsorted(child_of(edges), children, side="right")
    words, codes = np.unique(parent_of(edges), return_inverse=True)
    return b"".join(
        [
            packed(np.diff(children - start, prepend=0)),
            packed(np.diff(counts, prepend=0)),
            packed(np.diff(words, prepend=0)),
            packed(codes),
            packed(relation_of(edges)),
        ]
    )


def _rewritten(edges: Ints, base: Ints) -> Ints:
    """Return the children whose edges are not what they were, sorted."""
    return np.unique(child_of(np.setxor1d(edges, base, assume_unique=True)))


def _holding(children: Ints, wanted: Ints) -> Ints:
    """Return where sorted children are among the wanted ones."""
    place = np.searchsorted(wanted, children)
    inside = place < len(wanted)
    inside[inside] = wanted[place[inside]] == children[inside]
    return np.flatnonzero(inside)
