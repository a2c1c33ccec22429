"""A launch spike that leaves the 30-day window: a fall of the count, and of no model.

Downloads are those of the last 30 days. What a model was downloaded in its first days leaves the
count about its thirtieth day as fast as it came in: it falls, and whatever is measured beside it
rises, though nothing happened that day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from detectors.base import Detector
from detectors.columns import with_others
from detectors.evaluate import Standing
from detectors.growth import WINDOW_DAYS
from detectors.metric import Metric
from detectors.otherwise import unseen
from detectors.panel import UNPUBLISHED_DAYS
from detectors.scope import ALL, LLM
from detectors.shift import Shift
from detectors.snapshot import Snapshot

_DAY = 86_400


def mechanical(
    rules: Mapping[str, Detector],
    news: Sequence[Shift],
    standing: Standing,
    past: Sequence[Snapshot],
    after: Snapshot,
) -> frozenset[str]:
    """Return the ids of Shifts that would not have happened, had no launch left the window.

    rules: by their lines. standing: that after the news. past: the reads before, oldest first.
    Tables alone cannot be counted again: of a Snapshot that has no more, nothing is returned.
    """
    resting = [shift for shift in news if shift.evidence.metric == Metric.DOWNLOADS.value]
    kept = without_spikes(past, after) if resting else None
    if kept is None:
        return frozenset()
    return unseen(rules, resting, standing, past, kept)


def without_spikes(past: Sequence[Snapshot], after: Snapshot) -> Snapshot | None:
    """Return `after` with the downloads that launches had in a read before; None where none fell.

    A launch is a model on a board of a read that was created as long ago as the window is, or
    longer by as much as a repo may lie unpublished.
    """
    if after.tables is not None:
        return None
    figures, moved = after.figures(Metric.DOWNLOADS), {}
    for ordinal, then in _most(past).items():
        row = after.columns.row(ordinal)
        if row is None or not 0 <= figures[row] < then:
            continue
        age = (after.taken_at.timestamp() - float(after.columns.created_at[row])) / _DAY
        if WINDOW_DAYS <= age <= WINDOW_DAYS + UNPUBLISHED_DAYS:
            moved[row] = then
    if not moved:
        return None
    kept = with_others(figures, [*moved], [*moved.values()])
    columns = replace(after.columns, figures={**after.columns.figures, Metric.DOWNLOADS: kept})
    lists = dict(after.lists)
    if Metric.DOWNLOADS in lists:
        rows = lists[Metric.DOWNLOADS]
        lists[Metric.DOWNLOADS] = rows[np.argsort(-kept[rows], kind="stable")]
    return replace(after.uncounted(), columns=columns, lists=lists)


def _most(past: Sequence[Snapshot]) -> dict[int, float]:
    """Return the most downloads that each model of a board had in the reads, by its ordinal."""
    most: dict[int, float] = {}
    for read in past:
        for scope in (ALL, LLM):
            board = read.board(Metric.DOWNLOADS, scope)
            if board is None:
                continue
            for ordinal, then in zip(board.ordinals.tolist(), board.figures.tolist(), strict=True):
                most[ordinal] = max(most.get(ordinal, 0), then)
    return most
