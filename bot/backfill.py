"""Published Hub statistics taken in as the past: kept and compared, told to nobody."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from bot.hub.port import Head, Reading
from bot.hub.progress import Steps
from bot.hub.tables import Table
from bot.replay import Tally
from bot.watch import Watch
from bot.wording import plural

# Each row is read once and once compared and stored, which takes about as long.
PASSES = 2


async def backfill(tables: Sequence[Table], watch: Watch, steps: Steps | None = None) -> Tally:
    """Look at each table, oldest first; one that is held already is not read again.

    Every look is committed whole, so a run that was ended anywhere is gone on with by the next.
    `steps` are told of PASSES times the rows of all tables.

    Raises:
        OutOfOrder: a later snapshot is held; nothing was taken in.
        TableError: a file is damaged; those before it are kept.
        StoreError: the store refused; the looks before are kept.
    """
    await watch.accept([await asyncio.to_thread(_head, table) for table in tables])
    tally = Tally()
    for number, table in enumerate(tables, 1):
        which = f"{_day(table.taken_at)}, {number:,} of {len(tables):,}"
        if await watch.held(table.head) is not None:
            tally.held_already += 1
            _said(steps, f"{which}: held already", rows=PASSES * table.rows)
            continue
        outcome = await watch.look(await _read(table, which, steps, tally))
        tally.last = outcome.note
        tally.snapshots += 1
        tally.shifts += len(outcome.shifts)
        became = f"{outcome.note.rows:,} models"
        if not outcome.note.admitted:
            tally.withheld[outcome.note.reason.value] += 1
            became += f", withheld: {outcome.note.reason.value}"
        _said(steps, f"{which}: {became}", rows=table.rows)
    return tally


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
    if tally.left_out:
        without = plural(
            tally.left_out, "row without an id was", "rows without an id were", whole=True
        )
        line += f"; {without} left out"
    if tally.withheld:
        reasons = ", ".join(f"{count:,} {why}" for why, count in tally.withheld.most_common())
        line += f"; {tally.withheld.total():,} withheld from comparison ({reasons})"
    return f"{line}; {plural(tally.shifts, 'shift')} seen and told to nobody."


def _said(steps: Steps | None, what: str, *, rows: int) -> None:
    if steps is not None:
        steps.advance(rows)
        steps.end(what)


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _head(table: Table) -> Head:
    return table.head
