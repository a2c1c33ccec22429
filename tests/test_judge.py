"""What stands between a Shift and its telling: severity, one cause, and what holds it back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.render import stories
from bot.rules import parse_rule
from detectors.base import Detector
from detectors.evaluate import RuleStanding, Standing, Told
from detectors.judge import Beside, judge
from detectors.metric import Kind, Metric
from detectors.severity import QUARTER, weigh
from detectors.shift import AT_ONCE, Event, Held, Severity, Shift, Status
from tests.world import Row, World, day, labs

TOP = "top 3 by trending in all leave 4 confirm 1 of 1"
FIRST = "top 1 by trending in all confirm 1 of 1"
DOWNLOADED = "share of downloads by lab who Qwen above 40% clear 37%"
FEW: list[Row] = ["a/a", "b/b", "c/c", "d/d", "e/e"]


def entry(**changes: object) -> Shift:
    """Return a shift of a model that enters at #3 of a top 3, as its detector sees it."""
    world = World([TOP])
    world.pulse(day(2), FEW)
    (found, *_) = world.pulse(day(3), ["a/a", "b/b", "Qwen/x", *FEW[2:]])
    return replace(found, severity=Severity.NOTABLE, **changes)  # type: ignore[arg-type]


def saw(days: int, *sizes: float) -> RuleStanding:
    """Return the standing of a rule watched for some days that saw such sizes, a day apart."""
    at = day(3)
    began = at - timedelta(days=days)
    seen = tuple((at - timedelta(days=back), size) for back, size in enumerate(sizes, start=1))
    return RuleStanding("board/1", at, since=began, sizes=seen)


def decided(found: Sequence[Shift]) -> list[tuple[str, str, Held | None]]:
    return [(shift.key, shift.status.value, shift.judgement.held) for shift in found]


# Severity


@pytest.mark.parametrize(
    ("state", "severity"),
    [
        (saw(0), Severity.NOTABLE),
        (saw(20, 1.0, 1.0), Severity.NOTABLE),
        (saw(20, 1.0, 1.0, 1.0), Severity.INFO),
        (saw(20, 0.5, 0.5, 0.5), Severity.NOTABLE),
        (saw(200, 0.5, 0.5, 0.5), Severity.MAJOR),
        (saw(90, 0.5), Severity.NOTABLE),
    ],
)
def test_what_a_rule_sees_every_week_is_info_and_what_a_quarter_did_not_see_is_major(
    state: RuleStanding, severity: Severity
) -> None:
    found, why = weigh([entry(size=1.0)], state)
    assert found is severity
    assert f"in the {min(91, (day(3) - (state.since or day(3))).days)} days before" in why


@pytest.mark.parametrize("gravity", [Severity.INFO, Severity.MAJOR])
def test_what_is_info_or_major_by_definition_stays_so_however_rare(gravity: Severity) -> None:
    alone = replace(entry(), severity=gravity)
    assert weigh([alone], saw(300))[0] is gravity
    assert weigh([alone], saw(300, *[9.0] * 80))[0] is gravity


def test_what_a_young_rule_sees_in_one_look_is_told_once_and_the_rest_is_info() -> None:
    world = World([TOP])
    world.pulse(day(2), FEW)
    news = world.pulse(day(3), ["Qwen/x", "google/y", "openai/z", *FEW])
    entered = [shift for shift in news if shift.status is Status.FIRING]
    assert [(each.key, each.severity) for each in entered] == [
        ("Qwen/x", Severity.NOTABLE),
        ("google/y", Severity.INFO),
        ("openai/z", Severity.INFO),
    ]


def test_a_release_of_many_is_as_large_as_all_its_models_together() -> None:
    one = entry(size=1.0)
    weekly = saw(20, 1.0, 1.0, 1.0)
    assert weigh([one], weekly)[0] is Severity.INFO
    assert weigh([one, replace(one, subject="other")], weekly)[0] is Severity.NOTABLE


def test_a_first_place_that_changes_hands_over_a_third_is_told_once_when_it_is_taken() -> None:
    world = World(["top 1 by trending in all"])
    told = []
    for number, first in enumerate(["a/a", "a/a", "c/c", "b/b", "b/b"], start=1):
        news = world.pulse(day(number), [first, *(name for name in FEW[:3] if name != first)])
        told.append([each.key for each in news if each.severity.rank >= AT_ONCE.rank])
    assert told == [[], [], [], [], ["b/b"]]
    assert [shift.key for shift in world.views.told] == ["a/a", "b/b"]


