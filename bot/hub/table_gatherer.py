"""Collects the rows of a parquet table in columns, some at a time: no object is kept for a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bot.growing import Growing
from bot.hub.listed import FIGURES, ListedColumns, whole
from bot.packed import NO_OID, OID_BYTES, Oids
from bot.vocabulary import TEXTS
from detectors.columns import UNKNOWN, Edges, Figures, Ints, Text
from detectors.names import Names, slender


@dataclass(frozen=True)
class Worded:
    """Texts as numbers of their own words, UNKNOWN where there is none. words: pyarrow's texts."""

    codes: npt.NDArray[np.int32]
    words: pa.Array

    @classmethod
    def of(cls, texts: pa.Array) -> "Worded":
        """Give the words of some texts numbers as they come up; null is none."""
        told = texts.dictionary_encode()
        return cls(told.indices.fill_null(UNKNOWN).to_numpy(), told.dictionary)


@dataclass(frozen=True)
class Rows:
    """Some rows of a table. oids: None where it has none. edges: `parent` is a word of parents."""

    names: Names
    oids: Oids | None
    created_at: Ints
    figures: Sequence[Figures]
    texts: Sequence[Worded]
    gated: npt.NDArray[np.int8]
    edges: Edges
    parents: pa.Array

    def __len__(self) -> int:
        return len(self.names)


class _Texts:
    """A column of texts: each piece keeps numbers of its own until all are there."""

    def __init__(self, room: int = 0) -> None:
        self._codes = Growing(np.int32, room=room)
        self._pieces: list[tuple[int, pa.Array]] = []

    def append(self, some: Worded) -> None:
        self._codes.append(some.codes)
        self._pieces.append((len(some.codes), some.words))

    def together(self) -> tuple[npt.NDArray[np.int32], Names]:
        """Return the column with each word numbered once, the empty one for none."""
        codes = self._codes.array
        told = [
            pa.DictionaryArray.from_arrays(np.arange(len(words), dtype=np.int32), words)
            for _, words in self._pieces
        ]
        if not told:
            return codes, Names.of(())
        together = pa.chunked_array(told).unify_dictionaries()
        words = together.chunk(0).dictionary
        some = pc.greater(pc.binary_length(words), 0)
        said = some.to_numpy(zero_copy_only=False)
        numbers = np.where(said, np.cumsum(said) - 1, UNKNOWN).astype(np.int32)
        start = 0
        for (count, _), piece in zip(self._pieces, together.chunks, strict=True):
            mine = np.append(numbers[piece.indices.to_numpy()], np.int32(UNKNOWN))
            # In place: UNKNOWN asks for the last.
            codes[start : start + count] = mine[codes[start : start + count]]
            start += count
        return codes, names_of(words.filter(some))


class TableGatherer:
    """Collects rows of a table that has so many at most."""

    def __init__(self, room: int) -> None:
        self._letters = BytesIO()
        self._ends = Growing(np.int32, room=room)
        self._oids: Growing | None = None
        self._created = Growing(np.int64, room=room)
        self._figures = [Growing(np.int32, room=room) for _ in FIGURES]
        self._texts = [_Texts(room) for _ in TEXTS]
        self._gated = Growing(np.int8, room=room)
        self._child, self._relation = Growing(np.int32), Growing(np.int8)
        self._parents = _Texts()
        self._room = room
        self._rows = 0

    def add(self, some: Rows) -> None:
        """Keep some rows, after those that are kept already."""
        self._ends.append(slender(some.names.ends + self._letters.tell()))
        self._letters.write(some.names.blob)
        if some.oids is not None:
            if self._oids is None:
                self._oids = Growing(np.uint8, OID_BYTES, room=self._room)
            self._oids.append(some.oids)
        self._created.append(some.created_at)
        for column, figures in zip(self._figures, some.figures, strict=True):
            column.append(figures)
        for texts, more in zip(self._texts, some.texts, strict=True):
            texts.append(more)
        self._gated.append(some.gated)
        self._child.append((some.edges.child + self._rows).astype(np.int32))
        self._relation.append(some.edges.relation)
        self._parents.append(Worded(some.edges.parent.astype(np.int32), some.parents))
        self._rows += len(some)

    def columns(self) -> ListedColumns:
        """Return all that was kept, in its order; they share memory with what is kept."""
        figures = {
            metric: whole(column.array)
            for metric, column in zip(FIGURES, self._figures, strict=True)
            if (column.array >= 0).any()
        }
        parent, parents = self._parents.together()
        nobody = np.broadcast_to(NO_OID, (self._rows, OID_BYTES))
        return ListedColumns(
            names=Names(self._letters.getvalue(), self._ends.array),
            oids=nobody if self._oids is None else self._oids.array,
            created_at=self._created.array,
            figures=figures,
            texts={
                name: Text(*each.together()) for name, each in zip(TEXTS, self._texts, strict=True)
            },
            gated=self._gated.array,
            edges=Edges(self._child.array, parent, self._relation.array),
            parents=parents,
        )


def names_of(texts: pa.Array) -> Names:
    """Return texts, none of them null, as they lie in the table."""
    wide = texts.cast(pa.large_string())
    if not len(wide):
        return Names.of(())
    _, ends, letters = wide.buffers()
    ends = np.frombuffer(ends, np.int64)[wide.offset : wide.offset + len(wide) + 1]
    blob = letters.slice(int(ends[0]), int(ends[-1] - ends[0])).to_pybytes()
    return Names(blob, ends[1:] - ends[0])
