"""The small tables of a census say what its columns say, to the last digit, stored or not."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings

from bot.store.frame import DamagedBlock, unframed
from bot.store.table_chain import PLACES, Payloads, Told, base_after, placed
from bot.store.table_reader import Reader
from bot.store.tables import (
    NOTHING,
    fields,
    names_of,
    packed_of,
    payloads,
    table_about,
    table_of,
)
from detectors.board import Board
from detectors.columns import UNKNOWN, Columns, Edges, Text
from detectors.metric import Kind, Metric
from detectors.names import Names
from detectors.scope import ALL, LLM, TASKS, Scope, ScopeKind, scope_from
from detectors.share import By, Of, Places, Share, ShareQuestion
from detectors.snapshot import Snapshot
from detectors.tabled import tabled
from detectors.tables import TASK_DEPTH, NotTabled, Tables
from tests.censuses import histories
from tests.world import day, labs

SCOPES = (ALL, LLM, *(Scope(ScopeKind.TASK, task) for task in ("fill-mask", "robotics", "ocr")))


def of(columns: Columns, at: int = 700) -> Snapshot:
    return Snapshot(day(at), Kind.CENSUS, columns, {}, labs())


def told(tables: Tables, last: Told | None = None, name: str = "") -> Told:
    """Return tables as they come back from the store, told against others before them."""
    base = base_after(last, "key")
    noted = placed(table_about(tables), base, last, "key")
    known = base.raw if base else NOTHING
    values = fields(noted, payloads(tables, known), known)
    table = table_of("key", values["table"])
    assert set(names_of(table)) == values.keys() - {"table"}
    held = packed_of("key", table, values, table.parts)
    return Told(name, table, Payloads("key", held, base.raw if base else None), base)


def stored(tables: Tables) -> Tables:
    """Return tables as they come back from the store."""
    return read(told(tables))


def read(tables: Told) -> Tables:
    """Return tables that were read from the store."""
    return Reader(tables.table, tables.raw).tables


def light(snapshot: Snapshot, tables: Tables) -> Snapshot:
    return Snapshot(
        snapshot.taken_at, snapshot.kind, tables.models, {}, snapshot.labs, tables=tables
    )


def board_said(board: Board | None) -> object:
    if board is None:
        return None
    sums = (board.counted, board.unknown)
    return (board.ordinals.tolist(), tuple(board.ids), board.figures.tolist(), sums)


def share_said(share: Share | None) -> object:
    if share is None:
        return None
    whole = (share.total, share.unknown, dict(share.heaviest), dict(share.holders))
    return (dict(share.amounts), *whole)


def questions() -> list[ShareQuestion]:
    return [
        ShareQuestion(what, by, scope, Places(2, Metric.LIKES) if what is Of.SLOTS else None)
        for what in Of
        for by in By
        for scope in SCOPES
    ]


@settings(deadline=None, max_examples=60)
@given(histories(most=3))
def test_tables_say_what_the_columns_say(history: list[Columns]) -> None:
    before: Tables | None = None
    last: Told | None = None
    for number, columns in enumerate(history):
        whole = of(columns, 700 + number)
        tables = tabled(whole, before)
        last = told(tables, last)
        small = light(whole, read(last))
        assert len(small) == len(whole)
        for metric in Metric:
            for scope in SCOPES:
                expected = board_said(whole.board(metric, scope))
                assert board_said(small.board(metric, scope)) == expected
        for question in questions():
            assert share_said(small.share(question)) == share_said(whole.share(question)), question
        before = tables


@settings(deadline=None, max_examples=40)
@given(histories(most=2))
def test_some_models_are_read_without_the_others_and_say_the_same(history: list[Columns]) -> None:
    whole = of(history[-1])
    tables = read(told(tabled(whole, None), None))
    every, picked = tables.models, np.arange(len(tables.models))[::-2]
    some = tables.some(picked)
    assert tuple(some.ids) == tuple(every.ids[row] for row in picked)
    for name in ("ordinal", "present", "created_at", "gated", "not_llm"):
        assert getattr(some, name).tolist() == getattr(every, name)[picked].tolist()
    for name in ("namespace", "pipeline_tag", "library_name", "license"):
        words, all_words = getattr(some, name), getattr(every, name)
        said = [words.at(row) for row in range(len(picked))]
        assert said == [all_words.at(row) for row in picked.tolist()]
    for metric, figures in every.figures.items():
        assert some.figures[metric].tolist() == figures[picked].tolist()
    with pytest.raises(LookupError, match="lead to others"):
        _ = some.edges


def test_any_tables_of_a_chain_are_read_with_five_others_at_most() -> None:
    last: Told | None = None
    bases = []
    for place in range(PLACES + 2):
        columns = tasked(place + 1)
        last = told(tabled(of(columns)), last, str(place))
        board = light(of(columns), read(last)).board(Metric.LIKES)
        assert board is not None
        assert len(board) == place + 1
        assert len(list(last.path)) <= 6
        bases.append(last.table.base)
    assert bases[:9] == ["", "0", "0", "2", "0", "4", "4", "6", "0"]
    assert bases[PLACES:] == ["", str(PLACES)]


def test_tables_of_another_chain_are_none_to_be_told_against() -> None:
    first = told(tabled(of(tasked(3))))
    assert base_after(first, "key") is first
    assert base_after(first, "another") is None


def test_what_was_compressed_with_other_tables_is_no_sentence_of_these() -> None:
    names = [f"models/of-{each}" for each in range(50)]
    first, other = (msgspec.msgpack.encode({"": each}) for each in (names, names[::-1]))
    values = fields(table_about(tabled(of(tasked(3)))), {"share": first}, {"share": first})
    held = {"share": unframed("key", "share.0", values["share.0"])}
    assert Payloads("key", held, {"share": first})["share"] == first
    with pytest.raises(DamagedBlock, match="key: block share cannot be unpacked"):
        Payloads("key", held, {"share": other})["share"]


def test_ranks_below_those_kept_are_not_made_up() -> None:
    rows = TASK_DEPTH + 20
    columns = tasked(rows)
    small = light(of(columns), tabled(of(columns)))
    task = Scope(ScopeKind.TASK, "fill-mask")
    board = small.board(Metric.LIKES, task, TASK_DEPTH)
    assert board is not None
    assert len(board) == TASK_DEPTH
    with pytest.raises(NotTabled, match="rank 101 in fill-mask"):
        small.board(Metric.LIKES, task, TASK_DEPTH + 1)


def test_a_scope_without_tables_is_not_taken_for_an_empty_one() -> None:
    small = light(of(tasked(3)), tabled(of(tasked(3))))
    scope = Scope(ScopeKind.LICENSE, "mit")
    with pytest.raises(NotTabled, match="license mit"):
        small.board(Metric.LIKES, scope)
    with pytest.raises(NotTabled, match="license mit"):
        small.share(ShareQuestion(Of.LIKES, By.LAB, scope))


def test_a_model_that_lost_its_figure_is_known_to_have_done_so() -> None:
    then = tasked(3)
    figures = np.array([UNKNOWN, 5, 4])
    before, now = of(then), of(replace(then, figures={Metric.LIKES: figures}))
    board = light(now, stored(tabled(now, tabled(before)))).board(Metric.LIKES)
    assert board is not None
    assert [board.unplaced(ordinal) for ordinal in range(3)] == [True, False, False]


def test_every_scope_comes_back_from_its_text() -> None:
    scopes = [ALL, LLM, *(Scope(ScopeKind.TASK, task) for task in (*TASKS, "ocr"))]
    scopes += [Scope(ScopeKind.LAB, "The Lab"), Scope(ScopeKind.COUNTRY, "France")]
    assert [scope_from(str(scope)) for scope in scopes] == scopes


def tasked(rows: int) -> Columns:
    """Return models of one task, each with fewer likes than the one before."""
    listed = np.ones(rows, np.bool_)
    one = Text(np.zeros(rows, np.int32), ("fill-mask",))
    nothing = np.empty(0, np.int64)
    return Columns(
        ordinal=np.arange(rows),
        present=listed,
        ids=Names.of(f"Qwen/{at}" for at in range(rows)),
        namespace=Text(np.zeros(rows, np.int32), ("Qwen",)),
        created_at=np.zeros(rows, np.int64),
        figures={Metric.LIKES: np.arange(rows, 0, -1)},
        pipeline_tag=one,
        library_name=one,
        license=one,
        gated=np.zeros(rows, np.int8),
        not_llm=~listed,
        edges=Edges(nothing, nothing, nothing.astype(np.int8)),
    )
