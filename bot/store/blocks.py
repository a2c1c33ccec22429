"""Blocks of 65,536 rows of a census: whole in a keyframe, elsewhere only what changed.

A block holds its rows' part of every track and the edges of its children, each compressed for
itself: like stands beside like, and who wants one track reads no other. In a delta a track says
where it differs from the base (a bitmap where much does, else the gaps between rows) and by how
much, or nothing at all; of a child whose edges differ all edges are given anew.

Those tracks stand first that a model's past is read off. Where much is told they are written for
each half of a block alone, so that who is after a single row reads and unpacks a half;
elsewhere a large block is stored in some values, cut so that a past is read off the first ones.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from bot.store.frame import MOST_BYTES, in_parts
from bot.store.parts import Packed, bytes_of, head_of, sizes_of
from bot.store.planes import packed, pieces
from bot.store.tracks import Tracks, child_of, grown, in_past, parent_of, relation_of
from detectors.columns import Ints

ROWS = 65_536
HALVES = 2
HALF = ROWS // HALVES
# numpy and zstd let go of the interpreter; more threads than this find nothing to do.
THREADS = 2
# Fewer bytes are not worth a value of their own, which costs the server some 60 bytes more.
_ASIDE = 2_048
# One row in so many and a bitmap is smaller than the gaps.
_DENSE = 24
# One row in so many and halves, each with tables of codes of its own, cost less than a tenth.
_MUCH = 8


@dataclass(frozen=True)
class Block:
    """One block as it is stored.

    halves: of the first tracks; none where they stand with the others. rest: all else, which
    may be nothing where there are halves.
    """

    rest: Packed
    halves: Sequence[Packed] = ()


def count_of(rows: int) -> int:
    """Return in how many blocks so many rows lie."""
    return -(-rows // ROWS)


def halves_of(number: int, rows: int) -> int:
    """Return in how many halves a block of so many rows lies."""
    return -(-min(rows - number * ROWS, ROWS) // HALF)


@dataclass(frozen=True)
class Written:
    """The blocks of a link.

    changed: how many rows differ from the base, -1 in a keyframe. halves: how many of the first
    tracks are written in halves, 0 for none.
    """

    blocks: Mapping[int, Block]
    changed: int
    halves: int


def whole(tracks: Tracks, names: Sequence[str]) -> Written:
    """Return every block of a keyframe, its tracks in the order of the names."""
    starts = np.arange(count_of(len(tracks)) + 1) * ROWS
    told = tracks.edges
    cuts = np.searchsorted(child_of(told), starts).tolist()

    def block(number: int, first: int) -> Block:
        start = number * ROWS
        halves = []
        for at in (
            range(start, start + halves_of(number, len(tracks)) * HALF, HALF) if first else ()
        ):
            parts = [pieces(tracks.told(name, at, at + HALF)) for name in names[:first]]
            halves.append(bytes_of([[], *parts, []]))
        parts = [pieces(tracks.told(name, start, start + ROWS)) for name in names[first:]]
        edges = told[cuts[number] : cuts[number + 1]]
        parts.append(_edges(np.unique(child_of(edges)), edges, start))
        return Block(_rest(parts), halves)

    return _written(range(count_of(len(tracks))), block, sum(map(in_past, names)))


def changed(tracks: Tracks, base: Tracks, names: Sequence[str]) -> Written:
    """Return the blocks that differ from a base, their tracks in the order of the names."""
    rows = len(tracks)
    bounds = np.arange(HALVES * count_of(rows) + 1) * HALF
    touched = np.zeros(rows, dtype=np.bool_)
    moved: list[tuple[Ints, Ints, Ints]] = []
    for name in names:
        before = grown(name, base.told(name), rows, real=name in base.real)
        now = tracks.told(name)
        at: Ints = np.flatnonzero(now != before)
        touched[at] = True
        step: Ints = now[at].astype(np.int64) - before[at].astype(np.int64)
        moved.append((at, step, np.searchsorted(at, bounds)))
    rows_moved = np.flatnonzero(touched)
    told = tracks.edges
    children = _rewritten(told, base.edges)
    edges = told[_holding(child_of(told), children)]
    cuts = [np.searchsorted(each, bounds) for each in (rows_moved, children, child_of(edges))]
    touched[children] = True
    count = int(np.count_nonzero(touched))

    def parts(begin: int, end: int, some: slice) -> list[list[bytes]]:
        """Return which rows of some halves differ, and by how much in some of the tracks."""
        start = begin * HALF
        where = rows_moved[cuts[0][begin] : cuts[0][end]] - start
        found = [_where(where, min(end * HALF, rows) - start)]
        for at, step, cut in moved[some]:
            part = slice(cut[begin], cut[end])
            found.append(_moves(at[part] - start, step[part], where))
        return found

    def block(number: int, first: int) -> Block:
        begin, end = HALVES * number, HALVES * (number + 1)
        its, theirs = (slice(cut[begin], cut[end]) for cut in cuts[1:])
        descent = _edges(children[its], edges[theirs], number * ROWS)
        where, *rest = parts(begin, end, slice(first, None))
        if not first:
            return Block(bytes_of([where, *rest, descent]))
        return Block(
            _rest([*rest, descent]),
            [
                bytes_of([*parts(at, at + 1, slice(first)), []])
                for at in range(begin, begin + halves_of(number, rows))
            ],
        )

    numbers = np.unique(np.flatnonzero(touched) // ROWS).tolist()
    first = sum(map(in_past, names)) if count * _MUCH >= rows else 0
    return replace(_written(numbers, block, first), changed=count)


def _written(numbers: Iterable[int], block: Callable[[int, int], Block], first: int) -> Written:
    """Return blocks, so many of the first tracks in halves if each of those is a value."""
    with ThreadPoolExecutor(THREADS) as threads:
        told = threads.map(lambda number: block(number, first), numbers)
        found = dict(zip(numbers, told, strict=True))
    halves = (half for each in found.values() for half in each.halves)
    if any(len(half) > MOST_BYTES for half in halves):
        return _written(numbers, block, 0)
    return Written(found, -1, first)


def _rest(parts: Sequence[Sequence[bytes]]) -> bytes:
    """Return what of a block is not in its halves; nothing where that says nothing."""
    return bytes_of([[], *parts]) if any(parts) else b""


def cut(block: Block, tracks: int, first: int) -> list[bytes]:
    """Return the values that a block is stored in, its halves aside: none if it is all in those.

    Without halves one ends behind the rows that differ and one behind its first so many tracks,
    unless it would be short: who is after a single row reads the first value, and as a rule needs
    no other.
    """
    data = bytes(block.rest)
    if block.halves:
        return in_parts(data) if data else []
    sizes, head = sizes_of(data, tracks + 2), head_of(tracks)
    bounds = [0]
    for bound in (head + sizes[0], head + sum(sizes[: first + 1])):
        if min(bound - bounds[-1], len(data) - bound) >= _ASIDE:
            bounds.append(bound)
    return [
        piece
        for begin, end in pairwise([*bounds, len(data)])
        for piece in in_parts(data[begin:end])
    ]


def _where(at: Ints, size: int) -> list[bytes]:
    """Return some rows of a block: a bitmap where they are many, else the gaps between them."""
    if not len(at):
        return []
    if len(at) * _DENSE >= size:
        bits = np.zeros(size, dtype=np.bool_)
        bits[at] = True
        return [packed(np.ones(1, np.int8)) + np.packbits(bits).tobytes()]
    return [packed(np.zeros(1, np.int8)), *pieces(np.diff(at, prepend=0))]


def _moves(at: Ints, step: Ints, where: Ints) -> list[bytes]:
    """Return which of the rows `where` a track differs in, and by how much."""
    if not len(at):
        return []
    here = np.zeros(len(where), dtype=np.bool_)
    here[np.searchsorted(where, at)] = True
    return [np.packbits(here).tobytes(), *pieces(step)]


def _edges(children: Ints, edges: Ints, start: int) -> list[bytes]:
    if not len(children):
        return []
    counts = np.searchsorted(child_of(edges), children, side="right")
    words, codes = np.unique(parent_of(edges), return_inverse=True)
    numbers = (
        np.diff(children - start, prepend=0),
        np.diff(counts, prepend=0),
        np.diff(words, prepend=0),
        codes,
        relation_of(edges),
    )
    return [piece for each in numbers for piece in pieces(each)]


def _rewritten(edges: Ints, base: Ints) -> Ints:
    """Return the children whose edges are not what they were, sorted."""
    return np.unique(child_of(np.setxor1d(edges, base, assume_unique=True)))


def _holding(children: Ints, wanted: Ints) -> Ints:
    """Return where sorted children are among the wanted ones."""
    place = np.searchsorted(wanted, children)
    inside = place < len(wanted)
    inside[inside] = wanted[place[inside]] == children[inside]
    return np.flatnonzero(inside)
