"""One model over all censuses, from its block of each, without rebuilding any of them."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import zstandard
from redis.asyncio import Redis

from bot.aside import both
from bot.store.blocks import HALF, ROWS
from bot.store.chain import (
    MANIFEST,
    Brief,
    brief_of,
    half_field,
    manifest_of,
    value_field,
)
from bot.store.frame import OLDEST_BLOCKS, DamagedBlock, within
from bot.store.keys import Keys
from bot.store.lua import lua
from bot.store.parts import Packed
from bot.store.replies import one_bytes
from bot.store.row import Front, moves_of, values_of
from bot.store.tracks import PRESENT, fill, in_past, metric_of
from bot.views import Moment, Note
from detectors.columns import UNKNOWN
from detectors.metric import Metric

# Links asked for at a time, at first and for more: first some kB are read of a delta and some
# hundred of a keyframe, then some ten. So an answer is below a megabyte as a rule, which holds up
# no other client.
_STEP, _MORE = 64, 16


@dataclass(frozen=True)
class Begun:
    """A link of which one block was read from its beginning on, or a half of it whole.

    data: so much of the block; None where the link has nothing of it, or is older than the row.
    """

    name: str
    brief: Brief
    data: Packed | None


@dataclass(frozen=True)
class Told:
    """What a link says of a row: its values in a keyframe, else by how much they differ.

    figures: of each track that a moment is made of; none where the link says nothing of the row.
    """

    brief: Brief
    figures: Sequence[int]


Known = Mapping[str, int]


class Past:
    """Reads a model's figures off the chains."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._keys = keys
        self._fields = redis.register_script(lua("fields"))

    async def of(self, ordinal: int, notes: Sequence[Note]) -> list[Moment]:
        """Return a moment for each census of some notes, in their order.

        A census whose blocks are damaged, or are told against one that is, is left out.
        """
        told = await self._told([note.id for note in notes], ordinal)
        found: dict[str, Known | None] = {}
        # By what is known: as a rule that of one census is that of the one before.
        shown: dict[int, Mapping[Metric, float]] = {}
        moments = []
        for note in notes:
            values = known_of(note.id, told, found)
            if values is not None:
                if id(values) not in shown:
                    shown[id(values)] = _figures(values, told[note.id].brief)
                moments.append(Moment(note.taken_at, bool(values[PRESENT]), shown[id(values)]))
        return moments

    async def _told(self, names: Sequence[str], ordinal: int) -> dict[str, Told]:
        """Return what links say, and those they are told against, if they are held and whole."""
        found: dict[str, Told] = {}
        missing, asked = list(names), set(names)
        while missing:
            some = iter([missing[at : at + _STEP] for at in range(0, len(missing), _STEP)])
            # The server looks for some while what it found of others is read.
            await both(self._read(some, ordinal, found), self._read(some, ordinal, found))
            bases = {told.brief.base for told in found.values()}
            missing = sorted(bases - asked - {""})
            asked.update(missing)
        return found

    async def _read(
        self, some: Iterator[Sequence[str]], ordinal: int, found: dict[str, Told]
    ) -> None:
        """Find out what links say of a row, some at a time; blocks are read on where it is said."""
        number = ordinal // ROWS
        fields = [MANIFEST, *_fields(ordinal)]
        for names in some:
            values = iter(await self._values(names, fields, _STEP))
            begun = [
                link
                for name, *told in zip(names, values, values, values, strict=True)
                if (link := self._begun(name, ordinal, *told)) is not None
            ]
            part = 1
            while begun:
                told, begun = told_by(begun, ordinal)
                found |= told
                field = value_field(number, part)
                more = await self._values([link.name for link in begun], [field], _MORE)
                begun = [
                    longer
                    for link, value in zip(begun, more, strict=True)
                    if (longer := self._longer(link, field, value)) is not None
                ]
                part += 1

    def _begun(
        self,
        name: str,
        ordinal: int,
        told: bytes | None,
        value: bytes | None,
        half: bytes | None,
    ) -> Begun | None:
        """Return a link with the first value of a block, or the half that a row is in.

        Returns None where that, or the link, is not held or damaged.
        """
        key, number = self._keys.blocks(name), ordinal // ROWS
        try:
            brief = brief_of(key, told)
            whole, own = _fields(ordinal)
            field, value = (own, half) if brief.halves else (whole, value)
            # A link may be older than the row.
            older = ordinal >= brief.rows
            if older or (value is None and number not in manifest_of(key, told).parts):
                return Begun(name, brief, None)
            return Begun(name, brief, within(key, field, value, OLDEST_BLOCKS))
        except DamagedBlock:
            return None

    def _longer(self, link: Begun, field: str, value: bytes | None) -> Begun | None:
        """Return a link with one more value of a block; None where that is damaged."""
        try:
            more = within(self._keys.blocks(link.name), field, value, OLDEST_BLOCKS)
        except DamagedBlock:
            return None
        return replace(link, data=b"".join([link.data or b"", more]))

    async def _values(
        self, names: Sequence[str], fields: Sequence[str], step: int
    ) -> list[bytes | None]:
        """Return some fields of links, those of a link together; of so many links at a time."""
        found: list[bytes | None] = []
        for at in range(0, len(names), step):
            keys = [self._keys.blocks(name) for name in names[at : at + step]]
            values = await self._fields(keys=keys, args=fields)
            found += [None if value is None else one_bytes(value) for value in values]
        return found


