"""Who descends from whom: base models followed to the labs at their roots, in O(N + E).

A model's family is the lab at the root of its chain of base models. A merge of k parents counts
1/k for each; a parent that is not listed is a ghost whose namespace still names its lab; a cycle
is one knot. An edge within one owner is followed but makes no derivative.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from detectors.chains import Chains, siblings
from detectors.columns import AT_ONCE, RELATIONS, Bools, Columns, Edges, Floats, Ints, Text
from detectors.folds import Folds
from detectors.labs import Labs
from detectors.mixture import MIXED, Mixtures, mixed
from detectors.names import Names, folds_of, located
from detectors.rows import among, rising

FAMILY_DEFINITION = "family/2"

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
    unknown, MIXED a mixture). mixed: the rows of mixtures, in order; ends: of each of them, the row
    whose mixture it is. names: of the families.
    """

    derivative: Bools
    code: Ints
    mixed: Ints
    ends: Ints
    mixtures: Mixtures
    names: tuple[str, ...]

    def families(self, rows: Ints, weights: Floats) -> Grouped:
        """Split weighted rows over their families."""
        codes = self.code[rows]
        plain = codes != MIXED
        of, families, parts = self._mixtures(rows[~plain])
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
        of, families, parts = self._mixtures(rows[mixed_rows])
        starts = np.searchsorted(of, np.arange(len(mixed_rows) + 1))
        return Lineage(
            derivative=self.derivative[rows],
            code=codes,
            mixed=mixed_rows,
            ends=mixed_rows,
            mixtures=Mixtures(mixed_rows, starts, families, parts),
            names=self.names,
        )

    def _mixtures(self, rows: Ints) -> tuple[Ints, Ints, Floats]:
        """Return, for some rows of mixtures, which of them, a family and its weight, per part."""
        return self.mixtures.of(self.ends.take(np.searchsorted(self.mixed, rows)))


def traced(
    columns: Columns, labs: Labs, at: datetime, relations: frozenset[int] | None = None
) -> Lineage:
    """Trace every row to the labs it descends from; `relations` limits what is a derivative.

    Chains of single parents are followed by pointer doubling, all at once; then merges, those
    first whose parents are known; only cycles are walked one by one.
    """
    kept = _kept(columns, _in_order(columns.edges), _Owners.of(columns, labs), relations)
    chains = Chains(kept.child, kept.parent, kept.mask, len(columns))
    # All other edges are in the chains.
    child, parent = kept.child.take(chains.rests), kept.parent.take(chains.rests)
    derivative = kept.derivative
    del kept
    names, of_space = _labs(columns.namespace, labs, at)

    def lab(rows: Ints | slice) -> Ints:
        return of_space.take(columns.namespace.codes[rows], mode="wrap")

    nodes, families, mixtures = mixed(child, parent, chains, lab)
    code: Ints = np.empty(len(columns), of_space.dtype)
    for start in range(0, len(columns), AT_ONCE):
        code[start : start + AT_ONCE] = lab(slice(start, start + AT_ONCE))
    code[nodes] = families
    chains.pass_on(code)
    rows = _mixing(code)
    return Lineage(derivative, code, rows, chains.ends(rows), mixtures, names)


def _mixing(code: Ints) -> Ints:
    """Return the rows of mixtures, in order."""
    parts = (
        np.flatnonzero(code[start : start + AT_ONCE] == MIXED) + start
        for start in range(0, len(code), AT_ONCE)
    )
    return np.concatenate([np.empty(0, np.int64), *parts])


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
    if rising(edges.child):
        # Of the same type, or all children would be copied into a wider one.
        bounds = np.array((first, last + 1), edges.child.dtype)
        start, end = np.searchsorted(edges.child, bounds).tolist()
    part = slice(start, end)
    theirs = Edges(edges.child[part], edges.parent[part], edges.relation[part])
    counts = _worth(columns, theirs, _Owners.of(columns, labs), relations) == 0
    return among(rows, np.sort(theirs.child.take(np.flatnonzero(counts)), kind="stable"))


@dataclass(frozen=True, eq=False)
class _Kept:
    """The edges, by child, and a mask of those that lead to roots. derivative: mask per row.

    Nearly all do, so that leaving out the others would cost more than passing them over.
    """

    child: Ints
    parent: Ints
    mask: Bools
    derivative: Bools


def _labs(spaces: Text, labs: Labs, at: datetime) -> tuple[tuple[str, ...], Ints]:
    """Return the labs there are, and which of them holds each namespace, -1 unknown.

    One more stands for a namespace that is not known. As narrow as labs are few, and MIXED fits.
    """
    held = {code: labs.lab_of(word, at) for code, word in located(spaces.words, labs.spaces)}
    names = tuple(sorted({lab for lab in held.values() if lab is not None}))
    place = {name: code for code, name in enumerate(names)}
    kind = np.min_scalar_type(min(-len(names) - 1, MIXED))
    of_space: Ints = np.full(len(spaces.words) + 1, -1, dtype=kind)
    for code, lab in held.items():
        if lab is not None:
            of_space[code] = place[lab]
    return names, of_space


