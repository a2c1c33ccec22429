"""Whether a channel's history has a delivery already; reads, and changes nothing."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from bot.chat.base import DeliveryError, Fate, Receipt
from bot.chat.slack.draft import delivery_of
from bot.chat.slack.limits import PAGE
from bot.chat.slack.wire import SlackApi, harmless, refused

# Slack's clock gives the times in a history, ours the time to read from.
_CLOCKS_APART = timedelta(minutes=5)
# 20,000 messages since a send of a minute ago: what is beyond that must not be taken for absent.
_MOST_PAGES = 100


class History:
    """Reads channels and threads to the end, page by page."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api

    async def find(
        self, address: str, delivery: str, since: datetime, thread: str = ""
    ) -> Receipt | None:
        """Return where the message stands that bears a delivery id, None where there is none.

        Raises:
            DeliveryError: it could not be read to the end, so that nobody knows.
        """
        async for receipt in self.all(address, delivery, since, thread):
            return receipt
        return None

    async def all(
        self, address: str, delivery: str, since: datetime, thread: str = ""
    ) -> AsyncIterator[Receipt]:
        """Yield where each message stands that bears a delivery id; raises as `find` does."""
        asked: dict[str, Any] = {"channel": address, "include_all_metadata": True, "limit": PAGE}
        if thread:
            asked["ts"] = thread
        method = "conversations.replies" if thread else "conversations.history"
        seen: set[str] = set()
        oldest = f"{(since - _CLOCKS_APART).timestamp():.6f}"
        # The newest first, whatever Slack's clock says; then all since, however many those are.
        for bound, pages in (({}, 1), ({"oldest": oldest, "inclusive": True}, _MOST_PAGES)):
            async for message in self._messages(method, address, {**asked, **bound}, pages):
                ts = message.get("ts")
                if isinstance(ts, str) and ts not in seen and delivery in delivery_of(message):
                    seen.add(ts)
                    root = message.get("thread_ts")
                    yield Receipt(ts, root if isinstance(root, str) and root != ts else "")

    async def _messages(
        self, method: str, address: str, asked: dict[str, Any], pages: int
    ) -> AsyncIterator[dict[str, Any]]:
        for _ in range(pages):
            try:
                page = await self._api.call(method, address, verb="GET", query=dict(asked))
            except DeliveryError as error:
                raise _unread(error, address) from None
            for message in page.get("messages") or ():
                if isinstance(message, dict):
                    yield message
            following = (page.get("response_metadata") or {}).get("next_cursor")
            if not following:
                return
            asked["cursor"] = following
        if pages < _MOST_PAGES:
            return
        raise DeliveryError(
            f"the history of Slack channel {address} is too long to be read to its end; it is "
            "tried again",
            fate=Fate.AGAIN,
        )


def _unread(error: DeliveryError, address: str) -> DeliveryError:
    """Return what it means that a history cannot be read."""
    if refused(error) != "missing_scope":
        return harmless(error)
    # Posting works: only what is in doubt in this one channel has to wait for a person.
    return DeliveryError(
        f"after an answer in doubt the history of Slack channel {address} must be read, and "
        f"{error.reason}",
        fate=Fate.CHANNEL,
    )
