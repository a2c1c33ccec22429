"""A census as the store keeps it: one track of whole numbers for each thing that may change.

A track runs over all ordinals. Of a repo that is not listed it keeps what was last known, so that
one that vanishes and comes back changes a single bit. What a repo is for life (id, publisher,
date) is no track: it is written once, in `bot.store.identity` and the ledger.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

from bot.store.identity import Identity
from detectors.columns import UNKNOWN, Bools, Columns, Edges, Figures, Ints, Text
from detectors.metric import Metric
from detectors.rows import among

PRESENT = "present"
# No track, and asked for like one.
EDGES = "edges"
_NOT_LLM = "not_llm"
_GATED = "gated"
_TEXTS = ("pipeline_tag", "library_name", "license")
_FIGURE = "figures."
_FILL = {PRESENT: 0, _NOT_LLM: 0}
# Nobody has 32,767 likes, and the Hub knows less than a hundred tasks.
_KINDS = {
    "figures.likes": "i2",
    "figures.trending": "i2",
    "library_name": "i2",
    "license": "i2",
}
# An edge is one number: child, parent, relation; a billion repos fit.
_RELATION_BITS = 3
_PARENT_BITS = 30


@dataclass(frozen=True, eq=False)
class Tracks:
    """Everything of a census that a later one may change.

    ints: by name, integers over all ordinals; of the names in `real` they are the bits of
    float64. Of what is not listed they say that it is unknown, as columns do, so that both are
    the same memory. unlisted: which rows those are, in order; last: by name, what was last known
    of them. words: of the tracks of text. descent: edges in the order of their keys, each once.
    """

    ints: dict[str, Ints]
    descent: Edges
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    real: frozenset[str] = frozenset()
    unlisted: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    last: Mapping[str, Ints] = field(default_factory=dict)

    def told(self, name: str, start: int = 0, end: int | None = None) -> Ints:
        """Return what was last known of some rows, in an array of its own."""
        values = self.ints[name][start:end]
        last = self.last.get(name, values)
        values = values.astype(np.promote_types(values.dtype, last.dtype))
        if name in self.last:
            first, behind = np.searchsorted(self.unlisted, (start, start + len(values)))
            values[self.unlisted[first:behind] - start] = last[first:behind]
        return values

    def given_up(self, name: str) -> Ints:
        """Return what was last known of all rows, and hold that track no longer."""
        values = self.told(name)
        del self.ints[name]
        return values

    @property
    def edges(self) -> Ints:
        """Its edges as numbers, see `edge_keys`."""
        return edge_keys(self.descent)

    def __len__(self) -> int:
        """Return the number of ordinals."""
        return len(self.ints[PRESENT])

    def like(self, other: "Tracks") -> bool:
        """Whether another can be told by what changed: it has the same tracks of the same kind."""
        return self.ints.keys() == other.ints.keys() and self.real == other.real


def unlisted_of(told: Mapping[str, Ints], real: Collection[str]) -> tuple[Ints, dict[str, Ints]]:
    """Return the rows that are not listed, and what was last known of them, by track.

    told: the tracks, which say that from now on it is unknown: they are written to.
    """
    rows = np.flatnonzero(told[PRESENT] == 0)
    last = {}
    for name, values in told.items():
        if name not in _FILL:
            last[name] = values[rows]
            values[rows] = fill(name, real=name in real)
    return rows, last


def tracks_of(columns: Columns, base: Tracks | None) -> Tracks:
    """Take a census apart; what is not listed keeps what `base` knows, its words go on.

    `columns` are dense. Raises ValueError where they are not, or are fewer than the base's.
    """
    if not columns.dense:
        raise ValueError("a census holds a row for every ordinal")
    if base is not None and len(columns) < len(base):
        raise ValueError(f"a census of {len(columns)} ordinals follows one of {len(base)}")
    ints: dict[str, Ints] = {
        PRESENT: columns.present.astype(np.int8),
        _NOT_LLM: columns.not_llm.astype(np.int8),
        _GATED: columns.gated,
    }
    words = {}
    for name in _TEXTS:
        text: Text = getattr(columns, name)
        ints[name], words[name] = _recoded(text, () if base is None else base.words[name])
    real = set()
    for metric, figures in columns.figures.items():
        name = _FIGURE + metric.value
        # Whole ones are told by what changed in those before, which were not all whole.
        if figures.dtype.kind == "f" or (base is not None and name in base.real):
            real.add(name)
            ints[name] = figures.astype(np.float64).view(np.int64)
        else:
            ints[name] = figures
    unlisted = np.flatnonzero(~columns.present)
    last = {name: values[unlisted] for name, values in ints.items() if name not in _FILL}
    if base is not None:
        for name in last.keys() & base.ints.keys():
            if (name in real) == (name in base.real):
                last[name] = _last(name, base, unlisted)
    return Tracks(ints, _in_order(columns.edges), words, frozenset(real), unlisted, last)


def _in_order(edges: Edges) -> Edges:
    """Return edges in the order of their keys, each once."""
    keys = _keys(edges)
    return edges if (keys[1:] > keys[:-1]).all() else edges_of(np.unique(keys))


def _last(name: str, base: Tracks, rows: Ints) -> Ints:
    """Return what was last known of some rows, in order; some may be new."""
    real = name in base.real
    old = rows[: np.searchsorted(rows, len(base))]
    last = base.last[name]
    known: Ints = base.ints[name][old].astype(np.promote_types(base.ints[name].dtype, last.dtype))
    there = among(old, base.unlisted)
    known[there] = last[np.searchsorted(base.unlisted, old[there])]
    return grown(name, known, len(rows), real=real)


def columns_of(tracks: Tracks, identity: Identity, ids: Sequence[str]) -> Columns:
    """Put a census together; identity and ids are those of every ordinal.

    Of a track that was not read nothing is known.
    """
    present = _flags(tracks, PRESENT)
    figures: dict[Metric, Figures] = {}
    for metric in Metric:
        name = _FIGURE + metric.value
        if name in tracks.ints:
            values: Figures = tracks.ints[name]
            if name in tracks.real:
                values = values.astype(np.int64, copy=False).view(np.float64)
            figures[metric] = values

    def told(name: str) -> Ints:
        if name not in tracks.ints:
            return np.broadcast_to(np.int8(UNKNOWN), len(tracks))
        return tracks.ints[name]

    return Columns(
        ordinal=range(len(tracks)),
        present=present,
        ids=ids,
        namespace=identity.namespace,
        created_at=identity.created_at,
        figures=figures,
        pipeline_tag=Text(told("pipeline_tag"), tracks.words["pipeline_tag"]),
        library_name=Text(told("library_name"), tracks.words["library_name"]),
        license=Text(told("license"), tracks.words["license"]),
        gated=told(_GATED).astype(np.int8, copy=False),
        not_llm=_flags(tracks, _NOT_LLM),
        edges=tracks.descent,
    )


def grown(name: str, values: Ints, rows: int, *, real: bool) -> Ints:
    """Return a track with as many rows as asked for; the new ones are unknown, and not listed."""
    if len(values) == rows:
        return values
    return np.append(values, np.full(rows - len(values), fill(name, real=real), values.dtype))


def fill(name: str, *, real: bool) -> int:
    """Return what a track says of a repo it has never seen."""
    if real:
        return int(np.array([UNKNOWN], np.float64).view(np.int64)[0])
    return _FILL.get(name, UNKNOWN)


def kind_of(name: str, *, real: bool) -> str:
    """Return the type that a track's numbers fit as a rule; some need a wider one."""
    if real:
        return "i8"
    return _KINDS.get(name, "i4" if name.startswith(_FIGURE) else "i1")


def ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Return tracks as a block has them: first those that a model's past is read off."""
    return tuple(sorted(names, key=lambda name: (not in_past(name), name)))


def in_past(name: str) -> bool:
    """Whether a model's past tells a track."""
    return name == PRESENT or metric_of(name) is not None


@cache
def metric_of(name: str) -> Metric | None:
    """Return the metric whose figures a track holds; None where it holds none."""
    return Metric(name.removeprefix(_FIGURE)) if name.startswith(_FIGURE) else None


def edge_keys(edges: Edges) -> Ints:
    """Return edges as sorted numbers that order by child, then parent, then relation."""
    keys = _keys(edges)
    return keys if (keys[1:] > keys[:-1]).all() else np.unique(keys)


def _keys(edges: Edges) -> Ints:
    child, parent = edges.child.astype(np.int64), edges.parent.astype(np.int64)
    return (child << _PARENT_BITS | parent) << _RELATION_BITS | edges.relation


def child_of(keys: Ints) -> Ints:
    """Return the children of edges."""
    return keys >> (_PARENT_BITS + _RELATION_BITS)


def parent_of(keys: Ints) -> Ints:
    """Return the parents of edges."""
    return keys >> _RELATION_BITS & ((1 << _PARENT_BITS) - 1)


def relation_of(keys: Ints) -> Ints:
    """Return the relations of edges, by their index in RELATIONS."""
    return keys & ((1 << _RELATION_BITS) - 1)


def joined(child: Ints, parent: Ints, relation: Ints) -> Ints:
    """Return edges as numbers, in the order given."""
    wide = child.astype(np.int64) << _PARENT_BITS | parent.astype(np.int64)
    return wide << _RELATION_BITS | relation.astype(np.int64)


def edges_of(keys: Ints) -> Edges:
    """Return the edges that numbers stand for."""
    # Thirty bits are what a key has for each.
    child, parent = child_of(keys).astype(np.int32), parent_of(keys).astype(np.int32)
    return Edges(child, parent, relation_of(keys).astype(np.int8))


def _flags(tracks: Tracks, name: str) -> Bools:
    found: Bools = tracks.ints[name].astype(np.int8, copy=False).view(np.bool_)
    return found


def _recoded(text: Text, words: tuple[str, ...]) -> tuple[Ints, tuple[str, ...]]:
    """Return codes into the words there are, and those with new ones after them."""
    own = tuple(text.words)
    if own[: len(words)] == words:
        return text.codes, own
    place = {word: code for code, word in enumerate(words)}
    moved: npt.NDArray[np.int32] = np.array(
        [*(place.setdefault(word, len(place)) for word in own), UNKNOWN], np.int32
    )
    return moved[text.codes], tuple(place)
