"""A recorded Hub is read as its format says, and a bad line is told by file and number."""

import gzip
import os
import threading
from pathlib import Path

from bot.hub.recorded import RecordedHub, kept
from detectors.health import admit
from detectors.metric import Kind, Metric
from detectors.verdict import Basis, Intake, Reason
from tests.recording_files import (
    CENSUS,
    DAY1,
    DAY2,
    Line,
    body,
    names,
    read,
    taken_in,
    written,
)


def test_lines_up_to_the_next_marker_are_the_models_in_list_order(tmp_path: Path) -> None:
    path = written(tmp_path, DAY1, {"id": "a/b"}, {"id": "a/a"}, DAY2, {"id": "a/c"})
    first, second = read(path)
    assert (names(first), names(second)) == ([["a/b", "a/a"]], [["a/c"]])
    assert first.kind is Kind.PULSE
    assert first.listings[0].by is Metric.TRENDING
    assert first.taken_at.isoformat() == "2026-01-01T00:00:00+00:00"
    assert len(RecordedHub([path]).check()) == 2


def test_blank_lines_and_unknown_fields_are_ignored(tmp_path: Path) -> None:
    marker = DAY1 | {"comment": "by hand"}
    path = written(tmp_path, "", marker, "  \t", {"id": "a/a", "sha": [1, {"x": None}]}, "", "\r")
    assert names(read(path)[0]) == [["a/a"]]


def test_gzip_is_known_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    packed = tmp_path / "plain.jsonl"
    packed.write_bytes(gzip.compress(body(DAY1, {"id": "a/a"})))
    plain = written(tmp_path, DAY2, {"id": "a/a"}, name="named.gz")
    assert [names(reading) for reading in read(packed, plain)] == [[["a/a"]]] * 2


def test_a_missing_field_is_unknown_and_never_zero(tmp_path: Path) -> None:
    path = written(tmp_path, CENSUS, {"id": "a/a"}, {"id": "a/b", "likes": 0, "gated": None})
    bare, zero = read(path)[0].listings[0].models
    assert (bare.likes, bare.downloads, bare.trending_score) == (None, None, None)
    assert (zero.likes, zero.gated, zero.created_at) == (0, None, None)


def test_the_hubs_own_field_names_are_read(tmp_path: Path) -> None:
    row = {
        "_id": "69e8",
        "id": "Qwen/Q-GGUF",
        "downloads": 12.0,
        "downloadsAllTime": 40,
        "likes": 3,
        "trendingScore": 2.5,
        "createdAt": "2026-04-22T06:04:45.000Z",
        "pipeline_tag": "text-generation",
        "library_name": "gguf",
        "tags": ["license:apache-2.0", "base_model:quantized:Qwen/Q"],
        "baseModels": {"relation": "quantized", "models": [{"_id": "1", "id": "Qwen/Q"}]},
        "gated": "auto",
        "author": "Qwen",
    }
    snapshot, _ = taken_in(read(written(tmp_path, CENSUS, row))[0])
    columns = snapshot.columns
    assert {metric: figures[0] for metric, figures in columns.figures.items()} == {
        Metric.TRENDING: 2.5,
        Metric.LIKES: 3,
        Metric.DOWNLOADS: 12,
        Metric.DOWNLOADS_ALL_TIME: 40,
    }
    assert columns.created_at[0] == 1_776_837_885
    assert columns.gated[0] == 1
    assert [columns.license.at(0), columns.library_name.at(0)] == ["apache-2.0", "gguf"]
    assert columns.ids[int(columns.edges.parent[0])] == "Qwen/Q"


def test_by_without_its_figure_ranks_in_list_order(tmp_path: Path) -> None:
    path = written(tmp_path, DAY1, {"id": "a/z"}, {"id": "a/a"}, {"id": "a/m"})
    board = taken_in(read(path)[0])[0].board(Metric.TRENDING)
    assert board is not None
    assert board.ids == ("a/z", "a/a", "a/m")


def test_one_row_without_its_figure_puts_all_in_list_order(tmp_path: Path) -> None:
    rows: list[Line] = [
        {"id": "a/z", "trendingScore": 1},
        {"id": "a/a"},
        {"id": "a/m", "trendingScore": 9},
    ]
    board = taken_in(read(written(tmp_path, DAY1, *rows))[0])[0].board(Metric.TRENDING)
    assert board is not None
    assert board.ids == ("a/z", "a/a", "a/m")


def test_a_figure_of_another_list_does_not_rank_this_one(tmp_path: Path) -> None:
    likes = DAY1 | {"by": "likes"}
    path = written(
        tmp_path,
        DAY1,
        {"id": "a/z"},
        {"id": "a/a", "trendingScore": 9},
        likes,
        {"id": "a/a", "likes": 5, "trendingScore": 9},
        {"id": "a/z", "likes": 4, "trendingScore": 1},
    )
    board = taken_in(read(path)[0])[0].board(Metric.TRENDING)
    assert board is not None
    assert board.ids == ("a/z", "a/a")


