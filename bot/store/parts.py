"""The parts of a block as bytes: each compressed for itself, one after the other, sizes first."""

import struct
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import Any

import zstandard

Packed = bytes | bytearray | memoryview

# What is left here for a match of more than a few bytes is chance, and each match found by chance
# costs more than it saves: an entropy coder alone comes out smaller by a tenth, and sooner.
_PLAIN = zstandard.ZstdCompressionParameters.from_level(
    1, strategy=zstandard.STRATEGY_FAST, min_match=7, hash_log=6, write_checksum=False
)
# Fewer bytes are not worth a table of codes of their own.
_APART = 256


def bytes_of(parts: Sequence[Sequence[bytes]]) -> bytes:
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
    """Return the compressed parts of a block, or of a half or the rest of one.

    They are: its rows that differ, its tracks, its edges.

    Raises ValueError or struct.error where they are not all there.
    """
    ends = list(accumulate(sizes_of(data, tracks + 2), initial=head_of(tracks)))
    if ends[-1] != len(data):
        raise ValueError(f"its parts are {ends[-1]} bytes, and it has {len(data)}")
    view = memoryview(data)
    return [view[begin:end] for begin, end in pairwise(ends)]


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
