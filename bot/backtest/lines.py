"""The value that a rule watches and the line it is held against, for those that have both."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.wording import percent, rank
from detectors.base import Detector
from detectors.concentration import Concentration
from detectors.contributors import Contributors
from detectors.share_threshold import ShareThreshold
from detectors.snapshot import Snapshot
from detectors.top_entry import TopEntry
from detectors.unmapped_lab import UnmappedLab


@dataclass(frozen=True)
class Line:
    """Where a rule's line runs, in the unit of Evidence.after, and which side lies beyond it.

    A rank counts downwards: the lower it is, the higher the model stands.
    """

    at: float
    ranks: bool = False
    points: bool = False

    def shown(self, value: float | None) -> str:
        """Return a value as people read it: #4, 38.4 %, 1,812."""
        if self.ranks:
            return rank(value)
        if value is None:
            return "unknown"
        return f"{value:,.0f}" if self.points else percent(value)

    def heights(self, values: Sequence[float | None]) -> list[float | None]:
        """Return values as heights above the line, so that higher is drawn higher."""
        sign = -1.0 if self.ranks else 1.0
        return [None if value is None else sign * (value - self.at) for value in values]


def line_of(rule: Detector) -> Line | None:
    """Return the line of a rule; None where it holds no figure against one."""
    match rule:
        case TopEntry():
            # Between the last place that is in and the first that is not.
            return Line(rule.n + 0.5, ranks=True)
        case ShareThreshold() | Contributors() | UnmappedLab():
            return Line(rule.fire_at)
        case Concentration():
            return Line(float(rule.fire_at), points=True)
        case _:
            return None


def values_of(rule: Detector, subject: str, reads: Sequence[Snapshot]) -> list[float | None]:
    """Return what the rule measures of a subject on each read, as its evidence says it."""
    return [rule.evidence(subject, (read, read)).after for read in reads]
