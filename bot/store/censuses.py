"""Censuses in the store: each a link of its stream's chain, read and written as columns."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from bot.aside import both
from bot.look import Look
from bot.store import identity as log
from bot.store.chain import (
    MANIFEST,
    Held,
    Link,
    Manifest,
    fields_of,
    is_post,
    linked,
    lists_of,
    manifest_of,
    needs_post,
)
from bot.store.frame import DamagedBlock
from bot.store.identity import NOBODY, Identity
from bot.store.keys import Keys
from bot.store.rebuilding import rebuilt
from bot.store.replies import all_bytes, one_bytes
from bot.store.tracks import Tracks, columns_of, tracks_of
from bot.views import Note
from detectors.columns import Ints
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.names import Names
from detectors.snapshot import Snapshot

# Values asked for at a time: blocks of a keyframe are some hundred kB, those of a delta a few.
_STEP = 4
_SMALL = 64


@dataclass(frozen=True, eq=False)
class Written:
    """A census as it is to be stored, and what will be known once it is."""

    link: Link
    tracks: Tracks
    entry: Sequence[bytes]
    identity: Identity


class Censuses:
    """The chains of all streams, with the state of their last links in memory.

    `names` returns the ids of all repos after so many lessons of the ledger.
    """

    def __init__(
        self, redis: Redis, keys: Keys, labs: Labs, names: Callable[[int], Awaitable[Names]]
    ) -> None:
        self._redis = redis
        self._keys = keys
        self._labs = labs
        self._names = names
        self._last: dict[str, Held] = {}
        self._posts: dict[str, Held] = {}
        self._identity = NOBODY

    async def write(self, look: Look, snapshot: Snapshot) -> Written:
        """Tell a census against the last of its stream; nothing is stored yet."""
        last = await self._newest(snapshot.stream)
        post = await self._post(snapshot.stream, last) if needs_post(last) else None
        known = await self._known(await self._redis.llen(self._keys.identity))
        lessons = await self._redis.llen(self._keys.ledger) + bool(len(look.lessons))
        return await asyncio.to_thread(_written, snapshot, last, post, known, lessons)

    def remember(self, stream: str, written: Written) -> None:
        """Take what was written for stored: the next census is told against it."""
        held = Held(written.link.id, written.link.manifest, written.tracks)
        self._last[stream] = held
        if is_post(held.manifest.place):
            self._posts[stream] = held
        self._identity = written.identity

    def forget(self) -> None:
        """Trust nothing in memory any more: a look was refused, or its answer was lost."""
        self._last.clear()
        self._posts.clear()
        self._identity = NOBODY

    async def read(self, note: Note) -> Snapshot | None:
        """Return a census with all its columns; None where it is not held.

        Raises:
            DamagedBlock: it cannot be trusted.
        """
        links = await self._path(note.id)
        if not links:
            return None
        key, link = links[-1]
        manifest = link.manifest
        if manifest.listed != note.rows:
            raise DamagedBlock(f"{key}: holds {manifest.listed} models, its note says {note.rows}")
        tracks, (known, names) = await both(
            asyncio.to_thread(rebuilt, links), self._repos(manifest)
        )
        if len(known) < manifest.rows or len(names) < manifest.rows:
            raise DamagedBlock(f"{key}: speaks of repos that the ledger does not know")
        columns = columns_of(tracks, known.first(manifest.rows), names.first(manifest.rows))
        lists = lists_of(link, key)
        return Snapshot(note.taken_at, note.kind, columns, lists, self._labs, note.panel)

    async def manifest(self, name: str) -> Manifest | None:
        """Return what a link consists of; None where it is not held or its manifest is damaged."""
        key = self._keys.blocks(name)
        value = await self._redis.hget(key, MANIFEST)
        try:
            return None if value is None else manifest_of(key, one_bytes(value))
        except DamagedBlock:
            return None

    async def state(self, name: str) -> tuple[Held, Mapping[Metric, Ints]]:
        """Return a link with its state, and its lists.

        Raises:
            DamagedBlock: it is not held or cannot be trusted.
        """
        links = await self._path(name)
        if not links:
            raise DamagedBlock(f"{self._keys.blocks(name)}: is missing")
        key, link = links[-1]
        tracks = await asyncio.to_thread(rebuilt, links)
        return Held(name, link.manifest, tracks), lists_of(link, key)

    async def _newest(self, stream: str) -> Held | None:
        """Return the last link of a stream; None where a new chain has to begin."""
        ids = await self._redis.zrange(self._keys.order(stream), -1, -1)
        if not ids:
            return None
        name = one_bytes(ids[0]).decode()
        held = self._last.get(stream)
        if held is None or held.id != name:
            held = await self._held(name)
        if held is not None:
            self._last[stream] = held
        return held

    async def _post(self, stream: str, last: Held | None) -> Held | None:
        """Return the last post of a link's chain, which may be the link itself."""
        name, manifest = (last.id, last.manifest) if last else ("", None)
        while manifest is not None and not is_post(manifest.place):
            name = manifest.base
            manifest = await self.manifest(name)
        held = self._posts.get(stream)
        if held is None or held.id != name:
            held = await self._held(name)
        if held is not None:
            self._posts[stream] = held
        return held

    async def _held(self, name: str) -> Held | None:
        """Return a link with its state; one that is damaged is no base for another."""
        try:
            return (await self.state(name))[0]
        except DamagedBlock:
            return None

    async def _path(self, name: str) -> list[tuple[str, Link]]:
        """Return the links from a keyframe to a census, with their keys; none if it is not held."""
        links: list[tuple[str, Link]] = []
        while name:
            key = self._keys.blocks(name)
            value = await self._redis.hget(key, MANIFEST)
            if value is None and not links:
                return []
            manifest = manifest_of(key, None if value is None else one_bytes(value))
            links.append((key, Link(name, manifest, await self._fields(key, manifest))))
            name = manifest.base
        return links[::-1]

    async def _fields(self, key: str, manifest: Manifest) -> dict[str, bytes]:
        names = fields_of(manifest)
        step = _SMALL if manifest.base else _STEP
        found: dict[str, bytes] = {}
        for start in range(0, len(names), step):
            some = names[start : start + step]
            values = await self._redis.hmget(key, some)
            pairs = zip(some, values, strict=True)
            found |= {name: one_bytes(value) for name, value in pairs if value is not None}
        return found

    async def _repos(self, manifest: Manifest) -> tuple[Identity, Names]:
        """Return what a census knows of all repos for life, and their ids."""
        return await self._known(manifest.identity), await self._names(manifest.lessons)

    async def _known(self, entries: int) -> Identity:
        """Return what was known of all repos after so many entries of the log."""
        known = self._identity if self._identity.entries <= entries else NOBODY
        looks = await self._redis.lrange(self._keys.identity, known.entries, entries - 1)
        if entries > known.entries + len(looks):
            raise DamagedBlock(f"{self._keys.identity}: has fewer than {entries} entries")
        for look in looks:
            key = self._keys.identity_entry(one_bytes(look).decode())
            known = log.after(known, log.read(key, await self._values(key)))
        if known.entries >= self._identity.entries:
            self._identity = known
        return known

    async def _values(self, key: str) -> list[bytes]:
        values: list[bytes] = []
        while some := await self._redis.lrange(key, len(values), len(values)):
            values += all_bytes(some)
        return values


def _written(
    snapshot: Snapshot,
    last: Held | None,
    post: Held | None,
    known: Identity,
    lessons: int,
) -> Written:
    base = last.tracks if last else None
    tracks = tracks_of(snapshot.columns, base)
    entry = log.learnt(snapshot.columns, known)
    identity = log.after(known, entry) if entry else known
    link = linked(
        snapshot.id,
        tracks,
        last,
        post,
        identity=identity.entries,
        lessons=lessons,
        lists=snapshot.lists,
    )
    return Written(link, tracks, log.written(entry) if entry else (), identity)
