"""A Slack on the loopback: its Web API as documented, strict, and misbehaving when told to.

    async with LoopbackSlack({"C0HUBSHIFT": SlackChannel()}) as slack:
        SlackMessenger(TOKEN, base_url=slack.url)

`channels` and `faults` may be changed while it serves; `calls` is every call in its order. Every
payload is held against the documented limits, and refused as Slack refuses.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.slack_blocks import faults_of
from tests.slack_faults import Fault, Reply, Silence, no
from tests.slack_files import Files
from tests.slack_pages import paged
from tests.slack_scopes import APP_SCOPES, NEEDED, SCOPES
from tests.slack_sockets import APP_TOKEN, Sockets
from tests.slack_workspace import Workspace

TOKEN = "xoxb-canary-0123456789-do-not-show"  # noqa: S105  # a canary: no server takes it
MOST_TEXT = 4_000
Message = dict[str, Any]
Arguments = Mapping[str, Any]


@dataclass
class SlackChannel:
    """A channel as the workspace has it; `messages` in the order of their ts."""

    member: bool = True
    private: bool = False
    archived: bool = False
    messages: list[Message] = field(default_factory=list)

    def at(self, ts: object) -> Message | None:
        """Return the message of a ts."""
        return next((each for each in self.messages if each["ts"] == ts), None)


class Refused(Exception):
    """A method says no."""

    def __init__(self, code: str, **more: object) -> None:
        super().__init__(code)
        self.reply = no(code, more)


class LoopbackSlack:
    """An async context manager that serves a workspace at `url` until it is left.

    `tokens` names each token's scopes; `file_delay` is how long a complete upload is worked on,
    in seconds; `gap` the least time between two messages of a channel.
    """

    def __init__(
        self,
        channels: dict[str, SlackChannel] | None = None,
        *,
        tokens: dict[str, frozenset[str]] | None = None,
        faults: list[Fault] | None = None,
        file_delay: float = 0.0,
        gap: float = 0.0,
    ) -> None:
        self.channels = {"C0HUBSHIFT": SlackChannel()} if channels is None else channels
        self.tokens = {TOKEN: SCOPES, APP_TOKEN: APP_SCOPES} if tokens is None else tokens
        self.revoked: set[str] = set()
        self.faults = [] if faults is None else faults
        self.calls: list[tuple[str, Arguments]] = []
        self.url = ""
        self.files = Files(Refused, file_delay)
        self.gap = gap
        self._last_ts = 0
        self.sockets = Sockets()
        self.workspace = Workspace(Refused)
        self._later: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None
        self._methods: dict[str, Callable[[Arguments], dict[str, Any]]] = {
            "auth.test": lambda _: {
                "user_id": "U0HUBSHIFT",
                "user": "hubshift",
                "team_id": "T0HUBSHIFT",
                "team": "Acme",
            },
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "conversations.info": self._about,
            **self.files.methods(),
            "apps.connections.open": lambda _: {"url": self.sockets.ticket()},
            **self.workspace.methods(),
        }

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._served)
        app.router.add_post("/upload/{file}", self.files.uploaded)
        app.router.add_post("/commands/{name}", self.workspace.replied)
        app.router.add_get("/link", self.sockets.serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/api/"
        self.files.url = f"http://127.0.0.1:{port}/upload/"
        self.workspace.url = f"http://127.0.0.1:{port}/commands/"
        self.sockets.url = f"ws://127.0.0.1:{port}/link"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    def called(self, method: str) -> list[Arguments]:
        """Return the arguments of every call of a method."""
        return [arguments for name, arguments in self.calls if name == method]

    def posted(self, channel: str = "C0HUBSHIFT") -> list[Message]:
        """Return every message of a channel and its threads, oldest first."""
        return self.channels[channel].messages

    async def _served(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        self.calls.append((method, arguments))
        fault = next((each for each in self.faults if each.method == method and each.times), None)
        if fault is None:
            return _sent(self._answered(method, arguments, request))
        fault.times -= 1
        if fault.accepted == 0:
            self._answered(method, arguments, request)
        elif fault.accepted is not None:
            late = self._accept_late(fault.accepted, method, arguments, request)
            task = asyncio.create_task(late)
            self._later.add(task)
        if isinstance(fault.says, Reply):
            return _sent(fault.says)
        if fault.says is Silence.HANG:
            await asyncio.sleep(3600)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _accept_late(
        self, seconds: float, method: str, arguments: Arguments, request: web.Request
    ) -> None:
        await asyncio.sleep(seconds)
        self._answered(method, arguments, request)

    def _answered(self, method: str, arguments: Arguments, request: web.Request) -> Reply:
        try:
            self._authorise(method, arguments, request.headers.get("Authorization", ""))
            answer = self._methods.get(method, _unknown)(arguments)
        except Refused as refused:
            return refused.reply
        held = self.tokens[request.headers["Authorization"].removeprefix("Bearer ")]
        said = {"X-OAuth-Scopes": ",".join(sorted(held))}
        return Reply(json.dumps({"ok": True, **answer}).encode(), headers=said)

    def _authorise(self, method: str, arguments: Arguments, header: str) -> None:
        token = header.removeprefix("Bearer ")
        if not token:
            raise Refused("not_authed")
        if token in self.revoked:
            raise Refused("token_revoked")
        if token not in self.tokens:
            raise Refused("invalid_auth")
        channel = self.channels.get(str(arguments.get("channel")))
        history = "groups:history" if channel and channel.private else "channels:history"
        needed = NEEDED.get(method, history if method.startswith("conversations.") else None)
        held = self.tokens[token]
        if needed is not None and needed not in held:
            raise Refused("missing_scope", needed=needed, provided=",".join(sorted(held)))

    def _channel(self, arguments: Arguments) -> SlackChannel:
        channel = self.channels.get(str(arguments.get("channel")))
        if channel is None or (channel.private and not channel.member):
            raise Refused("channel_not_found")
        if not channel.member:
            raise Refused("not_in_channel")
        return channel

    def _content(self, arguments: Arguments) -> Message:
        """Hold what a message says against the limits, and return it as it is kept."""
        text, blocks = arguments.get("text", ""), arguments.get("blocks")
        if not text and not blocks:
            raise Refused("no_text")
        if len(text) > MOST_TEXT:
            raise Refused("msg_too_long")
        if blocks is not None and (found := faults_of(blocks, self.files.shown)):
            notes = [f"[ERROR] {each}" for each in found]
            about = {"messages": notes}
            raise Refused("invalid_blocks", errors=found, response_metadata=about)
        metadata = arguments.get("metadata")
        if metadata is not None and metadata.keys() != {"event_type", "event_payload"}:
            raise Refused("invalid_metadata_format")
        kept = {"text": text, "blocks": blocks, "metadata": metadata}
        return {name: value for name, value in kept.items() if value is not None}

    def _post(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._channel(arguments)
        if channel.archived:
            raise Refused("is_archived")
        content = self._content(arguments)
        thread = arguments.get("thread_ts")
        if thread is not None and channel.at(thread) is None:
            raise Refused("thread_not_found")
        last = float(channel.messages[-1]["ts"]) if channel.messages else 0.0
        if time.time() - last < self.gap:
            raise Refused("rate_limited")
        message = {"type": "message", "user": "U0HUBSHIFT", "ts": self._ts(), **content}
        if thread is not None:
            message["thread_ts"] = thread
            if arguments.get("reply_broadcast"):
                message["subtype"] = "thread_broadcast"
        channel.messages.append(message)
        return {"channel": arguments["channel"], "ts": message["ts"], "message": message}

    def _update(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._channel(arguments)
        if channel.archived:
            raise Refused("is_inactive")
        message = channel.at(arguments.get("ts"))
        if message is None:
            raise Refused("message_not_found")
        message |= {"blocks": [], **self._content(arguments), "edited": {"ts": self._ts()}}
        return {"channel": arguments["channel"], "ts": message["ts"], "text": message["text"]}

    def _delete(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._channel(arguments)
        message = channel.at(arguments.get("ts"))
        if message is None:
            raise Refused("message_not_found")
        channel.messages.remove(message)
        return {"channel": arguments["channel"], "ts": message["ts"]}

    def _about(self, arguments: Arguments) -> dict[str, Any]:
        name = str(arguments.get("channel"))
        channel = self.channels.get(name)
        if channel is None or (channel.private and not channel.member):
            raise Refused("channel_not_found")
        return {"channel": {"id": name, "is_member": channel.member}}

    def _history(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._channel(arguments)
        found = [each for each in channel.messages if "thread_ts" not in each or "subtype" in each]
        return paged(Refused, found[::-1], arguments)

    def _replies(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._channel(arguments)
        root = channel.at(arguments.get("ts"))
        if root is None:
            raise Refused("thread_not_found")
        replies = [each for each in channel.messages if each.get("thread_ts") == root["ts"]]
        return paged(Refused, replies, arguments, first=root)

    def _ts(self) -> str:
        self._last_ts = max(self._last_ts + 1, time.time_ns() // 1000)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"


def _unknown(_arguments: Arguments) -> dict[str, Any]:
    raise Refused("unknown_method")


async def _arguments(request: web.Request) -> Arguments:
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        arguments |= await request.json()
    else:
        arguments |= dict(await request.post())
    return arguments


def _sent(reply: Reply) -> web.Response:
    headers = {"Content-Type": reply.kind, **reply.headers}
    return web.Response(body=reply.body, status=reply.status, headers=headers)
