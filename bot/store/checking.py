"""Whether what is held can be trusted: every framed value is held against its checksum."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from redis.asyncio import Redis

from bot.store.chain import MANIFEST, fields_of, manifest_of
from bot.store.frame import DamagedBlock, unframed
from bot.store.keys import Keys
from bot.store.noted import note_decoder, shift_decoder, standing_decoder
from bot.store.replies import all_bytes, one_bytes
from bot.store.sealed import opened
from bot.store.subscriptions import subscription_decoder
from bot.views import Note
from detectors.metric import Kind

# Values of at most 1 MB each asked for at once, so that nobody else waits long.
_STEP = 4
# The same of values of about a thousand bytes.
_SMALL = 256

_Values = AsyncIterator[tuple[str, bytes | None]]


@dataclass(frozen=True)
class Checked:
    """How many values were read, how many bytes they are, and a sentence for each damaged one."""

    values: int
    bytes: int
    damaged: Sequence[str]


async def checked(redis: Redis, keys: Keys, notes: Iterable[Note]) -> Checked:
    """Read all notes, Shifts, standing and subscriptions, and what some notes and the logs name."""
    count = size = 0
    damaged: list[str] = []
    async for key, name, value, check in _everything(redis, keys, notes):
        count += 1
        size += len(value or b"")
        try:
            check(key, name, value)
        except DamagedBlock as error:
            damaged.append(str(error))
    return Checked(count, size, damaged)


_Check = Callable[[str, str, bytes | None], object]


async def _everything(
    redis: Redis, keys: Keys, notes: Iterable[Note]
) -> AsyncIterator[tuple[str, str, bytes | None, _Check]]:
    async for key, wanted, decoder in _sealed(redis, keys):
        async for name, value in _of_hash(redis, key, wanted, _SMALL):
            yield key, name, value, partial(opened, decoder=decoder)
    async for key, name, value in _framed(redis, keys, notes):
        yield key, name, value, unframed


async def _sealed(
    redis: Redis, keys: Keys
) -> AsyncIterator[tuple[str, Sequence[str], msgspec.json.Decoder[Any]]]:
    """Yield the hashes of small values, with the names that must be among them."""
    streams = sorted(name.decode() for name in all_bytes(await redis.smembers(keys.streams)))
    noted = [await redis.zrange(keys.order(stream), 0, -1) for stream in streams]
    yield keys.notes, _names(each for some in noted for each in some), note_decoder
    yield keys.shifts, _names(await redis.zrange(keys.shift_order, 0, -1)), shift_decoder
    yield keys.standing, (), standing_decoder
    for rule in _names(await redis.hkeys(keys.subscribed)):
        yield keys.subscribers(rule), (), subscription_decoder


def _names(found: Iterable[object]) -> list[str]:
    return [name.decode() for name in all_bytes(found)]


async def _framed(
    redis: Redis, keys: Keys, notes: Iterable[Note]
) -> AsyncIterator[tuple[str, str, bytes | None]]:
    for note in notes:
        blocks = keys.blocks(note.id)
        wanted = await _wanted(redis, blocks, note)
        for key, names in ((blocks, wanted), (keys.tables(note.id), ())):
            async for name, value in _of_hash(redis, key, names):
                yield key, name, value
    for order, entry in ((keys.identity, keys.identity_entry), (keys.ledger, keys.lessons)):
        for look in all_bytes(await redis.lrange(order, 0, -1)):
            key = entry(look.decode())
            async for name, value in _of_list(redis, key):
                yield key, name, value


async def _wanted(redis: Redis, key: str, note: Note) -> Sequence[str]:
    """Return the fields that a census must have, as far as can be told."""
    if note.kind is not Kind.CENSUS:
        return ()
    try:
        return (MANIFEST, *fields_of(manifest_of(key, _one(await redis.hget(key, MANIFEST)))))
    except DamagedBlock:
        return (MANIFEST,)


async def _of_hash(redis: Redis, key: str, wanted: Sequence[str], step: int = _STEP) -> _Values:
    held = [name.decode() for name in all_bytes(await redis.hkeys(key))]
    names = [*dict.fromkeys((*wanted, *sorted(held)))]
    for start in range(0, len(names), step):
        some = names[start : start + step]
        for name, value in zip(some, await redis.hmget(key, some), strict=True):
            yield name, _one(value)


async def _of_list(redis: Redis, key: str) -> _Values:
    # An entry that is gone is one value that is missing.
    count = max(1, await redis.llen(key))
    for start in range(0, count, _STEP):
        some = await redis.lrange(key, start, start + _STEP - 1)
        for number, value in enumerate(some or [None], start):
            yield str(number), _one(value)


def _one(value: object) -> bytes | None:
    return None if value is None else one_bytes(value)
