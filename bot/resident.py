"""What was read of the store and is kept at hand, so that people are answered from memory."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from bot.views import Asks, Moment, Note, Views
from detectors.evaluate import RuleStanding
from detectors.metric import Kind
from detectors.shift import Shift
from detectors.snapshot import Snapshot

# The small tables of a census of the whole Hub are some megabytes; look-ups read those of now, of
# a week before and of the days people ask about.
SMALL = 24
# Parts of the tables of a year of weeks, for a few questions at once.
PARTS = 256
# All columns of a census are hundreds of megabytes: only the last asked for stays.
WHOLE = 1

T = TypeVar("T")
AtHand = Callable[[str], Snapshot | None]


def nothing_at_hand(_: str) -> None:
    """Hold nothing."""


class _Kept(Generic[T]):
    """The last few of something, by name; what is None is not kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Hashable, T] = OrderedDict()

    async def get(self, name: Hashable, read: Callable[[], Awaitable[T | None]]) -> T | None:
        if name in self._held:
            self._held.move_to_end(name)
            return self._held[name]
        found = await read()
        if found is not None:
            self.put(name, found)
        return found

    def put(self, name: Hashable, value: T) -> None:
        self._held[name] = value
        self._held.move_to_end(name)
        while len(self._held) > self._most:
            self._held.popitem(last=False)


class Resident:
    """Views that remember the Snapshots read through them; everything else is read each time.

    A Snapshot never changes once it is committed, so what is remembered is right for as long as
    its note is held. `at_hand` gives a Snapshot, by its id, that somebody else in this process
    holds with all its columns.
    """

    def __init__(self, views: Views, at_hand: AtHand = nothing_at_hand) -> None:
        self._views = views
        self._at_hand = at_hand
        self._small: _Kept[Snapshot] = _Kept(SMALL)
        self._parts: _Kept[Snapshot] = _Kept(PARTS)
        self._whole: _Kept[Snapshot] = _Kept(WHOLE)

    async def streams(self) -> Sequence[str]:
        """Return the names of the streams held, sorted."""
        return await self._views.streams()

    async def notes(
        self, stream: str, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Note]:
        """Return the notes of a stream, withheld ones too, oldest first, both ends included."""
        return await self._views.notes(stream, since, until)

    async def snapshot(self, note: Note) -> Snapshot | None:
        """Return a Snapshot, from memory where it was read before."""
        return await self._small.get(note.id, lambda: self._views.snapshot(note))

    async def whole(self, note: Note) -> Snapshot | None:
        """Return a Snapshot with all its columns, from memory where it was the last one read."""
        if note.kind is Kind.PULSE:
            return await self.snapshot(note)
        held = self._at_hand(note.id)
        if held is not None:
            return held
        return await self._whole.get(note.id, lambda: self._views.whole(note))

    async def series(self, notes: Sequence[Note], asks: Asks) -> Sequence[Snapshot | None]:
        """Return a Snapshot for each note that answers what is asked, None as `snapshot` does."""
        return [await self._part(note, asks) for note in notes]

    def onward(self, notes: Sequence[Note]) -> AsyncIterator[Snapshot | None]:
        """Yield for each note its Snapshot with all its columns; nothing of them is remembered."""
        return self._views.onward(notes)

    async def shifts(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Shift]:
        """Return Shifts by the time of their Snapshot, oldest first, both ends included."""
        return await self._views.shifts(since, until)

    async def history(
        self, ordinal: int, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Moment]:
        """Return what each admitted census said of a model, oldest first, both ends included."""
        return await self._views.history(ordinal, since, until)

    async def standing(self) -> Mapping[str, RuleStanding]:
        """Return, by its name, how each rule stands that was ever looked at."""
        return await self._views.standing()

    async def _part(self, note: Note, asks: Asks) -> Snapshot | None:
        async def read() -> Snapshot | None:
            (found,) = await self._views.series([note], asks)
            return found

        return await self._parts.get((note.id, asks), read)
