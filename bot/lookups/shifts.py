"""Answers `shifts`: what has shifted since a day, or was held back."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bot.lookups.asked import ShiftsAsked
from bot.render import message_of, stories
from bot.render.answer import Answer, Table
from bot.views import Views
from bot.wording import clean, day, listing, moment, plural
from detectors.share import By
from detectors.shift import Shift

_SHOWN = 30


async def shifts(asked: ShiftsAsked, views: Views, now: datetime) -> Answer:
    """List what was told since a day, or what was held back with the reasons."""
    held = [
        shift
        for shift in await views.shifts(asked.since, now)
        if asked.lab is None or _of_lab(shift, asked.lab)
    ]
    of = f" of {clean(asked.lab)}" if asked.lab else ""
    back = [shift for shift in held if not shift.told]
    if asked.held:
        return _held_back(back, of, asked.since, now)
    told = [message_of(story) for story in stories(held)]
    rows = tuple(
        (day(each.at, now), each.title, each.shifts[0]) for each in reversed(told[-_SHOWN:])
    )
    parts: list[str | Table] = [Table(rows)] if rows else [await _none(asked.since, views, now)]
    if len(told) > _SHOWN:
        parts.append(f"… and {plural(len(told) - _SHOWN, 'earlier one')}; ask for fewer days.")
    return Answer(
        title=f"Shifts{of} since {day(asked.since)}",
        parts=tuple(parts),
        closing=f"{plural(len(held), 'shift')} in {plural(len(told), 'message')}, "
        f"{day(asked.since, now)} to {day(now)}."
        + (f" {len(back):,} held back; `shifts held` lists them." if back else ""),
    )


def _held_back(back: Sequence[Shift], of: str, since: datetime, now: datetime) -> Answer:
    rows = tuple(
        (
            day(shift.taken_at, now),
            shift.judgement.held.value if shift.judgement.held else "",
            message_of([shift]).title,
            shift.id,
        )
        for shift in reversed(back[-_SHOWN:])
    )
    parts: list[str | Table] = [Table(rows)] if rows else ["Nothing was held back."]
    if len(back) > _SHOWN:
        parts.append(f"… and {plural(len(back) - _SHOWN, 'earlier one')}; ask for fewer days.")
    counts = Counter(shift.judgement.held.value for shift in back if shift.judgement.held)
    reasons = [f"{count:,} {reason}" for reason, count in counts.most_common()]
    said = f": {listing(reasons)}" if reasons else ""
    return Answer(
        title=f"Shifts{of} held back since {day(since)}",
        parts=tuple(parts),
        closing=f"{plural(len(back), 'shift')} held back{said}. `why ID` tells more of one.",
    )


async def _none(since: datetime, views: Views, now: datetime) -> str:
    """Say that nothing has shifted, or that nobody looked."""
    notes = [note for each in await views.streams() for note in await views.notes(each, None, now)]
    times = [note.taken_at for note in notes if note.admitted]
    if not times:
        return "No snapshot is held from this time or before."
    if max(times) < since:
        return f"No snapshot is held from this time; the last is of {moment(max(times))}."
    return "Nothing has shifted."


def _of_lab(shift: Shift, lab: str) -> bool:
    own_share = shift.about.get("by") in {By.LAB, By.FAMILY} and shift.key == lab
    return own_share or shift.about.get("lab") == lab
