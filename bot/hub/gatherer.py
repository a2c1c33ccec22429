"""Collects the records of lists in columns, page by page: no object is kept for a model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.hub.edges import edges_of, parents_of
from bot.hub.listed import FIGURES, ListedColumns, Part, figures_of, whole
from bot.hub.records import LICENSE, ListedModel
from bot.packed import OID_BYTES, oid_of, oids_of
from bot.vocabulary import TEXTS
from detectors.columns import NEVER, RELATIONS, UNKNOWN, Edges, Text
from detectors.names import Names, slender

# One that was compiled of another version, where this one could not be, is none.
_VERSION = 1
try:
    from bot.hub.scanner import VERSION, Scanner
except ImportError:  # no compiler where it was installed: every page goes the long way
    VERSION = 0

COMPILED = VERSION == _VERSION
# So many rows are room for some pages.
_FIRST = 1 << 12


class Codes(dict[Any, int]):
    """Words to numbers, in the order they came up; None and the empty one are unknown."""

    def __init__(self) -> None:
        super().__init__({None: UNKNOWN, "": UNKNOWN})
        self._fresh: list[str] = []

    def __missing__(self, word: str) -> int:
        code = self[word] = len(self) - 2
        self._fresh.append(word)
        return code

    def take(self) -> list[str]:
        """Return the words that came up since this was last asked."""
        fresh, self._fresh = self._fresh, []
        return fresh

    @property
    def words(self) -> tuple[str, ...]:
        """The words by number."""
        return tuple(word for word in self if word)


class Rows:
    """An array that rows are appended to where it lies, so that its memory is touched once."""

    def __init__(self, dtype: npt.DTypeLike, *columns: int) -> None:
        self._held: npt.NDArray[Any] = np.empty((0, *columns), dtype)
        self._count = 0

    @property
    def array(self) -> npt.NDArray[Any]:
        """The rows so far; they do not change when others are appended."""
        if len(self._held) > self._count:
            self._resize(self._count)
        return self._held

    def append(self, rows: npt.NDArray[Any]) -> None:
        """Add rows at the end; where they are wider, the whole is then as wide as they."""
        dtype = np.result_type(self._held, rows)
        if dtype != self._held.dtype:
            self._held = self._held.astype(dtype)
        count = self._count + len(rows)
        if count > len(self._held):
            self._resize(max(count, _FIRST, count + count // 4))
        self._held[self._count : count] = rows
        self._count = count

    def _resize(self, size: int) -> None:
        shape = (size, *self._held.shape[1:])
        try:
            self._held.resize(shape)
        except ValueError:
            # Somebody was given it: it stays as it is, and a copy grows.
            held, self._held = self._held, np.empty(shape, self._held.dtype)
            self._held[: self._count] = held[: self._count]


@dataclass
class Gatherer:
    """Collects records in columns; texts are coded as they come, the same in every part."""

    codes: Mapping[str, Codes] = field(default_factory=lambda: {name: Codes() for name in TEXTS})
    parents: Codes = field(default_factory=Codes)
    _blobs: list[bytes] = field(default_factory=list)
    _ends: "Rows" = field(default_factory=lambda: Rows(np.int64))
    _letters: int = 0
    _oids: "Rows" = field(default_factory=lambda: Rows(np.uint8, OID_BYTES))
    _created: "Rows" = field(default_factory=lambda: Rows(np.int64))
    _gated: "Rows" = field(default_factory=lambda: Rows(np.int8))
    _child: "Rows" = field(default_factory=lambda: Rows(np.int32))
    _parent: "Rows" = field(default_factory=lambda: Rows(np.int32))
    _relation: "Rows" = field(default_factory=lambda: Rows(np.int8))
    _numbers: Sequence["Rows"] = field(init=False)
    _rows: int = 0

    def __post_init__(self) -> None:
        self._numbers = [Rows(np.int32) for _ in range(len(FIGURES) + len(TEXTS))]

    @cached_property
    def scanner(self) -> "Scanner | None":
        """What scans lean pages by these numbers; None where it is not compiled."""
        if not COMPILED:
            return None
        return Scanner([*self.codes.values()], self.parents, RELATIONS, oid_of, NEVER)

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

    def take_words(self) -> list[list[str]]:
        """Return the words of each column, and the base models, that came up since last asked."""
        return [each.take() for each in self._all_codes()]

    def learn(self, words: Sequence[Sequence[str]]) -> None:
        """Give words that were taken from another Gatherer the numbers they had there."""
        for codes, told in zip(self._all_codes(), words, strict=True):
            for word in told:
                codes[word]
            codes.take()

    def _all_codes(self) -> Iterable[Codes]:
        return (*self.codes.values(), self.parents)

    def __len__(self) -> int:
        return self._rows

    def add(self, part: Part) -> None:
        """Keep some records, after those that are kept already."""
        self._blobs.append(part.names.blob)
        self._ends.append(part.names.ends + self._letters)
        self._letters += len(part.names.blob)
        self._oids.append(part.oids)
        self._created.append(part.created_at)
        self._gated.append(part.gated)
        for kept, more in zip(self._numbers, (*part.figures, *part.texts), strict=True):
            kept.append(more)
        self._child.append((part.edges.child + self._rows).astype(np.int32))
        self._parent.append(part.edges.parent.astype(np.int32))
        self._relation.append(part.edges.relation)
        self._rows += len(part.names)

    def columns(self) -> ListedColumns:
        """Return all that was kept, in its order; they share memory with what is kept."""
        self._blobs = [b"".join(self._blobs)]
        numbers = [each.array for each in self._numbers]
        figures = {
            metric: whole(each)
            for metric, each in zip(FIGURES, numbers, strict=False)
            if (each >= 0).any()
        }
        texts = zip(self.codes.items(), numbers[len(FIGURES) :], strict=True)
        return ListedColumns(
            names=Names(self._blobs[0], slender(self._ends.array)),
            oids=self._oids.array,
            created_at=self._created.array,
            figures=figures,
            texts={name: Text(each, Names.of(codes.words)) for (name, codes), each in texts},
            gated=self._gated.array,
            edges=Edges(self._child.array, self._parent.array, self._relation.array),
            # Packed: texts of their own would outlive their use, a million of them.
            parents=Names.of(self.parents.words),
        )


def gathered(lists: Iterable[Sequence[ListedModel]]) -> ListedColumns:
    """Return the records of lists in columns."""
    gatherer = Gatherer()
    for models in lists:
        gatherer.add(gatherer.part(models))
    return gatherer.columns()


def _license(tags: Sequence[str] | None) -> str | None:
    for tag in tags or ():
        if tag.startswith(LICENSE):
            return tag[len(LICENSE) :]
    return None


def _seconds(at: datetime | None) -> int:
    return NEVER if at is None else int(at.timestamp())
