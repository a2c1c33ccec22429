"""Columns as Arrow tables without a copy, for the competitors that work on tables."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from detectors.columns import Columns
from detectors.labs import Labs
from detectors.names import Names
from tests.bench.answers import METRICS


@dataclass(frozen=True)
class Tables:
    """A day: one row a repo, one an edge, one a namespace; and the labs' namespaces at its date."""

    models: pa.Table
    edges: pa.Table
    spaces: pa.Table
    labs: pa.Table
    renamed: pa.Table


def rows_of(columns: Columns) -> Columns:
    """Keep a day as it is: its arrays are taken over as they are."""
    return columns


def tables(columns: Columns, labs: Labs, seconds: int) -> Tables:
    """Return a day as tables."""
    at = datetime.fromtimestamp(seconds, UTC)
    task = columns.pipeline_tag
    models = {
        "row": np.arange(len(columns), dtype=np.int32),
        "id": _text(columns.ids),
        "space": columns.namespace.codes,
        "task": pa.DictionaryArray.from_arrays(
            pa.array(task.codes, mask=task.codes < 0), pa.array(list(task.words))
        ),
        "created": columns.created_at,
        "present": columns.present,
        "not_llm": columns.not_llm,
        **{metric.value: columns.figures[metric] for metric in METRICS},
    }
    edges = columns.edges
    known = sorted(labs.spaces)
    moved = sorted(labs.renamed)
    return Tables(
        pa.table(models),
        pa.table({"child": edges.child.astype(np.int32), "parent": edges.parent.astype(np.int32)}),
        pa.table(
            {
                "space": np.arange(len(columns.namespace.words), dtype=np.int32),
                "name": _text(columns.namespace.words),
            }
        ),
        pa.table(
            {
                "low": known,
                "lab": [labs.lab_of(name, at) or "" for name in known],
                "country": [labs.country_of(name, at) or "" for name in known],
            }
        ),
        pa.table(
            {
                "low": moved,
                "owner": [labs.canonical_id(f"{name}/").rstrip("/").lower() for name in moved],
            }
        ),
    )


def _text(names: object) -> pa.Array:
    if not isinstance(names, Names):
        raise TypeError("a made-up Hub has packed names")
    ends = np.append(0, names.ends).astype(np.int64)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(names.blob)]
    return pa.LargeStringArray.from_buffers(len(names), buffers[1], buffers[2])
