"""A year of daily censuses in a real store: what it weighs, and how long it takes to ask it.

`python -m tests.bench.held MODELS CHURN DAYS` commits it day by day to an embedded server of its
own, as looks are, asks it, kills the server, and prints what was measured as JSON.
"""

import asyncio
import json
import mmap
import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
from redis.asyncio import Redis

from bot import memory
from bot.lessons import Lessons
from bot.look import Look
from bot.packed import OID_BYTES, Oids
from bot.store.chain import LINKS
from bot.store.connect import SOCKET_READ
from bot.store.embedded import EmbeddedServer
from bot.store.sealed import sealed
from bot.store.store import Store
from bot.views import Note
from detectors.columns import Ints
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.names import Names
from detectors.scope import LLM
from detectors.snapshot import Snapshot
from detectors.verdict import Reason, Verdict
from tests.bench import limit
from tests.bench.hub import Hub, hub
from tests.bench.party import touched as compared
from tests.world import labs

# 3 M models become 6.6 M in the year that the figures to reach are drawn up for.
GROWTH = 1.2
DAYS_OF_YEAR = 365
# How many processes of the Hub make models in a day, or made all of the first one's; not known.
_PROCESSES = 200
_TOP = 10
# Seconds end to end of the bot of dicts at 3 M where the figures to reach were drawn up.
WANTED_BESIDE = (93, 112)
# One commit in so many is timed: the rest shares the processors.
_TIMED = 8
# Of a year every fourth chain has tables: with those of every day a year takes an hour to write.
_CHAINS, _FIRST = 4, 1
# Compressed, of 12,000 models of August 2026 (686f6c61/radar-huggingface-dataset) a name takes 11.4
# bytes, and of those made up here 4.9.
_LONGER = 6
# Models whose history is asked for, and days that are rebuilt: one in so many places of a chain.
_ASKED = 9
_DAYS_ASKED = 11


@dataclass
class Writer:
    """Commits days to a store, as looks are.

    tabled: which days have tables, by their number. bare, full: processor seconds of commits
    while nothing else was done, of days without tables and, with what is carried on for them,
    of days that have them. bytes: those that each of the days is compared and counted by.
    """

    store: Store
    redis: Redis
    labs: Labs
    tabled: Callable[[int], bool]
    bare: list[float] = field(default_factory=list)
    full: list[float] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    _counted: Snapshot | None = None
    _known: int = 0

    async def write(self, day: Hub) -> None:
        """Commit one day."""
        begin, has = process_time(), self.tabled(len(self.notes))
        snapshot = day.snapshot(self.labs)
        if has:
            snapshot = self._counted = snapshot.counted(self._counted)
        else:
            self._counted = None
        note = Note.of(snapshot, Verdict(Reason.ADMITTED))
        # A census that is kept apart has no tables.
        await self._commit(snapshot, note if has else Note.of(snapshot, Verdict(Reason.PARTIAL)))
        (self.full if has else self.bare).append(process_time() - begin)
        self.bytes.append(compared([day.columns]))
        if not has:
            await self.redis.hset(self.store.keys.notes, note.id, sealed(note))
        self.notes.append(note)

    async def _commit(self, snapshot: Snapshot, note: Note) -> None:
        lessons = _lessons(snapshot, self._known)
        await self.store.commit(Look(note.id, len(self.notes), note, snapshot, lessons))
        self._known = len(snapshot.columns)


def sampled(days: int, number: int) -> bool:
    """Whether one of so many days has tables: all of few, of a year those of every fourth chain."""
    return days <= _CHAINS * LINKS or number // LINKS % _CHAINS == _FIRST


def _lessons(snapshot: Snapshot, first: int) -> Lessons:
    """Return what the ledger learns: the models from a row on."""
    ids = snapshot.columns.ids
    if not isinstance(ids, Names):
        raise TypeError("a made-up Hub has packed names")
    oids = _oids(snapshot.columns.created_at[first:], first)
    return Lessons(np.arange(first, len(ids), dtype=np.int32), oids, ids.after(first))


def _oids(created: Ints, seed: int) -> Oids:
    """Return ObjectIds of these seconds, each by any of many processes, at any count."""
    chance = np.random.default_rng(seed)
    oids = chance.integers(0, 256, (len(created), OID_BYTES), dtype=np.uint8)
    processes = chance.integers(0, 256, (_PROCESSES, 5), dtype=np.uint8)
    oids[:, 4:9] = processes[chance.integers(0, _PROCESSES, len(created))]
    oids[:, :4] = created.astype(">u4").view(np.uint8).reshape(-1, 4)
    return oids


