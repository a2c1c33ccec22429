"""The figures of columns beside a plain-dict bot, Polars and DuckDB; `make bench` runs it.

Each competitor works in a process of its own on the same stored bytes, so that its peak of memory
is its own, and all must give the same answers. Hashes that differ end the run with exit code 1.

Environment: SIZES=100k,1M,3M,10M · CHURN=0.02 (part of the rows that changes in the day) ·
PARTIES=look,ours,polars,duckdb,dict · DAYS=40 (of the chain of the third size,
or the last; 0 leaves it out).
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from tests.bench import chain

OUT = Path(__file__).parents[2] / "docs" / "bench.md"
SIZES = "100k,1M,3M,10M"
PARTIES = "look,ours,polars,duckdb,dict"
# Beyond this the dict bot needs more memory than there is.
MOST_OF_DICTS = 3_000_000
SYNTHETIC = """Inputs are synthetic (`tests/bench/hub.py`): downloads and authors by Zipf's law,
a forest of base models with merges, cycles and ghosts, {new} new models
a day, {churn:.0%} of the rows with other figures a day. Labs, tasks and licences are the Hub's own
words; real churn is not known yet."""
_UNITS = {"k": 1_000, "M": 1_000_000}
_SHOWN = {
    "look": "this code, carried on",
    "ours": "this code, counted anew",
    "polars": "Polars",
    "duckdb": "DuckDB",
    "dict": "a dict for each model",
}
Told = Mapping[str, Any]


def main() -> int:
    """Run what is asked for and print it; return the exit code."""
    churn = float(os.environ.get("CHURN") or 0.02)
    sizes = (os.environ.get("SIZES") or SIZES).split(",")
    parties = (os.environ.get("PARTIES") or PARTIES).split(",")
    days = int(os.environ.get("DAYS") or 40)
    bandwidth = _bandwidth()
    lines = [_head(sizes, churn, bandwidth)]
    fine = True
    with tempfile.TemporaryDirectory(prefix="hubshift-bench-") as folder:
        for size in sizes:
            told = _run(Path(folder) / "two-days", models_of(size), churn, parties)
            lines += [f"\n## {size} models\n", *_rows(told, bandwidth)]
            fine = _alike(told, lines) and fine
            sys.stdout.write("\n".join(lines[-len(told) - 6 :]) + "\n")
            sys.stdout.flush()
        if days:
            middle = sizes[min(2, len(sizes) - 1)]
            lines += ["\n## In the store\n", *chain.rows(models_of(middle), churn, days)]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join(lines) + f"\nwritten to {OUT.name}\n")
    return 0 if fine else 1


def _head(sizes: Sequence[str], churn: float, bandwidth: float) -> str:
    said = SYNTHETIC.format(new="10,000 (or a hundredth of all)", churn=churn)
    return f"""# Figures of the columns

Written by `make bench SIZES={",".join(sizes)} CHURN={churn:g}` on {os.cpu_count()} cores; memory
copies at {bandwidth / 1e9:.1f} GB/s in this run.

{said}

Asked are the top 10 of 3 metrics in all, llm and 50 tasks, shares by lab and country of downloads,
likes, new models and new derivatives; counted anew also the derivatives by family over all lineage.
*One look* is one day's answers; *end to end* decodes two stored days and answers both. *Limit* says
how many times as long as copying its bytes once a look, or the whole, takes. *×* is against this
code: one look against carried on, end to end against counted anew."""


def models_of(size: str) -> int:
    """Return how many models a size such as 100k or 3M is."""
    return int(float(size[:-1]) * _UNITS[size[-1]]) if size[-1] in _UNITS else int(size)


def _bandwidth() -> float:
    """Measure bytes a second of memory read and written, best of five."""
    held = np.ones(1 << 25, np.int64)
    other = np.empty_like(held)
    taken = []
    for _ in range(5):
        begin = perf_counter()
        np.copyto(other, held)
        taken.append(perf_counter() - begin)
    return 2 * held.nbytes / min(taken)


def _run(path: Path, models: int, churn: float, parties: Iterable[str]) -> dict[str, Told]:
    _python("tests.bench.stored", str(path), str(models), str(churn))
    told = {}
    for name in parties:
        if name == "dict" and models > MOST_OF_DICTS:
            continue
        sys.stderr.write(f"{models:,} models: {_SHOWN[name]} …\n")
        told[name] = json.loads(_python("tests.bench.party", name, str(path)))
    return told


def _python(module: str, *args: str) -> str:
    command = [sys.executable, "-m", module, *args]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this very Python
    return done.stdout


def _rows(told: Mapping[str, Told], bandwidth: float) -> list[str]:
    lines = ["| who | one look | × | end to end | × | peak memory | × | limit |"]
    lines.append("|---|--:|--:|--:|--:|--:|--:|--:|")
    look, ours = told.get("look"), told.get("ours")
    for name, each in told.items():
        compute, whole = each["compute"][-1], each["whole"]
        least = each["bytes"] / bandwidth
        cells = [
            _SHOWN[name],
            _seconds(compute),
            _times(compute, look["compute"][-1] if look else None),
        ]
        if name == "look":
            cells += ["–", "", _megabytes(each["peak"]), ""]
        else:
            cells += [_seconds(whole), _times(whole, ours["whole"] if ours else None)]
            cells += [
                _megabytes(each["peak"]),
                _times(each["peak"], ours["peak"] if ours else None),
            ]
        lines.append("| " + " | ".join([*cells, f"{whole / least:,.1f}"]) + " |")
    return lines


def _alike(told: Mapping[str, Told], lines: list[str]) -> bool:
    fine = True
    for part in ("tables", "family"):
        found = {name: each[part] for name, each in told.items() if part in each}
        if len(set(found.values())) > 1:
            fine = False
            lines.append(f"\nANSWERS DIFFER in {part}: {found}")
    if fine:
        lines.append(f"\nThe answers of all are the same: {next(iter(told.values()))['tables']}.")
    return fine


def _seconds(taken: float) -> str:
    return f"{taken * 1000:,.0f} ms" if taken < 1 else f"{taken:,.1f} s"


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.0f} MB"


def _times(value: float, base: float | None) -> str:
    return f"{value / base:,.1f}" if base else ""


if __name__ == "__main__":
    sys.exit(main())
