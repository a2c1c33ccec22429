"""A column of text may hold any number of words: no value of the store grows with them."""

import pytest
from redis.asyncio import Redis

from bot.store.chain import MANIFEST
from bot.store.frame import MOST_BYTES
from bot.store.keys import Keys
from bot.store.store import Store
from detectors.labs import Labs
from tests.belated_world import quiet
from tests.looks import census
from tests.test_checking import flipped
from tests.world import day

MANY = 3_000


def library(number: int) -> str:
    return f"{number:->400}"


async def test_more_words_than_a_value_has_room_for_lie_in_several(
    store: Store, client: Redis, labs: Labs, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    watch = quiet(store, labs)
    for number in (1, 2):
        rows = [(f"lab/m{at}", {"library_name": library(at)}) for at in range(MANY + number)]
        await watch.look(census(day(number), rows))
    late = Store(client, labs, keys)
    notes = await late.notes("census")
    for number, note in enumerate(notes, 1):
        fields = await client.hgetall(keys.blocks(note.id))
        assert max(map(len, fields.values())) < 1.01 * MOST_BYTES
        whole = await late.whole(note)
        assert whole is not None
        libraries = whole.columns.library_name
        rows_of = range(MANY + number)
        assert [libraries.at(row) for row in rows_of] == [library(row) for row in rows_of]
    first = set(await client.hkeys(keys.blocks(notes[0].id)))
    assert {name for name in first if b"words" in name} == {b"words.0", b"words.1"}
    assert set(await client.hkeys(keys.blocks(notes[1].id))) == {b"0.0", MANIFEST.encode()}
    key = keys.blocks(notes[0].id)
    await client.hset(key, "words.1", flipped(await client.hget(key, "words.1")))
    said = f"{key}: block words.1 fails its checksum"
    assert (await late.checked()).damaged == [said]
    assert await late.whole(notes[1]) is None
    assert said in caplog.text
