"""A page of the Hub's plainest form straight into columns; whatever is odd goes the long way."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from bot.hub.listed import (
    BASE,
    LICENSE,
    Gatherer,
    Part,
    edges_of,
    figures_of,
    joined,
    once,
)
from bot.hub.records import Count, space_of
from bot.packed import OID_BYTES, Oids, oids_of
from detectors.columns import NEVER, RELATIONS, UNKNOWN, Edges, Ints
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


class _Unplain(Exception):
    """Something that only the long way judges rightly."""


class _Gates(dict[Any, int]):
    def __missing__(self, gate: str) -> int:
        return int(bool(gate))


_decoder = msgspec.json.Decoder(list[_Lean])
_tags_decoder = msgspec.json.Decoder(list[str] | None)
_GATES = _Gates({None: UNKNOWN, False: 0, True: 1})
_fields = attrgetter(*_Lean.__struct_fields__)
# `2022-03-02T23:29:04.000Z`, as the Hub writes every time.
_TIME = len("2022-03-02T23:29:04.000Z")
_SIGNS = {4: "-", 7: "-", 10: "T", 13: ":", 16: ":", 19: ".", 23: "Z"}


def lean_part(body: bytes, gatherer: Gatherer) -> Part | None:
    """Return a page's records in columns, None where any of them is not plain."""
    try:
        records = _decoder.decode(body)
        if not records:
            return gatherer.part(())
        return _part(records, gatherer)
    except (msgspec.DecodeError, UnicodeError, RecursionError, _Unplain):
        return None


def _part(records: Sequence[_Lean], gatherer: Gatherer) -> Part:
    columns = zip(*map(_fields, records), strict=True)
    ids, oids, authors, created, downloads, all_time, likes, trending, *rest = columns
    tasks, libraries, gated, tags, bases = rest
    if not all(ids):
        raise _Unplain
    spaces: Sequence[str | None] = authors
    if not all(authors):
        spaces = [author or space_of(name) for author, name in zip(authors, ids, strict=True)]
    licenses, edges = _tagged(tags, gatherer)
    return Part(
        names=_names(ids),
        oids=_oids(oids),
        created_at=_times(created),
        # In the order of FIGURES.
        figures=[figures_of(each) for each in (trending, likes, downloads, all_time)],
        texts=[
            gatherer.coded("namespace", spaces),
            gatherer.coded("pipeline_tag", tasks),
            gatherer.coded("library_name", libraries),
            licenses,
        ],
        gated=np.array(list(map(_GATES.__getitem__, gated)), np.int8),
        edges=once(joined(edges, _based(bases, gatherer))),
    )


def _names(ids: Sequence[str]) -> Names:
    blob = "".join(ids)
    if not blob.isascii():
        return Names.of(ids)
    return Names(blob.encode(), np.cumsum(np.fromiter(map(len, ids), np.int64, len(ids))))


def _oids(texts: Sequence[str | None]) -> Oids:
    try:
        joined = "".join(texts)  # type: ignore[arg-type]  # a None is what the error is for
        plain = joined.isalnum() and joined == joined.lower()
        if plain and set(map(len, texts)) == {2 * OID_BYTES}:  # type: ignore[arg-type]  # as above
            return np.frombuffer(bytes.fromhex(joined), np.uint8).reshape(-1, OID_BYTES)
    except (TypeError, ValueError):
        pass
    return oids_of(texts)


def _times(texts: Sequence[str | None]) -> Ints:
    """Return times as seconds; _Unplain where one is not written as the Hub writes them."""
    known = np.array([text is not None for text in texts])
    written = "".join([text for text in texts if text is not None])
    count = int(np.count_nonzero(known))
    if not written.isascii() or len(written) != count * _TIME:
        raise _Unplain
    letters = np.frombuffer(written.encode(), np.uint8).reshape(-1, _TIME)
    digits = letters.astype(np.int64) - ord("0")
    if any((letters[:, at] != ord(sign)).any() for at, sign in _SIGNS.items()):
        raise _Unplain
    numerals = np.delete(digits, list(_SIGNS), axis=1)
    if ((numerals < 0) | (numerals > 9)).any():  # noqa: PLR2004 - the last digit
        raise _Unplain
    seconds = np.full(len(texts), NEVER, np.int64)
    seconds[known] = _seconds(numerals)
    return seconds


