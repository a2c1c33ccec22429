"""Posts to Discord's channels, threads and forums."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from bot.channel import Channel
from bot.chat.base import DeliveryError, Fate, Posting, Receipt
from bot.chat.discord.answers import digested
from bot.chat.discord.forum import Forum
from bot.chat.discord.history import history
from bot.chat.discord.parent import MESSAGE, edit
from bot.chat.discord.payload import PICTURE, Payload, Sign, bears, components, embed
from bot.chat.discord.refusals import delivery_error
from bot.chat.discord.rest import API, Rest, Trouble, Turn, at_once
from bot.chat.pressing import pressed_for

# "in the past few minutes", says the documentation; 90 s is what is relied on.
# https://docs.discord.com/developers/resources/message#create-message
_SAME_NONCE = timedelta(seconds=90)
_NO_TIME = timedelta(0)

# Refusals of one way to post, after which a plainer one is worth a try.
_BAD_FORM = frozenset({0, 50006, 50035})
_BAD_PICTURE = frozenset({40005, 50013, 50045, 50046, 50110, 50123, 400001})
_BAD_REPLY = frozenset({10008, 160002})
_NO_TEXT = frozenset({40058, 50008, 50024})
_THREAD_LOST = frozenset({10003, 50083, 160005})
_BAD_REQUEST, _NOT_FOUND, _TOO_LARGE = 400, 404, 413


@dataclass(frozen=True)
class _Way:
    """One way to post: where, as a reply or not, in which form, with or without a picture."""

    place: str
    reply: str = ""
    rich: bool = True
    picture: bool = False
    forum: bool = False

    def plainer(self, channel: str, trouble: Trouble) -> Self | None:
        """Return what is left to try after a definite refusal; None where that stands."""
        code, status = trouble.code, trouble.status
        if self.place != channel and code in _THREAD_LOST:
            return replace(self, place=channel, reply="")
        if self.reply and code in _BAD_REPLY:
            return replace(self, reply="")
        if self.picture and (code in _BAD_PICTURE or status == _TOO_LARGE):
            return replace(self, picture=False)
        malformed = status == _BAD_REQUEST and code in _BAD_FORM and not trouble.foreign
        return replace(self, rich=False) if self.rich and malformed else None


class DiscordMessenger:
    """Posts over REST alone, no gateway needed; one delivery id makes one message.

    What Discord refuses definitely is tried in a plainer way under the same nonce: as an embed,
    without the picture, not as a reply. What it may have taken is never tried again here.
    `patience` is in seconds, for each call; `turn` is awaited before each but the first posting,
    for which the outbox has waited already.
    """

    platform = "discord"

    def __init__(
        self, token: str, api: str = API, *, patience: float = 15.0, turn: Turn = at_once
    ) -> None:
        self._rest = Rest(token, api, patience=patience, turn=turn)
        self._forum = Forum(self._rest)

    async def send(self, channel: Channel, posting: Posting, /) -> Receipt:
        """Post one message, its parent edited first; see `bot.chat.base.Messenger`."""
        way = self._first(channel, posting)
        try:
            await edit(self._rest, way.place, posting)
            return await self._post(channel.address, posting, way)
        except Trouble as trouble:
            raise delivery_error(trouble, channel.address) from None

    async def same_id(self, channel: Channel, posting: Posting, /) -> timedelta:
        """Return how long Discord knows a nonce; a post of a forum has none."""
        way = self._first(channel, posting)
        try:
            return _NO_TIME if await self._forum.knows(way.place) else _SAME_NONCE
        except Trouble:
            # Nobody can say: then the history decides.
            return _NO_TIME

    async def find(self, channel: Channel, posting: Posting, since: datetime, /) -> Receipt | None:
        """Look for a message in the history since a time; see `bot.chat.base.Messenger`."""
        way = self._first(channel, posting)
        try:
            try:
                return await self._found(channel.address, posting, way, since)
            except Trouble as trouble:
                if trouble.code not in _NO_TEXT or way.forum:
                    raise
                way = await self._as_forum(way, trouble)
                return await self._found(channel.address, posting, way, since)
        except Trouble as trouble:
            raise delivery_error(trouble, channel.address, posting=False) from None

    async def copies(
        self, channel: Channel, delivery: str, standing: Receipt, since: datetime, /
    ) -> Sequence[Receipt]:
        """Return every message of a delivery; see `bot.chat.base.Messenger`."""
        place = standing.thread or channel.address
        try:
            if standing.id == standing.thread:
                # It opened a post of a forum, and so does every copy of it.
                await self._forum.knows(channel.address)
                return [each async for each in self._forum.all(channel.address, delivery, since)]
            found = [
                _receipt(message, place, channel.address)
                async for message in history(self._rest, place, since)
                if bears(message, delivery)
            ]
            return list(dict.fromkeys(found))
        except Trouble as trouble:
            raise delivery_error(trouble, channel.address, posting=False) from None

    async def remove(self, channel: Channel, copy: Receipt, /) -> None:
        """Take back a message; see `bot.chat.base.Messenger`."""
        place = copy.thread or channel.address
        try:
            await self._rest.call("DELETE", MESSAGE, channel=place, message=copy.id)
        except Trouble as trouble:
            if trouble.status != _NOT_FOUND:
                raise delivery_error(trouble, channel.address, posting=False) from None

    async def close(self) -> None:
        """Let go of connections."""
        await self._rest.close()

    def _first(self, channel: Channel, posting: Posting) -> _Way:
        if not channel.address.isascii() or not channel.address.isdigit():
            raise DeliveryError(
                f"Discord channel {channel.address[:40]!r} is no channel id. Right-click the "
                "channel, choose Copy Channel ID, and give that number.",
                fate=Fate.CHANNEL,
            )
        parent = posting.parent
        place = (parent.thread if parent else "") or channel.address
        return _Way(
            place,
            reply=parent.id if parent else "",
            picture=posting.picture is not None,
            forum=self._forum.known(place),
        )

    async def _found(
        self, channel: str, posting: Posting, way: _Way, since: datetime
    ) -> Receipt | None:
        if way.forum:
            return await self._forum.find(way.place, posting.id, since)
        async for message in history(self._rest, way.place, since):
            if bears(message, posting.id):
                return _receipt(message, way.place, channel)
        return None

    async def _post(self, channel: str, posting: Posting, way: _Way) -> Receipt:
        booked = True
        while True:
            try:
                return await self._once(channel, posting, way, booked=booked)
            except Trouble as trouble:
                if trouble.sent:
                    raise
                if trouble.code in _NO_TEXT and not way.forum:
                    way = await self._as_forum(way, trouble)
                else:
                    other = way.plainer(channel, trouble)
                    if other is None:
                        raise
                    way = other
            booked = False

    async def _as_forum(self, way: _Way, refusal: Trouble) -> _Way:
        if not await self._forum.knows(way.place):
            raise refusal
        return replace(way, forum=True, reply="")

    async def _once(self, channel: str, posting: Posting, way: _Way, *, booked: bool) -> Receipt:
        alt = posting.picture.alt if posting.picture and way.picture else None
        body = _drawn(posting, alt, rich=way.rich)
        if way.forum:
            return await self._forum.start(channel, posting, body, booked=booked)
        if way.reply:
            body["message_reference"] = {"message_id": way.reply, "fail_if_not_exists": False}
        body |= {"nonce": posting.id, "enforce_nonce": True}
        file = (PICTURE, posting.picture.png) if posting.picture and way.picture else None
        made = await self._rest.call(
            "POST",
            "/channels/{channel}/messages",
            body=body,
            file=file,
            booked=booked,
            channel=way.place,
        )
        return _receipt(made, way.place, channel)


def _drawn(posting: Posting, alt: str | None, *, rich: bool) -> Payload:
    sign = Sign.of(posting.id)
    if posting.digest is not None and rich:
        return digested(posting.digest, sign, alt)
    draw = components if rich else embed
    return draw(posting.message, sign, alt, pressed_for(posting, posting.message))


def _receipt(message: Any, place: str, channel: str) -> Receipt:
    if not isinstance(message, dict) or not message.get("id"):
        raise Trouble("it answered without the message's id", sent=True)
    return Receipt(str(message["id"]), "" if place == channel else place)
