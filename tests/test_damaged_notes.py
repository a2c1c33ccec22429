"""A day whose note is damaged stays as it is: nothing is written over it, and no reading hangs."""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from bot.backfill import backfill, sentence
from bot.hub.tables import Table
from bot.retention import Retention
from bot.store.chain import MANIFEST, STRIDE
from bot.store.errors import NoteDamaged, StoreError
from bot.store.frame import framed
from bot.store.keys import Keys
from bot.store.replies import one_bytes
from bot.store.store import Store
from bot.store.tables import TABLE, table_of
from bot.views import Note
from detectors.labs import Labs
from detectors.metric import Metric
from tests.belated_world import quiet
from tests.looks import FEW, census, pulse
from tests.test_checking import flipped, glob
from tests.test_import import a_day
from tests.world import day


def rows(number: int, likes: int = 0) -> list[tuple[str, dict[str, int]]]:
    """Return models of which a few change a day."""
    return [(f"lab/m{at}", {"likes": at + likes + (at < number)}) for at in range(40)]


async def days_held(store: Store, labs: Labs, count: int = 4) -> Sequence[Note]:
    """Look at so many days, which are one chain."""
    watch = quiet(store, labs)
    for number in range(1, count + 1):
        await watch.look(census(day(number), rows(number)))
    return await store.notes("census")


async def damage(client: Redis, keys: Keys, note: Note) -> None:
    await client.hset(keys.notes, note.id, flipped(await client.hget(keys.notes, note.id)))


async def likes(store: Store, notes: Sequence[Note]) -> list[list[float] | None]:
    """Return what a store says of each day, None of one that is missing; it has to come to that."""
    said = [await asyncio.wait_for(store.whole(note), 5) for note in notes]
    return [None if each is None else each.columns.figures[Metric.LIKES].tolist() for each in said]


@pytest.mark.parametrize("number", [1, 2, 4])
async def test_a_look_at_a_time_whose_note_is_damaged_is_refused_and_changes_no_other_day(
    store: Store, client: Redis, labs: Labs, keys: Keys, number: int
) -> None:
    notes = await days_held(store, labs)
    before = await likes(store, notes)
    await damage(client, keys, notes[number - 1])
    late = Store(client, labs, keys)
    with pytest.raises(
        NoteDamaged, match=re.escape(f"{keys.notes}: block {notes[number - 1].id} ")
    ):
        await quiet(late, labs).look(census(day(number), rows(number, likes=1000)))
    assert await likes(Store(client, labs, keys), notes) == before
    await quiet(late, labs).look(census(day(5), rows(5)))
    assert len(await late.notes("census")) == 4


async def test_an_import_passes_over_a_day_whose_note_is_damaged_and_takes_in_the_others(
    store: Store, client: Redis, labs: Labs, keys: Keys, tmp_path: Path
) -> None:
    tables = [Table.opened(a_day(tmp_path, number), day(number)) for number in (1, 2, 3, 4)]
    await backfill(tables[:3], quiet(store, labs))
    notes = await store.notes("census")
    before = await likes(store, notes)
    await damage(client, keys, notes[1])
    late = Store(client, labs, keys)
    tally = await backfill(tables, quiet(late, labs))
    assert (tally.snapshots, tally.held_already, len(tally.damaged)) == (1, 2, 1)
    assert (
        "1 taken in, 2 held already; 1 passed over, held already but counted as missing, since its "
        f"note cannot be read ({keys.notes}: block {notes[1].id} fails its checksum): only a "
        "backup brings it back;"
    ) in sentence(tables, tally)
    assert await likes(late, notes) == before


async def test_what_is_held_is_written_over_by_no_look(
    store: Store, client: Redis, labs: Labs, keys: Keys
) -> None:
    notes = await days_held(store, labs)
    lost = notes[1]
    blocks = await client.hgetall(keys.blocks(lost.id))
    # As a store is that was mended by hand: nothing but the blocks says that there was such a day.
    await client.hdel(keys.notes, lost.id)
    await client.zrem(keys.order("census"), lost.id)
    said = f"{keys.blocks(lost.id)} is held already"
    with pytest.raises(StoreError, match=re.escape(said)):
        await quiet(store, labs).look(census(day(2), rows(2, likes=1000)))
    assert await client.hgetall(keys.blocks(lost.id)) == blocks
    assert await client.keys(f"{glob(keys.root)}staged*") == []
    assert None not in await likes(store, notes)


