"""A channel's settings: shown, and changed one at a time, each with what it was before."""

import difflib
import re
from collections.abc import Callable, Mapping
from datetime import time
from functools import cache
from zoneinfo import available_timezones

from msgspec.structs import replace

from bot.channel_settings import ChannelSettings, Weekday
from bot.desk.house import Asked, House
from bot.desk.reading import EXAMPLES, Setting
from bot.desk.saying import until
from bot.render.answer import Answer, Table
from bot.rules.words import Word, Words
from detectors.shift import Severity

_TIME = r"([0-9]{1,2})(?::([0-5][0-9]))?\s*(am|pm)?"
_HOURS = re.compile(rf"{_TIME}\s*(?:-|–|—|to)\s*{_TIME}")
_CLOCK = re.compile(_TIME)
_NOON = 12
_DAY_HOURS = 24
_LETTERS = 3
_PLAIN = "default"
_FILL = frozenset({"at", "on", "day", "hour"})
_WAIT = (
    "Alerts of these hours wait until they end, major ones too: nothing on the Hub needs anybody "
    "out of bed. More than five come as one summary. The digest comes when it is due."
)


async def settings(house: House, asked: Asked, command: Setting) -> Answer:
    """Show a channel's settings, or change one of them."""
    if command.value is None:
        return await _shown(house, asked)
    changed = _CHANGES[command.name](asked.words, command.value)
    asked.must_configure()
    before = await house.settings(asked.channel)
    after = await house.store.channel_settings.change(
        asked.channel,
        lambda held: replace(changed(held), changed_by=asked.asker.user),
    )
    was, now = (rows(each, house, asked)[command.name] for each in (before, after))
    parts = [f"Now: {now}", f"Before: {was}"]
    if command.name == "quiet" and after.quiet is not None:
        parts += ["", _WAIT]
    return Answer(
        title=f"Settings of {asked.where}: {command.name}",
        parts=tuple(parts),
        closing=f"Undo: `settings {command.name} {typed(before)[command.name]}`.",
        lasts=was != now,
    )


def rows(held: ChannelSettings, house: House, asked: Asked) -> dict[str, str]:
    """Return each setting as a sentence says it, by its name."""
    digest = f"{held.digest_day.shown}s at {held.digest_hour}:00" if held.digest else "off"
    floor = house.floor_of(asked.channel, held).value
    quiet = "none"
    if held.quiet is not None:
        quiet = f"{held.quiet[0]:%H:%M} to {held.quiet[1]:%H:%M}, in which alerts wait"
    muted = "no"
    if held.muted(asked.now) and held.muted_until is not None:
        muted = f"until {until(held.muted_until, held)}"
    return {
        "digest": digest,
        "zone": f"{held.zone}, where it is {asked.now.astimezone(held.tz):%H:%M} now",
        "quiet": quiet,
        "floor": f"{floor}: what weighs less waits for the digest",
        "muted": muted,
    }


def typed(held: ChannelSettings) -> Mapping[str, str]:
    """Return each setting as a person would type it."""
    quiet = "off"
    if held.quiet is not None:
        quiet = "-".join(f"{each:%H:%M}" for each in held.quiet)
    digest = f"{held.digest_day.name.lower()} {held.digest_hour}" if held.digest else "off"
    floor = held.floor.value if held.floor else _PLAIN
    return {"zone": held.zone, "quiet": quiet, "digest": digest, "floor": floor}


async def _shown(house: House, asked: Asked) -> Answer:
    held = await house.settings(asked.channel)
    by = f" Last changed by {held.changed_by}." if held.changed_by else ""
    return Answer(
        title=f"Settings of {asked.where}",
        parts=(
            Table(tuple(rows(held, house, asked).items())),
            "",
            "To change one:",
            *(f"  {example}" for example in EXAMPLES.values()),
        ),
        closing=f"A watch with a floor of its own keeps it, as in `watch RULE major+`.{by}",
    )


