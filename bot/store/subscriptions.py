"""Subscriptions as they are kept: by rule, so that a Shift finds its own without a scan."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from redis.asyncio import Redis

from bot.channel import Channel
from bot.store.errors import StoreError, storing
from bot.store.frame import DamagedBlock
from bot.store.keys import Keys
from bot.store.lua import lua
from bot.store.replies import all_bytes
from bot.store.sealed import legible, opened, sealed
from bot.subscriptions import Subscription

subscription_decoder = msgspec.json.Decoder(Subscription)
# Each time somebody else has changed the same one in between.
_TRIES = 20

Change = Callable[[Subscription | None], Subscription | None]


class Subscriptions:
    """Every subscription of every channel; writing one twice changes nothing more."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys
        self._write = client.register_script(lua("subscribe"))

    @storing("subscribing a channel")
    async def put(self, subscription: Subscription) -> bool:
        """Subscribe a channel to a rule, or change how; True if it was not subscribed before."""
        return bool(await self._put(subscription.to, subscription.rule, sealed(subscription)) > 0)

    @storing("unsubscribing a channel")
    async def drop(self, channel: Channel, rule: str) -> bool:
        """Unsubscribe a channel from a rule; False if it was not subscribed."""
        return bool(await self._put(channel, rule, b"") > 0)

    @storing("changing a subscription")
    async def change(self, channel: Channel, rule: str, how: Change) -> Subscription | None:
        """Change a channel's subscription to a rule, and return what it is now, None for none.

        `how` is given what is held, and may be asked more than once.

        Raises:
            StoreError: others kept changing it; nothing was changed.
        """
        for _ in range(_TRIES):
            held = await self._redis.hget(self._keys.subscribers(rule), channel.key)
            text = held if isinstance(held, bytes) else b""
            known = [each for _, each in self._legible(rule, {channel.key: text} if text else {})]
            wanted = how(known[0] if known else None)
            new = b"" if wanted is None else sealed(wanted)
            if await self._put(channel, rule, new, text) >= 0:
                return wanted
        raise StoreError("this watch is being changed by others; try again")

    @storing("reading a channel's subscriptions")
    async def of(self, channel: Channel) -> list[Subscription]:
        """Return the subscriptions of a channel, by rule."""
        rules = all_bytes(await self._redis.smembers(self._keys.channel(channel).subscriptions))
        pipe = self._redis.pipeline(transaction=False)
        for rule in sorted(rules):
            pipe.hget(self._keys.subscribers(rule.decode()), channel.key)
        texts = zip(sorted(rules), await pipe.execute(), strict=True)
        return [
            each
            for rule, text in texts
            if text is not None
            for _, each in self._legible(rule.decode(), {channel.key: text})
        ]

    @storing("finding subscribers")
    async def to(self, rules: Iterable[str]) -> Mapping[str, Sequence[Subscription]]:
        """Return the subscribers of some rules, sorted by channel."""
        wanted = sorted(set(rules))
        if not wanted:
            return {}
        pipe = self._redis.pipeline(transaction=False)
        for rule in wanted:
            pipe.hvals(self._keys.subscribers(rule))
        told = zip(wanted, await pipe.execute(), strict=True)
        return {rule: await self._all_to(rule, texts) for rule, texts in told}

    async def _all_to(self, rule: str, texts: Iterable[bytes]) -> list[Subscription]:
        key = self._keys.subscribers(rule)
        try:
            found = [opened(key, "", text, subscription_decoder) for text in texts]
        except DamagedBlock:
            # Whose it is, only the names say; to ask for all of those each time takes long.
            found = [each for _, each in self._legible(rule, await self._redis.hgetall(key))]
        return sorted(found, key=lambda each: each.channel)

    @storing("reading the rules subscribed to")
    async def rules(self) -> list[str]:
        """Return every rule that somebody subscribes to, sorted, each once."""
        return sorted(
            each.decode() for each in all_bytes(await self._redis.hkeys(self._keys.subscribed))
        )

    def _legible(self, rule: str, texts: Mapping[Any, Any]) -> Iterator[tuple[str, Subscription]]:
        """Yield the subscriptions to a rule by channel; a damaged one counts as none."""
        return legible(self._keys.subscribers(rule), texts.items(), subscription_decoder)

    async def _put(self, channel: Channel, rule: str, text: bytes, *expected: bytes) -> int:
        keys = self._keys
        names = [keys.subscribers(rule), keys.channel(channel).subscriptions, keys.subscribed]
        names += [keys.tenant(channel), keys.decided]
        return int(await self._write(keys=names, args=[channel.key, rule, text, *expected]))