def test_first_place_and_a_majority_are_major_and_a_leaving_is_info() -> None:
    world = World([FIRST, TOP, DOWNLOADED])
    world.pulse(day(1), FEW)
    news = world.pulse(day(2), ["b/b", "a/a", "d/d", "e/e", "c/c"])
    assert {(each.key, each.rule): each.severity for each in news} == {
        ("b/b", FIRST): Severity.MAJOR,
        ("a/a", FIRST): Severity.INFO,
        ("d/d", TOP): Severity.NOTABLE,
        ("c/c", TOP): Severity.INFO,
    }
    rows: list[Row] = [("Qwen/x", {"downloads": 1}), ("google/y", {"downloads": 3})]
    world.census(day(3), rows)
    (won,) = world.census(day(4), [("Qwen/x", {"downloads": 4}), rows[1]])
    assert (won.facts.event, won.severity) == (Event.UP, Severity.MAJOR)


# One cause


def test_nine_repos_of_one_lab_that_enter_in_one_look_are_one_message() -> None:
    world = World(["top 20 by trending in all confirm 1 of 1"])
    before: list[Row] = [f"org{at}/model" for at in range(20)]
    world.pulse(day(1), before)
    new: list[Row] = [f"Qwen/Qwen9-{at}B" for at in range(9)]
    news = world.pulse(day(2), ["other/one", *new, *before])
    entered = [story for story in stories(news) if story[0].status is Status.FIRING]
    assert sorted(len(story) for story in entered) == [1, 9]


def test_a_repo_of_a_release_that_was_told_is_held_back_while_its_reads_last() -> None:
    rule = "top 4 by trending in all leave 5"
    world = World([rule])
    rows: list[Row] = ["a/a", "b/b", "c/c", "d/d", "e/e", "f/f"]
    for number in (1, 2, 3):
        world.pulse(day(number), rows)
    first: list[Row] = ["a/a", "Qwen/x", "b/b", "c/c", "d/d", "e/e"]
    both: list[Row] = ["a/a", "Qwen/x", "b/b", "Qwen/y", "c/c", "d/d", "e/e"]
    world.pulse(day(4), first)
    assert ("Qwen/x", "firing", None) in decided(world.pulse(day(5), both))
    late = world.pulse(day(6), both)
    assert decided(late)[0] == ("Qwen/y", "firing", Held.RELEASE)
    assert "a release of Qwen was told on 2026-01-05" in late[0].judgement.why
    assert late[0].judgement.by


def test_the_same_rule_given_twice_is_evaluated_once() -> None:
    world = World([TOP, TOP])
    world.pulse(day(1), FEW)
    news = world.pulse(day(2), ["d/d", "a/a", "b/b", "e/e", "c/c"])
    assert len({shift.id for shift in news}) == len(news)


# What holds back


def crossing(severity: Severity = Severity.NOTABLE) -> Shift:
    world = World([DOWNLOADED])
    world.census(day(1), [("Qwen/x", {"downloads": 30}), ("google/y", {"downloads": 70})])
    (found,) = world.census(
        day(2), [("Qwen/x", {"downloads": 45}), ("google/y", {"downloads": 55})]
    )
    return replace(found, severity=severity)


def beside(trouble: dict[str, str] | None = None) -> Beside:
    at = day(2)
    after = World().snapshot(at, Kind.CENSUS, {None: [("Qwen/x", {"downloads": 1})]})
    return Beside(after, trouble=trouble or {})


def lead(of: Shift, severity: Severity = Severity.NOTABLE) -> Shift:
    """Return the change of the lead that goes with a crossing: same question, same look."""
    return replace(
        of, rule="a lead", detector="lead_change", subject="Qwen/lead", severity=severity
    )


def rules() -> list[Detector]:
    return [parse_rule(DOWNLOADED, labs())]


