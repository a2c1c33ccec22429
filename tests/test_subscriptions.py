"""Who is told what: by rule, weight, name, silence and time, found without a scan."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec.structs import replace as changed

from bot.channel import Channel
from bot.deliveries import Rooms, fan_out
from bot.delivery import Form
from bot.store.store import Store
from bot.subscriptions import Answer, How, Subscription
from detectors.labs import Labs
from detectors.shift import Held, Severity, Shift
from tests.looks import FEW, RISEN, TOP, days, look_all, watching
from tests.world import World, day

ROOM, OTHER = Channel("slack", "C1", "T1"), Channel("slack", "C1", "T2")
FIRST = "top 1 by trending in all confirm 1 of 1"
WANTED = Subscription(ROOM.key, FIRST, day(1), floor=Severity.INFO)


def first_place() -> Shift:
    world = World((FIRST,))
    world.pulse(day(1), ["Qwen/a", "zai-org/b"])
    return next(each for each in world.pulse(day(2), ["zai-org/b", "Qwen/a"]) if each.told)


@pytest.mark.parametrize(
    ("subscription", "answer"),
    [
        (WANTED, Answer.AT_ONCE),
        (changed(WANTED, how=How.THREAD), Answer.THREAD),
        (changed(WANTED, how=How.DIGEST), Answer.DIGEST),
        (changed(WANTED, since=day(2)), Answer.BEFORE),
        (changed(WANTED, muted_until=day(3)), Answer.MUTED),
        (changed(WANTED, muted_until=day(2)), Answer.AT_ONCE),
        (changed(WANTED, include=("Z.AI",)), Answer.AT_ONCE),
        (changed(WANTED, include=("zai-org/b",)), Answer.AT_ONCE),
        (changed(WANTED, include=("Qwen",)), Answer.NOT_INCLUDED),
        (changed(WANTED, exclude=("china",)), Answer.EXCLUDED),
    ],
)
def test_a_subscription_answers_whether_a_shift_is_told_or_why_not(
    subscription: Subscription, answer: Answer
) -> None:
    assert subscription.answer(first_place()) is answer


def test_a_shift_below_the_floor_is_told_to_nobody() -> None:
    shift = replace(first_place(), severity=Severity.NOTABLE)
    for floor, count in ((Severity.NOTABLE, 1), (Severity.MAJOR, 0)):
        wish = changed(WANTED, floor=floor)
        assert len(fan_out([shift], {FIRST: [wish]}, 7)) == count


def test_the_same_message_to_two_tenants_is_two_deliveries_with_ids_of_their_own() -> None:
    both = [WANTED, changed(WANTED, channel=OTHER.key, how=How.THREAD)]
    one, two = fan_out([first_place()], {FIRST: both}, 7)
    assert one.id != two.id
    assert (one.to, two.to) == (ROOM, OTHER)
    assert (one.form, two.form) == (Form.ALERT, Form.THREAD)
    assert fan_out([first_place()], {FIRST: both}, 7) == [one, two]
    assert len(one.id) <= 25
    assert one.id.isascii()


def test_a_channel_named_without_its_tenant_is_not_told_twice_what_it_subscribed_to() -> None:
    shift, subscribed = first_place(), {FIRST: [WANTED]}
    here, there = Rooms(first=[Channel("slack", "C1")]), Rooms(first=[Channel("slack", "C2")])
    assert [each.to for each in fan_out([shift], subscribed, 7, here)] == [ROOM]
    assert len(fan_out([shift], subscribed, 7, there)) == 2


def test_what_another_channels_rule_explains_is_told_to_who_does_not_hear_of_that() -> None:
    lead = first_place()
    held = replace(lead.judgement, held=Held.EXPLAINED, why="the lead changed", by=lead.id)
    crossing = replace(lead, rule="a share", subject="china", judgement=held)
    both = changed(WANTED, channel=OTHER.key)
    subscribers = {
        "a share": [changed(WANTED, rule="a share"), changed(both, rule="a share")],
        FIRST: [both],
    }
    told = {each.to: each.shifts for each in fan_out([lead, crossing], subscribers, 7)}
    assert told == {ROOM: (crossing.id,), OTHER: (lead.id,)}
    # One that is deaf to the explanation, by its weight, hears what it explains.
    deaf = {**subscribers, FIRST: [changed(both, floor=Severity.MAJOR)]}
    light = [replace(each, severity=Severity.NOTABLE) for each in (lead, crossing)]
    heard = [each.shifts for each in fan_out(light, deaf, 7) if each.to == OTHER]
    assert [crossing.id in shifts for shifts in heard] == [True]


def test_what_is_one_story_is_one_message_though_its_rules_have_floors_of_their_own() -> None:
    first = first_place()
    other = replace(first, rule="a share", subject="china", severity=Severity.INFO)
    wishes = {
        FIRST: [changed(WANTED, floor=Severity.MAJOR)],
        "a share": [changed(WANTED, rule="a share")],
    }
    assert [each.shifts for each in fan_out([first, other], wishes, 7)] == [(first.id, other.id)]


async def test_subscriptions_are_found_by_rule_and_by_channel_and_can_be_taken_back(
    store: Store,
) -> None:
    kept = store.subscriptions
    assert await kept.put(WANTED)
    assert not await kept.put(changed(WANTED, how=How.DIGEST))
    assert await kept.put(changed(WANTED, channel=OTHER.key))
    found = await kept.to([FIRST, "another rule"])
    assert [each.to for each in found[FIRST]] == [ROOM, OTHER]
    assert found["another rule"] == []
    assert [each.how for each in await kept.of(ROOM)] == [How.DIGEST]
    assert await kept.rules() == [FIRST]
    assert await kept.drop(ROOM, FIRST)
    assert not await kept.drop(ROOM, FIRST)
    assert await kept.drop(OTHER, FIRST)
    assert (await kept.rules(), await kept.of(ROOM)) == ([], [])


async def test_a_rule_that_is_subscribed_to_is_watched_from_the_next_look_on_and_starts_quiet(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs, TOP)
    readings = days(FEW, RISEN, FEW[::-1], ("lab/e", *FEW[:4], "lab/f"))
    await look_all(watch, readings[:1])
    await store.subscriptions.put(WANTED)
    await look_all(watch, readings[1:2])
    assert await store.waiting(ROOM) == []
    await look_all(watch, readings[2:])
    told = [shift.rule for _, shifts in await store.waiting(ROOM) for shift in shifts]
    assert told
    assert set(told) == {FIRST}
    console = [each for each in await store.office.channels() if each.platform == "console"]
    for channel in console:
        for _, shifts in await store.waiting(channel):
            assert {shift.rule for shift in shifts} == {TOP}


async def test_a_subscription_begins_with_what_happens_after_it(store: Store, labs: Labs) -> None:
    await store.subscriptions.put(changed(WANTED, since=day(2) + timedelta(hours=1)))
    watch = watching(store, labs, FIRST)
    await look_all(watch, days(FEW, FEW[::-1]))
    assert await store.waiting(ROOM) == []
