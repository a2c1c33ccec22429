"""What people ask to be drawn: each answer as lines of text, and the chart that goes with it."""

import json
from typing import Any

import pytest

from bot.lookups import Answer, NothingHeld, QuestionError, answer
from bot.lookups.pictured.shift import chart_of
from detectors.metric import Kind, Metric
from detectors.shift import Shift
from tests.golden_files import check_golden
from tests.world import Row, World, day

NOW = day(32)
CHINESE = ("deepseek-ai/DeepSeek-V4-Pro", "moonshotai/Kimi-K2.5", "Qwen/Qwen3-8B")
OTHERS = ("google/gemma-4", "mistralai/Magistral", "jack/Thing-7B")
SHARE = "share of slots by country who China above 50% in top 4 by trending"
RULES = ("top 2 by trending in all confirm 1 of 1", SHARE)


def world() -> World:
    """Hold a month of daily lists in which China's models climb, with two days missing."""
    hub = World(RULES)
    for number in range(1, 31):
        if number in {12, 13, 14, 15, 16}:
            continue
        first = number // 8
        trending: list[Row] = [*CHINESE[:first], *OTHERS, *CHINESE[first:]]
        likes: list[Row] = [(name, {"likes": 100 - at}) for at, name in enumerate(OTHERS)]
        hub.look(day(number), Kind.PULSE, {Metric.TRENDING: trending, Metric.LIKES: likes})
    return hub


async def ask(question: str, hub: World | None = None) -> Answer:
    """Ask of the month."""
    held = hub or world()
    return await answer(question, held.views, held.labs, NOW)


QUESTIONS = {
    "share": "chart share of slots by country in top 4 by trending",
    "share_since": "chart share of slots by lab in top 2 by trending since 2026-01-20",
    "top": "chart top 4",
    "top_on": "chart top 3 by likes in all on 2026-01-05",
    "countries": "chart countries in top 4 by trending",
    "country": "chart country China in top 4 by trending",
    "lab": "chart lab Qwen in top 4 by trending since 2026-01-10",
    "model": "chart model Kimi-K2.5",
    "shift": "chart Kimi-K2.5",
    "crossing": "chart China",
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_a_chart_reads_as_it_was_read_before(name: str) -> None:
    found = await ask(QUESTIONS[name])
    assert found.chart is not None
    check_golden(f"ask_chart_{name}", f"{found.text}\n\n{found.chart.alt}")


@pytest.mark.parametrize("question", QUESTIONS.values())
async def test_the_same_question_gives_the_same_chart(question: str) -> None:
    first, second = await ask(question), await ask(question)
    assert first.chart is not None
    assert second.chart is not None
    assert json.dumps(first.chart.spec) == json.dumps(second.chart.spec)


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("chart", "where a shift's id, or share, top, countries"),
        ("chart nothing like it", "no shift held"),
        ("chart share of slots", "say by which groups"),
        ("chart share by country", "say what is shared out"),
        ("chart share of likes by lab in top 5 by likes", "only slots"),
        ("chart top 0", "whole number of 1 to 1000"),
        ("chart top 10 in top 5 by likes", "not cut out of another"),
        ("chart top 10 since 2026-02-09", "still to come"),
        ("chart country Atlantis", "no lab in the table is based"),
        ("chart model", "the question ends where a model's id should stand"),
        ("chart model nobody/knows-it", "is no model that is held"),
        ("chart countries since 2026-01-20 on 2026-01-10", "lies after"),
    ],
)
async def test_what_cannot_be_drawn_is_refused_with_a_caret(question: str, says: str) -> None:
    with pytest.raises(QuestionError) as refused:
        await ask(question)
    assert says in str(refused.value)
    assert "^" in str(refused.value)


@pytest.mark.parametrize(
    "question",
    ["chart share of downloads by country", "chart top 10 by downloads", "chart countries"],
)
async def test_what_nobody_measured_is_said_to_be_missing(question: str) -> None:
    with pytest.raises(NothingHeld):
        await ask(question, World())


def texts(chart: Any) -> list[str]:
    """Return every text that a chart shows."""
    layers = [each for each in chart.spec["layer"] if each["mark"]["type"] == "text"]
    return [value["text"] for layer in layers for value in layer["data"]["values"]]


async def test_a_crossing_is_drawn_with_its_line_and_where_it_was_crossed() -> None:
    found = await ask("chart China")
    shown = texts(found.chart)
    assert "50 %" in shown
    assert "China" in shown
    assert found.chart is not None
    assert "The line is at 50" in found.chart.alt
    assert "up on 24 January (75" in found.chart.alt


async def test_days_that_nobody_measured_are_a_gap_and_no_line() -> None:
    found = await ask("chart share of slots by country in top 4 by trending")
    assert found.chart is not None
    (layer,) = [
        each
        for each in found.chart.spec["layer"]
        if each["mark"]["type"] == "line" and "strokeDash" not in each["mark"]
    ]
    pieces = {value["line"] for value in layer["data"]["values"]}
    names = {value["colour"] for value in layer["data"]["values"]}
    assert len(pieces) == 2 * len(names)


async def test_every_story_of_a_board_or_a_share_has_a_picture() -> None:
    hub = world()
    drawn = [(shift, await chart_of([shift], hub.views, hub.labs)) for shift in told(hub)]
    assert len(drawn) > 4
    assert [shift.rule for shift, chart in drawn if chart is None] == []


def told(hub: World) -> list[Shift]:
    """Return what was told after the first days: before there is nothing to draw."""
    return [shift for shift in hub.views.told if shift.taken_at > day(3)]


async def test_a_shift_of_the_source_has_no_picture() -> None:
    hub = world()
    shift = told(hub)[0]
    source = Shift(**{**vars(shift), "rule": "source"})
    assert await chart_of([source], hub.views, hub.labs) is None


async def test_a_rule_of_another_lab_table_is_told_without_a_picture() -> None:
    hub = world()
    shift = told(hub)[0]
    other = Shift(**{**vars(shift), "rule": "share of slots by lab who Atlantis above 5%"})
    assert await chart_of([other], hub.views, hub.labs) is None
