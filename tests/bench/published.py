"""A made-up Hub as the published Hub statistics write it: parquet, the columns of hub-stats.

    python -m tests.bench.published FOLDER MODELS DAYS

writes DAYS files of MODELS models and more, each named by its day.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from detectors.columns import NEVER, RELATIONS, UNKNOWN, Columns, Ints, Text
from detectors.metric import Metric
from tests.bench.hub import Hub, hub
from tests.world import labs

_BASE = pa.struct(
    [
        ("relation", pa.string()),
        ("models", pa.list_(pa.struct([("_id", pa.string()), ("id", pa.string())]))),
    ]
)
# What hub-stats had in May 2026, without the widest columns, which nobody here reads.
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("author", pa.string()),
        ("createdAt", pa.timestamp("us")),
        ("lastModified", pa.timestamp("us")),
        ("downloads", pa.int64()),
        ("downloadsAllTime", pa.int64()),
        ("likes", pa.int64()),
        ("trendingScore", pa.float64()),
        ("tags", pa.list_(pa.string())),
        ("cardData", pa.string()),
        ("baseModels", _BASE),
        ("pipeline_tag", pa.string()),
        ("library_name", pa.string()),
    ]
)
_ROWS = 50_000
_FIGURES = {
    "downloads": Metric.DOWNLOADS,
    "downloadsAllTime": Metric.DOWNLOADS_ALL_TIME,
    "likes": Metric.LIKES,
    "trendingScore": Metric.TRENDING,
}
_CARD = '{"language": ["en"], "pipeline_tag": "text-generation", "widget": [{"text": "…"}]}'
_TAGS = ("safetensors", "endpoints_compatible", "region:us")


def write(folder: Path, first: Hub, days: int, churn: float = 0.02) -> list[Path]:
    """Write a file a day, and return them; memory holds one day and a group of rows."""
    paths = []
    day = first
    for number in range(days):
        day = day.next(churn) if number else day
        path = folder / f"models-{day.at:%Y-%m-%d}.parquet"
        with pq.ParquetWriter(path, SCHEMA, compression="zstd") as file:
            for group in _groups(day.columns):
                file.write_table(group)
        paths.append(path)
    return paths


def _groups(columns: Columns) -> Iterator[pa.Table]:
    listed = np.flatnonzero(columns.present)
    for start in range(0, len(listed), _ROWS):
        yield _group(columns, listed[start : start + _ROWS])


def _group(columns: Columns, rows: Ints) -> pa.Table:
    ids = [columns.ids[row] for row in rows.tolist()]
    seconds = columns.created_at[rows]
    created = pa.array(seconds * 1_000_000, pa.int64(), mask=seconds == NEVER).cast(
        pa.timestamp("us")
    )
    parents = _parents(columns, rows)
    found: dict[str, Any] = {
        "id": ids,
        "author": _words(columns.namespace, rows),
        "createdAt": created,
        "lastModified": created,
        "tags": [
            _tags(license_word, parent)
            for license_word, parent in zip(_words(columns.license, rows), parents, strict=True)
        ],
        "cardData": [_CARD] * len(rows),
        "baseModels": [parent and _base(*parent) for parent in parents],
        "pipeline_tag": _words(columns.pipeline_tag, rows),
        "library_name": _words(columns.library_name, rows),
    }
    for name, metric in _FIGURES.items():
        values = columns.figures[metric][rows]
        found[name] = pa.array(values, mask=values == UNKNOWN).cast(SCHEMA.field(name).type)
    return pa.table(
        [pa.array(found[name], SCHEMA.field(name).type) for name in SCHEMA.names], SCHEMA
    )


def _words(text: Text, rows: Ints) -> list[str | None]:
    words = [*text.words, None]
    return [words[code] for code in text.codes[rows].tolist()]


def _parents(columns: Columns, rows: Ints) -> list[tuple[str, list[str]] | None]:
    """Return relation and parents of each row that has any, as `baseModels` would say it."""
    edges = columns.edges
    first = np.searchsorted(edges.child, rows, "left").tolist()
    last = np.searchsorted(edges.child, rows, "right").tolist()
    return [
        (
            RELATIONS[int(edges.relation[a])] or "finetune",
            [columns.ids[int(parent)] for parent in edges.parent[a:b]],
        )
        if a < b
        else None
        for a, b in zip(first, last, strict=True)
    ]


def _tags(license_word: str | None, parent: tuple[str, list[str]] | None) -> list[str]:
    tags = [*_TAGS, *([f"license:{license_word}"] if license_word else [])]
    if parent is not None:
        relation, names = parent
        for name in names:
            tags += [f"base_model:{name}", f"base_model:{relation}:{name}"]
    return tags


def _base(relation: str, names: list[str]) -> dict[str, Any]:
    return {
        "relation": relation,
        "models": [{"_id": f"{at:024x}", "id": name} for at, name in enumerate(names)],
    }


if __name__ == "__main__":
    _folder, _models, _days = sys.argv[1:]
    write(Path(_folder), hub(int(_models), labs()), int(_days))
