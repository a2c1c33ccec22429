"""Between what happened and what is told: severity, cause, and what holds a Shift back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from detectors.base import Detector, Moves
from detectors.cause import causes, enters, publisher_of
from detectors.evaluate import RuleStanding, Standing, Told, standing_key, wanted
from detectors.metric import Metric
from detectors.mover import with_mover
from detectors.severity import QUARTER, sized, weigh, within_quarter
from detectors.share import Of
from detectors.shift import AT_ONCE, Held, Judgement, Severity, Shift, Status
from detectors.snapshot import Snapshot
from detectors.spike import mechanical
from detectors.suspicion import with_suspicion
from detectors.verdict import Reason

_LEAD = "lead_change"
# What rests on the Hub's counters, and the trouble that makes these worth nothing.
_COUNTED = frozenset({Metric.DOWNLOADS.value, Metric.DOWNLOADS_ALL_TIME.value, Of.DOWNLOADS.value})
_LYING = frozenset({Reason.RESET.value, Reason.FROZEN.value})


@dataclass(frozen=True)
class Beside:
    """What a look's Shifts are judged beside: its Snapshot, the reads before, and the trouble.

    `trouble` gives, by stream, the reason that the source is not trusted there after this look.
    """

    after: Snapshot
    past: Sequence[Snapshot] = ()
    trouble: Mapping[str, str] = field(default_factory=dict)


def judge(
    rules: Sequence[Detector], news: Sequence[Shift], standing: Standing, beside: Beside
) -> tuple[list[Shift], Standing]:
    """Return the Shifts of one look with what is decided of each, and the standing after it.

    `news` and `standing` are what `evaluate` returned. Nothing is dropped: a Shift that is held
    back says why.
    """
    if not news:
        return [], standing
    by_rule = {str(rule): rule for rule in rules}
    moved = with_mover(by_rule, news, standing, beside.past, beside.after)
    weighed = _weighed(with_suspicion(moved), standing, beside)
    spiked = mechanical(by_rule, weighed, standing, beside.past, beside.after)
    judged: dict[str, Shift] = {}
    # What explains others comes first: held back itself, it explains nothing.
    for shift in sorted(weighed, key=lambda each: each.detector != _LEAD):
        state = standing.get(standing_key(shift.rule, beside.after))
        leads = [each for each in judged.values() if each.detector == _LEAD and each.told]
        held = _OF_THE_WINDOW if shift.id in spiked else None
        held = held or _held(shift, by_rule.get(shift.rule), state, leads, beside)
        judged[shift.id] = shift
        if held is not None:
            reason, why, by = held
            decided = replace(shift.judgement, held=reason, why=why, by=by)
            judged[shift.id] = replace(shift, judgement=decided)
    in_order = [judged[shift.id] for shift in weighed]
    return in_order, _remembered(in_order, standing, beside)


def _weighed(news: Sequence[Shift], standing: Standing, beside: Beside) -> list[Shift]:
    """Return the Shifts with their cause, and as grave as all of one rule and cause together."""
    cause = causes(news)
    together: dict[tuple[str, str, Status], list[Shift]] = {}
    for shift in news:
        together.setdefault((cause[shift.id], shift.rule, shift.status), []).append(shift)
    larger: dict[str, list[float]] = {}
    weights: dict[tuple[str, str, Status], tuple[Severity, str]] = {}
    # The largest first: what else one look shows is seen before what is no larger.
    for key, some in sorted(together.items(), key=lambda pair: (-sized(pair[1]), pair[0])):
        state = standing.get(standing_key(key[1], beside.after))
        others = larger.setdefault(key[1], [])
        weights[key] = weigh(some, state, others)
        if key[2] is Status.FIRING:
            others.append(sized(some))
    found = []
    for shift in news:
        severity, why = weights[cause[shift.id], shift.rule, shift.status]
        decided = Judgement(cause=cause[shift.id], weighed=why)
        found.append(replace(shift, severity=severity, judgement=decided))
    return found


Holding = tuple[Held, str, str]
_LAUNCH = (
    "it would not have happened, had no launch of a month or two ago left the 30-day window: a "
    "fall of the count, not of a model"
)
_OF_THE_WINDOW: Holding = (Held.WINDOW, _LAUNCH, "")


def _held(
    shift: Shift,
    rule: Detector | None,
    state: RuleStanding | None,
    leads: Sequence[Shift],
    beside: Beside,
) -> Holding | None:
    """Return why a Shift is held back, the sentence, and the Shift that explains it."""
    if shift.status is Status.RESOLVED:
        if state is not None and shift.subject in state.untold:
            return Held.UNTOLD, f"that it began for {shift.key} was held back too", ""
        return _unsound(shift, beside) or _explained(shift, leads)
    return (
        _unsound(shift, beside)
        or _explained(shift, leads)
        or _of_a_release(shift, rule, state, beside)
        or _cooling(shift, rule, state)
    )


def _unsound(shift: Shift, beside: Beside) -> Holding | None:
    """Hold back what rests on counters that are known to lie, in whichever stream it shows."""
    lying = sorted(
        (reason, stream) for stream, reason in beside.trouble.items() if reason in _LYING
    )
    if not lying or shift.evidence.metric not in _COUNTED:
        return None
    reason, stream = lying[0]
    why = f"the source's counters are not trusted ({reason} in {stream}), and it rests on them"
    return Held.SOURCE, why, ""


def _explained(shift: Shift, leads: Sequence[Shift]) -> Holding | None:
    """Hold back the crossing of who took the lead or lost it: same question, same look."""
    if shift.detector == _LEAD or shift.severity is Severity.MAJOR or "by" not in shift.about:
        return None
    for lead in leads:
        if (
            lead.status is Status.FIRING
            and shift.key in {lead.key, lead.about.get("rival")}
            and _question(lead) == _question(shift)
            and lead.severity.rank >= shift.severity.rank
        ):
            return Held.EXPLAINED, f"the lead changed: {lead.key} is now the largest", lead.id
    return None


def _question(shift: Shift) -> tuple[str, str, object, str]:
    evidence = shift.evidence
    return evidence.metric, evidence.scope, shift.about.get("by"), evidence.snapshots[1]


def _of_a_release(
    shift: Shift, rule: Detector | None, state: RuleStanding | None, beside: Beside
) -> Holding | None:
    """Hold back an entry whose release was told within the reads that confirm one."""
    if rule is None or state is None or not enters(shift) or shift.severity is Severity.MAJOR:
        return None
    reads = wanted(rule, beside.past)
    publisher = publisher_of(shift)
    for told in state.told.values():
        if reads and told.publisher == publisher and told.at >= reads[0].taken_at:
            why = f"a release of {publisher} was told on {told.at:%Y-%m-%d}, and it is part of it"
            return Held.RELEASE, why, told.shift
    return None


def _cooling(shift: Shift, rule: Detector | None, state: RuleStanding | None) -> Holding | None:
    """Hold back what has not moved since it was told: a quarter later it is news again."""
    told = state.told.get(shift.subject) if state is not None else None
    now = shift.evidence.after
    if told is None or told.value is None or now is None:
        return None
    step = rule.step if isinstance(rule, Moves) else 0.0
    moved = abs(now - told.value)
    if shift.taken_at - told.at > QUARTER or moved >= step:
        return None
    why = (
        f"told on {told.at:%Y-%m-%d} at {told.value:g}, it is at {now:g}: "
        f"moved by {moved:g}, less than the {step:g} it takes to tell it again"
    )
    return Held.COOLING, why, told.shift


def _remembered(judged: Sequence[Shift], standing: Standing, beside: Beside) -> Standing:
    """Return the standing that the next look is judged by."""
    at_once = {
        shift.judgement.cause
        for shift in judged
        if shift.told and shift.severity.rank >= AT_ONCE.rank
    }
    moved = dict(standing)
    by_rule: dict[str, list[Shift]] = {}
    for shift in judged:
        by_rule.setdefault(standing_key(shift.rule, beside.after), []).append(shift)
    for key, shifts in by_rule.items():
        if key in moved:
            moved[key] = _after(moved[key], shifts, at_once)
    return moved


def _after(state: RuleStanding, shifts: Sequence[Shift], at_once: set[str]) -> RuleStanding:
    at = shifts[0].taken_at
    told = {subject: each for subject, each in state.told.items() if at - each.at <= QUARTER}
    untold, counts = set(state.untold), Counter(state.held)
    for shift in shifts:
        if shift.judgement.held is not None:
            counts[shift.judgement.held] += 1
        if shift.told and shift.judgement.cause in at_once:
            publisher = publisher_of(shift) if enters(shift) else ""
            told[shift.subject] = Told(at, shift.evidence.after, shift.id, publisher)
        if shift.status is Status.FIRING and not shift.told:
            untold.add(shift.subject)
        else:
            untold.discard(shift.subject)
    firing: dict[str, list[Shift]] = {}
    for shift in shifts:
        if shift.status is Status.FIRING:
            firing.setdefault(shift.judgement.cause, []).append(shift)
    sizes = [*state.sizes, *((at, sized(cause)) for cause in firing.values())]
    return replace(
        state,
        told=told,
        untold=frozenset(untold),
        sizes=within_quarter(sizes, at),
        held=dict(counts),
    )
