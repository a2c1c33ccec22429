"""Which of Slack's requests goes to whom: acknowledged here, carried out in a task that is kept."""

import json
import logging
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltError
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.came import Came, Payload, at, said
from bot.chat.slack.firsts import Firsts
from bot.chat.slack.tasks import Tasks
from bot.chat.slack.wire import deaf

_LOG = logging.getLogger(__name__)
_EVERY = re.compile(r".*", re.DOTALL)
# Slack sends an event again for an hour where nobody took it.
_AGAIN_SECONDS = 2 * 3600
_UNHANDLED = 404
_KINDS = frozenset({"slash_commands", "interactive", "events_api"})
# What Bolt raises of a payload that is not shaped like one of Slack's.
_UNREADABLE = (BoltError, ValueError, TypeError, AttributeError, LookupError, RecursionError)

Work = Coroutine[Any, Any, None]


class Doing(Protocol):
    """What is done when something comes; each of it is begun after Slack has got its answer."""

    def command(self, text: str, came: Came, /) -> Work:
        """Answer what was typed after the slash command."""
        ...

    def click(self, action: str, body: Payload, /) -> Work:
        """Do what a button says."""
        ...

    async def submit(self, body: Payload, /) -> dict[str, Any] | None:
        """Take a modal in; within three seconds, since Slack shows what this returns."""
        ...

    def event(self, kind: str, body: Payload, /) -> Work:
        """Take note of what happened in the workspace."""
        ...


class Switchboard:
    """Takes requests over HTTP and envelopes of the socket, each once."""

    def __init__(self, doing: Doing, firsts: Firsts) -> None:
        self._doing = doing
        self._firsts = firsts
        self.tasks = Tasks()
        # Listeners acknowledge and begin a task, so nothing waits for them; the guard has
        # verified what comes over HTTP, and a socket needs no signature.
        self._app = AsyncApp(
            client=AsyncWebClient(logger=deaf()),
            authorize=_own,
            logger=deaf(),
            process_before_response=True,
            request_verification_enabled=False,
        )
        self._app.command(_EVERY)(self._command)
        self._app.action(_EVERY)(self._action)
        self._app.view(_EVERY)(self._submitted)
        self._app.view_closed(_EVERY)(self._closed)
        self._app.event(_EVERY)(self._event)
        self._app.error(self._failed)

    async def request(
        self, body: str, query: str, headers: Mapping[str, str | Sequence[str]]
    ) -> BoltResponse:
        """Take a request that came over HTTP and that the guard let in."""
        return await self._dispatched(
            lambda: AsyncBoltRequest(body=body, query=query, headers=dict(headers))
        )

    async def envelope(self, envelope: Payload) -> dict[str, Any] | None:
        """Take an envelope of the socket, and return what its acknowledgement says."""
        payload = at(envelope, "payload")
        if said(envelope, "type") not in _KINDS or not isinstance(payload, dict):
            _LOG.info("Slack sent an envelope of a kind that Hubshift does not know")
            return None
        name = said(envelope, "envelope_id")
        if not await self._firsts.first("envelope", name, _AGAIN_SECONDS):
            return None
        answer = await self._dispatched(lambda: AsyncBoltRequest(mode="socket_mode", body=payload))
        try:
            found = json.loads(answer.body) if answer.body else None
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    async def _dispatched(self, read: Callable[[], AsyncBoltRequest]) -> BoltResponse:
        try:
            answer = await self._app.async_dispatch(read())
        except _UNREADABLE as error:
            # Signed and still of no shape that Bolt can read: not a fault of this server.
            _LOG.warning("Slack sent what cannot be read: %s", type(error).__name__)
            return BoltResponse(status=400, body="")
        # Of a kind that nobody listens to; refused, it would only come again.
        return BoltResponse(status=200, body="") if answer.status == _UNHANDLED else answer

    async def _command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self.tasks.keep(self._doing.command(said(body, "text"), Came.by_command(body)))

    async def _action(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self.tasks.keep(self._doing.click(said(body, "actions", 0, "action_id"), body))

    async def _submitted(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        answer = await self._doing.submit(body)
        # An answer that is a dict is sent as it is.
        await ack(answer or "")

    async def _closed(self, ack: AsyncAck) -> None:
        await ack()

    async def _event(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        name = said(body, "event_id")
        if name and not await self._firsts.first("event", name, _AGAIN_SECONDS):
            return
        self.tasks.keep(self._doing.event(said(body, "event", "type"), body))

    async def _failed(self, error: Exception) -> BoltResponse:
        # Not the error's text: Bolt's errors hold whole requests.
        _LOG.error("a request from Slack could not be read: %s", type(error).__name__)
        return BoltResponse(status=400, body="")


async def _own(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Say that a request is for the one workspace that there is; Slack is not asked each time."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)