@dataclass(frozen=True, eq=False)
class _Owners:
    """Who owns each namespace, under its present name, in any case.

    Nearly all are an owner of their own. doubtful: by code, which may have another's; folds: the
    numbers, alike but for case, of the present names of those whose codes are in `codes`, in order.
    """

    doubtful: Bools
    codes: Ints
    folds: Folds

    @classmethod
    def of(cls, columns: Columns, labs: Labs) -> "_Owners":
        """Look for namespaces that were renamed, and those that are spelt alike."""
        words = columns.namespace.words
        packed = words if isinstance(words, Names) else Names.of(words)
        renamed = dict(located(packed, labs.renamed))
        now = [labs.canonical_id(f"{word}/").rstrip("/") for word in renamed.values()]
        # What had another name may have come to one that stands there as well, in any case.
        others = [code for code, _ in located(packed, {name.lower() for name in now})]
        codes = np.unique(np.array([*packed.alikes.tolist(), *others, *renamed], np.int64))
        folds = folds_of(packed.some(codes))
        folds[np.searchsorted(codes, [*renamed])] = folds_of(now)
        doubtful = np.zeros(len(words) + 1, dtype=np.bool_)
        doubtful[codes] = True
        return cls(doubtful, codes, folds)

    def same(self, one: Ints, other: Ints) -> Bools:
        """Whether pairs of namespaces have one owner; code -1 has none."""
        found: Bools = (one == other) & (one >= 0)
        doubtful = self.doubtful.take(other, mode="wrap") & (one != other)
        at = np.flatnonzero(doubtful)
        at = at[self.doubtful.take(one.take(at), mode="wrap")]
        mine, its = (
            self.folds.take(np.searchsorted(self.codes, each.take(at))) for each in (one, other)
        )
        found[at] = mine == its
        return found


def _kept(
    columns: Columns, edges: Edges, owners: _Owners, relations: frozenset[int] | None
) -> _Kept:
    """Choose, for each child, the edges that count; else foreign ones; else those of its owner.

    Within one owner, or by another relation, an edge counts for nothing beside a real parent;
    alone it is still the way back to the root.
    """
    worth = _worth(columns, edges, owners, relations)
    child, parent, worth = _once(edges.child, edges.parent, worth)
    derivative = np.zeros(len(columns), dtype=np.bool_)
    kept: Bools = worth < _NONE
    at, begins = siblings(child)
    if len(at):
        told = worth.take(at)
        best = np.minimum.reduceat(told, begins)
        kept[at] &= told == np.repeat(best, np.diff(begins, append=len(at)))
    for start in range(0, len(child), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        counts = np.flatnonzero(kept[part] & (worth[part] == 0))
        derivative[child[part].take(counts)] = True
    return _Kept(child, parent, kept, derivative)


def _worth(
    columns: Columns, edges: Edges, owners: _Owners, relations: frozenset[int] | None
) -> Ints:
    """Return of each edge what it counts for, 0 the most, _NONE nothing."""
    spaces = columns.namespace.codes
    worth: Ints = np.zeros(len(edges), np.int8)
    other = np.ones(len(RELATIONS), np.int8)
    other[[*range(len(RELATIONS))] if relations is None else sorted(relations)] = 0
    for start in range(0, len(edges), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        child, parent = edges.child[part], edges.parent[part]
        own = owners.same(spaces.take(child), spaces.take(parent))
        some = worth[part]
        if relations is not None:
            other.take(edges.relation[part], out=some, mode="clip")
        some[own] = 2
        some[child == parent] = _NONE
    return worth


def _in_order(edges: Edges) -> Edges:
    """Return edges by child, then by parent, as they come; sorted only where they do not."""
    child, parent = edges.child, edges.parent
    rises = child[1:] > child[:-1]
    rises |= (child[1:] == child[:-1]) & (parent[1:] >= parent[:-1])
    if rises.all():
        return edges
    order = np.lexsort((parent, child))
    return Edges(child[order], parent[order], edges.relation[order])


def _once(child: Ints, parent: Ints, worth: Ints) -> tuple[Ints, Ints, Ints]:
    """Leave one of two records of an edge, the better of the two."""
    again = (child[1:] == child[:-1]) & (parent[1:] == parent[:-1])
    if not again.any():
        return child, parent, worth
    starts = np.flatnonzero(np.concatenate(([True], ~again)))
    return child[starts], parent[starts], np.minimum.reduceat(worth, starts)
