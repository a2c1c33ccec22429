"""A Hub on the loopback that lists models as the real one does, and misbehaves when told to.

Asyncio streams and HTTP by hand, so that it can hang, drip and break off on the wire.
"""

import asyncio
import gzip
import json
import socket
import struct
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests import hub_faults as faulty
from tests.hub_faults import Ascending, Fault
from tests.hub_listing import BadQuestion, Place, Query, Row, listed, move

_JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """A request as it arrived; header names in lower case."""

    path: str
    query: Query
    headers: Mapping[str, str]

    @property
    def sort(self) -> str:
        """What the listing is ordered by."""
        return next(iter(self.query.get("sort", ())), "")


@dataclass(frozen=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} Loopback"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


class LoopbackHub:
    """An async context manager that serves `models` at `url` until it is left.

    `models` and `faults` may be changed while it serves; `requests` is every request in order of
    arrival, `answers` the rows that each listing was answered with, `connections` how many were
    accepted. While `revoked` it refuses every request that has a token. `churn` is the part of the
    models whose figures move after each page, `quota` the values of RateLimit and
    RateLimit-Policy, `prefix` a path that stands before `/api`, `tls` what https is spoken with.
    """

    def __init__(
        self,
        models: Iterable[Row] = (),
        *,
        faults: Sequence[Fault] = (),
        page_cap: int = 1000,
        ascending: Ascending = Ascending.TAKEN,
        churn: float = 0.0,
        quota: tuple[str, str] | None = None,
        prefix: str = "",
        tls: SSLContext | None = None,
    ) -> None:
        self.models = list(models)
        self.faults = list(faults)
        self.requests: list[Request] = []
        self.answers: list[tuple[Request, list[Row]]] = []
        self.connections = 0
        self.url = ""
        self.quota = quota
        self.revoked = False
        self._page_cap = page_cap
        self._ascending = ascending
        self._churn = churn
        self._prefix = prefix
        self._tls = tls
        self._chance = Random(1)  # noqa: S311  # figures of a story, no secrets
        self._struck: list[Fault] = []
        self._asked = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0, ssl=self._tls)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}{self._prefix}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def asked(self, requests: int = 1) -> None:
        """Wait until so many requests have arrived."""
        while len(self.requests) < requests:
            self._asked.clear()
            await self._asked.wait()

    async def left(self) -> None:
        """Wait until every connection is closed."""
        while self._talks:
            await asyncio.wait(self._talks)

    @property
    def tokens(self) -> list[str]:
        """Every Authorization header that arrived."""
        sent = (each.headers.get("authorization") for each in self.requests)
        return [token for token in sent if token is not None]

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                goes_on, is_kept = True, False
                while goes_on:
                    request = _parsed(await reader.readuntil(b"\r\n\r\n"))
                    self.requests.append(request)
                    self._asked.set()
                    goes_on = await self._serve(request, writer, is_kept=is_kept)
                    is_kept = True
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _serve(
        self, request: Request, writer: asyncio.StreamWriter, *, is_kept: bool
    ) -> bool:
        """Answer one request; return whether the connection may carry another."""
        fault: Fault | None = None
        try:
            place = Place.read(request.query)
            fault = self._strike(1 if place is None else place.page, request.sort)
            reply = self._reply(request, fault)
        except BadQuestion as error:
            reply = _error(400, str(error))
        if is_kept and isinstance(fault, faulty.Closes) and fault.when != "answered":
            if fault.when == "reset":
                _reset(writer)
            return False
        move(self.models, self._churn, self._chance)
        await _send(reply, fault, writer)
        whole = not isinstance(fault, faulty.Half | faulty.HangUp)
        if isinstance(fault, faulty.Closes):
            whole = fault.when != "answered"
        return whole and request.headers.get("connection") != "close"

    def _strike(self, page: int, sort: str) -> Fault | None:
        for fault in self.faults:
            struck = sum(each is fault for each in self._struck)
            spent = fault.times is not None and struck >= fault.times
            if not spent and fault.fits(page, sort):
                self._struck.append(fault)
                return fault
        return None

    def _reply(self, request: Request, fault: Fault | None) -> _Reply:
        if request.path != f"{self._prefix}/api/models":
            return _error(404, "Not Found")
        if self.revoked and "authorization" in request.headers:
            return _error(401, "Invalid username or password.")
        if isinstance(fault, faulty.Status):
            length = {"content-length": str(len(fault.body))}
            return _Reply(fault.code, length | dict(fault.headers), fault.body)
        if isinstance(fault, faulty.Body):
            return _whole(fault.body, {"content-type": fault.content_type})
        return self._listing(request, fault)

    def _listed(self, query: Query) -> tuple[list[Row], str | None]:
        return listed(self.models, query, page_cap=self._page_cap, ascending=self._ascending)

    def _listing(self, request: Request, fault: Fault | None) -> _Reply:
        rows, following = self._listed(request.query)
        link = None if following is None else f"{self.url}/api/models?{following}"
        match fault:
            case faulty.NoLink():
                link = None
            case faulty.LinkTo(url=url):
                link = url
            case faulty.NoRows():
                rows = []
            case faulty.FirstRowsAgain():
                first = {name: values for name, values in request.query.items() if name != "cursor"}
                rows, _ = self._listed(first)
            case faulty.LastRowsAgain(count=count):
                rows = [*self._again(request, count), *rows]
            case faulty.OddRows(fields=fields, every=every):
                rows = [
                    _odd(row, fields) if at % every == 0 else row for at, row in enumerate(rows)
                ]
        self.answers.append((request, rows))
        headers = {"content-type": _JSON}
        if link is not None:
            headers["link"] = f'<{link}>; rel="next"'
        if self.quota is not None:
            headers["ratelimit"], headers["ratelimit-policy"] = self.quota
        return _whole(json.dumps(rows).encode(), headers)

    def _again(self, request: Request, count: int) -> list[Row]:
        """Return the last rows of the page before, as they are after their figures moved."""
        asked = ("authorization", "sort", "limit")
        mine = [request.headers.get(asked[0]), *(request.query.get(name) for name in asked[1:])]
        for earlier, rows in reversed(self.answers):
            its = [earlier.headers.get(asked[0]), *(earlier.query.get(name) for name in asked[1:])]
            if its == mine:
                ids = {row["_id"] for row in rows[-count:]}
                now = [row for row in self.models if row["_id"] in ids]
                move(now, 1.0, self._chance)
                return [{name: row[name] for name in rows[0] if name in row} for row in now]
        return []


