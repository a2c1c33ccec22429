"""What `hubshift doctor` says of the store: its room, and what its owner was left to know."""

from pathlib import Path

import pytest

from bot.doctor import Finding, _scanner, examine
from bot.hub.gatherer import COMPILED
from bot.store.connect import Connection, connect
from bot.store.errors import StoreError
from bot.store.room import room_of
from bot.store.store import Store
from detectors.labs import Labs
from tests.hub_listing import hub_models
from tests.hub_server import LoopbackHub


async def findings(folder: Path) -> dict[str, Finding]:
    async with LoopbackHub(hub_models(5)) as hub:
        return {each.what: each for each in await examine({"HF_ENDPOINT": hub.url}, folder)}


async def test_a_store_says_how_much_room_it_has_and_that_it_is_full(own: Connection) -> None:
    assert "MB of memory, without a limit of its own" in await room_of(own.client)
    await own.client.config_set("maxmemory", 2**30)
    assert "of the 1,074 MB of memory that it may" in await room_of(own.client)
    used = (await own.client.info("memory"))["used_memory"]
    await own.client.config_set("maxmemory", used)
    with pytest.raises(StoreError, match="refuses what is new once it is full: raise its maxmem"):
        await room_of(own.client)


def test_a_scanner_that_is_missing_is_told_with_what_to_do() -> None:
    assert _scanner(compiled=True).startswith("compiled: ")
    assert "touch setup.py" in _scanner(compiled=False)


async def test_the_doctor_repeats_what_the_owner_was_left_to_know(
    tmp_path: Path, labs: Labs
) -> None:
    found = await findings(tmp_path)
    assert found["scanner"] == Finding("scanner", well=True, detail=_scanner(compiled=COMPILED))
    assert found["notices"] == Finding("notices", well=True, detail="none in the last 7 days")
    assert "MB of memory" in found["store"].detail
    held = await connect(None, tmp_path)
    for text in ("it is full", "it is full", "it is fuller"):
        await Store(held.client, labs).office.tell("store", text)
    await held.close()
    told = (await findings(tmp_path))["notices"]
    assert not told.well
    assert "store: it is fuller (2 notices in the last 7 days: `hubshift outbox`)" in told.detail
