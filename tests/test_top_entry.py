"""A model is told when it enters the first places for good, and when it has left them."""

from collections.abc import Sequence
from dataclasses import FrozenInstanceError

import pytest

from detectors.metric import Kind, Metric
from detectors.scope import ALL, Scope, ScopeKind
from detectors.shift import Event, Shift, Status
from detectors.top_entry import TopEntry
from tests.world import Row, World, day

FILL = [f"fill/{number}" for number in range(30)]


def at_rank(name: str, rank: int | None, total: int = 20) -> list[Row]:
    """Return a list of `total` models with one of them at a rank, or without it."""
    rows: list[Row] = list(FILL[:total])
    if rank is not None:
        rows.insert(rank - 1, name)
    return rows[:total]


def told(shifts: Sequence[Shift]) -> list[tuple[str, str, str]]:
    return [(shift.key, shift.status.value, shift.facts.event.value) for shift in shifts]


def walk(rule: str, *ranks: int | None, name: str = "Qwen/new") -> list[list[str]]:
    """Return the events told of one model on its way through the ranks, look by look."""
    world = World([rule])
    return [
        [
            shift.facts.event.value
            for shift in world.pulse(day(number), at_rank(name, rank))
            if shift.key == name
        ]
        for number, rank in enumerate(ranks, start=1)
    ]


TOP = "top 10 by trending in all"


@pytest.mark.parametrize(
    ("ranks", "events"),
    [
        ((None, 9, 9), [[], [], ["new"]]),
        ((None, 9, None, 9), [[], [], [], ["new"]]),
        ((None, 9, None, None, 9, None, None), [[]] * 7),
        ((None, 10, 10), [[], [], ["new"]]),
        ((None, 11, 11, 11), [[]] * 4),
        ((None, 9, 11, 12, 9), [[]] * 5),
        ((12, 9, 12, 9), [[], [], [], ["new"]]),
        ((None, None, None, 1, 1), [[], [], [], [], ["new"]]),
    ],
)
def test_an_entry_is_told_at_the_second_of_three_reads(
    ranks: tuple[int | None, ...], events: list[list[str]]
) -> None:
    assert walk(TOP, *ranks) == events


@pytest.mark.parametrize(
    ("ranks", "events"),
    [
        ((5, 11, 13, 12, 13), [[]] * 5),
        ((5, 14), [[], ["left"]]),
        ((5, 13, 13, 13, 13, 14), [[], [], [], [], [], ["left"]]),
        ((5, None), [[], ["left"]]),
        ((5, 14, 5, 5), [[], ["left"], ["re-entry"], []]),
        ((5, 14, 14, 5, 5), [[], ["left"], [], [], ["re-entry"]]),
        ((None, 9, 9, 14, 14, 14, 9, 9), [[], [], ["new"], ["left"], [], [], [], ["re-entry"]]),
    ],
)
def test_leaving_is_told_past_the_margin(
    ranks: tuple[int | None, ...], events: list[list[str]]
) -> None:
    assert walk(TOP, *ranks) == events


def test_wobble_at_the_edge_is_reported_once() -> None:
    events = walk(TOP, None, 10, 10, 11, 10, 11, 12, 10, 13, 10)
    assert [each for each in events if each] == [["new"]]


def test_first_place_is_the_rule_top_one() -> None:
    world = World(["top 1 by trending in all"])
    orders = ["ab", "ba", "ba", "ba"]
    news = [
        world.pulse(day(at), [f"x/{each}" for each in order])
        for at, order in enumerate(orders, start=1)
    ]
    assert [told(each) for each in news] == [
        [],
        [],
        [("x/b", "firing", "new"), ("x/a", "resolved", "left")],
        [],
    ]
    assert news[2][0].about["leader_before"] == "x/a"
    assert "leader_before" not in news[2][1].about


def test_first_place_lost_for_one_read_is_not_told() -> None:
    assert walk("top 1 by trending in all", 1, 2, 1, 1, 1, 2, 1) == [[]] * 7


def test_first_place_lost_in_two_of_three_reads_is_told() -> None:
    assert walk("top 1 by trending in all", 1, 2, 1, 2) == [[], [], [], ["left"]]


