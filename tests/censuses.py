"""Random censuses, one after the other, as a Hub makes them: figures move, models come and go."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

from detectors.columns import NEVER, UNKNOWN, Columns, Edges, Text
from detectors.metric import Metric
from detectors.names import Names

MOST = 12
TASKS = ("text-generation", "fill-mask", "", "robotics")
SPACES = ("Qwen", "qwen", "meta-llama", "nobody", "")

# Wide ones, too; but sums beyond 2**53 would show the order they were added up in.
figure = st.sampled_from([UNKNOWN, 0, 1, 2, 300, 70_000, 2**31 - 1, 2**31, 2**48])
score = st.sampled_from([-1.0, 0.0, 0.5, 1e300, 3.0])


def text(draw: st.DrawFn, rows: int, words: tuple[str, ...]) -> Text:
    order = tuple(draw(st.permutations(words)))[: draw(st.integers(1, len(words)))]
    codes = draw(st.lists(st.integers(-1, len(order) - 1), min_size=rows, max_size=rows))
    return Text(np.array(codes, np.int32), order)


@st.composite
def columns(draw: st.DrawFn, rows: int) -> Columns:
    """Return dense columns of so many ordinals; who is not listed has no figures."""

    def many(strategy: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(strategy, min_size=rows, max_size=rows))

    present = np.array(many(st.booleans()), np.bool_)
    figures: dict[Metric, Any] = {
        metric: np.where(present, np.array(many(figure), np.int64), UNKNOWN)
        for metric in draw(st.lists(st.sampled_from(list(Metric)), unique=True))
    }
    if Metric.TRENDING in figures and draw(st.booleans()):
        figures[Metric.TRENDING] = np.where(present, np.array(many(score), np.float64), UNKNOWN)
    row = st.integers(0, max(rows - 1, 0))
    edge = st.tuples(row, row, st.integers(0, 4))
    edges = np.array(sorted(draw(st.sets(edge, max_size=8 if rows else 0))), np.int64).reshape(
        -1, 3
    )

    def listed(words: tuple[str, ...]) -> Text:
        found = text(draw, rows, words)
        return Text(np.where(present, found.codes, UNKNOWN), found.words)

    return Columns(
        ordinal=np.arange(rows),
        present=present,
        ids=Names.of(f"lab/{at}" for at in range(rows)),
        namespace=text(draw, rows, SPACES),
        created_at=np.array(many(st.sampled_from([NEVER, -5, 0, 1_700_000_000])), np.int64),
        figures=figures,
        pipeline_tag=listed(TASKS),
        library_name=listed(TASKS),
        license=listed(TASKS),
        gated=np.where(present, np.array(many(st.sampled_from([-1, 0, 1])), np.int8), np.int8(-1)),
        not_llm=np.array(many(st.booleans()), np.bool_),
        edges=Edges(edges[:, 0], edges[:, 1], edges[:, 2].astype(np.int8)),
    )


@st.composite
def histories(draw: st.DrawFn, most: int = 40) -> list[Columns]:
    """Return censuses of a Hub whose repos only become more."""
    found: list[Columns] = []
    rows = 0
    for _ in range(draw(st.integers(1, most))):
        rows = draw(st.integers(rows, min(rows + 3, MOST)))
        again = found and len(found[-1]) == rows and draw(st.booleans())
        found.append(found[-1] if again else draw(columns(rows)))
    return found


def said(columns: Columns) -> Mapping[str, object]:
    """Return everything that columns say, as values that compare.

    Of a repo that is not listed: what it is for life is the log's, and no part of this.
    """
    rows, present = range(len(columns)), columns.present.tolist()
    edges = columns.edges
    return {
        "present": present,
        "not_llm": columns.not_llm.tolist(),
        "gated": columns.gated.tolist(),
        "namespace": [columns.namespace.at(row) for row in rows if present[row]],
        "created_at": columns.created_at[columns.present].tolist(),
        "texts": [
            [each.at(row) for row in rows]
            for each in (columns.pipeline_tag, columns.library_name, columns.license)
        ],
        "figures": {metric: each.tolist() for metric, each in columns.figures.items()},
        "edges": [each.tolist() for each in (edges.child, edges.parent, edges.relation)],
    }
