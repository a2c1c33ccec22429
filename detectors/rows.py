"""Sets of rows: what of one is in another, and what a mask picks, touching little memory.

A mark for each of millions of rows is memory that is touched for the sake of a few, and so is a
list of eight bytes a row where the rows themselves take four.
"""

import numpy as np

from detectors.columns import AT_ONCE, Bools, Ints

# Where one row in so many is among a set, a mark for each of its span is looked up the soonest.
_DENSE = 16


def picked(values: Ints, mask: Bools) -> Ints:
    """Return the values that a mask picks, without a list of their places that is twice as wide."""
    found: Ints = np.empty(np.count_nonzero(mask), values.dtype)
    end = 0
    for start in range(0, len(values), AT_ONCE):
        rows = np.flatnonzero(mask[start : start + AT_ONCE])
        values[start : start + AT_ONCE].take(rows, out=found[end : end + len(rows)], mode="clip")
        end += len(rows)
    return found


def among(rows: Ints, others: Ints) -> Bools:
    """Return which rows, in whatever order, are among others that are in order, as a mask."""
    if not len(others):
        return np.zeros(len(rows), dtype=np.bool_)
    first = int(others[0])
    span = int(others[-1]) - first + 1
    if span > _DENSE * len(others):
        place = np.searchsorted(others, rows)
        found: Bools = others.take(place, mode="clip") == rows
        return found
    # One mark more stands for all that lies outside.
    mark = np.zeros(span + 1, dtype=np.bool_)
    mark[others - first] = True
    # What lies before the first is far behind the last, seen without its sign.
    outside = (rows.astype(np.int64) - first).view(np.uint64)
    return mark.take(np.minimum(outside, np.uint64(span)).view(np.int64))


def rising(rows: Ints) -> bool:
    """Whether rows are in order, some perhaps more than once."""
    parts = range(0, len(rows) - 1, AT_ONCE)
    return all(
        (rows[at + 1 : at + AT_ONCE + 1] >= rows[at : at + AT_ONCE][: len(rows) - 1 - at]).all()
        for at in parts
    )


def without(rows: Ints, others: Ints) -> Ints:
    """Return where in rows those are that are not among others; both in order, each once."""
    place = np.searchsorted(rows, others)
    there = rows.take(place, mode="clip") == others if len(rows) else place < 0
    stays = np.ones(len(rows), dtype=np.bool_)
    stays[place[there]] = False
    return np.flatnonzero(stays)
