"""The models of lists in columns: records one after the other, and what they say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.packed import Oids
from detectors.columns import UNKNOWN, Edges, Figures, Ints, Text
from detectors.metric import Metric
from detectors.names import Names

_NARROW = np.iinfo(np.int32).max
FIGURES = {
    Metric.TRENDING: "trending_score",
    Metric.LIKES: "likes",
    Metric.DOWNLOADS: "downloads",
    Metric.DOWNLOADS_ALL_TIME: "downloads_all_time",
}


@dataclass(frozen=True, eq=False)
class ListedColumns:
    """The records of one or more lists, one after the other, a row each.

    names: ids. oids: rows of 12 bytes, NO_OID where there is none. created_at: int64 seconds,
    NEVER where unknown. figures: float64, int64 or int32, UNKNOWN where unknown; a metric that no
    record carries is absent. gated: int8. edges: `parent` is a place in `parents`, the ids of
    base models, each once; an edge of a record may come twice, with the relation of tag and field.
    """

    names: Names
    oids: Oids
    created_at: Ints
    figures: Mapping[Metric, Figures]
    texts: Mapping[str, Text]
    gated: npt.NDArray[np.int8]
    edges: Edges
    parents: Names

    def __len__(self) -> int:
        return len(self.names)

    def chunks(self) -> Iterable[bytes]:
        """Yield everything in it as bytes, for a digest."""
        yield self.names.blob
        arrays = [self.names.ends, self.oids, self.created_at, self.gated]
        arrays += [self.edges.child, self.edges.parent, self.edges.relation]
        for metric, figures in self.figures.items():
            yield f"{metric}:{figures.dtype}".encode()
            arrays.append(figures)
        for text in self.texts.values():
            yield "\x1f".join(text.words).encode()
            arrays.append(text.codes)
        yield self.parents.blob
        arrays.append(self.parents.ends)
        for array in arrays:
            yield np.ascontiguousarray(array).tobytes()


@dataclass
class Part:
    """Some records in columns, as they come in; codes are those of the Gatherer."""

    names: Names
    oids: Oids
    created_at: Ints
    figures: Sequence[Figures]
    texts: Sequence[Ints]
    gated: npt.NDArray[np.int8]
    edges: Edges

    def taken(self, rows: npt.NDArray[np.bool_]) -> "Part":
        """Return the part of some rows, as a mask."""
        if rows.all():
            return self
        place = np.cumsum(rows) - 1
        kept = rows[self.edges.child]
        edges = Edges(
            place[self.edges.child[kept]], self.edges.parent[kept], self.edges.relation[kept]
        )
        names = Names.of(name for name, wanted in zip(self.names, rows, strict=True) if wanted)
        return Part(
            names,
            self.oids[rows],
            self.created_at[rows],
            [each[rows] for each in self.figures],
            [each[rows] for each in self.texts],
            self.gated[rows],
            edges,
        )


def figures_of(values: Sequence[float | None]) -> Figures:
    """Return figures as float64, UNKNOWN for None.

    A score may be below 0; it ranks no higher for that, and -1 is taken.
    """
    # numpy reads None as not a number.
    figures = np.maximum(np.fromiter(values, np.float64, len(values)), 0)
    return np.where(np.isnan(figures), UNKNOWN, figures)


def whole(figures: Figures) -> Figures:
    """Return figures as integers, as narrow as they fit, where all of them are whole numbers."""
    if figures.dtype == np.int32:
        return figures
    if figures.dtype == np.float64 and (figures != np.floor(figures)).any():
        return figures
    return figures.astype(np.int32 if figures.max(initial=0) <= _NARROW else np.int64)
