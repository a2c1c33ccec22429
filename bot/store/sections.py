"""Columns of few models as named sections of bytes, not compressed yet."""

from collections.abc import Mapping

import msgspec
import numpy as np

from bot.store.planes import Cursor, packed
from detectors.columns import Columns, Edges, Figures, Text
from detectors.metric import Metric
from detectors.names import Names

_NUMBERS = ("ordinal", "created_at", "gated", "present", "not_llm")
_TEXTS = ("namespace", "pipeline_tag", "library_name", "license")
_EDGES = ("child", "parent", "relation")
_encode = msgspec.msgpack.encode
_words = msgspec.msgpack.Decoder(tuple[str, ...]).decode


def sections_of(columns: Columns) -> dict[str, bytes]:
    """Return section name to bytes."""
    found = {"ids": _encode(list(columns.ids))}
    for name in _NUMBERS:
        found[name] = packed(getattr(columns, name))
    for name in _TEXTS:
        text: Text = getattr(columns, name)
        found[name] = packed(text.codes)
        found[f"{name}.words"] = _encode(list(text.words))
    for name in _EDGES:
        found[f"edges.{name}"] = packed(getattr(columns.edges, name))
    for metric, figures in columns.figures.items():
        if figures.dtype.kind == "f":
            found[f"real.{metric.value}"] = packed(figures.astype(np.float64).view(np.int64))
        else:
            found[f"figures.{metric.value}"] = packed(figures)
    return found


def columns_from(sections: Mapping[str, bytes]) -> Columns:
    """Return the Columns that `sections_of` took apart; KeyError where a section is missing."""
    numbers = {name: Cursor(sections[name]).numbers() for name in _NUMBERS}

    def text(name: str) -> Text:
        codes = Cursor(sections[name]).numbers().astype(np.int32, copy=False)
        return Text(codes, _words(sections[f"{name}.words"]))

    child, parent, relation = (Cursor(sections[f"edges.{name}"]).numbers() for name in _EDGES)
    return Columns(
        ordinal=numbers["ordinal"].astype(np.int64),
        present=numbers["present"].astype(np.bool_),
        ids=Names.of(_words(sections["ids"])),
        namespace=text("namespace"),
        created_at=numbers["created_at"].astype(np.int64),
        figures=_figures(sections),
        pipeline_tag=text("pipeline_tag"),
        library_name=text("library_name"),
        license=text("license"),
        gated=numbers["gated"].astype(np.int8),
        not_llm=numbers["not_llm"].astype(np.bool_),
        edges=Edges(child.astype(np.int64), parent.astype(np.int64), relation.astype(np.int8)),
    )


def _figures(sections: Mapping[str, bytes]) -> dict[Metric, Figures]:
    found: dict[Metric, Figures] = {}
    for metric in Metric:
        whole, real = f"figures.{metric.value}", f"real.{metric.value}"
        if whole in sections:
            found[metric] = Cursor(sections[whole]).numbers()
        elif real in sections:
            bits = Cursor(sections[real]).numbers().astype(np.int64)
            found[metric] = bits.view(np.float64)
    return found
