"""From Shifts to messages: which belong together, and what each message says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.render.access import access_message
from bot.render.board import board_message
from bot.render.cadence import cadence_message
from bot.render.concentration import concentration_message
from bot.render.evidence import evidence_line
from bot.render.gap import gap_message
from bot.render.growth import breakout_message, suspicion_message
from bot.render.lead import lead_message
from bot.render.message import Message, Tone, distinct, headline
from bot.render.momentum import momentum_message
from bot.render.naming import places
from bot.render.newcomers import newcomers_message
from bot.render.share import share_message
from bot.render.source import source_message
from bot.render.unmapped import unmapped_message
from bot.wording import clean, link_to
from detectors.access_change import AccessChange
from detectors.attention_gap import AttentionGap
from detectors.breakout import Breakout
from detectors.cadence import Cadence
from detectors.cause import causes, in_turn
from detectors.concentration import Concentration
from detectors.contributors import Contributors
from detectors.lead_change import LeadChange
from detectors.momentum import Momentum
from detectors.share_threshold import ShareThreshold
from detectors.shift import SOURCE_RULE, Severity, Shift, Status
from detectors.suspicious_growth import SuspiciousGrowth
from detectors.top_entry import TopEntry
from detectors.unmapped_lab import UnmappedLab

__all__ = [
    "OF_SHARES",
    "Message",
    "Tone",
    "gravest",
    "merely_leaves",
    "message_of",
    "parts",
    "stories",
]

Story = tuple[Shift, ...]

# Who says a Shift that is told alone, by its detector; TopEntry's are told together.
_ALONE: Mapping[str, Callable[[Shift], Message]] = {
    ShareThreshold.name: share_message,
    Concentration.name: concentration_message,
    Contributors.name: newcomers_message,
    Momentum.name: momentum_message,
    AttentionGap.name: gap_message,
    AccessChange.name: access_message,
    UnmappedLab.name: unmapped_message,
    Cadence.name: cadence_message,
    SuspiciousGrowth.name: suspicion_message,
}

# What is measured on shares, for who tells them apart from boards.
OF_SHARES = frozenset(
    {
        ShareThreshold.name,
        AttentionGap.name,
        Momentum.name,
        LeadChange.name,
        Concentration.name,
        Contributors.name,
    }
)


def stories(shifts: Sequence[Shift]) -> list[Story]:
    """Group Shifts into messages, the looks in the order of their first Shift.

    Shifts of one cause are one message; what is held back is in none. Of one look the taking of
    first places comes first, then shares, entries and leavings.
    """
    told = [shift for shift in shifts if shift.told]
    found: dict[str, list[Shift]] = {}
    # What was told before causes were kept has them by the same rule.
    plain = causes([shift for shift in told if not shift.judgement.cause])
    for shift in told:
        found.setdefault(shift.judgement.cause or plain[shift.id], []).append(shift)
    looks = {shift.evidence.snapshots[1]: at for at, shift in reversed([*enumerate(told)])}
    return sorted(
        (tuple(story) for story in found.values()),
        key=lambda story: (looks[story[0].evidence.snapshots[1]], _turn(story)),
    )


def gravest(story: Story) -> Severity:
    """Return how grave a story is: as its gravest Shift."""
    return max((shift.severity for shift in story), key=lambda each: each.rank)


def merely_leaves(story: Story) -> bool:
    """Whether a story is only that one model left boards it was not first on."""
    return all(
        shift.detector == TopEntry.name and shift.status is Status.RESOLVED and places(shift) != 1
        for shift in story
    )


def message_of(shifts: Sequence[Shift]) -> Message:
    """Say one story in words; ValueError where there is nothing to say.

    `shifts` is what `stories` put together. A detector without words of its own is told by its
    rule and figures.
    """
    if not shifts:
        raise ValueError("a message tells at least one Shift")
    return replace(_worded(tuple(shifts)), severity=gravest(tuple(shifts)))


def parts(story: Story) -> list[Story]:
    """Return what a story is made of, the one it opens with first: each can be told by itself.

    What one model moved by itself is a part for each rule, beside what is told of the model.
    """
    found: dict[str, list[Shift]] = {}
    for shift in in_turn(story):
        kind = shift.rule if "mover" in shift.about else shift.detector
        found.setdefault(kind, []).append(shift)
    return [tuple(shift for shift in story if shift in some) for some in found.values()]


def _worded(shifts: Story) -> Message:
    head, *rest = parts(shifts)
    message = _part(head)
    if not rest:
        return message
    others = [_part(each) for each in rest]
    more = f"For the same reason: {'; '.join(each.title for each in others)}."
    return replace(
        message,
        why=f"{message.why} {more}",
        evidence=distinct(line for each in (message, *others) for line in each.evidence),
        shifts=(*message.shifts, *(name for each in others for name in each.shifts)),
    )


def _part(shifts: Story) -> Message:
    first = in_turn(shifts)[0]
    if first.rule == SOURCE_RULE:
        return source_message(first)
    if first.detector == TopEntry.name:
        own = [shift for shift in shifts if shift.subject == first.subject]
        others = [shift for shift in shifts if shift.subject != first.subject]
        return board_message(own, others)
    if first.detector == LeadChange.name:
        return lead_message(shifts)
    if first.detector == Breakout.name:
        return breakout_message(first, [shift for shift in shifts if shift is not first])
    return _ALONE.get(first.detector, _plain)(first)


def _first_place(shift: Shift, status: Status) -> bool:
    return shift.detector == TopEntry.name and shift.status is status and places(shift) == 1


def _turn(story: Story) -> int:
    """Return a story's place among those of its look."""
    if story[0].rule == SOURCE_RULE or any(_first_place(each, Status.FIRING) for each in story):
        return 0
    if story[0].detector in OF_SHARES:
        return 1
    return 2 if any(each.status is Status.FIRING for each in story) else 3


def _plain(shift: Shift) -> Message:
    key, rule = clean(shift.key), clean(shift.rule)
    verb = "holds" if shift.status is Status.FIRING else "no longer holds"
    return Message(
        title=headline(f"{key}: {rule} {verb}", f"{key}: {shift.facts.event.value}"),
        sentence=f"For {key}, {rule} {verb}.",
        why="",
        evidence=(evidence_line(shift),),
        tone=Tone.RISE if shift.status is Status.FIRING else Tone.FALL,
        at=shift.taken_at,
        link=link_to(shift.key) if "/" in shift.key else None,
        shifts=(shift.id,),
    )
