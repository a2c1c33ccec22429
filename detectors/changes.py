"""Which rows of a census differ from the one before, in what boards and shares are made of."""

from collections.abc import Iterator, Sequence

import numpy as np

from detectors.columns import Bools, Columns, Figures, Ints
from detectors.names import Names

# Rows compared at once: all that is in between stays in the cache.
_AT_ONCE = 65_536


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


def changed(before: Columns, after: Columns) -> Ints:
    """Return the rows of `after` that are new or differ, in order; both must be comparable.

    Compared are listing, name, owner, task, `created_at` and the figures that both have.
    """
    count = len(before)
    differs = np.ones(len(after), dtype=np.bool_)
    differs[:count] = False
    pairs = list(_pairs(before, after))
    for start in range(0, count, _AT_ONCE):
        part = slice(start, min(start + _AT_ONCE, count))
        here = differs[part]
        for one, other in pairs:
            here |= one[part] != other[part]
    differs[:count] |= _renamed(before.ids, after.ids)
    return np.flatnonzero(differs)


def _pairs(before: Columns, after: Columns) -> Iterator[tuple[Figures, Figures]]:
    yield before.present, after.present
    yield before.created_at, after.created_at
    yield before.not_llm, after.not_llm
    yield before.pipeline_tag.codes, after.pipeline_tag.codes
    yield before.namespace.codes, after.namespace.codes
    for metric in before.figures.keys() & after.figures.keys():
        yield before.figures[metric], after.figures[metric]


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
    for start in range(0, count, _AT_ONCE):
        end = min(start + _AT_ONCE, count)
        if not before.alike(after, start, end):
            found[start:end] = [before[row] != after[row] for row in range(start, end)]
    return found


def _goes_on(before: Sequence[str], after: Sequence[str]) -> bool:
    if before is after:
        return True
    if len(before) > len(after):
        return False
    if isinstance(before, Names) and isinstance(after, Names):
        return after.begins_with(before)
    return all(one == other for one, other in zip(before, after, strict=False))
