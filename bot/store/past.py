"""One model over all censuses, from its block of each, without rebuilding any of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

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
        manifests = await self._manifests([note.id for note in notes])
        number, row = divmod(ordinal, ROWS)
        found: dict[str, Mapping[str, int]] = {}
        needed = await self._with_bases(manifests)
        links = await self._blocks(needed, number)
        moments = []
        for note in notes:
            try:
                values = _values(note.id, links, found, number, row)
            except DamagedBlock:
                continue
            if values is not None:
                moments.append(_moment(note.taken_at, values, needed[note.id]))
        return moments

    async def _with_bases(self, manifests: Mapping[str, Manifest]) -> dict[str, Manifest]:
        """Return manifests with those of their bases that are not among them."""
        found = dict(manifests)
        while missing := {each.base for each in found.values() if each.base} - found.keys():
            more = await self._manifests(sorted(missing))
            if not more:
                break
            found |= more
        return found

    async def _manifests(self, names: Sequence[str]) -> dict[str, Manifest]:
        found = {}
        for start in range(0, len(names), _STEP * 2):
            some = names[start : start + _STEP * 2]
            pipe = self._redis.pipeline(transaction=False)
            for name in some:
                pipe.hget(self._keys.blocks(name), MANIFEST)
            for name, value in zip(some, await pipe.execute(), strict=True):
                if value is not None:
                    found[name] = manifest_of(self._keys.blocks(name), value)
        return found

    async def _blocks(self, manifests: Mapping[str, Manifest], number: int) -> dict[str, Link]:
        """Return links that hold nothing but one block."""
        held = [name for name, each in manifests.items() if number in each.parts]
        fields: dict[str, dict[str, bytes]] = {name: {} for name in manifests}
        for start in range(0, len(held), _STEP):
            some = held[start : start + _STEP]
            pipe = self._redis.pipeline(transaction=False)
            parts = {
                name: [f"{number}.{part}" for part in range(manifests[name].parts[number])]
                for name in some
            }
            for name in some:
                pipe.hmget(self._keys.blocks(name), parts[name])
            for name, values in zip(some, await pipe.execute(), strict=True):
                pairs = zip(parts[name], values, strict=True)
                fields[name] = {
                    part: one_bytes(value) for part, value in pairs if value is not None
                }
        return {name: Link(name, each, fields[name]) for name, each in manifests.items()}


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
    real = set(manifest.real)
    told = [each for each in manifest.tracks if each == PRESENT or metric_of(each)]
    values = {track: before.get(track, fill(track, real=track in real)) for track in told}
    data = None if number * ROWS + row >= manifest.rows else block(link, number, name)
    if data is not None:
        reader = Reader(data, number, manifest.rows, manifest.tracks)
        place = reader.place_of(row) if manifest.base else None
        for track in values:
            if not manifest.base:
                values[track] = reader.value_of(track, row)
            elif place is not None:
                values[track] += reader.move_of(track, place)
    found[name] = values
    return values


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
