"""One competitor in a process of its own: `python -m tests.bench.party NAME FILE`."""

import json
import resource
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

from detectors.columns import Columns
from detectors.tally import Tally
from tests.bench.answers import RANKS, hashed
from tests.bench.stored import Stored, load, read
from tests.world import labs


def look(stored: Stored) -> dict[str, Any]:
    """Carry a day on from the one before; only that is timed."""
    ours = import_module("tests.bench.party_ours")
    days = read(stored)
    at = [datetime.fromtimestamp(seconds, UTC) for seconds in stored.seconds]
    table = labs()
    before = Tally.of(days[0], table, at[0], RANKS * 5)
    ours.tallied(before)
    begin = perf_counter()
    boards, shares = ours.tallied(before.moved_to(days[1], table, at[1]))
    taken = perf_counter() - begin
    return {
        "compute": [taken],
        "whole": taken,
        "tables": hashed(boards, shares),
        "bytes": touched(days),
    }


def cold(name: str, stored: Stored) -> dict[str, Any]:
    """Decode both days and answer everything of both."""
    party = import_module(f"tests.bench.party_{name}")
    answers: Callable[..., Any] = party.counted if name == "ours" else party.answers
    table = labs()
    begin = perf_counter()
    days = read(stored)
    size = touched(days)
    held = days if name == "ours" else []
    while days and name != "ours":
        held.append(party.rows_of(days.pop(0)))
    decoded = perf_counter()
    compute = []
    for day, seconds in zip(held, stored.seconds, strict=True):
        start = perf_counter()
        boards, shares, family = answers(day, table, seconds)
        compute.append(perf_counter() - start)
    return {
        "decode": decoded - begin,
        "compute": compute,
        "whole": decoded - begin + sum(compute),
        "tables": hashed(boards, shares),
        "family": hashed({}, family),
        "bytes": size,
    }


def touched(days: list[Columns]) -> int:
    """Return the bytes of all that both days are compared and counted by."""
    total = 0
    for day in days:
        arrays = [day.present, day.created_at, day.not_llm, day.namespace.codes]
        arrays += [day.pipeline_tag.codes, *day.figures.values()]
        arrays += [day.edges.child, day.edges.parent, day.edges.relation]
        total += sum(array.nbytes for array in arrays)
    return total


def peak() -> int:
    """Return the most bytes of memory that this process has held."""
    held = Path("/proc/self/status")
    if held.exists():
        # Not by getrusage: on Linux that begins with what the process it was forked from held.
        lines = held.read_text().splitlines()
        return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    _name, _path = sys.argv[1:]
    _stored = load(_path)
    _told = look(_stored) if _name == "look" else cold(_name, _stored)
    _told["peak"] = peak()
    sys.stdout.write(json.dumps(_told) + "\n")
