"""A Discord on the loopback: REST and gateway as documented, and trouble when told to."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import BodyPartReader, web

from tests.discord_gateway import Gateway
from tests.discord_schema import V2, Refusal, check_message
from tests.discord_world import BOT, Json, World

TOKEN = "discord-canary-token"  # noqa: S105  # opens nothing
_NAMELESS: Json = {"discriminator": "0", "avatar": None}
_APPLICATION: Json = {
    "approximate_guild_count": 1,
    "description": "",
    "summary": "",
    "verify_key": "",
    "bot_public": True,
    "bot_require_code_grant": False,
    "owner": {"id": "1", "username": "owner", **_NAMELESS},
}
_HANDED = dict[str, bytes]


@dataclass
class Fault:
    """What happens to calls, `times` in a row (None: always).

    `accept` carries the call out although the answer is trouble, `late` seconds later where that
    is set. Then the answer is `status` with `body` (text as it is, else JSON); without a status
    the connection drops, or with `hang` stays open without a word.
    """

    method: str = "POST"
    path: str = "/messages"
    times: int | None = 1
    accept: bool = False
    late: float = 0.0
    status: int = 0
    body: Json | str = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False

    def fits(self, method: str, path: str) -> bool:
        """Whether this happens to a call."""
        return self.times != 0 and method == self.method and self.path in path


@dataclass(frozen=True)
class Call:
    """A call as it arrived."""

    method: str
    path: str
    body: Any
    files: Mapping[str, bytes]
    headers: Mapping[str, str]


def limited(after: float, *, everywhere: bool = False) -> Fault:
    """Return a 429 as Discord answers it."""
    headers = {"Via": "1.1 google", "Retry-After": str(int(after) + 1)}
    headers["X-RateLimit-Scope"] = "global" if everywhere else "user"
    if everywhere:
        headers["X-RateLimit-Global"] = "true"
    body = {"message": "You are being rate limited.", "retry_after": after, "global": everywhere}
    return Fault(status=429, body=body, headers=headers)


class LoopbackDiscord:
    """An async context manager that serves `world` at `api` until it is left.

    `calls` is every call in order of arrival; `faults` may be changed while it serves. `limit`
    is how many calls of one route and channel a bucket takes, and in how many seconds.
    """

    def __init__(self, limit: tuple[int, float] = (1000, 1.0)) -> None:
        self.world = World()
        self.token = TOKEN
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.api = ""
        self.gateway = Gateway(TOKEN)
        self.commands: list[Json] = []
        self.limit = limit
        self._buckets: dict[str, list[float]] = {}
        self._runner: web.AppRunner | None = None
        self._late: set[asyncio.Task[Any]] = set()
        self._leaving = asyncio.Event()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_get("/gateway/", self.gateway.serve)
        app.router.add_route("*", "/api/v10{path:/.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.api = f"http://127.0.0.1:{port}/api/v10"
        self.gateway.url = f"ws://127.0.0.1:{port}/gateway/"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leaving.set()
        await asyncio.gather(*self._late, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    def asked(self, method: str, path: str = "") -> list[Call]:
        """Return the calls of a method whose path holds a text."""
        return [call for call in self.calls if call.method == method and path in call.path]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        body, files = await _content(request)
        self.calls.append(Call(request.method, path, body, files, dict(request.headers)))
        fault = next((each for each in self.faults if each.fits(request.method, path)), None)
        if fault is None:
            return self._answer(request, lambda: self._done(request, path, body, files))
        if fault.times is not None:
            fault.times -= 1
        if fault.accept:
            await self._carry_out(fault, lambda: self._done(request, path, body, files))
        return await self._trouble(request, fault)

    async def _carry_out(self, fault: Fault, act: Callable[[], Any]) -> None:
        async def later() -> None:
            await asyncio.sleep(fault.late)
            act()

        if not fault.late:
            act()
            return
        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _trouble(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.hang:
            await self._leaving.wait()
        if not fault.status:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if isinstance(fault.body, str):
            return web.Response(
                status=fault.status,
                text=fault.body,
                content_type="text/html",
                headers=dict(fault.headers),
            )
        return _json(fault.status, fault.body, fault.headers)

    def _answer(self, request: web.Request, act: Callable[[], Any]) -> web.Response:
        headers = self._counted(request)
        if headers.get("Via"):
            after = float(headers["X-RateLimit-Reset-After"])
            told = {"message": "You are being rate limited.", "retry_after": after, "global": False}
            return _json(429, told, headers)
        try:
            found = act()
        except Refusal as refusal:
            return _json(refusal.status, refusal.body, headers)
        return _json(204 if found is None else 200, found, headers)

    def _counted(self, request: web.Request) -> dict[str, str]:
        most, seconds = self.limit
        now = asyncio.get_running_loop().time()
        key = f"{request.method} {request.match_info['path']}"
        recent = [at for at in self._buckets.get(key, []) if now - at < seconds]
        over = len(recent) >= most
        if not over:
            recent.append(now)
        self._buckets[key] = recent
        after = seconds - (now - recent[0])
        found = {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(most - len(recent)),
            "X-RateLimit-Reset-After": f"{after:.3f}",
            "X-RateLimit-Bucket": f"{abs(hash(key)):x}",
        }
        more = {"Via": "1.1 google", "Retry-After": str(int(after) + 1)} if over else {}
        return {**found, **more, **({"X-RateLimit-Scope": "user"} if over else {})}

    def _done(self, request: web.Request, path: str, body: Any, files: _HANDED) -> Any:
        if path.startswith(("/interactions/", "/webhooks/")):
            return _interaction(path, body, files)
        if request.headers.get("Authorization") != f"Bot {self.token}":
            raise Refusal(401, 0, "401: Unauthorized")
        place = path.strip("/").split("/")
        if request.method == "GET":
            return self._shown(place, dict(request.query))
        match [request.method, *place]:
            case ["POST", "channels", room, "messages"]:
                return self.world.post(self.world.room(room), body, files)
            case ["PATCH", "channels", room, "messages", number]:
                return self.world.edit(self.world.room(room), number, body, files)
            case ["POST", "channels", room, "threads"]:
                return self.world.start_post(self.world.room(room), body, files)
        return self._written(request.method, place, body)

    def _written(self, method: str, place: list[str], body: Any) -> Any:
        """Take the bot's commands, or a message of its own away."""
        if method == "DELETE" and place[0::2] == ["channels", "messages"]:
            return self.world.delete(self.world.room(place[1]), place[3])
        if method != "PUT" or place[0::2] != ["applications", "commands"]:
            raise Refusal(404, 0, "404: Not Found")
        self.commands = [{**each, "id": str(at), "version": "1"} for at, each in enumerate(body)]
        return self.commands

    def _own(self, place: list[str]) -> Any:
        """Return what concerns the bot itself."""
        match place:
            case ["users", "@me"]:
                return {"id": BOT, "username": "hubshift", "bot": True} | _NAMELESS
            case ["applications" | "oauth2", *_, "@me"]:
                return {"id": BOT, "name": "hubshift", "icon": None, "flags": 0} | _APPLICATION
            case ["applications", _, "commands"]:
                return self.commands
            case ["gateway", "bot"]:
                limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
                return {
                    "url": self.gateway.url,
                    "shards": self.gateway.shards,
                    "session_start_limit": limit,
                }
        return None

    def _shown(self, place: list[str], query: Mapping[str, str]) -> Any:
        found = self._own(place)
        match place:
            case ["channels", room]:
                found = self.world.room(room).shown
            case ["channels", room, "messages"]:
                found = self.world.history(self.world.room(room), query)
            case ["channels", room, "messages", number]:
                found = self._one(room, number)
            case ["channels", room, "threads", "archived", "public"]:
                found = self.world.archived(room, query)
            case ["guilds", guild] if guild in self.gateway.guilds:
                found = {"id": guild, "name": "g", "roles": [], "emojis": [], "stickers": []}
            case ["guilds", _]:
                raise Refusal(404, 10004, "Unknown Guild")
            case ["guilds", _, "threads", "active"]:
                found = self.world.threads()
        if found is None:
            raise Refusal(404, 0, "404: Not Found")
        return found

    def _one(self, room: str, number: str) -> Json:
        found = self.world.room(room)
        if "history" in found.lacks:
            raise Refusal(403, 50013, "Missing Permissions")
        return self.world.message(found, number)


def _interaction(path: str, body: Json, files: _HANDED) -> Json:
    """Answer what needs no token of the bot: the interaction's own is in the path."""
    if path.startswith("/interactions/"):
        return {"interaction": {"id": path.split("/")[2], "type": 2}}
    check_message({key: body[key] for key in body if key != "flags"} | {"flags": V2}, files)
    return {
        "id": "1",
        "type": 0,
        "channel_id": "100",
        "author": {"id": BOT, "username": "hubshift", **_NAMELESS},
        "content": "",
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
    }


async def _content(request: web.Request) -> tuple[Any, _HANDED]:
    if request.content_type != "multipart/form-data":
        raw = await request.read()
        return (json.loads(raw) if raw else None), {}
    body: Any = None
    files: _HANDED = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        content = bytes(await part.read())
        if part.name == "payload_json":
            body = json.loads(content)
        else:
            files[str(part.name)] = content
    return body, files


def _json(status: int, body: Any, headers: Mapping[str, str]) -> web.Response:
    """Answer with the content type that Discord sends: no charset."""
    raw = b"" if body is None else json.dumps(body).encode()
    return web.Response(
        status=status, body=raw, headers={**headers, "Content-Type": "application/json"}
    )
