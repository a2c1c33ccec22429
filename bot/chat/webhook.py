"""A web hook as a place to post to: one signed JSON object a message."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from bot.channel import WEBHOOK, Channel
from bot.chat.base import DeliveryError, Fate, Posting, Receipt
from bot.render.message import Message
from bot.render.record import record
from bot.wording import inert
from detectors.snapshot import instant

SIGNATURE = "X-Hubshift-Signature"
DELIVERY = "X-Hubshift-Delivery"
SECONDS = 15.0
_WAIT = re.compile(r"\d{1,6}(\.\d+)?")
# A wait of weeks is a mistake.
_LONGEST = 999_999.0
_GONE = {401, 403, 404, 410}
_AGAIN = {408, 425, 429}
_ACCEPTED, _REDIRECTS, _REFUSED, _BROKEN = 200, 300, 400, 500


def signature(secret: str, body: bytes) -> str:
    """Return what the receiver computes of the body as it arrived, and compares.

    >>> signature("secret", b"{}")[:20]
    'sha256=77325902caca8'
    """
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


class WebhookMessenger:
    """Posts JSON to the address of a channel; the delivery id stands in the body and a header.

    A receiver that has seen an id before has the message: after an unanswered call it is posted
    again, since nobody can look back. 2xx is accepted; 404 and 410 (gone) and 401 and 403
    (forbidden) suspend the channel; 408, 425 and 429 are tried again; any other 4xx, and a
    redirect, is a definite no; 5xx, a timeout and a dropped connection may have been accepted.
    """

    platform = WEBHOOK

    def __init__(self, secret: str | None, *, seconds: float = SECONDS) -> None:
        self._secret = secret
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        """Return no secret."""
        return "WebhookMessenger()"

    async def send(self, channel: Channel, posting: Posting, /) -> Receipt:
        """Post one message; DeliveryError says what became of it."""
        if self._session is None:
            # One call is one request: what is tried again is the outbox's to decide.
            connector = aiohttp.TCPConnector(force_close=True)
            self._session = aiohttp.ClientSession(timeout=self._timeout, connector=connector)
        content = json.dumps(body(posting), allow_nan=False).encode()
        headers = {"Content-Type": "application/json", DELIVERY: posting.id}
        if self._secret:
            headers[SIGNATURE] = signature(self._secret, content)
        where = channel.shown
        try:
            async with self._session.post(
                channel.address, data=content, headers=headers, allow_redirects=False
            ) as reply:
                _check(where, reply.status, waits(reply.headers))
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            said = type(error).__name__
            raise DeliveryError(f"{where} cannot be reached: {said}", fate=Fate.AGAIN) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            said = type(error).__name__
            raise DeliveryError(f"{where} did not answer: {said}", fate=Fate.UNKNOWN) from None
        return Receipt(posting.id)

    async def same_id(self, _channel: Channel, _posting: Posting, /) -> timedelta:
        """Return 0: who receives decides what an id is."""
        return timedelta(0)

    async def find(
        self, channel: Channel, _posting: Posting, _since: datetime, /
    ) -> Receipt | None:
        """Refuse: a web hook has no history."""
        raise DeliveryError(f"{channel.shown} has no history", fate=Fate.NEVER)

    async def copies(
        self, channel: Channel, _delivery: str, _standing: Receipt, _since: datetime, /
    ) -> Sequence[Receipt]:
        """Refuse: a web hook has no history."""
        raise DeliveryError(f"{channel.shown} has no history", fate=Fate.NEVER)

    async def remove(self, channel: Channel, _copy: Receipt, /) -> None:
        """Refuse: what was sent is not ours any more."""
        raise DeliveryError(f"{channel.shown} has no history", fate=Fate.NEVER)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def body(posting: Posting) -> dict[str, Any]:
    """Return a message as JSON; `update_of` is the delivery that this is news of."""
    return {
        "id": posting.id,
        "message": _message(posting.message),
        "update_of": posting.parent.id if posting.parent else None,
        "reads_now": _message(posting.parent_message) if posting.parent_message else None,
        "shifts": [record(shift) for shift in posting.shifts],
    }


def _message(message: Message) -> dict[str, Any]:
    # Whoever receives it may put it anywhere; what is for programs stands in the shifts as it is.
    return {
        "title": inert(message.title),
        "sentence": inert(message.sentence),
        "why": inert(message.why),
        "evidence": [inert(line) for line in message.evidence],
        "tone": message.tone.value,
        "severity": message.severity.value,
        "at": instant(message.at),
        "link": message.link,
    }


def waits(headers: Mapping[str, str]) -> float | None:
    """Return for how many seconds a receiver wants to be left alone, None where it does not say.

    A date is held against the receiver's own clock, which its answer tells too.

    >>> waits({"Retry-After": "7"})
    7.0
    >>> date = "Mon, 30 Nov 2026 12:00:{} GMT".format
    >>> waits({"Retry-After": date("45"), "Date": date("05")})
    40.0
    """
    asked = headers.get("Retry-After", "").strip()
    if _WAIT.fullmatch(asked):
        return float(asked)
    try:
        seconds = (_date(asked) - _date(headers.get("Date", ""))).total_seconds()
    except ValueError:
        return None
    return max(0.0, seconds) if seconds <= _LONGEST else None


def _date(text: str) -> datetime:
    found = parsedate_to_datetime(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _check(where: str, status: int, after: float | None) -> None:
    """Raise what a status means, unless it is that of acceptance."""
    if _ACCEPTED <= status < _REDIRECTS:
        return
    if status in _GONE:
        reason = f"{where} answers {status}: it is gone, or its secret is another; set it up anew"
        raise DeliveryError(reason, fate=Fate.CHANNEL)
    if status in _AGAIN:
        reason = f"{where} answers {status}: it takes no more for now"
        raise DeliveryError(reason, fate=Fate.AGAIN, retry_after=after)
    if _REDIRECTS <= status < _REFUSED:
        reason = f"{where} answers {status}: it has moved; name the address it leads to"
        raise DeliveryError(reason, fate=Fate.NEVER)
    fate = Fate.UNKNOWN if status >= _BROKEN else Fate.NEVER
    raise DeliveryError(f"{where} answers {status}", fate=fate)
