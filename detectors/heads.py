"""The first ranks of every cell by a metric, and the floor below which nobody else can stand.

A model that changes is held against its cell's floor: nearly all lie below it, before and after,
and touch nothing. Only where too many of those held have fallen is a cell ranked in full again.
"""

from dataclasses import dataclass, replace

import numpy as np

from detectors.cells import Cells, counted
from detectors.columns import AT_ONCE, UNKNOWN, Bools, Columns, Figures, Ints
from detectors.ranking import first_of_each, in_order
from detectors.rows import among

# Where so many times more figures are 0, those are left out before they are added up.
_MOSTLY = 2
# So many ranks more than asked for are held, that some may fall and a board still be whole.
_SPARE = 4
_LEAST_SPARE = 2


def _held(depth: int) -> int:
    return depth + depth // _SPARE + _LEAST_SPARE


@dataclass(frozen=True, eq=False)
class Sums:
    """What each cell holds: models, those without a figure, and, of whole figures, their sum."""

    counted: Ints
    unknown: Ints
    total: Ints | None


@dataclass(frozen=True, eq=False)
class Heads:
    """The first ranks of each cell, at least `depth` where a cell has as many.

    rows: by cell; starts: where each cell's begin, and one more. floor: per cell the row that
    stood last when it was set; figure 0 is no floor: all that have a figure are held. figures,
    created_at and ids are those the floor was set with, so that it stays when its row moves.
    """

    depth: int
    rows: Ints
    starts: Ints
    floor: Figures
    floor_created: Ints
    floor_ids: tuple[str, ...]
    sums: Sums

    @classmethod
    def of(cls, columns: Columns, figures: Figures, cells: Cells, depth: int) -> "Heads":
        """Rank every cell in one pass."""
        found = first_of_each(columns, figures, cells.codes, cells.count, _held(depth))
        empty = cls(
            depth,
            np.empty(0, np.int64),
            np.zeros(cells.count + 1, np.int64),
            np.zeros(cells.count, np.float64),
            np.zeros(cells.count, np.int64),
            ("",) * cells.count,
            _sums(figures, cells.codes, cells.counted),
        )
        return empty.put(columns, figures, dict(enumerate(found)))

    def put(self, columns: Columns, figures: Figures, ranked: dict[int, Ints]) -> "Heads":
        """Return the heads with these cells ranked anew, each in order and with a floor of its own.

        A cell with fewer rows than are held has no floor.
        """
        if not ranked:
            return self
        floor, created = self.floor.copy(), self.floor_created.copy()
        ids = list(self.floor_ids)
        parts = [
            self.rows[start:end] for start, end in zip(self.starts, self.starts[1:], strict=False)
        ]
        for cell, rows in ranked.items():
            parts[cell] = rows
            full = len(rows) >= _held(self.depth)
            floor[cell] = figures[rows[-1]] if full else 0
            created[cell] = columns.created_at[rows[-1]] if full else 0
            ids[cell] = columns.ids[int(rows[-1])] if full else ""
        starts = np.append(0, np.cumsum([len(part) for part in parts]))
        return Heads(
            self.depth, np.concatenate(parts), starts, floor, created, tuple(ids), self.sums
        )

    def moved(self, before: "Facts", after: "Facts", changed: Ints) -> "Heads":
        """Return the heads of `after`, in which only the rows `changed` differ from `before`."""
        columns, figures, cells = after.columns, after.figures, after.cells
        wider = self._widened(cells.count)
        held = wider.rows[~among(wider.rows, changed)]
        rows = np.append(held, changed[wider.above(columns, figures, cells, changed)])
        codes = cells.codes[rows]
        order = np.argsort(codes, kind="stable")
        starts = np.searchsorted(codes[order], np.arange(cells.count + 1))
        old = changed[: np.searchsorted(changed, len(before.columns))]
        sums = _moved_sums(
            wider.sums,
            _sums_of(before, old, cells.count),
            _sums_of(after, changed, cells.count),
        )
        heads = Heads(
            self.depth,
            rows[order],
            starts,
            wider.floor,
            wider.floor_created,
            wider.floor_ids,
            sums,
        )
        return heads._settled(columns, figures, cells)

    def _widened(self, count: int) -> "Heads":
        """Return the heads with room for new cells, which are empty."""
        more = count - len(self.floor)
        if not more:
            return self
        none = np.zeros(more, np.int64)
        sums = self.sums
        return Heads(
            self.depth,
            self.rows,
            np.append(self.starts, np.full(more, self.starts[-1])),
            np.append(self.floor, none),
            np.append(self.floor_created, none),
            self.floor_ids + ("",) * more,
            Sums(
                np.append(sums.counted, none),
                np.append(sums.unknown, none),
                None if sums.total is None else np.append(sums.total, none),
            ),
        )

    def above(self, columns: Columns, figures: Figures, cells: Cells, rows: Ints) -> Bools:
        """Return which rows stand at their cell's floor or above it."""
        codes = cells.codes[rows]
        told = figures[rows]
        floor = np.append(self.floor, np.inf)[codes]
        above = told > floor
        near = np.flatnonzero((told == floor) & (told > 0))
        created, level = columns.created_at[rows[near]], self.floor_created[codes[near]]
        above[near] = created < level
        for at in near[created == level].tolist():
            above[at] = columns.ids[int(rows[at])] <= self.floor_ids[int(codes[at])]
        return above

    def _settled(self, columns: Columns, figures: Figures, cells: Cells) -> "Heads":
        """Rank in full where the floor is breached; raise the floor where far too many stand."""
        held = np.diff(self.starts)
        breached = np.flatnonzero((held < self.depth) & (self.floor > 0))
        ranked: dict[int, Ints] = {}
        if len(breached):
            place = np.full(cells.count + 1, -1, np.int16)
            place[breached] = np.arange(len(breached))
            groups = place[cells.codes]
            found = first_of_each(columns, figures, groups, len(breached), _held(self.depth))
            ranked = dict(zip(breached.tolist(), found, strict=True))
        for cell in np.flatnonzero(held > 2 * _held(self.depth)).tolist():
            rows = self.rows[self.starts[cell] : self.starts[cell + 1]]
            ranked[cell] = in_order(columns, rows, figures)[: _held(self.depth)]
        return self.put(columns, figures, ranked)

    def ranked(self, columns: Columns, figures: Figures) -> "Heads":
        """Return the heads with the rows of each cell in rank order."""
        groups = np.repeat(np.arange(len(self.floor)), np.diff(self.starts))
        return replace(self, rows=in_order(columns, self.rows, figures, groups))

    def first(self, columns: Columns, figures: Figures, cells: Ints, depth: int) -> Ints:
        """Return the first `depth` rows of some cells together, in order, of heads in rank order.

        At most `self.depth` of them.
        """
        starts, ends = self.starts[cells].tolist(), self.starts[cells + 1].tolist()
        parts = [
            self.rows[start : min(start + depth, end)]
            for start, end in zip(starts, ends, strict=True)
            if start < end
        ]
        if len(parts) == 1:
            return parts[0]
        rows = np.concatenate([self.rows[:0], *parts])
        if len(rows) > 4 * depth:
            told = figures[rows]
            rows = rows[told >= np.partition(told, len(rows) - depth)[len(rows) - depth]]
        return in_order(columns, rows, figures)[:depth]


