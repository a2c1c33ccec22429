"""Drops what is not kept any longer; chains that lose a link are written anew without it.

A chain is laid aside first and takes effect in one script, guarded by the cycle like a look: killed
at any point it has happened to a chain whole or not at all. Chains are gone about one at a time, so
that it takes no more memory than the largest of them.
"""

import logging
import uuid
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from redis.asyncio import Redis

from bot.retention import Retention
from bot.store.censuses import Censuses
from bot.store.chain import Held, is_post, linked, needs_post
from bot.store.frame import DamagedBlock
from bot.store.keys import Keys
from bot.store.replies import all_bytes
from bot.store.table_chain import Told
from bot.store.tabling import Tabling
from bot.store.writes import Words, lay, unstage
from bot.views import Note
from detectors.metric import Kind

log = logging.getLogger(__name__)


@dataclass
class Thinned:
    """One commit: what is laid aside for it and what it does. id: as a look has one."""

    id: str = field(default_factory=lambda: f"thin-{uuid.uuid4().hex[:12]}")
    writes: list[Words] = field(default_factory=list)
    staged: list[str] = field(default_factory=list)
    dropped: int = 0


@dataclass(frozen=True)
class Dropped:
    """What thinning came to.

    snapshots: how many were dropped. left: chains of which some would have gone, and which are as
    they were since a link that is kept is damaged.
    """

    snapshots: int
    left: int = 0


class Thinning:
    """Lays aside what dropping some Snapshots takes, and takes it back where that fails.

    left: how many chains it came upon, so far, that cannot be thinned since they are damaged.
    """

    def __init__(self, redis: Redis, keys: Keys, censuses: Censuses, tabling: Tabling) -> None:
        self._redis = redis
        self._keys = keys
        self._censuses = censuses
        self._tabling = tabling
        self.left = 0

    async def steps(self, notes: Sequence[Note], retention: Retention) -> AsyncIterator[Thinned]:
        """Yield what is to be committed, one after the other; each before the next is asked for.

        First goes what nothing has to be laid aside for, so that there is memory for the rest,
        then one chain after the other. The newest chain of a stream is left as it is. A chain is
        written anew once all its links have the age at which some are dropped, so that it is done
        once: until then it holds a few more than has to be kept. A link whose note cannot be read
        is kept: a backup of the note brings it back.
        """
        gone = retention.dropped(notes)
        first, chains = Thinned(), []
        noted = {note.id: note for note in notes}
        for note in notes:
            if note.kind is Kind.PULSE and note.id in gone:
                self._drop(first, note.stream, [note.id])
        newest = max((note.taken_at for note in notes), default=None)
        for stream in sorted({note.stream for note in notes if note.kind is Kind.CENSUS}):
            for chain in await self._chains(stream):
                of_known_age = [noted[name] for name in chain if name in noted]
                dropped = [name for name in chain if name in gone]
                if newest is None or not dropped or not retention.settled(of_known_age, newest):
                    continue
                if len(dropped) == len(chain):
                    self._drop(first, stream, chain)
                else:
                    chains.append((stream, chain))
        if first.writes:
            yield first
        for stream, chain in chains:
            thinned = await self._without(stream, chain, gone)
            if thinned is not None:
                yield thinned

    async def _without(
        self, stream: str, chain: Sequence[str], gone: Collection[str]
    ) -> Thinned | None:
        """Lay aside a chain without some of its links; None where one that is kept is damaged."""
        thinned = Thinned()
        try:
            await self._anew(thinned, [name for name in chain if name not in gone])
        except DamagedBlock as error:
            await unstage(self._redis, thinned.staged)
            log.error("a chain is not thinned, one of its links is damaged: %s", error)  # noqa: TRY400 - the sentence says it all
            self.left += 1
            return None
        except BaseException:
            await unstage(self._redis, thinned.staged)
            raise
        self._drop(thinned, stream, [name for name in chain if name in gone])
        return thinned

    async def _chains(self, stream: str) -> list[list[str]]:
        """Return the links of every chain of a stream but its newest, in the chain's order.

        That need not be the order of their times: one that came belated may be told against a
        later one. Links with a damaged note are among them: others may be told against them.
        """
        chains: dict[str, list[str]] = {}
        places: dict[str, int] = {}
        newest = ""
        for each in all_bytes(await self._redis.zrange(self._keys.order(stream), 0, -1)):
            name = each.decode()
            manifest = await self._censuses.manifest(name)
            newest = manifest.key if manifest else name
            chains.setdefault(newest, []).append(name)
            places[name] = manifest.place if manifest else 0
        return [sorted(chain, key=places.__getitem__) for k, chain in chains.items() if k != newest]

    async def _anew(self, thinned: Thinned, kept: Sequence[str]) -> None:
        """Lay aside a chain of the links that are kept, with the writes that put it in place."""
        last: Held | None = None
        post: Held | None = None
        told: Told | None = None
        for name in kept:
            held, lists = await self._censuses.state(name)
            link = linked(
                name,
                held.tracks,
                last,
                post if needs_post(last) else None,
                identity=held.manifest.identity,
                lessons=held.manifest.lessons,
                lists=lists,
            )
            last = Held(name, link.manifest, held.tracks)
            if is_post(link.manifest.place):
                post = last
            await self._replace(thinned, self._keys.blocks(name), link.fields)
            told = await self._tables(thinned, name, told, link.manifest.key) or told

    async def _tables(
        self, thinned: Thinned, name: str, last: Told | None, key: str
    ) -> Told | None:
        """Lay aside the tables of a link, told after the last ones; None where it has none.

        Damaged ones go, since the columns say all that they do.
        """
        try:
            again = await self._tabling.again(name, last, key)
        except DamagedBlock as error:
            log.error("the tables of %s are not kept, its columns are: %s", name, error)  # noqa: TRY400 - the sentence says it all
            thinned.writes.append(["DEL", self._keys.tables(name)])
            return None
        if again is None:
            return None
        fields, told = again
        await self._replace(thinned, self._keys.tables(name), fields)
        return told

    async def _replace(self, thinned: Thinned, key: str, fields: Mapping[str, bytes]) -> None:
        staged = self._keys.staged(f"{thinned.id}-{len(thinned.staged)}")
        # Before it is there, so that it is known however the laying ends.
        thinned.staged.append(staged)
        await lay(self._redis, staged, fields)
        thinned.writes += [["RENAME", staged, key], ["PERSIST", key]]

    def _drop(self, thinned: Thinned, stream: str, names: Sequence[str]) -> None:
        keys = self._keys
        thinned.dropped += len(names)
        for name in names:
            thinned.writes += [
                ["DEL", keys.blocks(name)],
                ["DEL", keys.tables(name)],
                ["ZREM", keys.order(stream), name],
                ["HDEL", keys.notes, name],
            ]
