"""How long a rule takes to try on a year of daily censuses, through the real store.

`python -m tests.bench.tried` prints the first table of docs/tried.md, `python -m tests.bench.tried
columns` one of rules that only all columns answer; DAYS=365 MODELS=50000 unless set. With
HELD=FOLDER the store stays in a folder, and is not filled again where it is.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

from redis.asyncio import Redis

from bot.backtest import Backtest, backtest
from bot.look import Look
from bot.render.answer import wrapped
from bot.rules import parse_rule
from bot.store.embedded import EmbeddedServer
from bot.store.keys import Keys
from bot.store.store import Store
from bot.views import Note
from detectors.metric import Kind
from detectors.snapshot import Snapshot
from detectors.verdict import Reason, Verdict
from tests.bench.hub import hub
from tests.bench.lookups import lessons_of
from tests.world import labs

DAYS = int(os.environ.get("DAYS") or 365)
# Tables hold boards, labs and families, whose number hardly grows with that of the models.
MODELS = int(os.environ.get("MODELS") or 50_000)
CHURN = 0.02
# By the clock, for every kind of rule, thresholds near it and pictures included. What else runs on
# the machine only ever adds to it, so the best of the rounds is held against it.
MOST_SECONDS = 1.0
ROUNDS = 3
RULES = (
    "top 10 by downloads in llm",
    "top 10 by likes in all",
    "share of slots by country who China above 50% clear 40% in top 10 by trending",
    "unmapped lab above 15% in top 10 by trending",
    "share of derivatives by family who Qwen above 40% clear 37%",
    "share of downloads by lab anyone above 10% clear 8%",
    "share of new by country who China above 40% clear 37%",
    "newcomers anyone above 25% clear 22%",
    "lead of derivatives by family",
    "lead of slots by lab in top 10 by trending",
    "momentum of derivatives by family anyone up",
    "momentum of slots by lab anyone up in top 10 by trending",
    "concentration of downloads by lab above 1800 clear 1500",
    "gap of likes over downloads above 10% clear 5%",
)
# Rules that only the columns of each census answer; how long they take grows with the models.
COLUMN_RULES = (
    "top 10 by likes in lab Qwen",
    "top 10 by downloads in license mit",
    "share of likes by lab who Qwen above 40% clear 37% in country China",
    "cadence of anyone silent 180 days",
    "cadence of lab Qwen often",
    "breakout by downloads in llm",
    "suspicious growth in all",
    "access change in top 1000 by likes",
)


@dataclass(frozen=True)
class Year:
    """A store that holds a year of daily censuses, and the loop it lives in."""

    loop: asyncio.Runner
    client: Redis

    def tried(self, line: str) -> tuple[Backtest, float]:
        """Try a rule and thresholds near it; return what it said, and the seconds it took."""
        rule = parse_rule(line, labs())
        begin = perf_counter()
        # Anew: what a store has read before it does not read again.
        found = self.loop.run(backtest(rule, opened(self.client)))
        return found, perf_counter() - begin


@contextmanager
def year(server: EmbeddedServer, models: int = MODELS, days: int = DAYS) -> Iterator[Year]:
    """Fill a store with daily censuses, their tables made as a look makes them."""
    with asyncio.Runner() as loop:
        client = Redis(unix_socket_path=str(server.socket), legacy_responses=False)
        store = opened(client)
        try:
            if loop.run(store.noted.count(Kind.CENSUS.value)) < days:
                loop.run(_filled(store, models, days))
            yield Year(loop, client)
        finally:
            loop.run(client.aclose())


def opened(client: Redis) -> Store:
    """Return the store of the year."""
    return Store(client, labs(), Keys("bench-year"))


async def _filled(store: Store, models: int, days: int) -> None:
    day, last, known = hub(models, labs()), None, 0
    for number in range(days):
        census: Snapshot = day.snapshot(labs()).counted(last)
        note = Note.of(census, Verdict(Reason.ADMITTED))
        lessons = lessons_of(day.columns, known)
        await store.commit(Look(f"{number:016x}", number, note, census, lessons))
        known = len(day.columns)
        day, last = day.next(CHURN), census


def section(found: Year, models: int, days: int) -> Iterator[str]:
    """Yield the lines of the docs, and what each rule took."""
    yield "# A rule tried on a year"
    yield ""
    said = (
        f"By `MODELS={models} python -m tests.bench.tried`: {days} daily censuses of a made-up Hub "
        f"of {models:,} models and more, in the embedded store; `hubshift backtest` of a rule and "
        "of up to four thresholds near it, pictures included, read from the store anew. Best of "
        f"{ROUNDS}; `make bench` fails where a rule takes {MOST_SECONDS:g} s or longer. "
        f"{os.cpu_count()} cores, on which {os.getloadavg()[0]:.0f} processes wanted to run: with "
        "more of those than cores, the clock tells of them and the processor time of the rule."
    )
    yield from wrapped(said, 100)
    yield ""
    yield from _table(found, RULES, days)


def columns_section(found: Year, models: int, days: int) -> Iterator[str]:
    """Yield the same of rules that only all columns answer."""
    said = (
        f"By `DAYS={days} MODELS={models} python -m tests.bench.tried columns`: {days} days of "
        f"{models:,} models and more, everything else as above."
    )
    yield from wrapped(said, 100)
    yield ""
    yield from _table(found, COLUMN_RULES, days)


def _table(found: Year, rules: Sequence[str], days: int) -> Iterator[str]:
    yield "| rule | tried | fired | took | of it on the processor |"
    yield "|---|--:|--:|--:|--:|"
    for line in rules:
        took: list[tuple[float, float]] = []
        for _ in range(ROUNDS):
            begin = process_time()
            tried, seconds = found.tried(line)
            took.append((seconds, process_time() - begin))
            if tried.trial.looks != days:
                raise ValueError(f"{line}: {tried.trial.looks} of {days} days were read")
        wall, busy = (min(each[at] for each in took) for at in (0, 1))
        fired = len(tried.trial.fired)
        yield f"| `{line}` | {len(tried.beside)} | {fired} | {wall:.2f} s | {busy:.2f} s |"


def main(arguments: Sequence[str]) -> int:
    """Print a section; return the exit code."""
    told = columns_section if "columns" in arguments else section
    held = os.environ.get("HELD")
    with tempfile.TemporaryDirectory(prefix="hubshift-year-") as folder:
        server = EmbeddedServer(Path(held or folder), remove=not held)
        asyncio.run(server.start())
        try:
            with year(server) as found:
                for line in told(found, MODELS, DAYS):
                    sys.stdout.write(line + "\n")
                    sys.stdout.flush()
        finally:
            asyncio.run(server.leave())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
