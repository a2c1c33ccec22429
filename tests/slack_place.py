"""Hubshift's front with a fake Slack on its other side: who asks, over HTTP or by the socket."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession, web

from bot.chat.slack.front import SlackFront
from bot.chat.slack.guard import Guard
from bot.chat.slack.http import PATH
from bot.desk import Asker, NothingHeld, QuestionError, Refused
from bot.render.answer import Answer, Table
from bot.store.store import Store
from tests.slack_server import TOKEN, LoopbackSlack
from tests.slack_sockets import APP_TOKEN
from tests.slack_workspace import Address
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


@dataclass
class Clerk:
    """A desk that says what its lines begin with, and lists what it was asked."""

    asked: list[tuple[str, Asker]] = field(default_factory=list)
    answer_is: Answer = ANSWER
    seconds: float = 0.0

    @property
    def lines(self) -> list[str]:
        """Every line it was asked."""
        return [line for line, _ in self.asked]

    async def answer(self, line: str, asker: Asker) -> Answer:
        """Answer as the desk may."""
        self.asked.append((line, asker))
        await asyncio.sleep(self.seconds)
        match line.partition(" ")[0]:
            case "bad":
                raise QuestionError(f"{line}\n^ is no question")
            case "unheld":
                raise NothingHeld("No snapshot is held yet; the first comes within the hour.")
            case "watch" if not asker.may_configure:
                raise Refused("Only full members of this workspace may change what is told here.")
            case "broken":
                raise RuntimeError(f"the store is gone with {TOKEN}")
        return self.answer_is


@dataclass
class Place:
    """Hubshift behind an address, with a Slack on the other side."""

    front: SlackFront
    clerk: Clerk
    slack: LoopbackSlack
    inbox: Address
    url: str
    session: ClientSession

    async def sends(self, form: Mapping[str, str]) -> int:
        """Send a signed form, and return the status of the answer."""
        body = urlencode(form).encode()
        return await self.posts(body, dict(signed(body, str(int(time.time())))))

    async def posts(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Send anything, and return the status of the answer."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        async with self.session.post(self.url, data=body, headers={**kind, **headers}) as answer:
            return answer.status

    def command(self, text: str, user: str = "U1") -> dict[str, str]:
        """Return what Slack says of a slash command."""
        return {**COMMAND, "text": text, "user_id": user, "response_url": self.inbox.url}

    def click(self, action: str, value: str = "", **more: object) -> dict[str, Any]:
        """Return what Slack says of a button that was pressed."""
        return {
            "type": "block_actions",
            "user": {"id": "U1", "team_id": "T0HUBSHIFT"},
            "team": {"id": "T0HUBSHIFT"},
            "channel": {"id": "C0HUBSHIFT"},
            "container": {"type": "message", "channel_id": "C0HUBSHIFT"},
            "trigger_id": self.slack.workspace.trigger(),
            "response_url": self.inbox.url,
            "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
            **more,
        }

    async def asks(self, text: str, user: str = "U1") -> int:
        """Ask with /hubshift."""
        return await self.sends(self.command(text, user))

    async def presses(self, action: str, value: str = "", **more: object) -> int:
        """Press a button."""
        return await self.sends({"payload": json.dumps(self.click(action, value, **more))})

    async def answered(self) -> list[dict[str, Any]]:
        """Return what arrived at the response_url, once all work is done."""
        await self.front.switchboard.tasks.drain()
        return self.inbox.payloads


@asynccontextmanager
async def place(store: Store, clerk: Clerk | None = None) -> AsyncIterator[Place]:
    """Open a place where people ask over HTTP."""
    desk = clerk or Clerk()
    async with LoopbackSlack() as slack, ClientSession() as session:
        front = front_of(slack, store, desk)
        async with serving(front) as url:
            try:
                yield Place(front, desk, slack, slack.workspace.address(), url, session)
            finally:
                await front.drain()


@asynccontextmanager
async def serving(front: SlackFront) -> AsyncIterator[str]:
    """Serve what comes to a front over HTTP."""
    app = web.Application()
    app.add_routes(front.routes(Guard(SECRET, time.time)))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    finally:
        await runner.cleanup()


def front_of(
    slack: LoopbackSlack, store: Store, desk: Clerk, *, socket: bool = False
) -> SlackFront:
    """Return a front of a fake Slack."""
    return SlackFront(
        TOKEN,
        desk,
        base_url=slack.url,
        once=store.once,
        shelf=store.shelf,
        clock=time.monotonic,
        app_token=APP_TOKEN if socket else None,
        pings=0.3,
    )


@asynccontextmanager
async def socketed(store: Store, clerk: Clerk | None = None) -> AsyncIterator[Place]:
    """Open a place where people ask by the socket."""
    desk = clerk or Clerk()
    async with LoopbackSlack() as slack, ClientSession() as session:
        front = front_of(slack, store, desk, socket=True)
        stop = asyncio.Event()
        running = asyncio.create_task(front.run(stop))
        try:
            yield Place(front, desk, slack, slack.workspace.address(), "", session)
        finally:
            stop.set()
            await asyncio.wait_for(running, 15)
        assert slack.sockets.faults == []
