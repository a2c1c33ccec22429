"""The ledger's lessons in the store: packed columns in values of at most 1 MB."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

import msgspec
import numpy as np
import zstandard
from redis.asyncio import Redis

from bot.lessons import Lessons, Roll
from bot.packed import OID_BYTES
from bot.store.cursor import Cursor
from bot.store.frame import DamagedBlock, framed, unframed
from bot.store.keys import Keys
from bot.store.oids import oids_packed, oids_unpacked
from bot.store.planes import packed as in_planes
from bot.store.replies import all_bytes
from detectors.names import Names

# Names and the 20 bytes beside each then stay below a value of 1 MB, however badly they compress.
_NAME_BYTES = 300_000
_ROWS = 16_384
# A read of this many values at a time stalls nobody else.
_STEP = 16
# Half a byte of a name less than at level 3, and 3 million still take but seconds.
_LEVEL = 9
_PLAIN, _PLANES = 0, 1


class _Packed(msgspec.Struct, array_like=True):
    """The columns of some lessons. kind: how they are packed.

    _PLANES: steps between ordinals and lengths of names in planes, `_id`s in their parts, names
    in UTF-8. _PLAIN, until the third version: little-endian int32, and `_id`s of 12 bytes.
    """

    ordinals: bytes
    oids: bytes
    lengths: bytes
    names: bytes
    kind: int = _PLAIN


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(_Packed)


def packed(lessons: Lessons) -> Iterator[bytes]:
    """Yield lessons as values, each with its format version and checksum."""
    packer = zstandard.ZstdCompressor(level=_LEVEL)
    for piece in lessons.pieces(_NAME_BYTES, _ROWS):
        columns = _Packed(
            in_planes(np.diff(piece.ordinals, prepend=0)),
            oids_packed(piece.oids),
            in_planes(np.diff(piece.names.ends, prepend=0)),
            piece.names.blob,
            _PLANES,
        )
        yield framed(packer.compress(_encode(columns)))


def unpacked(key: str, values: Iterable[bytes]) -> Iterator[Lessons]:
    """Yield the lessons of the values under a key.

    Raises:
        DamagedBlock: A value is of an unknown version or fails its checksum; names the key.
    """
    unpacker = zstandard.ZstdDecompressor()
    for number, value in enumerate(values):
        columns = _decoder.decode(unpacker.decompress(unframed(key, str(number), value)))
        if columns.kind == _PLANES:
            ordinals = np.cumsum(Cursor(columns.ordinals).numbers())
            oids = oids_unpacked(columns.oids)
            lengths = Cursor(columns.lengths).numbers()
        else:
            ordinals = np.frombuffer(columns.ordinals, "<i4")
            oids = np.frombuffer(columns.oids, np.uint8).reshape(-1, OID_BYTES)
            lengths = np.frombuffer(columns.lengths, "<i4")
        names = Names(columns.names, np.cumsum(lengths, dtype=np.int64))
        yield Lessons(ordinals.astype(np.int32), oids, names)


class Register:
    """What the store's looks have taught, read once and gone on with as further looks come.

    Raises DamagedBlock where a value cannot be trusted: without all lessons no ordinal can.
    """

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys
        self._roll = Roll()
        # The looks read, and how many lessons there were after each.
        self._looks: list[bytes] = []
        self._counts = [0]
        self._one = asyncio.Lock()

    async def lessons(self) -> Lessons:
        """Return all lessons, oldest first."""
        looks = all_bytes(await self._redis.lrange(self._keys.ledger, 0, -1))
        return Lessons.joined([part async for parts in self._taught(looks) for part in parts])

    async def names(self, looks: int) -> Names:
        """Return the id of each ordinal as it was after so many looks that taught something."""
        async with self._one:
            await self._go_on(looks)
        return self._roll.names(self._counts[looks])

    async def _go_on(self, looks: int) -> None:
        known = len(self._looks)
        if known and await self._redis.lindex(self._keys.ledger, known - 1) != self._looks[-1]:
            # The store was emptied meanwhile.
            self._roll, self._looks, self._counts = Roll(), [], [0]
        if looks <= len(self._looks):
            return
        more = all_bytes(await self._redis.lrange(self._keys.ledger, len(self._looks), looks - 1))
        left = iter(more)
        async for parts in self._taught(more):
            self._roll.add(Lessons.joined(parts))
            self._looks.append(next(left))
            self._counts.append(self._roll.lessons)
        if looks > len(self._looks):
            raise DamagedBlock(f"{self._keys.ledger}: has fewer than {looks} looks")

    async def _taught(self, looks: Sequence[bytes]) -> AsyncIterator[list[Lessons]]:
        """Yield what each look has taught: most are pulses, of one short value each."""
        for start in range(0, len(looks), _STEP):
            keys = [self._keys.lessons(look.decode()) for look in looks[start : start + _STEP]]
            pipe = self._redis.pipeline(transaction=False)
            for key in keys:
                pipe.lrange(key, 0, 0)
                pipe.llen(key)
            answers = await pipe.execute()
            for key, first, count in zip(keys, answers[::2], answers[1::2], strict=True):
                if not count:
                    raise DamagedBlock(f"{key}: is missing")
                parts = [*unpacked(key, all_bytes(first))]
                for at in range(1, count, _STEP):
                    some = await self._redis.lrange(key, at, at + _STEP - 1)
                    parts += unpacked(key, all_bytes(some))
                yield parts
