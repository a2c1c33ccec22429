"""Collects the records of lists in columns, page by page: no object is kept for a model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.growing import Growing
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


@dataclass
class Gatherer:
    """Collects records in columns; texts are coded as they come, the same in every part."""

    codes: Mapping[str, Codes] = field(default_factory=lambda: {name: Codes() for name in TEXTS})
    parents: Codes = field(default_factory=Codes)
    _blobs: list[bytes] = field(default_factory=list)
    _ends: Growing = field(default_factory=lambda: Growing(np.int64))
    _letters: int = 0
    _oids: Growing = field(default_factory=lambda: Growing(np.uint8, OID_BYTES))
    _created: Growing = field(default_factory=lambda: Growing(np.int64))
    _gated: Growing = field(default_factory=lambda: Growing(np.int8))
    _child: Growing = field(default_factory=lambda: Growing(np.int32))
    _parent: Growing = field(default_factory=lambda: Growing(np.int32))
    _relation: Growing = field(default_factory=lambda: Growing(np.int8))
    _numbers: Sequence[Growing] = field(init=False)
    _rows: int = 0

    def __post_init__(self) -> None:
        self._numbers = [Growing(np.int32) for _ in range(len(FIGURES) + len(TEXTS))]

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
