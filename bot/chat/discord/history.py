"""What stands in a channel since a time, and whether it can be read at all."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.chat.discord import limits
from bot.chat.discord.rest import Rest, Trouble

# https://docs.discord.com/developers/resources/channel#channel-object-channel-types
FORUMS = frozenset({15, 16})
_MESSAGES = "/channels/{channel}/messages"
# This machine's clock and Discord's may differ by so much.
_SKEW = timedelta(minutes=2)
_MOST_PAGES = 100
_STOPS = frozenset({0, 401, 429})
_BROKEN = 500
_NO_PERMISSION, _FORUM = 50013, 40058


def snowflake(at: datetime) -> int:
    """Return the smallest id that a message of this time can have."""
    return max(int(at.timestamp() * 1000) - limits.EPOCH_MS, 0) << 22


async def history(rest: Rest, channel: str, since: datetime) -> AsyncIterator[Mapping[str, Any]]:
    """Yield every message since a time, a little before it too.

    Who may not read a channel's history is given an empty list and no error, which would read as
    "it never arrived"; that is told apart here.
    https://docs.discord.com/developers/resources/message#get-channel-messages

    The newest come first, whatever the clocks say, and again among all those since.

    Raises:
        Trouble: it cannot be read, or not to its end.
    """
    newest = await _page(rest, channel, {"limit": str(limits.MOST_PAGE)})
    for message in newest:
        yield message
    if not newest:
        await _nothing_there(rest, channel)
    if len(newest) < limits.MOST_PAGE:
        return
    after, seen = snowflake(since - _SKEW), 0
    for _ in range(_MOST_PAGES):
        page = await _page(rest, channel, {"after": str(after), "limit": str(limits.MOST_PAGE)})
        for message in page:
            yield message
        seen += len(page)
        if len(page) < limits.MOST_PAGE:
            break
        after = max(int(message["id"]) for message in page)
    else:
        raise Trouble(f"more than {seen:,} messages came in since, too many to look through")


async def _page(rest: Rest, channel: str, query: Mapping[str, str]) -> list[Mapping[str, Any]]:
    page = await rest.call("GET", _MESSAGES, query=query, channel=channel)
    if not isinstance(page, list):
        raise Trouble("it answered with something that is no history", foreign=True)
    return page


async def _nothing_there(rest: Rest, channel: str) -> None:
    """Trouble where a channel shows no message although it has had some, or is a forum."""
    try:
        found = await rest.call("GET", "/channels/{channel}", channel=channel)
    except Trouble as trouble:
        if trouble.status in _STOPS or trouble.status >= _BROKEN:
            raise
        return
    if not isinstance(found, dict):
        raise Trouble("it did not say what kind of channel it is", foreign=True)
    if found.get("type") in FORUMS:
        raise Trouble("a forum has no history of its own", status=400, code=_FORUM)
    if found.get("last_message_id"):
        raise Trouble(
            "its history is shown as empty, so the bot lacks Read Message History",
            status=403,
            code=_NO_PERMISSION,
        )
