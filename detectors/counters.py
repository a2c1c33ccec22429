"""How the Hub's counters lie, and how that is seen: definitions, "When the Hub's counters lie"."""

from datetime import timedelta

import numpy as np

from detectors.columns import UNKNOWN, Figures, Floats, paired
from detectors.metric import Kind, Metric
from detectors.snapshot import Snapshot
from detectors.verdict import Basis, Reason, Verdict

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
# A count over 30 days that keeps a tenth or less has been wiped, unless nearly as many days have
# passed; where that happens to a quarter of the large models at once, it is the counter.
WIPED = 0.1
MOST_WIPED = 0.25
WIPED_WITHIN = timedelta(days=(1 - WIPED) * 30)
# Fewer days take less: were downloads to stop, each takes a thirtieth. A third of the window beyond
# that, of a quarter of the large models, went at once.
A_DAY = 1 / 30
LOST = 1 / 3
LOST_PANEL = 20


def totals(snapshot: Snapshot) -> dict[Metric, float]:
    """Return the sum of each counter the Snapshot speaks for (trending is a score, no counter)."""
    sums: dict[Metric, float] = {}
    for metric in Metric:
        figures = _spoken(snapshot, metric)
        if figures is not None and metric is not Metric.TRENDING:
            sums[metric] = float(figures[figures != UNKNOWN].sum())
    return sums


def all_time(after: Snapshot, basis: Basis) -> Verdict | None:
    """Say so when all-time counters, which can only grow, have fallen for too many models."""
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


def lockstep(after: Snapshot, basis: Basis) -> Verdict | None:
    """Say so when nearly all large models fell at once, further than downloads can."""
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


def wiped(after: Snapshot, basis: Basis) -> Verdict | None:
    """Say so when the counters of a good part of the large models were wiped out at once.

    Wiped out is what keeps a tenth; where there are enough models to tell, also what has lost
    much more than the days between can take off a count over 30 days, such as half of it.
    """
    last = basis.lists.get(Metric.DOWNLOADS, basis.last)
    if last is None or _spoken(after, Metric.DOWNLOADS) is None:
        return None
    if after.taken_at - last.taken_at >= WIPED_WITHIN:
        return None
    now, then = _pairs(after, last, Metric.DOWNLOADS)
    large = then >= LARGE
    kept, gone = now[large] / then[large], _fallen_off(after, last)
    days = max((after.taken_at - last.taken_at) / timedelta(days=1), 1.0)
    for at_most, panel, what in (
        (WIPED, LOCKSTEP_PANEL, "were wiped out at once"),
        (1 - A_DAY * days - LOST, LOST_PANEL, "fell at once, further than days can take"),
    ):
        lost, count = int((kept <= at_most).sum()) + gone, len(kept) + gone
        if count >= panel and lost >= MOST_WIPED * count:
            return Verdict(Reason.RESET, f"downloads of {lost:,} of {count:,} large models {what}")
    return None


def _fallen_off(after: Snapshot, last: Snapshot) -> int:
    """Count the large models of the upper half of a list by downloads that are not on it now.

    A list of the first models by downloads does not show a counter that was wiped: the model is
    no longer among them. From the upper half nothing falls off by itself between two reads.
    """
    before, now = last.lists.get(Metric.DOWNLOADS), after.lists.get(Metric.DOWNLOADS)
    if before is None or now is None:
        return 0
    upper = before[: len(before) // 2]
    figures = last.columns.figures.get(Metric.DOWNLOADS)
    if figures is None:
        return 0
    large = upper[figures[upper] >= LARGE]
    listed = after.columns.numbers(now)
    return int((~np.isin(last.columns.numbers(large), listed)).sum())


def shrunk(after: Snapshot, basis: Basis) -> Verdict | None:
    """Say so when a counter's total is far below what it usually is."""
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


def frozen(after: Snapshot, basis: Basis) -> Verdict | None:
    """Say so when the counters of too many large models have stood still."""
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


def _spoken(snapshot: Snapshot, metric: Metric) -> Figures | None:
    """Return the figures a Snapshot speaks for: those of a pulse's lists, all of a census."""
    figures = snapshot.columns.figures.get(metric)
    if snapshot.kind is Kind.CENSUS or figures is None:
        return figures
    rows = snapshot.lists.get(metric)
    return None if rows is None or (figures[rows] == UNKNOWN).any() else figures[rows]


def known(snapshot: Snapshot, metric: Metric) -> int:
    """Return of how many models a Snapshot knows a metric."""
    figures = snapshot.columns.figures.get(metric)
    return 0 if figures is None else int(np.count_nonzero(figures != UNKNOWN))


def _pairs(after: Snapshot, before: Snapshot, metric: Metric) -> tuple[Floats, Floats]:
    """Return a metric's figures of the models both Snapshots know it of, now and then."""
    new, old = after.columns.figures.get(metric), before.columns.figures.get(metric)
    if new is None or old is None:
        return np.empty(0), np.empty(0)
    now, then = paired(after.columns, before.columns)
    known = (new[now] != UNKNOWN) & (old[then] != UNKNOWN)
    return new[now[known]].astype(np.float64), old[then[known]].astype(np.float64)
