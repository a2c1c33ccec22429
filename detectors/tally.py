"""What boards and shares of a census are made of, carried on from look to look.

Two days of the Hub differ in few rows. A Tally holds each cell's first ranks and sums, the models
of known labs and those of the last month; of the next census it looks only at the rows that
changed. What it says is what a Snapshot would, and `audit` holds one against the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from detectors.board import DEPTH, Bare, Board, board_of
from detectors.cells import Cells, cells_of
from detectors.changes import changed as rows_changed
from detectors.changes import comparable
from detectors.columns import NEVER, Bools, Columns, Floats, Ints
from detectors.heads import Facts, Heads
from detectors.labs import Labs
from detectors.lineage import TRAINED, Grouped, derivatives
from detectors.metric import Metric
from detectors.scope import ALL, Scope
from detectors.share import (
    NEW_SECONDS,
    By,
    Of,
    Share,
    ShareQuestion,
    divided,
    spaces,
)

_PLACES = frozenset({By.LAB, By.COUNTRY})
_FIGURES = frozenset({Of.DOWNLOADS, Of.LIKES})
_FRESH = frozenset({Of.NEW, Of.DERIVATIVES, Of.FINETUNES})


@dataclass(frozen=True, eq=False)
class Tally:
    """A census, ready to be asked and to be carried on.

    cells: of each row. heads: by metric. placed: the rows whose namespace some lab holds at `at`,
    in order. recent: the rows created after the last month began, in order, be it after `at`.
    """

    columns: Columns
    labs: Labs
    at: datetime
    depth: int
    cells: Cells
    heads: Mapping[Metric, Heads]
    placed: Ints
    recent: Ints

    @classmethod
    def of(cls, columns: Columns, labs: Labs, at: datetime, depth: int = DEPTH) -> "Tally":
        """Count a census from scratch; `depth` is how many ranks boards are to have."""
        cells = Cells.of(columns)
        return cls(
            columns=columns,
            labs=labs,
            at=at,
            depth=depth,
            cells=cells,
            heads={
                metric: Heads.of(columns, figures, cells, depth)
                for metric, figures in columns.figures.items()
            },
            placed=np.flatnonzero(_of_lab(columns, labs, at)[columns.namespace.codes]),
            recent=np.flatnonzero(_recent(columns.created_at, at)),
        )

    def moved_to(
        self, columns: Columns, labs: Labs, at: datetime, changed: Ints | None = None
    ) -> "Tally":
        """Return the Tally of a later census, from the rows that changed.

        changed: those rows where they are known, in order, new ones too; else all are compared.
        Where rows or codes of the two do not mean the same it counts from scratch.
        """
        if labs is not self.labs or at < self.at or not comparable(self.columns, columns):
            return Tally.of(columns, labs, at, self.depth)
        rows = rows_changed(self.columns, columns) if changed is None else changed
        cells = self._cells(columns, rows)
        return Tally(
            columns=columns,
            labs=labs,
            at=at,
            depth=self.depth,
            cells=cells,
            heads={metric: self._heads(metric, columns, cells, rows) for metric in columns.figures},
            placed=self._placed(columns, at, rows),
            recent=self._recent(columns, at, rows),
        )

    def _cells(self, columns: Columns, rows: Ints) -> Cells:
        codes = cells_of(columns, rows)
        moved = np.empty(len(columns), dtype=codes.dtype)
        moved[: len(self.columns)] = self.cells.codes
        moved[rows] = codes
        return Cells(moved, columns.pipeline_tag.words)

    def _heads(self, metric: Metric, columns: Columns, cells: Cells, rows: Ints) -> Heads:
        before, after = self.columns.figures.get(metric), columns.figures[metric]
        if before is None:
            return Heads.of(columns, after, cells, self.depth)
        then = Facts(self.columns, self.cells, before)
        return self.heads[metric].moved(then, Facts(columns, cells, after), rows)

    def _placed(self, columns: Columns, at: datetime, rows: Ints) -> Ints:
        known = len(self.columns.namespace.words)
        then, now = _of_lab(self.columns, self.labs, self.at), _of_lab(columns, self.labs, at)
        if (then[:known] != now[:known]).any():
            # The lab table names this day: a namespace has begun or ceased to be a lab's.
            return np.flatnonzero(now[columns.namespace.codes])
        return _carried(self.placed, rows, now[columns.namespace.codes[rows]], len(columns))

    def _recent(self, columns: Columns, at: datetime, rows: Ints) -> Ints:
        fresh = _recent(columns.created_at[rows], at)
        carried = _carried(self.recent, rows, fresh, len(columns))
        return carried[_recent(columns.created_at[carried], at)]

    def board(self, metric: Metric, scope: Scope = ALL, depth: int | None = None) -> Board | None:
        """Return a Board as a Snapshot would; None where only the Snapshot can tell."""
        depth = self.depth if depth is None else depth
        heads, cells = self.heads.get(metric), self.cells.within(scope)
        if heads is None or cells is None or depth > self.depth or not self._speaks(scope, heads):
            return None
        figures, within = self.columns.figures[metric], self.cells.among(cells)
        codes = self.cells.codes
        return board_of(
            self.columns,
            heads.first(self.columns, figures, cells, depth),
            figures,
            metric=metric,
            scope=scope,
            depth=depth,
            counted=int(heads.sums.counted[cells].sum()),
            unknown=int(heads.sums.unknown[cells].sum()),
            bare=Bare(self.columns, figures, lambda row: within[codes[row]], metric),
        )

    def share(self, question: ShareQuestion) -> Share | None:
        """Return a Share as a Snapshot would; None where only the Snapshot can tell."""
        cells = self.cells.within(question.scope)
        heads = next(iter(self.heads.values()), None)
        if cells is None or heads is None or not self._speaks(question.scope, heads):
            return None
        if question.of in _FIGURES and question.by in _PLACES:
            return self._share_of_figures(question, cells)
        if question.of in _FRESH and question.by in _PLACES and len(self.recent):
            return self._share_of_fresh(question, cells)
        return None

    def _speaks(self, scope: Scope, heads: Heads) -> bool:
        """Whether any model is listed and, where the scope asks for it, any says its task."""
        least = 0 if scope == ALL else 2
        return bool(heads.sums.counted[least:].any())

    def _share_of_figures(self, question: ShareQuestion, cells: Ints) -> Share | None:
        metric = Metric(question.of.value)
        heads = self.heads.get(metric)
        if heads is None or heads.sums.total is None:
            return None
        figures = self.columns.figures[metric]
        rows = self.placed[self.cells.among(cells)[self.cells.codes[self.placed]]]
        rows = rows[figures[rows] > 0]
        grouped = self._grouped(question.by, rows, figures[rows].astype(np.float64))
        return divided(question, grouped, self.columns, float(heads.sums.total[cells].sum()))

    def _share_of_fresh(self, question: ShareQuestion, cells: Ints) -> Share | None:
        rows = self.recent
        rows = rows[self.columns.created_at[rows] <= int(self.at.timestamp())]
        if not len(rows):
            return None
        if question.of is not Of.NEW:
            relations = TRAINED if question.of is Of.FINETUNES else None
            rows = rows[derivatives(self.columns, self.labs, rows, relations)[rows]]
        rows = rows[self.cells.among(cells)[self.cells.codes[rows]]]
        return divided(question, self._grouped(question.by, rows, np.ones(len(rows))), self.columns)

    def _grouped(self, by: By, rows: Ints, weights: Floats) -> Grouped:
        of_space, names = spaces(by, self.columns.namespace, self.labs, self.at)
        return Grouped(rows, weights, of_space[self.columns.namespace.codes[rows]], names)


def _recent(created: Ints, at: datetime) -> Bools:
    """Whether each was created in the last month or is yet to be."""
    recent: Bools = (created > int(at.timestamp()) - NEW_SECONDS) & (created != NEVER)
    return recent


def _of_lab(columns: Columns, labs: Labs, at: datetime) -> Bools:
    """Return of each namespace whether a lab holds it; one more at the end is for code -1."""
    of_lab: Bools = spaces(By.LAB, columns.namespace, labs, at)[0] >= 0
    return of_lab


def _carried(held: Ints, rows: Ints, wanted: Bools, count: int) -> Ints:
    """Return the rows held before, less those that changed, and of these the ones wanted now."""
    mark = np.zeros(count, dtype=np.bool_)
    mark[rows] = True
    return np.sort(np.append(held[~mark[held]], rows[wanted]))
