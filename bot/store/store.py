"""The store: Snapshots, standing, Shifts and outbox in one Redis, each look committed whole."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from redis import exceptions
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.aside import aside
from bot.channel import Channel
from bot.delivery import Delivery, Lane
from bot.lessons import Lessons
from bot.look import Look
from bot.retention import Retention
from bot.store.censuses import Censuses, Written
from bot.store.channel_settings import KeptSettings
from bot.store.checking import Checked, checked
from bot.store.costs import Costs, costs_of
from bot.store.errors import StoreError, reason_of, storing
from bot.store.forgetting import Forgetting
from bot.store.frame import DamagedBlock
from bot.store.keys import Keys
from bot.store.lessons import Register
from bot.store.lua import lua
from bot.store.noted import Noted, standing_decoder
from bot.store.once import Once
from bot.store.outbox import Audits, Depths, Digests, Office, Outbox
from bot.store.outbox.scripts import shared
from bot.store.past import Past
from bot.store.pulses import Pulses, encode
from bot.store.remembered import Remembered
from bot.store.sealed import legible
from bot.store.shelf import Shelf
from bot.store.subscriptions import Subscriptions
from bot.store.tabling import Tabled, Tabling
from bot.store.thinning import Thinning
from bot.store.writes import Staged, Words, stage, unstage, writes_of
from bot.views import Asks, Moment, Note
from detectors.evaluate import RuleStanding
from detectors.labs import Labs
from detectors.metric import Kind
from detectors.shift import Shift
from detectors.snapshot import Snapshot

log = logging.getLogger(__name__)

_COMMITTED, _AGAIN = 1, 2
# Whether what was sent has been done is not known.
_UNANSWERED = (exceptions.ConnectionError, exceptions.TimeoutError)


class Conflict(StoreError):
    """Another process committed a look in between; read the state anew and look again."""


@dataclass(frozen=True)
class State:
    """What a look starts from. belated: streams that were given belated Snapshots since theirs."""

    cycle: int
    standing: Mapping[str, RuleStanding]
    trouble: Mapping[str, str]
    belated: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Written:
    """A census as it is to be stored, and its tables where it is admitted."""

    census: Written
    tabled: Tabled | None


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
        self._commit = client.register_script(f"{shared()}\n{lua('commit')}")
        self.outbox = Outbox(client, self.keys)
        self.office = Office(client, self.keys)
        self.audits = Audits(client, self.keys)
        self.digests = Digests(client, self.keys)
        self.noted = Noted(client, self.keys)
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
            StoreError: the store refused, is out of memory, or cannot be reached.
        """
        kept = "nothing of it was kept, the last snapshot stands"
        done = 0
        try:
            written, staged = await self._staged(look)
            await stage(self._redis, self.keys, look, staged)
            try:
                writes = writes_of(self.keys, look, staged)
                done = await self._committed(look.id, look.cycle, writes)
            except _UNANSWERED:
                kept = "the answer was lost, so the next look finds out whether it was kept"
                raise
        except RedisError as error:
            self._forget()
            if not isinstance(error, _UNANSWERED):
                await unstage(self._redis, self.keys, look)
            raise StoreError(
                f"the look at {look.note.id if look.note else 'the source'} could not be stored: "
                f"{reason_of(error)}; {kept}"
            ) from error
        except DamagedBlock as error:
            self._forget()
            await unstage(self._redis, self.keys, look)
            raise StoreError(f"the look could not be stored, {kept}: {error}") from None
        if done != _COMMITTED:
            self._forget()
            await unstage(self._redis, self.keys, look)
        elif written is not None and look.note is not None:
            self._censuses.remember(look.note.stream, written.census)
            if written.tabled is not None:
                self._tabling.remember(look.note.stream, written.tabled)
        if done not in {_COMMITTED, _AGAIN}:
            raise Conflict("another process committed a look in between")

    async def _staged(self, look: Look) -> tuple[_Written | None, Staged]:
        """Return what a look lays aside before its commit: the snapshot's blocks, above all."""
        note, snapshot = look.note, look.snapshot
        if note is None or snapshot is None:
            return None, Staged()
        if snapshot.kind is Kind.PULSE:
            return None, Staged(await aside(len(snapshot), encode, snapshot))
        census = await self._censuses.write(look, snapshot)
        tabled = None
        if note.admitted:
            last = await self._tabled_before(note, census.before)
            tabled = await self._tabling.write(census.link.manifest, snapshot, last)
        fields = tabled.fields if tabled else {}
        return _Written(census, tabled), Staged(census.link.fields, census.entry, fields)

    async def _tabled_before(self, note: Note, before: str) -> Note | None:
        """Return what the tables of a census come after: the link before it, where it has some."""
        last = await self.noted.last(note.stream, good=True, before=note.taken_at)
        if not before or (last is not None and last.id == before):
            return last
        link = await self.noted.of(before)
        return link if link is not None and link.admitted else last

    def _forget(self) -> None:
        self._censuses.forget()
        self._tabling.forget()

    async def _committed(self, name: str, cycle: int, writes: Sequence[Words]) -> int:
        arguments: Words = [cycle, name]
        for words in writes:
            arguments += [len(words), *words]
        keys = [self.keys.cycle, *dict.fromkeys(str(words[1]) for words in writes)]
        return int(await self._commit(keys=keys, args=arguments))

    @storing("counting what it holds")
    async def costs(self) -> Costs:
        """Return what is held and what it costs."""
        notes = [await self.notes(stream) for stream in await self.streams()]
        return await costs_of(self._redis, self.keys, self._censuses, notes)

    @storing("checking what it holds")
    async def checked(self) -> Checked:
        """Hold every value of all Snapshots against its checksum."""
        notes = [note for stream in await self.streams() for note in await self.notes(stream)]
        return await checked(self._redis, self.keys, notes)

    @storing("thinning what it holds")
    async def thin(self, retention: Retention) -> int:
        """Drop the Snapshots that are not kept any longer, all at once; return how many.

        Raises:
            Conflict: a look was committed meanwhile; nothing was dropped, thin again later.
        """
        cycle = (await self.state()).cycle
        notes = [note for stream in await self.streams() for note in await self.notes(stream)]
        thinning = Thinning(self._redis, self.keys, self._censuses, self._tabling)
        thinned = await thinning.prepare(notes, retention)
        if not thinned.writes:
            return 0
        done = await self._committed(thinned.id, cycle, thinned.writes)
        self._forget()
        if done not in {_COMMITTED, _AGAIN}:
            await self._redis.delete(*thinned.staged)
            raise Conflict("another process committed a look in between")
        return thinned.dropped

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
        try:
            if note.kind is Kind.CENSUS:
                return await self._censuses.read(note)
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
