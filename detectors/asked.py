"""What all detectors built on shares have in common: a share that must be there, its evidence."""

from typing import Protocol, runtime_checkable

from detectors.share import Share, ShareQuestion
from detectors.shift import Evidence
from detectors.snapshot import Snapshot


@runtime_checkable
class Measured(Protocol):
    """A detector that is measured on shares, and says on which."""

    @property
    def questions(self) -> tuple[ShareQuestion, ...]:
        """The shares it asks every Snapshot for."""


def asked(question: ShareQuestion, snapshot: Snapshot) -> Share:
    """Return a share; ValueError where the Snapshot cannot say, which `covers` is to rule out."""
    share = snapshot.share(question)
    if share is None:
        raise ValueError(f"{snapshot.id} cannot measure the {question.head}{question.tail}")
    return share


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
