"""Commits what was laid aside, whole or not at all, unless another look was committed meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass

from redis import exceptions
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.aside import aside
from bot.look import Look
from bot.store.censuses import Censuses, Written
from bot.store.errors import Conflict, StoreError, reason_of, stays
from bot.store.frame import DamagedBlock
from bot.store.keys import Keys
from bot.store.lua import lua
from bot.store.noted import Noted
from bot.store.outbox.scripts import shared
from bot.store.pulses import encode
from bot.store.tabling import Tabled, Tabling
from bot.store.thinning import Thinned
from bot.store.writes import Staged, Words, stage, staged_of, unstage, writes_of
from bot.views import Note
from detectors.metric import Kind

_COMMITTED, _AGAIN, _HELD = 1, 2, 3
# Whether what was sent has been done is not known.
_UNANSWERED = (exceptions.ConnectionError, exceptions.TimeoutError)


@dataclass(frozen=True)
class _Written:
    """A census as it is to be stored, and its tables where it is admitted."""

    census: Written
    tabled: Tabled | None


class Committing:
    """Commits looks and what thinning does, one after the other, each guarded by the cycle.

    What was committed last stays in memory, for the next look to be told against.
    """

    def __init__(
        self, client: Redis, keys: Keys, censuses: Censuses, tabling: Tabling, noted: Noted
    ) -> None:
        self._redis = client
        self._keys = keys
        self._censuses = censuses
        self._tabling = tabling
        self._noted = noted
        self._script = client.register_script(f"{shared()}\n{lua('commit')}")

    async def look(self, look: Look) -> None:
        """Lay a look aside and commit it.

        Raises:
            Conflict: another look was committed since this one was begun.
            StoreError: nothing of it was kept, or the answer was lost; the text says which.
        """
        kept = "nothing of it was kept, the last snapshot stands"
        done, laid = 0, staged_of(self._keys, look)
        try:
            written, staged = await self._staged(look)
            await stage(self._redis, self._keys, look, staged)
            try:
                writes = writes_of(self._keys, look, staged)
                done = await self._committed(look.id, look.cycle, writes)
            except _UNANSWERED:
                kept = "the answer was lost, so the next look finds out whether it was kept"
                raise
        except BaseException as error:
            await self._failed(laid, error)
            if isinstance(error, RedisError):
                about = look.note.id if look.note else "the source"
                raise StoreError(
                    f"the look at {about} could not be stored: {reason_of(error)}; {kept}"
                ) from error
            if isinstance(error, DamagedBlock):
                raise StoreError(f"the look could not be stored, {kept}: {error}") from None
            raise
        if done != _COMMITTED:
            await self._failed(laid)
        elif written is not None and look.note is not None:
            self._censuses.remember(look.note.stream, written.census)
            if written.tabled is not None:
                self._tabling.remember(look.note.stream, written.tabled)
        if done == _HELD and look.note is not None:
            raise StoreError(
                f"the look at {look.note.id} could not be stored, {kept}: "
                f"{self._keys.blocks(look.note.id)} is held already, and nothing lists it. "
                f"{stays(look.note.kind)}"
            )
        if done not in {_COMMITTED, _AGAIN}:
            raise Conflict("another process committed a look in between")

    async def thinned(self, thinned: Thinned, cycle: int) -> None:
        """Commit what was laid aside to drop some Snapshots.

        Raises:
            Conflict: a look was committed since the cycle was read; none of them was dropped.
        """
        try:
            done = await self._committed(thinned.id, cycle, thinned.writes)
        except BaseException as error:
            await self._failed(thinned.staged, error)
            raise
        self._forget()
        if done not in {_COMMITTED, _AGAIN}:
            await self._failed(thinned.staged)
            raise Conflict("another process committed a look in between")

    async def _failed(self, staged: Sequence[str], error: BaseException | None = None) -> None:
        """Trust nothing in memory any more, and leave nothing laid aside."""
        self._forget()
        # What does not answer cannot be asked for that, either.
        if not isinstance(error, _UNANSWERED):
            await unstage(self._redis, staged)

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
        last = await self._noted.last(note.stream, good=True, before=note.taken_at)
        if not before or (last is not None and last.id == before):
            return last
        link = await self._noted.of(before)
        return link if link is not None and link.admitted else last

    def _forget(self) -> None:
        self._censuses.forget()
        self._tabling.forget()

    async def _committed(self, name: str, cycle: int, writes: Sequence[Words]) -> int:
        arguments: Words = [cycle, name]
        for words in writes:
            arguments += [len(words), *words]
        keys = [self._keys.cycle, *dict.fromkeys(str(words[1]) for words in writes)]
        return int(await self._script(keys=keys, args=arguments))
