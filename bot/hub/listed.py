"""The models of lists in columns, gathered page by page: no object is kept for a model."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from bot.hub.edges import RELATION_BITS, edges_of, parents_of, relation_of
from bot.hub.records import BaseModels, ListedModel
from bot.hub.tags import LICENSE
from bot.packed import Oids, oids_of
from bot.vocabulary import TEXTS
from detectors.columns import NEVER, UNKNOWN, Edges, Figures, Ints, Text
from detectors.metric import Metric
from detectors.names import Names

FIGURES = {
    Metric.TRENDING: "trending_score",
    Metric.LIKES: "likes",
    Metric.DOWNLOADS: "downloads",
    Metric.DOWNLOADS_ALL_TIME: "downloads_all_time",
}
_REMEMBERED = 100_000
_base_decoder = msgspec.json.Decoder(BaseModels | None)
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class ListedColumns:
    """The records of one or more lists, one after the other, a row each.

    names: ids. oids: rows of 12 bytes, NO_OID where there is none. created_at: int64 seconds,
    NEVER where unknown. figures: float64 or int64, UNKNOWN where unknown; a metric that no
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
    parents: Sequence[str]

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
        yield "\x1f".join(self.parents).encode()
        for array in arrays:
            yield np.ascontiguousarray(array).tobytes()


class Codes(dict[Any, int]):
    """Words to numbers, in the order they came up; None and the empty one are unknown."""

    def __init__(self) -> None:
        super().__init__({None: UNKNOWN, "": UNKNOWN})

    def __missing__(self, word: str) -> int:
        code = self[word] = len(self) - 2
        return code

    @property
    def words(self) -> tuple[str, ...]:
        """The words by number."""
        return tuple(word for word in self if word)


class Read(dict[bytes, T]):
    """What is read from texts that come again and again; some are forgotten when it is full."""

    def __init__(self, read: Callable[[bytes], T]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: bytes) -> T:
        if len(self) > _REMEMBERED:
            self.clear()
        found = self[text] = self._read(text)
        return found


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


@dataclass
class Gatherer:
    """Collects records in columns; texts are coded as they come, the same in every part."""

    codes: Mapping[str, Codes] = field(default_factory=lambda: {name: Codes() for name in TEXTS})
    parents: Codes = field(default_factory=Codes)
    parts: list[Part] = field(default_factory=list)
    license_of: "Read[int]" = field(init=False)
    base_of: "Read[int]" = field(init=False)
    bases_of: "Read[Sequence[int]]" = field(init=False)

    def __post_init__(self) -> None:
        self.license_of = Read(lambda word: self.codes["license"][word.decode()])
        self.base_of = Read(lambda tag: self.named(tag.decode()))
        self.bases_of = Read(self._bases)

    def named(self, tag: str) -> int:
        """Return the parent's code and, in its lowest bits, the relation; -1 for no parent."""
        parent, relation = relation_of(tag)
        return self.parents[parent] << RELATION_BITS | relation if parent else -1

    def _bases(self, base_models: bytes) -> Sequence[int]:
        """Return the same of each parent that `baseModels` names."""
        found = parents_of(None, _base_decoder.decode(base_models))
        return [self.parents[name] << RELATION_BITS | relation for name, relation in found.items()]

    def part(self, models: Sequence[ListedModel]) -> Part:
        """Return decoded records in columns, without keeping them."""
        texts = {
            "namespace": [model.namespace for model in models],
            "pipeline_tag": [model.pipeline_tag for model in models],
            "library_name": [model.library_name for model in models],
            "license": [_license(model.tags) for model in models],
        }
        edges = [
            (row, self.parents[name], relation)
            for row, model in enumerate(models)
            if model.tags or model.base_models
            for name, relation in parents_of(model.tags, model.base_models).items()
        ]
        gated = [UNKNOWN if model.gated is None else int(bool(model.gated)) for model in models]
        return Part(
            names=Names.of(model.id for model in models),
            oids=oids_of(model.oid for model in models),
            created_at=np.array([_seconds(model.created_at) for model in models], np.int64),
            figures=[
                figures_of([getattr(model, name) for model in models]) for name in FIGURES.values()
            ],
            texts=[self.coded(name, values) for name, values in texts.items()],
            gated=np.array(gated, np.int8),
            edges=edges_of(*(zip(*edges, strict=True) if edges else ((), (), ()))),
        )

    def coded(self, name: str, values: Sequence[str | None]) -> npt.NDArray[np.int32]:
        """Return texts of one column as numbers."""
        return np.fromiter(map(self.codes[name].__getitem__, values), np.int32, len(values))

    def columns(self) -> ListedColumns:
        """Return all that was kept, in its order."""
        parts = self.parts or [self.part(())]
        starts = np.cumsum([0, *map(_rows, parts)])[:-1].tolist()
        figures = {
            metric: _whole(np.concatenate([part.figures[at] for part in parts]))
            for at, metric in enumerate(FIGURES)
        }
        return ListedColumns(
            names=Names.joined([part.names for part in parts]),
            oids=np.concatenate([part.oids for part in parts]),
            created_at=np.concatenate([part.created_at for part in parts]),
            figures={metric: each for metric, each in figures.items() if (each >= 0).any()},
            texts={
                name: Text(np.concatenate([part.texts[at] for part in parts]), codes.words)
                for at, (name, codes) in enumerate(self.codes.items())
            },
            gated=np.concatenate([part.gated for part in parts]),
            edges=Edges(
                np.concatenate(
                    [part.edges.child + at for part, at in zip(parts, starts, strict=True)]
                ),
                np.concatenate([part.edges.parent for part in parts]),
                np.concatenate([part.edges.relation for part in parts]),
            ),
            parents=self.parents.words,
        )


def gathered(lists: Iterable[Sequence[ListedModel]]) -> ListedColumns:
    """Return the records of lists in columns."""
    gatherer = Gatherer()
    gatherer.parts += [gatherer.part(models) for models in lists]
    return gatherer.columns()


def figures_of(values: Sequence[float | None]) -> Figures:
    """Return figures as numbers, UNKNOWN for None.

    A score may be below 0; it ranks no higher for that, and -1 is taken.
    """
    # numpy reads None as not a number.
    figures = np.maximum(np.fromiter(values, np.float64, len(values)), 0)
    return np.where(np.isnan(figures), UNKNOWN, figures)


def _license(tags: Sequence[str] | None) -> str | None:
    for tag in tags or ():
        if tag.startswith(LICENSE):
            return tag[len(LICENSE) :]
    return None


def _seconds(at: datetime | None) -> int:
    return NEVER if at is None else int(at.timestamp())


def _rows(part: Part) -> int:
    return len(part.names)


def _whole(figures: Figures) -> Figures:
    """Return figures as int64 where all of them are whole numbers."""
    return figures.astype(np.int64) if (figures == np.floor(figures)).all() else figures
