"""Published Hub statistics become past censuses: resumable, told to nobody, nothing lost."""

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bot.backfill import backfill
from bot.hub import tables
from bot.hub.edges import parents_of
from bot.hub.tables import Table, TableError
from bot.intake import snapshot_of
from bot.ledger import Ledger
from bot.look import OutOfOrder
from bot.rules import parse_rule
from bot.store.connect import Connection
from bot.store.keys import Keys
from bot.store.store import Store
from bot.subscriptions import Subscription
from bot.watch import Watch
from detectors.columns import NEVER
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.share import By, Of, ShareQuestion
from detectors.shift import Severity
from detectors.snapshot import Snapshot
from tests.commandline import clean_environment, hubshift
from tests.looks import CHANNEL
from tests.tap import Tap
from tests.world import day, labs

BASE = pa.struct(
    [
        ("relation", pa.string()),
        ("models", pa.list_(pa.struct([("_id", pa.string()), ("id", pa.string())]))),
    ]
)
RULE = "top 3 by likes in all confirm 1 of 1"
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("author", pa.string()),
        ("createdAt", pa.timestamp("us")),
        ("downloads", pa.int64()),
        ("downloadsAllTime", pa.int64()),
        ("likes", pa.int64()),
        ("trendingScore", pa.float64()),
        ("tags", pa.list_(pa.string())),
        ("baseModels", BASE),
        ("pipeline_tag", pa.string()),
        ("library_name", pa.string()),
    ]
)
MADE = datetime(2025, 5, 1, 12)  # noqa: DTZ001 - published tables write times without a zone


def row(name: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, "author": name.partition("/")[0], "createdAt": MADE, **fields}


def write(path: Path, rows: Sequence[Mapping[str, Any]], schema: pa.Schema = SCHEMA) -> Path:
    full = [{name: each.get(name) for name in schema.names} for each in rows]
    pq.write_table(pa.Table.from_pylist(full, schema), path, row_group_size=50)
    return path


def a_day(folder: Path, number: int, count: int = 120) -> Path:
    rows = [
        row(f"lab/m{at}", downloads=at * number, likes=at, tags=["license:mit"])
        for at in range(count)
    ]
    return write(folder / f"models-2026-01-{number:02}.parquet", rows)


def snapshot(path: Path) -> Snapshot:
    return snapshot_of(Table.opened(path, day(1)).reading(), Ledger(labs()))[0]


def quiet(store: Store, lab_table: Labs) -> Watch:
    rules = [parse_rule(RULE, lab_table)]
    return Watch(store, lab_table, rules, (CHANNEL,), quiet=True)


def test_a_table_says_what_the_hub_said(tmp_path: Path) -> None:
    base = {"relation": "finetune", "models": [{"_id": "1", "id": "Qwen/Qwen3"}]}
    path = write(
        tmp_path / "t.parquet",
        [
            row("a/a", downloads=5, likes=None, trendingScore=0.5, tags=["x", "license:mit"]),
            row("a/b", baseModels=base, tags=["base_model:merge:c/c", "license:"]),
            row("", downloads=1),
            row("gpt2", author=None, createdAt=None, pipeline_tag="text-generation"),
        ],
    )
    reading = Table.opened(path, day(1)).reading()
    assert "1 row without an id was left out" in reading.notes[0]
    columns = snapshot_of(reading, Ledger(labs()))[0].columns
    assert list(columns.ids) == ["a/a", "a/b", "gpt2", "c/c", "Qwen/Qwen3"]
    assert columns.present.tolist() == [True, True, True, False, False]
    assert columns.figures[Metric.DOWNLOADS].tolist() == [5, -1, -1, -1, -1]
    assert columns.figures[Metric.TRENDING].tolist() == [0.5, -1, -1, -1, -1]
    assert Metric.LIKES not in columns.figures
    assert columns.created_at[0] == int(MADE.replace(tzinfo=UTC).timestamp())
    assert [columns.license.at(at) for at in range(3)] == ["mit", None, None]
    assert [columns.namespace.at(at) for at in range(5)] == ["a", "a", None, "c", "Qwen"]
    assert columns.pipeline_tag.at(2) == "text-generation"
    edges = columns.edges
    assert [each.tolist() for each in (edges.child, edges.parent, edges.relation)] == [
        [1, 1],
        [3, 4],
        [4, 1],
    ]


