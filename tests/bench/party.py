"""One competitor in a process of its own: `python -m tests.bench.party NAME FILE`."""

import json
import resource
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

from bot import memory
from detectors.columns import Columns
from detectors.graph import knots
from detectors.lineage import TRAINED, traced
from detectors.tally import Tally
from tests.bench.answers import RANKS, hashed
from tests.bench.stored import NEEDED, Stored
from tests.world import labs

TIMES = 5
LINEAGE = "lineage"


def look(stored: Stored) -> dict[str, Any]:
    """Carry a day on from the one before; only that is timed, the best of several times."""
    ours = import_module("tests.bench.party_ours")
    held = peak()
    seconds, names = stored.seconds, stored.squeezed()
    days = list(stored.days(names, NEEDED))
    at = [datetime.fromtimestamp(each, UTC) for each in seconds]
    table = labs()
    before = Tally.of(days[0], table, at[0], RANKS * 5)
    ours.tallied(before)
    taken = []
    for _ in range(TIMES):
        begin = perf_counter(), process_time()
        boards, shares = ours.tallied(before.moved_to(days[1], table, at[1]))
        taken.append((perf_counter() - begin[0], process_time() - begin[1]))
    best, busy = min(taken)[0], min(each for _, each in taken)
    return {
        "look": best,
        "busy": busy,
        "tables": hashed(boards, shares),
        "bytes": touched(days),
        "held": held,
    }


def cold(name: str, stored: Stored) -> dict[str, Any]:
    """Decode both days and answer everything of both.

    Columns are answered of and let go before the next day is decoded; a bot of dicts holds both
    days, as one does that compares them row by row.
    """
    party = import_module(f"tests.bench.party_{name}")
    answers: Callable[..., Any] = party.counted if name == "ours" else party.answers
    held = peak()
    table, seconds = labs(), stored.seconds
    names = stored.squeezed() if name == "ours" else stored.names()
    compute, kept, size = [], [], 0
    begin = perf_counter(), process_time()
    days = stored.days(names, NEEDED)
    for at in seconds:
        # Not by zip, which holds on to a day until it has the next.
        day = next(days)
        size += touched([day])
        rows = party.rows_of(day)
        if name == "dict":
            kept.append(rows)
        del day
        start = perf_counter(), process_time()
        boards, shares, family = answers(rows, table, at)
        compute.append((perf_counter() - start[0], process_time() - start[1]))
        del rows
    whole, busy = perf_counter() - begin[0], process_time() - begin[1]
    return {
        "look": compute[-1][0],
        "busy": compute[-1][1],
        "whole": whole,
        "whole_busy": busy,
        "tables": hashed(boards, shares),
        "family": hashed({}, family),
        "bytes": size,
        "held": held,
    }


def lineage(stored: Stored) -> dict[str, Any]:
    """Trace the lineage of all of the second day, by both variants, the best of several times."""
    *_, day = stored.days(stored.squeezed(), NEEDED)
    at, table, edges = datetime.fromtimestamp(stored.seconds[-1], UTC), labs(), day.edges
    parents = np.bincount(edges.child, minlength=len(day))
    above: dict[int, list[int]] = {}
    for child, parent in zip(edges.child.tolist(), edges.parent.tolist(), strict=True):
        above.setdefault(child, []).append(parent)
    cycles = sum(len(knot) for knot in knots(above) if len(knot) > 1)
    arrays = [edges.child, edges.parent, edges.relation, day.namespace.codes, day.created_at]
    return {
        "all": _least(lambda: traced(day, table, at)),
        "trained": _least(lambda: traced(day, table, at, TRAINED)),
        "edges": len(edges),
        "merges": int(np.count_nonzero(parents > 1)),
        "cycles": cycles,
        "bytes": sum(array.nbytes for array in arrays),
    }


def _least(work: Callable[[], object]) -> float:
    """Return the processor time that work takes, the least of several times."""
    taken = []
    for _ in range(TIMES):
        begin = process_time()
        work()
        taken.append(process_time() - begin)
    return min(taken)


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
    # As the program does; it helps the others as well.
    memory.shared()
    _name, _path = sys.argv[1:]
    _stored = Stored(Path(_path))
    _special = {"look": look, LINEAGE: lineage}
    _told = _special[_name](_stored) if _name in _special else cold(_name, _stored)
    _told["peak"] = peak()
    sys.stdout.write(json.dumps(_told) + "\n")
