"""The week, told to every channel at its own hour."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
            if week is None or (not held and now - moment_of(own, now) > NEWCOMER):
                if not held:
                    await self._welcome(channel, own, now)
                continue
            if week <= held:
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

        The week whose hour has passed is not told to who was not there.
        """
        passed = now >= moment_of(own, now)
        week = week_of(own, now if passed else now - timedelta(days=7))
        await self.store.digests.tell(channel, week, None)


def _delivery(channel: Channel, week: str, found: Digest) -> Delivery:
    return Delivery(
        id=named(channel.key, "digest", week),
        channel=channel.key,
        form=Form.MESSAGE,
        lane=Lane.LATER,
        message=found.message,
        digest=found,
    )
