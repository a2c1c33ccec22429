"""A model of weight changes its licence, its gate or its name, or is gone: told once, with both."""

from collections.abc import Sequence
from typing import Any

import pytest

from bot.render import message_of
from detectors.metric import Kind, Metric
from detectors.shift import Event, Shift
from tests.golden_files import check_golden
from tests.test_render import texts_of
from tests.world import Row, World, day

RULE = "access change in top 3 by likes"
REST: list[Row] = [("x/a", {"likes": 50}), ("x/b", {"likes": 40})]


def llama(name: str = "meta-llama/Llama-4", **fields: Any) -> Row:
    """Return the model that is watched: under mit, open, the most liked."""
    known = {"likes": 900, "gated": False, "tags": ("license:mit",), "oid": "1"}
    return name, {**known, "pipeline_tag": "text-generation", **fields}


def told(shifts: Sequence[Shift]) -> list[tuple[str, str]]:
    return [(shift.key, shift.facts.event.value) for shift in shifts]


def after(*rows: Row, rule: str = RULE) -> list[Shift]:
    """Return what is told when the open model is followed by these rows."""
    world = World([rule])
    world.census(day(1), [llama(), *REST])
    return world.census(day(2), [*rows, *REST])


GATED, OPEN = llama(gated="manual"), llama()
OTHER_LICENSE = llama(tags=("license:llama4",))
RENAMED, MOVED = llama("meta-llama/Llama-4-old"), llama("someone/Llama-4")


@pytest.mark.parametrize(
    ("row", "event"),
    [
        (GATED, "gated"),
        (OTHER_LICENSE, "license"),
        (RENAMED, "renamed"),
        (MOVED, "moved"),
    ],
)
def test_each_change_is_told_by_its_name(row: Row, event: str) -> None:
    assert [each for _, each in told(after(row))] == [event]


def test_a_gate_that_opens_is_told_as_open() -> None:
    world = World([RULE])
    world.census(day(1), [GATED, *REST])
    assert told(world.census(day(2), [OPEN, *REST])) == [("meta-llama/Llama-4", "opened")]


def test_what_is_unknown_at_either_end_has_not_changed() -> None:
    assert after(llama(gated=None, tags=())) == []
    world = World([RULE])
    world.census(day(1), [llama(gated=None, tags=()), *REST])
    assert world.census(day(2), [llama(gated=True, tags=("license:llama4",)), *REST]) == []


def test_a_model_that_nobody_depends_on_changes_in_peace() -> None:
    world = World([RULE])
    small = ("x/c", {"likes": 1, "gated": False})
    world.census(day(1), [llama(), *REST, small])
    assert world.census(day(2), [llama(), *REST, ("x/c", {"likes": 1, "gated": True})]) == []


def test_several_changes_of_one_model_are_one_shift_led_by_the_gravest() -> None:
    (shift,) = after(llama("someone/Llama", gated=True, tags=("license:other",)))
    assert shift.facts.event is Event.GATED
    assert shift.about["changes"] == "gating license name"


def test_a_rule_may_ask_for_one_kind_of_change_only() -> None:
    both = llama(gated=True, tags=("license:other",))
    (shift,) = after(both, rule="access change of license in top 3 by likes")
    assert (shift.facts.event, shift.about["changes"]) == (Event.LICENSE, "license")
    assert after(both, rule="access change of name in top 3 by likes") == []


def test_a_model_that_is_gone_is_told_and_told_again_when_it_is_back() -> None:
    world = World([RULE])
    news = [
        told(world.census(day(number), rows))
        for number, rows in enumerate([[OPEN, *REST], REST, REST, [OPEN, *REST], REST], start=1)
    ]
    gone, back = ("meta-llama/Llama-4", "vanished"), ("meta-llama/Llama-4", "returned")
    assert news == [[], [gone], [], [back], [gone]]


def test_a_model_that_is_listed_for_the_first_time_is_not_back() -> None:
    world = World([RULE])
    world.census(day(1), REST)
    assert world.census(day(2), [OPEN, *REST]) == []


