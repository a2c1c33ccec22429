"""The shares of one thing by one kind of group in every scope, added up from cells in one pass."""

from dataclasses import dataclass

import numpy as np

from detectors.cells import Cells
from detectors.columns import NEVER, Columns, Floats, Ints
from detectors.lineage import Grouped
from detectors.scope import Scope
from detectors.share import By, Of, Share, ShareQuestion, share_of


@dataclass(frozen=True, eq=False)
class Celled:
    """Grouped rows, added up by cell.

    sums: one row a cell, one column a group. totals, unknown, counts: by cell; counts are of rows.
    heaviest: the rows that may weigh most in a group of some cells, with `codes` by cell.
    """

    of: Of
    by: By
    columns: Columns
    cells: Cells
    sums: Floats
    totals: Floats
    unknown: Floats
    counts: Ints
    heaviest: Grouped
    heaviest_cells: Ints

    @classmethod
    def summed(cls, of: Of, by: By, columns: Columns, cells: Cells, grouped: Grouped) -> "Celled":
        """Add up rows that are all listed."""
        count, groups = cells.count, len(grouped.names)
        cell = cells.codes[grouped.rows]
        rows, weights, of_row, codes = grouped.rows, grouped.weights, cell, grouped.codes
        known = codes >= 0
        if not known.all():
            rows, weights, of_row, codes = rows[known], weights[known], cell[known], codes[known]
        keys = of_row.astype(np.int64) * groups + codes
        sums = np.bincount(keys, weights, count * groups).astype(np.float64)
        totals = np.bincount(cell, grouped.weights, count).astype(np.float64)
        lacks = np.flatnonzero(~known)
        unknown = np.bincount(cell[lacks], grouped.weights[lacks], count).astype(np.float64)
        # Nine digits, as a share has it; only parts of a merge are no whole numbers.
        told = weights.round(9) if by is By.FAMILY else weights
        heaviest = _heaviest(columns, keys, rows, told, count * groups)
        return cls(
            of=of,
            by=by,
            columns=columns,
            cells=cells,
            sums=sums.reshape(count, groups),
            totals=totals,
            unknown=unknown,
            counts=np.bincount(cell, minlength=count),
            heaviest=Grouped(
                rows[heaviest], weights[heaviest], keys[heaviest] % groups, grouped.names
            ),
            heaviest_cells=keys[heaviest] // groups,
        )

    def share(self, scope: Scope) -> Share | None:
        """Return the share in a scope; None where no row of the scope counts."""
        cells = self.cells.within(scope)
        if cells is None or not self.counts[cells].any():
            return None
        here = np.flatnonzero(self.cells.among(cells)[self.heaviest_cells])
        near = self.heaviest
        return share_of(
            ShareQuestion(self.of, self.by, scope),
            self.sums[cells].sum(axis=0),
            Grouped(near.rows[here], near.weights[here], near.codes[here], near.names),
            self.columns,
            (float(self.totals[cells].sum()), float(self.unknown[cells].sum())),
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
