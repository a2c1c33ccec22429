"""/hubshift in Slack: acknowledged first, answered to the person, shared on a click."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from aiohttp import ClientSession, web

from bot.chat.slack.front import SlackFront
from bot.chat.slack.guard import Guard
from bot.chat.slack.http import PATH, SlackHttp
from bot.chat.slack.socket import SlackSocket
from bot.render.answer import Answer, Table
from tests.slack_server import TOKEN, LoopbackSlack
from tests.test_slack_guard import SECRET, signed

ANSWER = Answer("Trending top 1", (Table((("1", "zai-org/GLM-5"),)),), "Measured today.")
COMMAND = {
    "command": "/hubshift",
    "text": "top 1",
    "user_id": "U1",
    "team_id": "T0HUBSHIFT",
    "channel_id": "C0HUBSHIFT",
    "trigger_id": "1.2",
}


async def asked(question: str) -> Answer:
    if question.startswith("bad"):
        raise ValueError(f"{question}\n^ is no question")
    if question == "broken":
        raise RuntimeError(f"the store is gone with {TOKEN}")
    return ANSWER


@dataclass
class Inbox:
    """What arrives at the response_url, and what it answers; first to last."""

    url: str = ""
    says: list[str] = field(default_factory=list)
    payloads: list[dict[str, Any]] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.Response:
        self.payloads.append(await request.json())
        return web.Response(text=self.says.pop(0) if self.says else "ok")


@dataclass
class Place:
    """Hubshift behind an address, with a Slack and an inbox on the other side."""

    front: SlackFront
    inbox: Inbox
    url: str
    session: ClientSession

    async def sends(self, form: Mapping[str, str]) -> int:
        body = urlencode(form).encode()
        return await self.posts(body, dict(signed(body, str(int(time.time())))))

    async def posts(self, body: bytes, headers: Mapping[str, str]) -> int:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        async with self.session.post(self.url, data=body, headers={**kind, **headers}) as answer:
            return answer.status

    async def asks(self, text: str, user: str = "U1") -> int:
        form = {**COMMAND, "text": text, "user_id": user, "response_url": self.inbox.url}
        return await self.sends(form)

    async def answered(self) -> list[dict[str, Any]]:
        await self.front.drain()
        return self.inbox.payloads


@asynccontextmanager
async def place() -> AsyncIterator[Place]:
    inbox = Inbox()
    async with LoopbackSlack() as slack, ClientSession() as session:
        front = SlackFront(TOKEN, asked, time.monotonic, base_url=slack.url)
        app = web.Application()
        app.add_routes(SlackHttp(front, Guard(SECRET, time.time)).routes())
        app.router.add_post("/inbox", inbox.serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        inbox.url = f"{base}/inbox"
        try:
            yield Place(front, inbox, base + PATH, session)
        finally:
            await front.drain()
            await runner.cleanup()


async def test_a_question_is_acknowledged_and_answered_to_the_person_alone() -> None:
    async with place() as here:
        assert await here.asks("top 1") == 200
        [payload] = await here.answered()
    assert payload["response_type"] == "ephemeral"
    assert payload["blocks"][0]["text"]["text"] == "Trending top 1"
    assert payload["blocks"][-1]["elements"][0]["value"] == "top 1"


async def test_a_click_shares_the_answer_in_the_channel() -> None:
    async with place() as here:
        click = {
            "type": "block_actions",
            "user": {"id": "U1", "team_id": "T0HUBSHIFT"},
            "team": {"id": "T0HUBSHIFT"},
            "actions": [{"type": "button", "action_id": "share_answer", "value": "top 1"}],
            "response_url": here.inbox.url,
        }
        assert await here.sends({"payload": json.dumps(click)}) == 200
        [payload] = await here.answered()
    assert payload["response_type"] == "in_channel"
    assert "share_answer" not in json.dumps(payload["blocks"])


async def test_a_question_that_cannot_be_read_shows_where() -> None:
    async with place() as here:
        assert await here.asks("bad <!channel>") == 200
        [payload] = await here.answered()
    [block] = payload["blocks"]
    assert block["text"]["text"] == "```bad &lt;!channel&gt;\n^ is no question\n```"


async def test_whatever_breaks_the_person_gets_an_answer_without_the_reason() -> None:
    async with place() as here:
        assert await here.asks("broken") == 200
        [payload] = await here.answered()
    assert "could not answer this" in payload["text"]
    assert "canary" not in json.dumps(payload)


async def test_refused_blocks_become_text() -> None:
    async with place() as here:
        here.inbox.says += ['{"ok":false,"error":"invalid_blocks"}']
        await here.asks("top 1")
        first, second = await here.answered()
    assert "blocks" in first
    assert "blocks" not in second
    assert "zai-org/GLM-5" in second["text"]


async def test_who_asks_too_often_is_asked_to_wait_and_nobody_else() -> None:
    async with place() as here:
        for number in range(21):
            await here.asks(f"top {number}")
        await here.asks("top 1", "U2")
        payloads = await here.answered()
    slow = [payload for payload in payloads if "wait a little" in payload["text"]]
    assert len(payloads) == 22
    assert len(slow) == 1


async def test_a_replayed_request_is_answered_once() -> None:
    async with place() as here:
        body = urlencode({**COMMAND, "response_url": here.inbox.url}).encode()
        headers = dict(signed(body, str(int(time.time()))))
        statuses = [await here.posts(body, headers) for _ in range(6)]
        payloads = await here.answered()
    assert statuses == [200, 409, 409, 409, 409, 409]
    assert len(payloads) == 1


def mutated(chance: Random) -> tuple[bytes, dict[str, str]]:
    """Return a request that is a little or very odd; half of them are signed all the same."""
    kinds = ("application/x-www-form-urlencoded", "application/json", "text/plain", "a/b; x=", "")
    oddities = ("", "[]", "null", "1", '"x"', "{", "\x00", "[1]", '{"type":[]}', "é", "%ff", "&&==")
    fields = [*COMMAND, "payload", "ssl_check", "type", "actions", "user", "team", "enterprise"]
    form = {**COMMAND, chance.choice(fields): chance.choice(oddities)}
    body = chance.choice(
        (
            urlencode(form).encode(),
            json.dumps({**form, chance.choice(fields): chance.choice([[], {}, None, 1])}).encode(),
            f"payload={quote_plus(chance.choice(oddities))}".encode(),
            chance.choice(oddities).encode(),
            chance.randbytes(chance.randrange(40)),
        )
    )
    now = str(int(time.time()))
    stamp = now if chance.random() < 0.8 else chance.choice(("soon", "-1", "1e5", "9" * 30, ""))
    headers = dict(signed(body, stamp)) | {"Content-Type": chance.choice(kinds)}
    if chance.random() < 0.2:
        del headers[chance.choice(list(headers))]
    if chance.random() < 0.2:
        headers["X-Slack-Signature"] = chance.choice(("v0=", "é", "v0=" + "0" * 64, ""))
    return body, headers


async def test_no_mutated_request_is_answered_with_a_fault_of_this_server() -> None:
    chance = Random(5)  # noqa: S311  # figures of a story, no secrets
    async with place() as here:
        statuses = [await here.posts(*mutated(chance)) for _ in range(1_000)]
    assert [status for status in statuses if status >= 500] == []
    assert {200, 400, 401} <= set(statuses)


async def test_the_socket_says_that_it_is_not_connected_and_closes() -> None:
    async with LoopbackSlack() as slack:
        front = SlackFront(TOKEN, asked, time.monotonic, base_url=slack.url)
        socket = SlackSocket(front, "xapp-canary")
        await socket.start()
        await asyncio.sleep(0.05)
        assert not await socket.connected()
        assert "canary" not in repr(socket) + repr(front)
        await socket.close()


async def test_no_log_line_of_the_front_shows_a_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with place() as here:
        for text in ("top 1", "bad", "help"):
            await here.asks(text)
        await here.posts(b"a=b", {})
        await here.answered()
    assert [each for each in caplog.records if "canary" in each.getMessage()] == []
