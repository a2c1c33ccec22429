"""A share that crosses a line is told, once a crossing, up or down."""

from collections.abc import Mapping, Sequence

import pytest

from detectors.interval import wilson
from detectors.metric import Kind
from detectors.share import By, Of, ShareQuestion
from detectors.share_threshold import ShareThreshold, Side, percent
from detectors.shift import Shift
from tests.world import Row, World, day

LIKES = ShareQuestion(Of.LIKES, By.LAB)
SPACE = {"Qwen": "Qwen/a", "Meta": "meta-llama/a", "unknown": "nobody/a"}


def liked(parts: Mapping[str, int]) -> list[Row]:
    return [(SPACE[lab], {"likes": count}) for lab, count in parts.items() if count]


def told(shifts: Sequence[Shift]) -> list[tuple[str, str, str]]:
    return [(shift.key, shift.status.value, shift.facts.event.value) for shift in shifts]


def walk(rule: str, *shares: int) -> list[list[tuple[str, str, str]]]:
    """Return what is told as Qwen has so many of 100 likes, look by look."""
    world = World([rule])
    return [
        told(world.census(day(number), liked({"Qwen": share, "unknown": 100 - share})))
        for number, share in enumerate(shares, start=1)
    ]


UP = [("Qwen", "firing", "up")]
BACK = [("Qwen", "resolved", "down")]
DOWN = [("Qwen", "firing", "down")]
RISEN = [("Qwen", "resolved", "up")]
ABOVE = "share of likes by lab who Qwen above 40% clear 37%"
BELOW = "share of likes by lab who Qwen below 15% clear 18%"


@pytest.mark.parametrize(
    ("rule", "shares", "news"),
    [
        (ABOVE, (30, 41, 50), [[], UP, []]),
        (ABOVE, (30, 40, 41), [[], [], UP]),
        (ABOVE, (30, 41, 38, 41, 37, 41, 36), [[], UP, [], [], [], [], BACK]),
        (ABOVE, (50, 36, 50), [[], BACK, UP]),
        (BELOW, (20, 15, 14, 17, 18, 14, 19), [[], [], DOWN, [], [], [], RISEN]),
        (BELOW, (20, 0, 20), [[], DOWN, RISEN]),
        ("share of likes by lab who Qwen above 40%", (41, 40, 39, 40, 41), [[], [], BACK, [], UP]),
        ("share of likes by lab anyone above 40%", (30, 41, 39), [[], UP, BACK]),
        ("share of likes by lab anyone below 15%", (20, 14, 16), [[], DOWN, RISEN]),
        ("share of likes by lab anyone below 15%", (20, 0, 0, 20), [[], DOWN, [], RISEN]),
    ],
)
def test_a_line_is_crossed_and_cleared(
    rule: str, shares: tuple[int, ...], news: list[list[tuple[str, str, str]]]
) -> None:
    assert walk(rule, *shares) == news


def test_half_is_not_above_half() -> None:
    assert walk("share of likes by lab who Qwen above 50%", 40, 50, 51) == [[], [], UP]


def test_unknown_labs_never_fire() -> None:
    world = World(["share of likes by lab anyone above 30%"])
    world.census(day(1), liked({"Qwen": 80, "unknown": 20}))
    news = world.census(day(2), liked({"Qwen": 20, "unknown": 80}))
    assert told(news) == BACK


def test_anyone_means_each_known_group() -> None:
    world = World(["share of likes by lab anyone above 30%"])
    world.census(day(1), liked({"Qwen": 10, "Meta": 10, "unknown": 80}))
    news = world.census(day(2), liked({"Qwen": 35, "Meta": 35, "unknown": 30}))
    assert [shift.key for shift in news] == ["Meta", "Qwen"]


def test_a_lab_that_only_now_appears_fell_nowhere() -> None:
    world = World(["share of likes by lab anyone below 15%"])
    world.census(day(1), liked({"Qwen": 100}))
    assert world.census(day(2), liked({"Qwen": 90, "Meta": 10})) == []


