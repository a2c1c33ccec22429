"""Forum and media channels: a message there is a post of its own, with a title."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.chat.base import Posting, Receipt
from bot.chat.discord.history import FORUMS, snowflake
from bot.chat.discord.payload import PICTURE, Payload, bears, thread_name
from bot.chat.discord.rest import Rest, Trouble

# https://docs.discord.com/developers/resources/channel#channel-object-channel-flags
_WANTS_TAG = 1 << 4
_NOT_FOUND = 404
# Fifty posts a page, of those archived since a send of a minute ago.
_MOST_PAGES = 20


class Forum:
    """Starts forum posts. Discord takes no nonce for one: what is in doubt has to be looked for."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._seen: dict[str, Mapping[str, Any] | None] = {}

    def known(self, channel: str) -> bool:
        """Whether a channel was seen to be a forum."""
        return self._seen.get(channel) is not None

    async def knows(self, channel: str) -> bool:
        """Ask whether a channel is a forum; Trouble where nobody can say."""
        if channel not in self._seen:
            found = await self._rest.call("GET", "/channels/{channel}", channel=channel)
            if not isinstance(found, dict) or "type" not in found:
                # Kept for good, so never guessed from an answer that was lost on its way.
                raise Trouble("it did not say what kind of channel it is", foreign=True)
            self._seen[channel] = found if found["type"] in FORUMS else None
        return self.known(channel)

    async def start(
        self, channel: str, posting: Posting, message: Payload, *, booked: bool
    ) -> Receipt:
        """Start the post that `message` opens."""
        body: Payload = {"name": thread_name(posting.message), "message": message}
        tags = _tags(self._seen[channel] or {})
        if tags:
            body["applied_tags"] = tags
        shown = posting.picture if "attachments" in message else None
        file = (PICTURE, shown.png) if shown else None
        made = await self._rest.call(
            "POST",
            "/channels/{channel}/threads",
            body=body,
            file=file,
            booked=booked,
            channel=channel,
        )
        if not isinstance(made, dict) or "id" not in made:
            raise Trouble("it answered without the post's id", sent=True)
        return Receipt(str(made["id"]), str(made["id"]))

    async def find(self, channel: str, delivery: str, since: datetime) -> Receipt | None:
        """Look for the post of a delivery among those since a time, whatever they are called now.

        Raises:
            Trouble: they cannot be read, or not to their end.
        """
        async for receipt in self.all(channel, delivery, since):
            return receipt
        return None

    async def all(self, channel: str, delivery: str, since: datetime) -> AsyncIterator[Receipt]:
        """Yield every post of a delivery since a time; raises as `find` does."""
        oldest = snowflake(since)
        async for thread in self._threads(channel, since):
            number = str(thread["id"])
            ours = thread.get("parent_id") == channel and int(number) >= oldest
            if ours and await self._bears(number, delivery):
                yield Receipt(number, number)

    async def _bears(self, thread: str, delivery: str) -> bool:
        """Whether the message that opened a post is the one of a delivery."""
        try:
            opening = await self._rest.call(
                "GET", "/channels/{channel}/messages/{message}", channel=thread, message=thread
            )
        except Trouble as trouble:
            if trouble.status == _NOT_FOUND:  # its first message was deleted
                return False
            raise
        return isinstance(opening, dict) and bears(opening, delivery)

    async def _threads(self, channel: str, since: datetime) -> AsyncIterator[Mapping[str, Any]]:
        """Yield the posts that are open, then those archived, the last ones first."""
        guild = str((self._seen[channel] or {}).get("guild_id", ""))
        active = await self._rest.call("GET", "/guilds/{guild}/threads/active", guild=guild)
        for thread in active["threads"]:
            yield thread
        query: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = await self._rest.call(
                "GET", "/channels/{channel}/threads/archived/public", query=query, channel=channel
            )
            for thread in page["threads"]:
                yield thread
            last = _archived(page["threads"])
            if not page.get("has_more") or last is None or last < since:
                return
            query = {"before": last.isoformat()}
        raise Trouble("more posts were archived since than can be looked through")


def _archived(threads: Sequence[Mapping[str, Any]]) -> datetime | None:
    """Return when the last of some posts was archived: the pages go on from there."""
    if not threads:
        return None
    try:
        return datetime.fromisoformat(threads[-1]["thread_metadata"]["archive_timestamp"])
    except (KeyError, TypeError, ValueError):
        raise Trouble("it did not say when a post was archived", foreign=True) from None


def _tags(forum: Mapping[str, Any]) -> list[str]:
    """Return the first tag that everybody may set, where the forum wants one."""
    if not int(forum.get("flags") or 0) & _WANTS_TAG:
        return []
    tags = [tag for tag in forum.get("available_tags") or () if not tag.get("moderated")]
    return [str(tag["id"]) for tag in tags[:1]]
