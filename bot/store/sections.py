"""Columns of few models as named sections of bytes, not compressed yet, read when asked for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.store.cursor import Cursor
from bot.store.planes import packed
from detectors.columns import NEVER, Bools, Columns, Edges, Figures, Ints, Text
from detectors.metric import Metric
from detectors.names import Chosen, Named, Names

_NUMBERS = ("created_at", "gated", "present", "not_llm")
_TEXTS = ("namespace", "pipeline_tag", "library_name", "license")
_EDGES = ("child", "parent", "relation")

Sections = Mapping[str, bytes | memoryview]


def sections_of(columns: Columns) -> dict[str, bytes]:
    """Return section name to bytes."""
    found = _named("ids", Names.of(columns.ids))
    found["ordinal"] = packed(columns.ordinals)
    for name in _NUMBERS:
        found[name] = packed(getattr(columns, name))
    for name in _TEXTS:
        text: Text = getattr(columns, name)
        found[name] = packed(text.codes)
        found |= _named(f"{name}.words", Names.of(text.words))
    for name in _EDGES:
        found[f"edges.{name}"] = packed(getattr(columns.edges, name))
    for metric, figures in columns.figures.items():
        if figures.dtype.kind == "f":
            found[f"real.{metric.value}"] = packed(figures.astype(np.float64).view(np.int64))
        else:
            found[f"figures.{metric.value}"] = packed(figures)
    return found


class ColumnsRead(Columns):
    """The Columns that `sections_of` took apart, each read when it is asked for.

    A look back over a year asks each day for few of them, and of those for few rows: with `rows`
    the columns are of these alone, in their order, and have no edges. KeyError where a section is
    missing.
    """

    def __init__(self, sections: Sections, rows: Ints | None = None) -> None:
        object.__setattr__(self, "_packed", _Packed(sections, rows))

    def __getattr__(self, name: str) -> Any:
        if name not in _READ:
            raise AttributeError(name)
        found = _READ[name](self._packed)
        object.__setattr__(self, name, found)
        return found

    def row(self, ordinal: int) -> int | None:
        """Return the row of a listed model, None where it is not listed."""
        packed: _Packed = self._packed
        if packed.rows is not None or "ordinal" in self.__dict__:
            return super().row(ordinal)
        found = Cursor(packed.sections["ordinal"]).where(ordinal)
        listed = Cursor(packed.sections["present"]).some(found[:1]).any()
        return int(found[0]) if listed else None


@dataclass(frozen=True)
class _Packed:
    """Sections, and the rows that are read of them; None for all."""

    sections: Sections
    rows: Ints | None

    def numbers(self, name: str) -> Ints:
        """Return whole numbers, one a row: int64 of chosen rows, else as narrow as int32."""
        cursor = Cursor(self.sections[name])
        if self.rows is None:
            return cursor.numbers()
        if len(self.rows) == 1:
            return np.array([cursor.pick(int(self.rows[0]))], np.int64)
        return cursor.some(self.rows)

    def names(self, name: str) -> Named:
        """Return all names of a section, whatever the rows."""
        lengths = Cursor(self.sections[f"{name}.lengths"]).narrow()
        if self.rows is not None:
            return _Few(self.sections[name], lengths)
        return Names(bytes(self.sections[name]), np.cumsum(lengths, dtype=np.int64))


class _Few(Named):
    """Names of which few are asked for: where one begins is added up then."""

    __slots__ = ("_blob", "_lengths")

    def __init__(self, blob: bytes | memoryview, lengths: Ints) -> None:
        self._blob = blob
        self._lengths = lengths

    def __len__(self) -> int:
        return len(self._lengths)

    def _at(self, place: int) -> str:
        start = int(self._lengths[:place].sum(dtype=np.int64))
        return bytes(self._blob[start : start + int(self._lengths[place])]).decode()


class _Figures(Mapping[Metric, Figures]):
    """Figures by metric, each read when it is looked up."""

    def __init__(self, packed: _Packed) -> None:
        self._packed = packed
        self._held = {
            metric: name
            for metric in Metric
            for name in (f"figures.{metric.value}", f"real.{metric.value}")
            if name in packed.sections
        }
        self._read: dict[Metric, Figures] = {}

    def __getitem__(self, metric: Metric) -> Figures:
        if metric not in self._read:
            name = self._held[metric]
            numbers = self._packed.numbers(name)
            real = name.startswith("real.")
            self._read[metric] = numbers.astype(np.int64).view(np.float64) if real else numbers
        return self._read[metric]

    def __iter__(self) -> Iterator[Metric]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


def _named(name: str, names: Names) -> dict[str, bytes]:
    return {name: names.blob, f"{name}.lengths": packed(np.diff(names.ends, prepend=0))}


def _ids(packed: _Packed) -> Sequence[str]:
    names = packed.names("ids")
    return names if packed.rows is None else Chosen(names, packed.rows)


def _ints(packed: _Packed, name: str) -> Ints:
    return packed.numbers(name).astype(np.int64, copy=False)


def _flags(packed: _Packed, name: str) -> Bools:
    return packed.numbers(name).astype(np.bool_)


def _text(packed: _Packed, name: str) -> Text:
    return Text(packed.numbers(name).astype(np.int32, copy=False), packed.names(f"{name}.words"))


def _edges(packed: _Packed) -> Edges:
    if packed.rows is not None:
        raise LookupError("the edges of some rows alone lead to others")
    child, parent, relation = (_ints(packed, f"edges.{name}") for name in _EDGES)
    return Edges(child, parent, relation.astype(np.int8))


_READ: Mapping[str, Callable[[_Packed], Any]] = {
    "ordinal": lambda packed: _ints(packed, "ordinal"),
    "present": lambda packed: _flags(packed, "present"),
    "ids": _ids,
    "namespace": lambda packed: _text(packed, "namespace"),
    # Once it was as late as 64 bits can tell.
    "created_at": lambda packed: np.minimum(_ints(packed, "created_at"), NEVER),
    "figures": _Figures,
    "pipeline_tag": lambda packed: _text(packed, "pipeline_tag"),
    "library_name": lambda packed: _text(packed, "library_name"),
    "license": lambda packed: _text(packed, "license"),
    "gated": lambda packed: _ints(packed, "gated").astype(np.int8),
    "not_llm": lambda packed: _flags(packed, "not_llm"),
    "edges": _edges,
}
