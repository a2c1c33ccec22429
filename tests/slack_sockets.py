"""Socket Mode as Slack serves it: tickets, hello, envelopes, acknowledgements, refreshes.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

APP_TOKEN = "xapp-canary-0123456789-do-not-show"  # noqa: S105  # a canary: no server takes it
ACK_SECONDS = 3.0

Envelope = dict[str, Any]


@dataclass
class Sockets:
    """The sockets of one app; `acks` is every acknowledgement by envelope, in its order.

    `faults` is what the app did that Slack would not take. A ticket opens one socket.
    """

    url: str = ""
    greets: bool = True
    open: list[web.WebSocketResponse] = field(default_factory=list)
    opened: int = 0
    acks: dict[str, list[Envelope]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    _sent: dict[str, Envelope] = field(default_factory=dict)
    _tickets: set[str] = field(default_factory=set)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def ticket(self) -> str:
        """Return an address that opens one socket."""
        name = f"ticket-{next(self._numbers)}"
        self._tickets.add(name)
        return f"{self.url}?ticket={name}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket until it is closed."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=408, text="expired ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.open.append(socket)
        self.opened += 1
        if self.greets:
            await socket.send_json(
                {
                    "type": "hello",
                    "num_connections": len(self.open),
                    "debug_info": {"host": "applink-1", "approximate_connection_time": 18060},
                    "connection_info": {"app_id": "A0HUBSHIFT"},
                }
            )
        self._tell()
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                self._acknowledged(frame.data)
        self.open.remove(socket)
        self._tell()
        return socket

    async def connected(self, count: int = 1) -> None:
        """Wait until so many sockets were opened in all."""
        await self._until(lambda: self.opened >= count and bool(self.open))

    async def send(self, kind: str, payload: object, name: str = "", **more: object) -> str:
        """Send an envelope on the newest socket, and return its id."""
        name = name or f"envelope-{next(self._numbers)}"
        responds = kind in {"slash_commands", "interactive"}
        envelope = {
            "envelope_id": name,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": responds,
            **more,
        }
        self._sent[name] = envelope
        await self.open[-1].send_json(envelope)
        return name

    async def acked(self, name: str, count: int = 1) -> list[Envelope]:
        """Return the acknowledgements of an envelope; TimeoutError where Slack gives it up."""
        async with asyncio.timeout(ACK_SECONDS):
            await self._until(lambda: len(self.acks.get(name, [])) >= count)
        return self.acks[name]

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask for another socket, as Slack does before it closes one."""
        await self.open[-1].send_json({"type": "disconnect", "reason": reason, "debug_info": {}})

    async def close(self) -> None:
        """Close every socket without a word before."""
        for socket in [*self.open]:
            await socket.close()

    def _acknowledged(self, text: str) -> None:
        try:
            said = json.loads(text)
        except ValueError:
            self.faults.append(f"no JSON: {text}")
            return
        name = said.get("envelope_id") if isinstance(said, dict) else None
        if name not in self._sent:
            self.faults.append(f"no envelope of ours: {text}")
            return
        if "payload" in said and not self._sent[name]["accepts_response_payload"]:
            self.faults.append(f"takes no payload: {text}")
        self.acks.setdefault(name, []).append(said)
        self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def _until(self, reached: Any) -> None:
        while not reached():
            await self._news.wait()
