"""A page of the Hub's plainest form straight into columns; whatever is odd goes the long way."""

from collections.abc import Sequence
from itertools import chain, compress
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from bot.hub.edges import unfolded
from bot.hub.gatherer import Gatherer
from bot.hub.listed import Part, figures_of, whole
from bot.hub.records import MOST, Unplain, space_of
from bot.hub.tags import Tags
from bot.hub.times import seconds_of
from bot.packed import OID_BYTES, Oids, oids_of
from detectors.columns import UNKNOWN, Edges, Figures, Ints
from detectors.names import Names

_NOTHING = msgspec.Raw(b"")


class _Lean(msgspec.Struct, gc=False, kw_only=True):
    """A record as ListedModel has it, with the fields that take long left as they are written.

    In the order they are asked for: one that comes next is found at once. Counts are held against
    their limits all at once.
    """

    oid: str | None = msgspec.field(name="_id", default=None)
    id: str
    author: str | None = None
    base_models: msgspec.Raw = msgspec.field(name="baseModels", default=_NOTHING)
    created_at: str | None = msgspec.field(name="createdAt", default=None)
    downloads: int | None = None
    downloads_all_time: int | None = msgspec.field(name="downloadsAllTime", default=None)
    gated: bool | str | None = None
    library_name: str | None = None
    likes: int | None = None
    pipeline_tag: str | None = None
    tags: msgspec.Raw = _NOTHING
    trending_score: float | None = msgspec.field(name="trendingScore", default=None)


class _Gates(dict[Any, int]):
    def __missing__(self, gate: str) -> int:
        return int(bool(gate))


_decoder = msgspec.json.Decoder(list[_Lean])
_GATES = _Gates({None: UNKNOWN, False: 0, True: 1})


def lean_part(body: bytes, gatherer: Gatherer) -> Part | None:
    """Return a page's records in columns, None where any of them is not plain."""
    try:
        records = _decoder.decode(body)
        return _part(records, gatherer) if records else gatherer.part(())
    except (msgspec.DecodeError, UnicodeError, RecursionError, Unplain):
        return None


def _part(records: Sequence[_Lean], gatherer: Gatherer) -> Part:
    # A list a field and no tuple a record: many small objects would keep the collector busy.
    ids = [each.id for each in records]
    # Read first, for it is what finds most of the odd.
    tags = Tags.of([each.tags for each in records])
    return Part(
        names=_names(ids),
        oids=_oids([each.oid for each in records]),
        created_at=seconds_of([each.created_at for each in records]),
        # In the order of FIGURES.
        figures=[
            whole(figures_of([each.trending_score for each in records])),
            _counts([each.likes for each in records]),
            _counts([each.downloads for each in records]),
            _counts([each.downloads_all_time for each in records]),
        ],
        texts=[
            _spaces([each.author for each in records], ids, gatherer),
            gatherer.coded("pipeline_tag", [each.pipeline_tag for each in records]),
            gatherer.coded("library_name", [each.library_name for each in records]),
            _licenses(tags, gatherer, len(records)),
        ],
        gated=_gated([each.gated for each in records]),
        edges=_edges(tags, [each.base_models for each in records], gatherer),
    )


def _names(ids: Sequence[str]) -> Names:
    blob = "".join(ids)
    lengths = np.fromiter(map(len, ids), np.int64, len(ids))
    if not lengths.min(initial=1):
        raise Unplain
    return Names(blob.encode(), lengths.cumsum()) if blob.isascii() else Names.of(ids)


def _oids(texts: Sequence[str | None]) -> Oids:
    try:
        written = "\n".join(texts)  # type: ignore[arg-type]  # a None is what the error is for
        packed = bytes.fromhex(written)
    except (TypeError, ValueError):
        return oids_of(texts)
    # Capital letters, blanks and other lengths are read, too, and are no `_id`.
    plain = len(packed) == len(texts) * OID_BYTES and packed.hex("\n", OID_BYTES) == written
    return np.frombuffer(packed, np.uint8).reshape(-1, OID_BYTES) if plain else oids_of(texts)


def _counts(values: Sequence[int | None]) -> Figures:
    """Return counts as narrow as they fit, UNKNOWN for None."""
    try:
        counts: npt.NDArray[Any] = np.fromiter(values, np.int32, len(values))
    except (OverflowError, TypeError):
        counts = _wide(values)
    if counts.min(initial=0) < 0:
        known = [value for value in values if value is not None]
        if min(known, default=0) < 0:
            raise Unplain
    return counts


def _wide(values: Sequence[int | None]) -> Figures:
    told = [UNKNOWN if value is None else value for value in values]
    if max(told) > MOST:
        raise Unplain
    return np.array(told, np.int64 if max(told) > np.iinfo(np.int32).max else np.int32)


def _spaces(authors: Sequence[str | None], ids: Sequence[str], gatherer: Gatherer) -> Ints:
    codes = gatherer.coded("namespace", authors)
    for row in (codes < 0).nonzero()[0].tolist():
        codes[row] = gatherer.codes["namespace"][space_of(ids[row])]
    return codes


def _gated(gates: Sequence[bool | str | None]) -> npt.NDArray[np.int8]:
    if gates.count(False) == len(gates):
        return np.zeros(len(gates), np.int8)
    return np.fromiter(map(_GATES.__getitem__, gates), np.int8, len(gates))


def _licenses(tags: Tags, gatherer: Gatherer, count: int) -> Ints:
    licenses = np.full(count, UNKNOWN, np.int32)
    rows, words = tags.licenses()
    licenses[rows] = np.fromiter(map(gatherer.license_of.__getitem__, words), np.int32, len(words))
    return licenses


def _edges(tags: Tags, bases: Sequence[msgspec.Raw], gatherer: Gatherer) -> Edges:
    """Return edges as tags and `baseModels` name them, each once."""
    rows, said = tags.bases()
    told = [*compress(range(len(bases)), bases)]
    if told != (tagged := rows.tolist()):
        of = dict(zip(tagged, said, strict=True))
        told = sorted({*told, *tagged})
        said = [of.get(row, b"") for row in told]
    found = gatherer.descents(zip(said, [bases[row] for row in told], strict=True))
    times = np.fromiter(map(len, found), np.int64, len(found))
    named = np.fromiter(chain.from_iterable(found), np.int64, int(times.sum()))
    return unfolded(np.array(told, np.int64).repeat(times), named)
