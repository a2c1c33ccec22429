"""What `record` writes is what a recorded Hub reads."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.hub.port import Listing, Reading
from bot.hub.recorded import RecordedHub
from bot.hub.recording import RecordingRefused, write_recording
from bot.hub.records import BaseModels, ListedModel, ParentModel
from detectors.metric import Kind, Metric

AT = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
FULL = ListedModel(
    id="lab/full",
    oid="0" * 24,
    author="lab",
    downloads=7,
    downloads_all_time=70,
    likes=0,
    trending_score=1.5,
    created_at=datetime(2022, 3, 2, 23, 29, 4, 120_000, tzinfo=UTC),
    pipeline_tag="text-generation",
    library_name="transformers",
    tags=("a", "b"),
    base_models=BaseModels(models=(ParentModel(id="lab/base"),), relation="finetune"),
    gated="auto",
)
BARE = ListedModel(id="lab/bare")


def pulse(at: datetime = AT, *, partial: str = "") -> Reading:
    lists = (
        Listing(Metric.TRENDING, (FULL, BARE)),
        Listing(Metric.LIKES, (BARE, FULL)),
        Listing(Metric.DOWNLOADS, ()),
    )
    return Reading(taken_at=at, kind=Kind.PULSE, listings=lists, partial=partial)


def census(at: datetime = AT) -> Reading:
    return Reading(taken_at=at, kind=Kind.CENSUS, listings=(Listing(None, (FULL,)),))


def lines(path: Path) -> list[dict[str, Any]]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("name", ["hub.jsonl", "hub.jsonl.gz"])
def test_a_recording_reads_back_as_what_was_seen(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    readings = [pulse(), census(), pulse(AT + timedelta(hours=1), partial="half of it")]
    for reading in readings:
        write_recording(path, reading)
    assert list(RecordedHub([path]).readings()) == readings
    assert path.read_bytes().startswith(b"\x1f\x8b") == name.endswith(".gz")


def test_each_list_has_a_marker_and_the_hubs_own_field_names(tmp_path: Path) -> None:
    path = tmp_path / "hub.jsonl"
    write_recording(path, pulse(partial="the list by likes ended early"))
    written = lines(path)
    assert written[0] == {
        "taken_at": "2026-11-23T12:00:00Z",
        "kind": "pulse",
        "by": "trending",
        "complete": False,
        "why": "the list by likes ended early",
    }
    assert written[1] == {
        "id": "lab/full",
        "_id": "0" * 24,
        "author": "lab",
        "downloads": 7,
        "downloadsAllTime": 70,
        "likes": 0,
        "trendingScore": 1.5,
        "createdAt": "2022-03-02T23:29:04.120000Z",
        "pipeline_tag": "text-generation",
        "library_name": "transformers",
        "tags": ["a", "b"],
        "baseModels": {"models": [{"id": "lab/base"}], "relation": "finetune"},
        "gated": "auto",
    }
    assert written[2] == {"id": "lab/bare"}
    assert [line["by"] for line in written if "by" in line] == ["trending", "likes", "downloads"]


def test_a_whole_census_is_marked_complete_and_named_by_no_metric(tmp_path: Path) -> None:
    path = tmp_path / "hub.jsonl"
    write_recording(path, census())
    assert lines(path)[0] == {
        "taken_at": "2026-11-23T12:00:00Z",
        "kind": "census",
        "complete": True,
    }


@pytest.mark.parametrize("name", ["hub.jsonl", "hub.jsonl.gz"])
@pytest.mark.parametrize("end", ["\n", ""])
def test_what_is_there_stays_byte_for_byte(tmp_path: Path, name: str, end: str) -> None:
    path = tmp_path / name
    old = b'{"taken_at":"2026-11-22T00:00:00Z","kind":"census"}\n\n{"id":"a/b"}' + end.encode()
    before = gzip.compress(old) if name.endswith(".gz") else old
    path.write_bytes(before)
    path.chmod(0o640)
    write_recording(path, census())
    assert path.read_bytes().startswith(before)
    assert path.stat().st_mode & 0o777 == 0o640
    assert len(list(RecordedHub([path]).readings())) == 2


@pytest.mark.parametrize("back", [timedelta(0), timedelta(seconds=1)])
def test_a_snapshot_that_is_not_later_is_refused(tmp_path: Path, back: timedelta) -> None:
    path = tmp_path / "hub.jsonl.gz"
    write_recording(path, pulse())
    before = path.read_bytes()
    with pytest.raises(RecordingRefused, match="already holds a pulse") as caught:
        write_recording(path, pulse(AT - back))
    assert caught.value.exit_code == 2
    assert path.read_bytes() == before
    write_recording(path, census(AT - back))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"# A diary\n", "line 1: no marker"),
        (b'{"id":"a/b"}\n', "line 1: no marker"),
        (
            b'{"taken_at":"2026-11-22T00:00:00Z","kind":"census"}\n{"id":"a/',
            "line 2: the file breaks",
        ),
        (
            gzip.compress(b'{"taken_at":"2026-11-22","kind":"census"}\n', mtime=0)[:-9],
            "gzip data is damaged",
        ),
    ],
    ids=["text", "model first", "broken off", "gzip"],
)
def test_a_file_that_is_no_recording_is_left_alone(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "hub.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordingRefused, match=told):
        write_recording(path, pulse())
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingRefused, match="does not exist"):
        write_recording(tmp_path / "none" / "hub.jsonl", pulse())


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "hub.jsonl"
    unwritable = ListedModel(id="lab/\ud800")
    broken = Reading(taken_at=AT, kind=Kind.CENSUS, listings=(Listing(None, (FULL, unwritable)),))
    with pytest.raises(UnicodeEncodeError):
        write_recording(path, broken)
    assert list(tmp_path.iterdir()) == []
