"""Chains of single parents of a graph, followed all at once, to where each of them ends.

Only the nodes that have a single parent are on the way to anywhere, and the others are ends of
their own: so what is followed is held for those alone, in half the memory or less.
"""

import numpy as np

from detectors.columns import AT_ONCE, Bools, Ints
from detectors.rows import Places


class Chains:
    """Where the chain of single parents ends, for each node: a root, a merge, a cycle.

    child, parent: nodes, one pair an edge, by child. kept: mask of the edges that count. nodes:
    how many there are. lone: mask of the edges that are the only ones of their children that
    count; rests: the others that count, those of children that are ends: merges and cycles.

    Doubling the step halves what is left of every chain, so that all are followed at once (pointer
    jumping; Wyllie, 1979); the nodes of a cycle have no end and are given as ends of their own.
    """

    def __init__(self, child: Ints, parent: Ints, kept: Bools, nodes: int) -> None:
        self.lone = _lone(child, kept)
        self.rests = _others(kept, self.lone)
        self._child = child
        self._parent = parent
        self._places = Places(child, self.lone, nodes)
        self._up, self._starts = self._stepped_all()
        circling = _follow(self._up, _begun(self._up))
        if len(circling):
            self._settle(circling)

    def ends(self, nodes: Ints) -> Ints:
        """Return where the chains of some nodes end."""
        found = self._places.of(nodes)
        on = np.flatnonzero(found >= 0)
        found[on] = self._up.take(found.take(on))
        return ~found

    def between(self, nodes: Ints) -> tuple[Ints, Ints]:
        """Return the nodes from some up to the ends of their chains, and the end of each.

        Each once; the ends themselves are left out.
        """
        seen = np.zeros(len(self._up), dtype=np.bool_)
        new = self._short_of_ends(self._places.of(nodes))
        while len(new):
            seen[new] = True
            new = self._short_of_ends(self._stepped(new))
            new = new[~seen.take(new)]
        places = np.flatnonzero(seen)
        return self._child.take(self._edges(places)), ~self._up.take(places)

    def _short_of_ends(self, places: Ints) -> Ints:
        """Return which places are of nodes that are no ends, each once."""
        some = np.unique(places[places >= 0])
        # The nodes of cycles have a single parent each, and are ends of their own.
        return some.compress(self._child.take(self._edges(some)) != ~self._up.take(some))

    def pass_on(self, values: Ints) -> None:
        """Write over each node's value that of its end; in place."""
        for number, start in enumerate(range(0, len(self.lone), AT_ONCE)):
            some = np.flatnonzero(self.lone[start : start + AT_ONCE])
            begin = self._starts[number]
            ends = ~self._up[begin : begin + len(some)]
            values[self._child[start : start + AT_ONCE].take(some)] = values.take(ends)

    def _stepped_all(self) -> tuple[Ints, list[int]]:
        """Return the steps of all nodes with a single parent, in order, see `_stepped`.

        Also how many of them come before each part of the edges.
        """
        starts = [0]
        for start in range(0, len(self.lone), AT_ONCE):
            starts.append(starts[-1] + int(np.count_nonzero(self.lone[start : start + AT_ONCE])))
        up = np.empty(starts[-1], self._places.kind)
        for number, start in enumerate(range(0, len(self.lone), AT_ONCE)):
            some = np.flatnonzero(self.lone[start : start + AT_ONCE])
            parents = self._parent[start : start + AT_ONCE].take(some)
            up[starts[number] : starts[number + 1]] = self._places.of(parents)
        return up, starts

    def _edges(self, places: Ints) -> Ints:
        """Return the single edges of the nodes in some places."""
        parts = np.searchsorted(self._starts, places, side="right") - 1
        found = np.empty(len(places), np.int64)
        for part in np.unique(parts).tolist():
            mine = np.flatnonzero(parts == part)
            lone = np.flatnonzero(self.lone[part * AT_ONCE : (part + 1) * AT_ONCE])
            found[mine] = lone.take(places.take(mine) - self._starts[part]) + part * AT_ONCE
        return found

    def _stepped(self, places: Ints) -> Ints:
        """Return the places of the parents of the nodes in some places, ~ the parent of an end."""
        return self._places.of(self._parent.take(self._edges(places)))

    def _settle(self, circling: Ints) -> None:
        """Make the nodes of cycles ends of their own; circling: places of all that lead there."""
        caught = np.zeros(len(self._up), dtype=np.bool_)
        # Whose step is so large that it ends inside the cycle it leads to; going round finds the
        # rest of it.
        new = np.unique(self._up.take(circling))
        while len(new):
            caught[new] = True
            new = np.unique(self._stepped(new))
            new = new[~caught.take(new)]
        astray = circling[~caught.take(circling)]
        self._up[astray] = self._stepped(astray)
        inside = np.flatnonzero(caught)
        edges = self._edges(inside)
        self._up[inside] = ~self._child.take(edges)
        self.rests = np.sort(np.append(self.rests, edges))
        _follow(self._up, astray)


def _others(kept: Bools, lone: Bools) -> Ints:
    """Return which edges are kept and not the only ones, in order."""
    parts = [np.empty(0, np.int64)]
    for start in range(0, len(kept), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        parts.append(np.flatnonzero(kept[part] & ~lone[part]) + start)
    return np.concatenate(parts)


def siblings(child: Ints) -> tuple[Ints, Ints]:
    """Return where edges of children that have several are, and where each child's begin in that.

    child: of each edge, in order.
    """
    several = np.zeros(len(child), dtype=np.bool_)
    several[1:] = child[1:] == child[:-1]
    several[:-1] |= several[1:]
    at = np.flatnonzero(several)
    return at, np.flatnonzero(np.diff(child.take(at), prepend=-1))


def _lone(child: Ints, kept: Bools) -> Bools:
    """Return which edges are the only ones of their children that are kept, as a mask."""
    lone = kept.copy()
    at, begins = siblings(child)
    if len(at):
        told = kept.take(at)
        counts = np.add.reduceat(told, begins, dtype=np.int64)
        lone[at] &= np.repeat(counts == 1, np.diff(begins, append=len(at)))
    return lone


def _further(up: Ints, some: Ints) -> Bools:
    """Let the nodes in some places go as far again as they have come; return which may go on."""
    steps = up.take(up.take(some))
    up[some] = steps
    onward: Bools = steps >= 0
    return onward


def _begun(up: Ints) -> Ints:
    """Let all nodes go on that are not at their ends; return the places of those that may go on."""
    moving = [np.empty(0, up.dtype)]
    for start in range(0, len(up), AT_ONCE):
        some = np.flatnonzero(up[start : start + AT_ONCE] >= 0) + start
        moving.append(some.take(np.flatnonzero(_further(up, some))).astype(up.dtype))
    return np.concatenate(moving)


def _follow(up: Ints, moving: Ints) -> Ints:
    """Follow the nodes in some places to their ends, in place; return those that never rest.

    Those still on their way are written over the places given, so that there is one list of them.
    A part of the nodes at a time, so that all in between stays in the cache; what a part has
    gone on by, the next one goes on by already, and none goes on by less than it would.
    """
    for _ in range(len(up).bit_length() + 1):
        if not len(moving):
            break
        left = 0
        for start in range(0, len(moving), AT_ONCE):
            some = moving[start : start + AT_ONCE]
            some = some.take(np.flatnonzero(up.take(some) >= 0))
            some = some.take(np.flatnonzero(_further(up, some)))
            moving[left : left + len(some)] = some
            left += len(some)
        moving = moving[:left]
    return moving
