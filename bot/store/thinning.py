"""Drops what is not kept any longer; chains that lose a link are written anew without it.

Everything is laid aside first and takes effect in one script, guarded by the cycle like a look:
killed at any point it has happened whole or not at all.
"""

import logging
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from redis.asyncio import Redis

from bot.retention import Retention
from bot.store.censuses import Censuses
from bot.store.chain import Held, is_post, linked, needs_post
from bot.store.frame import DamagedBlock
from bot.store.keys import Keys
from bot.store.table_chain import Told
from bot.store.tabling import Tabling
from bot.store.writes import Words, lay
from bot.views import Note
from detectors.metric import Kind

log = logging.getLogger(__name__)


@dataclass
class Thinned:
    """What is laid aside and what its commit does. id: of the commit, as a look has one."""

    id: str = field(default_factory=lambda: f"thin-{uuid.uuid4().hex[:12]}")
    writes: list[Words] = field(default_factory=list)
    staged: list[str] = field(default_factory=list)
    dropped: int = 0


class Thinning:
    """Lays aside what dropping some Snapshots takes."""

    def __init__(self, redis: Redis, keys: Keys, censuses: Censuses, tabling: Tabling) -> None:
        self._redis = redis
        self._keys = keys
        self._censuses = censuses
        self._tabling = tabling

    async def prepare(self, notes: Sequence[Note], retention: Retention) -> Thinned:
        """Lay aside all that dropping takes; the newest chain of a stream is left as it is.

        A chain is written anew once all its links have the age at which some are dropped, so that
        it is done once: until then it holds a few more than has to be kept.
        """
        gone = retention.dropped(notes)
        newest = max((note.taken_at for note in notes), default=None)
        thinned = Thinned()
        for note in notes:
            if note.kind is Kind.PULSE and note.id in gone:
                self._drop(thinned, note)
        for chain in await self._chains(notes):
            drops = any(note.id in gone for note in chain)
            if newest is None or not drops or not retention.settled(chain, newest):
                continue
            try:
                writes = await self._anew(thinned, chain, gone)
            except DamagedBlock as error:
                log.error("a chain is not thinned, one of its links is damaged: %s", error)  # noqa: TRY400 - the sentence says it all
            else:
                thinned.writes += writes
                for note in chain:
                    if note.id in gone:
                        self._drop(thinned, note)
        return thinned

    async def _chains(self, notes: Sequence[Note]) -> list[list[Note]]:
        """Return the links of every chain but the newest of each stream, in the chain's order.

        That need not be the order of their times: one that came belated may be told against a
        later one.
        """
        chains: dict[tuple[str, str], list[Note]] = {}
        places: dict[str, int] = {}
        newest: dict[str, tuple[str, str]] = {}
        for note in sorted(notes, key=lambda note: note.taken_at):
            if note.kind is Kind.CENSUS:
                manifest = await self._censuses.manifest(note.id)
                key = (note.stream, manifest.key if manifest else note.id)
                chains.setdefault(key, []).append(note)
                places[note.id] = manifest.place if manifest else 0
                newest[note.stream] = key
        return [
            sorted(chain, key=lambda note: places[note.id])
            for key, chain in chains.items()
            if key not in newest.values()
        ]

    async def _anew(
        self, thinned: Thinned, chain: Sequence[Note], gone: Collection[str]
    ) -> list[Words]:
        """Lay aside a chain of the links that are kept; return the writes that put it in place."""
        writes: list[Words] = []
        kept = [note for note in chain if note.id not in gone]
        last: Held | None = None
        post: Held | None = None
        told: Told | None = None
        for note in kept:
            held, lists = await self._censuses.state(note.id)
            link = linked(
                note.id,
                held.tracks,
                last,
                post if needs_post(last) else None,
                identity=held.manifest.identity,
                lessons=held.manifest.lessons,
                lists=lists,
            )
            last = Held(note.id, link.manifest, held.tracks)
            if is_post(link.manifest.place):
                post = last
            writes += await self._replace(thinned, self._keys.blocks(note.id), link.fields)
            again = await self._tabling.again(note.id, told, link.manifest.key)
            if again is not None:
                fields, told = again
                writes += await self._replace(thinned, self._keys.tables(note.id), fields)
        return writes

    async def _replace(
        self, thinned: Thinned, key: str, fields: Mapping[str, bytes]
    ) -> list[Words]:
        staged = self._keys.staged(f"{thinned.id}-{len(thinned.staged)}")
        await lay(self._redis, staged, fields)
        thinned.staged.append(staged)
        return [["RENAME", staged, key], ["PERSIST", key]]

    def _drop(self, thinned: Thinned, note: Note) -> None:
        keys = self._keys
        thinned.dropped += 1
        thinned.writes += [
            ["DEL", keys.blocks(note.id)],
            ["DEL", keys.tables(note.id)],
            ["ZREM", keys.order(note.stream), note.id],
            ["HDEL", keys.notes, note.id],
        ]
