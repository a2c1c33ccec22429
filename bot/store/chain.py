"""A chain of censuses: a keyframe, and after it only what changed since an earlier link.

A chain has LINKS links. Every STRIDE-th, a post, tells what changed since the post before, the
others since the link before (a skip list of two levels; Pugh, 1990). So any of them is rebuilt
from at most LINKS / STRIDE + STRIDE - 1, not from all before it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import numpy as np

from bot.store.blocks import Block, changed, cut, halves_of, whole
from bot.store.cursor import Cursor
from bot.store.frame import OLDEST_BLOCKS, DamagedBlock, framed, unframed, within
from bot.store.parts import Packed
from bot.store.planes import packed
from bot.store.replies import one_bytes
from bot.store.tracks import PRESENT, Tracks, in_past, ordered
from bot.store.words import beside, word_fields
from detectors.columns import Ints
from detectors.metric import Metric

T = TypeVar("T")

LINKS = 32
STRIDE = 11
MANIFEST = "manifest"
NO_LISTS: Mapping[Metric, Ints] = {}


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a link consists of, and what it is to be read with.

    base: the snapshot whose state it changes, "" for a keyframe; key: the chain's keyframe, its
    own id in one. place: in the chain, from 0. parts: the values of each block, its halves not
    counted. halves: how many of the first tracks are written in halves of a block, 0 for none.
    words: new ones since the base; worded: the values that hold them where they are too many for
    this one, 0 where they are here. identity, lessons: how much of what is written once it knows.
    changed: rows that differ from the link before, -1 where that is not known. before: that link,
    "" where it is the base. lists: metrics that ordered a list of it.
    """

    base: str
    key: str
    place: int
    rows: int
    tracks: tuple[str, ...]
    real: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    parts: Mapping[int, int]
    identity: int
    lessons: int
    changed: int = -1
    before: str = ""
    listed: int = 0
    lists: tuple[Metric, ...] = ()
    halves: int = 0
    worded: int = 0


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """What of a manifest a single row is read with."""

    base: str
    place: int
    rows: int
    tracks: tuple[str, ...]
    real: tuple[str, ...]
    halves: int = 0


_manifest, _brief = msgspec.msgpack.Decoder(Manifest), msgspec.msgpack.Decoder(Brief)


@dataclass(frozen=True)
class Link:
    """One census of a chain as it is stored."""

    id: str
    manifest: Manifest
    fields: Mapping[str, bytes]


@dataclass(frozen=True)
class Held:
    """A link whose state is known: what the next one is told against."""

    id: str
    manifest: Manifest
    tracks: Tracks


def linked(
    name: str,
    tracks: Tracks,
    last: Held | None,
    post: Held | None,
    *,
    identity: int,
    lessons: int,
    lists: Mapping[Metric, Ints] = NO_LISTS,
) -> Link:
    """Write a census down: as changes of the link before or of the last post, or whole.

    `last` is the link before and `post` the post before, where the next place is told against it
    (`needs_post`). Without them, at the end of a chain, or where the tracks are not
    alike, a new chain begins; so it does where the changes are no smaller than the whole.
    """
    place = last.manifest.place + 1 if last else 0
    base = post if needs_post(last) else last
    order = ordered(tracks.ints)
    if last is None or base is None or place >= LINKS or not tracks.like(base.tracks):
        place, base = 0, None
    written = None if base is None else changed(tracks, base.tracks, order)
    differ, before = written.changed if written is not None and base is last else -1, ""
    # More than half of all rows in a day is no change of the Hub; a keyframe is as short.
    if last is not None and 2 * differ > len(tracks):
        before, place, base, written = last.id, 0, None, None
    if written is None:
        written = whole(tracks, order)
    first = sum(map(in_past, order))
    parts = {number: cut(each, len(order), first) for number, each in written.blocks.items()}
    since = base.tracks.words if base else {}
    words = {each: words[len(since.get(each, ())) :] for each, words in tracks.words.items()}
    apart = beside(words)
    manifest = Manifest(
        base=base.id if base else "",
        key=base.manifest.key if base else name,
        place=place,
        rows=len(tracks),
        tracks=order,
        real=tuple(sorted(tracks.real)),
        words={} if apart else words,
        parts={number: len(pieces) for number, pieces in parts.items()},
        identity=identity,
        lessons=lessons,
        changed=differ,
        before=before,
        listed=int(np.count_nonzero(tracks.ints[PRESENT])),
        lists=tuple(lists),
        halves=written.halves,
        worded=len(apart),
    )
    fields = {MANIFEST: framed(msgspec.msgpack.encode(manifest))}
    fields |= zip(word_fields(len(apart)), map(framed, apart), strict=True)
    for number, pieces in parts.items():
        for at, half in enumerate(written.blocks[number].halves):
            fields[half_field(number, at)] = framed(bytes(half))
        for part, piece in enumerate(pieces):
            fields[value_field(number, part)] = framed(piece)
    for metric, rows in lists.items():
        fields[_list(metric)] = framed(packed(rows))
    return Link(name, manifest, fields)


