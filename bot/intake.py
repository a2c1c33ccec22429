"""From a Reading, as the Hub listed it, to a Snapshot in columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.hub.edges import once
from bot.hub.gatherer import gathered
from bot.hub.listed import ListedColumns
from bot.hub.port import Listing, Reading
from bot.hub.records import space_of
from bot.ledger import Ledger
from bot.vocabulary import Vocabulary, Words
from detectors.columns import (
    NEVER,
    UNKNOWN,
    Bools,
    Columns,
    Edges,
    Figures,
    Ints,
    Text,
    narrow,
    narrow_dates,
)
from detectors.metric import Kind, Metric
from detectors.names import Names
from detectors.snapshot import Snapshot
from detectors.verdict import Intake, Repeats


def snapshot_of(reading: Reading, ledger: Ledger) -> tuple[Snapshot, Intake]:
    """Turn a Reading into a Snapshot and a note of how it came in.

    A model in several lists is one row: its figure for a metric comes from the list that the
    metric orders, where one does, and else like all the rest from the first list that knows it.
    A model that a list repeats is counted once, as its first row has it, and named in the Intake;
    but a name that went over to a new repo while the list was read is the new one's.
    """
    listed = _listed(reading.listings)
    ordinals = ledger.number(listed.names, listed.oids)
    lengths = [len(each) for each in reading.listings]
    by = np.repeat(np.arange(len(lengths), dtype=np.int16), lengths)
    kept, repeats = _counted_once(listed, ordinals, by, ledger)
    parents = ledger.parents(listed.parents)
    placed = _Placed(ordinals, parents, kept, by, [listing.by for listing in reading.listings])
    if reading.kind is Kind.PULSE:
        named = listed.edges.parent[kept[listed.edges.child]]
        rows = _as_they_came(ordinals[kept], parents[named], len(ledger))
    else:
        rows = _Rows(range(len(ledger)))
    lists = {
        listing.by: rows.row(ordinals[kept & (by == at)])
        for at, listing in enumerate(reading.listings)
        if listing.by is not None
    }
    snapshot = Snapshot(
        taken_at=reading.taken_at,
        kind=reading.kind,
        columns=_columns(listed, placed, rows, ledger),
        lists=lists,
        labs=ledger.labs,
        panel=reading.panel,
    )
    return snapshot, Intake(partial=reading.partial, repeats=tuple(repeats))


@dataclass(frozen=True)
class _Rows:
    """The rows of a Snapshot: of every ordinal one, as in a census, or of some.

    of: the row of each ordinal, -1 where it has none; None where every ordinal is its row.
    """

    ordinal: Ints | range
    of: Ints | None = None

    @property
    def all(self) -> bool:
        """Whether every ordinal has a row."""
        return self.of is None

    def row(self, ordinals: Ints) -> Ints:
        """Return the rows of some ordinals."""
        return ordinals if self.of is None else self.of[ordinals]


@dataclass(frozen=True)
class _Placed:
    """Records and whose they are: base models, which records count, the list of each.

    orders: what orders each list.
    """

    ordinals: Ints
    parents: Ints
    kept: Bools
    by: Ints
    orders: Sequence[Metric | None]

    @cached_property
    def _all(self) -> bool:
        return bool(self.kept.all())

    def of_records(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return values of the records that count; of all as they are."""
        return values if self._all else values[self.kept]


def _listed(listings: Sequence[Listing]) -> ListedColumns:
    if len(listings) == 1 and listings[0].columns is not None:
        return listings[0].columns
    return gathered([listing.models for listing in listings])


def _counted_once(
    listed: ListedColumns, ordinals: Ints, by: Ints, ledger: Ledger
) -> tuple[Bools, list[Repeats]]:
    """Return which records count, as a mask, and what each list repeats."""
    kept = np.ones(len(listed), np.bool_)
    repeats: list[Repeats] = []
    for at in range(int(by.max(initial=-1)) + 1):
        mine = np.flatnonzero(by == at)
        times = np.bincount(ordinals[mine], minlength=len(ledger))
        # One name twice is one repo, or two that share it.
        again = mine[(times[ordinals[mine]] > 1) | ledger.shares_its_name(ordinals[mine])]
        gone = _succeeded(listed, again)
        kept[again[gone]] = False
        again = again[~gone]
        names: set[str] = set()
        first: dict[int, str] = {}
        ids: list[str] = []
        for row in again.tolist():
            name, ordinal = listed.names[row], int(ordinals[row])
            if name in names or ordinal in first:
                kept[row] = False
                ids.append(name if name in names else first[ordinal])
            names.add(name)
            first.setdefault(ordinal, name)
        if ids:
            repeats.append(Repeats(tuple(ids), len(mine)))
    return kept, repeats


def _succeeded(listed: ListedColumns, rows: Ints) -> Bools:
    """Return which of some rows bear a name that a repo created later bears in the same list.

    A name is one repo's at a time: while the list was read, the elder was deleted or renamed, and
    its name was given to a new one.
    """
    born, names = listed.created_at[rows], [listed.names[row] for row in rows.tolist()]
    latest: dict[str, int] = {}
    for at, name in enumerate(names):
        if born[at] > born[latest.setdefault(name, at)]:
            latest[name] = at
    heirs = np.array([latest[name] for name in names], np.int64)
    succeeded: Bools = (born < born[heirs]) & (born[heirs] != NEVER)
    return succeeded


