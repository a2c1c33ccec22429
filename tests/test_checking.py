"""Every value that is held is held against its checksum; what is damaged is named by its key."""

import re
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.channel import Channel
from bot.doctor import examine
from bot.store.connect import connect
from bot.store.frame import within
from bot.store.keys import Keys
from bot.store.replies import all_bytes
from bot.store.store import Store
from bot.subscriptions import Subscription
from detectors.labs import Labs
from tests.looks import FEW, census, pulse, trending, watching
from tests.world import day

RULE = "top 3 by trending in all"
Damage = Callable[[Redis, str], Awaitable[object]]


async def looked(store: Store, labs: Labs) -> None:
    watch = watching(store, labs)
    for number in (1, 2):
        await watch.look(pulse(day(number)))
        await watch.look(census(day(number), trending(*FEW[number - 1 :])))


def flipped(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value[:-1] + bytes([value[-1] ^ 1])


def with_another_digit(value: object) -> bytes:
    """Change a digit, or failing that a letter, in the middle of a text: it reads as well."""
    assert isinstance(value, bytes)
    changed = re.sub(rb"2(?=\d*[-T])|C1(?=\")", b"3", value, count=1)
    assert changed != value
    return changed


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
    good = await client.hget(keys.notes, last.id)
    for hurt in (b"", b'{"id":', b'{"id": "\xff"}', with_another_digit(good)):
        await client.hset(keys.notes, last.id, hurt)
        assert [note.taken_at for note in await store.notes("census")] == [day(1)]
        before = await store.noted.last("census")
        assert before is not None
        assert before.taken_at == day(1)
        assert f"left out: {keys.notes}: block {last.id} " in caplog.text
        assert [each.snapshots for each in (await store.costs()).streams] == [1, 2]
        (told,) = (await store.checked()).damaged
        assert told.startswith(f"{keys.notes}: block {last.id} ")
        caplog.clear()


async def test_a_digit_that_has_changed_is_noticed_in_all_that_answers(
    store: Store, client: Redis, labs: Labs, keys: Keys
) -> None:
    await looked(store, labs)
    await store.subscriptions.put(Subscription("slack|T1|C1", RULE, day(1)))
    asked: dict[str, Callable[[], Awaitable[Collection[object]]]] = {
        keys.notes: partial(store.notes, "pulse"),
        keys.shifts: store.shifts,
        keys.standing: store.standing,
        keys.subscribers(RULE): partial(store.subscriptions.of, Channel.of_key("slack|T1|C1")),
    }
    for key, ask in asked.items():
        held, good = len(await ask()), await client.dump(key)
        for name, value in (await client.hgetall(key)).items():
            await client.hset(key, name, with_another_digit(value))
        assert len(await ask()) == 0 < held
        damaged = (await store.checked()).damaged
        assert {each.partition(": ")[0] for each in damaged} == {key}
        if key == keys.subscribers(RULE):
            assert await store.subscriptions.to([RULE]) == {RULE: []}
        assert good is not None
        await client.restore(key, 0, good, replace=True)


async def test_what_older_versions_left_without_a_checksum_is_read(
    store: Store, client: Redis, labs: Labs, keys: Keys
) -> None:
    await looked(store, labs)
    await store.subscriptions.put(Subscription("slack|T1|C1", RULE, day(1)))
    notes, shifts, state = await store.notes("pulse"), await store.shifts(), await store.state()
    subscribed = await store.subscriptions.to([RULE])
    for key in (keys.notes, keys.shifts, keys.standing, keys.subscribers(RULE)):
        for name, value in (await client.hgetall(key)).items():
            assert isinstance(value, bytes)
            await client.hset(key, name, bytes(within(key, str(name), value)))
    assert (await store.checked()).damaged == []
    assert (notes, shifts) == (await store.notes("pulse"), await store.shifts())
    assert state == await store.state()
    assert subscribed == await store.subscriptions.to([RULE])


async def test_a_rule_whose_standing_is_damaged_is_quiet_once_and_goes_on(
    store: Store, client: Redis, labs: Labs, keys: Keys
) -> None:
    watch = watching(store, labs)
    await watch.look(pulse(day(1)))
    (rule,) = await store.standing()
    await client.hset(
        keys.standing, rule, with_another_digit(await client.hget(keys.standing, rule))
    )
    told = await watching(store, labs).look(pulse(day(2), FEW[::-1]))
    assert told.shifts == []
    assert (await store.checked()).damaged == []
    assert set(await store.standing()) == {rule}


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