def test_reads_to_confirm_can_be_chosen() -> None:
    assert walk(f"{TOP} confirm 1 of 1", None, 9, 14, 9) == [[], ["new"], ["left"], ["re-entry"]]
    assert walk(f"{TOP} confirm 3 of 3", None, 9, 9, 9) == [[], [], [], ["new"]]
    assert walk(f"{TOP} confirm 2 of 4", None, 9, 14, 14, 9) == [[], [], [], [], ["new"]]
    assert walk(f"{TOP} leave 10", 5, 11, 11) == [[], [], ["left"]]
    assert walk(f"{TOP} leave 20", 5, 20, 15) == [[]] * 3


def test_a_model_gone_from_an_empty_board_has_left_at_once() -> None:
    world = World(["top 1 by trending in all"])
    world.pulse(day(1), ["x/a"])
    assert told(world.pulse(day(2), [])) == [("x/a", "resolved", "left")]


def test_any_metric_and_any_scope_can_be_watched() -> None:
    text = {"pipeline_tag": "text-generation"}
    world = World(["top 1 by downloads in llm confirm 1 of 1", "top 1 by likes in lab Qwen"])
    rows: list[Row] = [
        ("x/encoder", {"downloads": 99, "likes": 9}),
        ("Qwen/a", text | {"downloads": 5, "likes": 2}),
        ("Qwen/b", text | {"downloads": 4, "likes": 3}),
    ]
    world.census(day(1), rows)
    rows[2] = ("Qwen/b", text | {"downloads": 6, "likes": 3})
    assert told(world.census(day(2), rows)) == [
        ("Qwen/b", "firing", "new"),
        ("Qwen/a", "resolved", "left"),
    ]


def test_an_unknown_figure_neither_enters_nor_leaves() -> None:
    world = World(["top 1 by likes in all confirm 1 of 1"])

    def look(number: int, a: int | None, b: int | None) -> list[tuple[str, str, str]]:
        return told(world.census(day(number), [("x/a", {"likes": a}), ("x/b", {"likes": b})]))

    assert look(1, 9, 5) == []
    assert look(2, None, None) == []
    # x/b is first of those known: that is an entry, but x/a has not been seen to leave.
    assert look(3, None, 5) == [("x/b", "firing", "new")]
    assert look(4, 1, 5) == [("x/a", "resolved", "left")]


def test_who_left_while_its_figure_was_unknown_is_told_when_it_is_known() -> None:
    world = World(["top 1 by likes in all"])

    def look(number: int, a: int | None) -> list[tuple[str, str, str]]:
        return told(world.census(day(number), [("x/a", {"likes": a}), ("x/b", {"likes": 5})]))

    look(1, 9)
    news = [look(number, None) for number in range(2, 8)]
    assert [each for each in news if each] == [[("x/b", "firing", "new")]]
    assert [look(8, 1), look(9, 1), look(10, 1)] == [[], [("x/a", "resolved", "left")], []]


def test_a_list_that_is_absent_changes_nothing() -> None:
    world = World([TOP])
    world.pulse(day(1), at_rank("Qwen/new", None))
    world.pulse(day(2), at_rank("Qwen/new", 5))
    assert world.pulse(day(3), at_rank("Qwen/new", None), by=Metric.LIKES) == []
    assert told(world.pulse(day(4), at_rank("Qwen/new", 5))) == [("Qwen/new", "firing", "new")]


def test_a_board_shorter_than_the_rule_is_still_a_board() -> None:
    assert walk("top 3 by trending in all", 1, 1)[0] == []
    world = World(["top 3 by trending in all"])
    world.pulse(day(1), ["x/a"])
    world.pulse(day(2), ["x/a", "x/b"])
    assert told(world.pulse(day(3), ["x/a", "x/b"])) == [("x/b", "firing", "new")]


def test_a_model_that_no_longer_scores_has_left() -> None:
    world = World([TOP])
    world.pulse(day(1), [("x/a", {"trending_score": 2.0}), ("x/b", {"trending_score": 1.0})])
    news = world.pulse(day(2), [("x/a", {"trending_score": 2.0}), ("x/b", {"trending_score": 0.0})])
    assert told(news) == [("x/b", "resolved", "left")]


def test_downloads_that_are_not_tracked_for_a_time_are_no_leaving() -> None:
    world = World(["top 1 by downloads in all confirm 1 of 1"])

    def look(number: int, a: int) -> list[tuple[str, str, str]]:
        rows: list[Row] = [("x/a", {"downloads": a}), ("x/b", {"downloads": 5})]
        return told(world.census(day(number), rows))

    assert look(1, 9) == []
    assert look(2, 0) == [("x/b", "firing", "new")]
    assert look(3, 9) == [("x/b", "resolved", "left")]
    assert look(4, 0) == [("x/b", "firing", "re-entry")]
    assert look(5, 4) == [("x/a", "resolved", "left")]


