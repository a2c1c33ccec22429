"""A page of the Hub's plainest form straight into columns; whatever is odd goes the long way."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np

from bot.hub.edges import BASE, once, unfolded
from bot.hub.gatherer import Gatherer
from bot.hub.listed import Part, figures_of
from bot.hub.records import Count, Unplain, space_of
from bot.hub.tags import LICENSE, Tags
from bot.hub.times import seconds_of
from bot.packed import OID_BYTES, Oids, oids_of
from detectors.columns import UNKNOWN, Edges, Ints
from detectors.names import Names

_NOTHING = msgspec.Raw(b"")


class _Lean(msgspec.Struct, gc=False):
    """A record as ListedModel has it, with the fields that take long left as they are written."""

    id: str
    oid: str | None = msgspec.field(name="_id", default=None)
    author: str | None = None
    created_at: str | None = msgspec.field(name="createdAt", default=None)
    downloads: Count | None = None
    downloads_all_time: Count | None = msgspec.field(name="downloadsAllTime", default=None)
    likes: Count | None = None
    trending_score: float | None = msgspec.field(name="trendingScore", default=None)
    pipeline_tag: str | None = None
    library_name: str | None = None
    gated: bool | str | None = None
    tags: msgspec.Raw = _NOTHING
    base_models: msgspec.Raw = msgspec.field(name="baseModels", default=_NOTHING)


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
    spaces: Sequence[str | None] = [each.author for each in records]
    if not all(ids):
        raise Unplain
    if not all(spaces):
        spaces = [author or space_of(name) for author, name in zip(spaces, ids, strict=True)]
    figures = (
        [each.trending_score for each in records],
        [each.likes for each in records],
        [each.downloads for each in records],
        [each.downloads_all_time for each in records],
    )
    tags = Tags.of([each.tags for each in records])
    gates = map(_GATES.__getitem__, [each.gated for each in records])
    return Part(
        names=_names(ids),
        oids=_oids([each.oid for each in records]),
        created_at=seconds_of([each.created_at for each in records]),
        # In the order of FIGURES.
        figures=[figures_of(each) for each in figures],
        texts=[
            gatherer.coded("namespace", spaces),
            gatherer.coded("pipeline_tag", [each.pipeline_tag for each in records]),
            gatherer.coded("library_name", [each.library_name for each in records]),
            _licenses(tags, gatherer, len(records)),
        ],
        gated=np.fromiter(gates, np.int8, len(records)),
        edges=_edges(tags, [each.base_models for each in records], gatherer),
    )


def _names(ids: Sequence[str]) -> Names:
    blob = "".join(ids)
    if not blob.isascii():
        return Names.of(ids)
    return Names(blob.encode(), np.cumsum(np.fromiter(map(len, ids), np.int64, len(ids))))


def _oids(texts: Sequence[str | None]) -> Oids:
    try:
        written = "".join(texts)  # type: ignore[arg-type]  # a None is what the error is for
        packed = bytes.fromhex(written)
    except (TypeError, ValueError):
        return oids_of(texts)
    # Capital letters and blanks are read, too, and are no `_id`.
    sizes = {len(text or "") for text in texts}
    plain = packed.hex() == written and sizes == {2 * OID_BYTES}
    return np.frombuffer(packed, np.uint8).reshape(-1, OID_BYTES) if plain else oids_of(texts)


def _licenses(tags: Tags, gatherer: Gatherer, count: int) -> Ints:
    licenses = np.full(count, UNKNOWN, np.int32)
    rows, words = tags.beginning(LICENSE)
    # The first of a record counts, so it is written last.
    licenses[rows[::-1]] = _read(gatherer.license_of.__getitem__, words)[::-1]
    return licenses


def _edges(tags: Tags, bases: Sequence[msgspec.Raw], gatherer: Gatherer) -> Edges:
    """Return edges as tags and `baseModels` name them, those of a record as they come."""
    tagged, words = tags.beginning(BASE)
    told = [row for row, base in enumerate(bases) if base is not _NOTHING]
    based = [gatherer.bases_of[bytes(bases[row])] for row in told]
    times = np.fromiter(map(len, based), np.int64, len(based))
    named = np.concatenate(
        [
            _read(gatherer.base_of.__getitem__, words),
            np.fromiter(chain.from_iterable(based), np.int64, int(times.sum())),
        ]
    )
    child = np.concatenate([tagged, np.repeat(np.array(told, np.int64), times)])
    return once(unfolded(child, named))


def _read(read: Callable[[bytes], int], words: Sequence[bytes]) -> Ints:
    return np.fromiter(map(read, words), np.int64, len(words))
