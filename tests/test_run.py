"""The long run on a loopback Hub and a real store: what is due, what fails, what comes back."""

import asyncio
import gc
import os
import signal
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.channel import Channel
from bot.chat.base import DeliveryError, Fate, Posting, Receipt
from bot.dispatch import Worker
from bot.hub.live import LiveHub
from bot.hub.port import Hub, Reading
from bot.run import Runner
from bot.store.connect import Connection, connect
from bot.store.embedded import EmbeddedServer
from bot.store.keys import Keys
from bot.store.store import Store
from detectors.labs import Labs
from detectors.metric import Kind
from tests.hub_faults import Hang, Status
from tests.hub_listing import Row, hub_models
from tests.hub_looks import PATIENT
from tests.hub_server import LoopbackHub
from tests.looks import CHANNEL, Told, days, look_all, told, watching, working
from tests.tap import Tap

TOP = "top 3 by trending in all confirm 1 of 1"
STEP = timedelta(seconds=0.1)
LONG = timedelta(hours=1)
PULSE = Kind.PULSE


def real_clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class Stepped:
    """A live Hub whose clock goes on by exactly one interval a look."""

    live: Hub
    now: datetime = field(default_factory=real_clock)
    given: list[weakref.ref[Reading]] = field(default_factory=list)

    async def pulse(self) -> Reading:
        self.now += STEP
        return self._stepped(await self.live.pulse())

    async def census(self) -> Reading:
        self.now += STEP
        return self._stepped(await self.live.census())

    def _stepped(self, reading: Reading) -> Reading:
        reading = replace(reading, taken_at=self.now)
        self.given.append(weakref.ref(reading))
        return reading


@dataclass
class Run:
    """A Runner at work, and everything a test may want to look at or to turn."""

    loopback: LoopbackHub
    store: Store
    told: Told
    task: asyncio.Task[None]
    hub: Hub
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def finish(self) -> None:
        self.stop.set()
        await asyncio.wait_for(self.task, 10)

    async def looks(self, count: int = 1) -> None:
        """Wait for so many looks to be committed from now on."""
        cycle = (await self.store.state()).cycle + count
        while (await self.store.state()).cycle < cycle:
            await self.lives()

    async def until(self, reached: Callable[[], bool]) -> None:
        while not reached():
            await self.lives()

    async def lives(self) -> None:
        await asyncio.sleep(0.01)
        if self.task.done():
            self.task.result()
            pytest.fail("the run has ended")


@dataclass
class Bench:
    """What runs are made of; `run` starts one and stops it at the end."""

    connection: Connection
    labs: Labs
    folder: Path
    loopback: LoopbackHub
    keys: Keys

    @property
    def store(self) -> Store:
        return Store(self.connection.client, self.labs, self.keys)

    @asynccontextmanager
    async def run(
        self,
        every: timedelta = STEP,
        *,
        kinds: Sequence[Kind] = (PULSE,),
        messenger: Told | None = None,
        stepped: bool = True,
    ) -> AsyncIterator[Run]:
        limits = replace(PATIENT, page_rows=50, retries=0)
        hub: Hub = LiveHub(
            endpoint=self.loopback.url,
            token=None,
            spool=self.folder,
            clock=real_clock,
            limits=limits,
        )
        clock: Callable[[], datetime] = real_clock
        if stepped:
            steps = Stepped(hub)
            hub = steps

            def clock() -> datetime:
                return steps.now

        messenger = messenger or Told()
        runner = Runner(
            hub=hub,
            watch=watching(self.store, self.labs, TOP),
            connection=self.connection,
            worker=Worker(working(self.store, messenger)),
            every=dict.fromkeys(kinds, every),
            clock=clock,
            patience=0.05,
        )
        stop = asyncio.Event()
        task = asyncio.create_task(runner.run(stop))
        running = Run(self.loopback, self.store, messenger, task, hub, stop)
        try:
            async with asyncio.timeout(20):
                yield running
        finally:
            if not task.done():
                await running.finish()


