"""The store: Snapshots, standing, Shifts and outbox in one Redis, each look committed whole."""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from redis.asyncio import Redis

from bot.channel import Channel
from bot.delivery import Delivery, Lane
from bot.lessons import Lessons
from bot.look import Look
from bot.retention import Retention
from bot.store.censuses import Censuses
from bot.store.channel_settings import KeptSettings
from bot.store.checking import Checked, checked
from bot.store.committing import Committing
from bot.store.costs import Costs, costs_of
from bot.store.errors import StoreError, storing
from bot.store.forgetting import Forgetting
from bot.store.frame import DamagedBlock
from bot.store.keys import Keys
from bot.store.lessons import Register
from bot.store.noted import Noted, standing_decoder
from bot.store.once import Once
from bot.store.outbox import Audits, Depths, Digests, Office, Outbox
from bot.store.past import Past
from bot.store.pulses import Pulses
from bot.store.remembered import Remembered
from bot.store.sealed import legible
from bot.store.shelf import Shelf
from bot.store.states import Onward
from bot.store.subscriptions import Subscriptions
from bot.store.tabling import Tabling
from bot.store.thinning import Dropped, Thinning
from bot.views import Asks, Moment, Note
from detectors.evaluate import RuleStanding
from detectors.labs import Labs
from detectors.metric import Kind
from detectors.shift import Shift
from detectors.snapshot import Snapshot

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class State:
    """What a look starts from. belated: streams that were given belated Snapshots since theirs."""

    cycle: int
    standing: Mapping[str, RuleStanding]
    trouble: Mapping[str, str]
    belated: frozenset[str] = frozenset()