def test_a_table_of_many_rows_says_of_each_what_it_says(tmp_path: Path) -> None:
    count = 40_000
    likes = [None, 7, 2**40, 0.5]
    authors, licenses = [f"lab{at}" for at in range(900)], ["license:mit", "license:", "x", None]
    wide = SCHEMA.set(SCHEMA.get_field_index("likes"), pa.field("likes", pa.float64()))
    rows = [
        row(
            f"lab{at % 900}/é{at}",
            author=[authors[at % 900], "", None][at % 3],
            # Wider ones come later, in a batch of their own.
            likes=likes[at * 4 // count],
            downloads=at,
            tags=[f"base_model:merge:lab/m{at // 7}", licenses[at % 4]],
            pipeline_tag=["text-generation", "", None, f"task{at // 9_000}"][at % 4],
        )
        for at in range(count)
    ]
    reading = Table.opened(write(tmp_path / "t.parquet", rows, wide), day(1)).reading()
    listed = reading.listings[0].columns
    assert listed is not None
    assert list(listed.names) == [each["id"] for each in rows]
    assert listed.figures[Metric.LIKES].tolist() == [
        -1 if each["likes"] is None else each["likes"] for each in rows
    ]
    assert listed.figures[Metric.DOWNLOADS].tolist() == [*range(count)]
    assert [listed.texts["namespace"].at(at) for at in range(count)] == [
        authors[at % 900] for at in range(count)
    ]
    assert [listed.texts["license"].at(at) for at in range(count)] == [
        "mit" if at % 4 == 0 else None for at in range(count)
    ]
    assert [listed.texts["pipeline_tag"].at(at) for at in range(count)] == [
        each["pipeline_tag"] or None for each in rows
    ]
    assert "" not in [word for text in listed.texts.values() for word in text.words]
    assert listed.edges.child.tolist() == [*range(count)]
    assert [listed.parents[at] for at in listed.edges.parent.tolist()] == [
        f"lab/m{at // 7}" for at in range(count)
    ]
    assert len({*listed.parents}) == len(listed.parents)


def test_figures_may_be_decimals_and_times_dates(tmp_path: Path) -> None:
    wide = pa.schema(
        [("id", pa.string()), ("likes", pa.decimal128(20, 0)), ("createdAt", pa.date32())]
    )
    rows: list[dict[str, Any]] = [
        {"id": "a/a", "likes": Decimal(7), "createdAt": MADE.date()},
        {"id": "a/b", "likes": None, "createdAt": None},
    ]
    reading = Table.opened(write(tmp_path / "t.parquet", rows, wide), day(1)).reading()
    columns = snapshot_of(reading, Ledger(labs()))[0].columns
    assert columns.figures[Metric.LIKES].tolist() == [7, -1]
    midnight = datetime(MADE.year, MADE.month, MADE.day, tzinfo=UTC)
    assert columns.created_at.tolist() == [int(midnight.timestamp()), NEVER]


def test_texts_may_be_written_as_views(tmp_path: Path) -> None:
    schema = pa.schema([("id", pa.string_view()), ("pipeline_tag", pa.string_view())])
    rows = [{"id": "a/a", "pipeline_tag": "text-generation"}, {"id": "b/b"}]
    columns = snapshot(write(tmp_path / "t.parquet", rows, schema)).columns
    assert [*columns.ids] == ["a/a", "b/b"]
    words = columns.pipeline_tag
    assert words.words[words.codes[0]] == "text-generation"
    assert words.codes[1] == -1


def test_an_import_says_how_many_rows_it_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "2026-01-02.parquet", [row("a/a", likes=1), row(""), row("a/b")])
    ran = hubshift("import", path, "--data", tmp_path / "held", cwd=tmp_path)
    assert "1 taken in, 0 held already; 1 row without an id was left out; 0 shifts" in ran.out


