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
from detectors.columns import NEVER, RELATIONS, UNKNOWN, Columns, Edges, Figures, Text
from detectors.names import Names
from detectors.metric import Kind, Metric
from detectors.scope import named_otherwise
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
        columns=_columns(list(row_of), seen, ledger, reading.kind),
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


def _columns(ordinals, seen, ledger, kind):
    rows = _listed(ordinals, seen, ledger)
    if kind is Kind.PULSE:
        return rows
    total = len(ledger._oids)
    place = np.full(total, -1, dtype=np.int64)
    place[rows.ordinal] = np.arange(len(rows))
    known = place >= 0
    def spread(values, fill):
        out = np.full(total, fill, dtype=values.dtype)
        out[known] = values[place[known]]
        return out
    ids = [ledger.name(o) for o in range(total)]
    for row, o in enumerate(rows.ordinal.tolist()):
        ids[o] = rows.ids[row]
    order = np.lexsort((rows.ordinal[rows.edges.parent], rows.ordinal[rows.edges.child]))
    return Columns(
        ordinal=np.arange(total), present=spread(rows.present, False), ids=Names.of(ids),
        namespace=Text(spread(rows.namespace.codes, -1), rows.namespace.words),
        created_at=spread(rows.created_at, NEVER),
        figures={m: spread(f, UNKNOWN) for m, f in rows.figures.items()},
        pipeline_tag=Text(spread(rows.pipeline_tag.codes, -1), rows.pipeline_tag.words),
        library_name=Text(spread(rows.library_name.codes, -1), rows.library_name.words),
        license=Text(spread(rows.license.codes, -1), rows.license.words),
        gated=spread(rows.gated, -1), not_llm=np.array([named_otherwise(i) for i in ids], bool),
        edges=Edges(rows.ordinal[rows.edges.child][order], rows.ordinal[rows.edges.parent][order], rows.edges.relation[order]),
    )


def _listed(ordinals, seen, ledger):
    first = [each[0][1] for each in seen]
    children, parents, relations = [], [], []
    for row, models in enumerate(seen):
        found = {}
        for parent, relation in _parents(models).items():
            o = ledger.parent(parent)
            found[o] = relation or found.get(o, 0)
        for o, relation in sorted(found.items()):
            children.append(row); parents.append(o); relations.append(relation)
    place = {o: row for row, o in enumerate(ordinals)}
    extra = [o for o in dict.fromkeys(parents) if o not in place]
    place |= {o: len(ordinals) + at for at, o in enumerate(extra)}
    n, k = len(ordinals), len(extra)
    def text(read):
        return _text(_known(seen, read) + [None] * k)
    figures = {metric: _figures(metric, read, seen, k) for metric, read in _FIGURES.items()}
    ids = [model.id for model in first] + [ledger.name(o) for o in extra]
    gated = _known(seen, attrgetter("gated")) + [None] * k
    spaces = _known(seen, lambda m: m.namespace) + [i.partition("/")[0] if "/" in i else None for i in ids[n:]]
    return Columns(
        ordinal=np.array([*ordinals, *extra], dtype=np.int64),
        present=np.array([True] * n + [False] * k, dtype=np.bool_),
        ids=Names.of(ids),
        namespace=_text(spaces),
        created_at=np.array([_seconds(at) for at in _known(seen, attrgetter("created_at"))] + [NEVER] * k, dtype=np.int64),
        figures={m: f for m, f in figures.items() if (f != UNKNOWN).any()},
        pipeline_tag=text(lambda model: model.pipeline_tag or None),
        library_name=text(lambda model: model.library_name or None),
        license=text(_license),
        gated=np.array([-1 if gate is None else int(bool(gate)) for gate in gated], dtype=np.int8),
        not_llm=np.array([named_otherwise(i) for i in ids], dtype=np.bool_),
        edges=Edges(np.array(children, np.int64), np.array([place[o] for o in parents], np.int64), np.array(relations, np.int8)),
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
    k: int,
) -> Figures:
    values = [
        read(each[0][1]) if len(each) == 1 else _first(_speaking(metric, each), read)
        for each in seen
    ]
    values = [-1 if value is None else max(value, 0) for value in values] + [-1] * k
    whole = all(float(value).is_integer() for value in values)
    return np.array(values, dtype=np.int64 if whole else np.float64)


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
