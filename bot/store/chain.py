"""A chain of censuses: a keyframe, and after it only what changed since an earlier link.

A chain has LINKS links. Every STRIDE-th, a post, tells what changed since the post before, the
others since the link before (a skip list of two levels; Pugh, 1990). So any of them is rebuilt
from at most LINKS / STRIDE + STRIDE - 1, not from all before it.
"""

import struct
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import msgspec
import numpy as np
import zstandard

from bot.store.blocks import ROWS, THREADS, Reader, changed, count_of, whole
from bot.store.descent import Descent, latest
from bot.store.frame import OLDEST_BLOCKS, DamagedBlock, framed, in_parts, unframed
from bot.store.planes import Cursor, packed
from bot.store.tracks import (
    EDGES,
    PRESENT,
    Tracks,
    edge_keys,
    edges_of,
    fill,
    grown,
    kind_of,
)
from detectors.columns import Edges, Ints
from detectors.metric import Metric

LINKS = 32
STRIDE = 11
MANIFEST = "manifest"
NO_LISTS: Mapping[Metric, Ints] = {}
_NO_ROWS = np.empty(0, np.int64)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a link consists of, and what it is to be read with.

    base: the snapshot whose state it changes, "" for a keyframe; key: the chain's keyframe, its
    own id in one. place: in the chain, from 0. parts: of each block. words: new ones since the
    base. identity, lessons: how much of what is written once it knows. changed: rows that differ
    from the link before, -1 where that is not known. lists: metrics that ordered a list of it.
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
    listed: int = 0
    lists: tuple[Metric, ...] = ()


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
    order = tuple(sorted(tracks.ints))
    if last is None or base is None or place >= LINKS or not tracks.like(base.tracks):
        place, base = 0, None
    blocks: Mapping[int, bytes] = {}
    count = -1
    if base is not None:
        blocks, count = changed(tracks, base.tracks, order)
        # More than half of all rows in a day is no change of the Hub; a keyframe is as short.
        if base is last and 2 * count > len(tracks):
            place, base = 0, None
    if base is None:
        blocks = whole(tracks, order)
    since = base.tracks.words if base else {}
    manifest = Manifest(
        base=base.id if base else "",
        key=base.manifest.key if base else name,
        place=place,
        rows=len(tracks),
        tracks=order,
        real=tuple(sorted(tracks.real)),
        words={each: words[len(since.get(each, ())) :] for each, words in tracks.words.items()},
        parts={number: len(in_parts(data)) for number, data in blocks.items()},
        identity=identity,
        lessons=lessons,
        changed=count if base is last else -1,
        listed=int(np.count_nonzero(tracks.ints[PRESENT])),
        lists=tuple(lists),
    )
    fields = {MANIFEST: framed(msgspec.msgpack.encode(manifest))}
    for number, data in blocks.items():
        for part, piece in enumerate(in_parts(data)):
            fields[f"{number}.{part}"] = framed(piece)
    for metric, rows in lists.items():
        fields[_list(metric)] = framed(packed(rows))
    return Link(name, manifest, fields)


def needs_post(last: Held | None) -> bool:
    """Whether the link after this one is told against the post before it."""
    return last is not None and is_post(last.manifest.place + 1)


def is_post(place: int) -> bool:
    """Whether a link in this place of a chain is a post, as its keyframe is."""
    return place % STRIDE == 0


def manifest_of(key: str, value: bytes | None) -> Manifest:
    """Read a manifest; DamagedBlock names the key where it is not whole."""
    try:
        return msgspec.msgpack.decode(unframed(key, MANIFEST, value), type=Manifest)
    except msgspec.DecodeError as error:
        raise DamagedBlock(f"{key}: block {MANIFEST} cannot be read ({error})") from None


def block(link: Link, number: int, key: str) -> bytes | None:
    """Return one block of a link, None where nothing of it changed; DamagedBlock names the key."""
    parts = link.manifest.parts.get(number)
    if parts is None:
        return None
    names = [f"{number}.{part}" for part in range(parts)]
    return b"".join(unframed(key, name, link.fields.get(name), OLDEST_BLOCKS) for name in names)


def lists_of(link: Link, key: str) -> dict[Metric, Ints]:
    """Return the rows of each list, in list order; DamagedBlock where one is not whole."""
    fields = link.fields
    return {
        metric: Cursor(unframed(key, _list(metric), fields.get(_list(metric)))).numbers()
        for metric in link.manifest.lists
    }


def fields_of(manifest: Manifest) -> list[str]:
    """Return the names of the fields a link has beside its manifest."""
    parts = manifest.parts.items()
    blocks = [f"{number}.{part}" for number, count in parts for part in range(count)]
    return blocks + [_list(metric) for metric in manifest.lists]


def _list(metric: Metric) -> str:
    return f"list.{metric.value}"