def test_a_model_that_a_table_lists_again_is_counted_once_and_the_day_kept(tmp_path: Path) -> None:
    path = a_day(tmp_path, 1)
    rows = [*pq.read_table(path).to_pylist(), row("lab/m7", downloads=9)]
    ran = hubshift("import", write(path, rows), "--data", tmp_path / "held", cwd=tmp_path)
    assert ran.err == "2026-01-01, 1 of 1: 120 models\n"
    assert "0 held already; 1 row that lists a model again was not counted; 0 shifts" in ran.out


def test_base_models_are_read_from_tags_as_the_listing_reads_them(tmp_path: Path) -> None:
    tags = [
        "a/b",
        "merge:a/b",
        "finetune",
        "finetune:",
        ":a/c",
        "odd:x/c",
        "adapter:y:z",
        "",
        "é/ü",
    ]
    written = [f"base_model:{tag}" for tag in tags]
    rows = [row(f"lab/m{at}", tags=[tag]) for at, tag in enumerate(written)]
    rows.append(row("lab/all", tags=written))
    reading = Table.opened(write(tmp_path / "t.parquet", rows), day(1)).reading()
    listed = reading.listings[0].columns
    assert listed is not None
    found: dict[int, dict[str, int]] = {at: {} for at in range(len(rows))}
    edges = (each.tolist() for each in (listed.edges.child, listed.edges.parent))
    for child, parent, relation in zip(*edges, listed.edges.relation.tolist(), strict=True):
        found[child][listed.parents[parent]] = relation
    assert [*found.values()] == [parents_of(each["tags"], None) for each in rows]


def test_a_column_that_a_table_lacks_is_unknown(tmp_path: Path) -> None:
    columns = snapshot(write(tmp_path / "t.parquet", [row("a/a", likes=1)])).columns
    assert columns.gated.tolist() == [-1]
    bare = pa.schema([("id", pa.string())])
    columns = snapshot(write(tmp_path / "u.parquet", [{"id": "a/a"}], bare)).columns
    assert (len(columns), dict(columns.figures)) == (1, {})


def test_a_table_without_base_models_does_not_say_that_nothing_was_built(tmp_path: Path) -> None:
    new = datetime(2025, 12, 30)  # noqa: DTZ001 - as above
    bare = pa.schema([("id", pa.string()), ("createdAt", pa.timestamp("us"))])
    rows = [row("a/a", createdAt=new), row("b/b", createdAt=new, tags=["base_model:a/a"])]
    without = snapshot(write(tmp_path / "t.parquet", rows, bare))
    with_them = snapshot(write(tmp_path / "u.parquet", rows))
    for of in (Of.DERIVATIVES, Of.FINETUNES, Of.CONTRIBUTORS):
        assert without.share(ShareQuestion(of, By.FAMILY)) is None
        assert with_them.share(ShareQuestion(of, By.FAMILY)) is not None
    new_ones = without.share(ShareQuestion(Of.NEW, By.LAB))
    assert new_ones is not None
    assert new_ones.total == 2


def test_gates_are_read_from_words_and_from_flags(tmp_path: Path) -> None:
    for kind, values in ((pa.string(), ["auto", "False", None]), (pa.bool_(), [True, False, None])):
        schema = pa.schema([("id", pa.string()), ("gated", kind)])
        rows = [{"id": f"a/{at}", "gated": value} for at, value in enumerate(values)]
        assert snapshot(write(tmp_path / "t.parquet", rows, schema)).columns.gated.tolist() == [
            1,
            0,
            -1,
        ]


