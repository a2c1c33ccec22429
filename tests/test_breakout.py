"""A model that outgrows those of its age and size is told, what lifts or hides them all is not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from bot.render import message_of, stories
from detectors.metric import Kind, Metric
from detectors.shift import Shift
from tests.golden_files import check_golden
from tests.test_render import texts_of
from tests.world import Row, World, day

RULE = "breakout by downloads in all"
BORN = day(1)
THEN, NOW = day(11), day(12)
BORN_THEN = {"created_at": BORN}


def peers(downloads: int, count: int = 25, born: datetime = BORN) -> list[Row]:
    """Return models of one age; none of them stands out by more than their number."""
    return [
        (f"peer/{number}", {"downloads": downloads + 10 * number, "created_at": born})
        for number in range(count)
    ]


def hit(downloads: int | None, likes: int = 10, **fields: Any) -> Row:
    known = {"downloads": downloads, "likes": likes, "created_at": BORN}
    return "Qwen/hit", {**known, "pipeline_tag": "text-generation", **fields}


def told(before: Row, after: Row, *, then: int = 5_000, now: int = 5_500) -> list[Shift]:
    world = World([RULE])
    world.census(THEN, [before, *peers(then)])
    return world.census(NOW, [after, *peers(now)])


def names(shifts: Sequence[Shift]) -> list[str]:
    return [shift.key for shift in shifts]


def test_a_model_that_outgrows_its_peers_is_told() -> None:
    (shift,) = told(hit(6_000), hit(60_000, likes=90))
    assert (shift.key, shift.facts.event.value) == ("Qwen/hit", "breakout")
    assert (shift.evidence.before, shift.evidence.after) == (6_000, 60_000)
    assert shift.evidence.denominator == 26
    assert shift.about["usual"] == pytest.approx(1.1, abs=0.01)
    assert shift.evidence.definition == "growth/1"


def test_what_lifts_all_of_an_age_lifts_nobody() -> None:
    assert told(hit(6_000), hit(60_000, likes=90), then=5_000, now=50_000) == []


def test_growth_as_its_peers_grow_is_no_breakout() -> None:
    assert told(hit(6_000), hit(6_700)) == []


def test_who_grows_and_is_still_less_used_than_the_tenth_of_its_age_is_not_told() -> None:
    assert told(hit(1_000), hit(4_000, likes=90)) == []


def test_a_figure_that_was_not_tracked_has_not_grown() -> None:
    assert told(hit(0), hit(60_000, likes=90)) == []
    assert told(hit(None), hit(60_000, likes=90)) == []


def test_what_comes_from_almost_nothing_counts_from_the_least_figure() -> None:
    (shift,) = told(hit(2), hit(60_000, likes=90))
    assert shift.about["score"] == told(hit(900), hit(60_000, likes=90))[0].about["score"]


def test_a_launch_that_leaves_the_window_is_no_breakout_of_the_rest() -> None:
    assert told(hit(60_000), hit(6_000)) == []


def test_without_enough_peers_nothing_is_told() -> None:
    world = World([RULE])
    world.census(THEN, [hit(6_000), *peers(5_000, 10)])
    assert world.census(NOW, [hit(60_000, likes=90), *peers(5_500, 10)]) == []


def test_a_pulse_shows_only_winners_so_it_is_not_asked() -> None:
    world = World([RULE])
    world.look(THEN, Kind.PULSE, {Metric.DOWNLOADS: [hit(6_000), *peers(5_000)]})
    rows = [hit(60_000, likes=90), *peers(5_500)]
    assert world.look(NOW, Kind.PULSE, {Metric.DOWNLOADS: rows}) == []


def test_a_model_is_told_once_in_thirty_days() -> None:
    world = World([RULE])
    world.census(day(11), [hit(6_000), *peers(5_000)])
    news = []
    for number, at in enumerate((12, 13, 14), start=1):
        rows = [hit(6_000 * 8**number, likes=10 * 9**number), *peers(5_000)]
        news.append(names(world.census(day(at), rows)))
    assert news == [["Qwen/hit"], [], []]
    later = [hit(9_000_000, likes=99_000), *peers(5_000)]
    world.census(day(43), [hit(900_000, likes=9_000), *peers(5_000)])
    assert names(world.census(day(44), later)) == ["Qwen/hit"]


def test_downloads_without_likes_are_left_to_suspicion() -> None:
    world = World([RULE, "suspicious growth in all"])
    elders = peers(50_000, born=day(-90))
    world.census(THEN, [hit(60_000, created_at=day(-90)), *elders])
    (shift,) = world.census(NOW, [hit(600_000, created_at=day(-90)), *elders])
    assert shift.detector == "suspicious_growth"


def test_models_of_one_publisher_that_break_out_together_are_one_message() -> None:
    world = World([RULE])
    for at, downloads in ((THEN, 6_000), (NOW, 60_000)):
        rows = [
            (name, {"downloads": downloads + 500 * place, "likes": downloads // 100, **BORN_THEN})
            for place, name in enumerate(("Qwen/hit", "Qwen/hit-small", "nobody/tune"))
        ]
        news = world.census(at, [*rows, *peers(5_000)])
    told_as = [sorted(names(story)) for story in stories(news)]
    assert sorted(told_as) == [["Qwen/hit", "Qwen/hit-small"], ["nobody/tune"]]
    (message,) = [message_of(story) for story in stories(news) if len(story) > 1]
    assert "With it grew hit-small (" in message.why
    assert len(message.evidence) == len(message.shifts) == 2


def test_it_reads_as_a_sentence() -> None:
    check_golden("alert_breakout", texts_of(told(hit(6_000), hit(60_000, likes=90))))
