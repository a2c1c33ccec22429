"""Who descends from whom: base models followed to the labs at their roots, in O(N + E).

A model's family is the lab at the root of its chain of base models. A merge of k parents counts
1/k for each; a parent that is not listed is a ghost whose namespace still names its lab; a cycle
is one knot. An edge within one owner is followed but makes no derivative.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from detectors.columns import RELATIONS, Bools, Columns, Edges, Floats, Ints
from detectors.graph import chain_ends
from detectors.labs import Labs
from detectors.mixture import MIXED, Mixtures, mixed
from detectors.names import folds_of, located

FAMILY_DEFINITION = "family/1"

# The two published ways to count: every relation, or only those that train further.
TRAINED = frozenset({RELATIONS.index("finetune"), RELATIONS.index("adapter")})
_NONE = 3


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

    derivative: mask, rows with a base model of another owner. code: per row, the family (-1
    unknown, MIXED a mixture). end: per row, the row whose mixture it is. names: of the families.
    """

    derivative: Bools
    code: Ints
    end: Ints
    mixtures: Mixtures
    names: tuple[str, ...]

    def families(self, rows: Ints, weights: Floats) -> Grouped:
        """Split weighted rows over their families."""
        codes = self.code[rows]
        plain = codes != MIXED
        of, families, parts = self.mixtures.of(self.end[rows[~plain]])
        return Grouped(
            rows=np.append(rows[plain], rows[~plain][of]),
            weights=np.append(weights[plain], weights[~plain][of] * parts),
            codes=np.append(codes[plain], families),
            names=self.names,
        )

    def of_some(self, rows: Ints) -> "Lineage":
        """Return the lineage of some rows, in their order."""
        codes = self.code[rows]
        mixed_rows = np.flatnonzero(codes == MIXED)
        of, families, parts = self.mixtures.of(self.end[rows[mixed_rows]])
        starts = np.searchsorted(of, np.arange(len(mixed_rows) + 1))
        return Lineage(
            derivative=self.derivative[rows],
            code=codes,
            end=np.arange(len(rows)),
            mixtures=Mixtures(mixed_rows, starts, families, parts),
            names=self.names,
        )


def traced(
    columns: Columns, labs: Labs, at: datetime, relations: frozenset[int] | None = None
) -> Lineage:
    """Trace every row to the labs it descends from; `relations` limits what is a derivative.

    Chains of single parents are followed by pointer doubling, all at once; then merges, those
    first whose parents are known; only cycles are walked one by one.
    """
    names, lab = _labs(columns, labs, at)
    kept = _kept(columns, _in_order(columns.edges), _owners(columns, labs), relations)
    end = chain_ends(kept.child, kept.parent, len(columns))
    codes, mixtures = mixed(kept.child, kept.parent, end, lab)
    codes[kept.child] = codes[end[kept.child]]
    return Lineage(derivative=kept.derivative, code=codes, end=end, mixtures=mixtures, names=names)


def derivatives(
    columns: Columns, labs: Labs, rows: Ints, relations: frozenset[int] | None = None
) -> Bools:
    """Return which of some rows, in order, have a base model of another owner, as a mask of them.

    A row's own edges decide that, so that it is told of few rows without tracing them.
    """
    if not len(rows):
        return np.zeros(0, dtype=np.bool_)
    edges, first, last = columns.edges, int(rows[0]), int(rows[-1])
    start, end = 0, len(edges)
    if (edges.child[1:] >= edges.child[:-1]).all():
        start, end = np.searchsorted(edges.child, (first, last + 1)).tolist()
    part = slice(start, end)
    theirs = Edges(edges.child[part], edges.parent[part], edges.relation[part])
    counts = _worth(columns, theirs, _owners(columns, labs), relations) == 0
    found = np.zeros(last + 1, dtype=np.bool_)
    found[theirs.child[counts & (theirs.child <= last)]] = True
    return found[rows]


