"""What links of a chain say of one row, and what is known of it after them."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import zstandard

from bot.store.blocks import HALF, ROWS
from bot.store.chain import Brief
from bot.store.parts import Packed
from bot.store.row import Front, moves_of, values_of
from bot.store.tracks import PRESENT, fill, in_past, metric_of
from detectors.columns import UNKNOWN
from detectors.metric import Metric


@dataclass(frozen=True)
class Begun:
    """A link of which one block was read from its beginning on, or a half of it whole.

    data: so much of the block; None where the link has nothing of it, or is older than the row.
    told: its manifest as it is stored.
    """

    name: str
    brief: Brief
    data: Packed | None
    told: bytes | None = None


@dataclass(frozen=True)
class Said:
    """What a link says of a row: its values in a keyframe, else by how much they differ.

    figures: of each track that a moment is made of; none where the link says nothing of the row.
    """

    brief: Brief
    figures: Sequence[int]


Known = Mapping[str, int]


def said_by(links: Sequence[Begun], ordinal: int) -> tuple[dict[str, Said], list[Begun]]:
    """Return what links say of a row, and those that have to be read on to know.

    Those that are damaged are left out.
    """
    try:
        return _said_by(links, ordinal)
    except (ValueError, IndexError, struct.error, zstandard.ZstdError):
        if len(links) == 1:
            return {}, []
    found: dict[str, Said] = {}
    short: list[Begun] = []
    for link in links:
        said, more = said_by([link], ordinal)
        found |= said
        short += more
    return found, short


def _said_by(links: Sequence[Begun], ordinal: int) -> tuple[dict[str, Said], list[Begun]]:
    found, short = {}, []
    for read, some in (
        (values_of, [link for link in links if not link.brief.base]),
        (moves_of, [link for link in links if link.brief.base]),
    ):
        asked, fronts = [], []
        for link in some:
            if link.data is None:
                found[link.name] = Said(link.brief, ())
            else:
                tracks, halves = link.brief.tracks, link.brief.halves
                row = ordinal % (HALF if halves else ROWS)
                asked.append(link)
                fronts.append(Front(link.data, halves or len(tracks), _places(tracks), row))
        for link, figures in zip(asked, read(fronts), strict=True):
            if figures is not None:
                found[link.name] = Said(link.brief, figures)
            elif not link.brief.halves:
                short.append(link)
    return found, short


def known_of(name: str, links: Mapping[str, Said], found: dict[str, Known | None]) -> Known | None:
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


def _after(link: Said, before: Known) -> Known:
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


def figures_of(values: Known, brief: Brief) -> Mapping[Metric, float]:
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
