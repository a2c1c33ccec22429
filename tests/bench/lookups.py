"""How long an answer takes on a store of the whole Hub: `python -m tests.bench.lookups MODELS`.

The Hub is the generated one of tests/bench/hub.py, a census a week for so many weeks and one of
the day before; every question is asked many times with names drawn from what is held.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np

from bot.lessons import Lessons
from bot.look import Look
from bot.lookups import NothingHeld, QuestionError, answer
from bot.named_files import labs_of
from bot.packed import OID_BYTES
from bot.resident import Resident
from bot.settings import read_settings
from bot.store.connect import connect
from bot.store.store import Store
from bot.views import Note
from detectors.columns import Columns
from detectors.labs import Labs
from detectors.names import Names
from detectors.snapshot import Snapshot
from detectors.verdict import Reason, Verdict
from tests.bench.hub import Hub, hub

DAYS = 30
ASKED = 40
CHURN = 0.02
FIRST = "first of a kind"


async def fill(store: Store, labs: Labs, first: Hub, days: int) -> Hub:
    """Store a census a day, and return the Hub as it was last."""
    now = last = first
    known = 0
    for cycle in range(days):
        snapshot: Snapshot = now.snapshot(labs)
        note = Note.of(snapshot, Verdict(Reason.ADMITTED))
        lessons = lessons_of(now.columns, known)
        await store.commit(Look(str(cycle), cycle, note, snapshot, lessons))
        known = len(now.columns)
        last = now
        now = now.next(CHURN)
    return last


def lessons_of(columns: Columns, known: int) -> Lessons:
    """Return what the ledger learns of a census when it knows so many of its models."""
    names = columns.ids if isinstance(columns.ids, Names) else Names.of(columns.ids)
    return Lessons(
        np.arange(known, len(columns), dtype=np.int32),
        np.zeros((len(columns) - known, OID_BYTES), np.uint8),
        names.after(known),
    )


def questions(last: Hub, count: int) -> Iterator[tuple[str, str]]:
    """Yield kind and text of the questions that people ask, so many of each kind."""
    chance = np.random.default_rng(7)
    ids = last.columns.ids
    labs = ("Qwen", "Meta", "Mistral AI", "DeepSeek", "Google", "Microsoft")
    countries = ("China", "France", "United States", "Japan")
    tasks = ("text-generation", "text-to-image", "fill-mask")
    metrics = ("likes", "downloads", "trending", "downloads_all_time")
    for _ in range(count):
        lab, other = chance.choice(labs, 2, replace=False)
        country, task, metric = map(str, map(chance.choice, (countries, tasks, metrics)))
        name = ids[int(chance.integers(len(ids)))]
        yield "top", f"top 10 by {metric}"
        yield "top in task", f"top 10 by {metric} in {task}"
        yield "top in lab", f"top 10 by {metric} in lab {lab}"
        yield "top in country", f"top 10 by {metric} in country {country}"
        yield "top on a day", f"top 10 by {metric} on {last.at - timedelta(days=9):%Y-%m-%d}"
        yield "share", f"share of downloads by country in {task}"
        yield "share by family", "share of derivatives by family"
        yield "share in country", f"share of likes by lab in country {country}"
        yield "lab", f"lab {lab}"
        yield "country", f"country {country}"
        yield "model", f"model {name}"
        yield "model by name", f"model {name.rpartition('/')[2]}"
        yield "compare", f"compare {lab} {other}"
        yield "shifts", "shifts"
        yield "claims", "claims"
        yield "help", "help"


async def measure(store: Store, labs: Labs, last: Hub, count: int) -> dict[str, list[float]]:
    """Return the seconds that each answer took, by kind of question."""
    taken: dict[str, list[float]] = {}
    known: set[str] = set()
    views = Resident(store)
    now = last.at + timedelta(hours=1)
    for kind, text in questions(last, count):
        begun = time.perf_counter()
        try:
            await answer(text, views, labs, now)
        except (QuestionError, NothingHeld) as error:
            sys.stderr.write(f"{text}: {error}\n")
        # What a process that has just started reads once is told apart.
        told = kind if kind in known else FIRST
        known.add(kind)
        taken.setdefault(told, []).append(time.perf_counter() - begun)
    return taken


def row(kind: str, seconds: Sequence[float]) -> str:
    """Return a line of the table: kind, median, p99 and the worst, in ms."""
    ms = np.array(seconds) * 1000
    return f"{kind:18} {np.median(ms):8.1f} {np.percentile(ms, 99):8.1f} {ms.max():8.1f}"


async def main(models: int, days: int = DAYS, count: int = ASKED) -> None:
    """Fill a store and print how long answers take."""
    labs = labs_of(read_settings({}))
    with tempfile.TemporaryDirectory() as folder:
        connection = await connect(None, Path(folder) / "store")
        try:
            store = Store(connection.client, labs)
            last = await fill(store, labs, hub(models, labs), days)
            # A process of its own, as one that has just started: nothing is remembered.
            taken = await measure(Store(connection.client, labs), labs, last, count)
        finally:
            await connection.close()
    sys.stdout.write(f"{models:,} models, {days} censuses; ms: median, p99, worst\n")
    for kind, seconds in taken.items():
        sys.stdout.write(row(kind, seconds) + "\n")
    every = [each for kind, some in taken.items() if kind != FIRST for each in some]
    sys.stdout.write(row("all but the first", every) + "\n")


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