def rebuilt(
    links: Sequence[tuple[str, Link]],
    wanted: Collection[str] | None = None,
    onto: Tracks | None = None,
) -> Tracks:
    """Return the state after the last of some links, each with its key.

    The first is a keyframe, or the link after the state `onto`, which lets its tracks go as they
    are taken over: columns made of it still hold theirs. wanted: the tracks that are read, and
    EDGES if those are; else all are.

    Raises:
        DamagedBlock: a block is missing or not whole.
    """
    (_, first), (_, last) = links[0], links[-1]
    rows = last.manifest.rows
    real = frozenset(first.manifest.real)
    names = [name for name in first.manifest.tracks if wanted is None or name in wanted]
    ints: dict[str, Ints] = {}
    for name in names:
        if onto is None:
            ints[name] = np.empty(rows, kind_of(name, real=name in real))
        else:
            ints[name] = grown(name, onto.given_up(name), rows, real=name in real)
    edges = wanted is None or EDGES in wanted
    told = onto.descent if onto is not None and edges else edges_of(np.empty(0, np.int64))
    bounds = (np.arange(count_of(rows) + 1) * ROWS).astype(told.child.dtype)
    cuts = np.searchsorted(told.child, bounds)

    def block(number: int) -> tuple[Mapping[str, Ints], Edges]:
        if onto is None:
            _begin(first.manifest, number, ints)
        part = slice(cuts[number], cuts[number + 1])
        before = Edges(told.child[part], told.parent[part], told.relation[part]) if edges else None
        return _block(links, number, ints, rows, before)

    descent, wider = Descent(rows if edges else 0), []
    with ThreadPoolExecutor(THREADS) as threads:
        for wide, some in threads.map(block, range(count_of(rows))):
            descent.add(some)
            wider.append(wide)
    # Only now: while threads write into an array it must stay where it is.
    for number, wide in enumerate(wider):
        for name, values in wide.items():
            ints[name] = ints[name].astype(np.promote_types(ints[name].dtype, values.dtype))
            ints[name][number * ROWS : number * ROWS + len(values)] = values
    words = {} if onto is None else dict(onto.words)
    for _, link in links:
        for name, more in link.manifest.words.items():
            words[name] = (*words.get(name, ()), *more)
    return Tracks.of(ints, descent.edges, words, real)


def _begin(manifest: Manifest, number: int, ints: Mapping[str, Ints]) -> None:
    """Say that nothing is known of those rows of a block that a keyframe does not tell."""
    start, end = number * ROWS, (number + 1) * ROWS
    told = min(max(manifest.rows, start), end) if number in manifest.parts else start
    for name, track in ints.items():
        track[told:end] = fill(name, real=name in manifest.real)


def _block(
    links: Sequence[tuple[str, Link]],
    number: int,
    ints: Mapping[str, Ints],
    rows: int,
    before: Edges | None,
) -> tuple[Mapping[str, Ints], Edges]:
    """Rebuild the rows of one block in place; return what does not fit there, and the edges.

    before: the edges as they were; None where no edges are asked for.
    """
    start, end = number * ROWS, min((number + 1) * ROWS, rows)
    wide: dict[str, Ints] = {}
    told: list[tuple[Ints, Ints]] = []
    if before is not None:
        told.append((_NO_ROWS, edge_keys(before)))
    for key, link in links:
        data = block(link, number, key)
        if data is None:
            continue
        try:
            reader = Reader(data, number, link.manifest.rows, link.manifest.tracks)
            for name, track in ints.items():
                held = wide.get(name, track[start:end])
                fit = _told(reader, name, held, whole=not link.manifest.base)
                if fit is not held:
                    wide[name] = fit
            if before is not None:
                told.append(reader.edges())
        except (ValueError, IndexError, struct.error, zstandard.ZstdError) as error:
            raise DamagedBlock(f"{key}: block {number} cannot be unpacked ({error})") from None
    return wide, edges_of(latest(told, start))


def _told(reader: Reader, name: str, held: Ints, *, whole: bool) -> Ints:
    """Write a track of a block into `held`, or into a wider copy that is returned."""
    if whole:
        values = reader.values(name)
        if values.itemsize > held.itemsize:
            held = held.astype(values.dtype)
        held[: len(values)] = values
        return held
    moves = reader.moves(name)
    if moves is None:
        return held
    at, step = moves
    before = held[at]
    span = np.iinfo(held.dtype)
    least = int(before.min(initial=0)) + int(step.min(initial=0))
    most = int(before.max(initial=0)) + int(step.max(initial=0))
    if span.min <= least and most <= span.max:
        # No wider than it must be: most of a rebuilt census is put together here.
        held[at] = before + step
        return held
    values = before.astype(np.int64) + step
    if values.min(initial=0) < span.min or values.max(initial=0) > span.max:
        furthest = min(int(values.min()), -int(values.max()) - 1)
        held = held.astype(np.promote_types(held.dtype, np.min_scalar_type(furthest)))
    held[at] = values
    return held
