"""Forum and media channels: a message there is a post of its own, with a title."""

from collections.abc import Mapping
from typing import Any

from bot.chat.base import Posting, Receipt
from bot.chat.discord.history import FORUMS
from bot.chat.discord.payload import PICTURE, Payload, bears, thread_name
from bot.chat.discord.rest import Rest, Trouble

# https://docs.discord.com/developers/resources/channel#channel-object-channel-flags
_WANTS_TAG = 1 << 4


class Forum:
    """Starts forum posts. Discord takes no nonce for one, so it looks before it starts.

    `known` holds the channels seen to be forums, by their id.
    """

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self.known: dict[str, Mapping[str, Any]] = {}

    async def knows(self, channel: str) -> bool:
        """Ask whether a channel is a forum; Trouble where nobody can say."""
        found = await self._rest.call("GET", "/channels/{channel}", channel=channel)
        if isinstance(found, dict) and found.get("type") in FORUMS:
            self.known[channel] = found
        return channel in self.known

    async def start(self, channel: str, posting: Posting, message: Payload) -> Receipt:
        """Start the post that `message` opens, unless it stands there already."""
        standing = await self.find(channel, posting)
        if standing is not None:
            return standing
        body: Payload = {"name": thread_name(posting.message), "message": message}
        tags = _tags(self.known[channel])
        if tags:
            body["applied_tags"] = tags
        shown = posting.picture if "attachments" in message else None
        file = (PICTURE, shown.png) if shown else None
        made = await self._rest.call(
            "POST", "/channels/{channel}/threads", body=body, file=file, channel=channel
        )
        if not isinstance(made, dict) or "id" not in made:
            raise Trouble("it answered without the post's id", sent=True)
        return Receipt(str(made["id"]), str(made["id"]))

    async def find(self, channel: str, posting: Posting) -> Receipt | None:
        """Look for the post of a delivery among those open and those archived last."""
        name = thread_name(posting.message)
        for thread in await self._threads(channel):
            if thread.get("parent_id") != channel or thread.get("name") != name:
                continue
            number = str(thread["id"])
            try:
                opening = await self._rest.call(
                    "GET", "/channels/{channel}/messages/{message}", channel=number, message=number
                )
            except Trouble as trouble:
                if trouble.status == 404:  # noqa: PLR2004  # its first message was deleted
                    continue
                raise
            if bears(opening, posting.id):
                return Receipt(number, number)
        return None

    async def _threads(self, channel: str) -> list[Mapping[str, Any]]:
        guild = str(self.known[channel].get("guild_id", ""))
        active = await self._rest.call("GET", "/guilds/{guild}/threads/active", guild=guild)
        archived = await self._rest.call(
            "GET", "/channels/{channel}/threads/archived/public", channel=channel
        )
        return [*active["threads"], *archived["threads"]]


def _tags(forum: Mapping[str, Any]) -> list[str]:
    """Return the first tag that everybody may set, where the forum wants one."""
    if not int(forum.get("flags") or 0) & _WANTS_TAG:
        return []
    tags = [tag for tag in forum.get("available_tags") or () if not tag.get("moderated")]
    return [str(tag["id"]) for tag in tags[:1]]
