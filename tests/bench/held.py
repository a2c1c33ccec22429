"""A year of daily censuses in a real store: what it weighs, and how long it takes to ask it.

`python -m tests.bench.held MODELS CHURN DAYS` commits it day by day to an embedded server of its
own, as looks are, asks it, kills the server, and prints what was measured as JSON.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
from redis.asyncio import Redis

from bot.lessons import Lessons
from bot.look import Look
from bot.packed import OID_BYTES, Oids
from bot.store.embedded import EmbeddedServer
from bot.store.store import Store
from bot.views import Note
from detectors.columns import Ints
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.names import Names
from detectors.scope import LLM
from detectors.snapshot import Snapshot
from detectors.verdict import Reason, Verdict
from tests.bench.hub import Hub, hub
from tests.world import labs

# 3 M models become 6.6 M in the year that the figures to reach are drawn up for.
GROWTH = 1.2
DAYS_OF_YEAR = 365
# How many processes of the Hub make models in a day, or made all of the first one's; not known.
_PROCESSES = 200
_TOP = 10
# One commit in so many is timed, and so many without tables: the rest shares the processors.
_TIMED, _APART = 8, 3
# Models whose history is asked for, and days that are rebuilt: one in so many places of a chain.
_ASKED = 9
_DAYS_ASKED = 11


@dataclass
class Writer:
    """Commits days to a store, as looks are, with all their tables.

    took, tabled: processor seconds of commits while nothing else was done, of censuses that are
    kept apart and have no tables, and of others with what is carried on for their tables.
    """

    store: Store
    labs: Labs
    took: list[float] = field(default_factory=list)
    tabled: list[float] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    _counted: Snapshot | None = None
    _known: int = 0
    _cycle: int = 0

    async def write(self, day: Hub) -> float:
        """Commit one day; return the processor seconds of this process."""
        begin = process_time()
        snapshot = self._counted = day.snapshot(self.labs).counted(self._counted)
        note = Note.of(snapshot, Verdict(Reason.ADMITTED))
        await self._commit(snapshot, note)
        self.notes.append(note)
        return process_time() - begin

    async def apart(self, day: Hub) -> None:
        """Commit a day that is kept apart."""
        begin = process_time()
        snapshot = day.snapshot(self.labs)
        await self._commit(snapshot, Note.of(snapshot, Verdict(Reason.PARTIAL)))
        self.took.append(process_time() - begin)

    async def _commit(self, snapshot: Snapshot, note: Note) -> None:
        lessons = _lessons(snapshot, self._known)
        await self.store.commit(Look(note.id, self._cycle, note, snapshot, lessons))
        self._known = len(snapshot.columns)
        self._cycle += 1


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
    client = Redis(unix_socket_path=str(server.socket), legacy_responses=False)
    try:
        writer = Writer(Store(client, table), table)
        grows = max(round(models * GROWTH / DAYS_OF_YEAR), 1)
        day = hub(models, table)
        for number in range(days):
            if number % _TIMED:
                # Two cores: one makes the next day while the other commits this one.
                ahead = asyncio.create_task(asyncio.to_thread(day.next, churn, grows))
                await writer.write(day)
                day = await ahead
            else:
                writer.tabled.append(await writer.write(day))
                day = day.next(churn, grows)
            if number % 20 == 0:
                sys.stderr.write(f"day {number}: {len(day.columns):,} models\n")
        told = await asked(client, table, writer.notes)
        for _ in range(_APART):
            await writer.apart(day)
            day = day.next(churn, grows)
        told |= {
            "models": [models, models + grows * (days - 1)],
            "churn": churn,
            "load": os.getloadavg()[1],
            "days": days,
            "commit": median(writer.took or [0.0]),
            "commit_tabled": median(writer.tabled),
            "back": await _back(server, client),
        }
    finally:
        await client.aclose()
        await server.leave()
    return told


async def asked(client: Redis, table: Labs, notes: Sequence[Note]) -> dict[str, Any]:
    """Ask a store that nobody has asked yet."""
    reader = Store(client, table)
    costs = await reader.costs()
    [held] = costs.streams
    rest = [reader.keys.notes, reader.keys.order(held.stream)]
    noted = sum([int(await client.memory_usage(key, samples=0) or 0) for key in rest])
    top = await _seconds(lambda: _top(Store(client, table), notes[-1]))
    store = Store(client, table)
    await store.history(0)
    histories = [
        await _seconds(lambda row=row: store.history(row, notes[0].taken_at))  # type: ignore[misc]
        for row in np.linspace(0, notes[0].rows - 1, _ASKED).astype(int).tolist()
    ]
    await store.whole(notes[0])
    places = np.unique(np.linspace(0, len(notes) - 1, _DAYS_ASKED).astype(int)).tolist()
    past = [await _seconds(lambda at=at: store.whole(notes[at])) for at in places]  # type: ignore[misc]
    return {
        "bytes": (costs.bytes + noted) / held.models,
        "parts": {
            "blocks": held.blocks / held.models,
            "tables": held.tables / held.models,
            "ids, publishers and dates": costs.once / held.models,
            "notes": noted / held.models,
        },
        "total": costs.bytes + noted,
        "top": top,
        "history": histories,
        "past": past,
    }


async def _top(store: Store, note: Note) -> None:
    snapshot = await store.snapshot(note)
    board = snapshot.board(Metric.DOWNLOADS, LLM, _TOP) if snapshot else None
    if board is None or len(board.ids[:_TOP]) != _TOP:
        raise ValueError(f"no top {_TOP} of {note.id}")


async def _seconds(ask: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Return how long an answer takes: seconds, and processor seconds of this process."""
    begin, busy = perf_counter(), process_time()
    await ask()
    return perf_counter() - begin, process_time() - busy


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


