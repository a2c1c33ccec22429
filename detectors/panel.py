"""A panel that grows or shrinks is no shift: compare only what its Snapshots have in common."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from detectors.columns import NEVER, Bools, Ints
from detectors.snapshot import Snapshot

# A repo may lie private before it is published: `created_at` precedes publication by up to 44
# days (release_date_corrections.csv of Interconnects-AI/tracked-models).
UNPUBLISHED_DAYS = 44
_DAY = 86_400


def comparable(reads: Sequence[Snapshot], after: Snapshot) -> list[Snapshot] | None:
    """Return the reads and `after` cut to the models that all of them cover.

    A model that appears counts if it may have been published since: its lab was listed before
    and it is no older than the earlier read, by UNPUBLISHED_DAYS. None where nothing is cut
    away: no panel, or one that has not changed.
    """
    if after.panel is None:
        return None
    window = [*reads, after]
    excluded: set[int] = set()
    for earlier, later in pairwise(window):
        held = _listed(earlier)
        excluded |= set(held[~later.columns.lists(held)].tolist())
        excluded |= set(later.columns.ordinals[_grown(earlier, later)].tolist())
    if not excluded:
        return None
    out = np.array(sorted(excluded), dtype=np.int64)
    return [read.only(_rows_without(read, out)) for read in window]


def _listed(read: Snapshot) -> Ints:
    return read.columns.numbers(np.flatnonzero(read.columns.present))


def _rows_without(read: Snapshot, out: Ints) -> Ints:
    columns = read.columns
    return np.flatnonzero(columns.present & ~np.isin(columns.ordinals, out))


def _grown(earlier: Snapshot, later: Snapshot) -> Bools:
    """Return which rows of `later` are new to the panel rather than to the Hub."""
    columns, then = later.columns, earlier.columns
    fresh = columns.present & ~then.lists(columns.ordinals)
    listed = then.namespace.words
    codes = np.unique(then.namespace.codes[then.present])
    used = {listed[code] for code in codes.tolist() if code >= 0}
    known_space = columns.namespace.among(used)
    since = int(earlier.taken_at.timestamp()) - UNPUBLISHED_DAYS * _DAY
    published = (columns.created_at != NEVER) & (columns.created_at > since)
    grown: Bools = fresh & ~(known_space & published)
    return grown
