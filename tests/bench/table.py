"""The figures of columns beside a plain-dict bot, Polars and DuckDB; `make bench` runs it.

Each competitor works in a process of its own on the same stored bytes, so that its peak of memory
is its own, and all must give the same answers. Hashes that differ end the run with exit code 1.

Environment: SIZES=100k,1M,3M,10M · CHURN=0.02 (part of the rows that changes in the day) ·
PARTIES=look,ours,polars,duckdb,dict · ROUNDS=3 (the best of so many is shown; the dict bot runs
once) · YEARS=3M:0.02:365,3M:0.24:365 (models, churn and days of censuses in a real store) ·
INTAKE=3M (models that are taken in; the third size, or the last, unless set; 0 none) ·
KEEP=folder (what was measured is kept there and not measured again, so that it can be done in
pieces).
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bot import memory
from tests.bench import held, intake, limit
from tests.bench.party import LINEAGE

OUT = Path(__file__).parents[2] / "docs" / "bench.md"
SIZES = "100k,1M,3M,10M"
PARTIES = "look,ours,polars,duckdb,dict"
YEARS = "3M:0.02:365,3M:0.24:365"
ROUNDS = 3
# Beyond this the dict bot needs more memory than there is.
MOST_OF_DICTS = 3_000_000
SYNTHETIC = """Inputs are synthetic (`tests/bench/hub.py`): downloads and authors by Zipf's law,
a forest of base models with merges, cycles and ghosts, {new} new models
a day, {churn:.0%} of the rows with other figures a day. Labs, tasks and licences are the Hub's own
words; real churn is not known yet. Names are shorter than the Hub's, and trending scores whole
numbers, where the Hub has fractions: both make a census smaller in memory than a real one."""
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
    memory.shared()  # as the program does
    wanted = os.environ
    churn, rounds = float(wanted.get("CHURN") or 0.02), int(wanted.get("ROUNDS") or ROUNDS)
    sizes = (wanted.get("SIZES") or SIZES).split(",")
    parties = (wanted.get("PARTIES") or PARTIES).split(",")
    years = (wanted.get("YEARS") or YEARS).split(",")
    asked = f"SIZES={','.join(sizes)} CHURN={churn:g} ROUNDS={rounds} YEARS={','.join(years)}"
    asked += f" INTAKE={wanted['INTAKE']}" if wanted.get("INTAKE") else ""
    keep = Path(wanted["KEEP"]) if wanted.get("KEEP") else None
    lines = [_head(asked, churn, in_pieces=keep is not None)]
    fine, dicts = True, None
    for size in sizes:
        told = kept(
            keep, f"{size}-{churn:g}", partial(_run, models_of(size), churn, parties, rounds)
        )
        lines += [f"\n## {size} models\n", *_rows(told)]
        if models_of(size) == MOST_OF_DICTS and "dict" in told["parties"]:
            dicts = float(told["parties"]["dict"]["whole"])
        fine = _alike(told["parties"], lines) and fine
        _say(lines[-len(told["parties"]) - 6 :])
    for year in [each for each in years if each != "0"]:
        size, part, days = year.split(":")
        told = kept(keep, f"year-{size}-{part}-{days}", partial(_year, size, part, days))
        lines += [f"\n## {days} days of {size} models in the store\n", *held.rows(told, dicts)]
        _say(lines[-12:])
    middle = wanted.get("INTAKE") or sizes[min(2, len(sizes) - 1)]
    if middle != "0":
        told = kept(keep, f"intake-{middle}", partial(intake.told, models_of(middle)))
        lines += [f"\n## {middle} models taken in\n", *intake.rows(told)]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    _say([f"written to {OUT.name}"])
    return 0 if fine else 1


def _say(lines: Sequence[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def kept(folder: Path | None, name: str, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what was measured before, where a folder holds it; else measure it."""
    if folder is None:
        return measure()
    path = folder / f"{name}.json"
    if not path.exists():
        told = measure()
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(told), encoding="utf-8")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _head(asked: str, churn: float, *, in_pieces: bool) -> str:
    said = SYNTHETIC.format(new="10,000 (or a hundredth of all)", churn=churn)
    pieces = " Measured in pieces, which `KEEP` put together." if in_pieces else ""
    return f"""# Figures of the columns

Written by `make bench {asked}` on {os.cpu_count()} cores.{pieces}

{said}

Asked are the top 10 of 3 metrics in all, llm and 50 tasks, shares by lab and country of downloads,
likes, new models and new derivatives; counted anew also the derivatives by family over all lineage.
*One look* is one day's answers; *end to end* decodes two stored days and answers both. *Memory* is
the peak of resident memory above that of the interpreter with its libraries; the names of all
models are in it, here in compressed blocks, elsewhere as the text that is worked on. The bot of
dicts holds both days, as one that compares them does; all others let a day go before they decode
the next, and use both cores where they can. *×* is processor time, or memory, against this code:
one look against carried on, the rest against counted anew. Clock times are those of a machine that
others use too, processor time less so; seconds to reach were drawn up on one where the bot of dicts
took 93 to 112 s end to end at 3M. *Limit* says how many times as long as copying once, at the
memory's speed in this run, all bytes that are compared and counted; of a store also those that it
sends."""


