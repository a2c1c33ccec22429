"""The state after a link of a chain, rebuilt from its keyframe on, some blocks at a time."""

import struct
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import zstandard

from bot.store.blocks import ROWS, THREADS, count_of
from bot.store.chain import Link, Manifest, block
from bot.store.descent import Descent, latest
from bot.store.frame import DamagedBlock
from bot.store.several import Several
from bot.store.tracks import EDGES, Tracks, edge_keys, edges_of, fill, grown, kind_of, unlisted_of
from detectors.columns import Edges, Ints

# Blocks that are worked on as one: two threads that turn to Python for every few kB wait for each
# other more than they work. So few that a track of all of these stays in the cache.
TOGETHER = 8
_NO_ROWS = np.empty(0, np.int64)
_NO_EDGES = edges_of(_NO_ROWS)


class Rebuilding:
    """The state after the last of some links, rebuilt some blocks at a time.

    manifests: of the links; the first is a keyframe, or the link after the state `onto`, which
    lets its tracks go as they are taken over: columns made of it still hold theirs. wanted: the
    tracks that are read, and EDGES if those are; else all are.
    """

    def __init__(
        self,
        manifests: Sequence[Manifest],
        wanted: Collection[str] | None = None,
        onto: Tracks | None = None,
    ) -> None:
        first = manifests[0]
        self._rows = manifests[-1].rows
        self._real = frozenset(first.real)
        self._new = onto is None
        names = [name for name in first.tracks if wanted is None or name in wanted]
        self._ints = {
            name: _track(name, self._rows, onto, real=name in self._real) for name in names
        }
        self._edges = wanted is None or EDGES in wanted
        self._told = onto.descent if onto is not None and self._edges else _NO_EDGES
        bounds = (np.arange(count_of(self._rows) + 1) * ROWS).astype(self._told.child.dtype)
        self._cuts = np.searchsorted(self._told.child, bounds)
        self._words = _words(manifests, onto)

    @property
    def groups(self) -> list[range]:
        """The numbers of those blocks that are rebuilt together."""
        count = count_of(self._rows)
        return [range(at, min(at + TOGETHER, count)) for at in range(0, count, TOGETHER)]

    def blocks(self, links: Sequence[tuple[str, Link]], numbers: range) -> "Part":
        """Rebuild a group; groups may be rebuilt at once, each by a thread of its own.

        links: all of them, each with its key; of their fields those of these blocks do.

        Raises:
            DamagedBlock: a block is missing or not whole.
        """
        before: list[Edges] = []
        for number in numbers:
            if self._new:
                _begin(links[0][1].manifest, number, self._ints)
            if self._edges:
                told, cut = self._told, slice(self._cuts[number], self._cuts[number + 1])
                before.append(Edges(told.child[cut], told.parent[cut], told.relation[cut]))
        return _blocks(links, numbers, self._ints, self._rows, before)

    def tracks(self, parts: Iterable["Part"]) -> Tracks:
        """Return the state, from all groups in their order."""
        descent, rebuilt = Descent(self._rows if self._edges else 0), []
        for part in parts:
            while part.edges:
                descent.add(part.edges.pop(0))
            rebuilt.append(part)
        ints = self._ints
        # Only now: while threads write into an array it must stay where it is.
        for part in rebuilt:
            for name, values in part.wide.items():
                ints[name] = ints[name].astype(np.promote_types(ints[name].dtype, values.dtype))
                ints[name][part.start : part.start + len(values)] = values
        unlisted = np.concatenate([_NO_ROWS, *(part.unlisted for part in rebuilt)])
        names = rebuilt[0].last if rebuilt else {}
        last = {name: np.concatenate([part.last[name] for part in rebuilt]) for name in names}
        return Tracks(ints, descent.edges, self._words, self._real, unlisted, last)


