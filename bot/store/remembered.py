"""Small texts by kind and name, kept until they are dropped."""

from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

from bot.store.errors import storing
from bot.store.keys import Keys
from bot.store.replies import one_bytes


class Remembered:
    """Remembers a text for a name of a kind; writing it twice changes nothing."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys

    @storing("reading what is remembered")
    async def of(self, kind: str, names: Sequence[str]) -> Mapping[str, str]:
        """Return what is remembered of names; nothing stands for a name it does not know."""
        if not names:
            return {}
        found = await self._redis.hmget(self._keys.remembered(kind), list(names))
        return {
            name: one_bytes(text).decode()
            for name, text in zip(names, found, strict=True)
            if text is not None
        }

    @storing("remembering something")
    async def put(self, kind: str, told: Mapping[str, str]) -> None:
        """Remember a text for each name."""
        if told:
            await self._redis.hset(self._keys.remembered(kind), mapping=dict(told.items()))

    @storing("dropping what is remembered")
    async def drop(self, kind: str, names: Sequence[str]) -> None:
        """Remember nothing of names any longer."""
        if names:
            await self._redis.hdel(self._keys.remembered(kind), *names)