def models_of(size: str) -> int:
    """Return how many models a size means: 100k, 3M, or a number."""
    return int(float(size[:-1]) * _UNITS[size[-1]]) if size[-1] in _UNITS else int(size)


def _run(models: int, churn: float, parties: Sequence[str], rounds: int) -> dict[str, Any]:
    """Measure all parties in turn, several times, and keep the best of each."""
    told: dict[str, dict[str, Any]] = {}
    lineage: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="hubshift-bench-") as folder:
        path = Path(folder) / "two-days"
        _python("tests.bench.stored", str(path), str(models), str(churn))
        for number in range(rounds):
            for name in parties:
                if name == "dict" and (models > MOST_OF_DICTS or number):
                    continue
                sys.stderr.write(f"{models:,} models: {_SHOWN[name]} …\n")
                found = json.loads(_python("tests.bench.party", name, str(path)))
                told[name] = _better(told.get(name, found), found)
            found = json.loads(_python("tests.bench.party", LINEAGE, str(path)))
            lineage = _better(lineage or found, found)
    return {
        "parties": told,
        "lineage": lineage,
        "bandwidth": limit.bandwidth(),
        "load": os.getloadavg()[1],
    }


def _better(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the least of every figure of two runs; answers are those of the last."""
    figures = {name for name, value in other.items() if isinstance(value, (int, float))}
    return {
        name: min(one[name], value) if name in figures else value for name, value in other.items()
    }


def _year(size: str, churn: str, days: str) -> dict[str, Any]:
    sys.stderr.write(f"{days} days of {size} models …\n")
    found: dict[str, Any] = json.loads(
        _python("tests.bench.held", str(models_of(size)), churn, days)
    )
    return found


def _python(module: str, *args: str) -> str:
    command = [sys.executable, "-m", module, *args]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this very Python
    return done.stdout


def _rows(told: Mapping[str, Any]) -> list[str]:
    parties, bandwidth = told["parties"], told["bandwidth"]
    look, ours = parties.get("look", {}), parties.get("ours", {})
    lines = [
        "| who | one look | processor | × | end to end | processor | × | memory | × | limit |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, each in parties.items():
        memory = each["peak"] - each["held"]
        cells = [
            _SHOWN[name],
            _seconds(each["look"]),
            _seconds(each["busy"]),
            _times(each["busy"], look.get("busy")),
        ]
        if name == "look":
            cells += ["–", "", "", _megabytes(memory), ""]
            cells.append(limit.times(each["busy"], each["bytes"], bandwidth))
        else:
            beside = ours["peak"] - ours["held"] if ours else None
            cells += [
                _seconds(each["whole"]),
                _seconds(each["whole_busy"]),
                _times(each["whole_busy"], ours.get("whole_busy")),
                _megabytes(memory),
                _times(memory, beside),
                limit.times(each["whole_busy"], each["bytes"], bandwidth),
            ]
        lines.append("| " + " | ".join(cells) + " |")
    if "dict" in parties and look and ours:
        lines += ["", _reached(parties)]
    if told.get("lineage"):
        lines += ["", _lineage(told["lineage"], bandwidth)]
    speed = f"Memory copies at {bandwidth / 1e9:.1f} GB/s in this run"
    return [*lines, "", f"{speed}; {told['load']:.0f} processes wanted the {os.cpu_count()} cores."]


def _lineage(told: Mapping[str, Any], bandwidth: float) -> str:
    """Say how long the lineage of all takes."""
    return (
        f"Lineage of all, from {told['edges']:,} edges, {told['merges']:,} models of several "
        f"parents and {told['cycles']:,} in cycles: {_seconds(told['all'])} by all relations, "
        f"{_seconds(told['trained'])} by finetune and adapter, of processor time; the first is "
        f"{limit.times(told['all'], told['bytes'], bandwidth)} times the limit."
    )


def _reached(parties: Mapping[str, Any]) -> str:
    """Say how far the figures to reach at 3M are, against the bot of dicts."""
    look, ours, dicts = (parties[name] for name in ("look", "ours", "dict"))
    memory = (dicts["peak"] - dicts["held"]) / (ours["peak"] - ours["held"])
    return (
        f"Of the processor time of the bot of dicts a look carried on takes 1/"
        f"{dicts['busy'] / look['busy']:,.0f} (1/1,000 is wanted at 3M). Counted anew end to end, "
        f"with both cores, it is 1/{dicts['whole'] / ours['whole']:,.0f} by the clock (1/150), "
        f"1/{dicts['whole_busy'] / ours['whole_busy']:,.0f} of the processor time, and 1/"
        f"{memory:,.1f} of the memory (1/25)."
    )


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
