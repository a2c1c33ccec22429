"""What the store holds and what it costs, by the server's own account of memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from redis.asyncio import Redis

from bot.store.censuses import Censuses
from bot.store.keys import Keys, escaped
from bot.store.noted import Noted
from bot.store.replies import all_bytes, with_scores
from bot.views import Note
from detectors.metric import Kind

_STEP = 64
_SCANNED = 1000


@dataclass(frozen=True)
class Held:
    """One stream: how many Snapshots of it, since when, their models in all, and their bytes.

    damaged: how many more have a damaged note. Their models are not known, their bytes count.
    """

    stream: str
    snapshots: int
    damaged: int
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


@dataclass(frozen=True)
class _Stream:
    """The times of all Snapshots of a stream by their ids, oldest first, and their notes.

    Those with a damaged note are among the ids: they take memory, and others are told against them.
    """

    name: str
    times: Mapping[str, float]
    notes: Sequence[Note]


async def costs_of(redis: Redis, keys: Keys, censuses: Censuses, noted: Noted) -> Costs:
    """Add up what is held; a stream of which nothing is held is left out."""
    found = [await _stream(redis, keys, noted, each) for each in await noted.streams()]
    streams = [each for each in found if each.times]
    logs = [
        key(look.decode())
        for order, key in ((keys.identity, keys.identity_entry), (keys.ledger, keys.lessons))
        for look in all_bytes(await redis.lrange(order, 0, -1))
    ]
    logs += [keys.identity, keys.ledger]
    own = [
        key(name) for each in streams for name in each.times for key in (keys.blocks, keys.tables)
    ]
    every = {
        name.decode()
        async for name in redis.scan_iter(match=f"{escaped(keys.root)}*", count=_SCANNED)
    }
    plain = [each for each in streams if each.name == Kind.CENSUS]
    churn = await _churn(censuses, plain[0]) if plain else None
    return Costs(
        [await _held(redis, keys, each) for each in streams],
        await _bytes(redis, logs),
        await _bytes(redis, sorted(every.difference(own, logs))),
        churn,
    )


async def _stream(redis: Redis, keys: Keys, noted: Noted, name: str) -> _Stream:
    """Return what is held of a stream; where that changed as it was read, it is read again."""
    now = await redis.zrange(keys.order(name), 0, -1, withscores=True)
    while True:
        before, notes = now, await noted.notes(name)
        now = await redis.zrange(keys.order(name), 0, -1, withscores=True)
        if now == before:
            return _Stream(name, dict(with_scores(now)), notes)


async def _held(redis: Redis, keys: Keys, stream: _Stream) -> Held:
    times, notes = stream.times, stream.notes
    taken = [datetime.fromtimestamp(at, UTC) for at in times.values()]
    return Held(
        stream=stream.name,
        snapshots=len(notes),
        damaged=len(times.keys() - {note.id for note in notes}),
        withheld=sum(not note.admitted for note in notes),
        first=taken[0],
        last=taken[-1],
        models=sum(note.rows for note in notes),
        blocks=await _bytes(redis, [keys.blocks(name) for name in times]),
        tables=await _bytes(redis, [keys.tables(name) for name in times]),
    )


async def _churn(censuses: Censuses, stream: _Stream) -> Churn | None:
    """Return how much the last census changed that was compared with the one before it."""
    for after in reversed(stream.notes):
        manifest = await censuses.manifest(after.id)
        # One that came belated may be told against one after it.
        if manifest is None or manifest.changed < 0:
            continue
        before = stream.times.get(manifest.before or manifest.base)
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
