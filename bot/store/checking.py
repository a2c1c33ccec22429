"""Whether what is held can be trusted: every framed value is held against its checksum."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from bot.store.chain import MANIFEST, fields_of, manifest_of
from bot.store.frame import DamagedBlock, unframed
from bot.store.keys import Keys
from bot.store.replies import all_bytes, one_bytes
from bot.views import Note
from bot.wording import plural
from detectors.metric import Kind

# Values of at most 1 MB each asked for at once, so that nobody else waits long.
_STEP = 4

_Values = AsyncIterator[tuple[str, bytes | None]]


@dataclass(frozen=True)
class Checked:
    """How many values were read, how many bytes they are, and a sentence for each damaged one."""

    values: int
    bytes: int
    damaged: Sequence[str]


async def checked(redis: Redis, keys: Keys, notes: Iterable[Note], lost: int) -> Checked:
    """Read every block, table and entry that some notes and the logs name.

    lost: how many notes more there ought to be.
    """
    count = size = 0
    damaged = [f"{keys.notes}: {plural(lost, 'note')} cannot be read"] if lost else []
    async for key, name, value in _all(redis, keys, notes):
        count += 1
        size += len(value or b"")
        try:
            unframed(key, name, value)
        except DamagedBlock as error:
            damaged.append(str(error))
    return Checked(count, size, damaged)


async def _all(
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


async def _of_hash(redis: Redis, key: str, wanted: Sequence[str]) -> _Values:
    held = [name.decode() for name in all_bytes(await redis.hkeys(key))]
    names = [*dict.fromkeys((*wanted, *sorted(held)))]
    for start in range(0, len(names), _STEP):
        some = names[start : start + _STEP]
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
