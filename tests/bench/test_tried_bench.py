"""How long a rule takes to try on a year of daily boards and shares; `make bench` runs it."""

from collections.abc import Callable, Iterator

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bot.store.embedded import EmbeddedServer
from tests.bench.test_bench import say, stats_of
from tests.bench.tried import DAYS, MOST_SECONDS, ROUNDS, RULES, Year, year

__all__ = ["say"]


@pytest.fixture(scope="module")
def found(server: EmbeddedServer) -> Iterator[Year]:
    """Hold a year of daily censuses, filled once for all rules."""
    with year(server) as filled:
        yield filled


@pytest.mark.parametrize("line", RULES)
def test_a_rule_on_a_year(
    benchmark: BenchmarkFixture, found: Year, line: str, say: Callable[[str], None]
) -> None:
    tried = benchmark.pedantic(found.tried, (line,), rounds=ROUNDS)  # type: ignore[no-untyped-call]  # ships none
    seconds = float(stats_of(benchmark).min)
    looks, beside = tried[0].trial.looks, len(tried[0].beside)
    say(f"{seconds:.2f} s (best) for {looks} days and {beside} thresholds: {line}")
    assert looks == DAYS
    assert seconds < MOST_SECONDS
