"""From a Reading, as the Hub listed it, to a Snapshot in columns."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

import numpy as np

from bot.hub.port import Listing, Reading
from bot.hub.records import ListedModel
from bot.ledger import Ledger
from detectors.columns import NEVER, RELATIONS, Columns, Edges, Floats, Text
from detectors.metric import Metric
from detectors.snapshot import Snapshot
from detectors.verdict import Intake

_FIGURES: dict[Metric, Callable[[ListedModel], float | None]] = {
    Metric.TRENDING: attrgetter("trending_score"),
    Metric.LIKES: attrgetter("likes"),
    Metric.DOWNLOADS: attrgetter("downloads"),
    Metric.DOWNLOADS_ALL_TIME: attrgetter("downloads_all_time"),
}
T = TypeVar("T")
_BASE = "base_model:"
_LICENSE = "license:"


def snapshot_of(reading: Reading, ledger: Ledger) -> tuple[Snapshot, Intake]:
    """Turn a Reading into a Snapshot and a note of how it came in.

    A model in several lists is one row: its figure for a metric comes from the list that the
    metric orders, where one does, and else like all the rest from the first list that knows it.
    Ids that a list repeats are counted once and named in the Intake, which withholds the
    Snapshot.
    """
    repeated: list[str] = []
    listings = [_distinct(listing, repeated) for listing in reading.listings]
    numbers = iter(ledger.number([model for each in listings for model in each.models]))
    row_of: dict[int, int] = {}
    seen: list[list[tuple[Metric | None, ListedModel]]] = []
    lists = {}
    for listing in listings:
        rows = []
        for model in listing.models:
            row = row_of.setdefault(next(numbers), len(seen))
            if row == len(seen):
                seen.append([])
            seen[row].append((listing.by, model))
            rows.append(row)
        if listing.by is not None:
            lists[listing.by] = np.array(rows, dtype=np.int64)
        if len(set(rows)) < len(rows):
            twice = {row for row, count in Counter(rows).items() if count > 1}
            repeated += sorted(seen[row][0][1].id for row in twice)
    snapshot = Snapshot(
        taken_at=reading.taken_at,
        kind=reading.kind,
        columns=_columns(list(row_of), seen),
        lists=lists,
        labs=ledger.labs,
        panel=reading.panel,
    )
    return snapshot, Intake(partial=reading.partial, repeated=tuple(repeated))


def _distinct(listing: Listing, repeated: list[str]) -> Listing:
    seen: set[str] = set()
    models = []
    for model in listing.models:
        if model.id in seen:
            repeated.append(model.id)
        else:
            seen.add(model.id)
            models.append(model)
    return Listing(listing.by, tuple(models))


def _columns(
    ordinals: Sequence[int], seen: Sequence[Sequence[tuple[Metric | None, ListedModel]]]
) -> Columns:
    first = [each[0][1] for each in seen]

    def text(read: Callable[[ListedModel], str | None]) -> Text:
        return _text(_known(seen, read))

    created = _known(seen, attrgetter("created_at"))
    gated = _known(seen, attrgetter("gated"))
    figures = {metric: _figures(metric, read, seen) for metric, read in _FIGURES.items()}
    return Columns(
        ordinal=np.array(ordinals, dtype=np.int64),
        ids=tuple(model.id for model in first),
        namespace=text(lambda model: model.namespace),
        created_at=np.array([_seconds(at) for at in created], dtype=np.int64),
        figures={metric: known for metric, known in figures.items() if not np.isnan(known).all()},
        pipeline_tag=text(lambda model: model.pipeline_tag or None),
        library_name=text(lambda model: model.library_name or None),
        license=text(_license),
        gated=np.array([-1 if gate is None else int(bool(gate)) for gate in gated], dtype=np.int8),
        edges=_edges(seen),
    )


def _known(
    seen: Sequence[Sequence[tuple[Metric | None, ListedModel]]],
    read: Callable[[ListedModel], T | None],
) -> list[T | None]:
    """Return each row's first known value; the fast way is for rows of one list, most of all."""
    return [read(each[0][1]) if len(each) == 1 else _first(each, read) for each in seen]


def _first(
    seen: Sequence[tuple[Metric | None, ListedModel]], read: Callable[[ListedModel], T | None]
) -> T | None:
    for _, model in seen:
        value = read(model)
        if value is not None:
            return value
    return None


def _figures(
    metric: Metric,
    read: Callable[[ListedModel], float | None],
    seen: Sequence[Sequence[tuple[Metric | None, ListedModel]]],
) -> Floats:
    values = [
        read(each[0][1]) if len(each) == 1 else _first(_speaking(metric, each), read)
        for each in seen
    ]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _speaking(
    metric: Metric, models: Sequence[tuple[Metric | None, ListedModel]]
) -> Sequence[tuple[Metric | None, ListedModel]]:
    """Return the records that may say a figure: what orders a list, that list says itself.

    Another list's figure was read at another time.
    """
    return [each for each in models if each[0] is metric] or models


def _text(values: Sequence[str | None]) -> Text:
    codes: dict[str, int] = {}
    column = [-1 if value is None else codes.setdefault(value, len(codes)) for value in values]
    return Text(np.array(column, dtype=np.int32), tuple(codes))


def _seconds(at: datetime | None) -> int:
    return NEVER if at is None else int(at.timestamp())


def _license(model: ListedModel) -> str | None:
    for tag in model.tags or ():
        if tag.startswith(_LICENSE):
            return tag[len(_LICENSE) :] or None
    return None


def _edges(seen: Sequence[Sequence[tuple[Metric | None, ListedModel]]]) -> Edges:
    children: list[int] = []
    parents: list[str | None] = []
    relations: list[int] = []
    for row, models in enumerate(seen):
        for parent, relation in _parents(models).items():
            children.append(row)
            parents.append(parent)
            relations.append(relation)
    return Edges(
        child=np.array(children, dtype=np.int64),
        parent=_text(parents),
        relation=np.array(relations, dtype=np.int8),
    )


def _parents(models: Sequence[tuple[Metric | None, ListedModel]]) -> dict[str, int]:
    """Return parent ids and relations, from the tags and from `baseModels`."""
    found: dict[str, int] = {}
    for tag in _first(models, lambda model: model.tags) or ():
        if not tag.startswith(_BASE):
            continue
        head, _, rest = tag[len(_BASE) :].partition(":")
        named = head in RELATIONS
        parent = rest if named else tag[len(_BASE) :]
        if parent:
            found[parent] = (RELATIONS.index(head) if named else 0) or found.get(parent, 0)
    base = _first(models, lambda model: model.base_models)
    if base is not None:
        relation = RELATIONS.index(base.relation) if base.relation in RELATIONS else 0
        for each in base.models or ():
            found[each.id] = relation or found.get(each.id, 0)
    return found
