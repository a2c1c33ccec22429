"""One rule on its way through history: the evaluate and judge of live looks, look after look."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.backtest.lines import line_of, values_of
from bot.history import Reach
from bot.views import Note
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
    baseline included.
    """

    rule: Detector
    pictured: bool = False
    looks: list[Note] = field(default_factory=list)
    fired: list[Fired] = field(default_factory=list)
    ended: list[Shift] = field(default_factory=list)
    _standing: Standing = field(default_factory=dict)
    _past: dict[str, list[Snapshot]] = field(default_factory=dict)
    _reach: Reach = field(init=False)
    _most: int = field(init=False)

    def __post_init__(self) -> None:
        self._reach = Reach.of([self.rule])
        self.pictured = self.pictured and line_of(self.rule) is not None
        self._most = _SPARE + sum(self._reach.apart.values(), self._near)

    @property
    def _near(self) -> int:
        """How many of the last reads are wanted, whenever they were taken."""
        return max(self._reach.reads, PICTURED if self.pictured else 1)

    def look(self, note: Note, snapshot: Snapshot, trouble: Mapping[str, str]) -> None:
        """Look at the next admitted Snapshot, whichever stream it is of.

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
        for shift in judged:
            if shift.status is Status.FIRING:
                self.fired.append(Fired(shift, self._values(shift, past)))
            else:
                self.ended.append(shift)
        self._past[note.stream] = self._kept(past)

    def _values(self, shift: Shift, past: list[Snapshot]) -> tuple[float | None, ...]:
        if not self.pictured:
            return ()
        return tuple(values_of(self.rule, shift.subject, past[-PICTURED:]))

    def _kept(self, past: list[Snapshot]) -> list[Snapshot]:
        """Return the reads that the looks to come may be compared with or pictured by."""
        if len(past) <= self._most:
            return past
        wanted = past[-self._near :]
        for spacing, count in self._reach.apart.items():
            wanted += apart(past, spacing, lambda read: read.taken_at)[-count - 1 :]
        names = {read.id for read in wanted}
        return [read for read in past if read.id in names]
