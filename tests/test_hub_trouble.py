"""A look at a Hub that fails ends with a reason, within its deadline."""

import asyncio
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.hub.access import Access
from tests.hub_faults import (
    Body,
    Drip,
    Fault,
    FirstRowsAgain,
    Half,
    Hang,
    HangUp,
    NoRows,
    Status,
)
from tests.hub_listing import hub_models
from tests.hub_looks import HASTY, PATIENT, TOKEN, failed, ids, listed_ids, live, no_threads_left
from tests.hub_server import LoopbackHub


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Hang(where="headers"), "timeout"),
        (Hang(where="body"), "timeout"),
        (Drip(where="headers"), "timeout"),
        (Drip(where="body"), "timeout"),
        (HangUp(), "cut-short"),
        (Half(how="length"), "cut-short"),
        (Half(how="chunked"), "cut-short"),
        (Half(how="json"), "cut-short"),
        (Half(how="gzip"), "cut-short"),
        (Status(code=500), "http-500"),
        (Status(code=503), "http-503"),
        (Status(code=404), "http-404"),
        (Status(code=400), "http-400"),
        (Status(code=401), "unauthorized"),
        (Status(code=403), "unauthorized"),
        (Status(code=429), "rate-limited"),
        (Status(code=204, body=b""), "http-204"),
        (Body(), "not-json"),
        (Body(content_type="application/json"), "not-json"),
        (Body(body=b"[]", content_type="text/html"), "not-json"),
        (Body(body=b'{"models": []}', content_type="application/json"), "not-json"),
        (Body(body=b"\xff\xfe", content_type="application/json"), "not-json"),
        (Body(body=b"[" * 100_000, content_type="application/json"), "not-json"),
        (NoRows(), "empty-page"),
        (FirstRowsAgain(page=2), "page-loop"),
    ],
)
@pytest.mark.parametrize("census", [False, True])
async def test_a_look_at_a_hub_that_fails_ends_with_a_reason_in_time(
    tmp_path: Path, fault: Fault, reason: str, *, census: bool
) -> None:
    page = fault.page or 1
    async with LoopbackHub(hub_models(60), faults=[replace(fault, page=page)]) as server:
        limits = HASTY if reason == "timeout" else PATIENT
        within = limits.census_seconds if census else limits.pulse_seconds
        error = await failed(live(server.url, tmp_path, limits), census=census, within=within)
        assert error.reason == reason
        assert "page" in str(error) or census


@pytest.mark.parametrize(
    "fault", [Hang(), Drip(), Half(), HangUp(), Status(code=502), Status(code=429), Body()]
)
async def test_trouble_that_passes_is_retried(tmp_path: Path, fault: Fault) -> None:
    models = hub_models(60)
    once = replace(fault, page=2, sort="likes", times=1)
    limits = replace(PATIENT, page_seconds=1)
    async with LoopbackHub(models, faults=[once], page_cap=20) as server:
        reading = await live(server.url, tmp_path, limits).pulse()
    assert listed_ids(reading, 1) == ids(models, "likes")
    assert reading.partial == ""


async def test_a_failure_that_cannot_pass_is_not_retried(tmp_path: Path) -> None:
    async with LoopbackHub(faults=[Status(code=401)]) as server:
        error = await failed(live(server.url, tmp_path))
        # With the token, and without it.
        assert len(server.requests) == 2
    assert "HF_TOKEN" in str(error)


@pytest.mark.parametrize("census", [False, True])
async def test_a_token_that_the_hub_refuses_is_said_once_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, census: bool
) -> None:
    models = hub_models(60)
    async with LoopbackHub(models, page_cap=20) as server:
        hub = live(server.url, tmp_path)
        look = hub.census if census else hub.pulse
        whole = await look()
        server.revoked = True
        server.requests.clear()
        readings = [await look(), await look()]
        assert len(server.tokens) == 1
        assert len(server.requests) > len(server.tokens)
    for reading in readings:
        assert [each.ids for each in reading.listings] == [each.ids for each in whole.listings]
        assert reading.partial == ""
    (said,) = [each.getMessage() for each in caplog.records if "HF_TOKEN" in each.getMessage()]
    assert f"{server.url}/settings/tokens" in said
    assert TOKEN not in said


async def test_a_token_refused_in_the_middle_of_a_census_loses_no_model(tmp_path: Path) -> None:
    models = hub_models(60)
    async with LoopbackHub(models, page_cap=20, faults=[Status(code=401, page=2, times=1)]) as hub:
        reading = await live(hub.url, tmp_path).census()
        assert len(hub.tokens) < len(hub.requests)
    assert sorted(listed_ids(reading)) == sorted(each["id"] for each in models)


def test_a_refused_token_is_tried_again_after_an_hour() -> None:
    now = 100.0
    access = Access(TOKEN, "https://hub.test", monotonic=lambda: now)
    with_token = access.headers
    assert access.refused(with_token)
    # The other look's request was under way with the token, too.
    assert access.refused(with_token)
    assert not access.refused(access.headers)
    assert TOKEN not in str(access.headers)
    now += 3601
    assert access.headers is with_token


async def test_a_bad_request_is_told_in_the_hubs_words_without_the_token(tmp_path: Path) -> None:
    told = Status(code=400, body=b'{"error":"no field sha256 for ' + TOKEN.encode() + b'"}')
    async with LoopbackHub(faults=[told]) as server:
        error = await failed(live(server.url, tmp_path))
    assert "no field sha256" in str(error)


async def test_a_hub_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        assert (await failed(live(url, tmp_path))).reason == "unreachable"


async def test_a_connection_that_is_never_accepted_ends_at_the_deadline(tmp_path: Path) -> None:
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for filler in (first, second):
            filler.settimeout(0)
            filler.connect_ex(deaf.getsockname())
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        error = await failed(live(url, tmp_path, HASTY), within=HASTY.pulse_seconds)
        assert error.reason == "timeout"


async def test_an_answer_without_an_end_is_cut_at_the_limit_of_bytes(tmp_path: Path) -> None:
    limits = replace(PATIENT, page_bytes=1000)
    async with LoopbackHub(hub_models(60)) as server:
        assert (await failed(live(server.url, tmp_path, limits))).reason == "too-large"


@pytest.mark.parametrize("where", ["headers", "body"])
async def test_a_cancelled_look_leaves_no_request_behind(tmp_path: Path, where: str) -> None:
    fault = Drip(where="headers") if where == "headers" else Hang(where="body")
    async with LoopbackHub(hub_models(60), faults=[fault]) as server:
        look = asyncio.create_task(live(server.url, tmp_path).pulse())
        await server.asked()
        look.cancel()
        with pytest.raises(asyncio.CancelledError):
            await look
        await no_threads_left()


async def test_offline_mode_is_told(tmp_path: Path) -> None:
    script = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.hub.live import LiveHub
hub = LiveHub(endpoint="http://127.0.0.1:9", token=None, spool=Path(sys.argv[1]),
              clock=lambda: datetime.now(UTC))
asyncio.run(hub.pulse())
"""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script, str(tmp_path)),
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await child.communicate()
    assert b"HF_HUB_OFFLINE is set; unset it to go online" in told


@pytest.mark.parametrize("first", ["lines", "wire", "live"])
def test_telemetry_is_off_whatever_is_imported_first(first: str) -> None:
    ask = "import huggingface_hub.constants as c; print(c.HF_HUB_DISABLE_TELEMETRY)"
    words = (sys.executable, "-c", f"import bot.hub.{first}; {ask}")
    told = subprocess.run(words, capture_output=True, check=True)  # noqa: S603 - our own program
    assert told.stdout == b"True\n"
