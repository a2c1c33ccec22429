"""The first rows by a figure, of one group or of many at once, without sorting the rest.

A part of the rows gives a bound: its k-th largest figure is no larger than that of all rows. So
whatever lies below the bound is out, and only what is left is sorted.
"""

from typing import Any

import numpy as np

from detectors.columns import AT_ONCE, Bools, Columns, Figures, Ints

# One row in so many makes the part. About as many rows as this, times k, are then sorted.
_PART = 16


def first(columns: Columns, figures: Figures, inside: Bools, depth: int) -> Ints:
    """Return the first `depth` rows inside, by figure, then `created_at`, then id; none with 0."""
    rows = np.flatnonzero(inside & (figures >= _bound(figures[::_PART][inside[::_PART]], depth)))
    rows = rows[figures[rows] > 0]
    return in_order(columns, _nearest(columns, rows, figures, depth), figures)[:depth]


def first_of_each(
    columns: Columns, figures: Figures, groups: Ints, count: int, depth: int
) -> list[Ints]:
    """Return the first `depth` rows of each of `count` groups, as `first` would.

    groups: the group of each row, -1 outside all of them.
    """
    part, their = figures[::_PART], groups[::_PART]
    kept = np.flatnonzero((part > 0) & (their >= 0))
    part, their = part.take(kept), their.take(kept)
    # By figure, then by group: a stable sort of small numbers is one pass over them.
    order = np.argsort(part)[::-1]
    order = order[np.argsort(their[order], kind="stable")]
    starts = np.searchsorted(their[order], np.arange(count + 1))
    bounds = np.ones(count + 1, dtype=figures.dtype)
    enough = starts[1:] - starts[:-1] >= depth
    bounds[:-1][enough] = part[order[starts[:-1][enough] + depth - 1]]
    if figures.dtype.kind == "f":
        bounds[:-1][~enough] = np.finfo(np.float64).tiny
    bounds[-1] = np.iinfo(figures.dtype).max if figures.dtype.kind == "i" else np.inf
    near = [np.empty(0, np.int64)]
    for start in range(0, len(figures), AT_ONCE):
        # Group -1 picks the last bound, as far above all as there are numbers.
        bound = bounds.take(groups[start : start + AT_ONCE], mode="wrap")
        near.append(np.flatnonzero(figures[start : start + AT_ONCE] >= bound) + start)
    rows = np.concatenate(near)
    rows = rows[groups[rows] >= 0]
    of_row = groups[rows]
    order = np.argsort(of_row, kind="stable")
    rows = rows[order]
    starts = np.searchsorted(of_row[order], np.arange(count + 1))
    return [
        in_order(columns, _nearest(columns, rows[start:end], figures, depth), figures)[:depth]
        for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    ]


def in_order(columns: Columns, rows: Ints, figures: Figures, groups: Ints | None = None) -> Ints:
    """Return rows by figure, the largest first, then by `created_at`, then by id.

    groups: of each row; where they are given, those of the lowest group come first.
    """
    keys = [columns.created_at[rows], -figures[rows]]
    if groups is not None:
        keys.append(groups)
    order = np.lexsort(keys)
    rows = rows[order]
    # Ids are compared only where figure and created_at tie: sorting text is the slow part.
    same = np.ones(max(len(rows) - 1, 0), dtype=np.bool_)
    for key in keys:
        told = key[order]
        same &= told[1:] == told[:-1]
    if not same.any():
        return rows
    ordered = rows.copy()
    edges = np.diff(np.concatenate(([False], same, [False])).astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        tied = rows[start : end + 1].tolist()
        ordered[start : end + 1] = sorted(tied, key=lambda row: columns.ids[row])
    return ordered


def _bound(figures: Figures, depth: int) -> Any:
    """Return a figure that none of the first `depth` of all rows lies below, by some of them."""
    if len(figures) < depth:
        return 0
    return np.partition(figures, len(figures) - depth)[len(figures) - depth]


def _nearest(columns: Columns, rows: Ints, figures: Figures, depth: int) -> Ints:
    """Leave out what cannot be among the first, so that of many ties few are sorted."""
    if len(rows) <= depth:
        return rows
    told = figures[rows]
    last = np.partition(told, len(rows) - depth)[len(rows) - depth]
    ahead, tied = rows[told > last], rows[told == last]
    wanted = depth - len(ahead)
    created = columns.created_at[tied]
    latest = np.partition(created, wanted - 1)[wanted - 1]
    return np.concatenate([ahead, tied[created <= latest]])
