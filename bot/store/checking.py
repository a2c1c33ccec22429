"""Whether what is held can be trusted: every framed value is held against its checksum."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from redis.asyncio import Redis

from bot.store.chain import MANIFEST, Manifest, fields_of, goes_before, manifest_of, readable
from bot.store.frame import DamagedBlock, unframed
from bot.store.keys import Keys
from bot.store.noted import note_decoder, shift_decoder, standing_decoder
from bot.store.replies import all_bytes, one_bytes
from bot.store.sealed import opened
from bot.store.subscriptions import subscription_decoder
from detectors.metric import Kind

# Values of at most 1 MB each asked for at once, so that nobody else waits long.
_STEP = 4
# The same of values of about a thousand bytes.
_SMALL = 256

# Those of the Snapshots held, by stream.
_Ids = Mapping[str, Sequence[str]]
_Values = AsyncIterator[tuple[str, bytes | None]]
_Check = Callable[[str, str, bytes | None], object]


@dataclass(frozen=True)
class Checked:
    """How many values were read, how many bytes they are, and a sentence for each damaged one."""

    values: int
    bytes: int
    damaged: Sequence[str]


async def checked(redis: Redis, keys: Keys) -> Checked:
    """Read all Snapshots, notes, Shifts, standing and subscriptions, and what the logs name.

    What was dropped or told anew meanwhile is no damage: where that may be it, all is read again.
    """
    while True:
        held = await _held(redis, keys)
        found = await _checked(redis, keys, held)
        if not found.damaged:
            return found
        now = await _held(redis, keys)
        # A chain is told anew only with some of its links dropped.
        if all({*ids} <= {*now.get(stream, ())} for stream, ids in held.items()):
            return found


async def _held(redis: Redis, keys: Keys) -> _Ids:
    """Return the ids of the Snapshots held, by stream."""
    streams = _names(await redis.smembers(keys.streams))
    return {each: _names(await redis.zrange(keys.order(each), 0, -1)) for each in sorted(streams)}


async def _checked(redis: Redis, keys: Keys, held: _Ids) -> Checked:
    count = size = 0
    damaged: list[str] = []
    async for key, name, value, check in _everything(redis, keys, held):
        count += 1
        size += len(value or b"")
        try:
            check(key, name, value)
        except DamagedBlock as error:
            damaged.append(str(error))
    return Checked(count, size, damaged)


async def _everything(
    redis: Redis, keys: Keys, held: _Ids
) -> AsyncIterator[tuple[str, str, bytes | None, _Check]]:
    async for key, wanted, decoder in _sealed(redis, keys, held):
        async for name, value in _of_hash(redis, key, wanted, _SMALL):
            yield key, name, value, partial(opened, decoder=decoder)
    for stream, ids in held.items():
        # Those with a damaged note too: others may be told against them.
        for each in ids:
            if stream.partition(":")[0] == Kind.CENSUS:
                async for found in _of_census(redis, keys, each, ids):
                    yield found
            else:
                async for name, value in _of_hash(redis, keys.blocks(each), ()):
                    yield keys.blocks(each), name, value, unframed
    async for key, name, value in _logged(redis, keys):
        yield key, name, value, unframed


async def _sealed(
    redis: Redis, keys: Keys, held: _Ids
) -> AsyncIterator[tuple[str, Sequence[str], msgspec.json.Decoder[Any]]]:
    """Yield the hashes of small values, with the names that must be among them."""
    yield keys.notes, [name for ids in held.values() for name in ids], note_decoder
    yield keys.shifts, _names(await redis.zrange(keys.shift_order, 0, -1)), shift_decoder
    yield keys.standing, (), standing_decoder
    for rule in _names(await redis.hkeys(keys.subscribed)):
        yield keys.subscribers(rule), (), subscription_decoder


def _names(found: Iterable[object]) -> list[str]:
    return [name.decode() for name in all_bytes(found)]


async def _of_census(
    redis: Redis, keys: Keys, census: str, ids: Collection[str]
) -> AsyncIterator[tuple[str, str, bytes | None, _Check]]:
    """Yield what is held of a census, and what it must have as far as can be told."""
    key, names = keys.blocks(census), [MANIFEST]
    manifest = readable(key, await redis.hget(key, MANIFEST))
    base, lost = None, False
    if manifest is not None:
        names += fields_of(manifest)
        before = keys.blocks(manifest.base)
        found = await redis.hget(before, MANIFEST) if manifest.base else None
        base = readable(before, found)
        # One that is among the ids is named by its own key.
        lost = found is None and bool(manifest.base) and manifest.base not in ids
    check = partial(_manifest, base=base, lost=lost)
    async for name, value in _of_hash(redis, key, names):
        yield key, name, value, check if name == MANIFEST else unframed
    async for name, value in _of_hash(redis, keys.tables(census), ()):
        yield keys.tables(census), name, value, unframed


def _manifest(
    key: str, _name: str, value: bytes | None, *, base: Manifest | None, lost: bool
) -> None:
    """Hold a manifest against its checksum, and against that of its base where that can be read."""
    manifest = manifest_of(key, value)
    if base is not None:
        goes_before(base, key, manifest)
    if lost:
        raise DamagedBlock(f"{key}: is told against {manifest.base}, which is not held")


async def _logged(redis: Redis, keys: Keys) -> AsyncIterator[tuple[str, str, bytes | None]]:
    for order, entry in ((keys.identity, keys.identity_entry), (keys.ledger, keys.lessons)):
        for look in all_bytes(await redis.lrange(order, 0, -1)):
            key = entry(look.decode())
            async for name, value in _of_list(redis, key):
                yield key, name, value


async def _of_hash(redis: Redis, key: str, wanted: Sequence[str], step: int = _STEP) -> _Values:
    held = [name.decode() for name in all_bytes(await redis.hkeys(key))]
    must = {*wanted}
    names = [*dict.fromkeys((*wanted, *sorted(held)))]
    for start in range(0, len(names), step):
        some = names[start : start + step]
        for name, value in zip(some, await redis.hmget(key, some), strict=True):
            # One that was there a moment ago was taken away since, as a watch may be.
            if value is not None or name in must:
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
