"""Columns of few models as named sections of bytes, not compressed yet, read when asked for."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from bot.store.planes import Cursor, packed
from detectors.columns import NEVER, Bools, Columns, Edges, Figures, Ints, Text
from detectors.metric import Metric
from detectors.names import Names

_NUMBERS = ("ordinal", "created_at", "gated", "present", "not_llm")
_TEXTS = ("namespace", "pipeline_tag", "library_name", "license")
_EDGES = ("child", "parent", "relation")

Sections = Mapping[str, bytes]


def sections_of(columns: Columns) -> dict[str, bytes]:
    """Return section name to bytes."""
    found = _named("ids", Names.of(columns.ids))
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

    A look back over a year asks each day for few of them. KeyError where a section is missing.
    """

    def __init__(self, sections: Sections) -> None:
        object.__setattr__(self, "_sections", sections)

    def __getattr__(self, name: str) -> Any:
        if name not in _READ:
            raise AttributeError(name)
        found = _READ[name](self._sections)
        object.__setattr__(self, name, found)
        return found


class _Figures(Mapping[Metric, Figures]):
    """Figures by metric, each read when it is looked up."""

    def __init__(self, sections: Sections) -> None:
        self._sections = sections
        self._held = {
            metric: name
            for metric in Metric
            for name in (f"figures.{metric.value}", f"real.{metric.value}")
            if name in sections
        }
        self._read: dict[Metric, Figures] = {}

    def __getitem__(self, metric: Metric) -> Figures:
        if metric not in self._read:
            name = self._held[metric]
            numbers = Cursor(self._sections[name]).numbers()
            real = name.startswith("real.")
            self._read[metric] = numbers.astype(np.int64).view(np.float64) if real else numbers
        return self._read[metric]

    def __iter__(self) -> Iterator[Metric]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


def _named(name: str, names: Names) -> dict[str, bytes]:
    return {name: names.blob, f"{name}.lengths": packed(np.diff(names.ends, prepend=0))}


def _names(sections: Sections, name: str) -> Names:
    lengths = Cursor(sections[f"{name}.lengths"]).numbers()
    return Names(sections[name], np.cumsum(lengths, dtype=np.int64))


def _ints(sections: Sections, name: str) -> Ints:
    return Cursor(sections[name]).numbers().astype(np.int64, copy=False)


def _flags(sections: Sections, name: str) -> Bools:
    return Cursor(sections[name]).numbers().astype(np.bool_)


def _text(sections: Sections, name: str) -> Text:
    codes = Cursor(sections[name]).numbers().astype(np.int32, copy=False)
    return Text(codes, _names(sections, f"{name}.words"))


def _edges(sections: Sections) -> Edges:
    child, parent, relation = (_ints(sections, f"edges.{name}") for name in _EDGES)
    return Edges(child, parent, relation.astype(np.int8))


_READ: Mapping[str, Callable[[Sections], Any]] = {
    "ordinal": lambda sections: _ints(sections, "ordinal"),
    "present": lambda sections: _flags(sections, "present"),
    "ids": lambda sections: _names(sections, "ids"),
    "namespace": lambda sections: _text(sections, "namespace"),
    # Once it was as late as 64 bits can tell.
    "created_at": lambda sections: np.minimum(_ints(sections, "created_at"), NEVER),
    "figures": _Figures,
    "pipeline_tag": lambda sections: _text(sections, "pipeline_tag"),
    "library_name": lambda sections: _text(sections, "library_name"),
    "license": lambda sections: _text(sections, "license"),
    "gated": lambda sections: _ints(sections, "gated").astype(np.int8),
    "not_llm": lambda sections: _flags(sections, "not_llm"),
    "edges": _edges,
}
