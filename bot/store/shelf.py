"""Small things that are kept for minutes, for whichever process is asked for them next."""

from redis.asyncio import Redis

from bot.store.errors import storing
from bot.store.keys import Keys
from bot.store.replies import one_bytes


class Shelf:
    """Keeps bytes by kind and name until their time is over; writing twice changes nothing."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys

    @storing("keeping something for a while")
    async def put(self, kind: str, name: str, content: bytes, seconds: int) -> None:
        """Keep some bytes for so many seconds."""
        await self._redis.set(self._keys.shelf(kind, name), content, ex=seconds)

    @storing("reading what was kept for a while")
    async def read(self, kind: str, name: str) -> bytes | None:
        """Return what is kept, None where its time is over."""
        found = await self._redis.get(self._keys.shelf(kind, name))
        return None if found is None else one_bytes(found)

    @storing("dropping what was kept for a while")
    async def drop(self, kind: str, name: str) -> None:
        """Keep some bytes no longer."""
        await self._redis.delete(self._keys.shelf(kind, name))
