"""A Hub in memory for tests: Snapshots from short tables, and Views that hold them.

    world = World()
    world.pulse(day(1), [("Qwen/Qwen3-8B", {"likes": 900}), ("zai-org/GLM-5", {})])
    world.pulse(day(2), [("zai-org/GLM-5", {}), ("Qwen/Qwen3-8B", {})])
    answer = await answer("top 2", world.views, world.labs, day(2))

A model is its id, or (id, fields); fields bear the names of ListedModel (`downloads`, `likes`,
`trending_score`, `created_at`, `pipeline_tag`, `tags`, …), and a field left out is unknown. In a
pulse the order given is the Hub's list order. Every Snapshot goes through `bot.intake` and, with
`rules`, through `evaluate`, so that the Shifts held are what the detectors saw.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot.hub.port import Listing, Reading
from bot.hub.records import ListedModel
from bot.intake import snapshot_of
from bot.ledger import Ledger
from bot.rules import parse_rule
from bot.views import Asks, Moment, Note
from detectors.base import Detector
from detectors.columns import UNKNOWN
from detectors.evaluate import Standing, evaluate
from detectors.judge import Beside, judge
from detectors.labs import Labs, parse_labs
from detectors.metric import Kind, Metric
from detectors.shift import Shift
from detectors.snapshot import Snapshot
from detectors.verdict import Reason, Verdict

LABS = Path(__file__).parent.parent / "detectors" / "labs.toml"
START = datetime(2026, 1, 1, tzinfo=UTC)

Row = str | tuple[str, Mapping[str, Any]]


@cache
def labs() -> Labs:
    """Return the lab table as it is shipped."""
    return parse_labs(LABS.read_text(encoding="utf-8"))


def day(number: int, hour: int = 0) -> datetime:
    """Return an instant of January 2026 (day 32 is the first of February)."""
    return START + timedelta(days=number - 1, hours=hour)


def models(*rows: Row) -> tuple[ListedModel, ...]:
    """Return rows of a table as the Hub lists them."""
    pairs = [(row, {}) if isinstance(row, str) else row for row in rows]
    return tuple(ListedModel(id=name, **fields) for name, fields in pairs)


@dataclass
class MemoryViews:
    """Views in memory; what it holds can be added to at any time."""

    held: list[tuple[Note, Snapshot | None]] = field(default_factory=list)
    told: list[Shift] = field(default_factory=list)
    stands: Standing = field(default_factory=dict)

    async def streams(self) -> Sequence[str]:
        """Return the names of the streams held, sorted."""
        return sorted({note.stream for note, _ in self.held})

    async def notes(
        self, stream: str, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Note]:
        """Return the notes of a stream, oldest first."""
        found = [note for note, _ in self.held if note.stream == stream]
        return sorted(
            (note for note in found if _within(note.taken_at, since, until)),
            key=lambda note: note.taken_at,
        )

    async def snapshot(self, note: Note) -> Snapshot | None:
        """Return a Snapshot, or None where it is not held."""
        return next((snapshot for each, snapshot in self.held if each.id == note.id), None)

    async def whole(self, note: Note) -> Snapshot | None:
        """Return a Snapshot with all its columns, or None where it is not held."""
        return await self.snapshot(note)

    async def series(self, notes: Sequence[Note], asks: Asks) -> Sequence[Snapshot | None]:
        """Return a Snapshot for each note, whatever is asked."""
        del asks
        return [await self.snapshot(note) for note in notes]

    async def onward(self, notes: Sequence[Note]) -> AsyncIterator[Snapshot | None]:
        """Yield a Snapshot for each note, with all its columns."""
        for note in notes:
            yield await self.whole(note)

    async def shifts(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Shift]:
        """Return Shifts by time, oldest first."""
        found = [shift for shift in self.told if _within(shift.taken_at, since, until)]
        return sorted(found, key=lambda shift: shift.taken_at)

    async def history(
        self, ordinal: int, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Moment]:
        """Return what each admitted census said of a model."""
        found = []
        for note in await self.notes("census", since, until):
            snapshot = await self.whole(note) if note.admitted else None
            if snapshot is None:
                continue
            row = snapshot.columns.row(ordinal)
            listed = row is not None and bool(snapshot.columns.present[row])
            figures = {
                metric: float(values[row])
                for metric, values in snapshot.columns.figures.items()
                if listed and values[row] != UNKNOWN
            }
            found.append(Moment(note.taken_at, listed, figures))
        return found

    async def standing(self) -> Standing:
        """Return how each rule stands."""
        return self.stands


@dataclass
class World:
    """A Hub that is looked at again and again. `rules` are lines as a person writes them."""

    rules: Sequence[str] = ()
    labs: Labs = field(default_factory=labs)
    views: MemoryViews = field(default_factory=MemoryViews)
    _ledger: Ledger = field(init=False)
    _detectors: list[Detector] = field(init=False)
    _past: dict[str, list[Snapshot]] = field(default_factory=dict)
    _standing: Standing = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ledger = Ledger(self.labs)
        self._detectors = [parse_rule(line, self.labs) for line in self.rules]

    def pulse(self, at: datetime, rows: Sequence[Row], by: Metric = Metric.TRENDING) -> list[Shift]:
        """Look at one list in the Hub's order, and return the Shifts it tells."""
        return self.look(at, Kind.PULSE, {by: rows})

    def census(self, at: datetime, rows: Sequence[Row], panel: str | None = None) -> list[Shift]:
        """Look at every model, or at those of a panel, and return the Shifts it tells."""
        return self.look(at, Kind.CENSUS, {None: rows}, panel)

    def look(
        self,
        at: datetime,
        kind: Kind,
        lists: Mapping[Metric | None, Sequence[Row]],
        panel: str | None = None,
    ) -> list[Shift]:
        """Look at one or more lists at once, and return the Shifts, those held back too."""
        snapshot = self.snapshot(at, kind, lists, panel)
        past = self._past.setdefault(snapshot.stream, [])
        news, self._standing = evaluate(self._detectors, past[-4:], snapshot, self._standing)
        beside = Beside(snapshot, past[-4:])
        news, self._standing = judge(self._detectors, news, self._standing, beside)
        past.append(snapshot)
        self.views.held.append((Note.of(snapshot, Verdict(Reason.ADMITTED)), snapshot))
        self.views.told += news
        self.views.stands = self._standing
        return news

    def snapshot(
        self,
        at: datetime,
        kind: Kind,
        lists: Mapping[Metric | None, Sequence[Row]],
        panel: str | None = None,
    ) -> Snapshot:
        """Build a Snapshot without looking at it: nothing is held or told."""
        listings = tuple(Listing(by, models(*rows)) for by, rows in lists.items())
        return snapshot_of(Reading(at, kind, listings, panel), self._ledger)[0]

    def withhold(self, at: datetime, reason: Reason, detail: str, rows: int = 0) -> Note:
        """Hold the note of a pulse that was kept apart."""
        note = Note(
            id=f"pulse@{at:%Y-%m-%dT%H:%M:%S}Z",
            stream="pulse",
            kind=Kind.PULSE,
            taken_at=at,
            rows=rows,
            reason=reason,
            detail=detail,
        )
        self.views.held.append((note, None))
        return note


def _within(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or since <= at) and (until is None or at <= until)