def rebuilt(
    links: Sequence[tuple[str, Link]],
    wanted: Collection[str] | None = None,
    onto: Tracks | None = None,
) -> Tracks:
    """Return the state after the last of some links that are all there, as Rebuilding does."""
    work = Rebuilding([link.manifest for _, link in links], wanted, onto)
    with ThreadPoolExecutor(THREADS) as threads:
        return work.tracks(threads.map(partial(work.blocks, links), work.groups))


@dataclass(frozen=True)
class Part:
    """Some blocks, rebuilt in place from row `start` on.

    wide: tracks that do not fit there. edges: of each block. unlisted: the rows of the census
    that are not listed; last: what was last known of them, by track.
    """

    start: int
    wide: Mapping[str, Ints]
    edges: list[Edges]
    unlisted: Ints
    last: Mapping[str, Ints]


def _track(name: str, rows: int, onto: Tracks | None, *, real: bool) -> Ints:
    """Return room for a track, or the track that is changed, with as many rows."""
    if onto is None:
        # Not filled yet: memory that is new takes its time, which two threads share.
        return np.empty(rows, kind_of(name, real=real))
    return grown(name, onto.given_up(name), rows, real=real)


def _words(manifests: Sequence[Manifest], onto: Tracks | None) -> dict[str, tuple[str, ...]]:
    words = {} if onto is None else dict(onto.words)
    for manifest in manifests:
        for name, more in manifest.words.items():
            words[name] = (*words.get(name, ()), *more)
    return words


def _begin(manifest: Manifest, number: int, ints: Mapping[str, Ints]) -> None:
    """Say that nothing is known of those rows of a block that a keyframe does not tell."""
    start, end = number * ROWS, (number + 1) * ROWS
    told = min(max(manifest.rows, start), end) if number in manifest.parts else start
    for name, track in ints.items():
        track[told:end] = fill(name, real=name in manifest.real)


def _blocks(
    links: Sequence[tuple[str, Link]],
    numbers: range,
    ints: Mapping[str, Ints],
    rows: int,
    before: Sequence[Edges],
) -> Part:
    """Rebuild the rows of some blocks in place.

    before: their edges as they were; none where no edges are asked for.
    """
    start, end = numbers[0] * ROWS, min((numbers[-1] + 1) * ROWS, rows)
    wide: dict[str, Ints] = {}
    told: dict[int, list[tuple[Ints, Ints]]] = {
        number: [(_NO_ROWS, edge_keys(edges))]
        for number, edges in zip(numbers, before, strict=False)
    }
    for key, link in links:
        data = {number: block(link, number, key) for number in numbers}
        try:
            several = Several(
                {number: each for number, each in data.items() if each is not None},
                link.manifest.rows,
                link.manifest.tracks,
                {*ints, EDGES} if told else {*ints},
                start=start,
                halves=link.manifest.halves,
            )
            for name, track in ints.items():
                held = wide.get(name, track[start:end])
                fit = (_moved if link.manifest.base else _written)(several, name, held)
                if fit is not held:
                    wide[name] = fit
            for number, edges in several.edges():
                told[number].append(edges)
        except (ValueError, IndexError, struct.error, zstandard.ZstdError) as error:
            few = f"{numbers[0]} to {numbers[-1]}"
            raise DamagedBlock(f"{key}: one of blocks {few} cannot be unpacked ({error})") from None
    real = links[0][1].manifest.real
    tracks = {name: wide.get(name, track[start:end]) for name, track in ints.items()}
    unlisted, last = unlisted_of(tracks, real)
    found = [edges_of(latest(each, number * ROWS)) for number, each in told.items()]
    return Part(start, wide, found, unlisted + start, last)


def _written(several: Several, name: str, held: Ints) -> Ints:
    """Write a track of a keyframe's blocks into `held`, or into a wider copy that is returned."""
    for first, values in several.values(name):
        if values.itemsize > held.itemsize:
            held = held.astype(values.dtype)
        held[first : first + len(values)] = values
    return held


def _moved(several: Several, name: str, held: Ints) -> Ints:
    """Change a track of a delta's blocks in `held`, or in a wider copy that is returned."""
    moves = several.moves(name)
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
