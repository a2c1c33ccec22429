"""Hubshift's front with a fake Slack on its other side: who asks, over HTTP or by the socket."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession, web

from bot.channel import Channel
from bot.chat.slack.asking import Desk
from bot.chat.slack.front import SlackFront
from bot.chat.slack.guard import Guard
from bot.chat.slack.http import PATH
from bot.desk import (
    Asker,
    Home,
    NothingHeld,
    QuestionError,
    Refused,
    Room,
    Setting,
    TooOften,
    Tuning,
)
from bot.render.answer import Answer, Table
from bot.store.store import Store
from tests.slack_server import TOKEN, LoopbackSlack
from tests.slack_sockets import APP_TOKEN
from tests.slack_workspace import Address
from tests.test_slack_guard import SECRET, signed

RULE = "share of slots by lab who Z.ai above 30% clear 27% in top 10 by trending"
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
    muted: str = ""
    rule: str = ""
    refuses: bool = False
    busy: bool = False
    forgotten: list[tuple[str, str]] = field(default_factory=list)

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
            case "watch" | "mute" if self.refuses or not asker.may_configure:
                raise Refused("Only full members of this workspace may change what is told here.")
            case "broken":
                raise RuntimeError(f"the store is gone with {TOKEN}")
            case "mute" | "unmute" | "watch":
                return replace(self.answer_is, title=line, lasts=True)
        return self.answer_is

    async def rule_of(self, shift: str) -> str:
        """Return the rule of every Shift but one."""
        if shift == "0" * 12:
            raise NothingHeld("This alert is no longer held.")
        return self.rule or RULE

    async def tuning(self, rule: str, asker: Asker) -> Tuning:
        """Return three settings."""
        self.asked.append((f"tuning {rule}", asker))
        await asyncio.sleep(self.seconds)
        if rule != RULE:
            raise Refused(f"“{rule}” is not watched here, or no longer; nothing was changed.")
        near = [
            Setting(RULE.replace("30%", f"{above}%"), often, own=above == 30)
            for above, often in ((20, "about 3.0 alerts a week"), (30, "one alert in 25 weeks"))
        ]
        return Tuning(RULE, tuple(near), "Tried on 173 looks, 7 November 2025 to 30 April 2026.")

    async def retune(self, old: str, new: str, asker: Asker) -> Answer:
        """Change a watch as the desk may."""
        self.asked.append((f"retune {old} > {new}", asker))
        await asyncio.sleep(self.seconds)
        if not asker.may_configure:
            raise Refused("Only those who may configure this channel can change what it is told.")
        if "above" not in new:
            raise QuestionError(f"{new}\n{' ' * 6}^ says above or below")
        return replace(self.answer_is, title=f"Tuned: {new}", lasts=True)

    async def home(self, asker: Asker, channels: Sequence[Channel]) -> Home:
        """Return rooms that watch one rule each, but for those that begin with CIDLE."""
        self.asked.append(("home", asker))
        if self.busy:
            raise TooOften("Those were 60 questions within a minute. Ask again in 46 seconds.")
        return Home(tuple(map(self._room, channels)), "The last snapshot is of 30 April 2026.")

    async def forget(self, platform: str, tenant: str) -> int:
        """Note that a tenant is forgotten."""
        self.forgotten.append((platform, tenant))
        return 1

    def _room(self, channel: Channel) -> Room:
        idle = channel.address.startswith("CIDLE")
        watches = ((RULE, "at once, from notable on", "listening; 2 hold now"),)
        return Room(
            channel,
            () if idle else watches,
            self.muted,
            (("zone", "Europe/Berlin"), ("digest", "Monday 9:00")),
            () if idle else (("28 April 2026", "GLM-5 goes straight to first place", "ab" * 6),),
        )


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
async def place(
    store: Store, desk: Desk | None = None, *, admins: bool = False
) -> AsyncIterator[Place]:
    """Open a place where people ask over HTTP, a Clerk if no other desk."""
    clerk = desk if isinstance(desk, Clerk) else Clerk()
    async with LoopbackSlack() as slack, ClientSession() as session:
        front = front_of(slack, store, desk or clerk, admins=admins)
        async with serving(front) as url:
            try:
                yield Place(front, clerk, slack, slack.workspace.address(), url, session)
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
    slack: LoopbackSlack, store: Store, desk: Desk, *, socket: bool = False, admins: bool = False
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
        admins=admins,
        pings=1.0,
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
