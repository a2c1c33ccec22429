"""What an overview of channels shows: watches, mute, settings, and what shifted last."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.channel import Channel
from bot.desk.house import Asked, House
from bot.desk.preferences import rows
from bot.desk.saying import filtered, quiet_state, told_how
from bot.render import message_of, stories
from bot.views import Views
from bot.wording import day
from detectors.shift import Shift

LAST = 5
_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Room:
    """One channel: `watches` are rule, how it is told, and its quiet state.

    `muted` is until when, "" where it is not; `settings` are name and value; `shifts` the last
    ones of what it watches, newest first: day, title, and the id that `why` takes.
    """

    channel: Channel
    watches: tuple[tuple[str, str, str], ...]
    muted: str
    settings: tuple[tuple[str, str], ...]
    shifts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Home:
    """Some channels at a glance."""

    rooms: tuple[Room, ...]
    closing: str


async def home(house: House, asked: Asked, channels: Sequence[Channel]) -> Home:
    """Return channels at a glance, in the order given."""
    shifts = await house.store.shifts(asked.now - _BACK, asked.now)
    rooms = [await _room(house, replace(asked, channel=each), shifts) for each in channels]
    return Home(tuple(rooms), await _closing(house.store, asked))


async def _room(house: House, asked: Asked, shifts: Sequence[Shift]) -> Room:
    channel = asked.channel
    settings, standing = await house.settings(channel), await house.store.standing()
    watches = await house.watches(channel)
    floor = house.floor_of(channel, settings)
    said = rows(settings, house, asked)
    muted = said.pop("muted") if settings.muted(asked.now) else ""
    said.pop("muted", None)
    by_rule = {each.rule: each for each in watches}
    seen = [each for each in shifts if each.rule in by_rule and by_rule[each.rule].about(each)]
    told = [message_of(story) for story in stories(seen)][-LAST:]
    return Room(
        channel=channel,
        watches=tuple(
            (
                each.rule,
                ", ".join(part for part in (told_how(each, floor), filtered(each)) if part),
                quiet_state(each, settings, standing, asked.now),
            )
            for each in watches
        ),
        muted=muted,
        settings=tuple(said.items()),
        shifts=tuple((day(each.at, asked.now), each.title, each.shifts[0]) for each in told[::-1]),
    )


async def _closing(views: Views, asked: Asked) -> str:
    """Say how fresh it is."""
    notes = [
        note for each in await views.streams() for note in await views.notes(each, None, asked.now)
    ]
    times = [note.taken_at for note in notes if note.admitted]
    if not times:
        return "No snapshot is held yet."
    return f"The last snapshot is of {day(max(times))}; shifts are of the last {_BACK.days} days."
