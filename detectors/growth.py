"""How much models have grown between two reads, each held against its peers; all rows at once."""

from dataclasses import dataclass

import numpy as np

from detectors.columns import NEVER, UNKNOWN, Bools, Floats, Ints, paired
from detectors.metric import Metric
from detectors.scope import Scope
from detectors.snapshot import Snapshot

GROWTH_DEFINITION = "growth/1"

_DAY = 86_400
# The window that the Hub counts downloads over. Younger models' counts only add up.
WINDOW_DAYS = 30
# 1/0.6745 makes the MAD of normal figures their deviation (Iglewicz & Hoaglin, 1993).
_SIGMA = 1.4826
# Where peers stand still every move is an outlier; a month's count moves by some per cent a day.
_LEAST_SPREAD = 0.05
# Likes are flat where they grew by less than a tenth of what downloads did, both in logarithms.
_FLAT = 0.1
_NO_CLASS = -1
_SIZES = 32


@dataclass(frozen=True, eq=False)
class Growth:
    """The models of weight that both reads list with a figure, in the order of their ordinals.

    ordinals; now, then: their rows after and before; new, old: their figures; age: int64, the
    class of their age in days, doubling (0, 1-2, 3-6, 7-14, …), -1 unknown. A figure of 0 may
    mean "not tracked", so it has not grown.
    """

    ordinals: Ints
    now: Ints
    then: Ints
    new: Floats
    old: Floats
    age: Ints
    least: float

    @property
    def logs(self) -> Floats:
        """The logarithm of the growth; what was below the least figure counts from there."""
        logs: Floats = np.log(np.maximum(self.new, self.least) / np.maximum(self.old, self.least))
        return logs

    @property
    def sizes(self) -> Ints:
        """The class of each one's size before: its power of ten."""
        sizes: Ints = np.log10(np.maximum(self.old, self.least)).astype(np.int64)
        return sizes


@dataclass(frozen=True, eq=False)
class Peers:
    """Each model's class: the median and spread of its growth, and how many are in it.

    Those of like age and size; where they are too few, those of like age. count is 0 where those
    are too few as well, or the age is unknown.
    """

    median: Floats
    spread: Floats
    count: Ints


def grown(before: Snapshot, after: Snapshot, metric: Metric, scope: Scope, least: float) -> Growth:
    """Return the growth of the models in a scope that have or had the least figure."""
    now, then = paired(after.columns, before.columns)
    new, old = after.figures(metric)[now], before.figures(metric)[then]
    kept = after.within(scope)[now] & (new > 0) & (old > 0) & ((new >= least) | (old >= least))
    now, then = now[kept], then[kept]
    order = np.argsort(after.columns.numbers(now), kind="stable")
    now, then = now[order], then[order]
    return Growth(
        ordinals=after.columns.numbers(now),
        now=now,
        then=then,
        new=after.figures(metric)[now].astype(np.float64),
        old=before.figures(metric)[then].astype(np.float64),
        age=_ages(after, now),
        least=least,
    )


def peers_of(growth: Growth, least: int) -> Peers:
    """Return what each model's peers do, `least` of them or more."""
    logs = growth.logs
    both = np.where(growth.age < 0, _NO_CLASS, growth.age * _SIZES + growth.sizes)
    near, wide = _classes(both, logs), _classes(growth.age, logs)
    few = near.count < least
    return Peers(
        median=np.where(few, wide.median, near.median),
        spread=np.where(few, wide.spread, near.spread),
        count=np.where(~few, near.count, np.where(wide.count >= least, wide.count, 0)),
    )


def scores(growth: Growth, peers: Peers) -> Floats:
    """Return how many spreads each one has outgrown its peers' median; -inf without peers."""
    far = (growth.logs - peers.median) / np.maximum(peers.spread, _LEAST_SPREAD)
    told: Floats = np.where(peers.count > 0, far, -np.inf).round(9)
    return told


def places_by_age(growth: Growth, place: int) -> Floats:
    """Return, for each model, the figure at a place among those of its age; the last of fewer."""
    figures = np.full(len(growth.new), np.inf)
    order = np.lexsort((-growth.new, growth.age))
    ages, starts, counts = np.unique(growth.age[order], return_index=True, return_counts=True)
    for age, start, count in zip(ages.tolist(), starts.tolist(), counts.tolist(), strict=True):
        if age != _NO_CLASS:
            figures[growth.age == age] = growth.new[order[start + min(place, count) - 1]]
    return figures


def flat_likes(growth: Growth, before: Snapshot, after: Snapshot, times: float) -> Bools:
    """Return which models' downloads grew so many times over while their likes stood still.

    Not in a model's first 30 days, when downloads only add up and likes come first; and not
    where likes are unknown.
    """
    new = after.figures(Metric.LIKES)[growth.now].astype(np.float64)
    old = before.figures(Metric.LIKES)[growth.then].astype(np.float64)
    known = (new != UNKNOWN) & (old != UNKNOWN)
    liked = np.log((np.maximum(new, 0) + 1) / (np.maximum(old, 0) + 1))
    downloaded = np.log(growth.new / growth.old)
    exploded = growth.new >= times * growth.old
    grown_up = after.columns.created_at[growth.now] <= _seconds(after) - WINDOW_DAYS * _DAY
    flat: Bools = known & exploded & grown_up & (liked < _FLAT * downloaded)
    return flat


def _ages(after: Snapshot, rows: Ints) -> Ints:
    created = after.columns.created_at[rows]
    known = (created != NEVER) & (created <= _seconds(after))
    days = np.where(known, _seconds(after) - np.where(known, created, 0), 0) / _DAY
    ages: Ints = np.where(known, np.log2(days + 1).astype(np.int64), _NO_CLASS)
    return ages


def _seconds(snapshot: Snapshot) -> int:
    return int(snapshot.taken_at.timestamp())


def _classes(classes: Ints, values: Floats) -> Peers:
    """Return median, spread (from the MAD) and number of the values of each row's class."""
    median = _medians(classes, values)
    spread = _SIGMA * _medians(classes, np.abs(values - median))
    _, inverse, counts = np.unique(classes, return_inverse=True, return_counts=True)
    count = counts[inverse] if len(classes) else np.empty(0, np.int64)
    return Peers(median, spread, np.where(classes == _NO_CLASS, 0, count))


def _medians(classes: Ints, values: Floats) -> Floats:
    if not len(classes):
        return np.empty(0)
    order = np.lexsort((values, classes))
    _, starts, inverse, counts = np.unique(
        classes[order], return_index=True, return_inverse=True, return_counts=True
    )
    ordered = values[order]
    middles = (ordered[starts + (counts - 1) // 2] + ordered[starts + counts // 2]) / 2
    found = np.empty(len(values))
    found[order] = middles[inverse]
    return found
