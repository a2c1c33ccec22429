"""A look's pages come over one connection, and none of its promises suffers from that."""

import asyncio
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from bot.hub import lines
from bot.hub.port import HubError
from bot.hub.wire import Wire, hub_headers
from tests.hub_faults import Closes, Drip, Fault, Hang, HangUp, Status
from tests.hub_listing import hub_models
from tests.hub_looks import PATIENT, SLACK, failed, ids, listed_ids, live, no_threads_left
from tests.hub_server import LoopbackHub

MODELS = hub_models(60)
# A failure that is the Hub's ends the look.
ONCE = replace(PATIENT, retries=0)
PEM = Path(__file__).with_name("loopback.pem")


async def fetched(wire: Wire, url: str, *, most_bytes: int = 2**20) -> bytes:
    return (await wire.fetch(url, hub_headers(None), seconds=20, most_bytes=most_bytes)).body


@pytest.mark.parametrize("census", [False, True])
async def test_the_pages_of_a_look_come_over_one_connection_that_ends_with_it(
    tmp_path: Path, *, census: bool
) -> None:
    async with LoopbackHub(MODELS, page_cap=7) as server:
        hub = live(server.url, tmp_path)
        for look in range(1, 3):
            reading = await (hub.census() if census else hub.pulse())
            assert len(listed_ids(reading)) == (60 if census else 50)
            assert server.connections == look
            await asyncio.wait_for(server.left(), 5)
        assert len(server.requests) > 18


async def test_two_looks_at_once_have_a_connection_each(tmp_path: Path) -> None:
    async with LoopbackHub(MODELS, page_cap=7) as server:
        hub = live(server.url, tmp_path)
        pulse, census = await asyncio.gather(hub.pulse(), hub.census())
        assert server.connections == 2
        await asyncio.wait_for(server.left(), 5)
    assert (len(listed_ids(pulse)), len(listed_ids(census))) == (50, 60)


async def test_without_a_look_no_connection_is_kept() -> None:
    wire = Wire()
    async with LoopbackHub(MODELS) as server:
        for asked in range(1, 3):
            await fetched(wire, f"{server.url}/api/models?limit=5&sort=likes")
            assert server.connections == asked
        await asyncio.wait_for(server.left(), 5)


@pytest.mark.parametrize("when", ["answered", "asked", "reset"])
@pytest.mark.parametrize("census", [False, True])
async def test_a_kept_connection_that_the_server_closed_fails_no_look(
    tmp_path: Path, when: str, *, census: bool
) -> None:
    closes = {"answered": Closes(when="answered"), "asked": Closes(), "reset": Closes(when="reset")}
    async with LoopbackHub(MODELS, faults=[closes[when]], page_cap=20) as server:
        hub = live(server.url, tmp_path, ONCE)
        reading = await (hub.census() if census else hub.pulse())
        assert server.connections > 3
    assert len(listed_ids(reading)) == (60 if census else 50)
    assert reading.partial == ""


async def test_a_new_connection_that_is_closed_is_a_failure_of_the_hub(tmp_path: Path) -> None:
    async with LoopbackHub(MODELS, faults=[HangUp()]) as server:
        error = await failed(live(server.url, tmp_path, ONCE))
        assert (error.reason, len(server.requests)) == ("cut-short", 1)


async def test_a_kept_connection_is_no_excuse_twice(tmp_path: Path) -> None:
    async with LoopbackHub(MODELS, faults=[HangUp(sort="likes")]) as server:
        error = await failed(live(server.url, tmp_path, ONCE))
        # It is asked for over the connection that was kept, and over a new one.
        assert [each.sort for each in server.requests].count("likes") == 2
        assert (error.reason, server.connections) == ("cut-short", 2)


@pytest.mark.parametrize(
    "fault", [Hang(), Hang(where="body"), Drip(where="headers"), Drip(where="body")]
)
async def test_a_kept_connection_stretches_no_deadline(fault: Fault) -> None:
    wire = Wire()
    async with LoopbackHub(MODELS, faults=[replace(fault, sort="likes")]) as server:
        url = f"{server.url}/api/models?limit=5&sort"
        with wire.kept():
            await fetched(wire, f"{url}=downloads")
            began = time.monotonic()
            with pytest.raises(HubError) as caught:
                await wire.fetch(f"{url}=likes", {}, seconds=0.3, most_bytes=2**20)
        assert time.monotonic() - began < 0.3 + SLACK
        await no_threads_left()
        assert (caught.value.reason, server.connections) == ("timeout", 1)


@pytest.mark.parametrize("fault", [Hang(where="body"), Drip(where="headers")])
async def test_a_look_that_is_cancelled_over_a_kept_connection_leaves_nothing_behind(
    tmp_path: Path, fault: Fault
) -> None:
    async with LoopbackHub(MODELS, faults=[replace(fault, sort="likes")]) as server:
        look = asyncio.create_task(live(server.url, tmp_path).pulse())
        await server.asked(2)
        look.cancel()
        with pytest.raises(asyncio.CancelledError):
            await look
        await no_threads_left()
        assert server.connections == 1


async def test_a_handshake_that_hangs_is_cut_at_once() -> None:
    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await left.wait()
        writer.close()

    asked, left = asyncio.Event(), asyncio.Event()
    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        request = asyncio.create_task(fetched(Wire(), f"https://127.0.0.1:{port}/"))
        await asked.wait()
        await asyncio.sleep(0.1)
        request.cancel()
        await no_threads_left()
        left.set()


