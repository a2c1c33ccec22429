"""Merges: a model of k parents is of each parent's families by 1/k, whatever those mix in turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.columns import AT_ONCE, Bools, Floats, Ints
from detectors.graph import knots
from detectors.rows import picked

# The code of a node that is of several families.
MIXED = -2


@dataclass(frozen=True, eq=False)
class Mixtures:
    """Families and weights of the nodes that mix several; the weights of a node add to 1.

    nodes: sorted. starts: where each node's families begin, and one more; families: -1 is the
    unknown part.
    """

    nodes: Ints
    starts: Ints
    families: Ints
    weights: Floats

    def of(self, nodes: Ints) -> tuple[Ints, Ints, Floats]:
        """Return, for some nodes that mix, which of them, a family and its weight, per part."""
        at = np.searchsorted(self.nodes, nodes)
        counts = self.starts[at + 1] - self.starts[at]
        of = np.repeat(np.arange(len(nodes)), counts)
        offset = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
        chosen = np.repeat(self.starts[at], counts) + offset
        return of, self.families[chosen], self.weights[chosen]


def waiting(child: Ints, parent: Ints, kept: Bools, end: Ints) -> tuple[Ints, Ints]:
    """Return, of the edges kept, those of children that are ends of chains: merges and cycles."""
    waits = np.empty(len(child), dtype=np.bool_)
    for start in range(0, len(child), AT_ONCE):
        some = child[start : start + AT_ONCE]
        np.equal(end.take(some), some, out=waits[start : start + AT_ONCE])
    waits &= kept
    return picked(child, waits), picked(parent, waits)


def mixed(child: Ints, parent: Ints, end: Ints, lab: Ints) -> tuple[Ints, Mixtures]:
    """Return the family of each end (a root, a merge, a node of a cycle), and the mixtures.

    child, parent: the edges of merges and cycles, by child, each once. end: of each node's chain.
    lab: of each node; the families are written over it.
    """
    work = _Merging(child, parent, end, lab)
    while work.settle_ready():
        pass
    work.settle_knots()
    return work.codes, work.mixtures


_NO_PARTS = Mixtures(
    np.empty(0, np.int64), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0, np.float64)
)


class _Merging:
    """Merges and cycles on their way: settled are those whose parents all are."""

    def __init__(self, child: Ints, parent: Ints, end: Ints, lab: Ints) -> None:
        self.codes = lab
        self.mixtures = _NO_PARTS
        self._child = child
        self._parent = parent
        self._end = end
        self._open = np.zeros(len(lab), dtype=np.bool_)
        self._open[child] = True

    def settle_ready(self) -> bool:
        """Settle all whose parents are settled, at once; False where none was."""
        if not len(self._child):
            return False
        above = self._end.take(self._parent)
        begins = np.flatnonzero(np.diff(self._child, prepend=-1))
        sizes = np.diff(begins, append=len(self._child))
        free = ~np.logical_or.reduceat(self._open.take(above), begins)
        if not free.any():
            return False
        ready = np.repeat(free, sizes)
        above, rest = above[ready], np.flatnonzero(~ready)
        nodes, counts = self._child.take(begins[free]), sizes[free]
        self._child, self._parent = self._child.take(rest), self._parent.take(rest)
        place = np.repeat(np.arange(len(nodes)), counts)
        families, weights = self.codes.take(above).astype(np.int64), 1.0 / counts[place]
        plain = families != MIXED
        of, more, parts = self.mixtures.of(above[~plain])
        self._settle(
            nodes,
            np.append(place[plain], place[~plain][of]),
            np.append(families[plain], more),
            np.append(weights[plain], weights[~plain][of] * parts),
        )
        return True

    def _settle(self, nodes: Ints, place: Ints, families: Ints, weights: Floats) -> None:
        """Add up the parts of some nodes, by family; `place` says whose part each is."""
        span = int(families.max(initial=0)) + 2
        keys, inverse = np.unique(place * span + families + 1, return_inverse=True)
        sums = np.bincount(inverse, weights)
        of, family = keys // span, keys % span - 1
        sizes = np.bincount(of, minlength=len(nodes))
        many = sizes > 1
        alone = ~many[of]
        self.codes[nodes[of[alone]]] = family[alone]
        self.codes[nodes[many]] = MIXED
        self._open[nodes] = False
        self._keep(nodes[many], sizes[many], family[~alone], sums[~alone])

    def _keep(self, nodes: Ints, sizes: Ints, families: Ints, weights: Floats) -> None:
        held = self.mixtures
        all_sizes = np.append(np.diff(held.starts), sizes)
        all_nodes = np.append(held.nodes, nodes)
        order = np.argsort(all_nodes, kind="stable")
        begins = np.cumsum(all_sizes) - all_sizes
        starts = np.concatenate(([0], np.cumsum(all_sizes[order])))
        chosen = np.repeat(begins[order] - starts[:-1], all_sizes[order]) + np.arange(starts[-1])
        self.mixtures = Mixtures(
            nodes=all_nodes[order],
            starts=starts,
            families=np.append(held.families, families)[chosen],
            weights=np.append(held.weights, weights)[chosen],
        )

    def settle_knots(self) -> None:
        """Settle what is left, cycles and what descends from them, one by one."""
        parents: dict[int, list[int]] = {}
        for node, parent in zip(self._child.tolist(), self._parent.tolist(), strict=True):
            parents.setdefault(node, []).append(parent)
        ends = {node: [int(self._end[each]) for each in above] for node, above in parents.items()}
        found: dict[int, dict[int, float]] = {}
        for knot in knots(ends):
            if all(node in parents for node in knot):
                members = set(knot)
                above = sorted({parent for node in knot for parent in parents[node]})
                outside = [end for end in self._end[above].tolist() if end not in members]
                found |= dict.fromkeys(knot, self._tied(knot, outside, found))
        if found:
            # All at once: each time costs as much as all that is settled.
            nodes = sorted(found)
            place = [at for at, node in enumerate(nodes) for _ in found[node]]
            families = [family for node in nodes for family in found[node]]
            weights = [weight for node in nodes for weight in found[node].values()]
            self._settle(np.array(nodes), np.array(place), np.array(families), np.array(weights))

    def _tied(
        self, knot: Sequence[int], outside: Sequence[int], found: Mapping[int, dict[int, float]]
    ) -> dict[int, float]:
        """Return a cycle's families: the average of the parents outside it, else its one lab."""
        if not outside:
            labs = {int(self.codes[node]) for node in knot}
            return {labs.pop() if len(labs) == 1 else -1: 1.0}
        sums: dict[int, float] = {}
        for end in outside:
            for family, weight in (found.get(end) or self._families(end)).items():
                sums[family] = sums.get(family, 0.0) + weight / len(outside)
        return sums

    def _families(self, end: int) -> dict[int, float]:
        code = int(self.codes[end])
        if code != MIXED:
            return {code: 1.0}
        _, families, weights = self.mixtures.of(np.array([end]))
        return dict(zip(families.tolist(), weights.tolist(), strict=True))
