"""What looks have left to read: the notes of their Snapshots, by stream, and their Shifts."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

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

T = TypeVar("T")

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
        order, key = self._keys.order(stream), self._keys.notes
        while True:
            ids = await self._between(order, since, until)
            found = await self._redis.hmget(key, ids) if ids else []
            # What is missing may have been dropped since, which is no damage.
            if None not in found or ids == await self._between(order, since, until):
                return [
                    each for _, each in legible(key, zip(ids, found, strict=True), note_decoder)
                ]

    @storing("reading its notes")
    async def damaged(self, stream: str, at: datetime) -> Sequence[str]:
        """Say of each Snapshot held of a stream and time what is wrong with its note, if anything.

        Nothing is said of one that can be read.
        """
        key, wrong = self._keys.notes, []
        ids = await self._between(self._keys.order(stream), at, at)
        found = await self._redis.hmget(key, ids) if ids else []
        for name, value in zip(ids, found, strict=True):
            try:
                opened(
                    key, name.decode(), None if value is None else one_bytes(value), note_decoder
                )
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
        key, begin = self._keys.order(stream), 0
        high = "+inf" if before is None else f"({score(before)}"
        while True:
            found = await self._redis.zrange(
                key, high, "-inf", desc=True, byscore=True, offset=begin, num=_STEP
            )
            ids = all_bytes(found)
            for note in await self._many(self._keys.notes, ids, note_decoder):
                if note.admitted or not good:
                    return note
            if len(ids) < _STEP:
                return None
            begin += _STEP

    @storing("reading a note")
    async def of(self, name: str) -> Note | None:
        """Return the note of a Snapshot by its id; None where it is not held."""
        if not await self._redis.hexists(self._keys.notes, name):
            return None
        found = await self._many(self._keys.notes, [name], note_decoder)
        return found[0] if found else None

    @storing("counting its snapshots")
    async def count(self, stream: str) -> int:
        """Return how many Snapshots of a stream are held, withheld ones too."""
        return int(await self._redis.zcard(self._keys.order(stream)))

    @storing("reading shifts")
    async def shifts(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Shift]:
        """Return Shifts by the time of their Snapshot, oldest first, both ends included."""
        ids = await self._between(self._keys.shift_order, since, until)
        return await self._many(self._keys.shifts, ids, shift_decoder)

    @storing("reading shifts")
    async def shifts_of(self, ids: Sequence[str]) -> list[Shift]:
        """Return Shifts by their ids, in their order."""
        return await self._many(self._keys.shifts, ids, shift_decoder)

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

    async def _many(
        self, key: str, fields: Iterable[bytes | str], decoder: msgspec.json.Decoder[T]
    ) -> list[T]:
        """Return what some fields hold; one that is lost or damaged is logged and left out."""
        wanted = list(fields)
        if not wanted:
            return []
        found = await self._redis.hmget(key, wanted)
        return [each for _, each in legible(key, zip(wanted, found, strict=True), decoder)]