def needs_post(last: Held | None) -> bool:
    """Whether the link after this one is told against the post before it."""
    return last is not None and is_post(last.manifest.place + 1)


def is_post(place: int) -> bool:
    """Whether a link in this place of a chain is a post, as its keyframe is."""
    return place % STRIDE == 0


def goes_before(base: Manifest, key: str, manifest: Manifest) -> None:
    """Raise DamagedBlock, which names the key, where a link does not come after its base.

    A ring of bases, or a link that was written over, cannot be told from its checksums.
    """
    if base.place >= manifest.place:
        raise DamagedBlock(
            f"{key}: is told against {manifest.base}, which does not come before it in its chain "
            "any more"
        )


def manifest_of(key: str, value: bytes | None) -> Manifest:
    """Read a manifest; DamagedBlock names the key where it is not whole."""
    return _decoded(key, value, _manifest)


def brief_of(key: str, value: bytes | None) -> Brief:
    """Read some of a manifest; DamagedBlock names the key where it is not whole."""
    return _decoded(key, value, _brief)


def _decoded(key: str, value: bytes | None, decoder: msgspec.msgpack.Decoder[T]) -> T:
    try:
        return decoder.decode(within(key, MANIFEST, value))
    except msgspec.DecodeError as error:
        raise DamagedBlock(f"{key}: block {MANIFEST} cannot be read ({error})") from None


def readable(key: str, value: object) -> Manifest | None:
    """Return a manifest as the server gave it; None where there is none, or it is damaged."""
    try:
        return None if value is None else manifest_of(key, one_bytes(value))
    except DamagedBlock:
        return None


def block(link: Link, number: int, key: str) -> Block | None:
    """Return one block of a link, None where nothing of it changed; DamagedBlock names the key."""
    manifest = link.manifest
    parts = manifest.parts.get(number)
    if parts is None:
        return None

    def told(names: Iterable[str]) -> list[Packed]:
        return [within(key, name, link.fields.get(name), OLDEST_BLOCKS) for name in names]

    halves = told(_halves(manifest, number))
    rest = told(value_field(number, part) for part in range(parts))
    return Block(rest[0] if len(rest) == 1 else b"".join(rest), halves)


def lists_of(link: Link, key: str) -> dict[Metric, Ints]:
    """Return the rows of each list, in list order; DamagedBlock where one is not whole."""
    fields = link.fields
    return {
        metric: Cursor(unframed(key, _list(metric), fields.get(_list(metric)))).numbers()
        for metric in link.manifest.lists
    }


def fields_of(manifest: Manifest) -> list[str]:
    """Return the names of the fields a link has beside its manifest."""
    words = word_fields(manifest.worded)
    return words + block_fields(manifest, manifest.parts) + list_fields(manifest)


def block_fields(manifest: Manifest, numbers: Iterable[int]) -> list[str]:
    """Return the names of the fields of some blocks of a link, as far as it has those."""
    names = []
    for number in numbers:
        parts = manifest.parts.get(number)
        if parts is not None:
            names += _halves(manifest, number)
            names += [value_field(number, part) for part in range(parts)]
    return names


def value_field(number: int, part: int) -> str:
    """Return the name of one of the values of a block, its halves aside."""
    return f"{number}.{part}"


def half_field(number: int, half: int) -> str:
    """Return the name of one of the halves of a block."""
    return f"{number}/{half}"


def _halves(manifest: Manifest, number: int) -> list[str]:
    """Return the names of the halves of a block that is told."""
    count = halves_of(number, manifest.rows) if manifest.halves else 0
    return [half_field(number, at) for at in range(count)]


def list_fields(manifest: Manifest) -> list[str]:
    """Return the names of the fields of a link's lists."""
    return [_list(metric) for metric in manifest.lists]


def _list(metric: Metric) -> str:
    return f"list.{metric.value}"
