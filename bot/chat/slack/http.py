"""Slack over HTTP: the address that commands, buttons and events come to, behind a public name."""

import logging
from collections.abc import Sequence

from aiohttp import web

from bot.chat.slack.firsts import Firsts
from bot.chat.slack.guard import SECONDS, Guard, Turned, signature_of
from bot.chat.slack.switchboard import Switchboard

PATH = "/slack/events"
# The largest payloads of Slack are views of 250 kB.
MOST_BYTES = 1 << 20
_LOG = logging.getLogger(__name__)
_STATUS = {
    Turned.SHAPE: 400,
    Turned.OLD: 401,
    Turned.FORGED: 401,
    Turned.REPLAYED: 409,
    Turned.BUSY: 429,
}
_FAULTS = 500


class SlackHttp:
    """Turns away what Slack did not send or has sent before, and gives the rest on.

    It answers 200 to what was taken, 4xx to everything else. What this process has seen it turns
    away by itself; what another one has seen the store knows.
    """

    def __init__(self, switchboard: Switchboard, guard: Guard, firsts: Firsts) -> None:
        self._switchboard = switchboard
        self._guard = guard
        self._firsts = firsts

    def routes(self) -> list[web.RouteDef]:
        """Return what a web application serves of it."""
        return [web.post(PATH, self.serve)]

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one request."""
        body = await _whole(request)
        if body is None:
            return web.Response(status=413)
        turned = await self._turned(request, body)
        if turned is not None:
            # Neither body nor headers: nobody has vouched for them.
            _LOG.info("a request to %s was turned away: %s", PATH, turned.value)
            return web.Response(status=_STATUS[turned])
        headers: dict[str, str | Sequence[str]] = {
            name: request.headers.getall(name) for name in request.headers
        }
        answer = await self._switchboard.request(body.decode(), request.query_string, headers)
        kind = answer.first_headers_without_set_cookie().get("content-type", "text/plain")
        # What was signed and cannot be read is no fault of this server.
        status = answer.status if answer.status < _FAULTS else 400
        return web.Response(status=status, text=answer.body, headers={"Content-Type": kind})

    async def _turned(self, request: web.Request, body: bytes) -> Turned | None:
        headers = [*request.headers.items()]
        turned = self._guard.turned(headers, body)
        if turned is not None:
            return turned
        # Twice the time in which it is fresh: a stamp may lie as far in the future.
        name = signature_of(headers)
        first = await self._firsts.first("signature", name, 2 * SECONDS)
        return None if first else Turned.REPLAYED


async def _whole(request: web.Request) -> bytes | None:
    """Return the whole body, None where it is larger than any of Slack's."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)
