"""Slack through a socket that Hubshift opens: for one's own workspace, without a public address.

slack_sdk's own client tries a refused token for ever and says so to nobody, and an address that
has gone stale before it was used it tries for ever, too (`connect` never asks for another). So
what is opened, when and why not is decided here.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

import aiohttp
import msgspec

from bot.chat.base import DeliveryError, Fate
from bot.chat.slack.came import at, said
from bot.chat.slack.tasks import Tasks
from bot.chat.slack.wire import SlackApi, harmless, proxy_for, refused

_LOG = logging.getLogger(__name__)
_MOST_BYTES = 4 << 20
_NOT_YET = "Slack has not opened the socket yet"
# What the token is to blame for is tried seldom: somebody has to change it.
_REFUSED_SECONDS = 60.0
_SHORT_SECONDS = 30.0
# After each failure in a row. People wait for the socket: once Slack is back, so it is within ten
# seconds; that asks it six times a minute at most, and it says itself where that is too often.
WAITS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_OPEN_SECONDS = 20.0
_HELLO_SECONDS = 30.0

T = TypeVar("T")
Envelope = Mapping[str, Any]
Serve = Callable[[Envelope], Awaitable[dict[str, Any] | None]]
"""Carries an envelope out, and returns what its acknowledgement says beside its id."""


class SlackSocket:
    """Keeps one socket open; before Slack closes one, the next is opened.

    `pings` is how often, in seconds, the connection is tried when it is silent; `waits` how long
    to wait after each failure in a row.
    """

    def __init__(
        self,
        api: SlackApi,
        serve: Serve,
        *,
        pings: float = 10.0,
        waits: tuple[float, ...] = WAITS,
    ) -> None:
        self._api = api
        self._serve = serve
        self._pings = pings
        self._waits = waits
        self._readers = Tasks()
        self._answers = Tasks()
        self._links: list[aiohttp.ClientWebSocketResponse] = []
        self.trouble = _NOT_YET

    def __repr__(self) -> str:
        """Return whether it is open, and no token."""
        return f"SlackSocket({self.trouble or 'open'})"

    @property
    def is_connected(self) -> bool:
        """Whether Slack has said hello on a socket that is open."""
        return not self.trouble

    async def run(self, stop: asyncio.Event) -> None:
        """Keep a socket open until `stop` is set; what came by then is acknowledged."""
        short = 0
        async with aiohttp.ClientSession() as session:
            while not stop.is_set():
                begun = asyncio.get_running_loop().time()
                wait = await _either(stop, self._one(session), 0.0)
                # A socket that Slack closes at once is no better than one that it refuses.
                lasted = asyncio.get_running_loop().time() - begun
                short = short + 1 if lasted < _SHORT_SECONDS else 0
                if short:
                    wait = max(wait, self._waits[min(short, len(self._waits)) - 1])
                await _either(stop, asyncio.sleep(wait), None)
            await self._answers.drain()
            for link in [*self._links]:
                await link.close()
            await self._readers.drain()
            self.trouble = "it has ended"

    async def _one(self, session: aiohttp.ClientSession) -> float:
        """Open a socket and read it until another is needed; return how long to wait at least."""
        try:
            async with asyncio.timeout(_OPEN_SECONDS):
                link = await self._opened(session)
        except (DeliveryError, aiohttp.ClientError, OSError, ValueError) as error:
            return self._failed(error)
        for old in self._links:
            self._answers.keep(_closed_late(old))
        self._links.append(link)
        over = asyncio.Event()
        self._readers.keep(self._read(link, over))
        await over.wait()
        return 0.0

    async def _opened(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        answer = await opened(self._api)
        address = said(answer, "url")
        if not address.startswith(("wss://", "ws://")) or not self._api.trusts(address):
            raise ValueError("Slack named no socket to open")
        return await session.ws_connect(
            address,
            # Pings, and gives the connection up where nothing comes back.
            heartbeat=self._pings,
            proxy=proxy_for(address.replace("ws", "http", 1)),
            max_msg_size=_MOST_BYTES,
        )

    def _failed(self, error: Exception) -> float:
        """Say once why there is no socket, and return how long to wait at least."""
        wait = 0.0
        trouble = "the socket to Slack could not be opened; it is tried again"
        if isinstance(error, DeliveryError):
            trouble = error.reason
            wait = _REFUSED_SECONDS if error.fate is Fate.PLATFORM else error.retry_after or 0.0
        elif isinstance(error, ValueError):
            trouble = str(error)
        if trouble != self.trouble:
            _LOG.warning("%s", trouble)
        self.trouble = trouble
        return wait

    async def _read(self, link: aiohttp.ClientWebSocketResponse, over: asyncio.Event) -> None:
        try:
            async for frame in _greeted(link):
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    continue
                envelope = _envelope(frame.data)
                match envelope.get("type"):
                    case "hello":
                        self.trouble = ""
                        _LOG.info("Slack's socket is open")
                    case "disconnect":
                        _LOG.info("Slack asks for another socket: %s", said(envelope, "reason"))
                        over.set()
                    case _:
                        self._answers.keep(self._answer(link, envelope))
        finally:
            if not over.is_set():
                self.trouble = "the socket to Slack broke off; another is being opened"
            over.set()
            if link in self._links:
                self._links.remove(link)

    async def _answer(
        self, link: aiohttp.ClientWebSocketResponse, envelope: dict[str, Any]
    ) -> None:
        """Carry an envelope out and acknowledge it, whatever it is: else Slack sends it again."""
        name = said(envelope, "envelope_id")
        if not name:
            return
        more = await self._serve(envelope)
        ack: dict[str, Any] = {"envelope_id": name}
        if more and at(envelope, "accepts_response_payload") is not False:
            ack["payload"] = more
        for each in (link, *reversed(self._links)):
            if each.closed:
                continue
            try:
                await each.send_json(ack)
            except (aiohttp.ClientError, OSError):
                continue
            return
        _LOG.warning("an envelope of Slack's could not be acknowledged: the socket broke off")


async def _greeted(
    link: aiohttp.ClientWebSocketResponse,
) -> AsyncIterator[aiohttp.WSMessage]:
    """Yield what comes on a socket; one on which nothing comes at first is given up."""
    try:
        yield await link.receive(_HELLO_SECONDS)
    except TimeoutError:
        await link.close()
        return
    async for frame in link:
        yield frame


async def _closed_late(link: aiohttp.ClientWebSocketResponse) -> None:
    await asyncio.sleep(1.0)
    await link.close()


async def _either(stop: asyncio.Event, coming: Awaitable[T], ended: T) -> T:
    """Return what comes, or `ended` where the end comes first."""
    end, work = asyncio.ensure_future(stop.wait()), asyncio.ensure_future(coming)
    try:
        await asyncio.wait((end, work), return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else ended
    finally:
        for each in (end, work):
            each.cancel()
        await asyncio.gather(end, work, return_exceptions=True)


def _envelope(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


async def opened(api: SlackApi) -> Mapping[str, Any]:
    """Ask for an address to open, with the app-level token.

    Raises:
        DeliveryError: as SlackApi.call, in words about that token where Slack refuses it.
    """
    try:
        return await api.call("apps.connections.open")
    except DeliveryError as error:
        if error.fate is not Fate.PLATFORM:
            raise harmless(error) from None
        raise DeliveryError(
            f"Slack does not take SLACK_APP_TOKEN ({refused(error)}); make an app-level token with "
            "the scope connections:write under Basic Information of the Slack app",
            fate=Fate.PLATFORM,
        ) from None
