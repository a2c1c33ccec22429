"""A census whose write is cut, by want of memory or a kill, is there whole or not at all."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from redis.asyncio import Redis

from bot.hub.port import Reading
from bot.store.connect import Connection, connect
from bot.store.errors import StoreError
from bot.store.keys import STAGED_SECONDS, Keys
from bot.store.store import State, Store
from bot.watch import Watch
from detectors.labs import Labs
from detectors.metric import Metric
from tests.commandline import clean_environment
from tests.looks import census, watching
from tests.tap import Tap
from tests.world import Row, day

# A process of its own that takes the second census, to be killed: store and namespace are given.
LOOKER = """
import asyncio, sys
from pathlib import Path
from bot.store.connect import connect
from bot.store.keys import Keys
from bot.store.store import Store
from tests.looks import watching
from tests.test_census_cut import a_census
from tests.world import labs
async def look():
    line = await connect(sys.argv[1], Path("unused"))
    await watching(Store(line.client, labs(), Keys(sys.argv[2])), labs()).look(a_census(2))
asyncio.run(look())
"""


def a_census(number: int) -> Reading:
    """Return the Hub on a day: figures move, each day has models of its own and a derivative."""
    rows: list[Row] = [
        (
            f"lab/m{at}",
            {
                "likes": at * number,
                "downloads": at + number,
                "pipeline_tag": "text-generation",
                "tags": (f"base_model:lab/m{at // 2}",) if at else None,
            },
        )
        for at in range(200 + 20 * number)
    ]
    return census(day(number), rows)


@dataclass
class World:
    """A server with the first census, reached by a tap, and what it held then."""

    tap: Tap
    watch: Watch
    store: Store
    own: Connection
    before: State
    names: Sequence[str]

    async def holds(self, *days: int) -> None:
        """Check that the censuses of these days are there, whole, and nothing else is."""
        notes = await self.store.notes("census")
        assert [note.taken_at for note in notes] == [day(number) for number in days]
        for number, note in zip(days, notes, strict=True):
            whole = await self.store.whole(note)
            small = await self.store.snapshot(note)
            assert whole is not None
            assert small is not None
            assert len(whole) == len(a_census(number))
            likes = whole.columns.figures[Metric.LIKES]
            assert np.array_equal(likes, np.arange(len(likes)) * number)
            board = small.board(Metric.LIKES)
            assert board is not None
            assert (
                list(board.ids[:100]) == [f"lab/m{at}" for at in range(len(whole) - 1, 0, -1)][:100]
            )
        left = [
            name
            for name in await names_of(self.own.client, self.store.keys)
            if name not in self.names and not name.endswith("notices")
        ]
        if days == (1,):
            ttls = [await self.own.client.ttl(name) for name in left]
            assert all(0 < ttl <= STAGED_SECONDS for ttl in ttls)
            assert await self.store.state() == self.before


async def names_of(client: Redis, keys: Keys) -> list[str]:
    found = [name async for name in client.scan_iter(f"{{{keys.namespace}}}:*", 1000)]
    return sorted(name.decode() for name in found)


@asynccontextmanager
async def a_world(own: Connection, labs: Labs, namespace: str) -> AsyncIterator[World]:
    assert own.server is not None
    keys = Keys(namespace)
    async with Tap(own.server.socket) as tap:
        line = await connect(tap.url, Path("unused"))
        watch = watching(Store(line.client, labs, keys), labs)
        store = Store(own.client, labs, keys)
        await watch.look(a_census(1))
        tap.writes = 0
        names = await names_of(own.client, keys)
        try:
            yield World(tap, watch, store, own, await store.state(), names)
        finally:
            await line.close()


def at(point: int, what: Callable[[], Awaitable[object]]) -> Callable[[int], Awaitable[None]]:
    async def wait(write: int) -> None:
        if write == point:
            await what()

    return wait


async def points(own: Connection, labs: Labs) -> int:
    """Return how many writes the second census takes; the last of them commits it."""
    async with a_world(own, labs, "undisturbed") as world:
        await world.watch.look(a_census(2))
        await world.holds(1, 2)
        assert world.tap.writes > 3
        return world.tap.writes


async def test_a_census_that_finds_no_memory_at_any_point_fails_and_the_next_look_is_taken(
    own: Connection, labs: Labs
) -> None:
    async def fill() -> None:
        used = (await own.client.info("memory"))["used_memory"]
        await own.client.config_set("maxmemory", used)

    for point in range(1, await points(own, labs)):
        async with a_world(own, labs, f"full-{point}") as world:
            world.tap.at_write = at(point, fill)
            with pytest.raises(StoreError, match=r"out of memory; .*the last snapshot stands"):
                await world.watch.look(a_census(2))
            await world.holds(1)
            assert await names_of(own.client, world.store.keys) == sorted(
                [*world.names, world.store.keys.outbox("notices")]
            )
            (notice,) = await world.store.office.notices()
            assert notice.about == "store"
            assert "the look at census@2026-01-02T00:00:00Z could not be stored" in notice.text
            await own.client.config_set("maxmemory", 0)
            assert (await world.watch.look(a_census(2))).note.admitted
            await world.holds(1, 2)
            assert (await world.watch.look(a_census(3))).note.admitted
            await world.holds(1, 2, 3)


async def test_a_census_whose_server_is_killed_at_any_write_is_there_whole_or_not_at_all(
    own: Connection, labs: Labs
) -> None:
    server = own.server
    assert server is not None

    async def kill() -> None:
        os.kill(int((await own.client.info("server"))["process_id"]), signal.SIGKILL)

    for point in range(1, await points(own, labs) + 1):
        async with a_world(own, labs, f"killed-{point}") as world:
            world.tap.at_write = at(point, kill)
            with pytest.raises(StoreError):
                await world.watch.look(a_census(2))
            assert await server.ensure()
            world.tap.at_write = None
            await world.holds(1)
            assert (await world.watch.look(a_census(2))).note.admitted
            await world.holds(1, 2)


async def test_a_census_whose_process_is_killed_at_any_write_is_there_whole_or_not_at_all(
    own: Connection, labs: Labs
) -> None:
    words = (sys.executable, "-c", LOOKER)
    for point in range(1, await points(own, labs) + 1):
        async with a_world(own, labs, f"ended-{point}") as world:
            looker = await asyncio.create_subprocess_exec(
                *words, world.tap.url, world.store.keys.namespace, env=clean_environment()
            )

            async def kill(looker: asyncio.subprocess.Process = looker) -> None:
                looker.kill()
                await looker.wait()

            world.tap.at_write = at(point, kill)
            assert await looker.wait() == -signal.SIGKILL
            world.tap.at_write = None
            await asyncio.sleep(0.05)
            # What was under way when it was killed may have arrived: whole.
            kept = (await world.store.state()).cycle > 1
            assert not kept or point == world.tap.writes
            await world.holds(*((1, 2) if kept else (1,)))
            outcome = await world.watch.look(a_census(2))
            assert outcome.held_already is kept
            await world.holds(1, 2)
