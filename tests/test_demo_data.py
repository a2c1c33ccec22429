"""The demo's recording against its own description, known days, and the lab table."""

import gzip
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.demo import recording
from bot.demo.build import Damage, build, fact_of, main
from detectors.labs import parse_labs

ROOT = Path(__file__).parent.parent
ROW = {
    "date": "2026-02-01",
    "rank": 1,
    "title": "lab/new-one",
    "category": "Text Generation",
    "model_size": "9B",
    "last_modified": "Updated 3 days ago",
    "download": "1.3k",
    "like": "58",
    "_downloads_num": 1300,
    "_likes_num": 58,
}
FACT = {"id": "lab/new-one", "pipeline_tag": "text-generation", "downloads": 1300, "likes": 58}


@pytest.fixture(scope="module")
def days() -> dict[str, list[dict[str, Any]]]:
    """Read the recording as models in rank order by the text of their marker's taken_at."""
    days: dict[str, list[dict[str, Any]]] = {}
    for line in gzip.decompress(recording().read_bytes()).decode().splitlines():
        fact = json.loads(line)
        if "taken_at" in fact:
            assert fact == {"taken_at": fact["taken_at"], "kind": "pulse", "by": "trending"}
            assert fact["taken_at"] not in days
            days[fact["taken_at"]] = []
        else:
            days[next(reversed(days))].append(fact)
    return days


def stated() -> dict[str, int]:
    """Read the figures of SOURCE.md's list, by the words before them."""
    text = (ROOT / "bot" / "demo" / "SOURCE.md").read_text(encoding="utf-8")
    return {
        what: int(figure)
        for what, figure in re.findall(r"^- ([a-z ]+): (\d+)\b", text, re.MULTILINE)
    }


def test_the_recording_has_174_days_of_30_models_in_rising_order(
    days: dict[str, list[dict[str, Any]]],
) -> None:
    assert len(days) == stated()["days"] == 174
    assert {len(models) for models in days.values()} == {stated()["models a day"]} == {30}
    assert list(days) == sorted(days)
    assert (next(iter(days)), next(reversed(days))) == (
        "2025-11-07T00:00:00Z",
        "2026-04-30T00:00:00Z",
    )


def test_the_only_missing_day_is_the_one_that_was_never_recorded(
    days: dict[str, list[dict[str, Any]]],
) -> None:
    held = [datetime.fromisoformat(day) for day in days]
    missing = {held[0] + timedelta(days=n) for n in range((held[-1] - held[0]).days)} - set(held)
    assert [f"{day:%Y-%m-%d}" for day in missing] == ["2026-01-05"]
    assert "2026-01-05" in (ROOT / "bot" / "demo" / "SOURCE.md").read_text(encoding="utf-8")


def test_the_counts_of_what_is_unknown_are_those_the_source_note_states(
    days: dict[str, list[dict[str, Any]]],
) -> None:
    models = [model for listed in days.values() for model in listed]
    said = stated()
    assert len(models) == said["rows"]
    assert (
        sum("pipeline_tag" not in model for model in models)
        == (said["of these without their task"])
    )
    assert sum("downloads" not in model for model in models) == (
        said["of these without their downloads"] + said["rows with no downloads on the page"]
    )
    assert said["rows with shifted columns"] == 736
    assert all("likes" in model for model in models)


@pytest.mark.parametrize(
    ("model", "day", "rank"),
    [
        ("moonshotai/Kimi-K2-Thinking", "2025-11-07", 1),
        ("deepseek-ai/DeepSeek-V3.2", "2025-12-01", 5),
        ("moonshotai/Kimi-K2.5", "2026-01-27", 4),
        ("zai-org/GLM-5", "2026-02-11", 9),
        ("deepseek-ai/DeepSeek-V4-Pro", "2026-04-24", 1),
    ],
)
def test_a_known_first_day_in_the_top_10_is_in_the_recording(
    days: dict[str, list[dict[str, Any]]], model: str, day: str, rank: int
) -> None:
    top10 = {at[:10]: [listed["id"] for listed in models[:10]] for at, models in days.items()}
    assert next(at for at, ids in top10.items() if model in ids) == day
    assert top10[day].index(model) + 1 == rank


