"""Days along the bottom of a picture: few, whole, and never over one another."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.pictures.letters import wide
from bot.wording import MONTHS

_SHORT = 3
_MOST = 6


def millis(at: datetime) -> int:
    """Return a time as Vega counts it: milliseconds since 1970, UTC."""
    return round(at.timestamp() * 1000)


def ticks(since: datetime, until: datetime, room: float, size: float) -> list[tuple[int, str]]:
    """Return days between two times and what is written under each, as many as have room.

    Where months are told, a January is told by its year. The card's own words date the picture.
    """
    best: list[tuple[int, str]] = []
    for days in _steps(since, until):
        found = _named(days)
        if len(found) <= _MOST and _fits(found, since, until, room, size):
            best = max(best, found, key=len)
    return best or _named([since])


def _steps(since: datetime, until: datetime) -> Iterator[list[datetime]]:
    start = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for step in (1, 2, 7, 14):
        every = timedelta(days=step)
        if (until - start) / every <= _MOST + 1:
            # A week begins on its Monday.
            first = start + timedelta(days=-start.weekday() % 7) if step % 7 == 0 else start
            yield [at for at in _every(first, until, every) if since <= at]
    for months in (1, 2, 3, 6, 12):
        yield [at for at in _months(start, until) if since <= at and (at.month - 1) % months == 0]


def _every(first: datetime, until: datetime, step: timedelta) -> Iterator[datetime]:
    while first <= until:
        yield first
        first += step


def _months(start: datetime, until: datetime) -> Iterator[datetime]:
    at = start.replace(day=1)
    while at <= until:
        yield at
        at = (at + timedelta(days=32)).replace(day=1)


def _named(days: list[datetime]) -> list[tuple[int, str]]:
    whole = all(day.day == 1 for day in days)
    return [(millis(day), _name(day, whole=whole)) for day in days]


def _name(day: datetime, *, whole: bool) -> str:
    if whole and day.month == 1:
        return str(day.year)
    month = MONTHS[day.month - 1][:_SHORT]
    return month if whole else f"{day.day} {month}"


def _fits(
    found: list[tuple[int, str]], since: datetime, until: datetime, room: float, size: float
) -> bool:
    scale = room / max(millis(until) - millis(since), 1)
    edge = float("-inf")
    for at, name in found:
        half = wide(name, size) / 2
        middle = (at - millis(since)) * scale
        if middle - half < edge:
            return False
        edge = middle + half + size
    return bool(found)
