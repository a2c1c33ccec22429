"""The histories of all streams that a watch compares with, and where a Reading goes among them."""

from dataclasses import dataclass, field

from bot.history import History, Reach
from bot.hub.port import Head
from bot.look import OutOfOrder
from bot.store.errors import NoteDamaged, stays
from bot.store.store import Store
from bot.views import Note
from detectors.metric import Kind
from detectors.snapshot import Snapshot, instant, stream_of


@dataclass
class Histories:
    """Each is read once, as far back as the rules look (`reach`)."""

    store: Store
    reach: Reach
    _of: dict[str, History] = field(default_factory=dict)

    async def of(self, stream: str) -> History:
        """Return the history of a stream."""
        if stream not in self._of:
            self._of[stream] = await History.load(self.store, stream, self.reach)
        return self._of[stream]

    def forget(self, stream: str) -> None:
        """Let the history of a stream be read anew."""
        self._of.pop(stream, None)

    def at_hand(self, name: str) -> Snapshot | None:
        """Return a Snapshot by its id if it is in memory with all its columns."""
        found = (history.held(name) for history in self._of.values())
        return next((each for each in found if each is not None), None)

    async def later(self, head: Head) -> Note | None:
        """Return a Snapshot of a Reading's kind that is not from before it; None if none is."""
        for each in await self.store.streams():
            if each.partition(":")[0] != head.kind.value:
                continue
            last = (await self.of(each)).last
            if last is not None and last.taken_at >= head.taken_at:
                return last
        return None

    async def held(self, head: Head, *, puts_in: bool) -> Note | None:
        """Return the note of this very Snapshot if it is held.

        puts_in: whether a census may come after a later one.

        Raises:
            OutOfOrder: it is not, and cannot be put where it belongs.
            NoteDamaged: one of its time is held whose note cannot be read.
        """
        stream, at = stream_of(head.kind, head.panel), head.taken_at
        for wrong in await self.store.noted.damaged(stream, at):
            raise NoteDamaged(
                f"a {head.kind.value} of {instant(at)} is held already, and its note cannot be "
                f"read: {wrong}. {stays(head.kind)}. Only a backup brings back the note"
            )
        last = await self.later(head)
        if last is None:
            return None
        same = await self.store.notes(stream, at, at)
        held = next((note for note in same if note.digest == head.digest), None)
        if held is not None:
            return held
        if not puts_in or head.kind is not Kind.CENSUS:
            raise OutOfOrder(
                f"the {head.kind.value} of {instant(at)} is not later than the one held, "
                f"{last.id}: each is compared with the one before it, so none can be put in before "
                "or between. Take all of them in again in one command, older and newer together, "
                "into an empty data folder (--data FOLDER)"
            )
        if same:
            raise OutOfOrder(
                f"another {head.kind.value} of {instant(at)} is held, and this one differs from "
                "it: leave it out, or name another time with --at"
            )
        return None