def _as_they_came(ordinals: Ints, parents: Ints, repos: int) -> _Rows:
    """Return a row for each model listed, in their order, and after them for other parents."""
    every = np.concatenate([ordinals, parents])
    _, first = np.unique(every, return_index=True)
    chosen = every[np.sort(first)]
    of = np.full(repos, -1, np.int64)
    of[chosen] = np.arange(len(chosen))
    return _Rows(chosen, of)


def _columns(listed: ListedColumns, placed: _Placed, rows: _Rows, ledger: Ledger) -> Columns:
    count = len(rows.ordinal)
    # Of a pulse no later one asks what a number meant.
    vocabulary = ledger.vocabulary if rows.all else Vocabulary()
    row = rows.row(placed.of_records(placed.ordinals))
    present = np.zeros(count, np.bool_)
    present[row] = True
    once = np.count_nonzero(present) == len(row)

    def spread(values: npt.NDArray[Any], fill: int) -> npt.NDArray[Any]:
        out = np.full(count, fill, values.dtype)
        values = placed.of_records(values)
        if once:
            out[row] = values
            return out
        known = np.flatnonzero(values != fill)[::-1]
        # The first record that knows is written last.
        out[row[known]] = values[known]
        return out

    texts = {
        name: vocabulary.of(name).recoded(Text(spread(text.codes, UNKNOWN), text.words))
        for name, text in listed.texts.items()
    }
    words = vocabulary.of("namespace")
    ids = ledger.roll.names() if rows.all else ledger.roll.names_of(np.asarray(rows.ordinal))
    edges = _edges(listed.edges, placed, rows)
    unlisted = edges.parent[~present[edges.parent]]
    columns = Columns(
        ordinal=rows.ordinal,
        present=present,
        ids=ids,
        namespace=_with_spaces(texts["namespace"], ids, unlisted, words),
        created_at=spread(listed.created_at, NEVER),
        figures=_figures(listed, placed, row, count, once=once),
        pipeline_tag=texts["pipeline_tag"],
        library_name=texts["library_name"],
        license=texts["license"],
        gated=spread(listed.gated, UNKNOWN),
        not_llm=ledger.named_otherwise(slice(None) if rows.all else np.asarray(rows.ordinal)),
        edges=edges,
    )
    return _slim(columns) if rows.all else columns


def _slim(columns: Columns) -> Columns:
    """Return columns as narrow as they fit: those of a census stay until the next ones."""

    def slim(text: Text) -> Text:
        return Text(narrow(text.codes), text.words)

    return replace(
        columns,
        created_at=narrow_dates(columns.created_at),
        figures={metric: narrow(each) for metric, each in columns.figures.items()},
        pipeline_tag=slim(columns.pipeline_tag),
        library_name=slim(columns.library_name),
        license=slim(columns.license),
    )


def _figures(
    listed: ListedColumns, placed: _Placed, row: Ints, count: int, *, once: bool
) -> dict[Metric, Figures]:
    """Return figures by row: what orders a list, that list says itself, for all that it lists.

    Another list's figure was read at another time. once: whether no row has two records.
    """
    found = {}
    by = placed.of_records(placed.by)
    for metric, figures in listed.figures.items():
        values = placed.of_records(figures)
        out = np.full(count, UNKNOWN, values.dtype)
        if once:
            out[row] = values
        else:
            speaking = np.isin(
                by, [at for at, order in enumerate(placed.orders) if order is metric]
            )
            silent = np.flatnonzero(~speaking & (values >= 0))[::-1]
            out[row[silent]] = values[silent]
            spoken = np.flatnonzero(speaking)
            out[row[spoken]] = values[spoken]
        if (out >= 0).any():
            found[metric] = out
    return found


def _with_spaces(text: Text, ids: Names, parents: Ints, words: Words) -> Text:
    """Return namespaces with those of parents that are not listed, by their ids."""
    named = np.zeros(len(ids), np.bool_)
    named[parents] = True
    rows = np.flatnonzero(named)
    spaces = [space_of(ids[row]) or "" for row in rows.tolist()]
    told = [*dict.fromkeys(filter(None, spaces))]
    number_of = dict(zip(told, words.numbers(told).tolist(), strict=True))
    column = text.codes.copy()
    for row, space in zip(rows.tolist(), spaces, strict=True):
        if space:
            column[row] = number_of[space]
    return Text(column, words.words)


def _edges(edges: Edges, placed: _Placed, rows: _Rows) -> Edges:
    """Return edges by row of child and ordinal of parent, each once."""
    kept = placed.kept[edges.child]
    child = rows.row(placed.ordinals[edges.child[kept]])
    found = once(Edges(child, placed.parents[edges.parent[kept]], edges.relation[kept]))
    return Edges(found.child, rows.row(found.parent), found.relation)
