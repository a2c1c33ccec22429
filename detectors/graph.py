"""Knots of a graph: the parts of it in which everything descends from everything else."""

from collections.abc import Iterable, Mapping, Sequence


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
