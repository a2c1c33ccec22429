"""Slack over HTTP: the address that commands and buttons come to, behind a public name."""

import logging
from collections.abc import Sequence

from aiohttp import web
from slack_bolt.error import BoltError
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.chat.slack.front import SlackFront
from bot.chat.slack.guard import Guard, Turned

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


class SlackHttp:
    """Turns away what Slack did not send, and gives the rest to the front.

    It answers 200 to what was taken, 4xx to everything else.
    """

    def __init__(self, front: SlackFront, guard: Guard) -> None:
        self._front = front
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        """Return what a web application serves of it."""
        return [web.post(PATH, self.serve)]

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one request."""
        body = await request.content.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            return web.Response(status=413)
        turned = self._guard.turned(request.headers.items(), body)
        if turned is not None:
            # Neither body nor headers: nobody has vouched for them.
            _LOG.info("a request to %s was turned away: %s", PATH, turned.value)
            return web.Response(status=_STATUS[turned])
        try:
            headers: dict[str, str | Sequence[str]] = {
                name: request.headers.getall(name) for name in request.headers
            }
            asked = AsyncBoltRequest(
                body=body.decode(), query=request.query_string, headers=headers
            )
            answer = await self._front.app.async_dispatch(asked)
        except (BoltError, ValueError, TypeError, AttributeError, LookupError) as error:
            # Signed and still of no shape that Bolt can read: not a fault of this server.
            _LOG.warning("Slack sent what cannot be read: %s", type(error).__name__)
            return web.Response(status=400)
        kind = answer.first_headers_without_set_cookie().get("content-type", "text/plain")
        status = answer.status if answer.status < 500 else 400  # noqa: PLR2004  # as said above
        return web.Response(status=status, text=answer.body, headers={"Content-Type": kind})
