"""Buttons under an alert: there where somebody answers, kept by edits, kind when they are old."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.chat.base import Posting
from bot.chat.slack import SlackMessenger
from bot.chat.slack.draft import Draft
from bot.render import message_of, stories
from bot.render.updates import followed, summary
from bot.store.store import Store
from bot.trouble import Occasion, Trouble, source_shifts
from detectors.shift import Shift
from tests.golden_files import check_golden
from tests.slack_blocks import faults_of
from tests.slack_faults import Fault, no
from tests.slack_place import RULE, Clerk, place
from tests.slack_server import TOKEN, LoopbackSlack
from tests.slack_stories import HOME, posting
from tests.slack_workspace import person
from tests.world import World, day

SHIFT = "0123456789ab"
ODD = ["0" * 12, "", "x", "../../etc", "0123456789AB", "1" * 65, "<!channel>", "C1 ab"]
ACTIONS = ["alert_why", "alert_chart", "alert_mute", "alert_tune"]


def told(first: int = 1) -> Shift:
    world = World(["top 1 by trending in all confirm 1 of 1"])
    world.pulse(day(first), ["Qwen/a", "zai-org/b"])
    return next(each for each in world.pulse(day(first + 1), ["zai-org/b", "Qwen/a"]) if each.told)


def alert(*shifts: Shift) -> Posting:
    return posting(1, message_of(shifts), shifts=shifts)


def buttons(payload: dict[str, Any]) -> list[dict[str, Any]]:
    blocks = payload["blocks"]
    return blocks[-1]["elements"] if blocks[-1]["type"] == "actions" else []


def test_an_alert_with_buttons_is_drawn_like_this() -> None:
    payload = Draft(alert(told()), pressable=True).payload("C0HUBSHIFT")
    assert faults_of(payload["blocks"], lambda _: True) == []
    check_golden("slack_alert_buttons", json.dumps(payload, ensure_ascii=False, indent=1))


def test_buttons_carry_the_shift_and_nothing_more_and_an_edit_keeps_them() -> None:
    shift = told()
    one = alert(shift)
    update = replace(one, parent_message=followed(one.message, one.message, over=True))
    draft = Draft(update, pressable=True)
    for payload in (draft.payload("C1"), draft.edit("C1", "1.1")):
        assert [each["action_id"] for each in buttons(payload)] == ACTIONS
        assert {each["value"] for each in buttons(payload)} == {shift.id}


def test_what_has_no_rule_of_its_own_has_no_buttons() -> None:
    shift = told()
    occasion = Occasion(day(3), "pulse", "3 of 30 models listed", None)
    source = source_shifts(Trouble({}), Trouble({"pulse": "truncated"}), occasion)
    other = told(5)
    assert len(stories([shift, other])) == 2
    many = summary([message_of([shift]), message_of([other])])
    for each in (
        posting(),
        alert(*source),
        posting(1, many, shifts=(shift, other)),
        replace(alert(shift), shifts=()),
    ):
        assert buttons(Draft(each, pressable=True).payload("C1")) == []
    assert buttons(Draft(alert(shift)).payload("C1")) == []


def test_as_plain_text_an_alert_has_no_buttons_and_says_the_same() -> None:
    draft = Draft(alert(told()), pressable=True)
    plain = replace(draft, rich=False)
    assert "blocks" not in plain.payload("C1")
    assert plain.payload("C1")["text"] == draft.payload("C1")["text"]
    assert plain.edit("C1", "1.1")["blocks"] == []


async def test_slack_takes_an_alert_with_buttons() -> None:
    async with LoopbackSlack() as slack:
        messenger = SlackMessenger(TOKEN, base_url=slack.url, pressable=True)
        await messenger.send(HOME, alert(told()))
        await messenger.close()
        [message] = slack.posted()
    assert [each["action_id"] for each in buttons(message)] == ACTIONS


@pytest.mark.parametrize(
    ("action", "line"),
    [("alert_why", f"why {SHIFT}"), ("alert_chart", f"chart {SHIFT}")],
)
async def test_a_button_asks_for_the_person_alone(store: Store, action: str, line: str) -> None:
    async with place(store) as here:
        assert await here.presses(action, SHIFT) == 200
        [payload] = await here.answered()
    assert here.clerk.lines == [line]
    assert payload["response_type"] == "ephemeral"
    assert payload["replace_original"] is False


async def test_mute_silences_the_rule_of_the_alert_and_the_channel_sees_who_did(
    store: Store,
) -> None:
    async with place(store) as here:
        await here.presses("alert_mute", SHIFT)
        [payload] = await here.answered()
    assert here.clerk.lines == [f"mute 7d {RULE}"]
    assert payload["response_type"] == "in_channel"
    who, line = payload["blocks"][0]["elements"]
    assert who["text"] == "<@U1> changed what this channel is told:"
    assert line["text"] == f"mute 7d {RULE}"


async def test_a_guest_may_look_and_not_mute(store: Store) -> None:
    async with place(store, Clerk()) as here:
        here.slack.workspace.people["U1"] = person(is_restricted=True)
        await here.presses("alert_why", SHIFT)
        await here.presses("alert_mute", SHIFT)
        await here.answered()
    assert [each.may_configure for _, each in here.clerk.asked] == [False, False]


@pytest.mark.parametrize("action", [*ACTIONS, "share_answer", "home_mute", "home_tune", ""])
async def test_old_and_odd_buttons_are_answered_kindly(store: Store, action: str) -> None:
    async with place(store) as here:
        for value in ODD:
            assert await here.presses(action, value) == 200
        for payload in await here.answered():
            assert faults_of(payload["blocks"], lambda _: True) == []
            assert "could not answer this" not in payload["text"]
        if action in {"alert_mute", "alert_tune"}:
            said = json.dumps([here.inbox.payloads, here.slack.workspace.views])
            assert "no longer held" in said
            assert "older Hubshift" in said
        here.inbox = here.slack.workspace.address()
        await here.asks("top 1")
        assert "Trending" in (await here.answered())[-1]["text"]


async def test_a_mute_whose_answer_is_lost_is_still_made(store: Store) -> None:
    async with place(store) as here:
        here.inbox.says.append((500, ""))
        here.slack.faults.append(Fault(no("not_in_channel"), "chat.postMessage"))
        await here.presses("alert_mute", SHIFT)
        await here.answered()
    assert here.clerk.lines == [f"mute 7d {RULE}"]
