"""One rule on its way through history: the evaluate and judge of live looks, look after look."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.backtest.lines import line_of, values_of
from bot.history import Reach
from bot.views import Note
from detectors.asked import OnShares
from detectors.base import Detector
from detectors.evaluate import Standing, evaluate
from detectors.judge import Beside, judge
from detectors.shift import Shift, Status
from detectors.snapshot import Snapshot
from detectors.spaced import apart

# Reads that a small picture shows, the one that fired included.
PICTURED = 24
# Reads that are held beyond those wanted, so that few looks have to tell them apart.
_SPARE = 4


@dataclass(frozen=True)
class Fired:
    """A firing, and the values of its subject up to it, oldest first; None where it had none."""

    shift: Shift
    values: tuple[float | None, ...] = ()


@dataclass
class Course:
    """What a rule says, look after look, as if it alone had been watched from the first on.

    It is judged by what it has said itself: that another rule explains a Shift or tells the same
    cause is not known here. `looks` are the notes that spoke for the rule, `moved` to a new
    baseline included. `later` is whether pictures are drawn afterwards, off reads that are read
    again: where those are whole, all that a picture shows are too large to be held.
    """

    rule: Detector
    pictured: bool = False
    later: bool = False
    looks: list[Note] = field(default_factory=list)
    fired: list[Fired] = field(default_factory=list)
    ended: list[Shift] = field(default_factory=list)
    _standing: Standing = field(default_factory=dict)
    _past: dict[str, list[Snapshot]] = field(default_factory=dict)
    _reach: Reach = field(init=False)
    # Of each stream the last reads that were looked at, and of each firing those up to it.
    _names: dict[str, deque[str]] = field(default_factory=dict)
    _windows: list[tuple[str, ...]] = field(default_factory=list)
    # Of the last reads what stays of each when others have come after it.
    _small: dict[str, Snapshot] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._reach = Reach.of([self.rule])
        self.pictured = self.pictured and line_of(self.rule) is not None

    @property
    def _near(self) -> int:
        """How many of the last reads are wanted, whenever they were taken."""
        return max(self._reach.reads, PICTURED if self.pictured and not self.later else 1)

    @property
    def _most(self) -> int:
        """How many reads are held before those that are wanted are told apart."""
        return sum(self._reach.apart.values(), self._near) + (0 if self.later else _SPARE)

    def look(
        self,
        note: Note,
        snapshot: Snapshot,
        trouble: Mapping[str, str],
        small: Snapshot | None = None,
    ) -> None:
        """Look at the next admitted Snapshot, whichever stream it is of.

        small: the same as its tables have it, which is what stays of it for looks far back.

        Raises:
            NotTabled: the Snapshot holds too little; the course cannot go on.
        """
        if not self.rule.covers(snapshot):
            return
        past = self._past.setdefault(note.stream, [])
        news, standing = evaluate([self.rule], past, snapshot, self._standing, quiet=note.moved)
        judged, self._standing = judge([self.rule], news, standing, Beside(snapshot, past, trouble))
        self.looks.append(note)
        past.append(snapshot)
        if small is not None and isinstance(self.rule, OnShares):
            self._small[snapshot.id] = small.told(self.rule.questions, by=snapshot)
        names = self._names.setdefault(note.stream, deque(maxlen=PICTURED))
        names.append(note.id)
        for shift in judged:
            if shift.status is Status.FIRING:
                self.fired.append(Fired(shift, self._values(shift, past)))
                self._windows.append(tuple(names) if self.pictured and self.later else ())
            else:
                self.ended.append(shift)
        self._past[note.stream] = self._kept(past)

    @property
    def undrawn(self) -> Iterator[str]:
        """The ids of the reads that pictures are still to be drawn of."""
        for window in self._windows:
            yield from window

    def draw(self, snapshot: Snapshot) -> None:
        """Add a read to the pictures of the firings it led up to; reads come oldest first."""
        for at, window in enumerate(self._windows):
            if snapshot.id in window:
                fired = self.fired[at]
                values = values_of(self.rule, fired.shift.subject, [snapshot])
                self.fired[at] = replace(fired, values=(*fired.values, *values))

    def _values(self, shift: Shift, past: list[Snapshot]) -> tuple[float | None, ...]:
        if not self.pictured or self.later:
            return ()
        return tuple(values_of(self.rule, shift.subject, past[-PICTURED:]))

    def _kept(self, past: list[Snapshot]) -> list[Snapshot]:
        """Return the reads that the looks to come may be compared with or pictured by."""
        wanted = past[-self._near :]
        past = [self._small.pop(read.id, read) for read in past[: -self._near]] + wanted
        if len(past) <= self._most:
            return past
        for spacing, count in self._reach.apart.items():
            wanted += apart(past, spacing, lambda read: read.taken_at)[-count - 1 :]
        names = {read.id for read in wanted}
        return [read for read in past if read.id in names]
