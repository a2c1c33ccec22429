"""Sees a model enter or leave the first N places of a board; `top 1` is first place."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from detectors.base import NEAREST, Lack, Short, whole
from detectors.board import BOARD_DEFINITION, Board
from detectors.board_reads import BoardReads
from detectors.described import current_id, described
from detectors.metric import Metric
from detectors.scope import Scope, ScopeKind
from detectors.shift import About, Event, Evidence, Facts, Severity, Shift, Status
from detectors.snapshot import Snapshot, instant

READS = (2, 3)


def default_leave(n: int) -> int:
    """Return the rank beyond which a model has left the top n: three places of ten further down.

    Measured on daily trending lists (definitions, "New entry"): a margin of 3 at n = 10.
    """
    return n + 3 * n // 10


@dataclass(frozen=True)
class TopEntry:
    """A model enters the first `n` places of a board, or leaves them.

    It has entered when it stands at rank <= n now and in `confirm` of the last `reads` reads, so
    that a visit of one read is not told. It has left when it stands beyond rank `leave`; where
    `leave` leaves no margin (first place), leaving is confirmed like entering. A model whose
    figure is unknown neither enters nor leaves.

    Prefer `share_threshold` for how many places a lab or a country holds.

    Source: two edges instead of one are O. H. Schmitt's, "A thermionic trigger", Journal of
    Scientific Instruments 15 (1938), 24-26; how far apart they are was measured, see
    `default_leave`.

    >>> from detectors.scope import ALL
    >>> print(TopEntry(Metric.TRENDING, ALL, 10))
    top 10 by trending in all
    >>> TopEntry(Metric.TRENDING, ALL, 10, leave=5)
    Traceback (most recent call last):
        ...
    ValueError: leave must be a whole number of at least 10, got 5
    """

    metric: Metric
    scope: Scope
    n: int
    leave: int = 0
    confirm: int = READS[0]
    reads: int = READS[1]
    name: ClassVar[str] = "top_entry"

    def __post_init__(self) -> None:
        whole("top N", self.n, 1)
        if self.leave == 0:
            object.__setattr__(self, "leave", default_leave(self.n))
        whole("leave", self.leave, self.n)
        whole("confirm", self.confirm, 1)
        whole("reads", self.reads, self.confirm)

    def __str__(self) -> str:
        line = f"top {self.n} by {self.metric.value} in {self.scope}"
        if self.leave != default_leave(self.n):
            line += f" leave {self.leave}"
        if (self.confirm, self.reads) != READS:
            line += f" confirm {self.confirm} of {self.reads}"
        return line

    @property
    def past(self) -> int:
        """The reads that confirm, and one more: the rank a model came from."""
        return self.reads

    def covers(self, snapshot: Snapshot, /) -> bool:
        """Whether the Snapshot can say who is in the top n."""
        return snapshot.reaches(self.metric, self.scope, self.n)

    def definition(self, snapshot: Snapshot, /) -> str:
        """Return the version of the board, with the lab table's where the scope needs it."""
        if self.scope.kind in {ScopeKind.LAB, ScopeKind.COUNTRY}:
            return f"{BOARD_DEFINITION} labs:{snapshot.labs.version}"
        return BOARD_DEFINITION

    def holding(self, snapshot: Snapshot, standing: Collection[str], /) -> Mapping[str, str]:
        """Return the models in the top n, and those that stood and have not left it."""
        board = self._board(snapshot)
        held = {}
        for rank, (ordinal, key) in enumerate(
            zip(board.ordinals[: self.leave].tolist(), board.ids, strict=False), start=1
        ):
            if rank <= self.n or str(ordinal) in standing:
                held[str(ordinal)] = key
        for subject in standing:
            if board.unplaced(int(subject)):
                held[subject] = current_id(int(subject), [snapshot])
        return held

    def detect(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Iterable[Shift]:
        """Yield who is in by confirmed reads, and who was near and is now out."""
        seen = self._seen([*past, before], after)
        for ordinal in seen.entered():
            # What stands is no news: most of a board, most of the time.
            waits = str(ordinal) not in standing
            if waits and seen.inside(ordinal, self.reads) >= self.confirm:
                yield self._shift(ordinal, Status.FIRING, seen)
        for ordinal in seen.left(standing):
            if self._gone(ordinal, seen):
                yield self._shift(ordinal, Status.RESOLVED, seen)

    def again(self, shift: Shift, /) -> Shift:
        """Return an entry as the re-entry it is."""
        if shift.facts.event is not Event.NEW:
            return shift
        # Who is back on a board has been told of; who is back in first place took it again.
        gravity = shift.severity if self.n == 1 else Severity.INFO
        return replace(shift, facts=replace(shift.facts, event=Event.RE_ENTRY), severity=gravity)

    @property
    def step(self) -> float:
        """The places a model must move to be told again: the rule's own margin, one at least."""
        return float(max(self.leave - self.n, 1))

    def evidence(self, subject: str, reads: Sequence[Snapshot], /) -> Evidence:
        """Return the ranks at both ends, and the board's size."""
        origin, after = reads[0], reads[-1]
        then, now = self._board(origin), self._board(after)
        return Evidence(
            metric=self.metric.value,
            scope=after.listed_in(str(self.scope)),
            window=self.metric.window,
            denominator=now.counted,
            unknown=0 if now.by_order else now.unknown,
            before=then.rank(int(subject)),
            after=now.rank(int(subject)),
            snapshots=(origin.id, after.id),
            definition=self.definition(after),
        )

    def short_of(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Sequence[Short]:
        """Return who waits for its confirmation, and who stands next below the line."""
        seen, found = self._seen([*past, before], after), []
        ranked = zip(seen.now.ordinals.tolist(), seen.now.ids, strict=False)
        for rank, (ordinal, key) in enumerate(ranked, start=1):
            if rank > self.n + NEAREST:
                break
            if str(ordinal) in standing:
                continue
            if rank > self.n:
                places = "one place" if rank - self.n == 1 else f"{rank - self.n} places"
                gap = f"#{rank}, {places} short of the top {self.n}"
                found.append(Short(str(ordinal), key, Lack.BELOW, gap))
                continue
            reads = seen.inside(ordinal, self.reads)
            if reads < self.confirm:
                wait = f"#{rank}, so in {reads} of the {self.confirm} reads that confirm an entry"
                found.append(Short(str(ordinal), key, Lack.UNCONFIRMED, wait))
        return found

    def _board(self, snapshot: Snapshot) -> Board:
        board = snapshot.board(self.metric, self.scope, self.leave)
        if board is None:
            raise ValueError(f"{snapshot.id} has no board of {self.metric.value} in {self.scope}")
        return board

    def _seen(self, earlier: Sequence[Snapshot], after: Snapshot) -> BoardReads:
        reads = [*earlier[-self.reads :], after]
        return BoardReads(reads, [self._board(read) for read in reads], self.n, self.leave)

    def _gone(self, ordinal: int, seen: BoardReads) -> bool:
        if self.leave > self.n or not len(seen.now):
            return True
        return seen.outside(ordinal, self.reads) >= self.confirm

    def _shift(self, ordinal: int, status: Status, seen: BoardReads) -> Shift:
        """Make the Shift, dated against the last read in which it was not so."""
        entering = status is Status.FIRING
        after, place = seen.reads[-1], seen.origin(ordinal, entering=entering)
        origin, then, now = seen.reads[place], seen.boards[place], seen.now
        rank_then, rank_now = then.rank(ordinal), now.rank(ordinal)
        since = seen.since(ordinal, place, entering=entering)
        return Shift(
            rule=str(self),
            detector=self.name,
            subject=str(ordinal),
            key=current_id(ordinal, reversed(seen.reads)),
            status=status,
            taken_at=after.taken_at,
            facts=Facts(
                Event.NEW if entering else Event.LEFT,
                before=rank_then,
                after=rank_now,
                rank=rank_now,
            ),
            evidence=self.evidence(str(ordinal), (origin, after)),
            about=described(ordinal, after, origin)
            | self._around(ordinal, status, then, now)
            | {"n": self.n, "since": instant(since.taken_at)},
            severity=self._gravity(entering=entering),
            size=0.0 if rank_now is None else float(max(self.n + 1 - rank_now, 0)),
        )

    def _gravity(self, *, entering: bool) -> Severity:
        """Return how grave it is by definition: first place changes hands, or a model leaves.

        Who has lost first place is told with who takes it. Where nobody has yet, a read later
        somebody will, and that is when it changed hands.
        """
        if not entering:
            return Severity.INFO
        return Severity.MAJOR if self.n == 1 else Severity.NOTABLE

    def _around(self, ordinal: int, status: Status, then: Board, now: Board) -> About:
        """Return how the board was ranked, and of first place who held it or holds it now."""
        about: About = {"order": "list" if now.by_order else "figures"}
        entering = status is Status.FIRING
        leader = tuple((then if entering else now).ids[:1])
        if self.n == 1 and leader and (then if entering else now).ordinals[0] != ordinal:
            about["leader_before" if entering else "leader_after"] = leader[0]
        return about
