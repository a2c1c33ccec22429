"""A pulse as blocks of bytes: few models, so each is stored whole, column by column."""

from collections.abc import Callable, Mapping

import msgspec
import numpy as np
import numpy.typing as npt
import zstandard

from bot.store.frame import DamagedBlock, framed, in_parts, unframed
from bot.views import Note
from detectors.columns import Columns, Edges, Text
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.names import Names
from detectors.snapshot import Snapshot

_LEVEL = 3
# Block name to its number of parts.
_MANIFEST = "manifest"

_ARRAYS: dict[str, tuple[str, Callable[[Columns], npt.NDArray[np.generic]]]] = {
    "ordinal": ("<i8", lambda columns: columns.ordinal),
    "created_at": ("<i8", lambda columns: columns.created_at),
    "gated": ("<i1", lambda columns: columns.gated),
    "present": ("<i1", lambda columns: columns.present),
    "not_llm": ("<i1", lambda columns: columns.not_llm),
    "edges.child": ("<i8", lambda columns: columns.edges.child),
    "edges.parent": ("<i8", lambda columns: columns.edges.parent),
    "edges.relation": ("<i1", lambda columns: columns.edges.relation),
}
_TEXTS: dict[str, Callable[[Columns], Text]] = {
    "namespace": lambda columns: columns.namespace,
    "pipeline_tag": lambda columns: columns.pipeline_tag,
    "library_name": lambda columns: columns.library_name,
    "license": lambda columns: columns.license,
}


def encode(snapshot: Snapshot) -> dict[str, bytes]:
    """Return block name to bytes, each at most MOST_BYTES and a header long."""
    columns = snapshot.columns
    raw = {"ids": msgspec.msgpack.encode(list(columns.ids))}
    for name, (dtype, read) in _ARRAYS.items():
        raw[name] = read(columns).astype(dtype).tobytes()
    for name, text in _TEXTS.items():
        raw[name] = text(columns).codes.astype("<i4").tobytes()
        raw[f"{name}.words"] = msgspec.msgpack.encode(list(text(columns).words))
    for metric, figures in columns.figures.items():
        raw[f"figures.{metric.value}"] = figures.astype("<f8").tobytes()
    for metric, rows in snapshot.lists.items():
        raw[f"list.{metric.value}"] = rows.astype("<i8").tobytes()
    packer = zstandard.ZstdCompressor(level=_LEVEL)
    parts = {name: in_parts(packer.compress(data)) for name, data in raw.items()}
    # Figures and lists may rightly be absent, so what belongs here has to be written down.
    counts = {name: len(each) for name, each in parts.items()}
    parts[_MANIFEST] = in_parts(packer.compress(msgspec.msgpack.encode(counts)))
    return {
        f"{name}/{number}": framed(part)
        for name, each in parts.items()
        for number, part in enumerate(each)
    }


def decode(key: str, blocks: Mapping[str, bytes], note: Note, labs: Labs) -> Snapshot:
    """Return the Snapshot that `encode` took apart.

    Raises:
        DamagedBlock: a block is missing, of an unknown version, or fails its checksum.
    """
    reader = _Blocks(key, blocks)
    figures = {
        metric: reader.array(f"figures.{metric.value}", "<f8").astype(np.float64)
        for metric in Metric
        if reader.has(f"figures.{metric.value}")
    }
    lists = {
        metric: reader.array(f"list.{metric.value}", "<i8").astype(np.int64)
        for metric in Metric
        if reader.has(f"list.{metric.value}")
    }
    arrays = {name: reader.array(name, dtype) for name, (dtype, _) in _ARRAYS.items()}
    texts = {name: reader.text(name) for name in _TEXTS}
    columns = Columns(
        ordinal=arrays["ordinal"].astype(np.int64),
        present=arrays["present"].astype(np.bool_),
        ids=Names.of(reader.words("ids")),
        namespace=texts["namespace"],
        created_at=arrays["created_at"].astype(np.int64),
        figures=figures,
        pipeline_tag=texts["pipeline_tag"],
        library_name=texts["library_name"],
        license=texts["license"],
        gated=arrays["gated"].astype(np.int8),
        not_llm=arrays["not_llm"].astype(np.bool_),
        edges=Edges(
            arrays["edges.child"].astype(np.int64),
            arrays["edges.parent"].astype(np.int64),
            arrays["edges.relation"].astype(np.int8),
        ),
    )
    if columns.count != note.rows:
        raise DamagedBlock(f"{key}: holds {columns.count} models, its note says {note.rows}")
    return Snapshot(note.taken_at, note.kind, columns, lists, labs, note.panel)


class _Blocks:
    """The blocks of one Snapshot, put together and checked as they are asked for."""

    def __init__(self, key: str, blocks: Mapping[str, bytes]) -> None:
        self._key = key
        self._blocks = blocks
        self._unpack = zstandard.ZstdDecompressor()
        self._counts: Mapping[str, int] = {_MANIFEST: 1}
        self._counts = msgspec.msgpack.decode(self._data(_MANIFEST), type=dict[str, int])

    def has(self, name: str) -> bool:
        return name in self._counts

    def array(self, name: str, dtype: str) -> npt.NDArray[np.generic]:
        return np.frombuffer(self._data(name), dtype=dtype)

    def words(self, name: str) -> tuple[str, ...]:
        return msgspec.msgpack.decode(self._data(name), type=tuple[str, ...])

    def text(self, name: str) -> Text:
        return Text(self.array(name, "<i4").astype(np.int32), self.words(f"{name}.words"))

    def _data(self, name: str) -> bytes:
        parts = [self._part(f"{name}/{number}") for number in range(self._counts[name])]
        try:
            return self._unpack.decompress(b"".join(parts))
        except zstandard.ZstdError as error:
            raise DamagedBlock(f"{self._key}: block {name} cannot be unpacked ({error})") from None

    def _part(self, name: str) -> bytes:
        return unframed(self._key, name, self._blocks.get(name))
