"""A published table's columns by their types: what is damaged is refused by file and column."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bot.hub.tables import Table, TableError
from bot.intake import snapshot_of
from bot.ledger import Ledger
from detectors.columns import RELATIONS, Columns
from tests.commandline import hubshift
from tests.world import day, labs

IDS = ["a/x", "b/y", "c/z"]
Fields = Mapping[str, pa.Array]


def held(folder: Path, fields: Fields, name: str = "2026-01-02.parquet") -> Path:
    path = folder / name
    pq.write_table(pa.table({"id": IDS, **fields}), path)
    return path


def read(path: Path) -> Columns:
    return snapshot_of(Table.opened(path, day(1)).reading(), Ledger(labs()))[0].columns


def latin(*texts: str) -> pa.Array:
    """Return texts whose bytes are not UTF-8, as a careless writer puts them down."""
    written = pa.array([text.encode("latin-1") for text in texts], pa.binary())
    return pa.Array.from_buffers(pa.string(), len(written), written.buffers())


def each_a_list(values: pa.Array) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(range(len(values) + 1), pa.int32()), values)


def struct(*fields: tuple[str, pa.Array]) -> pa.Array:
    names, arrays = zip(*fields, strict=True)
    return pa.StructArray.from_arrays(arrays, names)


ODD = latin("a/é", "b", "c")
SAID = pa.array(["adapter", None, None])


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("id", ODD),
        ("author", ODD),
        ("pipeline_tag", ODD),
        ("library_name", ODD.dictionary_encode()),
        ("gated", ODD),
        ("createdAt", ODD),
        ("_id", ODD),
        ("tags", each_a_list(ODD)),
        (
            "baseModels",
            struct(("relation", SAID), ("models", each_a_list(struct(("id", ODD))))),
        ),
        ("baseModels", ODD),
    ],
)
def test_text_that_is_not_utf_8_is_refused_by_file_and_column(
    tmp_path: Path, column: str, values: pa.Array
) -> None:
    path = held(tmp_path, {column: values})
    with pytest.raises(TableError) as raised:
        read(path)
    assert str(raised.value) == (
        f'{path}: column "{column}" is damaged (text that is not UTF-8); nothing of the file was '
        "taken, fetch it again or write it anew"
    )


def test_an_import_says_which_of_its_files_is_damaged_and_keeps_those_before(
    tmp_path: Path,
) -> None:
    good = held(tmp_path, {}, "2026-01-01.parquet")
    bad = held(tmp_path, {"author": ODD})
    ran = hubshift("import", bad, good, "--data", tmp_path / "held", cwd=tmp_path)
    assert ran.code == 2
    assert ran.err.splitlines()[0] == "2026-01-01, 1 of 2: 3 models"
    assert f'hubshift: {bad}: column "author" is damaged' in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("name", ["id", "downloads"])
def test_a_column_that_is_wanted_may_not_be_named_twice(tmp_path: Path, name: str) -> None:
    path = tmp_path / "t.parquet"
    names = ["id", "other", "other", name]
    some: Sequence[Any] = [pa.array(IDS)] * 4
    if name != "id":
        names, some = [*names, name], [*some, pa.array(IDS)]
    pq.write_table(pa.Table.from_arrays(some, names), path)
    with pytest.raises(TableError, match=f'has 2 columns named "{name}"; write it with one'):
        Table.opened(path, day(1))


@pytest.mark.parametrize(
    "models", [struct(("id", pa.array(IDS)), ("id", pa.array(IDS))), struct(("id", pa.array(IDS)))]
)
def test_a_field_of_base_models_may_not_be_named_twice(tmp_path: Path, models: pa.Array) -> None:
    relations = [("relation", SAID)] * (2 if models.type.num_fields == 1 else 1)
    path = held(tmp_path, {"baseModels": struct(*relations, ("models", each_a_list(models)))})
    with pytest.raises(TableError, match='column "baseModels" has two fields of one name'):
        read(path)


def test_a_name_of_a_column_that_is_not_utf_8_is_no_traceback(tmp_path: Path) -> None:
    path = held(tmp_path, {"naive": pa.array([1, 2, 3])})
    path.write_bytes(path.read_bytes().replace(b"naive", b"na\xefve"))
    with pytest.raises(TableError, match="cannot be read as parquet"):
        read(path)


WORDS = pa.dictionary(pa.int32(), pa.string())


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.string_view()),
        pa.list_(WORDS),
        pa.list_(WORDS, 2),
        pa.list_(pa.string(), 2),
        pa.list_view(pa.string()),
        pa.large_list_view(pa.string_view()),
    ],
    ids=str,
)
def test_tags_may_be_written_as_lists_of_any_kind(tmp_path: Path, kind: pa.DataType) -> None:
    tags = [["license:mit", "base_model:merge:q/q"], None, ["x", "license:apache-2.0"]]
    columns = read(held(tmp_path, {"tags": pa.array(tags, kind)}))
    assert [columns.license.at(at) for at in range(3)] == ["mit", None, "apache-2.0"]
    assert [columns.ids[at] for at in columns.edges.parent.tolist()] == ["q/q"]


def test_base_models_may_be_written_with_a_dictionary_and_lists_of_nothing_as_tags(
    tmp_path: Path,
) -> None:
    models = pa.ListArray.from_arrays(pa.array([0, 1, 1, 1], pa.int32()), struct(("id", IDS[:1])))
    base = struct(("relation", SAID.dictionary_encode()), ("models", models))
    columns = read(held(tmp_path, {"baseModels": base, "tags": pa.array([[], None, []])}))
    assert columns.edges.relation.tolist() == [RELATIONS.index("adapter")]


def test_base_models_in_endless_brackets_are_unknown(tmp_path: Path) -> None:
    columns = read(held(tmp_path, {"baseModels": pa.array(["[" * 100_000, '["q/q"]', None])}))
    assert [columns.ids[at] for at in columns.edges.parent.tolist()] == ["q/q"]
