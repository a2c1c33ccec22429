"""/hubshift in Slack: acknowledged first, answered to the person, shared on a click."""

import asyncio
import json
import logging
import time
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from bot.channel import Channel
from bot.chat.slack.came import typed
from bot.chat.slack.spoken import spoken
from bot.desk import Asker
from bot.store.store import Store
from tests.slack_faults import Fault, Reply, limited, no
from tests.slack_place import ANSWER, COMMAND, Clerk, front_of, place, serving
from tests.slack_server import SlackChannel
from tests.slack_stories import CHART
from tests.slack_workspace import person
from tests.test_slack_guard import signed


async def test_a_question_is_acknowledged_and_answered_to_the_person_alone(store: Store) -> None:
    async with place(store) as here:
        assert await here.asks("top 1") == 200
        [payload] = await here.answered()
    assert payload["response_type"] == "ephemeral"
    assert payload["blocks"][0]["text"]["text"] == "Trending top 1"
    assert here.clerk.asked == [("top 1", Asker(Channel("slack", "C0HUBSHIFT"), "U1"))]


async def test_an_answer_that_takes_long_is_acknowledged_at_once(store: Store) -> None:
    async with place(store, Clerk(seconds=0.5)) as here:
        begun = time.monotonic()
        assert await here.asks("top 1") == 200
        assert time.monotonic() - begun < 0.4
        assert len(await here.answered()) == 1


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


async def test_a_question_that_cannot_be_read_shows_where(store: Store) -> None:
    async with place(store) as here:
        assert await here.asks("bad <!channel>") == 200
        [payload] = await here.answered()
    [block] = payload["blocks"]
    assert block["text"]["text"] == "```bad @channel\n^ is no question\n```"


async def test_what_is_not_held_is_said_without_a_button(store: Store) -> None:
    async with place(store) as here:
        await here.asks("unheld")
        [payload] = await here.answered()
    assert "No snapshot is held yet" in payload["text"]
    assert "share_answer" not in json.dumps(payload)


async def test_whatever_breaks_the_person_gets_an_answer_without_the_reason(store: Store) -> None:
    async with place(store) as here:
        assert await here.asks("broken") == 200
        [payload] = await here.answered()
    assert "could not answer this" in payload["text"]
    assert "canary" not in json.dumps(payload)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "help"),
        ("   \n ", "help"),
        ("lab “Mistral AI”", "lab “Mistral AI”"),
        ("lab <http://z.ai|z.ai>", "lab z.ai"),
        ("model <https://huggingface.co/a/b>", "model https://huggingface.co/a/b"),
        ("lab <@U1|qwen> <#C1> <!here>", "lab @qwen #C1 @here"),
        ("share &gt; 40 &amp;amp; &lt;x&gt;", "share > 40 &amp; <x>"),
        ("x" * 3_500, "x" * 3_500),
    ],
)
async def test_what_was_typed_reaches_the_desk_as_the_person_reads_it(
    store: Store, text: str, line: str
) -> None:
    assert typed(text) == (line if line != "help" else "")
    async with place(store) as here:
        await here.asks(text)
        [payload] = await here.answered()
    assert here.clerk.lines == [line]
    assert ("share_answer" in json.dumps(payload)) is (len(line) < 2_000)


async def test_refused_blocks_become_text(store: Store) -> None:
    async with place(store) as here:
        here.inbox.says.append((200, '{"ok":false,"error":"invalid_blocks"}'))
        await here.asks("top 1")
        [payload] = await here.answered()
    assert "blocks" not in payload
    assert "zai-org/GLM-5" in payload["text"]


@pytest.mark.parametrize(
    "refused", [(404, '{"ok":false,"error":"used_url"}'), (500, ""), (404, "expired_url")]
)
async def test_an_answer_that_the_response_url_does_not_take_reaches_the_person_all_the_same(
    store: Store, refused: tuple[int, str]
) -> None:
    async with place(store) as here:
        here.inbox.says.append(refused)
        await here.asks("top 1")
        assert await here.answered() == []
        [quiet] = here.slack.workspace.quiet
    assert (quiet["channel"], quiet["user"]) == ("C0HUBSHIFT", "U1")
    assert quiet["blocks"][0]["text"]["text"] == "Trending top 1"


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


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ({}, True),
        ({"is_admin": True}, True),
        ({"is_restricted": True}, False),
        ({"is_ultra_restricted": True, "is_restricted": True}, False),
        ({"deleted": True}, False),
        ({"is_bot": True}, False),
        ({"team_id": "T0ELSEWHERE"}, False),
        ({"is_stranger": True}, False),
    ],
)
async def test_full_members_may_configure_and_guests_and_strangers_may_ask(
    store: Store, who: dict[str, object], *, may: bool
) -> None:
    async with place(store) as here:
        here.slack.workspace.people["U1"] = person(**who)
        await here.asks("top 1")
        await here.answered()
        await here.asks("watch pack newsroom")
        top, watch = await here.answered()
    assert "Trending top 1" in top["text"]
    assert ("Only full members" in watch["text"]) is not may
    assert len(here.slack.called("users.info")) == 1


