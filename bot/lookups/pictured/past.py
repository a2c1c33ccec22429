"""The Snapshots that a picture over time is drawn from: few, evenly apart, read in part."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.lookups.held import Wanted, earlier, newest
from bot.views import Asks, Note, Views
from detectors.snapshot import Snapshot
from detectors.spaced import apart
from detectors.tables import NotTabled

# As many as can be told apart in a plot of 250 points.
MOST = 60
_STEPS = tuple(
    timedelta(hours=hours) for hours in (1, 3, 6, 12, 24, 48, 72, 168, 336, 672, 1344, 2688)
)


@dataclass(frozen=True)
class Over:
    """The time a picture covers, and the part of the Hub.

    Without a day it begins with, it is the `span` up to the last Snapshot that can be drawn.
    """

    until: datetime
    span: timedelta
    since: datetime | None = None
    panel: str | None = None


@dataclass(frozen=True)
class Asking:
    """What a picture needs a Snapshot for: what it must say, and the tables that say it."""

    wanted: Wanted
    asks: Asks


async def begun(views: Views, asking: Asking, over: Over) -> tuple[str, datetime] | None:
    """Return the stream that is drawn, the one that answers last, and the time it is drawn from.

    None where nothing held can answer.
    """
    last = await newest(views, over.until, asking.wanted)
    if last is None:
        return None
    return last.stream, over.since or earlier(last.taken_at, over.span)


async def reads(
    views: Views,
    asking: Asking,
    over: Over,
    *,
    most: int = MOST,
    must: Collection[str] = (),
) -> Sequence[Snapshot]:
    """Return at most about so many Snapshots of one stream, oldest first, the last included.

    `must` names those that are wanted whatever lies near them, such as the one that a Shift was
    seen in.
    """
    begin = await begun(views, asking, over)
    if begin is None:
        return []
    stream, since = begin
    held = await views.notes(stream, since, over.until)
    notes = _thinned([note for note in held if asking.wanted.may(note)], most, must)
    found = await views.series(notes, asking.asks)
    return [
        speaking
        for note, read in zip(notes, found, strict=True)
        for speaking in [await _speaking(views, note, read, asking.wanted)]
        if speaking is not None
    ]


async def _speaking(
    views: Views, note: Note, read: Snapshot | None, wanted: Wanted
) -> Snapshot | None:
    """Return a Snapshot if it speaks; what the tables named cannot say, all of them may."""
    for _ in range(2):
        try:
            return read if read is not None and wanted.speaks(read) else None
        except NotTabled:
            read = await views.snapshot(note)
    return None


def _thinned(notes: Sequence[Note], most: int, must: Collection[str]) -> list[Note]:
    if len(notes) <= most:
        return list(notes)
    for step in _STEPS:
        kept = apart(notes, step, lambda note: note.taken_at)
        if len(kept) <= most:
            break
    names = {note.id for note in (*kept, notes[-1])} | set(must)
    return [note for note in notes if note.id in names]