def told_of(models: int, churn: float, days: int) -> dict[str, Any]:
    """Measure in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="hubshift-held-") as folder:
        return asyncio.run(measured(Path(folder) / "store", models, churn, days))


def rows(told: dict[str, Any]) -> list[str]:
    """Return the rows of the table."""
    parts = ", ".join(f"{name} {size:.3f}" for name, size in told["parts"].items())
    first, last = told["models"]
    past, middle = told["past"], sorted(told["history"])[len(told["history"]) // 2]
    return [
        (
            f"{told['days']} daily censuses of {first:,} models growing to {last:,}, "
            f"{told['churn']:.0%} of the rows changing a day, committed to an embedded server. "
            "Tables are those of every day. Ids are shorter than the Hub's, whose names take some "
            "6 bytes more each. "
            f"{told['load']:.0f} processes wanted the {os.cpu_count()} cores."
        ),
        "",
        "| what | measured | processor |",
        "|---|--:|--:|",
        f"| bytes per model and day, all told ({parts}) | {told['bytes']:.3f} | |",
        f"| the store's memory for all of it | {told['total'] / 1e9:.2f} GB | |",
        f"| a census committed, tables not counted, median | | {_ms(told['commit'])} |",
        f"| the same counted and with its tables | | {_ms(told['commit_tabled'])} |",
        f"| a past day rebuilt, least | {_pair(min(past))} |",
        f"| a past day rebuilt, most | {_pair(max(past))} |",
        f"| a model's history of {told['days']} days, median | {_pair(middle)} |",
        f"| top {_TOP} from a store nobody has asked | {_pair(told['top'])} |",
        f"| server back after kill -9 | {_pair(told['back'])} |",
    ]


def _pair(seconds: Sequence[float]) -> str:
    return " | ".join(map(_ms, seconds))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


if __name__ == "__main__":
    _models, _churn, _days = sys.argv[1:]
    sys.stdout.write(json.dumps(told_of(int(_models), float(_churn), int(_days))) + "\n")