@pytest.mark.parametrize("fault", [limited("30"), no("missing_scope", {"needed": "users:read"})])
async def test_where_slack_does_not_say_who_somebody_is_they_may_ask_and_change_nothing(
    store: Store, fault: Reply
) -> None:
    async with place(store) as here:
        here.slack.faults += [Fault(fault, "users.info", times=2)]
        await here.asks("top 1")
        await here.asks("watch pack newsroom")
        top, watch = await here.answered()
    assert "Trending top 1" in top["text"]
    assert "Slack did not say who you are" in watch["text"]


async def test_a_button_that_nobody_knows_any_more_is_answered_kindly(store: Store) -> None:
    async with place(store) as here:
        assert await here.presses("of_another_time", "x") == 200
        [payload] = await here.answered()
    assert "older Hubshift" in payload["text"]
    assert payload["response_type"] == "ephemeral"


async def test_a_replayed_request_is_answered_once(store: Store) -> None:
    async with place(store) as here:
        body = urlencode({**COMMAND, "response_url": here.inbox.url}).encode()
        headers = dict(signed(body, str(int(time.time()))))
        statuses = [await here.posts(body, headers) for _ in range(6)]
        payloads = await here.answered()
    assert statuses == [200, 409, 409, 409, 409, 409]
    assert len(payloads) == 1


async def test_a_request_that_two_processes_get_is_answered_by_one(store: Store) -> None:
    async with place(store) as here, serving(front_of(here.slack, store, here.clerk)) as other:
        body = urlencode({**COMMAND, "response_url": here.inbox.url}).encode()
        headers = dict(signed(body, str(int(time.time()))))
        one, here.url = here.url, other
        second = here.posts(body, headers)
        here.url = one
        statuses = await asyncio.gather(here.posts(body, headers), second)
        payloads = await here.answered()
    assert sorted(statuses) == [200, 409]
    assert len(payloads) == 1


async def test_no_log_line_of_the_front_shows_a_token(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with place(store) as here:
        for text in ("top 1", "bad", "help"):
            await here.asks(text)
        await here.posts(b"a=b", {})
        await here.answered()
        assert "canary" not in repr(here.front)
    assert [each for each in caplog.records if "canary" in each.getMessage()] == []


async def test_an_answer_with_a_picture_shows_it_and_shares_the_same_one(store: Store) -> None:
    async with place(store) as here:
        here.slack.file_delay = 0.1
        here.clerk.answer_is = replace(ANSWER, picture=CHART)
        await here.asks("chart top 1")
        [seen] = await here.answered()
        button = seen["blocks"][-1]["elements"][0]
        await here.presses(button["action_id"], button["value"])
        shared = (await here.answered())[1]
        assert len(here.slack.files) == 1
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


@pytest.mark.parametrize("channel", ["CPUBLIC", "CUNKNOWN"])
async def test_a_watch_where_hubshift_cannot_post_says_how_to_invite_it(
    store: Store, channel: str
) -> None:
    async with place(store) as here:
        here.slack.channels["CPUBLIC"] = SlackChannel(member=False)
        await here.asks("watch pack newsroom")
        await here.sends({**here.command("watch pack newsroom"), "channel_id": channel})
        in_it, beside = await here.answered()
    assert "/invite @Hubshift" not in json.dumps(in_it)
    assert "/invite @Hubshift" in json.dumps(beside["blocks"][-1])


def test_commands_are_named_as_they_are_typed_in_slack() -> None:
    assert spoken("Undo: `unwatch top 3`. See `hubshift ask shifts`.") == (
        "Undo: “/hubshift unwatch top 3”. See “/hubshift shifts”."
    )
    assert spoken("`Help rules`, `hubshift run`, ``, `a\nb`, `x") == (
        "“/hubshift Help rules”, `hubshift run`, ``, `a\nb`, `x"
    )
