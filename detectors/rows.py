"""Sets of rows: what of one is in another, and in which place, touching little memory.

A mark for each of millions of rows is memory that is touched for the sake of a few, and so is a
number for each where a bit tells as much.
"""

from itertools import pairwise

import numpy as np

from detectors.columns import AT_ONCE, Bools, Ints

# Where one row in so many is among a set, a mark for each of its span is looked up the soonest.
_DENSE = 16
# A word of bits has so many.
_BITS = 64
_ONE = np.uint64(1)


class Places:
    """The place of each of some nodes among them, by a bit for each node there is.

    nodes: in order, each once; those that the mask picks. count: how many nodes there are. kind:
    the integers that nodes and places fit.
    """

    def __init__(self, nodes: Ints, mask: Bools, count: int) -> None:
        self.kind = np.dtype(np.int32 if count < 2**31 else np.int64)
        bits = np.zeros(-(-count // _BITS) * 8, np.uint8)
        starts = np.arange(0, count + AT_ONCE, AT_ONCE).astype(nodes.dtype)
        cuts = np.searchsorted(nodes, starts).tolist()
        for number, (begin, end) in enumerate(pairwise(cuts)):
            marks = np.zeros(AT_ONCE, dtype=np.bool_)
            chosen = np.flatnonzero(mask[begin:end])
            marks[nodes[begin:end].take(chosen) - number * AT_ONCE] = True
            part = bits[number * AT_ONCE // 8 : (number + 1) * AT_ONCE // 8]
            part[:] = np.packbits(marks, bitorder="little")[: len(part)]
        self._words = bits.view("<u8")
        sums = np.cumsum(np.bitwise_count(self._words), dtype=self.kind)
        # How many come before each word.
        self._before = np.append(np.zeros(1, self.kind), sums[:-1])

    def of(self, nodes: Ints) -> Ints:
        """Return the place of each node, ~node of one that is not among them."""
        number = nodes // _BITS
        bit = (nodes % _BITS).astype(np.uint64)
        word = self._words.take(number)
        places = self._before.take(number)
        places += np.bitwise_count(word & ((_ONE << bit) - _ONE))
        word >>= bit
        out = np.flatnonzero(word & _ONE == 0)
        places[out] = ~nodes.take(out)
        return places


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
    inside = np.empty(len(rows), dtype=np.bool_)
    for start in range(0, len(rows), AT_ONCE):
        # What lies before the first is far behind the last, seen without its sign.
        outside = (rows[start : start + AT_ONCE].astype(np.int64) - first).view(np.uint64)
        places = np.minimum(outside, np.uint64(span)).view(np.int64)
        mark.take(places, out=inside[start : start + AT_ONCE], mode="clip")
    return inside


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
