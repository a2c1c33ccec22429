"""Rows of a parquet table as records in columns, by the table's own types."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bot.hub.edges import BASE, edges_of, joined, once, parents_of, relation_of
from bot.hub.listed import FIGURES, Gatherer, Part
from bot.hub.records import BaseModels, convert_model, space_of
from bot.hub.tags import LICENSE
from bot.packed import NO_OID, OID_BYTES, oids_of
from detectors.columns import NEVER, UNKNOWN, Edges, Figures, Ints
from detectors.metric import Metric
from detectors.names import Names

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
_GATES = {None: UNKNOWN, "": UNKNOWN, "false": 0, "no": 0, False: 0}


class OddColumn(ValueError):
    """A column is of a type that cannot be meant; the text names it."""


def part_of(batch: pa.RecordBatch, gatherer: Gatherer) -> tuple[Part, int]:
    """Return rows in columns, and how many had no id and were left out.

    Raises:
        OddColumn: A column holds something else than its name says.
    """
    known = pc.fill_null(pc.greater(pc.binary_length(_text(batch, "id")), 0), fill_value=False)
    count = batch.num_rows
    batch = batch.filter(known)
    ids = _text(batch, "id").to_pylist()
    authors = _text(batch, "author").to_pylist()
    spaces = [author or space_of(name) for author, name in zip(authors, ids, strict=True)]
    licenses, tagged = _tagged(batch, gatherer)
    part = Part(
        names=Names.of(ids),
        oids=oids_of(_text(batch, "_id").to_pylist())
        if "_id" in batch.schema.names
        else np.broadcast_to(NO_OID, (len(ids), OID_BYTES)),
        created_at=_created(batch),
        figures=[_numbers(batch, _FIGURES[metric]) for metric in FIGURES],
        texts=[
            gatherer.coded("namespace", spaces),
            gatherer.coded("pipeline_tag", _text(batch, "pipeline_tag").to_pylist()),
            gatherer.coded("library_name", _text(batch, "library_name").to_pylist()),
            licenses,
        ],
        gated=_gated(batch),
        edges=once(joined(tagged, _based(batch, gatherer))),
    )
    return part, count - len(ids)


def _column(batch: pa.RecordBatch, name: str) -> pa.Array:
    if name not in batch.schema.names:
        return pa.nulls(batch.num_rows)
    column = batch.column(name)
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _text(batch: pa.RecordBatch, name: str) -> pa.Array:
    column = _column(batch, name)
    if pa.types.is_null(column.type):
        return column.cast(pa.string())
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise OddColumn(f'column "{name}" is {column.type}, and should be text')
    return column


def _numbers(batch: pa.RecordBatch, name: str) -> Figures:
    column = _column(batch, name)
    of = pa.types
    if not (of.is_integer(column.type) or of.is_floating(column.type) or of.is_null(column.type)):
        raise OddColumn(f'column "{name}" is {column.type}, and should be numbers')
    figures = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.where(np.isfinite(figures), np.maximum(figures, 0), UNKNOWN)


def _created(batch: pa.RecordBatch) -> Ints:
    column = _column(batch, "createdAt")
    if pa.types.is_timestamp(column.type):
        # Without a zone it is UTC, as the Hub writes.
        whole = column.cast(pa.timestamp("s", column.type.tz), safe=False).cast(pa.int64())
        seconds: Ints = whole.fill_null(NEVER).to_numpy()
        return seconds
    return np.array([_seconds(text) for text in _text(batch, "createdAt").to_pylist()], np.int64)


def _seconds(text: str | None) -> int:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return NEVER
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def _gated(batch: pa.RecordBatch) -> Any:
    column = _column(batch, "gated")
    values = column.to_pylist() if pa.types.is_boolean(column.type) else None
    if values is None:
        values = [gate and gate.lower() for gate in _text(batch, "gated").to_pylist()]
    return np.array([_GATES.get(gate, 1) for gate in values], np.int8)


def _tagged(batch: pa.RecordBatch, gatherer: Gatherer) -> tuple[Ints, Edges]:
    column = _column(batch, "tags")
    licenses = np.full(len(column), UNKNOWN, np.int32)
    if pa.types.is_null(column.type):
        return licenses, edges_of((), (), ())
    if not (_is_list(column.type) and _is_text(column.type.value_type)):
        raise OddColumn(f'column "tags" is {column.type}, and should be lists of texts')
    rows, words = _beginning(column, LICENSE)
    # The first of a row counts, so it is written last.
    licenses[rows[::-1]] = gatherer.coded("license", words[::-1])
    rows, words = _beginning(column, BASE)
    named = [(row, *relation_of(word)) for row, word in zip(rows.tolist(), words, strict=True)]
    return licenses, _edges([each for each in named if each[1]], gatherer)


def _beginning(lists: pa.Array, what: str) -> tuple[Ints, Sequence[str]]:
    """Return rows and rests of the texts that begin with a word."""
    values = pc.list_flatten(lists)
    begins = pc.fill_null(pc.starts_with(values, what), fill_value=False)
    rows: Ints = pc.list_parent_indices(lists).filter(begins).to_numpy(zero_copy_only=False)
    return rows, [text[len(what) :] for text in values.filter(begins).to_pylist()]


def _based(batch: pa.RecordBatch, gatherer: Gatherer) -> Edges:
    column = _column(batch, "baseModels")
    if pa.types.is_null(column.type):
        return edges_of((), (), ())
    if _is_text(column.type):
        bases = [_written(text) for text in column.to_pylist()]
    else:
        bases = [_read(each) for each in column.to_pylist()]
    named = [
        (row, parent, relation)
        for row, base in enumerate(bases)
        if base is not None
        for parent, relation in parents_of(None, base).items()
    ]
    return _edges(named, gatherer)


def _written(text: str | None) -> BaseModels | None:
    """Return base models as JSON writes them, or as one name."""
    if not text:
        return None
    try:
        base = msgspec.json.decode(text)
    except msgspec.DecodeError:
        base = text
    return _read(base)


def _read(base: Any) -> BaseModels | None:
    if base is None:
        return None
    model, _ = convert_model({"id": "x", "baseModels": base})
    return None if model is None else model.base_models


def _edges(named: Sequence[tuple[int, str, int]], gatherer: Gatherer) -> Edges:
    return edges_of(
        [row for row, _, _ in named],
        [gatherer.parents[parent] for _, parent, _ in named],
        [relation for _, _, relation in named],
    )


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
