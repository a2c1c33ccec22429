"""Models ranked by one metric in one scope, at one instant."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from detectors.columns import UNKNOWN, Bools, Columns, Figures, Floats, Ints
from detectors.metric import Metric
from detectors.names import Chosen
from detectors.ranking import first, in_order
from detectors.scope import Scope

# Boards carry this in evidence; a change of how ranks are made is a new version, never an alert.
BOARD_DEFINITION = "board/1"

# How many ranks a board has: enough for any rule a person writes, and little to keep.
DEPTH = 1000

# A count over 30 days cannot fall from the head of a board to 0 between two reads.
_COUNTED = frozenset({Metric.DOWNLOADS, Metric.DOWNLOADS_ALL_TIME})


@dataclass(frozen=True, eq=False)
class Board:
    """Models in rank order: index 0 is first place.

    ordinals (int64), ids and figures (float64, NaN where the list gave only an order) run
    alongside, for at most `depth` ranks. Who enters and leaves is seen without figures, so `told`
    returns them when they are first asked for. `counted` is how many models it was chosen from,
    `unknown` how many of them had no figure. `bare` holds the ordinals whose rank is unknown:
    without a figure, or with downloads of 0, which may mean "not tracked". With `by_order` the
    list's own order is the rank, and none is unknown.
    """

    metric: Metric
    scope: Scope
    ordinals: Ints
    ids: Sequence[str]
    told: Callable[[], Floats] = field(repr=False)
    counted: int
    unknown: int
    bare: Container[int]
    depth: int = DEPTH
    by_order: bool = False
    _heads: dict[int, Mapping[int, int]] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.ordinals)

    @property
    def ended(self) -> bool:
        """Whether no ranked model lies beyond the ranks it has."""
        return len(self) < self.depth

    @cached_property
    def figures(self) -> Floats:
        """The figure of each rank, float64; NaN where it is unknown."""
        return self.told()

    @property
    def ranks(self) -> Mapping[int, int]:
        """Rank, from 1, by ordinal."""
        return self.head(len(self))

    def head(self, n: int) -> Mapping[int, int]:
        """Return the first n ranks, from 1, by ordinal; made once for all who ask."""
        if n not in self._heads:
            first = self.ordinals[:n].tolist()
            self._heads[n] = {ordinal: rank for rank, ordinal in enumerate(first, start=1)}
        return self._heads[n]

    def rank(self, ordinal: int) -> int | None:
        """Return a model's rank, None when it is not on the board."""
        for head in self._heads.values():
            if ordinal in head:
                return head[ordinal]
        return self.ranks.get(ordinal)

    def unplaced(self, ordinal: int) -> bool:
        """Whether a model's rank is unknown, so that it may be anywhere."""
        return ordinal in self.bare


@dataclass(frozen=True, eq=False)
class Bare(Container[int]):
    """The ordinals of a scope whose figure says nothing, found as they are asked for.

    inside: whether the scope counts a row.
    """

    columns: Columns
    figures: Figures
    inside: Callable[[int], Any]
    metric: Metric

    def __contains__(self, ordinal: object) -> bool:
        row = self.columns.row(ordinal) if isinstance(ordinal, int) else None
        if row is None or not self.inside(row):
            return False
        figure = self.figures[row]
        return bool(figure == UNKNOWN or (figure == 0 and self.metric in _COUNTED))


def ranked(
    columns: Columns,
    inside: Bools,
    figures: Figures,
    *,
    metric: Metric,
    scope: Scope,
    depth: int = DEPTH,
) -> Board:
    """Rank the models inside a scope by their figures.

    Ties go by `created_at`, then id, so that neither listing order nor chance decides; unknown
    is not ranked. A board ends where the metric is 0: past that the Hub's order is arbitrary.
    """
    return board_of(
        columns,
        first(columns, figures, inside, depth),
        figures,
        metric=metric,
        scope=scope,
        depth=depth,
        counted=int(np.count_nonzero(inside)),
        unknown=int(np.count_nonzero(inside & (figures == UNKNOWN))),
        bare=Bare(columns, figures, inside.__getitem__, metric),
    )


def listed(
    columns: Columns,
    rows: Ints,
    figures: Figures,
    *,
    metric: Metric,
    scope: Scope,
    by_order: bool,
    depth: int = DEPTH,
) -> Board:
    """Rank the rows of a list: in the order given, or by their figures where all are known."""
    unknown = int(np.count_nonzero(figures[rows] == UNKNOWN))
    inside = np.zeros(len(columns), dtype=np.bool_)
    if by_order:
        told = figures[rows]
        zeros = np.flatnonzero(told == 0)
        chosen = rows[: zeros[0]] if len(zeros) else rows
    else:
        inside[rows] = True
        chosen = in_order(columns, rows[figures[rows] > 0], figures)
    return board_of(
        columns,
        chosen[:depth],
        figures,
        metric=metric,
        scope=scope,
        depth=depth,
        counted=len(rows),
        unknown=unknown,
        bare=Bare(columns, figures, inside.__getitem__, metric),
        by_order=by_order,
    )


def board_of(
    columns: Columns,
    rows: Ints,
    figures: Figures,
    *,
    metric: Metric,
    scope: Scope,
    depth: int,
    counted: int,
    unknown: int,
    bare: Container[int],
    by_order: bool = False,
) -> Board:
    """Return the Board of rows that are in rank order already."""
    told = figures[rows].astype(np.float64)
    told[told == UNKNOWN] = np.nan
    return Board(
        metric=metric,
        scope=scope,
        ordinals=columns.numbers(rows).astype(np.int64),
        ids=Chosen(columns.ids, rows),
        told=lambda: told,
        counted=counted,
        unknown=unknown,
        bare=bare,
        depth=depth,
        by_order=by_order,
    )