def test_a_rename_is_no_entry() -> None:
    world = World([TOP])
    for number in (1, 2):
        world.pulse(day(number), ["x/z", "THUDM/glm", ("old/name", {"oid": "1"})])
    for number in (3, 4, 5):
        names: list[Row] = ["x/z", "zai-org/glm", ("new/name", {"oid": "1"})]
        assert world.pulse(day(number), names) == []
    left = world.pulse(day(6), ["x/z"])
    assert [shift.key for shift in left] == ["zai-org/glm", "new/name"]


def test_a_shift_carries_what_anyone_needs_to_check_it() -> None:
    world = World([TOP])
    fields = {"pipeline_tag": "text-generation", "likes": 7, "tags": ("license:mit",)}
    world.pulse(day(1), at_rank("Qwen/new", 12))
    world.pulse(day(2), [("Qwen/new", fields), *at_rank("x", None)])
    (shift,) = world.pulse(day(3), [("Qwen/new", fields), *at_rank("x", None)])
    assert (shift.rule, shift.detector, shift.status) == (TOP, "top_entry", Status.FIRING)
    assert (shift.subject, shift.taken_at) == ("11", day(3))
    facts = shift.facts
    assert (facts.event, facts.before, facts.after, facts.rank) == (Event.NEW, 12, 1, 1)
    evidence = shift.evidence
    assert (evidence.before, evidence.after) == (12, 1)
    assert (evidence.metric, evidence.scope) == ("trending", "all")
    assert (evidence.denominator, evidence.unknown) == (21, 0)
    assert evidence.snapshots == ("pulse@2026-01-01T00:00:00Z", "pulse@2026-01-03T00:00:00Z")
    assert evidence.definition == "board/1"
    assert shift.about == {
        "lab": "Qwen",
        "country": "China",
        "task": "text-generation",
        "license": "mit",
        "likes": 7,
        "order": "list",
        "n": 10,
        "since": "2026-01-02T00:00:00Z",
    }


def test_a_model_that_left_the_hub_is_described_as_it_was() -> None:
    world = World([TOP])
    world.pulse(day(1), ["Qwen/a", "x/b"])
    (shift,) = world.pulse(day(2), ["x/b"])
    assert (shift.key, shift.facts.after, shift.facts.rank) == ("Qwen/a", None, None)
    assert shift.about["lab"] == "Qwen"


def test_of_a_panel_the_evidence_says_how_many_models_are_listed() -> None:
    world = World(["top 1 by likes in all confirm 1 of 1"])
    world.census(day(1), [("x/a", {"likes": 2}), ("x/b", {"likes": 1})], panel="labs")
    news = world.census(day(2), [("x/a", {"likes": 2}), ("x/b", {"likes": 3})], panel="labs")
    assert news[0].evidence.scope == "all of the 2 models listed in panel labs"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"n": 0}, "top N must be a whole number of at least 1, got 0"),
        ({"n": 2.5}, "got 2.5"),
        ({"n": True}, "got True"),
        ({"n": 10, "leave": 9}, "leave must be a whole number of at least 10, got 9"),
        ({"n": 10, "confirm": 0}, "confirm must be a whole number of at least 1, got 0"),
        ({"n": 10, "confirm": 3, "reads": 2}, "reads must be a whole number of at least 3, got 2"),
    ],
)
def test_a_threshold_that_makes_no_sense_is_refused(fields: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TopEntry(Metric.LIKES, ALL, **fields)


def test_a_rule_is_frozen_and_equal_by_its_thresholds() -> None:
    rule = TopEntry(Metric.LIKES, ALL, 10)
    assert rule == TopEntry(Metric.LIKES, ALL, 10, leave=13, confirm=2, reads=3)
    with pytest.raises(FrozenInstanceError):
        rule.n = 5  # type: ignore[misc]  # what is tested


def test_the_lab_table_is_part_of_the_definition_where_the_scope_needs_it() -> None:
    snapshot = World().snapshot(day(1), Kind.CENSUS, {None: [("x/a", {"likes": 1})]})
    plain = TopEntry(Metric.LIKES, ALL, 10)
    chinese = TopEntry(Metric.LIKES, Scope(ScopeKind.COUNTRY, "China"), 10)
    assert plain.definition(snapshot) == "board/1"
    assert chinese.definition(snapshot) == f"board/1 labs:{snapshot.labs.version}"