def test_a_count_that_can_be_none_is_unknown_and_a_score_below_0_is_0(tmp_path: Path) -> None:
    told = {
        "a/a": (-1, -0.5),
        "a/b": (2**60, 3.0),
        "a/c": (2**53, None),
        "a/d": (None, 1e19),
        "a/e": (None, 2.0**53),
    }
    rows = [row(name, downloads=count, trendingScore=at) for name, (count, at) in told.items()]
    reading = Table.opened(write(tmp_path / "t.parquet", rows), day(1)).reading()
    columns = snapshot_of(reading, Ledger(labs()))[0].columns
    assert columns.figures[Metric.DOWNLOADS].tolist() == [-1, -1, 2**53, -1, -1]
    assert columns.figures[Metric.TRENDING].tolist() == [0, 3, -1, -1, 2**53]


async def test_days_are_taken_in_oldest_first_once_and_told_to_nobody(
    store: Store, labs: Labs, tmp_path: Path
) -> None:
    paths = [a_day(tmp_path, number) for number in (3, 1, 2)]
    found = tables.opened(paths, None, None)
    tally = await backfill(found, quiet(store, labs), None)
    assert (tally.snapshots, tally.held_already) == (3, 0)
    notes = await store.notes("census")
    assert [note.taken_at for note in notes] == [day(1), day(2), day(3)]
    assert [note.totals[Metric.DOWNLOADS] for note in notes] == [7140, 14280, 21420]
    again = await backfill(tables.opened(paths, None, None), quiet(store, labs), None)
    assert (again.snapshots, again.held_already) == (0, 3)
    assert await store.notes("census") == notes
    assert await store.waiting(CHANNEL) == []


async def test_what_is_imported_is_kept_and_no_subscriber_is_told(
    store: Store, labs: Labs, tmp_path: Path
) -> None:
    await store.subscriptions.put(Subscription(CHANNEL.key, RULE, day(1), floor=Severity.INFO))
    first = [row(f"lab/m{at}", likes=at) for at in range(1, 60)]
    later = [*first[:-1], row("lab/new", likes=999), first[-1]]
    paths = [
        write(tmp_path / f"2026-01-0{at}.parquet", rows) for at, rows in ((1, first), (2, later))
    ]
    watch = quiet(store, labs)
    await backfill(tables.opened(paths, None, None), watch, None)
    assert any(shift.key == "lab/new" for shift in await store.shifts())
    assert await store.waiting(CHANNEL) == []


async def test_another_file_of_a_day_that_is_held_is_refused(
    store: Store, labs: Labs, tmp_path: Path
) -> None:
    path = a_day(tmp_path, 1)
    await backfill(tables.opened([path], None, None), quiet(store, labs), None)
    path.write_bytes(a_day(tmp_path, 1, 60).read_bytes())
    with pytest.raises(OutOfOrder, match="another census of 2026-01-01T00:00:00Z is held"):
        await backfill(tables.opened([path], None, None), quiet(store, labs), None)


def test_files_are_taken_in_by_their_days_and_an_older_one_is_put_in_before_them(
    tmp_path: Path,
) -> None:
    paths = [a_day(tmp_path, number) for number in (3, 2, 4, 1)]
    ran = hubshift("import", *paths[:3], "--data", tmp_path / "data", cwd=tmp_path)
    assert ran.code == 0
    assert ran.err.splitlines() == [
        f"2026-01-0{day}, {number} of 3: 120 models" for number, day in ((1, 2), (2, 3), (3, 4))
    ]
    assert ran.out == (
        "3 days, 2026-01-02 to 2026-01-04: 3 taken in, 0 held already; 0 shifts seen and told to "
        "nobody.\n"
    )
    ran = hubshift("import", *paths, "--data", tmp_path / "data", cwd=tmp_path)
    assert ran.code == 0
    assert ran.err.splitlines() == [
        "2026-01-01, 1 of 4: 120 models",
        *(f"2026-01-0{day}, {day} of 4: held already" for day in (2, 3, 4)),
    ]
    assert ran.out == (
        "4 days, 2026-01-01 to 2026-01-04: 1 taken in, 3 held already; 1 of those taken in is from "
        "before a day that was held, and no rule was asked about it (`hubshift backtest RULE` "
        "asks); 0 shifts seen and told to nobody.\n"
    )
    ran = hubshift(
        "ask", "top 3 by likes in all on 2026-01-01", "--data", tmp_path / "data", cwd=tmp_path
    )
    assert ran.code == 0
    assert "lab/m119" in ran.out


