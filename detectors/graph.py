"""Chains of a graph that is given as numbers, followed all at once; and its knots."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from detectors.columns import Ints


def chain_ends(child: Ints, parent: Ints, count: Ints) -> Ints:
    """Return where the chain of single parents ends, for each node: a root, a merge, a cycle.

    child, parent: nodes, one pair an edge. count: parents of each node. Doubling the step halves
    what is left of every chain, so that all are followed at once (pointer jumping; Wyllie, 1979);
    the nodes of a cycle have no end and are given as ends of their own.
    """
    up: Ints = np.arange(len(count)).astype(np.int32 if len(count) < 2**31 else np.int64)
    single = count[child] == 1
    starts = child[single]
    up[starts] = parent[single]
    jump = _at_rest(up, starts)
    caught = np.unique(jump[starts][up[jump[starts]] != jump[starts]])
    if not len(caught):
        return jump
    # A step of many rounds ends inside the cycle it leads to; going round finds the rest of it.
    while True:
        more = np.unique(np.append(caught, up[caught]))
        if len(more) == len(caught):
            break
        caught = more
    up[caught] = caught
    return _at_rest(up, starts)


def _at_rest(up: Ints, starts: Ints) -> Ints:
    """Follow the steps of some nodes to their ends; the nodes at rest are let be."""
    jump = up.copy()
    moving = starts
    for _ in range(len(up).bit_length() + 1):
        here = jump[moving]
        further = jump[here]
        onward = further != here
        moving = moving[onward]
        if not len(moving):
            break
        jump[moving] = further[onward]
    return jump


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
