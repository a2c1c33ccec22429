"""A board's order is decided by its figures, never by listing order, history or chance."""

from collections.abc import Sequence

import numpy as np
import pytest

from detectors.board import Board
from detectors.metric import Kind, Metric
from detectors.scope import ALL, LLM, Scope, ScopeKind
from tests.world import Row, World, day

TEXT = {"pipeline_tag": "text-generation"}


def board(
    rows: Sequence[Row],
    *,
    by: Metric | None = None,
    kind: Kind = Kind.CENSUS,
    metric: Metric = Metric.LIKES,
    scope: Scope = ALL,
) -> Board | None:
    return World().snapshot(day(1), kind, {by: rows}).board(metric, scope)


def names(found: Board | None) -> tuple[str, ...]:
    assert found is not None
    return tuple(found.ids)


def liked(name: str, likes: float | None, created: int | None = None) -> Row:
    return name, {"likes": likes, "created_at": None if created is None else day(created)}


def test_more_comes_first() -> None:
    assert names(board([liked("a/a", 1), liked("a/b", 3), liked("a/c", 2)])) == (
        "a/b",
        "a/c",
        "a/a",
    )


def test_ties_go_by_created_at_then_by_id_and_unknown_comes_last() -> None:
    rows = [
        liked("a/unknown", 5),
        liked("a/z", 5, 3),
        liked("a/y", 5, 3),
        liked("a/older", 5, 1),
        liked("a/more", 6),
        liked("a/also-unknown", 5),
    ]
    order = ("a/more", "a/older", "a/y", "a/z", "a/also-unknown", "a/unknown")
    assert names(board(rows)) == order
    assert names(board(rows[::-1])) == order


def test_several_ties_are_each_put_in_order() -> None:
    rows = [
        liked(f"a/{name}", likes, 1)
        for name, likes in zip("fedcba", [2, 2, 1, 1, 1, 3], strict=True)
    ]
    assert names(board(rows)) == ("a/a", "a/e", "a/f", "a/b", "a/c", "a/d")


def test_a_board_ends_where_the_metric_is_zero() -> None:
    assert names(board([liked("a/a", 0), liked("a/b", 1), liked("a/c", 0)])) == ("a/b",)


def test_a_list_in_order_ends_at_its_first_zero() -> None:
    rows: list[Row] = [
        ("a/a", {}),
        ("a/b", {"trending_score": 4.0}),
        ("a/c", {"trending_score": 0.0}),
        ("a/d", {}),
    ]
    found = board(rows, by=Metric.TRENDING, kind=Kind.PULSE, metric=Metric.TRENDING)
    assert names(found) == ("a/a", "a/b")
    found = board(
        [("a/a", {}), ("a/b", {"trending_score": -1.0})], by=Metric.TRENDING, metric=Metric.TRENDING
    )
    assert names(found) == ("a/a",)


def test_an_unknown_figure_is_counted_but_not_ranked() -> None:
    found = board([liked("a/a", None), liked("a/b", 1), liked("a/c", 0)])
    assert found is not None
    assert (found.ids, found.counted, found.unknown) == (("a/b",), 3, 1)
    assert [found.unplaced(ordinal) for ordinal in range(4)] == [True, False, False, False]


def test_downloads_of_zero_may_mean_not_tracked_and_give_no_rank() -> None:
    rows: list[Row] = [
        ("a/a", {"downloads": 0}),
        ("a/b", {"downloads": 1}),
        ("a/c", {"downloads": None}),
    ]
    found = board(rows, metric=Metric.DOWNLOADS)
    assert found is not None
    assert (found.ids, found.counted, found.unknown) == (("a/b",), 3, 1)
    assert [found.unplaced(ordinal) for ordinal in range(3)] == [True, False, True]


def test_ranks_begin_at_one() -> None:
    found = board([liked("a/a", 1), liked("a/b", 2)])
    assert found is not None
    assert (found.rank(1), found.rank(0), found.rank(7), len(found)) == (1, 2, None, 2)
    assert found.figures.tolist() == [2, 1]


def test_a_census_speaks_for_every_figure_it_carries() -> None:
    rows = [("a/a", {"likes": 1, "downloads": 2})]
    assert names(board(rows, metric=Metric.DOWNLOADS)) == ("a/a",)
    assert board(rows, metric=Metric.TRENDING) is None