def test_a_crossing_that_a_change_of_the_lead_explains_is_held_back_and_names_it() -> None:
    one = crossing()
    told, standing = judge(rules(), [lead(one), one], stood(), beside())
    assert [shift.judgement.held for shift in told] == [None, Held.EXPLAINED]
    assert told[1].judgement.by == told[0].id
    assert standing[DOWNLOADED].held == {Held.EXPLAINED: 1}


@pytest.mark.parametrize(
    ("severity", "of_the_lead"),
    [(Severity.MAJOR, Severity.MAJOR), (Severity.NOTABLE, Severity.INFO)],
)
def test_only_the_lesser_is_held_back(severity: Severity, of_the_lead: Severity) -> None:
    one = crossing(severity)
    told, _ = judge(rules(), [lead(one, of_the_lead), one], stood(), beside())
    assert [shift.judgement.held for shift in told] == [None, None]


def test_a_change_of_the_lead_explains_who_took_it_and_who_lost_it_and_nobody_else() -> None:
    one = crossing()
    taken = replace(lead(one), key="Meta", about={**one.about, "rival": "Qwen"})
    assert not judge(rules(), [taken, one], stood(), beside())[0][1].told
    other = replace(taken, about={**one.about, "rival": "Google"})
    assert judge(rules(), [other, one], stood(), beside())[0][1].told


def test_a_change_of_the_lead_that_is_over_explains_nothing() -> None:
    one = crossing()
    over = replace(lead(one), status=Status.RESOLVED)
    assert judge(rules(), [over, one], stood(), beside())[0][1].told


def test_a_change_of_the_lead_in_another_question_explains_nothing() -> None:
    one = crossing()
    other = lead(replace(one, about={**one.about, "by": "country"}))
    assert judge(rules(), [other, one], stood(), beside())[0][1].told


@pytest.mark.parametrize(
    ("reason", "held"), [("frozen", Held.SOURCE), ("reset", Held.SOURCE), ("partial", None)]
)
def test_what_rests_on_counters_that_lie_is_held_back_wherever_they_lie(
    reason: str, held: Held | None
) -> None:
    told, _ = judge(rules(), [crossing()], stood(), beside({"pulse": reason}))
    assert told[0].judgement.held is held
    likes = replace(crossing(), evidence=replace(crossing().evidence, metric="likes"))
    assert judge(rules(), [likes], stood(), beside({"pulse": reason}))[0][0].told


def stood(value: float | None = None, at: datetime | None = None) -> Standing:
    told = {} if value is None else {"Qwen": Told(at or day(1), value, "before")}
    return {DOWNLOADED: RuleStanding("share/1", day(2), since=day(1), told=told)}


@pytest.mark.parametrize(
    ("value", "held"), [(0.44, Held.COOLING), (0.43, Held.COOLING), (0.41, None), (None, None)]
)
def test_it_is_told_again_only_after_it_moved_from_the_value_told_last(
    value: float | None, held: Held | None
) -> None:
    told, standing = judge(rules(), [crossing()], stood(value), beside())
    assert told[0].judgement.held is held
    assert standing[DOWNLOADED].told["Qwen"].value == (value if held else 0.45)
    if held:
        assert "less than the 0.03 it takes to tell it again" in told[0].judgement.why


def test_a_quarter_after_it_was_told_it_is_news_wherever_it_stands() -> None:
    long_ago = stood(0.45, day(2) - QUARTER - timedelta(days=1))
    assert judge(rules(), [crossing()], long_ago, beside())[0][0].told


def test_the_end_of_what_was_held_back_is_held_back_too_and_counted() -> None:
    told, standing = judge(rules(), [crossing()], stood(0.44), beside())
    end = replace(told[0], status=Status.RESOLVED)
    ended, standing = judge(rules(), [end], standing, beside())
    assert ended[0].judgement.held is Held.UNTOLD
    assert standing[DOWNLOADED].untold == frozenset()
    assert standing[DOWNLOADED].held == {Held.COOLING: 1, Held.UNTOLD: 1}


def test_a_look_at_a_board_says_of_each_shift_why_it_weighs_what_it_weighs() -> None:
    world = World([TOP])
    world.look(day(1), Kind.PULSE, {Metric.TRENDING: FEW})
    news = world.look(day(2), Kind.PULSE, {Metric.TRENDING: ["d/d", *FEW[:3], "e/e"]})
    assert all(shift.judgement.weighed for shift in news)