Change = Callable[[ChannelSettings], ChannelSettings]


def _zone(words: Words, value: Word) -> Change:
    wanted = value.bare.strip().replace(" ", "_")
    found = _zones().get(wanted.casefold())
    if found is None:
        close = difflib.get_close_matches(wanted.casefold(), _zones(), n=1)
        near = _zones()[close[0]] if close else None
        words.refuse(value, "a zone is named like Europe/Berlin or UTC", near=near)
    return lambda held: replace(held, zone=found)


@cache
def _zones() -> Mapping[str, str]:
    """Return the names of zones by what a person may type: the whole, or a city no other has."""
    zones = sorted(available_timezones())
    cities: dict[str, list[str]] = {}
    for zone in zones:
        if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/")):
            cities.setdefault(zone.rpartition("/")[2].casefold(), []).append(zone)
    single = {city: some[0] for city, some in cities.items() if len(some) == 1}
    return single | {zone.casefold(): zone for zone in zones}


def _digest(words: Words, value: Word) -> Change:
    off = value.low == "off"
    if off or value.low == "on":
        return lambda held: replace(held, digest=not off)
    day: Weekday | None = None
    hour: int | None = None
    for part in value.text.replace(",", " ").casefold().split():
        named = [each for each in Weekday if each.name.lower().startswith(part.rstrip("s."))]
        clock = _CLOCK.fullmatch(part)
        at = _time(clock[1], clock[2], clock[3]) if clock else None
        if part in _FILL:
            continue
        if day is None and len(part) >= _LETTERS and len(named) == 1:
            day = named[0]
        elif hour is None and at is not None and not at.minute:
            hour = at.hour
        else:
            words.refuse(value, f"a digest has a day and a full hour: {EXAMPLES['digest']}")
    if day is None and hour is None:
        words.refuse(value, f"a digest has a day and a full hour: {EXAMPLES['digest']}")
    return lambda held: replace(
        held,
        digest=True,
        digest_day=held.digest_day if day is None else day,
        digest_hour=held.digest_hour if hour is None else hour,
    )


def _quiet(words: Words, value: Word) -> Change:
    if value.low in {"off", "none"}:
        return lambda held: replace(held, quiet=None)
    found = _HOURS.fullmatch(value.text.casefold().removeprefix("hours").strip())
    if found is None:
        words.refuse(value, f"quiet hours are two times of the day: {EXAMPLES['quiet']}")
    begin, end = _time(*found.group(1, 2, 3)), _time(*found.group(4, 5, 6))
    if begin is None or end is None:
        words.refuse(value, f"that is no time of the day: {EXAMPLES['quiet']}")
    if begin == end:
        words.refuse(value, "those are no hours at all; to hear nothing for a while: mute 7d")
    return lambda held: replace(held, quiet=(begin, end))


def _time(hour: str, minute: str | None, half: str | None) -> time | None:
    """Return a time of the day, 24 being midnight; None where there is none such."""
    at = int(hour)
    if half is not None:
        if not 1 <= at <= _NOON:
            return None
        at = at % _NOON + (_NOON if half == "pm" else 0)
    if at > _DAY_HOURS or (at == _DAY_HOURS and int(minute or 0)):
        return None
    return time(at % _DAY_HOURS, int(minute or 0))


def _floor(words: Words, value: Word) -> Change:
    known = [each.value for each in Severity]
    name = value.low.removesuffix("+")
    if name not in {*known, _PLAIN}:
        words.refuse(value, f"a floor is one of {', '.join(known)} and {_PLAIN}", name, known)
    floor = None if name == _PLAIN else Severity(name)
    return lambda held: replace(held, floor=floor)


_CHANGES: Mapping[str, Callable[[Words, Word], Change]] = {
    "zone": _zone,
    "digest": _digest,
    "quiet": _quiet,
    "floor": _floor,
}
