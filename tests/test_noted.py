"""What is taken away between the reading of its name and of itself is no damage."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.channel import Channel
from bot.store.connect import Connection, connect
from bot.store.keys import Keys
from bot.store.store import Store
from bot.subscriptions import Subscription
from detectors.labs import Labs
from tests.looks import TOP, census, trending, watching
from tests.tap import Tap
from tests.world import day

Doing = Callable[[], Awaitable[object]]


@asynccontextmanager
async def beside(
    own: Connection, labs: Labs, keys: Keys, key: str, do: Doing
) -> AsyncIterator[Store]:
    """Lend a store beside which something is done before it first reads the values of a key."""
    assert own.server is not None
    async with Tap(own.server.socket) as tap:
        tap.word, tap.of, tap.before = b"HMGET", key.encode(), do
        line = await connect(tap.url, Path("unused"))
        try:
            yield Store(line.client, labs, keys)
        finally:
            await line.close()
        assert tap.before is None


async def test_a_day_that_is_dropped_while_notes_are_read_is_none_with_a_damaged_note(
    own: Connection, labs: Labs, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    held = Store(own.client, labs, keys)
    watch = watching(held, labs)
    for number in range(1, 5):
        await watch.look(census(day(number), trending("lab/a", "lab/b")))
    first, second, third, last = await held.notes("census")

    def drop(name: str) -> Doing:
        async def dropped() -> None:
            await own.client.zrem(keys.order("census"), name)
            await own.client.hdel(keys.notes, name)

        return dropped

    async with beside(own, labs, keys, keys.notes, drop(last.id)) as store:
        assert await store.noted.damaged("census", last.taken_at) == []
    async with beside(own, labs, keys, keys.notes, drop(third.id)) as store:
        assert await store.noted.last("census") == second
    async with beside(own, labs, keys, keys.notes, drop(second.id)) as store:
        assert await store.notes("census") == [first]
    assert await held.noted.of(second.id) is None
    assert caplog.text == ""


async def test_a_watch_that_ends_while_it_is_checked_is_not_said_to_be_damaged(
    own: Connection, labs: Labs, keys: Keys
) -> None:
    held = Store(own.client, labs, keys)
    channel = Channel("slack", "C1", "T1")
    await held.subscriptions.put(Subscription("slack|T1|C1", TOP, day(1)))

    async def end() -> None:
        assert await held.subscriptions.drop(channel, TOP)

    async with beside(own, labs, keys, keys.subscribers(TOP), end) as store:
        assert (await store.checked()).damaged == []
