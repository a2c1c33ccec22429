"""Thinning that is cut, meets damage, or takes effect while somebody reads."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot import holdings
from bot.retention import Retention
from bot.store.chain import LINKS
from bot.store.connect import Connection, connect
from bot.store.errors import StoreError
from bot.store.keys import Keys
from bot.store.store import Store
from bot.store.tables import TABLE
from bot.store.thinning import Dropped
from bot.views import Note
from detectors.labs import Labs
from tests.looks import census, pulse, watching
from tests.tap import Tap
from tests.test_retention import RULE, figures, models
from tests.world import day

SHORT = Retention(timedelta(days=10), timedelta(days=40))
PULSES = 3


async def aged(store: Store, labs: Labs) -> list[Note]:
    """Fill a store with a chain, and pulses, of an age of which few are kept; return its links."""
    watch = watching(store, labs, RULE)
    for number in range(1, LINKS + 2):
        await watch.look(census(day(number), models(number)))
        if number <= PULSES:
            await watch.look(pulse(day(number, 6), models(number)))
    notes = [*await store.notes("census")]
    await watch.look(census(day(90), models(90)))
    return notes[:LINKS]


async def staged(client: Redis, keys: Keys) -> list[bytes]:
    """Return what is laid aside."""
    return [name async for name in client.scan_iter(f"{{{keys.namespace}}}:staged*")]


@asynccontextmanager
async def cut(own: Connection, at: int, how: Callable[[], Awaitable[None]]) -> AsyncIterator[Redis]:
    """Lend a line to the store on which something happens before a write, by its number."""
    assert own.server is not None

    async def late(number: int) -> None:
        if number == at:
            await how()

    async with Tap(own.server.socket) as tap:
        line = await connect(tap.url, Path("unused"))
        tap.writes, tap.at_write = 0, late
        try:
            yield line.client
        finally:
            await line.close()


async def test_thinning_that_is_cut_leaves_nothing_laid_aside_and_the_next_goes_on(
    own: Connection, labs: Labs, keys: Keys
) -> None:
    store = Store(own.client, labs, keys)
    chain = await aged(store, labs)
    kept = [note for note in chain if note.id not in SHORT.dropped([*chain, *await held(store)])]
    said = [figures(await store.whole(note)) for note in kept]
    assert 1 < len(kept) < LINKS

    async def fill() -> None:
        await own.client.config_set("maxmemory", 1)

    async with cut(own, 5, fill) as client:
        with pytest.raises(StoreError, match="thinning what it holds: it is out of memory"):
            await Store(client, labs, keys).thin(SHORT)
    # What costs nothing to drop has gone, and that may be all the memory it takes.
    assert await store.notes("pulse") == []
    assert len(await store.notes("census")) == LINKS + 2
    assert await staged(own.client, keys) == []
    await own.client.config_set("maxmemory", 0)

    async def stop() -> None:
        thinning.cancel()

    async with cut(own, 5, stop) as client:
        thinning = asyncio.create_task(Store(client, labs, keys).thin(SHORT))
        with pytest.raises(asyncio.CancelledError):
            await thinning
    assert await staged(own.client, keys) == []
    assert (await store.thin(SHORT)).snapshots == LINKS - len(kept)
    assert [figures(await store.whole(note)) for note in kept] == said
    assert await staged(own.client, keys) == []


async def held(store: Store) -> list[Note]:
    """Return the notes of everything held."""
    return [*await store.notes("census"), *await store.notes("pulse")]


async def test_a_damaged_chain_stays_as_it_is_and_all_else_is_thinned(
    store: Store, labs: Labs, client: Redis, keys: Keys
) -> None:
    chain = await aged(store, labs)
    await client.hset(keys.blocks(chain[-5].id), "0.0", b"damaged")
    assert (dropped := await store.thin(SHORT)) == Dropped(PULSES, left=1)
    assert holdings.thinned(dropped) == (
        "3 snapshots were dropped. 1 chain of censuses is left whole for damage to what is to be "
        "kept: `hubshift doctor` names the keys, and only a backup brings it back."
    )
    assert "Nothing to drop" not in holdings.thinned(await store.thin(SHORT))
    assert [note for note in await store.notes("census") if note in chain] == chain
    assert await staged(client, keys) == []


async def test_damaged_tables_of_a_chain_go_and_it_is_thinned(
    store: Store, labs: Labs, client: Redis, keys: Keys
) -> None:
    chain = await aged(store, labs)
    kept = [note for note in chain if note.id not in SHORT.dropped([*chain, *await held(store)])]
    said = [figures(await store.whole(note)) for note in kept]
    damaged = keys.tables(kept[1].id)
    await client.hset(damaged, TABLE, b"damaged")
    late = Store(client, labs, keys)
    assert await late.thin(SHORT) == Dropped(LINKS - len(kept) + PULSES)
    assert not await client.exists(damaged)
    assert (await late.checked()).damaged == []
    assert [figures(await late.whole(note)) for note in kept] == said
    ends = [await late.snapshot(note) for note in (kept[0], kept[-1])]
    assert [each is not None and each.tables is not None for each in ends] == [True, True]


@asynccontextmanager
async def thinned_before(
    own: Connection, store: Store, labs: Labs, of: str, word: bytes = b"EVALSHA"
) -> AsyncIterator[Store]:
    """Lend a store that is thinned just before the first such word about a key reaches it."""
    thinned = []

    async def thin() -> None:
        thinned.append((await store.thin(SHORT)).snapshots)

    assert own.server is not None
    async with Tap(own.server.socket) as tap:
        line = await connect(tap.url, Path("unused"))
        tap.word, tap.of, tap.before = word, of.encode(), thin
        yield Store(line.client, labs, store.keys)
        await line.close()
    assert thinned[0] > PULSES


async def test_a_history_that_is_read_while_thinning_takes_effect_lacks_no_day_that_is_kept(
    own: Connection, labs: Labs, keys: Keys
) -> None:
    store = Store(own.client, labs, keys)
    chain = await aged(store, labs)
    dropped = SHORT.dropped([*chain, *await held(store)])
    before = {each.taken_at: each for each in await store.history(3, day(10))}
    # Days since the tenth are read, and then what they are told against, back to the first.
    async with thinned_before(own, store, labs, keys.blocks(chain[0].id)) as through:
        found = await through.history(3, day(10))
    assert [each for each in found if before[each.taken_at] != each] == []
    kept = [note.taken_at for note in chain[9:] if note.id not in dropped]
    assert len(kept) > 1
    assert {*kept} <= {each.taken_at for each in found}


async def test_a_census_whose_base_goes_while_its_links_are_looked_up_is_read_all_the_same(
    own: Connection, labs: Labs, keys: Keys
) -> None:
    store = Store(own.client, labs, keys)
    chain = await aged(store, labs)
    dropped = SHORT.dropped([*chain, *await held(store)])
    sunday = next(note for note in chain[9:] if note.id not in dropped)
    before = figures(await store.whole(sunday))
    async with thinned_before(own, store, labs, keys.blocks(chain[0].id), b"HGET") as through:
        assert figures(await through.whole(sunday)) == before


async def test_what_is_dropped_while_it_is_checked_or_listed_is_not_said_to_be_damaged(
    own: Connection, labs: Labs, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(own.client, labs, keys)
    chain = await aged(store, labs)
    (first, *_) = await store.notes("pulse")
    thinned = []

    async def thin() -> None:
        thinned.append((await store.thin(SHORT)).snapshots)

    async def drop() -> None:
        await own.client.zrem(keys.order("census"), chain[-1].id)
        await own.client.hdel(keys.notes, chain[-1].id)

    assert own.server is not None
    async with Tap(own.server.socket) as tap:
        line = await connect(tap.url, Path("unused"))
        beside = Store(line.client, labs, keys)
        tap.word, tap.of, tap.before = b"HMGET", keys.blocks(first.id).encode(), thin
        assert (await beside.checked()).damaged == []
        tap.of, tap.before = keys.notes.encode(), drop
        listed = await beside.notes("census")
        await line.close()
    assert thinned[0] > PULSES
    assert listed == await store.notes("census")
    assert chain[-1] not in listed
    assert caplog.text == ""