@dataclass(frozen=True, eq=False)
class _Kept:
    """The edges that lead to roots, by child. derivative: mask per row."""

    child: Ints
    parent: Ints
    derivative: Bools


def _labs(columns: Columns, labs: Labs, at: datetime) -> tuple[tuple[str, ...], Ints]:
    """Return the labs there are, and which of them publishes each row, -1 unknown."""
    spaces = columns.namespace
    held = {code: labs.lab_of(word, at) for code, word in located(spaces.words, labs.spaces)}
    names = tuple(sorted({lab for lab in held.values() if lab is not None}))
    place = {name: code for code, name in enumerate(names)}
    # As narrow as labs are few; code -1 picks the last.
    kind = np.int16 if len(names) < np.iinfo(np.int16).max else np.int32
    of_space: Ints = np.full(len(spaces.words) + 1, -1, dtype=kind)
    for code, lab in held.items():
        if lab is not None:
            of_space[code] = place[lab]
    return names, of_space[spaces.codes]


def _owners(columns: Columns, labs: Labs) -> Ints:
    """Return a number for whoever owns each namespace, under its present name, in any case.

    One more at the end is for code -1.
    """
    words = columns.namespace.words
    owners = np.append(folds_of(words), np.uint64(0))
    moved = located(words, labs.renamed)
    if moved:
        present = [labs.canonical_id(f"{word}/").rstrip("/") for _, word in moved]
        owners[[code for code, _ in moved]] = folds_of(present)
    return owners


def _kept(columns: Columns, edges: Edges, owners: Ints, relations: frozenset[int] | None) -> _Kept:
    """Choose, for each child, the edges that count; else foreign ones; else those of its owner.

    Within one owner, or by another relation, an edge counts for nothing beside a real parent;
    alone it is still the way back to the root.
    """
    worth = _worth(columns, edges, owners, relations)
    child, parent, worth = _once(edges.child, edges.parent, worth)
    best = np.full(len(columns), _NONE, dtype=np.int8)
    first = np.ones(len(child), dtype=np.bool_)
    first[1:] = child[1:] != child[:-1]
    best[child[first]] = worth[first]
    more = np.flatnonzero(~first)
    np.minimum.at(best, child[more], worth[more])
    kept = (worth == best[child]) & (worth < _NONE)
    return _Kept(
        child=child[kept],
        parent=parent[kept],
        derivative=best == 0,
    )


def _worth(columns: Columns, edges: Edges, owners: Ints, relations: frozenset[int] | None) -> Ints:
    """Return of each edge what it counts for, 0 the most, _NONE nothing."""
    child, parent = edges.child, edges.parent
    spaces = columns.namespace.codes
    mine, its = spaces[child], spaces[parent]
    own = (owners[mine] == owners[its]) & (mine >= 0) & (its >= 0)
    worth: Ints = np.zeros(len(child), np.int8)
    if relations is not None:
        other = np.ones(len(RELATIONS), np.int8)
        other[sorted(relations)] = 0
        worth = other[edges.relation]
    worth[own] = 2
    worth[child == parent] = _NONE
    return worth


def _in_order(edges: Edges) -> Edges:
    """Return edges by child, then by parent, as they come; sorted only where they do not."""
    step = np.diff(edges.child)
    if ((step > 0) | ((step == 0) & (np.diff(edges.parent) >= 0))).all():
        return edges
    order = np.lexsort((edges.parent, edges.child))
    return Edges(edges.child[order], edges.parent[order], edges.relation[order])


def _once(child: Ints, parent: Ints, worth: Ints) -> tuple[Ints, Ints, Ints]:
    """Leave one of two records of an edge, the better of the two."""
    again = (np.diff(child) == 0) & (np.diff(parent) == 0)
    if not again.any():
        return child, parent, worth
    starts = np.flatnonzero(np.concatenate(([True], ~again)))
    return child[starts], parent[starts], np.minimum.reduceat(worth, starts)
