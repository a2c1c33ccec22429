"""The shares of one thing by one kind of group in every scope, in few passes over its rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from detectors.cells import Cells
from detectors.columns import NEVER, Columns, Floats, Ints
from detectors.lineage import Grouped
from detectors.names import Chosen
from detectors.scope import Scope, ScopeKind
from detectors.share import By, Of, Share, ShareQuestion

# Of nine digits, as a share has it: beyond those two thirds depend on what was added first.
_DIGITS = 9
# Below this every whole number is one of float64.
_EXACT = 2**53


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
        # Only parts of a merge are no whole numbers.
        told = weights.round(_DIGITS) if by is By.FAMILY else weights
        near = _heaviest(columns, keys, rows, told, cells.count * groups)
        heaviest = Grouped(rows[near], told[near], codes[near], grouped.names)
        return cls(of, by, columns, cells, grouped, cell, heaviest, there[near])

    def shares(self, scopes: Iterable[Scope]) -> Iterator[Share]:
        """Yield the share in each scope that any row counts in; all tasks in one pass.

        Amounts are added up in the order of rows, as a share of one scope is, so that both are
        the same to the last digit.
        """
        wanted = list(scopes)
        tasks = [scope for scope in wanted if scope.kind is ScopeKind.TASK]
        for apart in [tasks, *([scope] for scope in wanted if scope.kind is not ScopeKind.TASK)]:
            # Code -1 of a cell picks the last.
            place = np.full(self.cells.count + 1, -1, np.int16)
            for at, scope in enumerate(apart):
                within = self.cells.within(scope)
                if within is not None:
                    place[within] = at
            yield from self._apart(apart, place)

    def _apart(self, scopes: Sequence[Scope], place: Ints) -> Iterator[Share]:
        """Yield the shares in scopes that have no cell in common; `place` is that of each cell."""
        sums, totals = self._whole(scopes, place) if self.exact else self._parts(scopes, place)
        models = self._models(len(scopes), place[self.heaviest_cells])
        for at, scope in enumerate(scopes):
            total, unknown = totals[at]
            if total:
                own, amounts = sorted(models[at]), sums[at]
                yield Share(
                    question=ShareQuestion(self.of, self.by, scope),
                    holders={},
                    amounts={name: round(float(amounts[code]), _DIGITS) for name, code, _ in own},
                    total=round(total, _DIGITS),
                    unknown=round(unknown, _DIGITS),
                    heaviest={name: model for name, _, model in own},
                )

    @cached_property
    def exact(self) -> bool:
        """Whether weights are whole numbers that may be added up in any order."""
        weights = self.grouped.weights
        return bool(weights.sum() < _EXACT and (weights == np.floor(weights)).all())

    @cached_property
    def _cells(self) -> Floats:
        """The sum of each cell and group, and behind the groups of what is in none."""
        groups = len(self.grouped.names) + 1
        keys = self.cell.astype(np.int64) * groups + self.grouped.codes
        keys[self.grouped.codes < 0] += groups
        sums = np.bincount(keys, self.grouped.weights, self.cells.count * groups)
        return sums.astype(np.float64).reshape(-1, groups)

    def _whole(
        self, scopes: Sequence[Scope], place: Ints
    ) -> tuple[Floats, list[tuple[float, float]]]:
        """Return the sums of each scope by group, and its total with what of it is unknown."""
        within = place[:-1] == np.arange(len(scopes))[:, np.newaxis]
        sums: Floats = within.astype(np.float64) @ self._cells
        totals = zip(sums.sum(axis=1).tolist(), sums[:, -1].tolist(), strict=True)
        return sums, list(totals)

    def _parts(
        self, scopes: Sequence[Scope], place: Ints
    ) -> tuple[Floats, list[tuple[float, float]]]:
        """Return the same, each added up in the order of rows."""
        part, codes, weights = place[self.cell], self.grouped.codes, self.grouped.weights
        if not (np.diff(part) >= 0).all():
            order = np.argsort(part, kind="stable")
            part, codes, weights = part[order], codes[order], weights[order]
        ends = np.searchsorted(part, np.arange(len(scopes) + 1)).tolist()
        sums = np.zeros((len(scopes), len(self.grouped.names)))
        totals = []
        for at, (start, end) in enumerate(pairwise(ends)):
            some, known = weights[start:end], codes[start:end] >= 0
            sums[at] = np.bincount(codes[start:end][known], some[known], sums.shape[1])
            totals.append((float(some.sum()), float(some[~known].sum())))
        return sums, totals

    def _models(self, scopes: int, part: Ints) -> list[list[tuple[str, int, tuple[str, float]]]]:
        """Return, by scope, name and code of each group and its heaviest model with its weight.

        part: the scope that each of the heaviest rows counts in.
        """
        near = self.heaviest
        some = np.flatnonzero(part >= 0)
        groups = len(near.names)
        keys = part[some].astype(np.int64) * groups + near.codes[some]
        found = _heaviest(self.columns, keys, near.rows[some], near.weights[some], scopes * groups)
        keys, weights = keys[found].tolist(), near.weights[some][found].tolist()
        ids = Chosen(self.columns.ids, near.rows[some][found])
        models: dict[int, tuple[str, float]] = {}
        for key, model, weight in zip(keys, ids, weights, strict=True):
            # Of those that are as old the first by id.
            models[key] = min(models.get(key, (model, weight)), (model, weight))
        by_scope: list[list[tuple[str, int, tuple[str, float]]]] = [[] for _ in range(scopes)]
        for key, told in models.items():
            scope, code = divmod(key, groups)
            by_scope[scope].append((near.names[code], code, told))
        return by_scope


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