async def test_of_a_pulse_that_is_held_it_is_not_said_that_others_need_it(
    store: Store, client: Redis, labs: Labs, keys: Keys
) -> None:
    watch = quiet(store, labs)
    note = (await watch.look(pulse(day(1)))).note
    said = "It is not written over, since it may be another one; those of other times can be taken"
    await damage(client, keys, note)
    with pytest.raises(NoteDamaged, match=said):
        await quiet(store, labs).look(pulse(day(1), FEW[::-1]))
    await client.hdel(keys.notes, note.id)
    await client.zrem(keys.order("pulse"), note.id)
    with pytest.raises(StoreError, match=f"is held already, and nothing lists it. {said}"):
        await quiet(store, labs).look(pulse(day(1), FEW[::-1]))
    await watch.look(pulse(day(2)))


async def test_a_ring_of_bases_is_damage_that_is_named_and_ends(
    store: Store, client: Redis, labs: Labs, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    notes = await days_held(store, labs)
    first, last = notes[1], notes[-1]
    key = keys.blocks(first.id)
    manifest = await store._censuses.manifest(first.id)
    assert manifest is not None
    ring = replace(manifest, base=last.id)
    await client.hset(key, MANIFEST, framed(msgspec.msgpack.encode(ring)))
    tables = keys.tables(first.id)
    table = table_of(tables, one_bytes(await client.hget(tables, TABLE)))
    await client.hset(tables, TABLE, framed(msgspec.msgpack.encode(replace(table, base=first.id))))
    late = Store(client, labs, keys)
    assert [each is None for each in await likes(late, notes)] == [False, True, True, True]
    assert await late.snapshot(first) is None
    assert f"{key}: is told against {last.id}, which does not come before it" in caplog.text
    assert f"{tables}: its tables are told against themselves" in caplog.text
    assert [moment.taken_at for moment in await late.history(0)] == [day(1)]
    (told,) = (await late.checked()).damaged
    assert told.startswith(f"{key}: is told against {last.id}")
    await quiet(late, labs).look(census(day(5), rows(5)))
    assert await likes(late, (await late.notes("census"))[-1:]) == [
        [fields["likes"] for _, fields in rows(5)]
    ]


async def test_blocks_of_a_day_whose_note_is_damaged_are_checked_too(
    store: Store, client: Redis, labs: Labs, keys: Keys
) -> None:
    notes = await days_held(store, labs)
    await damage(client, keys, notes[1])
    key = keys.blocks(notes[1].id)
    await client.hset(key, MANIFEST, flipped(await client.hget(key, MANIFEST)))
    noted, block = (await store.checked()).damaged
    assert noted.startswith(f"{keys.notes}: block {notes[1].id} ")
    assert block.startswith(f"{key}: block {MANIFEST} ")


DAYS = [day(number) for number in range(1, 33)]
# Of a day that is old only its last is kept, which begins a chain here.
HOURS = [day(1, hour) for hour in range(12)]


@pytest.mark.parametrize("chain", [DAYS, HOURS])
async def test_a_day_whose_note_is_damaged_outlives_thinning_and_a_backup_brings_it_back(
    store: Store, client: Redis, labs: Labs, keys: Keys, chain: Sequence[datetime]
) -> None:
    watch = quiet(store, labs)
    for number, at in enumerate([*chain, chain[-1] + timedelta(hours=6), day(90)]):
        # Where more than half of all rows change at once, a new chain begins.
        await watch.look(census(at, rows(number, likes=99 * (at not in chain) * at.month)))
    notes = await store.notes("census")
    # A post, told against the first link: nothing that is kept beside it needs either.
    lost = notes[STRIDE]
    before = await likes(store, [lost])
    good = await client.hget(keys.notes, lost.id)
    await damage(client, keys, lost)
    short = Retention(timedelta(days=10), timedelta(days=40))
    assert (await Store(client, labs, keys).thin(short)).snapshots > 0
    assert good is not None
    await client.hset(keys.notes, lost.id, good)
    late = Store(client, labs, keys)
    assert (
        await likes(late, [note for note in await late.notes("census") if note == lost]) == before
    )
    assert (await late.checked()).damaged == []


async def test_a_day_whose_base_is_not_held_any_more_is_named_once(
    store: Store, client: Redis, labs: Labs, keys: Keys
) -> None:
    first, second, *_ = await days_held(store, labs)
    await client.delete(keys.blocks(first.id), keys.tables(first.id))
    (alone,) = (await store.checked()).damaged
    assert alone.startswith(f"{keys.blocks(first.id)}: block {MANIFEST} ")
    await client.zrem(keys.order("census"), first.id)
    await client.hdel(keys.notes, first.id)
    assert (await store.checked()).damaged == [
        f"{keys.blocks(second.id)}: is told against {first.id}, which is not held"
    ]
