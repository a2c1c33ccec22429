"""How the parts of a share went from one day to another, drawn in one line of text each."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.lookups.head import tabled_share
from bot.render.charts import spark
from bot.views import Asks, Note, Views
from detectors.share import Share, ShareQuestion
from detectors.snapshot import Snapshot

Courses = Mapping[str, str]
"""Group to the picture of its course."""

# A line of text this long still fits beside a bar.
_POINTS = 16


async def between(
    views: Views, first: Snapshot, last: Snapshot, question: ShareQuestion
) -> list[Share]:
    """Return a share at times evenly spread from one Snapshot to another, both included."""
    notes = [
        note
        for note in await views.notes(first.stream, first.taken_at, last.taken_at)
        if note.admitted and (question.board is None or question.board.metric in note.lists)
    ]
    asks = Asks()
    if question.board is not None:
        asks = asks.with_board(question.board.metric)
    else:
        asks = asks.with_share(question.of, question.by)
    read = await views.series(_spread(notes), asks)
    found = [tabled_share(each, question) for each in read if each is not None]
    return [each for each in found if each is not None]


def courses_of(points: Sequence[Share]) -> Courses:
    """Draw the course of every group between its own lowest and highest."""
    groups = {group for point in points for group in point.amounts}
    return {group: drawn([point.part(group) for point in points]) for group in sorted(groups)}


def drawn(parts: Sequence[float | None]) -> str:
    """Draw a course in one line, between its own lowest and highest; "" where it never moved."""
    known = [part for part in parts if part is not None]
    if not known or min(known) == max(known):
        return ""
    middle = (min(known) + max(known)) / 2
    first = next(at for at, part in enumerate(parts) if part is not None)
    return spark([None if part is None else part - middle for part in parts[first:]])


def _spread(notes: Sequence[Note]) -> list[Note]:
    """Return at most so many notes as a line has room for, as evenly apart in time as they lie."""
    if len(notes) <= _POINTS:
        return list(notes)
    span = (notes[-1].taken_at - notes[0].taken_at) / (_POINTS - 1)
    chosen: list[Note] = []
    due = notes[0].taken_at
    for note in notes[:-1]:
        if note.taken_at >= due and len(chosen) < _POINTS - 1:
            chosen.append(note)
            due += span or timedelta(1)
    return [*chosen, notes[-1]]
