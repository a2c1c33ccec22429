"""A Reading becomes a Snapshot: a row a model, unknown kept apart from 0, repeats named."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from bot.hub.port import Listing, Reading
from bot.intake import snapshot_of
from bot.ledger import Ledger
from detectors.columns import NEVER, RELATIONS, UNKNOWN
from detectors.metric import Kind, Metric
from detectors.snapshot import Snapshot
from detectors.verdict import Intake, Repeats
from tests.world import Row, day, labs, models

Lists = Sequence[tuple[Metric | None, Sequence[Row]]]


def taken(lists: Lists, kind: Kind = Kind.PULSE, partial: str = "") -> tuple[Snapshot, Intake]:
    listings = tuple(Listing(by, models(*rows)) for by, rows in lists)
    reading = Reading(day(1), kind, listings, partial=partial)
    return snapshot_of(reading, Ledger(labs()))


def census(*rows: Row) -> Snapshot:
    return taken([(None, rows)], Kind.CENSUS)[0]


def test_a_model_of_several_lists_is_one_row() -> None:
    snapshot, intake = taken(
        [(Metric.LIKES, ["x/a", "x/b"]), (Metric.TRENDING, ["x/c", "x/b", "x/a"])]
    )
    assert snapshot.columns.ids == ("x/a", "x/b", "x/c")
    assert {by: rows.tolist() for by, rows in snapshot.lists.items()} == {
        Metric.LIKES: [0, 1],
        Metric.TRENDING: [2, 1, 0],
    }
    assert intake == Intake()


def test_a_figure_comes_from_the_list_it_orders_and_else_from_the_first_that_knows() -> None:
    snapshot, _ = taken(
        [
            (Metric.TRENDING, [("x/a", {"likes": 1, "downloads": None})]),
            (Metric.LIKES, [("x/a", {"likes": 2, "downloads": 5, "pipeline_tag": "fill-mask"})]),
            (None, [("x/a", {"likes": 3, "downloads": 6, "pipeline_tag": "other"})]),
        ]
    )
    figures = snapshot.columns.figures
    assert (figures[Metric.LIKES][0], figures[Metric.DOWNLOADS][0]) == (2, 5)
    assert snapshot.columns.pipeline_tag.at(0) == "fill-mask"


def test_a_list_without_its_own_figure_does_not_borrow_it() -> None:
    lists: Lists = [
        (Metric.LIKES, ["x/a", ("x/b", {"likes": 1})]),
        (Metric.TRENDING, [("x/a", {"likes": 9}), ("x/c", {"likes": 7})]),
    ]
    figures = taken(lists)[0].columns.figures[Metric.LIKES]
    assert figures[0] == UNKNOWN
    assert figures[1:].tolist() == [1, 7]


def test_a_metric_that_no_row_carries_is_absent() -> None:
    columns = census(("x/a", {"likes": 0}), "x/b").columns
    assert list(columns.figures) == [Metric.LIKES]
    assert columns.figures[Metric.LIKES][0] == 0
    assert columns.figures[Metric.LIKES][1] == UNKNOWN


def test_what_is_not_said_is_unknown() -> None:
    columns = census("bare").columns
    assert columns.created_at.tolist() == [NEVER]
    assert columns.gated.tolist() == [-1]
    for text in (columns.namespace, columns.pipeline_tag, columns.library_name, columns.license):
        assert text.at(0) is None
    assert len(columns.edges.child) == 0


def test_empty_texts_are_unknown() -> None:
    row: Row = ("x/a", {"pipeline_tag": "", "library_name": "", "tags": ("license:",)})
    columns = census(row).columns
    found = (columns.pipeline_tag, columns.library_name, columns.license)
    assert [text.at(0) for text in found] == [None, None, None]


@pytest.mark.parametrize(
    ("gated", "code"), [(True, 1), (False, 0), ("auto", 1), ("manual", 1), (None, -1)]
)
def test_gates_are_open_shut_or_unknown(gated: bool | str | None, code: int) -> None:  # noqa: FBT001 - as the Hub writes it
    assert census(("x/a", {"gated": gated})).columns.gated.tolist() == [code]


def test_who_publishes_is_the_author_and_else_the_part_before_the_slash() -> None:
    columns = census("x/a", ("y/b", {"author": "z"}), ("y/c", {"author": ""}), "gpt2").columns
    assert [columns.namespace.at(row) for row in range(4)] == ["x", "z", "y", None]


def test_times_are_seconds_of_utc() -> None:
    moved = datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    row: Row = ("x/a", {"created_at": moved})
    assert census(row).columns.created_at.tolist() == [int(day(1).timestamp())]
    old: Row = ("x/b", {"created_at": datetime(1, 1, 1, tzinfo=UTC)})
    assert census(old).columns.created_at[0] < 0


def test_base_models_are_read_from_tags_and_from_the_field() -> None:
    tags = ("base_model:x/a", "base_model:merge:x/a", "base_model:x/b", "base_model:odd:x/c")
    columns = census(("y/y", {"tags": tags})).columns
    said = {
        columns.ids[parent]: RELATIONS[relation]
        for parent, relation in zip(
            columns.edges.parent.tolist(), columns.edges.relation.tolist(), strict=True
        )
    }
    assert said == {"x/a": "merge", "x/b": "", "odd:x/c": ""}


def test_repeated_ids_of_a_list_are_counted_once_and_named() -> None:
    snapshot, intake = taken([(Metric.LIKES, ["x/a", "x/b", "x/a", "x/a"])])
    assert snapshot.columns.ids == ("x/a", "x/b")
    assert intake.repeats == (Repeats(("x/a", "x/a"), 4),)
    assert intake.repeated == 2


def test_the_same_id_in_two_lists_is_no_repeat() -> None:
    assert not taken([(Metric.LIKES, ["x/a"]), (Metric.TRENDING, ["x/a"])])[1].repeated


def test_two_ids_of_one_repo_in_a_list_are_repeats() -> None:
    rows: list[Row] = [("x/old", {"oid": "1"}), "x/b", ("x/new", {"oid": "1"})]
    snapshot, intake = taken([(Metric.LIKES, rows)])
    assert intake.repeats == (Repeats(("x/old",), 3),)
    assert len(snapshot) == 2


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
@pytest.mark.parametrize("oid", ["1", None])
def test_a_name_given_to_a_new_repo_while_the_list_was_read_is_the_new_ones(
    order: tuple[int, ...], oid: str | None
) -> None:
    rows: list[Row] = [
        ("x/a", {"oid": oid, "created_at": day(1), "likes": 5, "tags": ("license:mit",)}),
        ("x/b", {"oid": "2", "created_at": day(2)}),
        ("x/a", {"oid": "3", "created_at": day(3), "likes": 7}),
    ]
    snapshot, intake = taken([(None, [rows[at] for at in order])], Kind.CENSUS)
    assert intake == Intake()
    columns = snapshot.columns
    present = np.flatnonzero(columns.present).tolist()
    assert sorted(columns.ids[row] for row in present) == ["x/a", "x/b"]
    assert columns.figures[Metric.LIKES][columns.present].max() == 7
    assert "mit" not in [columns.license.at(row) for row in present]


def test_the_columns_of_a_census_are_as_narrow_as_they_fit_and_say_the_same() -> None:
    rows: list[Row] = [
        (
            "x/a",
            {"created_at": day(1), "likes": 32_767, "downloads": 32_768, "trending_score": 0.5},
        ),
        ("x/b", {"downloads_all_time": 2**31, "pipeline_tag": "fill-mask"}),
    ]
    columns = taken([(None, rows)], Kind.CENSUS)[0].columns
    whole = taken([(None, rows)], Kind.PULSE)[0].columns
    widths = {metric: each.dtype for metric, each in columns.figures.items()}
    assert widths == {
        Metric.TRENDING: np.float64,
        Metric.LIKES: np.int16,
        Metric.DOWNLOADS: np.int32,
        Metric.DOWNLOADS_ALL_TIME: np.int64,
    }
    assert columns.created_at.dtype == np.uint32
    assert columns.pipeline_tag.codes.dtype == np.int16
    for metric, each in columns.figures.items():
        assert np.array_equal(each, whole.figures[metric])
    assert np.array_equal(columns.created_at, whole.created_at)
    assert [columns.pipeline_tag.at(row) for row in range(2)] == [None, "fill-mask"]


def test_one_name_of_two_repos_is_a_repeat_where_nothing_says_which_came_later() -> None:
    rows: list[Row] = [("x/a", {"oid": "1"}), ("x/a", {"oid": "3", "created_at": day(3)})]
    assert taken([(None, rows)], Kind.CENSUS)[1].repeats == (Repeats(("x/a",), 2),)
    twins: list[Row] = [(name, {"oid": "1", "created_at": day(3)}) for name in ("x/a", "x/a")]
    assert taken([(None, twins)], Kind.CENSUS)[1].repeats == (Repeats(("x/a",), 2),)


def test_a_repo_renamed_between_two_lists_is_one_row() -> None:
    lists: Lists = [
        (Metric.LIKES, [("x/old", {"oid": "1"})]),
        (Metric.TRENDING, [("x/new", {"oid": "1"})]),
    ]
    snapshot, intake = taken(lists)
    assert (len(snapshot), intake) == (1, Intake())


def test_why_a_reading_is_partial_is_handed_on() -> None:
    assert taken([], partial="3 of 4 pages")[1].partial == "3 of 4 pages"


def test_an_empty_reading_is_an_empty_snapshot() -> None:
    snapshot, _ = taken([(Metric.LIKES, [])])
    assert (len(snapshot), snapshot.lists[Metric.LIKES].tolist()) == (0, [])


def test_a_snapshot_is_named_by_its_stream_and_its_time() -> None:
    assert census("x/a").id == "census@2026-01-01T00:00:00Z"
    reading = Reading(day(1) + timedelta(milliseconds=5), Kind.CENSUS, (), panel="labs")
    named = snapshot_of(reading, Ledger(labs()))[0]
    assert named.id == "census:labs@2026-01-01T00:00:00.005000Z"