def test_a_day_that_would_be_thinned_at_once_is_passed_over(tmp_path: Path) -> None:
    held = write(tmp_path / "models-2026-06-01.parquet", [row("lab/a", downloads=1)])
    paths = [a_day(tmp_path, number) for number in range(1, 12)]
    keeping = {"HUBSHIFT_KEEP_ALL": "20d", "HUBSHIFT_KEEP_DAILY": "40d"}
    into = ("--data", tmp_path / "data")
    assert hubshift("import", held, *into, cwd=tmp_path, env=keeping).code == 0
    ran = hubshift("import", *paths, *into, cwd=tmp_path, env=keeping)
    # The 4th and the 11th of January 2026 are Sundays.
    assert [line for line in ran.err.splitlines() if "passed over" not in line] == [
        "2026-01-04, 4 of 11: 120 models",
        "2026-01-11, 11 of 11: 120 models",
    ]
    assert (
        "2 taken in, 0 held already; 9 passed over, since of that age another of their day or "
        "week is kept (HUBSHIFT_KEEP_ALL, HUBSHIFT_KEEP_DAILY); 2 of those taken in are from "
        "before a day that was held, and no rule was asked about them"
    ) in ran.out


def test_a_file_of_a_day_that_is_still_to_come_is_refused(tmp_path: Path) -> None:
    ran = hubshift("import", "--at", "2999-01-01", a_day(tmp_path, 1), cwd=tmp_path)
    assert ran.code == 2
    assert "2999-01-01 is still to come; name the day that it was taken with --at" in ran.err


async def rows_held(store: Store) -> list[dict[str, int]]:
    """Return the downloads of each model that is listed, day by day."""
    found = []
    for note in await store.notes("census"):
        whole = await store.whole(note)
        assert whole is not None
        columns = whole.columns
        listed = np.flatnonzero(columns.present).tolist()
        figures = columns.figures[Metric.DOWNLOADS]
        found.append({columns.ids[at]: int(figures[at]) for at in listed})
        assert len(found[-1]) == len(listed) == note.rows
    return found


