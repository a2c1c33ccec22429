"""Shares told beside a suspicion: what they are without the models that are suspected."""

from collections.abc import Sequence
from dataclasses import replace

from detectors.share import By, Of
from detectors.shift import Event, Shift

# By name: the detectors themselves must not be known here.
_ON_SHARES = frozenset({"share_threshold", "lead_change", "momentum"})
_PLACES = frozenset({By.LAB.value, By.COUNTRY.value})


def with_suspicion(shifts: Sequence[Shift]) -> list[Shift]:
    """Return the Shifts of one look, each share of downloads with its part less what is suspected.

    `about` of such a Shift names the models (`suspected`) and gives the part of the whole that
    the group has when neither counts them (`without_suspected`).
    """
    found = []
    for shift in shifts:
        suspects = [each for each in shifts if _bears_on(each, shift)]
        found.append(_without(shift, suspects) if suspects else shift)
    return found


def _bears_on(suspicion: Shift, shift: Shift) -> bool:
    """Whether growth is suspected of models that a share's group consists of."""
    of, by = shift.evidence, shift.about.get("by")
    return (
        suspicion.facts.event is Event.SUSPICIOUS
        and shift.detector in _ON_SHARES
        and of.metric == Of.DOWNLOADS
        and by in _PLACES
        and suspicion.about.get(str(by)) == shift.key
        and suspicion.evidence.scope == of.scope
        and suspicion.evidence.snapshots[1] == of.snapshots[1]
    )


def _without(shift: Shift, suspects: Sequence[Shift]) -> Shift:
    amount, total = shift.about.get("amount"), shift.evidence.denominator
    if not isinstance(amount, float | int):
        return shift
    less = sum(each.evidence.after or 0.0 for each in suspects)
    part = round((amount - less) / (total - less), 12) if total > less else 0.0
    models = " ".join(str(each.about.get("models") or "") for each in suspects)
    return replace(
        shift, about={**shift.about, "suspected": models, "without_suspected": max(part, 0.0)}
    )
