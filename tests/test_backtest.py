"""A rule is tried on all that is held, through the same evaluate and judge as live looks."""

import json

import pytest

from bot.backtest import STARTERS, backtest, report, suggest
from bot.backtest.ladder import ladder, nearby
from bot.backtest.report import suggested
from bot.rules import parse_rule
from detectors import REGISTRY
from detectors.shift import Status
from detectors.top_entry import TopEntry
from detectors.verdict import Reason
from tests.golden_files import check_golden
from tests.test_rules import CANONICAL
from tests.world import Row, World, day, labs

TOP = "top 3 by trending in all leave 4"
CHINA = "share of slots by country who China above 40% clear 30% in top 4 by trending"
OLD: list[Row] = ["google/gemma-4", "openai/gpt", "jack/thing", "meta-llama/L", "mistralai/M"]
RISEN: list[Row] = ["google/gemma-4", "Qwen/Qwen9", "zai-org/GLM-5", "openai/gpt", "jack/thing"]
BACK: list[Row] = ["google/gemma-4", "openai/gpt", "jack/thing", "meta-llama/L", "Qwen/Qwen9"]


def world(*rules: str) -> World:
    """Hold ten days: two Chinese models enter on day 3, are out on day 6 and back on day 8."""
    hub = World(list(rules))
    for number in range(1, 11):
        rows = RISEN if number in {3, 4, 5, 8, 9, 10} else BACK if number in {6, 7} else OLD
        if number == 9:
            hub.withhold(day(number), Reason.TRUNCATED, "the list has 2 models, 8 before", rows=2)
        else:
            hub.pulse(day(number), rows)
    return hub


@pytest.mark.parametrize(("name", "line"), [("backtest_top", TOP), ("backtest_share", CHINA)])
async def test_a_backtest_reads_like_its_golden_file(name: str, line: str) -> None:
    found = await backtest(parse_rule(line, labs()), world().views)
    check_golden(name, report.backtested(found.trial, found.beside, found.withheld).text)


@pytest.mark.parametrize("line", [TOP, CHINA])
async def test_a_backtest_fires_exactly_when_the_live_looks_did(line: str) -> None:
    hub = world(line)
    found = await backtest(parse_rule(line, labs()), hub.views)
    told = [each.id for each in hub.views.told if each.status is Status.FIRING]
    assert told
    assert [each.shift.id for each in found.trial.fired] == told


async def test_a_window_counts_its_own_days_and_remembers_those_before() -> None:
    found = await backtest(parse_rule(TOP, labs()), world().views, since=day(8), until=day(10))
    assert found.trial.looks == 2
    assert found.trial.again == len(found.trial.fired) > 0
    assert found.trial.flaps == len(found.trial.fired)


async def test_a_rule_that_nothing_held_answers_says_so() -> None:
    rule = parse_rule("top 3 by likes in all", labs())
    found = await backtest(rule, world().views)
    text = report.backtested(found.trial, found.beside, found.withheld).text
    assert "Nothing that is held from this time can answer the rule." in text


async def test_a_program_reads_the_same_figures_as_one_object() -> None:
    found = await backtest(parse_rule(CHINA, labs()), world().views)
    said = json.loads(report.as_json(found.trial, found.beside, found.withheld))
    assert said["fired"] == len(said["firings"]) == len(found.trial.fired)
    assert said["firings"][0]["key"] == "China"
    assert said["withheld"][0]["reason"] == "truncated"
    assert [each["rule"] for each in said["nearby"]] == [str(each.rule) for each in found.beside]


async def test_each_detector_is_given_a_threshold_or_the_reason_why_none() -> None:
    found = await suggest([parse_rule(TOP, labs())], world().views, labs())
    assert {name for name, _, _ in found} == set(REGISTRY)
    for _, best, own in found:
        assert best is None or own is not None


async def test_what_it_suggests_reads_like_its_golden_file() -> None:
    hub = world()
    for week in range(2, 9):
        rows = RISEN if week % 3 else BACK
        for number in (7 * week, 7 * week + 1):
            hub.pulse(day(number), rows)
    found = await suggest([parse_rule(TOP, labs()), parse_rule(CHINA, labs())], hub.views, labs())
    check_golden("suggest", report.suggested(found).text)


@pytest.mark.parametrize("line", CANONICAL)
def test_a_ladder_holds_the_rule_itself_and_only_rules_that_can_be_written(line: str) -> None:
    rule = parse_rule(line, labs())
    steps = ladder(rule)
    assert rule in nearby(rule)
    assert rule in steps
    assert len(steps) > 1
    assert [parse_rule(str(step), labs()) for step in steps] == steps


def test_a_ladder_goes_no_deeper_than_boards_are_kept() -> None:
    for line, deepest in (
        ("top 500 by likes in all", 500),
        ("top 50 by likes in image-to-text", 50),
    ):
        steps = ladder(parse_rule(line, labs()))
        assert max(step.n for step in steps if isinstance(step, TopEntry)) == deepest
    own = parse_rule("top 1000 by likes in all", labs())
    assert own in ladder(own)


def test_every_detector_has_a_rule_to_begin_with() -> None:
    named = {name for name in STARTERS if name in REGISTRY}
    assert named == set(REGISTRY)
    for name in named:
        assert parse_rule(STARTERS[name], labs()).name == name


def test_a_suggestion_from_an_empty_store_says_what_nothing_answers() -> None:
    text = suggested([("cadence", None, None), ("breakout", None, None)]).text
    assert "No snapshot held answers rules of cadence and breakout." in text
