"""How much waits in the outbox and how full the store is, for an operator's dashboard."""

from collections.abc import Mapping
from dataclasses import dataclass

from redis.asyncio import Redis

from bot.channel import Channel
from bot.delivery import Lane
from bot.store.errors import storing
from bot.store.keys import Keys
from bot.store.replies import all_bytes

_STEP = 512


@dataclass(frozen=True)
class Depth:
    """What waits for one platform: messages by lane, channels in all and suspended.

    `oldest` is the time, in seconds since 1970 by the store's clock, at which the message that
    has waited longest was added; None where nothing waits.
    """

    waiting: Mapping[Lane, int]
    channels: int
    suspended: int
    oldest: float | None


@dataclass(frozen=True)
class Memory:
    """Bytes that the server uses, and may use; None where nothing bounds it."""

    used: int
    most: int | None


class Depths:
    """Counts what waits; it reads lengths and heads, never a message."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys

    @storing("counting what waits")
    async def by_platform(self) -> Mapping[str, Depth]:
        """Return what waits for each platform that anything was ever queued for."""
        names = await self._redis.smembers(self._keys.outbox("channels"))
        channels = [Channel.of_key(name.decode()) for name in sorted(all_bytes(names))]
        rows: dict[str, list[tuple[dict[Lane, int], bool, float | None]]] = {}
        for begin in range(0, len(channels), _STEP):
            some = channels[begin : begin + _STEP]
            for channel, row in zip(some, await self._rows(some), strict=True):
                rows.setdefault(channel.platform, []).append(row)
        return {platform: _depth(each) for platform, each in rows.items()}

    @storing("counting dead letters")
    async def dead(self) -> int:
        """Return how many dead letters there are."""
        return int(await self._redis.zcard(self._keys.outbox("dead")))

    @storing("counting subscriptions")
    async def subscriptions(self) -> int:
        """Return how many subscriptions there are, of all channels."""
        return sum(map(int, await self._redis.hvals(self._keys.subscribed)))

    @storing("asking how full it is")
    async def memory(self) -> Memory:
        """Return how full the server is, by its own account."""
        told = await self._redis.info("memory")
        return Memory(int(told["used_memory"]), int(told.get("maxmemory", 0)) or None)

    async def _rows(
        self, channels: list[Channel]
    ) -> list[tuple[dict[Lane, int], bool, float | None]]:
        pipe = self._redis.pipeline(transaction=False)
        for channel in channels:
            own = self._keys.channel(channel)
            for lane in Lane:
                pipe.llen(own.queue(lane))
                pipe.lindex(own.queue(lane), 0)
            pipe.hexists(own.state, "suspended")
        found = await pipe.execute()
        step = 2 * len(Lane) + 1
        rows = [found[at : at + step] for at in range(0, len(found), step)]
        heads = [
            (channel, [name for name in row[1 : 2 * len(Lane) : 2] if name is not None])
            for channel, row in zip(channels, rows, strict=True)
        ]
        oldest = await self._oldest(heads)
        return [
            (dict(zip(Lane, row[0 : 2 * len(Lane) : 2], strict=True)), bool(row[-1]), oldest[at])
            for at, row in enumerate(rows)
        ]

    async def _oldest(self, heads: list[tuple[Channel, list[bytes]]]) -> list[float | None]:
        """Return when the first message of each channel was added: a queue is in that order."""
        pipe = self._redis.pipeline(transaction=False)
        for channel, names in heads:
            for name in names:
                pipe.hget(self._keys.channel(channel).delivery(name.decode()), "at")
        found = iter(await pipe.execute())
        times = [[next(found) for _ in names] for _, names in heads]
        return [min((int(at) / 1000 for at in each if at), default=None) for each in times]


def _depth(rows: list[tuple[dict[Lane, int], bool, float | None]]) -> Depth:
    times = [at for _, _, at in rows if at is not None]
    return Depth(
        waiting={lane: sum(waiting[lane] for waiting, _, _ in rows) for lane in Lane},
        channels=len(rows),
        suspended=sum(suspended for _, suspended, _ in rows),
        oldest=min(times, default=None),
    )