class Store:
    """Everything held, on one connection and under one namespace of keys.

    Implements bot.views.Views. Every write that must happen once is a Lua script guarded by the
    cycle or by an id, since the client may send it twice.
    """

    def __init__(self, client: Redis, labs: Labs, keys: Keys | None = None) -> None:
        self._redis = client
        self._labs = labs
        self.keys = keys or Keys()
        self._register = Register(client, self.keys)
        self._censuses = Censuses(client, self.keys, labs, self._register.names)
        self._tabling = Tabling(client, self.keys, labs)
        self._pulses = Pulses(client, self.keys, labs)
        self._past = Past(client, self.keys)
        self.outbox = Outbox(client, self.keys)
        self.office = Office(client, self.keys)
        self.audits = Audits(client, self.keys)
        self.digests = Digests(client, self.keys)
        self.noted = Noted(client, self.keys)
        self._committing = Committing(client, self.keys, self._censuses, self._tabling, self.noted)
        self.depths = Depths(client, self.keys)
        self.subscriptions = Subscriptions(client, self.keys)
        self.once = Once(client, self.keys)
        self.shelf = Shelf(client, self.keys)
        self.remembered = Remembered(client, self.keys)
        self.channel_settings = KeptSettings(client, self.keys)
        self.forgetting = Forgetting(client, self.keys, self.subscriptions)

    @storing("reading what stands")
    async def state(self) -> State:
        """Return cycle, standing and trouble as they were committed together."""
        keys = self.keys
        pipe = self._redis.pipeline(transaction=True)
        pipe.hget(keys.cycle, "n")
        pipe.hgetall(keys.standing)
        pipe.hgetall(keys.trouble)
        pipe.smembers(keys.belated)
        n, standing, trouble, belated = await pipe.execute()
        return State(
            cycle=int(n or 0),
            # A rule that is not known stands anew, and is quiet once.
            standing=dict(legible(keys.standing, standing.items(), standing_decoder)),
            trouble={stream.decode(): reason.decode() for stream, reason in trouble.items()},
            belated=frozenset(stream.decode() for stream in belated),
        )

    @storing("reading the ledger")
    async def lessons(self) -> Lessons:
        """Return what the ledger has learnt, oldest lesson first.

        Raises:
            StoreError: part of it is damaged, or written by another version; names the key.
        """
        try:
            return await self._register.lessons()
        except DamagedBlock as error:
            raise StoreError(
                f"the ledger cannot be read, and without it no model is known again: {error}"
            ) from None

    async def commit(self, look: Look) -> None:
        """Write a look, whole or not at all.

        Raises:
            Conflict: another look was committed since this one was begun.
            StoreError: the store refused, is out of memory, cannot be reached, or holds blocks of
                that very Snapshot already.
        """
        await self._committing.look(look)

    @storing("counting what it holds")
    async def costs(self) -> Costs:
        """Return what is held and what it costs."""
        return await costs_of(self._redis, self.keys, self._censuses, self.noted)

    @storing("checking what it holds")
    async def checked(self) -> Checked:
        """Hold every value against its checksum, and every census against the one it changes."""
        return await checked(self._redis, self.keys)

    @storing("thinning what it holds")
    async def thin(self, retention: Retention) -> Dropped:
        """Drop the Snapshots that are not kept any longer; return what that came to.

        First those go that cost no memory to drop, then chain after chain.

        Raises:
            Conflict: a look was committed meanwhile; what was not dropped yet is the next time.
            StoreError: the store refused; the same holds.
        """
        cycle = (await self.state()).cycle
        notes = [note for stream in await self.streams() for note in await self.notes(stream)]
        thinning = Thinning(self._redis, self.keys, self._censuses, self._tabling)
        dropped = 0
        async for each in thinning.steps(notes, retention):
            await self._committing.thinned(each, cycle)
            cycle += 1
            dropped += each.dropped
        return Dropped(dropped, thinning.left)

    async def streams(self) -> Sequence[str]:
        """Return the names of the streams held, sorted."""
        return await self.noted.streams()

    async def notes(
        self, stream: str, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Note]:
        """Return the notes of a stream, withheld ones too, oldest first, both ends included."""
        return await self.noted.notes(stream, since, until)

    @storing("reading a snapshot")
    async def snapshot(self, note: Note) -> Snapshot | None:
        """Return a Snapshot, or None where it is no longer held or its blocks are damaged."""
        return await self._small(note)

    async def _small(self, note: Note, asks: Asks | None = None) -> Snapshot | None:
        try:
            found = await self._tabling.read(note, asks) if note.kind is Kind.CENSUS else None
        except DamagedBlock as error:
            log.error("the tables of %s count as missing: %s", note.id, error)  # noqa: TRY400 - the sentence says it all
            found = None
        return await self.whole(note) if found is None else found

    @storing("reading a series of snapshots")
    async def series(self, notes: Sequence[Note], asks: Asks) -> Sequence[Snapshot | None]:
        """Return a Snapshot for each note that answers what is asked, None as `snapshot` does."""
        censuses = [note for note in notes if note.kind is Kind.CENSUS]
        read = await self._tabling.series(censuses, asks)
        return [read.get(note.id) or await self._small(note, asks) for note in notes]

    @storing("reading a snapshot")
    async def whole(self, note: Note) -> Snapshot | None:
        """Return a Snapshot with all its columns, or None as `snapshot` does."""
        return await self._whole(note, None)

    async def onward(self, notes: Sequence[Note]) -> AsyncIterator[Snapshot | None]:
        """Yield for each note what `whole` returns; of a chain each link is read once."""
        read = storing("reading a series of snapshots")(self._whole)
        come: dict[str, Onward] = {}
        for note in notes:
            yield await read(note, come.setdefault(note.stream, Onward()))

    async def _whole(self, note: Note, onward: Onward | None) -> Snapshot | None:
        try:
            if note.kind is Kind.CENSUS:
                return await self._censuses.read(note, onward)
            return await self._pulses.read(note)
        except DamagedBlock as error:
            log.error("snapshot %s counts as missing: %s", note.id, error)  # noqa: TRY400 - the sentence says it all
            return None

    @storing("reading a model's history")
    async def history(
        self, ordinal: int, since: datetime | None = None, until: datetime | None = None
    ) -> list[Moment]:
        """Return what each admitted census said of a model, oldest first, both ends included."""
        notes = await self.notes(Kind.CENSUS.value, since, until)
        return await self._past.of(ordinal, [note for note in notes if note.admitted])

    async def shifts(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Shift]:
        """Return Shifts by the time of their Snapshot, oldest first, both ends included."""
        return await self.noted.shifts(since, until)

    async def standing(self) -> Mapping[str, RuleStanding]:
        """Return, by its name, how each rule stands that was ever looked at."""
        return (await self.state()).standing

    async def shifts_of(self, ids: Sequence[str]) -> list[Shift]:
        """Return Shifts by their ids, in their order."""
        return await self.noted.shifts_of(ids)

    async def later(self, shifts: Sequence[Shift]) -> list[Shift]:
        """Return the last Shift of the rule and subject of each, where it is another one."""
        return await self.noted.later(shifts)

    async def waiting(
        self, channel: Channel, most: int = 100
    ) -> list[tuple[Delivery, list[Shift]]]:
        """Return the alerts that wait for a channel in their order, with the Shifts they tell."""
        rows = await self.outbox.queue(channel, Lane.ALERT, most)
        return [(each, await self.shifts_of(each.shifts)) for each, _ in rows]
