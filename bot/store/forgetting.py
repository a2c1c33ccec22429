"""A tenant that has gone: everything that is kept of it goes too."""

from collections.abc import Sequence

from redis.asyncio import Redis

from bot.channel import Channel
from bot.store.errors import storing
from bot.store.keys import Keys, escaped
from bot.store.outbox.scripts import script
from bot.store.replies import all_bytes
from bot.store.subscriptions import Subscriptions

_STEP = 500


class Forgetting:
    """Deletes what is kept of a tenant, on its platform's word that it has gone."""

    def __init__(self, client: Redis, keys: Keys, subscriptions: Subscriptions) -> None:
        self._redis = client
        self._keys = keys
        self._subscriptions = subscriptions
        self._vanish = client.register_script(script("vanish"))

    @storing("reading the tenants")
    async def tenants(self, platform: str) -> list[str]:
        """Return the tenants of a platform that anything is held of, sorted, without ""."""
        queued = all_bytes(await self._redis.smembers(self._keys.outbox("channels")))
        names = {Channel.of_key(name.decode()) for name in queued}
        found = {each.tenant for each in names if each.platform == platform}
        mark = self._keys.tenant(Channel(platform, ""))
        for key in [each async for each in self._redis.scan_iter(match=f"{escaped(mark)}*")]:
            found.add(key.decode().removeprefix(mark))
        return sorted(found - {""})

    @storing("forgetting a tenant")
    async def forget(self, platform: str, tenant: str, also: Sequence[Channel] = ()) -> int:
        """Delete everything of a tenant, and return how many channels it had.

        `also` are channels that lay in it and are kept as one's own, since the operator named them.
        Doing it twice changes nothing more; one that is broken off is gone on with by the next.
        """
        mark = f"{platform}|{tenant}|"
        held = await self._redis.smembers(self._keys.tenant(Channel(platform, "", tenant)))
        extra = {each.key for each in also}
        queued = await self._redis.smembers(self._keys.outbox("channels"))
        names = {name.decode() for name in all_bytes([*held, *queued])} | extra
        own = sorted(name for name in names if name.startswith(mark) or name in extra)
        for name in own:
            await self._channel(Channel.of_key(name))
        await self._vanish(keys=[self._keys.root], args=[f"{platform}|{tenant}", *own])
        # Whatever else bears the tenant in its name: deliveries, settings, digests, logs.
        await self._delete(f"{escaped(self._keys.root)}*{escaped(mark)}*")
        for name in sorted(extra):
            await self._delete(f"{escaped(self._keys.root)}*:{escaped(name)}")
            await self._delete(f"{escaped(self._keys.root)}*:{escaped(name)}:*")
            await self._redis.srem(self._keys.tenant(Channel.of_key(name)), name)
        await self._redis.delete(self._keys.tenant(Channel(platform, "", tenant)))
        return len(own)

    async def _channel(self, channel: Channel) -> None:
        for rule in all_bytes(
            await self._redis.smembers(self._keys.channel(channel).subscriptions)
        ):
            await self._subscriptions.drop(channel, rule.decode())

    async def _delete(self, pattern: str) -> None:
        found = [each async for each in self._redis.scan_iter(match=pattern, count=_STEP)]
        for start in range(0, len(found), _STEP):
            await self._redis.unlink(*found[start : start + _STEP])
