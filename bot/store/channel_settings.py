"""Channels' settings as they are kept: one key for each channel, of which its tenant is a part."""

from collections.abc import Callable, Iterable, Mapping

import msgspec
from redis.asyncio import Redis

from bot.channel import Channel
from bot.channel_settings import UNSET, ChannelSettings
from bot.store.errors import StoreError, storing
from bot.store.keys import Keys
from bot.store.outbox.scripts import script

_encode = msgspec.json.Encoder().encode
_one = msgspec.json.Decoder(ChannelSettings)
# Each time somebody else has changed the same channel in between.
_TRIES = 20


class KeptSettings:
    """The settings of every channel; a channel that is not held has decided nothing."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys
        self._write = client.register_script(script("settings"))

    @storing("reading a channel's settings")
    async def of(self, channel: Channel) -> ChannelSettings:
        """Return the settings of a channel."""
        return (await self.of_many([channel.key]))[channel.key]

    @storing("reading channels' settings")
    async def of_many(self, channels: Iterable[str]) -> Mapping[str, ChannelSettings]:
        """Return the settings of channels, given and named by their keys."""
        names = list(dict.fromkeys(channels))
        if not names:
            return {}
        found = await self._redis.mget([self._keys.settings(name) for name in names])
        return {
            name: UNSET if text is None else _one.decode(text)
            for name, text in zip(names, found, strict=True)
        }

    @storing("changing a channel's settings")
    async def change(
        self, channel: Channel, how: Callable[[ChannelSettings], ChannelSettings]
    ) -> ChannelSettings:
        """Change the settings of a channel and return them; `how` may be asked more than once.

        Raises:
            StoreError: others kept changing them; nothing was changed.
        """
        names = [self._keys.root, self._keys.settings(channel.key), self._keys.tenant(channel)]
        names.append(self._keys.decided)
        for _ in range(_TRIES):
            held = await self._redis.get(names[1])
            changed = how(UNSET if held is None else _one.decode(held))
            words = [channel.key, held or b"", _encode(changed)]
            if await self._write(keys=names, args=words):
                return changed
        raise StoreError("the channel's settings are being changed by others; try again")
