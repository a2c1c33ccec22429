"""A damaged entry of what repos are for life is said anew by the next census; no ordinal moves."""

import logging

import numpy as np
import pytest
from redis.asyncio import Redis

from bot.store.keys import Keys
from bot.store.store import Store
from detectors.labs import Labs
from detectors.snapshot import Snapshot
from tests.looks import census, watching
from tests.world import Row, day

ROWS: list[Row] = [
    ("Qwen/a", {"likes": 5, "created_at": day(-9), "oid": "1"}),
    ("gone/b", {"likes": 4, "created_at": day(-8), "oid": "2"}),
    ("google/c", {"likes": 3, "created_at": day(-7), "oid": "3"}),
]
NEW: Row = ("openai/d", {"likes": 9, "created_at": day(2), "oid": "4"})
CHILD: Row = ("x/e", {"likes": 1, "tags": ("base_model:finetune:gone/b",), "oid": "5"})


async def looked(store: Store, labs: Labs, number: int, rows: list[Row]) -> None:
    """Look as a process that has just started does."""
    await watching(store, labs).look(census(day(number), rows))


async def hurt(client: Redis, keys: Keys) -> str:
    """Change a byte of the first entry, and return its key."""
    first = await client.lindex(keys.identity, 0)
    assert isinstance(first, bytes)
    key = keys.identity_entry(first.decode())
    value = await client.lpop(key)
    assert isinstance(value, bytes)
    await client.lpush(key, value[:-1] + bytes([value[-1] ^ 1]))
    return key


async def last(client: Redis, labs: Labs, keys: Keys) -> Snapshot:
    """Return the last census, as a process that has just started reads it."""
    store = Store(client, labs, keys)
    found = await store.whole((await store.notes("census"))[-1])
    assert found is not None
    return found


def known(snapshot: Snapshot) -> dict[str, tuple[int, str | None, int]]:
    columns = snapshot.columns
    return {
        columns.ids[row]: (
            int(columns.ordinal[row]),
            columns.namespace.at(row),
            int(columns.created_at[row]),
        )
        for row in np.flatnonzero(columns.present).tolist()
    }


async def test_the_next_census_goes_on_and_every_model_is_who_it_was(
    client: Redis, labs: Labs, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    await looked(Store(client, labs, keys), labs, 1, ROWS)
    before = known(await last(client, labs, keys))
    key = await hurt(client, keys)
    with caplog.at_level(logging.ERROR):
        await looked(Store(client, labs, keys), labs, 2, [ROWS[0], ROWS[2], NEW])
    assert f"written anew: {key}: block 0 fails its checksum" in caplog.text
    after = known(await last(client, labs, keys))
    assert after.pop("openai/d") == (3, "openai", int(day(2).timestamp()))
    assert after == {name: before[name] for name in ("Qwen/a", "google/c")}


async def test_what_rests_on_the_damaged_entry_stays_missing_and_doctor_names_it(
    client: Redis, labs: Labs, keys: Keys
) -> None:
    await looked(Store(client, labs, keys), labs, 1, ROWS)
    key = await hurt(client, keys)
    await looked(Store(client, labs, keys), labs, 2, ROWS)
    await looked(Store(client, labs, keys), labs, 3, [*ROWS, NEW])
    store = Store(client, labs, keys)
    notes = await store.notes("census")
    assert [await store.whole(note) is not None for note in notes] == [False, True, True]
    assert [each.partition(": ")[0] for each in (await store.checked()).damaged] == [key]


async def test_a_base_model_that_is_gone_still_has_its_publisher(
    client: Redis, labs: Labs, keys: Keys
) -> None:
    await looked(Store(client, labs, keys), labs, 1, ROWS)
    await hurt(client, keys)
    await looked(Store(client, labs, keys), labs, 2, [ROWS[0], ROWS[2]])
    await looked(Store(client, labs, keys), labs, 3, [ROWS[0], ROWS[2], CHILD])
    columns = (await last(client, labs, keys)).columns
    assert columns.namespace.at(1) == "gone"
    assert not columns.present[1]
