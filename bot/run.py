"""The long run: looks when they are due, tells what they say, survives what fails."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.chat.base import DeliveryError, Messenger
from bot.dispatch import drain
from bot.hub.port import Hub, HubError, Reading
from bot.store.connect import Connection
from bot.store.errors import StoreError
from bot.store.store import Store
from bot.watch import OutOfOrder, Watch
from detectors.health import AGREEING
from detectors.metric import Kind

log = logging.getLogger(__name__)

# A source without a good Snapshot for so many intervals is in trouble, and that is told.
SILENT_AFTER = AGREEING


@dataclass
class Runner:
    """Drives looks at a live Hub by the clock, one at a time for each kind.

    `every` names the kinds that are watched and their intervals. A look that fails ends with a
    logged reason; the last good Snapshot stands and the next look comes when it is due.
    """

    hub: Hub
    watch: Watch
    store: Store
    connection: Connection
    messenger: Messenger
    channel: str
    every: dict[Kind, timedelta]
    clock: Callable[[], datetime]
    _due: dict[Kind, asyncio.Event] = field(default_factory=dict)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    _since: dict[Kind, datetime] = field(default_factory=dict)

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop` is set, then finish what is being told and return.

        Raises:
            DeliveryError: the only channel is gone for good.
        """
        scheduler = AsyncIOScheduler(timezone="UTC")
        for kind in self.every:
            self._due[kind] = asyncio.Event()
            self._since[kind] = self.clock()
        await self._tell()
        for kind, every in self.every.items():
            await self._schedule(scheduler, kind, every)
        scheduler.start()
        try:
            async with asyncio.TaskGroup() as group:
                looks = [group.create_task(self._looks(kind)) for kind in self.every]
                await stop.wait()
                # A commit under way is finished first: nothing is cut in the middle.
                async with self._one:
                    for task in looks:
                        task.cancel()
        except* DeliveryError as gone:
            raise gone.exceptions[0] from None
        finally:
            scheduler.shutdown(wait=False)

    async def _schedule(self, scheduler: AsyncIOScheduler, kind: Kind, every: timedelta) -> None:
        """Look now, or when the last good Snapshot is an interval old; then again and again."""
        last = await self.watch.last_good(kind.value)
        now = self.clock()
        first = now if last is None else max(now, last.taken_at + every)
        # Jobs live in memory and only say that a look is due; late ones run, once.
        scheduler.add_job(
            self._due[kind].set,
            IntervalTrigger(seconds=every.total_seconds(), start_date=first),
            next_run_time=first,
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )

    async def _looks(self, kind: Kind) -> None:
        while True:
            await self._due[kind].wait()
            self._due[kind].clear()
            try:
                await self._look(kind)
            except StoreError as error:
                log.error("%s", error)  # noqa: TRY400 - the sentence says it all
                await self._mend()

    async def _look(self, kind: Kind) -> None:
        try:
            reading = await self._read(kind)
        except HubError as error:
            log.warning("the %s ended without a snapshot: %s", kind.value, error)
            await self._silence(kind, str(error))
            return
        for note in reading.notes:
            log.info("%s: %s", kind.value, note)
        async with self._one:
            try:
                outcome = await self.watch.look(reading)
            except OutOfOrder as error:
                log.info("another Hubshift on this store was first: %s", error)
                return
        if outcome.note.admitted:
            log.info(
                "%s: %d models, %d shifts", outcome.note.id, outcome.note.rows, len(outcome.shifts)
            )
        else:
            log.warning(
                "%s is withheld as %s: %s",
                outcome.note.id,
                outcome.note.reason.value,
                outcome.note.detail,
            )
            await self._silence(kind, outcome.note.detail)
        await self._tell()

    async def _read(self, kind: Kind) -> Reading:
        return await (self.hub.pulse() if kind is Kind.PULSE else self.hub.census())

    async def _silence(self, kind: Kind, why: str) -> None:
        """Tell once that no good Snapshot has come for three intervals."""
        last = await self.watch.last_good(kind.value)
        since = last.taken_at if last else self._since[kind]
        quiet = self.clock() - since
        if quiet < SILENT_AFTER * self.every[kind]:
            return
        detail = f"no good {kind.value} for {quiet.total_seconds() / 3600:.1f} hours: {why}"
        async with self._one:
            await self.watch.miss(kind.value, self.clock(), detail)
        await self._tell()

    async def _tell(self) -> None:
        async with self._one:
            try:
                await drain(self.store, self.channel, self.messenger)
            except DeliveryError as error:
                if error.permanent:
                    raise
                log.warning("%s cannot be reached, what waits is kept: %s", self.channel, error)

    async def _mend(self) -> None:
        """Bring the embedded server back if it has died; a server elsewhere is waited for."""
        if self.connection.server is None:
            return
        try:
            if await self.connection.server.ensure():
                log.warning("the embedded store had ended and was started again")
        except StoreError as error:
            log.error("%s", error)  # noqa: TRY400 - the sentence says it all
