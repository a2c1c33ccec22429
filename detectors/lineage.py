"""Who descends from whom: base models followed to the labs at their roots, in O(N + E).

A model's family is the lab at the root of its chain of base models. A merge of k parents counts
1/k for each; a parent that is not listed is a ghost whose namespace still names its lab; a cycle
is one knot. An edge within one owner is followed but makes no derivative.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from detectors.columns import RELATIONS, Bools, Columns, Floats, Ints
from detectors.graph import chain_ends, knots
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
    """Trace every row to the labs it descends from; `relations` limits what is a derivative.

    Chains of single parents are followed by pointer doubling, all at once; only merges and
    cycles are walked one by one.
    """
    nodes = _nodes(columns, labs, at)
    edges = _kept(columns, nodes, relations)
    jump = chain_ends(edges.child, edges.parent, edges.count)
    codes = nodes.lab.copy()
    mixtures: dict[int, dict[int, float]] = {}
    named = _reduced(edges, jump)
    ends = {node: [int(jump[at]) for at in above] for node, above in named.items()}
    for knot in knots(ends):
        members = set(knot)
        above = {at for node in knot for at in named.get(node, ())}
        outside = [int(jump[at]) for at in sorted(above) if jump[at] not in members]
        _settle(knot, outside, codes, mixtures)
    rows = np.arange(len(columns))
    families = codes[jump[rows]]
    mixed = rows[families == _MIXED]
    return Lineage(
        derivative=edges.derivative[rows],
        code=families,
        mixtures={row: mixtures[int(jump[row])] for row in mixed.tolist()},
        names=nodes.names,
    )


@dataclass(frozen=True, eq=False)
class _Nodes:
    """The rows, then the ghosts. owner, lab: int64 per node, -1 unknown; parent: node per edge."""

    owner: Ints
    lab: Ints
    parent: Ints
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Edges:
    """The edges that lead to roots. count: parents per node; derivative: mask per node."""

    child: Ints
    parent: Ints
    count: Ints
    derivative: Bools


def _nodes(columns: Columns, labs: Labs, at: datetime) -> _Nodes:
    spaces: list[str | None] = [*columns.namespace.words, None]
    of_node = [columns.namespace.codes.astype(np.int64)]
    row_of = _rows_named(columns, labs)
    ends: list[int] = []
    ghosts: dict[str, int] = {}
    for word in columns.edges.parent.words:
        name = labs.canonical_id(word)
        node = row_of.get(word, row_of.get(name, -1))
        if node < 0:
            node = ghosts.setdefault(name, len(columns) + len(ghosts))
            if node == len(columns) + len(of_node) - 1:
                spaces.append(word.partition("/")[0] if "/" in word else None)
                of_node.append(np.array([len(spaces) - 1]))
        ends.append(node)
    space = np.concatenate(of_node)
    space[space < 0] = len(columns.namespace.words)  # the None behind the words
    known = [labs.lab_of(each, at) for each in spaces]
    names = tuple(sorted({name for name in known if name is not None}))
    return _Nodes(
        owner=_coded([_owner(labs, each) for each in spaces])[space],
        lab=_coded(known, names)[space],
        parent=np.array(ends, np.int64)[columns.edges.parent.codes],
        names=names,
    )


def _rows_named(columns: Columns, labs: Labs) -> dict[str, int]:
    """Return rows by id, for the ids that are somebody's parent; by present names too."""
    parents = columns.edges.parent.words
    wanted = {*parents, *(labs.canonical_id(word) for word in parents)}
    spaces = columns.namespace.words
    renamed = columns.namespace.among({each for each in spaces if _renamed(labs, each)})
    moved = np.flatnonzero(renamed).tolist()
    found = {labs.canonical_id(columns.ids[row]): row for row in moved}
    return found | {name: row for row, name in enumerate(columns.ids) if name in wanted}


def _renamed(labs: Labs, space: str) -> bool:
    return labs.canonical_id(f"{space}/") != f"{space}/"


def _owner(labs: Labs, space: str | None) -> str | None:
    """Return who owns a namespace's repos, under its present name; case does not matter."""
    return None if space is None else labs.canonical_id(f"{space}/").lower()


def _coded(words: Sequence[str | None], names: Sequence[str] = ()) -> Ints:
    """Return the words as numbers, in the order of `names` if given; None is -1."""
    place = {name: code for code, name in enumerate(names)}
    numbers = [-1 if word is None else place.setdefault(word, len(place)) for word in words]
    return np.array(numbers, np.int64)


def _kept(columns: Columns, nodes: _Nodes, relations: frozenset[int] | None) -> _Edges:
    """Choose, for each child, the edges that count; else foreign ones; else those of its owner.

    Within one owner, or by another relation, an edge counts for nothing beside a real parent;
    alone it is still the way back to the root.
    """
    total = len(nodes.owner)
    child, parent = columns.edges.child, nodes.parent
    chosen = np.ones(len(child), dtype=np.bool_)
    if relations is not None:
        chosen = np.isin(columns.edges.relation, sorted(relations))
    own = (nodes.owner[child] == nodes.owner[parent]) & (nodes.owner[child] >= 0)
    worth = np.where(own, 2, np.where(chosen, 0, 1))
    order = np.lexsort((worth, parent, child))
    order = order[child[order] != parent[order]]
    child, parent, worth = child[order], parent[order], worth[order]
    # Two records of one edge are one, by the better of the two.
    again = np.zeros(len(child), dtype=np.bool_)
    again[1:] = (np.diff(child) == 0) & (np.diff(parent) == 0)
    child, parent, worth = child[~again], parent[~again], worth[~again]
    best = np.full(total, 3)
    np.minimum.at(best, child, worth)
    kept = worth == best[child]
    return _Edges(
        child=child[kept],
        parent=parent[kept],
        count=np.bincount(child[kept], minlength=total),
        derivative=best == 0,
    )


def _reduced(edges: _Edges, jump: Ints) -> dict[int, list[int]]:
    """Return the parents of merges and of nodes in cycles: what doubling does not settle."""
    ends = (edges.count[edges.child] > 1) | (jump[edges.child] == edges.child)
    parents: dict[int, list[int]] = {}
    pairs = zip(edges.child[ends].tolist(), edges.parent[ends].tolist(), strict=True)
    for child, parent in pairs:
        parents.setdefault(child, []).append(parent)
    return parents


def _settle(
    knot: list[int],
    outside: Sequence[int],
    codes: Ints,
    mixtures: dict[int, dict[int, float]],
) -> None:
    """Give a node, or the nodes of a cycle, the average of the parents outside it."""
    if not outside:
        labs = {int(codes[node]) for node in knot}
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
