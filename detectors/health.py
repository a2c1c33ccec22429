"""May this Snapshot be compared with the last? A verdict with its reason.

The Hub's counters lie at times: half a window zeroed, counters frozen for days, listings cut
short. What fails here is kept apart and causes no alert about models.
"""

import numpy as np

from detectors.counters import all_time, frozen, known, lockstep, shrunk, wiped
from detectors.metric import Kind, Metric
from detectors.panel import UNPUBLISHED_DAYS
from detectors.snapshot import Snapshot
from detectors.verdict import Basis, Intake, Reason, Verdict, repeats_too_much

HEALTH_DEFINITION = "health/1"

# So many ids of those that a list repeats are named.
_NAMED = 3
LEAST_ROWS = 0.5
# A repo of the last read's time or before that is listed only now was not crawled then. Some are
# published late (panel.UNPUBLISHED_DAYS); a tenth of a census is a wider crawl.
MOST_GROWN = 0.1
GROWN_PANEL = 20
# After this many withheld Snapshots that agree with each other the baseline moves.
AGREEING = 3


def admit(after: Snapshot, intake: Intake, basis: Basis) -> Verdict:
    """Decide whether a Snapshot may be compared with those before it."""
    found = _whole(after, intake)
    if found is not None:
        return found
    for check in (_rows, _grown, all_time, lockstep, wiped, shrunk, frozen):
        found = check(after, basis)
        if found is not None:
            return found
    return Verdict(Reason.ADMITTED)


def agree(after: Snapshot, other: Snapshot) -> bool:
    """Whether two withheld Snapshots tell the same story, the later one first."""
    now, then = (Basis(last=one, lists=dict.fromkeys(one.lists, one)) for one in (after, other))
    # All-time counters grow, so they cannot be asked about both ways.
    both, onward = (_rows, lockstep, wiped), (_grown, all_time)
    if any(check(other, now) is not None for check in both):
        return False
    return all(check(after, then) is None for check in (*both, *onward))


def _whole(after: Snapshot, intake: Intake) -> Verdict | None:
    if intake.partial:
        return Verdict(Reason.PARTIAL, intake.partial)
    bare = [metric.value for metric, rows in after.lists.items() if not len(rows)]
    if not len(after):
        return Verdict(Reason.EMPTY, "the listing holds no models")
    if bare:
        return Verdict(Reason.EMPTY, f"the list by {bare[0]} holds no models")
    for each in intake.repeats:
        count, names = len(each.ids), [*dict.fromkeys(each.ids)]
        more = f", and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        if repeats_too_much(count, each.rows):
            rows = f"{count:,} of {each.rows:,} rows {'lists' if count == 1 else 'list'}"
            return Verdict(
                Reason.DUPLICATED, f"{rows} a model again: {', '.join(names[:_NAMED])}{more}"
            )
    return None


def _rows(after: Snapshot, basis: Basis) -> Verdict | None:
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
        now, then = known(after, metric), known(last, metric)
        if 0 < now < LEAST_ROWS * then:
            return Verdict(
                Reason.TRUNCATED,
                f"{metric.label} are known of {now:,} models, of {then:,} the time before",
            )
    return None


def _grown(after: Snapshot, basis: Basis) -> Verdict | None:
    last = basis.last
    if after.kind is not Kind.CENSUS or after.panel is not None or last is None:
        return None
    columns = after.columns
    before = int(last.taken_at.timestamp()) - UNPUBLISHED_DAYS * 86_400
    old = columns.numbers(np.flatnonzero(columns.present & (columns.created_at <= before)))
    # What only the last read lacked has come back; it is not listed for the first time.
    seen = np.zeros(len(old), dtype=np.bool_)
    for read in (last, basis.older):
        if read is not None:
            seen |= read.columns.lists(old)
    count = int(np.count_nonzero(~seen))
    if count >= GROWN_PANEL and count > MOST_GROWN * len(after):
        return Verdict(
            Reason.GROWN,
            f"{count:,} of {len(after):,} models are listed for the first time and are older than "
            f"the time before by {UNPUBLISHED_DAYS} days and more: a wider crawl",
        )
    return None
