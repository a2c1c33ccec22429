"""The shares of one thing by one kind of group in every scope, without going over rows again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from detectors.cells import Cells
from detectors.columns import NEVER, Columns, Floats, Ints
from detectors.lineage import Grouped
from detectors.measuring import share_of
from detectors.scope import Scope, ScopeKind
from detectors.share import By, Of, Share, ShareQuestion


@dataclass(frozen=True, eq=False)
class Celled:
    """Grouped rows that are all listed, and of each cell and group those that may weigh most.

    cell: of each of the rows. heaviest: few rows, with their cells alongside.
    """

    of: Of
    by: By
    columns: Columns
    cells: Cells
    grouped: Grouped
    cell: Ints
    heaviest: Grouped
    heaviest_cells: Ints

    @classmethod
    def found(cls, of: Of, by: By, columns: Columns, cells: Cells, grouped: Grouped) -> "Celled":
        """Find the heaviest rows of all cells in one pass."""
        cell = cells.codes[grouped.rows]
        rows, weights, there, codes = grouped.rows, grouped.weights, cell, grouped.codes
        known = codes >= 0
        if not known.all():
            rows, weights, there, codes = rows[known], weights[known], cell[known], codes[known]
        groups = len(grouped.names)
        keys = there.astype(np.int64) * groups + codes
        # Nine digits, as a share has it; only parts of a merge are no whole numbers.
        told = weights.round(9) if by is By.FAMILY else weights
        near = _heaviest(columns, keys, rows, told, cells.count * groups)
        heaviest = Grouped(rows[near], weights[near], codes[near], grouped.names)
        return cls(of, by, columns, cells, grouped, cell, heaviest, there[near])

    def shares(self, scopes: Iterable[Scope]) -> Iterator[Share]:
        """Yield the share in each scope that any row counts in.

        Amounts are added up in the order of rows, as a share of one scope is, so that both are
        the same to the last digit.
        """
        codes, weights = self.grouped.codes, self.grouped.weights
        # Both cells of a task have the same half.
        half = self.cell >> 1
        order = np.argsort(half, kind="stable")
        by_task = codes[order], weights[order]
        starts = np.searchsorted(half[order], np.arange(self.cells.count // 2 + 1))
        for scope in scopes:
            within = self.cells.within(scope)
            if within is None or not len(within):
                continue
            if scope.kind is ScopeKind.TASK:
                task = int(within[0]) >> 1
                part = slice(starts[task], starts[task + 1])
                some = by_task[0][part], by_task[1][part]
            elif scope.kind is ScopeKind.ALL:
                some = codes, weights
            else:
                inside = self.cells.among(within)[self.cell]
                some = codes[inside], weights[inside]
            if len(some[0]):
                yield self._share(scope, within, *some)

    def _share(self, scope: Scope, within: Ints, codes: Ints, weights: Floats) -> Share:
        known = codes >= 0
        near = self.heaviest
        sums = np.bincount(codes[known], weights[known], len(near.names)).astype(np.float64)
        here = np.flatnonzero(self.cells.among(within)[self.heaviest_cells])
        return share_of(
            ShareQuestion(self.of, self.by, scope),
            sums,
            Grouped(near.rows[here], near.weights[here], near.codes[here], near.names),
            self.columns,
            (float(weights.sum()), float(weights[~known].sum())),
        )


def _heaviest(columns: Columns, keys: Ints, rows: Ints, weights: Floats, count: int) -> Ints:
    """Return which rows weigh most under their key and are the oldest of those that do."""
    top = np.full(count, -1.0)
    np.maximum.at(top, keys, weights)
    near = np.flatnonzero(weights == top[keys])
    created = columns.created_at[rows[near]]
    oldest = np.full(count, NEVER)
    np.minimum.at(oldest, keys[near], created)
    heaviest: Ints = near[created == oldest[keys[near]]]
    return heaviest
