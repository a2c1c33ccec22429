"""Answers in Slack as they are drawn, and shared: the very one that was seen, once."""

import json
import re
from dataclasses import replace

import pytest

from bot.store.store import Store
from tests.golden_files import check_golden
from tests.slack_blocks import faults_of
from tests.slack_faults import Fault, no
from tests.slack_place import ANSWER, Clerk, place
from tests.slack_stories import CHART


async def test_a_click_shares_the_very_answer_that_was_seen_and_says_who_asked(
    store: Store,
) -> None:
    async with place(store) as here:
        await here.asks("top 1")
        [seen] = await here.answered()
        button = seen["blocks"][-1]["elements"][0]
        here.clerk.answer_is = replace(ANSWER, title="Another")
        assert await here.presses(button["action_id"], button["value"]) == 200
        shared = (await here.answered())[1]
    assert shared["response_type"] == "in_channel"
    assert shared["blocks"][0]["elements"][0]["text"] == "<@U1> asked:"
    assert shared["blocks"][0]["elements"][1]["text"] == "top 1"
    assert shared["blocks"][1:] == seen["blocks"][:-1]
    assert len(here.clerk.asked) == 1


async def test_an_answer_is_shared_once_however_often_it_is_clicked(store: Store) -> None:
    async with place(store) as here:
        await here.asks("top 1")
        [seen] = await here.answered()
        button = seen["blocks"][-1]["elements"][0]
        for _ in range(3):
            await here.presses(button["action_id"], button["value"])
        said = (await here.answered())[1:]
    assert [each["response_type"] for each in said] == ["in_channel", "ephemeral", "ephemeral"]
    assert "in the channel already" in said[1]["text"]


async def test_an_answer_that_is_no_longer_kept_is_asked_again_to_be_shared(store: Store) -> None:
    async with place(store) as here:
        await here.presses("share_answer", "0123456789abcdef top 1")
        await here.presses("share_answer", "top 2")
        payloads = await here.answered()
    assert [each["response_type"] for each in payloads] == ["in_channel"] * 2
    assert here.clerk.lines == ["top 1", "top 2"]


async def test_a_share_that_may_have_arrived_is_not_posted_again(store: Store) -> None:
    async with place(store) as here:
        here.inbox.says.append((503, ""))
        await here.presses("share_answer", "top 1")
        await here.answered()
        assert here.slack.posted() == []
        await here.presses("share_answer", "top 2", response_url="")
        await here.answered()
        [posted] = here.slack.posted()
    assert "Trending top 1" in json.dumps(posted["blocks"])


async def test_an_answer_with_a_picture_shows_it_and_shares_the_same_one(store: Store) -> None:
    async with place(store) as here:
        here.slack.files.delay = 0.1
        here.clerk.answer_is = replace(ANSWER, picture=CHART)
        await here.asks("chart top 1")
        [seen] = await here.answered()
        button = seen["blocks"][-1]["elements"][0]
        await here.presses(button["action_id"], button["value"])
        shared = (await here.answered())[1]
        assert len(here.slack.files.held) == 1
    [image] = [each for each in seen["blocks"] if each["type"] == "image"]
    assert image in shared["blocks"]
    assert image["alt_text"] == CHART.alt


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_an_answer_whose_picture_cannot_be_brought_to_slack_is_told_in_words(
    store: Store, method: str
) -> None:
    async with place(store, Clerk(answer_is=replace(ANSWER, picture=CHART))) as here:
        here.slack.faults.append(Fault(no("missing_scope", {"needed": "files:write"}), method))
        await here.asks("chart top 1")
        [payload] = await here.answered()
    assert payload["blocks"][0]["type"] == "header"
    assert "image" not in [each["type"] for each in payload["blocks"]]


async def test_a_picture_that_slack_refuses_is_left_out_and_the_blocks_stay(store: Store) -> None:
    refused = (200, '{"ok":false,"error":"invalid_blocks"}')
    async with place(store, Clerk(answer_is=replace(ANSWER, picture=CHART))) as here:
        here.inbox.says += [refused, refused]
        await here.asks("chart top 1")
        [payload] = await here.answered()
    assert "image" not in [each["type"] for each in payload["blocks"]]
    assert payload["blocks"][0]["type"] == "header"


@pytest.mark.parametrize("name", ["ephemeral", "shared", "changed", "refused", "picture"])
async def test_what_a_person_gets_is_drawn_like_this(store: Store, name: str) -> None:
    async with place(store) as here:
        if name == "picture":
            here.clerk.answer_is = replace(ANSWER, picture=CHART)
        line = {"changed": "watch pack newsroom", "refused": "bad <!channel>"}.get(name, "top 1")
        await here.asks(line)
        [payload] = await here.answered()
        if name == "shared":
            button = payload["blocks"][-1]["elements"][0]
            await here.presses(button["action_id"], button["value"])
            payload = (await here.answered())[1]
    assert faults_of(payload["blocks"], lambda _: True) == []
    shown = re.sub(
        r'"[0-9a-f]{16} top 1"', '"NAME top 1"', json.dumps(payload, ensure_ascii=False, indent=1)
    )
    check_golden(f"slack_reply_{name}", shown)
