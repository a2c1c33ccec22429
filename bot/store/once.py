"""What may be done once only, whichever process does it: a signed request, an envelope, a click."""

import secrets

from redis.asyncio import Redis

from bot.store.errors import storing
from bot.store.keys import Keys
from bot.store.lua import lua


class Once:
    """Says who is first, to exactly one caller of all processes."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._keys = keys
        self._mark = client.register_script(lua("once"))

    @storing("remembering what may be done once")
    async def first(self, kind: str, name: str, seconds: int) -> bool:
        """Whether nobody has asked for this name of a kind in the last so many seconds.

        The client may send the call twice; it is the first one all the same.
        """
        mark = secrets.token_hex(8)
        return bool(await self._mark(keys=[self._keys.once(kind, name)], args=[mark, seconds]))
