"""Who a person is in the workspace: whether they may change a channel, and where they are.

Slack knows no right of an app's own. Whoever is a full member of the workspace may say what the
channels they are in are told, as they may invite the bot there or send it away; guests, and people
of another workspace in a shared channel, may ask. An operator may leave it to the workspace's
admins and owners.
"""

from collections.abc import Callable
from typing import Any

from bot.chat.base import DeliveryError
from bot.chat.slack.came import at, said
from bot.chat.slack.wire import SlackApi, refused

_KEPT_SECONDS = 300.0
_MOST_KEPT = 5_000
_PAGE = 200
_MOST_PAGES = 5
# https://docs.slack.dev/reference/objects/user-object
_NOT_THEIRS = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")


class People:
    """What Slack says of people, for five minutes; `clock` is a monotonic one, in seconds.

    With `admins` only those, and owners, of the workspace may change what a channel is told.
    """

    def __init__(self, api: SlackApi, clock: Callable[[], float], *, admins: bool = False) -> None:
        self._api = api
        self._clock = clock
        self._admins = admins
        self._may: dict[str, tuple[float, bool]] = {}
        self._home: frozenset[str] = frozenset()

    async def home(self) -> frozenset[str]:
        """Return the ids of the workspace, and of the organisation it may be a part of.

        Raises:
            DeliveryError: Slack does not know the token, or cannot be asked.
        """
        if not self._home:
            self._home = (await self._api.identity()).home
        return self._home

    async def may_configure(self, user: str) -> bool:
        """Whether a person may change what a channel is told.

        Raises:
            DeliveryError: Slack does not say who they are; the reason says why.
        """
        until, may = self._may.pop(user, (0.0, False))
        if until <= self._clock():
            answer = await self._api.call("users.info", verb="GET", query={"user": user})
            may = _full(answer, await self.home()) and (not self._admins or _leads(answer))
            until = self._clock() + _KEPT_SECONDS
        self._may[user] = until, may
        if len(self._may) > _MOST_KEPT:
            del self._may[next(iter(self._may))]
        return may

    async def channels(self, user: str) -> list[str]:
        """Return the ids of the channels that both a person and the bot are in.

        Raises:
            DeliveryError: Slack does not say.
        """
        found: list[str] = []
        cursor = ""
        for _ in range(_MOST_PAGES):
            asked: dict[str, Any] = {
                "user": user,
                "types": "public_channel,private_channel",
                "exclude_archived": "true",
                "limit": _PAGE,
            }
            answer = await self._api.call(
                "users.conversations",
                verb="GET",
                query=asked | ({"cursor": cursor} if cursor else {}),
            )
            listed = answer.get("channels")
            found += [said(each, "id") for each in (listed if isinstance(listed, list) else [])]
            cursor = said(answer, "response_metadata", "next_cursor")
            if not cursor:
                break
        return [each for each in found if each]

    async def can_post(self, channel: str) -> bool:
        """Whether the bot is in a channel; True where Slack does not say."""
        try:
            asked = {"channel": channel}
            answer = await self._api.call("conversations.info", verb="GET", query=asked)
        except DeliveryError as error:
            # A private channel that it is not in does not exist for it.
            return refused(error) != "channel_not_found"
        return at(answer, "channel", "is_member") is not False


def _leads(answer: object) -> bool:
    return any(at(answer, "user", each) is True for each in ("is_admin", "is_owner"))


def _full(answer: object, home: frozenset[str]) -> bool:
    user = at(answer, "user")
    if not isinstance(user, dict) or any(user.get(each) is True for each in _NOT_THEIRS):
        return False
    # In a channel shared with another company, its people press our buttons, too.
    named = (said(user, "team_id"), said(user, "enterprise_user", "enterprise_id"))
    theirs = frozenset(filter(None, named))
    return not theirs or not home.isdisjoint(theirs)
