"""The week in one message: what it tells, what it cannot tell, and a quiet week."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.digest import weekly
from bot.lookups.held import NothingHeld
from bot.render.charts import Bar, arrow, bars
from detectors.metric import Kind, Metric
from detectors.shift import SOURCE_RULE
from detectors.verdict import Reason
from tests.golden_files import check_golden
from tests.world import Row, World, day

CHINA: list[Row] = [f"Qwen/Q{n}" for n in range(6)]
AMERICA: list[Row] = [f"google/g{n}" for n in range(6)]
PEOPLE: list[Row] = [f"person{n}/p{n}" for n in range(6)]
RULES = (
    "top 10 by trending in all",
    "top 1 by trending in all",
    "share of slots by country who China above 50% clear 40% in top 10 by trending",
)


def turned() -> World:
    """Let China's models overtake on the eighth day and a new one take first place on the tenth."""
    hub = World(RULES)
    for number in range(1, 8):
        hub.pulse(day(number), [*AMERICA, *PEOPLE[:3], *CHINA[:3], *PEOPLE[3:]])
    for number in range(8, 10):
        hub.pulse(day(number), [*CHINA[:3], *AMERICA[:4], *CHINA[3:], *PEOPLE])
    for number in range(10, 15):
        hub.pulse(day(number), ["zai-org/GLM-5", *CHINA, *AMERICA[:3], *PEOPLE])
    return hub


async def test_a_week_that_turned_is_told_from_its_largest_shift() -> None:
    hub = turned()
    hub.withhold(day(12, 1), Reason.TRUNCATED, "the list by trending has 3 models, 15 before")
    hub.withhold(day(12, 2), Reason.TRUNCATED, "the list by trending has 2 models, 15 before")
    hub.withhold(day(13, 1), Reason.PARTIAL, "the pulse is marked as not complete\x1b[2J")
    check_golden("digest", (await weekly(hub.views, day(14))).text)


async def test_a_digest_with_a_census_tells_whose_models_people_build_on() -> None:
    hub = turned()
    made = {"created_at": day(5), "downloads": 10}
    rows: list[Row] = [
        (f"me{n}/tuned", {"tags": ("base_model:finetune:Qwen/Q1",), **made}) for n in range(3)
    ]
    rows.append(("google/gemma-4", made))
    hub.census(day(6), rows[2:])
    hub.census(day(13), rows)
    check_golden("digest_census", (await weekly(hub.views, day(14))).text)


async def test_a_digest_says_who_was_ahead_four_weeks_and_a_year_before() -> None:
    hub = World(RULES)
    now = day(14)
    for weeks, rows in ((52, [*AMERICA, *PEOPLE]), (4, [*CHINA, *AMERICA]), (1, CHINA), (0, CHINA)):
        hub.pulse(now - timedelta(days=7 * weeks + (weeks == 52)), rows)
    text = (await weekly(hub.views, now)).text
    text = " ".join(text.split())
    assert (
        " Four weeks ago: China 6 and United States 4. A year ago: United States 6 and unknown 4. "
    ) in text
    assert " Four weeks ago: Qwen 6 and Google 4. A year ago: Google 6 and unknown 4. " in text


async def test_a_digest_names_the_week_s_releases_those_that_trend_first() -> None:
    hub = turned()
    names = {"Qwen/Q1": 9, "Qwen/Q1-GGUF": 9, "google/new": 11, "google/old": 2, "me/mine": 9}
    hub.census(day(13), [(name, {"created_at": day(at)}) for name, at in names.items()])
    text = (await weekly(hub.views, day(14))).text
    told = "Releases\n  9 January   Qwen    Q1 and 1 other\n  11 January  Google  new\n\n"
    assert told in text
    assert "mine" not in text


async def test_a_quiet_week_says_so() -> None:
    hub = World(RULES)
    for number in range(1, 15):
        hub.pulse(day(number), [*AMERICA, *CHINA])
    check_golden("digest_quiet", (await weekly(hub.views, day(14))).text)


async def test_the_source_s_trouble_is_no_shift_of_the_week() -> None:
    hub = turned()
    told = replace(hub.views.told[0], rule=SOURCE_RULE, detector="health", taken_at=day(14))
    hub.views.told = [told]
    assert (await weekly(hub.views, day(14))).lead.startswith("A quiet week")


