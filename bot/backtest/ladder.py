"""Thresholds a rule could have instead of its own, in steps a person would try."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, cast

from detectors.access_change import AccessChange
from detectors.attention_gap import AttentionGap
from detectors.base import Detector
from detectors.cadence import Cadence, Pace
from detectors.concentration import WHOLE, Concentration
from detectors.contributors import Contributors
from detectors.lead_change import LeadChange
from detectors.momentum import Momentum
from detectors.share import Places
from detectors.share_threshold import ShareThreshold
from detectors.tables import depth_of
from detectors.top_entry import TopEntry, default_leave
from detectors.unmapped_lab import UnmappedLab

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PLACES = (1, 3, 5, 10, 15, 20, 30, 50, 100, 200, 500, 1000)
# Parts of 1: fine at the low end, where most labs are.
PARTS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, *(at / 20 for at in range(2, 20)))
INDEX = tuple(range(250, 5001, 250))
MARGINS = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
SCORES = (1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0)
WEEKS = (9, 13, 26, 39, 52)
DAYS = (30, 60, 90, 120, 180, 270, 365, 540)
_FACTORS = (0.25, 0.5, 0.75, 1.25, 1.5, 2.0)
# Steps on either side of a rule that count as near it.
_NEAR = 2

Line = float | int


def ladder(rule: Detector) -> list[Detector]:
    """Return the rule with each threshold of its kind, its own among them, by rising threshold."""
    found: list[Detector | None]
    match rule:
        case TopEntry():
            found = [_top(rule, n) for n in _steps(PLACES, rule.n)]
        case ShareThreshold() | Contributors() | AttentionGap():
            found = [_moved(rule, line) for line in _steps(PARTS, rule.fire_at)]
        case Concentration():
            found = [_moved(rule, line) for line in _steps(INDEX, rule.fire_at)]
        case UnmappedLab():
            steps = [(place + 0.5) / rule.places.n for place in range(rule.places.n)]
            near = [at for at in steps if abs(at - rule.fire_at) * rule.places.n >= 1]
            found = [_moved(rule, line) for line in _steps(near, rule.fire_at)]
        case LeadChange():
            found = [replace(rule, margin=margin) for margin in _steps(MARGINS, rule.margin)]
        case Momentum():
            found = [replace(rule, weeks=int(weeks)) for weeks in _steps(WEEKS, rule.weeks)]
        case AccessChange():
            steps = _steps(PLACES, rule.places.n)
            found = [replace(rule, places=Places(int(n), rule.places.metric)) for n in steps]
        case Cadence(pace=Pace.SILENT):
            found = [replace(rule, days=int(days)) for days in _steps(DAYS, rule.days)]
        case Cadence():
            found = [replace(rule, score=score) for score in _steps(SCORES, rule.score)]
        case _:
            found = _scaled(rule)
    return [each for each in found if each is not None]


def nearby(rule: Detector) -> list[Detector]:
    """Return the rule between the next looser and stricter ones, by rising threshold."""
    steps = ladder(rule)
    at = steps.index(rule)
    return steps[max(at - _NEAR, 0) : at + _NEAR + 1]


def _steps(steps: Sequence[Line], own: Line) -> list[Any]:
    return sorted({*steps, own})


def _top(rule: TopEntry, n: int) -> Detector | None:
    """Return the rule for other places, with the same margin for leaving.

    None where they reach further down than a year of boards is kept.
    """
    if n == rule.n:
        return rule
    margin = default_leave(n) - n if rule.leave == default_leave(rule.n) else rule.leave - rule.n
    kept = n + margin <= depth_of(rule.scope)
    return replace(rule, n=n, leave=n + margin) if kept else None


def _moved(
    rule: ShareThreshold | Contributors | AttentionGap | Concentration | UnmappedLab, line: Line
) -> Detector | None:
    """Return the rule with its whole band moved; None where the band would leave the scale."""
    if line == rule.fire_at:
        return rule
    # Twelve digits: 0.4 + 0.05 - 0.4 is to be 0.05.
    clear = round(rule.clear_at + line - rule.fire_at, 12)
    if isinstance(rule, Concentration):
        inside = 1 <= clear <= WHOLE
        return replace(rule, fire_at=int(line), clear_at=int(clear)) if inside else None
    # What clears at nothing, or at all of it, never clears.
    return replace(rule, fire_at=line, clear_at=clear) if 0 < clear < 1 else None


def _with(rule: Any, name: str, value: Any) -> Any:
    return replace(rule, **{name: value})


def _scaled(rule: Detector) -> list[Detector | None]:
    """Return a rule that nothing more is known of with its first number made smaller and larger."""
    numbers = [
        each.name
        for each in fields(cast("DataclassInstance", rule))
        if isinstance(getattr(rule, each.name), int | float)
        and not isinstance(getattr(rule, each.name), bool)
    ]
    if not numbers:
        return [rule]
    name = numbers[0]
    own = getattr(rule, name)
    found: list[Any] = []
    for value in sorted({own, *(type(own)(round(own * factor, 6)) for factor in _FACTORS)}):
        try:
            found.append(rule if value == own else _with(rule, name, value))
        except ValueError:
            # The detector itself refuses this threshold.
            continue
    return found
