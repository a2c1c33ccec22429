"""A share that leaves its usual pace for weeks is told before it crosses any line."""

from collections.abc import Sequence

import pytest

from bot.rules import parse_rule
from detectors.evaluate import Standing, evaluate
from detectors.metric import Kind
from detectors.momentum import Momentum, Way
from detectors.share import By, Of, ShareQuestion
from detectors.shift import Shift
from detectors.snapshot import Snapshot
from tests.golden_files import check_golden
from tests.shares import built, downloaded
from tests.test_render import texts_of
from tests.world import Row, World, day, labs

RULE = "momentum of downloads by lab who Qwen up"
# Steady but for a wobble of half a point, as shares are.
STEADY = [200, 204, 199, 203, 200, 205, 201, 204, 200, 203, 199, 204]
CLIMB = [212, 224, 235, 247, 260]


def of_thousand(qwen: int) -> list[Row]:
    return downloaded(qwen=qwen, meta=1000 - qwen)


def walk(rule: str, looks: Sequence[list[Row]], every: int = 7) -> list[list[Shift]]:
    """Return what is told as looks come so many days apart, all of them held."""
    world, past, news = World(), list[Snapshot](), []
    standing: Standing = {}
    for at, rows in enumerate(looks):
        after = world.snapshot(day(5 + at * every), Kind.CENSUS, {None: rows})
        told, standing = evaluate([parse_rule(rule, labs())], past, after, standing)
        past.append(after)
        news.append(told)
    return news


def told(news: Sequence[Sequence[Shift]]) -> list[tuple[int, str, str]]:
    return [(at, each.key, each.status.value) for at, found in enumerate(news) for each in found]


def shares(rule: str, counts: Sequence[int]) -> list[list[Shift]]:
    return walk(rule, [of_thousand(count) for count in counts])


def test_a_share_that_only_wobbles_has_no_momentum() -> None:
    assert told(shares(RULE, STEADY * 4)) == []


def test_a_climb_is_told_within_weeks_and_once() -> None:
    found = told(shares(RULE, [*STEADY, *CLIMB]))
    assert [each[1:] for each in found] == [("Qwen", "firing")]
    assert len(STEADY) < found[0][0] <= len(STEADY) + 3


def test_a_fall_is_told_to_who_watches_for_falls_alone() -> None:
    fall = [*STEADY, 190, 178, 165, 152]
    assert told(shares(RULE, fall)) == []
    (found,) = told(shares(RULE.replace(" up", " down"), fall))
    assert found[1:] == ("Qwen", "firing")


def test_who_has_always_climbed_at_this_pace_has_no_new_momentum() -> None:
    assert told(shares(RULE, [100 + 10 * week for week in range(40)])) == []


def test_one_wild_week_moves_neither_the_usual_pace_nor_its_spread() -> None:
    wild = [*STEADY]
    wild[4] = 400
    found = told(shares(RULE, [*wild, *CLIMB]))
    assert [each[1:] for each in found] == [("Qwen", "firing")]


def test_a_trend_that_settles_ends_once() -> None:
    news = shares(RULE, [*STEADY, *CLIMB, *([260, 262] * 12)])
    assert [each[1:] for each in told(news)] == [("Qwen", "firing"), ("Qwen", "resolved")]


def test_with_too_few_weeks_to_know_what_is_usual_it_waits() -> None:
    assert told(shares(RULE, [200, 201, 200, 260, 330, 400, 470, 540])) == []


def test_looks_of_every_day_are_seen_as_weeks() -> None:
    daily = [of_thousand(count) for count in [*STEADY, *CLIMB] for _ in range(7)]
    found = told(walk(RULE, daily, every=1))
    assert [each[1:] for each in found] == [("Qwen", "firing")]
    assert 7 * len(STEADY) <= found[0][0] <= 7 * (len(STEADY) + 3)


def test_of_what_is_drawn_the_spread_is_never_less_than_chance() -> None:
    rule = "momentum of derivatives by family who Qwen up"
    few = [built_in(at, qwen=4, meta=16) for at in range(12)]
    rising = [built_in(12 + at, qwen=5 + at, meta=15 - at) for at in range(3)]
    assert told(walk(rule, [*few, *rising])) == []


def built_in(week: int, **derivatives: int) -> list[Row]:
    """Return derivatives made in a week."""
    made = [row for row in built(**derivatives) if isinstance(row, tuple)]
    return [(name, {**fields, "created_at": day(4 + 7 * week)}) for name, fields in made]


def test_an_empty_hub_ends_it() -> None:
    news = walk(RULE, [*(of_thousand(count) for count in [*STEADY, *CLIMB]), []])
    assert [each[1:] for each in told(news)] == [("Qwen", "firing"), ("Qwen", "resolved")]


def test_anyone_finds_who_it_is_and_the_unknown_part_is_nobody() -> None:
    looks = [downloaded(qwen=count, unknown=500, meta=500 - count) for count in [*STEADY, *CLIMB]]
    rule = RULE.replace("who Qwen", "anyone")
    assert {shift.key for found in walk(rule, looks) for shift in found} == {"Qwen"}
    hidden = [downloaded(qwen=100, unknown=count, meta=900 - count) for count in [*STEADY, *CLIMB]]
    assert told(walk(rule, hidden)) == []


def test_its_evidence_names_every_week_and_recomputes_from_them() -> None:
    news = shares(RULE, [*STEADY, *CLIMB])
    (shift,) = [each for found in news for each in found]
    assert len(shift.evidence.named) > len(STEADY)
    world = World()
    reads = [
        world.snapshot(day(5 + 7 * at), Kind.CENSUS, {None: of_thousand(count)})
        for at, count in enumerate([*STEADY, *CLIMB])
    ]
    named = [read for read in reads if read.id in shift.evidence.named]
    assert parse_rule(shift.rule, labs()).evidence("Qwen", named) == shift.evidence


def test_a_message_gives_the_pace_and_what_was_usual() -> None:
    news = shares(RULE, [*STEADY, *CLIMB, *([260, 262] * 12)])
    check_golden("alert_momentum", "\n\n".join(texts_of(found) for found in news if found))


def test_too_few_weeks_are_refused() -> None:
    with pytest.raises(ValueError, match="weeks must be a whole number of at least 9, got 4"):
        Momentum(ShareQuestion(Of.LIKES, By.LAB), "Qwen", Way.UP, weeks=4)
