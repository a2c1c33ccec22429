"""What is decided of a Snapshot as it comes in, and what it is decided by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from detectors.metric import Metric
from detectors.snapshot import Snapshot


class Reason(StrEnum):
    """Why a Snapshot is admitted or withheld."""

    ADMITTED = "admitted"
    EMPTY = "empty"
    PARTIAL = "partial"
    DUPLICATED = "duplicated"
    TRUNCATED = "truncated"
    GROWN = "grown"
    RESET = "reset"
    FROZEN = "frozen"
    # Not of a Snapshot, but of the lack of one.
    SILENT = "silent"


@dataclass(frozen=True)
class Verdict:
    """Admitted or not, why, and the figures behind it as a sentence."""

    reason: Reason
    detail: str = ""

    @property
    def admitted(self) -> bool:
        """Whether the Snapshot may be compared."""
        return self.reason is Reason.ADMITTED

    @property
    def comparative(self) -> bool:
        """Whether the fault lies in the comparison, so that the new level may be the true one."""
        return self.reason in {Reason.TRUNCATED, Reason.GROWN, Reason.RESET, Reason.FROZEN}


# Pages slide while figures move, and the Hub's own index names some models twice. What is recorded
# or published was read from the same pages.
MOST_REPEATED = 0.01


def repeats_too_much(repeated: int, rows: int) -> bool:
    """Whether so many of a list's rows list a model again that the list cannot be believed."""
    return repeated > MOST_REPEATED * rows


@dataclass(frozen=True)
class Repeats:
    """The models that rows of one list listed again, an id for each such row; `rows` of all."""

    ids: Sequence[str]
    rows: int


@dataclass(frozen=True)
class Intake:
    """How a Reading came in: why it is partial, and what those of its lists repeat that do."""

    partial: str = ""
    repeats: Sequence[Repeats] = ()

    @property
    def repeated(self) -> int:
        """How many rows listed a model again, and were not counted."""
        return sum(len(each.ids) for each in self.repeats)


@dataclass(frozen=True)
class Basis:
    """What a Snapshot is measured against: admitted Snapshots of its stream.

    `lists` holds, for each metric that orders a list, the last Snapshot with that list;
    `last` the last of all; `older` the latest at least counters.FROZEN_AFTER older; `totals`
    each metric's totals over counters.TOTALS_OVER.
    """

    last: Snapshot | None = None
    lists: Mapping[Metric, Snapshot] = field(default_factory=dict)
    older: Snapshot | None = None
    totals: Mapping[Metric, Sequence[float]] = field(default_factory=dict)
