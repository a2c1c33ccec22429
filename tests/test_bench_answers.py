"""What make bench measures: a made-up Hub of few models, and all competitors of one answer."""

import numpy as np
import pytest

from detectors.labs import Labs
from detectors.metric import Metric
from tests.bench import chain, party
from tests.bench.hub import hub
from tests.bench.stored import Stored

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


def test_a_chain_of_days_says_what_it_weighs() -> None:
    rows = chain.rows(MODELS, 0.02, 4)
    assert "4 daily censuses of 4,000 models growing to 4,120" in rows[0]
    assert any(row.startswith("| bytes per model and day | ") for row in rows)
