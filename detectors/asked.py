"""What all detectors built on shares have in common: a share that must be there, its evidence."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from detectors.base import Lack, Short
from detectors.share import Share, ShareQuestion
from detectors.shift import Evidence, Shift
from detectors.snapshot import Snapshot


class OnShares(ABC):
    """A detector that is measured on shares, and says on which; so it is asked alike of all.

    It compares two reads, unless it says otherwise.
    """

    @property
    @abstractmethod
    def questions(self) -> tuple[ShareQuestion, ...]:
        """The shares it asks every Snapshot for; all of one kind of group."""

    @property
    def past(self) -> int:
        """One: the read before."""
        return 1

    def covers(self, snapshot: Snapshot, /) -> bool:
        """Whether the Snapshot can measure every share asked for."""
        return None not in map(snapshot.share, self.questions)

    def definition(self, snapshot: Snapshot, /) -> str:
        """Return the version of the shares, with the lab table's where groups come from it."""
        return self.questions[0].definition(snapshot.labs)

    def evidence(self, subject: str, reads: Sequence[Snapshot], /) -> Evidence:
        """Return a group's parts of the first share at both ends, and what they are parts of."""
        question, before, after = self.questions[0], reads[0], reads[-1]
        then, now = (asked(question, read).part(subject) for read in (before, after))
        return evidence_of(question, before, after, (then, now))

    def again(self, shift: Shift, /) -> Shift:
        """Return the Shift unchanged: a line that is crossed again is crossed."""
        return shift


def asked(question: ShareQuestion, snapshot: Snapshot) -> Share:
    """Return a share; ValueError where the Snapshot cannot say, which `covers` is to rule out."""
    share = snapshot.share(question)
    if share is None:
        raise ValueError(f"{snapshot.id} cannot measure the {question.head}{question.tail}")
    return share


def nothing_shared(who: str) -> Short:
    """Return why nobody crosses a line of a share that is of nothing."""
    return Short("", who, Lack.UNKNOWN, "there is nothing to share out")


def evidence_of(
    question: ShareQuestion, before: Snapshot, after: Snapshot, values: tuple[float, float]
) -> Evidence:
    """Return the evidence of two values that a share was made into, one of each Snapshot."""
    now = asked(question, after)
    return Evidence(
        metric=question.of.value,
        scope=after.listed_in(question.where),
        window=question.of.window,
        denominator=now.total,
        unknown=now.unknown,
        before=values[0],
        after=values[1],
        snapshots=(before.id, after.id),
        definition=question.definition(after.labs),
    )
