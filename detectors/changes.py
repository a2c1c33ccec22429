"""Which rows of a census differ from the one before, in what boards and shares are made of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.columns import AT_ONCE, Bools, Columns, Figures, Ints
from detectors.metric import Metric
from detectors.names import Names


@dataclass(frozen=True, eq=False)
class Changes:
    """The rows of a census that are not as they were, in order.

    moved: rows that are new, or are listed, named, owned, dated or of a task as they were not.
    figures: by each metric that both know, these and the rows whose figure is another.
    """

    moved: Ints
    figures: Mapping[Metric, Ints]

    @classmethod
    def of(cls, before: Columns, after: Columns) -> "Changes":
        """Compare all rows; both must be comparable."""
        metrics = [metric for metric in after.figures if metric in before.figures]
        renamed = _renamed(before.ids, after.ids)
        traits = [pair for pair in map(_Pair, *_traits(before, after)) if not pair.same]
        pairs = [_Pair(before.figures[metric], after.figures[metric]) for metric in metrics]
        found = _Found([], [[] for _ in metrics])
        for start in range(0, len(before), AT_ONCE):
            part = slice(start, min(start + AT_ONCE, len(before)))
            found.add(
                start,
                renamed[part],
                [each.differs(part) for each in traits],
                [each.differs(part) for each in pairs],
            )
        new = np.arange(len(before), len(after))
        return cls(
            np.concatenate([*found.moved, new]),
            {
                metric: np.concatenate([*rows, new])
                for metric, rows in zip(metrics, found.figures, strict=True)
            },
        )

    @classmethod
    def among(cls, rows: Ints, after: Columns) -> "Changes":
        """Take some rows, in order, for all that changed, in whatever way."""
        return cls(rows, dict.fromkeys(after.figures, rows))


def comparable(before: Columns, after: Columns) -> bool:
    """Whether rows and codes of both mean the same, so that they can be held side by side.

    `after` may have more rows and more words, after those of `before`.
    """
    return (
        before.dense
        and after.dense
        and len(before) <= len(after)
        and _goes_on(before.pipeline_tag.words, after.pipeline_tag.words)
        and _goes_on(before.namespace.words, after.namespace.words)
    )


@dataclass(frozen=True)
class _Found:
    """What was found in some parts of the rows."""

    moved: list[Ints]
    figures: list[list[Ints]]

    def add(self, start: int, moved: Bools, traits: list[Bools], figures: list[Bools]) -> None:
        """Note the rows of a part, of which masks say how they differ."""
        for each in traits:
            moved |= each
        # Rows are few: once they are known, each mask is looked at there alone.
        differs = moved.copy()
        for each in figures:
            differs |= each
        rows = np.flatnonzero(differs)
        here = moved[rows]
        self.moved.append(rows[here] + start)
        for each, held in zip(figures, self.figures, strict=True):
            held.append(rows[here | each[rows]] + start)


class _Pair:
    """A column of two censuses, held side by side."""

    def __init__(self, before: Figures, after: Figures) -> None:
        self._before = before
        self._after = after
        self._differs = np.empty(min(AT_ONCE, len(before)), np.bool_)
        one, other = before.__array_interface__, after.__array_interface__
        keys = ("data", "typestr", "strides")
        # The columns of a census are never written to again.
        self.same = all(one[key] == other[key] for key in keys)

    def differs(self, part: slice) -> Bools:
        """Return which rows of a part differ; good until the next call."""
        out = self._differs[: part.stop - part.start]
        return np.not_equal(self._before[part], self._after[part], out=out)


def _traits(before: Columns, after: Columns) -> tuple[list[Figures], list[Figures]]:
    one, other = ([*_traits_of(columns)] for columns in (before, after))
    return one, other


def _traits_of(columns: Columns) -> Iterator[Figures]:
    yield columns.present
    yield columns.created_at
    yield columns.not_llm
    yield columns.pipeline_tag.codes
    yield columns.namespace.codes


def _renamed(before: Sequence[str], after: Sequence[str]) -> Bools:
    """Return which rows that both have go by another name now."""
    count = len(before)
    found = np.zeros(count, dtype=np.bool_)
    if before is after:
        return found
    if not isinstance(before, Names) or not isinstance(after, Names):
        return np.fromiter(
            (one != other for one, other in zip(before, after, strict=False)), bool, count
        )
    if after.begins_with(before):
        return found
    for start in range(0, count, AT_ONCE):
        end = min(start + AT_ONCE, count)
        if not before.alike(after, start, end):
            found[start:end] = [before[row] != after[row] for row in range(start, end)]
    return found


def _goes_on(before: Sequence[str], after: Sequence[str]) -> bool:
    if before is after:
        return True
    if len(before) > len(after):
        return False
    if isinstance(before, Names) and isinstance(after, Names):
        goes_on = after.begins_with(before)
        if goes_on:
            after.follow(before)
        return goes_on
    return all(one == other for one, other in zip(before, after, strict=False))
