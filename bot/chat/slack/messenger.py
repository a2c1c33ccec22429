"""Slack as a Messenger: one guarded message, or what became of it."""

import asyncio
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.channel import Channel
from bot.chat.base import DeliveryError, Fate, Posting, Receipt
from bot.chat.slack.draft import Draft
from bot.chat.slack.history import History
from bot.chat.slack.pictures import WAITS, Pictures
from bot.chat.slack.refusals import BLOCKS_REFUSED, THREAD_REFUSED, Refusal
from bot.chat.slack.wire import CALL_SECONDS, SlackApi, harmless

API_URL = "https://slack.com/api/"
_ADDRESS = re.compile(r"[A-Za-z0-9._#-]{1,80}")
_LOG = logging.getLogger(__name__)
# A send has to end within the lease of the outbox, which is 60 s.
_PICTURE_SECONDS = 15.0
_SEND_SECONDS = 45.0


class SlackMessenger:
    """Posts to the channels of one Slack workspace with its bot token.

    What Slack refuses of a message (a picture that is not ready, blocks, metadata, a thread that
    is gone) is left out and the rest is posted; nothing else is tried twice here, because Slack
    knows no idempotency key. `tenant` is the workspace that the token belongs to: a channel of
    another one is refused before anything leaves. Alerts have buttons where the messenger is
    `pressable`: without a front Slack would answer a press with an error.
    """

    platform = "slack"

    def __init__(
        self,
        token: str,
        *,
        base_url: str = API_URL,
        tenant: str = "",
        seconds: float = CALL_SECONDS,
        picture_waits: tuple[float, ...] = WAITS,
        pressable: bool = False,
    ) -> None:
        self._api = SlackApi(token, base_url, seconds)
        self._pictures = Pictures(self._api, picture_waits)
        self._history = History(self._api)
        self._tenant = tenant
        self._waits = picture_waits
        self._pressable = pressable

    def __repr__(self) -> str:
        """Return where it posts to, and no token."""
        return f"SlackMessenger({self._api})"

    async def send(self, channel: Channel, posting: Posting, /) -> Receipt:
        """Edit the parent if there is one, then post, in the parent's thread.

        Raises:
            DeliveryError: its fate says whether Slack has the message, has not, or may have.
        """
        address = self._address(channel)
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                return await self._sent(address, posting)
        except TimeoutError:
            raise DeliveryError(
                f"Slack took more than {_SEND_SECONDS:g} s over the message; the channel's "
                "history will tell whether it has it",
                fate=Fate.UNKNOWN,
            ) from None

    async def same_id(self, _channel: Channel, _posting: Posting, /) -> timedelta:
        """Return 0: Slack knows no idempotency key."""
        return timedelta(0)

    async def find(self, channel: Channel, posting: Posting, since: datetime, /) -> Receipt | None:
        """Look for a posting in the thread it belongs in, then in the channel, from a time on.

        Raises:
            DeliveryError: the history cannot be read now, so that nobody knows.
        """
        address = self._address(channel)
        if posting.parent is not None:
            try:
                thread = _thread(posting.parent)
                found = await self._history.find(address, posting.id, since, thread)
            except Refusal as refusal:
                if refusal.code not in THREAD_REFUSED:
                    raise
            else:
                if found is not None:
                    return found
        return await self._history.find(address, posting.id, since)

    async def copies(
        self, channel: Channel, delivery: str, standing: Receipt, since: datetime, /
    ) -> Sequence[Receipt]:
        """Return every message of a delivery, in the thread it stands in and in the channel.

        Raises:
            DeliveryError: the history cannot be read.
        """
        address = self._address(channel)
        found: list[Receipt] = []
        for thread in dict.fromkeys((standing.thread, "")):
            found += [each async for each in self._history.all(address, delivery, since, thread)]
        # A reply that the channel sees, too, stands in both histories.
        return list(dict.fromkeys(found))

    async def remove(self, channel: Channel, copy: Receipt, /) -> None:
        """Take back a message; raises as `send` does."""
        address = self._address(channel)
        try:
            await self._api.call("chat.delete", address, json={"channel": address, "ts": copy.id})
        except Refusal as refusal:
            if refusal.code != "message_not_found":
                raise

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    def _address(self, channel: Channel) -> str:
        """Return the channel's id, if it is one of this workspace."""
        if channel.platform != self.platform or channel.tenant != self._tenant:
            raise DeliveryError(
                f"{channel.platform} channel of workspace {channel.tenant or '(own)'} is not for "
                f"the Slack token of workspace {self._tenant or '(own)'}; nothing was sent",
                fate=Fate.CHANNEL,
            )
        if not _ADDRESS.fullmatch(channel.address):
            raise DeliveryError(
                "this is no id of a Slack channel; it looks like C0123456789 and stands at the "
                "end of the channel's details in Slack",
                fate=Fate.CHANNEL,
            )
        return channel.address

    async def _sent(self, address: str, posting: Posting) -> Receipt:
        draft = Draft(posting, self._pressable, file=await self._uploaded(posting))
        if posting.parent is not None:
            draft = replace(draft, thread=await self._edited(address, posting.parent, draft))

        def form(tried: Draft) -> dict[str, Any]:
            return tried.payload(address)

        answer, sent = await self._asked("chat.postMessage", address, draft, form)
        return _receipt(answer.get("ts"), sent.thread)

    async def _uploaded(self, posting: Posting) -> str | None:
        """Return the id of the posting's picture; None where there is none or it did not work."""
        if posting.picture is None:
            return None
        try:
            async with asyncio.timeout(_PICTURE_SECONDS):
                return await self._pictures.upload(posting.picture)
        except (DeliveryError, TimeoutError) as error:
            _LOG.warning("delivery %s is sent without its picture: %s", posting.id, error)
            return None

    async def _edited(self, address: str, parent: Receipt, draft: Draft) -> str:
        """Let the parent read as it shall, and return the thread to reply in, "" for none."""

        def form(tried: Draft) -> dict[str, Any]:
            return tried.edit(address, parent.id)

        try:
            if draft.posting.parent_message is not None:
                await self._asked("chat.update", address, draft, form)
        except Refusal as refusal:
            if refusal.code in THREAD_REFUSED:
                return ""
            if refusal.fate is not Fate.NEVER:
                raise harmless(refusal) from None
            _LOG.warning("delivery %s: its parent stays as it was: %s", draft.posting.id, refusal)
        except DeliveryError as error:
            raise harmless(error) from None
        return _thread(parent)

    async def _asked(
        self, method: str, address: str, draft: Draft, form: Callable[[Draft], dict[str, Any]]
    ) -> tuple[Mapping[str, Any], Draft]:
        """Call with a draft, and with a simpler one as long as Slack refuses a part of it.

        Only what Slack itself refused is sent once more: it cannot be there already.
        """
        waits = iter(self._waits)
        while True:
            try:
                return await self._api.call(method, address, json=form(draft)), draft
            except Refusal as refusal:
                wait = next(waits, None) if draft.file and _of_picture(refusal) else None
                if wait is not None:
                    await asyncio.sleep(wait)
                    continue
                simpler = draft.simpler(refusal)
                if simpler is None:
                    raise
                _LOG.warning("delivery %s is sent simpler: %s", draft.posting.id, refusal)
                draft = simpler


def _of_picture(refusal: Refusal) -> bool:
    """Whether Slack refused the picture: it needs moments before a file can be shown."""
    return refusal.code in BLOCKS_REFUSED and any("slack_file" in each for each in refusal.details)


def _thread(parent: Receipt) -> str:
    """Return the thread that a reply to a message goes into; Slack has no threads in threads."""
    return parent.thread or parent.id


def _receipt(ts: object, thread: str) -> Receipt:
    if not isinstance(ts, str) or not ts:
        raise DeliveryError(
            "Slack took the message and did not say where it stands; the channel's history will "
            "tell",
            fate=Fate.UNKNOWN,
        )
    return Receipt(ts, "" if thread == ts else thread)
