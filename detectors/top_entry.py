"""Sees a model enter or leave the first N places of a board; `top 1` is first place."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar

from detectors.base import Lack, Short, whole
from detectors.board import BOARD_DEFINITION, Board
from detectors.columns import NEVER, UNKNOWN
from detectors.metric import Metric
from detectors.scope import Scope, ScopeKind
from detectors.shift import Event, Evidence, Facts, Severity, Shift, Status
from detectors.snapshot import Snapshot, instant

READS = (2, 3)

# How many of those below the line are named when it is asked who came near.
_NEXT = 3

About = dict[str, str | float | None]


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
                held[subject] = _current_id(int(subject), [snapshot])
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
        earlier = [*past, before][-self.reads :]
        window = [self._board(read) for read in earlier[1 - self.reads or len(earlier) :]]
        now = self._board(after)
        for ordinal in now.ordinals[: self.n].tolist():
            if str(ordinal) in standing:
                # It is no news: most of a board, most of the time.
                continue
            if 1 + sum(self._inside(board, ordinal) for board in window) >= self.confirm:
                yield self._shift(ordinal, Status.FIRING, earlier, after)
        near = {
            ordinal
            for read in earlier
            for ordinal in self._board(read).ordinals[: self.leave].tolist()
        }
        for read in earlier:
            # Whose figure was unknown stood on; now that it is known it may have left meanwhile.
            near |= {int(each) for each in standing if self._board(read).unplaced(int(each))}
        for ordinal in sorted(near):
            if self._gone(ordinal, now, window):
                yield self._shift(ordinal, Status.RESOLVED, earlier, after)

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
        earlier = [*past, before][-self.reads :]
        window = [self._board(read) for read in earlier[1 - self.reads or len(earlier) :]]
        now, found = self._board(after), []
        ranked = zip(now.ordinals.tolist(), now.ids, strict=False)
        for rank, (ordinal, key) in enumerate(ranked, start=1):
            if rank > self.n + _NEXT:
                break
            if str(ordinal) in standing:
                continue
            if rank > self.n:
                places = "one place" if rank - self.n == 1 else f"{rank - self.n} places"
                gap = f"#{rank}, {places} short of the top {self.n}"
                found.append(Short(str(ordinal), key, Lack.BELOW, gap))
                continue
            seen = 1 + sum(self._inside(board, ordinal) for board in window)
            if seen < self.confirm:
                wait = f"#{rank}, so in {seen} of the {self.confirm} reads that confirm an entry"
                found.append(Short(str(ordinal), key, Lack.UNCONFIRMED, wait))
        return found

    def _board(self, snapshot: Snapshot) -> Board:
        board = snapshot.board(self.metric, self.scope, self.leave)
        if board is None:
            raise ValueError(f"{snapshot.id} has no board of {self.metric.value} in {self.scope}")
        return board

    def _inside(self, board: Board, ordinal: int) -> bool:
        rank = board.rank(ordinal)
        return rank is not None and rank <= self.n

    def _out(self, board: Board, ordinal: int) -> bool:
        rank = board.rank(ordinal)
        return not board.unplaced(ordinal) and (rank is None or rank > self.leave)

    def _gone(self, ordinal: int, now: Board, window: Sequence[Board]) -> bool:
        if not self._out(now, ordinal):
            return False
        if self.leave > self.n or not len(now):
            return True
        return 1 + sum(self._out(board, ordinal) for board in window) >= self.confirm

    def _shift(
        self, ordinal: int, status: Status, earlier: Sequence[Snapshot], after: Snapshot
    ) -> Shift:
        """Make the Shift, dated against the last read in which it was not so."""
        entering = status is Status.FIRING
        origin = earlier[0]
        for read in reversed(earlier):
            if self._inside(self._board(read), ordinal) != entering:
                origin = read
                break
        then, now = self._board(origin), self._board(after)
        rank_then, rank_now = then.rank(ordinal), now.rank(ordinal)
        return Shift(
            rule=str(self),
            detector=self.name,
            subject=str(ordinal),
            key=_current_id(ordinal, [after, *reversed(earlier)]),
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
            | {"n": self.n, "since": self._since(ordinal, status, origin, [*earlier, after])},
            severity=self._gravity(entering=entering),
            size=0.0 if rank_now is None else float(max(self.n + 1 - rank_now, 0)),
        )

    def _gravity(self, *, entering: bool) -> Severity:
        """Return how grave it is by definition: first place changes hands, or a model leaves."""
        if self.n == 1:
            return Severity.MAJOR if entering else Severity.NOTABLE
        return Severity.NOTABLE if entering else Severity.INFO

    def _since(
        self, ordinal: int, status: Status, origin: Snapshot, reads: Sequence[Snapshot]
    ) -> str:
        """Return when it was first seen so: at the read after the last in which it was not."""
        for read in reads:
            inside = self._inside(self._board(read), ordinal)
            if read.taken_at > origin.taken_at and inside == (status is Status.FIRING):
                return instant(read.taken_at)
        return instant(reads[-1].taken_at)

    def _around(self, ordinal: int, status: Status, then: Board, now: Board) -> About:
        """Return how the board was ranked, and of first place who held it or holds it now."""
        about: About = {"order": "list" if now.by_order else "figures"}
        entering = status is Status.FIRING
        leader = tuple((then if entering else now).ids[:1])
        if self.n == 1 and leader and (then if entering else now).ordinals[0] != ordinal:
            about["leader_before" if entering else "leader_after"] = leader[0]
        return about


def described(ordinal: int, *snapshots: Snapshot) -> About:
    """Return what a reader wants to know of a model, from the first Snapshot that lists it."""
    for snapshot in snapshots:
        row = snapshot.columns.row(ordinal)
        if row is None:
            continue
        columns = snapshot.columns
        space = columns.namespace.at(row)
        about: About = {
            "lab": snapshot.labs.lab_of(space, snapshot.taken_at),
            "country": snapshot.labs.country_of(space, snapshot.taken_at),
            "task": columns.pipeline_tag.at(row),
            "license": columns.license.at(row),
        }
        for metric, figures in columns.figures.items():
            about[metric.value] = None if figures[row] == UNKNOWN else float(figures[row])
        if columns.created_at[row] != NEVER:
            created = int(columns.created_at[row])
            about["created_at"] = instant(datetime.fromtimestamp(created, UTC))
        return {name: value for name, value in about.items() if value is not None}
    return {}


def _current_id(ordinal: int, snapshots: Iterable[Snapshot]) -> str:
    for snapshot in snapshots:
        row = snapshot.columns.row(ordinal)
        if row is not None:
            return snapshot.columns.ids[row]
    raise ValueError(f"ordinal {ordinal} is in none of the snapshots compared")
