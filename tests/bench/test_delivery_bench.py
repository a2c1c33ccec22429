"""How fast subscriptions are found and alerts posted, on the real store: for `make bench`."""

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from redis.asyncio import Redis

from bot.channel import Channel
from bot.chat.base import Messenger, Posting, Receipt
from bot.deliveries import Rooms, fan_out
from bot.dispatch import Composer, Timing, Worker, Works
from bot.look import Look
from bot.store.embedded import EmbeddedServer
from bot.store.keys import Keys
from bot.store.sealed import sealed
from bot.store.store import Store
from bot.subscriptions import Subscription
from detectors.labs import Labs
from detectors.shift import Severity
from tests.crash_world import shift
from tests.looks import Forgetful
from tests.world import day

RULES, CHANNELS, EACH = 1_000, 10_000, 10
MOST_SECONDS_A_SHIFT = 0.001
ROOMS = 1_000
CROWD = 3_000
MOST_SECONDS_TO_SLACK = 2.0
DISCORD_A_SECOND = 50
Run = Callable[[Coroutine[Any, Any, Any]], Any]


@dataclass
class Sink(Forgetful):
    """A platform that takes everything at once, and keeps when."""

    platform: str
    times: list[float] = field(default_factory=list)
    full: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, _channel: Channel, posting: Posting, /) -> Receipt:
        self.times.append(time.monotonic())
        if len(self.times) == ROOMS:
            self.full.set()
        return Receipt(posting.id)


@pytest.fixture
def run() -> Iterator[Run]:
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture
def bare(server: EmbeddedServer, labs: Labs, keys: Keys, run: Run) -> Iterator[Store]:
    client = Redis(unix_socket_path=str(server.socket), legacy_responses=False)
    yield Store(client, labs, keys)
    run(client.aclose())


async def subscribe(store: Store, client: Redis) -> None:
    """Write 100,000 subscriptions, 100 to each rule."""
    for number in range(CHANNELS):
        pipe = client.pipeline(transaction=False)
        for at in range(EACH):
            rule = f"rule {(number * EACH + at) % RULES}"
            told = Subscription(f"slack|T{number}|C1", rule, day(1) - timedelta(1))
            pipe.hset(store.keys.subscribers(rule), told.channel, sealed(told))
        await pipe.execute()


def test_a_shift_finds_its_subscribers_among_100_000(
    benchmark: BenchmarkFixture, bare: Store, server: EmbeddedServer, run: Run
) -> None:
    async def fill() -> None:
        async with Redis(unix_socket_path=str(server.socket), legacy_responses=False) as client:
            await subscribe(bare, client)

    run(fill())
    shifts = [replace(shift(at), rule=f"rule {at}") for at in range(100)]

    async def match() -> int:
        found = await bare.subscriptions.to(each.rule for each in shifts)
        names = [each.channel for some in found.values() for each in some]
        rooms = Rooms(await bare.channel_settings.of_many(names))
        return sum(
            each.answer(one).told
            and not rooms.of(each.channel).muted(one.taken_at)
            and one.severity.rank >= rooms.floor_of(each).rank
            for one in shifts
            for each in found[one.rule]
        )

    assert run(match()) == len(shifts) * CHANNELS * EACH // RULES
    benchmark.pedantic(lambda: run(match()), rounds=20)  # type: ignore[no-untyped-call]  # ships none
    assert benchmark.stats is not None
    assert benchmark.stats.stats.median / len(shifts) < MOST_SECONDS_A_SHIFT
    subscribers = run(bare.subscriptions.to(["rule 1"]))
    assert len(fan_out(shifts[1:2], subscribers, 1)) == CHANNELS * EACH // RULES


async def posted(store: Store, platform: str) -> list[float]:
    """Commit one alert to 1,000 channels, and return the seconds until each is posted."""
    channels = [Channel(platform, str(at)) for at in range(ROOMS)]
    told = fan_out([shift(0)], {}, 0, Rooms(first=channels, floor=Severity.INFO))
    sink, stop = Sink(platform), asyncio.Event()
    desk: dict[tuple[str, str], Messenger] = {(platform, ""): sink}
    works = Works(store.outbox, Composer(store), desk, Timing())
    worker = asyncio.create_task(Worker(works).run(stop))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    await store.commit(Look(id="one", cycle=0, shifts=[shift(0)], deliveries=told))
    await sink.full.wait()
    stop.set()
    await worker
    return sorted(at - began for at in sink.times)


def test_1_000_slack_channels_have_an_alert_soon_after_its_commit(
    benchmark: BenchmarkFixture, bare: Store, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    times = benchmark.pedantic(lambda: run(posted(bare, "slack")), rounds=1)  # type: ignore[no-untyped-call]  # ships none
    p99 = times[ROOMS * 99 // 100]
    with capsys.disabled():
        print(f"\n1,000 Slack channels: commit to posted p99 {p99:.2f} s")  # noqa: T201 - its answer
    assert p99 < MOST_SECONDS_TO_SLACK


def test_1_000_discord_channels_have_an_alert_as_soon_as_50_a_second_allow(
    benchmark: BenchmarkFixture, bare: Store, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    times = benchmark.pedantic(lambda: run(posted(bare, "discord")), rounds=1)  # type: ignore[no-untyped-call]  # ships none
    with capsys.disabled():
        print(f"\n1,000 Discord channels: commit to the last {times[-1]:.2f} s")  # noqa: T201 - its answer
    assert times[-1] < ROOMS / DISCORD_A_SECOND + 1
    busiest = max(sum(at <= other < at + 1 for other in times) for at in times[:: ROOMS // 100])
    assert busiest <= DISCORD_A_SECOND + 1


async def told_by(store: Store, server: EmbeddedServer, processes: int, seconds: float) -> float:
    """Let so many processes tell 3,000 channels something, and return how long it took."""
    words = (str(server.socket), store.keys.namespace, str(seconds))
    crowd = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.teller", *words), stdout=asyncio.subprocess.PIPE
        )
        for _ in range(processes)
    ]
    for each in crowd:
        assert each.stdout is not None
        await each.stdout.readline()
    before = (await store.office.counters()).get("sent", 0)
    cycle = (await store.state()).cycle
    channels = [Channel("slack", str(at)) for at in range(CROWD)]
    told = fan_out([shift(cycle)], {}, cycle, Rooms(first=channels, floor=Severity.INFO))
    await store.commit(
        Look(id=f"look {cycle}", cycle=cycle, shifts=[shift(cycle)], deliveries=told)
    )
    began = time.monotonic()
    while (await store.office.counters()).get("sent", 0) < before + CROWD:  # noqa: ASYNC110 - others work
        await asyncio.sleep(0.02)
    took = time.monotonic() - began
    for each in crowd:
        each.terminate()
        await each.communicate()
    return took


def test_a_second_worker_process_adds_throughput(
    benchmark: BenchmarkFixture,
    bare: Store,
    server: EmbeddedServer,
    run: Run,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = {}
    for seconds in (0.3, 0.0):
        one, two = (CROWD / run(told_by(bare, server, count, seconds)) for count in (1, 2))
        found[seconds] = two / one
        with capsys.disabled():
            print(  # noqa: T201 - its answer
                f"\n{CROWD:,} messages to a platform that answers after {seconds:g} s: "
                f"{one:,.0f} a second with one worker process, {two:,.0f} with two"
            )
    benchmark.pedantic(lambda: run(told_by(bare, server, 2, 0.0)), rounds=1)  # type: ignore[no-untyped-call]  # ships none
    assert found[0.3] > 1.2
