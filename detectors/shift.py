"""A fact about the Hub that began or ceased to hold, with the evidence to check it by."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

# The rule of what concerns the source and not models.
SOURCE_RULE = "source"

# What is said of a Shift beside its facts.
About = dict[str, str | float | None]


class Status(StrEnum):
    """A Shift begins (firing) or ends (resolved)."""

    FIRING = "firing"
    RESOLVED = "resolved"


class Severity(StrEnum):
    """How much a Shift matters, by its size and its rarity on history."""

    INFO = "info"
    NOTABLE = "notable"
    MAJOR = "major"

    @property
    def rank(self) -> int:
        """0 for the least; a floor lets through what has its rank or a higher one."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


# What a channel is told at once unless it asks otherwise; the rest waits for the digest.
AT_ONCE = Severity.NOTABLE


class Held(StrEnum):
    """Why a Shift that happened is not told."""

    SOURCE = "source unhealthy"
    WINDOW = "a launch left the window"
    EXPLAINED = "explained by another shift"
    COOLING = "cooling down"
    RELEASE = "part of a release told before"
    UNTOLD = "its beginning was not told"


class Event(StrEnum):
    """What happened, in one word."""

    NEW = "new"
    RE_ENTRY = "re-entry"
    LEFT = "left"
    UP = "up"
    DOWN = "down"
    BREAKOUT = "breakout"
    SUSPICIOUS = "suspicious"
    LICENSE = "license"
    GATED = "gated"
    OPENED = "opened"
    VANISHED = "vanished"
    RETURNED = "returned"
    RENAMED = "renamed"
    MOVED = "moved"
    OFTEN = "often"
    CALM = "calm"
    QUIET = "quiet"
    WITHHELD = "withheld"
    SILENT = "silent"
    RECOVERED = "recovered"


@dataclass(frozen=True)
class Facts:
    """What shifted, from what to what: ranks for a board, parts of 1 for a share."""

    event: Event
    before: float | None
    after: float | None
    rank: int | None = None


@dataclass(frozen=True)
class Evidence:
    """What anyone needs to find the same figures again.

    denominator and unknown are in the unit of the metric: models for a board, slots, downloads
    or models for a share. before and after are the values in the two snapshots named.
    """

    metric: str
    scope: str
    window: str
    denominator: float
    unknown: float
    before: float | None
    after: float | None
    snapshots: tuple[str | None, str]
    definition: str
    reads: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """The ids of all Snapshots it takes to measure the figures again, oldest first."""
        return self.reads or tuple(each for each in self.snapshots if each is not None)


@dataclass(frozen=True)
class Judgement:
    """What is decided of a Shift beside that it happened, each with its reason.

    `cause` is shared by the Shifts of one look that one message tells; `weighed` says why it is
    as grave as it is. `held` is why it is not told, `why` the sentence behind that, and `by` the
    id of the Shift that explains it.
    """

    cause: str = ""
    weighed: str = ""
    held: Held | None = None
    why: str = ""
    by: str = ""


UNJUDGED = Judgement()


@dataclass(frozen=True)
class Shift:
    """A fact about the Hub that began or ceased to hold.

    `subject` is what the fact is about, in a form that survives a rename (a model's ordinal, a
    group's name); `key` is what people call it. `about` carries what a reader wants beside the
    fact: lab, country, task, the model's figures, whom it displaced.

    `severity` is what the detector gives it by definition; what it leaves at NOTABLE, rarity
    decides. For that `size` says how large the Shift is, larger being graver, in a measure of
    the detector's own: only Shifts of one rule are compared.
    """

    rule: str
    detector: str
    subject: str
    key: str
    status: Status
    taken_at: datetime
    facts: Facts
    evidence: Evidence
    about: Mapping[str, str | float | None] = field(default_factory=dict)
    severity: Severity = Severity.NOTABLE
    size: float = 0.0
    judgement: Judgement = UNJUDGED

    @property
    def told(self) -> bool:
        """Whether nothing holds it back; which channels want it is theirs to say."""
        return self.judgement.held is None

    @property
    def id(self) -> str:
        """Twelve characters, the same for the same rule, subject, status and snapshot."""
        parts = (self.rule, self.subject, self.status.value, self.evidence.snapshots[1])
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]
