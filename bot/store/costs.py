"""What the store holds and what it costs, by the server's own account of memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from redis.asyncio import Redis

from bot.store.censuses import Censuses
from bot.store.keys import Keys, escaped
from bot.store.replies import all_bytes, with_scores
from bot.views import Note

_STEP = 64
_SCANNED = 1000


@dataclass(frozen=True)
class Held:
    """One stream: how many Snapshots of it, since when, their models in all, and their bytes."""

    stream: str
    snapshots: int
    withheld: int
    first: datetime
    last: datetime
    models: int
    blocks: int
    tables: int


@dataclass(frozen=True)
class Churn:
    """How much of a census differed from the one before: rows, of how many, in what time."""

    changed: int
    rows: int
    days: float


@dataclass(frozen=True)
class Costs:
    """Everything held.

    once: bytes of what is written once (ids, publishers, dates). rest: of all keys beside these and
    the Snapshots' own, such as notes, Shifts, subscriptions and the outbox.
    """

    streams: Sequence[Held]
    once: int
    rest: int
    churn: Churn | None

    @property
    def bytes(self) -> int:
        """Bytes of all keys."""
        return self.once + self.rest + sum(each.blocks + each.tables for each in self.streams)

    @property
    def a_model_and_census(self) -> float | None:
        """Bytes a model and census, with what is written once; None without a census."""
        censuses = [each for each in self.streams if each.stream.partition(":")[0] == "census"]
        models = sum(each.models for each in censuses)
        if not models:
            return None
        return (self.once + sum(each.blocks + each.tables for each in censuses)) / models


async def costs_of(
    redis: Redis, keys: Keys, censuses: Censuses, notes: Iterable[Sequence[Note]]
) -> Costs:
    """Add up what some streams cost; a stream without notes is left out."""
    streams = [await _held(redis, keys, each) for each in notes if each]
    logs = [
        key(look.decode())
        for order, key in ((keys.identity, keys.identity_entry), (keys.ledger, keys.lessons))
        for look in all_bytes(await redis.lrange(order, 0, -1))
    ]
    logs += [keys.identity, keys.ledger]
    told = {key(note.id) for each in notes for note in each for key in (keys.blocks, keys.tables)}
    every = {
        name.decode()
        async for name in redis.scan_iter(match=f"{escaped(keys.root)}*", count=_SCANNED)
    }
    plain = [each for each in notes if each and each[0].stream == "census"]
    churn = await _churn(redis, keys, censuses, plain[0]) if plain else None
    return Costs(
        streams,
        await _bytes(redis, logs),
        await _bytes(redis, sorted(every - told - {*logs})),
        churn,
    )


async def _held(redis: Redis, keys: Keys, notes: Sequence[Note]) -> Held:
    return Held(
        stream=notes[0].stream,
        snapshots=len(notes),
        withheld=sum(not note.admitted for note in notes),
        first=notes[0].taken_at,
        last=notes[-1].taken_at,
        models=sum(note.rows for note in notes),
        blocks=await _bytes(redis, [keys.blocks(note.id) for note in notes]),
        tables=await _bytes(redis, [keys.tables(note.id) for note in notes]),
    )


async def _churn(
    redis: Redis, keys: Keys, censuses: Censuses, notes: Sequence[Note]
) -> Churn | None:
    """Return how much the last census changed that was compared with the one before it."""
    # Of those with a damaged note too: what was told against them says how much changed since.
    order = await redis.zrange(keys.order(notes[0].stream), 0, -1, withscores=True)
    times = dict(with_scores(order))
    for after in reversed(notes):
        manifest = await censuses.manifest(after.id)
        # One that came belated may be told against one after it.
        if manifest is None or manifest.changed < 0:
            continue
        before = times.get(manifest.before or manifest.base)
        now = after.taken_at.timestamp()
        if before is not None and before < now:
            return Churn(manifest.changed, manifest.rows, (now - before) / 86_400)
    return None


async def _bytes(redis: Redis, names: Sequence[str]) -> int:
    total = 0
    for start in range(0, len(names), _STEP):
        pipe = redis.pipeline(transaction=False)
        for name in names[start : start + _STEP]:
            # Of a sample only, the server would guess at the rest.
            pipe.memory_usage(name, samples=0)
        total += sum(size or 0 for size in await pipe.execute())
    return total