def _seconds(digits: Ints) -> Ints:
    year = digits[:, :4] @ np.array([1000, 100, 10, 1])
    pairs = digits[:, 4:14:2] * 10 + digits[:, 5:14:2]
    month, day, hour, minute, second = pairs.T
    months = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    first = months.astype("M8[D]").astype(np.int64)
    days = (months + 1).astype("M8[D]").astype(np.int64) - first
    # A year, a month, a day and a clock's hand that there are; a second more is the long way's.
    wrong = (year < 1) | (month < 1) | (month > 12) | (day < 1) | (day > days)  # noqa: PLR2004
    if (wrong | (hour > 23) | (minute > 59) | (second > 59)).any():  # noqa: PLR2004
        raise _Unplain
    seconds: Ints = (first + day - 1) * 86400 + hour * 3600 + minute * 60 + second
    return seconds


def _tagged(tags: Sequence[msgspec.Raw], gatherer: Gatherer) -> tuple[Ints, Edges]:
    """Return licences, and edges, as the tags name them; tags are searched, not decoded."""
    text = b"\n".join(tags)
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
    if len(ends) != len(tags) - 1 or b"\\" in text or not _lists_of_texts(text, ends, tags):
        raise _Unplain
    licenses = np.full(len(tags), UNKNOWN, np.int32)
    rows, words = _found(text, ends, LICENSE)
    # The first of a record counts, so it is written last.
    licenses[rows[::-1]] = list(map(gatherer.license_of.__getitem__, words[::-1]))
    rows, words = _found(text, ends, BASE)
    named = np.fromiter(map(gatherer.base_of.__getitem__, words), np.int64, len(words))
    some = named >= 0
    parents, relations = np.divmod(named[some], len(RELATIONS))
    return licenses, Edges(rows[some], parents, relations.astype(np.int8))


def _lists_of_texts(text: bytes, ends: Ints, tags: Sequence[msgspec.Raw]) -> bool:
    """Whether every record's tags are a list of texts, missing or null."""
    letters = np.frombuffer(text + b"\n", np.uint8)
    begins = np.concatenate([[0], ends + 1])
    opened = letters[begins] == ord("[")
    first = letters[np.minimum(begins + 1, len(letters) - 1)]
    commas = np.flatnonzero(letters == ord(","))
    between = (letters[commas - 1] == ord('"')) & (letters[commas + 1] == ord('"'))
    if opened.all() and ((first == ord('"')) | (first == ord("]"))).all() and between.all():
        return True
    # Some text has a comma in it, or there is more than texts: each for itself.
    return all(each is _NOTHING or _tags_decoder.decode(each) is not Ellipsis for each in tags)


def _found(text: bytes, ends: Ints, what: str) -> tuple[Ints, list[bytes]]:
    """Return the rows whose tags begin with a word, and what comes after it, to the quote."""
    before, *after = text.split(f'"{what}'.encode())
    words = [piece[: piece.find(b'"')] for piece in after]
    step = len(what) + 1
    lengths = np.fromiter(map(len, after), np.int64, len(after)) + step
    places = len(before) + np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])[: len(after)]
    return np.searchsorted(ends, places), words


def _based(bases: Sequence[msgspec.Raw], gatherer: Gatherer) -> Edges:
    told = [(row, bytes(base)) for row, base in enumerate(bases) if base is not _NOTHING]
    named = [(row, gatherer.bases_of[base]) for row, base in told]
    flat = [(row, *each) for row, found in named for each in found]
    return edges_of(*(zip(*flat, strict=True) if flat else ((), (), ())))
