"""Censuses of many days in a row: each read on from the one before, and the same as by itself."""

from collections.abc import Sequence

from redis.asyncio import Redis

from bot.hub.port import Listing, Reading
from bot.intake import snapshot_of
from bot.ledger import Ledger
from bot.look import Look
from bot.store.chain import value_field
from bot.store.keys import Keys
from bot.store.store import Store
from bot.views import Note
from detectors.labs import Labs
from detectors.metric import Kind
from detectors.snapshot import Snapshot
from detectors.verdict import Reason, Verdict
from tests.test_retention import SHORT, figures
from tests.world import Row, day, models

# Beyond two posts of a chain.
DAYS = 26


def rows(number: int) -> list[Row]:
    """Return some models: each day one is new, one is gone and one has other figures and words."""
    return [
        (
            f"Qwen/m{at}",
            {
                "likes": 100 + at + (number + at) // 12,
                "downloads": None if (number + at) % 50 == 0 else 10,
                "pipeline_tag": f"task-{(number + at) // 25}",
                "tags": (f"license:l{at % 3}", f"base_model:Qwen/m{(number + at) // 30}"),
            },
        )
        for at in range(30 + number)
        if (at + number) % 30
    ]


async def filled(
    store: Store, labs: Labs, days: Sequence[int], panels: Sequence[str | None] = (None,)
) -> list[Note]:
    """Fill a store with a census a day of each panel, kept apart, so that no tables are made."""
    ledger, notes = Ledger(labs), list[Note]()
    for number in days:
        for hour, panel in enumerate(panels):
            listing = Listing(None, models(*rows(number)[: 20 if panel else None]))
            reading = Reading(day(number, hour), Kind.CENSUS, (listing,), panel)
            snapshot, _ = snapshot_of(reading, ledger)
            notes.append(Note.of(snapshot, Verdict(Reason.PARTIAL)))
            look = Look(notes[-1].id, len(notes) - 1, notes[-1], snapshot, ledger.take())
            await store.commit(look)
    return notes


def said(snapshot: Snapshot | None) -> object:
    assert snapshot is not None
    columns = snapshot.columns
    texts = (columns.pipeline_tag, columns.license, columns.namespace)
    return (
        figures(snapshot),
        columns.present.tolist(),
        [[text.at(row) for row in range(len(columns))] for text in texts],
        columns.edges.parent.tolist(),
    )


async def links_read(client: Redis) -> int:
    return int((await client.info("commandstats"))["cmdstat_hmget"]["calls"])


async def test_days_in_a_row_are_what_each_is_and_every_link_is_read_once(
    store: Store, labs: Labs, client: Redis
) -> None:
    notes = await filled(store, labs, range(1, DAYS + 1), (None, "labs"))
    alone = [said(await store.whole(note)) for note in notes]
    for first, step in ((0, 1), (7, 1), (0, 3), (5, 26)):
        again = Store(client, labs, store.keys)
        before = await links_read(client)
        found = [said(snapshot) async for snapshot in again.onward(notes[first::step])]
        assert found == alone[first::step]
        if (first, step) == (0, 1):
            assert await links_read(client) - before == len(notes)


async def test_what_is_told_against_a_damaged_day_is_missing_and_no_more(
    store: Store, labs: Labs, client: Redis, keys: Keys
) -> None:
    notes = await filled(store, labs, range(1, DAYS + 1))
    await client.hset(keys.blocks(notes[4].id), value_field(0, 0), b"damaged")
    found = [each async for each in Store(client, labs, keys).onward(notes)]
    assert [at for at, each in enumerate(found) if each is None] == [*range(4, 11)]


async def test_what_is_thinned_while_days_are_read_changes_no_figure(
    store: Store, labs: Labs, client: Redis
) -> None:
    notes = await filled(store, labs, range(1, 145, 3))
    kept = [note for note in notes if note.id not in SHORT.dropped(notes)]
    alone = [said(await store.whole(note)) for note in kept]
    found = []
    async for snapshot in Store(client, labs, store.keys).onward(kept):
        found.append(said(snapshot))
        if len(found) == 2:
            assert (await store.thin(SHORT)).snapshots > 0
    assert found == alone
