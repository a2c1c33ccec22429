"""From a Reading, as the Hub listed it, to a Snapshot in columns."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from bot.hub.port import Listing, Reading
from bot.hub.records import ListedModel, space_of
from bot.ledger import Ledger
from bot.packed import oids_of
from detectors.columns import NEVER, RELATIONS, UNKNOWN, Columns, Edges, Figures, Text
from detectors.metric import Kind, Metric
from detectors.names import Names
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
# What the lists say of one model: each record, with the metric that ordered its list.
_Seen = Sequence[tuple[Metric | None, ListedModel]]
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
    models = [model for each in listings for model in each.models]
    names = Names.of(model.id for model in models)
    numbers = iter(ledger.number(names, oids_of(model.oid for model in models)).tolist())
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


def _columns(ordinals: Sequence[int], seen: Sequence[_Seen], ledger: Ledger, kind: Kind) -> Columns:
    rows = _rows(ordinals, seen, ledger)
    return rows if kind is Kind.PULSE else _spread(rows, ledger)


def _spread(rows: Columns, ledger: Ledger) -> Columns:
    """Put every row where its ordinal says, a row for each repo the ledger knows."""
    place = np.full(len(ledger), -1, dtype=np.int64)
    place[rows.ordinal] = np.arange(len(rows))
    known = place >= 0

    def spread(values: npt.NDArray[Any], fill: int) -> npt.NDArray[Any]:
        out = np.full(len(place), fill, dtype=values.dtype)
        out[known] = values[place[known]]
        return out

    ids = ledger.roll.names()
    child, parent = rows.ordinal[rows.edges.child], rows.ordinal[rows.edges.parent]
    order = np.lexsort((parent, child))
    return Columns(
        ordinal=np.arange(len(ledger)),
        present=spread(rows.present, fill=0),
        ids=ids,
        namespace=Text(spread(rows.namespace.codes, UNKNOWN), rows.namespace.words),
        created_at=spread(rows.created_at, NEVER),
        figures={metric: spread(each, UNKNOWN) for metric, each in rows.figures.items()},
        pipeline_tag=Text(spread(rows.pipeline_tag.codes, UNKNOWN), rows.pipeline_tag.words),
        library_name=Text(spread(rows.library_name.codes, UNKNOWN), rows.library_name.words),
        license=Text(spread(rows.license.codes, UNKNOWN), rows.license.words),
        gated=spread(rows.gated, UNKNOWN),
        not_llm=np.fromiter(map(named_otherwise, ids), np.bool_, len(ids)),
        edges=Edges(child[order], parent[order], rows.edges.relation[order]),
    )


def _rows(ordinals: Sequence[int], seen: Sequence[_Seen], ledger: Ledger) -> Columns:
    """Return the models listed, in their order, and after them the parents that are not."""
    child, parent, relation = _lineage(seen, ledger)
    listed = set(ordinals)
    extra = list(dict.fromkeys(each for each in parent if each not in listed))
    place = {ordinal: row for row, ordinal in enumerate([*ordinals, *extra])}
    more = len(extra)
    ids = [each[0][1].id for each in seen] + [ledger.name(ordinal) for ordinal in extra]
    spaces = [*_known(seen, attrgetter("namespace")), *map(space_of, ids[len(seen) :])]
    figures = {metric: _figures(metric, read, seen, more) for metric, read in _FIGURES.items()}
    created = [*map(_seconds, _known(seen, attrgetter("created_at"))), *[NEVER] * more]
    gated = [-1 if gate is None else int(bool(gate)) for gate in _known(seen, attrgetter("gated"))]

    def text(read: Callable[[ListedModel], str | None]) -> Text:
        return _text([*_known(seen, read), *[None] * more])

    return Columns(
        ordinal=np.array([*ordinals, *extra], dtype=np.int64),
        present=np.arange(len(ids)) < len(seen),
        ids=Names.of(ids),
        namespace=_text(spaces),
        created_at=np.array(created, dtype=np.int64),
        figures={metric: each for metric, each in figures.items() if (each != UNKNOWN).any()},
        pipeline_tag=text(lambda model: model.pipeline_tag or None),
        library_name=text(lambda model: model.library_name or None),
        license=text(_license),
        gated=np.array([*gated, *[UNKNOWN] * more], dtype=np.int8),
        not_llm=np.fromiter(map(named_otherwise, ids), np.bool_, len(ids)),
        edges=Edges(
            np.array(child, np.int64),
            np.array([place[each] for each in parent], np.int64),
            np.array(relation, np.int8),
        ),
    )


def _lineage(seen: Sequence[_Seen], ledger: Ledger) -> tuple[list[int], list[int], list[int]]:
    """Return rows of children, ordinals of their parents and relations, one each an edge."""
    children: list[int] = []
    parents: list[int] = []
    relations: list[int] = []
    named = [_parents(models) for models in seen]
    names = list(dict.fromkeys(name for each in named for name in each))
    ordinals = dict(zip(names, ledger.parents(Names.of(names)).tolist(), strict=True))
    for row, each in enumerate(named):
        found: dict[int, int] = {}
        for name, relation in each.items():
            ordinal = ordinals[name]
            found[ordinal] = relation or found.get(ordinal, 0)
        for ordinal, relation in sorted(found.items()):
            children.append(row)
            parents.append(ordinal)
            relations.append(relation)
    return children, parents, relations


def _known(
    seen: Sequence[_Seen],
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
    seen: Sequence[_Seen],
    more: int,
) -> Figures:
    told = (
        read(each[0][1]) if len(each) == 1 else _first(_speaking(metric, each), read)
        for each in seen
    )
    # A score may be below 0; it ranks no higher for that, and -1 is taken.
    values = [UNKNOWN if value is None else max(value, 0) for value in told]
    whole = all(float(value).is_integer() for value in values)
    return np.array(values + [UNKNOWN] * more, dtype=np.int64 if whole else np.float64)


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
