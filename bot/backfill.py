"""Published Hub statistics taken in as the past: kept and compared, told to nobody."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from bot.hub.port import Head, Reading
from bot.hub.progress import Steps
from bot.hub.tables import Table
from bot.replay import Tally
from bot.retention import Retention
from bot.store.store import Store
from bot.views import Note
from bot.watch import Watch
from bot.wording import plural
from detectors.metric import Kind
from detectors.snapshot import instant, stream_of
from detectors.verdict import Reason

# Each row is read once and once compared and stored, which takes about as long.
PASSES = 2
# Of this many damaged notes the closing line names the keys; `hubshift doctor` names all.
_NAMED = 3


async def backfill(
    tables: Sequence[Table],
    watch: Watch,
    steps: Steps | None = None,
    retention: Retention | None = None,
) -> Tally:
    """Look at each table, oldest first; one that is held already is not read again.

    One that is from before what is held is put in there, if by the `retention` it stays; one of a
    time whose note is damaged is passed over. Every look is committed whole, so a run that was
    ended anywhere is gone on with by the next. `steps` are told of PASSES times the rows of all
    tables.

    Raises:
        OutOfOrder: another snapshot of the same time is held; nothing was taken in.
        TableError: a file is damaged; those before it are kept.
        StoreError: the store refused; the looks before are kept.
    """
    damaged = await _damaged(tables, watch.store)
    sound = [table for table in tables if _name(table) not in damaged]
    await watch.accept([await asyncio.to_thread(_head, table) for table in sound])
    tally = Tally(damaged=[*damaged.values()])
    over = frozenset[str]() if retention is None else await _over(tables, watch.store, retention)
    for number, table in enumerate(tables, 1):
        which = f"{_day(table.taken_at)}, {number:,} of {len(tables):,}"
        if _name(table) in damaged:
            _said(steps, f"{which}: passed over, its note is damaged", rows=PASSES * table.rows)
            continue
        if await watch.held(table.head) is not None:
            tally.held_already += 1
            _said(steps, f"{which}: held already", rows=PASSES * table.rows)
            continue
        if _name(table) in over:
            tally.passed_over += 1
            _said(
                steps, f"{which}: passed over, of its age others are kept", rows=PASSES * table.rows
            )
            continue
        outcome = await watch.look(await _read(table, which, steps, tally))
        tally.last = outcome.note
        tally.snapshots += 1
        tally.belated += outcome.belated
        tally.repeated += outcome.repeated
        tally.shifts += len(outcome.shifts)
        became = f"{outcome.note.rows:,} models"
        if not outcome.note.admitted:
            tally.withheld[outcome.note.reason.value] += 1
            became += f", withheld: {outcome.note.reason.value}"
        _said(steps, f"{which}: {became}", rows=table.rows)
    return tally


async def _damaged(tables: Sequence[Table], store: Store) -> dict[str, str]:
    """Return, by the name of its table, what is wrong with the note of each day that is held."""
    found = {}
    for table in tables:
        stream = stream_of(Kind.CENSUS, table.panel)
        for wrong in await store.noted.damaged(stream, table.taken_at):
            found[_name(table)] = wrong
    return found


async def _over(tables: Sequence[Table], store: Store, retention: Retention) -> frozenset[str]:
    """Return the names of tables that would be dropped as soon as what is held is thinned.

    Those that are later than all that is held are not among them: they move the ages.
    """
    held = [note for stream in await store.streams() for note in await store.notes(stream)]
    names = {note.id for note in held}
    last = max((note.taken_at for note in held if note.kind is Kind.CENSUS), default=None)
    new = [_expected(table) for table in tables if _name(table) not in names]
    dropped = retention.dropped([*held, *new])
    return frozenset(
        note.id for note in new if last is not None and note.taken_at < last and note.id in dropped
    )


def _expected(table: Table) -> Note:
    return Note(
        id=_name(table),
        stream=stream_of(Kind.CENSUS, table.panel),
        kind=Kind.CENSUS,
        panel=table.panel,
        taken_at=table.taken_at,
        rows=table.rows,
        reason=Reason.ADMITTED,
    )


def _name(table: Table) -> str:
    """Return the id that the snapshot of a table will have."""
    return f"{stream_of(Kind.CENSUS, table.panel)}@{instant(table.taken_at)}"


async def _read(table: Table, which: str, steps: Steps | None, tally: Tally) -> Reading:
    if steps is not None:
        # As wide as the other, so that the bar stands still.
        steps.begin(f"{which}, reading  ")
    reading = await asyncio.to_thread(table.reading, steps)
    tally.left_out += reading.odd
    if steps is not None:
        steps.begin(f"{which}, comparing")
    return reading


def sentence(tables: Sequence[Table], tally: Tally) -> str:
    """Return the closing line of an import."""
    first, last = _day(tables[0].taken_at), _day(tables[-1].taken_at)
    days = f"{len(tables):,} days, {first} to {last}" if len(tables) > 1 else f"1 day, {first}"
    line = f"{days}: {tally.snapshots:,} taken in, {tally.held_already:,} held already"
    if tally.passed_over:
        line += (
            f"; {tally.passed_over:,} passed over, since of that age another of their day or week "
            "is kept (HUBSHIFT_KEEP_ALL, HUBSHIFT_KEEP_DAILY)"
        )
    if tally.damaged:
        line += _said_of(tally.damaged)
    if tally.belated:
        are, them = ("is", "it") if tally.belated == 1 else ("are", "them")
        line += (
            f"; {tally.belated:,} of those taken in {are} from before a day that was held, and no "
            f"rule was asked about {them} (`hubshift backtest RULE` asks)"
        )
    if tally.left_out:
        without = plural(
            tally.left_out, "row without an id was", "rows without an id were", whole=True
        )
        line += f"; {without} left out"
    line += tally.counted_once()
    if tally.withheld:
        reasons = ", ".join(f"{count:,} {why}" for why, count in tally.withheld.most_common())
        line += f"; {tally.withheld.total():,} withheld from comparison ({reasons})"
    return f"{line}; {plural(tally.shifts, 'shift')} seen and told to nobody."


def _said_of(damaged: Sequence[str]) -> str:
    """Say that days were passed over, and why of the first few."""
    held, them = ("its note", "it") if len(damaged) == 1 else ("their notes", "them")
    more = len(damaged) - _NAMED
    others = f", and of {more:,} more" if more > 0 else ""
    return (
        f"; {len(damaged):,} passed over, held already but counted as missing, since {held} cannot "
        f"be read ({', '.join(damaged[:_NAMED])}{others}): only a backup brings {them} back"
    )


def _said(steps: Steps | None, what: str, *, rows: int) -> None:
    if steps is not None:
        steps.advance(rows)
        steps.end(what)


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _head(table: Table) -> Head:
    return table.head
