"""/hubshift in Slack: acknowledged first, answered to the person, shared on a click."""

import asyncio
import json
import logging
import time
from urllib.parse import urlencode

import pytest

from bot.channel import Channel
from bot.chat.slack.asking import troubled
from bot.chat.slack.came import Came, typed
from bot.chat.slack.reply import Reply
from bot.chat.slack.spoken import spoken
from bot.chat.slack.wire import SlackApi
from bot.desk import Asker
from bot.store.store import Store
from tests.slack_place import COMMAND, Clerk, front_of, place, serving
from tests.slack_server import TOKEN, LoopbackSlack
from tests.test_slack_guard import signed


async def test_a_question_is_acknowledged_and_answered_to_the_person_alone(store: Store) -> None:
    async with place(store) as here:
        assert await here.asks("top 1") == 200
        [payload] = await here.answered()
    assert payload["response_type"] == "ephemeral"
    assert payload["blocks"][0]["text"]["text"] == "Trending top 1"
    assert here.clerk.asked == [("top 1", Asker(Channel("slack", "C0HUBSHIFT"), "U1"))]


async def test_an_answer_that_takes_long_is_acknowledged_at_once(store: Store) -> None:
    async with place(store, Clerk(seconds=1.5)) as here:
        begun = time.monotonic()
        assert await here.asks("top 1") == 200
        assert time.monotonic() - begun < 1.2
        assert len(await here.answered()) == 1


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


def test_commands_are_named_as_they_are_typed_in_slack() -> None:
    assert spoken("Undo: `unwatch top 3`. See `hubshift ask shifts`.") == (
        "Undo: “/hubshift unwatch top 3”. See “/hubshift shifts”."
    )
    room = Channel("slack", "C1")
    assert spoken("Muted in slack:C1: x; slack:C12 is not.", room) == (
        "Muted in this channel: x; slack:C12 is not."
    )
    assert spoken("`Help rules`, `hubshift run`, ``, `a\nb`, `x") == (
        "“/hubshift Help rules”, `hubshift run`, ``, `a\nb`, `x"
    )


async def test_an_address_that_is_not_safe_is_not_answered_to() -> None:
    async with LoopbackSlack() as slack:
        address = slack.workspace.address()
        api = SlackApi(TOKEN, "https://127.0.0.1:1/api/")
        reply = Reply(api, Came(user="U1", address=address.url), time.monotonic)
        assert not await reply.say(troubled("x"))
        await api.close()
    assert address.payloads == []


async def test_an_answer_has_five_uses_within_half_an_hour() -> None:
    now = 0.0
    async with LoopbackSlack() as slack:
        address, late = slack.workspace.address(), slack.workspace.address()
        api = SlackApi(TOKEN, slack.url)
        reply = Reply(api, Came("U1", channel="C0HUBSHIFT", address=address.url), lambda: now)
        other = Reply(api, Came("U1", channel="C0HUBSHIFT", address=late.url), lambda: now)
        assert [await reply.say(troubled("x")) for _ in range(7)] == [True] * 7
        now += 30 * 60
        assert await other.say(troubled("y"))
        await api.close()
    assert (len(address.payloads), len(late.payloads)) == (5, 0)
    assert len(slack.workspace.quiet) == 3
