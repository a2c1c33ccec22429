"""Edges as they are read, block by block, each once in memory."""

from collections.abc import Sequence

import numpy as np

from bot.store.blocks import ROWS
from bot.store.tracks import child_of
from detectors.columns import Edges, Ints


class Descent:
    """Edges one after the other, in columns with room behind them, which costs nothing untouched.

    What was read of a block is let go once it is here: kept, it would lie among what the next
    blocks are read with, and hold up the memory of all that.
    """

    def __init__(self, room: int) -> None:
        self._room = _empty(room)
        self._used = 0

    def add(self, edges: Edges) -> None:
        """Append edges."""
        end = self._used + len(edges)
        if end > len(self._room):
            held, self._room = self.edges, _empty(end * 3 // 2)
            self._put(held, 0)
        self._put(edges, self._used)
        self._used = end

    @property
    def edges(self) -> Edges:
        """All so far."""
        room, end = self._room, self._used
        return Edges(room.child[:end], room.parent[:end], room.relation[:end])

    def _put(self, edges: Edges, start: int) -> None:
        part = slice(start, start + len(edges))
        self._room.child[part] = edges.child
        self._room.parent[part] = edges.parent
        self._room.relation[part] = edges.relation


def _empty(room: int) -> Edges:
    return Edges(np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int8))


def latest(told: Sequence[tuple[Ints, Ints]], start: int) -> Ints:
    """Return the edges of one block, of each child as it was told last."""
    given = [each for each in told if len(each[0]) or len(each[1])]
    if len(given) == 1:
        return given[0][1]
    found: list[Ints] = [np.empty(0, np.int64)]
    seen = np.zeros(ROWS, dtype=np.bool_)
    for children, edges in reversed(given):
        found.append(edges[~seen[child_of(edges) - start]])
        seen[children - start] = True
    return np.sort(np.concatenate(found), kind="stable")