async def test_a_first_week_says_that_movement_cannot_be_told() -> None:
    hub = World(RULES)
    hub.pulse(day(1), [*AMERICA, *CHINA])
    assert "no list is held from a week before" in (await weekly(hub.views, day(2))).text


async def test_a_week_without_a_good_snapshot_says_so_and_shows_the_last() -> None:
    hub = World(RULES)
    hub.pulse(day(1), [*AMERICA, *CHINA])
    text = (await weekly(hub.views, day(20))).text
    assert "No good snapshot came in this week; the last is of 1 January 2026." in text
    assert "\nNo snapshots, so no shifts. Measured 1 January 2026: " in text


# A census in which no model names a base model cannot tell derivatives.
TUNED = ("someone/tuned", {"created_at": day(-90), "tags": ("base_model:google/gemma-3",)})


async def test_shares_of_an_old_census_are_missed_with_its_date() -> None:
    hub = turned()
    hub.census(day(2), [("google/gemma-4", {"created_at": day(1), "downloads": 10}), TUNED])
    text = " ".join((await weekly(hub.views, day(14))).text.split())
    assert (
        "Shares of new derivatives, new models and downloads: the last census that has them is of "
        "2 January, older than this week." in text
    )


async def test_only_the_shares_that_a_census_cannot_say_are_missed() -> None:
    hub = turned()
    hub.census(day(13), [("google/gemma-4", {"created_at": day(5)}), TUNED])
    text = (await weekly(hub.views, day(14))).text
    assert "New models by country (created in the last 30 days), 13 January" in text
    assert "13 January\n  No new derivatives." in text
    assert "Shares of downloads: no census held has them." in text


async def test_a_digest_of_nothing_says_how_to_fill_the_store() -> None:
    with pytest.raises(NothingHeld, match="hubshift run"):
        await weekly(World().views, day(2))
    with pytest.raises(NothingHeld, match="hubshift run"):
        await weekly(World().views, datetime.min.replace(tzinfo=UTC))


async def test_shifts_after_the_digest_s_end_or_a_week_before_it_are_not_told() -> None:
    hub = turned()
    assert "No shifts" in (await weekly(hub.views, day(7))).closing
    first = hub.views.told[0].taken_at
    assert "No shifts" not in (await weekly(hub.views, first)).closing


async def test_a_digest_speaks_of_other_lists_only_where_they_are_held() -> None:
    hub = World(RULES)
    hub.look(day(1), Kind.PULSE, {Metric.TRENDING: AMERICA, Metric.LIKES: CHINA})
    hub.look(day(2), Kind.PULSE, {Metric.LIKES: CHINA})
    assert "Measured 1 January 2026" in (await weekly(hub.views, day(3))).closing


def test_bars_are_parts_of_the_whole_and_unknown_is_shaded() -> None:
    drawn = bars(
        [Bar("China", 0.6, "6"), Bar("France", 0.3, "3"), Bar("unknown", 0.1, "1", known=False)], 10
    )
    assert drawn == [
        "China    ██████      6",
        "France   ███         3",
        "unknown  ░           1",
    ]


def test_a_bar_of_little_is_not_drawn_as_nothing() -> None:
    assert bars([Bar("a", 1.0), Bar("b", 0.0001), Bar("c", 0.0)], 10)[1:] == ["b  ▏", "c"]


def test_labels_from_afar_are_cut_and_aligned_by_what_a_terminal_shows() -> None:
    drawn = bars([Bar("智谱\x1b[1m", 1.0, "x"), Bar("n" * 99, 1.0, "x")], 4)
    assert "\x1b" not in "".join(drawn)
    assert drawn[0].index("█") + 2 == drawn[1].index("█")


@pytest.mark.parametrize(
    ("before", "after", "sign"), [(None, 3, "new"), (5, 3, "▲2"), (3, 5, "▼2"), (3, 3, "=")]
)
def test_arrows_point_where_the_model_went(before: int | None, after: int, sign: str) -> None:
    assert arrow(before, after) == sign
