"""Published Hub statistics taken in as the past: kept and compared, told to nobody."""

import asyncio
from collections.abc import Sequence

from bot.hub.port import Head
from bot.hub.progress import Progress
from bot.hub.tables import Table
from bot.replay import Tally
from bot.watch import Watch


async def backfill(tables: Sequence[Table], watch: Watch, progress: Progress | None) -> Tally:
    """Look at each table, oldest first; one that is held already is not read again.

    Every look is committed whole, so a run that was ended anywhere is gone on with by the next.

    Raises:
        OutOfOrder: a later snapshot is held; nothing was taken in.
        TableError: a file is damaged; those before it are kept.
        StoreError: the store refused; the looks before are kept.
    """
    await watch.accept([await asyncio.to_thread(_head, table) for table in tables])
    tally = Tally()
    for table in tables:
        held = await watch.held(table.head)
        if held is not None:
            tally.held_already += 1
            if progress is not None:
                progress.advance(table.rows)
            continue
        outcome = await watch.look(await asyncio.to_thread(table.reading, progress))
        tally.last = outcome.note
        tally.snapshots += 1
        tally.shifts += len(outcome.shifts)
        if not outcome.note.admitted:
            tally.withheld[outcome.note.reason.value] += 1
    return tally


def _head(table: Table) -> Head:
    return table.head