def test_from_an_empty_share_nobody_fell() -> None:
    world = World(["share of likes by lab anyone below 15%"])
    world.census(day(1), liked({"Qwen": 100}))
    world.census(day(2), [])
    assert world.census(day(3), liked({"Qwen": 90, "Meta": 10})) == []


def test_what_vanished_below_the_line_ends_with_the_share_itself() -> None:
    world = World(["share of likes by lab anyone below 15%"])
    world.census(day(1), liked({"Qwen": 50, "Meta": 50}))
    assert told(world.census(day(2), liked({"Meta": 50}))) == DOWN
    assert world.census(day(3), liked({"Meta": 50})) == []
    assert told(world.census(day(4), [])) == RISEN


def test_places_of_a_board_are_shared_out_in_a_pulse() -> None:
    world = World(["share of slots by country who China above 50% clear 45% in top 4 by trending"])
    chinese, other = [f"Qwen/{number}" for number in range(4)], ["x/a", "x/b", "x/c", "x/d"]
    assert world.pulse(day(1), [*chinese[:2], *other]) == []
    (shift,) = world.pulse(day(2), [*chinese[:3], *other])
    assert (shift.key, shift.facts.before, shift.facts.after) == ("China", 0.5, 0.75)
    evidence = shift.evidence
    assert (evidence.metric, evidence.scope) == ("slots", "top 4 by trending in all")
    assert (evidence.denominator, evidence.unknown) == (4, 1)


def test_a_shift_carries_what_anyone_needs_to_check_it() -> None:
    world = World([ABOVE])
    world.census(day(1), liked({"Qwen": 30, "Meta": 20, "unknown": 50}))
    rows = [*liked({"Qwen": 40, "Meta": 20, "unknown": 10}), ("Qwen/b", {"likes": 10})]
    (shift,) = world.census(day(2), rows)
    assert (shift.rule, shift.detector, shift.subject) == (ABOVE, "share_threshold", "Qwen")
    assert (shift.facts.before, shift.facts.after, shift.facts.rank) == (0.3, 0.625, None)
    evidence = shift.evidence
    assert (evidence.before, evidence.after) == (0.3, 0.625)
    assert (evidence.denominator, evidence.unknown) == (80, 10)
    assert (evidence.metric, evidence.scope, evidence.window) == ("likes", "all", "all time")
    assert evidence.snapshots == ("census@2026-01-01T00:00:00Z", "census@2026-01-02T00:00:00Z")
    assert evidence.definition == f"share/1 labs:{world.labs.version}"
    assert shift.about["heaviest"] == "Qwen/a"
    assert shift.about["without_heaviest"] == 0.25
    assert shift.about["heaviest_before"] == "Qwen/a"
    assert shift.about["without_heaviest_before"] == 0
    assert (shift.about["amount_before"], shift.about["amount"]) == (30, 50)
    assert shift.about["line"] == 0.4


def test_of_a_panel_the_evidence_says_how_many_models_are_listed() -> None:
    world = World([ABOVE])
    world.census(day(1), liked({"Qwen": 30, "Meta": 70}), panel="labs")
    (shift,) = world.census(day(2), liked({"Qwen": 50, "Meta": 50}), panel="labs")
    assert shift.evidence.scope == "all of the 2 models listed in panel labs"


def test_licences_need_no_lab_table() -> None:
    snapshot = World().snapshot(day(1), Kind.CENSUS, {None: liked({"Qwen": 1})})
    rule = ShareThreshold(ShareQuestion(Of.LIKES, By.LICENSE), "mit", Side.ABOVE, 0.5)
    assert rule.definition(snapshot) == "share/1"


