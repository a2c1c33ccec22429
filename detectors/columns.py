"""The columns of a Snapshot: numbers as arrays, text coded, unknown kept apart from 0."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.metric import Metric

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# `created_at` of a model that does not say; it sorts last.
NEVER = int(np.iinfo(np.int64).max)

# What a base_model tag can say of the way from parent to child; index 0 is "does not say".
RELATIONS = ("", "finetune", "adapter", "quantized", "merge")


@dataclass(frozen=True, eq=False)
class Text:
    """A column of text, dictionary-coded: `words[codes[i]]`, code -1 is unknown.

    codes: int32, one per row. words: distinct.
    """

    codes: npt.NDArray[np.int32]
    words: tuple[str, ...]

    def at(self, row: int) -> str | None:
        """Return the text of one row, None where it is unknown."""
        code = int(self.codes[row])
        return None if code < 0 else self.words[code]

    def among(self, words: frozenset[str] | set[str]) -> Bools:
        """Return which rows hold one of the words, as a mask; unknown holds none."""
        wanted = np.array([word in words for word in self.words] + [False], dtype=np.bool_)
        return wanted[self.codes]  # code -1 picks the False at the end

    def take(self, rows: Ints) -> "Text":
        """Return the column of some rows, in their order; the words stay."""
        return Text(self.codes[rows], self.words)


@dataclass(frozen=True, eq=False)
class Edges:
    """Who descends from whom. child: int64 rows. parent: repo ids. relation: int8, RELATIONS."""

    child: Ints
    parent: Text
    relation: npt.NDArray[np.int8]

    def take(self, rows: Ints, total: int) -> "Edges":
        """Return the edges of some of `total` rows, their children renumbered to the new rows."""
        place = np.full(total, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        kept = np.flatnonzero(place[self.child] >= 0)
        return Edges(place[self.child[kept]], self.parent.take(kept), self.relation[kept])


@dataclass(frozen=True, eq=False)
class Columns:
    """One row a model, in no order that means anything.

    ordinal: int64, the model's number for life. ids: repo id. created_at: int64 seconds UTC,
    NEVER where unknown. figures: by metric, float64, NaN where unknown; a metric that no row
    carries is absent. gated: int8, 1 yes, 0 no, -1 unknown.
    """

    ordinal: Ints
    ids: tuple[str, ...]
    namespace: Text
    created_at: Ints
    figures: Mapping[Metric, Floats]
    pipeline_tag: Text
    library_name: Text
    license: Text
    gated: npt.NDArray[np.int8]
    edges: Edges

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Ints) -> "Columns":
        """Return the columns of some rows, in their order."""
        return Columns(
            ordinal=self.ordinal[rows],
            ids=tuple(self.ids[row] for row in rows),
            namespace=self.namespace.take(rows),
            created_at=self.created_at[rows],
            figures={metric: figures[rows] for metric, figures in self.figures.items()},
            pipeline_tag=self.pipeline_tag.take(rows),
            library_name=self.library_name.take(rows),
            license=self.license.take(rows),
            gated=self.gated[rows],
            edges=self.edges.take(rows, len(self)),
        )
