"""Blocks of 65,536 rows of a census: whole in a keyframe, elsewhere only what changed.

A block holds its rows' part of every track and the edges of its children, each compressed for
itself: like stands beside like, and who wants one track reads no other. In a delta a track says
where it differs from the base (a bitmap where much does, else the gaps between rows) and by how
much, or nothing at all; of a child whose edges differ all edges are given anew.

Those tracks stand first that a model's past is read off. Where much is told they are written for
each half of a block alone, so that who is after a single row reads and unpacks a half;
elsewhere a large block is stored in some values, cut so that a past is read off the first ones.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import zstandard

from bot.store.frame import MOST_BYTES, in_parts
from bot.store.planes import packed, pieces
from bot.store.tracks import Tracks, child_of, grown, in_past, parent_of, relation_of
from detectors.columns import Ints

Packed = bytes | bytearray | memoryview

ROWS = 65_536
HALVES = 2
HALF = ROWS // HALVES
# numpy and zstd let go of the interpreter; more threads than this find nothing to do.
THREADS = 2
# What is left here for a match of more than a few bytes is chance, and each match found by chance
# costs more than it saves: an entropy coder alone comes out smaller by a tenth, and sooner.
_PLAIN = zstandard.ZstdCompressionParameters.from_level(
    1, strategy=zstandard.STRATEGY_FAST, min_match=7, hash_log=6, write_checksum=False
)
# Fewer bytes are not worth a table of codes of their own.
_APART = 256
# Fewer are not worth a value of their own, which costs the server some 60 bytes more.
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
            halves.append(_together([[], *parts, []]))
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
            return Block(_together([where, *rest, descent]))
        return Block(
            _rest([*rest, descent]),
            [
                _together([*parts(at, at + 1, slice(first)), []])
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


def _together(parts: Sequence[Sequence[bytes]]) -> bytes:
    """Return the compressed parts one after the other, their sizes first; of nothing, nothing."""
    squeezed = [_squeezed(part) if part else b"" for part in parts]
    sizes = _struct(len(parts)).pack(*map(len, squeezed))
    return b"".join([sizes, *squeezed])


def _rest(parts: Sequence[Sequence[bytes]]) -> bytes:
    """Return what of a block is not in its halves; nothing where that says nothing."""
    return _together([[], *parts]) if any(parts) else b""


def _squeezed(part: Sequence[bytes]) -> bytes:
    """Return pieces compressed as one, each with a table of codes of its own where it is large."""
    squeeze = zstandard.ZstdCompressor(compression_params=_PLAIN)
    if max(map(len, part)) < _APART or len(part) == 1:
        return squeeze.compress(b"".join(part))
    run = squeeze.compressobj(size=sum(map(len, part)))
    found = []
    for piece in part:
        found.append(run.compress(piece))
        if len(piece) >= _APART:
            found.append(run.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
    return b"".join([*found, run.flush()])


def parts_of(data: Packed, tracks: int) -> list[memoryview]:
    """Return the compressed parts of a block, or of a half or the rest of one.

    They are: its rows that differ, its tracks, its edges.

    Raises ValueError or struct.error where they are not all there.
    """
    ends = list(accumulate(sizes_of(data, tracks + 2), initial=head_of(tracks)))
    if ends[-1] != len(data):
        raise ValueError(f"its parts are {ends[-1]} bytes, and it has {len(data)}")
    view = memoryview(data)
    return [view[begin:end] for begin, end in pairwise(ends)]


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


def head_of(tracks: int) -> int:
    """Return how many bytes of a block tell the sizes of its parts."""
    return 4 * (tracks + 2)


def sizes_of(data: Packed, parts: int) -> tuple[int, ...]:
    """Return the sizes of a block's first parts; struct.error where they are not there."""
    return _struct(parts).unpack_from(data)


@cache
def _struct(numbers: int) -> struct.Struct:
    return struct.Struct(f"<{numbers}I")


def unpacked(parts: Sequence[Packed]) -> list[memoryview]:
    """Return what some parts hold, none of which is empty; ZstdError where one is not whole."""
    if not parts:
        return []
    found = zstandard.ZstdDecompressor().multi_decompress_to_buffer([*parts])
    # Any, as the library does not say that a segment is a buffer.
    segments: Iterator[Any] = (found[at] for at in range(len(found)))
    return [memoryview(segment) for segment in segments]


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
