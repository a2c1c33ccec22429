"""The week, told to every channel at its own hour."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.channel import Channel
from bot.channel_settings import ChannelSettings
from bot.delivery import Delivery, Form, Lane, named
from bot.digest import Week, digest_of, week_to
from bot.digest.due import due, moment_of, week_of
from bot.digest.wants import Wants
from bot.lookups.held import NothingHeld
from bot.render.weekly import Digest
from bot.store.store import Store

log = logging.getLogger(__name__)

NEWCOMER = timedelta(hours=1)
"""A channel that is new does not get the week whose hour passed longer ago."""

_KNOWN = "~"
"""Between the last week that is not told to a channel and since when the channel is known."""

WantsOf = Callable[[Channel, ChannelSettings], Awaitable[Wants]]


@dataclass
class Digests:
    """Queues the digest of each channel that is due; asked as often as one likes.

    `first` are the channels that settings name, `wants_of` says what a channel watches. A week
    and its delivery are noted in one step, so that a channel gets one in each ISO week.
    """

    store: Store
    first: Sequence[Channel]
    wants_of: WantsOf
    clock: Callable[[], datetime]

    async def tick(self) -> int:
        """Queue what is due now; return how many digests that were.

        Raises:
            StoreError: the store failed; the next tick goes on.
        """
        now = self.clock()
        whole: Week | None = None
        named_here = {each.place for each in self.first}
        decided = await self.store.digests.channels()
        channels = [*self.first, *(each for each in decided if each.place not in named_here)]
        weeks = await self.store.digests.weeks(channels)
        settings = await self.store.channel_settings.of_many(weeks)
        told = 0
        for channel in channels:
            own, held = settings[channel.key], weeks[channel.key]
            week = due(own, now)
            if week is None or moment_of(own, now) < _since(held, now):
                if not held:
                    await self._welcome(channel, own, now)
                continue
            if week <= held.partition(_KNOWN)[0]:
                continue
            try:
                # Read once for all channels that are due in this minute.
                whole = whole or await week_to(self.store, now)
            except NothingHeld as nothing:
                log.info("no digest yet: %s", nothing)
                return told
            found = digest_of(whole, await self.wants_of(channel, own))
            told += await self.store.digests.tell(channel, week, _delivery(channel, week, found))
        return told

    async def _welcome(self, channel: Channel, own: ChannelSettings, now: datetime) -> None:
        """Note that a channel is known from now on: a digest that is late is not too late then.

        The week whose hour has passed is not told to who was not there; where they choose an hour
        of the same week that is still to come, it is.
        """
        week = week_of(own, now - timedelta(days=7))
        await self.store.digests.tell(channel, f"{week}{_KNOWN}{now.isoformat()}", None)


def _since(held: str, now: datetime) -> datetime:
    """Return the hour from which on a digest is for a channel, by what is noted of it."""
    known = held.partition(_KNOWN)[2]
    if held and not known:
        return datetime.min.replace(tzinfo=UTC)
    return (datetime.fromisoformat(known) if known else now) - NEWCOMER


def _delivery(channel: Channel, week: str, found: Digest) -> Delivery:
    return Delivery(
        id=named(channel.key, "digest", week),
        channel=channel.key,
        form=Form.MESSAGE,
        lane=Lane.LATER,
        message=found.message,
        digest=found,
    )