async def measured(folder: Path, models: int, churn: float, days: int) -> dict[str, Any]:
    """Write a year, or a part of one, and ask it."""
    table = labs()
    server = EmbeddedServer(folder)
    await server.start()
    client = Redis(
        unix_socket_path=str(server.socket), socket_read_size=SOCKET_READ, legacy_responses=False
    )
    try:
        writer = Writer(Store(client, table), client, table, partial(sampled, days))
        grows = max(round(models * GROWTH / DAYS_OF_YEAR), 1)
        day = hub(models, table)
        for number in range(days):
            # Two cores: one makes the next day while the other commits this one.
            ahead = asyncio.create_task(asyncio.to_thread(day.next, churn, grows))
            if number % _TIMED == 0:
                await ahead
            await writer.write(day)
            day = await ahead
            if number % 20 == 0:
                sys.stderr.write(f"day {number}: {len(day.columns):,} models\n")
        told = await asked(client, table, writer.notes)
        told |= {
            "models": [models, models + grows * (days - 1)],
            "churn": churn,
            "load": os.getloadavg()[1],
            "days": days,
            "commit": median(writer.bare[::_TIMED] or [0.0]),
            "commit_tabled": median(writer.full[::_TIMED]),
            "commit_bytes": median(writer.bytes),
            "back": await _back(server, client),
        }
        size = int((await client.info("memory"))["used_memory"])
    finally:
        await client.aclose()
        await server.leave()
    # Now that the server has let its memory go, as it had when it was killed.
    return told | {"touched": touched(size), "size": size, "bandwidth": limit.bandwidth()}


async def asked(client: Redis, table: Labs, notes: Sequence[Note]) -> dict[str, Any]:
    """Ask a store that nobody has asked yet."""
    reader = Store(client, table)
    costs = await reader.costs()
    [held] = costs.streams
    rest = [reader.keys.notes, reader.keys.order(held.stream)]
    noted = sum([int(await client.memory_usage(key, samples=0) or 0) for key in rest])
    with_tables = [note for at, note in enumerate(notes) if sampled(len(notes), at)]
    tables = held.tables / sum(note.rows for note in with_tables)
    parts = {
        "blocks": held.blocks / held.models,
        "tables": tables,
        "ids, publishers and dates": costs.once / held.models,
        "notes": noted / held.models,
    }
    asking = _Asking(client)
    top = await asking.seconds(lambda: _top(Store(client, table), with_tables[-1]))
    store = Store(client, table)
    await store.history(0)
    histories = [
        await asking.seconds(lambda row=row: store.history(row, notes[0].taken_at))  # type: ignore[misc]
        for row in np.linspace(0, notes[0].rows - 1, _ASKED).astype(int).tolist()
    ]
    await store.whole(notes[0])
    places = np.unique(np.linspace(0, len(notes) - 1, _DAYS_ASKED).astype(int)).tolist()
    past = [await asking.seconds(lambda at=at: store.whole(notes[at])) for at in places]  # type: ignore[misc]
    return {
        "bytes": sum(parts.values()),
        "parts": parts,
        "total": sum(parts.values()) * held.models,
        "tabled": len(with_tables),
        "top": top,
        "history": histories,
        "past": past,
    }


async def _top(store: Store, note: Note) -> None:
    snapshot = await store.snapshot(note)
    board = snapshot.board(Metric.DOWNLOADS, LLM, _TOP) if snapshot else None
    if board is None or len(board.ids[:_TOP]) != _TOP:
        raise ValueError(f"no top {_TOP} of {note.id}")


@dataclass
class _Asking:
    """Times answers, by a client that nobody else uses."""

    client: Redis

    async def seconds(
        self, ask: Callable[[], Awaitable[Snapshot | object]]
    ) -> tuple[float, float, int]:
        """Return how long an answer takes: seconds, and processor seconds of this process.

        And the bytes that it takes to read: what the server sends, and, of a whole day, what it
        is compared and counted by.
        """
        before = await self._sent()
        begin, busy = perf_counter(), process_time()
        answer = await ask()
        taken, busy = perf_counter() - begin, process_time() - busy
        size = await self._sent() - before
        if isinstance(answer, Snapshot):
            size += compared([answer.columns])
        return taken, busy, size

    async def _sent(self) -> int:
        return int((await self.client.info("stats"))["total_net_output_bytes"])


async def _back(server: EmbeddedServer, client: Redis) -> tuple[float, float]:
    """Kill the server and start it again.

    Return the seconds until it answers, and the processor seconds that it took for that.
    """
    pid = int((await client.info("server"))["process_id"])
    begin = perf_counter()
    os.kill(pid, signal.SIGKILL)
    while not await server.ensure():
        pass
    await client.hlen("ping")
    taken = perf_counter() - begin
    busy = await client.info("cpu")
    return taken, float(busy["used_cpu_user"]) + float(busy["used_cpu_sys"])


