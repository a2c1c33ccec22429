"""Blocks of 65,536 rows of a census: whole in a keyframe, elsewhere only what changed.

A block holds its rows' part of every track and the edges of its children, each compressed for
itself: like stands beside like, and who wants one track reads no other. In a delta a track says
where it differs from the base (a bitmap where much does, else the gaps between rows) and by how
much, or nothing at all; of a child whose edges differ all edges are given anew.

Those tracks stand first that a model's past is read off, and a large block is stored in some
values, cut so that a past is read off the first ones.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import zstandard

from bot.store.frame import in_parts
from bot.store.planes import packed, pieces
from bot.store.tracks import Tracks, child_of, grown, parent_of, relation_of
from detectors.columns import Ints

Packed = bytes | bytearray | memoryview

ROWS = 65_536
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


def count_of(rows: int) -> int:
    """Return in how many blocks so many rows lie."""
    return -(-rows // ROWS)


def whole(tracks: Tracks, names: Iterable[str]) -> dict[int, bytes]:
    """Return every block of a keyframe, its tracks in the order of the names."""
    order = list(names)
    starts = np.arange(count_of(len(tracks)) + 1) * ROWS
    told = tracks.edges
    cuts = np.searchsorted(child_of(told), starts).tolist()

    def block(number: int) -> bytes:
        start = number * ROWS
        parts = [pieces(tracks.told(name, start, start + ROWS)) for name in order]
        edges = told[cuts[number] : cuts[number + 1]]
        parts.append(_edges(np.unique(child_of(edges)), edges, start))
        return _together([[], *parts])

    numbers = range(count_of(len(tracks)))
    with ThreadPoolExecutor(THREADS) as threads:
        return dict(zip(numbers, threads.map(block, numbers), strict=True))


def changed(tracks: Tracks, base: Tracks, names: Iterable[str]) -> tuple[dict[int, bytes], int]:
    """Return the blocks that differ from the base's, and how many rows do."""
    order, rows = list(names), len(tracks)
    bounds = np.arange(count_of(rows) + 1) * ROWS
    touched = np.zeros(rows, dtype=np.bool_)
    moved: list[tuple[Ints, Ints, Ints]] = []
    for name in order:
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

    def block(number: int) -> bytes:
        start, size = number * ROWS, min(ROWS, rows - number * ROWS)
        own, its, theirs = (slice(cut[number], cut[number + 1]) for cut in cuts)
        where = rows_moved[own] - start
        parts = [_where(where, size)]
        for at, step, cut in moved:
            part = slice(cut[number], cut[number + 1])
            parts.append(_moves(at[part] - start, step[part], where))
        parts.append(_edges(children[its], edges[theirs], start))
        return _together(parts)

    touched[children] = True
    numbers = np.unique(np.flatnonzero(touched) // ROWS).tolist()
    with ThreadPoolExecutor(THREADS) as threads:
        found = dict(zip(numbers, threads.map(block, numbers), strict=True))
    return found, int(np.count_nonzero(touched))


def _together(parts: Sequence[Sequence[bytes]]) -> bytes:
    """Return the compressed parts one after the other, their sizes first; of nothing, nothing."""
    squeezed = [_squeezed(part) if part else b"" for part in parts]
    sizes = _struct(len(parts)).pack(*map(len, squeezed))
    return b"".join([sizes, *squeezed])


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
    """Return the compressed parts of a block: its rows that differ, its tracks, its edges.

    Raises ValueError or struct.error where they are not all there.
    """
    ends = list(accumulate(sizes_of(data, tracks + 2), initial=head_of(tracks)))
    if ends[-1] != len(data):
        raise ValueError(f"its parts are {ends[-1]} bytes, and it has {len(data)}")
    view = memoryview(data)
    return [view[begin:end] for begin, end in pairwise(ends)]


def cut(data: bytes, tracks: int, first: int) -> list[bytes]:
    """Return a block as the values that it is stored in, at least one.

    One ends behind the rows that differ and one behind its first so many tracks, unless it would
    be short: who is after a single row reads the first value, and as a rule needs no other.
    """
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
