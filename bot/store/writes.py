"""What a look writes: its blocks laid aside first, then every write of its commit as words."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError

from bot.look import Look
from bot.store.keys import STAGED_SECONDS, Keys
from bot.store.lessons import packed
from bot.store.lua import lua
from bot.store.sealed import sealed
from detectors.shift import Shift

# A pipeline of this many values at a time keeps one look from filling the server's buffers.
STEP = 16

_LAY = lua("lay")

_json = msgspec.json.Encoder().encode

Words = list[bytes | str | int]


@dataclass(frozen=True)
class Staged:
    """What of a look is too large for its commit: blocks, tables, an entry of identity."""

    blocks: Mapping[str, bytes] = field(default_factory=dict)
    identity: Sequence[bytes] = ()
    tables: Mapping[str, bytes] = field(default_factory=dict)


async def stage(redis: Redis, keys: Keys, look: Look, staged: Staged) -> None:
    """Lay the blocks and lessons of a look aside, where nobody reads them."""
    for key, fields in (
        (keys.staged(look.id), staged.blocks),
        (keys.staged_tables(look.id), staged.tables),
    ):
        await lay(redis, key, fields)
    for key, some in (
        (keys.staged_identity(look.id), staged.identity),
        (keys.staged_lessons(look.id), packed(look.lessons)),
    ):
        script = redis.register_script(_LAY)
        for number, value in enumerate(some):
            await script(keys=[key], args=[STAGED_SECONDS, number, value])


async def lay(redis: Redis, key: str, fields: Mapping[str, bytes]) -> None:
    """Lay the fields of a hash aside under a key that expires unless a commit renames it."""
    values = list(fields.items())
    for first in values[:1]:
        await redis.register_script(_LAY)(keys=[key], args=[STAGED_SECONDS, "", *first])
    # Only the first goes through the script, which the server copies every value for.
    for start in range(1, len(values), STEP):
        pipe = redis.pipeline(transaction=False)
        pipe.hset(key, mapping=dict(values[start : start + STEP]))
        pipe.expire(key, STAGED_SECONDS)
        await _all_done(pipe)


async def unstage(redis: Redis, staged: Sequence[str]) -> None:
    """Leave nothing of what was laid aside and not committed; what stays behind expires."""
    # A store in trouble may refuse this too, and its first trouble is the one to tell.
    with contextlib.suppress(RedisError):
        if staged:
            await redis.delete(*staged)


def staged_of(keys: Keys, look: Look) -> list[str]:
    """Return every key under which something of a look may have been laid aside."""
    return [
        keys.staged(look.id),
        keys.staged_tables(look.id),
        keys.staged_identity(look.id),
        keys.staged_lessons(look.id),
    ]


def writes_of(keys: Keys, look: Look, staged: Staged) -> list[Words]:
    """Return every write of a look's commit: a command, its key, and the rest of its words."""
    note = look.note
    writes: list[Words] = []
    if note is not None:
        writes += [
            # Over no link that is held: later ones may be told against it.
            ["RENAMENX", keys.staged(look.id), keys.blocks(note.id)],
            ["PERSIST", keys.blocks(note.id)],
            ["SADD", keys.streams, note.stream],
            ["ZADD", keys.order(note.stream), score(note.taken_at), note.id],
            ["HSET", keys.notes, note.id, sealed(note)],
        ]
    if note is not None and staged.tables:
        writes += [
            ["RENAME", keys.staged_tables(look.id), keys.tables(note.id)],
            ["PERSIST", keys.tables(note.id)],
        ]
    if staged.identity:
        writes += [
            ["RENAME", keys.staged_identity(look.id), keys.identity_entry(look.id)],
            ["PERSIST", keys.identity_entry(look.id)],
            ["RPUSH", keys.identity, look.id],
        ]
    if len(look.lessons):
        writes += [
            ["RENAME", keys.staged_lessons(look.id), keys.lessons(look.id)],
            ["PERSIST", keys.lessons(look.id)],
            ["RPUSH", keys.ledger, look.id],
        ]
    writes += [
        ["HSET", keys.standing, rule, sealed(standing)] for rule, standing in look.standing.items()
    ]
    if note is not None and look.belated:
        writes.append(["SADD", keys.belated, note.stream])
    if note is not None and look.caught_up:
        writes.append(["SREM", keys.belated, note.stream])
    if look.trouble is not None:
        writes.append(["DEL", keys.trouble])
        writes += [["HSET", keys.trouble, *pair] for pair in look.trouble.items()]
    for shift in look.shifts:
        writes.append(["ZADD", keys.shift_order, score(shift.taken_at), shift.id])
        writes.append(["HSET", keys.shifts, shift.id, sealed(shift)])
        writes.append(["HSET", keys.latest, subject_of(shift), shift.id])
    for each in look.deliveries:
        row = (each.channel, each.id, each.lane.value, _json(each))
        writes.append(["ENQUEUE", keys.root, *row])
    return writes


def subject_of(shift: Shift) -> str:
    """Return what a Shift is about, as the store names it: its rule and its subject."""
    return f"{shift.rule}\x1f{shift.subject}"


def score(at: datetime) -> str:
    """Return a time as sorted sets order it: seconds, to the last digit."""
    return repr(at.timestamp())


async def _all_done(pipe: Pipeline) -> None:
    """Execute a pipeline; its own error would quote the whole command, blocks and all."""
    for answer in await pipe.execute(raise_on_error=False):
        if isinstance(answer, Exception):
            raise answer
