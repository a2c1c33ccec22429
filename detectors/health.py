"""May this Snapshot be compared with the last? A verdict with its reason.

The Hub's counters lie at times: half a window zeroed, counters frozen for days, listings cut
short. What fails here is kept apart and causes no alert about models.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

import numpy as np

from detectors.columns import Floats
from detectors.metric import Kind, Metric
from detectors.snapshot import Snapshot

HEALTH_DEFINITION = "health/1"

# The thresholds and their reasons: definitions, "When the Hub's counters lie".
LEAST_ROWS = 0.5
MOST_FALLING = 0.05
MOST_FROZEN = 0.25
FROZEN_AFTER = timedelta(hours=36)
LEAST_TOTAL = 0.3
TOTALS_OVER = timedelta(days=15)
# At 10,000 downloads a month two counts 36 hours apart agree by chance in about 2 % of cases;
# a quarter of 20 such models doing so by chance is rarer than one in a thousand.
LARGE = 10_000
FROZEN_PANEL = 20
# Were downloads to stop altogether, a count over 30 days would lose a thirtieth a day. A median
# fall of twice that, nearly everywhere at once, is no behaviour of people.
FALL_A_DAY = 2 / 30
LOCKSTEP = 0.8
LOCKSTEP_PANEL = 5
# After this many withheld Snapshots that agree with each other the baseline moves.
AGREEING = 3


class Reason(StrEnum):
    """Why a Snapshot is admitted or withheld."""

    ADMITTED = "admitted"
    EMPTY = "empty"
    PARTIAL = "partial"
    DUPLICATED = "duplicated"
    TRUNCATED = "truncated"
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
        return self.reason in {Reason.TRUNCATED, Reason.RESET, Reason.FROZEN}


@dataclass(frozen=True)
class Intake:
    """How a Reading came in: why it is partial, and the ids that a list repeated."""

    partial: str = ""
    repeated: Sequence[str] = ()


@dataclass(frozen=True)
class Basis:
    """What a Snapshot is measured against: admitted Snapshots of its stream.

    `lists` holds, for each metric that orders a list, the last Snapshot with that list;
    `last` the last of all; `older` the latest that is at least FROZEN_AFTER older; `totals`
    each metric's totals over TOTALS_OVER.
    """

    last: Snapshot | None = None
    lists: Mapping[Metric, Snapshot] = field(default_factory=dict)
    older: Snapshot | None = None
    totals: Mapping[Metric, Sequence[float]] = field(default_factory=dict)


def admit(after: Snapshot, intake: Intake, basis: Basis) -> Verdict:
    """Decide whether a Snapshot may be compared with those before it."""
    for check in (_whole, _rows, _all_time, _lockstep, _totals, _frozen):
        verdict = check(after, intake, basis)
        if verdict is not None:
            return verdict
    return Verdict(Reason.ADMITTED)


def agree(after: Snapshot, other: Snapshot) -> bool:
    """Whether two withheld Snapshots tell the same story, the later one first."""
    now, then = (Basis(last=one, lists=dict.fromkeys(one.lists, one)) for one in (after, other))
    # All-time counters grow, so they cannot be asked about both ways.
    if any(check(other, Intake(), now) is not None for check in (_rows, _lockstep)):
        return False
    return all(check(after, Intake(), then) is None for check in (_rows, _all_time, _lockstep))


def totals(snapshot: Snapshot) -> dict[Metric, float]:
    """Return the sum of each counter the Snapshot speaks for (trending is a score, no counter)."""
    sums: dict[Metric, float] = {}
    for metric in Metric:
        figures = _spoken(snapshot, metric)
        if figures is not None and metric is not Metric.TRENDING:
            sums[metric] = float(np.nansum(figures))
    return sums


def _whole(after: Snapshot, intake: Intake, basis: Basis) -> Verdict | None:
    del basis
    if intake.partial:
        return Verdict(Reason.PARTIAL, intake.partial)
    bare = [metric.value for metric, rows in after.lists.items() if not len(rows)]
    if not len(after):
        return Verdict(Reason.EMPTY, "the listing holds no models")
    if bare:
        return Verdict(Reason.EMPTY, f"the list by {bare[0]} holds no models")
    if intake.repeated:
        named = ", ".join(intake.repeated[:3])
        return Verdict(
            Reason.DUPLICATED, f"{len(intake.repeated):,} ids are listed more than once: {named}"
        )
    return None


def _rows(after: Snapshot, intake: Intake, basis: Basis) -> Verdict | None:
    del intake
    for metric, rows in after.lists.items():
        before = basis.lists.get(metric)
        if before is not None and len(rows) < LEAST_ROWS * len(before.lists[metric]):
            return Verdict(
                Reason.TRUNCATED,
                f"the list by {metric.value} has {len(rows):,} models, "
                f"{len(before.lists[metric]):,} the time before",
            )
    last = basis.last
    if after.kind is not Kind.CENSUS or last is None:
        return None
    if len(after) < LEAST_ROWS * len(last):
        return Verdict(
            Reason.TRUNCATED, f"{len(after):,} models are listed, {len(last):,} the time before"
        )
    for metric in Metric:
        known, known_last = _known(after, metric), _known(last, metric)
        if 0 < known < LEAST_ROWS * known_last:
            return Verdict(
                Reason.TRUNCATED,
                f"{metric.label} are known of {known:,} models, of {known_last:,} the time before",
            )
    return None


def _all_time(after: Snapshot, intake: Intake, basis: Basis) -> Verdict | None:
    del intake
    if basis.last is None:
        return None
    now, then = _pairs(after, basis.last, Metric.DOWNLOADS_ALL_TIME)
    falling = int((now < then).sum())
    if falling > MOST_FALLING * len(now):
        return Verdict(
            Reason.RESET,
            f"all-time downloads, which can only grow, fell for {falling:,} of {len(now):,} models",
        )
    return None


def _lockstep(after: Snapshot, intake: Intake, basis: Basis) -> Verdict | None:
    del intake
    last = basis.lists.get(Metric.DOWNLOADS, basis.last)
    if last is None or _spoken(after, Metric.DOWNLOADS) is None:
        return None
    now, then = _pairs(after, last, Metric.DOWNLOADS)
    large = then >= LARGE
    if large.sum() < LOCKSTEP_PANEL:
        return None
    ratio = now[large] / then[large]
    days = max((after.taken_at - last.taken_at) / timedelta(days=1), 1.0)
    fall = 1 - float(np.median(ratio))
    if fall > FALL_A_DAY * days and (ratio < 1).mean() >= LOCKSTEP:
        return Verdict(
            Reason.RESET,
            f"downloads of {int(large.sum()):,} large models fell together, by a median "
            f"{fall:.0%} in {days:.1f} days",
        )
    return None


def _totals(after: Snapshot, intake: Intake, basis: Basis) -> Verdict | None:
    del intake
    for metric, total in totals(after).items():
        past = basis.totals.get(metric, ())
        usual = float(np.median(past)) if len(past) else 0.0
        if total < LEAST_TOTAL * usual:
            return Verdict(
                Reason.RESET,
                f"{metric.label} add up to {total:,.0f}, against a median of {usual:,.0f} over "
                f"the last {TOTALS_OVER.days} days",
            )
    return None


def _frozen(after: Snapshot, intake: Intake, basis: Basis) -> Verdict | None:
    del intake
    if basis.older is None or _spoken(after, Metric.DOWNLOADS) is None:
        return None
    now, then = _pairs(after, basis.older, Metric.DOWNLOADS)
    large = then >= LARGE
    count = int(large.sum())
    still = int((now[large] == then[large]).sum())
    if count >= FROZEN_PANEL and still >= MOST_FROZEN * count:
        hours = (after.taken_at - basis.older.taken_at) / timedelta(hours=1)
        return Verdict(
            Reason.FROZEN,
            f"downloads of {still:,} of {count:,} large models have not moved in {hours:.0f} hours",
        )
    return None


def _spoken(snapshot: Snapshot, metric: Metric) -> Floats | None:
    """Return the figures a Snapshot speaks for: those of a pulse's lists, all of a census."""
    figures = snapshot.columns.figures.get(metric)
    if snapshot.kind is Kind.CENSUS or figures is None:
        return figures
    rows = snapshot.lists.get(metric)
    return None if rows is None or np.isnan(figures[rows]).any() else figures[rows]


def _known(snapshot: Snapshot, metric: Metric) -> int:
    figures = snapshot.columns.figures.get(metric)
    return 0 if figures is None else int((~np.isnan(figures)).sum())


def _pairs(after: Snapshot, before: Snapshot, metric: Metric) -> tuple[Floats, Floats]:
    """Return a metric's figures of the models both Snapshots know it of, now and then."""
    new, old = after.columns.figures.get(metric), before.columns.figures.get(metric)
    if new is None or old is None:
        return np.empty(0), np.empty(0)
    _, now, then = np.intersect1d(
        after.columns.ordinal, before.columns.ordinal, assume_unique=True, return_indices=True
    )
    known = ~np.isnan(new[now]) & ~np.isnan(old[then])
    return new[now][known], old[then][known]
