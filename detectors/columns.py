"""The columns of a Snapshot: numbers as arrays, text coded, unknown kept apart from 0."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.metric import Metric
from detectors.names import Chosen, located

Ints = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
# Counts are whole numbers of any width, scores may be floats.
Figures = npt.NDArray[Any]

# So many rows are looked at in one go that all in between stays in the cache.
AT_ONCE = 65_536

# In a column of figures or codes: not known. No figure of the Hub is negative.
UNKNOWN = -1
# `created_at` of a model that does not say; it sorts last, and fits where dates do until 2106.
NEVER = int(np.iinfo(np.uint32).max)

# Of more rows than a pulse lists a look back asks for a handful: one look through the ordinals is
# then less work than a dict of all of them.
_FEW = 4096

# What a base_model tag can say of the way from parent to child; index 0 is "does not say".
RELATIONS = ("", "finetune", "adapter", "quantized", "merge")


@dataclass(frozen=True, eq=False)
class Text:
    """A column of text, dictionary-coded: `words[codes[i]]`, code -1 is unknown.

    codes: signed integers, one per row. words: distinct.
    """

    codes: Ints
    words: Sequence[str]

    def at(self, row: int) -> str | None:
        """Return the text of one row, None where it is unknown."""
        code = int(self.codes[row])
        return None if code < 0 else self.words[code]

    def among(self, words: Collection[str]) -> Bools:
        """Return which rows hold one of the words, as a mask; unknown holds none."""
        wanted = np.zeros(len(self.words) + 1, dtype=np.bool_)
        for code, word in located(self.words, {word.lower() for word in words}):
            wanted[code] = word in words
        return wanted[self.codes]  # code -1 picks the False at the end

    def take(self, rows: Ints) -> "Text":
        """Return the column of some rows, in their order; the words stay."""
        return Text(self.codes[rows], self.words)

    def spoken(self) -> "Text":
        """Return the column with only the words that some row holds, in the order of rows."""
        known = self.codes >= 0
        codes, first, place = np.unique(self.codes[known], return_index=True, return_inverse=True)
        order = np.argsort(first)
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        moved = np.full(len(self.codes), UNKNOWN, np.int32)
        moved[known] = rank[place]
        return Text(moved, tuple(Chosen(self.words, codes[order])))


@dataclass(frozen=True, eq=False)
class Edges:
    """Who descends from whom: rows of children and of parents; relation: int8, RELATIONS.

    A parent that is not listed has a row all the same, one that is not `present`.
    """

    child: Ints
    parent: Ints
    relation: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.child)


@dataclass(frozen=True, eq=False)
class Columns:
    """One row a repo, in no order that means anything; in a census the row is the ordinal.

    ordinal: the repo's number for life, a range where that is its row. present: whether it is
    listed; a row that is not is a repo known as somebody's parent or from before: it has a name and
    no figures. ids: repo id.
    created_at: integers, seconds UTC, NEVER where unknown. figures: by metric, UNKNOWN where
    unknown; a metric that no row carries is absent. gated: int8, 1 yes, 0 no, -1 unknown.
    not_llm: whether the name says that it is no language model, whatever its task.
    """

    ordinal: Ints | range
    present: Bools
    ids: Sequence[str]
    namespace: Text
    created_at: Ints
    figures: Mapping[Metric, Figures]
    pipeline_tag: Text
    library_name: Text
    license: Text
    gated: npt.NDArray[np.int8]
    not_llm: Bools
    edges: Edges

    def __len__(self) -> int:
        """Return the number of rows, those that are not listed too."""
        return len(self.ordinal)

    @cached_property
    def count(self) -> int:
        """How many models are listed."""
        return int(np.count_nonzero(self.present))

    @cached_property
    def dense(self) -> bool:
        """Whether every row is its ordinal, as in a census."""
        if isinstance(self.ordinal, range):
            return self.ordinal == range(len(self))
        return bool((self.ordinal == np.arange(len(self))).all())

    @property
    def ordinals(self) -> Ints:
        """The ordinal of every row."""
        own = self.ordinal
        return np.arange(own.start, own.stop, own.step) if isinstance(own, range) else own

    def numbers(self, rows: Ints) -> Ints:
        """Return the ordinals of some rows."""
        return rows if self.dense else self.ordinals[rows]

    def number(self, row: int) -> int:
        """Return the ordinal of one row."""
        return int(self.ordinal[row])

    @cached_property
    def _rows(self) -> Mapping[int, int]:
        return {ordinal: row for row, ordinal in enumerate(self.ordinals.tolist())}

    def row(self, ordinal: int) -> int | None:
        """Return the row of a listed model, None where it is not listed."""
        if self.dense:
            row = ordinal if 0 <= ordinal < len(self) else None
        elif len(self) > _FEW:
            found = np.flatnonzero(self.ordinals == ordinal)
            row = int(found[0]) if len(found) else None
        else:
            row = self._rows.get(ordinal)
        return None if row is None or not self.present[row] else row

    def rows(self, ordinals: Ints) -> Ints:
        """Return the row of each of some models, -1 where it is not listed; all in one look."""
        if not len(self):
            return np.full(len(ordinals), -1)
        own = self.ordinals
        order = np.argsort(own, kind="stable")
        found: Ints = order.take(np.searchsorted(own, ordinals, sorter=order), mode="clip")
        found[(own.take(found) != ordinals) | ~self.present.take(found)] = -1
        return found

    def lists(self, ordinals: Ints) -> Bools:
        """Return which of some ordinals are listed, as a mask."""
        if self.dense:
            inside = (ordinals >= 0) & (ordinals < len(self))
            found = np.zeros(len(ordinals), dtype=np.bool_)
            found[inside] = self.present[ordinals[inside]]
            return found
        return np.isin(ordinals, self.ordinals[self.present])

    def take(self, rows: Ints) -> "Columns":
        """Return the columns of some rows, in their order, and after them of their parents."""
        kept = np.isin(self.edges.child, rows)
        parents = np.setdiff1d(self.edges.parent[kept], rows)
        chosen = np.concatenate([rows, parents])
        place = np.full(len(self), -1, dtype=np.int64)
        place[chosen] = np.arange(len(chosen))
        present = self.present[chosen]
        present[len(rows) :] = False
        edges = Edges(
            place[self.edges.child[kept]],
            place[self.edges.parent[kept]],
            self.edges.relation[kept],
        )
        return Columns(
            ordinal=self.ordinals[chosen],
            present=present,
            ids=tuple(Chosen(self.ids, chosen)),
            namespace=self.namespace.take(chosen),
            created_at=self.created_at[chosen],
            figures={
                metric: np.where(present, figures[chosen], UNKNOWN)
                for metric, figures in self.figures.items()
            },
            pipeline_tag=self.pipeline_tag.take(chosen),
            library_name=self.library_name.take(chosen),
            license=self.license.take(chosen),
            gated=self.gated[chosen],
            not_llm=self.not_llm[chosen],
            edges=edges,
        )


def paired(after: Columns, before: Columns) -> tuple[Ints, Ints]:
    """Return the rows, in each, of the models that both list."""
    if after.dense and before.dense:
        least = min(len(after), len(before))
        both = np.flatnonzero(after.present[:least] & before.present[:least])
        return both, both
    new, old = np.flatnonzero(after.present), np.flatnonzero(before.present)
    _, now, then = np.intersect1d(
        after.ordinals[new], before.ordinals[old], assume_unique=True, return_indices=True
    )
    return new[now], old[then]


def narrow(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return whole numbers in 16 bits where all fit; any others as they are."""
    if values.dtype.kind != "i" or values.itemsize <= np.dtype(np.int16).itemsize:
        return values
    least, most = np.iinfo(np.int16).min, np.iinfo(np.int16).max
    fit = values.min(initial=0) >= least and values.max(initial=0) <= most
    return values.astype(np.int16) if fit else values


def narrow_dates(created: Ints) -> Ints:
    """Return dates as uint32 where all fit."""
    fit = created.min(initial=0) >= 0 and created.max(initial=0) <= NEVER
    return created.astype(np.uint32, copy=False) if fit else created


def with_others(figures: Figures, rows: Sequence[int], others: Sequence[float]) -> Figures:
    """Return figures that are others in some rows, wide enough for any of the Hub's."""
    kept = figures.astype(np.float64 if figures.dtype.kind == "f" else np.int64)
    kept[[*rows]] = [*others]
    return kept