@dataclass(frozen=True, eq=False)
class Facts:
    """The rows of a census, its cells, and one metric's figures."""

    columns: Columns
    cells: Cells
    figures: Figures


def _sums_of(facts: Facts, rows: Ints, count: int) -> Sums:
    """Add up some rows by their cells, of which there are `count`."""
    codes = facts.cells.codes.take(rows)
    return _sums(facts.figures.take(rows), codes, counted(codes, count))


def _sums(figures: Figures, codes: Ints, listed: Ints) -> Sums:
    """Add up figures by their cells; listed: how many each cell has."""
    count = len(listed) + 1
    unknown, total = np.zeros(count, np.int64), np.zeros(count)
    whole = figures.dtype.kind in "iu"
    for start in range(0, len(figures), AT_ONCE):
        part = figures[start : start + AT_ONCE]
        # Code -1, of what is not listed, is counted first and left out.
        place = codes[start : start + AT_ONCE].astype(np.intp)
        place += 1
        if _MOSTLY * np.count_nonzero(part) < len(part):
            some = np.flatnonzero(part)
            part, place = part.take(some), place.take(some)
        untold = np.flatnonzero(part == UNKNOWN)
        unknown += np.bincount(place.take(untold), minlength=count)
        if whole:
            # Sums of whole numbers below 2**53 are exact, in whatever order.
            total += np.bincount(place, part, count)
    # Each that is unknown was added up as UNKNOWN.
    total -= UNKNOWN * unknown
    return Sums(listed, unknown[1:], total[1:].astype(np.int64) if whole else None)


def _moved_sums(sums: Sums, less: Sums, more: Sums) -> Sums:
    total = None
    if sums.total is not None and less.total is not None and more.total is not None:
        total = sums.total - less.total + more.total
    return Sums(
        sums.counted - less.counted + more.counted,
        sums.unknown - less.unknown + more.unknown,
        total,
    )