@pytest.fixture
async def bench(own: Connection, labs: Labs, keys: Keys, tmp_path: Path) -> AsyncIterator[Bench]:
    async with LoopbackHub(ranked(hub_models(60))) as loopback:
        yield Bench(own, labs, tmp_path / "crawl", loopback, keys)


def ranked(models: list[Row]) -> list[Row]:
    """Give the models trending scores in the order they are in."""
    for place, model in enumerate(models):
        model["trendingScore"] = 1000 - place
    return models


def swap(loopback: LoopbackHub, one: int, other: int) -> None:
    first, second = loopback.models[one], loopback.models[other]
    first["trendingScore"], second["trendingScore"] = (
        second["trendingScore"],
        first["trendingScore"],
    )


async def test_the_first_look_comes_at_once_and_a_stop_ends_the_run(bench: Bench) -> None:
    async with bench.run(LONG, stepped=False) as run:
        await run.looks()
        began = time.monotonic()
        await run.finish()
        assert time.monotonic() - began < 2
    notes = await bench.store.notes("pulse")
    assert [(note.rows, note.admitted) for note in notes] == [(60, True)]
    assert run.told.messages == []


async def test_looks_come_due_without_a_thread_that_could_touch_the_loop(bench: Bench) -> None:
    async with bench.run() as run:
        await run.looks(3)
        names = [thread.name for thread in threading.enumerate()]
    assert [name for name in names if name.startswith("asyncio_")] == []


async def test_after_a_restart_the_next_look_waits_for_its_interval(bench: Bench) -> None:
    async with bench.run(LONG, stepped=False) as run:
        await run.looks()
    asked = len(bench.loopback.requests)
    async with bench.run(LONG, stepped=False):
        await asyncio.sleep(0.3)
    assert len(bench.loopback.requests) == asked


async def test_what_shifts_on_the_hub_is_told(bench: Bench) -> None:
    async with bench.run() as run:
        await run.looks()
        swap(bench.loopback, 2, 7)
        await run.until(lambda: bool(run.told.lines))
        await run.looks(2)
    assert run.told.lines == ["lab-0/model-7 firing", "lab-2/model-2 resolved"]
    assert await bench.store.waiting(CHANNEL) == []


async def test_pulse_and_census_are_both_looked_at(bench: Bench) -> None:
    async with bench.run(kinds=(PULSE, Kind.CENSUS)) as run:
        while await bench.store.streams() != ["census", "pulse"]:
            await run.lives()
    (census, *_) = await bench.store.notes("census")
    assert census.rows == 60


async def test_what_was_read_is_let_go_when_its_look_is_done(bench: Bench) -> None:
    # Of a census it is some hundred MB, which would stay until the next day.
    async with bench.run(LONG, kinds=(Kind.CENSUS,)) as run:
        await run.looks()
        assert isinstance(run.hub, Stepped)
        given = run.hub.given
        assert len(given) == 1
        await run.until(lambda: gc.collect() > -1 and given[0]() is None)