def test_every_fact_has_the_hubs_own_form(days: dict[str, list[dict[str, Any]]]) -> None:
    for models in days.values():
        assert len({model["id"] for model in models}) == len(models)
        for model in models:
            assert set(model) <= {"id", "pipeline_tag", "downloads", "likes"}
            assert re.fullmatch(r"[^/\s]+/[^/\s]+", model["id"])
            assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", model.get("pipeline_tag", "robotics"))
            figures = [model[key] for key in ("downloads", "likes") if key in model]
            assert all(type(figure) is int and figure > 0 for figure in figures)


def test_every_namespace_of_the_recording_is_in_the_lab_table(
    days: dict[str, list[dict[str, Any]]],
) -> None:
    labs = parse_labs((ROOT / "detectors" / "labs.toml").read_text(encoding="utf-8"))
    seen = {model["id"].partition("/")[0] for models in days.values() for model in models}
    assert sorted(namespace for namespace in seen if not labs.lists(namespace)) == []


def test_the_recording_stays_small_and_carries_no_time_of_its_making() -> None:
    packed = recording().read_bytes()
    assert len(packed) < 150_000
    assert packed[4:8] == bytes(4)


@pytest.mark.parametrize(
    ("damage", "lost", "counted"),
    [
        ({}, set(), Damage(rows=1)),
        ({"category": "9B"}, {"pipeline_tag"}, Damage(rows=1, shifted=1, lost_task=1)),
        (
            {"category": "Updated4 days ago", "last_modified": "274", "_downloads_num": None},
            {"pipeline_tag", "downloads"},
            Damage(rows=1, shifted=1, lost_task=1, lost_downloads=1),
        ),
        (
            {"category": "Updated 4 days ago", "_downloads_num": None},
            {"pipeline_tag", "downloads"},
            Damage(rows=1, shifted=1, lost_task=1, no_downloads=1),
        ),
        (
            {"last_modified": "310B", "download": "Updated 1 day ago"},
            {"downloads"},
            Damage(rows=1, shifted=1, lost_downloads=1),
        ),
        ({"_downloads_num": None}, {"downloads"}, Damage(rows=1, no_downloads=1)),
    ],
)
def test_exactly_the_damaged_figures_are_left_out_and_counted(
    damage: dict[str, Any], lost: set[str], counted: Damage
) -> None:
    fact, seen = fact_of(ROW | damage, Damage())
    assert fact == {key: value for key, value in FACT.items() if key not in lost}
    assert seen == counted


def test_a_task_nobody_knows_is_refused_and_not_passed_on() -> None:
    with pytest.raises(ValueError, match="2026-02-01 rank 1: unknown task 'Time Travel'"):
        fact_of(ROW | {"category": "Time Travel"}, Damage())


def test_a_day_with_a_gap_in_its_ranks_or_an_early_end_is_refused() -> None:
    with pytest.raises(ValueError, match="rank 3 stands where rank 2 is due"):
        build([ROW, ROW | {"rank": 3}])
    with pytest.raises(ValueError, match="2026-02-01: ends at rank 1"):
        build([ROW])


def test_the_builder_writes_the_same_bytes_twice_and_says_what_was_damaged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [ROW | {"rank": n, "category": "9B" if n == 2 else "Robotics"} for n in range(1, 31)]
    source = tmp_path / "in.jsonl.gz"
    source.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in rows).encode()))
    first, second = tmp_path / "one.gz", tmp_path / "two.gz"
    assert [main([str(source), str(target)]) for target in (first, second)] == [0, 0]
    assert first.read_bytes() == second.read_bytes()
    assert "rows with shifted columns: 1\n" in capsys.readouterr().out


def test_a_file_that_is_no_archive_is_bad_input_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "in.gz", tmp_path / "out.gz"
    source.write_bytes(b"not gzip")
    assert main([str(source), str(target)]) == 2
    assert main([]) == 2
    assert not target.exists()
    assert "is it a trend-archive file?" in capsys.readouterr().err
