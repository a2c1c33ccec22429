"""What of a look's news would not be there, had its Snapshot been another."""

from collections.abc import Mapping, Sequence

from detectors.base import Detector
from detectors.evaluate import Standing, standing_key, wanted
from detectors.moments import Moments
from detectors.shift import Shift, Status
from detectors.snapshot import Snapshot


def unseen(
    rules: Mapping[str, Detector],
    some: Sequence[Shift],
    standing: Standing,
    past: Sequence[Snapshot],
    other: Snapshot,
) -> frozenset[str]:
    """Return the ids of those Shifts that their rules do not see in the `other` Snapshot.

    rules: by their lines. standing: that after the news. past: the reads before, oldest first.
    """
    found: set[str] = set()
    for line in {shift.rule for shift in some}:
        rule, mine = rules.get(line), [shift for shift in some if shift.rule == line]
        if rule is None or not (reads := wanted(rule, past)):
            continue
        still = rule.detect(reads[-1], other, reads[:-1], _stood(rule, mine, standing, other))
        as_well = {(shift.subject, shift.status) for shift in still}
        found |= {shift.id for shift in mine if (shift.subject, shift.status) not in as_well}
    return frozenset(found)


def _stood(
    rule: Detector, mine: Sequence[Shift], standing: Standing, after: Snapshot
) -> frozenset[str]:
    """Return the subjects that stood before a rule's Shifts."""
    state = standing.get(standing_key(rule, after))
    if state is None:
        return frozenset()
    began = {shift.subject for shift in mine if shift.status is Status.FIRING}
    if isinstance(rule, Moments):
        return frozenset(state.ended.keys() - began)
    ended = {shift.subject for shift in mine if shift.status is Status.RESOLVED}
    return frozenset(state.holding.keys() - began | ended)
