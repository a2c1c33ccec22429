"""What every detector is: frozen thresholds and pure questions put to Snapshots."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from detectors.shift import Evidence, Shift
from detectors.snapshot import Snapshot


@runtime_checkable
class Detector(Protocol):
    """A frozen dataclass of thresholds; `str(detector)` is its rule, as a person writes it."""

    @property
    def name(self) -> str:
        """The detector's name in REGISTRY."""

    @property
    def past(self) -> int:
        """How many earlier reads it wants, the one before included."""

    def covers(self, snapshot: Snapshot, /) -> bool:
        """Whether the Snapshot can answer the rule at all; one that cannot changes nothing."""

    def definition(self, snapshot: Snapshot, /) -> str:
        """Return the version of the definitions behind its figures; a change starts it anew."""

    def holding(self, snapshot: Snapshot, standing: Collection[str], /) -> Mapping[str, str]:
        """Return the subjects that hold now, and their keys, given those that stood before.

        What stood holds until it is past the far edge; the rest must be past the near one.
        """

    def detect(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Iterable[Shift]:
        """Yield what holds (firing) and what no longer does (resolved), comparing two Snapshots.

        `past` holds earlier reads, oldest first, ending before `before`. `standing` names
        subjects that the reads may no longer show, so that their end is not overlooked.
        Repeating what already stands is fine: evaluate drops it.
        """

    def again(self, shift: Shift, /) -> Shift:
        """Return the Shift as it reads when its subject has stood before and ended."""

    def evidence(self, subject: str, reads: Sequence[Snapshot], /) -> Evidence:
        """Measure what a Shift of the subject rests on, on the reads its evidence names.

        `reads` are oldest first and end with the Snapshot that the Shift is dated by. It is by
        this that anyone recomputes a Shift: the same reads give the same Evidence.
        """


@runtime_checkable
class Moves(Protocol):
    """A detector that knows how far a value must move to be worth telling again."""

    @property
    def step(self) -> float:
        """The least move from the value told last, in the unit of Evidence.after."""


# How many of those that come nearest are named.
NEAREST = 3


class Lack(StrEnum):
    """What a subject lacks to fire."""

    BELOW = "below the line"
    UNCONFIRMED = "waiting for confirmation"
    STANDS = "stands already"
    UNKNOWN = "figure unknown"


@dataclass(frozen=True)
class Short:
    """A subject that does not fire: what its value is, and what it lacks, as a sentence."""

    subject: str
    key: str
    reason: Lack
    sentence: str


@runtime_checkable
class Explains(Protocol):
    """A detector that can say what its nearest subjects lack."""

    def short_of(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Sequence[Short]:
        """Return why nothing new fires, the nearest subject first, a few at most.

        Takes what `detect` takes. Without this method a rule is explained by what stands.
        """


def whole(name: str, value: int, least: int) -> None:
    """Raise ValueError unless a threshold is a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")


def part(name: str, value: float) -> None:
    """Raise ValueError unless a threshold is a part between 0 and 1."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be between 0 % and 100 %, got {value * 100:g} %")