def test_a_pulse_speaks_only_for_what_orders_its_lists() -> None:
    rows = [("a/a", {"likes": 1, "downloads": 2})]
    assert names(board(rows, by=Metric.LIKES, kind=Kind.PULSE)) == ("a/a",)
    assert board(rows, by=Metric.LIKES, kind=Kind.PULSE, metric=Metric.DOWNLOADS) is None
    assert board(rows, kind=Kind.PULSE) is None


def test_a_scope_is_ranked_by_itself() -> None:
    rows: list[Row] = [
        ("x/encoder", {"downloads": 9}),
        ("Qwen/Q", TEXT | {"downloads": 5}),
        ("x/y-GGUF", TEXT | {"downloads": 8}),
        ("x/y", TEXT | {"downloads": 7}),
    ]
    assert names(board(rows, metric=Metric.DOWNLOADS, scope=LLM)) == ("x/y", "Qwen/Q")
    lab = Scope(ScopeKind.LAB, "Qwen")
    assert names(board(rows, metric=Metric.DOWNLOADS, scope=lab)) == ("Qwen/Q",)


@pytest.mark.parametrize(
    ("kind", "scope", "n", "reaches"),
    [
        (Kind.PULSE, ALL, 10, True),
        (Kind.PULSE, LLM, 2, True),
        (Kind.PULSE, LLM, 3, False),
        (Kind.CENSUS, LLM, 3, True),
    ],
)
def test_a_pulse_cut_to_a_scope_is_right_as_far_as_it_goes(
    kind: Kind, scope: Scope, n: int, *, reaches: bool
) -> None:
    rows: list[Row] = [("x/a", TEXT), ("x/b", {}), ("x/c", TEXT)]
    snapshot = World().snapshot(day(1), kind, {Metric.DOWNLOADS: rows})
    assert snapshot.reaches(Metric.DOWNLOADS, scope, n) is reaches
    assert not snapshot.reaches(Metric.LIKES, scope, n)


def test_where_no_model_tells_its_task_nothing_is_said_of_language_models() -> None:
    rows: list[Row] = [("Qwen/a", {"likes": 2}), ("x/b", {"likes": 1})]
    assert board(rows, scope=LLM) is None
    assert board(rows, scope=Scope(ScopeKind.TASK, "text-generation")) is None
    assert board(rows, scope=Scope(ScopeKind.LICENSE, "mit")) is None
    assert names(board(rows, scope=Scope(ScopeKind.LAB, "Qwen"))) == ("Qwen/a",)
    assert names(board([*rows, ("x/c", TEXT)], scope=LLM)) == ()


def test_an_empty_hub_has_empty_boards() -> None:
    census = World().snapshot(day(1), Kind.CENSUS, {None: []})
    pulse = World().snapshot(day(1), Kind.PULSE, {Metric.LIKES: []})
    for snapshot in (census, pulse):
        assert names(snapshot.board(Metric.LIKES, LLM)) == ()
        assert snapshot.reaches(Metric.LIKES, LLM, 10)


def test_the_same_board_is_made_once() -> None:
    snapshot = World().snapshot(day(1), Kind.CENSUS, {None: [liked("a/a", 1)]})
    assert snapshot.board(Metric.LIKES) is snapshot.board(Metric.LIKES)


def test_a_cut_keeps_rows_lists_and_lineage_together() -> None:
    rows: list[Row] = [
        ("a/a", {"likes": 3}),
        ("a/b", {"likes": 2, "tags": ("base_model:a/a",)}),
        ("a/c", {"likes": 1, "tags": ("base_model:a/b",)}),
    ]
    snapshot = World().snapshot(day(1), Kind.PULSE, {Metric.LIKES: rows})
    cut = snapshot.only(np.array([2, 0]))
    # The parent that was cut away is still known by its name.
    assert cut.columns.ids == ("a/c", "a/a", "a/b")
    assert cut.columns.present.tolist() == [True, True, False]
    assert cut.lists[Metric.LIKES].tolist() == [1, 0]
    assert names(cut.board(Metric.LIKES)) == ("a/a", "a/c")
    assert cut.columns.edges.child.tolist() == [0]
    assert cut.columns.edges.parent.tolist() == [2]
