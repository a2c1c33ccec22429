"""Which Snapshots are kept: all of the last weeks, then one a day, then one a week for ever."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.views import Note
from detectors.metric import Kind


@dataclass(frozen=True)
class Retention:
    """How long everything is kept, and how long one a day; after that one a week is.

    Ages are measured from the newest Snapshot held, so that a recording of last year is kept as
    if it were of today.
    """

    all_for: timedelta
    daily_for: timedelta

    def dropped(self, notes: Iterable[Note]) -> frozenset[str]:
        """Return the ids of those that are not kept any longer.

        The one of a day is its last admitted census, for each panel one; where a day has no
        census, its last admitted pulse. The one of a week is the last of its days.
        """
        held = sorted(notes, key=lambda note: (note.taken_at, note.id))
        if not held:
            return frozenset()
        newest = held[-1].taken_at
        fresh, weekly = newest - self.all_for, newest - self.daily_for
        of_days = [note for note in held if weekly < note.taken_at <= fresh]
        of_weeks = [note for note in held if note.taken_at <= weekly]
        kept = {note.id for note in held if note.taken_at > fresh}
        kept |= _last_of(of_days, datetime.date)
        kept |= _last_of(of_weeks, lambda at: at.isocalendar()[:2])
        return frozenset(note.id for note in held if note.id not in kept)

    def settled(self, notes: Sequence[Note], newest: datetime) -> bool:
        """Whether some Snapshots are all of an age, so that none will soon be dropped as well."""
        ages = [newest - note.taken_at for note in notes]
        tiers = {(age >= self.all_for, age >= self.daily_for) for age in ages}
        return len(tiers) == 1


Span = tuple[int, int] | date


def _last_of(notes: Sequence[Note], span: Callable[[datetime], Span]) -> set[str]:
    """Return the last admitted census of each stream and span, else the span's last pulse."""
    last: dict[tuple[str, Span], str] = {}
    censuses = set()
    for note in notes:
        if note.admitted:
            last[note.stream, span(note.taken_at)] = note.id
            if note.kind is Kind.CENSUS and note.panel is None:
                censuses.add(span(note.taken_at))
    return {
        name
        for (stream, at), name in last.items()
        if stream != Kind.PULSE.value or at not in censuses
    }
