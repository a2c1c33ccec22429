"""One model over all censuses, from its block of each, without rebuilding any of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

import numpy as np
from redis.asyncio import Redis

from bot.store.blocks import ROWS, Reader
from bot.store.chain import MANIFEST, Link, Manifest, block, manifest_of
from bot.store.frame import DamagedBlock
from bot.store.keys import Keys
from bot.store.replies import one_bytes
from bot.store.tracks import PRESENT, fill, metric_of
from bot.views import Moment, Note
from detectors.columns import UNKNOWN

# Answers asked for at a time: blocks of a delta are some ten kB, those of a keyframe some hundred.
_STEP = 32


class Past:
    """Reads a model's figures off the chains."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys

    async def of(self, ordinal: int, notes: Sequence[Note]) -> list[Moment]:
        """Return a moment for each census of some notes, in their order.

        A census whose blocks are damaged, or are told against one that is, is left out.
        """
        number, row = divmod(ordinal, ROWS)
        found: dict[str, Mapping[str, int]] = {}
        links = await self._links([note.id for note in notes], number)
        moments = []
        for note in notes:
            try:
                values = _values(note.id, links, found, number, row)
            except DamagedBlock:
                continue
            if values is not None:
                moments.append(_moment(note.taken_at, values, links[note.id].manifest))
        return moments

    async def _links(self, names: Sequence[str], number: int) -> dict[str, Link]:
        """Return links that hold nothing but one block, with those they are told against."""
        found: dict[str, Link] = {}
        missing = list(names)
        while missing:
            more = await self._some(missing, number)
            found |= more
            bases = {link.manifest.base for link in more.values() if link.manifest.base}
            missing = sorted(bases - found.keys())
        return found

    async def _some(self, names: Sequence[str], number: int) -> dict[str, Link]:
        """Return those of some links that are held."""
        found: dict[str, Link] = {}
        first = f"{number}.0"
        for start in range(0, len(names), _STEP):
            some = names[start : start + _STEP]
            pipe = self._redis.pipeline(transaction=False)
            for name in some:
                pipe.hmget(self._keys.blocks(name), [MANIFEST, first])
            for name, (told, value) in zip(some, await pipe.execute(), strict=True):
                if told is None:
                    continue
                manifest = manifest_of(self._keys.blocks(name), told)
                fields = {} if value is None else {first: one_bytes(value)}
                fields |= await self._rest(name, number, manifest.parts.get(number, 0))
                found[name] = Link(name, manifest, fields)
        return found

    async def _rest(self, name: str, number: int, parts: int) -> dict[str, bytes]:
        """Return what a block has beside its first part."""
        names = [f"{number}.{part}" for part in range(1, parts)]
        if not names:
            return {}
        values = await self._redis.hmget(self._keys.blocks(name), names)
        pairs = zip(names, values, strict=True)
        return {part: one_bytes(value) for part, value in pairs if value is not None}


def _values(
    name: str,
    links: Mapping[str, Link],
    found: dict[str, Mapping[str, int]],
    number: int,
    row: int,
) -> Mapping[str, int] | None:
    """Return what a link says of a row, track by track; what it is told against first."""
    if name in found:
        return found[name]
    link = links.get(name)
    if link is None:
        return None
    manifest = link.manifest
    before = _values(manifest.base, links, found, number, row) if manifest.base else {}
    if before is None:
        return None
    told, real = _told(manifest.tracks), manifest.real
    values = {
        track: before[track] if track in before else fill(track, real=track in real)
        for track in told
    }
    data = None if number * ROWS + row >= manifest.rows else block(link, number, name)
    if data is not None:
        reader = Reader(data, number, manifest.rows, manifest.tracks)
        place = reader.place_of(row) if manifest.base else None
        for track in told:
            if not manifest.base:
                values[track] = reader.value_of(track, row)
            elif place is not None:
                values[track] += reader.move_of(track, place)
    found[name] = values
    return values


@cache
def _told(tracks: tuple[str, ...]) -> tuple[str, ...]:
    """Return those tracks that a moment is made of; the same ones for all of a chain."""
    return tuple(each for each in tracks if each == PRESENT or metric_of(each))


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
