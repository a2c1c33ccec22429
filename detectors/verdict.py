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


@dataclass(frozen=True)
class Intake:
    """How a Reading came in: why it is partial, and the ids that a list repeated."""

    partial: str = ""
    repeated: Sequence[str] = ()


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