@pytest.mark.parametrize(
    ("side", "fire_at", "clear_at", "message"),
    [
        (Side.ABOVE, 0.4, 0.45, "clear 45% must not lie above the line of 40%"),
        (Side.BELOW, 0.4, 0.35, "clear 35% must not lie below the line of 40%"),
        (Side.ABOVE, 1.5, 0.4, "the line must be between 0 % and 100 %, got 150 %"),
        (Side.ABOVE, 0.4, -0.5, "clear must be between 0 % and 100 %, got -50 %"),
        (Side.ABOVE, float("nan"), 0.4, "the line must be between"),
    ],
)
def test_a_threshold_that_makes_no_sense_is_refused(
    side: Side, fire_at: float, clear_at: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ShareThreshold(LIKES, "Qwen", side, fire_at, clear_at)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.4, "40%"),
        (0.375, "37.5%"),
        (1, "100%"),
        (0, "0%"),
        (0.333333333333, "33.3333333333%"),
        (0.0000001, "0.00001%"),
    ],
)
def test_a_part_is_written_to_the_last_digit(value: float, text: str) -> None:
    assert percent(value) == text


def made(**families: int) -> list[Row]:
    """Return new derivatives, so many of each family."""
    bases = {"qwen": "Qwen/base", "meta": "meta-llama/base", "other": "nobody/base"}
    return [
        (f"{name}{at}/m", {"created_at": day(1), "tags": (f"base_model:finetune:{bases[name]}",)})
        for name, count in families.items()
        for at in range(count)
    ]


def test_a_crossing_that_chance_could_explain_waits() -> None:
    world = World(["share of derivatives by family who Qwen above 40% clear 37%"])
    world.census(day(2), made(qwen=30, other=70))
    assert world.census(day(3), made(qwen=45, other=55)) == []
    (up,) = world.census(day(4), made(qwen=52, other=48))
    assert [up.about["low"], up.about["high"]] == list(wilson(52, 100))
    assert world.census(day(5), made(qwen=34, other=66)) == []
    assert told(world.census(day(6), made(qwen=25, other=75))) == BACK


def test_a_handful_of_derivatives_crosses_nothing() -> None:
    world = World(["share of derivatives by family anyone below 50%"])
    world.census(day(2), made(qwen=3, meta=1))
    assert world.census(day(3), made(qwen=1, meta=3)) == []


@pytest.mark.parametrize(
    ("before", "after", "model", "without", "whose"),
    [
        # Its own giant lifts it, and lets it fall as it goes.
        ({"Qwen/a": 20, "jo/x": 80}, {"Qwen/a": 70, "jo/x": 80}, "Qwen/a", 0.0, "own after"),
        ({"Qwen/a": 70, "jo/x": 80}, {"Qwen/a": 20, "jo/x": 80}, "Qwen/a", 0.0, "own before"),
        # Another's giant presses it down, and lets it rise as it goes.
        (
            {"Qwen/a": 45, "Qwen/b": 45, "openai/x": 10},
            {"Qwen/a": 45, "Qwen/b": 45, "openai/x": 900},
            "openai/x",
            1.0,
            "other after",
        ),
        (
            {"Qwen/a": 45, "Qwen/b": 45, "openai/x": 900},
            {"Qwen/a": 45, "Qwen/b": 45, "openai/x": 10},
            "openai/x",
            1.0,
            "other before",
        ),
        # Two of the same weight: none makes it alone.
        (
            {"Qwen/a": 10, "Qwen/b": 10, "jo/x": 20, "jo/y": 60},
            {"Qwen/a": 60, "Qwen/b": 60, "jo/x": 20, "jo/y": 60},
            None,
            None,
            None,
        ),
    ],
)
def test_the_model_a_crossing_is_due_to_alone_is_named(
    before: Mapping[str, int],
    after: Mapping[str, int],
    model: str | None,
    without: float | None,
    whose: str | None,
) -> None:
    world = World([ABOVE])
    looks = [[(name, {"likes": count}) for name, count in each.items()] for each in (before, after)]
    world.census(day(1), looks[0])
    (shift,) = world.census(day(2), looks[1])
    about = shift.about
    assert (about.get("alone"), about.get("alone_without")) == (model, without)
    told_of = f"{about.get('alone_whose')} {about.get('alone_when')}"
    assert told_of == (whose or "None None")
