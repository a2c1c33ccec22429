"""Reads that lie apart: the first of each span, so that months are seen through few of them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, TypeVar

# Spans are counted from a Monday, so that those of seven days are weeks.
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)

Dated = TypeVar("Dated")


class Spaced:
    """A detector that looks far back: of its `past` reads all but the last are `spacing` apart.

    Of each such span the first read is wanted. Those reads may hold only their small tables:
    board() and share() answer, columns may not.
    """

    spacing: ClassVar[timedelta]


def span(at: datetime, spacing: timedelta) -> int:
    """Return the number of the span that a time lies in."""
    return (at - _MONDAY) // spacing


def apart(
    reads: Sequence[Dated], spacing: timedelta, at: Callable[[Dated], datetime]
) -> list[Dated]:
    """Return the first of each span, given reads oldest first.

    The first, because it stays the first whatever is read later in its span.

    >>> days = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 4, 5, 6, 20)]
    >>> [each.day for each in apart(days, timedelta(days=7), lambda each: each)]
    [1, 5, 20]
    """
    firsts: dict[int, Dated] = {}
    for read in reads:
        firsts.setdefault(span(at(read), spacing), read)
    return list(firsts.values())
