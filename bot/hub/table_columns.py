"""Rows of a parquet table as records in columns, by the table's own types."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bot.hub.edges import BASE, once, parents_of
from bot.hub.listed import FIGURES, whole
from bot.hub.records import LICENSE, MOST, BaseModels, convert_model
from bot.hub.table_gatherer import Rows, Worded, names_of
from bot.hub.table_types import OddColumn, column_of, flattened, is_list, is_text, text_of
from bot.packed import oids_of
from detectors.columns import NEVER, RELATIONS, UNKNOWN, Edges, Figures, Ints
from detectors.metric import Metric

_FIGURES = {
    Metric.TRENDING: "trendingScore",
    Metric.LIKES: "likes",
    Metric.DOWNLOADS: "downloads",
    Metric.DOWNLOADS_ALL_TIME: "downloadsAllTime",
}
WANTED = frozenset(
    {"id", "_id", "author", "createdAt", "tags", "baseModels", "pipeline_tag", "library_name"}
    | {"gated", *_FIGURES.values()}
)
_NUMBERS = (
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_null,
)
_GATES = {"": UNKNOWN, "false": 0, "no": 0}


@dataclass(frozen=True)
class _Named:
    """Parents by id as some rows name them, empty or null for none, and their relations."""

    rows: Ints
    parents: pa.Array
    relations: Ints


_NOBODY = _Named(np.empty(0, np.int64), pa.array([], pa.string()), np.empty(0, np.int64))


def rows_of(batch: pa.RecordBatch) -> tuple[Rows, int]:
    """Return rows in columns, and how many had no id and were left out.

    Raises:
        OddColumn: A column is damaged, or holds something else than its name says.
    """
    known = pc.fill_null(pc.greater(pc.binary_length(text_of(batch, "id")), 0), fill_value=False)
    count = batch.num_rows
    if not pc.all(known).as_py():
        batch = batch.filter(known)
    licenses, tagged = _tagged(batch)
    edges, parents = _edges([tagged, _based(batch)])
    rows = Rows(
        names=names_of(text_of(batch, "id")),
        oids=oids_of(text_of(batch, "_id").to_pylist()) if "_id" in batch.schema.names else None,
        created_at=_created(batch),
        figures=[whole(_numbers(batch, _FIGURES[metric])) for metric in FIGURES],
        texts=[
            Worded.of(_spaces(batch)),
            Worded.of(text_of(batch, "pipeline_tag")),
            Worded.of(text_of(batch, "library_name")),
            licenses,
        ],
        gated=_gated(batch),
        edges=edges,
        parents=parents,
    )
    return rows, count - len(rows)


def _spaces(batch: pa.RecordBatch) -> pa.Array:
    """Return who publishes: the author, else the part of the id before the slash."""
    authors = text_of(batch, "author")
    blank = pc.fill_null(pc.equal(pc.binary_length(authors), 0), fill_value=True)
    if not pc.any(blank).as_py():
        return authors
    ids = text_of(batch, "id").filter(blank)
    spaces = pc.struct_field(pc.extract_regex(ids, "^(?P<space>[^/]*)/"), "space")
    return pc.replace_with_mask(authors, blank, spaces.cast(authors.type))


def _looked_up(
    texts: pa.Array, number_of: Callable[[str], int], null: int
) -> npt.NDArray[np.int64]:
    """Return a number for each text, found once for each that differs from the others."""
    told = texts.dictionary_encode()
    words = told.dictionary.to_pylist()
    numbers = np.fromiter(chain(map(number_of, words), [null]), np.int64, len(words) + 1)
    found: npt.NDArray[np.int64] = numbers[told.indices.fill_null(len(words)).to_numpy()]
    return found


def _numbers(batch: pa.RecordBatch, name: str) -> Figures:
    column = column_of(batch, name)
    if not any(is_of(column.type) for is_of in _NUMBERS):
        raise OddColumn(f'column "{name}" is {column.type}, and should be numbers')
    figures = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    if name == _FIGURES[Metric.TRENDING]:
        # A score may be below 0; it ranks no higher for that.
        figures = np.where(np.isfinite(figures), np.maximum(figures, 0), UNKNOWN)
    # A count may not, and neither may be larger than a record's.
    return np.where((figures >= 0) & (figures <= MOST), figures, UNKNOWN)


def _created(batch: pa.RecordBatch) -> Ints:
    column = column_of(batch, "createdAt")
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("ms"))
    if pa.types.is_timestamp(column.type):
        # Without a zone it is UTC, as the Hub writes.
        whole = column.cast(pa.timestamp("s", column.type.tz), safe=False).cast(pa.int64())
        seconds: Ints = whole.fill_null(NEVER).to_numpy()
        return seconds
    return np.array([_seconds(text) for text in text_of(batch, "createdAt").to_pylist()], np.int64)


def _seconds(text: str | None) -> int:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return NEVER
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def _gated(batch: pa.RecordBatch) -> npt.NDArray[np.int8]:
    column = column_of(batch, "gated")
    if pa.types.is_boolean(column.type):
        flags: npt.NDArray[np.int8] = (
            column.cast(pa.int8()).fill_null(UNKNOWN).to_numpy(zero_copy_only=False)
        )
        return flags
    words = text_of(batch, "gated")
    return _looked_up(words, lambda gate: _GATES.get(gate.lower(), 1), UNKNOWN).astype(np.int8)


def _tagged(batch: pa.RecordBatch) -> tuple[Worded, _Named]:
    """Return the licence that tags name, the first of each row, and the base models."""
    column = column_of(batch, "tags")
    licenses = np.full(len(column), UNKNOWN, np.int32)
    if pa.types.is_null(column.type):
        return Worded(licenses, pa.array([], pa.string())), _NOBODY
    if not (is_list(column.type) and is_text(column.type.value_type)):
        raise OddColumn(f'column "tags" is {column.type}, and should be lists of texts')
    tags, owners = flattened(column)
    rows, words = _beginning(tags, owners, LICENSE)
    told = Worded.of(words)
    # The first of a row counts, so it is written last.
    licenses[rows[::-1]] = told.codes[::-1]
    rows, words = _beginning(tags, owners, BASE)
    return Worded(licenses, told.words), _Named(rows, *_told_apart(words))


def _told_apart(words: pa.Array) -> tuple[pa.Array, Ints]:
    """Return the parents that tags name and the relations they say, as relation_of has them."""
    # A relation alone names nobody.
    parents = pc.if_else(pc.is_in(words, pa.array(RELATIONS, words.type)), "", words)
    relations = np.zeros(len(words), np.int64)
    for number, relation in enumerate(RELATIONS):
        said = pc.starts_with(words, f"{relation}:")
        rests = pc.utf8_slice_codeunits(words.filter(said), len(relation) + 1)
        parents = pc.replace_with_mask(parents, said, rests)
        relations[said.to_numpy(zero_copy_only=False)] = number
    return parents, relations


def _edges(some: Sequence[_Named]) -> tuple[Edges, pa.Array]:
    """Return each edge once, and the parents that their numbers stand for."""
    parents = pa.concat_arrays([each.parents.cast(pa.large_string()) for each in some])
    named = pc.fill_null(pc.greater(pc.binary_length(parents), 0), fill_value=False)
    told, kept = Worded.of(parents.filter(named)), named.to_numpy(zero_copy_only=False)
    rows = np.concatenate([each.rows for each in some])[kept]
    relations = np.concatenate([each.relations for each in some])[kept]
    return once(Edges(rows, told.codes.astype(np.int64), relations.astype(np.int8))), told.words


def _beginning(texts: pa.Array, owners: Ints, what: str) -> tuple[Ints, pa.Array]:
    """Return rows and rests of the texts that begin with a word; `owners` is the row of each."""
    begins = pc.fill_null(pc.starts_with(texts, what), fill_value=False)
    rows = owners[begins.to_numpy(zero_copy_only=False)]
    return rows, pc.utf8_slice_codeunits(texts.filter(begins), len(what))


def _based(batch: pa.RecordBatch) -> _Named:
    column = column_of(batch, "baseModels")
    if pa.types.is_null(column.type):
        return _NOBODY
    if _as_the_hub(column.type):
        return _named(column)
    read = _written if is_text(column.type) else _read
    told = [
        (row, name, relation)
        for row, text in enumerate(column.to_pylist())
        if (base := read(text)) is not None
        for name, relation in parents_of(None, base).items()
    ]
    rows, names, relations = zip(*told, strict=True) if told else ((), (), ())
    return _Named(
        np.array(rows, np.int64), pa.array(names, pa.string()), np.array(relations, np.int64)
    )


def _as_the_hub(kind: pa.DataType) -> bool:
    """Whether base models are written as the Hub's API has them."""
    if not pa.types.is_struct(kind) or {"relation", "models"} - {each.name for each in kind}:
        return False
    relation, models = kind.field("relation").type, kind.field("models").type
    if not (is_text(relation) and is_list(models) and pa.types.is_struct(models.value_type)):
        return False
    ids = models.value_type.get_field_index("id")
    return ids >= 0 and is_text(models.value_type.field(ids).type)


def _named(bases: pa.Array) -> _Named:
    relations = _looked_up(pc.struct_field(bases, "relation"), _relation, 0)
    models, rows = flattened(pc.struct_field(bases, "models"))
    return _Named(rows, pc.struct_field(models, "id"), relations[rows])


def _relation(word: str) -> int:
    return RELATIONS.index(word) if word in RELATIONS else 0


def _written(text: str | None) -> BaseModels | None:
    """Return base models as JSON writes them, or as one name."""
    if not text:
        return None
    try:
        base = msgspec.json.decode(text)
    except msgspec.DecodeError:
        base = text
    except RecursionError:
        return None
    return _read(base)


def _read(base: Any) -> BaseModels | None:
    if base is None:
        return None
    model, _ = convert_model({"id": "x", "baseModels": base})
    return None if model is None else model.base_models
