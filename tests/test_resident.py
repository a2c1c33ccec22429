"""What was read once is answered from memory, and nothing else is."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import msgspec

from bot.resident import SMALL, Resident
from bot.views import Asks, Note, Views
from detectors.snapshot import Snapshot
from tests.world import MemoryViews, World, day


@dataclass
class Counting(MemoryViews):
    """Views that write down what is read."""

    read: list[str] = field(default_factory=list)

    async def snapshot(self, note: Note) -> Snapshot | None:
        """Return it, and write that down."""
        self.read.append(note.id)
        return await super().snapshot(note)

    async def whole(self, note: Note) -> Snapshot | None:
        """Return it, and write that down."""
        self.read.append(f"whole {note.id}")
        return await super().snapshot(note)


def views(days: int) -> Counting:
    hub = World([], views=(counting := Counting()))
    for number in range(1, days + 1):
        hub.census(day(number), [("lab/a", {"likes": number})])
    return counting


async def notes_of(held: Views) -> list[Note]:
    return list(await held.notes("census"))


async def test_a_snapshot_is_read_once() -> None:
    below = views(2)
    held = Resident(below)
    first, second = await notes_of(held)
    for note in (first, first, second, first):
        assert (await held.snapshot(note)) is not None
    assert below.read == [first.id, second.id]


async def test_what_was_not_asked_for_lately_is_read_again() -> None:
    below = views(SMALL + 1)
    held = Resident(below)
    notes = await notes_of(held)
    for note in (*notes, notes[-1], notes[0]):
        await held.snapshot(note)
    assert below.read == [*(note.id for note in notes), notes[0].id]


async def test_of_whole_censuses_the_last_stays() -> None:
    below = views(2)
    held = Resident(below)
    first, second = await notes_of(held)
    for note in (first, first, second, second, first):
        await held.whole(note)
    assert below.read == [f"whole {note.id}" for note in (first, second, first)]


async def test_what_this_process_holds_already_is_not_read() -> None:
    below = views(1)
    (note,) = await notes_of(below)
    mine = cast("Snapshot", object())
    held = Resident(below, {note.id: mine}.get)
    assert await held.whole(note) is mine
    assert below.read == []


async def test_what_is_not_held_is_asked_for_again() -> None:
    below = views(1)
    held = Resident(below)
    (note,) = await notes_of(held)
    gone = msgspec.structs.replace(note, id="census@never")
    assert await held.snapshot(gone) is None
    assert await held.snapshot(gone) is None
    assert below.read == [gone.id, gone.id]


async def test_the_rest_is_passed_on() -> None:
    below = views(2)
    held = Resident(below)
    since: datetime | None = day(2)
    assert list(await held.notes("census", since)) == list(await below.notes("census", since))
    assert await held.streams() == await below.streams()
    assert await held.shifts() == await below.shifts()
    assert await held.standing() == await below.standing()
    assert await held.history(0) == await below.history(0)
    (note, _) = await notes_of(held)
    (one,) = await held.series([note], Asks())
    (same,) = await held.series([note], Asks())
    assert one is same
