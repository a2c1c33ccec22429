"""Merges: a model of k parents is of each parent's families by 1/k, whatever those mix in turn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from detectors.chains import Chains
from detectors.columns import Bools, Floats, Ints
from detectors.graph import knots

# The code of a node that is of several families.
MIXED = -2
# So many edges are settled at once that the dozen of arrays in between is in the cache.
_AT_ONCE = 16_384


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


def mixed(
    child: Ints, parent: Ints, chains: Chains, lab: Callable[[Ints], Ints]
) -> tuple[Ints, Ints, Mixtures]:
    """Return merges and the nodes of cycles, in order, the family of each, and the mixtures.

    child, parent: the edges of merges and cycles, by child, each once. chains: those of all other
    edges. lab: says of any nodes whose they are themselves.
    """
    work = _Merging(child, parent, chains, lab)
    while work.settle_ready():
        pass
    work.settle_knots()
    return work.nodes, work.codes, work.mixtures


_NO_PARTS = Mixtures(
    np.empty(0, np.int64), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0, np.float64)
)


class _Merging:
    """Merges and cycles on their way: settled are those whose parents all are."""

    def __init__(
        self, child: Ints, parent: Ints, chains: Chains, lab: Callable[[Ints], Ints]
    ) -> None:
        self.mixtures = _NO_PARTS
        begins = np.flatnonzero(np.diff(child, prepend=-1))
        self.nodes = child.take(begins)
        # As they are themselves, until they are settled.
        self.codes = lab(self.nodes).astype(np.int64)
        self._open = np.ones(len(begins), dtype=np.bool_)
        # The edges of those that are not settled yet.
        self._child = child
        self._parent = parent
        self._above = chains.ends(parent)
        self._chains = chains
        self._lab = lab
        # The labs of each node of a knot, and the family of each end that one descends from.
        self._own: dict[int, set[int]] = {}
        self._family: dict[int, int] = {}

    def _told(self, ends: Ints) -> tuple[Bools, Ints]:
        """Return which of some ends are not settled yet, and the families of all."""
        families = self._lab(ends).astype(np.int64)
        place = np.searchsorted(self.nodes, ends)
        here = np.flatnonzero(self.nodes.take(place, mode="clip") == ends)
        unsettled = np.zeros(len(ends), dtype=np.bool_)
        unsettled[here] = self._open.take(place.take(here))
        families[here] = self.codes.take(place.take(here))
        return unsettled, families

    def settle_ready(self) -> bool:
        """Settle all whose parents are settled, at once; False where none was."""
        if not len(self._child):
            return False
        begins = np.flatnonzero(np.diff(self._child, prepend=-1))
        sizes = np.diff(begins, append=len(self._child))
        unsettled, families = self._told(self._above)
        free = ~np.logical_or.reduceat(unsettled, begins)
        if not free.any():
            return False
        ready = np.repeat(free, sizes)
        rest = np.flatnonzero(~ready)
        above, families = self._above[ready], families[ready]
        nodes, counts = self._child.take(begins[free]), sizes[free]
        self._child, self._parent = self._child.take(rest), self._parent.take(rest)
        self._above = self._above.take(rest)
        starts = np.append(0, np.cumsum(counts))
        cuts = np.append(np.searchsorted(starts, np.arange(0, len(above), _AT_ONCE)), len(nodes))
        parts = [
            self._shared(nodes[first:last], counts[first:last], above[theirs], families[theirs])
            for first, last in pairwise(np.unique(cuts).tolist())
            for theirs in [slice(starts[first], starts[last])]
        ]
        self._keep(parts)
        return True

    def _shared(self, nodes: Ints, counts: Ints, above: Ints, families: Ints) -> Mixtures:
        """Settle some nodes by what is `above` each, so many; return those of them that mix."""
        place = np.repeat(np.arange(len(nodes)), counts)
        weights = 1.0 / counts[place]
        plain = families != MIXED
        of, more, parts = self.mixtures.of(above[~plain])
        return self._settled(
            nodes,
            np.append(place[plain], place[~plain][of]),
            np.append(families[plain], more),
            np.append(weights[plain], weights[~plain][of] * parts),
        )

    def _settled(self, nodes: Ints, place: Ints, families: Ints, weights: Floats) -> Mixtures:
        """Add up the parts of some nodes, by family, and return those that mix several.

        place: says whose part each is.
        """
        span = int(families.max(initial=0)) + 2
        keys, inverse = np.unique(place * span + families + 1, return_inverse=True)
        sums = np.bincount(inverse, weights)
        of, family = keys // span, keys % span - 1
        sizes = np.bincount(of, minlength=len(nodes))
        many = sizes > 1
        alone = ~many[of]
        codes = np.full(len(nodes), MIXED, np.int64)
        codes[of[alone]] = family[alone]
        settled = np.searchsorted(self.nodes, nodes)
        self.codes[settled] = codes
        self._open[settled] = False
        starts = np.cumsum(np.append(0, sizes[many]))
        return Mixtures(nodes[many], starts, family[~alone], sums[~alone])

    def _keep(self, parts: Sequence[Mixtures]) -> None:
        """Hold mixtures of new nodes beside those there are."""
        held = [self.mixtures, *parts]
        sizes = np.concatenate([np.diff(part.starts) for part in held])
        nodes = np.concatenate([part.nodes for part in held])
        order = np.argsort(nodes, kind="stable")
        begins = np.cumsum(sizes) - sizes
        starts = np.concatenate(([0], np.cumsum(sizes[order])))
        chosen = np.repeat(begins[order] - starts[:-1], sizes[order]) + np.arange(starts[-1])
        self.mixtures = Mixtures(
            nodes=nodes[order],
            starts=starts,
            families=np.concatenate([part.families for part in held])[chosen],
            weights=np.concatenate([part.weights for part in held])[chosen],
        )

    def settle_knots(self) -> None:
        """Settle what is left, cycles and what descends from them, one by one."""
        parents: dict[int, list[int]] = {}
        ends: dict[int, list[int]] = {}
        end: dict[int, int] = {}
        told = self._told(self._above)[1].tolist()
        self._family = dict(zip(self._above.tolist(), told, strict=True))
        edges = (self._child.tolist(), self._parent.tolist(), self._above.tolist())
        for node, parent, above in zip(*edges, strict=True):
            parents.setdefault(node, []).append(parent)
            ends.setdefault(node, []).append(above)
            end[parent] = above
        left = [knot for knot in knots(ends) if all(node in parents for node in knot)]
        self._own = self._labs_of(left)
        found: dict[int, dict[int, float]] = {}
        for knot in left:
            members = set(knot)
            theirs = sorted({parent for node in knot for parent in parents[node]})
            outside = [end[each] for each in theirs if end[each] not in members]
            found |= dict.fromkeys(knot, self._tied(knot, outside, found))
        if found:
            # All at once: each time costs as much as all that is settled.
            nodes = sorted(found)
            place = [at for at, node in enumerate(nodes) for _ in found[node]]
            families = [family for node in nodes for family in found[node]]
            weights = [weight for node in nodes for weight in found[node].values()]
            shared = np.array(place), np.array(families), np.array(weights)
            self._keep([self._settled(np.array(nodes, self.nodes.dtype), *shared)])

    def _labs_of(self, left: Sequence[Sequence[int]]) -> dict[int, set[int]]:
        """Return the labs of each node that is left and of the chains that lead to it in its knot.

        Asked of all at once: of each alone it would take longer than all the rest.
        """
        owners: dict[int, set[int]] = {}
        knot = {node: number for number, nodes in enumerate(left) for node in nodes}
        sides = zip(self._child.tolist(), self._above.tolist(), strict=True)
        inside = np.array([knot[node] == knot.get(end) for node, end in sides], np.bool_)
        between, ends = self._chains.between(self._parent[inside])
        for nodes, theirs in ((self._child, self._child), (between, ends)):
            for node, lab in zip(theirs.tolist(), self._lab(nodes).tolist(), strict=True):
                owners.setdefault(node, set()).add(lab)
        return owners

    def _tied(
        self, knot: Sequence[int], outside: Sequence[int], found: Mapping[int, dict[int, float]]
    ) -> dict[int, float]:
        """Return a cycle's families: the average of the parents outside it, else its one lab."""
        if not outside:
            labs = set[int]().union(*(self._own[node] for node in knot))
            return {labs.pop() if len(labs) == 1 else -1: 1.0}
        sums: dict[int, float] = {}
        for end in outside:
            for family, weight in (found.get(end) or self._families(end)).items():
                sums[family] = sums.get(family, 0.0) + weight / len(outside)
        return sums

    def _families(self, end: int) -> dict[int, float]:
        code = self._family[end]
        if code != MIXED:
            return {code: 1.0}
        _, families, weights = self.mixtures.of(np.array([end]))
        return dict(zip(families.tolist(), weights.tolist(), strict=True))