async def test_a_look_that_fails_ends_with_a_reason_and_the_last_good_snapshot_stands(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async with bench.run() as run:
        await run.looks()
        standing = await bench.store.state()
        bench.loopback.faults = [Status(code=500)]
        await run.until(lambda: "ended without a snapshot" in caplog.text)
    assert "the list by trending" in caplog.text
    assert await bench.store.state() == standing
    assert len(await bench.store.notes("pulse")) == 1
    assert run.told.messages == []


async def test_that_no_good_snapshot_came_for_three_intervals_is_told_once_and_its_end_once(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async with bench.run() as run:
        await run.looks(2)
        bench.loopback.faults = [Status(code=500)]
        await run.until(lambda: bool(run.told.lines))
        asked = len(bench.loopback.requests)
        await run.until(lambda: len(bench.loopback.requests) > asked + 4)
        bench.loopback.faults = []
        await run.looks(3)
    assert run.told.lines == ["source silent firing", "source silent resolved"]
    (begun,), (ended,) = run.told.messages
    last, missed = begun.evidence.snapshots
    assert last is not None
    waited = datetime.fromisoformat(missed.split("@")[1]) - datetime.fromisoformat(
        last.split("@")[1]
    )
    assert waited == 3 * STEP
    assert "no good pulse for" in str(begun.about["detail"])
    assert ended.evidence.snapshots[0] == last
    assert "Traceback" not in caplog.text


async def test_snapshots_that_are_withheld_are_told_of_the_source_and_not_of_models(
    bench: Bench,
) -> None:
    async with bench.run() as run:
        await run.looks(2)
        models, bench.loopback.models = bench.loopback.models, bench.loopback.models[40:]
        await run.until(lambda: bool(run.told.lines))
        bench.loopback.models = models
        await run.until(lambda: len(run.told.lines) > 1)
        await run.looks()
    assert run.told.lines[0].startswith("source ")
    assert run.told.lines == [line for line in run.told.lines if line.startswith("source ")]
    assert len(run.told.lines) == 2


async def test_a_stop_does_not_wait_for_a_hub_that_hangs(bench: Bench) -> None:
    bench.loopback.faults = [Hang()]
    async with bench.run() as run:
        await bench.loopback.asked()
        began = time.monotonic()
        await run.finish()
        assert time.monotonic() - began < 2
    assert await bench.store.streams() == []


@dataclass
class Slow(Told):
    """A Messenger that takes its time."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, channel: Channel, posting: Posting, /) -> Receipt:
        self.begun.set()
        await self.go_on.wait()
        return await super().send(channel, posting)


async def test_a_stop_waits_for_the_message_that_is_being_told(bench: Bench) -> None:
    slow = Slow()
    async with bench.run(messenger=slow) as run:
        await run.looks()
        swap(bench.loopback, 2, 7)
        await slow.begun.wait()
        run.stop.set()
        await asyncio.sleep(0.05)
        assert not run.task.done()
        slow.go_on.set()
        await run.finish()
    assert slow.lines == ["lab-0/model-7 firing", "lab-2/model-2 resolved"]
    assert await bench.store.waiting(CHANNEL) == []


async def test_a_messenger_that_fails_for_now_is_tried_again_with_what_waits(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    messenger = Told(troubles=[DeliveryError("the line is down", fate=Fate.AGAIN)] * 2)
    async with bench.run(messenger=messenger) as run:
        await run.looks()
        swap(bench.loopback, 2, 7)
        await run.until(lambda: len(run.told.lines) == 2)
    assert "console cannot be reached, what waits is kept: the line is down" in caplog.text


async def test_what_an_earlier_run_left_untold_is_told_first(bench: Bench) -> None:
    risen = days(("a/a", "b/b", "c/c", "d/d"), ("d/d", "a/a", "b/b", "c/c"))
    shifts = await look_all(watching(bench.store, bench.labs), risen)
    bench.loopback.faults = [Hang()]
    async with bench.run() as run:
        await run.until(lambda: len(run.told.lines) == 2)
    assert run.told.lines == told(shifts)


async def test_a_look_whose_commit_finds_the_store_dead_is_committed_when_it_is_back(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async with bench.run() as run:
        await run.looks(2)
        pid = int((await bench.connection.client.info("server"))["process_id"])
        swap(bench.loopback, 2, 7)
        os.kill(pid, signal.SIGKILL)
        await run.until(lambda: "was started again" in caplog.text)
        await run.until(lambda: len(run.told.lines) == 2)
    assert run.told.lines == ["lab-0/model-7 firing", "lab-2/model-2 resolved"]
    times = [note.taken_at for note in await bench.store.notes("pulse")]
    assert times == [times[0] + at * STEP for at in range(len(times))]


async def test_a_store_elsewhere_is_given_time_and_the_look_is_taken_again(
    bench: Bench, server: EmbeddedServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with Tap(server.socket) as tap:
        bench.connection = await connect(tap.url, Path("unused"))
        async with bench.run() as run:
            await run.looks()
            swap(bench.loopback, 2, 7)
            # Looks are meant, not the deliveries that the worker claims beside them.
            tap.of = b":cycle"
            tap.lost = 3
            await run.until(lambda: len(run.told.lines) == 2)
        await bench.connection.close()
    assert "the answer was lost" in caplog.text
    assert run.told.lines == ["lab-0/model-7 firing", "lab-2/model-2 resolved"]
