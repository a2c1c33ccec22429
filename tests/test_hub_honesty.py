"""Lists that end early, repeat, or hold odd records are seen for what they are."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.hub_faults import (
    Ascending,
    Body,
    NoLink,
    OddRows,
)
from tests.hub_listing import hub_models
from tests.hub_looks import PATIENT, ids, listed_ids, live
from tests.hub_server import LoopbackHub


async def test_a_full_page_without_a_next_link_is_partial(tmp_path: Path) -> None:
    async with LoopbackHub(hub_models(90), faults=[NoLink(page=2, sort="likes")]) as server:
        limits = replace(PATIENT, page_rows=20)
        reading = await live(server.url, tmp_path, limits).pulse()
    assert reading.partial == (
        "the list by likes ended after 40 models on a full page without a next link"
    )


async def test_a_servers_own_page_size_counts_as_full(tmp_path: Path) -> None:
    faults = [NoLink(page=3, sort="downloads")]
    async with LoopbackHub(hub_models(90), faults=faults, page_cap=8) as server:
        reading = await live(server.url, tmp_path).pulse()
    assert "the list by downloads ended after 24 models on a full page" in reading.partial


async def test_a_list_that_honestly_ends_is_whole(tmp_path: Path) -> None:
    async with LoopbackHub(hub_models(33)) as server:
        reading = await live(server.url, tmp_path).pulse()
    assert (reading.partial, len(listed_ids(reading))) == ("", 33)


@pytest.mark.parametrize("ascending", list(Ascending))
async def test_a_census_cut_by_a_missing_link_is_partial(
    tmp_path: Path, ascending: Ascending
) -> None:
    async with LoopbackHub(hub_models(90), faults=[NoLink(page=2)], ascending=ascending) as server:
        reading = await live(server.url, tmp_path).census()
    assert "the census ended after 40 models" in reading.partial


async def test_a_census_of_whole_pages_ends_honestly_at_the_newest_model(tmp_path: Path) -> None:
    async with LoopbackHub(hub_models(60)) as server:
        assert (await live(server.url, tmp_path).census()).partial == ""


@pytest.mark.parametrize("ascending", [Ascending.REFUSED, Ascending.IGNORED])
async def test_a_walk_back_that_ends_on_a_full_page_is_whole_if_it_met_the_most_liked(
    tmp_path: Path, ascending: Ascending
) -> None:
    async with LoopbackHub(hub_models(60), ascending=ascending) as server:
        assert (await live(server.url, tmp_path).census()).partial == ""


async def test_short_lists_on_full_pages_are_whole_if_all_hold_the_same_models(
    tmp_path: Path,
) -> None:
    async with LoopbackHub(hub_models(24), page_cap=8) as server:
        reading = await live(server.url, tmp_path).pulse()
    assert (reading.partial, len(listed_ids(reading))) == ("", 24)


async def test_a_walk_back_in_time_must_meet_the_oldest_models_known(tmp_path: Path) -> None:
    async with LoopbackHub(hub_models(200)) as server:
        hub = live(server.url, tmp_path)
        assert (await hub.census()).partial == ""
    async with LoopbackHub(hub_models(200)[150:], ascending=Ascending.REFUSED) as second:
        # The same Hub by its address, cut down to its newest models.
        landmarks = tmp_path / "landmarks.json"
        landmarks.write_text(landmarks.read_text().replace(server.url, second.url))
        reading = await live(second.url, tmp_path).census()
    assert "before the oldest ones known" in reading.partial


async def test_records_of_wrong_types_are_judged_one_by_one(tmp_path: Path) -> None:
    odd = OddRows(fields={"likes": "many", "tags": None, "createdAt": 7}, every=30)
    limits = replace(PATIENT, page_rows=100, pulse_rows=100, odd_share=0.05)
    async with LoopbackHub(hub_models(100), faults=[odd]) as server:
        reading = await live(server.url, tmp_path, limits).pulse()
    models = reading.listings[0].models
    assert (len(models), models[0].likes, models[0].created_at) == (100, None, None)
    assert models[0].downloads is not None
    assert models[1].likes is not None
    assert (reading.odd, reading.partial) == (12, "")
    assert any("without the Hub's form" in note for note in reading.notes)


async def test_records_without_a_usable_id_are_left_out_and_counted(tmp_path: Path) -> None:
    faults = [OddRows(fields={"id": ..., "_id": ...}, every=50, sort="likes")]
    limits = replace(PATIENT, page_rows=100, pulse_rows=100, odd_share=0.02)
    async with LoopbackHub(hub_models(100), faults=faults) as server:
        reading = await live(server.url, tmp_path, limits).pulse()
    assert len(listed_ids(reading, 1)) == 98
    assert (reading.odd, reading.partial) == (2, "")


async def test_too_many_odd_records_are_partial(tmp_path: Path) -> None:
    async with LoopbackHub(hub_models(60), faults=[OddRows(fields={"likes": -1})]) as server:
        reading = await live(server.url, tmp_path).pulse()
    assert "the list by likes had 60 of 60 records without the Hub's form" in reading.partial


@pytest.mark.parametrize(
    "body",
    [
        b'[{"id":"a/b","trendingScore":1e999},{"id":"c/d","likes":1}]',
        b'[{"id":"a/b","trendingScore":1e19},{"id":"c/d","likes":1}]',
        b'[{"id":"a/b","trendingScore":NaN},{"id":"c/d","likes":1}]',
        b'[{"id":"a/b","likes":123456789012345678901234567890},{"id":"c/d"}]',
        b'[{"id":"a/b","author":["x"]},{"id":"c/d"},null,3,"x",{"id":"\\ud800"},{"id":""}]',
    ],
)
async def test_one_odd_record_does_not_kill_the_page(tmp_path: Path, body: bytes) -> None:
    page = Body(body=body, content_type="application/json")
    async with LoopbackHub(faults=[page]) as server:
        reading = await live(server.url, tmp_path).pulse()
    assert listed_ids(reading) == ["a/b", "c/d"]
    assert reading.odd >= 3


async def test_a_model_that_slides_across_a_page_border_is_kept_once(tmp_path: Path) -> None:
    models = hub_models(60)
    async with LoopbackHub(models) as server:
        first = ids(models, "likes")[0]
        again = OddRows(
            fields={"_id": next(m["_id"] for m in models if m["id"] == first)}, every=50
        )
        server.faults.append(replace(again, page=2, sort="likes"))
        reading = await live(server.url, tmp_path).pulse()
    assert listed_ids(reading, 1).count(first) == 1
    assert any("1 model listed again, counted once" in note for note in reading.notes)


async def test_a_list_of_repeats_within_one_page_is_partial(tmp_path: Path) -> None:
    twice = Body(body=b'[{"id":"a/b"},{"id":"a/b"}]', content_type="application/json")
    async with LoopbackHub(faults=[twice]) as server:
        reading = await live(server.url, tmp_path).pulse()
    assert listed_ids(reading) == ["a/b"]
    assert "the list by trending had 1 of 2 models twice: duplicated" in reading.partial


@pytest.mark.parametrize("page", [1, 2])
async def test_one_model_that_a_census_lists_again_is_counted_once(
    tmp_path: Path, page: int
) -> None:
    models = hub_models(120)
    second = sorted(models, key=lambda each: each["createdAt"])[1]["_id"]
    again = OddRows(fields={"_id": second}, every=PATIENT.page_rows, page=page)
    async with LoopbackHub(models, faults=[again]) as server:
        reading = await live(server.url, tmp_path).census()
    assert len(listed_ids(reading)) == 119
    assert reading.partial == ""
    assert "the census: 1 model listed again, counted once" in reading.notes


async def test_a_census_out_of_order_is_partial(tmp_path: Path) -> None:
    shuffled = OddRows(fields={"createdAt": "2020-01-01T00:00:00.000Z"}, every=2)
    async with LoopbackHub(hub_models(60), faults=[shuffled]) as server:
        reading = await live(server.url, tmp_path).census()
    assert "out of order" in reading.partial


async def test_a_census_with_many_models_twice_is_partial(tmp_path: Path) -> None:
    again = OddRows(fields={"_id": "0" * 24}, every=20, page=2)
    async with LoopbackHub(hub_models(60), faults=[again]) as server:
        reading = await live(server.url, tmp_path).census()
    assert len(listed_ids(reading)) == 59
    assert "the census had 1 of 60 models twice: duplicated" in reading.partial
