"""How long a pulse look and the whole demo take, on the real store; `make bench` runs these."""

import asyncio
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from random import Random
from typing import Any

import msgspec
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from redis.asyncio import Redis

from bot.chat.console import ConsoleMessenger
from bot.demo import recording
from bot.hub.port import Listing, Reading
from bot.hub.recorded import RecordedHub
from bot.hub.records import ListedModel
from bot.replay import Tally, replay
from bot.rules import parse_rules
from bot.store.embedded import EmbeddedServer
from bot.store.keys import Keys
from bot.store.store import Store
from bot.watch import Watch
from detectors.labs import Labs
from detectors.metric import Kind, Metric
from tests.looks import CHANNEL, working

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOST_SECONDS_A_LOOK = 0.050
MOST_SECONDS_OF_DEMO = 10.0
# So long has the store been at it that every check has what it compares with.
HOURS_BEFORE = 40
ROUNDS = 60
LISTED = 1000
# Each list overlaps the next, so that about 2,200 models are listed in all.
STARTS = {Metric.TRENDING: 0, Metric.LIKES: 600, Metric.DOWNLOADS: 1200}
SPACES = ("Qwen", "deepseek-ai", "meta-llama", "google", "zai-org", "mistralai", "openai", "nvidia")
TASKS = ("text-generation", "image-text-to-text", "text-to-image", "feature-extraction")
WORDS = ("transformers", "safetensors", "conversational", "en", "zh", "region:us", "endpoints")


@dataclass
class Desk:
    """An event loop and a store with default rules, for benchmarks that are plain functions."""

    loop: asyncio.Runner
    store: Store
    watch: Watch


@contextmanager
def desk(server: EmbeddedServer, labs: Labs, name: str) -> Iterator[Desk]:
    """Open an empty store under a name of its own."""
    shipped = files("bot").joinpath("default.rules").read_text("utf-8")
    with asyncio.Runner() as loop:
        client = Redis(unix_socket_path=str(server.socket), legacy_responses=False)
        store = Store(client, labs, Keys(name))
        try:
            watch = Watch(store, labs, parse_rules(shipped, labs, "default.rules"), (CHANNEL,))
            yield Desk(loop, store, watch)
        finally:
            loop.run(client.aclose())


def listed_models(count: int, chance: Random) -> list[ListedModel]:
    """Return models with everything that a live pulse asks the Hub for."""
    models = []
    for number in range(count):
        space = chance.choice(SPACES) if number % 3 else f"user-{number}"
        tags = [*WORDS, f"arxiv:2501.{number:05}", "license:apache-2.0", f"dataset:{space}/d"]
        if number % 2:
            tags.append(f"base_model:finetune:{chance.choice(SPACES)}/base-{number % 40}")
        models.append(
            ListedModel(
                id=f"{space}/model-{number}-Instruct",
                oid=f"{number:024x}",
                author=space,
                downloads=chance.randrange(20_000, 5_000_000),
                likes=chance.randrange(100, 9_000),
                trending_score=float(chance.randrange(5, 900)),
                created_at=BEGIN - timedelta(hours=chance.randrange(10_000)),
                pipeline_tag=chance.choice(TASKS),
                library_name="transformers",
                tags=tuple(tags),
                gated=False,
            )
        )
    return models


def moved(models: Sequence[ListedModel], chance: Random) -> list[ListedModel]:
    """Return the models an hour later: every figure has gone on a little."""
    return [
        msgspec.structs.replace(
            model,
            downloads=(model.downloads or 0) + chance.randrange(1, 300),
            likes=(model.likes or 0) + chance.randrange(3),
            trending_score=(model.trending_score or 0) + chance.randrange(-3, 4) / 2,
        )
        for model in models
    ]


def pulses() -> Iterator[Reading]:
    """Yield a pulse an hour of the same 2,200 models, each list in the Hub's order."""
    chance = Random(1)  # noqa: S311 - figures of a story, no secrets
    models = listed_models(max(STARTS.values()) + LISTED, chance)
    figure = {
        Metric.TRENDING: lambda model: model.trending_score,
        Metric.LIKES: lambda model: model.likes,
        Metric.DOWNLOADS: lambda model: model.downloads,
    }
    at = BEGIN
    while True:
        lists = (
            Listing(by, tuple(sorted(models[start:][:LISTED], key=figure[by], reverse=True)))
            for by, start in STARTS.items()
        )
        yield Reading(at, Kind.PULSE, tuple(lists))
        models = moved(models, chance)
        at += HOUR


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Return what prints a line past pytest's capture."""

    def line(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{text}")

    return line


def test_pulse_look(
    benchmark: BenchmarkFixture,
    server: EmbeddedServer,
    labs: Labs,
    say: Callable[[str], None],
) -> None:
    readings = pulses()
    with desk(server, labs, "bench-pulse") as at:
        for _ in range(HOURS_BEFORE):
            at.loop.run(at.watch.look(next(readings)))
        benchmark.pedantic(  # type: ignore[no-untyped-call]  # ships none
            lambda reading: at.loop.run(at.watch.look(reading)),
            setup=lambda: ((next(readings),), {}),
            rounds=ROUNDS,
        )
        notes = at.loop.run(at.store.notes("pulse"))
    assert [note for note in notes if not note.admitted] == []
    assert {note.rows for note in notes} == {2200}
    median = float(stats_of(benchmark).median)
    say(f"a pulse look takes {median * 1000:.1f} ms (median), less than 50 ms are allowed")
    assert median < MOST_SECONDS_A_LOOK


def test_whole_demo(
    benchmark: BenchmarkFixture,
    server: EmbeddedServer,
    labs: Labs,
    say: Callable[[str], None],
) -> None:
    runs = iter(range(100))

    def demo() -> Tally:
        with desk(server, labs, f"bench-demo-{next(runs)}") as at:
            hub = RecordedHub([recording()])
            hub.check()
            messenger = ConsoleMessenger(io.StringIO())
            return at.loop.run(replay(hub.readings(), at.watch, working(at.store, messenger)))

    tally: Tally = benchmark.pedantic(demo, rounds=3)  # type: ignore[no-untyped-call]  # ships none
    slowest = float(stats_of(benchmark).max)
    say(f"the demo takes {slowest:.1f} s at full speed, less than 10 s are allowed")
    say(tally.sentence())
    assert slowest < MOST_SECONDS_OF_DEMO


def stats_of(benchmark: BenchmarkFixture) -> Any:
    """Return the seconds that the rounds took."""
    assert benchmark.stats is not None
    return benchmark.stats.stats