async def started(words: Sequence[str], env: Mapping[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(*words, env=env, stdout=DEVNULL)


def killing(
    process: Process, store: Store, days: int, after: int
) -> Callable[[int], Awaitable[None]]:
    """Return what kills a process at one of its writes after so many days are held."""
    writes = count(1)

    async def kill(_: int) -> None:
        if len(await store.notes("census")) == days and next(writes) == after:
            process.kill()
            await process.wait()

    return kill


@pytest.mark.parametrize("later", [(), (8, 9)], ids=["the first days", "days before those held"])
async def test_an_import_that_is_killed_anywhere_goes_on_and_keeps_nothing_twice_or_half(
    own: Connection, labs: Labs, tmp_path: Path, later: tuple[int, ...]
) -> None:
    paths = [a_day(tmp_path, number, 60 + number) for number in range(1, 5)]
    held_before = [a_day(tmp_path, number, 60 + number) for number in later]
    undisturbed = Store(own.client, labs, Keys("undisturbed"))
    await backfill(tables.opened(paths + held_before, None, None), quiet(undisturbed, labs), None)
    expected = await rows_held(undisturbed)
    assert [len(each) for each in expected] == [61, 62, 63, 64, *(60 + each for each in later)]
    store = Store(own.client, labs)
    if later:
        await backfill(tables.opened(held_before, None, None), quiet(store, labs), None)
    assert own.server is not None
    async with Tap(own.server.socket) as tap:
        env = clean_environment({"REDIS_URL": tap.url})
        words = (sys.executable, "-m", "bot", "import", *map(str, paths))
        for held, after in ((0, 2), (1, 2), (3, 1)):
            ran = await asyncio.create_subprocess_exec(
                *words, cwd=tmp_path, env=env, stdout=DEVNULL
            )
            tap.at_write = killing(ran, store, held + len(later), after)
            assert await ran.wait() == -signal.SIGKILL
            assert await rows_held(store) == expected[:held] + expected[4:]
        tap.at_write = None
        assert await (await started(words, env)).wait() == 0
    assert await rows_held(store) == expected


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("2026-01-01.parquet", b"no parquet", "cannot be read as parquet"),
        ("2026-01-01.parquet", None, "there is no such file"),
    ],
)
def test_what_is_no_table_is_told(
    tmp_path: Path, name: str, content: bytes | None, why: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    ran = hubshift("import", path, cwd=tmp_path)
    assert ran.code == 2
    assert f"{path}" in ran.err
    assert why in ran.err
    assert "Traceback" not in ran.err


def test_a_file_needs_a_day_a_name_for_each_row_and_numbers_for_figures(tmp_path: Path) -> None:
    undated = write(tmp_path / "models.parquet", [row("a/a")])
    with pytest.raises(TableError, match="no date such as 2026-05-20"):
        Table.opened(undated)
    assert Table.opened(undated, day(1)).taken_at == day(1)
    nameless = pa.schema([("likes", pa.int64())])
    with pytest.raises(TableError, match='no column "id"'):
        Table.opened(write(tmp_path / "n.parquet", [{"likes": 1}], nameless), day(1))
    words = pa.schema([("id", pa.string()), ("likes", pa.string())])
    wordy = Table.opened(write(tmp_path / "w.parquet", [{"id": "a/a"}], words), day(1))
    with pytest.raises(TableError, match='column "likes" is string, and should be numbers'):
        wordy.reading()
    with pytest.raises(TableError, match="of the same day"):
        tables.opened([a_day(tmp_path, 1)] * 2, None, None)


def test_a_file_that_is_cut_off_or_has_no_rows_is_told(tmp_path: Path) -> None:
    whole = a_day(tmp_path, 1).read_bytes()
    cut = tmp_path / "2026-01-02.parquet"
    sizes = (0, 4, 100, len(whole) // 2, len(whole) - 1)
    for content in (b"PAR1" + bytes(40) + b"PAR1", *(whole[:size] for size in sizes)):
        cut.write_bytes(content)
        with pytest.raises(TableError, match=r"2026-01-02.parquet: cannot be read as parquet"):
            Table.opened(cut)
    with pytest.raises(TableError, match="holds no rows"):
        Table.opened(write(cut, []))
    bare = pa.schema([("id", pa.string())])
    with pytest.raises(TableError, match="holds no rows with an id"):
        Table.opened(write(cut, [{"id": None}, {"id": ""}], bare)).reading()


async def test_a_damaged_file_loses_nothing_of_those_before_it(
    store: Store, labs: Labs, tmp_path: Path
) -> None:
    paths = [a_day(tmp_path, 1), a_day(tmp_path, 2)]
    whole = paths[1].read_bytes()
    # The footer at the end is whole, the columns are not.
    paths[1].write_bytes(b"PAR1" + bytes(3000) + whole[3004:])
    with pytest.raises(TableError, match="is damaged"):
        await backfill(tables.opened(paths, None, None), quiet(store, labs), None)
    assert [note.taken_at for note in await store.notes("census")] == [day(1)]
    paths[1].write_bytes(whole)
    tally = await backfill(tables.opened(paths, None, None), quiet(store, labs), None)
    assert (tally.snapshots, tally.held_already) == (1, 1)
