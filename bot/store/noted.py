"""What looks have left to read: the notes of their Snapshots, by stream, and their Shifts."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import msgspec
from redis.asyncio import Redis

from bot.store.errors import storing
from bot.store.frame import DamagedBlock
from bot.store.keys import Keys
from bot.store.replies import all_bytes, one_bytes
from bot.store.sealed import legible, opened
from bot.store.writes import score, subject_of
from bot.views import Note
from detectors.evaluate import RuleStanding
from detectors.shift import Shift

note_decoder = msgspec.json.Decoder(Note)
shift_decoder = msgspec.json.Decoder(Shift)
standing_decoder = msgspec.json.Decoder(RuleStanding)
# Withheld ones at the end of a stream are few: the last good one is found in a step or two.
_STEP = 16


class Noted:
    """Reads notes and Shifts; decodes no Snapshot."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys

    @storing("reading its streams")
    async def streams(self) -> Sequence[str]:
        """Return the names of the streams held, sorted."""
        names = await self._redis.smembers(self._keys.streams)
        return sorted(name.decode() for name in all_bytes(names))

    @storing("reading its notes")
    async def notes(
        self, stream: str, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Note]:
        """Return the notes of a stream, withheld ones too, oldest first, both ends included."""
        order = self._keys.order(stream)
        found = await self._held(self._keys.notes, lambda: self._between(order, since, until))
        return [note for _, note in legible(self._keys.notes, found, note_decoder)]

    @storing("reading its notes")
    async def damaged(self, stream: str, at: datetime) -> Sequence[str]:
        """Say of each Snapshot held of a stream and time what is wrong with its note, if anything.

        Nothing is said of one that can be read.
        """
        key, wrong = self._keys.notes, []
        order = self._keys.order(stream)
        for name, value in await self._held(key, lambda: self._between(order, at, at)):
            try:
                opened(key, name.decode(), value, note_decoder)
            except DamagedBlock as error:
                wrong.append(str(error))
        return wrong

    @storing("reading its last notes")
    async def last(
        self, stream: str, *, good: bool = False, before: datetime | None = None
    ) -> Note | None:
        """Return the note of the last Snapshot of a stream, or of the last admitted one.

        `before` a time, where one is given.
        """
        order, begin = self._keys.order(stream), 0
        high = "+inf" if before is None else f"({score(before)}"

        async def some() -> list[bytes]:
            found = await self._redis.zrange(
                order, high, "-inf", desc=True, byscore=True, offset=begin, num=_STEP
            )
            return all_bytes(found)

        while found := await self._held(self._keys.notes, some):
            for _, note in legible(self._keys.notes, found, note_decoder):
                if note.admitted or not good:
                    return note
            begin += _STEP
        return None

    @storing("reading a note")
    async def of(self, name: str) -> Note | None:
        """Return the note of a Snapshot by its id; None where it is not held."""
        key = self._keys.notes
        value = await self._redis.hget(key, name)
        pairs = [] if value is None else [(name, value)]
        return next((note for _, note in legible(key, pairs, note_decoder)), None)

    @storing("counting its snapshots")
    async def count(self, stream: str) -> int:
        """Return how many Snapshots of a stream are held, withheld ones too."""
        return int(await self._redis.zcard(self._keys.order(stream)))

    @storing("reading shifts")
    async def shifts(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Shift]:
        """Return Shifts by the time of their Snapshot, oldest first, both ends included."""
        order, key = self._keys.shift_order, self._keys.shifts
        found = await self._held(key, lambda: self._between(order, since, until))
        return [shift for _, shift in legible(key, found, shift_decoder)]

    @storing("reading shifts")
    async def shifts_of(self, ids: Sequence[str]) -> list[Shift]:
        """Return Shifts by their ids, in their order; one lost or damaged is logged, left out."""
        if not ids:
            return []
        key = self._keys.shifts
        found = await self._redis.hmget(key, list(ids))
        pairs = zip(ids, found, strict=True)
        return [shift for _, shift in legible(key, pairs, shift_decoder)]

    @storing("reading what came after")
    async def later(self, shifts: Sequence[Shift]) -> list[Shift]:
        """Return the last Shift of the rule and subject of each, where it is another one."""
        if not shifts:
            return []
        found = await self._redis.hmget(self._keys.latest, [subject_of(each) for each in shifts])
        own = {each.id for each in shifts}
        names = [name.decode() for name in all_bytes(each for each in found if each is not None)]
        return await self.shifts_of([name for name in names if name not in own])

    async def _between(
        self, key: str, since: datetime | None, until: datetime | None
    ) -> list[bytes]:
        low = "-inf" if since is None else score(since.astimezone(UTC))
        high = "+inf" if until is None else score(until.astimezone(UTC))
        return all_bytes(await self._redis.zrange(key, low, high, byscore=True))

    async def _held(
        self, key: str, ids: Callable[[], Awaitable[list[bytes]]]
    ) -> list[tuple[bytes, bytes | None]]:
        """Return some ids and what is kept by each; None of one that is lost.

        What is missing may have been dropped since its id was read, which is no damage: so the
        ids are read again until nothing is missing, or they are the same.
        """
        wanted = await ids()
        while True:
            found = await self._redis.hmget(key, wanted) if wanted else []
            now = await ids() if None in found else wanted
            if now == wanted:
                return [(name, _bytes(each)) for name, each in zip(wanted, found, strict=True)]
            wanted = now


def _bytes(value: object) -> bytes | None:
    return None if value is None else one_bytes(value)
