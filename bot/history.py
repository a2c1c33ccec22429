"""What is remembered of each stream between looks, so that a look reads little of the store."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.views import Note, Views
from detectors.base import Detector
from detectors.counters import FROZEN_AFTER, TOTALS_OVER
from detectors.health import AGREEING
from detectors.metric import Kind, Metric
from detectors.snapshot import Snapshot
from detectors.spaced import Spaced, apart
from detectors.verdict import Basis

# Beyond the 15 days of totals, in case looks were far apart: the last of each list may be older.
_REMEMBERED = timedelta(days=45)


@dataclass(frozen=True)
class Reach:
    """What rules want to look back on, for each list that Snapshots come in.

    `reads` is how many of the latest; `apart` how many beside them that lie a span apart, by the
    length of the span.
    """

    reads: int
    apart: Mapping[timedelta, int]

    @classmethod
    def of(cls, rules: Iterable[Detector]) -> "Reach":
        """Return what it takes to serve every one of the rules."""
        near, far = 1, dict[timedelta, int]()
        for rule in rules:
            if isinstance(rule, Spaced):
                far[rule.spacing] = max(far.get(rule.spacing, 0), rule.past)
            else:
                near = max(near, rule.past)
        return cls(near, far)


@dataclass
class History:
    """The notes and the latest Snapshots of one stream, oldest first.

    Few of them are held with all their columns: those that a new one is measured against. What
    rules look back on beyond the last is answered from small tables.
    """

    views: Views
    stream: str
    reach: Reach
    notes: list[Note] = field(default_factory=list)
    _held: dict[str, Snapshot] = field(default_factory=dict)
    _tables: dict[str, Snapshot] = field(default_factory=dict)

    @classmethod
    async def load(
        cls, views: Views, stream: str, reach: Reach, until: datetime | None = None
    ) -> "History":
        """Read what the store holds of a stream, up to a time if one is given."""
        return cls(views, stream, reach, list(await views.notes(stream, None, until)))

    def before(self, note: Note) -> "History":
        """Return what there was before a Snapshot, of which nothing is in memory."""
        notes = [each for each in self.notes if each.taken_at < note.taken_at]
        return History(self.views, self.stream, self.reach, notes)

    def add(self, note: Note, snapshot: Snapshot) -> None:
        """Remember a Snapshot that was just committed, and forget what no look needs."""
        self.notes.append(note)
        self._held[note.id] = snapshot
        latest, withheld = self._latest(self.reach), self.withheld()[1 - AGREEING :]
        wanted = {each.id for each in (*latest, *withheld)}
        self._tables = {name: held for name, held in self._tables.items() if name in wanted}
        whole = {each.id for each in latest[-1:] + withheld}
        whole |= {each.id for each in latest if each.kind is Kind.PULSE}
        self._held = {name: held for name, held in self._held.items() if name in whole & wanted}
        horizon = note.taken_at - _REMEMBERED
        if len(self.notes) > 1 and self.notes[0].taken_at < horizon:
            recent = [each for each in self.notes if each.taken_at >= horizon]
            older = [each for each in self._latest(self.reach) if each.taken_at < horizon]
            self.notes = older + recent

    def held(self, name: str) -> Snapshot | None:
        """Return a Snapshot by its id if it is in memory with all its columns."""
        return self._held.get(name)

    @property
    def last(self) -> Note | None:
        """The note of the latest Snapshot, withheld or not."""
        return self.notes[-1] if self.notes else None

    @property
    def last_good(self) -> Note | None:
        """The note of the latest admitted Snapshot."""
        return next((note for note in reversed(self.notes) if note.admitted), None)

    def withheld(self) -> list[Note]:
        """Return the notes of the Snapshots withheld since the last admitted one."""
        found: list[Note] = []
        for note in reversed(self.notes):
            if note.admitted:
                break
            found.append(note)
        return found[::-1]

    def last_move(self, after: datetime) -> tuple[Note | None, Note | None]:
        """Return the last admitted note before the baseline moved, and that of the move.

        None for both where it did not move lately.
        """
        admitted = [note for note in self.notes if note.admitted]
        moves = [at for at, note in enumerate(admitted) if note.moved]
        if not moves or not moves[-1] or admitted[moves[-1]].taken_at <= after - TOTALS_OVER:
            return None, None
        return admitted[moves[-1] - 1], admitted[moves[-1]]

    async def past(self, *, whole: Reach | None = None) -> list[Snapshot]:
        """Return the admitted Snapshots that rules may want to compare with, oldest first.

        Of the last that can be read all columns are there; of the others only as far as they are
        wanted `whole`, or where models of a panel have to be told apart from the panel's growth.
        One whose columns are wanted and damaged is left out.
        """
        latest = self._latest(self.reach)
        wide = self.reach if ":" in self.stream else whole
        names = {note.id for note in (self._latest(wide) if wide else ())}
        for note in reversed(latest):
            names.add(note.id)
            if await self.snapshot(note) is not None:
                break
        found = [
            await (self.snapshot(note) if note.id in names else self._small(note))
            for note in latest
        ]
        return [snapshot for snapshot in found if snapshot is not None]

    async def basis(self, after: Snapshot) -> Basis:
        """Return what a new Snapshot is measured against."""
        admitted = [note for note in self.notes if note.admitted]
        lists = {}
        for metric in after.lists:
            note = _last_with(admitted, metric)
            snapshot = await self.snapshot(note) if note else None
            if snapshot is not None:
                lists[metric] = snapshot
        counts = Metric.DOWNLOADS in after.lists or after.kind is Kind.CENSUS
        before = [note for note in admitted if note.taken_at <= after.taken_at - FROZEN_AFTER]
        spoken = [note for note in before if Metric.DOWNLOADS in note.totals]
        # Where the baseline moved, the totals before it are another level's.
        level = max((at for at, note in enumerate(admitted) if note.moved), default=0)
        recent = [note for note in admitted[level:] if note.taken_at > after.taken_at - TOTALS_OVER]
        return Basis(
            last=await self.snapshot(admitted[-1]) if admitted else None,
            lists=lists,
            older=await self.snapshot(spoken[-1]) if spoken and counts else None,
            totals={
                metric: [note.totals[metric] for note in recent if metric in note.totals]
                for metric in Metric
            },
        )

    async def snapshot(self, note: Note) -> Snapshot | None:
        """Return a Snapshot with its columns, from memory, else from the store."""
        if note.id not in self._held:
            snapshot = await self.views.whole(note)
            if snapshot is None:
                return None
            self._held[note.id] = snapshot
        return self._held[note.id]

    async def _small(self, note: Note) -> Snapshot | None:
        """Return a Snapshot as it is at hand: whole, or as its tables tell it."""
        if note.id in self._held:
            return self._held[note.id]
        if note.id not in self._tables:
            snapshot = await self.views.snapshot(note)
            if snapshot is None:
                return None
            self._tables[note.id] = snapshot
        return self._tables[note.id]

    def _latest(self, reach: Reach) -> list[Note]:
        """Return the admitted notes that some rules reach back to, oldest first."""
        by_list: dict[Metric | None, list[Note]] = {}
        for note in self.notes:
            lists: Sequence[Metric | None] = list(note.lists) or [None]
            for by in lists if note.admitted else ():
                by_list.setdefault(by, []).append(note)
        chosen: set[str] = set()
        for notes in by_list.values():
            chosen |= {note.id for note in notes[-reach.reads :]}
            for spacing, count in reach.apart.items():
                far = apart(notes, spacing, lambda note: note.taken_at)
                chosen |= {note.id for note in far[-count:]}
        return [note for note in self.notes if note.id in chosen]


def _last_with(notes: Sequence[Note], metric: Metric) -> Note | None:
    for note in reversed(notes):
        if metric in note.lists:
            return note
    return None
