"""How grave a Shift is: by what it is first, then by how rare one as large has been."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from detectors.evaluate import RuleStanding
from detectors.shift import Severity, Shift, Status

# What comes every week belongs to the digest of the week; a quarter is as far back as is asked.
WEEK = timedelta(days=7)
QUARTER = timedelta(days=91)


def weigh(
    cause: Sequence[Shift], state: RuleStanding | None, beside: Sequence[float] = ()
) -> tuple[Severity, str]:
    """Return how grave the Shifts of one cause and one rule are together, and the reason.

    What the detectors call major or info is so by definition. What they leave at notable is told
    once a week at most: it is info where the rule saw one as large at least once a week, over
    the quarter before or since it is watched; and major where a whole quarter saw none. `beside`
    are the sizes of other causes that the same look shows, and that come first.
    """
    gravest = max((shift.severity for shift in cause), key=lambda each: each.rank)
    firing = [shift for shift in cause if shift.status is Status.FIRING]
    if gravest is not Severity.NOTABLE or not firing or state is None:
        return gravest, "by definition"
    at = cause[0].taken_at
    span = min(at - (state.since or state.at), QUARTER)
    size = sized(cause)
    before = [other for then, other in state.sizes if then > at - QUARTER]
    as_large = sum(other >= size for other in (*before, *beside))
    seen = f"in the {span.days} days before, this rule saw {_times(as_large)} as large"
    if as_large * WEEK >= span and as_large:
        return Severity.INFO, f"{seen}: one a week or more"
    if span >= QUARTER and not as_large:
        return Severity.MAJOR, f"{seen}: rarer than once a quarter"
    return Severity.NOTABLE, f"{seen}: less than one a week"


def sized(cause: Sequence[Shift]) -> float:
    """Return how large the Shifts of one cause and one rule are together."""
    return round(sum(shift.size for shift in cause if shift.status is Status.FIRING), 12)


def within_quarter(
    sizes: Sequence[tuple[datetime, float]], at: datetime
) -> tuple[tuple[datetime, float], ...]:
    """Return the sizes that a Shift of `at` or later can still be compared with."""
    return tuple((then, size) for then, size in sizes if then > at - QUARTER)


def _times(count: int) -> str:
    return "none" if not count else f"{count}"
