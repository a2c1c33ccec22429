"""What a channel wants to know: which rule, how, from which weight on, and what not."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from bot.channel import Channel
from detectors.shift import AT_ONCE, Severity, Shift


class How(StrEnum):
    """How a channel is told."""

    AT_ONCE = "at once"
    THREAD = "thread"
    """In the thread of the last message of the same rule."""
    DIGEST = "digest"
    """Once a week, with everything else."""


class Answer(StrEnum):
    """Whether a Shift is told to a subscriber, or why not."""

    AT_ONCE = "told at once"
    THREAD = "told in a thread"
    DIGEST = "kept for the digest"
    MUTED = "the channel has muted this rule"
    BEFORE = "it happened before the channel subscribed"
    EXCLUDED = "the subscription leaves it out"
    NOT_INCLUDED = "the subscription is about something else"

    @property
    def told(self) -> bool:
        """Whether a message goes out."""
        return self in {Answer.AT_ONCE, Answer.THREAD}


_WANTED = {
    How.AT_ONCE: Answer.AT_ONCE,
    How.THREAD: Answer.THREAD,
    How.DIGEST: Answer.DIGEST,
}
_NAMED = ("lab", "country", "task", "family", "license")


class Subscription(msgspec.Struct, frozen=True):
    """One rule that a channel wants to hear of, since a time.

    `floor` is the least severity that is told. `include` and `exclude` are names of a model, an
    account, a lab, a country, a task, a family or a licence: with `include` one of them has to
    fit, with `exclude` none may. `muted_until` is a silence with an end.
    """

    channel: str
    rule: str
    since: datetime
    how: How = How.AT_ONCE
    floor: Severity = AT_ONCE
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    muted_until: datetime | None = None

    @property
    def to(self) -> Channel:
        """The channel that is told."""
        return Channel.of_key(self.channel)

    def answer(self, shift: Shift) -> Answer:
        """Say whether a Shift of its rule is told; what weighs too little waits for the digest."""
        if shift.taken_at <= self.since:
            return Answer.BEFORE
        if self.muted_until is not None and shift.taken_at < self.muted_until:
            return Answer.MUTED
        if self.include or self.exclude:
            names = _names(shift)
            if names.intersection(map(str.casefold, self.exclude)):
                return Answer.EXCLUDED
            if self.include and not names.intersection(map(str.casefold, self.include)):
                return Answer.NOT_INCLUDED
        return _WANTED[self.how]


def _names(shift: Shift) -> set[str]:
    """Return everything that a filter may call a Shift by."""
    found: Sequence[object] = (
        shift.key,
        shift.key.partition("/")[0],
        *(shift.about.get(name) for name in _NAMED),
    )
    return {str(each).casefold() for each in found if each}
