"""What a rule came to on history: how often it fired, how long it was quiet, what flapped."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from bot.backtest.course import Course, Fired
from detectors.base import Detector
from detectors.shift import AT_ONCE, Event, Held, Shift

WEEK = timedelta(days=7)
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Trial:
    """A rule tried on the looks from `since` to `until`, both included.

    Where nothing that was looked at speaks for the rule, `looks` is 0 and both ends are None.
    """

    rule: Detector
    looks: int
    since: datetime | None
    until: datetime | None
    fired: tuple[Fired, ...]
    ended: tuple[Shift, ...]

    @property
    def span(self) -> timedelta:
        """How long it was watched."""
        if self.since is None or self.until is None:
            return timedelta(0)
        return self.until - self.since

    @property
    def told(self) -> list[Shift]:
        """What fired and was not held back."""
        return [each.shift for each in self.fired if each.shift.told]

    @property
    def messages(self) -> int:
        """How many messages tell it: what has one cause is one."""
        return len({shift.judgement.cause for shift in self.told})

    @property
    def at_once(self) -> int:
        """How many of the messages do not wait for the digest."""
        return len(
            {each.judgement.cause for each in self.told if each.severity.rank >= AT_ONCE.rank}
        )

    @property
    def held(self) -> Counter[Held]:
        """Why firings were held back."""
        return Counter(
            each.shift.judgement.held for each in self.fired if each.shift.judgement.held
        )

    @property
    def again(self) -> int:
        """How many of the firings were of a model that had been there before."""
        return sum(each.shift.facts.event is Event.RE_ENTRY for each in self.fired)

    @property
    def flaps(self) -> int:
        """How many firings came within a week after the same subject had ended."""
        flapped = 0
        for each in self.fired:
            at, subject = each.shift.taken_at, each.shift.subject
            ends = [end.taken_at for end in self.ended if end.subject == subject]
            flapped += any(at - WEEK <= end <= at for end in ends)
        return flapped

    @property
    def quiet(self) -> tuple[datetime, datetime] | None:
        """The longest time without a firing, from its start to its end; None if not watched."""
        if self.since is None or self.until is None:
            return None
        times = [self.since, *(each.shift.taken_at for each in self.fired), self.until]
        return max(pairwise(times), key=lambda pair: pair[1] - pair[0])

    def a(self, span: timedelta, count: float) -> float | None:
        """Return how often a span that is; None where it was not watched for even one."""
        return None if self.span < span else count / (self.span / span)


def trial_of(course: Course, since: datetime | None, until: datetime | None) -> Trial:
    """Return what a course came to between two times, both included."""
    looks = [note for note in course.looks if _within(note.taken_at, since, until)]
    return Trial(
        rule=course.rule,
        looks=len(looks),
        since=looks[0].taken_at if looks else None,
        until=looks[-1].taken_at if looks else None,
        fired=tuple(each for each in course.fired if _within(each.shift.taken_at, since, until)),
        ended=tuple(_ended(course.ended, until)),
    )


def _ended(shifts: Iterable[Shift], until: datetime | None) -> list[Shift]:
    return [shift for shift in shifts if _within(shift.taken_at, None, until)]


def _within(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or since <= at) and (until is None or at <= until)
