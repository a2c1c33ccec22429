"""What look-ups, digest and detectors read of the store: notes, Snapshots and Shifts."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import msgspec

from detectors.counters import totals
from detectors.evaluate import RuleStanding
from detectors.metric import Kind, Metric
from detectors.share import By, Of
from detectors.shift import Shift
from detectors.snapshot import Snapshot
from detectors.verdict import Reason, Verdict


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a Snapshot without decoding it.

    `lists` gives the rows of each list that a metric ordered, `totals` the sums of the counters
    it speaks for, `digest` the content as it came in. A Note whose reason is not ADMITTED
    belongs to a Snapshot that is kept apart.
    """

    id: str
    stream: str
    kind: Kind
    taken_at: datetime
    rows: int
    reason: Reason
    detail: str = ""
    panel: str | None = None
    moved: bool = False
    lists: Mapping[Metric, int] = {}
    totals: Mapping[Metric, float] = {}
    digest: str = ""

    @classmethod
    def of(
        cls, snapshot: Snapshot, verdict: Verdict, *, digest: str = "", moved: bool = False
    ) -> "Note":
        """Return the Note of a Snapshot as it came in and was judged."""
        return cls(
            id=snapshot.id,
            stream=snapshot.stream,
            kind=snapshot.kind,
            panel=snapshot.panel,
            taken_at=snapshot.taken_at,
            rows=len(snapshot),
            reason=verdict.reason,
            detail=verdict.detail,
            moved=moved,
            lists={metric: len(rows) for metric, rows in snapshot.lists.items()},
            totals=totals(snapshot),
            digest=digest,
        )

    @property
    def admitted(self) -> bool:
        """Whether the Snapshot may be compared and read from."""
        return self.reason is Reason.ADMITTED


@dataclass(frozen=True)
class Asks:
    """The boards and shares that many Snapshots are read for, and no more of them than that."""

    boards: frozenset[Metric] = frozenset()
    shares: frozenset[tuple[Of, By]] = frozenset()

    def with_board(self, metric: Metric) -> "Asks":
        """Return what is asked together with the boards of a metric."""
        return replace(self, boards=self.boards | {metric})

    def with_share(self, of: Of, by: By) -> "Asks":
        """Return what is asked together with a share, in whatever scope."""
        return replace(self, shares=self.shares | {(of, by)})


@dataclass(frozen=True)
class Moment:
    """What a census said of a model. figures: those it knew; listed: whether it was there."""

    taken_at: datetime
    listed: bool
    figures: Mapping[Metric, float]


class Views(Protocol):
    """Read access to everything held; never a call to the Hub."""

    async def streams(self) -> Sequence[str]:
        """Return the names of the streams held, sorted."""

    async def notes(
        self, stream: str, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Note]:
        """Return the notes of a stream, withheld ones too, oldest first, both ends included."""

    async def snapshot(self, note: Note) -> Snapshot | None:
        """Return a Snapshot, or None where it is no longer held or its blocks are damaged.

        A census answers from its small tables where it has them; see Snapshot.
        """

    async def whole(self, note: Note) -> Snapshot | None:
        """Return a Snapshot with all its columns, or None as `snapshot` does."""

    async def series(self, notes: Sequence[Note], asks: Asks) -> Sequence[Snapshot | None]:
        """Return a Snapshot for each note that answers what is asked, None as `snapshot` does.

        Of a census little may have been read: what else it is asked it refuses with NotTabled.
        """

    def onward(self, notes: Sequence[Note]) -> AsyncIterator[Snapshot | None]:
        """Yield for each note, oldest first, its Snapshot with all its columns, None as `snapshot`.

        Each is read on from the one before it of its stream, so that many take far less than one
        by one; the last ones stay in memory until the end.
        """

    async def shifts(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Shift]:
        """Return Shifts by the time of their Snapshot, oldest first, both ends included."""

    async def history(
        self, ordinal: int, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Moment]:
        """Return what each admitted census said of a model, oldest first, both ends included."""

    async def standing(self) -> Mapping[str, RuleStanding]:
        """Return, by its name, how each rule stands that was ever looked at."""
