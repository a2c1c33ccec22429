"""One call of Slack's Web API: its answer, or what became of it."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import msgspec
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.chat.base import DeliveryError, Fate
from bot.chat.slack.refusals import FATES, HISTORY, Refusal, refusal

_LOG = logging.getLogger(__name__)
CALL_SECONDS = 10.0
_CONNECT_SECONDS = 5.0
# Under the idle time of any balancer, so that no message goes into a connection being closed.
_IDLE_SECONDS = 10.0
_WAIT = re.compile(r"\d{1,6}(\.\d+)?")
_OK, _TIMED_OUT, _TOO_MANY, _OWN_FAULT = 200, 408, 429, 500

# What slack_sdk and aiohttp raise of an answer they cannot read: a body of the wrong kind ends in
# an AttributeError of AsyncSlackResponse.validate, one that is no text in a UnicodeDecodeError.
_UNREADABLE = (SlackClientError, AttributeError, TypeError, ValueError, aiohttp.ClientPayloadError)


@dataclass(frozen=True)
class Identity:
    """Whom Slack takes a token's owner for: `home` are the ids of workspace and organisation.

    `scopes` is None where Slack does not say what the token was granted.
    """

    home: frozenset[str]
    team: str = ""
    user: str = ""
    scopes: frozenset[str] | None = None


class SlackApi:
    """Slack's Web API with one bot token; no call is repeated, each ends in time.

    Errors are DeliveryErrors whose reason holds neither the token nor what the network said.
    """

    def __init__(self, token: str, base_url: str, seconds: float = CALL_SECONDS) -> None:
        self._seconds = seconds
        self._host = urlsplit(base_url).hostname or "its address"
        # A Slack on the loopback gives addresses like its own; the real one only safe ones.
        self._plain = base_url.startswith("http://")
        self._client = AsyncWebClient(token, base_url, retry_handlers=[], logger=deaf())
        # slack_sdk takes any proxy for any address; no_proxy counts here.
        self._client.proxy = proxy_for(base_url)

    def __repr__(self) -> str:
        """Return where it speaks to, and no token."""
        return f"SlackApi({self._host})"

    async def call(
        self,
        method: str,
        channel: str = "",
        *,
        verb: str = "POST",
        json: dict[str, Any] | None = None,
        query: dict[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """Call a method with JSON or a query, and return its answer.

        Raises:
            Refusal: Slack said no; its fate is what that means for `channel`.
            DeliveryError: nothing readable came back. UNKNOWN, where Slack may have done it.
        """
        answer = await self._called(method, channel, http_verb=verb, json=json, params=query)
        _LOG.debug("Slack has answered %s", method)
        return answer.data if isinstance(answer.data, dict) else {}

    async def identity(self) -> Identity:
        """Return whom Slack takes the token's owner for.

        Raises:
            DeliveryError: as `call`.
        """
        answer = await self._called("auth.test", "", http_verb="POST")
        body = answer.data if isinstance(answer.data, dict) else {}
        # https://docs.slack.dev/authentication/installing-with-oauth: told with every answer.
        granted = answer.headers.get("x-oauth-scopes")
        ids = (body.get("team_id"), body.get("enterprise_id"))
        return Identity(
            home=frozenset(each for each in ids if isinstance(each, str) and each),
            team=str(body.get("team") or ""),
            user=str(body.get("user") or ""),
            scopes=frozenset(granted.replace(" ", "").split(",")) if granted else None,
        )

    async def _called(self, method: str, channel: str, **arguments: Any) -> AsyncSlackResponse:
        error: DeliveryError
        try:
            self._opened()
            return await self._client.api_call(method, **arguments)
        except (TimeoutError, aiohttp.ClientError, OSError) as raised:
            error = self._lost(raised)
        except _UNREADABLE as raised:
            error = self._unread(raised, channel)
        # Here, so that what slack_sdk raised, which holds the request, is not this error's context.
        raise error

    def trusts(self, address: str) -> bool:
        """Whether an address that Slack gave is as safe as the one it is asked at."""
        return self._plain or address.startswith(("https://", "wss://"))

    async def upload(self, address: str, content: bytes) -> None:
        """Send a file where Slack asked for it; the token is not for that address."""
        error: DeliveryError | None = None
        try:
            session = self._opened()
            async with session.post(
                address, data=content, proxy=proxy_for(address), allow_redirects=False
            ) as answer:
                if answer.status != _OK:
                    error = DeliveryError("Slack did not take the picture", fate=Fate.AGAIN)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as raised:
            error = self._lost(raised)
        if error is not None:
            raise error

    async def reply(self, address: str, payload: Mapping[str, Any]) -> None:
        """Answer to the address that came with a command; it takes no token.

        Raises:
            Refusal: Slack said no, for example to the blocks.
            DeliveryError: it may not have arrived.
        """
        error: DeliveryError
        try:
            session = self._opened()
            async with session.post(
                address, json=payload, proxy=proxy_for(address), allow_redirects=False
            ) as answer:
                text = await answer.text()
                if answer.status == _OK and not text.startswith("{"):
                    return
                error = _said(text, answer.status)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as raised:
            error = self._lost(raised)
        raise error

    async def close(self) -> None:
        """Close the connections; a later call opens them again."""
        if self._client.session is not None:
            await self._client.session.close()
            self._client.session = None

    def _opened(self) -> aiohttp.ClientSession:
        """Return the session, which can only be made where a loop runs."""
        if self._client.session is None:
            self._client.session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._seconds, sock_connect=_CONNECT_SECONDS),
                connector=aiohttp.TCPConnector(keepalive_timeout=_IDLE_SECONDS),
            )
        return self._client.session

    def _lost(self, raised: Exception) -> DeliveryError:
        """Say what a failure of the network means: nothing was sent, or nobody knows."""
        if isinstance(raised, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            return DeliveryError(
                f"Slack cannot be reached at {self._host}; check the network, it is tried again",
                fate=Fate.AGAIN,
            )
        if isinstance(raised, TimeoutError):
            happened = f"Slack did not answer within {self._seconds:g} s"
        else:
            happened = "the connection to Slack broke off"
        return DeliveryError(f"{happened}; {HISTORY}", fate=Fate.UNKNOWN)

    def _unread(self, raised: Exception, channel: str) -> DeliveryError:
        """Say what an answer other than `"ok": true` means."""
        answer = getattr(raised, "response", None)
        # AsyncSlackResponse has status_code, what aiohttp gives has status.
        status = getattr(answer, "status_code", getattr(answer, "status", _OK))
        headers: Mapping[str, str] = getattr(answer, "headers", {})
        wait = _seconds(headers.get("Retry-After"))
        body = getattr(answer, "data", None)
        if status == _TOO_MANY:
            return refusal({"error": "ratelimited"}, channel, wait)
        if status >= _OWN_FAULT or status == _TIMED_OUT:
            reason = f"Slack answered with an error of its own ({status}); {HISTORY}"
            return DeliveryError(reason, fate=Fate.UNKNOWN, retry_after=wait)
        if isinstance(body, dict) and body.get("ok") is False:
            return refusal(body, channel, wait)
        reason = f"what answers at {self._host} is not Slack or not whole ({status})"
        if status == _OK:
            return DeliveryError(f"{reason}; {HISTORY}", fate=Fate.UNKNOWN)
        return DeliveryError(f"{reason}; check HUBSHIFT_SLACK_API_URL", fate=Fate.AGAIN)


def harmless(error: DeliveryError) -> DeliveryError:
    """Return the error of a call that changes nothing: it may be made again."""
    if error.fate is not Fate.UNKNOWN:
        return error
    reason = error.reason.replace(HISTORY, "it is tried again")
    return DeliveryError(reason, fate=Fate.AGAIN, retry_after=error.retry_after)


def refused(error: DeliveryError) -> str:
    """Return Slack's code where it said no, and nothing where the network did."""
    return error.code if isinstance(error, Refusal) else ""


def _said(text: str, status: int) -> DeliveryError:
    """Say what a response_url answered; its errors come as JSON or as a bare word."""
    try:
        body = msgspec.json.decode(text)
    except msgspec.DecodeError:
        body = {"error": text.strip()}
    if not isinstance(body, dict):
        body = {}
    if status >= _OWN_FAULT and body.get("error") not in FATES:
        # Who knows whether it was carried out.
        body = {"error": "internal_error"}
    return refusal(body, "of the command")


def _seconds(text: str | None) -> float | None:
    return float(text) if text and _WAIT.fullmatch(text.strip()) else None


def deaf() -> logging.Logger:
    """Return a log without ears for slack_sdk and Bolt, which write tokens and messages to it.

    It is none of the tree of logs, which somebody could turn up again.
    """
    return logging.Logger("deaf", level=logging.CRITICAL + 1)  # noqa: LOG001  # as said above


def proxy_for(address: str) -> str | None:
    """Return the proxy that the environment names for an address, heeding no_proxy."""
    parts = urlsplit(address)
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    return getproxies().get(parts.scheme)
