"""How long a rule takes to try on a year of daily censuses, through the real store.

`python -m tests.bench.tried` prints what stands in docs/tried.md; DAYS=365 MODELS=50000 unless set.
With HELD=FOLDER the store stays in a folder, and is not filled again where it is.
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


@dataclass(frozen=True)
class Year:
    """A store that holds a year of daily censuses, and the loop it lives in."""

    loop: asyncio.Runner
    store: Store

    def tried(self, line: str) -> tuple[Backtest, float]:
        """Try a rule and thresholds near it; return what it said, and the seconds it took."""
        rule = parse_rule(line, labs())
        begin = perf_counter()
        found = self.loop.run(backtest(rule, self.store))
        return found, perf_counter() - begin


@contextmanager
def year(server: EmbeddedServer, models: int = MODELS, days: int = DAYS) -> Iterator[Year]:
    """Fill a store with daily censuses, their tables made as a look makes them."""
    with asyncio.Runner() as loop:
        client = Redis(unix_socket_path=str(server.socket), legacy_responses=False)
        store = Store(client, labs(), Keys("bench-year"))
        try:
            if loop.run(store.noted.count(Kind.CENSUS.value)) < days:
                loop.run(_filled(store, models, days))
            yield Year(loop, store)
        finally:
            loop.run(client.aclose())


async def _filled(store: Store, models: int, days: int) -> None:
    day, last = hub(models, labs()), None
    for number in range(days):
        census: Snapshot = day.snapshot(labs()).counted(last)
        note = Note.of(census, Verdict(Reason.ADMITTED))
        await store.commit(Look(f"{number:016x}", number, note=note, snapshot=census))
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
    yield "| rule | tried | fired | took | of it on the processor |"
    yield "|---|--:|--:|--:|--:|"
    for line in RULES:
        took: list[tuple[float, float]] = []
        for _ in range(ROUNDS):
            begin = process_time()
            tried, seconds = found.tried(line)
            took.append((seconds, process_time() - begin))
        wall, busy = (min(each[at] for each in took) for at in (0, 1))
        fired = len(tried.trial.fired)
        yield f"| `{line}` | {len(tried.beside)} | {fired} | {wall:.2f} s | {busy:.2f} s |"


def main(arguments: Sequence[str]) -> int:
    """Print the section; return the exit code."""
    del arguments
    held = os.environ.get("HELD")
    with tempfile.TemporaryDirectory(prefix="hubshift-year-") as folder:
        server = EmbeddedServer(Path(held or folder), remove=not held)
        asyncio.run(server.start())
        try:
            with year(server) as found:
                for line in section(found, MODELS, DAYS):
                    sys.stdout.write(line + "\n")
                    sys.stdout.flush()
        finally:
            asyncio.run(server.leave())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