def _fields(ordinal: int) -> tuple[str, str]:
    """Return the names of the values that a row may be in: of its block, and of its half."""
    number, row = divmod(ordinal, ROWS)
    return value_field(number, 0), half_field(number, row // HALF)


def told_by(links: Sequence[Begun], ordinal: int) -> tuple[dict[str, Told], list[Begun]]:
    """Return what links say of a row, and those that have to be read on to know.

    Those that are damaged are left out.
    """
    try:
        return _told_by(links, ordinal)
    except (ValueError, IndexError, struct.error, zstandard.ZstdError):
        if len(links) == 1:
            return {}, []
    found: dict[str, Told] = {}
    short: list[Begun] = []
    for link in links:
        told, more = told_by([link], ordinal)
        found |= told
        short += more
    return found, short


def _told_by(links: Sequence[Begun], ordinal: int) -> tuple[dict[str, Told], list[Begun]]:
    found, short = {}, []
    for read, some in (
        (values_of, [link for link in links if not link.brief.base]),
        (moves_of, [link for link in links if link.brief.base]),
    ):
        asked, fronts = [], []
        for link in some:
            if link.data is None:
                found[link.name] = Told(link.brief, ())
            else:
                tracks, halves = link.brief.tracks, link.brief.halves
                row = ordinal % (HALF if halves else ROWS)
                asked.append(link)
                fronts.append(Front(link.data, halves or len(tracks), _places(tracks), row))
        for link, figures in zip(asked, read(fronts), strict=True):
            if figures is not None:
                found[link.name] = Told(link.brief, figures)
            elif not link.brief.halves:
                short.append(link)
    return found, short


def known_of(name: str, links: Mapping[str, Told], found: dict[str, Known | None]) -> Known | None:
    """Return what is known of a row as of a link, track by track; None where that is unknown."""
    if name in found:
        return found[name]
    link = links.get(name)
    base = link.brief.base if link else ""
    if link is not None and base in links and links[base].brief.place >= link.brief.place:
        # One of the two was written over: their bases may form a ring.
        found[name] = None
        return None
    before = known_of(base, links, found) if base else {}
    if link is None or before is None:
        found[name] = None
    elif base and not link.figures:
        found[name] = before
    else:
        found[name] = _after(link, before)
    return found[name]


def _after(link: Told, before: Known) -> Known:
    """Return what is known of a row after a link that is told against what was known before."""
    brief = link.brief
    tracks = _wanted(brief.tracks)
    if not link.figures:
        return {track: fill(track, real=track in brief.real) for track in tracks}
    return {
        track: before.get(track, 0) + figure
        for track, figure in zip(tracks, link.figures, strict=True)
    }


@cache
def _wanted(tracks: tuple[str, ...]) -> tuple[str, ...]:
    """Return those tracks that a moment is made of; the same ones for all of a chain."""
    return tuple(filter(in_past, tracks))


@cache
def _places(tracks: tuple[str, ...]) -> tuple[int, ...]:
    """Return where those tracks are among all."""
    return tuple(tracks.index(each) for each in _wanted(tracks))


def _figures(values: Known, brief: Brief) -> Mapping[Metric, float]:
    """Return what a moment tells; nothing of a model that is not listed."""
    figures = {}
    for track, value in values.items() if values[PRESENT] else ():
        metric = metric_of(track)
        if metric is None:
            continue
        real = track in brief.real
        figure = float(np.array([_wrapped(value)]).view(np.float64)[0]) if real else float(value)
        if figure != UNKNOWN:
            figures[metric] = figure
    return figures


def _wrapped(value: int) -> int:
    """Return bits that were added up without a bound as the 64 that they are."""
    low = value & (1 << 64) - 1
    return low - (1 << 64) if low >> 63 else low
