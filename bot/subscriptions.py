"""What a channel wants to know: which rule, how, from which weight on, and what not."""

import re
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

import msgspec

from bot.channel import Channel
from detectors.share import By
from detectors.shift import Severity, Shift


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
    UNWATCHED = "the channel does not watch this rule"
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
# A lab's own share may be told of it as a lab or as a family.
_GROUPS = {"lab": {By.LAB, By.FAMILY}, "country": {By.COUNTRY}, "task": {By.TASK}}
WORD = "word"
ALWAYS = datetime.min.replace(tzinfo=UTC)
"""Since when a channel watches what whoever runs Hubshift has named for it."""


class Subscription(msgspec.Struct, frozen=True):
    """One rule that a channel wants to hear of, since a time.

    `floor` is the least severity that is told, None the channel's own. `include` and `exclude`
    are what the rule is about: `lab Qwen`, `country China`, `task text-to-image`, `word gguf`
    (the beginning of a word of a model's id), or a bare name of any of them; with `include` one
    has to fit, with `exclude` none may. The last silence was from `muted_from` until `muted_until`.
    `off` says that the channel does not want a rule that it would be told of otherwise. `by` is
    the platform's id of who last changed it. `after` has, for each stream, when the last Snapshot
    was taken that was held then: whatever is committed later is told, though a census that took
    an hour is dated by its beginning. Without it what is dated after `since` is.
    """

    channel: str
    rule: str
    since: datetime
    how: How = How.AT_ONCE
    floor: Severity | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    muted_until: datetime | None = None
    muted_from: datetime | None = None
    off: bool = False
    by: str = ""
    after: dict[str, datetime] | None = None

    @property
    def to(self) -> Channel:
        """The channel that is told."""
        return Channel.of_key(self.channel)

    def muted(self, at: datetime) -> bool:
        """Whether it is muted at an instant."""
        return self.muted_until is not None and at < self.muted_until

    def before(self, shift: Shift) -> bool:
        """Whether a Shift was there to be told before the channel subscribed."""
        if self.after is None:
            return shift.taken_at <= self.since
        stream, _, _ = shift.evidence.snapshots[1].rpartition("@")
        return stream in self.after and shift.taken_at <= self.after[stream]

    def was_muted(self, at: datetime) -> bool:
        """Whether it was muted at an instant that has passed."""
        return self.muted(at) and (self.muted_from is None or self.muted_from <= at)

    def answer(self, shift: Shift) -> Answer:
        """Say whether a Shift of its rule is told; what weighs too little waits for the digest."""
        if self.off:
            return Answer.UNWATCHED
        if self.before(shift):
            return Answer.BEFORE
        if self.muted(shift.taken_at):
            return Answer.MUTED
        # Most watches have no lists, and a hundred thousand are asked.
        if self.include or self.exclude:
            return self._filtered(shift) or _WANTED[self.how]
        return _WANTED[self.how]

    def about(self, shift: Shift) -> bool:
        """Whether its lists let a Shift of its rule through."""
        return self._filtered(shift) is None

    def _filtered(self, shift: Shift) -> Answer | None:
        if any(fits(each, shift) for each in self.exclude):
            return Answer.EXCLUDED
        if self.include and not any(fits(each, shift) for each in self.include):
            return Answer.NOT_INCLUDED
        return None


def fits(entry: str, shift: Shift) -> bool:
    """Whether an entry of a filter names what a Shift is about."""
    kind, _, name = entry.casefold().partition(" ")
    if kind == WORD and name:
        return _begins(name).search(shift.key) is not None
    if kind in _GROUPS and name:
        named = shift.about.get(kind)
        own = shift.about.get("by") in _GROUPS[kind] and shift.key.casefold() == name
        return own or (isinstance(named, str) and named.casefold() == name)
    return entry.casefold() in _names(shift)


@lru_cache(maxsize=1024)
def _begins(word: str) -> re.Pattern[str]:
    """Return what finds a word, or the beginning of one, in an id."""
    return re.compile(rf"(?<![^\W_]){re.escape(word)}", re.IGNORECASE)


def _names(shift: Shift) -> set[str]:
    """Return everything that a bare name may call a Shift by."""
    about = (shift.about.get(name) for name in _NAMED)
    found: tuple[object, ...] = (shift.key, shift.key.partition("/")[0], *about)
    return {str(each).casefold() for each in found if each}
