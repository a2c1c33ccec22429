"""A pulse as blocks of bytes: few models, so each is stored whole, column by column."""

from collections.abc import Mapping

import msgspec
import zstandard
from redis.asyncio import Redis

from bot.aside import aside
from bot.store.cursor import Cursor
from bot.store.frame import DamagedBlock, framed, in_parts, unframed
from bot.store.keys import Keys
from bot.store.planes import packed
from bot.store.replies import all_bytes
from bot.store.sections import ColumnsRead, sections_of
from bot.store.writes import STEP
from bot.views import Note
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.snapshot import Snapshot

_LEVEL = 3
# Section name to its number of parts.
_MANIFEST = "manifest"


class Pulses:
    """Reads pulses, some blocks at a time."""

    def __init__(self, redis: Redis, keys: Keys, labs: Labs) -> None:
        self._redis = redis
        self._keys = keys
        self._labs = labs

    async def read(self, note: Note) -> Snapshot | None:
        """Return a pulse; None where it is not held.

        Raises:
            DamagedBlock: it cannot be trusted.
        """
        key = self._keys.blocks(note.id)
        names = all_bytes(await self._redis.hkeys(key))
        if not names:
            return None
        blocks: dict[str, bytes] = {}
        # One answer with everything in it would stall the store's other users.
        for start in range(0, len(names), STEP):
            some = names[start : start + STEP]
            parts = await self._redis.hmget(key, some)
            for name, part in zip(some, parts, strict=True):
                if isinstance(part, bytes):
                    blocks[name.decode()] = part
        return await aside(note.rows, decode, key, blocks, note, self._labs)


def encode(snapshot: Snapshot) -> dict[str, bytes]:
    """Return block name to bytes, each at most MOST_BYTES and a head long."""
    raw = sections_of(snapshot.columns)
    for metric, rows in snapshot.lists.items():
        raw[f"list.{metric.value}"] = packed(rows)
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
    unpack = zstandard.ZstdDecompressor()

    def data(name: str, count: int) -> bytes:
        parts = (f"{name}/{number}" for number in range(count))
        packed_data = b"".join(unframed(key, part, blocks.get(part)) for part in parts)
        try:
            return unpack.decompress(packed_data)
        except zstandard.ZstdError as error:
            raise DamagedBlock(f"{key}: block {name} cannot be unpacked ({error})") from None

    counts = msgspec.msgpack.decode(data(_MANIFEST, 1), type=dict[str, int])
    sections = {name: data(name, count) for name, count in counts.items()}
    columns = ColumnsRead(sections)
    if columns.count != note.rows:
        raise DamagedBlock(f"{key}: holds {columns.count} models, its note says {note.rows}")
    lists = {
        metric: Cursor(sections[f"list.{metric.value}"]).numbers().astype("<i8")
        for metric in Metric
        if f"list.{metric.value}" in sections
    }
    return Snapshot(note.taken_at, note.kind, columns, lists, labs, note.panel)
