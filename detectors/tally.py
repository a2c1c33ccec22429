"""What boards and shares of a census are made of, carried on from look to look.

Two days of the Hub differ in few rows. A Tally holds each cell's first ranks and sums, the models
of known labs and those of the last month; of the next census it looks only at the rows that
changed. What it says is what a Snapshot would, and `audit` holds one against the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from detectors.board import DEPTH, Bare, Board, board_of
from detectors.cells import Cells, cells_of
from detectors.changes import Changes, comparable
from detectors.columns import AT_ONCE, NEVER, Bools, Columns, Ints
from detectors.heads import Facts, Heads
from detectors.labs import Labs
from detectors.lineage import TRAINED, derivatives
from detectors.measuring import share_of
from detectors.metric import Metric
from detectors.placed import Placed, Weighed
from detectors.rows import among, without
from detectors.scope import ALL, Scope
from detectors.share import NEW_SECONDS, By, Of, Share, ShareQuestion

_PLACES = frozenset({By.LAB, By.COUNTRY})
_FIGURES = frozenset({Of.DOWNLOADS, Of.LIKES})
_FRESH = frozenset({Of.NEW, Of.DERIVATIVES, Of.FINETUNES})


@dataclass(frozen=True, eq=False)
class Tally:
    """A census, ready to be asked and to be carried on.

    cells: of each row. heads: by metric. placed: the rows whose namespace some lab holds at `at`.
    recent: the rows created after the last month began, in order, be it after `at`.
    """

    columns: Columns
    labs: Labs
    at: datetime
    depth: int
    cells: Cells
    heads: Mapping[Metric, Heads]
    placed: Placed
    recent: Ints
    _ranked: dict[Metric, Heads] = field(default_factory=dict, repr=False)
    _fresh: dict[Of, Ints] = field(default_factory=dict, repr=False)
    _weighed: dict[tuple[Of, Scope], tuple[Weighed, float]] = field(
        default_factory=dict, repr=False
    )

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
            placed=Placed.of(columns, labs, at),
            recent=_all_recent(columns.created_at, at),
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
        if changed is None:
            changes = Changes.of(self.columns, columns)
        else:
            changes = Changes.among(changed, columns)
        cells = self._cells(columns, changes.moved)
        return Tally(
            columns=columns,
            labs=labs,
            at=at,
            depth=self.depth,
            cells=cells,
            heads={
                metric: self._heads(metric, columns, cells, changes) for metric in columns.figures
            },
            placed=self.placed.moved(columns, labs, at, changes),
            recent=self._recent(columns, at, changes.moved),
        )

    def _cells(self, columns: Columns, rows: Ints) -> Cells:
        codes = cells_of(columns, rows)
        moved = np.empty(len(columns), dtype=codes.dtype)
        moved[: len(self.columns)] = self.cells.codes
        moved[rows] = codes
        return Cells(moved, columns.pipeline_tag.words)

    def _heads(self, metric: Metric, columns: Columns, cells: Cells, changes: Changes) -> Heads:
        before, after = self.columns.figures.get(metric), columns.figures[metric]
        if before is None:
            return Heads.of(columns, after, cells, self.depth)
        then = Facts(self.columns, self.cells, before)
        return self.heads[metric].moved(then, Facts(columns, cells, after), changes.figures[metric])

    def _recent(self, columns: Columns, at: datetime, rows: Ints) -> Ints:
        held = self.recent.take(without(self.recent, rows))
        held = held.take(np.flatnonzero(_recent(columns.created_at.take(held), at)))
        fresh = rows[_recent(columns.created_at[rows], at)]
        return np.sort(np.append(held, fresh), kind="stable")

    def board(self, metric: Metric, scope: Scope = ALL, depth: int | None = None) -> Board | None:
        """Return a Board as a Snapshot would; None where only the Snapshot can tell."""
        depth = self.depth if depth is None else depth
        heads, cells = self.heads.get(metric), self.cells.within(scope)
        if heads is None or cells is None or depth > self.depth or not self._speaks(scope, heads):
            return None
        figures, within = self.columns.figures[metric], self.cells.among(cells)
        codes = self.cells.codes
        if metric not in self._ranked:
            self._ranked[metric] = heads.ranked(self.columns, figures)
        return board_of(
            self.columns,
            self._ranked[metric].first(self.columns, figures, cells, depth),
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
        if question.by not in _PLACES:
            return None
        key = (question.of, question.scope)
        if key not in self._weighed:
            found = None
            if question.of in _FIGURES:
                found = self._of_figures(Metric(question.of.value), cells)
            elif question.of in _FRESH:
                found = self._of_fresh(question.of, cells)
            if found is None:
                return None
            self._weighed[key] = found
        weighed, total = self._weighed[key]
        sums, grouped = weighed.by(question.by)
        whole = (total, total - float(sums.sum()))
        return share_of(question, sums, grouped, self.columns, whole)

    def _speaks(self, scope: Scope, heads: Heads) -> bool:
        """Whether any model is listed and, where the scope asks for it, any says its task."""
        least = 0 if scope == ALL else 2
        return bool(heads.sums.counted[least:].any())

    def _of_figures(self, metric: Metric, cells: Ints) -> tuple[Weighed, float] | None:
        """Weigh the models of labs by a figure; also return the sum of all models."""
        heads = self.heads.get(metric)
        if heads is None or heads.sums.total is None:
            return None
        placed, figures = self.placed, self.columns.figures[metric].take(self.placed.rows)
        counts = np.flatnonzero(self._inside(cells, placed.rows) & (figures > 0))
        weighed = placed.summed(
            placed.rows.take(counts), placed.codes.take(counts), figures.take(counts)
        )
        return weighed, float(heads.sums.total[cells].sum())

    def _of_fresh(self, of: Of, cells: Ints) -> tuple[Weighed, float] | None:
        """Count the new models of labs; also return how many all models are."""
        if not len(self._new(Of.NEW)) or (of is not Of.NEW and not len(self.columns.edges)):
            return None
        rows = self._new(of)
        inside = self._inside(cells, rows)
        rows = rows if inside.all() else rows[inside]
        counts = np.flatnonzero(among(self.placed.rows, rows))
        mine = self.placed.rows.take(counts)
        weighed = self.placed.summed(mine, self.placed.codes.take(counts), np.ones(len(mine)))
        return weighed, float(len(rows))

    def _inside(self, cells: Ints, rows: Ints) -> Bools:
        """Return which of some rows are in one of some cells."""
        codes = self.cells.codes.take(rows)
        if len(cells) == self.cells.count:
            listed: Bools = codes >= 0
            return listed
        return self.cells.among(cells).take(codes, mode="wrap")

    def _new(self, of: Of) -> Ints:
        """Return the rows that count for a share of what is new."""
        if of not in self._fresh:
            if of is Of.NEW:
                rows = self.recent
                past = self.columns.created_at.take(rows) <= int(self.at.timestamp())
                rows = rows if past.all() else rows[past]
            else:
                relations = TRAINED if of is Of.FINETUNES else None
                rows = self._new(Of.NEW)
                rows = rows[derivatives(self.columns, self.labs, rows, relations)]
            self._fresh[of] = rows
        return self._fresh[of]


def _all_recent(created: Ints, at: datetime) -> Ints:
    """Return the rows that were created in the last month or are yet to be."""
    parts = (
        np.flatnonzero(_recent(created[start : start + AT_ONCE], at)) + start
        for start in range(0, len(created), AT_ONCE)
    )
    return np.concatenate([np.empty(0, np.int64), *parts])


def _recent(created: Ints, at: datetime) -> Bools:
    """Whether each was created in the last month or is yet to be."""
    recent: Bools = (created > int(at.timestamp()) - NEW_SECONDS) & (created != NEVER)
    return recent