def test_with_its_figures_the_list_order_does_not_matter(tmp_path: Path) -> None:
    rows = [{"id": "a/z", "trendingScore": 1}, {"id": "a/a", "trendingScore": 2}]
    board = taken_in(read(written(tmp_path, DAY1, *rows))[0])[0].board(Metric.TRENDING)
    assert board is not None
    assert board.ids == ("a/a", "a/z")


def test_successive_lists_are_one_snapshot(tmp_path: Path) -> None:
    likes = DAY1 | {"by": "likes"}
    (reading,) = read(written(tmp_path, DAY1, {"id": "a/a"}, likes, {"id": "a/b"}, {"id": "a/a"}))
    assert [listing.by for listing in reading.listings] == [Metric.TRENDING, Metric.LIKES]
    snapshot, intake = taken_in(reading)
    assert len(snapshot) == 2
    assert intake == Intake()
    assert snapshot.board(Metric.DOWNLOADS) is None


def test_lists_of_one_snapshot_may_go_on_in_the_next_file(tmp_path: Path) -> None:
    one = written(tmp_path, DAY1, {"id": "a/a"}, name="1")
    two = written(tmp_path, DAY1 | {"by": "likes"}, {"id": "a/a"}, DAY2, {"id": "a/a"}, name="2")
    assert [len(reading.listings) for reading in read(one, two)] == [2, 1]


def test_missing_complete_means_true(tmp_path: Path) -> None:
    path = written(tmp_path, DAY1, {"id": "a/a"}, DAY2 | {"complete": True}, {"id": "a/a"})
    assert [reading.partial for reading in read(path)] == ["", ""]


def test_a_snapshot_marked_as_not_complete_is_withheld_as_partial(tmp_path: Path) -> None:
    likes = DAY1 | {"by": "likes", "complete": False}
    (reading,) = read(written(tmp_path, DAY1, {"id": "a/a"}, likes, {"id": "a/a"}))
    verdict = admit(*taken_in(reading), Basis())
    assert verdict.reason is Reason.PARTIAL
    assert "by likes" in verdict.detail


def test_a_panel_names_its_part_of_the_hub(tmp_path: Path) -> None:
    (reading,) = read(written(tmp_path, CENSUS | {"panel": "labs"}, {"id": "a/a", "likes": 1}))
    assert taken_in(reading)[0].stream == "census:labs"


def test_a_repeated_id_withholds_the_snapshot_as_duplicated(tmp_path: Path) -> None:
    (reading,) = read(written(tmp_path, DAY1, {"id": "a/a"}, {"id": "a/b"}, {"id": "a/a"}))
    verdict = admit(*taken_in(reading), Basis())
    assert verdict.reason is Reason.DUPLICATED
    assert "a/a" in verdict.detail


def test_one_repeated_id_of_many_is_counted_once(tmp_path: Path) -> None:
    rows = [{"id": f"a/{at}"} for at in range(120)]
    (reading,) = read(written(tmp_path, DAY1, *rows, {"id": "a/7"}))
    snapshot, intake = taken_in(reading)
    assert (len(snapshot), intake.repeated) == (120, 1)
    assert admit(snapshot, intake, Basis()).admitted


def test_an_empty_list_is_read_and_withheld(tmp_path: Path) -> None:
    first, second = read(written(tmp_path, DAY1, DAY2, {"id": "a/a"}))
    assert admit(*taken_in(first), Basis()).reason is Reason.EMPTY
    assert admit(*taken_in(second), Basis()).admitted


def test_times_of_another_zone_are_moved_to_utc(tmp_path: Path) -> None:
    marker = DAY1 | {"taken_at": "2026-01-01T02:00:00+02:00"}
    assert read(written(tmp_path, marker))[0].taken_at.isoformat() == "2026-01-01T00:00:00+00:00"


def test_a_pipe_can_be_checked_and_then_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(body(DAY1, {"id": "a/a"}),))
    writer.start()
    with kept([pipe]) as paths:
        writer.join()
        assert len(RecordedHub(paths).check()) == 1
        assert names(read(*paths)[0]) == [["a/a"]]


def test_ordinary_files_are_not_copied(tmp_path: Path) -> None:
    path = written(tmp_path, DAY1)
    with kept([path, tmp_path / "none"]) as paths:
        assert paths == [path, tmp_path / "none"]


def test_a_byte_order_mark_before_the_first_line_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "hub.jsonl"
    path.write_bytes(
        b'\xef\xbb\xbf{"taken_at": "2026-01-01T00:00:00Z", "kind": "census"}\n{"id": "a/a"}'
    )
    assert [len(each.listings[0].models) for each in RecordedHub([path]).readings()] == [1]
