"""What may be done once, by all processes together, and what is kept for minutes."""

import asyncio
from pathlib import Path

from bot.store.connect import connect
from bot.store.embedded import EmbeddedServer
from bot.store.keys import Keys
from bot.store.store import Store
from detectors.labs import Labs
from tests.tap import Tap


async def test_of_many_callers_at_once_one_is_first(store: Store) -> None:
    found = await asyncio.gather(*(store.once.first("click", "a", 60) for _ in range(20)))
    assert sorted(found) == [False] * 19 + [True]
    assert await store.once.first("click", "b", 60)
    assert await store.once.first("envelope", "a", 60)


async def test_after_its_time_it_may_be_done_again(store: Store) -> None:
    assert await store.once.first("click", "a", 1)
    await asyncio.sleep(1.1)
    assert await store.once.first("click", "a", 1)


async def test_a_call_whose_reply_is_lost_is_still_the_first(
    server: EmbeddedServer, labs: Labs, keys: Keys, tmp_path: Path
) -> None:
    async with Tap(server.socket) as tap:
        connection = await connect(tap.url, tmp_path)
        store = Store(connection.client, labs, keys)
        await store.once.first("click", "before", 60)
        tap.lost = 1
        assert await store.once.first("click", "a", 60)
        assert tap.lost == 0
        assert not await store.once.first("click", "a", 60)
        await connection.close()


async def test_what_is_kept_for_a_while_is_read_until_its_time_is_over(store: Store) -> None:
    await store.shelf.put("answer", "a", b"one", 1)
    assert await store.shelf.read("answer", "a") == b"one"
    assert await store.shelf.read("answer", "b") is None
    await asyncio.sleep(1.1)
    assert await store.shelf.read("answer", "a") is None
