"""Censuses in the store: each a link of its stream's chain, read and written as columns."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from msgspec.structs import replace
from redis.asyncio import Redis

from bot.aside import both
from bot.look import Look
from bot.store import identity as log
from bot.store.chain import (
    MANIFEST,
    Held,
    Link,
    Manifest,
    goes_before,
    is_post,
    linked,
    manifest_of,
    needs_post,
    readable,
)
from bot.store.errors import Conflict
from bot.store.frame import DamagedBlock
from bot.store.identity import Identity
from bot.store.keys import Keys
from bot.store.replies import one_bytes, with_scores
from bot.store.repos import Repos
from bot.store.states import Onward, States, Step
from bot.store.tips import nearest_tip, placed
from bot.store.tracks import Tracks, columns_of, tracks_of
from bot.store.words import word_fields, words_of
from bot.views import Note
from detectors.columns import Ints
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.names import Names
from detectors.snapshot import Snapshot

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Written:
    """A census as it is to be stored, and what will be known once it is.

    before: the id of the link before it in its chain, "" where it was to begin one.
    """

    before: str
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
        self._identity = Repos(redis, keys)
        self._states = States(redis)

    async def write(self, look: Look, snapshot: Snapshot) -> Written:
        """Tell a census against the last of its stream; nothing is stored yet.

        A belated one is told against one that ends a chain near it in time.

        Raises:
            Conflict: another look was committed since this one was begun: what is known of repos
                is by its ledger, and an ordinal may mean another repo there.
        """
        last = await self._last_for(snapshot)
        post = await self._post(snapshot.stream, last) if needs_post(last) else None
        known = await self._identity.before_next()
        lessons = await self._redis.llen(self._keys.ledger) + bool(len(look.lessons))
        # After all that was read: so it is what there was as the look was begun.
        if int(await self._redis.hget(self._keys.cycle, "n") or 0) != look.cycle:
            raise Conflict("another process committed a look in between")
        return await asyncio.to_thread(_written, snapshot, last, post, known, lessons)

    def remember(self, stream: str, written: Written) -> None:
        """Take what was written for stored: the next census is told against it."""
        held = Held(written.link.id, written.link.manifest, written.tracks)
        self._last[stream] = held
        if is_post(held.manifest.place):
            self._posts[stream] = held
        self._identity.remember(written.identity)

    def forget(self) -> None:
        """Trust nothing in memory any more: a look was refused, or its answer was lost."""
        self._last.clear()
        self._posts.clear()
        self._identity.forget()

    async def read(self, note: Note, onward: Onward | None = None) -> Snapshot | None:
        """Return a census with all its columns; None where it is not held.

        onward: where the reading of its stream has come to, which goes on from there.

        Raises:
            DamagedBlock: it cannot be trusted.
        """
        on = onward or Onward()
        found = await self._steady(
            note.id,
            lambda path: both(self._states.rebuilt(path, on), self._repos(path[-1].manifest, on)),
        )
        if found is None:
            return None
        path, (tracks, (known, names)) = found
        # Not before it is certain that nothing was thinned meanwhile.
        on.reached(path, tracks)
        key, manifest = path[-1].key, path[-1].manifest
        if manifest.listed != note.rows:
            raise DamagedBlock(f"{key}: holds {manifest.listed} models, its note says {note.rows}")
        if len(known) < manifest.rows or len(names) < manifest.rows:
            raise DamagedBlock(f"{key}: speaks of repos that the ledger does not know")
        columns = columns_of(tracks, known.first(manifest.rows), names.first(manifest.rows))
        lists = await self._states.lists(path[-1])
        return Snapshot(note.taken_at, note.kind, columns, lists, self._labs, note.panel)

    async def manifest(self, name: str) -> Manifest | None:
        """Return what a link consists of; None where it is not held or its manifest is damaged."""
        key = self._keys.blocks(name)
        return readable(key, await self._redis.hget(key, MANIFEST))

    async def state(self, name: str) -> tuple[Held, Mapping[Metric, Ints]]:
        """Return a link with its state, and its lists.

        Raises:
            DamagedBlock: it is not held or cannot be trusted.
        """
        found = await self._steady(name, lambda path: self._states.rebuilt(path, Onward()))
        if found is None:
            raise DamagedBlock(f"{self._keys.blocks(name)}: is missing")
        path, tracks = found
        return Held(name, path[-1].manifest, tracks), await self._states.lists(path[-1])

    async def _last_for(self, snapshot: Snapshot) -> Held | None:
        """Return the link that a census comes after; None where a new chain has to begin."""
        stream = snapshot.stream
        order = self._keys.order(stream)
        newest = with_scores(await self._redis.zrange(order, -1, -1, withscores=True))
        if not newest:
            return None
        name: str | None = newest[0][0]
        if snapshot.taken_at.timestamp() < newest[0][1]:
            name = nearest_tip(await placed(self._redis, self._keys, stream), snapshot.taken_at)
        if name is None:
            return None
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

    async def _path(self, name: str) -> list[Step]:
        """Return the links from a keyframe to a census; none if it is not held.

        Where it was thinned meanwhile, and so has another base by now, it is read again.

        Raises:
            DamagedBlock: a manifest cannot be read, or the bases form no chain.
        """
        before: list[Step] | None = None
        while True:
            path: list[Step] = []
            try:
                await self._walk(name, path)
            except DamagedBlock:
                if path == before:
                    raise
                before = path
            else:
                return path[::-1]

    async def _walk(self, name: str, path: list[Step]) -> None:
        """Append a census and each link before it down to a keyframe; nothing if it is not held."""
        while name:
            key = self._keys.blocks(name)
            value = await self._redis.hget(key, MANIFEST)
            if value is None and not path:
                return
            manifest = manifest_of(key, None if value is None else one_bytes(value))
            if manifest.worded:
                values = await self._redis.hmget(key, word_fields(manifest.worded))
                manifest = replace(manifest, words=words_of(key, values))
            if path:
                goes_before(manifest, path[-1].key, path[-1].manifest)
            path.append(Step(key, name, manifest))
            name = manifest.base

    async def _steady(
        self, name: str, read: Callable[[list[Step]], Awaitable[T]]
    ) -> tuple[list[Step], T] | None:
        """Return the links up to one and what is read off them; None if it is not held.

        Where they were thinned meanwhile, and so told against others, they are read again.
        """
        while path := await self._path(name):
            try:
                found = await read(path)
            except DamagedBlock:
                if path == await self._path(name):
                    raise
            else:
                if path == await self._path(name):
                    return path, found
        return None

    async def _repos(self, manifest: Manifest, onward: Onward) -> tuple[Identity, Names]:
        """Return what a census knows of all repos for life, and their ids."""
        onward.known = await self._identity.known(manifest.identity, onward.known)
        return onward.known, await self._names(manifest.lessons)


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
    before = last.id if last else ""
    return Written(before, link, tracks, log.written(entry) if entry else (), identity)
