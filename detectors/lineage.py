"""Who descends from whom: base models followed to the labs at their roots, in O(N + E).

A model's family is the lab at the root of its chain of base models. A merge of k parents counts
1/k for each; a parent that is not listed is a ghost whose namespace still names its lab; a cycle
is one knot. An edge within one owner is followed but makes no derivative.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from detectors.columns import RELATIONS, Bools, Columns, Floats, Ints
from detectors.labs import Labs

FAMILY_DEFINITION = "family/1"

# The two published ways to count: every relation, or only those that train further.
TRAINED = frozenset({RELATIONS.index("finetune"), RELATIONS.index("adapter")})


@dataclass(frozen=True, eq=False)
class Grouped:
    """Rows split over groups: rows, weights and codes run alongside; code -1 is unknown."""

    rows: Ints
    weights: Floats
    codes: Ints
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Lineage:
    """Root labs of every row.

    derivative: mask, rows with a base model of another owner. code: int64 per row, the family
    (-1 unknown, -2 a mixture). mixtures: for those rows, family to weight, weights adding to 1;
    family -1 is the unknown part.
    """

    derivative: Bools
    code: Ints
    mixtures: Mapping[int, Mapping[int, float]]
    names: tuple[str, ...]

    def families(self, rows: Ints, weights: Floats) -> Grouped:
        """Split weighted rows over their families."""
        codes = self.code[rows]
        plain = codes != _MIXED
        extra = [
            (row, weight * part, family)
            for row, weight in zip(rows[~plain].tolist(), weights[~plain].tolist(), strict=True)
            for family, part in sorted(self.mixtures[row].items())
        ]
        return Grouped(
            rows=np.append(rows[plain], np.array([row for row, _, _ in extra], np.int64)),
            weights=np.append(weights[plain], np.array([part for _, part, _ in extra])),
            codes=np.append(codes[plain], np.array([code for _, _, code in extra], np.int64)),
            names=self.names,
        )


_MIXED = -2


def traced(
    columns: Columns, labs: Labs, at: datetime, relations: frozenset[int] | None = None
) -> Lineage:
    """Trace every row to the labs it descends from; `relations` limits what is a derivative."""
    tree = _Tree(columns, labs, at, relations)
    codes = tree.own.copy()
    mixtures: dict[int, dict[int, float]] = {}
    for knot in _knots(tree.parents):
        _settle(knot, tree, codes, mixtures)
    return Lineage(
        derivative=tree.derivative, code=codes[: len(columns)], mixtures=mixtures, names=tree.names
    )


class _Tree:
    """The edges as numbers: nodes are the rows, then the ghosts."""

    def __init__(
        self, columns: Columns, labs: Labs, at: datetime, relations: frozenset[int] | None
    ) -> None:
        row_of = {labs.canonical_id(name): row for row, name in enumerate(columns.ids)}
        row_of |= {name: row for row, name in enumerate(columns.ids)}
        spaces = [columns.namespace.at(row) for row in range(len(columns))]
        owners = [_owner(labs, space) for space in spaces]
        nodes: list[int] = []
        for word in columns.edges.parent.words:
            node = row_of.get(word, row_of.get(labs.canonical_id(word), len(owners)))
            if node == len(owners):
                space = word.partition("/")[0] if "/" in word else None
                spaces.append(space)
                owners.append(_owner(labs, space))
                row_of[labs.canonical_id(word)] = node
            nodes.append(node)
        known = [labs.lab_of(space, at) for space in spaces]
        self.names = tuple(sorted({name for name in known if name is not None}))
        place = {name: code for code, name in enumerate(self.names)}
        self.own = np.array([-1 if name is None else place[name] for name in known], np.int64)
        self.owners = owners
        self.derivative = np.zeros(len(columns), dtype=np.bool_)
        self.parents = self._edges(columns, np.array(nodes, np.int64), relations)

    def _edges(
        self, columns: Columns, nodes: Ints, relations: frozenset[int] | None
    ) -> dict[int, list[int]]:
        edges = columns.edges
        chosen = np.ones(len(edges.child), dtype=np.bool_)
        if relations is not None:
            chosen = np.isin(edges.relation, sorted(relations))
        ends = nodes[edges.parent.codes].tolist()
        every: dict[int, dict[int, bool]] = {}
        for child, parent, counts in zip(edges.child.tolist(), ends, chosen.tolist(), strict=True):
            if child != parent:
                found = every.setdefault(child, {})
                found[parent] = found.get(parent, False) or counts
        parents: dict[int, list[int]] = {}
        for child, found in every.items():
            owner = self.owners[child]
            foreign = [at for at in found if owner is None or self.owners[at] != owner]
            counted = [at for at in foreign if found[at]]
            self.derivative[child] = bool(counted)
            # Within one owner, or by another relation, an edge counts for nothing beside a real
            # parent; alone it is still the way back to the root.
            parents[child] = sorted(counted or foreign or found)
        return parents


def _owner(labs: Labs, space: str | None) -> str | None:
    """Return who owns a namespace's repos, under its present name; case does not matter."""
    return None if space is None else labs.canonical_id(f"{space}/").lower()


def _settle(
    knot: list[int], tree: _Tree, codes: Ints, mixtures: dict[int, dict[int, float]]
) -> None:
    """Give a node, or the nodes of a cycle, the average of the parents outside it."""
    members = set(knot)
    above = {at for node in knot for at in tree.parents.get(node, ())}
    outside = sorted(above - members)
    if not outside:
        labs = {int(tree.own[node]) for node in knot}
        code = labs.pop() if len(labs) == 1 else -1
        for node in knot:
            codes[node] = code
        return
    mix: dict[int, float] = {}
    for parent in outside:
        for family, part in _mix(parent, codes, mixtures).items():
            mix[family] = mix.get(family, 0.0) + part / len(outside)
    for node in knot:
        if len(mix) == 1:
            codes[node] = next(iter(mix))
        else:
            codes[node] = _MIXED
            mixtures[node] = mix


def _mix(
    node: int, codes: Ints, mixtures: Mapping[int, Mapping[int, float]]
) -> Mapping[int, float]:
    code = int(codes[node])
    return mixtures[node] if code == _MIXED else {code: 1.0}


def _knots(parents: Mapping[int, list[int]]) -> Iterable[list[int]]:
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
