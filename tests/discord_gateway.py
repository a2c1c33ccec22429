"""Discord's gateway on the loopback: HELLO, IDENTIFY, READY, RESUME, heartbeats, and drops."""

import asyncio
import json
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

import zstandard
from aiohttp import WSMsgType, web

from tests.discord_world import BOT, GUILD, Json

_DISPATCH, _HEARTBEAT, _IDENTIFY, _RESUME = 0, 1, 2, 6
_RECONNECT, _INVALID, _HELLO, _ACK = 7, 9, 10, 11
_NOT_AUTHENTICATED, _BAD_TOKEN, _BAD_SEQUENCE = 4003, 4004, 4007


@dataclass
class _Session:
    """What a bot that comes back goes on with."""

    id: str
    shard: list[int]
    sent: list[Json] = field(default_factory=list)


class Gateway:
    """Speaks to every connection; `identified`, `resumed` and `beats` count what arrived.

    `deaf` is a zombie: it acknowledges no heartbeat. `beat` is the interval in seconds. `guilds`
    are those the bot is in, spread over `shards`; `full` are sent whole once a session begins.
    """

    def __init__(self, token: str) -> None:
        self.token = token
        self.url = ""
        self.beat = 45.0
        self.deaf = False
        self.shards = 1
        self.guilds: list[str] = [GUILD]
        self.full: list[Json] = []
        self.identified: list[Json] = []
        self.resumed = 0
        self.beats = 0
        self._sessions: dict[str, _Session] = {}
        self._talks: dict[web.WebSocketResponse, _Talk] = {}
        self._numbers = count(1)
        self._came = asyncio.Event()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Hold one connection until it ends."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        talk = self._talks[socket] = _Talk(
            socket, request.transport, request.query.get("compress", "")
        )
        try:
            await talk.send({"op": _HELLO, "d": {"heartbeat_interval": int(self.beat * 1000)}})
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._heard(talk, json.loads(message.data))
        finally:
            del self._talks[socket]
        return socket

    async def dispatch(self, event: str, body: Json) -> None:
        """Tell every session of an event; one that is away is told when it resumes."""
        for session in self._sessions.values():
            told = {"op": _DISPATCH, "t": event, "d": body, "s": len(session.sent) + 1}
            session.sent.append(told)
            for talk in self._talks.values():
                if talk.session is session:
                    with suppress(ConnectionError):
                        await talk.send(told)

    def drop(self) -> int:
        """Break every connection off without a word; return how many."""
        found = list(self._talks.values())
        for talk in found:
            if talk.transport is not None:
                talk.transport.abort()
        return len(found)

    async def ask_back(self) -> None:
        """Ask every connection to come again, as Discord does before it restarts."""
        for talk in list(self._talks.values()):
            await talk.send({"op": _RECONNECT, "d": None})

    async def end(self, code: int) -> None:
        """Close every connection with a code."""
        for talk in list(self._talks.values()):
            await talk.socket.close(code=code)

    async def send_raw(self, raw: bytes, *, packed: bool = True) -> None:
        """Send every connection bytes that may be no payload; unless `packed` as they are."""
        for talk in list(self._talks.values()):
            await (talk.send_raw(raw) if packed else talk.socket.send_bytes(raw))

    async def forget(self) -> None:
        """Forget every session and say so: whoever comes back begins anew."""
        self._sessions.clear()
        for talk in list(self._talks.values()):
            talk.session = None
            await talk.send({"op": _INVALID, "d": False})

    async def until_ready(self, sessions: int = 1) -> None:
        """Wait until so many connections have a session."""
        while sum(talk.session is not None for talk in self._talks.values()) < sessions:
            self._came.clear()
            await self._came.wait()

    async def until_resumed(self, times: int) -> None:
        """Wait until sessions were resumed so many times."""
        while self.resumed < times:
            self._came.clear()
            await self._came.wait()

    async def _heard(self, talk: "_Talk", told: Json) -> None:
        match told["op"]:
            case op if op == _HEARTBEAT:
                self.beats += 1
                if not self.deaf:
                    await talk.send({"op": _ACK})
            case op if op == _IDENTIFY:
                await self._identify(talk, told["d"])
            case op if op == _RESUME:
                await self._resume(talk, told["d"])
            case _ if talk.session is None:
                await talk.socket.close(code=_NOT_AUTHENTICATED)

    async def _identify(self, talk: "_Talk", told: Json) -> None:
        if told["token"] != self.token:
            await talk.socket.close(code=_BAD_TOKEN)
            return
        self.identified.append(told)
        shard = told.get("shard", [0, 1])
        session = _Session(f"session-{next(self._numbers)}", shard)
        self._sessions[session.id] = talk.session = session
        ready = {
            "v": 10,
            "user": {"id": BOT, "username": "hubshift", "discriminator": "0", "avatar": None},
            "guilds": [{"id": each, "unavailable": True} for each in self._of(shard)],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": shard,
            "application": {"id": BOT, "flags": 0},
        }
        session.sent.append({"op": _DISPATCH, "t": "READY", "d": ready, "s": 1})
        await talk.send(session.sent[-1])
        for guild in self.full:
            if guild["id"] in self._of(shard):
                told = {"op": _DISPATCH, "t": "GUILD_CREATE", "d": guild}
                session.sent.append({**told, "s": len(session.sent) + 1})
                await talk.send(session.sent[-1])
        self._came.set()

    def _of(self, shard: list[int]) -> list[str]:
        """Return the guilds of a shard.

        https://docs.discord.com/developers/events/gateway#sharding
        """
        return [each for each in self.guilds if (int(each) >> 22) % shard[1] == shard[0]]

    async def _resume(self, talk: "_Talk", told: Json) -> None:
        session = self._sessions.get(told["session_id"])
        if session is None or told["token"] != self.token:
            await talk.send({"op": _INVALID, "d": False})
            return
        seen = told["seq"]
        if seen > len(session.sent):
            await talk.socket.close(code=_BAD_SEQUENCE)
            return
        talk.session = session
        for missed in session.sent[seen:]:
            await talk.send(missed)
        self.resumed += 1
        session.sent.append({"op": _DISPATCH, "t": "RESUMED", "d": {}, "s": len(session.sent) + 1})
        await talk.send(session.sent[-1])
        self._came.set()


class _Talk:
    """One connection, compressed as it asked for."""

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, compress: str
    ) -> None:
        self.socket = socket
        self.transport = transport
        self.session: _Session | None = None
        self._deflate = zlib.compressobj() if compress == "zlib-stream" else None
        self._zstd = zstandard.ZstdCompressor().compressobj() if compress == "zstd-stream" else None

    async def send(self, told: Json) -> None:
        """Send one payload."""
        await self.send_raw(json.dumps(told).encode())

    async def send_raw(self, raw: bytes) -> None:
        """Send bytes that may be no payload."""
        if self._deflate is not None:
            raw = self._deflate.compress(raw) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        elif self._zstd is not None:
            flush = zstandard.COMPRESSOBJ_FLUSH_BLOCK
            raw = self._zstd.compress(raw) + self._zstd.flush(flush)
        else:
            await self.socket.send_str(raw.decode())
            return
        await self.socket.send_bytes(raw)
