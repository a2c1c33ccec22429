"""One row of a block of a census, with no more of the block unpacked than it takes."""

import threading
from collections.abc import Sequence

import zstandard

from bot.store.blocks import parts_of
from bot.store.planes import Cursor


class _Own(threading.local):
    """What each thread has one of, as making one takes as long as unpacking a small part."""

    def __init__(self) -> None:
        self.unpacker = zstandard.ZstdDecompressor()


_own = _Own()


def values_of(data: bytes, tracks: int, wanted: Sequence[int], row: int) -> list[int]:
    """Return what a row of a keyframe's block has in some tracks.

    tracks: how many the block has. wanted: their places among those.
    """
    _, *parts = parts_of(data, tracks)
    return [Cursor(_unpacked(parts[place])).pick(row) for place in wanted]


def moves_of(data: bytes, tracks: int, wanted: Sequence[int], row: int) -> list[int]:
    """Return by how much a row of a delta's block differs from the base in some tracks."""
    where, *parts = parts_of(data, tracks)
    found = [0] * len(wanted)
    here = _place(_unpacked(where), row)
    if here is None:
        return found
    place, moved = here
    for at, track in enumerate(wanted):
        told = _unpacked(parts[track])
        index = _before(told, 0, place) if told else None
        if index is not None:
            found[at] = Cursor(told, -(-moved // 8)).pick(index)
    return found


def _unpacked(part: memoryview) -> bytes:
    """Return what was compressed; of nothing, nothing."""
    return _own.unpacker.decompress(part) if part else b""


def _place(told: bytes, row: int) -> tuple[int, int] | None:
    """Return which of the rows that differ a row is, and how many they are; None if it is none."""
    if not told:
        return None
    cursor = Cursor(told)
    if not cursor.one():
        return cursor.reached(row)
    place = _before(told, cursor.at, row)
    return None if place is None else (place, _set(told[cursor.at :]))


def _before(told: bytes, start: int, place: int) -> int | None:
    """Return how many bits are set before one of a bitmap; None where that one is not."""
    byte, bit = divmod(place, 8)
    own = told[start + byte]
    if not own >> (7 - bit) & 1:
        return None
    return _set(told[start : start + byte]) + (own >> (8 - bit)).bit_count()


def _set(bits: bytes) -> int:
    """Return how many bits are set."""
    return int.from_bytes(bits).bit_count()
