"""One call to Discord's REST API, one outcome: it was done, it was refused, or nobody knows.

discord.py's own HTTP client is not used for posting. It sends a POST again after 500, 502, 504
and 524, sleeps on a 429, and holds an accepted message back until an exhausted bucket is full
again (`Ratelimit.__aexit__`, 2.7.1), while whoever waits must know whether it arrived.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp

log = logging.getLogger(__name__)
API = "https://discord.com/api/v10"
# https://docs.discord.com/developers/reference#user-agent wants an address; there is no page yet.
_HOME = "https://hubshift.invalid"
_LOCAL = ("localhost", "127.", "[::1]", "::1")
_MOST_HELD = 1000
_OK, _MULTIPLE, _TIMEOUT, _MANY, _BROKEN = 200, 300, 408, 429, 500
_SAY_ENOUGH = frozenset({403, 404})
# What a refusal may say in Discord's own words.
_LONGEST_NOTE = 200
_UNSAID = "it answered with something that Discord does not say"


class Trouble(Exception):
    """A call that did not end well.

    `sent` says that Discord may have carried it out. `status` is 0 where there was no answer,
    `code` Discord's own number (0: none), `foreign` that the answer was not Discord's JSON,
    `everywhere` that all of the bot is limited and not one route. `note` is for people.
    """

    def __init__(
        self,
        note: str,
        *,
        status: int = 0,
        code: int = 0,
        sent: bool = False,
        foreign: bool = False,
        everywhere: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(note)
        self.note = note
        self.status = status
        self.code = code
        self.sent = sent
        self.foreign = foreign
        self.everywhere = everywhere
        self.retry_after = retry_after


Route = tuple[str, str, str]


Turn = Callable[[], Awaitable[None]]


async def at_once() -> None:
    """Wait for no turn."""


class Rest:
    """Calls Discord as one bot. A route that is exhausted is not asked before its time.

    `patience` is in seconds, for one call from the connection to the last byte; `turn` is awaited
    before each, for a place among the calls that Discord allows a bot in all.
    """

    def __init__(
        self, token: str, api: str = API, *, patience: float = 15.0, turn: Turn = at_once
    ) -> None:
        self._token = token
        self._turn = turn
        self._api = api.rstrip("/")
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None
        self._held: dict[Route, float] = {}

    def __repr__(self) -> str:
        """Return nothing that opens a door."""
        return f"Rest({self._api})"

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | Sequence[Any] | None = None,
        query: Mapping[str, str] | None = None,
        file: tuple[str, bytes] | None = None,
        booked: bool = False,
        **names: str,
    ) -> Any:
        """Ask once and return the JSON answered. `names` fill the path's places.

        `booked` says that the call has its turn already.

        Raises:
            Trouble: anything else.
        """
        route = (method, path, names.get("channel", ""))
        self._wait_or_leave(route)
        if not booked:
            await self._turn()
        url = self._api + path.format_map({name: quote(text, "") for name, text in names.items()})
        status, headers, raw = await self._ask(method, url, query, _content(body, file))
        # Without the names in the path: one may be an interaction's token.
        log.debug("Discord has answered %s %s: %d", method, path, status)
        self._note_limit(route, headers)
        return self._read(status, headers, raw)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(
        self,
        method: str,
        url: str,
        query: Mapping[str, str] | None,
        content: Mapping[str, Any],
    ) -> tuple[int, Mapping[str, str], bytes]:
        try:
            async with self._opened().request(
                method, url, params=query, allow_redirects=False, **content
            ) as response:
                return response.status, response.headers, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            # The errors of aiohttp hold the request, and so the token: none is passed on.
            raise Trouble("it cannot be reached") from None
        except TimeoutError:
            raise Trouble(f"no answer within {self._patience:g} s", sent=True) from None
        except (aiohttp.ClientError, OSError):
            raise Trouble("the connection broke off", sent=True) from None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            host = urlsplit(self._api).hostname or ""
            self._session = aiohttp.ClientSession(
                headers={
                    "Authorization": f"Bot {self._token}",
                    "User-Agent": f"DiscordBot ({_HOME}, {version('hubshift')})",
                },
                timeout=aiohttp.ClientTimeout(total=self._patience),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=not host.startswith(_LOCAL),
            )
        return self._session

    def _read(self, status: int, headers: Mapping[str, str], raw: bytes) -> Any:
        try:
            answer = json.loads(raw) if raw else None
        except ValueError:
            answer, foreign = None, True
        else:
            foreign = False
        if _OK <= status < _MULTIPLE and not foreign:
            return answer
        told = answer if isinstance(answer, dict) else {}
        clear = isinstance(answer, dict) or (not raw and status in _SAY_ENOUGH)
        raise Trouble(
            self._told(status, told, foreign=foreign),
            status=status,
            code=_number(told.get("code")),
            sent=status >= _BROKEN or status == _TIMEOUT or status < _MULTIPLE,
            foreign=not clear,
            everywhere=bool(told.get("global")) or "X-RateLimit-Global" in headers,
            retry_after=_seconds(told.get("retry_after"), headers) if status == _MANY else None,
        )

    def _told(self, status: int, told: Mapping[str, Any], *, foreign: bool) -> str:
        if foreign:
            return f"it answered {status} with something that is not JSON"
        said = str(told.get("message") or "").replace(self._token, "…")[:_LONGEST_NOTE]
        return f"it answered {status}" + (f": {said}" if said else "")

    def _wait_or_leave(self, route: Route) -> None:
        left = self._held.get(route, 0.0) - asyncio.get_running_loop().time()
        if left > 0:
            raise Trouble("its limit for this channel is used up", status=_MANY, retry_after=left)

    def _note_limit(self, route: Route, headers: Mapping[str, str]) -> None:
        """Remember a bucket that is empty.

        https://docs.discord.com/developers/topics/rate-limits#header-format
        """
        now = asyncio.get_running_loop().time()
        if len(self._held) > _MOST_HELD:
            self._held = {each: until for each, until in self._held.items() if until > now}
        try:
            empty = int(headers.get("X-RateLimit-Remaining", "1")) <= 0
            until = now + float(headers.get("X-RateLimit-Reset-After", "0"))
        except ValueError:
            return
        if empty:
            self._held[route] = until


def record(answer: object) -> Mapping[str, Any]:
    """Return an answer that is one thing with an id; Trouble where it is none."""
    if not isinstance(answer, dict) or "id" not in answer:
        raise Trouble(_UNSAID, foreign=True)
    return answer


def records(answer: object) -> list[Mapping[str, Any]]:
    """Return an answer that is a list of things; Trouble where it is none."""
    if not isinstance(answer, list) or not all(isinstance(each, dict) for each in answer):
        raise Trouble(_UNSAID, foreign=True)
    return answer


def _content(body: object, file: tuple[str, bytes] | None) -> dict[str, Any]:
    """Return the body as aiohttp takes it: JSON, or a form with the JSON and one file.

    https://docs.discord.com/developers/reference#uploading-files
    """
    if body is None:
        return {}
    text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    if file is None:
        return {"data": text.encode(), "headers": {"Content-Type": "application/json"}}
    # Discord does not read the brackets of files[0] when they are quoted.
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", text, content_type="application/json")
    form.add_field("files[0]", file[1], filename=file[0], content_type="image/png")
    return {"data": form}


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _seconds(told: object, headers: Mapping[str, str]) -> float | None:
    if isinstance(told, int | float):
        return float(told)
    for name in ("Retry-After", "X-RateLimit-Reset-After"):
        with suppress(ValueError):
            if name in headers:
                return float(headers[name])
    return None
