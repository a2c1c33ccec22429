"""A page's columns as bytes and back, so that a walk that goes on need not read JSON again."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from bot.hub.gatherer import Gatherer
from bot.hub.listed import FIGURES, Part
from bot.packed import OID_BYTES
from bot.vocabulary import TEXTS
from detectors.columns import Edges
from detectors.names import Names


class SpooledColumns(msgspec.Struct, frozen=True, array_like=True):
    """The columns of one page.

    names: ids, one after the other. arrays: type and bytes of each column, in the order of
    `_arrays`. words: those of each column of text, and base models, that no page before it had.
    """

    names: bytes
    arrays: list[tuple[str, bytes]]
    words: list[list[str]]


def spooled(part: Part, gatherer: Gatherer) -> SpooledColumns:
    """Return a part, and what the gatherer learnt since this was last asked."""
    arrays = [(each.dtype.str, each.tobytes()) for each in _arrays(part)]
    return SpooledColumns(part.names.blob, arrays, gatherer.take_words())


def restored(columns: SpooledColumns, gatherer: Gatherer) -> Part:
    """Return the part again; parts are restored in the order in which they were spooled."""
    gatherer.learn(columns.words)
    arrays: Iterator[npt.NDArray[Any]] = (
        np.frombuffer(held, np.dtype(kind)) for kind, held in columns.arrays
    )
    lengths, oids, created_at, gated, child, parent, relation = (next(arrays) for _ in range(7))
    return Part(
        names=Names(columns.names, np.cumsum(lengths)),
        oids=oids.reshape(-1, OID_BYTES),
        created_at=created_at,
        figures=[next(arrays) for _ in FIGURES],
        texts=[next(arrays) for _ in TEXTS],
        gated=gated,
        edges=Edges(child, parent, relation),
    )


def _arrays(part: Part) -> Iterator[npt.NDArray[Any]]:
    yield np.diff(part.names.ends, prepend=0).astype(np.int32)
    yield from (part.oids, part.created_at, part.gated)
    yield from (part.edges.child.astype(np.int32), part.edges.parent.astype(np.int32))
    yield part.edges.relation
    yield from part.figures
    yield from part.texts
