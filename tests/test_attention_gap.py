"""A lab that leads in attention and not in use, or the reverse, is told beyond a margin."""

from collections.abc import Mapping, Sequence

import pytest

from bot.render import message_of
from detectors.metric import Kind, Metric
from detectors.shift import Shift
from tests.golden_files import check_golden
from tests.shares import OWNERS
from tests.test_render import texts_of
from tests.world import Row, World, day

LIKED = "gap of likes over downloads above 10% clear 5% in all"
USED = "gap of downloads over likes above 10% clear 5% in all"


def hub(likes: Mapping[str, int], downloads: Mapping[str, int]) -> list[Row]:
    return [
        (f"{OWNERS[lab]}/{lab}", {"likes": likes[lab], "downloads": downloads[lab]})
        for lab in likes
    ]


EVEN = hub({"qwen": 60, "meta": 40}, {"qwen": 60, "meta": 40})
LOVED = hub({"qwen": 60, "meta": 40}, {"qwen": 30, "meta": 70})


def told(shifts: Sequence[Shift]) -> list[tuple[str, str]]:
    return [(shift.key, shift.status.value) for shift in shifts]


@pytest.mark.parametrize(
    ("rule", "news"), [(LIKED, [("Qwen", "firing")]), (USED, [("Meta", "firing")])]
)
def test_both_ways_are_seen(rule: str, news: list[tuple[str, str]]) -> None:
    world = World([rule])
    world.census(day(1), EVEN)
    assert told(world.census(day(2), LOVED)) == news
    assert told(world.census(day(3), EVEN)) == [(news[0][0], "resolved")]


def test_who_leads_in_both_has_no_gap_however_wide() -> None:
    world = World([LIKED])
    world.census(day(1), EVEN)
    assert world.census(day(2), hub({"qwen": 95, "meta": 5}, {"qwen": 51, "meta": 49})) == []


def test_within_the_margin_nothing_is_told_and_a_wobble_once() -> None:
    world = World([LIKED])
    looks = [(52, 48), (54, 48), (60, 45), (56, 48), (60, 45), (51, 49)]
    found = [
        told(world.census(day(at), hub({"qwen": a, "meta": 100 - a}, {"qwen": b, "meta": 100 - b})))
        for at, (a, b) in enumerate(looks, start=1)
    ]
    assert found == [[], [], [("Qwen", "firing")], [], [], [("Qwen", "resolved")]]


def test_the_unknown_part_leads_nowhere() -> None:
    world = World([LIKED])
    world.census(day(1), EVEN)
    rows = hub({"qwen": 30, "meta": 20, "unknown": 50}, {"qwen": 5, "meta": 5, "unknown": 90})
    assert told(world.census(day(2), rows)) == [("Qwen", "firing")]
    rows = hub({"qwen": 10, "meta": 10, "unknown": 80}, {"qwen": 30, "meta": 40, "unknown": 30})
    assert told(world.census(day(3), rows)) == [("Qwen", "resolved")]


def test_of_trending_places_are_compared() -> None:
    world = World(["gap of trending over downloads above 20% clear 10% in top 4 in all"])
    chinese, american = [f"Qwen/{at}" for at in range(4)], [f"meta-llama/{at}" for at in range(4)]
    even, loved = [*chinese[:2], *american], [*chinese[:3], *american]
    world.look(day(1), Kind.PULSE, {Metric.TRENDING: even, Metric.DOWNLOADS: american})
    found = world.look(day(2), Kind.PULSE, {Metric.TRENDING: loved, Metric.DOWNLOADS: american})
    assert told(found) == [("Qwen", "firing")]
    check_golden("alert_gap_places", texts_of(found))


def test_a_message_gives_both_shares_and_who_leads_the_other() -> None:
    world = World([LIKED])
    world.census(day(1), EVEN)
    up = world.census(
        day(2),
        hub({"qwen": 60, "meta": 30, "unknown": 10}, {"qwen": 30, "meta": 50, "unknown": 20}),
    )
    down = world.census(day(3), EVEN)
    check_golden("alert_gap", f"{texts_of(up)}\n\n{texts_of(down)}")


def test_who_comes_to_lead_in_both_has_closed_the_gap_without_narrowing_it() -> None:
    world = World([LIKED])
    world.census(day(1), EVEN)
    world.census(day(2), LOVED)
    (shift,) = world.census(day(3), hub({"qwen": 90, "meta": 10}, {"qwen": 60, "meta": 40}))
    assert "a gap of 30\u00a0points, but it now leads in both" in message_of([shift]).sentence


def test_a_single_point_is_no_points() -> None:
    world = World(["gap of likes over downloads above 1% in all"])
    world.census(day(1), hub({"qwen": 51, "meta": 49}, {"qwen": 50, "meta": 50}))
    (shift,) = world.census(day(2), LOVED)
    assert "the margin of 1\u00a0point; on 1 January it was 1\u00a0point." in (
        message_of([shift]).sentence
    )
