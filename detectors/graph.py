"""Chains of a graph that is given as numbers, followed all at once; and its knots."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from detectors.columns import Ints


def chain_ends(child: Ints, parent: Ints, nodes: int) -> Ints:
    """Return where the chain of single parents ends, for each node: a root, a merge, a cycle.

    child, parent: nodes, one pair an edge, by child. nodes: how many there are. Doubling the
    step halves what is left of every chain, so that all are followed at once (pointer jumping;
    Wyllie, 1979); the nodes of a cycle have no end and are given as ends of their own.
    """
    up: Ints = np.arange(nodes, dtype=np.int32 if nodes < 2**31 else np.int64)
    lone = np.ones(len(child), dtype=np.bool_)
    again = child[1:] == child[:-1]
    lone[1:] &= ~again
    lone[:-1] &= ~again
    starts = child[lone]
    up[starts] = parent[lone]
    jump = up.copy()
    circling = _follow(jump, starts)
    ends = jump[starts]
    # In a cycle a step of many rounds comes home, or never rests.
    home = starts[ends == starts]
    caught = np.unique(np.append(home[up[home] != home], jump[circling]))
    if not len(caught):
        return jump
    # Such a step ends inside the cycle it leads to; going round finds the rest of it.
    while True:
        more = np.unique(np.append(caught, up[caught]))
        if len(more) == len(caught):
            break
        caught = more
    in_cycle = np.zeros(nodes, dtype=np.bool_)
    in_cycle[caught] = True
    astray = starts[in_cycle[ends]]
    jump[astray] = up[astray]
    jump[caught] = caught
    _follow(jump, astray)
    return jump


def _follow(jump: Ints, moving: Ints) -> Ints:
    """Follow the steps of some nodes to their ends, in place; return those that never rest."""
    for _ in range(len(jump).bit_length() + 1):
        here = jump[moving]
        further = jump[here]
        onward = np.flatnonzero(further != here)
        moving = moving[onward]
        if not len(moving):
            break
        jump[moving] = further[onward]
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
