"""What make bench measures: a made-up Hub of few models, and all competitors of one answer."""

from pathlib import Path

import numpy as np
import pytest

from detectors.labs import Labs
from detectors.metric import Metric
from tests.bench import held, party
from tests.bench.hub import hub
from tests.bench.stored import Stored
from tests.bench.table import kept

MODELS = 4_000


@pytest.fixture(scope="module")
def stored(labs: Labs, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    found = Stored(tmp_path_factory.mktemp("bench") / "two-days")
    found.write(hub(MODELS, labs), 0.24)
    return found


@pytest.mark.parametrize("name", ["polars", "duckdb", "dict"])
def test_every_competitor_answers_what_this_code_does(stored: Stored, name: str) -> None:
    ours, theirs = party.cold("ours", stored), party.cold(name, stored)
    assert (theirs["tables"], theirs["family"]) == (ours["tables"], ours["family"])


def test_carried_on_the_answers_are_those_counted_anew(stored: Stored) -> None:
    assert party.look(stored)["tables"] == party.cold("ours", stored)["tables"]


def test_a_made_up_day_changes_as_many_rows_as_it_is_told_to(labs: Labs) -> None:
    first = hub(MODELS, labs)
    before, after = first.columns, first.next(0.24).columns
    differs = np.zeros(MODELS, np.bool_)
    for metric in Metric:
        differs |= after.figures[metric][:MODELS] != before.figures[metric]
    assert 0.2 < differs.mean() < 0.25
    assert len(after) == MODELS + MODELS // 100
    assert len(before.edges) > MODELS / 3
    assert not before.present.all()


def test_what_is_stored_of_a_made_up_hub_is_read_back(stored: Stored, labs: Labs) -> None:
    days = [hub(MODELS, labs), hub(MODELS, labs).next(0.24)]
    for found, day in zip(stored.days(stored.names()), days, strict=True):
        assert found.ids == day.columns.ids
        for metric, figures in day.columns.figures.items():
            assert found.figures[metric].tolist() == figures.tolist()


def test_days_in_a_real_store_say_what_they_weigh_and_how_fast_they_answer() -> None:
    told = held.told_of(MODELS, 0.24, 18)
    assert told["models"] == [MODELS, MODELS + 17 * 13]
    assert sum(told["parts"].values()) == pytest.approx(told["bytes"])
    rows = held.rows(told)
    assert "18 daily censuses of 4,000 models growing to 4,221" in rows[0]
    for what in ("bytes per model and day", "past day", "history of 18 days", "top 10", "kill -9"):
        assert any(what in row for row in rows)


def test_what_was_measured_once_is_kept(tmp_path: Path) -> None:
    asked: list[int] = []

    def measure() -> dict[str, int]:
        asked.append(len(asked))
        return {"models": 3}

    found = [kept(tmp_path, "3", measure) for _ in range(2)]
    assert found == [{"models": 3}] * 2
    assert asked == [0]


def test_of_a_year_every_fourth_chain_has_tables() -> None:
    days = [number for number in range(365) if held.sampled(365, number)]
    assert days == [*range(32, 64), *range(160, 192), *range(288, 320)]
    assert all(held.sampled(100, number) for number in range(100))
