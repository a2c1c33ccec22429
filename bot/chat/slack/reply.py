"""Answers to one thing that a person did: where they did it, as often and as long as Slack lets."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from bot.chat.base import DeliveryError, Fate
from bot.chat.slack.blocks import Block
from bot.chat.slack.came import Came
from bot.chat.slack.refusals import BLOCKS_REFUSED
from bot.chat.slack.wire import SlackApi, refused

_LOG = logging.getLogger(__name__)
# https://docs.slack.dev/interactivity/handling-user-interaction#message_responses: five times
# within thirty minutes; a minute of them is left for the clocks.
MOST_USES = 5
SECONDS = 29 * 60.0
_PICTURE_SECONDS = 1.0

Payload = dict[str, Any]
Send = Callable[[Payload], Awaitable[None]]

_OF_REPLIES = {"response_type", "replace_original"}


def quiet(text: str, blocks: list[Block]) -> Payload:
    """Return an answer that only the person who asked sees, and that wakes nobody."""
    return {
        "response_type": "ephemeral",
        "replace_original": False,
        "text": text,
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def aloud(payload: Payload) -> Payload:
    """Return an answer so that the whole channel sees it."""
    return {**payload, "response_type": "in_channel"}


class Reply:
    """Says what there is to say to one person, and never raises: they see it, or a log does.

    The response_url comes first; what it does not take goes to the person in the channel, if the
    bot is there. `clock` is a monotonic one, in seconds.
    """

    def __init__(self, api: SlackApi, came: Came, clock: Callable[[], float]) -> None:
        self._api = api
        self._came = came
        self._clock = clock
        self._until = clock() + SECONDS
        self._uses = 0

    async def say(self, payload: Payload) -> bool:
        """Answer; False where nobody got it, which is logged.

        What only one person sees stands where they look: in the thread that they pressed in.
        """
        if self._came.thread and payload["response_type"] == "ephemeral":
            payload = {**payload, "thread_ts": self._came.thread}
        try:
            await self._simpler(self._respond, payload)
        except DeliveryError as error:
            if payload["response_type"] == "in_channel" and error.fate is Fate.UNKNOWN:
                _LOG.warning("an answer may not have reached the channel: %s", error)
                return False
            return await self._otherwise(payload, error)
        return True

    async def _otherwise(self, payload: Payload, first: DeliveryError) -> bool:
        """Bring an answer without the response_url; a quiet one that comes twice does no harm."""
        try:
            await self._simpler(self._post, payload)
        except DeliveryError as error:
            _LOG.warning("an answer did not reach who asked: %s; %s", first, error)
            return False
        return True

    async def _respond(self, payload: Payload) -> None:
        address = self._came.address
        if self._uses >= MOST_USES or self._clock() > self._until:
            raise DeliveryError("Slack takes no more answers for this", fate=Fate.AGAIN)
        if not address or not self._api.trusts(address):
            raise DeliveryError("Slack gave no address to answer to", fate=Fate.AGAIN)
        self._uses += 1
        await self._api.reply(address, payload)

    async def _post(self, payload: Payload) -> None:
        if not self._came.channel:
            raise DeliveryError("Slack names no channel for it", fate=Fate.NEVER)
        kept = {key: each for key, each in payload.items() if key not in _OF_REPLIES}
        kept |= {"channel": self._came.channel}
        if payload["response_type"] == "in_channel":
            await self._api.call("chat.postMessage", self._came.channel, json=kept)
            return
        kept |= {"user": self._came.user}
        await self._api.call("chat.postEphemeral", self._came.channel, json=kept)

    @staticmethod
    async def _simpler(send: Send, payload: Payload) -> None:
        """Send; what Slack refuses of the blocks is left out, the picture first."""
        *tries, last = _forms(payload)
        for wait, form in tries:
            try:
                await send(form)
            except DeliveryError as error:
                if refused(error) not in BLOCKS_REFUSED:
                    raise
                await asyncio.sleep(wait)
            else:
                return
        await send(last[1])


def _forms(payload: Payload) -> list[tuple[float, Payload]]:
    """Return a payload in ever simpler forms, with how long to wait after each was refused.

    A picture needs moments at Slack before it can be shown, so it is tried twice.
    """
    bare = {key: each for key, each in payload.items() if key != "blocks"}
    plain = [each for each in payload["blocks"] if each["type"] != "image"]
    forms = [(0.0, {**payload, "blocks": plain}), (0.0, {**bare, "mrkdwn": True})]
    if len(plain) < len(payload["blocks"]):
        forms = [(_PICTURE_SECONDS, payload), (0.0, payload), *forms]
    return forms
