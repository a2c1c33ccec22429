"""Chains of a graph that is given as numbers, followed all at once; and its knots."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from detectors.columns import AT_ONCE, Bools, Ints


def chain_ends(child: Ints, parent: Ints, kept: Bools, nodes: int) -> Ints:
    """Return where the chain of single parents ends, for each node: a root, a merge, a cycle.

    child, parent: nodes, one pair an edge, by child. kept: mask of the edges that count. nodes:
    how many there are. Doubling the
    step halves what is left of every chain, so that all are followed at once (pointer jumping;
    Wyllie, 1979); the nodes of a cycle have no end and are given as ends of their own.
    """
    jump: Ints = np.arange(nodes, dtype=np.int32 if nodes < 2**31 else np.int64)
    lone = _lone(child, kept)
    for start in range(0, len(child), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        some = np.flatnonzero(lone[part])
        jump[child[part].take(some)] = parent[part].take(some)
    circling = _follow(jump, _where(child, lone, lambda some: _step(jump, some)))
    # In a cycle a step of many rounds comes home, or never rests.
    home = _where(child, lone, lambda some: jump.take(some) == some)
    home = home[_stepped(home, child, parent, lone) != home]
    caught = np.unique(np.append(home, jump.take(circling)))
    if not len(caught):
        return jump
    # Such a step ends inside the cycle it leads to; going round finds the rest of it.
    while True:
        more = np.unique(np.append(caught, _stepped(caught, child, parent, lone)))
        if len(more) == len(caught):
            break
        caught = more
    in_cycle = np.zeros(nodes, dtype=np.bool_)
    in_cycle[caught] = True
    astray = _where(child, lone, lambda some: in_cycle.take(jump.take(some)))
    jump[astray] = _stepped(astray, child, parent, lone)
    jump[caught] = caught
    _follow(jump, astray)
    return jump


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


def _stepped(nodes: Ints, child: Ints, parent: Ints, lone: Bools) -> Ints:
    """Return the parent of some nodes, each of which has one."""
    at = np.searchsorted(child, nodes)
    # An edge that is not kept may come before the one that is.
    while not (there := lone.take(at)).all():
        at += ~there
    return parent.take(at)


def _where(nodes: Ints, asked: Bools, test: Callable[[Ints], Bools]) -> Ints:
    """Return the nodes asked of that pass a test, which is given a part of them at a time."""
    found = [nodes[:0]]
    for start in range(0, len(nodes), AT_ONCE):
        part = nodes[start : start + AT_ONCE].take(np.flatnonzero(asked[start : start + AT_ONCE]))
        found.append(part.take(np.flatnonzero(test(part))))
    return np.concatenate(found)


def _step(jump: Ints, some: Ints) -> Bools:
    """Let some nodes go as far again as they have come, in place; return which may go on."""
    here = jump.take(some)
    further = jump.take(here)
    jump[some] = further
    onward: Bools = further != here
    return onward


def _follow(jump: Ints, moving: Ints) -> Ints:
    """Follow the steps of some nodes to their ends, in place; return those that never rest.

    Those still on their way are written over the nodes given, so that there is one list of them.
    A part of the nodes at a time, so that all in between stays in the cache; what a part has
    gone on by, the next one goes on by already, and none goes on by less than it would.
    """
    for _ in range(len(jump).bit_length() + 1):
        if not len(moving):
            break
        left = 0
        for start in range(0, len(moving), AT_ONCE):
            some = moving[start : start + AT_ONCE]
            some = some.take(np.flatnonzero(_step(jump, some)))
            moving[left : left + len(some)] = some
            left += len(some)
        moving = moving[:left]
    return moving


def knots(parents: Mapping[int, Sequence[int]]) -> Iterable[list[int]]:
    """Yield the strongly connected parts of the graph, parents before children (Tarjan, 1972)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    held: set[int] = set()
    for start in sorted(parents):
        if start in index:
            continue
        work: list[tuple[int, int]] = [(start, 0)]
        while work:
            node, step = work.pop()
            if step == 0:
                index[node] = low[node] = len(index)
                stack.append(node)
                held.add(node)
            above = parents.get(node, ())
            while step < len(above):
                parent = above[step]
                step += 1
                if parent not in index:
                    work += [(node, step), (parent, 0)]
                    break
                if parent in held:
                    low[node] = min(low[node], index[parent])
            else:
                yield from _closed(node, index, low, stack, held)
                if work:
                    child = work[-1][0]
                    low[child] = min(low[child], low[node])


def _closed(
    node: int, index: Mapping[int, int], low: Mapping[int, int], stack: list[int], held: set[int]
) -> Iterable[list[int]]:
    if low[node] != index[node]:
        return
    knot = []
    while True:
        member = stack.pop()
        held.discard(member)
        knot.append(member)
        if member == node:
            break
    yield knot
