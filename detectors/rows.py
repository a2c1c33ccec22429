"""Sets of rows, given in order: what of one is in another, without a mark for every row there is.

A mark for each of millions of rows is memory that is touched for the sake of a few; looking each
up in the other set costs a few steps.
"""

import numpy as np

from detectors.columns import Bools, Ints


def among(rows: Ints, others: Ints) -> Bools:
    """Return which rows, in whatever order, are among others that are in order, as a mask."""
    if not len(others):
        return np.zeros(len(rows), dtype=np.bool_)
    place = np.searchsorted(others, rows)
    found: Bools = others.take(place, mode="clip") == rows
    return found


def without(rows: Ints, others: Ints) -> Ints:
    """Return where in rows those are that are not among others; both in order, each once."""
    place = np.searchsorted(rows, others)
    there = rows.take(place, mode="clip") == others if len(rows) else place < 0
    stays = np.ones(len(rows), dtype=np.bool_)
    stays[place[there]] = False
    return np.flatnonzero(stays)
