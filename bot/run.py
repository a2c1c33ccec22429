"""The long run: looks when they are due, tells what they say, survives what fails."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.digests import Digests
from bot.dispatch import Worker
from bot.hub.port import Hub, HubError, Reading
from bot.look import Outcome, OutOfOrder
from bot.retention import Retention
from bot.store.connect import Connection
from bot.store.errors import StoreError
from bot.watch import Watch
from bot.web.meters import Meters
from detectors.health import AGREEING
from detectors.metric import Kind

log = logging.getLogger(__name__)

# A source without a good Snapshot for so many intervals is in trouble, and that is told.
SILENT_AFTER = AGREEING
_MINUTE = 60
_PATIENCE = 0.2


@dataclass
class Runner:
    """Drives looks at a live Hub by the clock, one at a time for each kind.

    `every` names the kinds that are watched and their intervals, `patience` the seconds that a
    store elsewhere is given to come back. A look that fails ends with a logged reason; the last
    good Snapshot stands and the next look comes when it is due. After each census what
    `retention` does not keep any longer is dropped.
    """

    hub: Hub
    watch: Watch
    connection: Connection
    worker: Worker
    every: dict[Kind, timedelta]
    clock: Callable[[], datetime]
    retention: Retention | None = None
    digests: Digests | None = None
    patience: float = 30.0
    meters: Meters = field(default_factory=Meters)
    _due: dict[Kind, asyncio.Event] = field(default_factory=dict)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    _since: dict[Kind, datetime] = field(default_factory=dict)

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop` is set, then finish what is being told and return."""
        scheduler = AsyncIOScheduler(timezone="UTC")
        for kind in self.every:
            self._due[kind] = asyncio.Event()
            self._since[kind] = self.clock()
        for kind, every in self.every.items():
            await self._schedule(scheduler, kind, every)
        ticker = self._ticker(scheduler)
        scheduler.start()
        told = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.worker.run(told, self._mend))
                looks = [group.create_task(self._looks(kind)) for kind in self.every]
                if self.digests is not None:
                    looks.append(group.create_task(self._weeks(self.digests, ticker, stop)))
                await stop.wait()
                # A commit under way is finished first: nothing is cut in the middle.
                async with self._one:
                    await _ended(looks)
                told.set()
        finally:
            scheduler.shutdown(wait=False)

    async def _schedule(self, scheduler: AsyncIOScheduler, kind: Kind, every: timedelta) -> None:
        """Look now, or when the last good Snapshot is an interval old; then again and again."""
        last = await self.watch.last_good(kind.value)
        now = self.clock()
        first = now if last is None else max(now, last.taken_at + every)
        # Jobs live in memory and only say that a look is due; late ones run, once.
        scheduler.add_job(
            _say,
            args=(self._due[kind],),
            trigger=IntervalTrigger(seconds=every.total_seconds(), start_date=first),
            next_run_time=first,
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )

    def _ticker(self, scheduler: AsyncIOScheduler) -> asyncio.Event:
        """Return what is set each minute, and at once."""
        ticker = asyncio.Event()
        ticker.set()
        trigger = IntervalTrigger(seconds=_MINUTE)
        scheduler.add_job(
            _say, args=(ticker,), trigger=trigger, misfire_grace_time=None, coalesce=True
        )
        return ticker

    async def _weeks(self, digests: Digests, ticker: asyncio.Event, stop: asyncio.Event) -> None:
        """Queue each channel's digest when it is due; one that fails is due a minute later.

        It looks for `stop` itself: redis-py lets a cancellation get lost at times.
        """
        while not stop.is_set():
            await ticker.wait()
            ticker.clear()
            try:
                told = await digests.tick()
            except StoreError as error:
                log.warning("no digest was queued, the next minute tries again: %s", error)
                continue
            if told:
                log.info("%d digests are on their way", told)
                self.worker.nudge()

    async def _looks(self, kind: Kind) -> None:
        while True:
            await self._due[kind].wait()
            self._due[kind].clear()
            await self._once(kind)

    async def _once(self, kind: Kind) -> None:
        """Read and take in one look; a loop would hold on to what was read until the next day."""
        found = await self._read(kind)
        try:
            await self._take(kind, found)
        except StoreError as error:
            log.error("%s", error)  # noqa: TRY400 - the sentence says it all
            self.meters.unkept(kind)
            await self._again(kind, found)

    async def _read(self, kind: Kind) -> Reading | HubError:
        begun = time.monotonic()
        try:
            reading = await (self.hub.pulse() if kind is Kind.PULSE else self.hub.census())
        except HubError as error:
            log.warning("the %s ended without a snapshot: %s", kind.value, error)
            self.meters.unread(kind)
            return error
        self.meters.fetched(kind, time.monotonic() - begun)
        for note in reading.notes:
            log.info("%s: %s", kind.value, note)
        return reading

    async def _again(self, kind: Kind, found: Reading | HubError) -> None:
        """Once the store is mended, or after a while, try once more: a census took an hour."""
        try:
            await self._mend()
            await self._take(kind, found)
        except StoreError as error:
            log.error("%s", error)  # noqa: TRY400 - as above

    async def _take(self, kind: Kind, found: Reading | HubError) -> None:
        """Commit what a look found, and tell what it says."""
        if isinstance(found, HubError):
            await self._silence(kind, str(found))
        else:
            await self._look(kind, found)
        self.worker.nudge()

    async def _look(self, kind: Kind, reading: Reading) -> None:
        begun = time.monotonic()
        async with self._one:
            try:
                outcome = await self.watch.look(reading)
            except OutOfOrder as error:
                log.info("nothing to compare, perhaps another Hubshift was first: %s", error)
                return
        self._count(kind, outcome, time.monotonic() - begun)
        if kind is Kind.CENSUS:
            await self._thin()
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

    def _count(self, kind: Kind, outcome: Outcome, seconds: float) -> None:
        became = "admitted" if outcome.note.admitted else "withheld"
        self.meters.looked(kind, "held already" if outcome.held_already else became, seconds)
        for shift in (*outcome.shifts, *outcome.held_back):
            self.meters.shifted(shift)

    async def _thin(self) -> None:
        if self.retention is None:
            return
        async with self._one:
            try:
                dropped = await self.watch.thin(self.retention)
            except StoreError as error:
                log.warning(
                    "not all that is old was dropped, the next census goes on with it: %s", error
                )
                return
        if dropped.snapshots:
            log.info("%d snapshots were dropped that are not kept any longer", dropped.snapshots)

    async def _silence(self, kind: Kind, why: str) -> None:
        """Commit once that no good Snapshot has come for three intervals."""
        async with self._one:
            last = await self.watch.last_good(kind.value)
            # The time in which nobody looked is not the source's silence.
            begun = self._since[kind]
            since = max(last.taken_at, begun) if last else begun
            quiet = self.clock() - since
            if quiet < SILENT_AFTER * self.every[kind]:
                return
            detail = f"no good {kind.value} for {quiet.total_seconds() / 3600:.1f} hours: {why}"
            await self.watch.miss(kind.value, self.clock(), detail)

    async def _mend(self) -> None:
        """Bring the embedded server back if it has died; a server elsewhere is waited for."""
        if self.connection.server is None:
            await asyncio.sleep(self.patience)
        elif await self.connection.server.ensure():
            log.warning("the embedded store had ended and was started again")


async def _ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks until they end: the store's client may swallow it while it connects."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_PATIENCE)


async def _say(due: asyncio.Event) -> None:
    """Say that a look is due; a coroutine, because plain jobs run in a thread of their own."""
    due.set()