def _reset(writer: asyncio.StreamWriter) -> None:
    """Let closing it be a reset, not an orderly end."""
    at_once = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)


async def _send(reply: _Reply, fault: Fault | None, writer: asyncio.StreamWriter) -> None:
    at_once, slowly, every = reply.head + reply.body, b"", 0.0
    match fault:
        case faulty.HangUp():
            return
        case faulty.Hang(where=where):
            writer.write(b"" if where == "headers" else reply.head + reply.body[:20])
            await writer.drain()
            await asyncio.get_running_loop().create_future()
        case faulty.Drip(where="headers", every=every):
            at_once, slowly = at_once[:20], at_once[20:]
        case faulty.Drip(every=every):
            at_once, slowly = reply.head, reply.body
        case faulty.Half(how=how):
            at_once = _half(reply, how)
    writer.write(at_once)
    for byte in slowly:
        await writer.drain()
        await asyncio.sleep(every)
        writer.write(bytes([byte]))
    await writer.drain()


def _half(reply: _Reply, how: str) -> bytes:
    half = reply.body[: len(reply.body) // 2]
    headers = {name: value for name, value in reply.headers.items() if name != "content-length"}
    match how:
        case "chunked":
            head = _Reply(reply.status, {**headers, "transfer-encoding": "chunked"}, b"").head
            return head + b"%x\r\n%b" % (len(reply.body), half)
        case "json":
            return _whole(half, headers).head + half
        case "gzip":
            packed = gzip.compress(reply.body)[:-12]
            return _whole(packed, {**headers, "content-encoding": "gzip"}).head + packed
        case _:
            return reply.head + half


def _whole(body: bytes, headers: Mapping[str, str]) -> _Reply:
    return _Reply(200, {**headers, "content-length": str(len(body))}, body)


def _error(status: int, text: str) -> _Reply:
    body = json.dumps({"error": text}).encode()
    headers = {"content-type": _JSON, "content-length": str(len(body))}
    return _Reply(status, headers, body)


def _odd(row: Row, fields: Mapping[str, Any]) -> Row:
    changed = {**row, **fields}
    return {name: value for name, value in changed.items() if value is not ...}


def _parsed(head: bytes) -> Request:
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    target = urlsplit(first.split(" ")[1])
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Request(target.path, parse_qs(target.query), headers)
