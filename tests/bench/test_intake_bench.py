"""Fetched pages to columns, a census beside HfApi.list_models, an import; by `make bench`.

Of a small Hub: the table that `make bench` writes has the large ones.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.bench import intake

MODELS = 100_000
Run = Callable[[Callable[[], str]], None]


@pytest.fixture
def run(benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a measurement once and prints its line past pytest's capture."""

    def once(measure: Callable[[], str]) -> None:
        line = benchmark.pedantic(measure, rounds=1)  # type: ignore[no-untyped-call]  # ships none
        with capsys.disabled():
            sys.stdout.write(f"\n{line}\n")

    return once


def test_pages_to_columns(run: Run) -> None:
    run(lambda: intake.pages_to_columns(MODELS))


def test_census_beside_hfapi(run: Run, tmp_path: Path) -> None:
    run(lambda: intake.census_beside_hfapi(tmp_path))


def test_import_of_published_statistics(run: Run, tmp_path: Path) -> None:
    run(lambda: intake.imported(tmp_path, MODELS))
