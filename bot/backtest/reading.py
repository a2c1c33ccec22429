"""History read once for many courses, from as little of the store as answers them."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from bot.aside import aside
from bot.backtest.course import Course
from bot.trouble import Trouble
from bot.views import Asks, Note, Views
from detectors.asked import OnShares
from detectors.base import Detector
from detectors.share import Of
from detectors.snapshot import Snapshot
from detectors.spaced import Spaced
from detectors.tables import NotTabled
from detectors.top_entry import TopEntry
from detectors.unmapped_lab import UnmappedLab
from detectors.verdict import Verdict

# Notes whose Snapshots are asked for together, and are in memory at a time.
_STEP = 32


class Depth(IntEnum):
    """How much is read of each Snapshot: some tables, all of its tables, or every column."""

    SOME = 0
    TABLES = 1
    WHOLE = 2


@dataclass(frozen=True)
class Ran:
    """What was gone through: every note up to the end, and those that were kept apart."""

    courses: Sequence[Course]
    notes: Sequence[Note]

    @property
    def withheld(self) -> list[Note]:
        """The notes of Snapshots that were kept apart."""
        return [note for note in self.notes if not note.admitted]


async def run(begin: Callable[[], Sequence[Course]], views: Views, until: datetime | None) -> Ran:
    """Take courses through all that is held up to a time, each begun anew if more must be read.

    History is replayed from its first Snapshot on, so that what a rule says of a late one rests
    on all before, as it would have.
    """
    notes = await _notes(views, until)
    asks = asks_of([course.rule for course in begin()])
    for depth in Depth:
        if depth < Depth.WHOLE and asks is None:
            continue
        courses = begin()
        for course in courses:
            course.later = depth is Depth.WHOLE
        try:
            await _through(courses, views, notes, asks if depth is Depth.SOME else None, depth)
        except NotTabled:
            if depth is Depth.WHOLE:
                raise
            continue
        await _draw(courses, views, notes)
        return Ran(courses, notes)
    raise AssertionError("every column answers everything")


def asks_of(rules: Sequence[Detector]) -> Asks | None:
    """Return which tables answer rules; None where a rule looks at single models' columns."""
    found = Asks()
    for rule in rules:
        match rule:
            case TopEntry():
                found = found.with_board(rule.metric)
            case UnmappedLab():
                found = found.with_board(rule.places.metric)
            case OnShares():
                for question in rule.questions:
                    if question.of is Of.SLOTS:
                        found = found.with_board(question.places.metric)
                    else:
                        found = found.with_share(question.of, question.by)
            case _:
                return None
    return found


async def _notes(views: Views, until: datetime | None) -> list[Note]:
    found = [
        note for stream in await views.streams() for note in await views.notes(stream, None, until)
    ]
    return sorted(found, key=lambda note: (note.taken_at, note.stream))


async def _through(
    courses: Sequence[Course],
    views: Views,
    notes: Sequence[Note],
    asks: Asks | None,
    depth: Depth,
) -> None:
    trouble = Trouble({})
    async for note, snapshot in _read(views, notes, asks, depth):
        trouble = trouble.after(note.stream, Verdict(note.reason, note.detail))
        if snapshot is None:
            continue
        # Small tables are done at once; every column of the Hub would hold up the event loop.
        models = len(snapshot) if snapshot.tables is None else 0
        small = await _small(courses, views, note) if depth is Depth.WHOLE else None
        for course in courses:
            await aside(models, course.look, note, snapshot, trouble.streams, small)


async def _small(courses: Sequence[Course], views: Views, note: Note) -> Snapshot | None:
    """Return the tables of a Snapshot where a rule looks far back; None where there are none."""
    if note.panel is not None or not any(isinstance(each.rule, Spaced) for each in courses):
        return None
    found = await views.snapshot(note)
    return found if found is not None and found.tables is not None else None


async def _draw(courses: Sequence[Course], views: Views, notes: Sequence[Note]) -> None:
    """Draw the pictures that are left for later."""
    wanted = {name for course in courses for name in course.undrawn}
    async for snapshot in views.onward([note for note in notes if note.id in wanted]):
        if snapshot is not None:
            for course in courses:
                await aside(len(snapshot), course.draw, snapshot)


async def _read(
    views: Views, notes: Sequence[Note], asks: Asks | None, depth: Depth
) -> AsyncIterator[tuple[Note, Snapshot | None]]:
    """Yield each note with its Snapshot; None for one kept apart or no longer held."""
    admitted = [note for note in notes if note.admitted]
    # What a panel has in common with its last Snapshot only its columns tell.
    whole = views.onward([n for n in admitted if depth is Depth.WHOLE or n.panel is not None])
    for start in range(0, len(notes), _STEP):
        some = notes[start : start + _STEP]
        wanted = [note for note in some if note.admitted]
        if asks is not None:
            plain = [note for note in wanted if note.panel is None]
            small = await views.series(plain, asks)
            read = {note.id: found for note, found in zip(plain, small, strict=True)}
        else:
            read = {}
        for note in some:
            if not note.admitted:
                yield note, None
            elif note.id in read:
                yield note, read[note.id]
            elif depth is Depth.WHOLE or note.panel is not None:
                yield note, await anext(whole)
            else:
                yield note, await views.snapshot(note)
