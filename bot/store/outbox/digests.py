"""Which channels are told the week, and of which ISO week each was told last."""

from collections.abc import Iterable, Mapping

import msgspec
from redis.asyncio import Redis

from bot.channel import Channel
from bot.delivery import Delivery
from bot.store.errors import storing
from bot.store.keys import Keys
from bot.store.outbox.scripts import script
from bot.store.replies import all_bytes

_json = msgspec.json.Encoder().encode


class Digests:
    """Notes each channel's week together with its delivery: one each, whoever asks how often."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._keys = keys
        self._redis = client
        self._put = client.register_script(script("digest"))

    @storing("reading the channels that have decided anything")
    async def channels(self) -> list[Channel]:
        """Return every channel that has watches or settings of its own, sorted."""
        names = all_bytes(await self._redis.smembers(self._keys.decided))
        return [Channel.of_key(name) for name in sorted(each.decode() for each in names)]

    @storing("reading which weeks were told")
    async def weeks(self, channels: Iterable[Channel]) -> Mapping[str, str]:
        """Return what was last noted for channels, by their keys; "" for nothing.

        It begins with the last week that is told, or is not to be.
        """
        names = [each.key for each in channels]
        if not names:
            return {}
        found = await self._redis.mget([self._keys.outbox("digest", name) for name in names])
        told = (week.decode() if isinstance(week, bytes) else "" for week in found)
        return dict(zip(names, told, strict=True))

    @storing("queueing a digest")
    async def tell(self, channel: Channel, week: str, delivery: Delivery | None) -> bool:
        """Queue the digest of a week, or with None note that it is not told; False if it was."""
        name, body = ("", b"") if delivery is None else (delivery.id, _json(delivery))
        words: list[bytes | str] = [channel.key, week, name, body]
        return bool(await self._put(keys=[self._keys.root], args=words))
