"""What is no recording is refused whole, by file and line."""

import gzip
from pathlib import Path

import pytest

from detectors.metric import Kind
from tests.recording_files import (
    CENSUS,
    DAY1,
    DAY2,
    Line,
    body,
    read,
    refused,
    written,
)


def test_an_earlier_snapshot_of_its_kind_is_refused_across_files(tmp_path: Path) -> None:
    later = written(tmp_path, DAY2, {"id": "a/a"}, name="later")
    earlier = written(tmp_path, "", DAY1, {"id": "a/a"}, name="earlier")
    text = refused(later, earlier)
    assert text.startswith(f"{earlier}, line 2: ")
    assert "2026-01-02T00:00:00Z" in text


def test_kinds_keep_time_apart_from_each_other(tmp_path: Path) -> None:
    path = written(tmp_path, DAY2, {"id": "a/a"}, CENSUS, {"id": "a/a"})
    assert [reading.kind for reading in read(path)] == [Kind.PULSE, Kind.CENSUS]


def test_another_panel_of_the_kind_keeps_the_same_time(tmp_path: Path) -> None:
    late = CENSUS | {"taken_at": "2026-01-02T00:00:00Z", "panel": "labs"}
    assert "earlier than" in refused(written(tmp_path, late, {"id": "a/a"}, CENSUS))


@pytest.mark.parametrize("marker", [DAY1, CENSUS])
def test_the_same_list_twice_is_refused(tmp_path: Path, marker: Line) -> None:
    path = written(tmp_path, marker, {"id": "a/a"}, marker, {"id": "a/b"})
    assert f"{path}, line 3: " in refused(path)
    again = written(tmp_path, marker, {"id": "a/a"}, name="again")
    assert f"{again}, line 1: " in refused(again, again)


def test_lists_of_one_snapshot_that_are_torn_apart_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, DAY1, CENSUS, DAY1 | {"by": "likes"}, {"id": "a/a"})
    assert "must follow one another" in refused(path)


def test_lists_of_one_snapshot_have_one_panel(tmp_path: Path) -> None:
    path = written(tmp_path, CENSUS, CENSUS | {"by": "likes", "panel": "labs"})
    assert "same panel" in refused(path)


@pytest.mark.parametrize(
    "line",
    [
        {"id": "a/a", "downloads": "1.3k"},
        {"id": "a/a", "downloads": -1},
        {"id": "a/a", "likes": 1.5},
        {"id": "a/a", "likes": True},
        {"id": "a/a", "trendingScore": "9"},
        '{"id": "a/a", "trendingScore": 1e999}',
        {"id": "a/a", "trendingScore": 1e19},
        {"id": "a/a", "createdAt": "yesterday"},
        {"id": "a/a", "createdAt": "0001-01-01T00:00:00+14:00"},
        {"id": "a/a", "tags": "license:mit"},
        {"id": "a/a", "tags": [1]},
        {"id": "a/a", "gated": 1},
        {"id": "a/a", "baseModels": {"models": [{}]}},
        {"id": 7},
        {"id": ""},
        {"id": None},
        {"downloads": 4},
        {"_id": 4, "id": "a/a"},
        "[]",
        "null",
        "not JSON",
        '{"id": "a/a"',
        '{"id": 5, and more',
        '{"id": "a/a", "likes": "x",}',
        b'{"id": "a/\xff"}',
        b'{"id": "a/a", "note": "\xff"}',
        b'{"id": "a/a", "likes": "x", "note": "\xff"}',
        '{"id": "\\ud800"}',
        "[" * 100_000,
        '{"id": 5, "x": ' + "[" * 100_000,
    ],
    ids=lambda line: ascii(line)[:40],
)
def test_a_bad_line_is_told_by_file_and_number(tmp_path: Path, line: Line) -> None:
    path = written(tmp_path, DAY1, "", {"id": "a/z"}, line)
    assert refused(path).startswith(f"{path}, line 4: ")


@pytest.mark.parametrize(
    ("marker", "word"),
    [
        (DAY1 | {"taken_at": "soon"}, "taken_at"),
        (DAY1 | {"taken_at": 5}, "taken_at"),
        (DAY1 | {"taken_at": "0001-01-01T00:00:00+14:00"}, "taken_at"),
        (DAY1 | {"kind": "poll"}, "census or pulse"),
        (DAY1 | {"kind": []}, "census or pulse"),
        ({"taken_at": "2026-01-01T00:00:00Z"}, "kind"),
        (DAY1 | {"by": "downloads_all_time"}, "trending, likes, downloads"),
        (DAY1 | {"by": ["likes"]}, "trending, likes, downloads"),
        (DAY1 | {"complete": "no"}, "true or false"),
        (CENSUS | {"panel": 1}, "panel"),
        (CENSUS | {"panel": ""}, "panel"),
        ('{"taken_at": "2026-01-01T00:00:00Z", "kind": "pulse"', "not JSON"),
    ],
    ids=lambda value: ascii(value)[:60],
)
def test_a_bad_marker_says_what_it_wants(tmp_path: Path, marker: Line, word: str) -> None:
    text = refused(written(tmp_path, marker, {"id": "a/a"}))
    assert ", line 1: " in text
    assert word in text


def test_a_model_before_any_marker_is_refused(tmp_path: Path) -> None:
    good = written(tmp_path, DAY1, {"id": "a/a"}, name="good")
    bare = written(tmp_path, "", {"id": "a/a"}, DAY2, name="bare")
    for paths in ([bare], [good, bare]):
        assert refused(*paths).startswith(f"{bare}, line 2: a recording starts with a marker")


def test_a_file_without_a_snapshot_is_refused(tmp_path: Path) -> None:
    good, empty = written(tmp_path, DAY1, name="good"), written(tmp_path, "", name="empty")
    assert refused(good, empty) == f"{empty}: the file holds no snapshot"


def test_a_file_that_is_not_there_or_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path / "none") == f"{tmp_path / 'none'}: there is no such file"
    assert refused(tmp_path).startswith(f"{tmp_path}: cannot be read")


@pytest.mark.parametrize("cut", [20, -9, -1])
def test_gzip_data_cut_short_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "hub.gz"
    path.write_bytes(gzip.compress(body(DAY1, {"id": "a/a"}))[:cut])
    text = refused(path)
    assert text.startswith(f"{path}, line ")
    assert "cut short" in text


def test_damaged_gzip_data_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "hub.gz"
    packed = bytearray(gzip.compress(body(DAY1, *({"id": f"a/{n}"} for n in range(200)))))
    packed[len(packed) // 2] ^= 0xFF
    path.write_bytes(packed)
    assert ", line " in refused(path)
