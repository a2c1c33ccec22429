"""What an operator's tools read: alive, ready, and every number, from the real server."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.delivery import Delivery, Form, Lane
from bot.front import Front, serve
from bot.settings import SettingError, read_settings
from bot.store.connect import Connection
from bot.store.store import Store
from bot.web.condition import Condition
from bot.web.meters import Meters
from bot.web.server import Address, ListenError, Web
from detectors.labs import Labs
from detectors.metric import Kind
from tests.commandline import running
from tests.hub_listing import hub_models
from tests.hub_server import LoopbackHub
from tests.looks import CHANNEL, RISEN, days, look_all, trending, watching

LOOPBACK = Address("127.0.0.1", 0)


@dataclass
class Door:
    """A Front that is what its fields say, and notes how it ended."""

    name: str = "Door"
    trouble: str = ""
    fault: Exception | None = None
    early: bool = False
    ended: list[str] = field(default_factory=list)

    async def run(self, stop: asyncio.Event) -> None:
        """Wait for the end, or fail."""
        if self.fault is not None:
            raise self.fault
        if not self.early:
            await stop.wait()
        self.ended.append(self.name)


@asynccontextmanager
async def listening(
    store: Store, *fronts: Front, meters: Meters | None = None
) -> AsyncIterator[str]:
    """Serve, lend the address, and stop."""
    web = Web(LOOPBACK, Condition(store, fronts), meters or Meters())
    stop = asyncio.Event()
    task = asyncio.create_task(web.run(stop))
    try:
        async with asyncio.timeout(10):
            await web.listening.wait()
            yield f"http://{web.bound}"
    finally:
        stop.set()
        await task
    assert web.trouble == "it has ended"


async def read(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


def figures(text: str) -> dict[str, float]:
    """Return every sample by its name and labels, as Prometheus reads the text."""
    return {
        sample.name
        + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_a_process_that_answers_is_alive(store: Store) -> None:
    async with listening(store) as url:
        assert await read(f"{url}/healthz") == (200, "alive\n")


async def test_it_is_ready_when_the_store_answers_and_people_can_ask(store: Store) -> None:
    async with listening(store, Door()) as url:
        assert await read(f"{url}/readyz") == (200, "store: well\nDoor: well\n")


async def test_a_front_that_is_not_connected_is_named_with_its_reason(store: Store) -> None:
    async with listening(store, Door(trouble="the token was refused")) as url:
        status, text = await read(f"{url}/readyz")
    assert (status, text) == (503, "store: well\nDoor: the token was refused\n")


async def test_a_store_that_is_gone_makes_it_unready_and_leaves_it_alive(
    own: Connection, labs: Labs
) -> None:
    store = Store(own.client, labs)
    async with listening(store) as url:
        await own.client.shutdown(nosave=True)
        status, text = await read(f"{url}/readyz")
        alive, _ = await read(f"{url}/healthz")
        _, numbers = await read(f"{url}/metrics")
    assert status == 503
    assert text.startswith("store: the store failed while reading what stands: ")
    assert alive == 200
    assert figures(numbers)["hubshift_up part=store"] == 0
    assert any(name.startswith("hubshift_build_info") for name in figures(numbers))


async def test_what_is_held_and_what_waits_are_numbers(store: Store, labs: Labs) -> None:
    await look_all(
        watching(store, labs), days(trending(*"abcd"), trending("b", "a", "c"), trending(*RISEN))
    )
    await store.outbox.add(Delivery("0" * 24, CHANNEL.key, form=Form.MESSAGE, lane=Lane.LATER))
    async with listening(store) as url:
        _, text = await read(f"{url}/metrics")
    found = figures(text)
    assert found["hubshift_snapshots stream=pulse"] == 3
    assert found["hubshift_models stream=pulse"] == len(RISEN)
    assert (
        found["hubshift_snapshot_timestamp_seconds stream=pulse"]
        >= found["hubshift_admitted_timestamp_seconds stream=pulse"]
        > 1.7e9
    )
    assert found["hubshift_waiting lane=later platform=console"] == 1
    assert found["hubshift_waiting lane=alert platform=console"] >= 0
    assert found["hubshift_channels platform=console"] == 1
    assert found["hubshift_oldest_waiting_timestamp_seconds platform=console"] > 1.7e9
    assert found["hubshift_deliveries_sent_total"] == 0
    assert found["hubshift_store_bytes"] > 0
    assert found["hubshift_cycle"] == 3


async def test_what_a_process_counts_is_told_beside(store: Store) -> None:
    meters = Meters()
    meters.looked(Kind.PULSE, "admitted", 0.03)
    meters.unread(Kind.CENSUS)
    async with listening(store, meters=meters) as url:
        _, text = await read(f"{url}/metrics")
    found = figures(text)
    assert found["hubshift_looks_total kind=pulse outcome=admitted"] == 1
    assert found["hubshift_looks_total kind=census outcome=unread"] == 1
    assert found["hubshift_look_seconds_count kind=pulse"] == 1


async def test_every_number_has_a_sentence_that_says_what_it_is(store: Store) -> None:
    async with listening(store, Door()) as url:
        _, text = await read(f"{url}/metrics")
    families = list(text_string_to_metric_families(text))
    assert len(families) > 20
    assert [each.name for each in families if not each.documentation.endswith(".")] == []
    assert [each.name for each in families if not each.name.startswith("hubshift_")] == []


async def test_an_address_that_is_taken_is_said_with_what_to_do(store: Store) -> None:
    async with listening(store) as url:
        port = int(url.rpartition(":")[2])
        second = Web(Address("127.0.0.1", port), Condition(store, ()), Meters())
        with pytest.raises(ListenError, match=f"HUBSHIFT_LISTEN=127.0.0.1:{port} cannot"):
            await second.run(asyncio.Event())


async def test_a_fault_in_one_front_ends_the_others_in_good_order() -> None:
    other, stop = Door("other"), asyncio.Event()
    with pytest.raises(RuntimeError, match="a fault of ours"):
        await serve([Door(fault=RuntimeError("a fault of ours")), other], stop)
    assert stop.is_set()
    assert other.ended == ["other"]


async def test_a_front_that_returns_early_leaves_the_rest_running() -> None:
    other, stop = Door("other"), asyncio.Event()
    task = asyncio.create_task(serve([Door(early=True), other], stop))
    await asyncio.sleep(0.02)
    assert not stop.is_set()
    assert other.ended == []
    stop.set()
    await task
    assert other.ended == ["other"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("[::1]:0", ("::1", 0)),
        (":9090", ("0.0.0.0", 9090)),  # noqa: S104 - what an empty host means everywhere
        ("bot.internal:80", ("bot.internal", 80)),
    ],
)
def test_an_address_to_listen_on_is_read(text: str, address: tuple[str, int]) -> None:
    assert read_settings({"HUBSHIFT_LISTEN": text}).listen == address


@pytest.mark.parametrize(
    "text", ["8080", "http://a:80", "a:", "a:port", "a:65536", "::1:80", "a:²"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match=re.escape(f"HUBSHIFT_LISTEN={text!r}")):
        read_settings({"HUBSHIFT_LISTEN": text})


async def test_the_program_serves_its_numbers_while_it_runs(tmp_path: Path) -> None:
    async with LoopbackHub(hub_models(60)) as hub:
        settings = {
            "HF_ENDPOINT": hub.url,
            "HUBSHIFT_DATA": str(tmp_path / "store"),
            "HUBSHIFT_CENSUS_EVERY": "never",
            "HUBSHIFT_LISTEN": "127.0.0.1:0",
        }
        async with running("run", cwd=tmp_path, env=settings) as program:
            line = await program.said("answers /healthz")
            url = line[line.index("http://") :].split(" ")[0]
            await program.said("shifts")
            assert (await read(f"{url}/readyz"))[0] == 200
            found = figures((await read(f"{url}/metrics"))[1])
            assert await program.finish() == 0
    assert found["hubshift_looks_total kind=pulse outcome=admitted"] == 1
    assert found["hubshift_models stream=pulse"] == 60


async def test_the_program_ends_with_a_sentence_where_it_cannot_listen(
    tmp_path: Path, store: Store
) -> None:
    async with LoopbackHub(hub_models(60)) as hub, listening(store) as url:
        settings = {
            "HF_ENDPOINT": hub.url,
            "HUBSHIFT_DATA": str(tmp_path / "store"),
            "HUBSHIFT_CENSUS_EVERY": "never",
            "HUBSHIFT_LISTEN": url.removeprefix("http://"),
        }
        async with running("run", cwd=tmp_path, env=settings) as program:
            await program.said("cannot be listened on")
            assert await program.ended() == 1
    assert not [line for line in program.lines if "Traceback" in line]
