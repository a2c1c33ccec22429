"""Who leads a share is told when one group is clear of all others, with the one it passed."""

from collections.abc import Sequence

import pytest

from bot.render import message_of, stories
from detectors.lead_change import LeadChange
from detectors.share import By, Of, ShareQuestion
from detectors.shift import Severity, Shift
from tests.golden_files import check_golden
from tests.shares import built, downloaded, slots
from tests.test_render import texts_of
from tests.world import World, day

RULE = "lead of downloads by lab"
TAKES, LOSES = ("Qwen", "firing"), ("Meta", "resolved")


def told(shifts: Sequence[Shift]) -> list[tuple[str, str]]:
    return [(shift.key, shift.status.value) for shift in shifts]


def walk(rule: str, *qwen: int) -> list[list[tuple[str, str]]]:
    """Return what is told as Qwen has so many of 1,000 downloads and Meta the rest."""
    world = World([rule])
    return [
        told(world.census(day(at), downloaded(qwen=count, meta=1000 - count)))
        for at, count in enumerate(qwen, start=1)
    ]


@pytest.mark.parametrize(
    ("rule", "qwen", "news"),
    [
        (RULE, (400, 600), [[], [TAKES, LOSES]]),
        (RULE, (400, 505, 510), [[], [], [TAKES, LOSES]]),
        (RULE, (400, 503, 497, 503, 497), [[], [], [], [], []]),
        (RULE, (400, 600, 497, 503), [[], [TAKES, LOSES], [], []]),
        (f"{RULE} margin 20%", (390, 590, 610), [[], [], [TAKES, LOSES]]),
        # A race too close at first has no leader; who then pulls clear takes none from anybody.
        (RULE, (502, 600), [[], [TAKES]]),
    ],
)
def test_the_lead_changes_by_more_than_the_margin_and_once(
    rule: str, qwen: tuple[int, ...], news: list[list[tuple[str, str]]]
) -> None:
    assert walk(rule, *qwen) == news


def test_the_unknown_part_never_leads() -> None:
    world = World([RULE])
    world.census(day(1), downloaded(meta=60, qwen=40))
    assert world.census(day(2), downloaded(meta=60, qwen=40, unknown=900)) == []
    (up, down) = world.census(day(3), downloaded(meta=60, qwen=90, unknown=900))
    assert told([up, down]) == [TAKES, LOSES]
    assert (up.evidence.denominator, up.evidence.unknown) == (1050, 900)


def test_of_what_is_drawn_a_lead_that_chance_could_explain_waits() -> None:
    world = World(["lead of derivatives by family"])
    world.census(day(2), built(meta=30, qwen=10))
    assert world.census(day(3), built(meta=18, qwen=22)) == []
    assert told(world.census(day(4), built(meta=18, qwen=32))) == [TAKES, LOSES]


def test_a_change_of_the_lead_is_one_message_that_names_both() -> None:
    world = World(["lead of derivatives by family"])
    world.census(day(2), built(meta=60, qwen=30, unknown=10))
    shifts = world.census(day(3), built(meta=30, qwen=60, unknown=40))
    assert [len(story) for story in stories(shifts)] == [2]
    assert shifts[0].severity is Severity.MAJOR
    check_golden("alert_lead", texts_of(shifts))


def test_a_lead_that_one_model_makes_names_it() -> None:
    world = World([RULE])
    world.census(day(1), downloaded(meta=600, qwen=300))
    shifts = world.census(day(2), [*downloaded(meta=600, qwen=300), ("Qwen/x", {"downloads": 500})])
    check_golden("alert_lead_alone", texts_of(shifts))


def test_places_are_led_by_places() -> None:
    world = World(["lead of slots by country in top 5 by trending"])
    world.pulse(day(1), slots("uuucx"))
    shifts = world.pulse(day(2), slots("ucccx"))
    check_golden("alert_lead_places", texts_of(shifts))


def test_who_is_caught_up_with_by_several_at_once_is_told_to_fall_behind() -> None:
    world = World([RULE])
    world.census(day(1), downloaded(meta=600, qwen=300, google=100))
    shifts = world.census(day(2), downloaded(meta=200, qwen=400, google=400))
    assert told(shifts) == [("Meta", "resolved")]
    assert message_of(shifts).title == (
        "Meta falls behind Google in downloads by lab: 20 % to 40 %".replace(" %", "\u00a0%")
    )


def test_who_led_before_is_back_ahead() -> None:
    world = World([RULE])
    for at, qwen in enumerate((400, 600, 400), start=1):
        shifts = world.census(day(at), downloaded(qwen=qwen, meta=1000 - qwen))
    assert message_of(shifts).title.startswith("Meta is back ahead of Qwen in downloads by lab")


def test_when_the_only_rival_is_gone_nobody_is_named() -> None:
    world = World([RULE])
    world.census(day(1), downloaded(meta=500))
    world.census(day(2), [])
    (shift,) = world.census(day(3), downloaded(qwen=500))
    message = message_of([shift])
    assert message.title == "Qwen leads in downloads by lab: 100\u00a0% to 0\u00a0%"


def test_a_margin_beyond_the_whole_is_refused() -> None:
    with pytest.raises(ValueError, match="the margin must be between"):
        LeadChange(ShareQuestion(Of.LIKES, By.LAB), margin=1.5)
