"""What holds of a rule now: what a new watch is quiet about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.aside import aside
from bot.views import Note, Views
from bot.wording import clean, listing, moment
from detectors.base import Detector
from detectors.moments import Moments
from detectors.snapshot import Snapshot
from detectors.tables import NotTabled

_NAMED = 10
# Of a stream with several lists some reads do not speak for a rule.
_TRIES = 3


@dataclass(frozen=True)
class _Now:
    """The keys that hold, and the Snapshot that says so."""

    keys: Sequence[str]
    note: Note


async def holds_now(rule: Detector, views: Views, now: datetime) -> str:
    """Say what holds of a rule, and by which Snapshot."""
    if isinstance(rule, Moments):
        return "It tells of moments, such as a change or a breakout: of those nothing holds."
    found = await _newest(rule, views, now)
    if found is None:
        return "No snapshot that is held can say what holds now; the first look that can will."
    at = moment(found.note.taken_at)
    if not found.keys:
        return f"By the snapshot of {at} nothing holds: the next that does is news."
    names = [clean(key) for key in found.keys[:_NAMED]]
    more = len(found.keys) - _NAMED
    if more > 0:
        names.append(f"{more:,} more")
    return f"What holds now, by the snapshot of {at}, is no news: {listing(names)}."


async def _newest(rule: Detector, views: Views, now: datetime) -> _Now | None:
    """Return what holds by the newest Snapshot that speaks for the rule; a panel's is the last."""
    found = []
    for stream in await views.streams():
        notes = [note for note in await views.notes(stream, None, now) if note.admitted]
        found += notes[-_TRIES:]
    for note in sorted(found, key=lambda note: (note.panel is None, note.taken_at), reverse=True):
        keys = await _held(rule, views, note)
        if keys is not None:
            return _Now(keys, note)
    return None


async def _held(rule: Detector, views: Views, note: Note) -> Sequence[str] | None:
    """Return the keys that hold in a Snapshot, None where it does not speak for the rule."""
    for read in (views.snapshot, views.whole):
        snapshot = await read(note)
        if snapshot is None:
            return None
        try:
            return await aside(len(snapshot), _keys, rule, snapshot)
        except NotTabled:
            continue
    return None


def _keys(rule: Detector, snapshot: Snapshot) -> Sequence[str] | None:
    return list(rule.holding(snapshot, ()).values()) if rule.covers(snapshot) else None