def touched(size: int) -> tuple[float, float]:
    """Return how long it takes to have as many bytes of memory: seconds, and processor seconds.

    A byte of each page is written: what a program waits for that fills them with anything.
    """
    begin, busy = perf_counter(), process_time()
    with mmap.mmap(-1, size) as pages:
        if hasattr(mmap, "MADV_NOHUGEPAGE"):  # as the server, which has none either
            pages.madvise(mmap.MADV_NOHUGEPAGE)
        for at in range(0, size, mmap.PAGESIZE):
            pages[at] = 1
        return perf_counter() - begin, process_time() - busy


def told_of(models: int, churn: float, days: int) -> dict[str, Any]:
    """Measure in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="hubshift-held-") as folder:
        return asyncio.run(measured(Path(folder) / "store", models, churn, days))


def rows(told: dict[str, Any], dicts: float | None = None) -> list[str]:
    """Return the rows of the table, and how they stand to the seconds of the bot of dicts."""
    parts = ", ".join(f"{name} {size:.3f}" for name, size in told["parts"].items())
    first, last = told["models"]
    past, middle = told["past"], sorted(told["history"])[len(told["history"]) // 2]
    touch = "of which: as much memory written to for the first time"
    return [
        (
            f"{told['days']} daily censuses of {first:,} models growing to {last:,}, "
            f"{told['churn']:.0%} of the rows changing a day, committed to an embedded server. "
            f"The tables of {told['tabled']} of the days were made, and stand for all. Ids are "
            f"shorter than the Hub's, whose names take some {_LONGER} bytes more each: "
            f"{told['bytes'] + _LONGER * last * told['bytes'] / told['total']:.3f} with those. "
            f"{told['load']:.0f} processes wanted the {os.cpu_count()} cores."
        ),
        "",
        "| what | measured | processor | limit |",
        "|---|--:|--:|--:|",
        f"| bytes per model and day, all told ({parts}) | {told['bytes']:.3f} | | |",
        f"| the store's memory for all of it | {told['total'] / 1e9:.2f} GB | | |",
        f"| a census committed, tables not counted, median | | {_busy(told, 'commit')} |",
        f"| the same counted and with its tables | | {_busy(told, 'commit_tabled')} |",
        f"| a past day rebuilt, least | {_timed(told, min(past))} |",
        f"| a past day rebuilt, most | {_timed(told, max(past))} |",
        f"| a model's history of {told['days']} days, median | {_timed(told, middle)} |",
        f"| top {_TOP} from a store nobody has asked | {_timed(told, told['top'])} |",
        f"| server back after kill -9 | {_timed(told, (*told['back'], told['size']))} |",
        f"| {touch} | {_timed(told, (*told['touched'], told['size']))} |",
        *([] if dicts is None else ["", _beside(told, dicts)]),
    ]


def _beside(told: dict[str, Any], dicts: float) -> str:
    """Say of each figure to reach which part it is of what the bot of dicts takes."""
    middle = sorted(told["history"])[len(told["history"]) // 2]
    said = []
    for what, taken, wanted in (
        ("a past day at most", max(told["past"]), 1.1),
        ("a history", middle, 0.045),
        ("the top 10", told["top"], 0.06),
        ("the server", told["back"], 3.0),
    ):
        least, most = (dicts_then / wanted for dicts_then in WANTED_BESIDE)
        said.append(f"{what} 1/{dicts / taken[0]:,.0f} (1/{least:,.0f} to 1/{most:,.0f})")
    return (
        f"Of the {dicts:,.1f} s that the bot of dicts takes end to end at 3M in this run, and in "
        f"brackets what the figures to reach are of the {WANTED_BESIDE[0]} to {WANTED_BESIDE[1]} s "
        f"that it took where they were drawn up: {', '.join(said)}."
    )


def _timed(told: dict[str, Any], taken: Sequence[float]) -> str:
    seconds, busy, size = taken
    return f"{_ms(seconds)} | {_ms(busy)} | {limit.times(busy, size, told['bandwidth'])}"


def _busy(told: dict[str, Any], what: str) -> str:
    return f"{_ms(told[what])} | {limit.times(told[what], told['commit_bytes'], told['bandwidth'])}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


if __name__ == "__main__":
    memory.shared()  # as the program does
    _models, _churn, _days = sys.argv[1:]
    sys.stdout.write(json.dumps(told_of(int(_models), float(_churn), int(_days))) + "\n")
