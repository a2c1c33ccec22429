"""Opening the store: which server, what is refused, and what an error may show."""

import asyncio
import contextlib
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.store.connect import Connection, address, connect
from bot.store.errors import BadStoreUrl, StoreError
from bot.store.launch import wheel_binary

SPOKEN = "s3cr/et"
"""A password with a sign that a URL must write as a percent code."""
ENCODED = "s3cr%2Fet"


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def is_there(path: Path) -> bool:
    return path.exists()


@contextlib.asynccontextmanager
async def running(*options: str, folder: Path | None = None) -> AsyncIterator[int]:
    """Run a server of one's own on a loopback port, as REDIS_URL would name it."""
    port = free_port()
    with tempfile.TemporaryDirectory() as empty:
        process = await asyncio.create_subprocess_exec(
            wheel_binary(),
            *("--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder or empty)),
            *("--save", "", *options),
            stdout=subprocess.DEVNULL,
        )
        try:
            await listening(port)
            yield port
        finally:
            process.terminate()
            await process.wait()


async def listening(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            await writer.wait_closed()
            return
        await asyncio.sleep(0.01)
    pytest.fail("the server did not start within 3 s")


@contextlib.asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[int]:
    """Listen on a loopback port and answer everything alike; nothing at all if empty."""

    async def answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while await reader.read(1000):
                writer.write(answer)
        writer.close()

    server = await asyncio.start_server(answer_all, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


@contextlib.asynccontextmanager
async def opened(url: str | None, data: Path) -> AsyncIterator[Connection]:
    connection = await connect(url, data)
    try:
        yield connection
    finally:
        await connection.close()


async def refusal(url: str, data: Path) -> str:
    with pytest.raises(StoreError) as caught:
        await connect(url, data, patience=0.3)
    assert caught.value.__cause__ is None  # a cause might show what the text leaves out
    assert not is_there(data)
    assert caught.value.exit_code == 1
    return str(caught.value)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.mark.parametrize("url", [None, ""])
async def test_without_redis_url_the_embedded_server_is_used(url: str | None, data: Path) -> None:
    async with opened(url, data) as connection:
        assert connection.server is not None
        assert await connection.client.set("model", "zai-org/GLM-5")
    async with opened(url, data) as connection:
        assert await connection.client.get("model") == b"zai-org/GLM-5"


async def test_the_embedded_server_with_another_policy_is_refused_and_left(data: Path) -> None:
    async with opened(None, data) as connection:
        await connection.client.config_set("maxmemory-policy", "allkeys-lru")
        with pytest.raises(StoreError, match="is allkeys-lru"):
            await connect(None, data)
        await connection.client.config_set("maxmemory-policy", "noeviction")
        assert await connection.client.ping()


async def test_redis_url_names_the_server_and_starts_none(data: Path) -> None:
    async with running() as port, opened(f"redis://127.0.0.1:{port}/1", data) as connection:
        assert connection.server is None
        await connection.client.set("model", "zai-org/GLM-5")
        async with Redis(port=port, db=1, legacy_responses=False) as other:
            assert await other.get("model") == b"zai-org/GLM-5"
    assert not is_there(data)


async def test_redis_url_may_name_a_unix_socket(data: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a b.sock")
        async with running("--unixsocket", str(path)):
            url = f"unix://{folder}/a%20b.sock?db=2"
            async with opened(url, data) as connection:
                assert await connection.client.ping()


async def test_a_dropped_connection_is_bridged(data: Path) -> None:
    async with running() as port, opened(f"redis://127.0.0.1:{port}/0", data) as connection:
        await connection.client.set("model", "kept")
        async with Redis(port=port, legacy_responses=False) as other:
            await other.client_kill_filter(skipme=True)
        assert await connection.client.get("model") == b"kept"


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
async def test_a_server_that_evicts_is_refused_with_the_reason(policy: str, data: Path) -> None:
    async with running("--maxmemory-policy", policy) as port:
        said = await refusal(f"redis://127.0.0.1:{port}/0", data)
    assert f"redis://127.0.0.1:{port}/0 is {policy}; Hubshift needs noeviction" in said
    assert "silently drop alerts" in said
    assert "CONFIG SET maxmemory-policy noeviction" in said


async def test_the_policy_is_read_where_config_is_forbidden(data: Path) -> None:
    async with (
        running("--rename-command", "CONFIG", "") as port,
        opened(f"redis://127.0.0.1:{port}/0", data) as connection,
    ):
        assert await connection.client.ping()


async def test_a_password_is_used_and_never_shown(data: Path) -> None:
    async with running("--requirepass", SPOKEN) as port:
        async with opened(f"redis://:{ENCODED}@127.0.0.1:{port}/0", data) as connection:
            assert await connection.client.ping()
        for login in (":wr0ng-w0rd@", "jane:wr0ng-w0rd@", "wr0ng-w0rd@", ""):
            said = await refusal(f"redis://{login}127.0.0.1:{port}/0", data)
            assert "wr0ng" not in said
            assert "jane" not in said
            assert f"redis://127.0.0.1:{port}/0 cannot be used" in said
            assert "user and password into REDIS_URL" in said


async def test_a_user_without_info_is_told_what_to_allow(data: Path) -> None:
    async with running("--user", "jane", "on", ">pw", "~*", "+@all", "-info") as port:
        assert "+info" in await refusal(f"redis://jane:pw@127.0.0.1:{port}/0", data)


async def test_a_server_that_quotes_the_password_back_is_not_quoted(data: Path) -> None:
    answer = f"-ERR unknown command 'AUTH', with args: '{SPOKEN}'\r\n".encode()
    async with answering(answer) as port:
        said = await refusal(f"redis://:{ENCODED}@127.0.0.1:{port}/0", data)
    assert "s3cr" not in said
    assert "unknown command" in said


async def test_nobody_there_is_told_at_once(data: Path) -> None:
    port = free_port()
    begun = time.monotonic()
    said = await refusal(f"redis://ann:{ENCODED}@127.0.0.1:{port}/0", data)
    assert time.monotonic() - begun < 1
    assert f"redis://127.0.0.1:{port}/0 cannot be used" in said
    assert "Is the server running" in said
    assert "s3cr" not in said


async def test_a_silent_server_is_told_after_the_patience(data: Path) -> None:
    async with answering(b"") as port:
        assert "no answer in time" in await refusal(f"redis://127.0.0.1:{port}/0", data)


async def test_tls_to_a_server_without_it_is_told(data: Path) -> None:
    async with running() as port:
        said = await refusal(f"rediss://:{ENCODED}@127.0.0.1:{port}/0", data)
    assert "redis:// without" in said
    assert "s3cr" not in said


async def test_a_server_that_is_none_is_told(data: Path) -> None:
    async with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert "cannot be used" in await refusal(f"redis://127.0.0.1:{port}/0", data)


async def test_a_database_out_of_range_is_told(data: Path) -> None:
    async with running() as port:
        said = await refusal(f"redis://127.0.0.1:{port}/99", data)
    assert "database number" in said


@pytest.fixture
async def filled(tmp_path: Path) -> Path:
    """Give a folder that takes about 0.5 s to load with a delay of 50 µs a key."""
    async with (
        running("--appendonly", "yes", folder=tmp_path) as port,
        Redis(port=port, legacy_responses=False) as client,
        client.pipeline(transaction=False) as batch,
    ):
        for number in range(8000):  # the server answers between two thousands of them
            batch.set(f"model:{number}", number)
        await batch.execute()
    return tmp_path


async def test_a_server_that_is_loading_is_waited_for(filled: Path, data: Path) -> None:
    async with running("--appendonly", "yes", "--key-load-delay", "50", folder=filled) as port:
        url = f"redis://127.0.0.1:{port}/0"
        with pytest.raises(StoreError, match=r"reading its data back for 0\.1 s"):
            await connect(url, data, loading_patience=0.1)
        async with opened(url, data) as connection:
            assert await connection.client.dbsize() == 8000


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://127.0.0.1:6379", "does not begin with redis://"),
        ("127.0.0.1:6379", "does not begin with redis://"),
        ("redis://", "names no host"),
        ("redis://:s3cr@", "names no host"),
        ("redis://127.0.0.1:s3cr/0", "cannot be read"),
        ("redis://:s3cr/et@127.0.0.1:6379/0", "cannot be read"),
        ("redis://:s3cr#et@127.0.0.1:6379/0", "cannot be read"),
        ("redis://127.0.0.1:6379/s3cr@h", "percent code"),
        ("redis://127.0.0.1:6379/zero", "not a database number"),
        ("redis://127.0.0.1:0/0", "has port 0"),
        ("redis://127.0.0.1:6379/0?socket_timeout=60", "a parameter other than db"),
        ("redis://127.0.0.1:6379/0?ssl_cert_reqs=none", "a parameter other than db"),
        ("redis://127.0.0.1:6379?db=s3cr", "cannot be used"),
        ("unix://run/redis.sock", "three slashes"),
        ("unix://", "three slashes"),
    ],
)
async def test_a_malformed_url_is_bad_input_and_not_repeated(
    url: str, fault: str, data: Path
) -> None:
    with pytest.raises(BadStoreUrl) as caught:
        await connect(url, data)
    assert fault in str(caught.value)
    assert "rediss://USER:PASSWORD@HOST:6380/0" in str(caught.value)
    assert "s3cr" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://ann:s3cr@cache.example:6380/2", "redis://cache.example:6380/2"),
        ("rediss://s3cr@[::1]:6380?ssl_cert_reqs=none", "rediss://[::1]:6380"),
        ("unix://ann:s3cr@/run/redis.sock?db=1", "unix:///run/redis.sock"),
    ],
)
def test_an_address_is_shown_without_its_login(url: str, shown: str) -> None:
    assert address(url) == shown