@pytest.mark.parametrize("panel", [None, "labs"])
def test_of_a_pulse_or_a_panel_nothing_is_gone(panel: str | None) -> None:
    world = World([RULE])
    kind, by = (Kind.CENSUS, None) if panel else (Kind.PULSE, Metric.LIKES)
    world.look(day(1), kind, {by: [OPEN, *REST]}, panel)
    assert world.look(day(2), kind, {by: REST}, panel) == []


def test_a_listing_that_lacks_many_at_once_is_at_fault_itself() -> None:
    world = World(["access change in top 20 by likes"])
    rows: list[Row] = [(f"x/{number}", {"likes": number}) for number in range(1, 21)]
    world.census(day(1), rows)
    assert world.census(day(2), rows[:16]) == []
    assert world.census(day(3), rows) == []
    assert len(world.census(day(4), rows[:17])) == 3


def test_what_a_pulse_told_the_census_does_not_tell_again() -> None:
    world = World([RULE])
    world.census(day(1), [OPEN, *REST])
    world.look(day(2), Kind.PULSE, {Metric.LIKES: [OPEN, *REST]})
    assert len(world.look(day(2, 6), Kind.PULSE, {Metric.LIKES: [GATED, *REST]})) == 1
    assert world.census(day(2, 12), [GATED, *REST]) == []
    assert told(world.census(day(3, 12), [OPEN, *REST])) == [("meta-llama/Llama-4", "opened")]


def test_an_account_that_the_table_knows_by_another_name_has_not_moved() -> None:
    world = World([RULE])
    world.census(day(1), [("THUDM/glm", {"likes": 9, "oid": "7"}), *REST])
    assert world.census(day(2), [("zai-org/glm", {"likes": 9, "oid": "7"}), *REST]) == []


def test_a_shift_carries_both_values_and_how_many_were_watched() -> None:
    (shift,) = after(GATED)
    evidence = shift.evidence
    assert (evidence.metric, evidence.before, evidence.after) == ("gating", 0.0, 1.0)
    assert (evidence.scope, evidence.window) == (
        "top 3 by likes in all",
        "from one census to the next",
    )
    assert (evidence.denominator, evidence.unknown) == (3, 2)
    assert evidence.definition == "access/2 board/1"
    assert (shift.subject, shift.facts.rank) == ("0", 1)
    assert shift.about["gating_before"] == "open"


def test_who_comes_up_for_one_that_is_gone_is_not_counted_with_it() -> None:
    world = World([RULE])
    world.census(day(1), [OPEN, *REST, ("x/c", {"likes": 30})])
    (shift,) = world.census(day(2), [*REST, ("x/c", {"likes": 30})])
    assert told([shift]) == [("meta-llama/Llama-4", "vanished")]
    assert (shift.evidence.denominator, shift.evidence.unknown) == (3, 0)


def test_who_is_not_known_to_have_changed_is_counted_as_unknown() -> None:
    assert [shift.evidence.unknown for shift in after(OTHER_LICENSE)] == [2]
    (shift,) = after(RENAMED)
    assert shift.evidence.unknown == 0


def test_each_change_reads_as_a_sentence() -> None:
    world = World([RULE])
    world.census(day(1), [GATED, *REST])
    back = world.census(day(2), [OPEN, *REST])
    both = after(llama(gated=True, tags=("license:other",)))
    gone = after()
    world = World([RULE])
    rows = [[OPEN, *REST], REST, [OPEN, *REST]]
    returned = [world.census(day(number), each) for number, each in enumerate(rows, start=1)][-1]
    alerts = [after(GATED), back, after(OTHER_LICENSE), both, gone, returned, after(RENAMED)]
    alerts.append(after(MOVED))
    check_golden("alert_access", "\n\n".join(map(texts_of, alerts)))


def test_a_hostile_licence_stays_text() -> None:
    (shift,) = after(llama(tags=("license:x\u202e\nevil",)))
    alert = message_of([shift])
    assert not set("".join((alert.title, alert.sentence, *alert.evidence))) & set("\n\u202e")
