"""A launch spike leaves the 30-day window: that is a fall of the count, and told to nobody."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from detectors.metric import Kind, Metric
from detectors.shift import Held, Shift
from detectors.spike import without_spikes
from tests.world import Row, World, day

SHARE = "share of downloads by lab who DeepSeek below 30% clear 35%"
FIRST = "top 1 by downloads in llm confirm 1 of 1"
TOP = "top 3 by downloads in llm leave 4 confirm 2 of 3"
NOW = day(40)


def model(name: str, downloads: int, age: float = 400, **fields: Any) -> Row:
    created = NOW - timedelta(days=age)
    told = {"downloads": downloads, "created_at": created, "pipeline_tag": "text-generation"}
    return name, {**told, **fields}


def looked(world: World, *days: list[Row]) -> list[Shift]:
    """Look at the days that end now, and return what the last one showed."""
    news: list[Shift] = []
    for back, rows in zip(reversed(range(len(days))), days, strict=True):
        news = world.census(NOW - timedelta(days=back), rows)
    return news


def held(news: list[Shift]) -> dict[tuple[str, str], Held | None]:
    return {(shift.key, shift.status.value): shift.judgement.held for shift in news}


@pytest.mark.parametrize(
    ("age", "why"), [(29, None), (31, Held.WINDOW), (73, Held.WINDOW), (75, None), (400, None)]
)
def test_a_share_that_falls_as_a_launch_leaves_the_window_is_not_told(
    age: float, why: Held | None
) -> None:
    rest = [model("google/a", 60), model("openai/b", 40)]
    days = [[model("deepseek-ai/Launch", then, age), *rest] for then in (60, 20)]
    news = looked(World([SHARE]), *days)
    assert held(news) == {("DeepSeek", "firing"): why}
    assert not why or "launch of a month or two ago left the 30-day window" in news[0].judgement.why


def test_what_a_launch_had_may_be_more_than_any_model_has_now() -> None:
    # Downloads of now fit 16 bits, in which a census is kept, and those of the launch do not.
    rest = [model("google/a", 30_000), model("openai/b", 20_000)]
    days = [[model("deepseek-ai/Launch", then, 31), *rest] for then in (60_000, 20_000)]
    assert held(looked(World([SHARE]), *days)) == {("DeepSeek", "firing"): Held.WINDOW}


def test_a_share_that_falls_for_another_reason_too_is_told() -> None:
    launch = [model("deepseek-ai/Launch", then, 31) for then in (20, 19)]
    rest = [model("google/a", 60), model("deepseek-ai/old", 30)]
    fallen = [model("google/a", 60), model("deepseek-ai/old", 3)]
    news = looked(World([SHARE]), [launch[0], *rest], [launch[1], *fallen])
    assert held(news) == {("DeepSeek", "firing"): None}


def test_a_first_place_that_a_launch_falls_from_is_not_told_and_one_that_is_won_is() -> None:
    falls = [[model("a/launch", then, 31), model("b/old", 50)] for then in (90, 40)]
    assert held(looked(World([FIRST]), *falls)) == {
        ("b/old", "firing"): Held.WINDOW,
        ("a/launch", "resolved"): Held.WINDOW,
    }
    won = [[model("a/launch", 90 - up, 31), model("b/old", 50 + 50 * up)] for up in (0, 1)]
    assert held(looked(World([FIRST]), *won)) == {
        ("b/old", "firing"): None,
        ("a/launch", "resolved"): None,
    }


def test_an_entry_that_waits_for_its_second_read_is_held_by_what_the_launch_had_before() -> None:
    old = [model("a/a", 90), model("b/b", 80), model("c/c", 50), model("d/d", 5)]
    days = [[model("e/launch", then, 31), *old] for then in (70, 40, 39)]
    assert held(looked(World([TOP]), *days)) == {("c/c", "firing"): Held.WINDOW}


def test_what_is_held_back_ends_without_a_word() -> None:
    world = World([FIRST])
    looked(world, *[[model("a/launch", then, 31), model("b/old", 50)] for then in (90, 40)])
    later = world.census(NOW + timedelta(days=1), [model("a/launch", 60, 31), model("b/old", 50)])
    ended = {shift.key: shift.judgement.held for shift in later if shift.status.value == "resolved"}
    assert ended == {"b/old": Held.UNTOLD}


def test_shares_of_likes_and_boards_of_all_downloads_are_none_of_the_windows() -> None:
    rules = ["top 1 by likes in all confirm 1 of 1", "top 1 by downloads_all_time in all leave 1"]
    rows = [
        [
            model("a/launch", then, 31, likes=then, downloads_all_time=900 + then),
            model("b/old", 50, likes=50, downloads_all_time=950),
        ]
        for then in (90, 40)
    ]
    news = looked(World([rules[0], rules[1] + " confirm 1 of 1"]), *rows)
    assert len(news) == 4
    assert {shift.judgement.held for shift in news} == {None}


def test_a_list_in_the_hubs_order_is_put_in_that_of_the_figures_before() -> None:
    world = World()

    def listed(at: datetime, *rows: Row) -> Any:
        return world.snapshot(at, Kind.PULSE, {Metric.DOWNLOADS: list(rows)})

    before = listed(day(39), model("a/launch", 90, 31), model("b/old", 50), model("c/old", 45))
    after = listed(day(40), model("b/old", 50), model("c/old", 45), model("a/launch", 40, 31))
    kept = without_spikes([before], after)
    assert kept is not None
    board = kept.board(Metric.DOWNLOADS)
    assert board is not None
    assert [*board.ids] == ["a/launch", "b/old", "c/old"]
    assert board.figures.tolist() == [90, 50, 45]
    assert without_spikes([after], after) is None
