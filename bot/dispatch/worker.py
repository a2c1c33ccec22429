"""A worker: claims what is due, many channels at a time, and works it off until it is stopped."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bot.dispatch.audit import Auditor
from bot.dispatch.work import Outcome, Works
from bot.store.errors import StoreError
from bot.store.outbox import Claim

log = logging.getLogger(__name__)

AT_A_TIME = 64
"""Deliveries under way in one worker; a platform's pace is kept across all of them."""
_FAREWELL = 5.0


async def _wait() -> None:
    """Give a store that is away some time to come back."""
    await asyncio.sleep(1)


@dataclass
class Worker:
    """Works off what is due, beside as many other workers as there are, here and elsewhere.

    `nudge` says that something may be due now.
    """

    works: Works
    at_a_time: int = AT_A_TIME
    told: int = 0
    _due: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _mend: Callable[[], Awaitable[None]] = _wait

    @property
    def platforms(self) -> Sequence[str]:
        """The platforms that this worker has a Messenger for, sorted."""
        return sorted({platform for platform, _ in self.works.desk})

    def nudge(self) -> None:
        """Say that something may be due now."""
        self._due.set()

    async def run(self, stop: asyncio.Event, mend: Callable[[], Awaitable[None]] = _wait) -> None:
        """Work until `stop` is set; then finish what is under way, and tell what is due.

        `mend` is awaited when the store has failed.
        """
        self._mend = mend
        stopping = asyncio.create_task(stop.wait())
        auditor, over = Auditor(self.works, self.works.composer.store.audits), asyncio.Event()
        auditing = asyncio.create_task(auditor.run(over))
        try:
            while not stop.is_set():
                claimed = await self._claim()
                if claimed == 0 or len(self._tasks) >= self.at_a_time:
                    await self._pause(stopping)
            await self._farewell()
        finally:
            await self._finish()
            over.set()
            for task in (stopping, auditing):
                task.cancel()
            # A call to the store that is broken off ends before the store is closed.
            await asyncio.gather(stopping, auditing, return_exceptions=True)

    async def _claim(self) -> int:
        """Claim as much as there is room for and start on it; return how many."""
        self._due.clear()
        room = self.at_a_time - len(self._tasks)
        try:
            lease = self.works.timing.lease
            claims = await self.works.outbox.claim(self.platforms, room, lease) if room else []
        except StoreError as error:
            log.error("%s", error)  # noqa: TRY400 - the sentence says it all
            await self._mended()
            return 0
        for claim in claims:
            task = asyncio.create_task(self._one(claim))
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        return len(claims)

    async def _one(self, claim: Claim) -> None:
        try:
            outcome = await self.works.work(claim)
        except StoreError as error:
            log.error("%s", error)  # noqa: TRY400 - as above
            return
        log.debug("delivery %s to %s: %s", claim.delivery.id, claim.channel.shown, outcome)
        self.told += outcome in {Outcome.TOLD, Outcome.THERE}
        if outcome in {Outcome.WAITS, Outcome.REFUSED}:
            reason = self.works.reasons.get(claim.channel.key, "")
            log.warning("%s cannot be reached, what waits is kept: %s", claim.channel.shown, reason)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._due.set()
        if not task.cancelled() and task.exception() is not None:
            # A fault of ours; the lease ends, and the delivery is tried anew.
            log.error("a delivery failed unexpectedly", exc_info=task.exception())

    async def _pause(self, stopping: asyncio.Task[bool]) -> None:
        """Wait until something may be due, or it is time to look again."""
        due = asyncio.create_task(self._due.wait())
        poll = self.works.timing.poll.total_seconds()
        try:
            await asyncio.wait({due, stopping}, timeout=poll, return_when="FIRST_COMPLETED")
        finally:
            due.cancel()

    async def _mended(self) -> None:
        try:
            await self._mend()
        except StoreError as error:
            log.error("%s", error)  # noqa: TRY400 - as above
            await asyncio.sleep(self.works.timing.poll.total_seconds())

    async def _farewell(self) -> None:
        """Tell what is due now, for a few seconds at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                while await self._claim() or self._tasks:
                    await asyncio.sleep(0.001)
                    if self._tasks:
                        await asyncio.wait(set(self._tasks), return_when="FIRST_COMPLETED")

    async def _finish(self) -> None:
        """Let what is under way come to its end: nothing is cut in the middle."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))
