"""What one model moves by itself is one message, which opens with the model and names it."""

from collections.abc import Sequence

import pytest

from bot.deliveries import fan_out
from bot.render import message_of, stories
from bot.store.store import Store
from bot.subscriptions import Subscription
from detectors.labs import Labs
from detectors.shift import Shift
from tests.golden_files import check_golden
from tests.looks import census, watching
from tests.test_render import texts_of
from tests.world import Row, World, day

BREAKS_OUT = "breakout by downloads in llm"
CONCENTRATES = "concentration of downloads by lab above 1800 clear 1500"
GAPES = "gap of downloads over likes above 10% clear 5% in llm"
LAB = "share of downloads by lab anyone above 30% clear 27%"
COUNTRY = "share of downloads by country who China above 50% clear 45%"
LEADS = "lead of downloads by lab"
SUSPECTS = "suspicious growth in llm"
SIX = (CONCENTRATES, BREAKS_OUT, LAB, COUNTRY, LEADS, GAPES)
META = "meta-llama"
OWNERS = ("Qwen", "google", "microsoft", "mistralai", "deepseek-ai", "nvidia", "openai", "zai-org")
BEFORE, AFTER = 10_000_000, 140_000_000


def hub(star: int, likes: int, qwen: int = 1) -> list[Row]:
    """Return labs of 30 models each, all of an age, and one more model of Qwen's."""
    known = {"pipeline_tag": "text-generation", "created_at": day(-400)}
    rows: list[Row] = []
    for owner in (META, *OWNERS):
        times = 2 if owner == META else qwen if owner == "Qwen" else 1
        for at in range(30):
            figures = {"downloads": times * (1_000_000 - 20_000 * at), "likes": 500 * times - at}
            rows.append((f"{owner}/{at}", known | figures))
    return [*rows, ("Qwen/Star", known | {"downloads": star, "likes": likes})]


def looked(rules: Sequence[str], then: list[Row], now: list[Row]) -> list[Shift]:
    world = World(rules)
    world.census(day(8), then)
    return world.census(day(15), now)


GROWS = (hub(BEFORE, 400), hub(AFTER, 5_500))


def test_six_rules_that_one_model_sets_off_are_one_message() -> None:
    news = looked(SIX, *GROWS)
    assert len({shift.rule for shift in news if shift.told}) > 4
    (story,) = stories(news)
    alert = message_of(story)
    assert alert.title.startswith("Star (Qwen, China) breaks out: 14 times its downloads")
    assert set(alert.shifts) == {shift.id for shift in news if shift.told}
    check_golden("alert_one_model", texts_of(news))


@pytest.mark.parametrize("rule", [CONCENTRATES, GAPES, LAB, COUNTRY])
def test_who_is_told_of_one_of_them_is_told_which_model_it_is(rule: str) -> None:
    (shift,) = looked([rule], *GROWS)
    assert "One model alone makes the difference: " in message_of([shift]).why
    assert "Qwen/Star" in message_of([shift]).why


def test_the_value_without_its_move_is_what_the_rule_measures_without_it() -> None:
    (shift,) = looked([CONCENTRATES], *GROWS)
    assert shift.about["unmoved"] == shift.evidence.before
    assert (shift.about["mover_before"], shift.about["mover_after"]) == (BEFORE, AFTER)
    assert "had Qwen/Star stayed at 10\u00a0M downloads, the index would be 1,201." in (
        message_of([shift]).why
    )


def test_a_model_may_have_had_more_than_any_has_now() -> None:
    # Downloads of now fit 16 bits, in which a census is kept, and those of before do not.
    rows: list[Row] = [(f"{owner}/a", {"downloads": 10_000, "likes": 9}) for owner in OWNERS]
    then, now = (("meta-llama/Fallen", {"downloads": each}) for each in (90_000, 5_000))
    rule = "share of downloads by lab who Meta below 20% clear 25%"
    (shift,) = looked([rule], [*rows, then], [*rows, now])
    assert (shift.about["mover"], shift.about["mover_before"]) == ("meta-llama/Fallen", 90_000)


def test_each_channel_is_told_its_own_part_once() -> None:
    news = looked(SIX, *GROWS)
    wishes = {
        rule: [Subscription(f"slack|T1|{room}", rule, day(1))]
        for room, rules in {"C1": SIX[:5], "C2": SIX[5:]}.items()
        for rule in rules
    }
    told = {each.to.address: set(each.shifts) for each in fan_out(news, wishes, 1)}
    assert len(fan_out(news, wishes, 1)) == 2
    assert set(told) == {"C1", "C2"}
    gap = {shift.id for shift in news if shift.rule == GAPES}
    assert told["C2"] == gap
    assert told["C1"] == {shift.id for shift in news if shift.told} - gap


def test_growth_that_is_suspected_opens_what_it_moves() -> None:
    news = looked([*SIX, SUSPECTS], hub(BEFORE, 400), hub(AFTER, 400))
    (story,) = stories(news)
    assert message_of(story).title.startswith("Suspicious growth of Star (Qwen)")
    assert "China rises above 50\u00a0% of downloads" in message_of(story).why


def test_what_many_models_move_together_names_none_and_stays_apart() -> None:
    news = looked([LAB, COUNTRY], hub(BEFORE, 400), hub(BEFORE, 400, qwen=9))
    assert {shift.rule for shift in news} == {LAB, COUNTRY}
    assert not any("mover" in shift.about for shift in news)
    assert len(stories(news)) == 2


def test_a_model_that_is_new_moves_from_nothing() -> None:
    (shift,) = looked([CONCENTRATES], hub(BEFORE, 400)[:-1], hub(AFTER, 5_500))
    assert (shift.about["mover"], shift.about["mover_before"]) == ("Qwen/Star", 0.0)


def test_an_unknown_figure_before_names_nobody() -> None:
    then = hub(BEFORE, 400)
    then[-1] = ("Qwen/Star", {"pipeline_tag": "text-generation", "created_at": day(-400)})
    assert not any("mover" in shift.about for shift in looked([LAB], then, hub(AFTER, 5_500)))


async def test_a_watch_that_has_just_started_names_it_by_what_the_store_holds(
    store: Store, labs: Labs
) -> None:
    for number, rows in ((8, GROWS[0]), (9, GROWS[1])):
        looked_at = await watching(store, labs, CONCENTRATES).look(census(day(number), rows))
    (shift,) = looked_at.shifts
    assert (shift.about["mover"], shift.about["mover_before"]) == ("Qwen/Star", BEFORE)
    assert (await store.shifts())[-1] == shift
