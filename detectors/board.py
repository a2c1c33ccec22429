"""Models ranked by one metric in one scope, at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from detectors.columns import Columns, Floats, Ints
from detectors.metric import Metric
from detectors.scope import Scope

# Boards carry this in evidence; a change of how ranks are made is a new version, never an alert.
BOARD_DEFINITION = "board/1"

# A count over 30 days cannot fall from the head of a board to 0 between two reads.
_COUNTED = frozenset({Metric.DOWNLOADS, Metric.DOWNLOADS_ALL_TIME})


@dataclass(frozen=True, eq=False)
class Board:
    """Models in rank order: index 0 is first place.

    ordinals (int64), ids and figures (float64, NaN where the list gave only an order) run
    alongside. `counted` is how many models the ranking chose from, `unknown` how many of them
    had no figure. `bare` (int64, sorted) are the ordinals whose rank is unknown: without a
    figure, or with downloads of 0, which may mean "not tracked". With `by_order` the list's own
    order is the rank, and none is unknown.
    """

    metric: Metric
    scope: Scope
    ordinals: Ints
    ids: tuple[str, ...]
    figures: Floats
    counted: int
    unknown: int
    bare: Ints
    by_order: bool = False

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def ranks(self) -> Mapping[int, int]:
        """Rank, from 1, by ordinal."""
        return {int(ordinal): rank for rank, ordinal in enumerate(self.ordinals, start=1)}

    def rank(self, ordinal: int) -> int | None:
        """Return a model's rank, None when it is not on the board."""
        return self.ranks.get(ordinal)

    def unplaced(self, ordinal: int) -> bool:
        """Whether a model's rank is unknown, so that it may be anywhere."""
        at = int(np.searchsorted(self.bare, ordinal))
        return at < len(self.bare) and int(self.bare[at]) == ordinal


def ranked(
    columns: Columns, rows: Ints, figures: Floats, *, metric: Metric, scope: Scope, by_order: bool
) -> Board:
    """Rank some rows of a Snapshot: by their figures, or in the order given.

    Ties go by `created_at`, then id, so that neither listing order nor chance decides; unknown
    is not ranked. A board ends where the metric is 0: past that the Hub's order is arbitrary.
    """
    bare = np.empty(0, np.int64)
    counted, unknown = len(rows), int(np.isnan(figures[rows]).sum())
    if by_order:
        zeros = np.flatnonzero(figures[rows] <= 0)
        rows = rows[: zeros[0]] if len(zeros) else rows
    else:
        untold = np.isnan(figures[rows])
        if metric in _COUNTED:
            untold |= figures[rows] == 0
        bare = np.sort(columns.ordinal[rows[untold]])
        rows = _in_order(columns, rows[figures[rows] > 0], figures)
    return Board(
        metric=metric,
        scope=scope,
        ordinals=columns.ordinal[rows],
        ids=tuple(columns.ids[row] for row in rows),
        figures=figures[rows],
        counted=counted,
        unknown=unknown,
        bare=bare,
        by_order=by_order,
    )


def _in_order(columns: Columns, rows: Ints, figures: Floats) -> Ints:
    rows = rows[np.lexsort((columns.created_at[rows], -figures[rows]))]
    # Ids are compared only where figure and created_at tie: sorting text is the slow part.
    same = (np.diff(figures[rows]) == 0) & (np.diff(columns.created_at[rows]) == 0)
    if not same.any():
        return rows
    ordered = rows.copy()
    starts = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)) == 1)
    ends = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)) == -1)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        tied = rows[start : end + 1].tolist()
        ordered[start : end + 1] = sorted(tied, key=lambda row: columns.ids[row])
    return ordered
