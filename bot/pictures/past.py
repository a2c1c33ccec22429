"""The Snapshots that a picture over time is drawn from: few, evenly apart, read in part."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.lookups.held import Wanted, newest
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
class Asking:
    """What a picture needs a Snapshot for: what it must say, and the tables that say it."""

    wanted: Wanted
    asks: Asks


async def reads(
    views: Views,
    asking: Asking,
    since: datetime,
    until: datetime,
    *,
    most: int = MOST,
    must: Collection[str] = (),
) -> Sequence[Snapshot]:
    """Return at most about so many Snapshots between two times, oldest first, the last included.

    They are of one stream, the one that answers now. `must` names those that are wanted whatever
    lies near them, such as the one that a Shift was seen in.
    """
    last = await newest(views, until, asking.wanted)
    if last is None:
        return []
    held = await views.notes(last.stream, since, until)
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
