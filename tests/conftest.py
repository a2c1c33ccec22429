"""What the tests share: the shipped lab table, and a real embedded store with keys of one's own."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from redis.asyncio import Redis

from bot.store.connect import Connection, connect
from bot.store.embedded import EmbeddedServer
from bot.store.keys import Keys
from bot.store.store import Store
from detectors.labs import Labs
from tests import world

_numbers = count()

# How long an example takes says how busy the machine is; a test that hangs has its own timeout.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


# The servers of the tests are on loopback; a proxy of this machine has no part in it.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than there are cores: half of the tests wait for something."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def labs() -> Labs:
    """Return the lab table as it is shipped."""
    return world.labs()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """Lend one server to the whole session; who kills or fills a server takes `own`."""
    shared = EmbeddedServer(tmp_path_factory.mktemp("store"), remove=True)
    asyncio.run(shared.start())
    try:
        yield shared
    finally:
        asyncio.run(shared.leave())


@pytest.fixture
async def client(server: EmbeddedServer) -> AsyncIterator[Redis]:
    """Return a client of the shared server."""
    async with speaking_to(server) as speaking:
        yield speaking


@pytest.fixture
def keys() -> Keys:
    """Return a namespace that no other test has."""
    return Keys(f"test-{next(_numbers)}")


@pytest.fixture
def store(client: Redis, labs: Labs, keys: Keys) -> Store:
    """Return an empty store on the shared server."""
    return Store(client, labs, keys)


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Connection]:
    """Lend a server that only this test uses, as `hubshift run` opens it."""
    connection = await connect(None, tmp_path / "own")
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def speaking_to(server: EmbeddedServer) -> AsyncIterator[Redis]:
    """Open a client of a server."""
    async with Redis(unix_socket_path=str(server.socket), legacy_responses=False) as speaking:
        yield speaking
