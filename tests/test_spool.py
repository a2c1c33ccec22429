"""A census that is stopped anywhere goes on: no model is lost, none comes twice."""

import asyncio
import random
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from bot.hub.limits import CrawlLimits
from bot.hub.live import LiveHub
from bot.hub.pages import FIELDS
from bot.hub.port import HubError, Reading
from bot.hub.records import ListedModel
from bot.hub.spool import Spool, SpooledPage, SpoolHead
from tests.hub_faults import Fault, FirstRowsAgain, Hang, NoLink, Status
from tests.hub_listing import Row, hub_models
from tests.hub_server import LoopbackHub

BEGAN = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
LATER = BEGAN + timedelta(hours=1)
QUICK = CrawlLimits(page_seconds=2, census_seconds=5, page_rows=20, retries=0)
# A census in a process of its own, to be killed: endpoint and spool are its arguments.
CRAWLER = f"""
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.hub.limits import CrawlLimits
from bot.hub.live import LiveHub
hub = LiveHub(
    endpoint=sys.argv[1], token=None, spool=Path(sys.argv[2]), limits=CrawlLimits(page_rows=20),
    clock=lambda: datetime.fromisoformat({BEGAN.isoformat()!r}),
)
asyncio.run(hub.census())
"""


def live(server: LoopbackHub, spool: Path, *, now: datetime = LATER) -> LiveHub:
    return LiveHub(endpoint=server.url, token=None, spool=spool, clock=lambda: now, limits=QUICK)


def ids(reading: Reading) -> list[str]:
    return list(reading.listings[0].ids)


def names(rows: Sequence[Row]) -> list[str]:
    return [row["id"] for row in rows]


async def stopped(server: LoopbackHub, spool: Path, *, page: int) -> None:
    """Begin a census at BEGAN that a failing page stops; the server is then well again."""
    server.faults.append(Status(code=500, page=page))
    with pytest.raises(HubError):
        await live(server, spool, now=BEGAN).census()
    server.faults.clear()
    server.requests.clear()


async def test_a_stopped_census_goes_on_at_the_page_that_failed(tmp_path: Path) -> None:
    models = hub_models(110)
    async with LoopbackHub(models) as server:
        await stopped(server, tmp_path, page=4)
        reading = await live(server, tmp_path).census()
        assert len(server.requests) == 3
    assert ids(reading) == names(models)
    assert (reading.taken_at, reading.partial) == (BEGAN, "")


async def test_models_made_while_it_stood_still_are_met_too(tmp_path: Path) -> None:
    models = hub_models(130)
    async with LoopbackHub(models[:110]) as server:
        await stopped(server, tmp_path, page=4)
        server.models = list(models)
        reading = await live(server, tmp_path).census()
    assert ids(reading) == names(models)


@pytest.mark.parametrize("page", [2, 5])
async def test_a_killed_census_goes_on(tmp_path: Path, page: int) -> None:
    models = hub_models(110)
    async with LoopbackHub(models, faults=[Hang(page=page, times=1)]) as server:
        crawler = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CRAWLER, server.url, str(tmp_path)
        )
        # The newest model is asked for before the first page.
        await asyncio.wait_for(server.asked(page + 1), 20)
        crawler.send_signal(signal.SIGKILL)
        assert await crawler.wait() == -signal.SIGKILL
        server.requests.clear()
        reading = await live(server, tmp_path).census()
        assert len(server.requests) == 6 - page + 1
    assert (ids(reading), reading.taken_at) == (names(models), BEGAN)


async def test_a_spool_cut_at_any_byte_loses_and_repeats_no_model(tmp_path: Path) -> None:
    models = hub_models(90)
    chance = random.Random(7)  # noqa: S311  # figures of a story, no secrets
    async with LoopbackHub(models) as server:
        await stopped(server, tmp_path, page=4)
        whole = (tmp_path / "census.spool").read_bytes()
        for cut in [0, 1, 7, 8, 9, len(whole) - 1, *chance.sample(range(len(whole)), 25)]:
            folder = tmp_path / str(cut)
            folder.mkdir()
            (folder / "census.spool").write_bytes(whole[:cut])
            assert ids(await live(server, folder).census()) == names(models), cut


async def test_a_damaged_spool_loses_and_repeats_no_model(tmp_path: Path) -> None:
    models = hub_models(90)
    chance = random.Random(8)  # noqa: S311  # as above
    async with LoopbackHub(models) as server:
        await stopped(server, tmp_path, page=4)
        whole = (tmp_path / "census.spool").read_bytes()
        tails = [whole + bytes(4096), whole + b"\xff" * 100]
        tails += [
            whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
            for at in chance.sample(range(len(whole)), 20)
        ]
        for number, damaged in enumerate(tails):
            folder = tmp_path / str(number)
            folder.mkdir()
            (folder / "census.spool").write_bytes(damaged)
            assert ids(await live(server, folder).census()) == names(models), number


async def test_a_census_killed_after_its_last_page_needs_no_request(tmp_path: Path) -> None:
    models = tuple(ListedModel(id=f"lab/{number}", created_at=BEGAN) for number in range(3))
    async with LoopbackHub() as server:
        with Spool(tmp_path) as spool:
            spool.begin(
                SpoolHead(
                    endpoint=server.url,
                    fields=FIELDS,
                    started_at=BEGAN,
                    ascending=True,
                    newest=models[-1],
                )
            )
            body = msgspec.json.encode(models)
            spool.append(SpooledPage(url=server.url, next_url=None, body=body))
        reading = await live(server, tmp_path).census()
        assert server.requests == []
    assert ids(reading) == [model.id for model in models]
    assert reading.partial == ""


