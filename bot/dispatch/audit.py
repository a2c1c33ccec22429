"""A second look at what was posted again: what came late after all is taken back."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass

from bot.channel import EVERY
from bot.chat.base import DeliveryError, Fate, Messenger
from bot.dispatch.work import SKEW, Works
from bot.store.errors import StoreError
from bot.store.outbox import Audit, Audits

log = logging.getLogger(__name__)

_AT_A_TIME = 8
LOOKS = 4
"""Looks at a message that was posted again: 1, 2, 4 and 8 settle times after one another."""


@dataclass(frozen=True)
class Auditor:
    """Reads the history again where a message was not found, was posted again, and may come late.

    The message that the store knows stays; a copy of it goes. What cannot be taken back is
    counted as a duplicate, and stands in the channel's log.
    """

    works: Works
    audits: Audits

    async def run(self, over: asyncio.Event) -> None:
        """Look at what is due until it is over; redis-py lets a cancellation get lost at times."""
        poll = self.works.timing.poll.total_seconds() * 4
        while not over.is_set():
            try:
                await self.look()
            except StoreError as error:
                log.warning("nothing was looked at again: %s", error)
            except Exception:
                # A fault of ours: what is due stays due, and the messages go on.
                log.exception("a second look failed unexpectedly")
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), poll)

    async def look(self) -> int:
        """Look at what is due now; return how many messages that were."""
        platforms = sorted({platform for platform, _ in self.works.desk})
        due = await self.audits.claim(platforms, _AT_A_TIME, self.works.timing.lease)
        for each in due:
            await self._one(each)
        return len(due)

    async def _one(self, each: Audit) -> None:
        own = (each.channel.platform, each.channel.tenant)
        messenger = self.works.desk.get(own) or self.works.desk.get((own[0], EVERY))
        if messenger is None:
            return
        try:
            async with asyncio.timeout(self.works.timing.timeout.total_seconds()):
                standing, taken_back = await self._taken_back(each, messenger)
        except TimeoutError:
            return
        except DeliveryError as error:
            if error.fate in {Fate.NEVER, Fate.CHANNEL}:
                # It will never be seen; nothing is known to stand there twice.
                await self.audits.note(each, standing=0, taken_back=0, again=None)
            return
        again = None if each.looks + 1 >= LOOKS else self.works.timing.settle * 2**each.looks
        await self.audits.note(each, standing=standing, taken_back=taken_back, again=again)

    async def _taken_back(self, each: Audit, messenger: Messenger) -> tuple[int, int]:
        """Return how many copies still stand, and how many do no longer."""
        since = each.since - SKEW
        found = await messenger.copies(each.channel, each.delivery, each.receipt, since)
        copies = [copy for copy in found if copy.id != each.receipt.id]
        gone = 0
        for copy in copies:
            try:
                await messenger.remove(each.channel, copy)
            except DeliveryError as error:
                log.warning(
                    "a message stands twice in %s and cannot be taken back: %s",
                    each.channel.shown,
                    error,
                )
            else:
                gone += 1
        return len(copies) - gone, gone
