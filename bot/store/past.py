"""One model over all censuses, from its block of each, without rebuilding any of them."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import numpy as np
import zstandard
from redis.asyncio import Redis

from bot.store.blocks import ROWS
from bot.store.chain import MANIFEST, Link, Manifest, block, manifest_of
from bot.store.frame import DamagedBlock
from bot.store.keys import Keys
from bot.store.replies import one_bytes
from bot.store.row import moves_of, values_of
from bot.store.tracks import PRESENT, fill, metric_of
from bot.views import Moment, Note
from detectors.columns import UNKNOWN

# Answers asked for at a time: blocks of a delta are some ten kB, those of a keyframe some hundred.
_STEP = 32


@dataclass(frozen=True)
class Told:
    """What a link says of a row: its values in a keyframe, else by how much they differ.

    figures: of each track that a moment is made of; none where the link says nothing of the row.
    """

    manifest: Manifest
    figures: Sequence[int]


class Past:
    """Reads a model's figures off the chains."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys

    async def of(self, ordinal: int, notes: Sequence[Note]) -> list[Moment]:
        """Return a moment for each census of some notes, in their order.

        A census whose blocks are damaged, or are told against one that is, is left out.
        """
        told = await self._told([note.id for note in notes], ordinal)
        found: dict[str, Mapping[str, int] | None] = {}
        moments = []
        for note in notes:
            values = known_of(note.id, told, found)
            if values is not None:
                moments.append(_moment(note.taken_at, values, told[note.id].manifest))
        return moments

    async def _told(self, names: Sequence[str], ordinal: int) -> dict[str, Told]:
        """Return what links say, and those they are told against, if they are held and whole."""
        found: dict[str, Told] = {}
        missing, asked = list(names), set(names)
        while missing:
            # Read at once, so that the memory of some blocks is that of the next.
            for start in range(0, len(missing), _STEP):
                links = await self._links(missing[start : start + _STEP], ordinal // ROWS)
                found |= told_by(links, ordinal)
            bases = {told.manifest.base for told in found.values()}
            missing = sorted(bases - asked - {""})
            asked.update(missing)
        return found

    async def _links(self, names: Sequence[str], number: int) -> list[Link]:
        """Return those of some links that are held, with nothing but one block."""
        first = f"{number}.0"
        pipe = self._redis.pipeline(transaction=False)
        for name in names:
            pipe.hmget(self._keys.blocks(name), [MANIFEST, first])
        found = []
        for name, (told, value) in zip(names, await pipe.execute(), strict=True):
            if told is None:
                continue
            try:
                manifest = manifest_of(self._keys.blocks(name), told)
            except DamagedBlock:
                continue
            fields = {} if value is None else {first: one_bytes(value)}
            fields |= await self._rest(name, number, manifest.parts.get(number, 0))
            found.append(Link(name, manifest, fields))
        return found

    async def _rest(self, name: str, number: int, parts: int) -> dict[str, bytes]:
        """Return what a block has beside its first part."""
        names = [f"{number}.{part}" for part in range(1, parts)]
        if not names:
            return {}
        values = await self._redis.hmget(self._keys.blocks(name), names)
        pairs = zip(names, values, strict=True)
        return {part: one_bytes(value) for part, value in pairs if value is not None}


def told_by(links: Sequence[Link], ordinal: int) -> dict[str, Told]:
    """Return what each of some links says of a row, without those that are damaged."""
    number, row = divmod(ordinal, ROWS)
    found = {}
    for link in links:
        manifest = link.manifest
        try:
            # A block may be older than the row.
            data = block(link, number, link.id) if ordinal < manifest.rows else None
            tracks, wanted = len(manifest.tracks), _places(manifest.tracks)
            if data is None:
                figures = []
            elif manifest.base:
                figures = moves_of(data, tracks, wanted, row)
            else:
                figures = values_of(data, tracks, wanted, row)
        except (DamagedBlock, ValueError, IndexError, struct.error, zstandard.ZstdError):
            continue
        found[link.id] = Told(manifest, figures)
    return found


def known_of(
    name: str, links: Mapping[str, Told], found: dict[str, Mapping[str, int] | None]
) -> Mapping[str, int] | None:
    """Return what is known of a row as of a link, track by track; None where that is unknown."""
    if name in found:
        return found[name]
    link = links.get(name)
    base = link.manifest.base if link else ""
    before = known_of(base, links, found) if base else {}
    if link is None or before is None:
        found[name] = None
        return None
    tracks, real = _wanted(link.manifest.tracks), link.manifest.real
    values = {
        track: before[track] if track in before else fill(track, real=track in real)
        for track in tracks
    }
    for track, figure in zip(tracks, link.figures, strict=False):
        values[track] = values[track] + figure if base else figure
    found[name] = values
    return values


@cache
def _wanted(tracks: tuple[str, ...]) -> tuple[str, ...]:
    """Return those tracks that a moment is made of; the same ones for all of a chain."""
    return tuple(each for each in tracks if each == PRESENT or metric_of(each))


@cache
def _places(tracks: tuple[str, ...]) -> tuple[int, ...]:
    """Return where those tracks are among all."""
    return tuple(tracks.index(each) for each in _wanted(tracks))


def _moment(at: datetime, values: Mapping[str, int], manifest: Manifest) -> Moment:
    listed = bool(values.get(PRESENT))
    figures = {}
    for track, value in values.items() if listed else ():
        metric = metric_of(track)
        if metric is None:
            continue
        real = track in manifest.real
        figure = float(np.array([_wrapped(value)]).view(np.float64)[0]) if real else float(value)
        if figure != UNKNOWN:
            figures[metric] = figure
    return Moment(at, listed, figures)


def _wrapped(value: int) -> int:
    """Return bits that were added up without a bound as the 64 that they are."""
    low = value & (1 << 64) - 1
    return low - (1 << 64) if low >> 63 else low