async def test_cutting_requests_at_any_moment_never_touches_those_of_others() -> None:
    """What is asked of the Hub arrives there once, so no answer was cut and asked for again."""
    wire, chance = Wire(), Random(7)  # noqa: S311  # moments, no secrets

    async def cut_short(url: str) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(chance.uniform(0, 0.004)):
                    await fetched(wire, url)

    async with LoopbackHub(MODELS) as server:
        url = f"{server.url}/api/models?sort=likes&limit"
        with wire.kept():
            others = [asyncio.create_task(cut_short(f"{url}=60")) for _ in range(2)]
            for asked in range(200):
                assert await fetched(wire, f"{url}=5&search=mine-{asked}")
            for other in others:
                other.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        mine = [word for each in server.requests for word in each.query.get("search", ())]
        assert mine == [f"mine-{asked}" for asked in range(200)]
        await asyncio.wait_for(server.left(), 5)
    await no_threads_left()


@pytest.mark.parametrize("code", [302, 404, 429, 503])
async def test_a_body_that_is_not_read_does_not_reach_the_next_answer(code: int) -> None:
    junk = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]" * 9000
    refusal = Status(code=code, body=junk, times=1)
    wire = Wire()
    async with LoopbackHub(MODELS, faults=[refusal]) as server:
        url = f"{server.url}/api/models?limit=5&sort=likes"
        with wire.kept():
            assert await fetched(wire, url) == b""
            whole = [await fetched(wire, url) for _ in range(3)]
        assert server.connections == 2
    assert [each.count(b"_id") for each in whole] == [5, 5, 5]


async def test_an_answer_that_is_too_large_does_not_reach_the_next() -> None:
    wire = Wire()
    async with LoopbackHub(MODELS) as server:
        url = f"{server.url}/api/models?limit=60&sort=likes"
        with wire.kept():
            with pytest.raises(HubError, match="larger than"):
                await fetched(wire, url, most_bytes=1000)
            whole = [await fetched(wire, url) for _ in range(3)]
        assert server.connections == 2
    assert [each.count(b"_id") for each in whole] == [60, 60, 60]


async def test_a_bad_question_keeps_the_connection() -> None:
    wire = Wire()
    async with LoopbackHub(MODELS) as server:
        with wire.kept():
            assert b"error" in await fetched(wire, f"{server.url}/api/models?cursor=bad")
            assert await fetched(wire, f"{server.url}/api/models?limit=5")
        assert server.connections == 1


async def test_a_proxy_of_the_environment_is_gone_through_and_its_connection_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with LoopbackHub(MODELS, page_cap=20) as proxy:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, "elsewhere.invalid")
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        # The links that the Hub behind it names.
        proxy.url = "http://hub.invalid"
        reading = await live(proxy.url, tmp_path, ONCE).pulse()
        assert proxy.connections == 1
        assert {each.headers["host"] for each in proxy.requests} == {"hub.invalid"}
    assert listed_ids(reading, 1) == ids(MODELS, "likes")


@pytest.fixture
def tls(monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """Return what a server speaks https with; requests trust it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    lines.as_the_library_does.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    yield context
    lines.as_the_library_does.cache_clear()


async def test_the_pages_of_a_look_over_https_take_one_handshake(
    tmp_path: Path, tls: ssl.SSLContext
) -> None:
    async with LoopbackHub(MODELS, page_cap=7, tls=tls) as server:
        reading = await live(server.url, tmp_path, ONCE).census()
        assert server.connections == 1
        await asyncio.wait_for(server.left(), 5)
    assert len(listed_ids(reading)) == 60


@pytest.mark.parametrize("where", ["headers", "body"])
async def test_a_request_over_https_is_cut_at_once(tls: ssl.SSLContext, where: str) -> None:
    drip = Drip(where="headers") if where == "headers" else Drip(where="body")
    wire = Wire()
    async with LoopbackHub(MODELS, faults=[replace(drip, sort="likes")], tls=tls) as server:
        url = f"{server.url}/api/models?limit=5&sort"
        with wire.kept():
            await fetched(wire, f"{url}=downloads")
            request = asyncio.create_task(fetched(wire, f"{url}=likes"))
            await server.asked(2)
            request.cancel()
            await no_threads_left()
        assert server.connections == 1


async def test_a_tunnel_through_a_proxy_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext
) -> None:
    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while some := await reader.read(65536):
            writer.write(some)
        writer.close()

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        there = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))

    asked: list[bytes] = []
    async with LoopbackHub(MODELS, page_cap=20, tls=tls) as server:
        port = int(server.url.rpartition(":")[2])
        async with await asyncio.start_server(tunnel, "127.0.0.1", 0) as proxy:
            for name in ("NO_PROXY", "no_proxy"):
                monkeypatch.setenv(name, "elsewhere.invalid")
            monkeypatch.setenv(
                "HTTPS_PROXY", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
            )
            reading = await live(server.url, tmp_path, ONCE).pulse()
            await asyncio.wait_for(server.left(), 5)
        (connect,) = asked
        assert connect.startswith(f"CONNECT 127.0.0.1:{port} ".encode())
        assert b"authorization" not in connect.lower()
        assert len(server.tokens) == len(server.requests) > 3
    assert listed_ids(reading, 1) == ids(MODELS, "likes")