async def test_a_finished_census_leaves_no_crawl_behind(tmp_path: Path) -> None:
    async with LoopbackHub(hub_models(50)) as server:
        first = await live(server, tmp_path, now=BEGAN).census()
        second = await live(server, tmp_path).census()
    assert (first.taken_at, second.taken_at) == (BEGAN, LATER)
    assert ids(first) == ids(second)


@pytest.mark.parametrize("now", [BEGAN + timedelta(hours=25), BEGAN - timedelta(hours=1)])
async def test_a_crawl_of_another_day_is_not_gone_on_with(tmp_path: Path, now: datetime) -> None:
    models = hub_models(110)
    async with LoopbackHub(models) as server:
        await stopped(server, tmp_path, page=4)
        reading = await live(server, tmp_path, now=now).census()
        assert len(server.requests) == 7
    assert (ids(reading), reading.taken_at) == (names(models), now)


async def test_a_crawl_of_another_hub_is_not_gone_on_with(tmp_path: Path) -> None:
    async with LoopbackHub(hub_models(110)) as first, LoopbackHub(hub_models(50)) as second:
        await stopped(first, tmp_path, page=4)
        assert len(ids(await live(second, tmp_path).census())) == 50


@pytest.mark.parametrize("code", [400, 404, 410])
async def test_a_cursor_the_hub_has_forgotten_begins_the_walk_again(
    tmp_path: Path, code: int
) -> None:
    models = hub_models(110)
    async with LoopbackHub(models) as server:
        await stopped(server, tmp_path, page=4)
        server.faults.append(Status(code=code, page=4, times=1))
        reading = await live(server, tmp_path).census()
    assert (ids(reading), reading.taken_at) == (names(models), LATER)
    assert any("began again" in note for note in reading.notes)


@pytest.mark.parametrize("fault", [Status(code=410, page=3), FirstRowsAgain(page=3)])
async def test_a_walk_that_cannot_go_on_is_not_kept(tmp_path: Path, fault: Fault) -> None:
    async with LoopbackHub(hub_models(110), faults=[fault]) as server:
        with pytest.raises(HubError):
            await live(server, tmp_path).census()
        server.faults.clear()
        assert len(ids(await live(server, tmp_path).census())) == 110
        # The newest model and the first page were asked for again.
        assert [each.query["limit"] for each in server.requests].count(["1"]) == 2


async def test_the_rows_of_a_resumed_walk_are_still_checked(tmp_path: Path) -> None:
    async with LoopbackHub(hub_models(110)) as server:
        await stopped(server, tmp_path, page=4)
        server.faults.append(FirstRowsAgain(page=4))
        with pytest.raises(HubError) as caught:
            await live(server, tmp_path).census()
        assert caught.value.reason == "page-loop"


async def test_a_resumed_walk_still_must_meet_the_newest_model(tmp_path: Path) -> None:
    async with LoopbackHub(hub_models(110)) as server:
        await stopped(server, tmp_path, page=3)
        server.faults.append(NoLink(page=4))
        reading = await live(server, tmp_path).census()
    assert "after 80 models, before the newest one" in reading.partial


async def test_two_crawls_never_share_a_spool(tmp_path: Path) -> None:
    async with LoopbackHub(hub_models(50), faults=[Hang(page=2)]) as server:
        first = asyncio.create_task(live(server, tmp_path).census())
        await server.asked(3)
        with pytest.raises(HubError) as caught:
            await live(server, tmp_path).census()
        assert caught.value.reason == "busy"
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        server.faults.clear()
        assert len(ids(await live(server, tmp_path).census())) == 50


async def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    async with LoopbackHub(hub_models(5)) as server:
        with pytest.raises(HubError) as caught:
            await live(server, tmp_path / "taken").census()
    assert caught.value.reason == "spool"
    assert "taken" in str(caught.value)


async def test_columns_come_back_from_a_spool_as_they_were_read(tmp_path: Path) -> None:
    tags = ["license:mit", "base_model:a/b", "base_model:merge:c/d"]
    models: list[Row] = [
        {**row, "tags": tags[: at % 4], "author": f"lab-{at // 30}"}
        for at, row in enumerate(hub_models(110))
    ]
    async with LoopbackHub(models) as server:
        undisturbed = await live(server, tmp_path / "whole", now=BEGAN).census()
        await stopped(server, tmp_path, page=5)
        resumed = await live(server, tmp_path).census()
    [one], [other] = undisturbed.listings, resumed.listings
    assert one.columns is not None
    assert other.columns is not None
    assert list(one.columns.chunks()) == list(other.columns.chunks())


async def test_a_crawl_that_kept_no_records_is_not_gone_on_with_for_a_recording(
    tmp_path: Path,
) -> None:
    models = hub_models(110)
    async with LoopbackHub(models) as server:
        await stopped(server, tmp_path, page=4)
        recording = LiveHub(
            endpoint=server.url,
            token=None,
            spool=tmp_path,
            clock=lambda: LATER,
            limits=QUICK,
            records=True,
        )
        reading = await recording.census()
        assert len(server.requests) == 7
    assert [model.id for model in reading.listings[0].models] == names(models)


async def test_a_crawl_of_an_older_version_is_read_anew(tmp_path: Path) -> None:
    models = hub_models(50)
    async with LoopbackHub(models) as server:
        head = SpoolHead(
            endpoint=server.url,
            fields=FIELDS,
            started_at=BEGAN,
            ascending=True,
            newest=None,
            version=2,
        )
        with Spool(tmp_path) as spool:
            spool.begin(head)
            body = msgspec.json.encode([ListedModel(id="lab/gone", created_at=BEGAN)])
            spool.append(SpooledPage(url=server.url, next_url=None, body=body))
        with Spool(tmp_path) as spool:
            assert spool.head is None
        assert ids(await live(server, tmp_path).census()) == names(models)
