"""A receiver of web hooks on the loopback: keeps what is signed, and fails when told to."""

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

SECRET = "webhook-canary-secret"  # noqa: S105  # opens nothing


@dataclass
class Fault:
    """What happens to the next call: whether it is kept all the same, and then the answer.

    Without a status the connection drops, or with `hang` stays open without a word.
    """

    status: int = 0
    accept: bool = False
    hang: bool = False
    headers: dict[str, str] = field(default_factory=dict)


class LoopbackHook:
    """An async context manager that serves `url`; `kept` is every message it took, in order."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.faults: list[Fault] = []
        self.url = ""
        self._runner: web.AppRunner | None = None
        self._leaving = asyncio.Event()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/hook/{path_secret}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook/path-canary"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leaving.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        content = await request.read()
        digest = hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()
        if request.headers.get("X-Hubshift-Signature") != f"sha256={digest}":
            return web.Response(status=401)
        fault = self.faults.pop(0) if self.faults else None
        if fault is None or fault.accept:
            self.kept.append(json.loads(content))
            self.headers.append(dict(request.headers))
        if fault is None:
            return web.Response(status=204)
        if fault.hang:
            await self._leaving.wait()
        if not fault.status:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return web.Response(status=fault.status, headers=fault.headers)
