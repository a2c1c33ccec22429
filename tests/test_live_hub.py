"""The live Hub against a loopback Hub that behaves, and that asks for patience."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from huggingface_hub import HfApi, close_session

from bot.hub.limits import CrawlLimits
from bot.hub.live import LiveHub
from bot.hub.port import Hub
from detectors.metric import Kind, Metric
from tests.hub_faults import (
    Ascending,
    Status,
)
from tests.hub_listing import hub_models
from tests.hub_looks import NOW, PATIENT, TOKEN, failed, ids, listed_ids, live
from tests.hub_server import LoopbackHub


async def test_a_pulse_is_the_first_models_by_each_metric_in_the_hubs_order(tmp_path: Path) -> None:
    models = hub_models(120)
    async with LoopbackHub(models, prefix="/mirror") as server:
        hub: Hub = live(server.url + "/", tmp_path)
        reading = await hub.pulse()
        assert server.tokens == [f"Bearer {TOKEN}"] * len(server.requests)
    assert (reading.kind, reading.partial, reading.odd) == (Kind.PULSE, "", 0)
    assert reading.taken_at == NOW.replace(microsecond=0)
    by = [listing.by for listing in reading.listings]
    assert by == [Metric.TRENDING, Metric.LIKES, Metric.DOWNLOADS]
    for number, sort in enumerate(("trendingScore", "likes", "downloads")):
        assert listed_ids(reading, number) == ids(models, sort)


async def test_a_model_keeps_every_field_that_was_asked_for(tmp_path: Path) -> None:
    parent = {"relation": "finetune", "models": [{"_id": "a" * 24, "id": "lab/base"}]}
    [row] = hub_models(1)
    async with LoopbackHub([{**row, "baseModels": parent, "gated": "auto"}]) as server:
        reading = await live(server.url, tmp_path).pulse()
    [model] = reading.listings[0].models
    assert (model.oid, model.id, model.author) == ("0" * 24, "lab-0/model-0", "lab-0")
    assert (model.likes, model.downloads) == (row["likes"], row["downloads"])
    assert (model.trending_score, model.gated) == (row["trendingScore"], "auto")
    assert model.downloads_all_time == row["downloadsAllTime"]
    assert model.created_at == datetime(2022, 3, 2, 23, 29, 4, tzinfo=UTC)
    assert (model.pipeline_tag, model.library_name) == ("text-generation", "transformers")
    assert model.tags == ("transformers", "license:mit")
    assert model.base_models is not None
    assert [each.id for each in model.base_models.models or ()] == ["lab/base"]


async def test_a_server_with_smaller_pages_is_followed_to_the_last_row_wanted(
    tmp_path: Path,
) -> None:
    models = hub_models(120)
    async with LoopbackHub(models, page_cap=7) as server:
        reading = await live(server.url, tmp_path).pulse()
    assert listed_ids(reading, 1) == ids(models, "likes")
    assert reading.partial == ""


async def test_without_a_token_no_cached_login_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_another_program")
    async with LoopbackHub(hub_models(3)) as server:
        hub = LiveHub(
            endpoint=server.url, token=None, spool=tmp_path, clock=lambda: NOW, limits=PATIENT
        )
        await hub.pulse()
        assert server.tokens == []


async def test_an_empty_hub_is_an_empty_reading(tmp_path: Path) -> None:
    async with LoopbackHub() as server:
        hub = live(server.url, tmp_path)
        assert listed_ids(await hub.pulse()) == []
        census = await hub.census()
    assert (listed_ids(census), census.partial) == ([], "")


async def test_a_census_loses_no_model_while_a_fifth_of_the_figures_move(tmp_path: Path) -> None:
    models = hub_models(200)
    async with LoopbackHub(models, churn=0.2) as server:
        reading = await live(server.url, tmp_path).census()
    assert listed_ids(reading) == [row["id"] for row in models]
    assert (reading.kind, reading.partial, reading.listings[0].by) == (Kind.CENSUS, "", None)


@pytest.mark.parametrize("ascending", [Ascending.REFUSED, Ascending.IGNORED])
async def test_a_hub_without_the_ascending_order_is_walked_back_in_time(
    tmp_path: Path, ascending: Ascending
) -> None:
    models = hub_models(90)
    async with LoopbackHub(models, churn=0.2, ascending=ascending) as server:
        reading = await live(server.url, tmp_path).census()
    assert listed_ids(reading) == [row["id"] for row in reversed(models)]
    assert reading.partial == ""
    assert any("ascending" in note for note in reading.notes)


async def test_progress_counts_the_models_of_every_page(tmp_path: Path) -> None:
    class Counter:
        rows = 0

        def advance(self, rows: int) -> None:
            self.rows += rows

    counter = Counter()
    async with LoopbackHub(hub_models(45)) as server:
        hub = LiveHub(
            endpoint=server.url,
            token=None,
            spool=tmp_path,
            clock=lambda: NOW,
            limits=PATIENT,
            progress=counter,
        )
        await hub.census()
    assert counter.rows == 45


async def test_the_loopback_hub_lists_as_huggingface_hub_expects(tmp_path: Path) -> None:
    models = hub_models(120)
    async with LoopbackHub(models, page_cap=7) as server:
        api = HfApi(endpoint=server.url, token=False)
        asked = api.list_models(sort="likes", limit=50, expand=["likes", "createdAt", "baseModels"])
        listed = await asyncio.to_thread(list, asked)
        reading = await live(server.url, tmp_path).pulse()
        close_session()
    assert [model.id for model in listed] == listed_ids(reading, 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "3600"},
        {"Retry-After": "Mon, 23 Nov 2026 13:00:00 GMT"},
        {"RateLimit": '"api";r=0;t=3600', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'},
    ],
)
async def test_a_wait_that_does_not_fit_is_told_with_its_end(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    async with LoopbackHub(faults=[Status(code=429, headers=headers)]) as server:
        error = await failed(live(server.url, tmp_path))
        assert len(server.requests) == 1
    assert error.reason == "rate-limited"
    assert "Try again after 2026-11-23 13:00:" in str(error)


async def test_a_hub_that_asked_for_rest_is_not_asked_by_the_next_look_either(
    tmp_path: Path,
) -> None:
    refusal = Status(code=429, headers={"Retry-After": "3600"}, times=1)
    async with LoopbackHub(hub_models(60), faults=[refusal]) as server:
        hub = live(server.url, tmp_path)
        for _ in range(3):
            error = await failed(hub)
            assert "Try again after 2026-11-23 13:00:" in str(error)
        assert len(server.requests) == 1


async def test_a_rest_is_never_longer_than_an_hour_and_ends(tmp_path: Path) -> None:
    refusal = Status(code=429, headers={"Retry-After": "99999999"}, times=1)
    limits = CrawlLimits(longest_rest_seconds=0.1)
    async with LoopbackHub(hub_models(60), faults=[refusal]) as server:
        hub = live(server.url, tmp_path, limits)
        await failed(hub)
        await asyncio.sleep(0.15)
        assert len((await hub.pulse()).listings) == 3


async def test_a_wait_that_fits_is_kept(tmp_path: Path) -> None:
    refusal = Status(code=429, headers={"Retry-After": "0"}, times=1)
    async with LoopbackHub(hub_models(60), faults=[refusal]) as server:
        began = time.monotonic()
        reading = await live(server.url, tmp_path).pulse()
        assert time.monotonic() - began >= 1
    assert len(reading.listings) == 3


async def test_a_census_rests_so_that_half_of_the_quota_is_left(tmp_path: Path) -> None:
    quota = ('"api";r=199;t=10', '"fixed window";"api";q=200;w=10')
    async with LoopbackHub(hub_models(60), quota=quota) as server:
        began = time.monotonic()
        await live(server.url, tmp_path).census()
        # Three pages, so two rests of 10 s / 100.
        assert 0.2 <= time.monotonic() - began < 5


async def test_a_census_stops_before_the_quota_is_used_up_and_goes_on_later(
    tmp_path: Path,
) -> None:
    async with LoopbackHub(hub_models(60)) as server:
        server.quota = ('"api";r=1;t=300', '"fixed window";"api";q=500;w=300')
        hub = live(server.url, tmp_path)
        error = await failed(hub, census=True)
        assert (error.reason, len(server.requests)) == ("timeout", 2)
        server.quota = None
        assert len(listed_ids(await hub.census())) == 60


async def test_malformed_quota_headers_are_ignored(tmp_path: Path) -> None:
    digits = "9" * 5000
    async with LoopbackHub(hub_models(60), quota=(f'"api";r={digits};t=1', "q=;w=")) as server:
        assert len(listed_ids(await live(server.url, tmp_path).census())) == 60
