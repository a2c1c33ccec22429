"""Every value that is held is held against its checksum; what is damaged is named by its key."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.doctor import examine
from bot.store.connect import connect
from bot.store.keys import Keys
from bot.store.replies import all_bytes
from bot.store.store import Store
from detectors.labs import Labs
from tests.looks import FEW, census, pulse, trending, watching
from tests.world import day

Damage = Callable[[Redis, str], Awaitable[object]]


async def looked(store: Store, labs: Labs) -> None:
    watch = watching(store, labs)
    for number in (1, 2):
        await watch.look(pulse(day(number)))
        await watch.look(census(day(number), trending(*FEW[number - 1 :])))


def flipped(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value[:-1] + bytes([value[-1] ^ 1])


async def one_field(client: Redis, key: str) -> None:
    name = min(await client.hkeys(key))
    await client.hset(key, name, flipped(await client.hget(key, name)))


async def one_field_lost(client: Redis, key: str) -> None:
    await client.hdel(key, min(await client.hkeys(key)))


async def one_value(client: Redis, key: str) -> None:
    value = flipped(await client.lpop(key))
    await client.lpush(key, value)


async def all_of_it(client: Redis, key: str) -> None:
    await client.delete(key)


async def test_all_that_looks_leave_passes(store: Store, labs: Labs) -> None:
    assert (await store.checked()).values == 0
    await looked(store, labs)
    found = await store.checked()
    assert found.values > 8
    assert found.damaged == []


DAMAGES: dict[str, tuple[Damage, ...]] = {
    "blocks:pulse": (one_field,),
    "blocks:census": (one_field, one_field_lost, all_of_it),
    "tables:census": (one_field,),
    "identity-entry": (one_value, all_of_it),
    "lessons": (one_value, all_of_it),
}


async def test_what_is_damaged_is_named_by_its_key(
    store: Store, client: Redis, labs: Labs, keys: Keys
) -> None:
    await looked(store, labs)
    held = sorted(all_bytes(await client.keys(f"{glob(keys.root)}*")))
    for kind, damages in DAMAGES.items():
        key = next(name.decode() for name in held if kind in name.decode())
        for damage in damages:
            good = await client.dump(key)
            await damage(client, key)
            (told,) = (await store.checked()).damaged
            assert told.startswith(f"{key}: block ")
            assert good is not None
            await client.restore(key, 0, good, replace=True)
    assert (await store.checked()).damaged == []


async def test_a_damaged_note_is_missing_and_the_others_can_be_asked(
    store: Store, client: Redis, labs: Labs, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    await looked(store, labs)
    last = (await store.notes("census"))[-1]
    for hurt in (b"", b'{"id":', b'{"id": "\xff"}'):
        await client.hset(keys.notes, last.id, hurt)
        assert [note.taken_at for note in await store.notes("census")] == [day(1)]
        before = await store.noted.last("census")
        assert before is not None
        assert before.taken_at == day(1)
        assert f"{keys.notes}: b'{last.id}' counts as missing" in caplog.text
        assert [each.snapshots for each in (await store.costs()).streams] == [1, 2]
        assert (await store.checked()).damaged == [f"{keys.notes}: 1 note cannot be read"]
        caplog.clear()


async def test_the_doctor_names_what_is_damaged(tmp_path: Path, labs: Labs) -> None:
    held = await connect(None, tmp_path)
    await looked(Store(held.client, labs), labs)
    found = {each.what: each for each in await examine({}, tmp_path)}["values"]
    assert found.well
    key = Keys().tables("census@2026-01-02T00:00:00Z")
    await one_field(held.client, key)
    found = {each.what: each for each in await examine({}, tmp_path)}["values"]
    await held.close()
    assert not found.well
    assert found.detail.startswith(f"{key}: block ")
    assert "the rest can be asked" in found.detail


def glob(text: str) -> str:
    """Return a text as a pattern that only it matches."""
    return "".join(f"\\{sign}" if sign in "*?[]\\" else sign for sign in text)
