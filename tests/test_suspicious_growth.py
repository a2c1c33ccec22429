"""Growth with nobody behind it is named as suspicion, with the shares it makes and unmakes."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from bot.lookups import answer
from bot.render import message_of
from detectors.metric import Kind, Metric
from detectors.shift import Shift
from tests.golden_files import check_golden
from tests.test_render import texts_of
from tests.world import Row, World, day

RULE = "suspicious growth in all"
OLD = day(-90)
REST: list[Row] = [("google/rest", {"downloads": 100_000_000, "likes": 500, "created_at": OLD})]


def model(name: str, downloads: int, likes: int | None, created: datetime = OLD) -> Row:
    return name, {"downloads": downloads, "likes": likes, "created_at": created}


def told(before: Sequence[Row], after: Sequence[Row]) -> list[Shift]:
    world = World([RULE])
    world.census(day(1), [*before, *REST])
    return world.census(day(2), [*after, *REST])


def farm(*downloads: int, account: str = "farm") -> list[Row]:
    return [
        model(f"{account}/m{number}", count, 3, day(0)) for number, count in enumerate(downloads)
    ]


def test_downloads_that_explode_with_flat_likes_are_suspected() -> None:
    before, after = model("Qwen/a", 13_000_000, 200), model("Qwen/a", 187_000_000, 201)
    (shift,) = told([before], [after])
    assert (shift.key, shift.facts.event.value) == ("Qwen", "suspicious")
    assert (shift.evidence.before, shift.evidence.after) == (13_000_000, 187_000_000)
    assert shift.evidence.denominator == 287_000_000
    assert shift.about["with"] == pytest.approx(187 / 287)
    assert shift.about["without"] == 0.0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (model("Qwen/a", 13_000_000, 200), model("Qwen/a", 187_000_000, 400)),
        (model("Qwen/a", 13_000_000, 200), model("Qwen/a", 20_000_000, 200)),
        (model("Qwen/a", 13_000_000, None), model("Qwen/a", 187_000_000, None)),
        (model("Qwen/a", 0, 200), model("Qwen/a", 187_000_000, 200)),
        (model("Qwen/a", 2, 9_000, day(0)), model("Qwen/a", 80_000, 9_100, day(0))),
        (model("Qwen/a", 187_000_000, 200), model("Qwen/a", 35_000_000, 200)),
        (model("Qwen/a", 100, 2), model("Qwen/a", 9_000, 2)),
    ],
    ids=["liked too", "too little", "likes unknown", "not tracked", "a launch", "a fall", "small"],
)
def test_growth_with_a_plain_reason_is_not_suspected(before: Row, after: Row) -> None:
    assert told([before], [after]) == []


def test_three_models_of_one_account_in_lockstep_are_one_suspicion() -> None:
    (shift,) = told(farm(1_000, 2_000, 3_000), farm(51_000, 52_100, 52_900))
    assert (shift.key, shift.about["lockstep"]) == ("farm", 3.0)
    assert shift.about["models"] == "farm/m2 farm/m1 farm/m0"


def test_two_alike_or_three_apart_are_no_lockstep() -> None:
    assert told(farm(1_000, 2_000), farm(51_000, 52_100)) == []
    assert told(farm(1_000, 2_000, 3_000), farm(51_000, 72_000, 93_000)) == []


def test_three_accounts_with_one_model_each_are_no_lockstep() -> None:
    before = [row for each in "abc" for row in farm(1_000, account=each)]
    after = [row for each in "abc" for row in farm(51_000, account=each)]
    assert told(before, after) == []


def test_an_account_is_suspected_once_in_thirty_days() -> None:
    world = World([RULE])
    news = []
    for at in range(1, 5):
        rows = [model("Qwen/a", 10_000 * 4**at, 200), *REST]
        news.append(len(world.census(day(at), rows)))
    assert news == [0, 1, 0, 0]


def test_a_pulse_does_not_know_all_downloads() -> None:
    world = World([RULE])
    for at, count in ((1, 13_000_000), (2, 187_000_000)):
        rows = [model("Qwen/a", count, 200), *REST]
        assert world.look(day(at), Kind.PULSE, {Metric.DOWNLOADS: rows}) == []


LINE = "share of downloads by lab who Qwen above 40% clear 37%"


def crossing() -> World:
    """Hold two days between which one account's pipeline lifts its lab across a line."""
    world = World([RULE, LINE])
    world.census(day(1), [model("Qwen/a", 13_000_000, 200), *REST])
    world.census(day(2), [model("Qwen/a", 187_000_000, 201), *REST])
    return world


def test_a_share_that_a_suspicion_lifts_is_told_with_and_without_it() -> None:
    shift = next(each for each in crossing().views.told if each.detector == "share_threshold")
    assert (shift.about["suspected"], shift.about["without_suspected"]) == ("Qwen/a", 0.0)
    assert "Without Qwen/a, whose growth is under suspicion, it is 0 %." in message_of(
        [shift]
    ).why.replace("\xa0", " ")


def test_a_share_that_the_suspects_are_not_in_is_told_as_it_is() -> None:
    world = World([RULE, "share of downloads by lab who Google below 40% clear 43%"])
    world.census(day(1), [model("Qwen/a", 13_000_000, 200), *REST])
    news = world.census(day(2), [model("Qwen/a", 187_000_000, 201), *REST])
    (shift,) = [each for each in news if each.detector == "share_threshold"]
    assert "suspected" not in shift.about


async def test_a_share_that_is_asked_for_is_shown_with_and_without_what_is_suspected() -> None:
    hub = crossing()
    text = (await answer("share of downloads by lab", hub.views, hub.labs, day(3))).text
    said = "Without 1 model whose growth is under suspicion (such as Qwen/a), Qwen would have 0 %"
    assert said in " ".join(text.split())
    later = (await answer("share of downloads by lab", hub.views, hub.labs, day(60))).text
    assert "under suspicion" not in later


def test_it_reads_as_a_suspicion_and_not_as_a_success() -> None:
    one = told([model("Qwen/a", 13_000_000, 200)], [model("Qwen/a", 187_000_000, 201)])
    several = told(farm(1_000, 2_000, 3_000), farm(51_000, 52_100, 52_900))
    check_golden("alert_suspicion", texts_of(one) + "\n\n" + texts_of(several))
